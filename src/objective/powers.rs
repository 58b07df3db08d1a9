//! Sums of powers as tables for the kernel, the logarithms of their inputs centred.

use std::sync::Arc;

use super::Form;
use crate::kernel::power_sum::KernelTerm;
use crate::kernel::{ln_slice, padded};
use crate::law::{Factor, Input, PowerSum, Term};
use crate::{Error, Result};

/// A sum of powers as tables for the kernel.
#[derive(Debug)]
pub(super) struct Powers {
    pub(super) terms: Vec<KernelTerm>,
    /// (coefficient, exponent, mean slope) of each factor: what centring moves into the coefficients.
    pub(super) shifts: Vec<(usize, usize, f64)>,
}

/// The kernel's tables and columns: one column for each different factor, centred.
///
/// # Errors
/// When an input is not positive, so that it has no power.
pub(super) fn powers(
    law: &PowerSum,
    names: &[Input],
    inputs: Vec<Vec<f64>>,
) -> Result<(Form, Vec<Vec<f64>>)> {
    for (name, column) in names.iter().zip(&inputs) {
        if let Some((row, value)) = column.iter().enumerate().find(|(_, x)| !(**x > 0.0)) {
            let field = format!("the {name} of observation {row}");
            let problem = format!("is {value}, and the law takes powers of it");
            return Err(Error::value(&field, "", &problem, "leave the row out, or fit another law"));
        }
    }
    let logs = |input: Input| {
        let mut column = inputs[law.input_index(input)].clone();
        ln_slice(&mut column);
        column
    };
    let mut known: Vec<(Factor, f64)> = Vec::new();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    let mut shifts: Vec<(usize, usize, f64)> = Vec::new();
    let mut terms = Vec::new();
    for term in law.terms() {
        let sharing: Vec<&Term> =
            law.terms().iter().filter(|other| other.coefficient == term.coefficient).collect();
        let mut factors = Vec::new();
        for (position, factor) in term.factors.iter().enumerate() {
            // Terms of one coefficient are moved by one shift, or, where they are not alike, by none.
            let alike: Option<Vec<Input>> = sharing
                .iter()
                .map(|other| other.factors.get(position).filter(|f| f.like(factor)).map(|f| f.input))
                .collect();
            let middle = alike.map_or(0.0, |inputs| {
                let means = inputs.iter().map(|input| {
                    let column = logs(*input);
                    column.iter().sum::<f64>() / column.len() as f64
                });
                means.sum::<f64>() / inputs.len() as f64
            });
            let same =
                |(k, at): &(Factor, f64)| k.input == factor.input && k.sign == factor.sign && *at == middle;
            let column = known.iter().position(same).unwrap_or_else(|| {
                let mut column = logs(factor.input);
                column.iter_mut().for_each(|x| *x = factor.sign * (*x - middle));
                column.resize(padded(column.len()), 0.0);
                known.push((*factor, middle));
                columns.push(column);
                columns.len() - 1
            });
            factors.push((column, factor.exponent));
            let shift = (term.coefficient, factor.exponent, factor.sign * middle);
            if middle != 0.0 && std::ptr::eq(sharing[0], term) {
                shifts.push(shift);
            }
        }
        terms.push((term, factors));
    }
    let terms = terms
        .into_iter()
        .map(|(term, factors)| {
            let offset = term.scale.map(|input| {
                let mut column = logs(input);
                column.resize(padded(column.len()), 0.0);
                columns.push(column);
                columns.len() - 1
            });
            KernelTerm { coefficient: term.coefficient, factors, offset }
        })
        .collect();
    Ok((Form::Powers(Arc::new(Powers { terms, shifts })), columns))
}
