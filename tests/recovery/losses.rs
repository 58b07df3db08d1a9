//! Robust losses, residuals on L, given starts, columns of a law's own, asymptotic standard errors.

use std::sync::Arc;

use nbar::law::{Evaluation, Input, Law, LawSpec, Parameter, Response, check_derivatives, chinchilla};
use nbar::optimize::Starts;
use nbar::report::Report;
use nbar::{BootstrapOptions, Fit, FitOptions, Observations, Residual, Rho, fit_scaling_law};

use crate::common::laws::Written;
use crate::common::near::{all_near, near, says};
use crate::common::saved::{saved, scratch};
use crate::common::sweeps::runs_of;

fn fit(observations: &Observations, rho: Rho, residual: Residual) -> Fit {
    let options = FitOptions::default().with_rho(rho).with_residual(residual);
    let fit = fit_scaling_law(observations, &options).unwrap();
    assert!(
        fit.termination.is_converged(),
        "{rho} {residual}: {:?} {:e}",
        fit.termination,
        fit.gradient_norm
    );
    fit
}

/// L̂ and ∂ ln L̂/∂(ln E, ln A, ln B, α, β) of the Chinchilla law, written out.
fn by_hand(parameters: &[f64], n: f64, d: f64) -> (f64, [f64; 5]) {
    let [e, a, b, alpha, beta] = parameters else { unreachable!("five parameters") };
    let (first, second) = (a * n.powf(-alpha), b * d.powf(-beta));
    let loss = e + first + second;
    let slopes = [*e, first, second, -first * n.ln(), -second * d.ln()];
    (loss, slopes.map(|slope| slope / loss))
}

#[test]
fn least_absolute_deviations_end_where_no_linear_step_lowers_them() {
    let observations = runs_of("chinchilla");
    let fit = fit(&observations, Rho::Laplace, Residual::LnLoss);
    let residuals = fit.residuals().unwrap();
    let sum: f64 = residuals.iter().map(|r| r.abs()).sum();
    near(fit.objective, sum, 1e-12);
    // At a vertex as many residuals vanish as there are parameters; with signs v between -1 and 1 on them, the slopes of
    // all others cancel: the condition for a minimum of a sum of absolute values (Barrodale & Roberts 1973).
    let mut order: Vec<usize> = (0..residuals.len()).collect();
    order.sort_by(|a, b| residuals[*a].abs().total_cmp(&residuals[*b].abs()));
    assert!(residuals[order[4]].abs() < 2e-8 && residuals[order[5]].abs() > 1e-7, "a vertex");
    let slopes = |i: usize| by_hand(&fit.parameters, observations.params()[i], observations.tokens()[i]).1;
    let mut right = nalgebra::DVector::zeros(5);
    for &i in &order[5..] {
        for (j, slope) in slopes(i).iter().enumerate() {
            right[j] -= residuals[i].signum() * slope;
        }
    }
    let matrix = nalgebra::DMatrix::from_fn(5, 5, |j, k| slopes(order[k])[j]);
    let signs = matrix.lu().solve(&right).unwrap();
    assert!(signs.iter().all(|v| v.abs() <= 1.0), "{signs}");
}

#[test]
fn the_published_least_absolute_deviations_are_ours_to_a_unit_of_their_last_digit_but_for_e() {
    // Besiroglu et al. 2024, arXiv 2404.10102, whose point is such a fit. Their E = 1.8172 is not that of the minimum,
    // 1.816864, which is lower by half a per cent of the objective; the other four are, to a unit of the last digit.
    let published = [1.8172, 482.01, 2085.43, 0.3478, 0.3658];
    let digits = [4e-4, 0.01, 0.01, 1e-4, 1e-4];
    let observations = runs_of("chinchilla");
    let fit = fit(&observations, Rho::Laplace, Residual::LnLoss);
    let runs = observations.params().iter().zip(observations.tokens()).zip(observations.loss());
    let there: f64 = runs.map(|((n, d), loss)| (loss.ln() - by_hand(&published, *n, *d).0.ln()).abs()).sum();
    assert!(fit.objective < there && there < fit.objective * 1.005, "{there} {}", fit.objective);
    for ((ours, theirs), digit) in fit.parameters.iter().zip(published).zip(digits) {
        assert!((ours - theirs).abs() < digit, "{ours} {theirs}");
    }
}

