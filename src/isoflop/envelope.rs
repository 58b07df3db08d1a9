//! Approach 1 of Hoffmann et al. (2022): the envelope of loss curves.

use serde::Serialize;

use super::line::{PowerOfCompute, exponential, straight};
use super::polynomial::{ends, students_t};
use crate::{Estimate, Observations};

/// Fewest curves at a budget, and fewest places of a line.
const FEWEST: usize = 3;
/// Budgets at which the lowest curve is sought.
const BUDGETS: usize = 256;

/// The run of least loss at each budget, among the curves that reach it, and how its size and length grow with compute.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Envelope {
    /// N* against C. Intervals are of a jackknife over the curves.
    pub params: PowerOfCompute,
    /// D* against C.
    pub tokens: PowerOfCompute,
    /// Budgets, FLOPs, between which the lowest curve is neither that of the smallest run nor that of the largest.
    pub flops: [f64; 2],
    /// Curves that are lowest somewhere between these budgets: two at least.
    pub curves: usize,
}

/// A curve: ln C, ln L, ln N̄ and ln D of its rows, by compute.
type Curve = Vec<[f64; 4]>;

/// A place of the envelope: ln C, ln N̄, ln D, and which curve is lowest there.
type Lowest = ([f64; 3], usize);

/// The envelope of the runs with several rows; none where fewer than three curves overlap. The line's level is told at this `middle`, ln C.
pub(super) fn envelope(observations: &Observations, middle: f64, level: f64) -> Option<Envelope> {
    let curves = curves(observations);
    let all: Vec<usize> = (0..curves.len()).collect();
    let places = lowest(&curves, &all);
    let found = lines(&places, middle)?;
    let mut on: Vec<usize> = places.iter().map(|(_, curve)| *curve).collect();
    on.sort_unstable();
    on.dedup();
    // Along one curve the size stays, and no line tells how it grows.
    if on.len() < 2 {
        return None;
    }
    // A curve that is nowhere lowest changes nothing when it is left out.
    let without = |left: &usize| {
        let kept: Vec<usize> = all.iter().copied().filter(|k| k != left).collect();
        lines(&lowest(&curves, &kept), middle)
    };
    let others: Option<Vec<[f64; 4]>> = on.iter().map(without).collect();
    let estimate = |which: usize| {
        let estimate = found[which];
        let count = on.len() as f64;
        let error = others.as_ref().map_or(f64::NAN, |others| {
            let squares: f64 = others.iter().map(|other| (other[which] - estimate).powi(2)).sum();
            ((count - 1.0) / count * squares).sqrt()
        });
        let half = error * students_t(level, count - 1.0);
        Estimate::straight(estimate, error, [estimate - half, estimate + half])
    };
    let power = |slope: usize| PowerOfCompute {
        slope: estimate(slope),
        coefficient: (found[slope + 1] - found[slope] * middle).exp(),
        at_middle: exponential(estimate(slope + 1)),
        widened: f64::NAN,
    };
    let at: Vec<f64> = places.iter().map(|(place, _)| place[0]).collect();
    Some(Envelope { params: power(0), tokens: power(2), flops: ends(&at).map(f64::exp), curves: on.len() })
}

fn curves(observations: &Observations) -> Vec<Curve> {
    let flops: Vec<f64> = observations.flops().collect();
    let point = |row: usize| {
        let (loss, params) = (observations.loss()[row], observations.average_params()[row]);
        [flops[row], loss, params, observations.tokens()[row]].map(f64::ln)
    };
    let of_run = |rows: Vec<usize>| rows.into_iter().map(point).collect();
    let mut curves: Vec<Curve> = observations.rows_by_run().into_iter().map(of_run).collect();
    curves.retain(|curve| curve.len() > 1);
    curves.iter_mut().for_each(|curve| curve.sort_by(|a, b| a[0].total_cmp(&b[0])));
    curves
}

/// Where the lowest of these curves is neither the smallest nor the largest of those that reach a budget.
fn lowest(curves: &[Curve], some: &[usize]) -> Vec<Lowest> {
    let reach = |which: usize| {
        some.iter()
            .map(move |k| if which == 0 { curves[*k][0][0] } else { curves[*k][curves[*k].len() - 1][0] })
    };
    let (from, to) = (reach(0).fold(f64::INFINITY, f64::min), reach(1).fold(f64::NEG_INFINITY, f64::max));
    let mut found = Vec::new();
    for place in 0..BUDGETS {
        let at = from + (to - from) * (place as f64 + 0.5) / BUDGETS as f64;
        let here: Vec<([f64; 4], usize)> =
            some.iter().filter_map(|k| Some((between(&curves[*k], at)?, *k))).collect();
        let sizes: Vec<f64> = here.iter().map(|(row, _)| row[2]).collect();
        let Some((row, curve)) = here.iter().min_by(|a, b| a.0[1].total_cmp(&b.0[1])) else { continue };
        let [small, large] = ends(&sizes);
        if here.len() >= FEWEST && row[2] > small && row[2] < large {
            found.push(([at, row[2], row[3]], *curve));
        }
    }
    found
}

/// A curve at a budget that it reaches, linear in the logarithms.
fn between(curve: &Curve, at: f64) -> Option<[f64; 4]> {
    let after = curve.partition_point(|row| row[0] < at);
    let (a, b) = (curve.get(after.checked_sub(1)?)?, curve.get(after)?);
    let share = (at - a[0]) / (b[0] - a[0]);
    Some(std::array::from_fn(|k| a[k] + share * (b[k] - a[k])))
}

/// Slope and value at `middle` of ln N* and of ln D* on ln C.
fn lines(places: &[Lowest], middle: f64) -> Option<[f64; 4]> {
    if places.len() < FEWEST {
        return None;
    }
    let of = |which: usize| places.iter().map(|(place, _)| place[which]).collect::<Vec<f64>>();
    let x = of(0);
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    let line = |which: usize| {
        let (_, slope, value) = straight(&x, &of(which));
        [slope, value + slope * (middle - mean)]
    };
    let ([a, b], [c, d]) = (line(1), line(2));
    Some([a, b, c, d])
}
