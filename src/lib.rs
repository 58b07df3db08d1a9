//! nbar fits scaling laws to training runs, sparse and dense alike.
//!
//! The modules are the method, in order:
//!
//! 1. [`run`]: a sweep of training runs, read from tables and validated;
//! 2. [`schedule`]: how the density of a network falls while it trains, and its power means over
//!    training, of which the average parameter count N̄ is the first.

pub mod allocate;
pub mod bootstrap;
pub mod error;
pub mod fit;
pub mod kernel;
pub mod law;
mod objective;
pub mod observation;
pub mod optimize;
pub mod predict;
pub mod report;
pub mod run;
pub mod schedule;
mod statistics;
pub mod units;

pub use bootstrap::{BootstrapOptions, Ensemble};
pub use error::{Error, Result};
pub use fit::{Fit, FitOptions, fit_scaling_law};
pub use observation::{Checkpoints, ObservationOptions, Observations, Size};
pub use run::{Checkpoint, ColumnMapping, MappedBy, ReadOptions, Run, Sweep};
pub use schedule::{Extent, Network, Schedule, Trajectory};
