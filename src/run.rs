//! Training runs, and sweeps of them.

use crate::{ObservationOptions, Observations, Result, Schedule};

#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Checkpoint {
    pub tokens: f64,
    pub loss: f64,
    pub step: Option<f64>,
    pub unique_tokens: Option<f64>,
    pub weight: f64,
}

#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Run {
    pub id: String,
    pub params: f64,
    pub fixed_params: f64,
    pub schedule: Schedule,
    pub average_params: Option<f64>,
    pub final_params: Option<f64>,
    pub checkpoints: Vec<Checkpoint>,
}

#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ReadOptions {
    pub columns: Vec<(String, String)>,
    pub filter: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {}

impl Sweep {
    pub fn from_csv_str(name: &str, text: &str) -> Result<Self> {
        todo!()
    }
    pub fn observations(&self, options: &ObservationOptions) -> Result<Observations> {
        todo!()
    }
}
