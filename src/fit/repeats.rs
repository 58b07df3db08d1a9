//! Runs of one size and length: how far they scatter, and whether the law departs from their means by more.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor};

use super::Fit;
use crate::objective::Residual;

/// What runs repeat, and what follows.
///
/// Runs of one group whose last rows agree in all that the law reads repeat each other, as with several seeds. With residuals r of ln L in k sets of n runs, the
/// pure error is `s² = Σ (r - mean of the set)² / Σ (n - 1)`. Its interval is that of normal noise: `s² f/χ²` with f degrees of freedom. The
/// test is `F = ((Σ r² - f s²)/g)/s²` over all last rows, with g the different places less the parameters (Draper & Smith 1998, section 2.1).
///
/// ```
/// use nbar::{FitOptions, Observations, fit_scaling_law};
/// // Twelve places, each with two runs that lie .2 % to either side.
/// let place = |i: usize| (1e8 * 2f64.powi(i as i32 % 4), 4e9 * 2f64.powi(i as i32 / 4));
/// let runs: Vec<(f64, f64, f64)> = (0..24).map(|i| (place(i / 2).0, place(i / 2).1, if i % 2 == 0 { 0.002 } else { -0.002 })).collect();
/// let loss = |(n, d, noise): &(f64, f64, f64)| (1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37)) * noise.exp();
/// let losses = runs.iter().map(loss).collect();
/// let observations = Observations::new(runs.iter().map(|r| r.0).collect(), runs.iter().map(|r| r.1).collect(), losses)?;
/// let repeats = fit_scaling_law(&observations, &FitOptions::default())?.repeats().unwrap();
/// assert_eq!((repeats.sets, repeats.runs, repeats.freedom), (12, 24, 12));
/// assert!((repeats.scatter / 0.002f64 / 2f64.sqrt() - 1.0).abs() < 1e-9 && repeats.p.unwrap() > 0.5);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Repeats {
    /// Sets of runs that repeat each other.
    pub sets: usize,
    /// Runs in them.
    pub runs: usize,
    /// Standard deviation of ln L among runs of one size and length.
    pub scatter: f64,
    /// Its 95 % interval.
    pub interval: [f64; 2],
    /// Degrees of freedom of that.
    pub freedom: usize,
    /// Probability of an F as large if the law holds; none where no place is left to test it.
    pub p: Option<f64>,
}

impl Fit {
    /// What runs repeat; none where no two do, or they do not scatter.
    #[must_use]
    pub fn repeats(&self) -> Option<Repeats> {
        let columns = self.law().spec().columns(&self.rows).ok()?;
        let residuals = self.residuals_of(&self.rows, Residual::LnLoss).ok()?;
        let mut places: BTreeMap<(&str, Vec<u64>), Vec<f64>> = BTreeMap::new();
        let groups = self.rows.groups();
        for (row, _) in self.rows.is_last().iter().enumerate().filter(|(_, last)| **last) {
            let group = groups.as_ref().map_or("", |groups| groups[row]);
            let place = (group, columns.iter().map(|column| column[row].to_bits()).collect());
            places.entry(place).or_default().push(residuals[row]);
        }
        let mean = |set: &[f64]| set.iter().sum::<f64>() / set.len() as f64;
        let sets: Vec<&Vec<f64>> = places.values().filter(|set| set.len() > 1).collect();
        let freedom: usize = sets.iter().map(|set| set.len() - 1).sum();
        let pure: f64 = sets.iter().flat_map(|set| set.iter().map(|r| (r - mean(set)).powi(2))).sum();
        if freedom == 0 || !(pure > 0.0) || !pure.is_finite() {
            return None;
        }
        let variance = pure / freedom as f64;
        let chi = ChiSquared::new(freedom as f64).ok()?;
        let interval = [0.975, 0.025].map(|q| (pure / chi.inverse_cdf(q)).sqrt());
        let whole: f64 = places.values().flatten().map(|r| r * r).sum();
        let left = places.len().saturating_sub(self.free_parameters());
        let f = (whole - pure).max(0.0) / left as f64 / variance;
        let p = (left > 0)
            .then(|| FisherSnedecor::new(left as f64, freedom as f64).map(|of| of.sf(f)).ok())
            .flatten();
        let runs = sets.iter().map(|set| set.len()).sum();
        Some(Repeats { sets: sets.len(), runs, scatter: variance.sqrt(), interval, freedom, p })
    }
}
