//! nbar fits scaling laws to training runs, sparse and dense alike.
//!
//! It reads what was trained and what it scored, integrates the **average parameter count over training**
//! `N̄ = (1/D) ∫ N(t) dt` of each run (Jin et al. 2025, arXiv 2501.12486), fits `L = E + A/N̄^α + B/D^β`, says
//! how sure it is, and predicts what the next budget will buy. The modules are the method, in order:
//!
//! 1. [`run`]: training runs and sweeps of them; [`read`] makes them of tables and logs;
//!    [`mod@inspect`] says what is in it, and what is odd about it;
//! 2. [`schedule`]: how the density of a network falls while it trains, and N̄ or any other power mean of its
//!    parameter count, exactly;
//! 3. [`observation`]: the columns that a law is fitted to;
//! 4. [`law`]: formulas for the loss, as tables of terms or as code;
//! 5. [`optimize`]: from starts to minima of the objective (the sum of Huber's ρ over residuals of ln L);
//! 6. [`fit`]: the optimum, what agrees on it, and what to know before believing it;
//! 7. [`bootstrap`]: how far it moves with other runs, and the intervals that follow;
//! 8. [`diagnose`]: what other δ, a handful of runs, or one parameter held make of it;
//! 9. [`predict`]: the loss of a new run;
//! 10. [`answer`]: the best run for a budget or a loss, sparse or dense, in whole steps; pairs that match;
//!     [`design`]: the next runs; [`network`]: shapes of networks;
//! 11. [`mod@holdout`]: runs that the fit has not seen, and how well it foretells them; [`registration`]: forecasts that are published, and what came of them;
//!     [`mod@forecast`]: where curves of runs that are not finished will end;
//! 12. [`mod@compare`]: laws and sizes side by side, on the same runs; [`mod@versus`]: two recipes; [`families`]: groups with shared parameters;
//!     [`mod@isoflop`]: minima of budgets, beside a law;
//! 13. [`report`]: saved fits; `plot` (feature `plot`): figures as SVG, PNG and PDF.
//!
//! [`error`], [`units`] and [`observe`] (progress, and stopping) serve all of them.
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

#[macro_use]
mod macros;

pub mod answer;
#[doc(hidden)]
pub mod bench;
mod bend;
pub mod bootstrap;
pub mod compare;
pub mod design;
pub mod diagnose;
mod document;
pub mod error;
pub mod families;
mod finding;
pub mod fit;
pub mod forecast;
pub mod holdout;
pub mod inspect;
pub mod isoflop;
mod kernel;
pub mod law;
pub mod network;
mod numeric;
mod objective;
pub mod observation;
pub mod observe;
pub mod optimize;
#[cfg(feature = "plot")]
pub mod plot;
pub mod predict;
pub mod read;
pub mod registration;
pub mod report;
pub mod run;
pub mod schedule;
pub mod units;
pub mod versus;

pub use answer::{AllocationOptions, PlanOptions};
pub use bootstrap::{BootstrapOptions, Ensemble, Estimate};
pub use document::Document;
pub use error::{Error, Result};
pub use fit::{Fit, FitOptions, Residual, Rho, Warning, fit_scaling_law};
pub use holdout::{HoldOut, HoldoutReport, holdout};
pub use inspect::{Inspection, inspect};
pub use law::Law;
pub use observation::{Checkpoints, LossAt, ObservationOptions, Observations, Size};
pub use observe::{Observer, Progress};
pub use optimize::Starts;
pub use predict::{NewRun, Prediction};
pub use read::ReadOptions;
pub use report::Report;
pub use run::{Checkpoint, Run, Sweep};
pub use schedule::{Extent, Network, Schedule, Trajectory};

/// The pages whose code runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../docs/guide.md")]
struct Pages;
