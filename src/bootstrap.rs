//! The bootstrap: how much the optimum moves when the runs are drawn again.
//!
//! Each replicate multiplies the weights of the runs by random numbers (or draws runs, or noise: [`Resample`]) and refits
//! from the optimum. Rows of a run share their number, because they are not independent; so do all runs of a cluster
//! ([`Observations::with_clusters`](crate::Observations::with_clusters)), which stands for a run wherever one is drawn. Replicate
//! `i` draws from stream `i` of one seed, so that results do not depend on the number of threads.

mod answers;
mod bent;
mod estimate;
mod followed;
mod freedom;
mod groups;
mod held;
mod hidden;
mod interval;
mod known;
mod level;
mod leverage;
mod new_runs;
mod noise;
mod options;
mod point;
mod refit;
mod resample;
mod scatter;
mod searched;
mod spread;
mod together;
mod trend;

pub use estimate::Estimate;
pub(crate) use options::Drawn;
pub use options::{BootstrapOptions, Interval, Resample};

use crate::bend::{Bend, Cached};
use crate::fit::{Fit, Freedom, Rising, Warning};
use crate::law::Scale;
use crate::numeric::parallel::map_watched;
use crate::numeric::random::stream;
use crate::numeric::statistics::{quantiles, standard_deviation};
use crate::objective::Objective;
use crate::observe::Watch;
use crate::optimize::{Distance, Minimum, Polisher};
use crate::{Error, Result};
pub(crate) use answers::{OfAll, Sample, UNLIKELY, alike, not_identified};
pub(crate) use bent::{INFINITE, NEVER};
use groups::Groups;
use interval::{Basis, RestsOn};
pub(crate) use known::Known;
pub(crate) use level::{check_level, least_draws};
pub(crate) use refit::{Refits, Refitted};
pub(crate) use resample::Shared;
use resample::{Draw, Plan};
pub(crate) use scatter::Landing;
pub(crate) use spread::Spread;
pub(crate) use together::Together;

/// A fit and its draws: what answers with intervals.
///
/// ```
/// use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
/// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
/// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
/// let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
/// let alpha = ensemble.parameter("alpha").unwrap();
/// assert!(alpha.interval[0] < alpha.estimate && alpha.estimate < alpha.interval[1]);
/// assert_eq!(ensemble.estimate(|p| p[3] + p[4]).estimate, fit.parameters[3] + fit.parameters[4]);
/// assert!(ensemble.clone().at_level(0.999).is_err());
/// let narrow = ensemble.at_level(0.8)?.parameter("alpha").unwrap();
/// assert!(alpha.interval[0] < narrow.interval[0] && narrow.interval[1] < alpha.interval[1]);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Ensemble {
    /// The fit to all runs.
    pub fit: Fit,
    /// How the draws were made.
    pub options: BootstrapOptions,
    /// The parameters of each converged replicate, in the order of the law and in their own units.
    pub draws: Vec<Vec<f64>>,
    /// The parameters with one run left out in turn; only for [`Interval::Bca`].
    pub left_out: Vec<Vec<f64>>,
    /// How many replicates were made if an [`Observer`](crate::Observer) stopped them: the first so many, so that easy ones
    /// are not preferred. None where they are complete.
    pub partial: Option<usize>,
    /// Replicates that did not converge; they are not among the draws.
    pub failed: usize,
    /// Replicates that were also fitted by a search from the screen.
    pub audited: usize,
    /// Audits that found a lower minimum than the refits, or one where no refit converged. If any, every replicate was also
    /// refitted from there, unless an observer stopped it.
    pub disagreed: usize,
    /// Whether draws go by the names of runs; those of a fit that was saved before they did go by the order of its table.
    pub(crate) by_name: bool,
    pub(crate) bend: Cached,
    /// How many parameters [the groups were spent on](Fit::spent).
    pub(crate) spent: f64,
    pub(crate) known: Known,
}

impl Fit {
    /// Draws the runs again and refits, `replicates` times.
    ///
    /// If the fit's [observer](crate::FitOptions::observer) stops it, the draws so far are [partial](Ensemble::partial).
    ///
    /// # Errors
    /// When an option is out of its range, or there are fewer than two runs or clusters to draw from; when an observer stops it with
    /// fewer draws than both ends of an interval take, 27 at a level of 0.95.
    pub fn bootstrap(&self, options: &BootstrapOptions) -> Result<Ensemble> {
        self.bootstrap_watched(options, &self.options.watch("replicates", options.replicates))
    }

