//! Schedules in the words of their tools, against simulations of the tools step by step.
//!
//! Each simulation is written straight from the tool's formula, as a loop over the steps that keeps a mask's
//! sparsity, and shares no code with the library.

mod files;
mod simulated;
mod worked;
