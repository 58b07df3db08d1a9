//! A run whose rows are still being read.

use crate::error::Location;
use crate::run::Run;
use crate::schedule::ScheduleFields;
use crate::{Result, Schedule};

/// A run whose rows are still being read.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) run: Run,
    pub(super) line: u64,
    /// The cells of [`Field::facts`] on its first row, of the columns that there are.
    pub(super) facts: Vec<Box<str>>,
    /// A final sparsity without a schedule: what it says depends on whether N̄ is given.
    pub(super) bare_sparsity: Option<f64>,
    /// Tokens of a step and of a sample, where they are known and needed.
    pub(super) tokens_per_step: Option<f64>,
    pub(super) sequence_length: Option<f64>,
    pub(super) unique_tokens: Option<f64>,
    pub(super) lines: Vec<u32>,
}

impl Draft {
    /// Of rows at the same tokens, keeps the last in the file; says how many others there were.
    pub(super) fn keep_latest(&mut self) -> usize {
        self.sort();
        let before = self.lines.len();
        let curve = &self.run.checkpoints;
        let last: Vec<bool> =
            (0..before).map(|i| curve.get(i + 1).is_none_or(|next| next.tokens != curve[i].tokens)).collect();
        let mut kept = last.iter();
        self.lines.retain(|_| kept.next() == Some(&true));
        let mut kept = last.iter();
        self.run.checkpoints.retain(|_| kept.next() == Some(&true));
        before - self.lines.len()
    }

    /// The run, sorted and checked as a whole.
    pub(super) fn finish(mut self, path: &str) -> Result<Run> {
        self.sort();
        let curve = &mut self.run.checkpoints;
        if let Some(at) = curve.windows(2).position(|pair| pair[0].tokens == pair[1].tokens) {
            let problem = format!("the row on line {} is at {} tokens too", self.lines[at], curve[at].tokens);
            let place = Location::in_file(path).line(self.lines[at + 1].into()).run(&self.run.id);
            return Err(place.refuse(problem, "remove one, or give the runs different names"));
        }
        curve.shrink_to_fit();
        if let Some(sparsity) = self.bare_sparsity {
            if curve.iter().any(|checkpoint| checkpoint.average_params().is_some()) {
                let left = self.run.params * (1.0 - sparsity) + self.run.fixed_params;
                if let Some(last) = curve.last_mut().filter(|last| last.final_params().is_none()) {
                    *last = last.with_final_params(left);
                }
            } else {
                let fields = ScheduleFields { final_sparsity: Some(sparsity), ..ScheduleFields::default() };
                self.run.schedule = Schedule::from_fields(&fields)?;
            }
        }
        self.run.check_schedule()?;
        Ok(self.run)
    }

    /// Sorts the loss curve by tokens, and the lines with it; of equal tokens the earlier line is first.
    fn sort(&mut self) {
        let curve = &self.run.checkpoints;
        if curve.is_sorted_by(|a, b| a.tokens <= b.tokens) {
            return;
        }
        let mut order: Vec<usize> = (0..curve.len()).collect();
        order.sort_by(|&a, &b| curve[a].tokens.total_cmp(&curve[b].tokens));
        self.run.checkpoints = order.iter().map(|&index| curve[index]).collect();
        self.lines = order.iter().map(|&index| self.lines[index]).collect();
    }
}
