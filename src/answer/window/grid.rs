//! Windows that are tried: a grid of them, and the best between its points.

use super::Along;
use crate::fit::Fit;
use crate::law::fitted;
use crate::numeric::parallel::map_blocks;
use crate::objective::evaluate;
use crate::schedule::{Ramp, Shape, Unit};
use crate::{Error, Result};

/// Steps of the grid over the run.
const STEPS: usize = 32;
/// Grid points of each shape from which the best window is searched.
const STARTS: usize = 3;
/// The search ends at steps this short, as shares of the run.
const FINEST: f64 = 1e-6;

/// A window and a shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub(super) shape: usize,
    pub(super) start: f64,
    pub(super) end: f64,
}

/// The ramps that are tried, and the runs along them.
pub(super) struct Candidates<'a> {
    pub(super) fit: &'a Fit,
    pub(super) shapes: Vec<Shape>,
    /// The window of all of them where it is not searched, and how else they are pruned.
    pub(super) usual: Ramp,
    pub(super) searched: bool,
    pub(super) along: &'a (dyn Fn(&Ramp) -> Result<Option<Along>> + Sync),
    pub(super) unique_tokens: Option<f64>,
}

impl Candidates<'_> {
    pub(super) fn ramp(&self, Place { shape, start, end }: Place) -> Ramp {
        let shape = self.shapes[shape];
        let usual = Ramp { shape, ..self.usual.clone() };
        if self.searched { Ramp { start, end, unit: Unit::Fraction, ..usual } } else { usual }
    }

    pub(super) fn run(&self, place: Place) -> Result<Option<Along>> {
        (self.along)(&self.ramp(place))
    }

    /// Where it starts and ends, in shares of the tokens.
    pub(super) fn span(&self, place: Place) -> Result<[f64; 2]> {
        self.span_of(&self.ramp(place))
    }

    pub(super) fn span_of(&self, ramp: &Ramp) -> Result<[f64; 2]> {
        if ramp.unit == Unit::Fraction {
            return Ok([ramp.start, ramp.end]);
        }
        let (run, _) = (self.along)(ramp)?.ok_or_else(|| self.none())?;
        let (start, end) = run.pruning_tokens().unwrap_or_default();
        Ok([start / run.tokens(), end / run.tokens()])
    }

    /// The refusal of a size that no window reaches.
    pub(super) fn none(&self) -> Error {
        Error::unanswerable(
            "best window",
            "no window and no sparsity up to 99.99 % give such a run",
            "ask for more `final_params`, or for a lower sparsity",
        )
    }

    /// What the law reads of the run along a ramp; none where there is none.
    fn inputs(&self, ramp: &Ramp) -> Result<Option<Vec<f64>>> {
        let Some((run, _)) = (self.along)(ramp)? else { return Ok(None) };
        let observations = &self.fit.observations;
        let unique = self.unique_tokens.map(|unique| unique.min(run.tokens()));
        let cost = self.fit.training_flops().over_average(run.initial_params() / run.average_params());
        let flops = cost * run.average_params() * run.tokens();
        self.fit.law().spec().of_run(&run, observations.size(), unique, Some(flops), &[]).map(Some)
    }

    pub(super) fn losses_of(&self, ramps: &[Ramp]) -> Result<Rows> {
        Ok(Rows::new(ramps.iter().map(|ramp| self.inputs(ramp)).collect::<Result<_>>()?))
    }

    /// All windows of the grid in every shape, or the one that is given.
    pub(super) fn grid(&self) -> Result<Grid> {
        let side = if self.searched { STEPS } else { 0 };
        let places: Vec<Place> = (0..self.shapes.len())
            .flat_map(|shape| (0..=side).flat_map(move |i| (i..=side).map(move |j| (shape, i, j))))
            .map(|(shape, i, j)| Place { shape, start: at(i), end: at(j) })
            .collect();
        let of = |block: std::ops::Range<usize>| {
            places[block].iter().map(|place| self.inputs(&self.ramp(*place))).collect()
        };
        let rows: Vec<Result<Option<Vec<f64>>>> = map_blocks(self.fit.options.jobs, places.len(), 16, of);
        let rows = Rows::new(rows.into_iter().collect::<Result<_>>()?);
        if rows.columns.is_empty() {
            return Err(self.none());
        }
        Ok(Grid { side, places, rows })
    }

    /// The best window: from the best points of the grid in each shape, by steps that halve.
    pub(super) fn best(&self, grid: &Grid, parameters: &[f64]) -> Result<Place> {
        let losses = grid.rows.losses(self.fit, parameters);
        if !self.searched {
            return Ok(grid.places[least(&losses)]);
        }
        let loss = |place: Place| -> Result<f64> {
            Ok(Rows::new(vec![self.inputs(&self.ramp(place))?]).losses(self.fit, parameters)[0])
        };
        let mut best: Option<(f64, Place)> = None;
        for shape in 0..self.shapes.len() {
            let mut of_shape: Vec<usize> = grid.lowest(&losses, shape);
            of_shape.truncate(STARTS);
            for start in of_shape {
                let found = descend(grid.places[start], losses[start], &loss)?;
                if best.is_none_or(|(least, _)| found.0 < least) {
                    best = Some(found);
                }
            }
        }
        best.map(|(_, place)| place).ok_or_else(|| self.none())
    }
}

