//! Are the derivatives that a law writes those of its values?

use std::f64::consts::E;

use super::{Evaluation, Kind, Law, Response, Scale, Units, fitted};
use crate::{Error, Result};

/// Half the step of a central difference, in sizes of the parameter on the scale on which it is fitted: the cube root of
/// rounding, where rounding over the step and the square of the step are alike.
const STEP: f64 = 6e-6;
/// Least size of a parameter that is fitted as it is, as a share of its range: its value may be 0.
const LEAST_SIZE: f64 = 0.01;
/// Largest difference, relative to the largest derivative of the row or 1 (of a law that writes L̂: the largest): the square of the step times third
/// derivatives of up to 1e4, which ln of a large count to the third is.
const TOLERANCE: f64 = 1e-6;
/// Sizes and lengths, over those of a row, at which a separable law is looked at.
const SIZES: [(f64, f64); 4] = [(1.0, 1.0), (10.0, 1.0), (1.0, 10.0), (3.0, 0.1)];
/// Largest relative difference between L̂ and what linearity, or separability, says it is.
const LINEAR: f64 = 1e-10;

/// Compares the derivatives that `law` writes with central differences of its values, at `parameters` in their own
/// units and for the rows of `inputs`, the columns of [`LawSpec::columns`](super::LawSpec::columns).
///
/// For laws written outside the crate: a wrong derivative does not stop a fit, it makes it slow and wrong.
///
/// ```
/// use nbar::law::{Kaplan, check_derivatives};
/// let (sizes, tokens) = ([1e8, 1e9], [2e9, 2e10]);
/// check_derivatives(&Kaplan::default(), &[6.4e13, 1.8e13, 0.076, 0.103], &[&sizes, &tokens])?;
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// [`Error::Claim`] names the first parameter and row where a derivative is wrong or not finite, where the law is not
/// linear in a [coefficient](super::Parameter::coefficient), where one does not
/// [take up](super::Parameter::takes_up) a unit, or where [`Law::separable`] is not the law. [`Error::Value`] is for
/// another number of parameters or columns than the law's.
pub fn check_derivatives(law: &dyn Law, parameters: &[f64], inputs: &[&[f64]]) -> Result<()> {
    let (spec, declared) = (law.spec(), &law.spec().parameters);
    let columns = spec.layout().count();
    for (name, found, expected) in
        [("parameters", parameters.len(), declared.len()), ("inputs", inputs.len(), columns)]
    {
        if found != expected {
            let problem = format!("are {found} where the law has {expected}");
            return Err(Error::value(name, "", &problem, "give as many"));
        }
    }
    let rows = inputs.first().map_or(0, |column| column.len());
    if let Some(column) = inputs.iter().find(|column| column.len() != rows) {
        return Err(Error::length("inputs", column.len(), rows));
    }
    let evaluate = |theta: &[f64]| {
        let (mut ln_loss, mut jacobian) = (vec![f64::NAN; rows], vec![f64::NAN; rows * theta.len()]);
        law.evaluate(theta, inputs, Evaluation { ln_loss: &mut ln_loss, jacobian: &mut jacobian });
        (ln_loss, jacobian)
    };
    let theta = fitted(declared, parameters);
    let (values, written) = evaluate(&theta);
    let sizes: Vec<f64> = declared
        .iter()
        .zip(&theta)
        .map(|(p, value)| match p.scale {
            Scale::Log => 1.0,
            Scale::Linear => value.abs().max(LEAST_SIZE * (p.high - p.low).abs()),
        })
        .collect();
    let least = match spec.response {
        Response::LnLoss => 1.0,
        Response::Loss => values.iter().fold(0.0, |most: f64, value| most.max(value.abs())),
    };
    for (j, parameter) in declared.iter().enumerate() {
        let step = STEP * sizes[j];
        let moved = |by: f64| {
            let mut theta = theta.clone();
            theta[j] += by;
            evaluate(&theta).0
        };
        let (up, down) = (moved(step), moved(-step));
        for row in 0..rows {
            let difference = (up[row] - down[row]) / (2.0 * step);
            let effects = (0..declared.len()).map(|k| (written[k * rows + row] * sizes[k]).abs());
            let size = effects.fold(least, f64::max);
            let wrote = written[j * rows + row];
            if !((difference - wrote).abs() * sizes[j] <= TOLERANCE * size) {
                let which = format!("the derivative in {} at row {row}", parameter.name);
                let problem = format!("{which} is {wrote}, and the values there give {difference}");
                let remedy = "take it on the scale on which the parameter is fitted (ln A for a coefficient), in the law's order";
                return Err(Error::claim(&spec.name, "derivative", problem, remedy));
            }
        }
    }
    // Inputs in units of e, and the coefficient with them.
    for (place, parameter) in declared.iter().enumerate() {
        let Some(Units { inputs: scaled, exponent }) = &parameter.takes_up else { continue };
        let columns: Vec<Vec<f64>> = spec
            .layout()
            .zip(inputs)
            .map(|((input, kind), column)| {
                let part = if scaled.contains(input) && kind != Kind::Share { 1.0 / E } else { 1.0 };
                column.iter().map(|x| x * part).collect()
            })
            .collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let mut theta = theta.clone();
        let mut ln_loss = vec![f64::NAN; rows];
        if parameter.scale == Scale::Log && declared.get(*exponent).is_some_and(|p| p.scale == Scale::Linear)
        {
            theta[place] -= theta[*exponent];
            let mut jacobian = vec![f64::NAN; rows * theta.len()];
            law.evaluate(&theta, &columns, Evaluation { ln_loss: &mut ln_loss, jacobian: &mut jacobian });
        }
        let off =
            |row: &usize| !((ln_loss[*row] - values[*row]).abs() <= LINEAR * values[*row].abs().max(least));
        if let Some(row) = (0..rows).find(off) {
            let though = format!("though {} takes up another unit of the inputs", parameter.name);
            let problem = format!("the loss at row {row} changes {though}");
            return Err(Error::claim(&spec.name, "takes_up", problem, "mend its `Parameter::takes_up`"));
        }
    }
    // A coefficient times e adds (e - 1) c_k g_k to L̂, and so do all of them together.
    let coefficients = spec.coefficients();
    for moved in coefficients.iter().map(std::slice::from_ref).chain([&*coefficients]) {
        let mut theta = theta.clone();
        moved.iter().for_each(|j| theta[*j] += 1.0);
        for (row, up) in evaluate(&theta).0.into_iter().enumerate() {
            let added: f64 = moved.iter().map(|j| (E - 1.0) * written[j * rows + row]).sum();
            let off = match spec.response {
                Response::LnLoss => (up - values[row]).exp() / (1.0 + added) - 1.0,
                Response::Loss => (up - values[row] - added) / (least + added.abs()),
            };
            if !(off.abs() <= LINEAR) {
                let parameter = match moved {
                    [j] => &*declared[*j].name,
                    _ => "all of its coefficients",
                };
                let problem = format!("it is not linear in {parameter} at row {row}");
                let remedy = "declare it by `Parameter::log`, not `Parameter::coefficient`";
                return Err(Error::claim(&spec.name, "linear", problem, remedy));
            }
        }
    }
    check_separable(law, parameters, inputs)
}

