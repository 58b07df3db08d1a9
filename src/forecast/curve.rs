//! One run's curve: the rows that tell its future, and what they are asked.

use super::ForecastOptions;
use super::decay::{decay_of, is_followed};
use crate::schedule::counts_agree;
use crate::schedule::decay::{Decay, DecayShape};
use crate::units::format_quantity;
use crate::{Extent, Result, Run, Trajectory};

/// A row this far, in ln L, from both beside it is no part of a curve: a loss half as large again.
const JUMP: f64 = 0.4;
/// A run that has done this share of its planned length is finished.
pub(super) const WHOLE: f64 = 0.99;
/// Rows before this share of the learning so far are left out: no power law holds from the first step.
const EARLY: f64 = 0.1;
/// Fewest rows of a curve, and fewest of one that is cut to try the method.
const FEWEST: usize = 4;
/// Fewest of a curve that has no family to lean on, and fewest curves of a family.
pub(super) const FEWEST_ALONE: usize = 6;
pub(super) const FAMILY: usize = 3;
const FEWEST_CUT: usize = 2;
/// Most rows: those of longer curves are averaged, over equal steps of the logarithm of the learning so far and of the fall of the rate,
/// of which a whole one counts as so many e-folds.
const MOST: usize = 32;
const FALL: f64 = 4.0;

/// Averages of rows, and where the run is to end.
#[derive(Debug, Clone)]
pub(super) struct Curve {
    /// Index among the runs of the sweep.
    pub(super) run: usize,
    pub(super) decay: Decay,
    /// Planned tokens, over which the learning rate falls.
    pub(super) planned: f64,
    pub(super) tokens: Vec<f64>,
    pub(super) loss: Vec<f64>,
    /// How many rows each is the average of.
    pub(super) rows: Vec<f64>,
    /// Where a loss is asked for.
    pub(super) target: f64,
}

/// What a run is to the forecast.
pub(super) enum Read {
    /// A curve, and whether it has come to its end.
    Curve(Curve, bool),
    /// Finished, and its rows tell nothing of the others.
    Finished,
    /// Why there is no forecast.
    Unfit(String),
}

/// Tokens at which a run is to end, if that is known.
pub(super) fn planned(run: &Run, options: &ForecastOptions) -> Option<f64> {
    options.to.or_else(|| own_plan(run))
}

/// The same where the run itself says it.
fn own_plan(run: &Run) -> Option<f64> {
    Some(run.extent().tokens / run.planned_share()?)
}

