//! Pruning schedules: the density of a network as training goes on.

use crate::Result;
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

#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {}

impl Schedule {
    pub fn trajectory(&self, network: Network, extent: Extent) -> Result<Trajectory> {
        todo!()
    }
}
impl Trajectory {
    pub fn power_mean(&self, order: f64) -> f64 {
        todo!()
    }
    pub fn average_params(&self) -> f64 {
        self.power_mean(1.0)
    }
    pub fn initial_params(&self) -> f64 {
        todo!()
    }
    pub fn final_params(&self) -> f64 {
        todo!()
    }
    pub fn params_at(&self, tokens: f64) -> f64 {
        todo!()
    }
    pub fn tokens(&self) -> f64 {
        todo!()
    }
    pub fn until(&self, tokens: f64) -> Result<Trajectory> {
        todo!()
    }
}
