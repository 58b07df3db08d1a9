//! Optima that numbers cannot hold.

use crate::Fit;
use crate::law::{Parameter, Scale};

/// Objectives that differ by less, relatively, are of one point.
const SAME: f64 = 1e-9;
/// Rounding of a residual.
const ROUNDING: f64 = 1e-13;

/// Whether the law at the parameters is not what was fitted: a coefficient is too small or too large for a number, and an
/// exponent made up for it.
pub(super) fn is_lost(fit: &Fit) -> bool {
    let is_off = |(p, value): (&Parameter, &f64)| p.scale == Scale::Log && !value.is_normal();
    if !fit.law().spec().parameters.iter().zip(&fit.parameters).any(is_off) {
        return false;
    }
    let rounding = fit.rows.len() as f64 * ROUNDING * ROUNDING;
    let is_same = |found: f64| (found - fit.objective).abs() <= SAME * fit.objective + rounding;
    !fit.objective_anew().is_ok_and(is_same)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::law::{Coupled, chinchilla};
    use crate::{FitOptions, Observations, fit_scaling_law};

    #[test]
    fn an_optimum_is_lost_if_its_numbers_give_other_losses_and_not_if_a_term_has_vanished() {
        let n: Vec<f64> = (0..30).map(|i| 1e8 * 2f64.powi(i % 6)).collect();
        let d: Vec<f64> = (0..30).map(|i| 4e9 * 2f64.powi(i / 6)).collect();
        // Without a constant.
        let loss = n.iter().zip(&d).map(|(n, d)| 60.0 / n.powf(0.2) + 400.0 / d.powf(0.25) - 0.05).collect();
        let runs = Observations::new(n, d, loss).unwrap();
        let mut fit =
            fit_scaling_law(&runs, &FitOptions::default().with_law(Arc::new(chinchilla()))).unwrap();
        assert!(fit.parameters[0] < 1e-9 && !is_lost(&fit), "{:?}", fit.parameters);
        fit.parameters[0] = 0.0;
        assert!(!is_lost(&fit));
        let mut fit =
            fit_scaling_law(&runs, &FitOptions::default().with_law(Arc::new(Coupled::default()))).unwrap();
        assert!(!is_lost(&fit));
        fit.parameters[2] = 0.0;
        assert!(is_lost(&fit));
    }
}