/// The rows of a run as far as `stop`, or all.
///
/// # Errors
/// When the learning rate or the schedule of pruning cannot be.
pub(super) fn read(
    run: &Run,
    index: usize,
    stop: Option<f64>,
    planned: f64,
    options: &ForecastOptions,
) -> Result<Read> {
    let decay = decay_of(run, options)?;
    let last = run.extent().tokens.min(stop.unwrap_or(f64::INFINITY));
    if last > planned * (1.0 + 1e-9) {
        let text = format!("its rows go on to {last:.4e} tokens, and its end is planned at {planned:.4e}");
        return Ok(Read::Unfit(text));
    }
    let falls = matches!(decay.shape, DecayShape::Cosine | DecayShape::Linear);
    if let Some(own) =
        own_plan(run).filter(|own| falls && options.to.is_some() && !counts_agree(*own, planned))
    {
        let text = format!(
            "its learning rate falls until {own:.4e} tokens, where its end is planned, and not until {planned:.4e}: no rows are of a fall to \
             there; leave out `to`, or mend planned_tokens"
        );
        return Ok(Read::Unfit(text));
    }
    let done = last >= WHOLE * planned;
    if !is_followed(run, &decay, planned) {
        let text = "its logged learning rates are not those of its schedule: mend lr_schedule, lr_floor or lr_warmup, or read no rates \
            (`columns: learning_rate=`)";
        return Ok(if done { Read::Finished } else { Read::Unfit(text.to_owned()) });
    }
    let pruned = pruned_until(run, planned, stop)?;
    if pruned > last * (1.0 + 1e-9) {
        let share = 100.0 * pruned / planned;
        let text = format!(
            "it is pruned after its last row, until {share:.0} % of its length: no curve tells what that costs"
        );
        return Ok(Read::Unfit(text));
    }
    let from = pruned.max(decay.warmup * planned) * (1.0 + 1e-9);
    let rows = run.checkpoints().iter().filter(|c| c.tokens > from && c.tokens <= last * (1.0 + 1e-9));
    let mut curve = Curve {
        run: index,
        decay,
        planned,
        tokens: Vec::new(),
        loss: Vec::new(),
        rows: Vec::new(),
        target: planned,
    };
    for row in rows {
        curve.tokens.push(row.tokens);
        curve.loss.push(row.loss);
        curve.rows.push(1.0);
    }
    if let Some(row) = curve.jump() {
        let (tokens, loss) = (format_quantity(curve.tokens[row], 4), curve.loss[row]);
        let text = format!(
            "its loss at {tokens} tokens, {loss}, is far from those about it: mend that row, or leave it out (`filter`)"
        );
        return Ok(Read::Unfit(text));
    }
    curve.thin();
    let count = curve.tokens.len();
    if count < FEWEST {
        if done {
            return Ok(Read::Finished);
        }
        let all = run.checkpoints().iter().filter(|row| row.tokens <= last * (1.0 + 1e-9)).count();
        let unused = match (pruned > 0.0, decay.warmup > 0.0) {
            (true, _) => "its pruning, and ",
            (_, true) => "its warm-up, and ",
            _ => "",
        };
        let text = match all {
            1 => "it has one row: a column `run` has to name the rows of one curve alike".to_owned(),
            _ if count == all => format!("it has {count} rows, and a forecast takes {FEWEST}"),
            _ => format!(
                "{count} of its {all} rows are usable, and a forecast takes {FEWEST}: those of {unused}the first tenth of its \
                 learning tell nothing"
            ),
        };
        return Ok(Read::Unfit(text));
    }
    let mut sorted = curve.loss.clone();
    sorted.sort_by(f64::total_cmp);
    if curve.last_loss() >= sorted[count / 2] {
        return Ok(match done {
            true => Read::Finished,
            false => Read::Unfit(
                "its loss does not fall: its last row is no lower than the middle of its rows".to_owned(),
            ),
        });
    }
    Ok(Read::Curve(curve, done))
}

/// Tokens until which a run is pruned, of those that are planned; 0 if it never is.
fn pruned_until(run: &Run, planned: f64, stop: Option<f64>) -> Result<f64> {
    if run.has_course() {
        return Ok(course(run, planned)?.last_change());
    }
    // Counts of the rows: where the last of them came first.
    let seen: Vec<(f64, f64)> = (run.checkpoints().iter())
        .filter(|c| c.tokens <= stop.unwrap_or(f64::INFINITY))
        .filter_map(|c| Some((c.tokens, c.final_params()?)))
        .collect();
    let Some(&(_, last)) = seen.last() else { return Ok(0.0) };
    let first = seen.iter().position(|(_, count)| *count == last).unwrap_or(0);
    Ok(if first == 0 && last >= run.initial_params() * (1.0 - 1e-9) { 0.0 } else { seen[first].0 })
}

/// Parameters over the planned tokens of a run.
///
/// # Errors
/// When the schedule does not fit them.
pub(super) fn course(run: &Run, planned: f64) -> Result<Trajectory> {
    let extent = run.extent();
    let steps = run.planned_steps().or_else(|| Some(extent.steps? * planned / extent.tokens));
    run.trajectory_over(Extent { tokens: planned, steps })
}

impl Curve {
    /// Share of its learning rate's fall that its rows show; 0 where it does not fall.
    pub(super) fn fall_shown(&self) -> f64 {
        let (last, fall) = (self.last() / self.planned, 1.0 - self.decay.rate(1.0));
        if fall > 0.0 && last > self.decay.warmup {
            (1.0 - self.decay.rate(last.min(1.0))) / fall
        } else {
            0.0
        }
    }

