//! Counts that a row gives outright.

use super::Row;
use crate::Result;
use crate::read::cells::Range;
use crate::read::columns::if_other;
use crate::read::fields::Field;
use crate::read::row::Rows;
use crate::run::outside;
use crate::schedule::{Trajectory, counts_agree};

/// What a count is compared with, and what is asked for if it is another.
type Other = [&'static str; 2];

const SCHEDULE: Other = [
    "that of the row's schedule",
    "say when the run is pruned (`schedule`, `final_sparsity`), or, if it is dense, remove the column",
];
const DENSE: Other = [
    "that of a dense run",
    "add the column `average_params`, or those of its schedule, or, if it is dense, remove this one",
];

impl<R: Rows> Row<'_, R> {
    /// A trajectory with the counts that the row gives: they are its own, or, where no schedule is told (`is_told`), all that is known.
    pub(super) fn with_counts(
        &self,
        mut trajectory: Trajectory,
        is_told: bool,
        tokens_by_flops: bool,
    ) -> Result<Trajectory> {
        let last = self.number(Field::FinalParams, Range::Positive)?;
        let dense = trajectory.initial_params();
        match self.number(Field::AverageParams, Range::Positive)? {
            Some(average)
                if !is_told
                    && ![Some(average), last]
                        .into_iter()
                        .flatten()
                        .all(|count| counts_agree(count, dense)) =>
            {
                if tokens_by_flops {
                    return Err(self.needs_tokens());
                }
                trajectory = self.of_counts(&trajectory, average, last)?;
            }
            _ => self.check_count(Field::AverageParams, trajectory.average_params(), SCHEDULE)?,
        }
        let other = if is_told { SCHEDULE } else { DENSE };
        self.check_count(Field::FinalParams, trajectory.final_params(), other)?;
        Ok(trajectory)
    }

    /// A run of which the counts are known, and not when it was pruned.
    fn of_counts(&self, dense: &Trajectory, average: f64, last: Option<f64>) -> Result<Trajectory> {
        let most = dense.initial_params();
        let fixed = self.number(Field::FixedParams, Range::NonNegative)?.unwrap_or(0.0);
        for (field, count) in [(Field::AverageParams, Some(average)), (Field::FinalParams, last)] {
            let is_near = |count: &f64| counts_agree(*count, most) || counts_agree(*count, fixed);
            if let Some(problem) = count.filter(|c| !is_near(c)).and_then(|c| outside(c, fixed, most)) {
                let place = self.place().column(self.columns.header(field));
                return Err(place.refuse(format!("the count is {problem}"), if_other(field)));
            }
        }
        Ok(Trajectory::of_counts(most, average, last, dense.tokens()))
    }

    /// Refuses a count that is not the schedule's to 1 %: what a forecast rests on is the schedule.
    fn check_count(&self, field: Field, own: f64, [of, remedy]: Other) -> Result<()> {
        match self.number(field, Range::Positive)? {
            Some(given) if !counts_agree(given, own) => {
                let problem = format!("the count is {given}, and {of} is {own}");
                Err(self.place().column(self.columns.header(field)).refuse(problem, remedy))
            }
            _ => Ok(()),
        }
    }
}
