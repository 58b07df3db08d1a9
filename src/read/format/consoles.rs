//! Lines that tools print while they train, each tool a file: what a line says becomes a row.

use std::borrow::Cow;
use std::io::BufRead;

use super::super::cells::shown;
use super::super::cut::Digits;
use super::super::fields::Field;
use super::super::layout::{Layout, Naming};
use super::super::table::Table;
use super::super::text::{lossy, run_name};
use super::console::{Cells, Console};
use super::{blocks, hf_console, llm_c, nanogpt, neox, pairs, pruning_lines, torchtitan};
use crate::error::Location;
use crate::run::Format;
use crate::{Error, Result};

/// Parts, one of which the lines of a console have, and how it begins.
type Candidate = (&'static [&'static str], fn() -> Box<dyn Console>);

const CONSOLES: [Candidate; 8] = [
    (&["[step=", "[batch=", "[Eval batch="], || Box::<blocks::Blocks>::default()),
    (&["lm_loss"], || Box::<neox::NeoX>::default()),
    (&["iter "], || Box::<nanogpt::NanoGpt>::default()),
    (&["train loss"], || Box::<nanogpt::NanoGpt>::default()),
    (&["{'"], || Box::<hf_console::HfConsole>::default()),
    (&["step:"], || Box::<torchtitan::TorchTitan>::default()),
    (&["loss ", "tel:", "trl:"], || Box::<llm_c::LlmC>::default()),
    (&[" val ", " train "], || Box::<nanogpt::NanoGpt>::default()),
];

/// What tokens are the steps of, where no line counts them.
const OF_A_STEP: [&str; 5] =
    ["tokens_per_step", "batch_size", "train_batch_size", "sequence_length", "seq_length"];

/// How lines of a run that was ended by an error read.
const ERRORS: [&str; 10] = [
    "Traceback (most recent call last)",
    "RuntimeError:",
    "ValueError:",
    "OutOfMemoryError",
    "out of memory",
    "ChildFailedError",
    "srun: error",
    "slurmstepd: error",
    "Segmentation fault",
    "DUE TO TIME LIMIT",
];

/// The tool that printed these lines.
pub(in crate::read) fn of(head: &[u8]) -> Option<Box<dyn Console>> {
    let text = lossy(head);
    let prints = |begin: &fn() -> Box<dyn Console>| {
        let mut probe = begin();
        text.split(['\n', '\r']).any(|line| probe.row(&without_colours(line)).is_some())
            || probe.last().is_some()
    };
    let candidates = CONSOLES.iter().filter(|(parts, _)| parts.iter().any(|part| text.contains(part)));
    let is_own =
        |begin: &fn() -> Box<dyn Console>| begin().format() != Format::LlmC || !llm_c::is_of_another(&text);
    let known = candidates.map(|(_, begin)| *begin).find(|begin| prints(begin) && is_own(begin));
    let any: fn() -> Box<dyn Console> = || Box::<pairs::Pairs>::default();
    known.or_else(|| (!pairs::is_table(&text) && prints(&any)).then_some(any)).map(|begin| begin())
}

