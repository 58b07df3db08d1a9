//! Numbers that carry their derivatives (forward mode), so that a formula is written once.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// Parameters of the largest law.
pub(crate) const MOST: usize = 9;

/// A value and its derivatives in the parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dual {
    pub(crate) value: f64,
    pub(crate) slopes: [f64; MOST],
}

impl Dual {
    /// Parameter `index` at a value.
    pub(crate) fn parameter(index: usize, value: f64) -> Self {
        let mut slopes = [0.0; MOST];
        slopes[index] = 1.0;
        Self { value, slopes }
    }

    /// A function's value, by its derivative.
    fn chain(self, value: f64, slope: f64) -> Self {
        Self { value, slopes: self.slopes.map(|own| slope * own) }
    }

    pub(crate) fn exp(self) -> Self {
        let value = self.value.exp();
        self.chain(value, value)
    }

    pub(crate) fn ln(self) -> Self {
        self.chain(self.value.ln(), 1.0 / self.value)
    }

    pub(crate) fn sin(self) -> Self {
        self.chain(self.value.sin(), self.value.cos())
    }

    pub(crate) fn cos(self) -> Self {
        self.chain(self.value.cos(), -self.value.sin())
    }

    pub(crate) fn atan(self) -> Self {
        self.chain(self.value.atan(), 1.0 / (1.0 + self.value * self.value))
    }

    pub(crate) fn square(self) -> Self {
        self * self
    }

    pub(crate) fn power(self, exponent: Dual) -> Self {
        (self.ln() * exponent).exp()
    }
}

impl From<f64> for Dual {
    fn from(value: f64) -> Self {
        Self { value, slopes: [0.0; MOST] }
    }
}

impl<T: Into<Dual>> Add<T> for Dual {
    type Output = Dual;
    fn add(self, other: T) -> Dual {
        let other = other.into();
        let slopes = std::array::from_fn(|j| self.slopes[j] + other.slopes[j]);
        Dual { value: self.value + other.value, slopes }
    }
}

impl<T: Into<Dual>> Sub<T> for Dual {
    type Output = Dual;
    fn sub(self, other: T) -> Dual {
        self + -other.into()
    }
}

// The rule of products has a sum.
#[allow(clippy::suspicious_arithmetic_impl)]
impl<T: Into<Dual>> Mul<T> for Dual {
    type Output = Dual;
    fn mul(self, other: T) -> Dual {
        let other = other.into();
        let slopes = std::array::from_fn(|j| self.slopes[j] * other.value + self.value * other.slopes[j]);
        Dual { value: self.value * other.value, slopes }
    }
}

impl<T: Into<Dual>> Div<T> for Dual {
    type Output = Dual;
    fn div(self, other: T) -> Dual {
        let other = other.into();
        let inverse = other.chain(1.0 / other.value, -1.0 / (other.value * other.value));
        self * inverse
    }
}

impl Neg for Dual {
    type Output = Dual;
    fn neg(self) -> Dual {
        Dual { value: -self.value, slopes: self.slopes.map(|slope| -slope) }
    }
}
