//! When to prune: the window and the shape of least loss, for a final size and a cost.

mod grid;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bootstrap::{Ensemble, Estimate, alike};
use crate::fit::Warning;
use crate::run::pruned::in_words;
use crate::schedule::{Ramp, Shape, Unit};
use crate::{Error, Result, Trajectory};
use grid::{Candidates, Place};

/// How far earlier and later the windows are that are compared, as a share of the run.
const TENTH: f64 = 0.1;
/// A window shorter than this is one cut.
const CUT: f64 = 0.01;
/// Steps a run in which the best window of a given length is looked for.
const FINE: usize = 200;
/// Windows this close are one.
const SAME: f64 = 1e-3;
/// What a single cut is called among the shapes.
const ONE_SHOT: &str = "one_shot";

/// The window and the shape of least loss, of runs of one final size and cost. Ramps are taken to be smooth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BestWindow {
    /// Along what curve sparsity rises; of no matter where the window [is one cut](Self::is_cut).
    pub shape: Shape,
    /// Where pruning starts, as a share of the tokens, with its interval over the draws.
    pub start: Estimate,
    /// Where it ends.
    pub end: Estimate,
    /// Share of the draws in which each shape is best; `one_shot` is one cut.
    pub shapes: BTreeMap<String, f64>,
    /// Sparsity in the end.
    pub sparsity: f64,
    /// N₀ under this window.
    pub initial_params: f64,
    /// N̄.
    pub average_params: f64,
    /// What all windows leave, those that are never pruned included.
    pub final_params: f64,
    /// D.
    pub tokens: f64,
    /// Loss, nats a token.
    pub loss: Estimate,
    /// What other windows cost.
    pub others: Vec<WindowCost>,
    /// What to know before believing it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// What a window other than the best costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WindowCost {
    /// Which one, in words.
    pub name: String,
    /// Where it starts, as a share of the tokens.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
    /// Its loss, nats a token.
    pub loss: Estimate,
    /// By how much it is above that of the best window.
    pub more: Estimate,
}

impl BestWindow {
    /// Whether all is cut at once, or within a hundredth of the run.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.end.estimate - self.start.estimate < CUT
    }

    /// A ramp with this shape over this window, in shares of the tokens: a single cut where it [is one](Self::is_cut).
    #[must_use]
    pub fn of(&self, ramp: &Ramp) -> Ramp {
        let (mut start, mut end) = (self.start.estimate, self.end.estimate);
        if self.is_cut() {
            start = 0.5 * (start + end);
            end = start;
        }
        Ramp { shape: self.shape, start, end, unit: Unit::Fraction, ..ramp.clone() }
    }
}

/// What is chosen: the window, the shape or both; and what stands for what is not.
#[derive(Debug, Clone)]
pub(super) struct Choice<'a> {
    pub(super) window: bool,
    pub(super) shape: bool,
    pub(super) usual: &'a Ramp,
}

/// A run along a ramp: its counts, and its sparsity in the end.
pub(super) type Along = (Trajectory, f64);

/// The shapes that are tried.
const SHAPES: [Shape; 4] = [Shape::Linear, Shape::Cubic, Shape::Geometric, Shape::Cosine];

/// What one set of the law's parameters makes of the windows.
#[derive(Debug, Clone)]
struct Found {
    place: Place,
    loss: f64,
    /// The loss of the window that is best at the optimum, and of the others.
    of_best: f64,
    of_others: Vec<f64>,
}

impl Ensemble {
    /// Refuses laws that do not know when parameters are removed.
    fn check_knows_when(&self) -> Result<()> {
        let spec = self.fit.law().spec();
        if self.fit.knows_when() {
            return Ok(());
        }
        Err(Error::unanswerable(
            "best window",
            format!(
                "the {} law does not know when parameters are removed: its answer would be an edge of what it was given",
                spec.name
            ),
            "fit a law that does (`law=schedule`), or give the window",
        ))
    }

