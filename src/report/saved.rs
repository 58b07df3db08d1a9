//! The file of a saved fit, field by field.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Report;
use crate::bend::Cached;
use crate::bootstrap::{BootstrapOptions, Ensemble, Interval, Known, Resample};
use crate::fit::{
    Fit, FitOptions, LackOfFit, LocalMinimum, Residual, Restrictions, Rho, Unidentified, Warning,
};
use crate::law::{self, Law};
use crate::observation::{FlopsCount, LossFrom};
use crate::optimize::{Starts, Termination};
use crate::{Error, Observations, Result, Size};

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Saved {
    pub(super) law: String,
    pub(super) size: Size,
    pub(super) n: usize,
    pub(super) runs: usize,
    /// Number of clusters of runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) clusters: Option<usize>,
    /// Huber's; none with another loss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) delta: Option<f64>,
    /// None is Huber's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) loss: Option<Rho>,
    #[serde(default, skip_serializing_if = "Residual::is_default")]
    pub(super) on: Residual,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(super) fixed: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) tied: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) unidentified: Vec<Unidentified>,
    /// Least and greatest value by name; null where there is none.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(super) bounds: Map<String, Value>,
    /// What weights were used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) weights: Option<String>,
    /// How losses were made from curves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) loss_at: Option<LossFrom>,
    /// How training FLOPs are counted, where they are not 6 N̄ D.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) flops_count: Option<FlopsCount>,
    /// What stands in the place of where the files say that runs were pruned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) prune_window: Option<String>,
    pub(super) objective: f64,
    /// Of the residuals of ln L. This and the test are worked out anew when read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rms: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lack_of_fit: Option<LackOfFit>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) residuals_by_group: Vec<SavedGroup>,
    pub(super) gradient_norm: f64,
    pub(super) termination: Termination,
    pub(super) starts: SavedStarts,
    pub(super) minima: Vec<SavedMinimum>,
    pub(super) parameters: Map<String, Value>,
    pub(super) derived: Map<String, Value>,
    pub(super) bootstrap: Option<SavedBootstrap>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) profile: Option<Value>,
    pub(super) warnings: Vec<Warning>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) observations: Option<Observations>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) draws: Option<Vec<Vec<f64>>>,
}

/// The residuals of a group of runs.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedGroup {
    pub(super) group: String,
    pub(super) rows: usize,
    pub(super) mean: f64,
    pub(super) rms: f64,
}

