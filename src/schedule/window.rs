//! Windows of pruning that are assumed, in place of those that a sweep gives.

use std::fmt;

use super::{Extent, Ramp, Schedule, Staircase, Unit};
use crate::{Error, Result};

/// From where to where runs were pruned, in a unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PruneWindow {
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) unit: Unit,
}

impl PruneWindow {
    /// A window that ends after it starts.
    ///
    /// # Errors
    /// [`Error::Option`] for ends that are no finite numbers of at least 0 or in the wrong order, and for shares above 1.
    pub(crate) fn new(start: f64, end: f64, unit: Unit) -> Result<Self> {
        let refuse =
            |problem, remedy| Err(Error::option("prune_window", format!("{start}..{end}"), problem, remedy));
        if !(start.is_finite() && end.is_finite() && start >= 0.0) {
            return refuse("has an end that is not a finite number, at least 0", "write START..END");
        }
        if end <= start {
            return refuse("does not end after it starts", "write START..END, as in 10%..50%");
        }
        if matches!(unit, Unit::Fraction | Unit::Compute) && end > 1.0 {
            let remedy = "write shares, as in 10%..50%, or say `prune_unit=step` or `prune_unit=token`";
            return refuse("ends after the run does", remedy);
        }
        Ok(Self { start, end, unit })
    }
}

impl fmt::Display for PruneWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, end, unit } = *self;
        // 0.07 × 100 is not 7; its shortest form with 12 digits is.
        let percent = |share: f64| format!("{:.11e}", 100.0 * share).parse().unwrap_or(100.0 * share);
        match unit {
            Unit::Fraction => write!(f, "{}%..{}% of the tokens", percent(start), percent(end)),
            Unit::Compute => write!(f, "{}%..{}% of the FLOPs", percent(start), percent(end)),
            Unit::Step | Unit::Token => write!(f, "{start}..{end} {}", unit.noun()),
        }
    }
}

impl Schedule {
    /// Where sparsity starts to change and where it ends, in its own unit; none where it never does.
    ///
    /// # Errors
    /// What a tool refuses of a run of this extent.
    pub(crate) fn span(&self, extent: Extent) -> Result<Option<(f64, f64)>> {
        Ok(match self {
            Schedule::Dense | Schedule::Constant { .. } => None,
            Schedule::Ramp(ramp) => Some((ramp.start, ramp.end)),
            Schedule::Staircase(Staircase { cuts, .. }) => {
                cuts.first().zip(cuts.last()).map(|(a, b)| (a.0, b.0))
            }
            Schedule::Tool(dialect) => dialect.schedule(extent)?.span(extent)?,
        })
    }

    /// The same course with its [span](Self::span), which is no point, stretched onto a window: as many cuts, as far apart from
    /// each other.
    pub(crate) fn stretched(&self, extent: Extent, window: PruneWindow) -> Result<Schedule> {
        let PruneWindow { start, end, unit } = window;
        let (from, to) = self.span(extent)?.unwrap_or((start, end));
        let scale = (end - start) / (to - from);
        Ok(match self {
            Schedule::Dense | Schedule::Constant { .. } => self.clone(),
            Schedule::Ramp(ramp) => {
                let every = ramp.every.map(|every| every * scale);
                Ramp { start, end, unit, every, ..ramp.clone() }.into()
            }
            Schedule::Staircase(Staircase { initial_sparsity, cuts, .. }) => {
                let cuts = cuts.iter().map(|(at, sparsity)| (start + (at - from) * scale, *sparsity));
                Staircase::new(unit, cuts.collect()).with_initial_sparsity(*initial_sparsity).into()
            }
            Schedule::Tool(dialect) => dialect.schedule(extent)?.stretched(extent, window)?,
        })
    }
}
