//! The joint law of Kaplan et al. (2020).

use super::nested::log_add;
use super::{Evaluation, Input, Law, LawSpec, Parameter};
use crate::kernel::ln_slice;

/// `L = [(Nc/N)^(αN/αD) + Dc/D]^αD` (Kaplan et al. 2020, arXiv 2001.08361, equation 1.5).
///
/// Parameters, in order: Nc (parameters) and Dc (tokens), where N or D alone would give a loss of one nat a token, fitted by
/// their logarithms; αN; αD, which divides and is fitted by its logarithm too. It has no irreducible loss. Nc and Dc are
/// published in these units; with D unlimited, `L = A N^-αN` has A = Nc^αN. Kaplan et al. count parameters without
/// embeddings. Not a sum of powers.
///
/// ```
/// use nbar::law::{Kaplan, Law};
/// let published = [6.4e13, 1.8e13, 0.076, 0.103];
/// let unlimited = Kaplan::default().loss(&published, &[1e9, 1e300]);
/// assert!((unlimited / (6.4e13f64.powf(0.076) * 1e9f64.powf(-0.076)) - 1.0).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Kaplan(LawSpec);

impl Default for Kaplan {
    fn default() -> Self {
        Self(LawSpec::new(
            "kaplan",
            "L = [(Nc/N)^(alpha_N/alpha_D) + Dc/D]^alpha_D",
            [Input::Params, Input::Tokens],
            [
                Parameter::log("Nc", 1e9, 1e18),
                Parameter::log("Dc", 1e9, 1e18),
                Parameter::linear("alpha_N", 0.02, 0.4),
                Parameter::log("alpha_D", 0.02, 0.4),
            ],
        ))
    }
}

impl Law for Kaplan {
    fn spec(&self) -> &LawSpec {
        &self.0
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let &[ln_nc, ln_dc, alpha_n, ln_alpha_d] = theta else { return };
        let alpha_d = ln_alpha_d.exp();
        let rows = out.ln_loss.len();
        let mut columns = out.jacobian.chunks_exact_mut(rows.max(1));
        // Of one known length, all of them: then no index is checked.
        let mut next = || &mut columns.next().unwrap_or_default()[..rows];
        let (first, second, third, fourth) = (next(), next(), next(), next());
        let (ln_loss, ratio) = (&mut out.ln_loss[..rows], alpha_n / alpha_d);
        // The columns of the derivatives hold ln N and ln D, then the logs of both terms.
        first.copy_from_slice(inputs[0]);
        second.copy_from_slice(inputs[1]);
        ln_slice(first);
        ln_slice(second);
        for row in 0..rows {
            third[row] = ln_nc - first[row];
            first[row] = ratio * third[row];
            second[row] = ln_dc - second[row];
        }
        log_add(first, second, ln_loss, fourth);
        for row in 0..rows {
            let (ln_sum, share, of_n) = (ln_loss[row], fourth[row], first[row]);
            ln_loss[row] = alpha_d * ln_sum;
            first[row] = alpha_n * share;
            second[row] = alpha_d * (1.0 - share);
            third[row] *= share;
            fourth[row] = alpha_d * (ln_sum - share * of_n);
        }
    }
}
