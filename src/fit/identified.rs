//! What a sweep cannot tell, whatever its losses are.

use super::{Fit, FitOptions, Unidentified};
use crate::law::{Evaluation, Factor, Input, Law, Scale};
use crate::objective::{Coordinates, Role};
use crate::optimize::Starts;
use crate::{Observations, Result};

/// Points of the declared ranges at which derivatives are looked at.
const POINTS: usize = 3;
/// The same where these see a parameter that does nothing, in a law that is no sum of powers: it may do nothing in a part of
/// the ranges only, as what large networks gain by repeated data where none is large.
const MORE_POINTS: usize = 64;
/// Rows looked at, spread evenly.
const ROWS: usize = 4096;
/// A derivative, times the length of its parameter's range, below this share of the largest is none: rounding.
const NOTHING: f64 = 1e-12;
/// Steps of a point along the ranges, one a parameter: irrational, so that no two points agree anywhere.
const STEP: f64 = 0.618_033_988_749_895;
/// The same from one parameter to the next.
const STRIDE: f64 = 0.754_877_666_246_693;

/// The free parameters that these inputs cannot identify whatever the losses are: those that change no prediction, and a
/// coefficient whose term is the same function as another's.
///
/// On a dense sweep the order of a mean of N(t) is of the first kind, and two terms that only sparsity tells apart are of
/// the second. Of a sum of powers an exponent of what is the same on every row is of the first kind too: with it fixed, its
/// coefficient has all that it can do. Looked at are points of the declared ranges, and the starts that are given.
pub(super) fn unidentified(
    options: &FitOptions,
    coordinates: &Coordinates,
    observations: &Observations,
) -> Result<Vec<Unidentified>> {
    let law = options.law.as_ref();
    let given = if let Starts::Given(points) = &options.starts { points.as_slice() } else { &[] };
    let given: Vec<Vec<f64>> = given.iter().map(|point| coordinates.natural_to_fitted(point)).collect();
    let mut found = unidentified_at(POINTS, law, coordinates, observations, &given)?;
    if !found.is_empty() && law.as_power_sum().is_none() {
        found = unidentified_at(MORE_POINTS, law, coordinates, observations, &given)?;
    }
    found.sort_unstable();
    let name = |place: usize| law.parameters()[place].name.to_owned();
    let named =
        |(place, like): (usize, Option<usize>)| Unidentified { parameter: name(place), like: like.map(name) };
    Ok(found.into_iter().map(named).collect())
}

/// Places of these, and of what each cannot be told from, by so many points.
fn unidentified_at(
    count: usize,
    law: &dyn Law,
    coordinates: &Coordinates,
    observations: &Observations,
    given: &[Vec<f64>],
) -> Result<Vec<(usize, Option<usize>)>> {
    let stride = observations.len().div_ceil(ROWS).max(1);
    let some = observations.subset(|row| row.is_multiple_of(stride));
    let mut columns = law.inputs().iter().map(|i| i.column(&some)).collect::<Result<Vec<_>>>()?;
    if law.as_power_sum().is_some() {
        // A power of what is the same on every row is a constant, which its coefficient has.
        for column in columns.iter_mut().filter(|column| column.iter().all(|x| *x == column[0])) {
            column.fill(1.0);
        }
    }
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let (parameters, rows, roles) = (law.parameters(), some.len(), coordinates.roles());
    let ranges = coordinates.ranges(&columns);
    let length = |j: usize| ranges[j].1 - ranges[j].0;
    let spread = |k: usize| {
        let unit = |j: usize| ((k + 1) as f64 * STEP + j as f64 * STRIDE).fract();
        (0..parameters.len()).map(|j| ranges[j].0 + length(j) * unit(j)).collect::<Vec<f64>>()
    };
    let points: Vec<(Vec<f64>, Vec<f64>)> = (0..count)
        .map(spread)
        .chain(given.iter().cloned())
        .map(|theta| {
            let (mut ln_loss, mut jacobian) = (vec![0.0; rows], vec![0.0; rows * parameters.len()]);
            law.evaluate(&theta, &columns, Evaluation { ln_loss: &mut ln_loss, jacobian: &mut jacobian });
            for (j, column) in jacobian.chunks_mut(rows.max(1)).enumerate() {
                column.iter_mut().for_each(|x| *x *= length(j));
            }
            (theta, jacobian)
        })
        .filter(|(_, jacobian)| jacobian.iter().all(|x| x.is_finite()))
        .collect();
    if points.is_empty() {
        return Ok(Vec::new());
    }
    let largest = |column: &[f64]| column.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    let column = |jacobian: &'_ [f64], j: usize| jacobian[j * rows..][..rows].to_vec();
    let inert = |j: usize| {
        points.iter().all(|(_, jacobian)| largest(&column(jacobian, j)) <= NOTHING * largest(jacobian))
    };
    // Coefficients c and d of the terms c f and d g: the derivatives over c and d are f/L and g/L.
    let alike = |i: usize, j: usize| {
        points.iter().all(|(theta, jacobian)| {
            let factor = (theta[i] - theta[j]).exp() * length(i) / length(j);
            let (first, second) = (column(jacobian, i), column(jacobian, j));
            let apart = first.iter().zip(&second).map(|(f, g)| (f - factor * g).abs());
            apart.fold(0.0, f64::max) <= NOTHING * largest(&first)
        })
    };
    let (inert, alive): (Vec<usize>, Vec<usize>) = coordinates.free().iter().partition(|j| inert(**j));
    // A parameter that others are tied to acts through them too.
    let alone = |j: &usize| !roles.contains(&Role::Tied(*j));
    let mut found: Vec<(usize, Option<usize>)> = inert.into_iter().filter(alone).map(|j| (j, None)).collect();
    let coefficients: Vec<usize> =
        alive.into_iter().filter(|j| parameters[*j].scale == Scale::Log && alone(j)).collect();
    for (place, &j) in coefficients.iter().enumerate() {
        let known = |i: &&usize| !found.iter().any(|(of, _)| of == *i);
        if let Some(&i) = coefficients[..place].iter().filter(known).find(|i| alike(**i, j)) {
            found.push((j, Some(i)));
        }
    }
    Ok(found)
}

