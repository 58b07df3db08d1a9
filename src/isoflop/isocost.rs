//! How the tokens of a budget's runs follow from their size.

use super::budgets::Budget;
use super::polynomial::SAME;
use crate::answer::engine::{Line, Surface};
use crate::numeric::curve::{Curve, FIRST, Jet, least};

/// How far beyond a budget's sizes its best run is looked for, in e-folds.
const FAR: f64 = 6.0;

/// ln D of the runs of one budget, as a function of ln N̄: -1 is its slope where FLOPs are 6 N̄ D, and another where what they measure over that
/// changes with the size. Between the runs it is a cubic whose slopes at them are harmonic means of those to both sides, so that it does not
/// overshoot (Fritsch and Butland 1984); beyond them it is straight.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Isocost {
    /// ln N̄, ln D and the slope there, from the smallest on: two at least.
    knots: Vec<[f64; 3]>,
}

impl Isocost {
    /// Through the runs of a budget, each brought to its FLOPs; of runs of one size through their mean.
    pub(super) fn of(budget: &Budget) -> Self {
        let at_budget = |[_, tokens, _, flops]: &[f64; 4]| tokens + budget.ln_flops - flops;
        let mut points: Vec<[f64; 2]> =
            budget.points.iter().map(|point| [point[0], at_budget(point)]).collect();
        points.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let mean = |of: &[[f64; 2]]| {
            [0, 1].map(|which| of.iter().map(|point| point[which]).sum::<f64>() / of.len() as f64)
        };
        let points: Vec<[f64; 2]> = points.chunk_by(|a, b| b[0] - a[0] < SAME).map(mean).collect();
        let secants: Vec<f64> =
            points.windows(2).map(|pair| (pair[1][1] - pair[0][1]) / (pair[1][0] - pair[0][0])).collect();
        let slope = |k: usize| {
            let both = [k.checked_sub(1), Some(k)].map(|at| at.and_then(|at| secants.get(at)).copied());
            match both {
                [Some(a), Some(b)] if a * b > 0.0 => 2.0 * a * b / (a + b),
                [Some(_), Some(_)] => 0.0,
                [one, other] => one.or(other).unwrap_or(-1.0),
            }
        };
        Self { knots: points.iter().enumerate().map(|(k, [x, y])| [*x, *y, slope(k)]).collect() }
    }

    pub(crate) fn ln_tokens(&self, ln_params: f64) -> f64 {
        self.at(ln_params)[0]
    }

    /// ln D and its slope.
    fn at(&self, x: f64) -> [f64; 2] {
        let last = self.knots.len() - 1;
        let after = self.knots.partition_point(|knot| knot[0] < x);
        if after == 0 || after > last {
            let [at, value, slope] = self.knots[after.min(last)];
            return [value + slope * (x - at), slope];
        }
        let ([x0, y0, s0], [x1, y1, s1]) = (self.knots[after - 1], self.knots[after]);
        let (h, secant) = (x1 - x0, (y1 - y0) / (x1 - x0));
        let t = (x - x0) / h;
        // Hermite's cubic about its secant: what the slopes at both ends differ from that by.
        let (first, second) = (s0 - secant, s1 - secant);
        let off = h * t * (1.0 - t) * ((1.0 - t) * first - t * second);
        let slope = (1.0 - t) * (1.0 - 3.0 * t) * first + t * (3.0 * t - 2.0) * second;
        [y0 + secant * (x - x0) + off, secant + slope]
    }

    /// ln N̄ and ln D of the run of least loss.
    pub(crate) fn best(&self, surface: &mut Surface<'_>) -> [f64; 2] {
        let ends = [self.knots[0][0] - FAR, self.knots[self.knots.len() - 1][0] + FAR];
        let at = least(ends[0], ends[1], None, &mut OfBudget { cost: self, surface });
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
    fn tokens_pass_through_the_runs_and_their_slope_is_that_of_the_curve() {
        // FLOPs are 6 N D (1 + 1e7/N): ln D falls more slowly where N is small.
        let of = |x: f64| 40.0 - x - (1e7 / x.exp()).ln_1p();
        let points: Vec<[f64; 4]> =
            (0..9).map(|k| 15.0 + 0.4 * f64::from(k)).map(|x| [x, of(x), 3.0, 41.8]).collect();
        let own = Isocost::of(&Budget { ln_flops: 41.8, rows: (0..9).collect(), points });
        for k in 0..320 {
            let x = 15.0 + 0.01 * f64::from(k);
            // The slopes at the ends are those of the secants, and elsewhere off by the square of .4.
            let most = if (0.4..2.8).contains(&(x - 15.0)) { 2e-3 } else { 2e-2 };
            assert!((own.ln_tokens(x) - of(x)).abs() < most, "{x}: {} {}", own.ln_tokens(x), of(x));
            let step = 1e-6;
            let slope = (own.ln_tokens(x + step) - own.ln_tokens(x - step)) / (2.0 * step);
            assert!((own.at(x)[1] - slope).abs() < 1e-5, "{x}: {} {slope}", own.at(x)[1]);
        }
        assert!((own.ln_tokens(15.8) - of(15.8)).abs() < 1e-13);
    }
}
