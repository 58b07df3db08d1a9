//! Rows of a log without a loss: how far it goes, and losses of training that are not finite, after which a run may have no evaluation.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::super::cells;
use super::super::columns::{Columns, chosen};
use super::super::fields::{Field, normalise};
use super::super::layout::Naming;
use super::super::measure::Measure;
use super::super::row::Rows;
use super::Assembler;
use crate::error::Location;
use crate::numeric::statistics::upper_median;
use crate::{Error, units};

/// Losses of training that are a curve, and how far in ln an evaluation of the same text is from them at most.
const MANY: usize = 5;
const FAR: f64 = 0.15;
/// Of so many losses of training the middle one is taken: those of a batch scatter.
const LATEST: usize = 5;
/// The last of them came so late, over the step of the evaluation.
const NEAR: f64 = 0.9;

/// The finite losses of a column: how many there are, and the latest.
#[derive(Debug)]
struct Before {
    column: usize,
    finite: usize,
    latest: Vec<f64>,
    /// The step, or the tokens, of the last.
    at: f64,
}

/// What such rows say.
#[derive(Debug)]
pub(super) struct Training {
    /// The column of losses of training.
    column: Option<usize>,
    /// Whether one was not finite.
    diverged: bool,
    /// Losses of training before the first of an evaluation, of each column of them.
    before: Vec<Before>,
    /// How far the last rows of each run go, and what the last row of all says of it.
    logged_to: HashMap<SmolStr, f64>,
    latest: (SmolStr, SmolStr),
    /// What says how far: steps, or tokens.
    place: Field,
}

impl Training {
    pub(super) fn new(columns: &Columns) -> Self {
        let is_loss = |name: &str| name == Field::Loss.name() || Field::Loss.info().is_weak_alias(name);
        let headers = columns.headers().iter().enumerate();
        let free = headers.filter(|(index, _)| columns.field_of(*index).is_none());
        let found = free.filter(|(_, header)| is_loss(&normalise(header))).map(|(index, _)| index);
        let before: Vec<_> =
            found.map(|column| Before { column, finite: 0, latest: Vec::new(), at: 0.0 }).collect();
        let column = before.first().map(|own| own.column);
        let place = if columns.index(Field::Step).is_some() { Field::Step } else { Field::Tokens };
        Self { column, diverged: false, before, logged_to: HashMap::new(), latest: Default::default(), place }
    }

    /// How far the log of a run goes; what is left are runs without a loss.
    pub(super) fn take(&mut self, run: &str) -> Option<[Option<f64>; 2]> {
        self.begin(SmolStr::default());
        let to = self.logged_to.remove(run)?;
        Some(if self.place == Field::Step { [None, Some(to)] } else { [Some(to), None] })
    }

    /// Runs that were not taken.
    pub(super) fn left(mut self) -> impl Iterator<Item = SmolStr> {
        self.begin(SmolStr::default());
        self.logged_to.into_keys()
    }

    /// Rows of another run follow.
    fn begin(&mut self, run: SmolStr) {
        let (before, to) = std::mem::replace(&mut self.latest, (run, SmolStr::default()));
        if !before.is_empty() {
            let known = self.logged_to.entry(before).or_default();
            *known = known.max(units::number(&to).unwrap_or_default());
        }
    }
}

impl Assembler {
    /// Refuses the one loss of an evaluation at the end of a log, where it is far from those of training: it may be of other text.
    pub(in crate::read) fn lone_evaluation(&self) -> Option<Error> {
        let ([run], Naming::File(_), [origin]) = (&*self.runs, &self.naming, &*self.origins) else {
            return None;
        };
        let ([row], true) = (run.checkpoints(), self.log) else { return None };
        let header = |column: usize| &self.columns.headers()[column];
        let is_plain = |header: &str| Measure::of(Field::Loss, header) == Measure::Plain;
        let own = header(self.columns.index(Field::Loss)?);
        let curves = self.training.before.iter();
        let at = if self.training.place == Field::Step { row.step()? } else { row.tokens };
        let curves =
            curves.filter(|own| own.finite >= MANY && own.at >= NEAR * at && is_plain(header(own.column)));
        let far = |before: &Before| {
            let last = before.latest.last().copied().unwrap_or(f64::NAN);
            let of = |loss: f64| (row.loss / loss).ln().abs();
            of(upper_median(before.latest.clone())).min(of(last))
        };
        let near = curves.min_by(|a, b| far(a).total_cmp(&far(b)))?;
        if self.columns.is_chosen(Field::Loss) || !is_plain(own) || far(near) < FAR {
            return None;
        }
        let other = header(near.column);
        let problem = format!(
            "the one loss of an evaluation is {}, where those of training ('{other}') come to {}: it may be of other text",
            row.loss,
            upper_median(near.latest.clone())
        );
        let remedy = format!(
            "say which are meant: `columns: {}` or `columns: {}`",
            chosen("loss", own),
            chosen("loss", other)
        );
        Some(Location::in_file(&self.path).line(origin.line).column(own).refuse(problem, remedy))
    }

    /// Notes how far a row without a loss is, and whether the loss of training is finite there.
    pub(super) fn note_training(&mut self, row: &impl Rows) {
        let Some(id) = self.name_of(row).filter(|id| !id.is_empty()) else { return };
        let place = SmolStr::new(self.columns.scaled(self.training.place, row));
        if self.training.latest.0 != id {
            self.training.begin(id.clone());
        }
        self.training.latest.1 = place;
        if self.runs.is_empty() {
            let at = units::number(&self.training.latest.1).unwrap_or_default();
            for before in &mut self.training.before {
                let loss = units::number(row.cell(before.column)).filter(|loss| loss.is_finite());
                before.at = if loss.is_some() { at } else { before.at };
                before.finite += usize::from(loss.is_some());
                before.latest.extend(loss);
                before.latest.drain(..before.latest.len().saturating_sub(LATEST));
            }
        }
        let Some(cell) = self.training.column.map(|column| row.cell(column)) else { return };
        let is_finite = !cells::is_not_finite(cell);
        if cell.is_empty() || (is_finite && !self.training.diverged) {
            return;
        }
        let Some(index) = self.runs.iter().rposition(|run| run.id() == id) else { return };
        self.training.diverged = true;
        let step = self.hint(row, Field::Step);
        let draft = self.drafts[index].get_or_insert_default();
        if is_finite { draft.note_finite() } else { draft.note_not_finite(step) }
    }
}
