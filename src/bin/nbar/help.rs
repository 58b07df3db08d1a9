//! How `--help` is laid out.

use std::ffi::OsString;

use clap::{Command, CommandFactory};

/// The command, with the help of those subcommands that are among the arguments laid out: what it is, each flag on a line and
/// its text below it, and the flag for help among those of the output.
pub(crate) fn command(args: &[OsString]) -> Command {
    let mut command = crate::Command::command();
    command.build();
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let asked = names.iter().filter(|name| *name != "help" && args.iter().any(|arg| arg == name.as_str()));
    asked.fold(command, |command, name| command.mut_subcommand(name, laid_out))
}

fn laid_out(command: Command) -> Command {
    let about = command.get_long_about().or(command.get_about()).cloned().unwrap_or_default();
    // Without a long description clap prints no blank line between flags.
    command
        .about(about)
        .long_about(None::<&'static str>)
        .next_line_help(true)
        .mut_arg("help", |arg| arg.help_heading("Output").help("Print help"))
}
