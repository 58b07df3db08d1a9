//! The law of Muennighoff et al. (2023): tokens and parameters that are worth less than new ones.

use super::{Evaluation, Input, Law, LawSpec, Parameter};
use crate::kernel::{exp_m1_slice, exp_slice, ln_slice};

/// `L = E + A/N'^α + B/D'^α`, with effective parameters N' and tokens D'.
///
/// `D' = U + U R_D (1 - exp(-(D/U - 1)/R_D))` for U unique tokens, or D of them if that is less, and
/// `N' = V + V R_N (1 - exp(-(N/V - 1)/R_N))` with `V = min(N, U (A/B)^(1/α))`: the parameters for which U tokens are
/// compute-optimal (Muennighoff et al. 2023, arXiv 2305.16264). Parameters, in order: E (nats a token), A and B
/// (nats a token, at N' = 1 and D' = 1), fitted by their logarithms; α; R_D and R_N (repetitions after which the gain of more
/// has fallen by e), fitted by their logarithms. ln E, ln A and ln B are published, in these units.
///
/// ```
/// use nbar::law::{Law, RepeatedData};
/// let law = RepeatedData::default();
/// // Inputs: parameters, tokens, unique tokens. As published, and what the authors' README has for 8.67 billion parameters and 7.12 epochs of 25 billion tokens.
/// let [e, a, b] = [0.6254804f64, 6.255414, 7.3049974].map(f64::exp);
/// let loss = law.loss(&[e, a, b, 0.3526596, 15.387756, 5.309743], &[8.67e9, 178e9, 25e9]);
/// assert!((loss - 2.2269634075087867).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RepeatedData(LawSpec);

impl Default for RepeatedData {
    fn default() -> Self {
        Self(LawSpec::new(
            "repeated-data",
            "L = E + A/N'^alpha + B/D'^alpha, N' and D' saturating with repetition (R_N, R_D)",
            [Input::Params, Input::Tokens, Input::UniqueTokens],
            [
                Parameter::coefficient("E", 0.5, 5.0),
                Parameter::log("A", 10.0, 1e4).takes_up([Input::Params], 3),
                Parameter::log("B", 10.0, 1e5).takes_up([Input::Tokens, Input::UniqueTokens], 3),
                Parameter::linear("alpha", 0.15, 0.6),
                Parameter::log("R_D", 1.0, 100.0),
                Parameter::log("R_N", 1.0, 100.0),
            ],
        ))
    }
}

/// ln of `1 + r (1 - exp(-x/r))` of each x, in place, with its derivatives in ln(1 + x) and in ln r.
fn saturate(r: f64, x: &mut [f64], by_ratio: &mut [f64], by_r: &mut [f64]) {
    let (rows, rate) = (x.len(), -1.0 / r);
    let (by_ratio, by_r) = (&mut by_ratio[..rows], &mut by_r[..rows]);
    for row in 0..rows {
        by_r[row] = rate * x[row];
    }
    exp_m1_slice(by_r);
    for row in 0..rows {
        let (repeats, gained) = (x[row], -by_r[row]);
        let kept = 1.0 - gained;
        let worth = 1.0 + r * gained;
        let inverse = 1.0 / worth;
        x[row] = worth;
        by_ratio[row] = kept * (repeats + 1.0) * inverse;
        by_r[row] = (r * gained - repeats * kept) * inverse;
    }
    ln_slice(x);
}

