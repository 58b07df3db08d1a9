//! Many starts, and what they agree on.

use std::borrow::Cow;
use std::collections::HashSet;

use super::lbfgs;
use super::lbfgs::Descent;
use super::minimum::{Minimum, NOTHING, SAME_OBJECTIVE};
use super::newton::Polisher;
use super::polish::Distance;
use super::screen::{Cell, Grid, screen};
use super::starts::{self, Starts};
use crate::law::Law;
use crate::numeric::parallel::map_watched;
use crate::objective::Objective;
use crate::observe::Watch;

/// Starts kept from the screen.
const KEPT: usize = 16;
/// Cells beyond which three times as many are kept.
const MANY: usize = 1024;
/// Starts kept from the second grid's cells, and again from those of them beyond the declared ranges; among
/// fewer than [`FEW`] rows, and else.
const KEPT_WIDE: [usize; 2] = [4, 1];
/// Few rows: optima at extreme exponents are no rarity, and a fit costs little.
const FEW: usize = 100;
/// Starts kept from the screen for an audit of a warm start.
const AUDIT_KEPT: usize = 2;
/// Rows that a search starts on when there are more than twice as many.
const SHARE: usize = 4096;
/// Minima of such a share that are taken on to the whole.
const KEPT_OF_SHARE: usize = 3;
/// Evaluations a descent may use: the polish goes on from wherever it ends.
const DESCENT_LIMIT: usize = 12;
/// Rounding of the objective, relative.
const ROUNDING: f64 = 1e-11;

/// What a search found: distinct minima, lowest first, with the number of starts that ended in each.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SearchResult {
    pub(crate) tried: usize,
    pub(crate) evaluations: usize,
    /// Starts that ended above the optimum at a point that is not stationary.
    pub(crate) unproven: usize,
    pub(crate) minima: Vec<(Minimum, usize)>,
}

/// What is searched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sought<'a> {
    pub(crate) from: &'a Starts,
    /// Threads.
    pub(crate) jobs: usize,
    pub(crate) whose: Whose,
    /// Follows the starts. What comes of a search that it stops is of no use.
    pub(crate) watch: &'a Watch<'a>,
}

/// Whose optimum is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// A fit's, from nothing.
    Fit,
    /// A replicate's, that has been sought from the fit's minima: of a law that is no sum of powers fewer descents are polished.
    Replicate,
}

/// Takes every start to its minimum, wherever that is.
///
/// Among very many rows the starts are taken to the minima of an evenly spaced share of them, and those few
/// minima to the bottom of the whole: single rows no longer decide between basins.
pub(super) fn search(law: &dyn Law, objective: &Objective, sought: Sought<'_>) -> SearchResult {
    let rows = objective.rows().len;
    if rows <= 2 * SHARE {
        return search_all(law, objective, sought);
    }
    let mut found = search_all(law, &objective.share(rows.div_ceil(SHARE)), sought);
    found.minima.truncate(KEPT_OF_SHARE);
    let mut polisher = Polisher::new(objective);
    let mut ended = Vec::new();
    sought.watch.begin(found.minima.len());
    for (minimum, starts) in &found.minima {
        if sought.watch.is_stopped() {
            break;
        }
        let minimum = polisher.polish_freely(objective, &minimum.theta, Distance::Near);
        found.evaluations += minimum.evaluations;
        ended.extend(std::iter::repeat_n(minimum, *starts));
        sought.watch.count(1);
    }
    SearchResult {
        tried: found.tried,
        evaluations: found.evaluations,
        unproven: found.unproven,
        ..gather(ended, objective.size())
    }
}

fn search_all(law: &dyn Law, objective: &Objective, sought: Sought<'_>) -> SearchResult {
    let Sought { from, jobs, watch, .. } = sought;
    watch.begin(0);
    let general = objective.terms().is_none();
    let coordinates = objective.coordinates();
    // Starts within the declared ranges: a fit polishes them all.
    let mut within = 0;
    let mut points: Vec<Vec<f64>> = match from {
        Starts::Screened => {
            let starts;
            (starts, within) = screened(law, objective);
            starts.iter().map(|start| coordinates.inward(start)).collect()
        }
        Starts::Given(points) => points.iter().map(|point| coordinates.natural_to_free(point)).collect(),
        Starts::Random { count, seed } => starts::random(&coordinates.declared(), *count, *seed)
            .iter()
            .map(|point| coordinates.fitted_to_free(point))
            .collect(),
        Starts::Hoffmann => {
            starts::hoffmann().iter().map(|point| coordinates.fitted_to_free(point)).collect()
        }
    };
    if objective.parameters() < law.spec().parameters.len() || coordinates.bounded() > 0 {
        // Starts that differ in what is fixed or tied alone, or lay beyond a bound, are one.
        let mut known = HashSet::new();
        points.retain(|point| known.insert(point.iter().map(|x| x.to_bits()).collect::<Vec<u64>>()));
    }
    let distance = match from {
        Starts::Screened => Distance::Near,
        Starts::Given(_) => Distance::Given,
        _ => Distance::Far,
    };
    // A descent and a polish each.
    watch.begin(2 * points.len());
    let mut descents = map_watched(
        watch,
        jobs,
        points.len(),
        || Polisher::new(objective),
        |polisher, i| descend(objective, polisher, &points[i], distance),
    );
    if general && *from == Starts::Screened {
        let by_objective = |a: &Descent, b: &Descent| a.objective.total_cmp(&b.objective);
        let first = if sought.whose == Whose::Fit { within.min(descents.len()) } else { 0 };
        let kept = first + (descents.len() - first).div_ceil(2);
        descents[first..].sort_by(by_objective);
        watch.count(descents.len() - kept);
        descents.truncate(kept);
    }
    let ended = map_watched(
        watch,
        jobs,
        descents.len(),
        || Polisher::new(objective),
        |polisher, i| {
            let Descent { theta, evaluations, .. } = &descents[i];
            let mut minimum = polisher.polish_freely(objective, theta, distance);
            minimum.evaluations += evaluations;
            minimum
        },
    );
    gather(ended, objective.size())
}

