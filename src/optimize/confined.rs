//! Minima within bounds.
//!
//! The least point of a box is a minimum, over the parameters that are not held, of one of its faces: the inside, or
//! those on which some parameters are at an end of their range. So each face is searched as a law with fewer
//! parameters is. A point is a minimum of the box if the objective does not fall on the way inward either, the
//! condition of Karush (1939) and of Kuhn and Tucker (1951).

use super::minimum::{Minimum, NOTHING, SAME_OBJECTIVE, Termination};
use super::newton::Polisher;
use super::polish::Distance;
use super::search::{self, SearchResult, Sought};
use crate::law::Law;
use crate::objective::{Bound, End, Face, Objective};

/// A relative slope inward above this is no descent: the gradient of a polished point on a kink, with room.
const FALLS: f64 = -1e-7;
/// Faces that a walk may visit.
const MOST_FACES: usize = 12;

/// A minimum of a face, and whether it is one of the box.
struct Candidate {
    minimum: Minimum,
    starts: usize,
    /// Which of the faces that were searched it is of.
    face: usize,
    /// Starts tried on its face, and those that ended at a point not proven stationary.
    tried: (usize, usize),
    is_minimum: bool,
}

/// The minima within the bounds; of how many starts, is said for the faces that they are on.
pub(super) fn search(law: &dyn Law, objective: &Objective, sought: Sought<'_>) -> SearchResult {
    let mut found = search::search(law, &objective.unbounded(), sought);
    let inside = |minimum: &Minimum| objective.coordinates().is_inside(&minimum.theta);
    if found.minima.first().is_some_and(|(lowest, _)| inside(lowest)) {
        found.minima.retain(|(minimum, _)| inside(minimum));
        return found;
    }
    let (mut evaluations, mut searched) = (0, 0);
    let mut candidates = Vec::new();
    let mut collect = |on: &Objective, face: &Face, mut found: SearchResult| {
        evaluations += found.evaluations;
        searched += 1;
        found.minima.retain(|(minimum, _)| on.coordinates().is_inside(&minimum.theta));
        for (mut minimum, starts) in found.minima {
            minimum.theta = moved(on, objective, &minimum.theta);
            let is_minimum = falls(objective, face, &minimum.theta).is_none();
            let tried = (found.tried, found.unproven);
            candidates.push(Candidate { minimum, starts, face: searched, tried, is_minimum });
        }
    };
    collect(objective, &Face::new(), found);
    for face in objective.coordinates().faces() {
        if sought.watch.is_stopped() {
            break;
        }
        let on = objective.on(&face);
        let found = search::search(law, &on, sought);
        collect(&on, &face, found);
    }
    candidates.sort_by(|a, b| a.minimum.objective.total_cmp(&b.minimum.objective));
    if let Some(lowest) = candidates.first_mut().filter(|lowest| !lowest.is_minimum) {
        // No search found what lies below it: walk there, or say that it is not proven.
        let end = descend(objective, &lowest.minimum.theta, Distance::Near);
        if end.termination.is_converged() && end.objective <= lowest.minimum.objective {
            (lowest.minimum, lowest.starts) = (end, 1);
        } else {
            lowest.minimum.termination = Termination::Stalled;
        }
        lowest.is_minimum = true;
    }
    gather(candidates, evaluations)
}

fn gather(candidates: Vec<Candidate>, evaluations: usize) -> SearchResult {
    let (mut tried, mut unproven, mut faces) = (0, 0, Vec::new());
    let mut minima: Vec<(Minimum, usize)> = Vec::new();
    for candidate in candidates.into_iter().filter(|candidate| candidate.is_minimum) {
        let Candidate { minimum, starts, face, tried: own, .. } = candidate;
        if !faces.contains(&face) {
            faces.push(face);
            (tried, unproven) = (tried + own.0, unproven + own.1);
        }
        let same = |known: &Minimum| minimum.objective <= known.objective * (1.0 + SAME_OBJECTIVE) + NOTHING;
        match minima.last_mut() {
            // Another search found it too.
            Some((known, count)) if same(known) => *count += starts,
            Some(_) if !minimum.termination.is_converged() => unproven += starts,
            _ => minima.push((minimum, starts)),
        }
    }
    SearchResult { tried, evaluations, unproven, minima }
}

