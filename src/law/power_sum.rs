//! Laws that are tables: sums of products of powers.

use std::borrow::Cow;

use super::{Evaluation, Input, Law, LawSpec, Parameter, Scale};
use crate::schedule::course::NODES;

/// One factor of a term: an input to the power ±θ.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Factor {
    /// Index of the exponent among the law's parameters.
    pub exponent: usize,
    /// The input that is raised to it.
    pub input: Input,
    /// What the exponent is multiplied by: -1 for a term that falls as the input grows.
    pub sign: f64,
    /// ln of what the input is counted in.
    ln_unit: f64,
}

impl Factor {
    /// `input^-θ`.
    #[must_use]
    pub const fn falling(exponent: usize, input: Input) -> Self {
        Self { exponent, input, sign: -1.0, ln_unit: 0.0 }
    }

    /// `input^(factor θ)`.
    #[must_use]
    pub const fn power(exponent: usize, input: Input, factor: f64) -> Self {
        Self { exponent, input, sign: factor, ln_unit: 0.0 }
    }

    /// The same of the input over `e^ln_unit`.
    pub(super) const fn in_unit(mut self, ln_unit: f64) -> Self {
        self.ln_unit = ln_unit;
        self
    }
}

/// One term of a sum of powers: `c Π_j x_j^(±θ_j)`. Several terms may share a coefficient.
///
/// A term with a factor of [`Input::Course`] is averaged over the run's tokens: `c (1/D) ∫₀ᴰ N(t)^±θ dt`. One with a factor of
/// [`Input::Unhealed`] is 0 where nothing was cut.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Term {
    /// Index of the coefficient c among the law's parameters; it is fitted as ln c.
    pub coefficient: usize,
    /// The factors; none for a constant.
    pub factors: Vec<Factor>,
    /// ln of a number that it is multiplied by.
    ln: f64,
    /// Inputs to powers that are numbers, which it is multiplied by.
    fixed: Vec<(Input, f64)>,
}

impl Term {
    /// A coefficient times factors.
    #[must_use]
    pub const fn new(coefficient: usize, factors: Vec<Factor>) -> Self {
        Self { coefficient, factors, ln: 0.0, fixed: Vec::new() }
    }

    /// A coefficient alone.
    #[must_use]
    pub const fn constant(coefficient: usize) -> Self {
        Self { coefficient, factors: Vec::new(), ln: 0.0, fixed: Vec::new() }
    }

    /// The same times `e^ln` and powers of inputs.
    pub(super) fn with_fixed(mut self, ln: f64, fixed: Vec<(Input, f64)>) -> Self {
        (self.ln, self.fixed) = (ln, fixed);
        self
    }

    /// The same for the runs of a group alone.
    pub(super) fn within(mut self, group: Input) -> Self {
        self.fixed.push((group, 1.0));
        self
    }

    /// What the coefficient is multiplied by, of a term that is the same for all runs.
    pub(crate) fn of_all_runs(&self) -> Option<f64> {
        (self.factors.is_empty() && self.fixed.is_empty()).then(|| self.ln.exp())
    }

    /// Whether it changes with an input.
    pub(super) fn reads(&self, input: &Input) -> bool {
        let fixed = self.fixed.iter().map(|(own, _)| own);
        self.factors.iter().map(|factor| &factor.input).chain(fixed).any(|own| own == input)
    }
}

/// A column to the power ±θ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Power {
    /// The place of the exponent among the law's parameters.
    pub(crate) exponent: usize,
    /// The column that is raised to it.
    pub(crate) column: usize,
    /// What the exponent is multiplied by.
    pub(crate) sign: f64,
    /// ln of what the column is counted in.
    pub(crate) ln_unit: f64,
}

impl Power {
    /// Whether only the column differs.
    pub(crate) fn like(&self, other: &Power) -> bool {
        (self.exponent, self.sign, self.ln_unit) == (other.exponent, other.sign, other.ln_unit)
    }
}

/// A term by columns: a coefficient times powers, times what no parameter changes, as the share of the tokens that it counts for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Product {
    /// The place of the coefficient among the law's parameters.
    pub(crate) coefficient: usize,
    pub(crate) powers: Vec<Power>,
    /// ln of the number that it is multiplied by.
    pub(crate) ln: f64,
    /// Columns to powers that are numbers. A term whose share is 0 is 0.
    pub(crate) fixed: Vec<(usize, f64)>,
}

