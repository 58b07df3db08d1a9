//! What questions about new runs have in common.
//!
//! Every question is one about runs of one [`RunShape`]: dense, or pruned along one curve. Their loss is a function of N̄ and D
//! alone, and they cost `6 N̄ D` FLOPs to train (`6 N₀ D` if the fit counts them so) and `2 N_final` for each token served. The answer is found for the optimum and
//! for every draw, so that it has an interval.

mod cheapest;
mod checks;
mod floor;
mod limited_by;
mod limits;
mod options;
mod prices;
mod rising;
mod shape;
mod surface;
mod terms;

pub(crate) use cheapest::{ABOVE, least_up, where_first_reached, where_reached};
pub(crate) use checks::positive;
pub use limited_by::LimitedBy;
pub(crate) use limits::{Limits, MOST_FLOPS, Split};
pub use options::AllocationOptions;
pub(crate) use options::{BYTES, served_bytes};
pub use prices::{Bill, Prices};
pub use shape::RunShape;
pub(crate) use shape::{SizeRatios, out_of_reach};
pub(crate) use surface::{Line, Reading, Surface};

use crate::fit::{Fit, Warning};
use crate::law::Separable;

impl Fit {
    /// The law of dense runs in the letters of `E + A/N^α + B/D^β`; none if it is not of that form, has no optimum, or rests
    /// on parameters that the sweep does not identify.
    ///
    /// ```
    /// # use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// assert_eq!(fit.separable().map(|law| law.alpha), fit.parameter("alpha"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn separable(&self) -> Option<Separable> {
        let reading = surface::Reading::new(self, &AllocationOptions::default()).ok()?;
        let law = reading.surface(&self.parameters).separable()?;
        let mut others = self.alternatives(&self.parameters).into_iter();
        others.all(|(_, other)| reading.surface(&other).separable() == Some(law)).then_some(law)
    }

    /// `a_opt = β/(α+β)` and `b_opt = α/(α+β)`: the powers of compute by which N* and D* grow. None for laws
    /// that are not of the form E + A/N^α + B/D^β on dense runs.
    #[must_use]
    pub fn optimum_exponents(&self) -> Option<(f64, f64)> {
        let law = self.separable()?;
        Some((law.beta / (law.alpha + law.beta), law.alpha / (law.alpha + law.beta)))
    }
}

/// What lies so many times as far outside the sweep as the budget is warned of in its place.
const FARTHER: f64 = 100.0;

impl Fit {
    /// The warning of a run that is the answer to a budget: that this is beyond the sweep's largest. But what lies much farther outside goes before it,
    /// and where the budget is inside, whatever is outside.
    pub(crate) fn outside_of_budget(&self, [law_params, flops, tokens]: [f64; 3]) -> Option<Warning> {
        let extrapolation = self.beyond(flops);
        let much = extrapolation.max(1.0) * if extrapolation > 1.0 { FARTHER } else { 1.0 };
        let outside = self.outside(law_params, flops, tokens);
        outside.filter(|warning| factor_of(warning) > much).or_else(|| beyond(extrapolation))
    }
}

/// How many times as far out, of such a warning.
fn factor_of(warning: &Warning) -> f64 {
    match warning {
        Warning::ExtrapolatesBeyond { factor, .. } | Warning::ExtrapolatesBelow { factor, .. } => *factor,
        _ => 0.0,
    }
}

/// Of several such warnings that of what lies farthest outside.
pub(crate) fn farthest(warnings: impl Iterator<Item = Warning>) -> Option<Warning> {
    warnings.reduce(|a, b| if factor_of(&b) > factor_of(&a) { b } else { a })
}

/// A budget of the sweep's own is no further beyond it.
const ROUNDING: f64 = 1e-9;

/// The warning of a budget beyond the sweep's largest.
pub(crate) fn beyond(extrapolation: f64) -> Option<Warning> {
    let what = || "flops".to_owned();
    (extrapolation > 1.0 + ROUNDING)
        .then(|| Warning::ExtrapolatesBeyond { what: what(), factor: extrapolation })
}

/// Draws without an optimum that are worth a word: any of the law, but of those that bend only as many as may move an end of an interval.
pub(crate) fn enough(of_law: usize, of_bent: usize, (draws, level): (usize, f64)) -> usize {
    let is_enough = of_law > 0 || of_bent as f64 > 0.5 * (1.0 - level) * draws as f64;
    if is_enough { of_law.max(of_bent) } else { 0 }
}

/// The warning of draws without an optimum.
pub(crate) fn no_optimum(draws: usize, of: usize) -> Option<Warning> {
    (draws > 0).then_some(Warning::NoOptimum { draws, of })
}
