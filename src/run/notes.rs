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
    pub(super) vocabulary: Option<f64>,
    pub(super) planned_tokens: Option<f64>,
    pub(super) planned_steps: Option<f64>,
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
    /// Says what a table gives as its training FLOPs up to `tokens` tokens.
    ///
    /// ```
    /// let run = nbar::Run::dense("a", 1e9, 2e10, 2.51).with_flops(2e10, 1.2e20);
    /// assert_eq!(run.flops(), [(2e10, 1.2e20)]);
    /// ```
    #[must_use]
    pub fn with_flops(mut self, tokens: f64, flops: f64) -> Self {
        self.note_flops(tokens, flops);
        self
    }

    /// Says what the learning rate was at `tokens` tokens.
    ///
    /// ```
    /// let run = nbar::Run::dense("a", 1e9, 2e10, 2.51).with_learning_rate(2e10, 3e-5).with_learning_rate(1e10, 2e-4);
    /// assert_eq!(run.learning_rate(), [(1e10, 2e-4), (2e10, 3e-5)]);
    /// ```
    #[must_use]
    pub fn with_learning_rate(mut self, tokens: f64, learning_rate: f64) -> Self {
        self.note_learning_rate(tokens, learning_rate);
        self
    }

    /// Gives the number of different tokens that there are: a loss above its logarithm is worse than guessing.
    ///
    /// ```
    /// assert_eq!(nbar::Run::dense("a", 1e9, 2e10, 2.51).with_vocabulary(50_257.0).vocabulary(), Some(50_257.0));
    /// ```
    #[must_use]
    pub fn with_vocabulary(mut self, vocabulary: f64) -> Self {
        self.notes_mut().vocabulary = Some(vocabulary);
        self
    }

    /// Gives the length that the run was configured for, in tokens.
    ///
    /// ```
    /// assert_eq!(nbar::Run::dense("a", 1e9, 2e10, 2.51).with_planned_tokens(4e10).planned_share(), Some(0.5));
    /// ```
    #[must_use]
    pub fn with_planned_tokens(mut self, tokens: f64) -> Self {
        self.notes_mut().planned_tokens = Some(tokens);
        self
    }

    /// Gives the length that the run was configured for, in optimiser steps.
    ///
    /// ```
    /// use nbar::{Checkpoint, Run};
    /// let run = Run::new("a", 1e9, vec![Checkpoint::new(2e10, 2.51).with_step(900.0)]).with_planned_steps(1000.0);
    /// assert_eq!(run.planned_share(), Some(0.9));
    /// ```
    #[must_use]
    pub fn with_planned_steps(mut self, steps: f64) -> Self {
        self.notes_mut().planned_steps = Some(steps);
        self
    }

    /// `(tokens, FLOPs)` as given; empty where they are not.
    #[must_use]
    pub fn flops(&self) -> &[(f64, f64)] {
        self.notes.as_ref().map_or(&[], |notes| &notes.flops)
    }

    /// `(tokens, learning rate)` as given; empty where it is not.
    #[must_use]
    pub fn learning_rate(&self) -> &[(f64, f64)] {
        self.notes.as_ref().map_or(&[], |notes| &notes.learning_rate)
    }

    /// Number of different tokens that there are, where given.
    #[must_use]
    pub fn vocabulary(&self) -> Option<f64> {
        self.notes.as_ref().and_then(|notes| notes.vocabulary)
    }

    /// How much of its planned length the run has done at its last checkpoint, by tokens or else by steps, where that was
    /// given.
    #[must_use]
    pub fn planned_share(&self) -> Option<f64> {
        let (notes, extent) = (self.notes.as_ref()?, self.extent());
        let by_tokens = notes.planned_tokens.map(|planned| extent.tokens / planned);
        by_tokens.or_else(|| Some(extent.steps? / notes.planned_steps?))
    }

    pub(super) fn notes_mut(&mut self) -> &mut Notes {
        self.notes.get_or_insert_default()
    }

    pub(crate) fn note_flops(&mut self, tokens: f64, flops: f64) {
        insert(&mut self.notes_mut().flops, tokens, flops);
    }

    pub(crate) fn note_learning_rate(&mut self, tokens: f64, learning_rate: f64) {
        insert(&mut self.notes_mut().learning_rate, tokens, learning_rate);
    }
}
