//! One side of a profile: how far it reaches, its points, and where it crosses the interval's level.

use super::walk::{Held, Walker, lower};
use crate::law::{Parameter, Scale};
use crate::observe::Watch;

/// First step of the search outward, on the fitted scale, and as a share of the width of a prior.
const FIRST_STEP: f64 = 1e-3;
const OF_PRIOR: f64 = 0.1;
/// How far a coefficient is followed: a factor of a million.
const LONGEST_LOG: f64 = 13.8;
/// Root finding: steps, and the excess that ends it, relative to the level.
const ROOT_STEPS: usize = 40;
const ROOT_ENDS: f64 = 1e-6;

/// One side: points outward from the optimum, as (fitted value, minimum), and the crossing.
#[derive(Debug, Clone)]
pub(super) struct Side {
    pub(super) points: Vec<(f64, Held)>,
    pub(super) crossing: Option<f64>,
}

/// How far a parameter is followed below and above its estimate, on the fitted scale, whatever its bounds.
pub(super) fn reach(parameter: &Parameter, fitted: f64) -> [f64; 2] {
    match parameter.scale {
        Scale::Log => [LONGEST_LOG; 2],
        Scale::Linear => {
            let (low, high) = (parameter.low.min(fitted), parameter.high.max(fitted));
            // Down to a hundredth of the least value that a search starts from, up to ten times the greatest.
            let floor = if low > 0.0 { low / 100.0 } else { low - (high - low) };
            let ceiling = if high > 0.0 { 10.0 * high } else { high + (high - low) };
            [fitted - floor, ceiling - fitted]
        }
    }
}

/// The first step of the search outward for a parameter that may have a prior of this width.
pub(super) fn first_step(prior: Option<f64>) -> f64 {
    prior.map_or(FIRST_STEP, |width| FIRST_STEP.min(OF_PRIOR * width))
}

/// Walks outward in steps that double, from `first`, until `excess` is positive or `reach` is passed, lays `count` points evenly up to there, goes
/// back along them for minima that the way out missed, and finds the outermost crossing. None if an observer stops it.
pub(super) fn side(
    walker: &mut Walker,
    (fitted, optimum): (f64, &Held),
    (sign, reach, first, count): (f64, f64, f64, usize),
    excess: &dyn Fn(&Held) -> f64,
    watch: &Watch<'_>,
) -> Option<Side> {
    if reach <= 0.0 {
        watch.count(2 * count);
        return Some(Side { points: Vec::new(), crossing: None });
    }
    let mut end = 0.0;
    let mut last = optimum.clone();
    let mut step = first.min(reach);
    while end < reach && !watch.is_stopped() {
        end = (end + step).min(reach);
        last = walker.at(&[fitted + sign * end], &last);
        if excess(&last) > 0.0 || !last.objective.is_finite() {
            break;
        }
        step *= 2.0;
    }
    let mut points: Vec<(f64, Held)> = Vec::with_capacity(count);
    for i in 1..=count {
        let value = fitted + sign * end * i as f64 / count as f64;
        let near = points.last().map_or(optimum, |(_, held)| held);
        points.push((value, walker.at(&[value], near)));
        watch.count(1);
        if watch.is_stopped() {
            return None;
        }
    }
    let mut outer = last;
    for (value, held) in points.iter_mut().rev() {
        let again = walker.at(&[*value], &outer);
        *held = lower(held.clone(), again);
        outer = held.clone();
        watch.count(1);
        if watch.is_stopped() {
            return None;
        }
    }
    let inside = points.iter().rposition(|(_, held)| excess(held) <= 0.0);
    let crossing = match inside {
        Some(i) if i + 1 == points.len() => None,
        Some(i) => {
            Some(root(walker, (points[i].0, &points[i].1), (points[i + 1].0, &points[i + 1].1), excess))
        }
        None => points.first().map(|(value, held)| root(walker, (fitted, optimum), (*value, held), excess)),
    };
    Some(Side { points, crossing })
}

/// Where the excess is zero: false position with the Illinois correction, each point reached from the inner end.
fn root(walker: &mut Walker, inner: (f64, &Held), outer: (f64, &Held), excess: &dyn Fn(&Held) -> f64) -> f64 {
    let (mut low, mut near, mut high) = (inner.0, inner.1.clone(), outer.0);
    let (mut low_excess, mut high_excess) = (excess(inner.1), excess(outer.1));
    let scale = low_excess.abs().max(high_excess.abs());
    let mut middle = low;
    for _ in 0..ROOT_STEPS {
        middle = low + (high - low) * low_excess / (low_excess - high_excess);
        let held = walker.at(&[middle], &near);
        let found = excess(&held);
        if found.abs() <= ROOT_ENDS * scale {
            break;
        }
        if found < 0.0 {
            (low, low_excess, near) = (middle, found, held);
            high_excess *= 0.5;
        } else {
            (high, high_excess) = (middle, found);
            low_excess *= 0.5;
        }
    }
    middle
}
