//! My run is at 60 %: where will it end? Curves are followed to their planned ends, and a fit may read the forecasts.
//!
//! `cargo run --release --example 15_forecast` on data/gemstones_cool_end.csv, whose later rows are held back.
#![allow(clippy::print_stdout)]

use nbar::forecast::{ForecastOptions, forecast};
use nbar::{Result, Sweep};

fn main() -> Result<()> {
    let sweep = Sweep::from_csv_path("data/gemstones_cool_end.csv")?;
    // Each row of this table was cooled down, so that no row is higher for its learning rate.
    let options = ForecastOptions::default().with_to(1.1e11).with_lr_schedule("constant".to_owned());
    let found = forecast(&sweep, &options.with_stop(0.6))?;
    println!("{}, alpha {:.3}", found.law, found.alpha);
    for run in found.runs.iter().take(5) {
        let [low, high] = run.interval_90;
        let (now, end) = (run.last_loss, run.loss.estimate);
        print!("{}: {now:.4} now, {end:.4} at the end  ({low:.4} to {high:.4})", run.run);
        println!("{}", run.came.map_or_else(String::new, |came| format!(", {came:.4} came")));
    }
    if let Some(score) = found.score {
        println!("RMS error {:.4}, of the last rows {:.4}", score.rms, score.rms_of_last);
        println!("{:.0} % within 90 %, mean width {:.3}", 100.0 * score.within_90, score.width_90);
    }
    // A table of the final losses: forecasts of small error weigh more in a fit.
    let ends = Sweep::from_csv_str("forecasts.csv", &found.to_csv())?;
    println!("{} runs at their planned ends, for `nbar fit`", ends.len());
    Ok(())
}
