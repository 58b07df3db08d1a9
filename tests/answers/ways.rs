//! One question, one answer: a law's loss of a run is the same number, or the same refusal, by every way.

use std::sync::Arc;

use nbar::answer::AllocationOptions;
use nbar::design::DesignOptions;
use nbar::law::{Evaluation, Input, Law, LawSpec, NAMES, Parameter, by_name};
use nbar::predict::NewRun;
use nbar::schedule::Unit;
use nbar::{
    BootstrapOptions, Ensemble, Extent, FitOptions, Network, Observations, Schedule, Trajectory,
    fit_scaling_law,
};

use crate::common::noise::uniform;
use crate::repeated;

/// L = E + A/N^alpha + k x^2, with a column x of its own.
#[derive(Debug)]
struct OwnColumn(LawSpec);

impl Law for OwnColumn {
    fn spec(&self) -> &LawSpec {
        &self.0
    }
    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let rows = inputs[0].len();
        for (i, (n, x)) in inputs[0].iter().zip(inputs[1]).enumerate() {
            let terms = [theta[0].exp(), (theta[1] - theta[3] * n.ln()).exp(), theta[2].exp() * x * x];
            let loss: f64 = terms.iter().sum();
            out.ln_loss[i] = loss.ln();
            let [e, a, k] = terms.map(|term| term / loss);
            for (j, slope) in [e, a, k, -a * n.ln()].into_iter().enumerate() {
                out.jacobian[j * rows + i] = slope;
            }
        }
    }
}

fn own_column() -> Arc<dyn Law> {
    let parameters = [
        Parameter::coefficient("E", 0.3, 3.0),
        Parameter::coefficient("A", 1.0, 1e5),
        Parameter::coefficient("k", 1e-4, 1.0),
        Parameter::linear("alpha", 0.05, 1.0),
    ];
    let inputs = [Input::Params, Input::Column("x".into())];
    Arc::new(OwnColumn(LawSpec::new("own-column", "L = E + A/N^alpha + k x^2", inputs, parameters)))
}

fn dense(params: f64, tokens: f64) -> Trajectory {
    Schedule::Dense.trajectory(Network::new(params), Extent::new(tokens)).unwrap()
}

/// Half of the parameters are cut after half of the tokens.
fn halved(initial: f64, tokens: f64) -> Trajectory {
    let schedule = Schedule::one_shot(0.5, 0.5, Unit::Fraction);
    schedule.trajectory(Network::new(initial), Extent::new(tokens)).unwrap()
}

/// A law of pruned and repeated runs with a column x, its draws all at the optimum: what is asked here is no interval.
fn ensemble(law: Arc<dyn Law>) -> Ensemble {
    let of = |k: usize| (0..60).map(move |i| uniform(4 * i + k)).collect::<Vec<f64>>();
    let initial: Vec<f64> = of(0).iter().map(|u| 1e7 * 1e3f64.powf(*u)).collect();
    let tokens: Vec<f64> = of(1).iter().map(|u| 1e9 * 1e3f64.powf(*u)).collect();
    let unique = tokens.iter().zip(of(2)).map(|(d, u)| d * 20f64.powf(-u)).collect();
    let cut = |i: usize| {
        let left = initial[i] * [0.9, 0.5, 0.25, 0.1, 1.0][i % 5];
        let at = tokens[i] * (0.2 + 0.6 * uniform(1000 + i));
        Trajectory::from_counts(&[(0.0, initial[i]), (at, left)], tokens[i]).unwrap()
    };
    let runs: Vec<Trajectory> = (0..60).map(cut).collect();
    let counts = |of: fn(&Trajectory) -> f64| runs.iter().map(of).collect::<Vec<f64>>();
    let average = counts(Trajectory::average_params);
    let x = of(3);
    let loss = (0..60).map(|i| {
        let exact = 1.7 + 400.0 / average[i].powf(0.35) + 2000.0 / tokens[i].powf(0.37) + 0.05 * x[i] * x[i];
        exact * (0.02 * uniform(2000 + i) - 0.01).exp()
    });
    let observations = Observations::new(average.clone(), tokens.clone(), loss.collect())
        .and_then(|o| {
            o.with_param_counts(counts(Trajectory::initial_params), average, counts(Trajectory::final_params))
        })
        .and_then(|o| o.with_unique_tokens(unique))
        .and_then(|o| o.with_trajectories(&runs))
        .and_then(|o| o.with_column("x", of(3)))
        .unwrap();
    let drawn = fit_scaling_law(&observations, &FitOptions::default()).unwrap();
    let mut ensemble = drawn.bootstrap(&BootstrapOptions::default().with_replicates(20)).unwrap();
    ensemble.fit = fit_scaling_law(&observations, &FitOptions::default().with_law(law)).unwrap();
    ensemble.draws = vec![ensemble.fit.parameters.clone(); 20];
    ensemble
}

