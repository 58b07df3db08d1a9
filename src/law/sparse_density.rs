//! The law of Wu (2026): density as a factor of the size term.

use super::{Evaluation, Input, Law, LawSpec, Parameter, Separable};
use crate::kernel::{exp_slice, ln_slice};

/// `L = E + A (s^ε + c (1-s)^μ) / N^α + B/D^α`, with s = N/N₀ the density.
///
/// Parameters, in order: E (nats a token), A and B (nats a token, at N = 1 and D = 1), fitted by their logarithms; α, ε, c, as
/// they are; μ, fitted by its logarithm (Wu et al. 2026, arXiv 2606.01155, where the fit has one exponent for N and D). N is the
/// count that is active, N₀ all of them; c may be negative. On dense runs the factor is 1. Where it is not positive it is
/// replaced by 1e-6. To tell ε, c and μ takes five densities, 1 among them: of four there are two solutions. ln E, ln A and ln B
/// are published, in these units.
///
/// ```
/// use nbar::law::{Law, SparseDensity};
/// let law = SparseDensity::default();
/// // Inputs: final parameters, initial parameters, tokens. Published for one epoch; 1.99 billion parameters, one in eight active, and 20.8 billion tokens.
/// let [e, a, b] = [0.853550f64, 5.240737, 6.103031].map(f64::exp);
/// let published = [e, a, b, 0.326822, -0.009680, -0.272889, 0.846618];
/// let loss = law.loss(&published, &[1.99e9 / 8.0, 1.99e9, 20.8e9]);
/// assert!((loss - 2.8022).abs() < 1e-4);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SparseDensity(LawSpec);

impl Default for SparseDensity {
    fn default() -> Self {
        Self(LawSpec::new(
            "sparse-density",
            "L = E + A (s^epsilon + c (1-s)^mu)/N^alpha + B/D^alpha, s = N/N0",
            [Input::FinalParams, Input::InitialParams, Input::Tokens],
            [
                Parameter::coefficient("E", 0.5, 5.0),
                Parameter::coefficient("A", 10.0, 1e4)
                    .takes_up([Input::FinalParams, Input::InitialParams], 3),
                Parameter::coefficient("B", 10.0, 1e5).takes_up([Input::Tokens], 3),
                Parameter::linear("alpha", 0.15, 0.6),
                Parameter::linear("epsilon", -0.5, 1.0),
                Parameter::linear("c", -0.6, 0.6),
                Parameter::log("mu", 0.2, 4.0),
            ],
        ))
    }
}

/// Least factor.
const LEAST: f64 = 1e-6;

impl Law for SparseDensity {
    fn spec(&self) -> &LawSpec {
        &self.0
    }

    fn separable(&self, parameters: &[f64], inputs: &[f64]) -> Option<Separable> {
        let &[e, a, b, alpha, epsilon, c, mu] = parameters else { return None };
        let density = inputs[0] / inputs[1];
        let lost = if density < 1.0 { c * (1.0 - density).powf(mu) } else { 0.0 };
        let factor = (density.powf(epsilon) + lost).max(LEAST);
        let [a, b] =
            [a.ln() + factor.ln() - alpha * inputs[0].ln(), b.ln() - alpha * inputs[2].ln()].map(f64::exp);
        Some(Separable { e, a, b, alpha, beta: alpha })
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let &[e, a, b, alpha, epsilon, c, ln_mu] = theta else { return };
        let (constant, mu) = (e.exp(), ln_mu.exp());
        let rows = out.ln_loss.len();
        let mut columns = out.jacobian.chunks_exact_mut(rows.max(1));
        // Of one known length, all of them: then no index is checked.
        let mut next = || &mut columns.next().unwrap_or_default()[..rows];
        let (by_e, by_a, by_b, by_alpha) = (next(), next(), next(), next());
        let (by_epsilon, by_c, by_mu) = (next(), next(), next());
        let ln_loss = &mut out.ln_loss[..rows];
        let [params, initial, tokens] = [0, 1, 2].map(|k| &inputs[k][..rows]);
        // The columns of the derivatives hold ln N, ln D, ln s and ln (1-s), then the four powers.
        by_alpha.copy_from_slice(params);
        by_b.copy_from_slice(tokens);
        by_epsilon.copy_from_slice(initial);
        for row in 0..rows {
            // Of a dense run nothing is missing: the least positive number stands for that.
            by_mu[row] = (1.0 - params[row] / initial[row]).max(f64::MIN_POSITIVE);
        }
        for logs in [&mut *by_alpha, by_b, by_epsilon, by_mu] {
            ln_slice(logs);
        }
        for row in 0..rows {
            by_epsilon[row] = by_alpha[row] - by_epsilon[row];
            by_e[row] = epsilon * by_epsilon[row];
            by_c[row] = mu * by_mu[row];
            by_a[row] = a - alpha * by_alpha[row];
            ln_loss[row] = b - alpha * by_b[row];
        }
        for powers in [&mut *by_e, by_c, by_a, &mut *ln_loss] {
            exp_slice(powers);
        }
        for row in 0..rows {
            let is_dense = f64::from(u8::from(params[row] >= initial[row]));
            let (kept, lost) = (by_e[row], by_c[row] * (1.0 - is_dense));
            let factor = kept + c * lost;
            let inside = f64::from(u8::from(factor > LEAST));
            let (scale, of_d) = (by_a[row], ln_loss[row]);
            let of_n = scale * factor.max(LEAST);
            let total = constant + of_n + of_d;
            let inverse = 1.0 / total;
            let by_factor = inside * scale * inverse;
            ln_loss[row] = total;
            by_e[row] = constant * inverse;
            by_a[row] = of_n * inverse;
            by_alpha[row] = -(of_n * by_alpha[row] + of_d * by_b[row]) * inverse;
            by_b[row] = of_d * inverse;
            by_epsilon[row] *= by_factor * kept;
            by_c[row] = by_factor * lost;
            by_mu[row] *= by_factor * c * lost * mu;
        }
        ln_slice(ln_loss);
    }
}
