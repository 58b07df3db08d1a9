//! From the tree of a formula to steps, its derivatives among them.
//!
//! Each step's own rule is written out as more steps (forward mode), and steps that are alike are there once. Positive products
//! are kept by their logarithms, so that neither a coefficient of e^500 nor a sum in a power overflows.

use std::collections::HashMap;

use super::expr::{Expr, Function, Operator};
use super::roles::factors_of;
use super::tape::{Step, Tape};
use crate::law::{Input, Parameter, Response, Scale};

/// Makes steps, each of which there is once.
struct Maker<'a> {
    parameters: &'a [Parameter],
    inputs: &'a [Input],
    steps: Vec<Step>,
    known: HashMap<Step, usize>,
    slopes: HashMap<(usize, usize), usize>,
}

/// The steps of a formula, and what they write.
pub(super) fn compile(expr: &Expr, parameters: &[Parameter], inputs: &[Input]) -> (Tape, Response) {
    let (steps, known, slopes) = (Vec::new(), HashMap::new(), HashMap::new());
    let mut maker = Maker { parameters, inputs, steps, known, slopes };
    let positive = maker.is_positive(expr);
    let (value, response) = match positive {
        true => (maker.ln_of(expr, false), Response::LnLoss),
        false => (maker.value(expr), Response::Loss),
    };
    let slopes = (0..parameters.len()).map(|j| maker.slope(value, j)).collect();
    (maker.finish(value, slopes), response)
}

