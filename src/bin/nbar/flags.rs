//! What the library says, in the words of the command line: fields in backticks (see [`nbar::error`]) become flags.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::OnceLock;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory};
use nbar::{Error, Result};

use crate::{host, keywords};

/// Fields whose flags have other names; of several the first that the command has counts.
const FLAGS: [(&str, &[&str]); 15] = [
    ("filter", &["where"]),
    ("law", &["law", "laws"]),
    ("size", &["size", "sizes"]),
    ("sparsities", &["sparsity"]),
    ("residual", &["on"]),
    ("replicates", &["bootstrap"]),
    ("share", &["share", "top"]),
    ("step_tokens", &["tokens-per-step"]),
    ("schedule", &["shape"]),
    ("prune_start", &["start"]),
    ("prune_end", &["end"]),
    ("prune_every", &["every"]),
    ("prune_power", &["power"]),
    ("prune_unit", &["unit"]),
    ("interpolation", &["interpolate"]),
];

thread_local! {
    /// The subcommand that runs.
    static COMMAND: RefCell<String> = const { RefCell::new(String::new()) };
}

thread_local! {
    /// The options that the words of the command give, by their fields, and their values.
    static GIVEN: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

/// Notes which options the words give of a subcommand.
pub(crate) fn note_given(command: &Command, matches: &ArgMatches) {
    let given = matches.subcommand().map_or_else(Vec::new, |(name, own)| {
        let is_said = |id: &str| own.value_source(id) == Some(ValueSource::CommandLine);
        let value = |id: &str| {
            let values = own.get_raw(id).map(|values| values.map(|value| value.to_string_lossy()));
            values.map_or_else(String::new, |values| values.collect::<Vec<_>>().join(" "))
        };
        let all = command.find_subcommand(name).into_iter().flat_map(Command::get_arguments);
        let known = all.map(|arg| arg.get_id().as_str()).filter(|id| own.try_contains_id(id).is_ok());
        known.filter(|id| is_said(id)).map(|id| (id.to_owned(), value(id))).collect()
    });
    GIVEN.set(given);
}

/// Refuses an option that was given and that nothing reads.
pub(crate) fn refuse_idle(is_idle: impl Fn(&str) -> bool, why: &str, remedy: &str) -> Result<()> {
    let idle = GIVEN.with_borrow(|given| given.iter().find(|(id, _)| is_idle(id)).cloned());
    idle.map_or(Ok(()), |(id, value)| Err(Error::option(&id, value, &format!("has no effect{why}"), remedy)))
}

/// Says which subcommand runs.
pub(crate) fn set_command(name: &str) {
    COMMAND.set(name.to_owned());
}

/// The subcommand that runs, and those whose flags its texts may name: what makes fits, and for figures what makes plans.
fn commands() -> impl Iterator<Item = &'static Command> {
    let own = COMMAND.with_borrow(Clone::clone);
    let plans = (own == "plot").then_some("plan");
    let names = [own.as_str(), "fit", "compare"].into_iter().chain(plans);
    names.filter_map(|name| whole().find_subcommand(name)).collect::<Vec<_>>().into_iter()
}

/// The command with all of its subcommands.
pub(crate) fn whole() -> &'static Command {
    static WHOLE: OnceLock<Command> = OnceLock::new();
    WHOLE.get_or_init(crate::Command::command)
}

/// A text of the library with flags for fields.
pub(crate) fn spoken(text: impl std::fmt::Display) -> String {
    rewrite(&text.to_string(), false)
}

/// An error with flags for fields. Where it is about a file, or a tool's schedule, a field without a value is theirs.
pub(crate) fn spoken_error(error: &Error) -> String {
    let in_file = match error {
        Error::Data { place, .. } | Error::Within { place, .. } => place.file.is_some(),
        Error::Dialect { .. } => true,
        _ => false,
    };
    rewrite(&error.to_string(), in_file)
}

/// The fields and values that a text marks.
pub(crate) fn marked(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('`').skip(1).step_by(2).filter_map(setting)
}

/// Ends the program as clap does; a value that the library refused is spoken of as elsewhere.
pub(crate) fn exit(error: &clap::Error) -> ! {
    let text = error.to_string();
    if !error.use_stderr() || !text.contains('`') {
        error.exit();
    }
    crate::talk_lines(&spoken(text.trim_end()));
    std::process::exit(2)
}

fn rewrite(text: &str, in_file: bool) -> String {
    let text = &match host::host() {
        Some(_) => keywords::said(text),
        None => Cow::Borrowed(text),
    };
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        // A name with a backtick of its own: nothing says which are marks.
        return text.clone().into_owned();
    }
    // What a text calls a column is one, whatever flags there are.
    let is_column = |before: &str| ["column ", "columns "].iter().any(|word| before.ends_with(word));
    let said = |(place, part): (usize, &&str)| match place % 2 {
        0 => (*part).to_owned(),
        _ => said(part, in_file || is_column(parts[place - 1])),
    };
    parts.iter().enumerate().map(said).collect()
}

