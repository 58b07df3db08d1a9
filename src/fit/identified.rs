//! What a sweep cannot tell, whatever its losses are.

use serde::{Deserialize, Serialize};

use super::{Fit, FitOptions};
use crate::law::{Evaluation, Law, Power, PowerSum, Scale};
use crate::objective::{Coordinates, End, Role};
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

/// A parameter that the inputs of a sweep cannot tell, whatever the losses: on a dense sweep the order of a mean of N(t).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unidentified {
    pub(crate) parameter: String,
    /// The coefficient that it cannot be told from, and which has half of both; none if it changes no prediction
    /// and was held in the middle of its range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) like: Option<String>,
    /// The end at which it runs off to its limit, from which these runs do not tell it: there it was held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<End>,
}

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
    let stride = observations.len().div_ceil(ROWS).max(1);
    let some = observations.subset(|row| row.is_multiple_of(stride));
    let mut columns = law.spec().columns(&some)?;
    let is_table = law.as_power_sum().is_some();
    if is_table {
        // A power of what is the same on every row is a constant, which its coefficient has.
        // Of shares that are all 0 the terms are nothing.
        let is_one = |column: &Vec<f64>| column.iter().all(|x| *x == column[0] && *x != 0.0);
        for (place, column) in columns.iter_mut().enumerate().filter(|(_, column)| is_one(column)) {
            let mut powers =
                law.as_power_sum().into_iter().flat_map(|table| table.products()).flat_map(|p| &p.powers);
            let unit = powers.find(|power| power.column == place).map_or(1.0, |power| power.ln_unit.exp());
            column.fill(unit);
        }
    }
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let columns = (columns.as_slice(), some.len());
    let mut found = unidentified_at(POINTS, law, columns, coordinates, &given);
    if !found.is_empty() && !is_table {
        found = unidentified_at(MORE_POINTS, law, columns, coordinates, &given);
    }
    found.sort_unstable();
    let name = |place: usize| law.spec().parameters[place].name.to_string();
    let named = |(place, like): (usize, Option<usize>)| Unidentified {
        parameter: name(place),
        like: like.map(name),
        limit: None,
    };
    Ok(found.into_iter().map(named).collect())
}

/// Places of these, and of what each cannot be told from, by so many points, for a law that gets these columns of so many
/// rows.
fn unidentified_at(
    count: usize,
    law: &dyn Law,
    (columns, rows): (&[&[f64]], usize),
    coordinates: &Coordinates,
    given: &[Vec<f64>],
) -> Vec<(usize, Option<usize>)> {
    let (parameters, roles) = (&law.spec().parameters, coordinates.roles());
    let ranges = coordinates.ranges(columns);
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
            law.evaluate(&theta, columns, Evaluation { ln_loss: &mut ln_loss, jacobian: &mut jacobian });
            for (j, column) in jacobian.chunks_mut(rows.max(1)).enumerate() {
                column.iter_mut().for_each(|x| *x *= length(j));
            }
            (theta, jacobian)
        })
        .filter(|(_, jacobian)| jacobian.iter().all(|x| x.is_finite()))
        .collect();
    if points.is_empty() {
        return Vec::new();
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
    // A parameter that others are tied to acts through them too, and what has a prior is known by that.
    let alone = |j: &usize| !roles.contains(&Role::Tied(*j)) && !coordinates.is_known(*j);
    let mut found: Vec<(usize, Option<usize>)> = inert.into_iter().filter(alone).map(|j| (j, None)).collect();
    let coefficients: Vec<usize> =
        alive.into_iter().filter(|j| parameters[*j].scale == Scale::Log && alone(j)).collect();
    for (place, &j) in coefficients.iter().enumerate() {
        let known = |i: &&usize| !found.iter().any(|(of, _)| of == *i);
        if let Some(&i) = coefficients[..place].iter().filter(known).find(|i| alike(**i, j)) {
            found.push((j, Some(i)));
        }
    }
    found
}