impl Law for RepeatedData {
    fn spec(&self) -> &LawSpec {
        &self.0
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let &[e, a, b, alpha, r_d, r_n] = theta else { return };
        let (constant, r_d, r_n) = (e.exp(), r_d.exp(), r_n.exp());
        let (rows, ln_ratio) = (out.ln_loss.len(), (a - b) / alpha);
        // Of one known length, all of them: then no index is checked.
        let [params, tokens, unique] = [0, 1, 2].map(|k| &inputs[k][..rows]);
        let mut columns = out.jacobian.chunks_exact_mut(rows.max(1));
        let mut next = || &mut columns.next().unwrap_or_default()[..rows];
        let (by_e, by_a, by_b, by_alpha, by_r_d, by_r_n) = (next(), next(), next(), next(), next(), next());
        // The columns of the derivatives hold ln N and ln U, then ln N' and ln D', then both terms.
        by_a.copy_from_slice(params);
        // A run that ends within its first epoch has seen as many different tokens as it has tokens.
        for row in 0..rows {
            by_b[row] = unique[row].min(tokens[row]);
        }
        ln_slice(by_a);
        ln_slice(by_b);
        // N/V - 1, exactly 0 up to the optimum.
        for row in 0..rows {
            let ln_v = by_a[row].min(by_b[row] + ln_ratio);
            by_e[row] = by_a[row] - ln_v;
            by_a[row] = ln_v;
        }
        exp_m1_slice(by_e);
        saturate(r_n, by_e, by_alpha, by_r_n);
        // D/U - 1, exactly 0 for one epoch.
        for row in 0..rows {
            by_a[row] += by_e[row];
            by_e[row] = (tokens[row] - unique[row]).max(0.0) / unique[row];
        }
        saturate(r_d, by_e, out.ln_loss, by_r_d);
        for row in 0..rows {
            by_b[row] += by_e[row];
            by_e[row] = a - alpha * by_a[row];
            out.ln_loss[row] = b - alpha * by_b[row];
        }
        exp_slice(by_e);
        exp_slice(out.ln_loss);
        for row in 0..rows {
            let (ln_n, ln_d, of_n, of_d) = (by_a[row], by_b[row], by_e[row], out.ln_loss[row]);
            // d ln N' / d ln V where V is the optimum; 0 where it is N itself.
            let by_v = 1.0 - by_alpha[row];
            let total = constant + of_n + of_d;
            let inverse = 1.0 / total;
            let (of_n, of_d) = (of_n * inverse, of_d * inverse);
            out.ln_loss[row] = total;
            by_e[row] = constant * inverse;
            by_a[row] = of_n * (1.0 - by_v);
            by_b[row] = of_d + of_n * by_v;
            by_alpha[row] = of_n * (by_v * ln_ratio - ln_n) - of_d * ln_d;
            by_r_d[row] *= -alpha * of_d;
            by_r_n[row] *= -alpha * of_n;
        }
        ln_slice(out.ln_loss);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effective_counts_keep_their_digits_about_one_epoch_and_for_any_saturation() {
        let repeats = [0.0, 1e-15, 1e-9, 1e-6, 1e-3, 0.3, 1.0, 40.0, 1e6];
        for r in [1e-3f64, 1.0, 15.0, 1e6, 1e100] {
            let (mut found, mut by_ratio, mut by_r) = (repeats, [0.0; 9], [0.0; 9]);
            saturate(r, &mut found, &mut by_ratio, &mut by_r);
            for (row, x) in repeats.into_iter().enumerate() {
                let gain = -r * (-x / r).exp_m1();
                let kept = (-x / r).exp();
                assert!((found[row].exp() / (1.0 + gain) - 1.0).abs() < 1e-14, "{x}, {r}: {}", found[row]);
                for (slope, expected) in [
                    (by_ratio[row], kept * (1.0 + x) / (1.0 + gain)),
                    (by_r[row], (gain - x * kept) / (1.0 + gain)),
                ] {
                    assert!((slope - expected).abs() < 1e-14, "{x}, {r}: {slope}, not {expected}");
                }
            }
            assert_eq!((found[0], by_ratio[0], by_r[0]), (0.0, 1.0, 0.0), "one epoch, {r}");
        }
    }

    #[test]
    fn one_epoch_of_a_small_network_is_the_law_of_dense_runs_exactly() {
        let theta = [0.6, 5.0, 5.0, 0.35, 2.7, 1.7];
        let of = |tokens: f64, unique: f64| {
            let (mut ln_loss, mut jacobian) = ([0.0], [0.0; 6]);
            let out = Evaluation { ln_loss: &mut ln_loss, jacobian: &mut jacobian };
            RepeatedData::default().evaluate(&theta, &[&[1e9], &[tokens], &[unique]], out);
            (ln_loss[0], jacobian)
        };
        // A = B: up to as many parameters as unique tokens, none is in excess.
        let (once, slopes) = of(2e10, 2e10);
        assert_eq!(slopes[4..], [0.0, 0.0]);
        // Of fewer tokens than there are different ones each is new.
        assert_eq!(of(1e10, 2e10), of(1e10, 1e10));
        let dense =
            (theta[0].exp() + (5.0 - 0.35 * 1e9f64.ln()).exp() + (5.0 - 0.35 * 2e10f64.ln()).exp()).ln();
        assert!((once - dense).abs() < 1e-15, "{once}, {dense}");
        // One token in a billion is seen twice: the loss falls by what a fresh one would give.
        let fell = (once - of(2e10 + 20.0, 2e10).0) / (0.35 * 1e-9);
        assert!((fell / slopes[2] - 1.0).abs() < 1e-5, "{fell}, {}", slopes[2]);
    }
}
