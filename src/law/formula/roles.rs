//! What the parameters of a formula are: their signs, scales and ranges, what they are linear in, and whose units they take up.

use super::expr::{Expr, Function, Operator};
use super::names::{Declared, Names};
use crate::law::parameter::{Units, Within};
use crate::law::{Input, Parameter, Scale};

/// Where exponents are looked for, and those that divide as well.
const EXPONENTS: [f64; 2] = [0.03, 1.5];
const DIVIDING: [f64; 2] = [0.03, 3.0];
/// Where terms without inputs are looked for, and coefficients of others.
const CONSTANTS: [f64; 2] = [0.1, 10.0];
const COEFFICIENTS: [f64; 2] = [0.1, 1e8];
/// Beyond the values that inputs have: a parameter that is measured like them, where it is no place among them.
const BEYOND: [f64; 2] = [0.1, 1e8];

/// The parameters, each with what follows from its place in the formula and from what is said of it.
pub(super) fn parameters(expr: &Expr, names: &Names) -> Vec<Parameter> {
    let mut all: Vec<Parameter> = (0..names.parameters.len()).map(|j| parameter(expr, names, j)).collect();
    let mut linear = Vec::new();
    for j in 0..all.len() {
        linear.push(j);
        if all[j].scale != Scale::Log || affine(expr, &linear).is_none() {
            linear.pop();
        }
    }
    for j in 0..all.len() {
        all[j].is_coefficient = linear.contains(&j);
        let declared = names.said(&names.parameters[j]).is_some();
        if !declared && all[j].scale == Scale::Log && !all[j].is_coefficient {
            all[j].within = within(expr, names, j, false);
        }
    }
    take_up_units(expr, names, &mut all);
    all
}

fn parameter(expr: &Expr, names: &Names, j: usize) -> Parameter {
    let name = names.parameters[j].clone();
    let (is_exponent, divides) = (in_exponent(expr, j, false), divides(expr, j, false));
    match names.said(&name) {
        Some(Declared::Range([low, high])) if low > 0.0 && (!is_exponent || divides) => {
            Parameter::log(name, low, high)
        }
        Some(Declared::Range([low, high])) => Parameter::linear(name, low, high),
        _ if is_exponent && divides => Parameter::log(name, DIVIDING[0], DIVIDING[1]),
        _ if is_exponent => Parameter::linear(name, EXPONENTS[0], EXPONENTS[1]),
        _ => {
            let [low, high] = if is_constant(expr, j) { CONSTANTS } else { COEFFICIENTS };
            Parameter::log(name, low, high)
        }
    }
}

/// Whether a parameter stands in an exponent.
fn in_exponent(expr: &Expr, j: usize, inside: bool) -> bool {
    match expr {
        Expr::Parameter(own) => inside && *own == j,
        Expr::Binary(Operator::Power, both) => {
            in_exponent(&both[0], j, inside) || in_exponent(&both[1], j, true)
        }
        _ => expr.parts().iter().any(|part| in_exponent(part, j, inside)),
    }
}

/// Whether something in an exponent is divided by a parameter.
fn divides(expr: &Expr, j: usize, inside: bool) -> bool {
    match expr {
        Expr::Binary(Operator::Divide, both)
            if inside && both[1].any(&|part| *part == Expr::Parameter(j)) =>
        {
            true
        }
        Expr::Binary(Operator::Power, both) => divides(&both[0], j, inside) || divides(&both[1], j, true),
        _ => expr.parts().iter().any(|part| divides(part, j, inside)),
    }
}

/// Whether a parameter is a term of its own.
fn is_constant(expr: &Expr, j: usize) -> bool {
    match expr {
        Expr::Parameter(own) => *own == j,
        Expr::Binary(Operator::Add | Operator::Subtract, both) => {
            both.iter().any(|part| is_constant(part, j))
        }
        _ => false,
    }
}

