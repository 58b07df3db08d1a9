//! What is saved comes back: fits with and without draws, fits of constants, schedules, and documents that figures read.

use std::sync::Arc;

use nbar::bootstrap::{Interval, Resample};
use nbar::compare::Candidates;
use nbar::law::{Input, Law, NAMES, Parameter, Scale, by_name};
use nbar::observation::PowerWeight;
#[cfg(feature = "plot")]
use nbar::plot::Figure;
use nbar::report::Report;
use nbar::schedule::{Ramp, Shape, Unit};
use nbar::{
    AllocationOptions, BootstrapOptions, Document, Fit, FitOptions, HoldOut, Observations, PlanOptions,
    Residual, Rho, Schedule, fit_scaling_law, holdout,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::common::every_law::{losses, runs, truths};
use crate::common::noise::even;

/// Losses of a law's truth times at most e^noise, in rows of three weights.
fn sweep(law: &dyn Law, n: usize, noise: f64, weight: f64) -> Observations {
    let exact = losses(law, &truths(law)[0], &runs(n, vec![1.0; n]));
    let made = exact.iter().enumerate().map(|(i, loss)| loss * (noise * even(i)).exp()).collect();
    runs(n, made).with_weights((0..n).map(|i| weight.powi((i % 3) as i32)).collect()).unwrap()
}

/// Any law with losses of its truth, with noise of this size, none included: what a search of it makes, good or bad.
fn any_fit() -> impl Strategy<Value = Report> {
    let rho = prop_oneof![
        (1e-4..1.0f64).prop_map(|delta| Rho::Huber { delta }),
        Just(Rho::Laplace),
        Just(Rho::Squared),
        (1.0..20.0f64).prop_map(|factor| Rho::Asymmetric { factor, delta: 1e-3 }),
    ];
    let resample = prop::sample::select(vec![Resample::Weights, Resample::Runs, Resample::Residuals]);
    let interval = prop::sample::select(vec![Interval::Corrected, Interval::Bca, Interval::Basic]);
    let noise = prop::sample::select(vec![0.0, 1e-3, 0.3]);
    let options = (rho, any::<bool>(), 0.1..3.0f64, 0..3usize);
    let draws = (resample, interval, any::<u64>(), any::<bool>());
    (0..NAMES.len(), 12..30usize, noise, options, draws).prop_map(|(law, n, noise, options, draws)| {
        let law: Arc<dyn Law> = by_name(NAMES[law]).unwrap();
        let (rho, on_loss, weight, hold) = options;
        let all = sweep(law.as_ref(), n, noise, weight);
        let (name, value) = (&law.spec().parameters[0].name, truths(law.as_ref())[0][0]);
        let options = FitOptions::default().with_law(Arc::clone(&law)).with_rho(rho);
        let options = if on_loss { options.with_residual(Residual::Loss) } else { options };
        let options = match hold {
            0 => options,
            1 => options.with_fixed(name, value),
            _ => options.with_bound(name, ..value),
        };
        let (resample, interval, seed, has_draws) = draws;
        let fit = fit_scaling_law(&all, &options).unwrap();
        let options = BootstrapOptions::default().with_replicates(4).with_resample(resample);
        let options = options.with_interval(interval).with_seed(seed);
        match fit.bootstrap(&options) {
            Ok(ensemble) if has_draws => Report::Ensemble(ensemble),
            _ => Report::Point(fit),
        }
    })
}

/// It is read back as it was, and written the same way again.
fn comes_back(report: &Report) -> Result<(), TestCaseError> {
    let text = report.to_json();
    let back = Report::from_json("text", text.as_bytes());
    let back = back.map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
    prop_assert_eq!(&back, report);
    prop_assert_eq!(back.to_json(), text);
    Ok(())
}

proptest! {
    #![proptest_config(crate::cases(24))]

    #[test]
    fn any_fit_comes_back(report in any_fit()) {
        comes_back(&report)?;
    }

    #[test]
    fn constants_come_back(law in 0..NAMES.len(), decades in prop::collection::vec(-300.0..300.0f64, 12)) {
        let law = by_name(NAMES[law]).unwrap();
        // An exponent far above those that a fit starts from is a slip, and refused.
        let most = |p: &Parameter| if p.scale == Scale::Linear { p.high } else { f64::INFINITY };
        let value = |j: usize, p: &Parameter| 10f64.powf(decades[j]).min(most(p));
        let named = law.spec().parameters.iter().enumerate().map(|(j, p)| (&*p.name, value(j, p)));
        comes_back(&Report::Point(Fit::of_constants(Arc::clone(&law), &named.collect::<Vec<_>>()).unwrap()))?;
    }

    #[test]
    fn schedules_come_back(low in 0.0..0.5f64, high in 0.5..0.999f64, power in 0.2..5.0f64, end in 0.2..1.0f64) {
        for shape in [Shape::Linear, Shape::Cubic, Shape::Polynomial { power }, Shape::Geometric, Shape::Cosine] {
            let ramp = Ramp::new(shape, high, end / 3.0, end, Unit::Fraction).with_initial_sparsity(low);
            let schedule = Schedule::Ramp(ramp);
            let text = serde_json::to_string(&schedule).unwrap();
            prop_assert_eq!(serde_json::from_str::<Schedule>(&text).unwrap(), schedule);
        }
    }

    #[test]
    fn words_of_options_come_back(delta in 1e-9..1e3f64, factor in 1.0..1e6f64, share in 0.001..0.999f64) {
        let rhos = [Rho::Huber { delta }, Rho::Laplace, Rho::Squared, Rho::Asymmetric { factor, delta }];
        for rho in rhos {
            prop_assert_eq!(rho.to_string().parse::<Rho>().unwrap(), rho);
        }
        let by: PowerWeight = format!("flops:{share}").parse().unwrap();
        prop_assert_eq!(by.to_string().parse::<PowerWeight>().unwrap(), by);
    }
}

/// An optimum at B = 0 and beta = -75, of which numbers hold too little: the fit says so, and is read all the same.
#[test]
fn an_optimum_that_numbers_cannot_hold_comes_back() {
    let law = by_name("coupled").unwrap();
    let all = sweep(law.as_ref(), 22, 0.3, 1.2340031638645466);
    let options = FitOptions::default().with_law(law).with_rho(Rho::Squared);
    let fit = fit_scaling_law(&all, &options).unwrap();
    assert!(!fit.is_trustworthy());
    comes_back(&Report::Point(fit)).unwrap();
}

/// Documents are read by figures alone: every number of one is read as it was, and what is infinite is null.
#[test]
fn documents_come_back() {
    let law = by_name("chinchilla").unwrap();
    let all = sweep(law.as_ref(), 24, 0.01, 1.0);
    let draws = BootstrapOptions::default().with_replicates(40);
    let ensemble = fit_scaling_law(&all, &FitOptions::default()).unwrap().bootstrap(&draws).unwrap();
    let largest = HoldOut::Largest { by: Input::Flops, share: 0.25 };
    let held = holdout(&all, &FitOptions::default(), &draws, &largest).unwrap();
    let mut best = ensemble.allocate(1e22, &Default::default()).unwrap();
    // No draw says where it ends.
    best.tokens.interval = [0.0, f64::INFINITY];
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let document = read(&best.to_json());
    assert_eq!(document["tokens"]["estimate"].as_f64(), Some(best.tokens.estimate));
    assert_eq!(document["tokens"]["interval"], serde_json::json!([0.0, null]));
    let served = AllocationOptions::default().with_inference_tokens(1e12);
    let plan = ensemble.plan(&PlanOptions::new(1e22).with_runs(served)).unwrap();
    let predicted = ensemble.predict(1e10, 1e12).unwrap();
    assert_eq!(read(&predicted.to_json())["loss"]["estimate"].as_f64(), Some(predicted.loss.estimate));
    let candidates = ["chinchilla", "tied"].map(|law| (by_name(law).unwrap(), all.clone()));
    let compared =
        Candidates::new(candidates.to_vec()).compare(&FitOptions::default(), 0.25, &draws).unwrap();
    for text in [best.to_json(), plan.to_json(), predicted.to_json(), held.to_json(), compared.to_json()] {
        assert_eq!(read(&text).to_string(), text);
    }
    #[cfg(feature = "plot")]
    for figure in [
        Figure::holdout(&held.to_json(), &Default::default()),
        Figure::plan(&plan.to_json(), &Default::default()),
        Figure::compare(&compared.to_json(), &Default::default()),
    ] {
        assert!(!figure.unwrap().csv().is_empty());
    }
}
