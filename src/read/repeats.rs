//! Rows of one run that a seed or an evaluation tells apart.

use smol_str::{SmolStr, format_smolstr};

use super::cells::{Refusal, same_number, shown};
use super::fields::normalise;
use crate::units;

const SEEDS: [&str; 4] = ["seed", "randomseed", "dataseed", "initseed"];
const EVALUATIONS: [&str; 9] = [
    "evaluation",
    "evalset",
    "evaluationset",
    "evaldataset",
    "evalname",
    "evalid",
    "valset",
    "validationset",
    "testset",
];

/// The column that tells repeats apart, and what it says on the first row of each run.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    column: Option<(usize, String)>,
    first: Vec<SmolStr>,
    found: bool,
}

impl Repeats {
    /// The column among `headers` that no field has; several seeds tell nothing apart.
    pub(super) fn new(headers: &[String], is_free: impl Fn(usize) -> bool) -> Self {
        let named = |names: &[&str]| {
            let mut found = headers.iter().enumerate();
            found.find(|(index, header)| names.contains(&&*normalise(header)) && is_free(*index))
        };
        let column = named(&SEEDS).or_else(|| named(&EVALUATIONS));
        Self { column: column.map(|(index, header)| (index, header.clone())), ..Self::default() }
    }

    /// The column, if there is one.
    pub(super) fn column(&self) -> Option<usize> {
        self.column.as_ref().map(|(index, _)| *index)
    }

    /// Keeps what the first row of the next run says.
    pub(super) fn add(&mut self, cell: &str) {
        if self.column.is_some() {
            self.first.push(cell.into());
        }
    }

    /// What the row's run is called if it is a repeat of `run`; evaluations that are no numbers are different losses.
    pub(super) fn name(&mut self, run: usize, id: &str, cell: &str) -> Result<Option<SmolStr>, Refusal> {
        let Some((_, header)) = &self.column else { return Ok(None) };
        let first = self.first[run].as_str();
        if cell == first || cell.is_empty() || first.is_empty() || same_number(cell, first) {
            return Ok(None);
        }
        let is_text = |cell: &str| units::number(cell).is_none();
        if !SEEDS.contains(&&*normalise(header)) && (is_text(cell) || is_text(first)) {
            let problem = format!(
                "rows of run '{id}' are of several evaluations: '{}' and '{}'",
                shown(first),
                shown(cell)
            );
            return Err(Refusal { problem, remedy: format!("choose one with `filter: {header}={first}`") });
        }
        self.found = true;
        Ok(Some(format_smolstr!("{id} ({header} {cell})")))
    }

    /// What to say of repeats, if there are some.
    pub(super) fn note(&self) -> Option<String> {
        let (_, header) = self.column.as_ref().filter(|_| self.found)?;
        Some(format!("rows of a run that differ in '{header}' are repeats, each a run of its own"))
    }
}
