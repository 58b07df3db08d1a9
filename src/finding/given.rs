//! Counts that a table gives twice, or that cannot be together.

use super::kind::{Finding, FindingKind, Found, Place};
use super::magnitudes::rows;
use crate::schedule::counts_agree;
use crate::{Checkpoint, Result, Run, Sweep};

/// More often nobody repeats data.
const EPOCHS: f64 = 1e4;

/// Of the last row of each run, or of `every_row`.
pub(super) fn findings(sweep: &Sweep, every_row: bool) -> Vec<Finding> {
    let most = |of: fn(f64) -> Option<f64>| -> (f64, Found) {
        let (mut found, mut most) = (Found::default(), 0.0f64);
        for (index, run) in sweep.runs().iter().enumerate() {
            for checkpoint in rows(run, every_row) {
                let share = checkpoint.unique_tokens().map(|unique| unique / checkpoint.tokens);
                if let Some(odd) = share.and_then(of) {
                    most = most.max(odd);
                    found.add(|| Place::row(sweep, index, checkpoint.tokens));
                }
            }
        }
        (most, found)
    };
    let (above, of_above) = most(|share| (share > 1.0 && !counts_agree(share, 1.0)).then_some(share));
    let (epochs, of_epochs) = most(|share| Some(share.recip()).filter(|epochs| *epochs > EPOCHS));
    [
        disagree(sweep, every_row),
        Finding::some(FindingKind::UniqueAboveTokens { most: above }, of_above),
        Finding::some(FindingKind::Repeated { most: epochs }, of_epochs),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Average and final parameters beside a schedule that has others.
fn disagree(sweep: &Sweep, every_row: bool) -> Option<Finding> {
    let (mut found, mut least, mut greatest) = (Found::default(), f64::INFINITY, 0.0f64);
    for (index, run) in sweep.runs().iter().enumerate().filter(|(_, run)| run.has_course()) {
        for checkpoint in rows(run, every_row) {
            let odd = ratios(run, checkpoint).unwrap_or_default();
            let odd: Vec<f64> =
                odd.into_iter().flatten().filter(|ratio| !counts_agree(*ratio, 1.0)).collect();
            for ratio in &odd {
                (least, greatest) = (least.min(*ratio), greatest.max(*ratio));
            }
            if !odd.is_empty() {
                found.add(|| Place::row(sweep, index, checkpoint.tokens));
            }
        }
    }
    Finding::some(FindingKind::CountsDisagree { least, greatest }, found)
}

/// Average and final parameters that a row gives, over those of its run's schedule up to there.
fn ratios(run: &Run, checkpoint: &Checkpoint) -> Result<[Option<f64>; 2]> {
    let given = [checkpoint.average_params(), checkpoint.final_params()];
    if given == [None; 2] {
        return Ok([None; 2]);
    }
    let until = run.trajectory()?.until(checkpoint.tokens)?;
    let own = [until.average_params(), until.final_params()];
    Ok([0, 1].map(|place| given[place].map(|count| count / own[place])))
}