    /// Where replicates start: at the optimum, and where terms that nearly change places do.
    pub(crate) fn starts_of_replicates(&self, objective: &Objective, optimum: &[f64]) -> Vec<Vec<f64>> {
        let others = self.exchanged().map(|parameters| objective.coordinates().natural_to_free(&parameters));
        std::iter::once(optimum.to_vec()).chain(others).collect()
    }

    /// The same as a part of more replicates.
    pub(crate) fn bootstrap_watched(
        &self,
        options: &BootstrapOptions,
        watch: &Watch<'_>,
    ) -> Result<Ensemble> {
        Ok(self.bootstrap_sharing(options, None, watch)?.0)
    }

    /// The same with weights that several sweeps draw together, and the number of the replicate that each draw is.
    pub(crate) fn bootstrap_sharing(
        &self,
        options: &BootstrapOptions,
        shared: Option<&Shared>,
        watch: &Watch<'_>,
    ) -> Result<(Ensemble, Vec<usize>)> {
        options.validate()?;
        if self.is_of_constants() {
            let problem = "constants without data have no runs to draw from";
            return Err(Error::unanswerable("bootstrap", problem, "fit the law to runs"));
        }
        let groups = Groups::new(&self.rows, options.resample);
        if groups.len() < 2 {
            let (problem, remedy) = match self.rows.cluster_count() {
                Some(_) => (
                    "cannot draw from a single cluster, whose runs share noise",
                    "add clusters, or ask for no bootstrap (`replicates=0`)",
                ),
                None => (
                    "cannot draw from a single run, whose checkpoints are not independent",
                    "add runs, or ask for no bootstrap (`replicates=0`)",
                ),
            };
            return Err(Error::option("resample", options.resample, problem, remedy));
        }
        let law = &self.options.law;
        let objective = self.refitted(self.options.rho)?;
        let coordinates = objective.coordinates();
        let optimum = coordinates.natural_to_free(&self.parameters);
        let spent = self.spent();
        let freedom = groups.freedom(self, (options.resample, spent));
        let plan = Plan::new(&objective, &groups, &optimum, (options.resample, freedom)).sharing(shared);
        let buffers = || (plan.buffers(), Polisher::new(&objective));
        let leave_out = |(drawn, polisher): &mut (Draw, Polisher), group: usize| {
            plan.leave_out(group as u32, drawn);
            let minimum = polisher.polish(&drawn.objective, &optimum, Distance::Near);
            coordinates.free_to_natural(&minimum.theta)
        };
        let left = if options.interval == Interval::Bca { groups.len() } else { 0 };
        let of_left = &self.options.watch("runs left out", left);
        let left_out = || map_watched(of_left, self.options.jobs, left, buffers, leave_out);
        let left_out = self.options.in_pool(left_out)?;
        let read = |_: &Draw, minimum: &Minimum| {
            let draw = coordinates.free_to_natural(&minimum.theta);
            let good = minimum.termination.is_converged() && draw.iter().all(|x| x.is_finite());
            good.then_some(draw)
        };
        let starts = self.starts_of_replicates(&objective, &optimum);
        let refits = Refits {
            options: &self.options,
            objective: &objective,
            starts: &starts,
            count: options.replicates,
            watch,
        };
        let refitted = refits.run(
            || plan.buffers(),
            |drawn, i| {
                plan.draw(&mut stream(options.seed, i as u64), drawn);
                &drawn.objective
            },
            read,
        )?;
        let Refitted { ended, stopped, audited, disagreed } = refitted;
        let (made, replicates) = (ended.len(), options.replicates);
        let numbers: Vec<usize> = (0..made).filter(|i| ended[*i].is_some()).collect();
        let draws: Vec<Vec<f64>> = ended.into_iter().flatten().collect();
        let failed = made - draws.len();
        let least = least_draws(options.level);
        if of_left.is_stopped() || (stopped && draws.len() < least) {
            let made = match of_left.is_stopped() {
                true => "stopped while runs were left out for the interval".to_owned(),
                false => format!("stopped after {made} of {replicates} replicates"),
            };
            let problem = format!("{made}, and intervals of level {} take {least} draws", options.level);
            return Err(Error::cancelled("bootstrap", problem));
        }
        if draws.len() < 2 {
            return Err(Error::unanswerable(
                "bootstrap",
                format!("{failed} of {replicates} replicates did not converge"),
                "see the warnings of the fit itself, or ask for no bootstrap (`replicates=0`)",
            ));
        }
        let mut fit = self.clone();
        if failed > 0 {
            fit.warnings.push(Warning::ReplicatesFailed { failed, replicates: made });
        }
        if draws.len() < least {
            let replicates = (failed > 0).then(|| (least * made).div_ceil(draws.len()));
            fit.warnings.push(Warning::FewDraws { draws: draws.len(), least, replicates });
        }
        if stopped {
            fit.warnings.push(Warning::Partial { made, replicates, disagreed });
        }
        let partial = stopped.then_some(made);
        let options = options.clone();
        let mut ensemble = Ensemble {
            fit,
            options,
            draws,
            left_out,
            partial,
            failed,
            audited,
            disagreed,
            by_name: true,
            spent,
            bend: Cached::default(),
            known: Known::default(),
        };
        ensemble.see_rising();
        for (index, parameter) in law.spec().parameters.iter().enumerate() {
            let [to_zero, to_infinity] = ensemble.ran_off(index);
            if to_zero + to_infinity > 0.0 && self.freedom(&parameter.name) == Freedom::Free {
                let parameter = parameter.name.to_string();
                ensemble.fit.warnings.push(Warning::RunsOff { parameter, to_infinity, to_zero });
            }
        }
        Ok((ensemble, numbers))
    }
}

