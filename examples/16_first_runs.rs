//! There is no run yet: which sweep tells the most about a target, if the law is about as others found it?
//!
//! `cargo run --release --example 16_first_runs` designs a sweep of 1e20 FLOPs for a run of 1e22.
#![allow(clippy::print_stdout)]

use nbar::design::{Expected, FirstRunsOptions};
use nbar::law::by_name;
use nbar::{Fit, Result};

/// Half an interval of a logarithm, as a factor.
fn within(of: Expected) -> f64 {
    (0.5 * of.width).exp()
}

fn main() -> Result<()> {
    let constants = [("E", 1.69), ("A", 406.4), ("B", 410.7), ("alpha", 0.34), ("beta", 0.28)];
    let guess = Fit::of_constants(by_name("chinchilla")?, &constants)?;
    let options = FirstRunsOptions::new(1e22, 1e20).with_noise(0.004).with_simulations(40);
    let first = guess.first_runs(&options)?;
    println!("at 1e22 FLOPs the guess has N* = {:.3e} and L = {:.3}", first.target_params, first.target_loss);
    for design in &first.designs {
        println!("{}: {}", design.layout, design.summary);
        println!("  N* within {:.2} x, L within {:.4} x", within(design.params), within(design.loss));
        if let Some(why) = &design.collinear {
            println!("  collinear: {why}");
        }
    }
    let best = &first.designs[first.chosen];
    println!(
        "\n{} is the best; its table, for nbar fit once the losses are there:\n{}",
        best.layout,
        best.table()
    );
    Ok(())
}
