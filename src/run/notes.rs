//! What a table says of a run beside what laws read. It is never fitted, so nothing of it refuses a run: it serves
//! [`inspect`](mod@crate::inspect).

use super::checkpoint::Maybe;
use super::{Few, Run};

/// What a table says of a run beside what laws read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Notes {
    /// Sorted by tokens.
    rows: Few<Row>,
    once: Option<Box<Once>>,
}

/// What a row says.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Row {
    tokens: f64,
    flops: Maybe,
    learning_rate: Maybe,
}

/// What a run has once.
#[derive(Debug, Clone, Default, PartialEq)]
struct Once {
    vocabulary: Option<f64>,
    planned_tokens: Option<f64>,
    planned_steps: Option<f64>,
}

impl Notes {
    /// Takes the notes of more of the same run; of what a run has once, those that it has stay.
    pub(super) fn extend(&mut self, more: Notes) {
        self.rows.append(&more.rows);
        self.rows.sort_by_key(|row| row.tokens);
        let Some(theirs) = more.once else { return };
        let ours = self.once.get_or_insert_default();
        ours.vocabulary = ours.vocabulary.or(theirs.vocabulary);
        ours.planned_tokens = ours.planned_tokens.or(theirs.planned_tokens);
        ours.planned_steps = ours.planned_steps.or(theirs.planned_steps);
    }
}

/// What is known of a run and never fitted.
impl Run {
    /// Keeps what a run has once, where it is known.
    pub(crate) fn note(
        &mut self,
        vocabulary: Option<f64>,
        planned_tokens: Option<f64>,
        planned_steps: Option<f64>,
    ) {
        if vocabulary.or(planned_tokens).or(planned_steps).is_some() {
            self.notes_mut().once = Some(Box::new(Once { vocabulary, planned_tokens, planned_steps }));
        }
    }

    /// Keeps the training FLOPs up to a row, and its learning rate, where they are known.
    pub(crate) fn note_row(&mut self, tokens: f64, flops: Option<f64>, learning_rate: Option<f64>) {
        if flops.or(learning_rate).is_some() {
            let rows = &mut self.notes_mut().rows;
            let in_order = rows.last().is_none_or(|last| last.tokens <= tokens);
            rows.push(Row { tokens, flops: flops.into(), learning_rate: learning_rate.into() });
            // Rows mostly come in order.
            if !in_order {
                rows.sort_by_key(|row| row.tokens);
            }
        }
    }

    /// FLOPs up to a row of so many tokens, as given.
    pub(crate) fn flops_at(&self, tokens: f64) -> Option<f64> {
        let rows = &self.more.as_ref()?.notes.rows;
        let from = rows.partition_point(|row| row.tokens < tokens);
        rows[from..].iter().take_while(|row| row.tokens == tokens).find_map(|row| row.flops.get())
    }

    /// The learning rates as given, by tokens.
    pub(crate) fn learning_rates(&self) -> impl Iterator<Item = f64> {
        let rows = self.more.iter().flat_map(|more| more.notes.rows.iter());
        rows.filter_map(|row| row.learning_rate.get())
    }

    /// Number of different tokens that there are, where given.
    pub(crate) fn vocabulary(&self) -> Option<f64> {
        self.once()?.vocabulary
    }

    /// Share of the planned length done at the last checkpoint, by tokens or else by steps, where that was given.
    pub(crate) fn planned_share(&self) -> Option<f64> {
        let (once, extent) = (self.once()?, self.extent());
        let by_tokens = once.planned_tokens.map(|planned| extent.tokens / planned);
        by_tokens.or_else(|| Some(extent.steps? / once.planned_steps?))
    }

    fn once(&self) -> Option<&Once> {
        self.more.as_ref()?.notes.once.as_deref()
    }

    pub(super) fn notes_mut(&mut self) -> &mut Notes {
        &mut self.more.get_or_insert_default().notes
    }
}
