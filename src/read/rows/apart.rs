//! Rows of a log that say how much is pruned, and have no loss: tools log the two apart.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::super::cells::{self, shown};
use super::super::fields::Field;
use super::super::row::Rows;
use super::Assembler;
use crate::error::Location;
use crate::run::{Named, Run};
use crate::{Error, Schedule};

/// Shares of the network below which it is pruned: of a share, and of a count, which may leave embeddings out.
const LEAST: [f64; 2] = [0.999, 0.95];

/// What such rows say.
#[derive(Debug, Default)]
pub(super) struct Apart {
    /// Of each run the row of each column on which least is left.
    told: HashMap<SmolStr, Vec<Least>>,
    /// Whether a row with a loss says it too.
    beside: bool,
}

/// The row of a column on which least is left.
#[derive(Debug)]
struct Least {
    column: usize,
    place: String,
    line: u64,
    cell: SmolStr,
    left: f64,
    is_count: bool,
}

impl Least {
    /// Whether a network of so many parameters is pruned there.
    fn is_pruned(&self, params: f64) -> bool {
        let [share, count] = LEAST;
        if self.is_count { self.left < params * count } else { self.left < share }
    }
}

impl Assembler {
    /// Notes what a row without a loss says is left of its run.
    pub(super) fn note_apart(&mut self, row: &impl Rows) {
        // Of rows that are a run each it cannot be known which run it is.
        let run = self.name_of(row).unwrap_or_default();
        if !self.given.is_counted(&run) {
            self.doubtful.note_apart(|column| row.cell(column));
        }
        let fallen = if run.is_empty() { None } else { self.fallen(row, &run) };
        let fallen = fallen.map(|(column, share)| (column, share, false));
        let left = [self.left_of(row), self.counts_of(row), fallen.into_iter().collect()].concat();
        if left.is_empty() {
            return;
        }
        let told = self.apart.told.entry(run).or_default();
        for (column, left, is_count) in left {
            let known = told.iter().position(|known| known.column == column);
            if known.is_some_and(|known| told[known].left <= left) {
                continue;
            }
            let (place, line, cell) = (row.place(&self.path), row.line(), shown(row.cell(column)).into());
            let least = Least { column, place, line, cell, left, is_count };
            match known {
                Some(known) => told[known] = least,
                None => told.push(least),
            }
        }
    }

    /// Notes whether a row with a loss says what is left of its run, where each row is a run.
    pub(super) fn note_beside(&mut self, row: &impl Rows) {
        if self.named == Named::Line && !self.apart.beside {
            self.apart.beside = !self.left_of(row).is_empty();
        }
    }

    /// Columns of pruning that say what is left of a network on a row, each with the share, or the count.
    fn left_of(&self, row: &impl Rows) -> Vec<(usize, f64, bool)> {
        let sparsity = self.columns.index(Field::FinalSparsity).and_then(|index| {
            let share = cells::share(&self.columns.scaled(Field::FinalSparsity, row))?;
            Some((index, 1.0 - if share > 1.0 { share / 100.0 } else { share }, false))
        });
        // Of one parameter a count is the share.
        let unread = self.left(row, 1.0).into_iter().map(|left| (left.column, left.share, left.is_count));
        sparsity.into_iter().chain(unread).collect()
    }

    /// The same of columns of parameters.
    fn counts_of(&self, row: &impl Rows) -> Vec<(usize, f64, bool)> {
        let counts = [Field::Params, Field::AverageParams, Field::FinalParams].into_iter();
        let count = |field| {
            let count = self.hint(row, field).filter(|count| *count > 0.0)?;
            Some((self.columns.index(field)?, count, true))
        };
        counts.filter_map(count).collect()
    }
}

impl Apart {
    /// What is wrong with a run that rows without a loss call pruned, and nothing else does.
    pub(super) fn refusal(&self, run: &Run, (path, headers): (&str, &[String])) -> Option<Error> {
        let is_counted = |count: Option<f64>| count.is_some_and(|count| count < run.initial_params());
        let is_told =
            |row: &crate::run::Checkpoint| is_counted(row.average_params()) || is_counted(row.final_params());
        if *run.schedule() != Schedule::Dense || run.checkpoints().iter().any(is_told) {
            return None;
        }
        let told = self.told.get(run.id())?;
        let least = told.iter().find(|least| least.is_pruned(run.initial_params()))?;
        let remedy = format!(
            "read it as a log of counts too (`trajectories={path}`); if it says nothing of pruning, read no sparsity: `columns: \
             final_sparsity=`"
        );
        Some(least.at(headers).run(run.id()).refuse(least.problem(), remedy))
    }

    /// The same of rows that are a run each, where no row has both a loss and what is left.
    pub(super) fn refusal_of_rows(&self, headers: &[String]) -> Option<Error> {
        let told = self.told.get("").filter(|_| !self.beside)?;
        let least = told.iter().find(|least| !least.is_count && least.is_pruned(1.0))?;
        let remedy =
            "write the loss and the sparsity of a run on one row, or name its rows in a column `run`";
        Some(least.at(headers).refuse(least.problem(), remedy))
    }
}

impl Least {
    /// Where it stands.
    fn at(&self, headers: &[String]) -> Location {
        Location::in_file(&self.place).line(self.line).column(&headers[self.column])
    }

    /// What is wrong there.
    fn problem(&self) -> String {
        format!(
            "the cell is '{}' on a row without a loss, and no row with one says how the run was pruned",
            self.cell
        )
    }
}
