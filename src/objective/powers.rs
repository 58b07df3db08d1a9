//! Sums of powers as tables for the kernel, the logarithms of their inputs centred.

use crate::kernel::power_sum::KernelTerm;
use crate::kernel::{ln_slice, padded};
use crate::law::{Kind, Law, Power, PowerSum, Product};
use crate::{Error, Observations, Result};

/// What centring moves into the coefficients: (coefficient, exponent, mean slope) of each factor.
type Shifts = Vec<(usize, usize, f64)>;

/// The kernel's table, what centring does, and one column for each different factor, centred.
///
/// # Errors
/// When an input is not positive, so that it has no power.
pub(super) fn powers(
    law: &PowerSum,
    observations: &Observations,
    inputs: Vec<Vec<f64>>,
) -> Result<(Vec<KernelTerm>, Shifts, Vec<Vec<f64>>)> {
    for ((name, kind), column) in law.spec().layout().zip(&inputs) {
        let is_good = |x: f64| x > 0.0 || kind == Kind::Share && x == 0.0;
        if let Some((row, value)) = column.iter().enumerate().find(|(_, x)| !is_good(**x)) {
            let field = format!("{name} of run '{}'", observations.run_name(observations.run()[row]));
            let problem = format!("is {value}, and the law takes powers of it");
            return Err(Error::value(&field, "", &problem, "leave the row out, or fit another law"));
        }
    }
    let logs = |column: usize| {
        let mut column = inputs[column].clone();
        ln_slice(&mut column);
        column
    };
    let mut known: Vec<(Power, f64)> = Vec::new();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    let mut shifts: Shifts = Vec::new();
    let mut terms = Vec::new();
    for product in law.products() {
        let sharing: Vec<&Product> =
            law.products().iter().filter(|other| other.coefficient == product.coefficient).collect();
        let mut factors = Vec::new();
        for (position, power) in product.powers.iter().enumerate() {
            // Terms of one coefficient are moved by one shift, or, where they are not alike, by none.
            let alike: Option<Vec<usize>> = sharing
                .iter()
                .map(|other| other.powers.get(position).filter(|p| p.like(power)).map(|p| p.column))
                .collect();
            let middle = alike.map_or(0.0, |alike| {
                let means = alike.iter().map(|column| {
                    let column = logs(*column);
                    column.iter().sum::<f64>() / column.len() as f64
                });
                means.sum::<f64>() / alike.len() as f64
            });
            let same =
                |(k, at): &(Power, f64)| k.column == power.column && k.sign == power.sign && *at == middle;
            let column = known.iter().position(same).unwrap_or_else(|| {
                let mut column = logs(power.column);
                column.iter_mut().for_each(|x| *x = power.sign * (*x - middle));
                column.resize(padded(column.len()), 0.0);
                known.push((*power, middle));
                columns.push(column);
                columns.len() - 1
            });
            factors.push((column, power.exponent));
            let shift = (product.coefficient, power.exponent, power.sign * middle);
            if middle != 0.0 && std::ptr::eq(sharing[0], product) {
                shifts.push(shift);
            }
        }
        terms.push((product, factors));
    }
    let terms = terms
        .into_iter()
        .map(|(product, factors)| {
            let offset = (!product.shares.is_empty()).then(|| {
                let of = |row: usize| product.shares.iter().map(|column| inputs[*column][row].ln()).sum();
                let mut column: Vec<f64> = (0..observations.len()).map(of).collect();
                column.resize(padded(column.len()), 0.0);
                columns.push(column);
                columns.len() - 1
            });
            KernelTerm { coefficient: product.coefficient, factors, offset }
        })
        .collect();
    Ok((terms, shifts, columns))
}
