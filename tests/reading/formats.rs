//! What tools write, read through the front door: one file a format.

mod consoles;
mod datadecide;
mod hf_trainer;
mod json;
mod levanter;
mod logged_counts;
mod megatron;
mod metrics;
mod olmo;
mod printed;
mod run_table;
mod tensorboard;
mod wandb_chart;
mod wandb_history;
mod wandb_tables;