/// L = c + k x, which may be negative on the way, written outside the crate.
#[derive(Debug)]
struct Line(LawSpec);

impl Line {
    fn law() -> Arc<dyn Law> {
        let parameters = ["c", "k"].map(|name| Parameter::linear(name, -10.0, 10.0));
        let spec = LawSpec::new("line", "L = c + k x", [Input::Column("x".into())], parameters);
        Arc::new(Self(spec.with_response(Response::Loss)))
    }
}

impl Law for Line {
    fn spec(&self) -> &LawSpec {
        &self.0
    }
    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let rows = inputs[0].len();
        for (i, x) in inputs[0].iter().enumerate() {
            out.ln_loss[i] = theta[0] + theta[1] * x;
            (out.jacobian[i], out.jacobian[rows + i]) = (1.0, *x);
        }
    }
}

/// Points of a line with some scatter, x from -1 to 1.
fn points() -> (Vec<f64>, Vec<f64>, Observations) {
    let x: Vec<f64> = (0..21).map(|i| f64::from(i - 10) / 10.0).collect();
    let loss: Vec<f64> =
        x.iter().enumerate().map(|(i, x)| 3.0 - 2.0 * x + 0.1 * (i as f64 * 1.7).sin()).collect();
    let ones = || vec![1.0; x.len()];
    let observations =
        Observations::new(ones(), ones(), loss.clone()).unwrap().with_column("x", x.clone()).unwrap();
    (x, loss, observations)
}

fn line(rho: Rho) -> FitOptions {
    FitOptions::default().with_law(Line::law()).with_rho(rho).with_residual(Residual::Loss)
}

#[test]
fn least_squares_of_a_line_are_those_of_the_textbook() {
    let (x, y, observations) = points();
    check_derivatives(Line::law().as_ref(), &[3.0, -2.0], &[&x]).unwrap();
    let fit = fit_scaling_law(&observations, &line(Rho::Squared)).unwrap();
    let n = x.len() as f64;
    let mean = y.iter().sum::<f64>() / n;
    // x has mean 0.
    let sxx: f64 = x.iter().map(|x| x * x).sum();
    let slope = x.iter().zip(&y).map(|(x, y)| x * y).sum::<f64>() / sxx;
    let rss: f64 = x.iter().zip(&y).map(|(x, y)| (y - mean - slope * x).powi(2)).sum();
    let s = (rss / (n - 2.0)).sqrt();
    all_near(&fit.parameters, &[mean, slope], 1e-12);
    near(fit.objective, 0.5 * rss, 1e-12);
    all_near(&fit.standard_errors().unwrap(), &[s / n.sqrt(), s / sxx.sqrt()], 1e-12);
}

#[test]
fn standard_errors_of_hubers_loss_are_those_of_his_formula() {
    let (x, y, observations) = points();
    let delta = 0.05;
    let fit = fit_scaling_law(&observations, &line(Rho::Huber { delta })).unwrap();
    let residuals: Vec<f64> =
        x.iter().zip(&y).map(|(x, y)| y - fit.parameters[0] - fit.parameters[1] * x).collect();
    let (n, p) = (x.len() as f64, 2.0);
    let m = residuals.iter().filter(|r| r.abs() <= delta).count() as f64 / n;
    let psi: f64 = residuals.iter().map(|r| r.clamp(-delta, delta).powi(2)).sum::<f64>() / (n - p);
    let k = 1.0 + p / n * (1.0 - m) / m;
    let sxx: f64 = x.iter().map(|x| x * x).sum();
    let errors = fit.standard_errors().unwrap();
    assert!(m > 0.2 && m < 0.8, "{m}");
    all_near(&errors, &[k * psi.sqrt() / m / n.sqrt(), k * psi.sqrt() / m / sxx.sqrt()], 1e-9);
    let refused = fit_scaling_law(&observations, &line(Rho::Laplace)).unwrap().standard_errors();
    assert!(refused.unwrap_err().to_string().contains("bootstrap"));
}

