//! Broken power laws, for curves that bend.

use super::nested::soft_plus;
use super::{Evaluation, Input, Law, LawSpec, Parameter};
use crate::kernel::{exp_slice, ln_slice};

/// `L = a + b D^-c0 Π_i (1 + (D/d_i)^(1/f_i))^(-c_i f_i)`, with D tokens and one break or two: the broken neural scaling law of
/// Caballero et al. (2022, arXiv 2210.14891, equation 1), whose x is D and whose letters these are.
///
/// Made by [`bnsl`] and [`bnsl2`].
#[derive(Debug, Clone, PartialEq)]
pub struct Bnsl(LawSpec);

/// The broken power law with one break: of a run's loss curve (`Checkpoints::All`), or of runs of one size.
///
/// Parameters, in order: a (nats a token; what is left in the limit) and b (nats a token, at D = 1 if d1 is far above),
/// fitted by their logarithms; c0, the exponent before the break, after which it is c0 + c1; d1, the tokens at the break,
/// and f1, its width in ln D, fitted by their logarithms. Not a sum of powers.
///
/// D is in tokens. A fit to steps or to billions of tokens has the same a, c0, c1 and f1; with `D = unit · x`, d1 is the published one
/// times the unit, and b the published one times unit^c0:
///
/// ```
/// use nbar::law::{Law, bnsl};
/// // Published in billions of tokens, at 8 of them: (1 + 8/8)^-1 = 1/2.
/// let (b, c0, d1, unit) = (6.0f64, 0.5, 8.0, 1e9f64);
/// let loss = bnsl().loss(&[2.0, b * unit.powf(c0), c0, 1.0, d1 * unit, 1.0], &[8e9]);
/// assert!((loss - (2.0 + 6.0 / 8f64.sqrt() / 2.0)).abs() < 1e-12);
/// ```
#[must_use]
pub fn bnsl() -> Bnsl {
    Bnsl(of_breaks("bnsl", "L = a + b D^-c0 (1 + (D/d1)^(1/f1))^(-c1 f1)", 1))
}

/// The broken power law with two breaks.
///
/// Parameters, in order: those of [`bnsl`], then c2, d2 and f2, of the break of more tokens: a fit puts the two in order, unless
/// one of their parameters is fixed or tied.
///
/// ```
/// use nbar::law::{Law, bnsl, bnsl2};
/// // A second break that changes nothing.
/// let one = bnsl().loss(&[2.0, 40.0, 0.2, 0.3, 1e10, 0.5], &[3e10]);
/// let two = bnsl2().loss(&[2.0, 40.0, 0.2, 0.3, 1e10, 0.5, 0.0, 1e11, 1.0], &[3e10]);
/// assert!((one / two - 1.0).abs() < 1e-14);
/// ```
#[must_use]
pub fn bnsl2() -> Bnsl {
    let formula = "L = a + b D^-c0 (1 + (D/d1)^(1/f1))^(-c1 f1) (1 + (D/d2)^(1/f2))^(-c2 f2)";
    // The break of fewer tokens is the first.
    Bnsl(of_breaks("bnsl2", formula, 2).with_groups(3..9, 3, 1))
}

/// a, b and c0, then c, d and f of each break; d is looked for where there are data, and else from ten million tokens to ten
/// trillion.
fn of_breaks(name: &'static str, formula: &'static str, breaks: usize) -> LawSpec {
    let mut parameters = vec![
        Parameter::coefficient("a", 0.1, 10.0),
        Parameter::coefficient("b", 0.1, 1e6),
        Parameter::linear("c0", 0.0, 0.8),
    ];
    for i in 1..=breaks {
        parameters.push(Parameter::linear(format!("c{i}"), -0.4, 0.8));
        parameters.push(Parameter::log(format!("d{i}"), 1e7, 1e13).within(Input::Tokens));
        parameters.push(Parameter::log(format!("f{i}"), 0.05, 2.0));
    }
    LawSpec::new(name, formula, [Input::Tokens], parameters)
}

impl Law for Bnsl {
    fn spec(&self) -> &LawSpec {
        &self.0
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let &[a, ln_b, c0, ref breaks @ ..] = theta else { return };
        let (constant, rows) = (a.exp(), out.ln_loss.len());
        if rows == 0 {
            return;
        }
        // Of one known length, all of them: then no index is checked.
        let ln_loss = &mut out.ln_loss[..rows];
        let (by_a, rest) = out.jacobian.split_at_mut(rows);
        let (by_b, rest) = rest.split_at_mut(rows);
        let (ln_d, rest) = rest.split_at_mut(rows);
        ln_d.copy_from_slice(inputs[0]);
        ln_slice(ln_d);
        // The logarithm of the broken power, factor by factor.
        for row in 0..rows {
            by_b[row] = ln_b - c0 * ln_d[row];
        }
        for (of_break, columns) in breaks.chunks_exact(3).zip(rest.chunks_exact_mut(3 * rows)) {
            let (c, at, f) = (of_break[0], of_break[1], of_break[2].exp());
            let (by_c, columns) = columns.split_at_mut(rows);
            let (by_d, by_f) = columns.split_at_mut(rows);
            let by_f = &mut by_f[..rows];
            let inverse = 1.0 / f;
            for row in 0..rows {
                by_c[row] = (ln_d[row] - at) * inverse;
            }
            soft_plus(by_c, by_f, by_d);
            for row in 0..rows {
                let (z, soft, share) = (by_c[row], by_f[row], by_d[row]);
                by_b[row] -= c * f * soft;
                by_c[row] = -f * soft;
                by_d[row] = c * share;
                by_f[row] = -c * f * (soft - share * z);
            }
        }
        exp_slice(by_b);
        for row in 0..rows {
            let loss = constant + by_b[row];
            let inverse = 1.0 / loss;
            ln_loss[row] = loss;
            by_a[row] = constant * inverse;
            by_b[row] *= inverse;
            ln_d[row] *= -by_b[row];
        }
        for column in rest.chunks_exact_mut(rows) {
            for row in 0..rows {
                column[row] *= by_b[row];
            }
        }
        ln_slice(ln_loss);
    }
}
