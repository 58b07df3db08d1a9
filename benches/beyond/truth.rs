//! Laws that made-up sweeps follow: one of the kind that is fitted, and five that are off by a little.

/// E, A, B, α and β, about those of `data/chinchilla.csv`.
pub(crate) const RIGHT: [f64; 5] = [1.8172, 477.8, 2143.4, 0.3473, 0.3672];

/// The loss of a run in nats a token, from N and D.
#[derive(Clone, Copy)]
pub(crate) struct Truth {
    pub(crate) name: &'static str,
    law: fn(f64, f64) -> f64,
}

/// What a budget buys at best.
#[derive(Clone, Copy)]
pub(crate) struct Best {
    pub(crate) params: f64,
    pub(crate) tokens: f64,
    pub(crate) loss: f64,
}

/// `E + A/N^α + B/D^β`, with the term of D times a factor.
fn chinchilla(n: f64, d: f64, factor: f64) -> f64 {
    let [e, a, b, alpha, beta] = RIGHT;
    e + a * n.powf(-alpha) + b * d.powf(-beta) * factor
}

/// The law that is fitted.
pub(crate) const LAW: Truth = Truth { name: "right", law: |n, d| chinchilla(n, d, 1.0) };

/// Laws that are not fitted.
pub(crate) const WRONG: [Truth; 5] = [
    Truth { name: "N and D coupled", law: |n, d| chinchilla(n, d, 1.0) + 4.5e4 * (n * d).powf(-0.3) },
    Truth { name: "large models undertuned", law: |n, d| chinchilla(n, d, 1.0) + 0.04 * (n / 3e9).ln_1p() },
    Truth {
        name: "best at 20 tokens a parameter",
        law: |n, d| chinchilla(n, d, 1.0) * (1.0 + 0.001 * (d / (20.0 * n)).ln().powi(2)),
    },
    Truth { name: "embeddings not counted", law: |n, d| chinchilla(n + 1.9e5 * n.cbrt(), d, 1.0) },
    Truth { name: "a bend in D", law: |n, d| chinchilla(n, d, (1.0 + (d / 5e10).powi(2)).powf(0.06)) },
];

impl Truth {
    pub(crate) fn loss(&self, params: f64, tokens: f64) -> f64 {
        (self.law)(params, tokens)
    }

    /// The least loss of a budget, by golden sections of ln N.
    pub(crate) fn best(&self, flops: f64) -> Best {
        let at = |x: f64| self.loss(x.exp(), flops / (6.0 * x.exp()));
        let middle = 0.5 * (flops / 6.0).ln();
        let (mut low, mut high) = (middle - 8.0, middle + 4.0);
        let golden = 0.5 * (5f64.sqrt() - 1.0);
        while high - low > 1e-7 {
            let (left, right) = (high - golden * (high - low), low + golden * (high - low));
            if at(left) < at(right) { high = right } else { low = left }
        }
        let params = (0.5 * (low + high)).exp();
        let tokens = flops / (6.0 * params);
        Best { params, tokens, loss: self.loss(params, tokens) }
    }
}