/// The lowest of what the best few cells of each face's screen lead to.
pub(super) fn quick_search(law: &dyn Law, objective: &Objective) -> Option<Minimum> {
    let unbounded = objective.unbounded();
    let inside = |minimum: &Minimum| objective.coordinates().is_inside(&minimum.theta);
    let lowest = search::quick_search(law, &unbounded, &mut Polisher::new(&unbounded));
    if lowest.as_ref().is_some_and(inside) {
        return lowest;
    }
    let ended = objective.coordinates().faces().into_iter().filter_map(|face| {
        let on = objective.on(&face);
        let minimum = search::quick_search(law, &on, &mut Polisher::new(&on))?;
        let inside = on.coordinates().is_inside(&minimum.theta);
        inside.then(|| Minimum { theta: moved(&on, objective, &minimum.theta), ..minimum })
    });
    ended.min_by(|a, b| a.objective.total_cmp(&b.objective))
}

/// Walks from `start` to a minimum of the box, from face to face: what passes a bound is held there, and what is held
/// is freed where the objective falls inward.
pub(super) fn descend(objective: &Objective, start: &[f64], distance: Distance) -> Minimum {
    let coordinates = objective.coordinates();
    let mut point = coordinates.inward(start);
    let (mut face, _) = coordinates.ends(&point);
    let mut lowest: Option<Minimum> = None;
    let mut evaluations = 0;
    for _ in 0..MOST_FACES {
        let on = objective.on(&face);
        let from = moved(objective, &on, &point);
        let mut minimum = Polisher::new(&on).polish_freely(&on, &from, distance);
        evaluations += minimum.evaluations;
        let (_, passed) = on.coordinates().ends(&minimum.theta);
        minimum.theta = moved(&on, objective, &minimum.theta);
        minimum.evaluations = evaluations;
        if !passed.is_empty() {
            point = coordinates.inward(&minimum.theta);
            face.extend(passed);
            continue;
        }
        let Some(falling) = falls(objective, &face, &minimum.theta) else { return minimum };
        face.remove(falling);
        point.copy_from_slice(&minimum.theta);
        if lowest.as_ref().is_none_or(|lowest| minimum.objective < lowest.objective) {
            lowest = Some(minimum);
        }
    }
    let stalled = |minimum: Minimum| Minimum { termination: Termination::Stalled, evaluations, ..minimum };
    lowest.map_or_else(|| stalled(at(objective, &point)), stalled)
}

/// A point of one face as a point of another.
fn moved(from: &Objective, to: &Objective, point: &[f64]) -> Vec<f64> {
    to.coordinates().centred_to_free(&from.coordinates().free_to_centred(point))
}

/// A point as it is.
fn at(objective: &Objective, point: &[f64]) -> Minimum {
    let mut gradient = vec![0.0; point.len()];
    let mut workspace = objective.last_workspace();
    let sums = objective.gradient(point, &mut workspace, &mut gradient);
    Minimum {
        theta: point.to_vec(),
        objective: sums.value,
        gradient: objective.relative_gradient(sums, &gradient, &workspace),
        termination: Termination::Stalled,
        evaluations: 1,
    }
}

/// Which of the parameters that are held on a face should not be; none where the objective falls nowhere inward.
fn falls(objective: &Objective, face: &[(Bound, End)], z: &[f64]) -> Option<usize> {
    let slopes = objective.slopes_inward(face, z);
    let steepest = (0..slopes.len()).min_by(|a, b| slopes[*a].total_cmp(&slopes[*b]))?;
    (slopes[steepest] < FALLS).then_some(steepest)
}