/// A coefficient so many times larger or smaller than at the optimum has run off.
const OFF: f64 = 1e20;
/// An end of an interval below this share of the estimate is 0: the term has vanished there.
const GONE: f64 = 1e-12;
/// An exponent so many times larger than at the optimum, and than 1, has run off. A parameter that has limits without end and is so far out
/// is at one: a mean of this order is within a thousandth of it.
const FAR: f64 = 1e3;
/// A search for an exponent that is fitted by its logarithm starts from no more than this.
const MODERATE: f64 = 10.0;

impl Ensemble {
    /// Shares of the draws in which a parameter has run off to 0 and to infinity.
    fn ran_off(&self, index: usize) -> [f64; 2] {
        let (parameter, least) = (&self.fit.law().spec().parameters[index], self.fit.parameters[index] / OFF);
        let (is_log, far) = (parameter.scale == Scale::Log, self.far(index));
        let share = |off: &dyn Fn(f64) -> bool| {
            self.draws.iter().filter(|draw| off(draw[index])).count() as f64 / self.draws.len() as f64
        };
        match parameter.limits {
            Some(_) => [0.0; 2],
            None => [share(&|value| is_log && value < least), share(&|value| value.abs() > far)],
        }
    }

    /// Beyond which a parameter counts as infinite. A coefficient may have vanished at the optimum, and not in most draws.
    fn far(&self, index: usize) -> f64 {
        let (parameter, of) = (&self.fit.law().spec().parameters[index], self.fit.parameters[index]);
        let middle = || {
            let mut values: Vec<f64> = self.draws.iter().map(|draw| draw[index]).collect();
            quantiles(&mut values, [0.5])[0]
        };
        match parameter.scale {
            _ if parameter.limits.is_some() => FAR,
            Scale::Log if parameter.high > MODERATE => OFF * of.max(middle()).max(1.0),
            _ => FAR * of.abs().max(1.0),
        }
    }

    /// Puts whether the loss rises in most draws in the place of whether it does at the optimum.
    pub(crate) fn see_rising(&mut self) {
        let rises = |warning: &Warning| matches!(warning, Warning::LossRises { .. });
        let rising = Rising::of(&self.fit).in_most(&self.draws, self.fit.options.jobs);
        let warning = rising.map(|(with, share)| Warning::LossRises { with, share });
        let is_of_sweep = |warning: &Warning| matches!(warning, Warning::Finding { .. });
        let warnings = &mut self.fit.warnings;
        warnings.retain(|warning| !rises(warning));
        let place = warnings.iter().position(|w| !is_of_sweep(w)).unwrap_or(warnings.len());
        warnings.splice(place..place, warning);
    }

