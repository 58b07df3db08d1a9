//! Numbers with their derivatives.

use std::ops::{Add, Mul, Sub};

/// Parameters at most.
pub(crate) const MOST: usize = 7;

/// A number and its derivatives in the parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dual {
    pub(crate) value: f64,
    pub(crate) slopes: [f64; MOST],
}

impl Dual {
    pub(crate) fn of(value: f64) -> Self {
        Self { value, slopes: [0.0; MOST] }
    }

    pub(crate) fn variable(value: f64, place: usize) -> Self {
        let mut own = Self::of(value);
        own.slopes[place] = 1.0;
        own
    }

    fn chain(self, value: f64, slope: f64) -> Self {
        Self { value, slopes: self.slopes.map(|own| slope * own) }
    }

    pub(crate) fn exp(self) -> Self {
        let value = self.value.exp();
        self.chain(value, value)
    }

    /// x to this power, of ln x.
    pub(crate) fn power_of(self, ln: f64) -> Self {
        (self * ln).exp()
    }
}

impl Add for Dual {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            slopes: std::array::from_fn(|i| self.slopes[i] + other.slopes[i]),
        }
    }
}

impl Sub for Dual {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + other * -1.0
    }
}

impl Mul for Dual {
    type Output = Self;
    // The product rule has a sum.
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn mul(self, other: Self) -> Self {
        let slope = |i: usize| self.value * other.slopes[i] + other.value * self.slopes[i];
        Self { value: self.value * other.value, slopes: std::array::from_fn(slope) }
    }
}

impl Mul<f64> for Dual {
    type Output = Self;
    fn mul(self, by: f64) -> Self {
        self.chain(self.value * by, by)
    }
}
