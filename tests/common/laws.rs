//! Laws written outside the crate.

use nbar::law::{Evaluation, Law, LawSpec, Response, chinchilla};

use super::claims::without_claims;

/// What one of the five fitted parameters of the Chinchilla law is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum From {
    /// A number.
    Fixed(f64),
    /// A parameter of the law as written, by its place.
    Own(usize),
    /// A bound and an exponential of such a parameter: `bound + sign e^u`.
    Beyond { bound: f64, sign: f64, place: usize },
}

/// `L = E + A/N^α + B/D^β` with other parameters, by code of its own: no sum of powers to the solver.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) spec: LawSpec,
    /// ln E, ln A, ln B, α and β.
    pub(crate) from: [From; 5],
}

impl Written {
    /// The law as it is, but for being code.
    pub(crate) fn plain() -> Self {
        let own = without_claims(chinchilla().spec());
        let formula = "L = E + A/N^alpha + B/D^beta, written out";
        let spec = LawSpec::new("written", formula, own.inputs, own.parameters);
        Self { spec, from: [0, 1, 2, 3, 4].map(From::Own) }
    }
}

impl Law for Written {
    fn spec(&self) -> &LawSpec {
        &self.spec
    }
    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        // Each of the five, and what it moves by: which parameter, how fast.
        let [e, a, b, alpha, beta] = self.from.map(|from| match from {
            From::Fixed(value) => (value, None),
            From::Own(place) => (theta[place], Some((place, 1.0))),
            From::Beyond { bound, sign, place } => {
                let beyond = sign * theta[place].exp();
                (bound + beyond, Some((place, beyond)))
            }
        });
        let rows = out.ln_loss.len();
        out.jacobian.fill(0.0);
        for i in 0..rows {
            let (n, d) = (inputs[0][i].ln(), inputs[1][i].ln());
            let terms = [e.0.exp(), (a.0 - alpha.0 * n).exp(), (b.0 - beta.0 * d).exp()];
            let loss: f64 = terms.iter().sum();
            let (value, unit) = match self.spec.response {
                Response::Loss => (loss, 1.0),
                _ => (loss.ln(), loss),
            };
            out.ln_loss[i] = value;
            let slopes = [terms[0], terms[1], terms[2], -n * terms[1], -d * terms[2]];
            for (slope, (_, moves)) in slopes.iter().zip([e, a, b, alpha, beta]) {
                if let Some((place, speed)) = moves {
                    out.jacobian[place * rows + i] += speed * slope / unit;
                }
            }
        }
    }
}
