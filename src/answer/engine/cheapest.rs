//! The cheapest run of a loss, for one set of parameters: best runs are followed from budget to budget.

use super::limited_by::LimitedBy;
use super::limits::{Limits, MOST_FLOPS, SHARE, Split};
use super::surface::{Line, Surface};
use crate::numeric::roots::{ROOT, root_between};

/// The first step from a known budget towards one of another loss, in ln C: so far beyond what is expected, and within these.
const FARTHER: f64 = 1.25;
const LEAST_STEP: f64 = 1e-3;
const STEP: f64 = 2.0;
/// How far below the sweep's least budget a law that bends is followed: ln 10.
const BELOW: f64 = std::f64::consts::LN_10;
/// How far above what is near: ln 10⁹.
pub(crate) const ABOVE: f64 = 9.0 * std::f64::consts::LN_10;
/// A minimum is lost if it is farther off, in ln D, from where it was looked for.
const LEFT: f64 = 1.0;
/// How often another minimum is followed.
const ROUNDS: usize = 4;
/// What a budget is known to, relative to its logarithm, before the rest is made good, and where the law bends; and how near two minima are
/// one, in ln D.
const BUDGET: f64 = 1e-10;
const BUDGET_BENT: f64 = 1e-7;
const SAME: f64 = 0.01;
/// The most that a budget is short of it, in ln C: more is a jump of the loss.
const SHORT: f64 = 1e-4;
/// Steps of Newton's method at the most, what is left after it in ln C, about the square of its last step there, and how far it may go, over its
/// first step.
const NEWTON: usize = 10;
const LEFT_OVER: f64 = 1e-5;
const REACH: f64 = 3.0;
/// Places at which a law is looked at that has no loss far out, or may rise again; and budgets, whose best runs take many times as long.
const PLACES: usize = 256;
const BUDGETS: usize = 64;

