//! The formulas of the 27 sets, as their files give them, as laws written outside the crate.

use std::f64::consts::{PI, TAU};

use nbar::law::{Evaluation, Input, Law, LawSpec, Parameter, Response};

use super::data::Set;
use super::dual::{Dual, MOST};

type Formula = fn(&[Dual], &[f64]) -> Dual;

/// Each set's name and formula; that of Bennett5, whose responses are negative, is of -y, and that of Nelson of ln y.
pub(crate) const SETS: [(&str, Formula); 27] = [
    ("Bennett5", |b, x| -b[0] * (b[1] + x[0]).power(Dual::from(-1.0) / b[2])),
    ("BoxBOD", rising),
    ("Chwirut1", chwirut),
    ("Chwirut2", chwirut),
    ("DanWood", |b, x| b[0] * Dual::from(x[0]).power(b[1])),
    ("ENSO", enso),
    ("Eckerle4", |b, x| b[0] / b[1] * (((-b[2] + x[0]) / b[1]).square() * -0.5).exp()),
    ("Gauss1", gauss),
    ("Gauss2", gauss),
    ("Gauss3", gauss),
    ("Hahn1", cubic),
    ("Kirby2", |b, x| (b[0] + b[1] * x[0] + b[2] * x[0] * x[0]) / (b[3] * x[0] + b[4] * x[0] * x[0] + 1.0)),
    ("Lanczos1", lanczos),
    ("Lanczos2", lanczos),
    ("Lanczos3", lanczos),
    ("MGH09", |b, x| b[0] * (b[1] * x[0] + x[0] * x[0]) / (b[2] * x[0] + b[3] + x[0] * x[0])),
    ("MGH10", |b, x| b[0] * (b[1] / (b[2] + x[0])).exp()),
    ("MGH17", |b, x| b[0] + b[1] * (-b[3] * x[0]).exp() + b[2] * (-b[4] * x[0]).exp()),
    ("Misra1a", rising),
    ("Misra1b", |b, x| b[0] * (-(b[1] * x[0] / 2.0 + 1.0).power(Dual::from(-2.0)) + 1.0)),
    ("Misra1c", |b, x| b[0] * (-(b[1] * x[0] * 2.0 + 1.0).power(Dual::from(-0.5)) + 1.0)),
    ("Misra1d", |b, x| b[0] * b[1] * x[0] / (b[1] * x[0] + 1.0)),
    ("Nelson", |b, x| b[0] - b[1] * x[0] * (-b[2] * x[1]).exp()),
    ("Rat42", |b, x| b[0] / ((b[1] - b[2] * x[0]).exp() + 1.0)),
    ("Rat43", |b, x| b[0] / ((b[1] - b[2] * x[0]).exp() + 1.0).power(Dual::from(1.0) / b[3])),
    ("Roszman1", |b, x| b[0] - b[1] * x[0] - (b[2] / (-b[3] + x[0])).atan() / PI),
    ("Thurber", cubic),
];

fn rising(b: &[Dual], x: &[f64]) -> Dual {
    b[0] * (-(-b[1] * x[0]).exp() + 1.0)
}

fn chwirut(b: &[Dual], x: &[f64]) -> Dual {
    (-b[0] * x[0]).exp() / (b[1] + b[2] * x[0])
}

fn enso(b: &[Dual], x: &[f64]) -> Dual {
    let year = TAU * x[0] / 12.0;
    let (first, second) = (Dual::from(TAU * x[0]) / b[3], Dual::from(TAU * x[0]) / b[6]);
    b[0] + b[1] * year.cos()
        + b[2] * year.sin()
        + b[4] * first.cos()
        + b[5] * first.sin()
        + b[7] * second.cos()
        + b[8] * second.sin()
}

fn gauss(b: &[Dual], x: &[f64]) -> Dual {
    let peak = |height: Dual, at: Dual, width: Dual| height * (-((-at + x[0]) / width).square()).exp();
    b[0] * (-b[1] * x[0]).exp() + peak(b[2], b[3], b[4]) + peak(b[5], b[6], b[7])
}

fn cubic(b: &[Dual], x: &[f64]) -> Dual {
    let x = x[0];
    (b[0] + b[1] * x + b[2] * x * x + b[3] * x * x * x) / (b[4] * x + b[5] * x * x + b[6] * x * x * x + 1.0)
}

fn lanczos(b: &[Dual], x: &[f64]) -> Dual {
    let decay = |height: Dual, rate: Dual| height * (-rate * x[0]).exp();
    decay(b[0], b[1]) + decay(b[2], b[3]) + decay(b[4], b[5])
}

const NAMES: [&str; MOST] = ["b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9"];
const INPUTS: [&str; 2] = ["x1", "x2"];

/// A set's law: every parameter may have either sign, and is within ten times the larger start in size.
#[derive(Debug)]
pub(crate) struct Strd {
    spec: LawSpec,
    formula: Formula,
}

impl Strd {
    pub(crate) fn new(name: &'static str, formula: Formula, set: &Set) -> Self {
        let size = |j: usize| 10.0 * set.starts[0][j].abs().max(set.starts[1][j].abs());
        let parameter = |j: usize| Parameter::linear(NAMES[j], -size(j), size(j));
        let parameters: Vec<Parameter> = (0..set.certified.len()).map(parameter).collect();
        let inputs: Vec<Input> = (0..set.inputs.len()).map(|i| Input::Column(INPUTS[i].into())).collect();
        let response = if name == "Nelson" { Response::LnLoss } else { Response::Loss };
        let spec = LawSpec::new(name, "as NIST gives it", inputs, parameters).with_response(response);
        Self { spec, formula }
    }

    pub(crate) fn input(index: usize) -> &'static str {
        INPUTS[index]
    }
}

impl Law for Strd {
    fn spec(&self) -> &LawSpec {
        &self.spec
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let rows = out.ln_loss.len();
        let b: Vec<Dual> = theta.iter().enumerate().map(|(j, value)| Dual::parameter(j, *value)).collect();
        let mut x = [0.0; INPUTS.len()];
        for i in 0..rows {
            for (cell, column) in x.iter_mut().zip(inputs) {
                *cell = column[i];
            }
            let fitted = (self.formula)(&b, &x);
            out.ln_loss[i] = fitted.value;
            for j in 0..theta.len() {
                out.jacobian[j * rows + i] = fitted.slopes[j];
            }
        }
    }
}
