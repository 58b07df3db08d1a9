//! How the tokens of a budget's runs follow from their size.

use super::budgets::Budget;
use super::polynomial::{Polynomial, different, ends};
use crate::answer::engine::{Line, Surface};
use crate::numeric::curve::{Curve, FIRST, Jet, least};

/// How far beyond a budget's sizes its best run is looked for, in e-folds.
const FAR: f64 = 6.0;
/// Fewer different sizes have a straight line.
const CURVED: usize = 5;

/// ln D of the runs of one budget, as a function of ln N̄: -1 is its slope where FLOPs are 6 N̄ D, and another where what they measure over that
/// changes with the size. It is the parabola of least squares through the runs, so that a ratio that scatters from run to run, or is rounded, moves it
/// little; beyond them it is straight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Isocost {
    /// ln N̄ in the middle of the runs, and how far it goes to both sides.
    middle: f64,
    half: f64,
    /// ln D there, and what `z = (ln N̄ - middle)/half` and its square add.
    of: [f64; 3],
}

impl Isocost {
    /// Through the runs of a budget, each brought to its FLOPs.
    pub(super) fn of(budget: &Budget) -> Self {
        let sizes: Vec<f64> = budget.points.iter().map(|point| point[0]).collect();
        let at_budget = |[_, tokens, _, flops]: &[f64; 4]| tokens + budget.ln_flops - flops;
        let lengths: Vec<f64> = budget.points.iter().map(at_budget).collect();
        let coefficients = if different(&sizes) < CURVED { 2 } else { 3 };
        let [low, high] = ends(&sizes);
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
        let of = Polynomial::through(&sizes, &lengths, coefficients).map(|polynomial| polynomial.of);
        // A budget has three sizes at least.
        let of = of.unwrap_or_else(|| vec![lengths[0] + sizes[0] - middle, -half]);
        Self { middle, half, of: std::array::from_fn(|k| of.get(k).copied().unwrap_or(0.0)) }
    }

    pub(crate) fn ln_tokens(&self, ln_params: f64) -> f64 {
        self.at(ln_params)[0]
    }

    /// ln D and its slope.
    fn at(&self, ln_params: f64) -> [f64; 2] {
        let z = (ln_params - self.middle) / self.half;
        let inside = z.clamp(-1.0, 1.0);
        let [level, straight, square] = self.of;
        let slope = straight + 2.0 * square * inside;
        [level + (straight + square * inside) * inside + slope * (z - inside), slope / self.half]
    }

    /// ln N̄ and ln D of the run of least loss.
    pub(crate) fn best(&self, surface: &mut Surface<'_>) -> [f64; 2] {
        let far = self.half + FAR;
        let of = &mut OfBudget { cost: self, surface };
        let at = least(self.middle - far, self.middle + far, None, of);
        [at, self.ln_tokens(at)]
    }
}

/// ln of the loss of runs of one budget, as a function of ln N̄.
struct OfBudget<'a, 'b> {
    cost: &'a Isocost,
    surface: &'a mut Surface<'b>,
}

impl Curve for OfBudget<'_, '_> {
    fn values(&mut self, at: &[f64], out: &mut [f64]) {
        let mut runs = [[0.0; 2]; FIRST];
        runs.iter_mut().zip(at).for_each(|(run, params)| *run = [*params, self.cost.ln_tokens(*params)]);
        self.surface.ln_losses(&runs[..at.len()], out);
    }

    fn jet(&mut self, at: f64) -> Jet {
        let [tokens, slope] = self.cost.at(at);
        self.surface.along(Line { at: [at, tokens], to: [1.0, slope], turn: 0.0 }).jet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_follow_the_runs_and_their_slope_is_that_of_the_curve() {
        // FLOPs are 6 N D (1 + 1e7/N): ln D falls more slowly where N is small.
        let of = |x: f64| 40.0 - x - (1e7 / x.exp()).ln_1p();
        let budget = |scatter: f64| {
            let at = |k: i32| (17.0 + 0.4 * f64::from(k), scatter * if k % 2 == 0 { 1.0 } else { -1.0 });
            let point = |(x, off): (f64, f64)| [x, of(x) + off, 3.0, 41.8];
            Budget { ln_flops: 41.8, rows: (0..8).collect(), points: (0..8).map(at).map(point).collect() }
        };
        let own = Isocost::of(&budget(0.0));
        for k in 0..280 {
            let x = 17.0 + 0.01 * f64::from(k);
            // A parabola is off by its next term, and its slope by more at the ends.
            assert!((own.ln_tokens(x) - of(x)).abs() < 0.01, "{x}: {} {}", own.ln_tokens(x), of(x));
            let step = 1e-6;
            let slope = |of: &dyn Fn(f64) -> f64| (of(x + step) - of(x - step)) / (2.0 * step);
            assert!((own.at(x)[1] - slope(&|x| own.ln_tokens(x))).abs() < 1e-6);
            let middle = (0.7..2.1).contains(&(x - 17.0));
            assert!((own.at(x)[1] - slope(&of)).abs() < if middle { 0.02 } else { 0.06 }, "{x}");
        }
        // Ratios that scatter by 5 % from run to run move slopes in the middle by little.
        let scattered = Isocost::of(&budget(0.05));
        assert!((scattered.at(18.4)[1] - own.at(18.4)[1]).abs() < 0.03, "{}", scattered.at(18.4)[1]);
    }
}
