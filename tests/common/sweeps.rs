//! The published sweeps of data/, and sweeps of a known truth.

use nbar::law::{Law, chinchilla};
use nbar::{ObservationOptions, Observations, ReadOptions, Size, Sweep};

/// Table `name` of data/: of chinchilla the 240 runs that are no outliers, of the others all.
pub(crate) fn published(name: &str) -> Sweep {
    let options = ReadOptions::default();
    let options = if name == "chinchilla" { options.with_filter("outlier=0") } else { options };
    Sweep::from_csv_path_with(format!("data/{name}.csv"), &options).unwrap()
}

/// The last row of each run of a table of data/, with N̄ as N.
pub(crate) fn runs_of(name: &str) -> Observations {
    runs_by(name, Size::AVERAGE)
}

/// The last row of each run of a table of data/, with this N.
pub(crate) fn runs_by(name: &str, size: Size) -> Observations {
    published(name).observations(&ObservationOptions::default().with_size(size)).unwrap()
}

/// E, A, B, α and β of a sweep that is made up.
pub(crate) const TRUTH: [f64; 5] = [1.7, 400.0, 2000.0, 0.35, 0.37];

/// A grid of `sizes` × `lengths` runs over three decades of each, with losses of the truth times e^noise.
pub(crate) fn grid(sizes: usize, lengths: usize, noise: impl Fn(usize) -> f64) -> Observations {
    let at = |i: usize, of: usize| 10f64.powf(3.0 * i as f64 / of as f64);
    let runs = (0..sizes * lengths).map(|k| (1e7 * at(k / lengths, sizes), 1e8 * at(k % lengths, lengths)));
    made_up(&runs.collect::<Vec<_>>(), noise)
}

/// Runs of these N and D, with losses of the truth times e^noise.
pub(crate) fn made_up(runs: &[(f64, f64)], noise: impl Fn(usize) -> f64) -> Observations {
    let loss = |(i, (n, d)): (usize, &(f64, f64))| chinchilla().loss(&TRUTH, &[*n, *d]) * noise(i).exp();
    let losses = runs.iter().enumerate().map(loss).collect();
    let (params, tokens) = runs.iter().copied().unzip();
    Observations::new(params, tokens, losses).unwrap()
}