/// Compares [`Law::separable`], where the law has one, with its losses at other sizes and lengths.
fn check_separable(law: &dyn Law, parameters: &[f64], columns: &[&[f64]]) -> Result<()> {
    for row in 0..columns.first().map_or(0, |column| column.len()) {
        let of_row: Vec<f64> = columns.iter().map(|column| column[row]).collect();
        let Some(claim) = law.separable(parameters, &of_row) else { continue };
        for (params, tokens) in SIZES {
            let scaled = of_row.iter().zip(law.spec().layout()).map(|(value, (_, kind))| match kind {
                Kind::Params => params * value,
                Kind::Tokens => tokens * value,
                Kind::Flops => params * tokens * value,
                Kind::UniqueTokens | Kind::Share | Kind::Own => *value,
            });
            let (written, claimed) =
                (law.loss(parameters, &scaled.collect::<Vec<_>>()), claim.loss(params, tokens));
            if !((claimed / written - 1.0).abs() <= LINEAR) {
                let problem = format!(
                    "the loss at row {row}, with {params} times the parameters and {tokens} times the tokens, is {written}, \
                     and `Law::separable` says {claimed}"
                );
                let remedy = "return what the law is there, or none";
                return Err(Error::claim(&law.spec().name, "separable", problem, remedy));
            }
        }
    }
    Ok(())
}
