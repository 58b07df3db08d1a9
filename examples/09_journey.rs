//! Which average of N(t) makes sparse and dense runs one law? Fitted to dense runs, asked of pruned ones, window by window.
//!
//! `cargo run --release --example 09_journey` on the runs of data/journey.csv whose learning rate falls to 0: RMS of ln L, in
//! percent, of runs that were not fitted. The laws of a mean are fitted to the dense runs alone. `schedule` has two parameters for pruned ones, so it is fitted to the
//! dense runs and to all windows but the one of the row.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;

use nbar::predict::NewRun;
use nbar::{FitOptions, ObservationOptions, ReadOptions, Result, Run, Size, Sweep, fit_scaling_law, law};

/// Where a run was pruned and to what; dense runs have no window.
fn window(run: &Run) -> Option<String> {
    let trajectory = run.trajectory().ok()?;
    let (start, end) = trajectory.pruning_tokens()?;
    let share = |tokens: f64| 100.0 * tokens / run.extent().tokens;
    let gone = 100.0 * (1.0 - (trajectory.final_params() - run.fixed_params()) / run.params);
    Some(format!("{gone:.0} % gone, over {:.0} to {:.0} %", share(start), share(end)))
}

fn main() -> Result<()> {
    let options = ReadOptions::default().with_filter("lr_floor=0");
    let sweep = Sweep::from_csv_path_with("data/journey.csv", &options)?;
    let mut windows: BTreeMap<String, Vec<&Run>> = BTreeMap::new();
    for run in sweep.runs() {
        if let Some(name) = window(run) {
            windows.entry(name).or_default().push(run);
        }
    }
    let (dense, pruned): (Vec<&Run>, Vec<&Run>) = sweep.runs().iter().partition(|run| window(run).is_none());
    let own = |runs: Vec<&Run>| Sweep::from_runs(runs.into_iter().cloned().collect());
    let asked = [
        ("N̄", "chinchilla", Size::AVERAGE),
        ("final", "chinchilla", Size::Final),
        ("geometric", "chinchilla", Size::GEOMETRIC),
        ("schedule", "schedule", Size::AVERAGE),
    ];
    println!("{:<32} runs {}", "window", asked.map(|(name, ..)| format!("{name:>10}")).concat());
    for (name, runs) in &windows {
        let mut cells = String::new();
        for (_, law, size) in asked {
            let others = pruned.iter().filter(|run| law == "schedule" && window(run).as_ref() != Some(name));
            let fitted = own(dense.iter().chain(others).copied().collect())?;
            let observations = fitted.observations(&ObservationOptions::default().with_size(size))?;
            let fit = fit_scaling_law(&observations, &FitOptions::default().with_law(law::by_name(law)?))?;
            let mut square = 0.0;
            for run in runs {
                let error =
                    (run.checkpoints()[0].loss / fit.predict_run(&NewRun::new(run.trajectory()?))?).ln();
                square += error * error / runs.len() as f64;
            }
            cells += &format!("{:>10.1}", 100.0 * square.sqrt());
        }
        println!("{name:<32} {:>4} {cells}", runs.len());
    }
    Ok(())
}
