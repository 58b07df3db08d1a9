//! What is said of each budget and each loss.

use serde::Serialize;

use super::draws::{Asked, Outcome, Recipes};
use super::{Along, VersusOptions};
use crate::answer::engine::farthest;
use crate::bootstrap::{Estimate, INFINITE, NEVER};
use crate::fit::Warning;
use crate::numeric::parallel::map_blocks;
use crate::numeric::statistics::interval;
use crate::{Ensemble, Error, Result};

/// Budgets over the range of both sweeps.
const WITHIN: usize = 5;
/// Budgets beyond it, over the most.
const BEYOND: [f64; 2] = [10.0, 100.0];
/// Places among which the order is looked at, and of how many one is looked at in draws whose order does not turn there.
const PLACES: usize = 33;
const COARSE: usize = 4;
/// A budget as far out as the last run, but for rounding, is in the sweep.
const ROUNDING: f64 = 1e-9;

/// Two recipes at a budget, or at a loss.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct VersusRow {
    /// FLOPs of the baseline: the budget, or what it takes for the loss.
    pub flops: Estimate,
    /// How many times the largest run of its own sweep the farther of both recipes is asked for: the baseline at these FLOPs, the challenger
    /// at them and at those that it needs for the baseline's loss.
    pub reach: f64,
    /// Loss of the baseline there.
    pub baseline_loss: Estimate,
    /// Loss of the challenger at that budget; none where a loss was asked for.
    pub loss: Option<Estimate>,
    /// The challenger's less the baseline's.
    pub difference: Option<Estimate>,
    /// FLOPs of the challenger over the baseline's for one loss; none where the challenger does not reach it.
    pub multiplier: Option<Estimate>,
    /// The same of tokens; none where a law of compute alone does not tell them.
    pub token_multiplier: Option<Estimate>,
    /// The same of time.
    pub time_multiplier: Option<Estimate>,
    /// Probability that the challenger is better, that is, needs less for that loss: [`better_if_laws_hold`](Self::better_if_laws_hold), but where laws
    /// may bend no surer than the interval of [`difference`](Self::difference).
    pub better: f64,
    /// The same if both laws hold: the interval of twice the probability of the contrary, taken from 1, ends at 1.
    pub better_if_laws_hold: f64,
    /// Share of the draws in which the challenger reaches the loss.
    pub reachable: f64,
}

/// A budget at which the order of two recipes turns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Turn {
    /// FLOPs: the challenger is better on one side only. The interval is that of the draws in which the order turns.
    pub flops: f64,
    /// Ends of that interval; not numbers where no draw turns.
    pub interval: [f64; 2],
    /// Whether the challenger is better above.
    pub better_above: bool,
}

/// The range of a sweep's FLOPs.
fn range(ensemble: &Ensemble) -> Option<[f64; 2]> {
    let flops = ensemble.fit.budgets();
    let least = flops.iter().copied().fold(f64::INFINITY, f64::min);
    let most = flops.iter().copied().fold(0.0, f64::max);
    (least <= most).then_some([least, most])
}

/// The budgets that both sweeps have; the least above the most where they have none in common.
pub(super) fn within(ensembles: [&Ensemble; 2]) -> [f64; 2] {
    let none = [f64::INFINITY, 0.0];
    let [[a, b], [c, d]] = ensembles.map(|ensemble| range(ensemble).unwrap_or(none));
    [a.max(c) * (1.0 - ROUNDING), b.min(d) * (1.0 + ROUNDING)]
}

/// The budgets that are asked for, or those over the range that both sweeps have and beyond.
pub(super) fn budgets(ensembles: [&Ensemble; 2], options: &VersusOptions) -> Vec<f64> {
    if !(options.budgets.is_empty() && options.losses.is_empty()) {
        return options.budgets.clone();
    }
    let [Some([a, b]), Some([c, d])] = ensembles.map(range) else { return vec![1e20, 1e22, 1e24] };
    let common = within(ensembles);
    let [least, most] = if common[1] > 2.0 * common[0] { common } else { [a.min(c), b.max(d)] };
    let step = (most / least).ln() / (WITHIN - 1) as f64;
    let within = (0..WITHIN).map(|i| least * (step * i as f64).exp());
    within.chain(BEYOND.map(|times| times * b.max(d))).collect()
}

