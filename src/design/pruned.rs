//! Sparse sweeps: which windows and sparsities tell what dense runs do not.

use super::layouts::Draft;
use super::{FirstRun, Layout};
use crate::fit::{Fit, Problem};
use crate::schedule::{Ramp, Shape, Unit};
use crate::{Extent, Network, Observations, Result, Schedule, Trajectory};

/// Windows, as shares of the tokens.
const EARLY: [f64; 2] = [0.05, 0.3];
const MIDDLE: [f64; 2] = [0.25, 0.75];
const LATE: [f64; 2] = [0.6, 0.95];

/// Windows and sparsities that sparse runs go through in turn.
const PATTERNS: [(&[[f64; 2]], &[f64]); 4] = [
    (&[MIDDLE], &[0.8]),
    (&[MIDDLE], &[0.5, 0.8]),
    (&[EARLY, LATE, MIDDLE], &[0.8]),
    (&[EARLY, LATE, MIDDLE], &[0.5, 0.8]),
];

impl FirstRun {
    /// How its count of parameters falls.
    fn schedule(&self) -> Schedule {
        match self.prune_window {
            Some([start, end]) => {
                Ramp::new(Shape::Cubic, self.final_sparsity, start, end, Unit::Fraction).into()
            }
            None => Schedule::Dense,
        }
    }

    /// The same over its tokens.
    fn trajectory(&self) -> Result<Trajectory> {
        if let Some(given) = &self.given {
            return Ok(given.clone());
        }
        self.schedule().trajectory(Network::new(self.params), Extent::new(self.tokens))
    }
}

/// The rows of a sweep, their losses not measured yet.
pub(super) fn rows(draft: &Draft) -> Result<Observations> {
    let trajectories = draft.runs.iter().map(FirstRun::trajectory).collect::<Result<Vec<Trajectory>>>()?;
    let column = |of: fn(&Trajectory) -> f64| trajectories.iter().map(of).collect::<Vec<f64>>();
    let average = column(Trajectory::average_params);
    let rows = Observations::new(average.clone(), column(Trajectory::tokens), vec![1.0; average.len()])?;
    if draft.runs.iter().all(|run| run.final_sparsity == 0.0) {
        return Ok(rows);
    }
    let (initial, last) = (column(Trajectory::initial_params), column(Trajectory::final_params));
    rows.with_param_counts(initial, average, last)?.with_trajectories(&trajectories)
}

/// Parameters of the law that these runs do not tell, whatever their losses.
pub(super) fn open(guess: &Fit, draft: &Draft) -> Result<Vec<String>> {
    let rows = rows(draft)?;
    let problem = Problem::new(&guess.options, &rows)?;
    Ok(problem.unidentified.into_iter().map(|unidentified| unidentified.parameter).collect())
}

/// Each pattern on the first sweep that is no ladder: every other run is sparse, with the N̄ and D that it had.
pub(super) fn pruned(drafts: &[Draft]) -> Vec<Draft> {
    let Some(base) = drafts.iter().find(|draft| draft.layout != Layout::Ladder) else { return Vec::new() };
    let with = |(windows, sparsities): &(&[[f64; 2]], &[f64])| {
        let mut draft = base.clone();
        for (k, run) in draft.runs.iter_mut().skip(1).step_by(2).enumerate() {
            run.prune_window = Some(windows[k % windows.len()]);
            run.final_sparsity = sparsities[k / windows.len() % sparsities.len()];
            let average = run.average_params;
            let density = run.trajectory().map_or(1.0, |of| of.average_params() / run.params);
            run.params = (average / density).round();
            run.run += "-sparse";
        }
        let of = windows.iter().map(|[start, end]| format!("{:.0}-{:.0} %", 100.0 * start, 100.0 * end));
        let to = sparsities.iter().map(|sparsity| format!("{:.0} %", 100.0 * sparsity));
        draft.summary = format!(
            "{}; every other run pruned over {} of its tokens to {}",
            base.summary,
            of.collect::<Vec<_>>().join(", "),
            to.collect::<Vec<_>>().join(" or ")
        );
        draft
    };
    PATTERNS.iter().map(with).collect()
}
