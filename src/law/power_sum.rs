//! Laws that are tables: sums of products of powers.

use super::{Evaluation, Input, Law, Parameter};

/// One factor of a term: an input to the power ±θ.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Factor {
    /// Index of the exponent among the law's parameters.
    pub exponent: usize,
    /// The input that is raised to it.
    pub input: Input,
    /// What the exponent is multiplied by: -1 for a term that falls as the input grows.
    pub sign: f64,
}

impl Factor {
    /// `input^-θ`.
    #[must_use]
    pub const fn falling(exponent: usize, input: Input) -> Self {
        Self { exponent, input, sign: -1.0 }
    }

    /// Whether only the input differs.
    pub(crate) fn like(&self, other: &Factor) -> bool {
        (self.exponent, self.sign) == (other.exponent, other.sign)
    }

    /// `input^(factor θ)`.
    #[must_use]
    pub const fn power(exponent: usize, input: Input, factor: f64) -> Self {
        Self { exponent, input, sign: factor }
    }
}

/// One term of a sum of powers: `c Π_j x_j^(±θ_j)`. Several terms may share a coefficient.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Term {
    /// Index of the coefficient c among the law's parameters; it is fitted as ln c.
    pub coefficient: usize,
    /// The factors; none for a constant.
    pub factors: Vec<Factor>,
    /// An input that multiplies the term as it is, if any: the share of a node.
    pub scale: Option<Input>,
}

impl Term {
    /// A coefficient times factors.
    #[must_use]
    pub const fn new(coefficient: usize, factors: Vec<Factor>) -> Self {
        Self { coefficient, factors, scale: None }
    }

    /// Multiplies the term by an input.
    #[must_use]
    pub const fn times(mut self, input: Input) -> Self {
        self.scale = Some(input);
        self
    }

    /// A coefficient alone.
    #[must_use]
    pub const fn constant(coefficient: usize) -> Self {
        Self { coefficient, factors: Vec::new(), scale: None }
    }
}

/// A law of the form `L = Σ_k c_k Π_j x_j^(±θ_j)`.
///
/// In logs each term is linear in the parameters, so that ln L̂ is a log-sum-exp, and for fixed exponents L̂
/// is linear in the coefficients; the solver uses both.
///
/// ```
/// use nbar::law::{Factor, Input, Law, Parameter, PowerSum, Term};
/// let law = PowerSum::new(
///     "compute",
///     "L = E + K C^-gamma",
///     vec![Parameter::log("E", 0.1, 10.0), Parameter::log("K", 1.0, 1e6), Parameter::linear("gamma", 0.01, 1.0)],
///     vec![Term::constant(0), Term::new(1, vec![Factor::falling(2, Input::Flops)])],
/// );
/// assert!((law.loss(&[1.5, 2.0, 0.5], &[16.0]) - 2.0).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PowerSum {
    name: String,
    formula: String,
    parameters: Vec<Parameter>,
    terms: Vec<Term>,
    inputs: Vec<Input>,
    coefficients: Vec<usize>,
}

impl PowerSum {
    /// A law from its table of terms.
    ///
    /// # Panics
    /// When a term names a parameter that is not there, or a coefficient that is not on the log scale.
    #[must_use]
    pub fn new(name: &str, formula: &str, parameters: Vec<Parameter>, terms: Vec<Term>) -> Self {
        let mut inputs = Vec::new();
        for term in &terms {
            assert!(
                parameters[term.coefficient].scale == super::Scale::Log,
                "the coefficient of a term is positive and fitted by its logarithm"
            );
            for factor in &term.factors {
                assert!(factor.exponent < parameters.len(), "a factor names a parameter of the law");
            }
            for input in term.factors.iter().map(|factor| factor.input).chain(term.scale) {
                if !inputs.contains(&input) {
                    inputs.push(input);
                }
            }
        }
        let mut coefficients: Vec<usize> = terms.iter().map(|term| term.coefficient).collect();
        coefficients.sort_unstable();
        coefficients.dedup();
        let (name, formula) = (name.to_owned(), formula.to_owned());
        Self { name, formula, parameters, terms, inputs, coefficients }
    }

    /// The terms, in order.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Where `input` stands among the law's inputs.
    pub(crate) fn input_index(&self, input: Input) -> usize {
        self.inputs.iter().position(|known| *known == input).unwrap_or_default()
    }
}

impl Law for PowerSum {
    fn name(&self) -> &str {
        &self.name
    }

    fn formula(&self) -> &str {
        &self.formula
    }

    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn inputs(&self) -> Vec<Input> {
        self.inputs.clone()
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let rows = out.ln_loss.len();
        out.jacobian.fill(0.0);
        let mut exponents = vec![0.0; self.terms.len()];
        for row in 0..rows {
            for (exponent, term) in exponents.iter_mut().zip(&self.terms) {
                let scale = term.scale.map_or(0.0, |input| inputs[self.input_index(input)][row].ln());
                *exponent = theta[term.coefficient]
                    + scale
                    + term
                        .factors
                        .iter()
                        .map(|f| self.slope(f, inputs, row) * theta[f.exponent])
                        .sum::<f64>();
            }
            let largest = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let total: f64 = exponents.iter().map(|e| (e - largest).exp()).sum();
            out.ln_loss[row] = largest + total.ln();
            for (exponent, term) in exponents.iter().zip(&self.terms) {
                let share = (exponent - largest).exp() / total;
                out.jacobian[term.coefficient * rows + row] += share;
                for factor in &term.factors {
                    out.jacobian[factor.exponent * rows + row] += share * self.slope(factor, inputs, row);
                }
            }
        }
    }

    fn linear(&self) -> &[usize] {
        &self.coefficients
    }

    fn as_power_sum(&self) -> Option<&PowerSum> {
        Some(self)
    }
}

impl PowerSum {
    /// Derivative of a term's logarithm in the factor's exponent.
    fn slope(&self, factor: &Factor, inputs: &[&[f64]], row: usize) -> f64 {
        factor.sign * inputs[self.input_index(factor.input)][row].ln()
    }
}
