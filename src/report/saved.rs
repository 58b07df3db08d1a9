//! The file of a saved fit, field by field.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::bootstrap::{Interval, Resample};
use crate::document::Unbounded;
use crate::fit::{LackOfFit, Repeats, Residual, Rho, Unidentified, Warning};
use crate::observation::{FlopsCount, LossFrom, unchecked};
use crate::optimize::{Starts, Termination};
use crate::{Observations, Size};

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
    /// What is known beforehand by name, as it is written.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(super) priors: Map<String, Value>,
    /// The share of what is known of each of them that is from its prior. Worked out anew when read.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(super) decided_by_priors: Map<String, Value>,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) repeats: Option<Repeats>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) residuals_by_group: Vec<SavedGroup>,
    pub(super) gradient_norm: Unbounded,
    pub(super) termination: Termination,
    pub(super) starts: SavedStarts,
    pub(super) minima: Vec<SavedMinimum>,
    pub(super) parameters: Map<String, Value>,
    pub(super) derived: Map<String, Value>,
    /// What a fit by groups is made of, and stands beside; worked out anew when read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) by_group: Option<Value>,
    pub(super) bootstrap: Option<SavedBootstrap>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) profile: Option<Value>,
    pub(super) warnings: Vec<Warning>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "unchecked")]
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
    pub(super) fn all_of(fit: &crate::Fit) -> Vec<Self> {
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
    pub(super) parameters: BTreeMap<String, Unbounded>,
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
    pub(super) left_out: Vec<Vec<Unbounded>>,
    /// Of the draws and of what was left out, where those are saved; missing from fits that were saved before there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) checksum: Option<String>,
    /// Missing from fits that were saved before draws went by the names of runs, and from what is printed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) by_name: bool,
    /// Said only where answers carry no bend.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub(super) bend: bool,
}

fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref)] // So serde calls it.
fn is_yes(is: &bool) -> bool {
    *is
}