/// Of each recipe, the warning of what lies farthest outside its sweep, of what is known of the runs.
pub(super) fn outside(ensembles: [&Ensemble; 2], rows: &[VersusRow], along: Along) -> [Option<Warning>; 2] {
    let of = |ensemble: &Ensemble, flops: f64| {
        let [params, tokens] = match along {
            Along::Frontier => [f64::NAN; 2],
            Along::Params(params) => [params, flops / (6.0 * params)],
            Along::TokensPerParam(ratio) => [(flops / (6.0 * ratio)).sqrt(), (flops * ratio / 6.0).sqrt()],
        };
        ensemble.fit.outside(params, flops, tokens)
    };
    let own =
        |row: &VersusRow| of_challenger(row.flops.estimate, row.loss.is_some(), row.multiplier.as_ref());
    let [challenger, baseline] = ensembles;
    [
        farthest(rows.iter().filter_map(|row| of(challenger, own(row)))),
        farthest(rows.iter().filter_map(|row| of(baseline, row.flops.estimate))),
    ]
}

/// The FLOPs that the challenger is asked for: those of a budget, and those that it needs for the baseline's loss.
fn of_challenger(flops: f64, of_budget: bool, multiplier: Option<&Estimate>) -> f64 {
    let needed = multiplier.map_or(f64::NAN, |times| flops * times.estimate);
    if of_budget || multiplier.is_none() { flops.max(needed) } else { needed }
}

/// A row for each budget and each loss.
///
/// # Errors
/// When the baseline does not reach a loss that was asked for, or nothing is left to compare.
pub(super) fn rows(
    recipes: &Recipes<'_>,
    budgets: &[f64],
    options: &VersusOptions,
) -> Result<Vec<VersusRow>> {
    let asked = budgets.iter().map(|flops| Asked::Budget(*flops));
    let asked: Vec<Asked> = asked.chain(options.losses.iter().map(|loss| Asked::Loss(*loss))).collect();
    recipes.prepare(&asked);
    let jobs = recipes.ensembles[0].fit.options.jobs;
    let rows = map_blocks(jobs, asked.len(), 1, |block| {
        asked[block].iter().map(|asked| row(recipes, *asked, options)).collect()
    });
    rows.into_iter().collect()
}

fn row(recipes: &Recipes<'_>, asked: Asked, options: &VersusOptions) -> Result<VersusRow> {
    let outcomes = recipes.outcomes(asked);
    let reachable = outcomes.share(|outcome| outcome.flops[0].is_finite());
    let losses = |outcome: &Outcome| outcome.losses.map(f64::ln);
    let flops = |outcome: &Outcome| outcome.flops.map(f64::ln);
    let parts = |outcome: &Outcome| match asked {
        Asked::Budget(_) | Asked::Losses(_) => losses(outcome),
        Asked::Loss(_) => flops(outcome),
    };
    if let Asked::Loss(loss) = asked
        && outcomes.optimum.flops[1].is_infinite()
    {
        let probability = outcomes.share(|outcome| outcome.flops[1].is_finite());
        return Err(Error::NotReachable { loss, least: recipes.least(), probability });
    }
    let ln_ratio = |of: fn(&Outcome) -> [f64; 2]| {
        recipes.together(&outcomes, move |outcome| Outcome::ln_ratio(of(outcome)), parts)
    };
    let ratio = |of: fn(&Outcome) -> [f64; 2]| {
        outcomes.optimum.flops[0].is_finite().then(|| exponentiated(ln_ratio(of).estimate()))
    };
    let multiplier = ratio(|outcome| outcome.flops);
    let tells_tokens = recipes.paths.iter().all(|path| path.tells_tokens);
    // Better at a budget is a lower loss there, whether or not a bent law comes to that of the other.
    let better = ln_ratio(match asked {
        Asked::Budget(_) | Asked::Losses(_) => |outcome| outcome.losses,
        Asked::Loss(_) => |outcome| outcome.flops,
    });
    let one = |i: usize, of: &dyn Fn(&Outcome) -> f64| {
        let mask = move |outcome: &Outcome| {
            let mut both = [0.0; 2];
            both[i] = of(outcome);
            both
        };
        recipes.together(&outcomes, of, mask).estimate()
    };
    let (loss, difference, baseline_loss, spent) = match asked {
        Asked::Budget(flops) | Asked::Losses(flops) => {
            let difference = recipes.together(&outcomes, |o| o.losses[0] - o.losses[1], |o| o.losses);
            let losses = [0, 1].map(|i| exponentiated(one(i, &|o: &Outcome| o.losses[i].ln())));
            (Some(losses[0]), Some(difference.estimate()), losses[1], Estimate::exact(flops))
        }
        Asked::Loss(loss) => {
            let ln = |flops: f64| if flops.is_finite() { flops.ln() } else { NEVER };
            let part = |o: &Outcome| [0.0, o.flops[1].min(INFINITE).ln()];
            let spent = exponentiated(recipes.together(&outcomes, |o| ln(o.flops[1]), part).estimate());
            (None, None, Estimate::exact(loss), spent)
        }
    };
    let own = of_challenger(spent.estimate, loss.is_some(), multiplier.as_ref());
    let most = recipes.ensembles.map(|ensemble| range(ensemble).map_or(f64::NAN, |[_, most]| most));
    Ok(VersusRow {
        reach: (own / most[0]).max(spent.estimate / most[1]),
        flops: spent,
        baseline_loss,
        loss,
        difference,
        multiplier,
        token_multiplier: tells_tokens.then(|| ratio(|outcome| outcome.tokens)).flatten(),
        time_multiplier: multiplier.map(|multiplier| multiplier.times(options.time_per_flop)),
        better: better.below(0.0),
        better_if_laws_hold: better.below_if_straight(0.0),
        reachable,
    })
}

