//! The runs along which recipes are compared: of each budget, one.

use super::Along;
use crate::answer::AllocationOptions;
use crate::answer::engine::{LimitedBy, Limits, MOST_FLOPS, Reading, Split, Surface, where_reached};
use crate::bootstrap::Sample;
use crate::law::Input;
use crate::numeric::roots::{ROOT, nearest_root};
use crate::{Ensemble, Error, Result};

/// A run of a budget, or of a loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub(super) flops: f64,
    pub(super) tokens: f64,
    pub(super) loss: f64,
}

/// Budgets between which the law's best runs are tabulated, and how many there are, evenly spread in their logarithm.
const TABULATED: [f64; 2] = [1e3, 1e45];
const BUDGETS: usize = 400;

/// What a bent law's budget is known to, relative to its logarithm.
const BENT: f64 = 1e-9;

/// The runs of one recipe.
#[derive(Debug)]
pub(super) struct Path<'a> {
    reading: Reading<'a>,
    limits: Limits,
    ln_training: f64,
    along: Along,
    /// Whether the law tells how its runs split a budget.
    pub(super) tells_tokens: bool,
    ensemble: &'a Ensemble,
    /// ln D of the law's best runs: a law that bends is followed along these, from which it differs in the second order only.
    best: Vec<f64>,
}

impl<'a> Path<'a> {
    pub(super) fn new(ensemble: &'a Ensemble, along: Along) -> Result<Self> {
        ensemble.check_falls("versus")?;
        if ensemble.fit.law().spec().inputs.contains(&Input::UniqueTokens) {
            let problem =
                "the law reads different tokens, and recipes are compared along runs that repeat none";
            let remedy = "fit the runs that repeat none, with another law (`law=chinchilla`)";
            return Err(Error::unanswerable("versus", problem, remedy));
        }
        if ensemble.fit.says_nothing_of_dense() {
            let problem = "every run of the sweep is pruned, the law tells pruned runs from dense ones, and recipes are compared along dense runs";
            let remedy = "let N be the average (`size=average`) of a law that reads no more of pruning (`law=chinchilla`), or add dense runs";
            return Err(Error::unanswerable("versus", problem, remedy));
        }
        let options = AllocationOptions::default();
        let reading = Reading::new(&ensemble.fit, &options)?;
        let limits = Limits::new(&options, &ensemble.fit);
        let tells_tokens = !matches!(along, Along::Frontier) || reading.tells_apart();
        let along = match along {
            // A law of compute alone has one curve, whatever its tokens.
            Along::Frontier if !reading.tells_apart() => Along::TokensPerParam(1.0),
            Along::Params(_) => {
                reading.reads_tokens()?;
                along
            }
            Along::TokensPerParam(_) => along,
            Along::Frontier => {
                reading.both()?;
                along
            }
        };
        let mut path = Self {
            reading,
            limits,
            ln_training: limits.training.ln(),
            along,
            tells_tokens,
            ensemble,
            best: Vec::new(),
        };
        if matches!(along, Along::Frontier) && ensemble.bend().is_some() {
            let mut surface = path.reading.surface(&ensemble.fit.parameters);
            let mut near = None;
            let mut tokens = |i: usize| {
                let tokens = path
                    .limits
                    .best(&mut surface, (Self::ln_budget(0) + Self::step() * i as f64).exp(), near)
                    .tokens;
                near = Some(tokens);
                tokens.ln()
            };
            path.best = (0..BUDGETS).map(&mut tokens).collect();
        }
        Ok(path)
    }

    fn ln_budget(end: usize) -> f64 {
        TABULATED[end].ln()
    }

    fn step() -> f64 {
        (Self::ln_budget(1) - Self::ln_budget(0)) / (BUDGETS - 1) as f64
    }

    /// N̄ and D of a budget: off the frontier, or the law's best.
    fn run(&self, flops: f64) -> [f64; 2] {
        let product = flops / self.limits.training;
        match self.along {
            Along::Params(params) => [params, product / params],
            Along::TokensPerParam(ratio) => [(product / ratio).sqrt(), (product * ratio).sqrt()],
            Along::Frontier => {
                let tokens = self.ln_best(flops.ln()).exp();
                [product / tokens, tokens]
            }
        }
    }

    /// ln N̄ and ln D of a budget whose logarithm is known.
    fn ln_run(&self, ln_flops: f64) -> [f64; 2] {
        let product = ln_flops - self.ln_training;
        let tokens = match self.along {
            Along::Params(params) => product - params.ln(),
            Along::TokensPerParam(ratio) => 0.5 * (product + ratio.ln()),
            Along::Frontier => self.ln_best(ln_flops),
        };
        [product - tokens, tokens]
    }

    /// ln D of the law's best run of a budget.
    fn ln_best(&self, ln_flops: f64) -> f64 {
        let at = (ln_flops - Self::ln_budget(0)) / Self::step();
        let from = (at.max(0.0) as usize).min(BUDGETS - 2);
        let [low, high] = [self.best[from], self.best[from + 1]];
        low + (high - low) * (at - from as f64)
    }

    /// The loss that a sample says.
    pub(super) fn surface<'b>(&'b self, sample: Sample<'b>) -> Surface<'b> {
        self.reading.surface(sample)
    }

    /// Whether a best run is looked for, and not taken from the law's.
    fn is_searched(&self, surface: &Surface<'_>) -> bool {
        matches!(self.along, Along::Frontier) && !surface.bends()
    }

    /// The run of a budget.
    pub(super) fn of_budget(
        &self,
        surface: &mut Surface<'_>,
        flops: f64,
        near: Option<Found>,
    ) -> Option<Found> {
        let [params, tokens] = if self.is_searched(surface) {
            let split = self.limits.best(surface, flops, near.map(|near| near.tokens));
            [split.params, split.tokens]
        } else {
            self.run(flops)
        };
        let loss = surface.loss(params, tokens);
        loss.is_finite().then_some(Found { flops, tokens, loss })
    }

    /// The run of a loss; none where it is not reached.
    pub(super) fn of_loss(&self, surface: &mut Surface<'_>, loss: f64, near: Option<Found>) -> Option<Found> {
        if self.is_searched(surface) {
            let near = near.map(|near| Split {
                params: near.flops / (self.limits.training * near.tokens),
                tokens: near.tokens,
                limit: None,
            });
            let split = self.limits.cheapest(surface, loss, near)?;
            let flops = self.limits.cost(split.params, split.tokens);
            return Some(Found { flops, tokens: split.tokens, loss });
        }
        let (bends, ln_loss) = (surface.bends(), loss.ln());
        let mut over = |ln_flops: f64| ln_loss - surface.ln_loss(self.ln_run(ln_flops));
        let flops = match near {
            Some(near) => {
                let tolerance = if bends { BENT } else { ROOT };
                nearest_root(tolerance, near.flops.ln(), (0.0, MOST_FLOPS.ln()), over)?.exp()
            }
            None => where_reached(|flops| -over(flops.ln()), 0.0)?,
        };
        Some(Found { flops, tokens: self.run(flops)[1], loss })
    }

    /// Refuses laws whose best run is one of one parameter or one token.
    pub(super) fn check(&self, flops: f64) -> Result<()> {
        if !matches!(self.along, Along::Frontier) {
            return Ok(());
        }
        let mut surface = self.reading.surface(&self.ensemble.fit.parameters);
        let best = self.limits.best(&mut surface, flops, None);
        match best.limit {
            Some(LimitedBy::Range) => Err(self.reading.no_optimum(best.end(), Some("ask for other budgets"))),
            _ => self.limits.check_gain(&mut surface, (flops, best)),
        }
    }
}