impl Product {
    /// Whether it is a coefficient times powers of parameters alone.
    pub(crate) fn is_bare(&self) -> bool {
        self.ln == 0.0 && self.fixed.is_empty()
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
    spec: LawSpec,
    terms: Vec<Term>,
    products: Vec<Product>,
}

impl PowerSum {
    /// A law from its table of terms, which say what it reads and in which parameters it is linear.
    ///
    /// # Panics
    /// When a term names a parameter that is not there, or a coefficient that is not on the log scale, or an exponent that is.
    #[must_use]
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        formula: impl Into<Cow<'static, str>>,
        mut parameters: Vec<Parameter>,
        terms: Vec<Term>,
    ) -> Self {
        let mut inputs = Vec::new();
        parameters.iter_mut().for_each(|parameter| parameter.is_coefficient = false);
        for term in &terms {
            assert!(
                parameters[term.coefficient].scale == Scale::Log,
                "the coefficient of a term is positive and fitted by its logarithm"
            );
            parameters[term.coefficient].is_coefficient = true;
            for factor in &term.factors {
                assert!(factor.exponent < parameters.len(), "a factor names a parameter of the law");
                assert!(
                    parameters[factor.exponent].scale == Scale::Linear,
                    "an exponent is fitted as it is, and not by its logarithm"
                );
            }
            let fixed = term.fixed.iter().map(|(input, _)| input);
            for input in term.factors.iter().map(|factor| &factor.input).chain(fixed) {
                if !inputs.contains(input) {
                    inputs.push(input.clone());
                }
            }
        }
        let spec = LawSpec::new(name, formula, inputs, parameters);
        let products = terms.iter().flat_map(|term| products(&spec, term)).collect();
        Self { spec, terms, products }
    }

    /// The terms, in order.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The terms by columns: one of a course is as many as there are counts.
    pub(crate) fn products(&self) -> &[Product] {
        &self.products
    }
}

/// The products that a term is: one, or one for each count of a course.
fn products(spec: &LawSpec, term: &Term) -> Vec<Product> {
    let first = |input: &Input| spec.column_of(input).unwrap_or_default();
    let averaged = term.factors.iter().any(|factor| factor.input == Input::Course);
    let pruned = term.factors.iter().any(|factor| factor.input == Input::Unhealed);
    let product = |node: usize| Product {
        coefficient: term.coefficient,
        powers: term
            .factors
            .iter()
            .map(|factor| Power {
                exponent: factor.exponent,
                column: first(&factor.input) + if factor.input == Input::Course { node } else { 0 },
                sign: factor.sign,
                ln_unit: factor.ln_unit,
            })
            .collect(),
        ln: term.ln,
        fixed: match (averaged, pruned) {
            (true, _) => Some((first(&Input::Course) + NODES + node, 1.0)),
            (_, true) => Some((first(&Input::Unhealed) + 1, 1.0)),
            _ => None,
        }
        .into_iter()
        .chain(term.fixed.iter().map(|(input, power)| (first(input), *power)))
        .collect(),
    };
    (0..if averaged { NODES } else { 1 }).map(product).collect()
}

impl Law for PowerSum {
    fn spec(&self) -> &LawSpec {
        &self.spec
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let rows = out.ln_loss.len();
        out.jacobian.fill(0.0);
        // Most of the time goes to logarithms and exponentials: one for each column and product of a row.
        let mut scratch = Vec::with_capacity(inputs.len() * rows + self.products.len());
        scratch.extend(inputs.iter().flat_map(|column| &column[..rows]).map(|x| x.ln()));
        scratch.resize(inputs.len() * rows + self.products.len(), 0.0);
        let (logs, exponents) = scratch.split_at_mut(inputs.len() * rows);
        let ln = |column: usize, row: usize| logs[column * rows + row];
        let slope = |power: &Power, row: usize| power.sign * (ln(power.column, row) - power.ln_unit);
        for row in 0..rows {
            for (exponent, product) in exponents.iter_mut().zip(&self.products) {
                let fixed = product.fixed.iter().map(|(column, power)| power * ln(*column, row));
                let fixed = fixed.fold(product.ln, |sum, own| sum + own);
                let powers = product.powers.iter().map(|power| slope(power, row) * theta[power.exponent]);
                *exponent = theta[product.coefficient] + fixed + powers.sum::<f64>();
            }
            let largest = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            exponents.iter_mut().for_each(|exponent| *exponent = (*exponent - largest).exp());
            let total: f64 = exponents.iter().sum();
            out.ln_loss[row] = largest + total.ln();
            for (part, product) in exponents.iter().zip(&self.products) {
                let share = part / total;
                out.jacobian[product.coefficient * rows + row] += share;
                for power in &product.powers {
                    out.jacobian[power.exponent * rows + row] += share * slope(power, row);
                }
            }
        }
    }

    fn as_power_sum(&self) -> Option<&PowerSum> {
        Some(self)
    }
}
