//! A law of one's own, of three inputs: runs whose learning rate was off, `L = E + A/N^alpha + B/D^beta + k x^2`, where
//! x = log2(learning rate / the tuned one) may be negative. The sweep is made up, with 0.3 % of noise.
#![allow(clippy::print_stdout)] // Printing is what an example is for.

use nbar::law::{Evaluation, Input, Law, LawSpec, Parameter, Response, check_derivatives};
use nbar::{BootstrapOptions, FitOptions, Observations, Result, fit_scaling_law};

#[derive(Debug)]
struct Mistuned(LawSpec);

impl Law for Mistuned {
    fn spec(&self) -> &LawSpec {
        &self.0
    }
    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let rows = inputs[0].len();
        for (i, ((n, d), x)) in inputs[0].iter().zip(inputs[1]).zip(inputs[2]).enumerate() {
            // E, A, B and k are fitted by their logarithms: each one's slope is its term.
            let (e, k) = (theta[0].exp(), theta[3].exp() * x * x);
            let (a, b) = ((theta[1] - theta[4] * n.ln()).exp(), (theta[2] - theta[5] * d.ln()).exp());
            out.ln_loss[i] = e + a + b + k;
            for (j, slope) in [e, a, b, k, -a * n.ln(), -b * d.ln()].into_iter().enumerate() {
                out.jacobian[j * rows + i] = slope;
            }
        }
    }
}

fn main() -> Result<()> {
    let coefficients = [("E", 0.3, 3.0), ("A", 1.0, 1e5), ("B", 1.0, 1e6), ("k", 1e-4, 1.0)];
    let mut parameters =
        coefficients.map(|(name, low, high)| Parameter::coefficient(name, low, high)).to_vec();
    parameters.extend(["alpha", "beta"].map(|name| Parameter::linear(name, 0.05, 1.0)));
    let inputs = [Input::Params, Input::Tokens, Input::Column("lr_offset".into())];
    let spec = LawSpec::new("mistuned", "L = E + A/N^alpha + B/D^beta + k x^2", inputs, parameters);
    // L itself is written above, and not its logarithm.
    let law = Mistuned(spec.with_response(Response::Loss));
    let truth = [1.7, 400.0, 2000.0, 0.02, 0.35, 0.37];
    let column = |of: fn(i32) -> f64| (0..60).map(of).collect::<Vec<f64>>();
    let (n, d) = (column(|i| 3e7 * 2f64.powi(i % 6)), column(|i| 1e9 * 3f64.powi(i / 6 % 5)));
    let (x, noise) = (column(|i| f64::from(i * 7 % 5 - 2)), column(|i| 0.003 * (f64::from(i) * 2.4).sin()));
    let loss = (0..60).map(|i| law.loss(&truth, &[n[i], d[i], x[i]]) * noise[i].exp()).collect();
    check_derivatives(&law, &truth, &[&n, &d, &x])?;
    let observations = Observations::new(n, d, loss)?.with_column("lr_offset", x)?;
    let options = FitOptions::default().with_law(std::sync::Arc::new(law));
    let ensemble = fit_scaling_law(&observations, &options)?.bootstrap(&BootstrapOptions::default())?;
    for (j, truth) in truth.iter().enumerate() {
        let (name, estimate) = (&ensemble.fit.law().spec().parameters[j].name, ensemble.estimate(|p| p[j]));
        println!("{name:<6} {:>10.4}  95 % {:>10.4?}  truth {truth}", estimate.estimate, estimate.interval);
    }
    Ok(())
}
