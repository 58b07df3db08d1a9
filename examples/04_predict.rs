//! What would the next budget buy? Fits the sweep of Hoffmann et al. (2022), then predicts ever larger dense runs
//! at 20 tokens a parameter, and one that is pruned to 80 % sparsity while it trains.
#![allow(clippy::print_stdout)] // Printing is what an example is for.

use nbar::predict::Prediction;
use nbar::schedule::{Ramp, Shape, Unit};
use nbar::units::format_quantity;
use nbar::{
    BootstrapOptions, Extent, FitOptions, Network, ObservationOptions, ReadOptions, Result, Schedule, Sweep,
    fit_scaling_law,
};

fn main() -> Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/chinchilla.csv");
    let sweep = Sweep::from_csv_path_with(path, &ReadOptions::default().with_filter("outlier=0"))?;
    let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    let ensemble = fit.bootstrap(&BootstrapOptions::default())?;

    println!(
        "{:<14} {:>7} {:>7} {:>9}  {:>6}  {:^16}  {:^16}  {:>13}",
        "run", "N-bar", "tokens", "FLOPs", "loss", "the law lies in", "a run would land", "FLOPs / sweep"
    );
    let show = |name: &str, prediction: &Prediction| {
        let loss = prediction.loss;
        println!(
            "{name:<14} {:>7} {:>7} {:>9.2e}  {:>6.4}  {:.4} to {:.4}  {:.4} to {:.4}  {:>13}",
            format_quantity(prediction.average_params, 3),
            format_quantity(prediction.tokens, 3),
            prediction.flops,
            loss.estimate,
            loss.mean_interval[0],
            loss.mean_interval[1],
            loss.run_interval[0],
            loss.run_interval[1],
            format!("x {}", format_quantity(prediction.extrapolation.flops, 3)),
        );
    };
    for params in [1e9, 7e9, 70e9, 700e9] {
        show("dense", &ensemble.predict(params, 20.0 * params)?);
    }
    // 7B pruned to 1.4B between a quarter and three quarters of the compute, geometrically.
    let schedule = Schedule::from(Ramp::new(Shape::Geometric, 0.8, 0.25, 0.75, Unit::Compute));
    let trajectory = schedule.trajectory(Network::new(7e9), Extent::new(140e9))?;
    show("pruned to 20 %", &ensemble.predict(trajectory.average_params(), 140e9)?);
    println!(
        "\nLosses in nats a token; intervals at 95 %. Beyond the sweep the intervals hold as far as the law"
    );
    println!(
        "does. That N-bar stands for a pruned run's N is the claim of Jin et al. (2025), which these dense"
    );
    println!("runs do not test; the pruned run ends with {}.", format_quantity(trajectory.final_params(), 3));
    Ok(())
}
