//! What a table says of a run beside what laws read. It is never fitted, so nothing of it refuses a run: it serves
//! [`inspect`](mod@crate::inspect).

use super::checkpoint::Maybe;
use super::{Once, Run};
use crate::Extent;
use crate::schedule::counts_agree;

/// What a row says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    tokens: f64,
    flops: Maybe,
    learning_rate: Maybe,
}

/// What of a network is left, where a column says so that no law reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LeftShare {
    pub(crate) share: f64,
    /// Whether it was given as a count, over which the share is of the parameters that may be pruned.
    pub(crate) is_count: bool,
    /// Whether it is a mean over the run, and not what is left in the end.
    pub(crate) of_run: bool,
    /// Which column.
    pub(crate) column: usize,
}

/// What a run has once.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Notes {
    vocabulary: Option<f64>,
    planned_tokens: Option<f64>,
    planned_steps: Option<f64>,
    /// Rows of it plan several ends.
    plans_differ: bool,
    /// How long it was, where its last rows are left out.
    length: Option<Extent>,
    /// What is left after the last row, and the tokens of this row.
    left: (f64, Vec<LeftShare>),
    /// The tokens of a row over what its steps make of them, where these are others.
    tokens_off: Option<f64>,
    ended: Option<Ended>,
    /// Tokens and steps of the last row of its log that has no loss.
    logged_to: [Option<f64>; 2],
    /// The sparsity at its start, of a run whose counts are logged.
    initial_sparsity: Option<f64>,
}

impl Notes {
    /// The farther of both.
    fn log_to(&mut self, to: [Option<f64>; 2]) {
        for (ours, theirs) in self.logged_to.iter_mut().zip(to) {
            *ours = (*ours).into_iter().chain(theirs).max_by(f64::total_cmp);
        }
    }
}

/// How a run ended, where that is not at its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Ended {
    /// Its last losses are not finite, from this step on where that is known.
    Diverged(Option<f64>),
    /// Its tracker says so, in this word.
    Unfinished(&'static str),
}

impl Ended {
    /// What a tracker's word for the state of a run says.
    pub(crate) fn of_state(state: &str) -> Option<Self> {
        // Each as trackers and schedulers of jobs write it.
        const UNFINISHED: [[&str; 3]; 24] = [
            ["crashed", "Crashed", "CRASHED"],
            ["failed", "Failed", "FAILED"],
            ["killed", "Killed", "KILLED"],
            ["running", "Running", "RUNNING"],
            ["preempted", "Preempted", "PREEMPTED"],
            ["preempting", "Preempting", "PREEMPTING"],
            ["pending", "Pending", "PENDING"],
            ["oom", "OoM", "OOM"],
            ["out_of_memory", "Out_of_memory", "OUT_OF_MEMORY"],
            ["cancelled", "Cancelled", "CANCELLED"],
            ["canceled", "Canceled", "CANCELED"],
            ["timeout", "Timeout", "TIMEOUT"],
            ["interrupted", "Interrupted", "INTERRUPTED"],
            ["aborted", "Aborted", "ABORTED"],
            ["diverged", "Diverged", "DIVERGED"],
            ["node_fail", "Node_fail", "NODE_FAIL"],
            ["terminated", "Terminated", "TERMINATED"],
            ["stopped", "Stopped", "STOPPED"],
            ["early-stopped", "Early-stopped", "EARLY-STOPPED"],
            ["early_stopped", "Early_stopped", "EARLY_STOPPED"],
            ["early stopped", "Early stopped", "EARLY STOPPED"],
            ["incomplete", "Incomplete", "INCOMPLETE"],
            ["unfinished", "Unfinished", "UNFINISHED"],
            ["paused", "Paused", "PAUSED"],
        ];
        UNFINISHED.as_flattened().iter().find(|word| **word == state).map(|word| Self::Unfinished(word))
    }
}

/// What is known of a run and never fitted.
impl Run {
    /// Takes what is known of more of the same run; of what a run has once, what it has stays.
    pub(super) fn add_notes(&mut self, more: &Run) {
        let Some(more) = &more.more else { return };
        if !more.rows.is_empty() {
            let rows = &mut self.more.get_or_insert_default().rows;
            rows.append(&more.rows);
            rows.sort_by_key(|row| row.tokens);
        }
        let Some(once) = &more.once else { return };
        if !once.own.is_empty() {
            self.once_mut().own.extend(once.own.iter().cloned());
        }
        let theirs = &once.notes;
        if *theirs != Notes::default() {
            let ours = &mut self.once_mut().notes;
            ours.vocabulary = ours.vocabulary.or(theirs.vocabulary);
            ours.planned_tokens = ours.planned_tokens.or(theirs.planned_tokens);
            ours.planned_steps = ours.planned_steps.or(theirs.planned_steps);
            ours.plans_differ |= theirs.plans_differ;
            let longer = |a: &Extent, b: &Extent| a.tokens.total_cmp(&b.tokens);
            ours.length = ours.length.into_iter().chain(theirs.length).max_by(longer);
            ours.ended = ours.ended.or(theirs.ended);
            ours.log_to(theirs.logged_to);
            ours.tokens_off = ours.tokens_off.or(theirs.tokens_off);
            ours.initial_sparsity = ours.initial_sparsity.or(theirs.initial_sparsity);
            if theirs.left.0 > ours.left.0 {
                ours.left = theirs.left.clone();
            }
        }
    }

