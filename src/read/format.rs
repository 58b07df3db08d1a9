//! Files as tools write them, recognised by what is in them.

mod blocks;
mod console;
pub(super) mod consoles;
mod datadecide;
mod documents;
mod hf_console;
mod hf_trainer;
pub(super) mod json;
mod levanter;
pub(super) mod lightning;
mod lingua;
mod llm_c;
mod log;
pub(super) mod megatron;
pub(super) mod names;
mod nanogpt;
mod neox;
mod olmo;
mod pairs;
mod pandas;
#[cfg(feature = "parquet")]
pub(super) mod parquet;
mod pruning_lines;
mod pruning_text;
mod pruning_words;
mod python_numbers;
mod tensorboard;
mod torchtitan;
pub(super) mod wandb_api;
pub(super) mod wandb_chart;
mod wandb_history;
pub(super) mod wandb_runs;
