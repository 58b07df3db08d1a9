//! What is worked out once for an ensemble.

use std::sync::{Arc, OnceLock};

use super::Ensemble;
use super::leverage::Leverage;
use super::resample::Groups;
use super::scatter::Scatter;
use crate::Result;

/// What was worked out once for an ensemble and its clones of other levels; it takes no part in comparisons.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known(Arc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    leverage: OnceLock<Option<Leverage>>,
    freedom: OnceLock<([f64; 2], bool)>,
    scatter: OnceLock<Scatter>,
}

impl PartialEq for Known {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Ensemble {
    /// None where the parameters cannot be told apart at the optimum.
    pub(super) fn leverage(&self) -> Option<&Leverage> {
        self.known.0.leverage.get_or_init(|| Leverage::new(self)).as_ref()
    }

    /// How many runs, clusters or rows were drawn from, and how many of them the fit leaves free, at least one.
    pub(crate) fn freedom(&self) -> [f64; 2] {
        self.freedom_and_clusters().0
    }

    /// The same, and whether some of what was drawn has several rows.
    pub(super) fn freedom_and_clusters(&self) -> ([f64; 2], bool) {
        *self.known.0.freedom.get_or_init(|| {
            let groups = Groups::new(&self.fit.rows, self.options.resample);
            let freedom = groups.freedom(&self.fit, (self.options.resample, self.spent));
            ([groups.len() as f64, freedom], groups.are_clusters())
        })
    }

    /// How the runs scatter.
    ///
    /// # Errors
    /// When their residuals cannot be worked out.
    pub(super) fn scatter(&self) -> Result<&Scatter> {
        // Worked out outside of the lock, as a bend is.
        let kept = match self.known.0.scatter.get() {
            Some(kept) => kept,
            None => {
                let found = Scatter::new(self)?;
                self.known.0.scatter.get_or_init(|| found)
            }
        };
        Ok(kept)
    }
}