#[test]
fn standard_errors_follow_logarithms_ties_and_fixed_parameters() {
    let observations = runs_of("chinchilla");
    let options = FitOptions::default().with_rho(Rho::Squared);
    let fit = fit_scaling_law(&observations, &options).unwrap();
    // The normal equations, written out.
    let cross = (0..observations.len()).fold(nalgebra::DMatrix::zeros(5, 5), |sum, i| {
        let (_, slopes) = by_hand(&fit.parameters, observations.params()[i], observations.tokens()[i]);
        let row = nalgebra::DVector::from_column_slice(&slopes);
        sum + &row * row.transpose()
    });
    let s2 = 2.0 * fit.objective / (observations.len() - 5) as f64;
    let covariance = cross.try_inverse().unwrap() * s2;
    let errors = fit.standard_errors().unwrap();
    for j in 0..5 {
        let unit = if j < 3 { fit.parameters[j] } else { 1.0 };
        let exact = covariance[(j, j)].sqrt() * unit;
        near(errors[j], exact, 1e-6);
    }
    let tied = fit_scaling_law(&observations, &options.clone().with_tied("alpha", "beta")).unwrap();
    let errors = tied.standard_errors().unwrap();
    assert!((errors[3] / errors[4] - 1.0).abs() < 1e-9 && errors[3] > 0.0);
    let fixed = fit_scaling_law(&observations, &options.with_fixed("E", 1.8)).unwrap();
    assert_eq!(fixed.standard_errors().unwrap()[0], 0.0);
}

/// L = c alone.
#[derive(Debug)]
struct Constant(LawSpec);

impl Law for Constant {
    fn spec(&self) -> &LawSpec {
        &self.0
    }
    fn evaluate(&self, theta: &[f64], _: &[&[f64]], out: Evaluation<'_>) {
        out.ln_loss.fill(theta[0]);
        out.jacobian.fill(1.0);
    }
}

#[test]
fn least_absolute_deviations_of_a_constant_are_the_weighted_median() {
    let y = vec![2.0, 3.5, 2.2, 9.0, 2.7, 4.1, 2.9];
    let w = vec![1.0, 2.0, 1.5, 3.0, 0.5, 1.0, 0.7];
    // In order: 2.0 (1), 2.2 (2.5), 2.7 (3), 2.9 (3.7), 3.5 (5.7): half of 9.7 is passed there.
    let observations = Observations::new(vec![1.0; 7], vec![1.0; 7], y).unwrap().with_weights(w).unwrap();
    let spec = LawSpec::new("constant", "L = c", [Input::Params], [Parameter::linear("c", 0.0, 20.0)]);
    let law = Arc::new(Constant(spec.with_response(Response::Loss)));
    for residual in [Residual::Loss, Residual::LnLoss] {
        let options = FitOptions::default().with_law(law.clone());
        let options = options.with_rho(Rho::Laplace).with_residual(residual);
        let fit = fit_scaling_law(&observations, &options).unwrap();
        assert!(fit.termination.is_converged(), "{residual} {:?}", fit.termination);
        assert!((fit.parameters[0] - 3.5).abs() < 1e-7, "{residual}: {}", fit.parameters[0]);
    }
}

#[test]
fn squared_is_hubers_with_a_delta_beyond_all_residuals_and_asymmetric_by_one_is_hubers() {
    let observations = runs_of("chinchilla");
    let pairs = [
        (Rho::Squared, Rho::Huber { delta: 100.0 }),
        (Rho::Asymmetric { factor: 1.0, delta: 1e-3 }, Rho::default()),
    ];
    for residual in [Residual::LnLoss, Residual::Loss] {
        for (one, other) in pairs {
            let (one, other) = (fit(&observations, one, residual), fit(&observations, other, residual));
            near(one.objective, other.objective, 1e-12);
            all_near(&one.parameters, &other.parameters, 1e-8);
        }
    }
}

#[test]
fn the_asymmetric_objective_is_that_of_its_definition_and_no_start_gets_below() {
    let observations = runs_of("chinchilla");
    let loss = Rho::Asymmetric { factor: 10.0, delta: 1e-3 };
    for residual in [Residual::LnLoss, Residual::Loss] {
        let fit = fit(&observations, loss, residual);
        let rho = |r: &f64| {
            let (size, delta) = (r.abs(), 1e-3);
            let one = if size <= delta { 0.5 * size * size } else { delta * (size - 0.5 * delta) };
            if *r < 0.0 { 10.0 * one } else { one }
        };
        let sum: f64 = fit.residuals().unwrap().iter().map(rho).sum();
        near(fit.objective, sum, 1e-10);
        let random = FitOptions::default().with_rho(loss).with_residual(residual);
        let random = random.with_starts(Starts::Random { count: 100, seed: 1 });
        let random = fit_scaling_law(&observations, &random).unwrap();
        assert!(random.objective >= fit.objective * (1.0 - 1e-7));
        // A curve with ten times the weight on the runs below it lies below about ten in eleven of them.
        let below = fit.residuals().unwrap().iter().filter(|r| **r < 0.0).count() as f64;
        assert!((below / observations.len() as f64 - 1.0 / 11.0).abs() < 0.03, "{below}");
    }
}

