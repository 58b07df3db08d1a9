//! Laws that are written as text.

use std::sync::Arc;

use nbar::law::{Formula, Input, Law, Parameter, by_name, check_derivatives, may_read};
use nbar::{Checkpoints, FitOptions, ObservationOptions, Observations, Sweep, fit_scaling_law};

use crate::common::noise::{even, normal, uniform};

const BUNDLED: [&str; 6] = [
    "data/chinchilla.csv",
    "data/overtraining.csv",
    "data/repeated_data.csv",
    "data/t5_c4_sparse.csv",
    "data/gemstones_hot.csv",
    "data/journey.csv",
];

/// Named laws as text, with the tables that they are fitted to: all, or those that give what they read.
const NAMED: [(&str, &str, &[&str]); 9] = [
    ("chinchilla", "E + A/N^alpha + B/D^beta", &BUNDLED),
    ("tied", "L = E + A*N^-alpha + B*D^-alpha", &BUNDLED),
    ("compute", "E + K/flops^gamma", &BUNDLED),
    ("overtraining", "E + (a*(D/N)^eta + b*(D/N)^-eta)*flops^-eta", &BUNDLED),
    ("coupled", "E + [(A/N^alpha)^(1/q) + (B/D^beta)^(1/q)]^q", &BUNDLED),
    ("kaplan", "[(Nc/N)^(alpha_N/alpha_D) + Dc/D]^alpha_D", &BUNDLED),
    (
        "sparse",
        "E + (a*(final_params/initial_params)^b + c)/final_params^alpha + B/D^beta",
        &["data/t5_c4_sparse.csv"],
    ),
    (
        "sparse-density",
        "E + A*max(1e-6, (final_params/initial_params)^epsilon + c*(1 - final_params/initial_params)^mu)/final_params^alpha \
         + B/D^alpha where epsilon=-0.5..1, c=-0.6..0.6, mu=0.2..4",
        &["data/t5_c4_sparse.csv"],
    ),
    (
        "repeated-data",
        "E + A/(min(N, unique_tokens*(A/B)^(1/alpha))\
         *(1 + R_N*(1 - exp(-(N/min(N, unique_tokens*(A/B)^(1/alpha)) - 1)/R_N))))^alpha \
         + B/(unique_tokens*(1 + R_D*(1 - exp(-max(D/unique_tokens - 1, 0)/R_D))))^alpha",
        &["data/repeated_data.csv"],
    ),
];

#[test]
fn named_laws_reach_the_same_optima_as_text() {
    for (name, text, tables) in NAMED {
        for table in tables {
            let sweep = Sweep::from_path(table).unwrap();
            let observations = sweep.observations(&ObservationOptions::default()).unwrap();
            let fit = |law| {
                let options = FitOptions::default().with_law(by_name(law).unwrap());
                fit_scaling_law(&observations, &options).unwrap()
            };
            let (own, of_text) = (fit(name), fit(text));
            let apart = (of_text.objective / own.objective - 1.0).abs();
            assert!(apart < 1e-9, "{name} on {table}: {} and {}", own.objective, of_text.objective);
        }
    }
}

#[test]
fn a_curve_with_a_break_is_fitted_as_well_as_text() {
    let sweep = Sweep::from_path("data/gemstones_hot.csv").unwrap();
    let options = ObservationOptions::default().with_checkpoints(Checkpoints::All);
    let observations = sweep.observations(&options).unwrap();
    let fit =
        |law| fit_scaling_law(&observations, &FitOptions::default().with_law(by_name(law).unwrap())).unwrap();
    let (own, text) = (fit("bnsl"), fit("a + b*D^-c0*(1 + (D/d1)^(1/f1))^(-c1*f1) where c1=-0.4..0.8"));
    assert!((text.objective / own.objective - 1.0).abs() < 1e-9, "{} {}", own.objective, text.objective);
}

/// Made-up runs, with a column of either sign and one that is positive.
fn runs(loss: impl Fn(f64, f64, f64, f64) -> f64) -> Observations {
    let rows = 0..120;
    let n: Vec<f64> = rows.clone().map(|i| 1e7 * 1e3f64.powf(uniform(4 * i))).collect();
    let d: Vec<f64> = rows.clone().map(|i| 1e9 * 1e3f64.powf(uniform(4 * i + 1))).collect();
    let x: Vec<f64> = rows.clone().map(|i| even(4 * i + 2)).collect();
    let lr: Vec<f64> = rows.clone().map(|i| 1e-3 * 30f64.powf(uniform(4 * i + 3))).collect();
    let loss = rows.map(|i| loss(n[i], d[i], x[i], lr[i]) * (0.002 * normal(i)).exp()).collect();
    let unique = d.iter().map(|d| d / 3.0).collect();
    Observations::new(n, d, loss)
        .and_then(|o| o.with_unique_tokens(unique))
        .and_then(|o| o.with_column("x", x))
        .and_then(|o| o.with_column("lr", lr))
        .unwrap()
}