    /// Keeps what a run has once, where it is known.
    pub(crate) fn note(
        &mut self,
        vocabulary: Option<f64>,
        planned_tokens: Option<f64>,
        planned_steps: Option<f64>,
    ) {
        if vocabulary.or(planned_tokens).or(planned_steps).is_some() {
            let notes = &mut self.once_mut().notes;
            (notes.vocabulary, notes.planned_tokens, notes.planned_steps) =
                (vocabulary, planned_tokens, planned_steps);
        }
    }

    /// Keeps whether a row plans another end, in tokens or steps, than rows before.
    pub(crate) fn note_plan(&mut self, plan: [Option<f64>; 2]) {
        let Some(notes) = self.notes() else { return };
        let others = plan.into_iter().zip([notes.planned_tokens, notes.planned_steps]);
        if others.into_iter().any(|(own, first)| own.zip(first).is_some_and(|(own, first)| own != first)) {
            self.once_mut().notes.plans_differ = true;
        }
    }

    /// Keeps what is left after a row, if that is the last.
    pub(crate) fn note_left(&mut self, tokens: f64, left: Vec<LeftShare>) {
        if !left.is_empty() && self.left().is_none_or(|(last, _)| last <= tokens) {
            self.once_mut().notes.left = (tokens, left);
        }
    }

    /// What columns that no law reads say is left, and after how many tokens.
    pub(crate) fn left(&self) -> Option<(f64, &[LeftShare])> {
        let (tokens, left) = &self.notes()?.left;
        (!left.is_empty()).then_some((*tokens, left))
    }

    /// Keeps the tokens of a row over what its steps or samples make of them, where these are others.
    pub(crate) fn note_tokens(&mut self, ratio: Option<f64>) {
        if ratio.is_some() || self.tokens_off().is_some() {
            self.once_mut().notes.tokens_off = ratio;
        }
    }

    /// The tokens of its last row that was looked at over what its steps or samples make of them, where these are others.
    pub(crate) fn tokens_off(&self) -> Option<f64> {
        self.notes()?.tokens_off
    }

    /// Keeps how long it was, where its last rows are left out.
    pub(crate) fn note_length(&mut self, length: Extent) {
        self.once_mut().notes.length = Some(length);
    }

    /// Over what its schedule is: the length that was planned, or that of all its rows, where it goes beyond the last of these.
    pub(crate) fn length(&self) -> Extent {
        let seen = self.extent();
        let Some(notes) = self.notes() else { return seen };
        let whole = notes.length.filter(|length| length.tokens > seen.tokens).unwrap_or(seen);
        let by_steps = || Some(notes.planned_steps? / seen.steps?);
        let by_tokens = notes.planned_tokens.map(|planned| planned / seen.tokens);
        let Some(times) = by_tokens.or_else(by_steps) else { return whole };
        let planned = Extent {
            tokens: notes.planned_tokens.unwrap_or(times * seen.tokens),
            steps: notes.planned_steps.or_else(|| Some(times * seen.steps?)),
        };
        // A run may go a step beyond its plan, or be trained on.
        if planned.tokens > whole.tokens { planned } else { whole }
    }

    /// Keeps how it ended.
    pub(crate) fn note_end(&mut self, ended: Option<Ended>) {
        if ended.is_some() || self.ended().is_some() {
            self.once_mut().notes.ended = ended;
        }
    }

    /// Keeps how far its log goes beside its losses, in tokens and in steps.
    pub(crate) fn note_logged(&mut self, to: [Option<f64>; 2]) {
        self.once_mut().notes.log_to(to);
    }

    /// Keeps the sparsity at its start, where that is known.
    pub(crate) fn note_initial_sparsity(&mut self, sparsity: Option<f64>) {
        if sparsity.is_some() {
            self.once_mut().notes.initial_sparsity = sparsity;
        }
    }

    /// What a table says of its sparsity at its start, where its counts are logged.
    pub(super) fn initial_sparsity(&self) -> Option<f64> {
        self.notes()?.initial_sparsity
    }

