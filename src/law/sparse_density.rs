//! The law of Wu (2026): density as a factor of the size term.

use super::{Evaluation, Input, Law, Parameter};

/// Name of [`SparseDensity`].
pub const SPARSE_DENSITY: &str = "sparse-density";

/// `L = E + A (s^ε + c (1-s)^μ) / N^α + B/D^α`, with s = N/N₀ the density.
///
/// Parameters, in order: E (nats a token), A and B (nats a token, at N = 1 and D = 1), α, ε, c, μ (Wu 2026, arXiv
/// 2606.01155, where the fit has one exponent for N and D). N is the count that is active, N₀ all of them; c may
/// be negative. On dense runs the factor is 1. Where it is not positive it is replaced by 1e-6.
///
/// ```
/// use nbar::law::{Law, SparseDensity};
/// let law = SparseDensity::default();
/// // Inputs: final parameters, initial parameters, tokens.
/// let loss = law.loss(&[1.0, 2.0, 4.0, 0.5, 0.5, -0.25, 1.0], &[4.0, 16.0, 4.0]);
/// assert!((loss - (1.0 + 2.0 * (0.5 - 0.25 * 0.75) / 2.0 + 2.0)).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SparseDensity([Parameter; 7]);

impl Default for SparseDensity {
    fn default() -> Self {
        Self([
            Parameter::log("E", 0.5, 5.0),
            Parameter::log("A", 10.0, 1e4),
            Parameter::log("B", 10.0, 1e5),
            Parameter::linear("alpha", 0.15, 0.6),
            Parameter::linear("epsilon", -0.5, 1.0),
            Parameter::linear("c", -0.6, 0.6),
            Parameter::log("mu", 0.2, 4.0),
        ])
    }
}

/// Least factor.
const LEAST: f64 = 1e-6;

impl Law for SparseDensity {
    fn name(&self) -> &str {
        SPARSE_DENSITY
    }

    fn formula(&self) -> &str {
        "L = E + A (s^epsilon + c (1-s)^mu)/N^alpha + B/D^alpha, s = N/N0"
    }

    fn parameters(&self) -> &[Parameter] {
        &self.0
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::FinalParams, Input::InitialParams, Input::Tokens]
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let &[e, a, b, alpha, epsilon, c, ln_mu] = theta else { return };
        let (constant, mu) = (e.exp(), ln_mu.exp());
        let rows = out.ln_loss.len();
        for row in 0..rows {
            let (n, initial, d) = (inputs[0][row], inputs[1][row], inputs[2][row]);
            let (ln_n, ln_d) = (n.ln(), d.ln());
            let ln_s = ln_n - initial.ln();
            let kept = (epsilon * ln_s).exp();
            // Of a dense run nothing is missing: 0^mu, and no derivative.
            let missing = 1.0 - n / initial;
            let (lost, ln_missing) =
                if missing > 0.0 { (missing.powf(mu), missing.ln()) } else { (0.0, 0.0) };
            let factor = kept + c * lost;
            let inside = if factor > LEAST { 1.0 } else { 0.0 };
            let scale = (a - alpha * ln_n).exp();
            let of_n = scale * factor.max(LEAST);
            let of_d = (b - alpha * ln_d).exp();
            let total = constant + of_n + of_d;
            out.ln_loss[row] = total.ln();
            let by_factor = inside * scale / total;
            let slopes = [
                constant / total,
                of_n / total,
                of_d / total,
                -(of_n * ln_n + of_d * ln_d) / total,
                by_factor * kept * ln_s,
                by_factor * lost,
                by_factor * c * lost * ln_missing * mu,
            ];
            for (j, slope) in slopes.into_iter().enumerate() {
                out.jacobian[j * rows + row] = slope;
            }
        }
    }
}
