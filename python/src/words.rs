//! The words of a command: parsed, and answered.

use std::collections::HashMap;
use std::ffi::OsString;

use clap::FromArgMatches;
use pyo3::prelude::*;

use super::called::Law;
use super::columns::Table;
use super::errors::Refused;
use super::held::Fit;
use super::session::{Inputs, hosted, run};
use super::{Action, Outcome, flags, host, mend};

/// Parses the words of a command, its name first.
pub(crate) fn parsed(words: Vec<String>) -> Result<Action, Refused> {
    let name = words.first().cloned().unwrap_or_default();
    flags::set_command(&name);
    // Only this command is built.
    let alone = flags::whole().find_subcommand(&name).cloned();
    let mut command = clap::Command::new("nbar").no_binary_name(true).subcommands(alone);
    let matches = command.try_get_matches_from_mut(words).map_err(|error| refused(&error))?;
    flags::note_given(&command, &matches);
    Action::from_arg_matches(&matches).map_err(|error| refused(&error))
}

/// What clap refused, in the names of keywords.
fn refused(error: &clap::Error) -> Refused {
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let end = ["\n\nUsage", "\n\nFor more"].iter().filter_map(|mark| text.find(mark)).min();
    let text = text[..end.unwrap_or(text.len())].trim_end();
    let mut out = String::new();
    // '--level <LEVEL>' is level.
    for (place, part) in text.split('\'').enumerate() {
        let flag = part.strip_prefix("--").and_then(|rest| rest.split([' ', '=', '.']).next());
        match flag {
            Some(flag) if place % 2 == 1 => out.push_str(&flag.replace('-', "_")),
            _ if place % 2 == 1 => out.push_str(&format!("'{part}'")),
            _ => out.push_str(part),
        }
    }
    let out = out.replace("the following required arguments were not provided:", "not given:");
    // --level <LEVEL> on a line of its own is level, and <--loss <L>|--flops <C>> is loss or flops.
    let name = |flag: &str| flag.split([' ', '<']).next().unwrap_or_default().replace('-', "_");
    let lines = out.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines = lines.map(|line| match line.strip_prefix("<--").or_else(|| line.strip_prefix("--")) {
        Some(rest) => rest.split("|--").map(name).collect::<Vec<_>>().join(" or "),
        None => line.to_owned(),
    });
    Refused::argument(flags::spoken(lines.collect::<Vec<_>>().join(" ")))
}

/// Does the work of a command; of files that were refused it says all that is wrong.
pub(crate) fn done<T>(action: &Action, work: impl FnOnce(&Action) -> nbar::Result<T>) -> Result<T, Refused> {
    work(action).map_err(|error| {
        let refused = Refused::of(&error);
        match action.sweep().map(mend::mended).filter(|mended| mended.is_of(&error)) {
            Some(mended) => refused.with_more(&mended),
            None => refused,
        }
    })
}

/// Answers a command: its output, whether that is to be trusted, what was said besides, and whether it was stopped.
#[pyfunction]
pub(crate) fn answer(
    py: Python<'_>,
    words: Vec<String>,
    tables: HashMap<String, Py<Table>>,
    fits: HashMap<String, Py<Fit>>,
    laws: HashMap<String, Py<Law>>,
    listener: Option<Py<PyAny>>,
) -> PyResult<(String, bool, Vec<String>, bool)> {
    let inputs = Inputs::new(py, tables, fits, laws);
    let done = run(py, inputs, listener, move || {
        done(&parsed(words)?, |action| action.run().and_then(Outcome::saved))
    })?;
    let (stdout, trustworthy) = done.value;
    Ok((stdout, trustworthy, done.said, done.is_stopped))
}

/// Runs the command with the words of a terminal, its own name first; the exit code.
#[pyfunction]
pub(crate) fn main(py: Python<'_>, words: Vec<OsString>) -> u8 {
    let _ = host::WORDS.set(words);
    py.detach(super::run)
}

/// Names of the commands.
#[pyfunction]
pub(crate) fn commands() -> Vec<String> {
    flags::whole().get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

/// Names of laws.
#[pyfunction]
pub(crate) fn laws() -> Vec<&'static str> {
    nbar::law::NAMES.to_vec()
}

/// The keywords of a command, each with its help and the values that it takes if they are few.
#[pyfunction]
pub(crate) fn keywords(name: &str) -> Vec<(String, String)> {
    let Some(command) = flags::whole().find_subcommand(name) else { return Vec::new() };
    let flag = |arg: &clap::Arg| Some((arg.get_long()?.replace('-', "_"), arg.get_help()?.to_string()));
    command.get_arguments().filter_map(flag).collect()
}

/// A text of a document, with keywords for the fields that it marks.
#[pyfunction]
pub(crate) fn spoken(command: &str, text: &str) -> String {
    flags::set_command(command);
    hosted(|| flags::spoken(text))
}
