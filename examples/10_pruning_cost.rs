//! What did pruning cost? What a parameter of pruned runs, averaged over training, counts for in those of dense runs.
//!
//! `cargo run --release --example 10_pruning_cost` on the runs of data/journey.csv whose learning rate falls to 0. One law for all, but for A: a group's
//! `A_g/N̄^α` is `A/(κ N̄)^α`. κ = 1 is what the average parameter count promises.
#![allow(clippy::print_stdout)]

use nbar::families::fit_by_group;
use nbar::{BootstrapOptions, FitOptions, ObservationOptions, ReadOptions, Result, Run, Sweep};

/// How much of its weights a run lost, and when.
fn recipe(run: &Run) -> Result<String> {
    let trajectory = run.trajectory()?;
    let Some((_, end)) = trajectory.pruning_tokens() else { return Ok("dense".to_owned()) };
    let gone = 100.0 * (1.0 - (trajectory.final_params() - run.fixed_params()) / run.params);
    let when = match end / run.extent().tokens {
        share if share <= 0.51 => "by mid-run",
        share if share <= 0.81 => "by 80 %",
        _ => "by 95 %",
    };
    Ok(format!("{gone:.0} % gone {when}"))
}

fn main() -> Result<()> {
    let options = ReadOptions::default().with_filter("lr_floor=0");
    let sweep = Sweep::from_csv_path_with("data/journey.csv", &options)?;
    let runs =
        sweep.runs().iter().map(|run| Ok(run.clone().with_group(recipe(run)?))).collect::<Result<_>>()?;
    let observations = Sweep::from_runs(runs)?.observations(&ObservationOptions::default())?;
    let shared = ["E", "B", "alpha", "beta"];
    let family = fit_by_group(&observations, &FitOptions::default(), &shared, Some("dense"))?;
    let ensemble = family.fit.bootstrap(&BootstrapOptions::default())?;
    println!("{:<24} runs  κ     95 % interval", "recipe");
    for (group, rows) in observations.by_group() {
        if let Some(kappa) = ensemble.counts_for(&group) {
            let [low, high] = kappa.interval;
            println!("{group:<24} {:>4}  {:.3}  {low:.3} to {high:.3}", rows.run_count(), kappa.estimate);
        }
    }
    println!("the groups differ from each other: p = {:.0e}", family.pooled.p);
    Ok(())
}
