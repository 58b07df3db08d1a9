//! Which runs share a budget.

use super::IsoflopOptions;
use super::polynomial::different;
use crate::units::format_quantity;
use crate::{Error, Observations, Result};

/// A line between two rows of a curve stands for it where one cost no more than so many times the other: in the middle the loss is then off by about
/// half a per cent, and much alike in all curves.
const WIDEST: f64 = 5.0;
/// Sizes that a parabola takes.
const FEWEST: usize = 3;

/// Runs of one budget.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Budget {
    /// The geometric mean of their FLOPs; where all are loss curves that cross a budget that is given, that.
    pub(super) ln_flops: f64,
    /// Of each run the row nearest to it.
    pub(super) rows: Vec<usize>,
    /// ln N̄, ln D, the loss and ln C of each: of a loss curve those at the budget, between the rows on either side.
    pub(super) points: Vec<[f64; 4]>,
}

/// The rows of a sweep, by what they cost.
struct Rows<'a> {
    of: &'a Observations,
    flops: Vec<f64>,
    /// Those of each run, from the cheapest.
    by_run: Vec<Vec<usize>>,
}

impl<'a> Rows<'a> {
    fn new(of: &'a Observations) -> Self {
        let flops: Vec<f64> = of.flops().map(f64::ln).collect();
        let mut by_run = of.rows_by_run();
        by_run.iter_mut().for_each(|rows| rows.sort_by(|a, b| flops[*a].total_cmp(&flops[*b])));
        Self { of, flops, by_run }
    }

    /// The rows of a curve on either side of a budget, if it crosses it.
    fn sides(&self, run: usize, ln_flops: f64) -> Option<(usize, usize)> {
        let rows = self.by_run.get(run)?;
        let after = rows.partition_point(|row| self.flops[*row] < ln_flops);
        let (before, after) = (*rows.get(after.checked_sub(1)?)?, *rows.get(after)?);
        (self.flops[after] > self.flops[before]).then_some((before, after))
    }

    /// The same where the rows are near enough for a line between them; before its first row, the first two, if they are as far apart, as it goes
    /// on evenly there.
    fn told_by(&self, run: usize, ln_flops: f64) -> Option<(usize, usize)> {
        let first = || {
            let rows = self.by_run.get(run)?;
            let [first, second] = [*rows.first()?, *rows.get(1)?];
            let gap = self.flops[first] - ln_flops;
            (gap > 0.0 && self.flops[second] - self.flops[first] >= gap).then_some((first, second))
        };
        let sides = self.sides(run, ln_flops).or_else(first);
        sides.filter(|(before, after)| self.flops[*after] - self.flops[*before] <= WIDEST.ln() + 1e-9)
    }

    /// ln N̄, ln D, the loss and ln C of a row's run at a budget: linear between two rows, in the logarithms, and beyond its last as that stands.
    fn at(&self, row: usize, ln_flops: f64) -> [f64; 4] {
        let point = |row: usize| {
            [self.of.average_params()[row], self.of.tokens()[row], self.of.loss()[row]].map(f64::ln)
        };
        let ([params, tokens, loss], flops) = match self.told_by(self.of.run()[row] as usize, ln_flops) {
            Some((before, after)) => {
                let share = (ln_flops - self.flops[before]) / (self.flops[after] - self.flops[before]);
                let (before, after) = (point(before), point(after));
                (std::array::from_fn(|k| before[k] + share * (after[k] - before[k])), ln_flops)
            }
            None => (point(row), self.flops[row]),
        };
        [params, tokens, loss.exp(), flops]
    }

    /// The rows within `width` of a budget, and of the other curves that cross it the row nearest to it.
    fn near(&self, ln_flops: f64, width: f64) -> Vec<usize> {
        let away = |row: &usize| (self.flops[*row] - ln_flops).abs();
        let mut near: Vec<usize> = (0..self.flops.len()).filter(|row| away(row) <= width).collect();
        for run in 0..self.by_run.len() {
            if let Some((before, after)) = self.told_by(run, ln_flops)
                && self.flops[before] < ln_flops
                && away(&before).min(away(&after)) > width
            {
                near.push(if away(&before) < away(&after) { before } else { after });
            }
        }
        near
    }
}

