//! How the tokens of a budget's runs follow from their size.

use super::budgets::Budget;
use crate::answer::engine::{Line, Surface};
use crate::numeric::curve::{Curve, FIRST, Jet, least};

/// How far from the middle of a budget's sizes its best run is looked for, in e-folds.
const FAR: f64 = 12.0;

/// ln D of the runs of one budget, a line in ln N̄: its slope is -1 where FLOPs are 6 N̄ D, and other where what they measure over that changes
/// with the size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Isocost {
    params: f64,
    tokens: f64,
    slope: f64,
}

impl Isocost {
    /// Through the runs of a budget, each brought to its FLOPs.
    pub(super) fn of(budget: &Budget) -> Self {
        let count = budget.points.len() as f64;
        let mean = |of: &dyn Fn(&[f64; 4]) -> f64| budget.points.iter().map(of).sum::<f64>() / count;
        let at_budget = |[_, tokens, _, flops]: &[f64; 4]| tokens + budget.ln_flops - flops;
        let (params, tokens) = (mean(&|point| point[0]), mean(&at_budget));
        let spread = mean(&|point| (point[0] - params).powi(2));
        let both = mean(&|point| (point[0] - params) * (at_budget(point) - tokens));
        Self { params, tokens, slope: both / spread }
    }

    pub(crate) fn ln_tokens(&self, ln_params: f64) -> f64 {
        self.tokens + self.slope * (ln_params - self.params)
    }

    /// ln N̄ and ln D of the run of least loss.
    pub(crate) fn best(&self, surface: &mut Surface<'_>) -> [f64; 2] {
        let ends = [self.params - FAR, self.params + FAR];
        let at = least(ends[0], ends[1], Some(self.params), &mut OfBudget { cost: self, surface });
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
        let line = Line { at: [at, self.cost.ln_tokens(at)], to: [1.0, self.cost.slope], turn: 0.0 };
        self.surface.along(line).jet
    }
}