    /// The best window among the runs that `along` gives: none along a ramp that no such run has.
    pub(super) fn window_of(
        &self,
        choice: &Choice<'_>,
        along: &(dyn Fn(&Ramp) -> Result<Option<Along>> + Sync),
        unique_tokens: Option<f64>,
    ) -> Result<BestWindow> {
        self.check_knows_when()?;
        let usual = Ramp { every: None, ..choice.usual.clone() };
        // The usual one first: where shapes are alike it stays.
        let others = SHAPES.into_iter().filter(|shape| choice.shape && *shape != usual.shape);
        let shapes: Vec<Shape> = std::iter::once(usual.shape).chain(others).collect();
        let candidates = Candidates {
            fit: &self.fit,
            shapes,
            usual: usual.clone(),
            searched: choice.window,
            along,
            unique_tokens,
        };
        let grid = candidates.grid()?;
        let best = candidates.best(&grid, &self.fit.parameters)?;
        let (run, sparsity) = candidates.run(best)?.ok_or_else(|| candidates.none())?;
        let given = candidates.span(best)?;
        let others = self::others(&candidates, best, &usual)?;
        let rows = std::iter::once(best).map(|place| candidates.ramp(place));
        let rows: Vec<Ramp> = rows.chain(others.iter().map(|(_, ramp)| ramp.clone())).collect();
        let beside = candidates.losses_of(&rows)?;
        let found = |parameters: &[f64]| {
            let losses = beside.losses(&self.fit, parameters);
            let (place, loss) = grid.best(&self.fit, parameters);
            Found { place, loss, of_best: losses[0], of_others: losses[1..].to_vec() }
        };
        let same = |a: &Found, b: &Found| {
            alike(a.loss, b.loss)
                && alike(a.of_best, b.of_best)
                && (a.place.start - b.place.start).abs() < SAME
                && (a.place.end - b.place.end).abs() < SAME
        };
        let mut all = self.identified("best window", found, same)?;
        all.optimum.place = best;
        all.optimum.loss = all.optimum.of_best;
        let of = |quantity: &dyn Fn(&Found) -> f64| self.estimate_of(all.map(quantity));
        let share = |quantity: &dyn Fn(&Found) -> f64| {
            let mut share = of(quantity);
            share.interval = share.interval.map(|end| end.clamp(0.0, 1.0));
            share
        };
        let (start, end) = match choice.window {
            true => (share(&|found| found.place.start), share(&|found| found.place.end)),
            false => (Estimate::exact(given[0]), Estimate::exact(given[1])),
        };
        let mut wins: BTreeMap<String, usize> = BTreeMap::new();
        for found in &all.draws {
            let Place { shape, start, end } = found.place;
            let cut = choice.window && end - start < CUT;
            let name = if cut { ONE_SHOT.to_owned() } else { candidates.shapes[shape].to_string() };
            *wins.entry(name).or_default() += 1;
        }
        let draws = all.draws.len() as f64;
        let is_cut = choice.window && best.end - best.start < CUT;
        let costs = others.into_iter().enumerate().map(|(place, (name, ramp))| {
            let span = candidates.span_of(&ramp)?;
            Ok(WindowCost {
                name,
                start: span[0],
                end: span[1],
                loss: of(&|found| found.of_others[place]),
                more: of(&|found| found.of_others[place] - found.of_best),
            })
        });
        Ok(BestWindow {
            shape: candidates.shapes[best.shape],
            start,
            end,
            shapes: wins.into_iter().map(|(shape, count)| (shape, count as f64 / draws)).collect(),
            sparsity,
            initial_params: run.initial_params(),
            average_params: run.average_params(),
            final_params: run.final_params(),
            tokens: run.tokens(),
            loss: of(&|found| if choice.window || choice.shape { found.loss } else { found.of_best }),
            others: costs.collect::<Result<_>>()?,
            warnings: if is_cut { vec![self.fit.runs_cut_at_once()?] } else { Vec::new() },
        })
    }
}

/// The windows beside the best: the usual one, the best of its length, one earlier and one later, and other shapes.
fn others(candidates: &Candidates<'_>, best: Place, usual: &Ramp) -> Result<Vec<(String, Ramp)>> {
    let of_compute = if usual.unit == Unit::Compute { " of the FLOPs" } else { "" };
    let place = in_words([usual.start, usual.end]);
    let mut all = vec![(format!("{}, {place}{of_compute}", usual.shape), usual.clone())];
    let Place { shape, start, end } = best;
    if candidates.searched {
        let length = candidates.span_of(usual).map_or(usual.end - usual.start, |[start, end]| end - start);
        if let Some(ramp) = of_length(candidates, length)? {
            all.push((format!("{}, the best of that length", ramp.shape), ramp));
        }
        for (name, by) in [("a tenth earlier", -TENTH), ("a tenth later", TENTH)] {
            let [start, end] = [start, end].map(|share| (share + by).clamp(0.0, 1.0));
            let shifted = Place { shape, start, end };
            all.extend((shifted != best).then(|| (name.to_owned(), candidates.ramp(shifted))));
        }
    }
    let is_ramp = !candidates.searched || end - start >= CUT;
    for (other, named) in candidates.shapes.iter().enumerate().filter(|(other, _)| is_ramp && *other != shape)
    {
        let ramp = candidates.ramp(Place { shape: other, ..best });
        all.push((format!("{named}, the same window"), ramp));
    }
    let mut kept = Vec::new();
    for (name, ramp) in all {
        if (candidates.along)(&ramp)?.is_some() {
            kept.push((name, ramp));
        }
    }
    Ok(kept)
}

/// The window of least loss among those of a length; none where there is no such run.
fn of_length(candidates: &Candidates<'_>, length: f64) -> Result<Option<Ramp>> {
    let last = (1.0 - length).max(0.0);
    let at = |k: usize| last * k as f64 / FINE as f64;
    let places = (0..candidates.shapes.len()).flat_map(|shape| (0..=FINE).map(move |k| (shape, at(k))));
    let ramp = |(shape, start)| candidates.ramp(Place { shape, start, end: start + length });
    let ramps: Vec<Ramp> = places.map(ramp).collect();
    let losses = candidates.losses_of(&ramps)?.losses(candidates.fit, &candidates.fit.parameters);
    let best = (0..ramps.len()).min_by(|a, b| losses[*a].total_cmp(&losses[*b]));
    Ok(best.filter(|best| losses[*best].is_finite()).map(|best| ramps[best].clone()))
}