/// Budgets from the least to the greatest: those that are given, or those that are found.
///
/// # Errors
/// When none has three runs of different sizes, or one that is given has not.
pub(super) fn budgets(observations: &Observations, options: &IsoflopOptions) -> Result<Vec<Budget>> {
    let rows = Rows::new(observations);
    let flops = &rows.flops;
    let width = options.within.ln_1p();
    let mut found = Vec::new();
    if options.budgets.is_empty() {
        found_in(&rows, width, &mut found);
        if found.is_empty() {
            let problem = format!(
                "no budget has three runs of different sizes: nowhere do three share their FLOPs within {} %",
                100.0 * options.within
            );
            let remedy = "raise `within`, name budgets near which there are runs (`flops`), or fit a law, which takes runs of any size";
            return Err(Error::unanswerable("isoflop", problem, remedy));
        }
    }
    let mut taken: Vec<Option<f64>> = vec![None; flops.len()];
    for given in &options.budgets {
        let near = rows.near(given.ln(), width);
        if let Some(other) = near.iter().find_map(|row| taken[*row]) {
            let problem = format!("has runs that count for the budget {} too", format_quantity(other, 4));
            let remedy = "name one of both, or give a smaller `within`";
            return Err(Error::option("flops", format_quantity(*given, 4), &problem, remedy));
        }
        let within = near.iter().filter(|row| (flops[**row] - given.ln()).abs() <= width);
        within.for_each(|row| taken[*row] = Some(*given));
        let Some(budget) = budget(&rows, near, given.ln()) else {
            let problem = format!(
                "has not three runs of different sizes within {} % of it, nor curves that cross it",
                100.0 * options.within
            );
            let remedy = "name one near which there are, or raise `within`";
            return Err(Error::option("flops", format_quantity(*given, 4), &problem, remedy));
        };
        found.push(budget);
    }
    found.sort_by(|a, b| a.ln_flops.total_cmp(&b.ln_flops));
    Ok(found)
}

/// The most runs that lie near one of them, then the most of the others, as long as there are three sizes.
fn found_in(rows: &Rows<'_>, width: f64, found: &mut Vec<Budget>) {
    let flops = &rows.flops;
    let mut left: Vec<usize> = (0..flops.len()).filter(|row| flops[*row].is_finite()).collect();
    left.sort_by(|a, b| flops[*a].total_cmp(&flops[*b]));
    while left.len() >= FEWEST {
        let (mut best, mut from, mut to) = ((0, f64::INFINITY, 0..0), 0, 0);
        for (place, row) in left.iter().enumerate() {
            let at = flops[*row];
            from += left[from..].iter().take_while(|other| at - flops[**other] > width).count();
            to = to.max(place);
            to += left[to..].iter().take_while(|other| flops[**other] - at <= width).count();
            let spread = flops[left[to - 1]] - flops[left[from]];
            let more = to - from > best.0 || (to - from == best.0 && spread < best.1);
            if more {
                best = (to - from, spread, from..to);
            }
        }
        if best.0 < FEWEST {
            return;
        }
        let near: Vec<usize> = left.drain(best.2).collect();
        let middle = flops[near[near.len() / 2]];
        found.extend(budget(rows, near, middle));
    }
}

/// A budget of these rows: of each run the row nearest to it. None with fewer than three sizes or lengths.
fn budget(all: &Rows<'_>, mut rows: Vec<usize>, at: f64) -> Option<Budget> {
    let run = all.of.run();
    let away = |row: usize| (all.flops[row] - at).abs();
    rows.sort_by(|a, b| run[*a].cmp(&run[*b]).then(away(*a).total_cmp(&away(*b))));
    rows.dedup_by_key(|row| run[*row]);
    let crosses =
        |row: &usize| all.told_by(run[*row] as usize, at).is_some_and(|(before, _)| all.flops[before] <= at);
    let ln_flops = match rows.iter().all(crosses) {
        true => at,
        false => rows.iter().map(|row| all.flops[*row]).sum::<f64>() / rows.len() as f64,
    };
    let points: Vec<[f64; 4]> = rows.iter().map(|row| all.at(*row, ln_flops)).collect();
    let is_few =
        |which: usize| different(&points.iter().map(|point| point[which]).collect::<Vec<_>>()) < FEWEST;
    (!is_few(0) && !is_few(1)).then_some(Budget { ln_flops, rows, points })
}