#[test]
fn a_law_that_writes_its_losses_is_fitted_as_the_table_of_its_terms_is() {
    let observations = runs_of("chinchilla");
    // As somebody outside would write it: L̂ itself, by code.
    let mut own = Written::plain();
    own.spec.response = Response::Loss;
    let own: Arc<dyn Law> = Arc::new(own);
    check_derivatives(own.as_ref(), &[1.8, 480.0, 2000.0, 0.35, 0.37], &[&[1e8, 1e9], &[2e9, 5e10]]).unwrap();
    for residual in [Residual::LnLoss, Residual::Loss] {
        for loss in [Rho::default(), Rho::Squared, Rho::Laplace] {
            let table = fit(&observations, loss, residual);
            // From a point that is about a standard error away in every parameter.
            let start = vec![vec![1.79, 600.0, 3000.0, 0.36, 0.385]];
            let options = FitOptions::default().with_law(Arc::clone(&own)).with_starts(Starts::Given(start));
            let code =
                fit_scaling_law(&observations, &options.with_rho(loss).with_residual(residual)).unwrap();
            near(code.objective, table.objective, 1e-7);
        }
    }
}

#[test]
fn every_loss_is_bootstrapped_profiled_saved_and_read_back() {
    let observations = runs_of("overtraining");
    for residual in [Residual::LnLoss, Residual::Loss] {
        for loss in ["huber:1e-3", "laplace", "squared", "asymmetric:10"] {
            let fit = fit(&observations, loss.parse().unwrap(), residual);
            for resample in ["weights", "residuals", "parametric"] {
                let options = BootstrapOptions::default().with_replicates(200);
                let options = options.with_resample(resample.parse().unwrap());
                let ensemble = fit.bootstrap(&options).unwrap();
                assert!(ensemble.failed <= 10, "{loss} {residual} {resample}: {} failed", ensemble.failed);
                let alpha = ensemble.parameter("alpha").unwrap();
                assert!(alpha.std_error > 0.0 && alpha.std_error < 0.5 * alpha.estimate, "{loss}: {alpha:?}");
            }
            let profile = fit.profile("alpha", 0.95).unwrap();
            let [Some(lower), Some(upper)] = profile.interval else { panic!("{loss} {residual}: open") };
            assert!(lower < profile.estimate && profile.estimate < upper);
            let least = profile.points.iter().map(|point| point.objective).fold(f64::INFINITY, f64::min);
            assert!(least >= fit.objective * (1.0 - 1e-6), "{loss} {residual}: {least} {}", fit.objective);
            saved(&format!("loss-{residual}-{}", &loss[..5]), &Report::Point(fit));
        }
    }
}

#[test]
fn columns_of_a_laws_own_are_named_when_they_are_missing_and_kept_in_subsets_and_files() {
    let (x, _, observations) = points();
    let bare = Observations::new(vec![1.0; 5], vec![1.0; 5], vec![2.0; 5]).unwrap();
    let error = fit_scaling_law(&bare, &line(Rho::Squared)).unwrap_err().to_string();
    assert!(error.contains("needs `x`") && error.contains("add the column"), "{error}");
    let half = observations.subset(|row| row % 2 == 0);
    assert_eq!(half.column("x").unwrap()[1], x[2]);
    let fit = fit_scaling_law(&observations, &line(Rho::Squared)).unwrap();
    let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(50)).unwrap();
    let (path, report) = (scratch("own.fit.json"), Report::Ensemble(ensemble));
    report.save(&path).unwrap();
    says(&Report::load(&path).unwrap_err().to_string(), &["line"]);
    assert_eq!(Report::load_with(&path, Line::law()).unwrap(), report);
    let refused =
        Observations::new(vec![1.0], vec![1.0], vec![2.0]).unwrap().with_column("x", vec![f64::NAN]);
    assert!(refused.unwrap_err().to_string().contains("x of observation 0"));
}