impl Limits {
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
        let near = near.filter(|_| !surface.is_unknown());
        if let Some(near) = near {
            // The minimum near it is followed before others are looked for.
            let flops = self.cost(near.params, near.tokens);
            let tokens = self.tracked(surface, flops.ln(), near.tokens.ln()).0.exp();
            let own = Split { params: self.params_of(flops, tokens), tokens, limit: None };
            if let Some(found) = self.cheapest_tracked(surface, loss, (flops.ln(), own)) {
                return found;
            }
        }
        self.cheapest_of_all(surface, loss, near)
    }

    /// The least loss of all runs: that of the most that can be spent, but for laws that may rise again.
    pub(crate) fn least_loss(&self, surface: &mut Surface<'_>) -> f64 {
        let (low, high) = self.ends_ln(None);
        let places = if surface.may_rise() { BUDGETS } else { 0 };
        let at = |place: usize| high - (high - low) * place as f64 / BUDGETS as f64;
        let losses = (0..=places).map(|place| {
            let best = self.best(surface, at(place).exp(), None);
            surface.loss(best.params, best.tokens)
        });
        losses.fold(f64::INFINITY, f64::min)
    }

    /// The same where the best run of a budget is known.
    pub(crate) fn cheapest_from(
        &self,
        surface: &mut Surface<'_>,
        loss: f64,
        (flops, best): (f64, Split),
    ) -> Option<Split> {
        if surface.separable().is_some() || surface.is_unknown() {
            return self.cheapest(surface, loss, Some(best));
        }
        let found = self.cheapest_tracked(surface, loss, (flops.ln(), best));
        found.unwrap_or_else(|| self.cheapest_of_all(surface, loss, Some(best)))
    }

    fn cheapest_of_all(&self, surface: &mut Surface<'_>, loss: f64, near: Option<Split>) -> Option<Split> {
        // The least loss falls with the budget, or nearly so. What is best for one budget is a guess for the next.
        let mut tokens = near.map(|near| near.tokens);
        let near = near.map(|near| self.cost(near.params, near.tokens).ln());
        let (low, high) = self.ends_ln(near.filter(|_| surface.bends()));
        let tolerance = if surface.bends() { BUDGET_BENT } else { ROOT };
        let may_rise = surface.may_rise();
        let mut above = |ln_flops: f64| {
            let split = self.best(surface, ln_flops.exp(), tokens);
            tokens = Some(split.tokens);
            loss - surface.loss(split.params, split.tokens)
        };
        let (ends, of_ends) = match near.filter(|near| *near > low && *near < high) {
            Some(near) => bracket((near, above(near), STEP), (low, high), &mut above)?,
            None => first_reached((low, high), BUDGETS, may_rise, &mut above)?,
        };
        let flops = root_between(tolerance, ends, of_ends, &mut above).exp();
        Some(self.best(surface, flops, tokens))
    }

    /// The same by following one minimum from budget to budget, and another where that is the lower one in the end. None where that does not
    /// settle, or ends at a limit, and no run in it where none reaches the loss.
    fn cheapest_tracked(
        &self,
        surface: &mut Surface<'_>,
        loss: f64,
        (mut from, mut best): (f64, Split),
    ) -> Option<Option<Split>> {
        let ln_loss = loss.ln();
        let (low, high) = self.ends_ln(Some(from).filter(|_| surface.bends()));
        for _ in 0..ROUNDS {
            if best.limit.is_some() || !(from > low && from < high) {
                return None;
            }
            let found = match self.newton(surface, ln_loss, (from, best.tokens.ln()), (low, high)) {
                Some(found) => found,
                None => match self.step_by_step(surface, ln_loss, (from, best), (low, high)) {
                    Some(found) => found,
                    None => {
                        let most = self.best(surface, high.exp(), None);
                        let unreached = surface.loss(most.params, most.tokens).ln() > ln_loss;
                        return unreached.then_some(None);
                    }
                },
            };
            let tokens = found.1.exp();
            from = found.0;
            let followed = self.best_followed(surface, from, found.1);
            best = followed.unwrap_or_else(|| self.best(surface, from.exp(), Some(tokens)));
            if best.limit.is_none() && (best.tokens / tokens).ln().abs() < SAME {
                // What is left of the difference is made good.
                let (_, short) = self.short(surface, best, ln_loss);
                if short.abs() < SHORT {
                    return Some(Some(self.dearer(best, short)));
                }
            }
        }
        None
    }

    /// ln C and ln D of the run near another whose loss is that and the least of its budget: by Newton's method for both. The least loss of a budget
    /// falls with it as the loss falls with N̄. None where that does not settle near by.
    fn newton(
        &self,
        surface: &mut Surface<'_>,
        ln_loss: f64,
        (from, tokens): (f64, f64),
        (low, high): (f64, f64),
    ) -> Option<(f64, f64)> {
        let (mut ln_flops, mut tokens, mut farthest) = (from, tokens, None);
        for _ in 0..NEWTON {
            let along = self.along(surface, ln_flops, tokens);
            let (aside, least) = along.jet.towards_least()?;
            let step = (ln_loss - least) / along.by_params;
            let farthest = *farthest.get_or_insert(REACH * step.abs().max(LEAST_STEP));
            ln_flops += step;
            tokens += aside + SHARE * step;
            let falls = along.by_params < 0.0 && aside.abs() < LEFT;
            let is_near = ln_flops > low && ln_flops < high && (ln_flops - from).abs() <= farthest;
            if !(falls && is_near) {
                return None;
            }
            if step.abs() <= LEFT_OVER {
                return Some((ln_flops, tokens));
            }
        }
        None
    }

    /// The same where the loss does not fall evenly: in steps away from a budget, following its minimum.
    fn step_by_step(
        &self,
        surface: &mut Surface<'_>,
        ln_loss: f64,
        (from, best): (f64, Split),
        ends: (f64, f64),
    ) -> Option<(f64, f64)> {
        let tolerance = if surface.bends() { BUDGET_BENT } else { BUDGET };
        let own = self.short(surface, best, ln_loss);
        let (mut last, mut share) = ((from, best.tokens.ln()), SHARE);
        let mut above = |ln_flops: f64| {
            let step = ln_flops - last.0;
            let (tokens, least) = self.tracked(surface, ln_flops, last.1 + share * step);
            if step.abs() > SAME {
                share = ((tokens - last.1) / step).clamp(0.0, 1.0);
            }
            last = (ln_flops, tokens);
            ln_loss - least
        };
        let (ends, of_ends) = bracket((from, own.0, own.1), ends, &mut above)?;
        let ln_flops = root_between(tolerance, ends, of_ends, &mut above);
        Some((ln_flops, last.1))
    }

    /// A run that costs more by a little, in ln C: half of it goes into N̄, and half into D.
    fn dearer(&self, run: Split, more: f64) -> Split {
        let of_tokens = self.training * run.tokens / (self.training * run.tokens + self.serving);
        let (params, tokens) = ((0.5 * more).exp(), (0.5 * more / of_tokens).exp());
        Split { params: run.params * params, tokens: run.tokens * tokens, ..run }
    }

    /// How far ln of a loss is above that of a budget's best run, and by how much ln of the budget falls short of it, as far as that is linear: the
    /// loss of a best run falls with its cost alike along all ways, N̄ among them.
    fn short(&self, surface: &mut Surface<'_>, best: Split, ln_loss: f64) -> (f64, f64) {
        let at = [best.params, best.tokens].map(f64::ln);
        let along = surface.along(Line { at, to: [1.0, 0.0], turn: 0.0 });
        let short = ln_loss - along.jet.value;
        (short, short / along.by_params)
    }

    /// ln of the least and the most that is looked at. A law that bends is followed to so far below and above what is near, and the former at
    /// least below the sweep: beyond, its draws know nothing.
    fn ends_ln(&self, near: Option<f64>) -> (f64, f64) {
        let (least, most) = ((self.training + self.serving).ln() + 1e-9, self.most().ln());
        let of_bent = |near: f64| (least.max(near.min(self.least.ln()) - BELOW), most.min(near + ABOVE));
        near.map_or((least, most), of_bent)
    }

    /// ln D and ln of the loss of a budget's best run, a step of Newton's method from a guess; where there is no minimum, of the best of all.
    fn tracked(&self, surface: &mut Surface<'_>, ln_flops: f64, guess: f64) -> (f64, f64) {
        let (low, high) = self.range(ln_flops.exp());
        match self.along(surface, ln_flops, guess).jet.towards_least() {
            Some((step, least))
                if guess + step > low.ln() && guess + step < high.ln() && step.abs() < LEFT =>
            {
                (guess + step, least)
            }
            _ => {
                let best = self.best(surface, ln_flops.exp(), Some(guess.exp()));
                (best.tokens.ln(), surface.loss(best.params, best.tokens).ln())
            }
        }
    }
}