#[test]
fn derivatives_and_claims_are_those_of_the_values() {
    let observations = runs(|_, _, _, _| 3.0);
    let own = [
        "E + A/N^alpha + B/D^beta + C/(N*D)^gamma",
        "E + A/(N/1e8)^alpha + B/sqrt(D/1e9) + 2*C*(D/N)^(eta/2)",
        "E + A/N^alpha + B/D^beta*(1 + k*x) where k=-0.5..0.5",
        "E - k*x + A*exp(-r*lr)/N^alpha where k=-0.1..0.1, r=1..50",
        "log(1 + exp(e + A*N^-alpha)) + pow(B/D, beta)",
        "E + A*(N + c*D)^-alpha + min(B/D^beta, k) + max(A/N^alpha, 0.1) where k=0.1..3",
        "E + A/N^alpha + s*sin(w*x) + t*cos(w*x)^2 + atan(v*x)/9 where s=-0.1..0.1, t=-0.1..0.1, w=0.5..3, v=-1..1",
        "E + A/N^alpha - (x - m)^3/(4 + (x + m)^2) where m=-1..1",
        "E + A*lr^g/N^alpha + B/D^beta + 2^-u",
        "exp(a - alpha*log(N)) + exp(b - beta*ln(D)) where a=1..8, b=1..8, alpha=0.1..0.5, beta=0.1..0.5",
        "E + A/N^alpha + B/`lr`^-x where x=0.1..1",
    ];
    for text in own.into_iter().chain(NAMED.map(|(_, text, _)| text)) {
        let law = Formula::parse(text).unwrap();
        let read = law.reading(&observations).unwrap();
        let law = read.as_deref().unwrap_or(&law);
        let columns = law.spec().columns(&observations).unwrap();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        for point in 0..5 {
            let at = |(j, p): (usize, &Parameter)| {
                let (low, high) = (p.to_fitted(p.low), p.to_fitted(p.high));
                p.to_natural(low + (0.2 + 0.6 * uniform(31 * point + j)) * (high - low))
            };
            let parameters: Vec<f64> = law.spec().parameters.iter().enumerate().map(at).collect();
            check_derivatives(law, &parameters, &columns)
                .unwrap_or_else(|e| panic!("{text} at {parameters:?}: {e}"));
        }
    }
}

#[test]
fn columns_are_inputs_and_either_sign_is_found() {
    let observations =
        runs(|n, d, x, lr| 1.8 + 400.0 / n.powf(0.34) + 2000.0 / d.powf(0.37) - 0.2 * x + 0.3 * lr.powf(0.5));
    let text = "E + A/N^alpha + B/D^beta + k*x + K*lr^gamma where k=-1..1";
    assert_eq!(may_read(text).unwrap(), ["E", "A", "alpha", "B", "beta", "x", "K", "lr", "gamma"]);
    let fit =
        fit_scaling_law(&observations, &FitOptions::default().with_law(by_name(text).unwrap())).unwrap();
    let inputs = &fit.law().spec().inputs;
    let expected = [Input::Params, Input::Tokens, Input::Column("x".into()), Input::Column("lr".into())];
    assert_eq!(inputs[..], expected, "{}", fit.law().spec().name);
    assert!(
        (fit.parameter("k").unwrap() + 0.2).abs() < 0.01
            && (fit.parameter("alpha").unwrap() - 0.34).abs() < 0.05
    );
    // The name of the law says so, and reads back.
    let again = by_name(&fit.law().spec().name).unwrap();
    assert_eq!(again.spec(), fit.law().spec());
}

