//! Runs that restart from a checkpoint: in the order of the file their positions go back, and what was logged from there on counts no more.

/// What the rows of a run are in the order of their file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Pieces {
    /// In order, or sorted by something else.
    Plain,
    /// Each piece goes on from a checkpoint of those before it.
    Restarts(Restarts),
    /// From this row on they lie between those before it, and may be of another run or measure.
    Between(usize),
}

/// Rows of a run that restarts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Restarts {
    /// The first row after the last restart.
    pub(super) last: usize,
    /// The rows that count, in ascending order.
    pub(super) kept: Vec<usize>,
    /// Whether rows lie so between others as no accident puts them there.
    pub(super) is_sure: bool,
}

/// Pieces have so many rows, on average: rows in any order have 2.
const ROWS: f64 = 2.5;
/// A piece is logged as often as the one before it where its rows in one stretch are no more than so many times the other's, and one.
const OFTEN: f64 = 1.5;
/// Where rows fill the gaps of others, these gaps are so many times those beside them.
const GAP: f64 = 1.5;
/// So many rows are no accident: of each of two pieces that lie between each other, and of a last piece that comes no farther.
const SEVERAL: usize = 3;

/// The pieces of a run whose rows stand at these positions. `may_restart` says of a row that goes back whether it may be a restart.
pub(super) fn pieces(at: &[f64], may_restart: impl Fn(usize) -> bool) -> Pieces {
    let begins: Vec<usize> = (1..at.len()).filter(|&row| at[row] < at[row - 1]).collect();
    let Some(&last) = begins.last() else { return Pieces::Plain };
    if ROWS * (begins.len() + 1) as f64 > at.len() as f64 {
        return Pieces::Plain;
    }
    let mut kept: Vec<usize> = (0..begins[0]).collect();
    let ends = begins[1..].iter().copied().chain([at.len()]);
    // One or two rows at the end that come no farther may have been added by hand.
    let farthest = at.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let is_ahead = at.last().is_some_and(|own| *own >= farthest);
    let mut restarts = last + if is_ahead { 1 } else { SEVERAL - 1 } < at.len();
    let mut is_sure = true;
    for (&begin, end) in begins.iter().zip(ends) {
        let pair = Pair::new(kept.iter().map(|&row| at[row]).collect(), &at[begin..end]);
        if pair.fills_gaps() {
            return Pieces::Plain;
        }
        restarts &= pair.is_restart() && may_restart(begin);
        if !restarts {
            return if pair.lies_between() { Pieces::Between(begin) } else { Pieces::Plain };
        }
        is_sure &= pair.coincide || pair.lies_between();
        kept.truncate(pair.before);
        // A job that stopped after its first row logs that row again.
        let first = (begin..end).rfind(|&row| at[row] == at[begin]).unwrap_or(begin);
        kept.extend(first..end);
    }
    Pieces::Restarts(Restarts { last, kept, is_sure })
}

/// What a run had come to, and the piece that follows.
struct Pair<'a> {
    earlier: Vec<f64>,
    later: &'a [f64],
    /// Earlier rows before the first of the later ones.
    before: usize,
    /// Rows of either on the stretch that both have.
    shared: [usize; 2],
    /// Whether some stand at one position.
    coincide: bool,
}

impl<'a> Pair<'a> {
    fn new(earlier: Vec<f64>, later: &'a [f64]) -> Self {
        let before = earlier.partition_point(|own| *own < later[0]);
        let ends = [&earlier[..], later].map(|rows| rows.last().copied().unwrap_or(f64::NAN));
        let until = ends[0].min(ends[1]);
        let rows = |rows: &[f64]| rows.iter().filter(|own| (later[0]..=until).contains(own)).count();
        let shared = [rows(&earlier), rows(later)];
        let is_known = |own: &f64| earlier.binary_search_by(|known| known.total_cmp(own)).is_ok();
        let coincide = later.iter().any(is_known);
        Self { before, shared, coincide, earlier, later }
    }

    /// Whether the later rows go on from a checkpoint of the earlier ones, and are logged as often. Behind a single row they may be another run, whose
    /// first row is not there: that ends where this one did.
    fn is_restart(&self) -> bool {
        let [a, b] = self.shared.map(|rows| rows as f64);
        let is_behind = match self.before {
            0 => false,
            1 => self.coincide && self.earlier.last() != self.later.last(),
            _ => true,
        };
        is_behind && a <= OFTEN * b + 1.0 && b <= OFTEN * a + 1.0
    }

    fn lies_between(&self) -> bool {
        !self.coincide && self.shared.iter().all(|rows| *rows >= SEVERAL)
    }

