//! What two recipes come to in every pair of draws.

use std::sync::OnceLock;

use super::path::{Found, Path};
use crate::answer::engine::{MOST_FLOPS, Surface};
use crate::bend::{Bend, BendDraw, Bent};
use crate::bootstrap::{Ensemble, NEVER, Sample, Together, UNLIKELY};
use crate::numeric::parallel::map_blocks;

/// What was searched for differs by rounding if it differs by less.
const SAME: f64 = 1e-11;
/// What the baseline's seed is moved by for bends of its own.
const APART: u64 = 0x9e37_79b9_7f4a_7c15;

/// What is asked of both recipes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Asked {
    /// The losses of a budget, and what the challenger takes for the baseline's.
    Budget(f64),
    /// What both take for a loss.
    Loss(f64),
    /// The losses of a budget alone.
    Losses(f64),
}

/// What a pair of draws has to say, challenger first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outcome {
    /// Of the budget; of a loss asked for, both are that.
    pub(super) losses: [f64; 2],
    /// FLOPs and tokens for one loss; infinite where it is not reached.
    pub(super) flops: [f64; 2],
    pub(super) tokens: [f64; 2],
}

impl Outcome {
    /// ln of the challenger's over the baseline's; not a number where neither reaches the loss.
    pub(super) fn ln_ratio([own, other]: [f64; 2]) -> f64 {
        match (own.is_finite(), other.is_finite()) {
            (true, true) if (own / other - 1.0).abs() < SAME => 0.0,
            // A quotient may be beyond what numbers hold.
            (true, true) => (own.ln() - other.ln()).clamp(-NEVER, NEVER),
            (false, true) => NEVER,
            (true, false) => -NEVER,
            (false, false) => f64::NAN,
        }
    }
}

/// Two recipes, challenger first, and which of their draws belong together.
#[derive(Debug)]
pub(super) struct Recipes<'a> {
    pub(super) ensembles: [&'a Ensemble; 2],
    pub(super) paths: [Path<'a>; 2],
    /// Whether bends are drawn alike: beyond sweeps whose runs match, both laws are taken to depart in one way.
    pub(super) alike: bool,
    /// The budgets that both sweeps have.
    pub(super) within: [f64; 2],
    /// Whether the runs of one depart from its law for sure.
    pub(super) departs: bool,
    /// The places of the draws of each pair.
    pub(super) pairs: &'a [[usize; 2]],
    /// The bends of each pair, drawn once for all that is asked.
    pub(super) bends: OnceLock<Vec<Bends>>,
}

/// The runs of a budget, and those of a loss, near which to look for others.
pub(super) type Near = [[Option<Found>; 2]; 2];

/// How both laws of a pair bend.
pub(super) type Bends = [Option<BendDraw>; 2];

/// What both laws of a pair say.
pub(super) type Surfaces<'a> = [Surface<'a>; 2];

/// Outcomes at the optimum, of the pairs of draws, and of as many that are bent.
#[derive(Debug)]
pub(super) struct Outcomes {
    pub(super) optimum: Outcome,
    draws: Vec<Outcome>,
    bent: Vec<Outcome>,
    share: f64,
}

