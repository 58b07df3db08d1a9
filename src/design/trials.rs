//! What a fit would say of a sweep, by simulation.

use super::layouts::Draft;
use super::pruned::rows;
use super::{Expected, FirstRunsOptions};
use crate::answer::AllocationOptions;
use crate::fit::{Fit, fit_scaling_law};
use crate::law::Scale;
use crate::numeric::parallel::map_watched;
use crate::numeric::random::{normal, stream};
use crate::observe::{Observer, Watch};
use crate::{BootstrapOptions, Error, Observations, Residual, Result};

/// Draws of each simulated fit.
const REPLICATES: usize = 200;
/// The first stream of random numbers of simulated sweeps, and the distance between those of designs.
const STREAMS: u64 = 1 << 32;
/// The same of a second round.
const LATER: u64 = 1 << 31;

/// An interval of a simulated fit: its length, and whether it holds the truth.
#[derive(Debug, Clone, Copy)]
struct Interval {
    width: f64,
    holds: bool,
}

/// What a simulated fit says: of ln N*, of ln L, and of parameters.
type Said = Option<Vec<Interval>>;

/// What came of all simulated sweeps of a design.
#[derive(Debug)]
pub(super) struct Simulated {
    pub(super) params: Expected,
    pub(super) loss: Expected,
    pub(super) pruning: Vec<(String, Expected)>,
    pub(super) simulations: usize,
    pub(super) unanswered: usize,
}

impl Simulated {
    /// Of a design that is not simulated.
    pub(super) fn none(open: &[String]) -> Self {
        let unknown = Expected { width: f64::INFINITY, std_error: f64::NAN, holds: f64::NAN };
        let pruning = open.iter().map(|name| (name.clone(), unknown)).collect();
        Self { params: unknown, loss: unknown, pruning, simulations: 0, unanswered: 0 }
    }
}

/// The rows of a sweep, with the losses of the guess.
struct Sweep {
    rows: Observations,
    losses: Vec<f64>,
}

impl Sweep {
    fn of(guess: &Fit, draft: &Draft) -> Result<Self> {
        let rows = rows(draft)?;
        let residuals = guess.residuals_of(&rows, Residual::LnLoss)?;
        Ok(Self { rows, losses: residuals.into_iter().map(|residual| -residual).collect() })
    }
}

/// Simulated sweeps of some designs.
pub(super) struct Trials<'a> {
    guess: &'a Fit,
    sweeps: Vec<Sweep>,
    options: &'a FirstRunsOptions,
    /// ln N* and ln L of the guess at the target.
    truths: [f64; 2],
    /// Parameters that sparse runs are to tell.
    open: &'a [String],
    watch: Watch<'a>,
}