/// Whether it changes with these parameters, all of them at once by a sum of their multiples; none where otherwise.
fn affine(expr: &Expr, linear: &[usize]) -> Option<bool> {
    match expr {
        Expr::Number(_) | Expr::Input(_) => Some(false),
        Expr::Parameter(j) => Some(linear.contains(j)),
        Expr::Unary(function, of) => {
            let changes = affine(of, linear)?;
            (!changes || *function == Function::Negate).then_some(changes)
        }
        Expr::Binary(operator, both) => {
            let (left, right) = (affine(&both[0], linear)?, affine(&both[1], linear)?);
            let is_affine = match operator {
                Operator::Add | Operator::Subtract => true,
                Operator::Multiply => !(left && right),
                Operator::Divide => !right,
                _ => !(left || right),
            };
            is_affine.then_some(left || right)
        }
    }
}

/// Where a positive parameter is looked for that is measured in powers of inputs: among the values of these powers where their
/// ratio stands beside a number or in a function, and beyond them else.
fn within(expr: &Expr, names: &Names, j: usize, beside_number: bool) -> Option<Within> {
    let own = |part: &Expr, beside: bool| within(part, names, j, beside);
    match expr {
        Expr::Unary(Function::Negate | Function::Sqrt, of) => own(of, beside_number),
        Expr::Unary(_, of) => own(of, true),
        Expr::Binary(Operator::Add | Operator::Subtract, both) => {
            let is_number = |part: &Expr| part.number().is_some();
            own(&both[0], is_number(&both[1])).or_else(|| own(&both[1], is_number(&both[0])))
        }
        Expr::Binary(Operator::Power, both) if both[1].has_parameters() => own(&both[0], beside_number),
        _ => {
            let mut factors = Vec::new();
            factors_of(expr, 1.0, true, &mut factors);
            let at = factors.iter().position(|(part, _)| **part == Expr::Parameter(j));
            let Some(at) = at else {
                return factors
                    .into_iter()
                    .filter(|(part, _)| **part != *expr)
                    .find_map(|(part, _)| own(part, false));
            };
            let power = factors[at].1;
            let input = |(part, own): &(&Expr, f64)| match part {
                Expr::Input(i) => Some((names.inputs[*i].clone(), -own / power)),
                _ => None,
            };
            let powers: Vec<(Input, f64)> = factors.iter().filter_map(input).collect();
            let widened = if beside_number { [1.0, 1.0] } else { BEYOND };
            (!powers.is_empty()).then_some(Within { powers, widened })
        }
    }
}

/// The factors of a product, each with its power where that is a number. Broken powers of products are taken apart where signs do
/// not matter.
pub(super) fn factors_of<'a>(expr: &'a Expr, power: f64, signless: bool, out: &mut Vec<(&'a Expr, f64)>) {
    match expr {
        _ if power.fract() != 0.0 && !signless => out.push((expr, power)),
        Expr::Binary(Operator::Multiply, both) => {
            both.iter().for_each(|part| factors_of(part, power, signless, out));
        }
        Expr::Binary(Operator::Divide, both) => {
            factors_of(&both[0], power, signless, out);
            factors_of(&both[1], -power, signless, out);
        }
        Expr::Binary(Operator::Power, both) => match both[1].number() {
            Some(own) => factors_of(&both[0], power * own, signless, out),
            None => out.push((expr, power)),
        },
        Expr::Unary(Function::Sqrt, of) => factors_of(of, 0.5 * power, signless, out),
        _ => out.push((expr, power)),
    }
}