#[test]
fn sums_of_powers_are_known_as_such_whatever_their_units() {
    for (text, is_one) in [
        ("E + A/N^alpha + B/D^beta + C/(N*D)^gamma", true),
        ("E + A*(1e9/N)^alpha + 3*B/(D*6*N)^(beta/2)", true),
        ("(E + A/N^alpha)*(final_params/initial_params)^-b + B/sqrt(D)", true),
        ("E + A/N^(alpha + beta) + B/D^(2*beta)", true),
        ("E + A*K/N^alpha", false),
        ("1.7 + A/N^alpha", false),
        ("E + A/N^alpha - B/D^beta", false),
        ("E + (Nc/N)^alpha", false),
        ("E + A/N^alpha + B*alpha/D^beta", false),
    ] {
        assert_eq!(by_name(text).unwrap().as_power_sum().is_some(), is_one, "{text}");
    }
    let observations = runs(|n, d, _, _| 1.8 + 400.0 / n.powf(0.34) + 2000.0 / d.powf(0.37));
    let fit = |text| {
        fit_scaling_law(&observations, &FitOptions::default().with_law(by_name(text).unwrap())).unwrap()
    };
    let (raw, scaled) = (fit("E + A/N^alpha + B/D^beta"), fit("E + A/(N/1e8)^alpha + 7*B/(D/3e10)^beta"));
    let of = |fit: &nbar::Fit, name: &str| fit.parameter(name).unwrap();
    assert!((raw.objective / scaled.objective - 1.0).abs() < 1e-12);
    let a = of(&scaled, "A") * 1e8f64.powf(of(&raw, "alpha"));
    let b = of(&scaled, "B") * 7.0 * 3e10f64.powf(of(&raw, "beta"));
    assert!((of(&raw, "A") / a - 1.0).abs() < 1e-7 && (of(&raw, "B") / b - 1.0).abs() < 1e-7);
    let loss = |fit: &nbar::Fit| fit.predict(1e10, 1e12).unwrap();
    assert!((loss(&raw) / loss(&scaled) - 1.0).abs() < 1e-9);
    let best =
        |fit: nbar::Fit| nbar::Ensemble::without_draws(fit).allocate(1e22, &Default::default()).unwrap();
    let [raw, scaled] = [raw, scaled].map(|fit| best(fit).average_params.estimate);
    assert!((raw / scaled - 1.0).abs() < 1e-6, "{raw} {scaled}");
}

#[test]
fn what_is_no_formula_is_refused_at_its_place() {
    for (text, place, remedy) in [
        ("E + A/N^", 9, "write a number"),
        ("E + 2N", 6, "write * to multiply"),
        ("E + (A/N", 9, "write ')' there"),
        ("E + A/N)", 8, "remove it"),
        ("E + A $ N", 7, "write + - * / ^"),
        ("E + loss*N", 5, "write the right side alone"),
        ("E + log*N", 5, "write log(...)"),
        ("E + foo(N)", 5, "write foo*(...)"),
        ("E + max(N)", 10, "write max(a, b)"),
        ("É + A/N^alpha where alpha=2..1", 21, "swap its ends"),
        ("E + A/N^alpha where q=1..2", 21, "remove it"),
        ("E + A/N^alpha where alpha", 21, "write NAME=LEAST..MOST"),
        ("E + A/N^alpha where A=1..2, A=1..3", 29, "remove one"),
        ("E + A*1e999/N", 7, "write 0.5 or 1e9"),
        ("E + \"lr", 5, "close it"),
    ] {
        let error = by_name(text).unwrap_err().to_string();
        assert!(
            error.contains(&format!("at character {place}:\n")) && error.contains(remedy),
            "{text}: {error}"
        );
        let caret = error.lines().find(|line| line.trim() == "^").unwrap();
        assert_eq!(caret.chars().count(), place + 2, "{error}");
    }
    for (text, problem) in [
        ("2 + 3*N", "has no parameter"),
        ("E + A^2", "reads no input"),
        ("E + A/N^alpha + B/d^beta", "reads no D"),
        (&"(".repeat(5000), "more than 2000"),
        (&format!("E + {}N{}", "(".repeat(300), ")".repeat(300)), "nested more than"),
    ] {
        let error = Formula::parse(text).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
    let observations = runs(|_, _, _, _| 3.0);
    let options = |text| FitOptions::default().with_law(Arc::new(Formula::parse(text).unwrap()));
    let of = |text| fit_scaling_law(&observations, &options(text)).unwrap_err().to_string();
    assert!(of("E + A/N^alpha + \"depth\"*k").contains("\"depth\""));
    assert!(of("E + A/(1 - N)^alpha").contains("what is not above 0"));
    assert!(of("E + A/N^alpha + K*x^gamma").contains("takes powers of it"));
    for (text, remedy) in [
        ("E + A/N^alpha + B/token^beta", "write tokens, or say that it is a parameter: `where token="),
        ("E + A/Parms^alpha + B/D^beta", "write params, or"),
        ("E + A/n_bar^alpha + B/D^beta", "write N, or"),
        (
            "E + A/N^alpha + k*vocab_size",
            "write the column's name as the table has it, or add the column, or",
        ),
    ] {
        let error = of(text);
        assert!(error.contains("is no column of these runs") && error.contains(remedy), "{text}: {error}");
    }
    assert!(fit_scaling_law(&observations, &options("E + token/N^alpha where token=1..1000")).is_ok());
}
