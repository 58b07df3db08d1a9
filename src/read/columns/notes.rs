//! What to say of a table's columns, and which of them say more than is read.

use super::super::fields::{Field, normalise};
use super::super::unread::Unread;
use super::Columns;

/// Columns of a warm-up that is no share of the run.
const WARMUPS: [&str; 5] =
    ["numwarmupsteps", "warmupsteps", "lrwarmupsteps", "lrwarmupiters", "warmuptokens"];

impl Columns {
    /// Columns that stand for no field, and yet say what a run is.
    pub(in crate::read) fn unread_columns(&self, is_given: impl Fn(Field) -> bool) -> Unread {
        let batch = self.index(Field::BatchSize).filter(|_| !self.is_chosen(Field::BatchSize));
        Unread::new(
            self.headers(),
            |index| self.field_of(index).is_none(),
            |field| self.index(field).is_some() || is_given(field),
            self.is_off(Field::FinalSparsity),
            batch.map(|_| self.header(Field::BatchSize)),
        )
    }

    /// What to say of a table: how tokens are computed where a batch tells them, and which warm-up is not read.
    pub(in crate::read) fn notes(&self, is_given: impl Fn(Field) -> bool) -> Vec<String> {
        let here = |field: Field| self.index(field).is_some();
        let told = |field: Field| here(field) || is_given(field);
        let mut notes = Vec::new();
        let by_batch = !here(Field::Tokens) && !here(Field::Samples) && !told(Field::TokensPerStep);
        if by_batch
            && [Field::Step, Field::BatchSize].iter().all(|field| here(*field))
            && told(Field::SequenceLength)
        {
            let [step, batch, length] =
                [Field::Step, Field::BatchSize, Field::SequenceLength].map(|field| self.header(field));
            notes.push(format!("tokens are {step} x {batch} x {length}"));
        }
        let warmup =
            |name: &&String| WARMUPS.contains(&normalise(name.rsplit('/').next().unwrap_or(name)).as_str());
        if let Some(unread) = self.headers().iter().find(warmup).filter(|_| !told(Field::LrWarmup)) {
            notes.push(format!("'{unread}' is not read: lr_warmup takes a share of the run"));
        }
        notes
    }
}
