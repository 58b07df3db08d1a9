//! Do three data sets differ in everything, or in some parameters only, and what is a parameter worth in each?
#![allow(clippy::print_stdout)] // Printing is what an example is for.

use nbar::families::fit_by_group;
use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep};

fn main() -> nbar::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/overtraining.csv");
    let observations = Sweep::from_csv_path(path)?.observations(&ObservationOptions::default())?;
    for shared in [&["alpha", "beta"][..], &["E", "B", "alpha", "beta"]] {
        let family = fit_by_group(&observations, &FitOptions::default(), shared, Some("rpj"))?;
        println!("{} shared:", shared.join(", "));
        if let Some(separate) = family.separate {
            println!("  each group alone fits better with p = {:.1e}", separate.p);
        }
        println!("  one fit of all groups is as good with p = {:.1e}", family.pooled.p);
        let ensemble = family.fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
        for group in family.fit.groups() {
            let loss = ensemble.of_group(&group)?.predict(7e9, 1.4e11)?.loss;
            let [low, high] = loss.mean_interval;
            println!("  {group:<12} 7B, 140B tokens: {:.3} ({low:.3} to {high:.3})", loss.estimate);
            if let Some(kappa) = ensemble.counts_for(&group) {
                let [low, high] = kappa.interval;
                println!("  {:<12} a parameter counts for {:.2} ({low:.2} to {high:.2})", "", kappa.estimate);
            }
        }
    }
    Ok(())
}
