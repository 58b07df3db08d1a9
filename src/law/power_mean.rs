//! The law of Hoffmann et al. (2022) on a mean of N(t) whose order is fitted.

use super::{Evaluation, Input, Law, LawSpec, Parameter, Separable};
use crate::kernel::{exp_slice, ln_slice};
use crate::schedule::course::NODES;

/// Orders closer to 0 go by cumulants: there `ln(mean e^(pz))/p` loses digits.
const SMALL_ORDER: f64 = 1e-3;

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
                Parameter::linear("p", -3.0, 3.0),
            ],
        ))
    }
}

/// ln M_p and its derivative in p, of nodes (share, ln N).
fn log_mean(order: f64, nodes: &[(f64, f64); NODES]) -> (f64, f64) {
    let total: f64 = nodes.iter().map(|(share, _)| share).sum();
    let middle = nodes.iter().map(|(share, x)| share * x).sum::<f64>() / total;
    let moment = |k: i32| nodes.iter().map(|(share, x)| share * (x - middle).powi(k)).sum::<f64>() / total;
    if order.abs() < SMALL_ORDER {
        // K(p)/p = Σ κ_k p^(k-1)/k! from k = 1; what is left out is p⁴ κ_5/120.
        let (second, third) = (moment(2), moment(3));
        let fourth = moment(4) - 3.0 * second * second;
        let value = middle + order * (second / 2.0 + order * (third / 6.0 + order * fourth / 24.0));
        return (value, second / 2.0 + order * (third / 3.0 + order * fourth / 8.0));
    }
    let (mut grown, mut tilted) = (0.0, 0.0);
    for (share, x) in nodes {
        let z = x - middle;
        let growth = (order * z).exp_m1();
        grown += share * growth;
        tilted += share * z * growth;
    }
    // The mean of z is 0: so the weights may be e^(pz) - 1.
    let ln_mean = (grown / total).ln_1p();
    let tilt = tilted / (total + grown);
    (middle + ln_mean / order, (order * tilt - ln_mean) / (order * order))
}

impl Law for PowerMean {
    fn spec(&self) -> &LawSpec {
        &self.0
    }

    fn separable(&self, parameters: &[f64], inputs: &[f64]) -> Option<Separable> {
        let &[e, a, b, alpha, beta, p] = parameters else { return None };
        let (params, shares) = inputs[1..].split_at(NODES);
        let nodes = std::array::from_fn(|k| (shares[k], params[k].ln()));
        let (ln_mean, _) = log_mean(p, &nodes);
        let [a, b] = [a.ln() - alpha * ln_mean, b.ln() - beta * inputs[0].ln()].map(f64::exp);
        Some(Separable { e, a, b, alpha, beta })
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let &[e, a, b, alpha, beta, p] = theta else { return };
        let constant = e.exp();
        let rows = out.ln_loss.len();
        let (params, shares) = inputs[1..].split_at(NODES);
        // ln M and its derivative, ln D, then both terms.
        let (mut of_n, mut of_d) = (vec![0.0; rows], inputs[0].to_vec());
        let mut by_p = vec![0.0; rows];
        let mut counts = params.concat();
        ln_slice(&mut counts);
        for row in 0..rows {
            let nodes = std::array::from_fn(|k| (shares[k][row], counts[k * rows + row]));
            (of_n[row], by_p[row]) = log_mean(p, &nodes);
        }
        ln_slice(&mut of_d);
        let logs = (of_n.clone(), of_d.clone());
        of_n.iter_mut().for_each(|x| *x = a - alpha * *x);
        of_d.iter_mut().for_each(|x| *x = b - beta * *x);
        exp_slice(&mut of_n);
        exp_slice(&mut of_d);
        for row in 0..rows {
            let total = constant + of_n[row] + of_d[row];
            let shares = [constant / total, of_n[row] / total, of_d[row] / total];
            let [_, size, data] = shares;
            let slopes = [-size * logs.0[row], -data * logs.1[row], -size * alpha * by_p[row]];
            for (j, slope) in shares.into_iter().chain(slopes).enumerate() {
                out.jacobian[j * rows + row] = slope;
            }
            out.ln_loss[row] = total.ln();
        }
    }
}
