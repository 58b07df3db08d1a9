//! nbar fits scaling laws to training runs, sparse and dense alike.
//!
//! The modules are the method, in order:
//!
//! 1. [`run`]: a sweep of training runs, read from tables and validated;
//! 2. [`schedule`]: how the density of a network falls while it trains, and its power means over
//!    training, of which the average parameter count N̄ is the first.

mod average;
pub mod error;
pub mod observation;
pub mod run;
pub mod schedule;
pub mod units;

pub use error::{Error, Result};
pub use observation::{Checkpoints, ObservationOptions, Observations, Size};
pub use run::{Checkpoint, ReadOptions, Run, Sweep};
pub use schedule::{Extent, Network, Schedule, Trajectory};