    pub(super) fn last(&self) -> f64 {
        self.tokens[self.tokens.len() - 1]
    }

    pub(super) fn last_loss(&self) -> f64 {
        self.loss[self.loss.len() - 1]
    }

    /// S of so many tokens: those that bring as much learning at the peak rate.
    pub(super) fn learning(&self, tokens: f64) -> f64 {
        self.planned * (self.decay.ahead(0.0) - self.decay.ahead(tokens / self.planned))
    }

    /// A row whose loss is far above, or far below, the row before and the row after it; of the last, far above the one before.
    fn jump(&self) -> Option<usize> {
        (1..self.loss.len()).find(|row| {
            let before = (self.loss[*row] / self.loss[row - 1]).ln();
            let after = self.loss.get(row + 1).map_or(before.max(0.0), |next| (self.loss[*row] / next).ln());
            before.min(after) > JUMP || before.max(after) < -JUMP
        })
    }

    /// Leaves out what is early, and averages what is close together.
    fn thin(&mut self) {
        let Some(&last) = self.tokens.last() else { return };
        let least = EARLY * self.learning(last);
        let along = |tokens: f64| self.learning(tokens).ln() - FALL * self.decay.rate(tokens / self.planned);
        let kept: Vec<usize> =
            (0..self.tokens.len()).filter(|k| self.learning(self.tokens[*k]) >= least).collect();
        let [first, most] = [kept.first().map_or(last, |k| self.tokens[*k]), last].map(along);
        let width = (most - first) / MOST as f64;
        let bin = |k: usize| {
            let from_last = (most - along(self.tokens[k])) / width;
            if kept.len() <= MOST { k } else { from_last.min(MOST as f64 - 0.5) as usize }
        };
        let (mut tokens, mut loss, mut rows): (Vec<f64>, Vec<f64>, Vec<f64>) = Default::default();
        for bins in kept.chunk_by(|a, b| bin(*a) == bin(*b)) {
            let count = bins.len() as f64;
            tokens.push(bins.iter().map(|k| self.tokens[*k]).sum::<f64>() / count);
            loss.push(bins.iter().map(|k| self.loss[*k]).sum::<f64>() / count);
            rows.push(count);
        }
        (self.tokens, self.loss, self.rows) = (tokens, loss, rows);
    }

    /// Of the rows that one here is the average of, the one farthest from the row before; `all` are the run's own.
    pub(super) fn farthest_of(&self, row: usize, all: &[[f64; 2]]) -> Option<[f64; 2]> {
        let off = |rows: &&[[f64; 2]]| {
            let sum: f64 = rows.iter().map(|row| row[0]).sum();
            (sum / rows.len() as f64 - self.tokens[row]).abs()
        };
        let rows = all.windows(self.rows[row] as usize).min_by(|a, b| off(a).total_cmp(&off(b)))?;
        let before = self.loss[row.saturating_sub(1)];
        let far = |row: &[f64; 2]| (row[1] - before).abs();
        rows.iter().copied().max_by(|a, b| far(a).total_cmp(&far(b)))
    }

    /// The curve up to this share of its tokens, asked for its last loss, which comes with it. None where too little is left.
    pub(super) fn cut(&self, share: f64) -> Option<(Self, f64)> {
        let last = self.tokens.len() - 1;
        let kept =
            self.tokens.partition_point(|tokens| *tokens <= share * self.last() * (1.0 + 1e-9)).min(last);
        if kept < FEWEST_CUT {
            return None;
        }
        let [tokens, loss, rows] = [&self.tokens, &self.loss, &self.rows].map(|of| of[..kept].to_vec());
        let cut = Self { tokens, loss, rows, target: self.last(), decay: self.decay, ..*self };
        Some((cut, self.last_loss()))
    }
}
