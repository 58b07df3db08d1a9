//! What is known beforehand comes back: hidden truths, every law, restrictions, bounds, priors, weights, losses and diagnostics.

#[path = "../common/mod.rs"]
mod common;

mod bnsl;
mod bounds;
mod clusters;
mod density;
mod diagnostics;
mod few_large;
mod formulas;
mod hidden_truths;
mod kinds;
mod linear;
mod losses;
mod order;
mod priors;
mod registry;
mod restrictions;
mod together;
mod units;
mod weights;
