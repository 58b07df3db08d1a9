//! The law of density on sweeps like Wu's: the global optimum from the default starts.

use std::sync::Arc;

use nbar::law::{Law, SparseDensity};
use nbar::optimize::Starts;
use nbar::{FitOptions, fit_scaling_law};

use crate::common::claims::Claims;
use crate::common::density;

fn options(law: impl Law + 'static) -> FitOptions {
    FitOptions::default().with_law(Arc::new(law))
}

#[test]
fn exact_losses_give_the_published_coefficients_back() {
    let fit = fit_scaling_law(&density::sweep(0.0, 1).unwrap(), &options(SparseDensity::default())).unwrap();
    for ((p, found), expected) in
        fit.law().spec().parameters.iter().zip(&fit.parameters).zip(density::truth())
    {
        // Residuals of some 1e-15; ε, of 0.01, is the worst known.
        assert!((found / expected - 1.0).abs() < 1e-9, "{}: {found}, not {expected}", p.name);
    }
}

/// The same law, searched within a thousandth of the truth alone.
fn near() -> Claims {
    let law: Arc<dyn Law> = Arc::new(SparseDensity::default());
    let mut near = Claims::nothing(&law);
    for (p, value) in near.spec.parameters.iter_mut().zip(density::truth()) {
        (p.low, p.high) = (value - 1e-3 * value.abs(), value + 1e-3 * value.abs());
    }
    near
}

#[test]
fn the_global_optimum_is_found_in_every_noisy_sweep() {
    let mut missed = Vec::new();
    for seed in 1..=25 {
        let observations = density::sweep(0.005, seed).unwrap();
        let fit = fit_scaling_law(&observations, &options(SparseDensity::default())).unwrap();
        assert!(fit.termination.is_converged(), "seed {seed}: {:?}", fit.termination);
        // What searches everything is a search from the truth and one from many random starts, of which `benches/hard_laws`
        // makes more: here on every fifth sweep.
        let random = |count| Starts::Random { count, seed };
        let near = options(near()).with_starts(random(4));
        let far = (seed % 5 == 0).then(|| options(SparseDensity::default()).with_starts(random(200)));
        for other in [near].into_iter().chain(far) {
            let best = fit_scaling_law(&observations, &other).unwrap().objective;
            if fit.objective > best * (1.0 + 1e-7) {
                missed.push((seed, fit.objective, best));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}
