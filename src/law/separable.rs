//! `E + A/N^α + B/D^β` in its letters: where it is least for a budget, in closed form, or by the first-order condition where there is none.

use crate::numeric::roots::increasing_root;

/// The coefficients of a separable law `L = E + A/N^α + B/D^β`.
///
/// ```
/// use nbar::law::Separable;
/// // Hoffmann et al. (2022), approach 3, as published.
/// let law = Separable { e: 1.69, a: 406.4, b: 410.7, alpha: 0.34, beta: 0.28 };
/// let (n, d) = law.optimum(5.76e23);
/// assert!((6.0 * n * d / 5.76e23 - 1.0).abs() < 1e-12);
/// // At the optimum a token and a parameter buy equal losses: αA/N^α = βB/D^β.
/// assert!((0.34 * 406.4 / n.powf(0.34) / (0.28 * 410.7 / d.powf(0.28)) - 1.0).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(clippy::exhaustive_structs)]
pub struct Separable {
    /// E, nats a token.
    pub e: f64,
    /// A.
    pub a: f64,
    /// B.
    pub b: f64,
    /// α.
    pub alpha: f64,
    /// β.
    pub beta: f64,
}

impl Separable {
    /// L at N and D.
    #[must_use]
    pub fn loss(&self, params: f64, tokens: f64) -> f64 {
        self.e
            + (self.a.ln() - self.alpha * params.ln()).exp()
            + (self.b.ln() - self.beta * tokens.ln()).exp()
    }

    /// The N and D of least loss at `flops = 6 N D`:
    /// `G = (αA/(βB))^(1/(α+β))`, `N* = G (C/6)^(β/(α+β))`, `D* = (C/6)^(α/(α+β)) / G`
    /// (Hoffmann et al. 2022, eq. 4).
    #[must_use]
    pub fn optimum(&self, flops: f64) -> (f64, f64) {
        let [params, tokens] = self.ln_optimum(flops).map(f64::exp);
        (params, tokens)
    }

    fn ln_optimum(&self, flops: f64) -> [f64; 2] {
        let Self { alpha, beta, .. } = self;
        let sum = alpha + beta;
        let ln_g = self.ln_ratio() / sum;
        let ln_c = (flops / 6.0).ln();
        [ln_g + beta / sum * ln_c, alpha / sum * ln_c - ln_g]
    }

    /// The N and D of least loss where training and serving together cost `flops = 6 N D + 2 N T`, for T served tokens:
    /// there `(αA/N^α) / (βB/D^β) = 1 + T/(3D)` (Sardana et al. 2023).
    ///
    /// ```
    /// let law = nbar::law::Separable { e: 1.69, a: 406.4, b: 410.7, alpha: 0.34, beta: 0.28 };
    /// let (served, (n, d)) = (1e13, law.optimum_with_serving(1e24, 1e13));
    /// assert!((n * (6.0 * d + 2.0 * served) / 1e24 - 1.0).abs() < 1e-12);
    /// // Smaller and trained for longer than without serving.
    /// assert!(n < law.optimum(1e24).0 && d / n > law.optimum(1e24).1 / law.optimum(1e24).0);
    /// ```
    #[must_use]
    pub fn optimum_with_serving(&self, flops: f64, inference_tokens: f64) -> (f64, f64) {
        self.optimum_of(flops, 2.0 * inference_tokens)
    }

    /// The N and D of least cost `6 N D + 2 N T` at a loss, for T served tokens; none at E and below.
    ///
    /// ```
    /// let law = nbar::law::Separable { e: 1.69, a: 406.4, b: 410.7, alpha: 0.34, beta: 0.28 };
    /// let (n, d) = law.cheapest(2.0, 0.0).unwrap();
    /// assert!((law.loss(n, d) - 2.0).abs() < 1e-12);
    /// assert!((law.optimum(6.0 * n * d).0 / n - 1.0).abs() < 1e-12);
    /// assert!(law.cheapest(1.69, 0.0).is_none());
    /// ```
    #[must_use]
    pub fn cheapest(&self, loss: f64, inference_tokens: f64) -> Option<(f64, f64)> {
        self.cheapest_of(loss, 2.0 * inference_tokens)
    }