impl<'a> Recipes<'a> {
    pub(super) fn outcomes(&self, asked: Asked) -> Outcomes {
        let at = self.ensembles.map(|ensemble| Sample::from(&ensemble.fit.parameters));
        let (optimum, near) = self.outcome(&mut self.surfaces(at), asked, [[None; 2]; 2]);
        let sample = |i: usize, place: usize| Sample::from(&self.ensembles[i].draws[place]);
        let straight = |k: usize| {
            let pair = self.pairs[k];
            self.outcome(&mut self.surfaces([0, 1].map(|i| sample(i, pair[i]))), asked, near).0
        };
        let likely = self.likely();
        let [first, second] = likely.map(|bend| bend.map_or(0.0, |bend| bend.probability));
        let curved = |bends: &[Bends], k: usize| {
            let pair = self.pairs[k];
            let bent = |i: usize| likely[i].zip(bends[k][i].as_ref()).map(|(bend, draw)| Bent { bend, draw });
            let samples = [0, 1].map(|i| Sample { bend: bent(i), ..sample(i, pair[i]) });
            self.outcome(&mut self.surfaces(samples), asked, near).0
        };
        let all = |one: &(dyn Fn(usize) -> Outcome + Sync)| {
            map_blocks(self.ensembles[0].fit.options.jobs, self.pairs.len(), 16, |block| {
                block.map(one).collect()
            })
        };
        let is_bent = first + second > 0.0 && self.allows_for_bends(asked, optimum);
        let bent = if is_bent {
            let bends = self.bends();
            all(&|k| curved(bends, k))
        } else {
            Vec::new()
        };
        Outcomes { optimum, draws: all(&straight), bent, share: 1.0 - (1.0 - first) * (1.0 - second) }
    }

    /// The bends of the laws, as far as they are likely at all.
    fn likely(&self) -> [Option<&'a Bend>; 2] {
        self.ensembles.map(|ensemble| ensemble.bend().filter(|bend| bend.probability > UNLIKELY))
    }

    fn bends(&self) -> &[Bends] {
        if let Some(bends) = self.bends.get() {
            return bends;
        }
        let likely = self.likely();
        let seed = |i: usize| self.ensembles[i].options.seed ^ if i == 1 && !self.alike { APART } else { 0 };
        let one = |k: usize| [0, 1].map(|i| likely[i].and_then(|bend| bend.draw(seed(i), self.pairs[k][i])));
        let jobs = self.ensembles[0].fit.options.jobs;
        let drawn = map_blocks(jobs, self.pairs.len(), 16, |block| block.map(one).collect());
        self.bends.get_or_init(|| drawn)
    }

    /// Draws the bends, if any of these questions may need them: then threads that are asked at once do not each do it.
    pub(super) fn prepare(&self, asked: &[Asked]) {
        let may = |asked: &Asked| match asked {
            Asked::Budget(flops) => self.may_bend_at(*flops),
            Asked::Loss(_) => true,
            Asked::Losses(_) => false,
        };
        if asked.iter().any(may) && self.likely().iter().any(Option::is_some) {
            self.bends();
        }
    }

    /// Whether intervals allow for bends: beyond either sweep, and within both where the runs of one are known to depart from the law.
    fn allows_for_bends(&self, asked: Asked, optimum: Outcome) -> bool {
        match asked {
            Asked::Losses(_) => false,
            Asked::Budget(flops) => self.may_bend_at(flops),
            Asked::Loss(_) => self.may_bend_at(optimum.flops[1]),
        }
    }

    fn may_bend_at(&self, flops: f64) -> bool {
        let [least, most] = self.within;
        self.departs || !(flops >= least && flops <= most)
    }

    fn surfaces<'b>(&'b self, samples: [Sample<'b>; 2]) -> Surfaces<'b> {
        [self.paths[0].surface(samples[0]), self.paths[1].surface(samples[1])]
    }

    /// What both laws say in a pair of draws, or at the optimum.
    pub(super) fn straight(&self, pair: Option<usize>) -> Surfaces<'_> {
        self.surfaces([0, 1].map(|i| match pair {
            Some(k) => Sample::from(&self.ensembles[i].draws[self.pairs[k][i]]),
            None => Sample::from(&self.ensembles[i].fit.parameters),
        }))
    }

    /// ln of the challenger's loss over the baseline's at a budget; and the runs near which to look for those of others.
    pub(super) fn behind(&self, surfaces: &mut Surfaces<'_>, budget: f64, near: Near) -> (f64, Near) {
        let (outcome, near) = self.outcome(surfaces, Asked::Losses(budget), near);
        ((outcome.losses[0] / outcome.losses[1]).ln(), near)
    }