/// The best cells of both grids, and how many of them a fit polishes all.
fn screened(law: &dyn Law, objective: &Objective) -> (Vec<Vec<f64>>, usize) {
    let general = objective.terms().is_none();
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for own in views(objective) {
        let cells = screen(law, &own, Grid::Declared);
        let kept = if cells.len() > MANY { 3 * KEPT } else { KEPT };
        first.extend(laid(objective, &own, cells, kept));
        let wide = screen(law, &own, Grid::Wide);
        let keep = KEPT_WIDE[usize::from(objective.rows().len >= FEW)];
        if general {
            first.extend(laid(objective, &own, screen(law, &own, Grid::Again), keep));
            rest.extend(laid(objective, &own, wide, KEPT));
        } else {
            let outside = wide.iter().filter(|cell| cell.outside).cloned().collect();
            rest.extend(laid(objective, &own, wide, keep));
            rest.extend(laid(objective, &own, outside, keep));
        }
    }
    let within = if general { first.len() } else { 0 };
    first.append(&mut rest);
    (first, within)
}

/// What is screened: the objective, and with priors, of which the screen knows nothing, also the one in which all that has a
/// prior is held at its centre.
fn views(objective: &Objective) -> impl Iterator<Item = Cow<'_, Objective>> {
    std::iter::once(Cow::Borrowed(objective)).chain(objective.at_centres().map(Cow::Owned))
}

/// The best distinct cells of a screen of `own` as starts of the objective.
fn laid(objective: &Objective, own: &Objective, cells: Vec<Cell>, keep: usize) -> Vec<Vec<f64>> {
    let of =
        |theta: Vec<f64>| objective.coordinates().centred_to_free(&own.coordinates().free_to_centred(&theta));
    distinct(cells, keep).into_iter().map(of).collect()
}

/// The lowest end point of Newton's method from the best few cells of the screen.
pub(super) fn quick_search(law: &dyn Law, objective: &Objective, polisher: &mut Polisher) -> Option<Minimum> {
    let best = |own: Cow<'_, Objective>| laid(objective, &own, screen(law, &own, Grid::Declared), AUDIT_KEPT);
    let starts: Vec<Vec<f64>> = views(objective).flat_map(best).collect();
    let ended = starts.iter().map(|start| {
        polisher.polish_freely(objective, &objective.coordinates().inward(start), Distance::Near)
    });
    ended.filter(|m| m.termination.is_converged()).min_by(|a, b| a.objective.total_cmp(&b.objective))
}

/// L-BFGS from one start into a basin. A start that somebody gave is meant: no line search leaps from it into another.
fn descend(objective: &Objective, polisher: &mut Polisher, start: &[f64], distance: Distance) -> Descent {
    // Where all is held there is nothing to descend in.
    if distance == Distance::Given || start.is_empty() {
        return Descent { theta: start.to_vec(), objective: f64::INFINITY, evaluations: 0 };
    }
    lbfgs::descend(objective, &mut polisher.workspace, start, DESCENT_LIMIT)
}

/// The best cells, no two of them neighbours in the grid, then the next best whatever their place.
fn distinct(cells: Vec<Cell>, keep: usize) -> Vec<Vec<f64>> {
    let mut kept: Vec<Cell> = Vec::with_capacity(keep);
    let mut passed_over = Vec::new();
    for cell in cells {
        let near = |other: &Cell| cell.position.iter().zip(&other.position).all(|(a, b)| (a - b).abs() < 1.5);
        if kept.len() >= keep {
            break;
        }
        if kept.iter().any(near) { passed_over.push(cell) } else { kept.push(cell) }
    }
    let missing = keep - kept.len();
    kept.extend(passed_over.into_iter().take(missing));
    kept.into_iter().map(|cell| cell.theta).collect()
}

/// Sorts end points into minima. Only proven stationary points are minima; of end points as low as the
/// lowest, to rounding, the flattest stationary one is the optimum. `size` is that of what residuals are taken from.
fn gather(mut ended: Vec<Minimum>, size: f64) -> SearchResult {
    let tried = ended.len();
    let evaluations = ended.iter().map(|m| m.evaluations).sum();
    ended.retain(|m| m.objective.is_finite());
    ended.sort_by(|a, b| a.objective.total_cmp(&b.objective));
    let nothing = NOTHING * size * size;
    let same = |a: f64, b: f64| a <= b * (1.0 + SAME_OBJECTIVE) + nothing;
    let lowest = ended.first().map_or(0.0, |m| m.objective);
    let level = ended.iter().take_while(|m| m.objective <= lowest * (1.0 + ROUNDING) + nothing).enumerate();
    let proven = level.filter(|(_, m)| m.termination.is_converged());
    if let Some((flattest, _)) = proven.min_by(|(_, a), (_, b)| a.gradient.total_cmp(&b.gradient)) {
        ended[..=flattest].rotate_right(1);
    }
    let mut minima: Vec<(Minimum, usize)> = Vec::new();
    let mut unproven = 0;
    for minimum in ended {
        match minima.last_mut() {
            Some((known, count)) if same(minimum.objective, known.objective) => *count += 1,
            Some(_) if !minimum.termination.is_converged() => unproven += 1,
            _ => minima.push((minimum, 1)),
        }
    }
    SearchResult { tried, evaluations, unproven, minima }
}
