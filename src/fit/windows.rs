//! How the runs of a sweep were pruned, and whether another lies among them.

use super::{Fit, Warning};
use crate::law::Input;
use crate::objective::Residual;
use crate::schedule::Known;
use crate::{Result, Size, Trajectory};

/// A run with less than this of the least density of the sweep is sparser than its runs tell of.
const SPARSER: f64 = 0.5;
/// One with less than this of the least sparsity is denser.
const DENSER: f64 = 0.5;
/// A run is as good as dense if a dense one has no more than so many times what is left of it.
const NEARLY: f64 = 1.1;
/// How far beyond the fitted windows one counts as among them.
const NEAR: f64 = 0.011;
/// The same of how much later one ends, under a law that does not know when parameters are removed: whole steps move it.
const LATER: f64 = 0.05;
/// Counts that differ by less, relatively, are one.
const SAME: f64 = 1e-12;

impl Fit {
    /// Whether its law knows when parameters are removed.
    pub(crate) fn knows_when(&self) -> bool {
        self.law().spec().inputs.contains(&Input::Unhealed)
    }

    /// What to know of one cut as the best window: how far the runs that were cut at once lie from the law.
    pub(crate) fn runs_cut_at_once(&self) -> Result<Warning> {
        let residuals = self.residuals_of(&self.rows, Residual::LnLoss)?;
        let is_cut = |row: &usize| {
            self.rows.pruned_as(*row).and_then(|pruned| pruned.span).is_some_and(|[start, end]| start == end)
        };
        let of_cuts: Vec<usize> = (0..self.rows.len()).filter(is_cut).collect();
        let sum: f64 = of_cuts.iter().map(|row| residuals[*row]).sum();
        let departure = if of_cuts.is_empty() { 0.0 } else { sum / of_cuts.len() as f64 };
        Ok(Warning::BestIsOneCut { rows: of_cuts.len(), departure })
    }

    /// What to know of a run that is pruned otherwise than the runs that were fitted.
    pub(crate) fn beyond_pruning(&self, run: &Trajectory) -> impl Iterator<Item = Warning> {
        let density = run.known_last().map(|last| last / run.initial_params());
        let denser = density.and_then(|density| self.beyond_pruned(density));
        let beyond = self.beyond_dense(run).into_iter().chain(denser).chain(self.beyond_sparsity(run));
        beyond.chain(self.beyond_windows(run))
    }

    /// The least final sparsity of its runs; none if any is as good as dense.
    pub(crate) fn least_sparsity(&self) -> Option<f64> {
        if !self.rows.has_final_params() {
            return None;
        }
        let counts = self.rows.final_params().iter().zip(self.rows.initial_params());
        let most = counts.map(|(last, initial)| last / initial).fold(0.0, f64::max);
        (most > 0.0 && NEARLY * most < 1.0).then_some(1.0 - most)
    }

    /// Whether each of its runs is pruned, and what it says of a dense run rests on the form of its law alone: it tells pruned runs from dense
    /// ones of the same average.
    pub(crate) fn says_nothing_of_dense(&self) -> bool {
        let tells = |input: &Input| {
            matches!(input, Input::InitialParams | Input::FinalParams | Input::Course | Input::Unhealed)
        };
        let by_average = self.rows.size() == Size::AVERAGE && !self.law().spec().inputs.iter().any(tells);
        !by_average && self.least_sparsity().is_some()
    }

    /// What to know of a run that ends much denser than any that was fitted, if each is pruned.
    fn beyond_pruned(&self, density: f64) -> Option<Warning> {
        let (sparsity, fitted) = ((1.0 - density).max(0.0), self.least_sparsity()?);
        (sparsity < DENSER * fitted).then_some(Warning::DenserThanRuns { sparsity, fitted })
    }

    /// The same of any that is pruned, where none was.
    fn beyond_dense(&self, run: &Trajectory) -> Option<Warning> {
        let is_pruned = run.final_params() < run.initial_params() * (1.0 - SAME);
        (is_pruned && !self.is_of_constants() && self.rows.is_dense()).then_some(Warning::NoneWasPruned)
    }

    /// The same of one that is much sparser, where any was pruned at all.
    fn beyond_sparsity(&self, run: &Trajectory) -> Option<Warning> {
        if self.rows.is_dense() || !self.rows.has_final_params() {
            return None;
        }
        let counts = self.rows.final_params().iter().zip(self.rows.initial_params());
        let least = counts.map(|(last, initial)| last / initial).fold(1.0, f64::min);
        // Where its last count is not known, it is below the average.
        let density = run.final_params() / run.initial_params();
        (least < 1.0 && density < SPARSER * least)
            .then_some(Warning::SparserThanRuns { sparsity: 1.0 - density, fitted: 1.0 - least })
    }

    /// The same of one whose window lies outside those that were fitted. Under a law that does not know when parameters are removed,
    /// one that ends as early, or hardly later, lies among them.
    fn beyond_windows(&self, run: &Trajectory) -> Option<Warning> {
        // Counts alone say no window.
        let (start, end) = run.pruning_tokens().filter(|_| run.known == Known::Course)?;
        let span = [start / run.tokens(), end / run.tokens()];
        let mut fitted: Vec<[f64; 2]> =
            (0..self.rows.len()).filter_map(|row| self.rows.pruned_as(row)?.span).collect();
        fitted.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
        fitted.dedup();
        let ends = |place: usize| {
            let of = fitted.iter().map(|span| span[place]);
            [of.clone().fold(f64::INFINITY, f64::min), of.fold(f64::NEG_INFINITY, f64::max)]
        };
        if fitted.is_empty() {
            return None;
        }
        let (fitted_start, fitted_end) = (ends(0), ends(1));
        let is_among = match self.knows_when() {
            true => surround(&fitted, span),
            false => span[1] <= fitted_end[1] + LATER,
        };
        (!is_among).then_some(Warning::OutsideWindows { window: span, fitted_start, fitted_end })
    }
}

/// Whether windows surround another, or nearly: whether it lies in their convex hull.
fn surround(windows: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    // Outside a hull there is a direction in which the point lies beyond all others.
    const DIRECTIONS: usize = 360;
    (0..DIRECTIONS).all(|k| {
        let (sin, cos) = (std::f64::consts::TAU * k as f64 / DIRECTIONS as f64).sin_cos();
        let far = windows.iter().map(|[a, b]| a * cos + b * sin).fold(f64::NEG_INFINITY, f64::max);
        x * cos + y * sin <= far + NEAR
    })
}

#[cfg(test)]
mod tests {
    use super::surround;

    #[test]
    fn a_window_lies_among_others_where_they_surround_it() {
        let windows = [[0.0, 0.05], [0.0, 0.5], [0.5, 0.95], [0.6, 0.8]];
        assert!(surround(&windows, [0.25, 0.6]) && surround(&windows, [0.0, 0.3]));
        assert!(!surround(&windows, [0.0, 0.9]) && !surround(&windows, [0.7, 0.95]));
        assert!(surround(&windows[..1], [0.005, 0.05]) && !surround(&windows[..1], [0.05, 0.1]));
    }
}