    /// The share of its log at which its last loss stands; none where no row comes after it.
    pub(crate) fn logged_share(&self) -> Option<f64> {
        let (to, extent) = (self.notes()?.logged_to, self.extent());
        let by_steps = extent.steps.zip(to[1]).map(|(steps, to)| steps / to);
        by_steps.or_else(|| Some(extent.tokens / to[0]?)).filter(|share| *share < 1.0)
    }

    /// How it ended, where not at its end.
    pub(crate) fn ended(&self) -> Option<Ended> {
        self.notes()?.ended
    }

    /// Steps of the whole training, where given.
    pub(crate) fn planned_steps(&self) -> Option<f64> {
        self.notes()?.planned_steps
    }

    /// Keeps the training FLOPs up to a row, and its learning rate, where they are known.
    pub(crate) fn note_row(&mut self, tokens: f64, flops: Option<f64>, learning_rate: Option<f64>) {
        if flops.or(learning_rate).is_some() {
            let rows = &mut self.more.get_or_insert_default().rows;
            let in_order = rows.last().is_none_or(|last| last.tokens <= tokens);
            rows.push(Row { tokens, flops: flops.into(), learning_rate: learning_rate.into() });
            // Rows mostly come in order.
            if !in_order {
                rows.sort_by_key(|row| row.tokens);
            }
        }
    }

    /// Forgets what rows say that are none of its curve, which ascends; of several at so many tokens, all but the last.
    pub(crate) fn forget_others(&mut self) {
        let (curve, Some(more)) = (&self.curve, &mut self.more) else { return };
        let is_kept = |row: &Row| curve.binary_search_by(|own| own.tokens.total_cmp(&row.tokens)).is_ok();
        let is_last = |next: Option<&Row>, row: &Row| next.is_none_or(|next| next.tokens != row.tokens);
        let rows = more.rows.iter().enumerate().filter(|(i, row)| is_last(more.rows.get(i + 1), row));
        let rows: Vec<Row> = rows.map(|(_, row)| *row).filter(is_kept).collect();
        more.rows = rows.into();
        // What is left may have been said last on a row that counts no more.
        if let (Some(once), Some(end)) = (&mut more.once, curve.last()) {
            once.notes.left.0 = once.notes.left.0.min(end.tokens);
        }
    }

    /// FLOPs up to a row of so many tokens, as given.
    pub(crate) fn flops_at(&self, tokens: f64) -> Option<f64> {
        let rows = &self.more.as_ref()?.rows;
        let from = rows.partition_point(|row| row.tokens < tokens);
        rows[from..].iter().take_while(|row| row.tokens == tokens).find_map(|row| row.flops.get())
    }

    /// The learning rates as given, by tokens.
    pub(crate) fn learning_rates(&self) -> impl Iterator<Item = f64> {
        self.learning_rates_at().map(|(_, rate)| rate)
    }

    /// The same, each with the tokens of its row.
    pub(crate) fn learning_rates_at(&self) -> impl Iterator<Item = (f64, f64)> {
        let rows = self.more.iter().flat_map(|more| more.rows.iter());
        rows.filter_map(|row| Some((row.tokens, row.learning_rate.get()?)))
    }

    /// Number of different tokens that there are, where given.
    pub(crate) fn vocabulary(&self) -> Option<f64> {
        self.notes()?.vocabulary
    }

    /// Share of the planned length done at the last checkpoint, by tokens or else by steps, where that was given.
    pub(crate) fn planned_share(&self) -> Option<f64> {
        let (notes, extent) = (self.notes()?, self.extent());
        let by_tokens = notes.planned_tokens.map(|planned| extent.tokens / planned);
        // A log may go on after its last loss.
        let logged = notes.logged_to[1].unwrap_or_default();
        by_tokens.or_else(|| Some(extent.steps?.max(logged) / notes.planned_steps?))
    }

    /// Whether several ends are planned: on several rows, or in tokens and in steps.
    pub(crate) fn plans_differ(&self) -> bool {
        let (Some(notes), extent) = (self.notes(), self.extent()) else { return false };
        let by_steps = || Some(extent.steps? / notes.planned_steps?);
        let by_tokens = notes.planned_tokens.map(|planned| extent.tokens / planned);
        let differ = by_tokens.zip(by_steps()).is_some_and(|(a, b)| !counts_agree(a, b));
        notes.plans_differ || differ
    }

    fn notes(&self) -> Option<&Notes> {
        Some(&self.more.as_ref()?.once.as_ref()?.notes)
    }

    pub(super) fn once_mut(&mut self) -> &mut Once {
        self.more.get_or_insert_default().once.get_or_insert_default()
    }
}