impl SavedGroup {
    pub(super) fn all_of(fit: &Fit) -> Vec<Self> {
        let group = |(group, of): (String, Vec<f64>)| {
            let rows = of.len();
            let mean = of.iter().sum::<f64>() / rows as f64;
            Self { group, rows, mean, rms: (of.iter().map(|r| r * r).sum::<f64>() / rows as f64).sqrt() }
        };
        fit.residuals_by_group().unwrap_or_default().into_iter().map(group).collect()
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedStarts {
    pub(super) from: Starts,
    pub(super) tried: usize,
    pub(super) at_optimum: usize,
    pub(super) unproven: usize,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedMinimum {
    pub(super) objective: f64,
    pub(super) starts: usize,
    pub(super) parameters: BTreeMap<String, f64>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedBootstrap {
    pub(super) replicates: usize,
    pub(super) resample: Resample,
    pub(super) seed: u64,
    /// Replicates that were made, where they were stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) partial: Option<usize>,
    pub(super) failed: usize,
    pub(super) audited: usize,
    pub(super) disagreed: usize,
    pub(super) level: f64,
    pub(super) interval: Interval,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) left_out: Vec<Vec<f64>>,
    /// Missing from fits that were saved before draws went by the names of runs, and from what is printed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) by_name: bool,
}

impl Saved {
    pub(super) fn into_report(
        self,
        own: Option<Arc<dyn Law>>,
        invalid: impl Fn(String) -> Error,
    ) -> Result<Report> {
        let Some(observations) = self.observations else {
            return Err(invalid("it has no observations: it was printed, not saved with -o".to_owned()));
        };
        let observations = observations.checked().map_err(|e| invalid(e.to_string()))?;
        let law = match own {
            Some(own) if own.spec().name == self.law => own,
            Some(own) => return Err(invalid(format!("its law is {}, not {}", self.law, own.spec().name))),
            None => law::by_name(&self.law).map_err(|e| invalid(e.to_string()))?,
        };
        let names: Vec<&str> = law.spec().parameters.iter().map(|p| &*p.name).collect();
        let missing = |name: &str| invalid(format!("parameter '{name}' is missing or no number"));
        let own = |name: &&str| {
            let value = self.parameters.get(*name);
            let value = value.and_then(|v| v.get("held").or(v.get("estimate"))).and_then(Value::as_f64);
            value.ok_or_else(|| missing(name))
        };
        let parameters = names.iter().map(own).collect::<Result<Vec<f64>>>()?;
        let minimum = |m: &SavedMinimum| {
            let of = |name: &&str| m.parameters.get(*name).copied().ok_or_else(|| missing(name));
            let parameters = names.iter().map(of).collect::<Result<_>>()?;
            Ok(LocalMinimum { objective: m.objective, starts: m.starts, parameters })
        };
        let minima = self.minima.iter().map(minimum).collect::<Result<_>>()?;
        let rho = match (self.loss, self.delta) {
            (Some(rho), _) => rho,
            (None, Some(delta)) => Rho::Huber { delta },
            (None, None) => return Err(invalid("it says neither 'delta' nor 'loss'".to_owned())),
        };
        rho.validate().map_err(|e| invalid(e.problem()))?;
        let options = FitOptions::default()
            .with_law(Arc::clone(&law))
            .with_rho(rho)
            .with_residual(self.on)
            .with_starts(self.starts.from);
        let restrictions = Restrictions { fixed: self.fixed, tied: self.tied, bounds: self.bounds };
        let options = restrictions.restrict(options).map_err(&invalid)?;
        let count = names.len();
        let mut fit = Fit {
            options,
            rows: observations.in_order(),
            observations,
            parameters,
            objective: self.objective,
            gradient_norm: self.gradient_norm,
            termination: self.termination,
            starts_tried: self.starts.tried,
            starts_at_optimum: self.starts.at_optimum,
            starts_unproven: self.starts.unproven,
            minima,
            unidentified: self.unidentified,
            warnings: self.warnings,
        };
        // Fits that were saved before there was a test of fit get its verdict now.
        let of_fit = |warning: &Warning| matches!(warning, Warning::LackOfFit { .. });
        let place = fit.warnings.iter().position(of_fit).unwrap_or(fit.warnings.len());
        fit.warnings.retain(|warning| !of_fit(warning));
        let verdict = fit.departs();
        fit.warnings.splice(place..place, verdict);
        let (Some(saved), Some(draws)) = (self.bootstrap, self.draws) else { return Ok(Report::Point(fit)) };
        if draws.len() < 2 || draws.iter().any(|draw| draw.len() != count) {
            return Err(invalid(format!("its draws are not rows of {count} parameters")));
        }
        let options = BootstrapOptions::default()
            .with_replicates(saved.replicates)
            .with_resample(saved.resample)
            .with_interval(saved.interval)
            .with_seed(saved.seed)
            .with_level(saved.level);
        let (failed, audited, disagreed) = (saved.failed, saved.audited, saved.disagreed);
        let (left_out, partial, by_name) = (saved.left_out, saved.partial, saved.by_name);
        if left_out.iter().any(|left| left.len() != count) {
            return Err(invalid(format!("its fits without one run are not rows of {count} parameters")));
        }
        let spent = fit.spent();
        let mut ensemble = Ensemble {
            fit,
            options,
            draws,
            left_out,
            partial,
            failed,
            audited,
            disagreed,
            by_name,
            bend: Cached::default(),
            spent,
            leverage: Known::default(),
        };
        // Nor did they say whether the loss rises.
        ensemble.see_rising();
        Ok(Report::Ensemble(ensemble))
    }
}
