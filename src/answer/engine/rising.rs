//! Fits from which no run is chosen.

use crate::fit::Warning;
use crate::{Ensemble, Error, Result};

impl Ensemble {
    /// Refuses to choose a run where the loss rises with what it is chosen by.
    pub(crate) fn check_falls(&self, question: &'static str) -> Result<()> {
        let rises = |warning: &Warning| match warning {
            Warning::LossRises { with, .. } => Some(with.join(" and with ")),
            _ => None,
        };
        let Some(with) = self.fit.warnings.iter().find_map(rises) else { return Ok(()) };
        let problem = format!("the loss of this fit rises with {with}, so that more of it buys nothing");
        let remedy = "look at the sweep (`nbar inspect FILE`), and fit losses that fall";
        Err(Error::unanswerable(question, problem, remedy))
    }
}
