//! What a run may cost and be, and the best split of one budget, for one set of parameters.

use super::limited_by::LimitedBy;
use super::options::AllocationOptions;
use super::surface::{Along, Line, Sought, Surface};
use crate::bootstrap::{NEVER, alike};
use crate::fit::Fit;
use crate::numeric::curve::{Curve, FIRST, Jet, least, least_of_several, minimum_near};
use crate::{Error, Result};

/// The most FLOPs that anything is looked for within.
pub(crate) const MOST_FLOPS: f64 = 1e60;
/// An optimum this close to an end in ln D is at it.
const AT_END: f64 = 1e-6;

/// A law that bends may have several minima: they are looked for within so many e-folds of D about that of the law.
const BENT: f64 = 3.0;
/// How far apart the points are among which they are looked for, over the length of the bend, and the most of that.
const APART: f64 = 0.6;
const LONGEST: f64 = 2.0;
/// How D grows with the budget, about: a minimum is looked for there at the next budget.
pub(super) const SHARE: f64 = 0.5;
/// Within so much of ln C it is good enough to look for others about it.
const NOT_FAR: f64 = 2.0;
/// What a run may cost and be, in N̄ and D: a run costs N̄ (training D + serving).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    /// Training FLOPs over N̄ D: 6, or 6 N₀/N̄ of masked training that saved nothing.
    pub(crate) training: f64,
    pub(crate) ln_training: f64,
    /// Serving FLOPs over N̄.
    pub(crate) serving: f64,
    /// The most N̄, and what says so.
    pub(crate) params: f64,
    pub(crate) params_by: LimitedBy,
    /// The most D.
    pub(crate) tokens: f64,
    /// The least budget of the sweep.
    pub(crate) least: f64,
}

/// A run: N̄ and D, and what keeps it from being better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Split {
    pub(crate) params: f64,
    pub(crate) tokens: f64,
    pub(crate) limit: Option<LimitedBy>,
}