impl<'a> Trials<'a> {
    pub(super) fn of(
        guess: &'a Fit,
        drafts: &[Draft],
        options: &'a FirstRunsOptions,
        (truths, open): ([f64; 2], &'a [String]),
    ) -> Result<Self> {
        let sweeps = drafts.iter().map(|draft| Sweep::of(guess, draft)).collect::<Result<Vec<Sweep>>>()?;
        Ok(Self { guess, sweeps, options, truths, open, watch: guess.options.watch("simulated sweeps", 0) })
    }

    /// What so many fits say of each of these designs. `expected` of all sweeps are expected from now on.
    pub(super) fn run(&self, designs: &[usize], count: usize, expected: usize) -> Result<Vec<Simulated>> {
        self.watch.begin(expected);
        // A second round has other noise.
        let round = if expected == 0 { LATER } else { 0 };
        let trial = |k: usize| {
            let design = designs[k / count];
            self.one(&self.sweeps[design], (design as u64 + 1) * STREAMS + round + (k % count) as u64)
        };
        let fit = &self.guess.options;
        let all = designs.len() * count;
        let said = fit.in_pool(|| map_watched(&self.watch, fit.jobs, all, || (), |(), k| trial(k)))?;
        if self.watch.is_stopped() {
            return Err(Error::cancelled("first runs", "stopped before all sweeps were simulated"));
        }
        Ok(said.chunks(count).map(|said| summed(said, self.open)).collect())
    }

    /// One simulated sweep, fitted and asked; none where the fit is not to be trusted or has no answer.
    fn one(&self, sweep: &Sweep, index: u64) -> Said {
        let (guess, options) = (self.guess, self.options);
        let mut random = stream(options.seed, index);
        let mut noisy = |loss: &f64| (loss + options.noise * normal(&mut random)).exp();
        let losses = sweep.losses.iter().map(&mut noisy).collect();
        let rows = sweep.rows.clone().with_losses(losses);
        let how = guess.options.clone().with_jobs(1).with_observer(Observer::default());
        let draws = BootstrapOptions::default().with_replicates(REPLICATES).with_seed(index);
        let fitted =
            fit_scaling_law(&rows, &how).and_then(|fit| fit.bootstrap(&draws.with_level(options.level)));
        let ensemble = fitted.ok().filter(|ensemble| ensemble.fit.answers_are_trustworthy())?;
        let best =
            ensemble.frontier(&[options.target_flops], &AllocationOptions::default()).ok()?.swap_remove(0);
        let decided = [best.average_params.interval, best.loss.interval].into_iter().zip(self.truths);
        let decided = decided.map(|(ends, truth)| interval(ends.map(f64::ln), truth));
        let told = self.open.iter().map(|name| {
            let spec = guess.law().spec();
            let place = spec.place(name)?;
            let ends = ensemble.parameter(name).map_or([f64::NAN; 2], |estimate| estimate.interval);
            let truth = guess.parameters[place];
            Some(match spec.parameters[place].scale {
                Scale::Log => interval(ends.map(f64::ln), truth.ln()),
                Scale::Linear => interval(ends, truth),
            })
        });
        decided.map(Some).chain(told).collect()
    }
}

/// An interval without an end, or that is none, is infinitely long.
fn interval([low, high]: [f64; 2], truth: f64) -> Interval {
    let width = high - low;
    Interval {
        width: if width.is_nan() { f64::INFINITY } else { width },
        holds: low <= truth && truth <= high,
    }
}

fn summed(said: &[Said], open: &[String]) -> Simulated {
    let unanswered = said.iter().filter(|said| said.is_none()).count();
    let of = |place: usize| {
        let known = said.iter().flatten().map(|said| said[place]);
        let held = known.clone().filter(|interval| interval.holds).count();
        let mut widths: Vec<f64> = known.map(|interval| interval.width).collect();
        widths.resize(said.len(), f64::INFINITY);
        expected(widths, held as f64 / (said.len() - unanswered) as f64)
    };
    Simulated {
        params: of(0),
        loss: of(1),
        pruning: open.iter().enumerate().map(|(k, name)| (name.clone(), of(2 + k))).collect(),
        simulations: said.len(),
        unanswered,
    }
}

/// The median and its standard error: half the distance of the order statistics a standard deviation of the binomial to either side.
fn expected(mut widths: Vec<f64>, holds: f64) -> Expected {
    widths.sort_by(f64::total_cmp);
    let count = widths.len();
    let half = (0.5 * (count as f64).sqrt()).round() as usize;
    let at = |place: usize| widths[place.min(count - 1)];
    let width = 0.5 * (at((count - 1) / 2) + at(count / 2));
    let std_error = 0.5 * (at((count - 1) / 2 + half) - at((count / 2).saturating_sub(half)));
    Expected { width, std_error: if width.is_finite() { std_error } else { f64::NAN }, holds }
}

#[cfg(test)]
mod tests {
    use super::expected;

    #[test]
    fn the_median_has_the_error_of_its_order_statistics() {
        let found = expected((1..=101).rev().map(f64::from).collect(), 0.95);
        assert_eq!((found.width, found.std_error), (51.0, 5.0));
        let most = expected([vec![1.0; 49], vec![f64::INFINITY; 51]].concat(), 0.9);
        assert!(most.width.is_infinite() && most.std_error.is_nan());
    }
}
