//! Runs that lie far off the law, beside how far the others do.

use super::Warning;
use crate::Residual;
use crate::fit::Fit;
use crate::numeric::statistics::quantiles;

/// A run is far off if its residual of ln L is so many times the median one, and at least so large. Of a million residuals of Laplace's density
/// one is as many times the median.
const TIMES: f64 = 20.0;
const LEAST: f64 = 0.02;
/// Of more rows than this none decides anything.
const MOST: usize = 20_000;
/// The most of the rows that are: where more are, the law does not fit.
const SHARE: f64 = 0.1;
/// The same where they stand apart: few other rows, one for four of them at most, lie beyond so many times the median.
const APART: f64 = 0.45;
const BETWEEN: f64 = 6.0;
const GAP: usize = 4;

/// The farthest of them, if there are any and few.
pub(super) fn far_off(fit: &Fit) -> Option<Warning> {
    if fit.observations.len() > MOST {
        return None;
    }
    let residuals = fit.residuals_of(&fit.observations, Residual::LnLoss).ok()?;
    let mut sizes: Vec<f64> = residuals.iter().map(|r| r.abs()).collect();
    if sizes.is_empty() || sizes.iter().any(|size| size.is_nan()) {
        return None;
    }
    let [median] = quantiles(&mut sizes, [0.5]);
    if !median.is_finite() {
        return None;
    }
    let is_far = |row: &usize| residuals[*row].abs() > LEAST.max(TIMES * median);
    let mut rows: Vec<usize> = (0..residuals.len()).filter(is_far).collect();
    let is_between = |row: &usize| residuals[*row].abs() > BETWEEN * median && !is_far(row);
    let between = (0..residuals.len()).filter(is_between).count();
    let most = if GAP * between <= rows.len() { APART } else { SHARE };
    if rows.is_empty() || rows.len() as f64 > most * residuals.len() as f64 {
        return None;
    }
    rows.sort_by(|a, b| residuals[*b].abs().total_cmp(&residuals[*a].abs()));
    let farthest = residuals[rows[0]];
    let mut runs: Vec<String> = Vec::new();
    for row in rows {
        let name = fit.observations.run_name(fit.observations.run()[row]);
        if !runs.contains(&name) {
            runs.push(name);
        }
    }
    Some(Warning::FarOff { runs, farthest, times: farthest.abs() / median })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::{Law, chinchilla};
    use crate::{FitOptions, Observations, fit_scaling_law};

    fn fit(mistake: impl Fn(usize, [&mut f64; 3])) -> Fit {
        let n: Vec<f64> = (0..24).map(|i| 5e7 * 2f64.powi(i / 4)).collect();
        let d: Vec<f64> = (0..24).map(|i| n[i as usize] * 10.0 * 2f64.powi(i % 4)).collect();
        let noise = |i: usize| 0.004 * (7.0 * i as f64).sin();
        let loss =
            |i: usize| chinchilla().loss(&[1.7, 400.0, 1500.0, 0.34, 0.36], &[n[i], d[i]]) * noise(i).exp();
        let mut losses: Vec<f64> = (0..24).map(loss).collect();
        let (mut params, mut tokens) = (n.clone(), d.clone());
        (0..24).for_each(|i| mistake(i, [&mut params[i], &mut tokens[i], &mut losses[i]]));
        fit_scaling_law(&Observations::new(params, tokens, losses).unwrap(), &FitOptions::default()).unwrap()
    }

    #[test]
    fn many_that_stand_apart_are_named_and_a_law_that_does_not_fit_is_none() {
        // A sixth of the losses are in bits.
        let found = far_off(&fit(|i, [.., loss]| {
            if i % 6 == 1 {
                *loss /= std::f64::consts::LN_2;
            }
        }));
        let Some(Warning::FarOff { runs, .. }) = found else { panic!("{found:?}") };
        assert_eq!(runs.len(), 4);
        // Sizes that are off by more and more.
        assert_eq!(far_off(&fit(|i, [params, ..]| *params *= 1.0 + 0.2 * i as f64)), None);
    }

    #[test]
    fn a_run_whose_size_is_ten_times_too_large_is_named_and_sound_ones_are_not() {
        assert_eq!(far_off(&fit(|_, _| ())), None);
        for which in 0..2 {
            let found = far_off(&fit(|i, cells| {
                if i == 9 {
                    *cells[which] *= 10.0;
                }
            }));
            let Some(Warning::FarOff { runs, farthest, times }) = found else { panic!("{found:?}") };
            assert_eq!(runs, ["10"]);
            assert!(farthest > 0.05 && times > 20.0, "{farthest} {times}");
        }
    }
}
