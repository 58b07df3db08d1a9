//! The runs of a fit as points: dense ones as discs, sparse ones as diamonds.

use super::canvas::Marker;
use super::panel::{Item, Mark, Point};
use super::sheet::Key;
use super::style::{Paint, Palette};
use crate::fit::Residual;
use crate::units::format_quantity;
use crate::{Error, Fit, Result};

/// Rows with their points, apart by what they are.
pub(super) struct Runs {
    dense: Vec<(usize, Mark)>,
    sparse: Vec<(usize, Mark)>,
}

impl Runs {
    /// Writes a text beside a row.
    fn label(&mut self, row: usize, text: String) {
        let mut all = self.dense.iter_mut().chain(&mut self.sparse);
        if let Some((_, mark)) = all.find(|(other, _)| *other == row) {
            mark.label = Some(text);
        }
    }

    pub(super) fn items(self, radius: f64) -> Vec<Item> {
        let item = |(series, marks, marker): (&str, Vec<(usize, Mark)>, Marker)| {
            let series = series.to_owned();
            let marks: Vec<Mark> = marks.into_iter().map(|(_, mark)| mark).collect();
            (!marks.is_empty()).then_some(Item::Points { series, marks, marker, radius })
        };
        [("dense runs", self.dense, Marker::Disc), ("sparse runs", self.sparse, Marker::Diamond)]
            .into_iter()
            .filter_map(item)
            .collect()
    }
}

/// Points of all rows.
pub(super) fn marks(fit: &Fit, at: impl Fn(usize) -> Point, paint: impl Fn(usize) -> Paint) -> Runs {
    let observations = &fit.observations;
    let (initial, last) = (observations.initial_params(), observations.final_params());
    let mark = |row: usize| {
        let name = observations.run().get(row).map_or_else(String::new, |run| observations.run_name(*run));
        (row, Mark { at: at(row), paint: paint(row), name, label: None })
    };
    let is_sparse = |row: &usize| observations.has_final_params() && last[*row] < initial[*row];
    let (sparse, dense): (Vec<usize>, Vec<usize>) = (0..observations.len()).partition(is_sparse);
    Runs { dense: dense.into_iter().map(mark).collect(), sparse: sparse.into_iter().map(mark).collect() }
}

/// What the markers mean, where there are both.
pub(super) fn run_key(runs: &Runs, palette: &Palette) -> Vec<Key> {
    if runs.sparse.is_empty() {
        return Vec::new();
    }
    let key = |text: &str, marker| Key::Marker(text.to_owned(), marker, palette.soft);
    let sparse = key("sparse", Marker::Diamond);
    if runs.dense.is_empty() { vec![sparse] } else { vec![key("dense", Marker::Disc), sparse] }
}

/// What a budget buys, marked with the budget.
pub(super) fn asked(at: Point, budget: f64, paint: Paint) -> Item {
    marked("budget", at, format!("{} FLOPs", format_quantity(budget, 3)), paint)
}

/// A diamond with words beside it.
pub(super) fn marked(series: &str, at: Point, label: String, paint: Paint) -> Item {
    let marks = vec![Mark { at, paint, name: label.clone(), label: Some(label) }];
    let (series, radius) = (series.to_owned(), super::style::POINT + 0.4);
    Item::Points { series, marks, marker: Marker::Diamond, radius }
}

/// The radius of one of so many points.
pub(super) fn radius(count: usize) -> f64 {
    match count {
        0..=400 => super::style::POINT,
        401..=2000 => 0.75 * super::style::POINT,
        _ => 0.5 * super::style::POINT,
    }
}

/// How far rows lie from the law, in the order in which they were given.
pub(super) struct Departures {
    pub(super) residuals: Vec<f64>,
    /// The law's loss.
    pub(super) fitted: Vec<f64>,
}

impl Departures {
    /// Those of a fit; refused where there are no runs.
    pub(super) fn of(fit: &Fit, kind: &str) -> Result<Self> {
        if fit.observations.is_empty() {
            let problem = format!("{kind} shows runs, and the fit has none: its constants were given");
            return Err(Error::unanswerable("figure", problem, "draw `kind=frontier`, or a fit of runs"));
        }
        let residuals = fit.residuals()?;
        let fitted = |(loss, residual): (&f64, &f64)| match fit.options.residual {
            Residual::LnLoss => loss * (-residual).exp(),
            Residual::Loss => loss - residual,
        };
        let fitted = fit.observations.loss().iter().zip(&residuals).map(fitted).collect();
        Ok(Self { residuals, fitted })
    }

    /// The rows that lie farthest, one of each run, and their names; none of those that lie on the law.
    pub(super) fn farthest(&self, fit: &Fit, count: usize) -> Vec<(usize, String)> {
        let observations = &fit.observations;
        let mut rows: Vec<usize> =
            (0..self.residuals.len()).filter(|row| self.residuals[*row].abs() > 1e-9).collect();
        rows.sort_by(|a, b| self.residuals[*b].abs().total_cmp(&self.residuals[*a].abs()));
        let mut named: Vec<(usize, String)> = Vec::new();
        for row in rows {
            let name = observations.run_name(observations.run()[row]);
            if named.len() < count && named.iter().all(|(_, other)| *other != name) {
                named.push((row, name));
            }
        }
        named
    }

    /// Writes names beside the farthest.
    pub(super) fn name(&self, fit: &Fit, runs: &mut Runs, count: usize) {
        for (row, name) in self.farthest(fit, count) {
            runs.label(row, name);
        }
    }

    /// Writes 1, 2 … beside the farthest.
    pub(super) fn number(&self, fit: &Fit, runs: &mut Runs, count: usize) {
        for (k, (row, _)) in self.farthest(fit, count).into_iter().enumerate() {
            runs.label(row, (k + 1).to_string());
        }
    }
}
