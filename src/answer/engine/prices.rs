//! What FLOPs cost.

use serde::{Deserialize, Serialize};

use super::checks::positive;
use crate::Result;
use crate::bootstrap::Estimate;

/// What compute costs. Default: unknown.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Prices {
    /// FLOPs that a GPU does in an hour, as it is used.
    pub flops_per_gpu_hour: Option<f64>,
    /// Price of a GPU-hour, in any currency.
    pub gpu_hour: Option<f64>,
}

/// What a run costs, as far as prices are given.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bill {
    /// GPU-hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu_hours: Option<Estimate>,
    /// Their price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Estimate>,
}

impl Prices {
    setters! {
        /// Sets the FLOPs that a GPU does in an hour.
        with_flops_per_gpu_hour(flops_per_gpu_hour: f64);
        /// Sets the price of a GPU-hour.
        with_gpu_hour(gpu_hour: f64);
    }

    /// What so many FLOPs cost.
    #[must_use]
    pub fn bill(&self, flops: Estimate) -> Bill {
        let gpu_hours = self.flops_per_gpu_hour.map(|rate| flops.times(1.0 / rate));
        let cost = gpu_hours.zip(self.gpu_hour).map(|(hours, price)| hours.times(price));
        Bill { gpu_hours, cost }
    }

    pub(super) fn validate(&self) -> Result<()> {
        for (name, value) in [("flops_per_gpu_hour", self.flops_per_gpu_hour), ("gpu_hour", self.gpu_hour)] {
            value.map_or(Ok(()), |value| positive(name, value))?;
        }
        Ok(())
    }
}
