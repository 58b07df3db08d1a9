//! Laws written outside the crate.

use nbar::law::{Evaluation, Input, Law, Parameter, Response, chinchilla};

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
    pub(crate) parameters: Vec<Parameter>,
    /// ln E, ln A, ln B, α and β.
    pub(crate) from: [From; 5],
    pub(crate) response: Response,
}

impl Written {
    /// The law as it is, but for being code.
    pub(crate) fn plain() -> Self {
        Self {
            parameters: chinchilla().parameters().to_vec(),
            from: [0, 1, 2, 3, 4].map(From::Own),
            response: Response::LnLoss,
        }
    }
}

impl Law for Written {
    fn name(&self) -> &str {
        "written"
    }
    fn formula(&self) -> &str {
        "L = E + A/N^alpha + B/D^beta, written out"
    }
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }
    fn inputs(&self) -> Vec<Input> {
        vec![Input::Params, Input::Tokens]
    }
    fn response(&self) -> Response {
        self.response
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
            let (value, unit) = match self.response {
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
