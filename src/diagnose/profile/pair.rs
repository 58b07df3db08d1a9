//! The profile of two parameters together, as a grid for figures.

use serde::Serialize;

use super::walk::{Held, Walker, lower};
use super::{POINTS, Profile};
use crate::diagnose::Refit;
use crate::fit::Fit;
use crate::numeric::parallel::map_with;
use crate::observe::Watch;
use crate::{Error, Result};

/// Values along each axis.
const COUNT: usize = 2 * POINTS + 1;
/// Points that an observer hears of: the best of each row, and all, on the way out and back.
pub(super) const COUNTED: usize = COUNT + 2 * COUNT * COUNT;

/// The least objective over a grid of two parameters.
///
/// A contour at `f_min + s χ²₂(q)/2` bounds the joint region of level q: χ²₂(0.95) = 5.991.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProfilePair {
    /// The two parameters.
    pub parameters: [String; 2],
    /// The values of each, ascending, in its own unit.
    pub values: [Vec<f64>; 2],
    /// The least objective: a row for each value of the first parameter.
    pub objective: Vec<Vec<f64>>,
}

impl Fit {
    /// The least objective over a grid of two parameters, spanning what their own profiles do.
    ///
    /// # Errors
    /// As for [`profile`](Self::profile), or when the two are one parameter, or tied.
    pub fn profile_pair(&self, first: &Profile, second: &Profile) -> Result<ProfilePair> {
        let pair = self.pair_watched(first, second, &self.options.watch("profile points", COUNTED))?;
        pair.ok_or_else(|| Error::cancelled("profile", "stopped before the grid was done"))
    }

    /// None if an observer stops it.
    pub(super) fn pair_watched(
        &self,
        first: &Profile,
        second: &Profile,
        watch: &Watch<'_>,
    ) -> Result<Option<ProfilePair>> {
        let places = [self.place_to_profile(&first.parameter)?, self.place_to_profile(&second.parameter)?];
        let coordinates = self.problem()?.coordinates;
        let [first_root, second_root] = places.map(|place| coordinates.root(place));
        if first_root == second_root {
            let pair = format!("{},{}", first.parameter, second.parameter);
            return Err(Error::option("pair", pair, "is one parameter", "name two different ones"));
        }
        let axis = |place: usize, profile: &Profile| -> Vec<f64> {
            let end = |point: Option<&Refit<f64>>| {
                point.map_or(f64::NAN, |point| coordinates.fitted_value(place, point.at))
            };
            let (low, high) = (end(profile.points.first()), end(profile.points.last()));
            (0..COUNT).map(|i| low + (high - low) * i as f64 / (COUNT - 1) as f64).collect()
        };
        let axes = [axis(places[0], first), axis(places[1], second)];
        let (mut along, optimum) = Walker::new(self, &places[..1])?;
        let middle = coordinates.fitted_value(places[0], self.parameters[places[0]]);
        // The best point of each row, reached from the row before it on the way out from the optimum.
        let mut rows: Vec<Option<Held>> = vec![None; COUNT];
        let split = axes[0].partition_point(|value| *value < middle);
        for half in [(0..split).rev().collect::<Vec<_>>(), (split..COUNT).collect()] {
            let mut near = optimum.clone();
            for i in half {
                near = along.at(&[axes[0][i]], &near);
                rows[i] = Some(near.clone());
                watch.count(1);
                if watch.is_stopped() {
                    return Ok(None);
                }
            }
        }
        let (walker, _) = Walker::new(self, &places)?;
        let row = |walker: &mut Walker, i: usize| {
            let best = rows[i].as_ref().unwrap_or(&optimum);
            row_of(walker, best, axes[0][i], places[1], &axes[1], watch)
        };
        let rows = || map_with(self.options.jobs, COUNT, || walker.clone(), row);
        let objective = self.options.in_pool(rows)?;
        if watch.is_stopped() {
            return Ok(None);
        }
        let natural = |place: usize, axis: &[f64]| {
            axis.iter().map(|value| coordinates.natural_value(place, *value)).collect()
        };
        Ok(Some(ProfilePair {
            parameters: [first.parameter.clone(), second.parameter.clone()],
            values: [natural(places[0], &axes[0]), natural(places[1], &axes[1])],
            objective,
        }))
    }
}

/// One row, outward from its best point and back.
fn row_of(
    walker: &mut Walker,
    best: &Held,
    first: f64,
    place: usize,
    axis: &[f64],
    watch: &Watch<'_>,
) -> Vec<f64> {
    let value = walker.coordinates().centred_to_fitted(&best.centred)[place];
    let split = axis.partition_point(|x| *x < value);
    let mut row = vec![f64::NAN; axis.len()];
    for half in [(0..split).rev().collect::<Vec<_>>(), (split..axis.len()).collect()] {
        let mut out: Vec<Held> = Vec::with_capacity(half.len());
        for &j in &half {
            if watch.is_stopped() {
                return row;
            }
            out.push(walker.at(&[first, axis[j]], out.last().unwrap_or(best)));
            watch.count(1);
        }
        let mut near = out.last().cloned();
        for (&j, held) in half.iter().zip(out).rev() {
            let again = near.as_ref().map(|near| walker.at(&[first, axis[j]], near));
            let least = again.map_or(held.clone(), |again| lower(held, again));
            row[j] = least.objective;
            near = Some(least);
            watch.count(1);
        }
    }
    row
}
