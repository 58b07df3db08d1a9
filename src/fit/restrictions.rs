//! What is fixed, tied, bounded and known, as documents have it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::FitOptions;
use crate::Observations;
use crate::observation::LossFrom;

/// Fields of documents, each left out where there is nothing of its kind.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Restrictions {
    /// Values by name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) fixed: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tied: Vec<(String, String)>,
    /// Least and greatest value by name; null where there is none.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) bounds: Map<String, Value>,
    /// What is known beforehand by name, as it is written.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) priors: Map<String, Value>,
}

impl Restrictions {
    pub(crate) fn of(options: &FitOptions) -> Self {
        let finite = |value: f64| value.is_finite().then_some(value);
        let bound = |(name, range): &(String, [f64; 2])| (name.clone(), range.map(finite).into());
        Self {
            fixed: options.fixed.iter().map(|(name, value)| (name.clone(), (*value).into())).collect(),
            tied: options.tied.clone(),
            bounds: options.bounds.iter().map(bound).collect(),
            priors: options
                .priors
                .iter()
                .map(|(name, prior)| (name.clone(), prior.to_string().into()))
                .collect(),
        }
    }

    /// The options so restricted, or what is wrong.
    pub(crate) fn restrict(self, mut options: FitOptions) -> Result<FitOptions, String> {
        for (name, value) in &self.fixed {
            let value = value.as_f64().ok_or_else(|| format!("'{name}' is not fixed at a number"))?;
            options = options.with_fixed(name, value);
        }
        for (name, other) in &self.tied {
            options = options.with_tied(name, other);
        }
        for (name, range) in self.bounds {
            let [least, most]: [Option<f64>; 2] =
                serde_json::from_value(range).map_err(|e| format!("the bounds of '{name}': {e}"))?;
            options =
                options.with_bound(&name, least.unwrap_or(f64::NEG_INFINITY)..=most.unwrap_or(f64::INFINITY));
        }
        for (name, prior) in self.priors {
            let prior = serde_json::from_value(prior).map_err(|e| format!("the prior of '{name}': {e}"))?;
            options = options.with_prior(&name, prior);
        }
        options.validate().map_err(|e| e.to_string())?;
        Ok(options)
    }
}

/// What was fixed, tied, bounded, known, gathered and weighted, how losses were made from curves, and over what window runs are taken to
/// be pruned, each left out where there is nothing of its kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Conditions {
    #[serde(flatten)]
    restrictions: Restrictions,
    /// Number of clusters.
    #[serde(skip_serializing_if = "Option::is_none")]
    clusters: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    loss_at: Option<LossFrom>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prune_window: Option<String>,
}

impl Conditions {
    pub(crate) fn of(options: &FitOptions, observations: &Observations) -> Self {
        Self {
            restrictions: Restrictions::of(options),
            clusters: observations.cluster_count(),
            weights: observations.weighting(),
            loss_at: observations.loss_from(),
            prune_window: observations.prune_window().map(str::to_owned),
        }
    }
}
