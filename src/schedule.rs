//! Pruning schedules: the density of a network as training goes on.

#![allow(missing_docs)]

use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// Form of a pruning ramp: how sparsity goes from its initial to its final value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Shape {
    Linear,
    Cubic,
    Polynomial { power: f64 },
    Geometric,
    Cosine,
}

/// Axis on which `start`, `end` and `every` are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unit {
    Token,
    Step,
    Fraction,
    Compute,
}

/// A pruning schedule in the common form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Schedule {
    Dense,
    Constant { sparsity: f64 },
    Ramp(Ramp),
    Staircase(Staircase),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ramp {
    pub shape: Shape,
    pub initial_sparsity: f64,
    pub final_sparsity: f64,
    pub start: f64,
    pub end: f64,
    pub every: Option<f64>,
    pub unit: Unit,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Staircase {
    pub unit: Unit,
    pub initial_sparsity: f64,
    pub cuts: Vec<(f64, f64)>,
}

/// What is pruned: `prunable` parameters, and `fixed` ones that never are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Network {
    pub prunable: f64,
    pub fixed: f64,
}

/// How long a run trains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    pub tokens: f64,
    pub steps: Option<f64>,
}

/// A stand-in.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory(f64, f64, f64);

/// A schedule as a table writes it.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs)]
pub struct ScheduleFields {
    pub schedule: Option<String>,
    pub final_sparsity: Option<f64>,
    pub initial_sparsity: Option<f64>,
    pub prune_start: Option<f64>,
    pub prune_end: Option<f64>,
    pub prune_unit: Option<String>,
    pub prune_every: Option<f64>,
    pub prune_power: Option<f64>,
}

#[allow(missing_docs)]
impl Schedule {
    pub fn from_fields(fields: &ScheduleFields) -> Result<Self> {
        match (fields.schedule.as_deref(), fields.final_sparsity) {
            (None | Some("dense"), None) => Ok(Schedule::Dense),
            (Some(_), Some(sparsity)) => Ok(Schedule::Constant { sparsity }),
            (name, _) => Err(Error::UnknownSchedule {
                value: name.unwrap_or_default().to_owned(),
                known: "dense, constant".to_owned(),
            }),
        }
    }
    pub fn trajectory(&self, network: Network, extent: Extent) -> Result<Trajectory> {
        let density = match self {
            Schedule::Constant { sparsity } => 1.0 - sparsity,
            _ => 1.0,
        };
        let initial = network.prunable + network.fixed;
        Ok(Trajectory(initial, network.prunable * density + network.fixed, extent.tokens))
    }
}
#[allow(missing_docs)]
impl Trajectory {
    pub fn power_mean(&self, _order: f64) -> f64 {
        self.1
    }
    pub fn average_params(&self) -> f64 {
        self.power_mean(1.0)
    }
    pub fn initial_params(&self) -> f64 {
        self.0
    }
    pub fn final_params(&self) -> f64 {
        self.1
    }
    pub fn params_at(&self, _tokens: f64) -> f64 {
        self.1
    }
    pub fn tokens(&self) -> f64 {
        self.2
    }
    pub fn until(&self, tokens: f64) -> Result<Trajectory> {
        Ok(Trajectory(self.0, self.1, tokens))
    }
}
