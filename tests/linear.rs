//! Laws that say in which parameters they are linear, and which units they take up: false claims are caught, true ones change no optimum.

use std::sync::Arc;

use nbar::law::{Coupled, Evaluation, Input, Law, Parameter, Scaling, by_name, check_derivatives};
use nbar::{FitOptions, ObservationOptions, Observations, Sweep, fit_scaling_law};

/// A law that claims what it is told to, and hides that it is a table.
#[derive(Debug, Clone)]
struct Claims(Arc<dyn Law>, Vec<usize>, Vec<Scaling>);

impl Law for Claims {
    fn name(&self) -> &str {
        self.0.name()
    }
    fn formula(&self) -> &str {
        self.0.formula()
    }
    fn parameters(&self) -> &[Parameter] {
        self.0.parameters()
    }
    fn inputs(&self) -> Vec<Input> {
        self.0.inputs()
    }
    fn linear(&self) -> &[usize] {
        &self.1
    }
    fn scalings(&self) -> Vec<Scaling> {
        self.2.clone()
    }
    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        self.0.evaluate(theta, inputs, out);
    }
}

/// L = a b N: linear in each, not in both.
#[derive(Debug)]
struct Product([Parameter; 2]);

impl Law for Product {
    fn name(&self) -> &str {
        "product"
    }
    fn formula(&self) -> &str {
        "L = a b N"
    }
    fn parameters(&self) -> &[Parameter] {
        &self.0
    }
    fn inputs(&self) -> Vec<Input> {
        vec![Input::Params]
    }
    fn linear(&self) -> &[usize] {
        &[0, 1]
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
        check_derivatives(&Claims(Arc::clone(&coupled), claimed.to_vec(), Vec::new()), &parameters, &inputs)
    };
    assert!(check(&[0]).is_ok());
    for (claimed, named) in [(1, "linear in A"), (3, "linear in alpha"), (9, "has not")] {
        let error = check(&[0, claimed]).unwrap_err().to_string();
        assert!(error.contains(named) && error.contains("coupled"), "{error}");
    }
    let product = Product([Parameter::log("a", 0.1, 10.0), Parameter::log("b", 0.1, 10.0)]);
    let error = check_derivatives(&product, &[2.0, 3.0], &[&[1.0]]).unwrap_err().to_string();
    assert!(error.contains("all of them"), "{error}");
}

fn observations() -> Observations {
    let sweep = Sweep::from_csv_path("data/overtraining.csv").unwrap();
    sweep.observations(&ObservationOptions::default()).unwrap()
}

#[test]
fn a_table_that_hides_reaches_its_own_optimum_with_parameters_fixed_and_tied() {
    let table = by_name("chinchilla").unwrap();
    let hidden: Arc<dyn Law> = Arc::new(Claims(Arc::clone(&table), vec![0, 1, 2], Vec::new()));
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
            fit_scaling_law(&observations(), &options).unwrap().objective
        };
        let (own, general) = (objective(&table), objective(&hidden));
        assert!((general / own - 1.0).abs() < 1e-9, "{i}: {own} as a table, {general} as a general law");
    }
}

#[test]
fn what_a_law_claims_falsely_costs_no_panic() {
    let hidden: Arc<dyn Law> = Arc::new(Claims(by_name("chinchilla").unwrap(), vec![0, 3, 7, 7], Vec::new()));
    let fit = fit_scaling_law(&observations(), &FitOptions::default().with_law(hidden));
    assert!(fit.is_ok_and(|fit| fit.objective.is_finite()));
}

#[test]
fn units_that_a_law_does_not_take_up_are_found() {
    let coupled: Arc<dyn Law> = Arc::new(Coupled::default());
    let check = |scaling: Scaling| {
        let law = Claims(Arc::clone(&coupled), vec![0], vec![scaling]);
        check_derivatives(&law, &[1.7, 480.0, 2100.0, 0.35, 0.37, 0.7], &[&[1e8, 1e9], &[1e10, 1e11]])
    };
    check(Scaling::new([Input::Params], 1, 3)).unwrap();
    check(Scaling::new([Input::Tokens], 2, 4)).unwrap();
    // Another's exponent, another's coefficient, an exponent for a coefficient, none at all, and one input too many.
    let wrong = [
        Scaling::new([Input::Params], 1, 4),
        Scaling::new([Input::Params], 2, 3),
        Scaling::new([Input::Params], 4, 3),
        Scaling::new([Input::Params], 9, 3),
        Scaling::new([Input::Params, Input::Tokens], 1, 3),
    ];
    for scaling in wrong {
        let error = check(scaling.clone()).unwrap_err().to_string();
        assert!(error.contains("at row 0") && error.contains("scalings()"), "{scaling:?}: {error}");
    }
}

#[test]
fn units_change_no_optimum_whatever_is_held() {
    let sweep = Sweep::from_csv_path("data/chinchilla.csv").unwrap();
    let runs = sweep.observations(&ObservationOptions::default()).unwrap();
    let coupled: Arc<dyn Law> = Arc::new(Coupled::default());
    let without: Arc<dyn Law> = Arc::new(Claims(Arc::clone(&coupled), vec![0], Vec::new()));
    let held: [fn(FitOptions) -> FitOptions; 6] = [
        |all| all,
        |all| all.with_fixed("alpha", 0.36),
        |all| all.with_fixed("A", 400.0),
        |all| all.with_tied("beta", "alpha").with_fixed("q", 0.9),
        |all| all.with_tied("B", "A"),
        |all| all.with_bound("B", ..1000.0),
    ];
    for (i, hold) in held.into_iter().enumerate() {
        let [own, other] = [&coupled, &without].map(|law| {
            fit_scaling_law(&runs, &hold(FitOptions::default().with_law(Arc::clone(law)))).unwrap()
        });
        assert!((own.objective / other.objective - 1.0).abs() < 1e-9, "{i}: {own:?}, {other:?}");
        for (a, b) in own.parameters.iter().zip(&other.parameters) {
            assert!((a / b - 1.0).abs() < 1e-6, "{i}: {:?}, {:?}", own.parameters, other.parameters);
        }
    }
}
