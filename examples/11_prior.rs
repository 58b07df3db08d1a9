//! Fits a law to few runs, with and without what is known of E from elsewhere, and prints how much the prior decides.
#![allow(clippy::print_stdout)] // Printing is what an example is for.

use nbar::fit::Prior;
use nbar::{BootstrapOptions, FitOptions, ObservationOptions, ReadOptions, Sweep, fit_scaling_law};

fn main() -> nbar::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/overtraining.csv");
    let sweep = Sweep::from_csv_path_with(path, &ReadOptions::default().with_filter("group=rpj"))?;
    let observations = sweep.observations(&ObservationOptions::default())?;
    let known = Prior::Normal { centre: 1.7, s: 0.05 };
    let options = [FitOptions::default(), FitOptions::default().with_prior("E", known)];
    for (name, options) in ["without", "with E=1.7+-0.05"].iter().zip(options) {
        let fit = fit_scaling_law(&observations, &options)?;
        let ensemble = fit.bootstrap(&BootstrapOptions::default())?;
        println!("{name}:");
        for parameter in ["E", "A", "B", "alpha", "beta"] {
            let Some(estimate) = ensemble.parameter(parameter) else { continue };
            let [lower, upper] = estimate.interval;
            println!("  {parameter:<6}{:>10.4}  {lower:.4} to {upper:.4}", estimate.estimate);
        }
        for (parameter, share) in fit.decided_by_priors()? {
            println!("  the prior decides {:.0} % of {parameter}", 100.0 * share);
        }
    }
    Ok(())
}