    /// ln(αA/(βB)). In logs: B alone may be 1e90 when its exponent is 10.
    fn ln_ratio(&self) -> f64 {
        (self.alpha / self.beta).ln() + self.a.ln() - self.b.ln()
    }

    /// Least loss at `flops = N (6 D + serving)`. In y = ln D, `ln(αA/N^α) - ln(βB/D^β) - ln(1 + serving/(6D))` rises.
    pub(crate) fn optimum_of(&self, flops: f64, serving: f64) -> (f64, f64) {
        if serving == 0.0 {
            return self.optimum(flops);
        }
        let params = |tokens: f64| flops / (6.0 * tokens + serving);
        let condition = |y: f64| {
            let d = y.exp();
            self.ln_ratio() - self.alpha * params(d).ln() + self.beta * y - ln_dearer(serving, y)
        };
        // Less is left for training than without serving, and D is the larger for the price of N. As far as numbers go.
        let middle = self.ln_optimum(flops)[1];
        let tokens = increasing_root(middle - 300.0, middle + 300.0, condition).exp();
        (params(tokens), tokens)
    }

    /// Least `N (6 D + serving)` at a loss. With w the share of the data term in L - E, and z = ln((1-w)/w), the condition
    /// `ln(α/β) + z - ln(1 + serving/(6D))` rises in z, and lies between its root without serving and that of its last D.
    pub(crate) fn cheapest_of(&self, loss: f64, serving: f64) -> Option<(f64, f64)> {
        let Self { alpha, beta, .. } = *self;
        let above = loss - self.e;
        if !(above > 0.0) {
            return None;
        }
        let params = |z: f64| ((self.a.ln() - above.ln() + ln_one_plus_exp(-z)) / alpha).exp();
        let ln_tokens = |z: f64| (self.b.ln() - above.ln() + ln_one_plus_exp(z)) / beta;
        let mut z = (beta / alpha).ln();
        if serving > 0.0 {
            let dearer = |z: f64| ln_dearer(serving, ln_tokens(z));
            z = increasing_root(z, z + dearer(z), |z| (alpha / beta).ln() + z - dearer(z));
        }
        Some((params(z), ln_tokens(z).exp()))
    }

    /// Whether it falls in both, so that there is an optimum between.
    pub(crate) fn has_optimum(&self) -> bool {
        [self.a, self.b, self.alpha, self.beta].iter().all(|x| x.is_finite() && *x > 0.0)
    }
}

/// ln(1 + e^x), whatever x.
fn ln_one_plus_exp(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// ln(1 + serving/(6D)) at ln D, which may be far below that of a token.
fn ln_dearer(serving: f64, ln_tokens: f64) -> f64 {
    ln_one_plus_exp((serving / 6.0).ln() - ln_tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laws_of_draws_that_ran_off_have_their_best_runs() {
        // B, and with it D, far beyond what numbers hold, and next to nothing.
        for (b, beta) in [(1e300, 0.3), (1e-300, 0.3), (1e-300, 1e-3), (1e300, 1e-3), (410.7, 1e3)] {
            let law = Separable { e: 1.0, a: 400.0, b, alpha: 0.34, beta };
            for serving in [0.0, 1e9, 1e30] {
                for found in [Some(law.optimum_of(1e22, serving)), law.cheapest_of(3.0, serving)] {
                    let (params, tokens) = found.unwrap();
                    assert!(!params.is_nan() && !tokens.is_nan(), "{law:?} {serving}: {found:?}");
                }
            }
        }
        // Where the numbers hold it, the run has the loss and is the best of its cost.
        let law = Separable { e: 1.0, a: 400.0, b: 1e-30, alpha: 0.34, beta: 0.28 };
        let (params, tokens) = law.cheapest_of(3.0, 1e13).unwrap();
        assert!((law.loss(params, tokens) - 3.0).abs() < 1e-12);
        let (best, _) = law.optimum_of(params * (6.0 * tokens + 1e13), 1e13);
        assert!((best / params - 1.0).abs() < 1e-9);
    }
}
