//! Sparse from the first step to the last: RigL (Evci et al. 2020), SET (Mocanu et al. 2018), fixed masks.

use super::Translate;
use super::parts::{check, check_sparsity};
use crate::Result;
use crate::schedule::{Extent, Schedule};
use serde::{Deserialize, Serialize};

/// A mask of constant size. RigL and SET drop and grow the share `drop_fraction` of it now and then, as many weights
/// as they drop, so that `N = N₀ (1 - s)` throughout; how sparsity is shared out among layers (uniform, ERK) does not
/// change the count either.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StaticSparse {
    sparsity: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    drop_fraction: Option<f64>,
}

impl Translate for StaticSparse {
    fn check(&self) -> Result<()> {
        check_sparsity("sparsity", self.sparsity)?;
        let good = self.drop_fraction.is_none_or(|share| (0.0..=1.0).contains(&share));
        check(good, || "drop_fraction is not a fraction from 0 to 1".to_owned(), "write 30 % as 0.3")
    }

    fn translate(&self, _: Extent) -> Result<Schedule> {
        Ok(Schedule::constant(self.sparsity))
    }

    fn target(&self) -> f64 {
        self.sparsity
    }
}
