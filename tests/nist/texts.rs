//! The formulas of the 27 sets as text, as their files give them but for what [`SETS`](super::laws::SETS) turns.

use nbar::law::Formula;

use super::data::Set;

const TEXTS: [(&str, &str); 27] = [
    ("Bennett5", "-b1*(b2 + x1)^(-1/b3)"),
    ("BoxBOD", "b1*(1 - exp(-b2*x1))"),
    ("Chwirut1", "exp(-b1*x1)/(b2 + b3*x1)"),
    ("Chwirut2", "exp(-b1*x1)/(b2 + b3*x1)"),
    ("DanWood", "b1*x1^b2"),
    (
        "ENSO",
        "b1 + b2*cos(6.283185307179586*x1/12) + b3*sin(6.283185307179586*x1/12) + b5*cos(6.283185307179586*x1/b4) + b6*sin(6.283185307179586*x1/b4) + b8*cos(6.283185307179586*x1/b7) + b9*sin(6.283185307179586*x1/b7)",
    ),
    ("Eckerle4", "b1/b2*exp(-0.5*((x1 - b3)/b2)^2)"),
    ("Gauss1", "b1*exp(-b2*x1) + b3*exp(-((x1 - b4)/b5)^2) + b6*exp(-((x1 - b7)/b8)^2)"),
    ("Gauss2", "b1*exp(-b2*x1) + b3*exp(-((x1 - b4)/b5)^2) + b6*exp(-((x1 - b7)/b8)^2)"),
    ("Gauss3", "b1*exp(-b2*x1) + b3*exp(-((x1 - b4)/b5)^2) + b6*exp(-((x1 - b7)/b8)^2)"),
    ("Hahn1", "(b1 + b2*x1 + b3*x1^2 + b4*x1^3)/(1 + b5*x1 + b6*x1^2 + b7*x1^3)"),
    ("Kirby2", "(b1 + b2*x1 + b3*x1^2)/(1 + b4*x1 + b5*x1^2)"),
    ("Lanczos1", "b1*exp(-b2*x1) + b3*exp(-b4*x1) + b5*exp(-b6*x1)"),
    ("Lanczos2", "b1*exp(-b2*x1) + b3*exp(-b4*x1) + b5*exp(-b6*x1)"),
    ("Lanczos3", "b1*exp(-b2*x1) + b3*exp(-b4*x1) + b5*exp(-b6*x1)"),
    ("MGH09", "b1*(x1^2 + x1*b2)/(x1^2 + x1*b3 + b4)"),
    ("MGH10", "b1*exp(b2/(x1 + b3))"),
    ("MGH17", "b1 + b2*exp(-x1*b4) + b3*exp(-x1*b5)"),
    ("Misra1a", "b1*(1 - exp(-b2*x1))"),
    ("Misra1b", "b1*(1 - (1 + b2*x1/2)^-2)"),
    ("Misra1c", "b1*(1 - (1 + 2*b2*x1)^-0.5)"),
    ("Misra1d", "b1*b2*x1*(1 + b2*x1)^-1"),
    ("Nelson", "exp(b1 - b2*x1*exp(-b3*x2))"),
    ("Rat42", "b1/(1 + exp(b2 - b3*x1))"),
    ("Rat43", "b1/(1 + exp(b2 - b3*x1))^(1/b4)"),
    ("Roszman1", "b1 - b2*x1 - atan(b3/(x1 - b4))/3.141592653589793"),
    ("Thurber", "(b1 + b2*x1 + b3*x1^2 + b4*x1^3)/(1 + b5*x1 + b6*x1^2 + b7*x1^3)"),
];

/// A set's formula with the ranges that the law written in Rust has.
pub(crate) fn formula(name: &str, set: &Set) -> Formula {
    let (_, text) = TEXTS.iter().find(|(own, _)| *own == name).expect("a text for each set");
    let size = |j: usize| 10.0 * set.starts[0][j].abs().max(set.starts[1][j].abs());
    let ranges = (0..set.certified.len()).map(|j| format!("b{}=-{}..{}", j + 1, size(j), size(j)));
    let columns = (1..=set.inputs.len()).map(|i| format!("x{i}=column"));
    let said: Vec<String> = ranges.chain(columns).collect();
    Formula::parse(&format!("{text} where {}", said.join(", "))).unwrap()
}

/// Values in the order of the set, of those in the order of the law.
pub(crate) fn in_order(law: &dyn nbar::law::Law, values: &[f64]) -> Vec<f64> {
    let place = |j: usize| law.spec().parameters.iter().position(|p| *p.name == *format!("b{}", j + 1));
    (0..values.len()).map(|j| values[place(j).expect("each parameter")]).collect()
}

/// Values in the order of the law, of those in the order of the set.
pub(crate) fn of_law(law: &dyn nbar::law::Law, values: &[f64]) -> Vec<f64> {
    let number = |name: &str| name[1..].parse::<usize>().expect("a number") - 1;
    law.spec().parameters.iter().map(|p| values[number(&p.name)]).collect()
}
