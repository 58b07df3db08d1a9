//! What other sizes cost under one set of parameters of a law.

use super::WITHIN;
use crate::answer::engine::{LimitedBy, Limits, MOST_FLOPS, Split, Surface};
use crate::bootstrap::alike;
use crate::numeric::roots::root_between;

/// Sizes that are asked about, over the best.
const FACTORS: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];
/// Ends of the band and FLOPs are known to this in ln D under the law, and in draws of its bend, of which there are many.
const TOLERANCE: f64 = 1e-10;
const TOLERANCE_BENT: f64 = 1e-6;
/// The first step from a known place towards a root, in ln D: so far beyond where it is expected, and within these.
const FARTHER: f64 = 1.25;
const LEAST_STEP: f64 = 1e-3;
const MOST_STEP: f64 = 4.0;
const STEP: f64 = 0.5;
/// The step by which a slope is taken.
const SLOPE: f64 = 1e-3;

/// A size that is asked about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) factor: f64,
    /// N̄.
    pub(super) params: f64,
    /// D.
    pub(super) tokens: f64,
    pub(super) breaks: Option<LimitedBy>,
}

/// A budget, and what sizes are asked about.
#[derive(Debug)]
pub(in crate::answer) struct Asked<'a> {
    limits: &'a Limits,
    pub(super) flops: f64,
    /// The best run of the law at its optimum.
    best: Split,
    pub(super) sizes: Vec<Size>,
}

/// What a size costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Costs {
    pub(super) loss: f64,
    /// The least loss of the budget.
    pub(super) least: f64,
    /// FLOPs that this size takes to reach that.
    pub(super) to_match: Option<f64>,
}

/// What is found under one set of parameters.
#[derive(Debug, Clone)]
pub(in crate::answer) struct Found {
    /// N̄ at the ends of the band, and what limits it there.
    pub(super) band: [(f64, Option<LimitedBy>); 2],
    pub(super) sizes: Vec<Costs>,
}

