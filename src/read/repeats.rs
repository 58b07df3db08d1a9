//! Rows of one run that a seed or an evaluation tells apart.

use std::collections::HashMap;

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

/// Whether a column of this name tells runs of several seeds apart.
pub(super) fn tells_seeds(header: &str) -> bool {
    SEEDS.contains(&&*normalise(header))
}

/// A column that tells repeats apart, and what it says on the first row of each run.
#[derive(Debug)]
struct Told {
    column: usize,
    header: String,
    is_seed: bool,
    first: Vec<SmolStr>,
    found: bool,
}

/// The columns that tell repeats apart: of seeds, and then of evaluations.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    told: Vec<Told>,
    /// The run of which each run is an evaluation.
    of: Vec<Option<SmolStr>>,
    /// The first run by all that a row says but for its evaluation and its loss.
    alike: HashMap<String, usize>,
}

impl Repeats {
    /// The columns among `headers` that no field has; several seeds tell nothing apart.
    pub(super) fn new(headers: &[String], is_free: impl Fn(usize) -> bool) -> Self {
        let named = |is_seed: bool, names: &[&str]| {
            let mut found = headers.iter().enumerate();
            let is_named =
                |index: usize, header: &String| names.contains(&&*normalise(header)) && is_free(index);
            let (column, header) = found.find(|(index, header)| is_named(*index, header))?;
            Some(Told { column, header: header.clone(), is_seed, first: Vec::new(), found: false })
        };
        let told = [named(true, &SEEDS), named(false, &EVALUATIONS)];
        Self { told: told.into_iter().flatten().collect(), ..Self::default() }
    }

    /// How many columns there are.
    pub(super) fn columns(&self) -> usize {
        self.told.len()
    }

    /// The column of this number.
    pub(super) fn column(&self, number: usize) -> usize {
        self.told[number].column
    }

    /// Keeps what the first row of the next run says; `cell` is that of a column.
    pub(super) fn add<'a>(&mut self, cell: impl Fn(usize) -> &'a str) {
        self.told.iter_mut().for_each(|told| told.first.push(cell(told.column).into()));
        if !self.told.is_empty() {
            self.of.push(None);
        }
    }

    /// What the row's run is called if it is a repeat of `run`, by the column of this number; evaluations that are no numbers are different losses.
    pub(super) fn name(
        &mut self,
        number: usize,
        (run, id): (usize, &str),
        cell: &str,
    ) -> Result<Option<SmolStr>, Refusal> {
        let Told { header, is_seed, first, found, .. } = &mut self.told[number];
        let first = first[run].as_str();
        if cell == first || cell.is_empty() || first.is_empty() || same_number(cell, first) {
            return Ok(None);
        }
        let is_text = |cell: &str| units::number(cell).is_none();
        if !*is_seed && (is_text(cell) || is_text(first)) {
            let problem = format!(
                "rows of run '{id}' are of several evaluations: '{}' and '{}'",
                shown(first),
                shown(cell)
            );
            return Err(Refusal { problem, remedy: format!("choose one with `filter: {header}={first}`") });
        }
        *found = true;
        Ok(Some(format_smolstr!("{id} ({header} {cell})")))
    }

    /// Notes that a run begun by this column is a repeat of another: evaluations share what the run drew.
    pub(super) fn begun(&mut self, number: usize, run: usize, (of, base): (usize, &SmolStr)) {
        if !self.told[number].is_seed {
            self.of[of] = Some(base.clone());
            self.of[run] = Some(base.clone());
        }
    }

    /// Notes a row that is a run of its own: an evaluation of the run of an earlier one that says the same of all but its loss.
    pub(super) fn alone<'a>(
        &mut self,
        (run, id): (usize, impl Fn(usize) -> SmolStr),
        (columns, loss): (usize, Option<usize>),
        cell: impl Fn(usize) -> &'a str,
    ) {
        let Some(told) = self.told.iter_mut().find(|told| !told.is_seed) else { return };
        if units::number(cell(told.column)).is_none() {
            return;
        }
        let says = |column: &usize| *column != told.column && Some(*column) != loss;
        let key: Vec<&str> = (0..columns).filter(says).map(cell).collect();
        let first = *self.alike.entry(key.join("\u{1f}")).or_insert(run);
        if first != run {
            told.found = true;
            self.of[first] = Some(id(first));
            self.of[run] = Some(id(first));
        }
    }

    /// What each run is an evaluation of, and what to say of repeats, if there are some.
    pub(super) fn finish(self) -> (Vec<Option<SmolStr>>, Option<String>) {
        let note = |told: &Told| match told.is_seed {
            true => {
                format!("rows of a run that differ in '{}' are repeats, each a run of its own", told.header)
            }
            false => {
                format!("rows that differ in '{}' are evaluations of a run, drawn together", told.header)
            }
        };
        let notes: Vec<String> = self.told.iter().filter(|told| told.found).map(note).collect();
        (self.of, (!notes.is_empty()).then(|| notes.join("; ")))
    }
}