impl Split {
    /// Of what it has the least, where the loss falls all the way to it.
    pub(crate) fn end(self) -> &'static str {
        if self.params < self.tokens { "parameter" } else { "token" }
    }

    /// The cap that keeps a run from this one, where the loss falls all the way to it; none where it is given.
    pub(crate) fn cap(self, limits: &Limits) -> Option<&'static str> {
        let (cap, most) = if self.params < self.tokens {
            ("cap the tokens (`max_tokens`)", limits.tokens)
        } else {
            ("cap the parameters (`max_params`)", limits.params)
        };
        most.is_infinite().then_some(cap)
    }

    /// N̄ and D as an interval takes them: without end where the loss of a law that bends falls all the way to the end of what is
    /// looked at, away from the best run of the law itself.
    pub(crate) fn reach(self, law: Self) -> [f64; 2] {
        let is_end = self.params <= 1.0 + AT_END || self.tokens <= 1.0 + AT_END;
        match self.limit {
            Some(LimitedBy::Range) if !is_end && self.tokens < law.tokens => [NEVER, NEVER.recip()],
            Some(LimitedBy::Range) if !is_end => [NEVER.recip(), NEVER],
            _ => [self.params, self.tokens],
        }
    }

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
    pub(crate) fn new(options: &AllocationOptions, fit: &Fit) -> Self {
        let initial = options.shape.ratios(crate::Size::Initial).initial;
        let (params, params_by) = options.most_params();
        let training = fit.training_flops().over_average(initial);
        Self {
            training,
            ln_training: training.ln(),
            serving: options.serving(),
            params,
            params_by,
            tokens: options.max_tokens.unwrap_or(f64::INFINITY),
            least: fit.observations.flops().fold(f64::INFINITY, f64::min),
        }
    }

    pub(crate) fn cost(&self, params: f64, tokens: f64) -> f64 {
        params * (self.training * tokens + self.serving)
    }

    /// N̄ of a run of a budget that has so many tokens.
    pub(crate) fn params_of(&self, flops: f64, tokens: f64) -> f64 {
        flops / (self.training * tokens + self.serving)
    }

    /// The same in logarithms.
    fn ln_params_of(&self, ln_flops: f64, ln_tokens: f64) -> f64 {
        if self.serving == 0.0 {
            ln_flops - self.ln_training - ln_tokens
        } else {
            ln_flops - (self.training * ln_tokens.exp() + self.serving).ln()
        }
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
            let serving = if self.serving > 0.0 { " and its serving" } else { "" };
            (
                format!("{flops:.3e} FLOPs do not pay for a network within these limits{serving}"),
                match self.serving > 0.0 {
                    true => "ask for a larger budget, a lower loss or fewer served tokens".to_owned(),
                    false => "ask for a larger budget or a lower loss".to_owned(),
                },
            )
        };
        Err(Error::unanswerable("budget", problem, remedy))
    }

    /// The run of least loss that costs `flops`. The search is over ln D, first near a guess at D.
    pub(crate) fn best(&self, surface: &mut Surface<'_>, flops: f64, near: Option<f64>) -> Split {
        let (low, high) = self.range(flops);
        let params = |tokens: f64| self.params_of(flops, tokens);
        // About the best run of the law itself.
        let straight = self.straight(surface, flops, near);
        let mut falls_on = false;
        let (least_at, tokens) = if let Some(law) = surface.separable() {
            let over = self.training / 6.0;
            law.optimum_of(flops / over, self.serving / over)
        } else {
            let ln_flops = flops.ln();
            let apart = APART * surface.bends_over().map_or(1.0, |length| length.min(LONGEST));
            let mut losses = self.of_budget(surface, ln_flops);
            let near = near.filter(|_| !losses.surface.is_unknown());
            let (low, high, near) = (low.ln(), high.ln(), near.map(f64::ln));
            let (ln_tokens, gap) = match straight {
                Some(law) => {
                    let (from, to) = (low.max(law - BENT), high.min(law + BENT));
                    let open = [from > low, to < high];
                    let found = least_of_several((from, to), open, apart, &mut losses);
                    let is_end = |end: f64| (found.0 - end).abs() <= AT_END;
                    falls_on = (open[0] && is_end(from)) || (open[1] && is_end(to));
                    found
                }
                None => (least(low, high, near, &mut losses), 0.0),
            };
            surface.sought = Some(Sought { ln_flops, serving: self.serving, gap });
            (params(ln_tokens.exp()), ln_tokens.exp())
        };
        let split = Split { params: least_at, tokens, limit: falls_on.then_some(LimitedBy::Range) };
        let ended = |tokens: f64, beyond: bool, limit| {
            // No more than the cap, by no rounding either.
            beyond.then(|| Split { params: params(tokens).min(self.params), tokens, limit: Some(limit) })
        };
        let [at_least, at_most] = self.at_ends((low, high));
        ended(high, split.tokens >= high * (1.0 - AT_END), at_most)
            .or_else(|| ended(low, split.tokens <= low * (1.0 + AT_END), at_least))
            .unwrap_or(split)
    }

    /// The same where no other minimum than that near a guess can be the least, as another budget not far off says: losses change with the budget by
    /// less than its own change.
    pub(super) fn best_followed(
        &self,
        surface: &mut Surface<'_>,
        ln_flops: f64,
        ln_tokens: f64,
    ) -> Option<Split> {
        let sought = surface.sought?;
        if sought.serving != self.serving || (sought.ln_flops - ln_flops).abs() > sought.gap {
            return None;
        }
        let (low, high) = self.range(ln_flops.exp());
        let tokens = minimum_near(ln_tokens, &mut self.of_budget(surface, ln_flops))?.exp();
        let is_inside = tokens > low * (1.0 + AT_END) && tokens < high * (1.0 - AT_END);
        let params = self.params_of(ln_flops.exp(), tokens);
        is_inside.then_some(Split { params, tokens, limit: None })
    }

    /// ln D of the best run of the law at its optimum, of a surface that bends; about, where it is known at a budget not far off.
    fn straight(&self, surface: &mut Surface<'_>, flops: f64, near: Option<f64>) -> Option<f64> {
        let ln_flops = flops.ln();
        let at_another = |[at, _, tokens]: [f64; 3]| tokens + SHARE * (ln_flops - at);
        let known = surface.law_best;
        if let Some(best @ [at, serving, _]) = known
            && serving == self.serving
            && (ln_flops - at).abs() < NOT_FAR
        {
            return Some(at_another(best));
        }
        let mut law = surface.straight()?;
        let guess = known.map(|best| at_another(best).exp()).or(near);
        let tokens = self.best(&mut law, flops, guess).tokens.ln();
        surface.law_best = Some([ln_flops, self.serving, tokens]);
        Some(tokens)
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

    pub(crate) fn of_budget<'a, 'b>(
        &'a self,
        surface: &'a mut Surface<'b>,
        ln_flops: f64,
    ) -> OfBudget<'a, 'b> {
        OfBudget { limits: self, surface, ln_flops }
    }

    /// ln of the loss of a run of a budget that has so many tokens, both in logarithms, and how it changes with them.
    pub(crate) fn along(&self, surface: &mut Surface<'_>, ln_flops: f64, ln_tokens: f64) -> Along {
        // Training's share of the cost.
        let share = if self.serving == 0.0 {
            1.0
        } else {
            let training = self.training * ln_tokens.exp();
            training / (training + self.serving)
        };
        let at = [self.ln_params_of(ln_flops, ln_tokens), ln_tokens];
        surface.along(Line { at, to: [-share, 1.0], turn: -share * (1.0 - share) })
    }
}

/// ln of the loss of runs of one budget, as a function of ln D.
pub(crate) struct OfBudget<'a, 'b> {
    limits: &'a Limits,
    surface: &'a mut Surface<'b>,
    ln_flops: f64,
}

impl Curve for OfBudget<'_, '_> {
    fn values(&mut self, at: &[f64], out: &mut [f64]) {
        let mut runs = [[0.0; 2]; FIRST];
        for (run, ln_tokens) in runs.iter_mut().zip(at) {
            *run = [self.limits.ln_params_of(self.ln_flops, *ln_tokens), *ln_tokens];
        }
        self.surface.ln_losses(&runs[..at.len()], out);
    }

    fn jet(&mut self, at: f64) -> Jet {
        self.limits.along(self.surface, self.ln_flops, at).jet
    }
}
