//! Numbers that others found: optima from 40-digit arithmetic, published coefficients and objectives.

#[path = "../common/mod.rs"]
mod common;

mod bend;
mod optima;
mod published_laws;
mod repeated_data;
mod replicate;