    /// Whether either rows stand where the other ones leave a gap, as in a table that is sorted by something else: gaps that hold rows of the other
    /// piece are wider than those before and after them.
    fn fills_gaps(&self) -> bool {
        let (earlier, later) = (&self.earlier, self.later);
        if self.coincide || self.before < 2 {
            return false;
        }
        let gaps = |rows: &[f64], others: &[f64]| -> Vec<f64> {
            let holds = |pair: &&[f64]| {
                let next = others.partition_point(|other| *other <= pair[0]);
                others.get(next).is_some_and(|other| *other < pair[1])
            };
            rows.windows(2).filter(holds).map(|pair| pair[1] - pair[0]).collect()
        };
        let mut crossed = [gaps(earlier, later), gaps(later, earlier)].concat();
        crossed.sort_by(f64::total_cmp);
        let Some(own) = crossed.get(crossed.len() / 2) else { return false };
        let first_after = |rows: &[f64], others: &[f64]| {
            let end = others.last().copied()?;
            rows.windows(2).find(|pair| pair[0] >= end).map(|pair| pair[1] - pair[0])
        };
        // Several rows may stand at one step.
        let known = &earlier[..self.before];
        let last = known[self.before - 1];
        let Some(other) = known.iter().rev().find(|own| **own < last) else { return false };
        let before = last - other;
        let after = first_after(later, earlier).or_else(|| first_after(earlier, later));
        // Curves may be logged ever more rarely.
        let beside = after.map_or(before, |after| (before * after).sqrt());
        *own >= GAP * beside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pieces_of: &[std::ops::RangeInclusive<u32>], step: usize) -> Vec<f64> {
        pieces_of.iter().flat_map(|piece| piece.clone().step_by(step).map(f64::from)).collect()
    }

    /// The last restart, and the positions that count.
    fn kept(at: &[f64]) -> Option<(usize, Vec<f64>)> {
        match pieces(at, |_| true) {
            Pieces::Restarts(Restarts { last, kept, .. }) => {
                Some((last, kept.into_iter().map(|row| at[row]).collect()))
            }
            _ => None,
        }
    }

    #[test]
    fn what_came_after_the_checkpoint_counts_no_more() {
        // At the same positions and at others, not as far as before and farther, and several times.
        assert_eq!(kept(&of(&[1..=9, 5..=7], 1)), Some((9, of(&[1..=7], 1))));
        assert_eq!(kept(&of(&[2..=18, 9..=25], 2)), Some((9, of(&[2..=8, 9..=25], 2))));
        let crashes = of(&[1..=9, 5..=5, 5..=6, 4..=8], 1);
        assert_eq!(kept(&crashes), Some((12, of(&[1..=8], 1))));
        assert_eq!(kept(&of(&[1..=9, 5..=5, 5..=6, 5..=5, 5..=8], 1)), Some((12, of(&[1..=8], 1))));
        // Behind one row, where it comes farther.
        assert_eq!(kept(&of(&[1..=3, 2..=4], 1)), Some((3, of(&[1..=4], 1))));
        // Logged ever more rarely.
        let rare = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 24.0, 48.0, 96.0, 192.0];
        assert_eq!(kept(&rare).map(|own| own.1), Some([&rare[..5], &rare[7..]].concat()));
    }

    #[test]
    fn other_orders_are_no_restart() {
        let plain = |at: &[f64]| assert_eq!(pieces(at, |_| true), Pieces::Plain, "{at:?}");
        let rising = of(&[1..=20], 1);
        plain(&rising);
        plain(&rising.iter().rev().copied().collect::<Vec<_>>());
        plain(&of(&[11..=20, 1..=10], 1));
        // As sorted by losses that scatter: single rows change places.
        for swapped in [&[6][..], &[18], &[3, 9, 15], &[4, 6]] {
            let mut at = rising.clone();
            swapped.iter().for_each(|&row| at.swap(row, row + 1));
            plain(&at);
        }
        // A row that was forgotten, a block of them, and numbers as texts are sorted.
        plain(&[1.0, 2.0, 3.0, 5.0, 6.0, 7.0, 4.0]);
        plain(&[1.0, 2.0, 5.0, 6.0, 7.0, 3.0, 4.0]);
        let mut texts: Vec<u32> = (1..=30).map(|i| 100 * i).collect();
        texts.sort_by_key(u32::to_string);
        plain(&texts.into_iter().map(f64::from).collect::<Vec<_>>());
        // Other runs of one length, from the same row on and from the next, and another measure, which is logged less often.
        plain(&of(&[1..=9, 1..=9], 1));
        plain(&of(&[1..=9, 2..=9], 1));
        plain(&[of(&[1..=40], 1), of(&[4..=40], 4)].concat());
        // One or two rows are a mistake as well.
        plain(&of(&[1..=9, 5..=5], 1));
        plain(&of(&[1..=9, 5..=6], 1));
    }

    #[test]
    fn rows_between_others_may_be_of_two_runs() {
        assert_eq!(pieces(&of(&[2..=18, 1..=17], 2), |_| true), Pieces::Between(9));
        assert_eq!(pieces(&of(&[2..=18, 9..=17], 2), |_| false), Pieces::Between(9));
        assert_eq!(pieces(&of(&[1..=9, 5..=9], 1), |_| false), Pieces::Plain);
    }
}
