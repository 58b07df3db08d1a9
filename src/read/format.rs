//! Files as tools write them, recognised by what is in them.

mod datadecide;
mod documents;
mod hf_trainer;
pub(super) mod json;
mod levanter;
mod log;
pub(super) mod megatron;
pub(super) mod names;
mod olmo;
#[cfg(feature = "parquet")]
pub(super) mod parquet;
mod python_numbers;
mod tensorboard;
pub(super) mod wandb_chart;
mod wandb_history;
