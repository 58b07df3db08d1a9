//! A constant of the law that is held above losses.

use super::Warning;
use crate::fit::{Fit, Freedom};

/// A loss is below the constant if it is so by more than this, relatively: noise takes single losses a little below.
const BELOW: f64 = 0.02;

/// The constant that is held above losses, if one is.
pub(super) fn held_above(fit: &Fit) -> Option<Warning> {
    let terms = fit.law().as_power_sum()?.terms();
    let (constant, factor) = terms.iter().find_map(|term| Some((term, term.of_all_runs()?)))?;
    let parameter = &fit.law().spec().parameters[constant.coefficient].name;
    let value = fit.parameters[constant.coefficient];
    let is_held = fit.freedom(parameter) == Freedom::Fixed || fit.at_bound(parameter).is_some();
    let losses = fit.observations.loss();
    let rows = losses.iter().filter(|loss| **loss < factor * value * (1.0 - BELOW)).count();
    (is_held && rows > 0).then(|| Warning::HeldAbove {
        parameter: parameter.to_string(),
        value,
        rows,
        of: losses.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};

    #[test]
    fn a_constant_above_losses_is_named_and_one_below_them_is_not() {
        let sweep = Sweep::from_csv_path("data/chinchilla.csv").unwrap();
        let rows = sweep.observations(&ObservationOptions::default()).unwrap();
        let found = |options: FitOptions| held_above(&fit_scaling_law(&rows, &options).unwrap());
        let plain = FitOptions::default();
        assert_eq!(found(plain.clone()), None);
        assert_eq!(found(plain.clone().with_fixed("E", 1.8)), None);
        let below = rows.loss().iter().filter(|loss| **loss < 2.9 * 0.98).count();
        for held in [plain.clone().with_fixed("E", 2.9), plain.clone().with_bound("E", 2.9..=3.5)] {
            let Some(Warning::HeldAbove { parameter, value, rows, of }) = found(held) else {
                panic!("unnamed")
            };
            assert_eq!((parameter.as_str(), rows, of), ("E", below, 245));
            assert!((value - 2.9).abs() < 1e-6, "{value}");
        }
        // Below 2.3 lie few losses.
        let few = found(plain.with_fixed("E", 2.3)).expect("a warning");
        assert!(
            !few.is_disqualifying()
                && found(FitOptions::default().with_fixed("E", 2.9)).unwrap().is_disqualifying()
        );
    }
}
