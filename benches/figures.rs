//! What a figure of a fit of 1,000 draws costs, over 200 ms: below 1 is what is asked for. All threads.
//!
//! `cargo bench --bench figures`.

#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::time::Instant;

use nbar::plot::{Figure, FigureOptions};
use nbar::report::Report;
use nbar::{BootstrapOptions, FitOptions, ObservationOptions, ReadOptions, Sweep, fit_scaling_law};

/// What a figure may take, in seconds.
const ALLOWED: f64 = 0.2;

/// The fastest of five, over what is allowed.
fn share(mut work: impl FnMut()) -> f64 {
    let one = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..5).map(one).fold(f64::INFINITY, f64::min) / ALLOWED
}

fn main() {
    let options = FigureOptions::default().with_width(150.0);
    type Kind = fn(&Report, &FigureOptions) -> nbar::Result<Figure>;
    let kinds: [(&str, Kind); 7] = [
        ("frontier", Figure::frontier),
        ("isoflop", Figure::isoflop),
        ("optimum", Figure::optimum),
        ("fit", Figure::fit),
        ("residuals", Figure::residuals),
        ("collapse", Figure::collapse),
        ("contours", Figure::contours),
    ];
    println!("{:12}{:12}{:>8}{:>8}{:>8}", "sweep", "kind", "drawing", "SVG", "PNG");
    for (name, filter) in [("chinchilla", "outlier=0"), ("t5_c4_sparse", ""), ("overtraining", "")] {
        let path = format!("{}/data/{name}.csv", env!("CARGO_MANIFEST_DIR"));
        let read = match filter {
            "" => ReadOptions::default(),
            filter => ReadOptions::default().with_filter(filter),
        };
        let sweep = Sweep::from_csv_path_with(path, &read).expect("a table of the repository");
        let observations = sweep.observations(&ObservationOptions::default()).expect("runs");
        let fit = fit_scaling_law(&observations, &FitOptions::default()).expect("enough runs");
        let ensemble = fit.bootstrap(&BootstrapOptions::default()).expect("draws");
        for (kind, draw) in kinds {
            // As from a file: nothing that an earlier figure worked out is kept.
            let report = || Report::Ensemble(ensemble.clone());
            let Ok(figure) = draw(&report(), &options) else { continue };
            let reports: Vec<Report> = (0..5).map(|_| report()).collect();
            let mut reports = reports.iter().cycle();
            let drawing = share(|| {
                black_box(reports.next().and_then(|report| draw(report, &options).ok()));
            });
            let svg = share(|| {
                black_box(figure.svg());
            });
            let png = share(|| {
                black_box(figure.png().is_ok());
            });
            println!("{name:12.11}{kind:12}{drawing:8.2}{svg:8.2}{png:8.2}");
        }
    }
}
