//! `nbar completions`: what a shell needs to complete the command.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::Outcome;

/// Print a script that completes nbar's commands and options in a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar completions bash > ~/.local/share/bash-completion/completions/nbar
  nbar completions fish > ~/.config/fish/completions/nbar.fish")]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum, help_heading = "Input")]
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let mut script = Vec::new();
    generate(args.shell, &mut crate::Command::command(), "nbar", &mut script);
    Outcome::good(String::from_utf8_lossy(&script).into_owned())
}
