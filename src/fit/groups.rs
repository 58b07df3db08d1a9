//! Groups of runs.

use std::collections::BTreeMap;

use super::Fit;
use crate::Result;
use crate::law::Input;

impl Fit {
    /// Whether runs of several groups are fitted to a law that does not tell them apart.
    pub(crate) fn mixes_groups(&self) -> bool {
        let tells = self.law().spec().inputs.iter().any(|input| matches!(input, Input::Group(_)));
        let several = |groups: Vec<&str>| groups.iter().any(|group| *group != groups[0]);
        !tells && self.rows.groups().is_some_and(several)
    }

    /// The [residuals](Self::residuals) of each group of runs, by the group's name; runs without one are of group `-`. Empty
    /// where the sweep tells no groups, or one alone.
    ///
    /// ```
    /// # use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// let groups = fit.residuals_by_group()?;
    /// assert_eq!(groups.values().map(Vec::len).sum::<usize>(), fit.observations.len());
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the observations lack an input of the law.
    pub fn residuals_by_group(&self) -> Result<BTreeMap<String, Vec<f64>>> {
        let mut of_groups: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        let Some(groups) = self.observations.groups() else { return Ok(of_groups) };
        for (group, residual) in groups.into_iter().zip(self.residuals()?) {
            of_groups.entry(group.to_owned()).or_default().push(residual);
        }
        Ok(of_groups)
    }
}
