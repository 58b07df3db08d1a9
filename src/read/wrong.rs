//! What is wrong with the rows of a table: all of it in one refusal, with the filter that leaves it out.

use std::fmt::Write;

use crate::error::Location;
use crate::{Error, Result};

/// Most kinds of errors that a refusal lists.
const KINDS: usize = 20;
/// Most lines that it names for each.
const LINES: usize = 5;
/// Most kinds, and most clauses of a filter, that are kept; all rows are counted.
const KEPT: usize = 1000;

/// What is wrong, row by row.
#[derive(Debug, Default)]
pub(super) struct Wrong {
    first: Option<Error>,
    kinds: Vec<Kind>,
    clauses: Vec<String>,
    /// Whether the clauses leave out all that is wrong.
    is_left_out: bool,
    rows: usize,
    /// Rows of kinds that are not kept.
    others: usize,
}

/// Errors of one problem in one column.
#[derive(Debug)]
struct Kind {
    problem: String,
    column: Option<Box<str>>,
    remedy: Option<String>,
    lines: Vec<u64>,
    rows: usize,
}

impl Wrong {
    pub(super) fn add(&mut self, error: Error) {
        self.rows += 1;
        let place = match &error {
            Error::Data { place, .. } | Error::Within { place, .. } => (**place).clone(),
            _ => Location::default(),
        };
        let (problem, remedy) = (error.problem(), error.remedy());
        let clause = remedy.as_deref().and_then(clause);
        self.is_left_out = clause.is_some() && (self.is_left_out || self.first.is_none());
        if let Some(clause) = clause.filter(|clause| !self.clauses.contains(clause)) {
            self.is_left_out &= self.clauses.len() < KEPT;
            if self.is_left_out {
                self.clauses.push(clause);
            }
        }
        let same = |kind: &&mut Kind| kind.problem == problem && kind.column == place.column;
        let known = self.kinds.iter_mut().find(same);
        if let Some(kind) = known {
            kind.rows += 1;
            kind.lines.extend(place.line.filter(|_| kind.lines.len() < LINES));
        } else if self.kinds.len() < KEPT {
            let lines = place.line.into_iter().collect();
            self.kinds.push(Kind { problem, column: place.column, remedy, lines, rows: 1 });
        } else {
            self.others += 1;
        }
        self.first.get_or_insert(error);
    }

    /// Refuses the table where anything is wrong; `runs` are those that were read, and `run` is the column of their names.
    pub(super) fn refuse<'a>(
        self,
        path: &str,
        run: Option<&str>,
        mut runs: impl Iterator<Item = &'a str>,
    ) -> Result<()> {
        let Some(first) = self.first else { return Ok(()) };
        if self.rows == 1 {
            return Err(first);
        }
        let some_are_left = runs.any(|id| {
            let without = run.map(|run| format!("{run}!={id}"));
            without.is_none_or(|clause| !self.clauses.contains(&clause))
        });
        let is_left_out = self.is_left_out && some_are_left;
        let mut problem = format!("{} rows cannot be read:", self.rows);
        for kind in self.kinds.iter().take(KINDS) {
            let _ = write!(problem, "\n  {kind}");
            if let Some(remedy) = kind.remedy.as_ref().filter(|_| !is_left_out) {
                let _ = write!(problem, "; {remedy}");
            }
        }
        let more = self.kinds.iter().skip(KINDS).map(|kind| kind.rows).sum::<usize>() + self.others;
        if more > 0 {
            let _ = write!(problem, "\n  and {more} rows more");
        }
        let remedy = if is_left_out {
            format!("mend them, or leave all of them out (`filter: {}`)", self.clauses.join(","))
        } else {
            "mend them in the file: no filter leaves out all of them".to_owned()
        };
        Err(Location::in_file(path).refuse(problem, remedy))
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines = self.lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let more = if self.rows > self.lines.len() { ", ..." } else { "" };
        let place = match self.lines.len() {
            0 => String::new(),
            1 => format!("line {lines}{more}"),
            _ => format!("lines {lines}{more} ({} rows)", self.rows),
        };
        let column = self.column.as_ref().map(|column| format!("column '{column}'"));
        let place = [Some(place), column].into_iter().flatten().filter(|part| !part.is_empty());
        write!(f, "{}: {}", place.collect::<Vec<_>>().join(", "), self.problem)
    }
}

/// The first filter of a remedy, if it can be joined to others.
fn clause(remedy: &str) -> Option<String> {
    let clause = remedy.split_once("`filter: ")?.1.split_once('`')?.0;
    let is_one = !clause.contains([',', '<', '>']) && clause.matches('=').count() == 1;
    // A run of its own file is not left out by a filter.
    (is_one && clause.contains("!=") && !remedy.contains("leave its file out")).then(|| clause.to_owned())
}
