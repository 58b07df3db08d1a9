//! Laws that say in which parameters they are linear, or that they are separable: false claims are caught, true ones change no
//! optimum.

use std::sync::Arc;

use nbar::answer::AllocationOptions;
use nbar::law::{Coupled, Evaluation, Input, Law, LawSpec, Parameter, by_name, check_derivatives};
use nbar::{BootstrapOptions, FitOptions, Observations, fit_scaling_law};

use crate::common::claims::Claims;
use crate::common::near::near;
use crate::common::sweeps::runs_of;

/// L = a b N: linear in each, not in both.
#[derive(Debug)]
struct Product(LawSpec);

impl Law for Product {
    fn spec(&self) -> &LawSpec {
        &self.0
    }
    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        for (row, n) in inputs[0].iter().enumerate() {
            out.ln_loss[row] = theta[0] + theta[1] + n.ln();
        }
        out.jacobian.fill(1.0);
    }
}

#[test]
fn false_claims_are_named() {
    let coupled: Arc<dyn Law> = Arc::new(Coupled::default());
    let parameters = [1.7, 480.0, 2100.0, 0.35, 0.37, 0.7];
    let inputs: [&[f64]; 2] = [&[1e8, 1e9], &[1e10, 1e11]];
    let check = |claimed: &[usize]| {
        check_derivatives(&Claims::nothing(&coupled).linear(claimed), &parameters, &inputs)
    };
    assert!(check(&[0]).is_ok());
    for (claimed, named) in [(1, "linear in A"), (5, "linear in q")] {
        let error = check(&[0, claimed]).unwrap_err().to_string();
        assert!(error.contains(named) && error.contains("coupled"), "{error}");
    }
    let parameters = ["a", "b"].map(|name| Parameter::coefficient(name, 0.1, 10.0));
    let product = Product(LawSpec::new("product", "L = a b N", [Input::Params], parameters));
    let error = check_derivatives(&product, &[2.0, 3.0], &[&[1.0]]).unwrap_err().to_string();
    assert!(error.contains("all of its coefficients"), "{error}");
}

#[test]
fn a_table_that_hides_reaches_its_own_optimum_with_parameters_fixed_and_tied() {
    let table = by_name("chinchilla").unwrap();
    let hidden: Arc<dyn Law> = Arc::new(Claims::nothing(&table).linear(&[0, 1, 2]));
    let restrict: [fn(FitOptions) -> FitOptions; 5] = [
        |options| options,
        |options| options.with_fixed("A", 400.0),
        |options| options.with_fixed("E", 1.69).with_tied("alpha", "beta"),
        |options| options.with_tied("A", "B"),
        |options| options.with_fixed("E", 1.7).with_fixed("A", 400.0).with_fixed("B", 1500.0),
    ];
    for (i, restrict) in restrict.iter().enumerate() {
        let objective = |law: &Arc<dyn Law>| {
            let options = restrict(FitOptions::default().with_law(Arc::clone(law)));
            fit_scaling_law(&runs_of("overtraining"), &options).unwrap().objective
        };
        let (own, general) = (objective(&table), objective(&hidden));
        assert!((general / own - 1.0).abs() < 1e-9, "{i}: {own} as a table, {general} as a general law");
    }
}

#[test]
fn what_a_law_claims_falsely_costs_no_panic() {
    let hidden = Claims::nothing(&by_name("chinchilla").unwrap())
        .linear(&[0, 3, 4])
        .claim(1, |p| p.takes_up([Input::Flops, Input::Course], 99))
        .claim(2, |p| p.takes_up([Input::Tokens], 1).within(Input::UniqueTokens));
    let hidden: Arc<dyn Law> = Arc::new(hidden);
    let fit = fit_scaling_law(&runs_of("overtraining"), &FitOptions::default().with_law(hidden));
    assert!(fit.is_ok_and(|fit| fit.objective.is_finite()));
}