/// Whether two are the same, but for rounding.
pub(in crate::answer) fn same(a: &Found, b: &Found) -> bool {
    let ends = a.band.iter().zip(&b.band).all(|(a, b)| alike(a.0, b.0));
    let flops = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => alike(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    let costs = |a: &Costs, b: &Costs| {
        alike(a.loss, b.loss) && alike(a.least, b.least) && flops(a.to_match, b.to_match)
    };
    ends && a.sizes.iter().zip(&b.sizes).all(|(a, b)| costs(a, b))
}

impl<'a> Asked<'a> {
    /// Sizes that are multiples of the best.
    pub(in crate::answer) fn new(limits: &'a Limits, flops: f64, best: Split) -> Self {
        let size = |&factor: &f64| {
            let params = factor * best.params;
            let tokens = if factor == 1.0 { best.tokens } else { limits.tokens_of(flops, params) };
            (tokens >= 1.0).then(|| {
                let breaks = limits.broken_by(params, tokens).filter(|_| factor != 1.0);
                Size { factor, params, tokens, breaks }
            })
        };
        Self { limits, flops, best, sizes: FACTORS.iter().filter_map(size).collect() }
    }

    /// What they cost, the best run of the budget being known.
    pub(in crate::answer) fn of(&self, surface: &mut Surface<'_>, best: Split) -> Found {
        let least = surface.loss(best.params, best.tokens);
        let costs = |size: &Size| {
            let loss = surface.loss(size.params, size.tokens);
            // Below a loss that only rounding tells from the least there is nothing to look for.
            let to_match = match loss <= least {
                true if size.breaks.is_none() => Some(self.flops),
                _ => self.to_match(surface, size, [loss, least]),
            };
            Costs { loss, least, to_match }
        };
        let sizes = self.sizes.iter().map(costs).collect();
        Found { band: self.band(surface, best, least), sizes }
    }

    /// FLOPs with which the best run has the loss of a size: searched for once, as in every draw it would take a hundred times as long.
    pub(super) fn worth(&self, surface: &mut Surface<'_>, size: &Size) -> Option<f64> {
        let loss = surface.loss(size.params, size.tokens);
        let run = self.limits.cheapest(surface, loss, Some(self.best))?;
        Some(self.limits.cost(run.params, run.tokens))
    }

    /// FLOPs of training a size, and of serving it, until it has a loss instead of its own.
    fn to_match(&self, surface: &mut Surface<'_>, size: &Size, [own, loss]: [f64; 2]) -> Option<f64> {
        let start = size.tokens.ln();
        // Where the size is better than the best that the caps allow, less is enough.
        let (sign, end) = if own > loss { (1.0, MOST_FLOPS.ln()) } else { (-1.0, 0.0) };
        let (tolerance, ln_params, ln_loss) = (tolerance(surface), size.params.ln(), loss.ln());
        let mut above = |ln_tokens: f64| sign * (ln_loss - surface.ln_loss([ln_params, ln_tokens]));
        let of_start = sign * (loss / own).ln();
        let slope = (above(start + sign * SLOPE) - of_start) / SLOPE;
        let tokens = root_from(tolerance, (start, of_start), (end, -of_start / slope), &mut above)?;
        Some(self.limits.cost(size.params, tokens.exp()))
    }

    /// Where the loss of the budget has risen from the least as far as is asked, on both sides of the best run.
    fn band(&self, surface: &mut Surface<'_>, best: Split, least: f64) -> [(f64, Option<LimitedBy>); 2] {
        let (ln_within, tolerance) = (WITHIN.ln_1p(), tolerance(surface));
        let (ln_loss, ln_flops) = (least.ln() + ln_within, self.flops.ln());
        let (low, high) = self.limits.range(self.flops);
        let [at_least, at_most] = self.limits.at_ends((low, high));
        let start = best.tokens.clamp(low, high.max(low)).ln();
        let mut expected = f64::NAN;
        // The fewest parameters are those of the most tokens.
        [(high, at_most), (low, at_least)].map(|(end, limit)| {
            let mut above = |ln_tokens: f64| {
                surface.ln_loss([self.limits.ln_params_of(ln_flops, ln_tokens), ln_tokens]) - ln_loss
            };
            let params = |tokens: f64| self.limits.params_of(self.flops, tokens);
            match root_from(tolerance, (start, -ln_within), (end.ln(), expected), &mut above) {
                Some(ln_tokens) => {
                    // Both sides are about as wide.
                    expected = ln_tokens - start;
                    (params(ln_tokens.exp()), None)
                }
                None => (params(end), Some(limit)),
            }
        })
    }
}

fn tolerance(surface: &Surface<'_>) -> f64 {
    if surface.bends() { TOLERANCE_BENT } else { TOLERANCE }
}

/// The first place from a start, where f is negative, towards `end` at which it is no more so; none if it stays so. It may be expected at
/// some distance, on either side.
fn root_from(
    tolerance: f64,
    (start, of_start): (f64, f64),
    (end, expected): (f64, f64),
    f: &mut impl FnMut(f64) -> f64,
) -> Option<f64> {
    let sign = (end - start).signum();
    let first =
        if expected.is_finite() { (FARTHER * expected.abs()).clamp(LEAST_STEP, MOST_STEP) } else { STEP };
    let (mut inside, mut of_inside, mut step) = (start, of_start, first);
    while inside != end {
        let next = inside + sign * step;
        let next = if (end - next) * sign > 0.0 { next } else { end };
        let of_next = f(next);
        if of_next >= 0.0 {
            return Some(root_between(tolerance, [inside, next], [of_inside, of_next], f));
        }
        (inside, of_inside, step) = (next, of_next, 2.0 * step);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{TOLERANCE, root_from};

    #[test]
    fn a_root_is_found_on_either_side_and_none_beyond_the_end() {
        let mut f = |x: f64| x * x - 4.0;
        let mut root = |end| root_from(TOLERANCE, (0.5, -3.75), (end, f64::NAN), &mut f);
        assert!((root(9.0).unwrap() - 2.0).abs() < 1e-9);
        assert!((root(-9.0).unwrap() + 2.0).abs() < 1e-9);
        assert_eq!((root(1.9), root(0.5)), (None, None));
    }
}
