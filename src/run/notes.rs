//! What a table says of a run beside what laws read. It is never fitted, so nothing of it refuses a run: it serves
//! [`inspect`](mod@crate::inspect).

use super::Run;

/// What a table says of a run beside what laws read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Notes {
    /// `(tokens, FLOPs)`, sorted.
    flops: Vec<(f64, f64)>,
    /// `(tokens, learning rate)`, sorted.
    learning_rate: Vec<(f64, f64)>,
    vocabulary: Option<f64>,
    planned_tokens: Option<f64>,
    planned_steps: Option<f64>,
}

impl Notes {
    /// Takes the notes of more of the same run; of what a run has once, those that it has stay.
    pub(super) fn extend(&mut self, more: Notes) {
        for (ours, theirs) in [(&mut self.flops, more.flops), (&mut self.learning_rate, more.learning_rate)] {
            ours.extend(theirs);
            ours.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        self.vocabulary = self.vocabulary.or(more.vocabulary);
        self.planned_tokens = self.planned_tokens.or(more.planned_tokens);
        self.planned_steps = self.planned_steps.or(more.planned_steps);
    }
}

/// Keeps a list sorted by tokens; rows mostly come in order.
fn insert(list: &mut Vec<(f64, f64)>, tokens: f64, value: f64) {
    let place = match list.last() {
        Some(last) if last.0 > tokens => list.partition_point(|(before, _)| *before <= tokens),
        _ => list.len(),
    };
    list.insert(place, (tokens, value));
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
            let notes = self.notes_mut();
            (notes.vocabulary, notes.planned_tokens, notes.planned_steps) =
                (vocabulary, planned_tokens, planned_steps);
        }
    }

    /// Keeps the training FLOPs up to a row, and its learning rate, where they are known.
    pub(crate) fn note_row(&mut self, tokens: f64, flops: Option<f64>, learning_rate: Option<f64>) {
        if let Some(flops) = flops {
            insert(&mut self.notes_mut().flops, tokens, flops);
        }
        if let Some(learning_rate) = learning_rate {
            insert(&mut self.notes_mut().learning_rate, tokens, learning_rate);
        }
    }

    /// `(tokens, FLOPs)` as given; empty where they are not.
    pub(crate) fn flops(&self) -> &[(f64, f64)] {
        self.notes.as_ref().map_or(&[], |notes| &notes.flops)
    }

    /// `(tokens, learning rate)` as given; empty where it is not.
    pub(crate) fn learning_rate(&self) -> &[(f64, f64)] {
        self.notes.as_ref().map_or(&[], |notes| &notes.learning_rate)
    }

    /// Number of different tokens that there are, where given.
    pub(crate) fn vocabulary(&self) -> Option<f64> {
        self.notes.as_ref()?.vocabulary
    }

    /// Share of the planned length done at the last checkpoint, by tokens or else by steps, where that was given.
    pub(crate) fn planned_share(&self) -> Option<f64> {
        let (notes, extent) = (self.notes.as_ref()?, self.extent());
        let by_tokens = notes.planned_tokens.map(|planned| extent.tokens / planned);
        by_tokens.or_else(|| Some(extent.steps? / notes.planned_steps?))
    }

    pub(super) fn notes_mut(&mut self) -> &mut Notes {
        self.notes.get_or_insert_default()
    }
}