/// The law's loss of a run of which a row of observations tells everything, and so of a run that was trained.
fn of_a_row(ensemble: &Ensemble, run: &Trajectory, unique: f64) -> f64 {
    let counts = [run.initial_params(), run.average_params(), run.final_params()].map(|count| vec![count]);
    let [initial, average, last] = counts;
    let row = Observations::new(average.clone(), vec![run.tokens()], vec![1.0])
        .and_then(|o| o.with_param_counts(initial, average, last))
        .and_then(|o| o.with_unique_tokens(vec![unique]))
        .and_then(|o| o.with_trajectories(std::slice::from_ref(run)))
        .unwrap();
    let law = ensemble.fit.law();
    law.loss(&ensemble.fit.parameters, &law.spec().columns(&row).unwrap().concat())
}

/// The loss of a run, or the refusal, by every way that this run can be asked for.
fn ways(ensemble: &Ensemble, new: &NewRun) -> [Result<f64, String>; 3] {
    let estimate = |prediction: nbar::predict::Prediction| prediction.loss.estimate;
    let by_difference = || -> nbar::Result<f64> {
        let difference = ensemble.loss_difference(new, new)?.estimate;
        Ok(ensemble.fit.predict_run(new)? + difference)
    };
    [ensemble.fit.predict_run(new), ensemble.predict_run(new).map(estimate), by_difference()]
        .map(|answer| answer.map_err(|error| error.to_string()))
}

#[test]
fn the_loss_of_a_run_is_one_number_by_every_way_and_under_every_law() {
    for name in NAMES {
        let ensemble = ensemble(by_name(name).unwrap());
        let (n, d, unique) = (3e9, 2e11, 5e10);
        for run in [halved(n, d), dense(n, d)] {
            let new = NewRun::new(run.clone()).with_unique_tokens(unique).unwrap();
            let expected = of_a_row(&ensemble, &run, unique);
            for answer in ways(&ensemble, &new) {
                assert_eq!(answer, Ok(expected), "{name}");
            }
        }
        // Without a count of different tokens: a number, unless the law reads it.
        let fit = &ensemble.fit;
        let plain = NewRun::new(dense(n, d));
        let two = [fit.predict(n, d), ensemble.predict(n, d).map(|prediction| prediction.loss.estimate)];
        let two = two.map(|answer| answer.map_err(|error| error.to_string()));
        let answers = [ways(&ensemble, &plain).to_vec(), two.to_vec()].concat();
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{name}: {answers:?}");
        assert_eq!(answers[0].is_err(), name == "repeated-data", "{name}: {answers:?}");
    }
}

/// Every question about runs that do not give what a law reads.
fn refusals(ensemble: &Ensemble) -> Vec<String> {
    let (plain, options) = (NewRun::new(dense(3e9, 2e11)), AllocationOptions::default());
    let mut said: Vec<String> = ways(ensemble, &plain).map(Result::unwrap_err).to_vec();
    said.push(ensemble.fit.predict(3e9, 2e11).unwrap_err().to_string());
    said.push(ensemble.predict(3e9, 2e11).unwrap_err().to_string());
    said.push(ensemble.allocate(1e22, &options).unwrap_err().to_string());
    said.push(ensemble.frontier(&[1e21, 1e22], &options).unwrap_err().to_string());
    said.push(ensemble.cheapest(2.5, &options).unwrap_err().to_string());
    said.push(ensemble.tokens_for(2.5, 1e9, &options).unwrap_err().to_string());
    said.push(ensemble.params_for(2.5, 1e11, &options).unwrap_err().to_string());
    said.push(ensemble.design(&DesignOptions::new(1e22, 1e21, 3)).unwrap_err().to_string());
    said
}

#[test]
fn what_a_run_does_not_give_is_refused_in_one_sentence_by_every_way() {
    let cases = [
        (
            repeated(),
            "the repeated-data law needs `unique_tokens`, which the run does not give; give `unique_tokens`, how many \
             different tokens it sees",
        ),
        (
            ensemble(own_column()),
            "the own-column law needs `x`, which the run does not give; ask `nbar predict` about the runs of a table \
             with that column, or fit a law without it",
        ),
    ];
    for (ensemble, expected) in cases {
        for said in refusals(&ensemble) {
            assert_eq!(said, expected);
        }
    }
}

#[test]
fn what_rests_on_an_unidentified_parameter_is_refused_by_every_way() {
    // Dense runs say nothing about the order of the mean, on which the loss of a pruned run rests.
    let ensemble = crate::dense("power-mean");
    let answers = ways(&ensemble, &NewRun::new(halved(3e9, 2e11)));
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert!(answers[0].as_ref().is_err_and(|said| said.contains("depends on p")), "{answers:?}");
    assert!(ways(&ensemble, &NewRun::new(dense(3e9, 2e11))).iter().all(Result::is_ok));
}
