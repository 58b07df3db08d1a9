//! Fits of tables of a few rows, by every law.

use nbar::optimize::Starts;
use nbar::{
    BootstrapOptions, Ensemble, FitOptions, ObservationOptions, Run, Schedule, Sweep, fit_scaling_law, law,
    schedule::Unit,
};

/// The first byte is the law, the next how the fit is made; each row is four bytes.
pub(crate) fn run(data: &[u8]) {
    let [which, how, rows @ ..] = data else { return };
    let names = law::NAMES;
    let Ok(law) = law::by_name(names[usize::from(*which) % names.len()]) else { return };
    let runs: Vec<Run> = rows
        .chunks_exact(4)
        .take(16)
        .enumerate()
        .map(|(index, row)| {
            let [n, d, loss, sparse] = [row[0], row[1], row[2], row[3]];
            let params = 1e6 * f64::from(n >> 2).exp2().sqrt();
            let tokens = 1e7 * f64::from(d >> 2).exp2().sqrt();
            let run = Run::dense(format!("r{index}"), params, tokens, 0.5 + f64::from(loss) / 32.0);
            if how & 4 == 0 || sparse < 128 {
                return run;
            }
            let cut = Schedule::one_shot(
                f64::from(sparse & 63) / 64.0,
                f64::from(sparse & 31) / 32.0,
                Unit::Fraction,
            );
            run.with_schedule(cut)
        })
        .collect();
    let Ok(sweep) = Sweep::from_runs(runs) else { return };
    let Ok(observations) = sweep.observations(&ObservationOptions::default()) else { return };
    // All starts take ten times as long as one: a sixteenth of the fits have them.
    let starts =
        if how & 120 == 0 { Starts::Screened } else { Starts::Random { count: 1, seed: u64::from(*how) } };
    let options = FitOptions::default().with_law(law).with_jobs(1).with_starts(starts);
    let Ok(fit) = fit_scaling_law(&observations, &options) else { return };
    // Replicates are audited from all starts too: an eighth of the fits have them.
    let ensemble = match how & 7 {
        7 => fit.bootstrap(&BootstrapOptions::default().with_replicates(2)),
        _ => Ok(Ensemble::without_draws(fit)),
    };
    let Ok(ensemble) = ensemble else { return };
    let _ = ensemble.predict(1e9, 2e10);
    if how & 1 == 1 {
        let _ = ensemble.allocate(1e22, &Default::default());
    }
}