/// From an estimate of a logarithm to one of the number.
fn exponentiated(ln: Estimate) -> Estimate {
    let end = |end: f64| match end {
        end if end > INFINITE => f64::INFINITY,
        end if end < -INFINITE => 0.0,
        end => end.exp(),
    };
    let estimate = end(ln.estimate);
    Estimate { estimate, std_error: estimate * ln.std_error, ..ln.with_ends(end) }
}

/// Where the order turns between the least and the greatest budget, and the share of the draws in which it does.
pub(super) fn turns(recipes: &Recipes<'_>, budgets: &[f64]) -> (Vec<Turn>, f64) {
    let least = budgets.iter().copied().fold(f64::INFINITY, f64::min).ln();
    let most = budgets.iter().copied().fold(0.0, f64::max).ln();
    if !(most > least) {
        return (Vec::new(), f64::NAN);
    }
    let places: Vec<f64> =
        (0..PLACES).map(|i| least + (most - least) * i as f64 / (PLACES - 1) as f64).collect();
    let mut at = recipes.straight(None);
    let (at_optimum, near): (Vec<f64>, Vec<_>) =
        places.iter().map(|place| recipes.behind(&mut at, place.exp(), Default::default())).unzip();
    // Where the order turns among places of these numbers, that before and that after.
    let turning = |value: &mut dyn FnMut(usize) -> f64, among: &[usize]| -> Vec<(f64, bool)> {
        let values: Vec<f64> = among.iter().map(|i| value(*i)).collect();
        let turn = |k: usize| {
            let ([from, to], [before, after]) = ([among[k], among[k + 1]], [values[k], values[k + 1]]);
            let share = before / (before - after);
            (before * after < 0.0).then(|| (places[from] + (places[to] - places[from]) * share, after < 0.0))
        };
        (0..among.len() - 1).filter_map(turn).collect()
    };
    let all: Vec<usize> = (0..PLACES).collect();
    let coarse: Vec<usize> = (0..PLACES).step_by(COARSE).collect();
    // Few draws turn, and those hardly ever twice between two coarse places.
    let of_draw = |k: usize| -> Vec<(f64, bool)> {
        let mut surfaces = recipes.straight(Some(k));
        let mut value = |i: usize| recipes.behind(&mut surfaces, places[i].exp(), near[i]).0;
        let values: Vec<f64> = coarse.iter().map(|i| value(*i)).collect();
        let cells = coarse.windows(2).zip(values.windows(2)).filter(|(_, v)| v[0] * v[1] < 0.0);
        cells.flat_map(|(ends, _)| turning(&mut value, &all[ends[0]..=ends[1]])).collect()
    };
    let of_draws: Vec<Vec<(f64, bool)>> =
        map_blocks(recipes.ensembles[0].fit.options.jobs, recipes.pairs.len(), 16, |block| {
            block.map(of_draw).collect()
        });
    let level = recipes.ensembles[0].options.level;
    let turn = |(place, better_above): (f64, bool)| {
        let alike = |turns: &Vec<(f64, bool)>| {
            let alike = turns.iter().filter(|(_, above)| *above == better_above);
            alike.map(|(at, _)| *at).min_by(|a, b| (a - place).abs().total_cmp(&(b - place).abs()))
        };
        let mut all: Vec<f64> = of_draws.iter().filter_map(alike).collect();
        let ends = if all.len() > 1 { interval(&mut all, level) } else { [f64::NAN; 2] };
        Turn { flops: place.exp(), interval: ends.map(f64::exp), better_above }
    };
    let turns = turning(&mut |i| at_optimum[i], &all).into_iter().map(turn).collect();
    let share = of_draws.iter().filter(|turns| !turns.is_empty()).count() as f64 / of_draws.len() as f64;
    (turns, share)
}
