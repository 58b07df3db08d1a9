//! The law of Hoffmann et al. (2022) on a mean of N(t) whose order is fitted.

use super::log_mean::log_mean;
use super::{Evaluation, Input, Law, LawSpec, Parameter, Separable};
use crate::kernel::{exp_slice, ln_slice};
use crate::schedule::course::NODES;

/// `L = E + A/M_p^α + B/D^β`, with `M_p = ((1/D) ∫₀ᴰ N(t)^p dt)^(1/p)` and p fitted.
///
/// p = 1 is N̄, as Jin et al. (2025, arXiv 2501.12486) have it, p = 0 the geometric and p = -1 the harmonic mean, and
/// p = -α is [`averaged`](super::averaged()). The interval of p says which average a sweep supports; on dense runs all are one
/// and p is not identified.
///
/// Parameters, in order: E (nats a token), A and B (nats a token, at M = 1 and D = 1), α, β, p. Not a sum of powers. Reads
/// the schedules.
///
/// ```
/// use nbar::law::{Law, PowerMean};
/// use nbar::{Observations, Trajectory};
/// // Half of the tokens at N = 1, half at N = 9, D = 4: the mean of order 1/2 is 4.
/// let run = Trajectory::from_counts(&[(0.0, 1.0), (2.0, 9.0)], 4.0)?;
/// let observations = Observations::new(vec![5.0], vec![4.0], vec![1.0])?.with_trajectories(&[run])?;
/// let law = PowerMean::default();
/// let inputs = law.spec().columns(&observations)?.concat();
/// let loss = law.loss(&[1.0, 6.0, 8.0, 0.5, 1.0, 0.5], &inputs);
/// assert!((loss - 6.0).abs() < 1e-12);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PowerMean(LawSpec);

impl Default for PowerMean {
    fn default() -> Self {
        Self(LawSpec::new(
            "power-mean",
            "L = E + A/M^alpha + B/D^beta, M = mean(N(t)^p)^(1/p)",
            [Input::Tokens, Input::Course],
            [
                Parameter::coefficient("E", 0.5, 5.0),
                Parameter::coefficient("A", 10.0, 1e5).takes_up([Input::Course], 3),
                Parameter::coefficient("B", 10.0, 1e7).takes_up([Input::Tokens], 4),
                Parameter::linear("alpha", 0.1, 0.7),
                Parameter::linear("beta", 0.1, 0.8),
                Parameter::linear("p", -3.0, 3.0).with_limits(["the final count", "the initial count"]),
            ],
        ))
    }
}

impl Law for PowerMean {
    fn spec(&self) -> &LawSpec {
        &self.0
    }

    fn separable(&self, parameters: &[f64], inputs: &[f64]) -> Option<Separable> {
        let &[e, a, b, alpha, beta, p] = parameters else { return None };
        let nodes: [&[f64]; 2 * NODES] = std::array::from_fn(|k| &inputs[1 + k..][..1]);
        let (mut ln_mean, mut by_p) = ([0.0], [0.0]);
        log_mean(p, &nodes, &mut ln_mean, &mut by_p);
        let [a, b] = [a.ln() - alpha * ln_mean[0], b.ln() - beta * inputs[0].ln()].map(f64::exp);
        Some(Separable { e, a, b, alpha, beta })
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let &[e, a, b, alpha, beta, p] = theta else { return };
        let (constant, rows) = (e.exp(), out.ln_loss.len());
        let mut columns = out.jacobian.chunks_exact_mut(rows.max(1));
        let mut next = || &mut columns.next().unwrap_or_default()[..rows];
        let (by_e, by_a, by_b, by_alpha, by_beta, by_p) = (next(), next(), next(), next(), next(), next());
        // The columns of the derivatives hold ln M and its own in p, ln D, then both terms.
        log_mean(p, &inputs[1..], by_alpha, by_p);
        by_beta.copy_from_slice(inputs[0]);
        ln_slice(by_beta);
        for row in 0..rows {
            by_a[row] = a - alpha * by_alpha[row];
            by_b[row] = b - beta * by_beta[row];
        }
        exp_slice(by_a);
        exp_slice(by_b);
        let ln_loss = &mut out.ln_loss[..rows];
        for row in 0..rows {
            let total = constant + by_a[row] + by_b[row];
            let inverse = 1.0 / total;
            let (of_n, of_d) = (by_a[row] * inverse, by_b[row] * inverse);
            ln_loss[row] = total;
            by_e[row] = constant * inverse;
            by_a[row] = of_n;
            by_b[row] = of_d;
            by_alpha[row] *= -of_n;
            by_beta[row] *= -of_d;
            by_p[row] *= -alpha * of_n;
        }
        ln_slice(ln_loss);
    }
}
