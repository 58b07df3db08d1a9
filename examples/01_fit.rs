//! Refits the sweep of Hoffmann et al. (2022) and prints the parameters, with bootstrap standard errors and 95 %
//! intervals, beside those that Besiroglu et al. (2024, arXiv 2404.10102) published for the same 240 runs.
#![allow(clippy::print_stdout)] // Printing is what an example is for.

use nbar::{BootstrapOptions, FitOptions, ObservationOptions, ReadOptions, Sweep, fit_scaling_law};

/// Parameter, estimate, standard error and 95 % interval in Besiroglu et al. (2024).
const PUBLISHED: [(&str, f64, f64, [f64; 2]); 5] = [
    ("E", 1.8172, 0.026, [1.769, 1.871]),
    ("A", 482.01, 124.5, [285.0, 744.0]),
    ("B", 2085.43, 1293.3, [1042.0, 5810.0]),
    ("alpha", 0.3478, 0.0154, [0.317, 0.373]),
    ("beta", 0.3658, 0.0206, [0.331, 0.415]),
];

fn main() -> nbar::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/chinchilla.csv");
    let sweep = Sweep::from_csv_path_with(path, &ReadOptions::default().with_filter("outlier=0"))?;
    let observations = sweep.observations(&ObservationOptions::default())?;
    let fit = fit_scaling_law(&observations, &FitOptions::default())?;
    let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(4000))?;

    println!("{} on {} runs\n", fit.law().spec().formula, observations.run_count());
    let cell = |value: f64| if value < 10.0 { format!("{value:.4}") } else { format!("{value:.1}") };
    let row = |estimate: f64, error: f64, [lower, upper]: [f64; 2]| {
        format!("{:>8} {:>8}  {:>8} to {:<8}", cell(estimate), cell(error), cell(lower), cell(upper))
    };
    println!("{:<7}{:^38}    published: least absolute deviations", "", "nbar: Huber, delta = 1e-3");
    let head = format!("{:>8} {:>8}  {:<20}", "estimate", "SE", "   95 % interval");
    println!("{:<7}{head}   {}", "", head.trim_end());
    for (name, estimate, error, ends) in PUBLISHED {
        let Some(ours) = ensemble.parameter(name) else { continue };
        let ours = row(ours.estimate, ours.std_error, ours.interval);
        println!("{name:<7}{ours}   {}", row(estimate, error, ends).trim_end());
    }
    println!(
        "\nobjective {:.13e}, relative gradient {:.0e}, {} of {} starts agree",
        fit.objective, fit.gradient_norm, fit.starts_at_optimum, fit.starts_tried
    );
    println!(
        "{} replicates, {} failed; {} audited by a search, {} disagreed",
        ensemble.options.replicates, ensemble.failed, ensemble.audited, ensemble.disagreed
    );
    for warning in &ensemble.fit.warnings {
        println!("warning: {warning}");
    }
    Ok(())
}
