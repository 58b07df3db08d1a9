//! Residuals of groups of runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Fit;
use crate::Result;

/// The residuals of one group of runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupResiduals {
    /// Its name in the sweep; `-` for runs without one.
    pub group: String,
    /// Rows that were fitted.
    pub rows: usize,
    /// Mean of their [residuals](Fit::residuals), ln L - ln L̂, or L - L̂ in nats where the fit is on L.
    pub mean: f64,
    /// Root mean square of the same.
    pub rms: f64,
}

impl Fit {
    /// The residuals of each group of runs, by name; none where the sweep tells no groups, or one alone.
    ///
    /// ```
    /// # use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// let groups = fit.residuals_by_group()?;
    /// assert_eq!(groups.iter().map(|group| group.rows).sum::<usize>(), fit.observations.len());
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the observations lack an input of the law.
    pub fn residuals_by_group(&self) -> Result<Vec<GroupResiduals>> {
        let Some(groups) = self.observations.groups() else { return Ok(Vec::new()) };
        let mut of_groups: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for (group, residual) in groups.into_iter().zip(self.residuals()?) {
            of_groups.entry(group).or_default().push(residual);
        }
        let summed = |(group, of): (&str, Vec<f64>)| {
            let rows = of.len();
            let mean = of.iter().sum::<f64>() / rows as f64;
            let rms = (of.iter().map(|r| r * r).sum::<f64>() / rows as f64).sqrt();
            GroupResiduals { group: group.to_owned(), rows, mean, rms }
        };
        Ok(of_groups.into_iter().map(summed).collect())
    }
}