/// Finds coefficients that take up the unit of inputs.
fn take_up_units(expr: &Expr, names: &Names, all: &mut [Parameter]) {
    let count = names.inputs.len().min(4);
    let mut taken = 0usize;
    for c in 0..all.len() {
        if all[c].scale != Scale::Log {
            continue;
        }
        // Single inputs first, then more that change their unit together.
        let mut sets: Vec<usize> = (1..1usize << count).collect();
        sets.sort_by_key(|set| set.count_ones());
        let fits = |set: &usize, theta: usize| {
            let unit = Unit { inputs: *set, coefficient: c, exponent: theta };
            unit.degree(expr) == Some(Degree { number: 0.0, exponents: 0.0 })
        };
        let exponents = || (0..all.len()).filter(|theta| all[*theta].scale == Scale::Linear);
        let found = sets
            .into_iter()
            .filter(|set| set & taken == 0)
            .find_map(|set| exponents().find(|theta| fits(&set, *theta)).map(|theta| (set, theta)));
        let Some((set, exponent)) = found else { continue };
        taken |= set;
        let inputs = (0..count).filter(|i| set >> i & 1 == 1).map(|i| names.inputs[i].clone()).collect();
        all[c].takes_up = Some(Units { inputs, exponent });
    }
}

/// By what power of u a part of a formula changes when some inputs are divided by u and a coefficient by u^θ.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Degree {
    number: f64,
    /// So many θ.
    exponents: f64,
}

/// Some inputs, bit by bit, a coefficient and an exponent θ.
struct Unit {
    inputs: usize,
    coefficient: usize,
    exponent: usize,
}

impl Unit {
    /// The degree of a part of a formula; none where it changes in another way.
    fn degree(&self, expr: &Expr) -> Option<Degree> {
        let none = Degree { number: 0.0, exponents: 0.0 };
        let sum = |a: Degree, b: Degree, sign: f64| Degree {
            number: a.number + sign * b.number,
            exponents: a.exponents + sign * b.exponents,
        };
        match expr {
            Expr::Number(_) => Some(none),
            Expr::Input(i) => {
                Some(Degree { number: f64::from(u8::from(*i < 32 && self.inputs >> i & 1 == 1)), ..none })
            }
            Expr::Parameter(j) => {
                Some(Degree { exponents: f64::from(u8::from(*j == self.coefficient)), ..none })
            }
            Expr::Unary(Function::Negate, of) => self.degree(of),
            Expr::Unary(Function::Sqrt, of) => {
                self.degree(of).map(|d| Degree { number: 0.5 * d.number, exponents: 0.5 * d.exponents })
            }
            Expr::Unary(_, of) => self.degree(of).filter(|degree| *degree == none),
            Expr::Binary(operator, both) => {
                let (left, right) = (self.degree(&both[0])?, self.degree(&both[1])?);
                match operator {
                    Operator::Multiply => Some(sum(left, right, 1.0)),
                    Operator::Divide => Some(sum(left, right, -1.0)),
                    Operator::Power if right != none => None,
                    Operator::Power => self.raised(left, &both[1]),
                    _ => (left == right).then_some(left),
                }
            }
        }
    }

    fn raised(&self, degree: Degree, exponent: &Expr) -> Option<Degree> {
        if degree == (Degree { number: 0.0, exponents: 0.0 }) {
            return Some(degree);
        }
        if let Some(power) = exponent.number() {
            return Some(Degree { number: power * degree.number, exponents: power * degree.exponents });
        }
        let times = multiple(exponent, self.exponent).filter(|_| degree.exponents == 0.0)?;
        Some(Degree { number: 0.0, exponents: times * degree.number })
    }
}

/// How many times a parameter an expression is, if it is that alone.
pub(super) fn multiple(expr: &Expr, j: usize) -> Option<f64> {
    match expr {
        Expr::Parameter(own) => (*own == j).then_some(1.0),
        Expr::Unary(Function::Negate, of) => multiple(of, j).map(|times| -times),
        Expr::Binary(Operator::Multiply, both) => match (both[0].number(), both[1].number()) {
            (Some(times), _) => multiple(&both[1], j).map(|own| times * own),
            (_, Some(times)) => multiple(&both[0], j).map(|own| times * own),
            _ => None,
        },
        Expr::Binary(Operator::Divide, both) => {
            let (times, by) = (multiple(&both[0], j)?, both[1].number()?);
            Some(times / by)
        }
        _ => None,
    }
}