/// A step of the grid.
fn at(step: usize) -> f64 {
    step as f64 / STEPS as f64
}

fn least(losses: &[f64]) -> usize {
    (0..losses.len()).min_by(|a, b| losses[*a].total_cmp(&losses[*b])).unwrap_or_default()
}

/// Goes to the lowest of eight neighbours until none is lower, then halves the step.
fn descend(from: Place, loss: f64, of: &dyn Fn(Place) -> Result<f64>) -> Result<(f64, Place)> {
    let (mut best, mut step) = ((loss, from), at(1));
    while step > FINEST {
        let before = best;
        for (i, j) in [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1)] {
            let start = (before.1.start + f64::from(i) * step).clamp(0.0, 1.0);
            let end = (before.1.end + f64::from(j) * step).clamp(0.0, 1.0);
            if start > end {
                continue;
            }
            let place = Place { start, end, ..from };
            let loss = of(place)?;
            if loss < best.0 {
                best = (loss, place);
            }
        }
        if before == best {
            step *= 0.5;
        }
    }
    Ok(best)
}

/// What the law reads of some runs.
#[derive(Debug)]
pub(super) struct Rows {
    /// Those of the runs that there are, column by column.
    columns: Vec<Vec<f64>>,
    /// Which of those asked for they are.
    there: Vec<usize>,
    asked: usize,
}

impl Rows {
    fn new(rows: Vec<Option<Vec<f64>>>) -> Self {
        let asked = rows.len();
        let there: Vec<usize> = (0..asked).filter(|row| rows[*row].is_some()).collect();
        let rows: Vec<Vec<f64>> = rows.into_iter().flatten().collect();
        let width = rows.first().map_or(0, Vec::len);
        let columns = (0..width).map(|column| rows.iter().map(|row| row[column]).collect()).collect();
        Self { columns, there, asked }
    }

    /// The loss of each; without end where there is no such run.
    pub(super) fn losses(&self, fit: &Fit, parameters: &[f64]) -> Vec<f64> {
        let mut losses = vec![f64::INFINITY; self.asked];
        if self.there.is_empty() {
            return losses;
        }
        let theta = fitted(&fit.law().spec().parameters, parameters);
        let columns: Vec<&[f64]> = self.columns.iter().map(Vec::as_slice).collect();
        let (mut ln_loss, mut jacobian) =
            (vec![0.0; self.there.len()], vec![0.0; self.there.len() * theta.len()]);
        evaluate(fit.law(), &theta, &columns, false, (&mut ln_loss, &mut jacobian));
        for (row, ln_loss) in self.there.iter().zip(ln_loss) {
            losses[*row] = ln_loss.exp();
        }
        losses
    }
}

/// Windows of a grid in some shapes, shape by shape, start by start.
#[derive(Debug)]
pub(super) struct Grid {
    side: usize,
    places: Vec<Place>,
    rows: Rows,
}

impl Grid {
    /// The place in the list of a window of a shape; none outside the run.
    fn index(&self, shape: usize, start: isize, end: isize) -> Option<usize> {
        let side = self.side as isize;
        let inside = 0 <= start && start <= end && end <= side;
        let (i, j, one) = (start as usize, end as usize, (self.side + 1) * (self.side + 2) / 2);
        // Rows of side + 1, side, side - 1 … windows.
        inside.then(|| shape * one + i * (self.side + 1) - i * i.saturating_sub(1) / 2 + (j - i))
    }

    /// Windows of a shape than which no neighbour is lower, the lowest first.
    fn lowest(&self, losses: &[f64], shape: usize) -> Vec<usize> {
        let side = self.side as isize;
        let windows = (0..=side).flat_map(|i| (i..=side).map(move |j| (i, j)));
        let is_lowest = |&(i, j): &(isize, isize)| {
            let Some(own) = self.index(shape, i, j).map(|own| losses[own]) else { return false };
            let beside = (-1..=1).flat_map(|a| (-1..=1).map(move |b| (i + a, j + b)));
            own.is_finite()
                && beside.filter_map(|(i, j)| self.index(shape, i, j)).all(|other| own <= losses[other])
        };
        let mut lowest: Vec<usize> =
            windows.filter(is_lowest).filter_map(|(i, j)| self.index(shape, i, j)).collect();
        lowest.sort_by(|a, b| losses[*a].total_cmp(&losses[*b]));
        lowest
    }

