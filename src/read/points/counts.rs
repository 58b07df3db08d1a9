//! Counts that a row gives, and tokens.

use super::Row;
use crate::read::cells::Range;
use crate::read::columns::if_other;
use crate::read::fields::Field;
use crate::read::row::Rows;
use crate::run::outside;
use crate::schedule::{Network, Schedule, Trajectory, counts_agree};
use crate::{Error, Result};

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
    /// Tokens as given, samples x sequence length, steps x tokens a step, or, of a dense run, FLOPs / 6 N, with whether they are that, or N x tokens a parameter.
    pub(super) fn tokens(&self, schedule: &Schedule, network: Network) -> Result<(f64, bool)> {
        let [positive, of_batch] =
            [Range::Positive, Range::Length].map(|range| move |field| self.number(field, range));
        let times = |a: Option<f64>, b: Option<f64>| Some(a? * b?);
        let length = of_batch(Field::SequenceLength)?;
        let of_step = of_batch(Field::TokensPerStep)?.or(times(of_batch(Field::BatchSize)?, length));
        let by_samples = times(positive(Field::Samples)?, length);
        let computed = by_samples.or(times(positive(Field::Step)?, of_step));
        match (positive(Field::Tokens)?.or(computed), positive(Field::Flops)?) {
            (Some(tokens), _) => Ok((tokens, false)),
            (None, None) => match positive(Field::TokensPerParam)? {
                Some(ratio) if *schedule == Schedule::Dense && self.cell(Field::AverageParams).is_empty() => {
                    Ok((ratio * (network.prunable + network.fixed), false))
                }
                Some(_) => Err(self.needs_tokens()),
                None => Err(self.refuse(Field::Tokens, Range::Positive)),
            },
            (None, Some(flops)) if *schedule == Schedule::Dense => {
                Ok((flops / (6.0 * (network.prunable + network.fixed)), true))
            }
            (None, Some(_)) => Err(self.needs_tokens()),
        }
    }

    fn needs_tokens(&self) -> Error {
        let problem = "a pruned run needs `tokens`: nothing else tells them of one";
        self.place().refuse(problem, "add the column")
    }

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
