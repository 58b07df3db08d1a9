//! The formulas of a smooth ramp: its parameter count and the moments of it.

use super::{Network, Ramp, Shape};
use crate::numeric::linear::{self, phi};
use crate::numeric::quadrature;
use std::f64::consts::PI;

/// `N(q) = fixed + prunable × density(q)` for the progress q in [0, 1] of a ramp, even in tokens.
///
/// Densities, not sparsities, are interpolated: the same formulas, without the rounding of
/// `1 - 0.999999`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curve {
    shape: Shape,
    network: Network,
    /// Density at q = 0.
    opening: f64,
    /// Density at q = 1.
    closing: f64,
}

impl Curve {
    pub(crate) fn new(ramp: &Ramp, network: Network) -> Self {
        Self {
            shape: ramp.shape,
            network,
            opening: 1.0 - ramp.initial_sparsity,
            closing: 1.0 - ramp.final_sparsity,
        }
    }

    /// The parameter count at progress `q = 1 - left`.
    ///
    /// With `v = left`, `d_i` and `d_f` the densities at both ends: `d_f + (d_i - d_f) v^power`;
    /// cosine, `(1 + cos πq)/2 = sin²(πv/2)`: `d_f + (d_i - d_f) sin²(πv/2)`; geometric:
    /// `d_f (d_i/d_f)^v`.
    pub(crate) fn params(&self, left: f64) -> f64 {
        let density = match self.shape {
            Shape::Geometric => self.closing * (self.opening / self.closing).powf(left),
            Shape::Cosine => self.mix((0.5 * PI * left).sin().powi(2)),
            Shape::Linear => self.mix(left),
            Shape::Cubic => self.mix(left * left * left),
            Shape::Polynomial { power } => self.mix(left.powf(power)),
        };
        self.count(density)
    }

    /// The parameter count where the share `unpruned` of the pruning is still to be done.
    fn mix(&self, unpruned: f64) -> f64 {
        self.closing + (self.opening - self.closing) * unpruned
    }

    fn count(&self, density: f64) -> f64 {
        self.network.fixed + self.network.prunable * density
    }

    /// The mean of `(N(q)/scale)^order` over q in [0, reach].
    ///
    /// In closed form for order 0 and 1, for linear ramps of any order and for geometric ramps of any
    /// order without fixed parameters; by quadrature otherwise.
    pub(crate) fn moment(&self, order: f64, scale: f64, reach: f64) -> f64 {
        if order == 0.0 {
            return 1.0;
        }
        if self.shape.power() == Some(1.0) {
            return linear::moment(self.params(1.0), self.params(1.0 - reach), order, scale);
        }
        if self.shape == Shape::Geometric && self.network.fixed == 0.0 {
            return self.geometric_moment(order, scale, reach);
        }
        if order == 1.0 {
            return self.mean(reach) / scale;
        }
        let [moment] = self.integrate(reach, order, |params| [(params / scale).powf(order)]);
        moment
    }

    /// The mean of N over q in [0, reach].
    ///
    /// Of `(1 - q)^k`: `(1 - (1 - reach)^(k + 1)) / ((k + 1) reach)`; of `(1 + cos πq)/2`:
    /// `(1 + sin(π reach)/(π reach))/2`; of `d_i r^q`: `d_i φ(reach ln r)`, `r = d_f/d_i`.
    fn mean(&self, reach: f64) -> f64 {
        let density = match (self.shape, self.shape.power()) {
            (_, Some(power)) => {
                let k = power + 1.0;
                self.mix(-(k * (-reach).ln_1p()).exp_m1() / (k * reach))
            }
            (Shape::Geometric, _) => self.opening * phi(reach * (self.closing / self.opening).ln()),
            _ => self.mix(0.5 + 0.5 * (PI * reach).sin() / (PI * reach)),
        };
        self.count(density)
    }

    /// N geometric in q: with `L = ln(N_b/N_a)`, `N = N_a e^(Lq)`, and the mean of `N^p` is `N_a^p φ(pL)`.
    fn geometric_moment(&self, order: f64, scale: f64, reach: f64) -> f64 {
        let (high, low) = (self.params(1.0), self.params(1.0 - reach));
        let (a, b) = if order >= 0.0 { (high, low) } else { (low, high) };
        (a / scale).powf(order) * phi(order * (b / a).ln())
    }

    /// The means of the functions `f` of N over q in [0, reach], each of one sign; `steepness` is the
    /// power of N that they go with, and loosens the tolerance where rounding does.
    pub(crate) fn integrate<const M: usize>(
        &self,
        reach: f64,
        steepness: f64,
        f: impl Fn(f64) -> [f64; M],
    ) -> [f64; M] {
        let axis = Substitution::new(self.shape, reach);
        let integrand = |x: f64| {
            let (left, rate) = axis.at(x);
            f(self.params(left)).map(|value| value * rate)
        };
        let tolerance = quadrature::TOLERANCE * steepness.abs().max(1.0);
        quadrature::integrate(axis.from, axis.to, integrand, tolerance, |_, _| ()).map(|sum| sum / reach)
    }

    /// Nodes `(weight, N)` over q in [0, reach], weights adding up to 1, that integrate smooth functions
    /// of N: exact to about 1e-12 for powers from -2 to 1, of which one panel of
    /// Gauss-Legendre nodes is enough unless the ramp is steep.
    pub(crate) fn nodes(&self, reach: f64) -> Vec<(f64, f64)> {
        let axis = Substitution::new(self.shape, reach);
        let scale = self.params(1.0);
        let trial = |x: f64| {
            let (left, rate) = axis.at(x);
            let ratio = self.params(left) / scale;
            [rate * ratio, rate / ratio.sqrt(), rate / (ratio * ratio)]
        };
        let mut nodes = Vec::new();
        quadrature::integrate(axis.from, axis.to, trial, 10.0 * quadrature::TOLERANCE, |from, to| {
            for (x, weight) in quadrature::nodes(from, to) {
                let (left, rate) = axis.at(x);
                nodes.push((weight * rate, self.params(left)));
            }
        });
        let total: f64 = nodes.iter().map(|node| node.0).sum();
        for node in &mut nodes {
            node.0 /= total;
        }
        nodes
    }
}

/// The variable x in which the integrand is smooth: q itself, or, where a power k that is no integer
/// makes the end of the ramp singular, `1 - q = x^m` with m such that `x^(mk) dx^m` is smooth enough for
/// Gauss-Legendre nodes.
#[derive(Debug, Clone, Copy)]
struct Substitution {
    from: f64,
    to: f64,
    exponent: Option<f64>,
}

impl Substitution {
    fn new(shape: Shape, reach: f64) -> Self {
        match shape.power() {
            // Far from the singular end q is smooth, and short intervals lose nothing to rounding.
            Some(power) if power.fract() != 0.0 && reach > 0.5 => {
                let exponent = (8.0 / (power + 1.0)).ceil();
                Self { from: (1.0 - reach).powf(1.0 / exponent), to: 1.0, exponent: Some(exponent) }
            }
            _ => Self { from: 0.0, to: reach, exponent: None },
        }
    }

    /// `1 - q` at x, and `|dq/dx|`.
    fn at(self, x: f64) -> (f64, f64) {
        match self.exponent {
            None => (1.0 - x, 1.0),
            Some(m) => (x.powf(m), m * x.powf(m - 1.0)),
        }
    }
}
