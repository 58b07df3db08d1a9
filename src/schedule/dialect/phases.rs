//! Phases of given densities, as in AC/DC (Peste et al. 2021, arXiv:2106.12379).

use super::Translate;
use super::parts::{check, refuse};
use crate::Result;
use crate::schedule::{Extent, MAX_CUTS, Schedule, Staircase, Unit};
use serde::{Deserialize, Serialize};

/// A list of `(from, to, density)`, one phase after the other from 0 to the run's end. Dense and sparse phases may
/// alternate.
///
/// Densities, not sparsities: 1 is dense, 0.1 is 90 % sparse. A gap between phases is refused, and so is a list that
/// ends before the run does or after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Phases {
    /// `(from, to, density)`; `to` excluded.
    phases: Vec<(f64, f64, f64)>,
    /// The axis of `from` and `to`.
    #[serde(default = "step")]
    unit: Unit,
}

fn step() -> Unit {
    Unit::Step
}

impl Translate for Phases {
    fn check(&self) -> Result<()> {
        check(!self.phases.is_empty(), || "there is no phase".to_owned(), "give [from, to, density]")?;
        let problem = || "there are more than 10 million phases".to_owned();
        check(self.phases.len() <= MAX_CUTS, problem, "merge some")?;
        let mut end = 0.0;
        for &(from, to, density) in &self.phases {
            let problem = || format!("density = {density} is not above 0 and at most 1");
            check(density > 0.0 && density <= 1.0, problem, "give the share that is left; 1 is dense")?;
            let problem = || format!("a phase begins at {from} where the one before it ends at {end}");
            check(from == end, problem, "leave no gap and no overlap")?;
            let good = to.is_finite() && to > from;
            check(good, || format!("a phase from {from} ends at {to}"), "swap them")?;
            end = to;
        }
        Ok(())
    }

    fn translate(&self, extent: Extent) -> Result<Schedule> {
        let length = self.unit.length(&extent)?;
        let end = self.phases.last().map_or(0.0, |phase| phase.1);
        if (end / length - 1.0).abs() > 1e-9 {
            let problem = format!("the phases end at {end} and the run at {length} {}", self.unit.noun());
            return Err(refuse(problem, "make them end together"));
        }
        let mut cuts: Vec<(f64, f64)> =
            self.phases.iter().map(|&(from, _, density)| (from, 1.0 - density)).collect();
        let (_, first) = cuts.remove(0);
        Ok(Staircase::new(self.unit, cuts).with_initial_sparsity(first).into())
    }

    fn target(&self) -> f64 {
        self.phases.last().map_or(0.0, |phase| 1.0 - phase.2)
    }
}
