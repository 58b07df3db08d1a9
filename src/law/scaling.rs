//! Units that a law can take up.

use super::Input;

/// A unit that a law takes up: it gives the same loss for x/u as for x, if its coefficient is multiplied by u^-θ.
///
/// ```
/// use nbar::law::{Coupled, Law};
/// // A/N^alpha in units of u = 1e6 parameters: the coefficient is A 1e6^-alpha.
/// let unit = &Coupled::default().scalings()[0];
/// assert_eq!((unit.coefficient, unit.exponent), (1, 3));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Scaling {
    /// The inputs that are divided by u, all of them.
    pub inputs: Vec<Input>,
    /// The place of the coefficient, which is fitted by its logarithm.
    pub coefficient: usize,
    /// The place of θ, which is fitted as it is.
    pub exponent: usize,
}

impl Scaling {
    /// Inputs measured in units of u change the coefficient at one place by the exponent at another.
    #[must_use]
    pub fn new(inputs: impl IntoIterator<Item = Input>, coefficient: usize, exponent: usize) -> Self {
        Self { inputs: inputs.into_iter().collect(), coefficient, exponent }
    }
}
