//! How the runs of a sweep were pruned.

use std::collections::HashSet;

use serde::Serialize;

use crate::run::PrunedAs;
use crate::{Observations, Sweep, Trajectory};

/// Runs that were pruned alike: one shape and one final sparsity.
///
/// ```
/// use nbar::{ObservationOptions, Sweep, inspect};
/// let inspection = inspect(&Sweep::from_csv_path("data/t5_c4_sparse.csv")?, &ObservationOptions::default());
/// let half = &inspection.schedules[1];
/// assert_eq!((half.schedule.as_str(), half.final_sparsity, half.runs), ("cubic", Some(0.5), 12));
/// assert!(half.average_density.is_some_and(|[least, _]| (least - 0.6875).abs() < 1e-12));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScheduleGroup {
    /// The shape, as in the sweep table; `given counts` where runs say N̄ or what was left and no schedule.
    pub schedule: String,
    /// Sparsity at the end, as a share of the prunable parameters; none for dense runs and given counts.
    pub final_sparsity: Option<f64>,
    /// Where pruning begins and ends, as shares of a run's tokens: the first and the last over the runs.
    pub pruned: Option<[f64; 2]>,
    /// In how many windows, to a hundredth of a run.
    pub windows: usize,
    /// Least and greatest N̄/N₀ at the ends of the runs; none where N̄ is not known.
    pub average_density: Option<[f64; 2]>,
    /// How many runs.
    pub runs: usize,
}

/// Groups by shape and final sparsity, in this order.
pub(super) fn groups(sweep: &Sweep, every: Option<&Observations>) -> Vec<ScheduleGroup> {
    let mut groups: Vec<ScheduleGroup> = Vec::new();
    let mut windows = HashSet::new();
    let mut row = 0;
    for run in sweep.runs() {
        row += run.checkpoints().len();
        let density = every.map(|every| every.average_params()[row - 1] / run.initial_params());
        let whole = if run.has_course() { run.trajectory().ok() } else { None };
        let PrunedAs { shape: schedule, final_sparsity, .. } = run.pruned_as(whole.as_ref());
        let same =
            |group: &&mut ScheduleGroup| group.schedule == schedule && group.final_sparsity == final_sparsity;
        let group = match groups.iter_mut().find(same) {
            Some(group) => group,
            None => {
                groups.push(ScheduleGroup {
                    schedule,
                    final_sparsity,
                    pruned: None,
                    windows: 0,
                    average_density: density.map(|density| [density, density]),
                    runs: 0,
                });
                let last = groups.len() - 1;
                &mut groups[last]
            }
        };
        group.runs += 1;
        let wider = |[least, most]: [f64; 2], [low, high]: [f64; 2]| [least.min(low), most.max(high)];
        group.average_density =
            group.average_density.zip(density).map(|(ends, density)| wider(ends, [density, density]));
        if let Some(pruned) = whole.and_then(|whole| changes(&whole)) {
            let hundredths = pruned.map(|share| (100.0 * share).round() as i64);
            let key = (group.schedule.clone(), group.final_sparsity.map(f64::to_bits), hundredths);
            group.windows += usize::from(windows.insert(key));
            group.pruned = Some(group.pruned.map_or(pruned, |ends| wider(ends, pruned)));
        }
    }
    let dense = |group: &ScheduleGroup| group.schedule != PrunedAs::DENSE;
    groups.sort_by(|a, b| {
        let sparsity = |group: &ScheduleGroup| group.final_sparsity.unwrap_or(0.0);
        (dense(a), &a.schedule).cmp(&(dense(b), &b.schedule)).then(sparsity(a).total_cmp(&sparsity(b)))
    });
    groups
}

/// Where counts change first and last, as shares of the run's tokens.
fn changes(trajectory: &Trajectory) -> Option<[f64; 2]> {
    let (from, to) = trajectory.pruning_tokens()?;
    Some([from / trajectory.tokens(), to / trajectory.tokens()])
}