/// What stands for a marked field: its flag, or else its name as that of a column.
fn said(marked: &str, in_file: bool) -> String {
    let setting = setting(marked);
    match (setting, flag(setting.map_or(marked, |(name, _)| name), commands())) {
        _ if marked.starts_with("nbar ") || marked.starts_with("nbar.") => marked.to_owned(),
        (setting, Some(flag)) if host::host().is_some() && (setting.is_some() || !in_file) => {
            keywords::written(&flag, setting.map(|(_, value)| value))
        }
        (Some(("group", value)), Some(flag)) => format!("{}--{flag} {}", elsewhere(&flag), pasteable(value)),
        (Some((_, value)), Some(flag)) => format!("--{flag} {}", pasteable(value)),
        (None, Some(flag)) if !in_file => format!("--{flag}"),
        (Some(_), None) => marked.to_owned(),
        (None, _) => format!("'{marked}'"),
    }
}

/// The command that has a flag, where the one that runs does not and reads the same tables.
fn elsewhere(flag: &str) -> String {
    let has = |command: &&Command| command.get_arguments().any(|arg| arg.get_long() == Some(flag));
    let own = COMMAND.with_borrow(Clone::clone);
    match commands().find(has).map(Command::get_name) {
        Some(name) if name != own && !own.is_empty() => format!("nbar {name} "),
        _ => String::new(),
    }
}

/// A field and its value, or a part of it: `checkpoints=all`, `columns: loss=NAME`.
fn setting(marked: &str) -> Option<(&str, &str)> {
    marked.split_once(": ").or_else(|| marked.split_once('='))
}

/// The flag of a field in the first of the commands that has one.
fn flag<'a>(field: &str, mut commands: impl Iterator<Item = &'a Command>) -> Option<String> {
    let own = field.replace('_', "-");
    let renamed = FLAGS.iter().find(|(name, _)| *name == field);
    let names = renamed.map_or_else(|| vec![own.as_str()], |(_, flags)| flags.to_vec());
    let has = |command: &Command, name: &str| command.get_arguments().any(|arg| arg.get_long() == Some(name));
    commands.find_map(|command| names.iter().find(|name| has(command, name)).map(|name| (*name).to_owned()))
}

/// A value as a shell takes it.
pub(crate) fn pasteable(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+=.,:%/@".contains(c);
    if value.chars().all(plain) { value.to_owned() } else { format!("'{}'", value.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use nbar::error::Location;

    use super::*;

    #[test]
    fn fields_become_flags_of_the_command_and_columns_stay() {
        set_command("plan");
        for (text, expected) in [
            ("give `unit=fraction`", "give --unit fraction"),
            ("add a column `unit`, or give `unit`", "add a column 'unit', or give --unit"),
            ("`prune_end` 10 is before `prune_start` 20", "--end 10 is before --start 20"),
            ("fewer tokens a step (`tokens_per_step`)", "fewer tokens a step (--tokens-per-step)"),
            ("try `starts=random:1000`", "try --starts random:1000"),
            ("choose with `columns: loss=NAME`", "choose with --columns loss=NAME"),
            ("or `filter: loss!=it's`", r"or --where 'loss!=it'\''s'"),
            ("the column `average_params`", "the column 'average_params'"),
            ("run 'a`b' is odd", "run 'a`b' is odd"),
        ] {
            assert_eq!(spoken(text), expected);
        }
        // The share to hold out and the parameters to share are one field.
        for (command, expected) in [("fit", "--share zeta"), ("compare", "--top zeta")] {
            set_command(command);
            assert_eq!(spoken("`share=zeta`"), expected);
        }
        // Where there is no such flag a setting stays as it is written, and a field is a column.
        assert_eq!(spoken("set `no_such=1`, or `no_such`"), "set no_such=1, or 'no_such'");
        let here = Location::in_file("runs.csv").line(2).refuse("`prune_end` is too late", "see `unit=step`");
        assert_eq!(spoken_error(&here), "runs.csv, line 2: 'prune_end' is too late; see --unit step");
    }

    #[test]
    fn every_setting_that_the_library_names_is_a_flag_of_some_command() {
        let whole = crate::Command::command();
        let commands: Vec<Command> = whole.get_subcommands().cloned().collect();
        let is_name =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let mut named = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder of the source") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.extend((!path.ends_with("src/bin")).then_some(path));
                    continue;
                }
                let text = std::fs::read_to_string(&path).expect("a source file");
                let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                let marked = lines.flat_map(|line| line.split('`').skip(1).step_by(2));
                for (name, _) in marked.filter_map(setting).filter(|(name, _)| is_name(name)) {
                    named += 1;
                    assert!(flag(name, commands.iter()).is_some(), "{}: {name} is no flag", path.display());
                }
            }
        }
        assert!(named > 30, "only {named} settings are found");
    }
}