    /// What one pair says, and the runs near which to look for those of others.
    fn outcome(&self, surfaces: &mut Surfaces<'_>, asked: Asked, near: Near) -> (Outcome, Near) {
        let [own, other] = &self.paths;
        let [first, second] = surfaces;
        let flops = |found: Option<Found>| found.map_or(f64::INFINITY, |found| found.flops);
        let tokens = |found: Option<Found>| found.map_or(f64::INFINITY, |found| found.tokens);
        let (losses, runs, near) = match asked {
            Asked::Losses(budget) => {
                let runs =
                    [own.of_budget(first, budget, near[0][0]), other.of_budget(second, budget, near[0][1])];
                let losses = runs.map(|found| found.map_or(f64::NAN, |found| found.loss));
                (losses, [None; 2], [runs, [None; 2]])
            }
            Asked::Budget(budget) => {
                let of_budget =
                    [own.of_budget(first, budget, near[0][0]), other.of_budget(second, budget, near[0][1])];
                let losses = of_budget.map(|found| found.map_or(f64::NAN, |found| found.loss));
                // A bent law may come to a loss several times: what counts is nearest to the budget.
                let near = if first.bends() { of_budget[0] } else { near[1][0].or(of_budget[0]) };
                let same = own.of_loss(first, losses[1], near);
                let runs = [same, of_budget[1]];
                (losses, runs, [of_budget, runs])
            }
            Asked::Loss(loss) => {
                let runs = [own.of_loss(first, loss, near[1][0]), other.of_loss(second, loss, near[1][1])];
                ([loss; 2], runs, [[None; 2], runs])
            }
        };
        (Outcome { losses, flops: runs.map(flops), tokens: runs.map(tokens) }, near)
    }

    /// The least loss that the baseline comes down to.
    pub(super) fn least(&self) -> f64 {
        let mut surface = self.paths[1].surface((&self.ensembles[1].fit.parameters).into());
        self.paths[1].of_budget(&mut surface, MOST_FLOPS, None).map_or(f64::NAN, |found| found.loss)
    }

    /// Something that follows from the outcomes; `parts` is what each recipe alone adds to it.
    pub(super) fn together(
        &self,
        outcomes: &Outcomes,
        of: impl Fn(&Outcome) -> f64,
        parts: impl Fn(&Outcome) -> [f64; 2],
    ) -> Together<'_> {
        let each = |all: &[Outcome]| all.iter().map(&of).filter(|value| !value.is_nan()).collect();
        // Each ensemble's own order, in which its draws lie.
        let own = |i: usize| {
            let mut values = vec![f64::NAN; self.ensembles[i].draws.len()];
            for (outcome, pair) in outcomes.draws.iter().zip(self.pairs) {
                values[pair[i]] = parts(outcome)[i];
            }
            let middle = parts(&outcomes.optimum)[i];
            values.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = middle);
            values
        };
        Together {
            ensembles: self.ensembles,
            estimate: of(&outcomes.optimum),
            draws: each(&outcomes.draws),
            bent: each(&outcomes.bent),
            share: outcomes.share,
            parts: [own(0), own(1)],
        }
    }
}

impl Outcomes {
    /// Of the pairs, those of which something holds.
    pub(super) fn share(&self, of: impl Fn(&Outcome) -> bool) -> f64 {
        self.draws.iter().filter(|outcome| of(outcome)).count() as f64 / self.draws.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_beyond_what_numbers_hold_have_a_logarithm() {
        let of = |own: f64, other: f64| Outcome::ln_ratio([own, other]);
        assert_eq!((of(0.0, 1e9), of(1e9, 0.0), of(2.0, 2.0)), (-NEVER, NEVER, 0.0));
        assert!((of(1e-300, 1e300) / (-600.0 * std::f64::consts::LN_10) - 1.0).abs() < 1e-12);
        assert_eq!((of(f64::INFINITY, 1.0), of(1.0, f64::INFINITY)), (NEVER, -NEVER));
    }
}