/// The nearest ends between which f passes from below 0 to above it, in steps away from a guess that double, of which the first goes somewhat
/// farther than f is expected to: a bent law may do so several times. None if it stays below up to the end.
fn bracket(
    (near, of_near, expected): (f64, f64, f64),
    (low, high): (f64, f64),
    f: &mut impl FnMut(f64) -> f64,
) -> Option<([f64; 2], [f64; 2])> {
    let first = FARTHER * expected.abs();
    let first = if first.is_finite() { first.clamp(LEAST_STEP, STEP) } else { STEP };
    let (mut inner, mut of_inner, mut step) = (near, of_near, first);
    let below = of_inner < 0.0;
    loop {
        let next = if below { (inner + step).min(high) } else { (inner - step).max(low) };
        let of_next = f(next);
        match below {
            true if of_next >= 0.0 => return Some(([inner, next], [of_inner, of_next])),
            // The least budget there is may reach it.
            false if of_next < 0.0 || next == low => return Some(([next, inner], [of_next, of_inner])),
            _ if next == high => return None,
            _ => (inner, of_inner, step) = (next, of_next, 2.0 * step),
        }
    }
}

/// The x from 1 up at which a falling f has come down to `loss`; none if it stays above.
pub(crate) fn where_reached(f: impl FnMut(f64) -> f64, loss: f64) -> Option<f64> {
    where_first_reached(f, loss, false)
}

/// The same of an f that may rise again, if `everywhere` is looked at.
pub(crate) fn where_first_reached(mut f: impl FnMut(f64) -> f64, loss: f64, everywhere: bool) -> Option<f64> {
    let mut above = |ln: f64| loss - f(ln.exp());
    let (ends, of_ends) = first_reached((0.0, MOST_FLOPS.ln()), PLACES, everywhere, &mut above)?;
    Some(root_between(ROOT, ends, of_ends, above).exp())
}

