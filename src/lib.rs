//! nbar fits scaling laws to training runs, sparse and dense alike.
//!
//! It reads what was trained and what it scored, integrates the **average parameter count over training**
//! `N̄ = (1/D) ∫ N(t) dt` of each run (Jin et al. 2025, arXiv 2501.12486), fits `L = E + A/N̄^α + B/D^β`, says
//! how sure it is, and predicts what the next budget will buy. The modules are the method, in order:
//!
//! 1. [`run`]: a sweep of training runs, read from tables and validated;
//!    [`mod@inspect`] says what is in it, and what is odd about it;
//! 2. [`schedule`]: how the density of a network falls while it trains, and N̄ or any other power mean of its
//!    parameter count, exactly;
//! 3. [`observation`]: the columns that a law is fitted to;
//! 4. [`law`]: formulas for the loss, as tables of terms or as code;
//! 5. [`optimize`]: from starts to minima of the objective (the sum of Huber's ρ over residuals of ln L);
//! 6. [`fit`]: the optimum, what agrees on it, and what to know before believing it;
//! 7. [`sensitivity`] and [`influence`]: what other δ, or a handful of runs, make of it;
//! 8. [`profile`]: the objective along one parameter, and the intervals that follow;
//! 9. [`bootstrap`]: how far it moves with other runs, and the intervals that follow;
//! 10. [`predict`] and [`allocate`]: the loss of a new run, and the best run for a budget;
//! 11. [`plan`]: sparse or dense, in whole steps and layers, and pairs that match;
//! 12. [`mod@holdout`]: runs that the fit has not seen, and how well it foretells them;
//! 13. [`mod@compare`]: laws and sizes side by side, on the same runs;
//! 14. [`report`]: saved fits; `plot` (feature `plot`): figures as SVG.
//!
//! [`error`] and [`units`] serve all of them; [`kernel`] is the arithmetic underneath.
//!
//! ```
//! use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
//! let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
//! let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
//! let prediction = fit.bootstrap(&BootstrapOptions::default())?.predict(7e9, 1.4e11)?;
//! println!("loss {:.3}, interval {:.3?}", prediction.loss.estimate, prediction.loss.run_interval);
//! # Ok::<(), nbar::Error>(())
//! ```
#![deny(unsafe_code)]

pub mod allocate;
#[doc(hidden)]
pub mod bench;
pub mod bootstrap;
pub mod compare;
mod document;
pub mod error;
pub mod fit;
pub mod holdout;
pub mod influence;
pub mod inspect;
pub mod kernel;
pub mod law;
mod numeric;
mod objective;
pub mod observation;
pub mod optimize;
pub mod plan;
#[cfg(feature = "plot")]
pub mod plot;
pub mod predict;
pub mod profile;
pub mod report;
pub mod run;
pub mod schedule;
pub mod sensitivity;
pub mod units;

pub use bootstrap::{BootstrapOptions, Ensemble};
pub use document::Document;
pub use error::{Error, Result};
pub use fit::{Fit, FitOptions, Residual, RobustLoss, fit_scaling_law};
pub use holdout::{HoldOut, HoldoutReport, holdout};
pub use inspect::{Inspection, inspect};
pub use observation::{Checkpoints, LossAt, ObservationOptions, Observations, Size};
pub use run::{Checkpoint, ColumnMapping, MappedBy, ReadOptions, Run, Sweep};
pub use schedule::{Extent, Network, Schedule, Trajectory};

/// The README, whose code runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
