//! Densities over time: schedules by hand and by property, tools' dialects against simulations, logs, averages, figures.

#[path = "../common/mod.rs"]
mod common;

mod averages;
mod dialects;
#[cfg(feature = "plot")]
mod figures;
mod harm;
mod properties;
mod resolution;
mod trajectories;