/// The ends between which f comes from below 0 to above it. An f that rises does so between both, or nowhere. Of one that has no value at the far end,
/// or may fall again (`everywhere`), the first of many places at which it is above counts, and the one before.
fn first_reached(
    (low, high): (f64, f64),
    places: usize,
    everywhere: bool,
    f: &mut impl FnMut(f64) -> f64,
) -> Option<([f64; 2], [f64; 2])> {
    let of_ends = [low, high].map(&mut *f);
    if of_ends[1] >= 0.0 && !everywhere {
        return Some(([low, high], of_ends));
    }
    if of_ends[1] > f64::NEG_INFINITY && !everywhere {
        return None;
    }
    let mut before = (low, of_ends[0]);
    for place in 0..=places {
        let x = low + (high - low) * place as f64 / places as f64;
        let own = (x, f(x));
        if own.1 >= 0.0 {
            return Some(([before.0, own.0], [before.1, own.1]));
        }
        before = own;
    }
    None
}

/// The least of a function from 1 up.
pub(crate) fn least_up(mut f: impl FnMut(f64) -> f64) -> f64 {
    let at = |place: usize| f((MOST_FLOPS.ln() * place as f64 / PLACES as f64).exp());
    (0..=PLACES).map(at).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::super::Reading;
    use super::*;
    use crate::bend::{Bend, Bent};
    use crate::bootstrap::Sample;
    use crate::law::by_name;
    use crate::{AllocationOptions, FitOptions, ObservationOptions, Size, Sweep, fit_scaling_law};

    #[test]
    fn the_cheapest_run_of_a_bent_law_has_the_loss_and_is_the_best_of_its_cost() {
        let sweep = Sweep::from_csv_path("data/t5_c4_sparse.csv").unwrap();
        let rows = sweep.observations(&ObservationOptions::default()).unwrap();
        for law in ["chinchilla", "schedule"] {
            let fit = fit_scaling_law(&rows, &FitOptions::default().with_law(by_name(law).unwrap())).unwrap();
            let options = AllocationOptions::default().with_inference_tokens(1e9);
            let reading = Reading::new(&fit, &options).unwrap();
            let limits = Limits::new(&options, &fit);
            assert_eq!(options.shape.ratios(Size::AVERAGE).initial, 1.0);
            let mut straight = reading.surface(&fit.parameters);
            let near = limits.best(&mut straight, 1e21, None);
            let loss = straight.loss(near.params, near.tokens);
            let least = limits.ends_ln(Some(1e21f64.ln())).0.exp();
            let bend = Bend::of(&fit).unwrap().unwrap();
            let (mut found, mut jumps) = (0, 0);
            for index in 0..200 {
                let Some(draw) = bend.draw(7, index) else { continue };
                let bent = Some(Bent { bend: &bend, draw: &draw });
                let sample = Sample { parameters: &fit.parameters, bend: bent };
                // From the law's run of a budget, and from the draw's own.
                for from_own in [false, true] {
                    let mut surface = reading.surface(sample);
                    let run = if from_own {
                        let own = limits.best(&mut surface, 1e21, Some(near.tokens));
                        limits.cheapest_from(&mut surface, loss, (1e21, own))
                    } else {
                        limits.cheapest(&mut surface, loss, Some(near))
                    };
                    let Some(run) = run else { continue };
                    found += 1;
                    let own = surface.loss(run.params, run.tokens);
                    let flops = limits.cost(run.params, run.tokens);
                    // The least that is looked at may have a lower loss.
                    let is_least = own < loss && flops < least * (1.0 + 1e-9);
                    // A budget is known to 1e-7 of its logarithm, which is about 50, and what is left is made good to its square. The loss
                    // jumps where the best run does, from one end of what is searched to another.
                    jumps += usize::from(!is_least && (own / loss).ln().abs() > 2.5e-8);
                    let best = limits.best(&mut surface, flops, Some(run.tokens));
                    let least = surface.loss(best.params, best.tokens);
                    assert!(own / least - 1.0 < 1e-7, "{law} {index}: {run:?} {best:?}");
                }
            }
            assert!(found > 240 && 20 * jumps < found, "{law}: {jumps} of {found}");
        }
    }
}
