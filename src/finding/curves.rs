//! Loss curves: those that look unfinished, and what a row before the last is worth.

use std::collections::BTreeMap;

use super::ended;
use super::kind::{Finding, FindingKind, Found, Place};
use super::learning_rate::LearningRate;
use super::resumed;
use super::slope::end_slope;
use crate::numeric::statistics::quantiles;
use crate::{Run, Sweep};

/// A run that has done less than this share of its planned length was cut short.
const WHOLE: f64 = 0.99;
/// A run that ends before this share of the tokens of most others ends early.
const EARLY: f64 = 0.9;
/// Runs end together within this share of their tokens.
const TOGETHER: f64 = 0.01;
/// Most of the runs of a group: this share of them, the run itself not counted.
const MOST: f64 = 0.75;
/// Fewest others that show where a group ends.
const OTHERS: usize = 3;
/// A curve that falls faster than tokens to minus this is not near its end: of the 42 curves in data/gemstones_*.csv none falls faster than
/// tokens^-0.046 over its second half, and none faster than tokens^-0.1 from its first row, at 10B tokens.
const STEEP: f64 = 0.2;
/// A run that ends above its least loss by this factor ends high.
const RISEN: f64 = 1.1;
/// A run ends warm at this share of its greatest learning rate and so many times that of a quarter of the runs, where these end below the other share.
const WARM: f64 = 0.25;
const TIMES: f64 = 2.0;
const COLD: f64 = 0.2;
/// Losses that are whole when multiplied by this are rounded to few digits.
const DIGITS: f64 = 1e3;

/// All of them.
pub(super) fn findings(sweep: &Sweep) -> Vec<Finding> {
    let mut found = unfinished(sweep);
    found.extend(intermediate(sweep));
    found
}

/// Runs whose last loss is not what they would have come to.
pub(super) fn unfinished(sweep: &Sweep) -> Vec<Finding> {
    let ended = [ended::diverged(sweep), ended::unfinished(sweep), ended::loss_ends(sweep)];
    let curves =
        [cut_short, ends_early, still_falling, ends_high, ends_warm, earlier_loss].map(|of| of(sweep));
    let resumed = resumed::findings(sweep);
    ended.into_iter().chain([resumed]).chain(curves).flatten().collect()
}

/// Rows before their run's last, which are no final losses unless the learning rate was constant.
pub(super) fn intermediate(sweep: &Sweep) -> Option<Finding> {
    let mut found = Found::default();
    for (index, run) in sweep.runs().iter().enumerate() {
        if LearningRate::of_run(run) != LearningRate::Constant {
            let before = &run.checkpoints()[..run.checkpoints().len() - 1];
            before.iter().for_each(|c| found.add(|| Place::row(sweep, index, c.tokens)));
        }
    }
    let (of, learning_rate) = (sweep.checkpoint_count(), LearningRate::of(sweep));
    Finding::some(FindingKind::Intermediate { of, learning_rate }, found)
}

fn cut_short(sweep: &Sweep) -> Option<Finding> {
    let (mut found, mut least) = (Found::default(), WHOLE);
    for (index, run) in sweep.runs().iter().enumerate() {
        if let Some(share) = run.planned_share().filter(|share| *share < WHOLE) {
            least = least.min(share);
            found.add(|| Place::run(sweep, index));
        }
    }
    Finding::some(FindingKind::CutShort { least }, found)
}

/// Curves that end before most others of their group.
fn ends_early(sweep: &Sweep) -> Option<Finding> {
    let mut groups: BTreeMap<Option<&str>, Vec<(usize, f64)>> = BTreeMap::new();
    for (index, run) in sweep.runs().iter().enumerate().filter(|(_, run)| run.checkpoints().len() > 1) {
        groups.entry(run.group()).or_default().push((index, run.extent().tokens));
    }
    let (mut found, mut others) = (Found::default(), [f64::INFINITY, 0.0]);
    for runs in groups.values() {
        let Some(end) = common_end(runs) else { continue };
        for (index, _) in runs.iter().filter(|(_, tokens)| *tokens < EARLY * end) {
            others = [others[0].min(end), others[1].max(end)];
            found.add(|| Place::run(sweep, *index));
        }
    }
    Finding::some(FindingKind::EndsEarly { others }, found)
}

