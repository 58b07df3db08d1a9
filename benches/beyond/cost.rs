//! What the bend costs, and how far it is from the same by matrices of n × n.

use std::time::Instant;

use nbar::{AllocationOptions, BootstrapOptions, FitOptions, Observations, Result, fit_scaling_law};

use crate::dense;
use crate::random::Random;
use crate::truth::LAW;

/// Where a bend is asked for.
const AT: [[f64; 2]; 4] = [[1e9, 2e10], [7e9, 1.4e11], [7e10, 1.4e12], [1e11, 1e11]];
/// Predictions over which their time is a mean.
const ASKED: usize = 50;

/// Runs whose sizes and lengths differ by factors of 300 and 100; the law is off by .2 % in a wave of three e-folds.
fn sweep(runs: usize) -> Result<Observations> {
    let mut random = Random::new(runs as u64);
    let (mut n, mut d, mut loss) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        let params = 4e7 * 300f64.powf(random.uniform());
        let tokens = params * 3.0 * 100f64.powf(random.uniform());
        let off = 0.002 * (params.ln() / 1.5).sin() + 0.003 * random.normal();
        n.push(params);
        d.push(tokens);
        loss.push(LAW.loss(params, tokens) * off.exp());
    }
    Observations::new(n, d, loss)
}

/// Milliseconds of a piece of work, and what it gives.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let found = work();
    (1e3 * start.elapsed().as_secs_f64(), found)
}

#[allow(clippy::print_stdout)]
pub(crate) fn print(dense_too: bool) -> Result<()> {
    println!(
        "| rows | fit, ms | with 1,000 replicates | first prediction | each further | without a bend | allocation | without a bend \
         | shift off by | deviation off by |\n|---|---|---|---|---|---|---|---|---|---|"
    );
    for runs in [60, 240, 2000, 10_000] {
        let sweep = sweep(runs)?;
        let (fitting, fit) = timed(|| fit_scaling_law(&sweep, &FitOptions::default().with_jobs(1)));
        let fit = fit?;
        let (drawing, ensemble) = timed(|| fit.bootstrap(&BootstrapOptions::default()));
        let mut ensemble = ensemble?;
        let [n, d] = AT[2];
        let (first, prediction) = timed(|| ensemble.predict(n, d));
        let _ = prediction?;
        let mut each = [0.0; 2];
        let mut allocating = [0.0; 2];
        for (place, bend) in [true, false].into_iter().enumerate() {
            ensemble.options.bend = bend;
            let (time, answers) =
                timed(|| (0..ASKED).map(|_| ensemble.predict(n, d)).collect::<Result<Vec<_>>>());
            (each[place], _) = (time / ASKED as f64, answers?);
            let (time, answer) = timed(|| ensemble.allocate(1e23, &AllocationOptions::default()));
            (allocating[place], _) = (time, answer?);
        }
        ensemble.options.bend = true;
        let exact = (dense_too && runs <= 2000).then(|| dense::bend(&ensemble.fit, &AT)).flatten();
        let mut off = [String::from("-"), String::from("-")];
        if let Some(exact) = exact {
            let mut most = [0.0f64; 2];
            for ([n, d], [shift, deviation]) in AT.iter().zip(exact) {
                let Some(bend) = ensemble.predict(*n, *d)?.loss.bend else { continue };
                most[0] = most[0].max((bend.shift - shift).abs() / deviation);
                most[1] = most[1].max((bend.std_error / deviation - 1.0).abs());
            }
            off = most.map(|share| format!("{share:.1e}"));
        }
        let cells: Vec<String> = [fitting, drawing, first, each[0], each[1], allocating[0], allocating[1]]
            .map(|ms| format!("{ms:.2}"))
            .into();
        println!("| {runs} | {} | {} | {} |", cells.join(" | "), off[0], off[1]);
    }
    println!(
        "\nMilliseconds; replicates and allocations on all processors, the rest on one. The first prediction of a fit works out the bend. Off by: the\n\
         most over four places, over the deviation, against matrices of n x n (`cost exact`)."
    );
    Ok(())
}