    /// How the runs bend away from the law; none where there is nothing to see, or it was switched off.
    pub(crate) fn bend(&self) -> Option<&Bend> {
        if self.options.bend { self.bend.of(&self.fit) } else { None }
    }

    /// A parameter by name, in its own unit; none if the law has not got it, or the sweep cannot identify it.
    ///
    /// The interval of a parameter that is bounded stays within its bounds; at a bound it is one-sided. A coefficient that
    /// runs off in some draws, by a factor of 1e20, has no standard error (NaN); an interval that ends among these ends at
    /// infinity or at 0. An end below 1e-12 of the estimate is 0 too. An exponent that is beyond 1,000, and 1,000 times its estimate, in some
    /// draws has none either, and an end there is infinite.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<Estimate> {
        if matches!(self.fit.freedom(name), Freedom::Unidentified | Freedom::AtLimit(_)) {
            return None;
        }
        if self.draws.is_empty() {
            return self.fit.parameter(name).map(Estimate::point);
        }
        let coordinates = self.fit.problem().ok()?.coordinates;
        let index = coordinates.place(name).ok()?;
        let parameter = &self.fit.law().spec().parameters[index];
        let far = self.far(index);
        let most = if parameter.limits.is_some() { far } else { f64::INFINITY };
        let mut estimate = self.estimate(|parameters| parameters[index].clamp(-most, most));
        if let Some((bound, end)) = self.fit.at_bound(name) {
            let mut values: Vec<f64> = self.draws.iter().map(|draw| draw[index]).collect();
            let rests_on = self.rests_on(&values);
            let basis = Basis { rests_on, ..self.basis(&[]) };
            estimate.interval = basis.one_sided(bound, end, &mut values);
        } else if let Some(bound) = coordinates.bound(index) {
            let [least, most] = bound.natural;
            estimate.interval = estimate.interval.map(|end| end.clamp(least, most));
        }
        if parameter.scale == Scale::Log {
            let gone = GONE * estimate.estimate;
            estimate.interval = estimate.interval.map(|end| if end < gone { 0.0 } else { end });
        }
        if self.ran_off(index) != [0.0; 2] || self.draws.iter().any(|draw| draw[index].abs() > far) {
            let end = |end: f64| if end.abs() < far { end } else { f64::INFINITY.copysign(end) };
            estimate.std_error = f64::NAN;
            estimate.interval = estimate.interval.map(end);
        }
        Some(estimate)
    }

    fn basis<'a>(&self, left_out: &'a [f64]) -> Basis<'a> {
        let (freedom, clusters) = self.freedom_and_clusters();
        Basis {
            kind: self.options.interval,
            level: self.options.level,
            freedom: freedom[1],
            clusters,
            rests_on: None,
            left_out,
        }
    }

    /// How the interval of what has these values in the draws has to be corrected for the runs that it rests on.
    fn rests_on(&self, values: &[f64]) -> Option<RestsOn> {
        if self.options.interval != Interval::Corrected {
            return None;
        }
        let mut found = self.leverage()?.of(values)?;
        if matches!(self.options.resample, Resample::Residuals | Resample::Parametric) {
            // What is drawn there is widened already.
            found.widening = 1.0;
        }
        Some(found)
    }

    /// Anything that follows from the parameters, with the interval that follows from the draws.
    pub fn estimate(&self, of: impl Fn(&[f64]) -> f64) -> Estimate {
        let each = |draws: &[Vec<f64>]| draws.iter().map(|draw| of(draw)).collect();
        let [estimate] =
            self.estimates([(of(&self.fit.parameters), each(&self.draws), each(&self.left_out))]);
        estimate
    }

    /// The estimates of several quantities from their values: at the optimum, in the draws, and with each run left out.
    pub(crate) fn estimates<const K: usize>(&self, values: [(f64, Vec<f64>, Vec<f64>); K]) -> [Estimate; K] {
        if self.draws.is_empty() {
            return values.map(|(estimate, ..)| Estimate::point(estimate));
        }
        let basis = self.basis(&[]);
        values.map(|(estimate, mut draws, left_out)| {
            let std_error = standard_deviation(&draws);
            let rests_on = self.rests_on(&draws);
            let interval = Basis { left_out: &left_out, rests_on, ..basis }.interval(estimate, &mut draws);
            Estimate::straight(estimate, std_error, interval)
        })
    }
}
