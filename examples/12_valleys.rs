//! Where are the valleys of a sweep, and does the law agree? Approach 2 of Hoffmann et al. (2022) beside approach 3.
//!
//! `cargo run --release --example 12_valleys` on the seven budgets of data/chinchilla_isoflop.csv.
#![allow(clippy::print_stdout)]

use nbar::isoflop::{IsoflopOptions, isoflop};
use nbar::{BootstrapOptions, Estimate, FitOptions, ObservationOptions, Result, Sweep, fit_scaling_law};

fn say(name: &str, of: Estimate) {
    let [low, high] = of.interval;
    println!("{name}  {:.4}  ({low:.4} to {high:.4})", of.estimate);
}

fn main() -> Result<()> {
    let sweep = Sweep::from_csv_path("data/chinchilla_isoflop.csv")?;
    let observations = sweep.observations(&ObservationOptions::default())?;
    let fit = fit_scaling_law(&observations, &FitOptions::default())?;
    let law = fit.bootstrap(&BootstrapOptions::default())?;
    let found = isoflop(&observations, &IsoflopOptions::default())?.beside(&law)?;
    for valley in &found.valleys {
        if let Some(params) = valley.params {
            let [low, high] = params.interval;
            println!("{:.0e} FLOPs: N* {:.3e}  ({low:.3e} to {high:.3e})", valley.flops, params.estimate);
        }
    }
    say("power of N*, parabolas", found.params.slope);
    say("power of D*, parabolas", found.tokens.slope);
    if let Some(law) = &found.law {
        say("power of N*, law      ", law.slopes[0]);
        println!("they differ by more than their intervals: {:?}", law.slopes_differ);
        println!(
            "what parabolas would add to the law's own power on this {} grid: {:+.4?}",
            found.grid, law.slope_bias
        );
    }
    Ok(())
}