#[test]
fn given_starts_are_descended_from_where_they_are_and_refused_where_they_are_none() {
    let observations = runs_of("chinchilla");
    let best = fit(&observations, Rho::default(), Residual::LnLoss);
    let given = |point: Vec<f64>| FitOptions::default().with_starts(Starts::Given(vec![point]));
    let far = fit_scaling_law(&observations, &given(vec![1.0, 50.0, 50.0, 0.2, 0.2])).unwrap();
    near(far.objective, best.objective, 1e-9);
    assert_eq!(far.starts_tried, 1);
    for wrong in [vec![1.0, 2.0], vec![1.0, -50.0, 50.0, 0.2, 0.2], vec![f64::NAN, 50.0, 50.0, 0.2, 0.2]] {
        let error = fit_scaling_law(&observations, &given(wrong)).unwrap_err().to_string();
        assert!(error.contains("starts"), "{error}");
    }
    let none = FitOptions::default().with_starts(Starts::Given(Vec::new()));
    assert!(fit_scaling_law(&observations, &none).is_err());
}

#[test]
fn information_criteria_are_those_of_the_density_of_the_loss() {
    use nbar::compare::Candidates;
    let observations = runs_of("chinchilla");
    let n = observations.len() as f64;
    let candidate = [(Arc::new(chinchilla()) as Arc<dyn Law>, observations)];
    let aic = |loss| {
        let options = FitOptions::default().with_rho(loss);
        let compared = Candidates::new(candidate.to_vec())
            .compare(&options, 0.2, &BootstrapOptions::default().with_replicates(200))
            .unwrap();
        (compared.candidates[0].aic, compared.candidates[0].objective)
    };
    // Normal: -n/2 ln(2 pi e s^2); Laplace: -n ln(2 e b); six parameters with the scale.
    let (normal, half_rss) = aic(Rho::Squared);
    let likelihood = -0.5 * n * (std::f64::consts::TAU * std::f64::consts::E * 2.0 * half_rss / n).ln();
    assert!((normal - (12.0 - 2.0 * likelihood)).abs() < 1e-6, "{normal}");
    let (laplace, sum) = aic(Rho::Laplace);
    let likelihood = -n * (2.0 * std::f64::consts::E * sum / n).ln();
    assert!((laplace - (12.0 - 2.0 * likelihood)).abs() < 1e-6, "{laplace}");
    // These residuals have long tails: Laplace's density is the likelier one.
    assert!(laplace < normal - 50.0, "{laplace} {normal}");
}

#[test]
fn a_fit_saved_before_there_were_other_losses_is_read_as_one_of_hubers() {
    let observations = runs_of("overtraining");
    let fit =
        fit_scaling_law(&observations, &FitOptions::default().with_rho(Rho::Huber { delta: 2e-3 })).unwrap();
    let text = saved("delta", &Report::Point(fit));
    assert!(text.contains("\"delta\":0.002") && !text.contains("\"loss\":\"") && !text.contains("\"on\""));
    let read = Report::from_json("old", text.as_bytes()).unwrap();
    assert_eq!(read.fit().options.rho, Rho::Huber { delta: 2e-3 });
    let error = Report::from_json("old", text.replace("\"delta\":0.002,", "").as_bytes()).unwrap_err();
    assert!(error.to_string().contains("neither 'delta' nor 'loss'"), "{error}");
}

#[test]
fn a_bound_that_binds_gives_the_fit_with_the_parameter_fixed_there_for_every_loss() {
    let observations = runs_of("chinchilla");
    for residual in [Residual::LnLoss, Residual::Loss] {
        for loss in ["laplace", "squared", "asymmetric:10"] {
            let options = FitOptions::default().with_rho(loss.parse().unwrap()).with_residual(residual);
            let bounded =
                fit_scaling_law(&observations, &options.clone().with_bound("beta", ..=0.3)).unwrap();
            let fixed = fit_scaling_law(&observations, &options.with_fixed("beta", 0.3)).unwrap();
            assert!(bounded.termination.is_converged(), "{loss} {residual}");
            assert_eq!(bounded.parameter("beta"), Some(0.3));
            near(bounded.objective, fixed.objective, 1e-9);
        }
    }
}
