//! Formulas that are sums of powers.

use super::expr::{Expr, Function, Operator};
use super::names::Names;
use crate::law::{Factor, Input, Parameter, PowerSum, Scale, Term};

/// Terms that a formula may have once it is multiplied out.
const MOST: usize = 64;

/// A product of powers, `e^ln Π c^p Π x^p Π (x^p / e^unit)^θ`.
#[derive(Debug, Clone, Default)]
struct Monomial {
    ln: f64,
    /// Parameters that are no exponents.
    coefficients: Vec<(usize, f64)>,
    /// Inputs to powers that are numbers.
    fixed: Vec<(usize, f64)>,
    /// Inputs to powers of a parameter: (input, exponent, times).
    powers: Vec<(usize, usize, f64)>,
    /// Numbers to the same: (exponent, logarithm).
    numbers: Vec<(usize, f64)>,
}

/// The formula as a sum of powers, if it is one: of the parameters and inputs of a law of this name and formula.
pub(super) fn powers(
    expr: &Expr,
    names: &Names,
    parameters: &[Parameter],
    (name, formula): (&str, &str),
) -> Option<PowerSum> {
    let monomials = terms(expr)?;
    let terms = monomials
        .into_iter()
        .map(|own| own.term(&names.inputs, parameters))
        .collect::<Option<Vec<Term>>>()?;
    let is_exponent =
        |j: usize| terms.iter().flat_map(|term| &term.factors).any(|factor| factor.exponent == j);
    let has = |j: usize| terms.iter().any(|term| term.coefficient == j) != is_exponent(j);
    let is_whole = (0..parameters.len()).all(has)
        && names.inputs.iter().all(|input| terms.iter().any(|term| term.reads(input)));
    is_whole.then(|| PowerSum::new(name.to_owned(), formula.to_owned(), parameters.to_vec(), terms))
}

/// The terms of a sum.
fn terms(expr: &Expr) -> Option<Vec<Monomial>> {
    let one = Monomial::default();
    Some(match expr {
        Expr::Number(value) if *value > 0.0 => vec![Monomial { ln: value.ln(), ..one }],
        Expr::Input(i) => vec![Monomial { fixed: vec![(*i, 1.0)], ..one }],
        Expr::Parameter(j) => vec![Monomial { coefficients: vec![(*j, 1.0)], ..one }],
        Expr::Unary(Function::Sqrt, of) => vec![single(of)?.to_number(0.5)],
        Expr::Binary(operator, both) => match operator {
            Operator::Add => {
                let (mut left, right) = (terms(&both[0])?, terms(&both[1])?);
                left.extend(right);
                left
            }
            Operator::Multiply => {
                let (left, right) = (terms(&both[0])?, terms(&both[1])?);
                if left.len() * right.len() > MOST {
                    return None;
                }
                left.iter().flat_map(|one| right.iter().map(|other| one.times(other, 1.0))).collect()
            }
            Operator::Divide => {
                let by = single(&both[1])?;
                terms(&both[0])?.iter().map(|one| one.times(&by, -1.0)).collect()
            }
            Operator::Power => match both[1].number() {
                Some(power) => vec![single(&both[0])?.to_number(power)],
                None => {
                    let mut sum = Vec::new();
                    let number = multiples(&both[1], 1.0, &mut sum)?;
                    vec![single(&both[0])?.to_parameters(&sum, number)?]
                }
            },
            _ => return None,
        },
        _ => return None,
    })
}

fn single(expr: &Expr) -> Option<Monomial> {
    let [one] = <[Monomial; 1]>::try_from(terms(expr)?).ok()?;
    Some(one)
}

