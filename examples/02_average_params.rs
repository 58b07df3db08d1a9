//! The average parameter count of the eight 1B models of Jin et al. (2025, arXiv 2501.12486), integrated from
//! their pruning schedules, beside the average densities that their model cards publish.
#![allow(clippy::print_stdout)] // Printing is what an example is for.

use std::error::Error;

use nbar::Sweep;
use nbar::units::format_quantity;

fn main() -> Result<(), Box<dyn Error>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/sparsellm_1b.csv");
    let sweep = Sweep::from_csv_path(path)?;

    // A column that no law needs: read beside the sweep, by name.
    let mut table = csv::Reader::from_path(path)?;
    let headers = table.headers()?.clone();
    let column = |name: &str| headers.iter().position(|h| h == name).ok_or(format!("no column {name}"));
    let (id, density) = (column("run")?, column("published_average_density")?);
    let records = table.records().collect::<Result<Vec<_>, _>>()?;

    println!(
        "{:<28} {:>8} {:>8} {:>8} {:>8}  {:>9} {:>9}  {:>8}",
        "run", "tokens", "N0", "N-bar", "N-final", "density", "published", "N-bar/Nf"
    );
    for run in sweep.runs() {
        let trajectory = run.trajectory()?;
        let [initial, average, last] =
            [trajectory.initial_params(), trajectory.average_params(), trajectory.final_params()];
        let record = records.iter().find(|record| record.get(id).is_some_and(|name| name == run.id()));
        let published = record.and_then(|r| r.get(density)).filter(|d| !d.is_empty()).unwrap_or("-");
        println!(
            "{:<28} {:>8} {:>8} {:>8} {:>8}  {:>9.4} {:>9}  {:>8.3}",
            run.id(),
            format_quantity(run.extent().tokens, 4),
            format_quantity(initial, 4),
            format_quantity(average, 4),
            format_quantity(last, 4),
            average / initial,
            published,
            average / last,
        );
    }
    Ok(())
}