#[test]
fn false_claims_of_separability_are_found() {
    let inputs: [&[f64]; 2] = [&[1e8, 1e9], &[1e10, 1e11]];
    let claims = |law| Claims { separable: true, ..Claims::nothing(&by_name(law).unwrap()) };
    assert!(check_derivatives(&claims("chinchilla"), &[1.7, 480.0, 2100.0, 0.35, 0.37], &inputs).is_ok());
    let error = check_derivatives(&claims("coupled"), &[1.7, 480.0, 2100.0, 0.35, 0.37, 0.7], &inputs);
    let message = error.unwrap_err().to_string();
    assert!(message.contains("the coupled law: the loss at row 0"), "{message}");
}

#[test]
fn a_table_that_hides_is_allocated_by_search_as_in_closed_form() {
    let run = |splits: bool, bends: bool| {
        let table = by_name("chinchilla").unwrap();
        let law: Arc<dyn Law> =
            Arc::new(Claims { separable: splits, ..Claims::nothing(&table).linear(&[0, 1, 2]) });
        let fit = fit_scaling_law(&runs_of("overtraining"), &FitOptions::default().with_law(law)).unwrap();
        let draws = BootstrapOptions::default().with_replicates(50).with_bend(bends);
        let ensemble = fit.bootstrap(&draws).unwrap();
        let served = AllocationOptions::default().with_inference_tokens(1e12);
        let runs = ensemble.frontier(&[1e20, 1e22, 1e24], &AllocationOptions::default()).unwrap();
        let more = [ensemble.allocate(1e23, &served).unwrap(), ensemble.cheapest(2.8, &served).unwrap()];
        runs.into_iter().chain(more).collect::<Vec<_>>()
    };
    // The best runs of draws that bend are searched for either way, to 1e-6.
    for (bends, tolerance) in [(false, 1e-8), (true, 1e-6)] {
        for (searched, closed) in run(false, bends).iter().zip(run(true, bends)) {
            let params = (searched.average_params, closed.average_params);
            let pairs = [params, (searched.total_flops, closed.total_flops), (searched.loss, closed.loss)];
            for (a, b) in pairs {
                near(a.estimate, b.estimate, 1e-8);
                (0..2).for_each(|end| near(a.interval[end], b.interval[end], tolerance));
            }
        }
    }
}

#[test]
fn coefficients_before_a_minus_sign_are_found() {
    // With all coefficients at 1 none of these laws has a loss above 0.
    let (n, d): (Vec<f64>, Vec<f64>) =
        (0..40).map(|i| (1e7 * 2f64.powi(i % 8), 1e9 * 3f64.powi(i / 8))).unzip();
    type Of = fn(f64, f64) -> f64;
    for (law, of) in [
        ("E - k*log(N)", (|n, _| 4.0 - 0.05 * n.ln()) as Of),
        ("E - k*log(N) where E=2..5, k=0.001..0.1", |n, _| 4.0 - 0.05 * n.ln()),
        ("E - k*N^0.1", |n, _| 4.0 - 0.1 * n.powf(0.1)),
        ("E - k*log(N) + B/D^b", |n, d| 4.0 - 0.05 * n.ln() + 30.0 / d.powf(0.25)),
        ("E - k*log(N) - m*log(D)", |n, d| 5.0 - 0.05 * n.ln() - 0.04 * d.ln()),
    ] {
        let loss: Vec<f64> = n.iter().zip(&d).map(|(n, d)| of(*n, *d)).collect();
        let rows = Observations::new(n.clone(), d.clone(), loss).unwrap();
        let fit = fit_scaling_law(&rows, &FitOptions::default().with_law(by_name(law).unwrap())).unwrap();
        let off = rows.loss().iter().enumerate().map(|(row, loss)| {
            let own = fit.predict(n[row], d[row]).unwrap();
            (own / loss - 1.0).abs()
        });
        assert!(off.fold(0.0, f64::max) < 1e-9 && fit.starts_at_optimum > 1, "{law}: {:?}", fit.parameters);
    }
}