/// Multiples of parameters whose sum with the number that is returned an exponent is.
fn multiples(expr: &Expr, times: f64, out: &mut Vec<(usize, f64)>) -> Option<f64> {
    if let Some(number) = expr.number() {
        return Some(times * number);
    }
    match expr {
        Expr::Parameter(j) => {
            out.push((*j, times));
            Some(0.0)
        }
        Expr::Unary(Function::Negate, of) => multiples(of, -times, out),
        Expr::Binary(Operator::Add, both) => {
            Some(multiples(&both[0], times, out)? + multiples(&both[1], times, out)?)
        }
        Expr::Binary(Operator::Subtract, both) => {
            Some(multiples(&both[0], times, out)? + multiples(&both[1], -times, out)?)
        }
        Expr::Binary(Operator::Multiply, both) => match (both[0].number(), both[1].number()) {
            (Some(number), _) => multiples(&both[1], times * number, out),
            (_, Some(number)) => multiples(&both[0], times * number, out),
            _ => None,
        },
        Expr::Binary(Operator::Divide, both) => multiples(&both[0], times / both[1].number()?, out),
        _ => None,
    }
}

impl Monomial {
    /// The product with another one to a power.
    fn times(&self, other: &Self, power: f64) -> Self {
        let mut product = self.clone();
        product.ln += power * other.ln;
        product.coefficients.extend(other.coefficients.iter().map(|(j, own)| (*j, power * own)));
        product.fixed.extend(other.fixed.iter().map(|(i, own)| (*i, power * own)));
        product.powers.extend(other.powers.iter().map(|(i, j, own)| (*i, *j, power * own)));
        product.numbers.extend(other.numbers.iter().map(|(j, own)| (*j, power * own)));
        product
    }

    fn to_number(&self, power: f64) -> Self {
        Self::default().times(self, power)
    }

    /// To a power that is a sum of multiples of parameters and a number; none where that is no product of powers.
    fn to_parameters(&self, sum: &[(usize, f64)], number: f64) -> Option<Self> {
        let mut product = self.to_number(number);
        if !self.coefficients.is_empty() || !self.powers.is_empty() {
            return None;
        }
        for (j, times) in sum {
            product.powers.extend(self.fixed.iter().map(|(i, own)| (*i, *j, times * own)));
            product.numbers.push((*j, times * self.ln));
        }
        Some(product)
    }

    /// As a term of a table; none where it is not one coefficient times powers.
    fn term(self, inputs: &[Input], parameters: &[Parameter]) -> Option<Term> {
        let [(coefficient, 1.0)] = self.coefficients[..] else { return None };
        let mut powers: Vec<(usize, usize, f64)> = Vec::new();
        for (i, j, times) in self.powers {
            match powers.iter_mut().find(|own| (own.0, own.1) == (i, j)) {
                Some(own) => own.2 += times,
                None => powers.push((i, j, times)),
            }
        }
        powers.retain(|own| own.2 != 0.0);
        if parameters[coefficient].scale != Scale::Log {
            return None;
        }
        let mut factors = Vec::new();
        for (place, &(i, exponent, times)) in powers.iter().enumerate() {
            if parameters[exponent].scale != Scale::Linear {
                return None;
            }
            // The first input of each exponent is measured in what the numbers come to.
            let is_first = powers[..place].iter().all(|own| own.1 != exponent);
            let numbers = self.numbers.iter().filter(|(own, _)| is_first && *own == exponent);
            let ln: f64 = numbers.map(|(_, ln)| ln).sum();
            factors.push(Factor::power(exponent, inputs[i].clone(), times).in_unit(-ln / times));
        }
        let is_read = |j: &usize| powers.iter().any(|own| own.1 == *j);
        if self.numbers.iter().any(|(j, ln)| *ln != 0.0 && !is_read(j)) {
            return None;
        }
        let mut fixed: Vec<(Input, f64)> = Vec::new();
        for (i, power) in self.fixed {
            match fixed.iter_mut().find(|own| own.0 == inputs[i]) {
                Some(own) => own.1 += power,
                None => fixed.push((inputs[i].clone(), power)),
            }
        }
        fixed.retain(|own| own.1 != 0.0);
        // A column may be zero or less where no parameter is a power of it.
        if fixed.iter().any(|(input, _)| matches!(input, Input::Column(_))) {
            return None;
        }
        Some(Term::new(coefficient, factors).with_fixed(self.ln, fixed))
    }
}
