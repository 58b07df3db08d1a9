//! How far do runs scatter that differ in their seed alone, how far evaluations of one run, and does the law miss more than that?
#![allow(clippy::print_stdout)] // Printing is what an example is for.

use nbar::fit::Scatter;
use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};

/// Nine sizes and lengths, three seeds, of which the first was evaluated four times.
fn table() -> String {
    let mut table = "run,params,tokens,seed,evaluation,loss\n".to_owned();
    for place in 0..9 {
        let (n, d) = (1e8 * 4f64.powi(place % 3), 4e9 * 4f64.powi(place / 3));
        let loss = 1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37);
        for seed in 0..3 {
            for evaluation in 0..if seed == 0 { 4 } else { 1 } {
                let noise =
                    [f64::from(11 * place + 5 * seed).sin(), f64::from(7 * place + 3 * evaluation).cos()];
                let measured = loss * (0.003 * noise[0] + 0.001 * noise[1]).exp();
                table += &format!("size{place},{n},{d},{seed},{evaluation},{measured}\n");
            }
        }
    }
    table
}

fn main() -> nbar::Result<()> {
    let sweep = Sweep::from_csv_str("seeds.csv", &table())?;
    for (name, weight) in [("rows alike", None), ("weighed by repeats", Some("repeats:1"))] {
        let mut observations = sweep.observations(&ObservationOptions::default())?;
        if let Some(weight) = weight {
            observations = observations.with_power_weights(weight.parse()?)?;
        }
        let fit = fit_scaling_law(&observations, &FitOptions::default())?;
        println!("{name}: alpha {:.4}", fit.parameter("alpha").unwrap_or(f64::NAN));
        let Some(repeats) = fit.repeats() else { continue };
        println!("  {} evaluations of {} runs of {} places", repeats.evaluations, repeats.runs, repeats.sets);
        let line = |what: &str, of: Option<Scatter>| {
            if let Some(of) = of {
                let [low, high] = of.interval.map(|end| 100.0 * end);
                println!("  {what:<12} {:.2} % of L ({low:.2} to {high:.2} %)", 100.0 * of.deviation);
            }
        };
        line("runs", repeats.run);
        line("evaluations", repeats.evaluation);
        println!("  the law misses the places' means by no more: p = {:.2}", repeats.p.unwrap_or(f64::NAN));
    }
    Ok(())
}