/// The tokens at which most runs end, together; none where they do not.
fn common_end(runs: &[(usize, f64)]) -> Option<f64> {
    let mut ends: Vec<f64> = runs.iter().map(|(_, tokens)| *tokens).collect();
    ends.sort_by(f64::total_cmp);
    // Of a sorted list in which most values agree, the middle is one of them.
    let middle = ends[ends.len() / 2];
    let together = ends.iter().filter(|end| (*end / middle - 1.0).abs() <= TOGETHER).count();
    let others = ends.len() - 1;
    (together >= OTHERS && together as f64 >= MOST * others as f64).then_some(middle)
}

/// Runs that end well above their least loss.
fn ends_high(sweep: &Sweep) -> Option<Finding> {
    let (mut found, mut most) = (Found::default(), RISEN);
    for (index, run) in sweep.runs().iter().enumerate() {
        let least = run.checkpoints().iter().map(|c| c.loss).fold(f64::INFINITY, f64::min);
        let factor = run.last_loss() / least;
        if factor > RISEN {
            most = most.max(factor);
            found.add(|| Place::run(sweep, index));
        }
    }
    Finding::some(FindingKind::EndsHigh { most }, found)
}

/// Runs that end at a high learning rate, where some end at a low one.
fn ends_warm(sweep: &Sweep) -> Option<Finding> {
    let share = |run: &Run| {
        let (first, last) = (run.learning_rates_at().next()?, run.learning_rates_at().last()?);
        let greatest = run.learning_rates().fold(0.0, f64::max);
        let is_known = last.0 > first.0 && last.0 == run.extent().tokens && greatest > 0.0;
        is_known.then(|| last.1 / greatest)
    };
    let shares: Vec<(usize, f64)> =
        sweep.runs().iter().enumerate().filter_map(|(index, run)| Some((index, share(run)?))).collect();
    let [quarter] = quantiles(&mut shares.iter().map(|(_, share)| *share).collect::<Vec<f64>>(), [0.25]);
    let is_warm = |share: f64| share > WARM.max(TIMES * quarter);
    let (mut found, mut most) = (Found::default(), 0.0f64);
    for (index, share) in shares.iter().filter(|(_, share)| is_warm(*share)) {
        most = most.max(*share);
        found.add(|| Place::run(sweep, *index));
    }
    let is_few = shares.len() > found.count + OTHERS && quarter <= COLD;
    Finding::some(FindingKind::EndsWarm { shares: [most, quarter] }, found).filter(|_| is_few)
}

/// Runs whose last loss is that of an earlier row: the least, written with enough digits that no two rows agree by chance.
fn earlier_loss(sweep: &Sweep) -> Option<Finding> {
    let mut found = Found::default();
    for (index, run) in sweep.runs().iter().enumerate() {
        let Some((last, before)) = run.checkpoints().split_last().filter(|(_, before)| before.len() >= 3)
        else {
            continue;
        };
        let mut losses: Vec<f64> = before.iter().map(|c| c.loss).collect();
        losses.sort_by(f64::total_cmp);
        let rounded = (last.loss * DIGITS).fract() == 0.0;
        // Right before the end a row may have been logged twice.
        let copied = before[..before.len() - 1].iter().any(|c| c.loss == last.loss);
        if copied && !rounded && losses[0] == last.loss && losses.windows(2).all(|pair| pair[0] < pair[1]) {
            found.add(|| Place::run(sweep, index));
        }
    }
    Finding::some(FindingKind::EarlierLoss, found)
}

fn still_falling(sweep: &Sweep) -> Option<Finding> {
    let (mut found, mut steepest) = (Found::default(), STEEP);
    for (index, run) in sweep.runs().iter().enumerate() {
        if let Some(slope) = end_slope(run).filter(|slope| *slope > STEEP) {
            steepest = steepest.max(slope);
            found.add(|| Place::run(sweep, index));
        }
    }
    Finding::some(FindingKind::StillFalling { steepest }, found)
}

impl Finding {
    /// Whether it is about loss curves, to which laws of tokens alone are fitted.
    pub(crate) fn is_of_curves(&self) -> bool {
        use FindingKind::{
            CutShort, Diverged, EarlierLoss, EndsEarly, EndsHigh, EndsWarm, Intermediate, LossEnds, Resumed,
            StillFalling, Unfinished,
        };
        matches!(
            self.kind,
            Intermediate { .. }
                | CutShort { .. }
                | EndsEarly { .. }
                | LossEnds { .. }
                | StillFalling { .. }
                | EndsHigh { .. }
                | EndsWarm { .. }
                | Diverged { .. }
                | Unfinished { .. }
                | Resumed { .. }
                | EarlierLoss
        )
    }
}
