//! Terms that share their loss: between the sum of Hoffmann et al. (2022) and the larger of its two terms.

use super::nested::log_add;
use super::{Evaluation, Input, Law, LawSpec, Parameter};
use crate::kernel::{exp_slice, ln_slice};

/// `L = E + [(A/N^α)^(1/q) + (B/D^β)^(1/q)]^q`.
///
/// q = 1 is the law of Hoffmann et al. (2022, arXiv 2203.15556); as q falls to 0 the larger term alone counts; with
/// E = 0 and q = β it is that of Kaplan et al. (2020, arXiv 2001.08361), A = Nc^αN and B = Dc^αD. Parameters, in order: E (nats a token), A and B
/// (nats a token, at N = 1 and D = 1), fitted by their logarithms; α, β; q, fitted by its logarithm. Not a sum of powers.
///
/// ```
/// use nbar::law::{Coupled, Law};
/// // 6/4^.5 = 3 and 20/25^.5 = 4, whose squares add up to 25.
/// let loss = Coupled::default().loss(&[1.5, 6.0, 20.0, 0.5, 0.5, 0.5], &[4.0, 25.0]);
/// assert!((loss - 6.5).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Coupled(LawSpec);

impl Default for Coupled {
    fn default() -> Self {
        Self(LawSpec::new(
            "coupled",
            "L = E + [(A/N^alpha)^(1/q) + (B/D^beta)^(1/q)]^q",
            [Input::Params, Input::Tokens],
            [
                Parameter::coefficient("E", 0.5, 5.0),
                Parameter::log("A", 10.0, 1e4).takes_up([Input::Params], 3),
                Parameter::log("B", 10.0, 1e5).takes_up([Input::Tokens], 4),
                Parameter::linear("alpha", 0.15, 0.6),
                Parameter::linear("beta", 0.15, 0.6),
                Parameter::log("q", 0.2, 3.0),
            ],
        ))
    }
}

impl Law for Coupled {
    fn spec(&self) -> &LawSpec {
        &self.0
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let &[e, ln_a, ln_b, alpha, beta, ln_q] = theta else { return };
        let (constant, q) = (e.exp(), ln_q.exp());
        let rows = out.ln_loss.len();
        let mut columns = out.jacobian.chunks_exact_mut(rows.max(1));
        // Of one known length, all of them: then no index is checked.
        let mut next = || &mut columns.next().unwrap_or_default()[..rows];
        let (by_e, by_a, by_b, by_alpha, by_beta, by_q) = (next(), next(), next(), next(), next(), next());
        // The columns of the derivatives hold ln N and ln D, and the logs of both terms over q.
        by_alpha.copy_from_slice(inputs[0]);
        by_beta.copy_from_slice(inputs[1]);
        ln_slice(by_alpha);
        ln_slice(by_beta);
        let inverse = 1.0 / q;
        for row in 0..rows {
            by_a[row] = (ln_a - alpha * by_alpha[row]) * inverse;
            by_b[row] = (ln_b - beta * by_beta[row]) * inverse;
        }
        let ln_loss = &mut out.ln_loss[..rows];
        log_add(by_a, by_b, ln_loss, by_q);
        for row in 0..rows {
            by_e[row] = q * ln_loss[row];
        }
        exp_slice(by_e);
        for row in 0..rows {
            let (ln_sum, share, both) = (ln_loss[row], by_q[row], by_e[row]);
            let loss = constant + both;
            let inverse = 1.0 / loss;
            let (of_n, of_d) = (both * inverse * share, both * inverse * (1.0 - share));
            ln_loss[row] = loss;
            by_q[row] = q * (of_n * (ln_sum - by_a[row]) + of_d * (ln_sum - by_b[row]));
            by_e[row] = constant * inverse;
            by_a[row] = of_n;
            by_b[row] = of_d;
            by_alpha[row] *= -of_n;
            by_beta[row] *= -of_d;
        }
        ln_slice(ln_loss);
    }
}
