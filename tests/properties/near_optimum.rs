//! Two fits of which one says what the other must come to.

use std::sync::Arc;

use nbar::law::Law;
use nbar::{Fit, FitOptions, Observations, fit_scaling_law};

use crate::common::every_law::tolerances;
use crate::common::noise::even;

/// Most noise of a row, half of Huber's δ: ρ is quadratic in every row, and the optimum moves as `tolerances` has it.
const MOST: f64 = 5e-4;

/// How far ln L of the rows may be off between two fits. ln L is a sum of terms of up to e^30, off by 16 units in the last
/// place. A fit ends where the next step would lower the objective, n r²/2, by less than 1e-14 of itself: where it moves
/// ln L by less than 1e-7 r √n in all.
const ROUNDING: f64 = 16.0 * f64::EPSILON + 2.0 * 1e-7 * MOST;

pub(crate) fn noise(row: usize) -> f64 {
    (MOST * even(row)).exp()
}

pub(crate) fn fitted(law: &Arc<dyn Law>, observations: &Observations) -> Fit {
    fit_scaling_law(observations, &FitOptions::default().with_law(Arc::clone(law))).unwrap()
}

/// The first parameter that is not as expected to rounding of ln L, and by how many times that.
pub(crate) fn off(law: &dyn Law, found: &[f64], expected: &[f64], of: &Observations) -> Option<String> {
    let tolerances = tolerances(law, expected, of, ROUNDING);
    let parameters = &law.spec().parameters;
    (0..found.len()).find_map(|j| {
        let p = &parameters[j];
        let times = (p.to_fitted(found[j]) - p.to_fitted(expected[j])).abs() / tolerances[j];
        let is_off = !(times <= 1.0);
        let name = (&law.spec().name, &p.name);
        is_off.then(|| format!("{name:?}: {}, not {}: {times} times rounding", found[j], expected[j]))
    })
}