impl Fit {
    /// What follows from these parameters, with the name of one that the sweep does not identify, if what follows rests on it.
    pub(crate) fn resting_on<T>(
        &self,
        parameters: &[f64],
        of: impl Fn(&[f64]) -> T,
        same: impl Fn(&T, &T) -> bool,
    ) -> (T, Option<String>) {
        let found = of(parameters);
        let needs = |other: &(String, Vec<f64>)| !same(&found, &of(&other.1));
        let needed = self.alternatives(parameters).into_iter().find(needs);
        (found, needed.map(|(name, _)| name))
    }

    /// Whether other parameters fit the sweep as these do.
    pub(crate) fn has_alternatives(&self) -> bool {
        !(self.unidentified.is_empty() && self.exchanges.is_empty())
    }

    /// Parameters that fit the sweep as these do, with a name of what it does not identify, and the loss of every row the same: two
    /// sets in which a parameter is another, or one in which two terms change places.
    pub(crate) fn alternatives(&self, parameters: &[f64]) -> Vec<(String, Vec<f64>)> {
        if !self.has_alternatives() {
            return Vec::new();
        }
        let (spec, powers) = (self.law().spec(), self.law().as_power_sum());
        let constants = if powers.is_some() { self.constants() } else { Vec::new() };
        let worth = |p: &[f64], c: usize| powers.map_or(1.0, |powers| worth(powers, &constants, p, c));
        let mut all: Vec<(String, Vec<f64>)> = Vec::new();
        for exchange in &self.exchanges {
            let exponent = &spec.parameters[exchange.exponent()].name;
            all.push((exponent.to_string(), exchange.of(parameters)));
        }
        for unidentified in self.unidentified.iter().filter(|u| u.limit.is_none()) {
            let Some(j) = spec.place(&unidentified.parameter) else { continue };
            let mut other = |change: &dyn Fn(&mut [f64])| {
                let mut changed = parameters.to_vec();
                change(&mut changed);
                all.push((unidentified.parameter.clone(), changed));
            };
            match unidentified.like.as_deref().and_then(|like| spec.place(like)) {
                None => [spec.parameters[j].low, spec.parameters[j].high].iter().for_each(|end| {
                    other(&|p| {
                        let before: Vec<f64> = (0..p.len()).map(|c| worth(p, c)).collect();
                        p[j] = *end;
                        let after: Vec<f64> = (0..p.len()).map(|c| worth(p, c)).collect();
                        p.iter_mut().zip(before.iter().zip(after)).for_each(|(p, (b, a))| *p *= b / a);
                    });
                }),
                Some(i) => [(i, j), (j, i)].iter().for_each(|&(to, from)| {
                    other(&|p| {
                        let rate = worth(p, from) / worth(p, to);
                        p[to] += 0.5 * p[from] * rate;
                        p[from] *= 0.5;
                    });
                }),
            }
        }
        all
    }

    /// What each column of the law has, if it is the same on every row.
    fn constants(&self) -> Vec<Option<f64>> {
        let constant = |column: Vec<f64>| {
            let first = *column.first()?;
            column.iter().all(|x| *x == first).then_some(first)
        };
        self.law().spec().columns(&self.observations).unwrap_or_default().into_iter().map(constant).collect()
    }
}

/// What the term of this coefficient has, for a coefficient of 1, from columns that are the same on every row; 1 if it has none.
fn worth(powers: &PowerSum, constants: &[Option<f64>], parameters: &[f64], coefficient: usize) -> f64 {
    let own = powers.products().iter().find(|product| product.coefficient == coefficient);
    let of = |power: &Power| {
        let constant = constants.get(power.column).copied().flatten();
        constant.map_or(1.0, |x| ((x.ln() - power.ln_unit) * power.sign * parameters[power.exponent]).exp())
    };
    own.map_or(1.0, |product| product.powers.iter().map(of).product())
}
