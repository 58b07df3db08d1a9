//! The best split of one budget, and the cheapest run of one loss, for one set of parameters.

use super::limited_by::LimitedBy;
use super::options::AllocationOptions;
use super::surface::Surface;
use crate::bootstrap::alike;
use crate::numeric::roots::{increasing_root, least, least_of_several};
use crate::observation::FlopsCount;
use crate::{Error, Result};

/// The most FLOPs that anything is looked for within.
pub(crate) const MOST_FLOPS: f64 = 1e60;
/// An optimum this close to an end in ln D is at it.
const AT_END: f64 = 1e-6;

/// A law that bends may have several minima: they are looked for within so many e-folds of D about that of the law.
const BENT: f64 = 7.0;
/// The first step from a known budget towards one of another loss, in ln C.
const STEP: f64 = 0.5;

/// What a run may cost and be, in N̄ and D: a run costs N̄ (training D + serving).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    /// Training FLOPs over N̄ D: 6, or 6 N₀/N̄ of masked training that saved nothing.
    pub(crate) training: f64,
    /// Serving FLOPs over N̄.
    pub(crate) serving: f64,
    /// The most N̄, and what says so.
    pub(crate) params: f64,
    pub(crate) params_by: LimitedBy,
    /// The most D.
    pub(crate) tokens: f64,
}

/// A run: N̄ and D, and what keeps it from being better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Split {
    pub(crate) params: f64,
    pub(crate) tokens: f64,
    pub(crate) limit: Option<LimitedBy>,
}

impl Split {
    /// Whether two are the same run, but for rounding.
    pub(crate) fn same(a: Option<Self>, b: Option<Self>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => alike(a.params, b.params) && alike(a.tokens, b.tokens),
            (a, b) => a.is_none() && b.is_none(),
        }
    }
}

impl Limits {
    /// Within what is asked for, at what the sweep's runs cost.
    pub(crate) fn new(options: &AllocationOptions, count: FlopsCount) -> Self {
        let initial = options.shape.ratios(crate::Size::Initial).initial;
        let (params, params_by) = options.most_params();
        Self {
            training: count.training(initial),
            serving: options.serving(),
            params,
            params_by,
            tokens: options.max_tokens.unwrap_or(f64::INFINITY),
        }
    }

    pub(crate) fn cost(&self, params: f64, tokens: f64) -> f64 {
        params * (self.training * tokens + self.serving)
    }

    /// N̄ of a run of a budget that has so many tokens.
    pub(crate) fn params_of(&self, flops: f64, tokens: f64) -> f64 {
        flops / (self.training * tokens + self.serving)
    }

    /// D of a run of a budget that has so many parameters; below 1 if it does not pay for them.
    pub(crate) fn tokens_of(&self, flops: f64, params: f64) -> f64 {
        (flops / params - self.serving) / self.training
    }

    /// The most that can be spent.
    pub(crate) fn most(&self) -> f64 {
        self.cost(self.params, self.tokens).min(MOST_FLOPS)
    }

    /// The least and most D that a budget buys, from a token, or what the most parameters leave, to what a single parameter does.
    pub(crate) fn range(&self, flops: f64) -> (f64, f64) {
        (self.tokens_of(flops, self.params).max(1.0), self.tokens_of(flops, 1.0).min(self.tokens))
    }

    /// Refuses budgets that cannot be spent.
    pub(crate) fn check(&self, flops: f64) -> Result<()> {
        let (low, high) = self.range(flops);
        if low <= high * (1.0 + 1e-12) {
            return Ok(());
        }
        let (problem, remedy) = if self.params.is_finite() && self.tokens.is_finite() {
            let most = self.cost(self.params, self.tokens);
            (
                format!("both caps together can spend {most:.3e} FLOPs, less than the budget of {flops:.3e}"),
                format!("raise {} or `max_tokens`, or ask for a smaller budget", self.params_by),
            )
        } else {
            (
                format!("{flops:.3e} FLOPs do not pay for a network within these limits and its serving"),
                "ask for a larger budget, or for fewer served tokens".to_owned(),
            )
        };
        Err(Error::unanswerable("budget", problem, remedy))
    }

