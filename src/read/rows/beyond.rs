//! How far runs went in rows that a filter leaves out: a schedule is of the whole run, whichever of its rows are kept.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::super::draft::Draft;
use super::super::fields::Field;
use super::super::layout::Naming;
use super::super::row::{Rows, join};
use super::Assembler;
use crate::Extent;
use crate::run::Run;

/// The most tokens, samples and steps of the rows that are left out, for each name of a run.
#[derive(Debug, Default)]
pub(super) struct Beyond {
    most: HashMap<SmolStr, [Option<f64>; 3]>,
}

impl Beyond {
    /// How long a run was, if rows that are left out go beyond its last: of its own name, or of what it is an evaluation of.
    pub(super) fn of(&self, run: &Run, evaluation_of: Option<&SmolStr>, draft: &Draft) -> Option<Extent> {
        let [tokens, samples, step] =
            *self.most.get(run.id()).or_else(|| self.most.get(evaluation_of?.as_str()))?;
        let tokens = tokens
            .or_else(|| Some(samples? * draft.sequence_length?))
            .or_else(|| Some(step? * draft.tokens_per_step?))?;
        let seen = run.extent();
        let steps = step.or_else(|| Some(seen.steps? * tokens / seen.tokens));
        (tokens > seen.tokens).then_some(Extent { tokens, steps })
    }
}

impl Assembler {
    /// The name of the run that a row is of; none where each row is a run of its own.
    pub(super) fn name_of(&self, row: &impl Rows) -> Option<SmolStr> {
        Some(match (self.columns.index(Field::Run), &self.naming) {
            (Some(column), _) => row.cell(column).into(),
            (None, Naming::Columns(columns)) => join(row, columns).into(),
            (None, Naming::File(name)) => name.as_str().into(),
            (None, Naming::Column) => return None,
        })
    }

    /// Notes how far a row goes that a filter leaves out, where runs may have schedules.
    pub(in crate::read) fn leave_out(&mut self, row: &impl Rows) {
        if !self.log && self.columns.cell(Field::Loss, row).is_empty() {
            self.note_apart(row);
        }
        if !self.may_prune {
            return;
        }
        let Some(name) = self.name_of(row) else { return };
        let own = [Field::Tokens, Field::Samples, Field::Step].map(|field| self.hint(row, field));
        let most = self.beyond.most.entry(name).or_default();
        for (most, own) in most.iter_mut().zip(own) {
            *most = own.into_iter().chain(*most).reduce(f64::max);
        }
    }
}
