//! The law of Muennighoff et al. (2023): tokens and parameters that are worth less than new ones.

use super::{Evaluation, Input, Law, Parameter};

/// Name of [`RepeatedData`].
pub const REPEATED_DATA: &str = "repeated-data";

/// `L = E + A/N'^α + B/D'^α`, with effective parameters N' and tokens D'.
///
/// `D' = U + U R_D (1 - exp(-(D/U - 1)/R_D))` for U unique tokens, and
/// `N' = V + V R_N (1 - exp(-(N/V - 1)/R_N))` with `V = min(N, U (A/B)^(1/α))`: the parameters for which U tokens are
/// compute-optimal (Muennighoff et al. 2023, arXiv 2305.16264). Parameters, in order: E (nats a token), A and B
/// (nats a token, at N' = 1 and D' = 1), α, R_D and R_N (repetitions after which the gain of more has fallen by e).
///
/// ```
/// use nbar::law::{Law, RepeatedData};
/// let law = RepeatedData::default();
/// // Inputs: parameters, tokens, unique tokens. Nothing is repeated and N is small: the law of dense runs.
/// let loss = law.loss(&[1.0, 8.0, 8.0, 0.5, 15.0, 5.0], &[4.0, 16.0, 16.0]);
/// assert!((loss - 7.0).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RepeatedData([Parameter; 6]);

impl Default for RepeatedData {
    fn default() -> Self {
        Self([
            Parameter::log("E", 0.5, 5.0),
            Parameter::log("A", 10.0, 1e4),
            Parameter::log("B", 10.0, 1e5),
            Parameter::linear("alpha", 0.15, 0.6),
            Parameter::log("R_D", 1.0, 100.0),
            Parameter::log("R_N", 1.0, 100.0),
        ])
    }
}

/// ln of `1 + r (1 - exp(-x/r))`, with its derivatives in ln x' where x + 1 is the ratio, and in ln r.
fn saturated(ratio: f64, r: f64) -> (f64, f64, f64) {
    let x = (ratio - 1.0).max(0.0);
    let gained = -(-x / r).exp_m1();
    let kept = 1.0 - gained;
    let worth = 1.0 + r * gained;
    // In ln ratio, and in ln r.
    (worth.ln(), kept * (x + 1.0) / worth, (r * gained - x * kept) / worth)
}

impl Law for RepeatedData {
    fn name(&self) -> &str {
        REPEATED_DATA
    }

    fn formula(&self) -> &str {
        "L = E + A/N'^alpha + B/D'^alpha, N' and D' saturating with repetition (R_N, R_D)"
    }

    fn parameters(&self) -> &[Parameter] {
        &self.0
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::Params, Input::Tokens, Input::UniqueTokens]
    }

    fn linear(&self) -> &[usize] {
        &[0]
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let &[e, a, b, alpha, r_d, r_n] = theta else { return };
        let (constant, r_d, r_n) = (e.exp(), r_d.exp(), r_n.exp());
        let rows = out.ln_loss.len();
        for row in 0..rows {
            let (n, d, unique) = (inputs[0][row], inputs[1][row], inputs[2][row]);
            let (worth_d, _, by_r_d) = saturated(d / unique, r_d);
            let ln_d = unique.ln() + worth_d;
            let ln_optimal = unique.ln() + (a - b) / alpha;
            let ln_n0 = n.ln();
            let excess = ln_n0 > ln_optimal;
            let ln_v = ln_n0.min(ln_optimal);
            let (worth_n, by_ratio, by_r_n) = saturated((ln_n0 - ln_v).exp(), r_n);
            let ln_n = ln_v + worth_n;
            // d ln N' / d ln V, when V is the optimum and not N itself.
            let by_v = if excess { 1.0 - by_ratio } else { 0.0 };
            let of_n = (a - alpha * ln_n).exp();
            let of_d = (b - alpha * ln_d).exp();
            let total = constant + of_n + of_d;
            let (of_n, of_d) = (of_n / total, of_d / total);
            out.ln_loss[row] = total.ln();
            let slopes = [
                constant / total,
                of_n * (1.0 - by_v),
                of_d + of_n * by_v,
                of_n * (by_v * (a - b) / alpha - ln_n) - of_d * ln_d,
                -alpha * of_d * by_r_d,
                -alpha * of_n * by_r_n,
            ];
            for (j, slope) in slopes.into_iter().enumerate() {
                out.jacobian[j * rows + row] = slope;
            }
        }
    }
}
