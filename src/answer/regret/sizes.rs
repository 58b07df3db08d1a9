//! What other sizes cost under one set of parameters of a law.

use super::{Regret, WITHIN};
use crate::answer::engine::{ABOVE, LimitedBy, Limits, Line, MOST_FLOPS, Split, Surface};
use crate::bootstrap::alike;
use crate::numeric::curve::{Curve, FIRST, Jet, crossing_near, first_crossing};

/// Ends of the band and FLOPs are known to this in ln D under the law, and in draws of its bend, of which there are many.
const TOLERANCE: f64 = 1e-10;
const TOLERANCE_BENT: f64 = 1e-6;

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
        Self { limits, flops, best, sizes: Regret::FACTORS.iter().filter_map(size).collect() }
    }

    /// What they cost, the best run of the budget being known.
    pub(in crate::answer) fn of(&self, surface: &mut Surface<'_>, best: Split) -> Found {
        let (least, closed) = (surface.loss(best.params, best.tokens), surface.separable());
        let costs = |size: &Size| {
            let start = size.tokens.ln();
            let mut losses = OfSize { surface, ln_params: size.params.ln() };
            let own = losses.jet(start);
            // A law in closed form is the least at N* to the last digit.
            let loss = closed.map_or(own.value.exp(), |law| law.loss(size.params, size.tokens));
            // Below a loss that only rounding tells from the least there is nothing to look for.
            let to_match = match loss <= least {
                true if size.breaks.is_none() => Some(self.flops),
                _ => self.to_match(losses, (start, own), (size, least.ln())),
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
    fn to_match(
        &self,
        mut losses: OfSize<'_, '_>,
        (start, own): (f64, Jet),
        (size, ln_loss): (&Size, f64),
    ) -> Option<f64> {
        // Where the size is better than the best that the caps allow, less is enough.
        let most = if losses.surface.bends() { start + ABOVE } else { MOST_FLOPS.ln() };
        let end = if own.value > ln_loss { most } else { 0.0 };
        let tolerance = tolerance(losses.surface);
        let guess = start + own.minus(ln_loss).towards_root();
        if let Some(found) = crossing_near(&mut losses, (tolerance, ln_loss), (start, own), (guess, end)) {
            return Some(self.limits.cost(size.params, found.exp()));
        }
        // Without a bend the loss falls all the way.
        if !losses.surface.bends() && losses.value(end) > ln_loss && own.value > ln_loss {
            return None;
        }
        let found = first_crossing(&mut losses, (tolerance, ln_loss), (start, own.value), end)?;
        Some(self.limits.cost(size.params, found.exp()))
    }

    /// Where the loss of the budget has risen from the least as far as is asked, on both sides of the best run.
    fn band(&self, surface: &mut Surface<'_>, best: Split, least: f64) -> [(f64, Option<LimitedBy>); 2] {
        let ln_within = WITHIN.ln_1p();
        let to = (tolerance(surface), least.ln() + ln_within);
        let (low, high) = self.limits.range(self.flops);
        let [at_least, at_most] = self.limits.at_ends((low, high));
        let start = best.tokens.clamp(low, high.max(low)).ln();
        let mut losses = self.limits.of_budget(surface, self.flops.ln());
        let own = losses.jet(start);
        let expected = (2.0 * ln_within / own.curvature).sqrt();
        // The fewest parameters are those of the most tokens.
        [(high, expected, at_most), (low, -expected, at_least)].map(|(end, expected, limit)| {
            let params = |tokens: f64| self.limits.params_of(self.flops, tokens);
            let near = crossing_near(&mut losses, to, (start, own), (start + expected, end.ln()));
            match near.or_else(|| first_crossing(&mut losses, to, (start, own.value), end.ln())) {
                Some(ln_tokens) => (params(ln_tokens.exp()), None),
                None => (params(end), Some(limit)),
            }
        })
    }
}

/// ln of the loss of one size, as a function of ln D.
struct OfSize<'a, 'b> {
    surface: &'a mut Surface<'b>,
    ln_params: f64,
}

impl Curve for OfSize<'_, '_> {
    fn values(&mut self, at: &[f64], out: &mut [f64]) {
        let mut runs = [[self.ln_params, 0.0]; FIRST];
        runs.iter_mut().zip(at).for_each(|(run, ln_tokens)| run[1] = *ln_tokens);
        self.surface.ln_losses(&runs[..at.len()], out);
    }

    fn jet(&mut self, at: f64) -> Jet {
        self.surface.along(Line { at: [self.ln_params, at], to: [0.0, 1.0], turn: 0.0 }).jet
    }
}

fn tolerance(surface: &Surface<'_>) -> f64 {
    if surface.bends() { TOLERANCE_BENT } else { TOLERANCE }
}