pub(in crate::read) fn read(
    path: &str,
    mut reader: impl BufRead,
    mut tool: Box<dyn Console>,
) -> Result<(Table, Layout)> {
    let (mut table, mut bytes, mut number) = (Table::default(), Vec::new(), 0);
    let mut facts: Vec<(String, String)> = Vec::new();
    let (mut rows, mut digits, mut end, mut failed) = (0, Digits::default(), None, None);
    loop {
        bytes.clear();
        let read = reader.read_until(b'\n', &mut bytes);
        if read.map_err(|source| Error::read(path, source))? == 0 {
            break;
        }
        number += 1;
        // What a log holds beside its own lines may be anything, and progress bars are written over themselves.
        for line in lossy(&bytes).split_inclusive('\r') {
            let is_whole = line.ends_with(['\n', '\r', ' ']);
            let line = without_colours(line.trim_end());
            end = (!is_whole).then(|| line.clone().into_owned());
            let known = facts.len();
            for (name, cell) in tool.facts(&line) {
                match facts.iter().find(|(other, _)| *other == *name) {
                    None => facts.push((name.into_owned(), cell.into_owned())),
                    Some((_, first)) if name == "params" && *first != *cell && rows > 0 => {
                        let problem = format!(
                            "the log prints {cell} parameters here, and {first} before: another run begins"
                        );
                        let place = Location::in_file(path).line(number);
                        return Err(place.refuse(problem, "give each run a file of its own"));
                    }
                    Some((_, first))
                        if OF_A_STEP.contains(&&*name) && *first != *cell && rows > 0 && !counts(&table) =>
                    {
                        let problem = format!(
                            "the log prints '{name}' {cell} here, and {first} before: steps are not all of one length"
                        );
                        let place = Location::in_file(path).line(number);
                        return Err(place.refuse(problem, "make a table of it with the `tokens` of each row"));
                    }
                    Some(_) => {}
                }
            }
            if facts.len() > known {
                table.share(facts.iter().map(|(name, cell)| (&**name, &**cell)));
            }
            let Some(cells) = tool.row(&line) else {
                let is_error = failed.is_none() && ERRORS.iter().any(|error| line.contains(error));
                failed = if is_error { Some((number, shown(&line))) } else { failed };
                pruning_lines::add_row(&mut table, &line, number);
                continue;
            };
            (rows, failed) = (rows + 1, None);
            match &end {
                None => digits.note(cells.iter().map(|(name, cell)| (&**name, &**cell))),
                Some(line) => check_end(&digits, &cells, line, Location::in_file(path).line(number))?,
            }
            add(&mut table, &cells);
            let back = tool.lines_back();
            if back == 0 {
                let own: Vec<&str> = cells.iter().map(|(name, _)| &**name).collect();
                pruning_lines::add(&mut table, &line, &own);
            }
            table.end_row(number - back);
        }
    }
    if let Some(cells) = tool.last() {
        if let Some(line) = &end {
            check_end(&digits, &cells, line, Location::in_file(path).line(number))?;
        }
        add(&mut table, &cells);
        table.end_row((number + 1).saturating_sub(tool.lines_back()));
    }
    let (format, naming) = (tool.format(), Naming::File(run_name(path)));
    let mut notes = tool.finish(path)?;
    notes.extend(failed.map(|(line, error)| {
        format!("line {line} is '{error}', and no loss comes after it: the run may not have reached its end")
    }));
    Ok((table, Layout { format, log: true, naming, notes, ..Layout::default() }))
}

/// Sees that the last line, which has no line break, does not end inside a number of its row.
fn check_end(digits: &Digits, cells: &Cells<'_>, line: &str, place: Location) -> Result<()> {
    let last = cells.iter().find(|(_, cell)| !cell.is_empty() && line.ends_with(&**cell));
    last.map_or(Ok(()), |(name, number)| digits.check(name, number, 1, place))
}

/// Whether the lines count tokens.
fn counts(table: &Table) -> bool {
    table.headers().iter().any(|header| Field::named(header) == Some(Field::Tokens))
}

fn add(table: &mut Table, cells: &Cells<'_>) {
    for (name, cell) in cells {
        let column = table.column(name);
        table.set(column, cell);
    }
}

/// The line without the escape sequences that colour it.
fn without_colours(line: &str) -> Cow<'_, str> {
    if !line.contains('\x1b') {
        return Cow::Borrowed(line);
    }
    let mut plain = String::with_capacity(line.len());
    let mut parts = line.split('\x1b');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let sequence = part.strip_prefix('[');
        let end = sequence.and_then(|rest| Some((rest, rest.find(|c: char| c.is_ascii_alphabetic())?)));
        plain.push_str(end.map_or(part, |(rest, end)| &rest[end + 1..]));
    }
    Cow::Owned(plain)
}
