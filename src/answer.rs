//! What a budget of compute should buy, what a loss costs, and whether to prune.

mod allocate;
pub(crate) mod engine;
mod plan;
mod recipe;
mod regret;
mod solve;
mod twin;
mod twin_report;
mod twins;
mod usual;
mod window;

pub use allocate::Allocation;
pub use engine::{AllocationOptions, Bill, LimitedBy, Prices, RunShape};
pub use plan::{BreakEven, EqualLoss, Plan, PlanOptions, PlannedRun};
pub use recipe::Recipe;
pub use regret::{OtherSize, Regret};
pub use solve::Answer;
pub use twin::{SparseTwin, TwinOptions, Wanted, dense_twin, sparse_twin};
pub use twin_report::{SparseSide, TwinReport, TwinRun};
pub use twins::{TwinLosses, Twins};
pub use window::{BestWindow, WindowCost};