impl Maker<'_> {
    fn add(&mut self, step: Step) -> usize {
        *self.known.entry(step).or_insert_with(|| {
            self.steps.push(step);
            self.steps.len() - 1
        })
    }

    fn number(&mut self, value: f64) -> usize {
        self.add(Step::Number(value.to_bits()))
    }

    fn is(&self, at: usize, value: f64) -> bool {
        matches!(self.steps[at], Step::Number(bits) if f64::from_bits(bits) == value)
    }

    fn sum(&mut self, a: usize, b: usize) -> usize {
        match (self.is(a, 0.0), self.is(b, 0.0)) {
            (true, _) => b,
            (_, true) => a,
            _ => self.add(Step::Add(a.min(b), a.max(b))),
        }
    }

    fn difference(&mut self, a: usize, b: usize) -> usize {
        if self.is(b, 0.0) { a } else { self.add(Step::Subtract(a, b)) }
    }

    fn product(&mut self, a: usize, b: usize) -> usize {
        match (self.is(a, 1.0), self.is(b, 1.0)) {
            _ if self.is(a, 0.0) || self.is(b, 0.0) => self.number(0.0),
            (true, _) => b,
            (_, true) => a,
            _ => self.add(Step::Multiply(a.min(b), a.max(b))),
        }
    }

    fn quotient(&mut self, a: usize, b: usize) -> usize {
        if self.is(b, 1.0) || self.is(a, 0.0) { a } else { self.add(Step::Divide(a, b)) }
    }

    /// Whether a part of a formula is above 0 whatever the parameters are.
    fn is_positive(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Number(value) => *value > 0.0,
            Expr::Input(i) => !matches!(self.inputs[*i], Input::Column(_)),
            Expr::Parameter(j) => self.parameters[*j].scale == Scale::Log,
            Expr::Unary(function, of) => match function {
                Function::Exp => true,
                Function::Sqrt => self.is_positive(of),
                _ => false,
            },
            Expr::Binary(operator, both) => match operator {
                Operator::Subtract => false,
                Operator::Power => self.is_positive(&both[0]) || self.whole(&both[1]).is_none(),
                _ => both.iter().all(|part| self.is_positive(part)),
            },
        }
    }

    /// A power of a few times: of a negative number it is one.
    fn whole(&self, exponent: &Expr) -> Option<i32> {
        let power = exponent.number().filter(|power| power.fract() == 0.0 && power.abs() <= 16.0)?;
        Some(power as i32)
    }

    /// The logarithm of a part that is positive; a sum `inside` a power is never left.
    fn ln_of(&mut self, expr: &Expr, inside: bool) -> usize {
        match expr {
            Expr::Number(value) => self.number(value.ln()),
            Expr::Parameter(j) if self.parameters[*j].scale == Scale::Log => self.add(Step::Theta(*j)),
            Expr::Unary(Function::Exp, of) => self.value(of),
            Expr::Unary(Function::Sqrt, of) => {
                let (ln, half) = (self.ln_of(of, inside), self.number(0.5));
                self.product(ln, half)
            }
            Expr::Binary(operator @ (Operator::Multiply | Operator::Divide), both)
                if both.iter().all(|part| self.is_positive(part)) =>
            {
                let (left, right) = (self.ln_of(&both[0], inside), self.ln_of(&both[1], inside));
                if *operator == Operator::Multiply {
                    self.sum(left, right)
                } else {
                    self.difference(left, right)
                }
            }
            Expr::Binary(Operator::Power, both)
                if self.is_positive(&both[0]) || self.whole(&both[1]).is_none() =>
            {
                let (exponent, base) = (self.value(&both[1]), self.ln_of(&both[0], true));
                self.product(exponent, base)
            }
            Expr::Binary(Operator::Add, both) if inside && both.iter().all(|part| self.is_positive(part)) => {
                let (left, right) = (self.ln_of(&both[0], true), self.ln_of(&both[1], true));
                self.add(Step::LnAdd(left.min(right), left.max(right)))
            }
            _ => {
                let value = self.value(expr);
                self.add(Step::Ln(value))
            }
        }
    }

    fn value(&mut self, expr: &Expr) -> usize {
        match expr {
            Expr::Number(value) => self.number(*value),
            Expr::Input(i) => self.add(Step::Input(*i)),
            Expr::Parameter(j) => {
                let theta = self.add(Step::Theta(*j));
                if self.parameters[*j].scale == Scale::Log { self.add(Step::Exp(theta)) } else { theta }
            }
            Expr::Unary(function, of) => match function {
                Function::Negate => {
                    let (zero, of) = (self.number(0.0), self.value(of));
                    self.add(Step::Subtract(zero, of))
                }
                Function::Ln if of.number().is_none_or(|number| number <= 0.0) => {
                    let ln = if self.is_positive(of) {
                        self.ln_of(of, true)
                    } else {
                        let of = self.value(of);
                        self.add(Step::Ln(of))
                    };
                    self.add(Step::Told(ln))
                }
                Function::Sqrt => {
                    let (half, ln) = (self.number(0.5), self.ln_of(of, false));
                    let ln = self.product(half, ln);
                    self.add(Step::Exp(ln))
                }
                _ => {
                    let of = self.value(of);
                    self.add(match function {
                        Function::Exp => Step::Exp(of),
                        Function::Ln => Step::Ln(of),
                        Function::Sin => Step::Sin(of),
                        Function::Cos => Step::Cos(of),
                        _ => Step::Atan(of),
                    })
                }
            },
            Expr::Binary(Operator::Multiply | Operator::Divide | Operator::Power, _) => self.product_of(expr),
            Expr::Binary(operator, both) => {
                let (left, right) = (self.value(&both[0]), self.value(&both[1]));
                match operator {
                    Operator::Add => self.sum(left, right),
                    Operator::Subtract => self.difference(left, right),
                    Operator::Least => self.add(Step::Least(left, right)),
                    _ => {
                        let zero = self.number(0.0);
                        let (left, right) = (self.difference(zero, left), self.difference(zero, right));
                        let least = self.add(Step::Least(left, right));
                        self.difference(zero, least)
                    }
                }
            }
        }
    }

    /// A product: what is a power in it by logarithms, all together, and the rest by its values.
    fn product_of(&mut self, expr: &Expr) -> usize {
        let mut factors = Vec::new();
        factors_of(expr, 1.0, false, &mut factors);
        let is_power = |part: &Expr, power: f64| {
            power.fract() != 0.0
                || power.abs() > 16.0
                || matches!(part, Expr::Binary(Operator::Power, _) | Expr::Unary(Function::Exp, _))
        };
        let any = factors.iter().any(|(part, power)| is_power(part, *power));
        let (mut ln, mut value) = (None, self.number(1.0));
        for (part, power) in factors {
            let constant = matches!(part, Expr::Number(_) | Expr::Parameter(_)) && self.is_positive(part);
            if is_power(part, power) || any && constant {
                let (own, power) = (self.ln_of(part, true), self.number(power));
                let own = self.product(power, own);
                ln = Some(match ln {
                    Some(before) => self.sum(before, own),
                    None => own,
                });
                continue;
            }
            let own = self.value(part);
            for _ in 0..power.abs() as usize {
                value = if power > 0.0 { self.product(value, own) } else { self.quotient(value, own) };
            }
        }
        match ln {
            Some(ln) => {
                let power = self.add(Step::Exp(ln));
                self.product(value, power)
            }
            None => value,
        }
    }

    /// The derivative of a step in a parameter as it is fitted.
    fn slope(&mut self, at: usize, j: usize) -> usize {
        if let Some(known) = self.slopes.get(&(at, j)) {
            return *known;
        }
        let slope = match self.steps[at] {
            Step::Number(_) | Step::Input(_) | Step::AtMost(..) => self.number(0.0),
            Step::Theta(own) => self.number(f64::from(u8::from(own == j))),
            Step::Add(a, b) => {
                let (a, b) = (self.slope(a, j), self.slope(b, j));
                self.sum(a, b)
            }
            Step::Subtract(a, b) => {
                let (a, b) = (self.slope(a, j), self.slope(b, j));
                self.difference(a, b)
            }
            Step::Multiply(a, b) => {
                let (of_a, of_b) = (self.slope(a, j), self.slope(b, j));
                let (left, right) = (self.product(of_a, b), self.product(a, of_b));
                self.sum(left, right)
            }
            Step::Divide(a, b) => {
                let (of_a, of_b) = (self.slope(a, j), self.slope(b, j));
                let moved = self.product(at, of_b);
                let top = self.difference(of_a, moved);
                self.quotient(top, b)
            }
            Step::Exp(a) => {
                let own = self.slope(a, j);
                self.product(at, own)
            }
            Step::Ln(a) => {
                let own = self.slope(a, j);
                self.quotient(own, a)
            }
            Step::Told(a) => self.slope(a, j),
            Step::LnAdd(a, b) => {
                let (of_a, of_b) = (self.slope(a, j), self.slope(b, j));
                let mut part = |of: usize, slope: usize| {
                    if self.is(slope, 0.0) {
                        return slope;
                    }
                    let apart = self.difference(of, at);
                    let share = self.add(Step::Exp(apart));
                    self.product(share, slope)
                };
                let (left, right) = (part(a, of_a), part(b, of_b));
                self.sum(left, right)
            }
            Step::Least(a, b) => {
                let (of_a, of_b) = (self.slope(a, j), self.slope(b, j));
                let first = self.add(Step::AtMost(a, b));
                let change = self.difference(of_a, of_b);
                let change = self.product(first, change);
                self.sum(of_b, change)
            }
            Step::Sin(a) => {
                let (own, by) = (self.slope(a, j), self.add(Step::Cos(a)));
                self.product(own, by)
            }
            Step::Cos(a) => {
                let (zero, own, by) = (self.number(0.0), self.slope(a, j), self.add(Step::Sin(a)));
                let up = self.product(own, by);
                self.difference(zero, up)
            }
            Step::Atan(a) => {
                let (one, own, square) = (self.number(1.0), self.slope(a, j), self.product(a, a));
                let under = self.sum(one, square);
                self.quotient(own, under)
            }
        };
        self.slopes.insert((at, j), slope);
        slope
    }

    /// The steps that the results are made of.
    fn finish(self, value: usize, slopes: Vec<usize>) -> Tape {
        let mut needed = vec![false; self.steps.len()];
        slopes.iter().chain([&value]).for_each(|at| needed[*at] = true);
        for at in (0..self.steps.len()).rev() {
            if needed[at] {
                self.steps[at].made_of().for_each(|of| needed[of] = true);
            }
        }
        let (mut places, mut steps) = (vec![0; needed.len()], Vec::new());
        let mut uniform: Vec<bool> = Vec::new();
        for (at, step) in self.steps.iter().enumerate().filter(|(at, _)| needed[*at]) {
            places[at] = steps.len();
            let step = step.moved(&places);
            uniform.push(!matches!(step, Step::Input(_)) && step.made_of().all(|of| uniform[of]));
            steps.push(step);
        }
        let (value, slopes) = (places[value], slopes.iter().map(|at| places[*at]).collect::<Vec<_>>());
        let of_rows = steps.iter().zip(&uniform).filter(|(_, uniform)| !**uniform);
        let mut broadcast: Vec<usize> = of_rows
            .flat_map(|(step, _)| step.made_of())
            .chain(slopes.iter().copied())
            .chain([value])
            .filter(|at| uniform[*at])
            .collect();
        broadcast.sort_unstable();
        broadcast.dedup();
        Tape { steps, uniform, broadcast, value, slopes }
    }
}