    /// The best window with these parameters, and its loss: of the grid, moved to the bottom of the parabola through its
    /// neighbours.
    pub(super) fn best(&self, fit: &Fit, parameters: &[f64]) -> (Place, f64) {
        let losses = self.rows.losses(fit, parameters);
        let best = least(&losses);
        if self.side == 0 {
            return (self.places[best], losses[best]);
        }
        let Place { shape, start, end } = self.places[best];
        let (i, j) = ((start * STEPS as f64).round() as isize, (end * STEPS as f64).round() as isize);
        let (own, h) = (losses[best], at(1));
        let beside = |a: isize, b: isize| {
            let index = self.index(shape, i + a, j + b)?;
            Some(losses[index]).filter(|loss| loss.is_finite())
        };
        let moved = |a: f64, b: f64, gain: f64| {
            let place = Place { shape, start: start + a * h, end: end + b * h };
            (place, own - gain)
        };
        let pair = |a: isize, b: isize| Some([beside(-a, -b)?, beside(a, b)?]);
        let line = |[before, after]: [f64; 2]| {
            let (slope, curve) = (0.5 * (after - before), after - 2.0 * own + before);
            let step = if curve > 0.0 { (-slope / curve).clamp(-0.5, 0.5) } else { 0.0 };
            (step, slope, curve)
        };
        if let (Some(of_i), Some(of_j), Some([back, on]), Some([left, right])) =
            (pair(1, 0), pair(0, 1), pair(1, 1), pair(1, -1))
        {
            let ((_, g, a), (_, k, c)) = (line(of_i), line(of_j));
            let cross = 0.25 * (back + on - left - right);
            let determinant = a * c - cross * cross;
            if a > 0.0 && determinant > 0.0 {
                let u = ((cross * k - c * g) / determinant).clamp(-1.0, 1.0);
                let v = ((cross * g - a * k) / determinant).clamp(-1.0, 1.0);
                let gain = -(g * u + k * v + 0.5 * (a * u * u + c * v * v) + cross * u * v);
                if gain > 0.0 {
                    return moved(u, v, gain);
                }
            }
        }
        for (a, b) in [(1, 0), (0, 1), (1, 1)] {
            if let Some(ends) = pair(a, b) {
                let (step, slope, curve) = line(ends);
                let gain = -(slope * step + 0.5 * curve * step * step);
                return moved(step * a as f64, step * b as f64, gain);
            }
        }
        (self.places[best], own)
    }
}

#[cfg(test)]
mod tests {
    use super::{Grid, Place, Rows, STEPS, at, descend};

    #[test]
    fn windows_are_found_at_their_place_in_the_list() {
        let mut places = Vec::new();
        for shape in 0..2 {
            for i in 0..=STEPS {
                places.extend((i..=STEPS).map(|j| Place { shape, start: at(i), end: at(j) }));
            }
        }
        let grid = Grid { side: STEPS, places, rows: Rows::new(Vec::new()) };
        for (k, place) in grid.places.iter().enumerate() {
            let step = |share: f64| (share * STEPS as f64) as isize;
            assert_eq!(grid.index(place.shape, step(place.start), step(place.end)), Some(k));
        }
        assert_eq!(grid.index(0, 3, 2), None);
        assert_eq!(grid.index(0, 0, STEPS as isize + 1), None);
    }

    #[test]
    fn steps_end_at_the_bottom_or_at_an_edge() {
        let bowl = |s: f64, e: f64| {
            move |p: Place| {
                Ok((p.start - s).powi(2) + 3.0 * (p.end - e).powi(2) + (p.start - s) * (p.end - e))
            }
        };
        let from = Place { shape: 0, start: 0.5, end: 0.5 };
        let found = |s: f64, e: f64| descend(from, bowl(s, e)(from).unwrap(), &bowl(s, e)).unwrap();
        let inside = found(0.123, 0.654);
        assert!(inside.0 < 1e-11 && (inside.1.start - 0.123).abs() < 1e-5, "{inside:?}");
        // Beyond the edge the start is 0, and the end where 6 (e - .6) + .2 is 0.
        let edge = found(-0.2, 0.6);
        assert!(edge.1.start == 0.0 && (edge.1.end - (0.6 - 0.2 / 6.0)).abs() < 1e-5, "{edge:?}");
    }
}