impl Fit {
    /// Parameters that fit the sweep as these do: for each that it does not identify, its name and two sets in which it is another,
    /// and the loss of every row the same.
    pub(crate) fn alternatives(&self, parameters: &[f64]) -> Vec<(String, Vec<f64>)> {
        if self.unidentified.is_empty() {
            return Vec::new();
        }
        let (law, constants) = (self.law(), self.constants());
        let place = |name: &str| law.parameters().iter().position(|p| p.name == name);
        let mut all = Vec::new();
        for unidentified in &self.unidentified {
            let Some(j) = place(&unidentified.parameter) else { continue };
            let mut other = |change: &dyn Fn(&mut [f64])| {
                let mut changed = parameters.to_vec();
                change(&mut changed);
                all.push((unidentified.parameter.clone(), changed));
            };
            match unidentified.like.as_deref().and_then(place) {
                None => [law.parameters()[j].low, law.parameters()[j].high].iter().for_each(|end| {
                    other(&|p| {
                        let before: Vec<f64> = (0..p.len()).map(|c| worth(law, &constants, p, c)).collect();
                        p[j] = *end;
                        let after: Vec<f64> = (0..p.len()).map(|c| worth(law, &constants, p, c)).collect();
                        p.iter_mut().zip(before.iter().zip(after)).for_each(|(p, (b, a))| *p *= b / a);
                    });
                }),
                Some(i) => [(i, j), (j, i)].iter().for_each(|&(to, from)| {
                    other(&|p| {
                        let rate = worth(law, &constants, p, from) / worth(law, &constants, p, to);
                        p[to] += 0.5 * p[from] * rate;
                        p[from] *= 0.5;
                    });
                }),
            }
        }
        all
    }

    /// Inputs of a sum of powers that are the same on every row.
    fn constants(&self) -> Vec<(Input, f64)> {
        let inputs = if self.law().as_power_sum().is_some() { self.law().inputs() } else { Vec::new() };
        let constant = |input: Input| {
            let column = input.column(&self.observations).ok()?;
            let first = *column.first()?;
            column.iter().all(|x| *x == first).then_some((input, first))
        };
        inputs.into_iter().filter_map(constant).collect()
    }
}

/// What the term of this coefficient has, for a coefficient of 1, from inputs that are the same on every row; 1 if it has none.
fn worth(law: &dyn Law, constants: &[(Input, f64)], parameters: &[f64], coefficient: usize) -> f64 {
    let terms = law.as_power_sum().map_or(&[][..], |powers| powers.terms());
    let Some(term) = terms.iter().find(|term| term.coefficient == coefficient) else { return 1.0 };
    let of = |factor: &Factor| {
        let constant = constants.iter().find(|(input, _)| *input == factor.input);
        constant.map_or(1.0, |(_, x)| x.powf(factor.sign * parameters[factor.exponent]))
    };
    term.factors.iter().map(of).product()
}