    /// The run of least loss that costs `flops`. The search is over ln D, first near a guess at D.
    pub(crate) fn best(&self, surface: &mut Surface<'_>, flops: f64, near: Option<f64>) -> Split {
        let (low, high) = self.range(flops);
        let params = |tokens: f64| self.params_of(flops, tokens);
        // About the best run of the law itself.
        let straight = surface.straight().map(|mut law| self.best(&mut law, flops, near).tokens.ln());
        let (least_at, tokens) = if let Some(law) = surface.separable() {
            let over = self.training / 6.0;
            law.optimum_of(flops / over, self.serving / over)
        } else {
            let losses = |points: &[f64], losses: &mut [f64]| {
                let mut runs = [(0.0, 0.0); crate::numeric::roots::FIRST];
                for (run, ln_tokens) in runs.iter_mut().zip(points) {
                    let tokens = ln_tokens.exp();
                    *run = (params(tokens), tokens);
                }
                surface.losses(&runs[..points.len()], losses);
            };
            let (low, high, near) = (low.ln(), high.ln(), near.map(f64::ln));
            let ln_tokens = match straight {
                Some(law) => least_of_several(low.max(law - BENT), high.min(law + BENT), losses),
                None => least(low, high, near, losses),
            };
            (params(ln_tokens.exp()), ln_tokens.exp())
        };
        let split = Split { params: least_at, tokens, limit: None };
        let ended = |tokens: f64, beyond: bool, limit| {
            beyond.then(|| Split { params: params(tokens), tokens, limit: Some(limit) })
        };
        let [at_least, at_most] = self.at_ends((low, high));
        ended(high, split.tokens >= high * (1.0 - AT_END), at_most)
            .or_else(|| ended(low, split.tokens <= low * (1.0 + AT_END), at_least))
            .unwrap_or(split)
    }

    /// What the ends of a range of D are.
    pub(crate) fn at_ends(&self, (low, high): (f64, f64)) -> [LimitedBy; 2] {
        let at_most = if self.tokens <= high { LimitedBy::MaxTokens } else { LimitedBy::Range };
        let at_least = if self.params.is_finite() && low > 1.0 { self.params_by } else { LimitedBy::Range };
        [at_least, at_most]
    }

    /// The cap that a run is beyond, if it is beyond any.
    pub(crate) fn broken_by(&self, params: f64, tokens: f64) -> Option<LimitedBy> {
        let over = |value: f64, most: f64| value > most * (1.0 + AT_END);
        over(tokens, self.tokens)
            .then_some(LimitedBy::MaxTokens)
            .or_else(|| over(params, self.params).then_some(self.params_by))
    }

    /// The cheapest run of a loss; none if there is no such run within the limits.
    pub(crate) fn cheapest(
        &self,
        surface: &mut Surface<'_>,
        loss: f64,
        near: Option<Split>,
    ) -> Option<Split> {
        if let Some(law) = surface.separable() {
            let (params, tokens) = law.cheapest_of(loss, 6.0 * self.serving / self.training)?;
            let split = |params, tokens, limit| {
                (params <= self.params * (1.0 + 1e-12) && tokens <= self.tokens * (1.0 + 1e-12))
                    .then_some(Split { params, tokens, limit })
            };
            return if tokens > self.tokens {
                let params = where_reached(|params| law.loss(params, self.tokens), loss)?;
                split(params, self.tokens, Some(LimitedBy::MaxTokens))
            } else if params > self.params {
                let tokens = where_reached(|tokens| law.loss(self.params, tokens), loss)?;
                split(self.params, tokens, Some(self.params_by))
            } else {
                split(params, tokens, None)
            };
        }
        // The least loss falls with the budget, or nearly so. What is best for one budget is a guess for the next.
        let mut tokens = near.map(|near| near.tokens);
        let mut above = |ln_flops: f64| {
            let split = self.best(surface, ln_flops.exp(), tokens);
            tokens = Some(split.tokens);
            loss - surface.loss(split.params, split.tokens)
        };
        let (low, high) = ((self.training + self.serving).ln() + 1e-9, self.most().ln());
        let near = near.map(|near| self.cost(near.params, near.tokens).ln());
        let (from, to) = match near.filter(|near| *near > low && *near < high) {
            Some(near) => bracket(near, (low, high), &mut above)?,
            None if above(high) >= 0.0 => (low, high),
            None => return None,
        };
        let flops = increasing_root(from, to, &mut above).exp();
        Some(self.best(surface, flops, tokens))
    }
}

/// The nearest ends between which f passes from below 0 to above it, in steps away from a guess that double: a bent law may do so
/// several times. None if it stays below up to the end.
fn bracket(near: f64, (low, high): (f64, f64), f: &mut impl FnMut(f64) -> f64) -> Option<(f64, f64)> {
    let below = f(near) < 0.0;
    let (mut inner, mut step) = (near, STEP);
    loop {
        let next = if below { (inner + step).min(high) } else { (inner - step).max(low) };
        match (below, f(next)) {
            (true, value) if value >= 0.0 => return Some((inner, next)),
            (false, value) if value < 0.0 => return Some((next, inner)),
            _ if next == high => return None,
            // The least budget there is reaches it.
            _ if next == low => return Some((low, inner)),
            _ => (inner, step) = (next, 2.0 * step),
        }
    }
}

/// The x from 1 up at which a falling f has come down to `loss`; none if it stays above.
pub(crate) fn where_reached(mut f: impl FnMut(f64) -> f64, loss: f64) -> Option<f64> {
    let most = MOST_FLOPS.ln();
    if !(f(MOST_FLOPS) <= loss) {
        return None;
    }
    Some(increasing_root(0.0, most, |ln| loss - f(ln.exp())).exp())
}
