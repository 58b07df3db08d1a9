//! Runs of a table that restart from a checkpoint: the rows that were logged before from there on are left out.

use std::collections::HashSet;

use smol_str::SmolStr;

use super::super::draft::{Draft, Fall};
use super::super::restart::{Pieces, Restarts, pieces};
use super::super::settings::Settings;
use crate::run::{Checkpoint, Few, Run};
use crate::units;

/// Where rows of a run go back, and to how many tokens.
#[derive(Debug)]
struct Back {
    run: SmolStr,
    line: u32,
    to: f64,
}

/// What becomes of the rows of runs that go back.
#[derive(Debug, Default)]
pub(super) struct Resumed {
    /// The first that restarts, how many do, and how many of their rows are left out.
    restarts: Option<Back>,
    runs: usize,
    pub(super) rows: usize,
    /// The first whose rows lie between each other, and how many such runs there are.
    between: Option<Back>,
    others: usize,
}

/// A row's tokens and loss, bit by bit.
fn place(row: &Checkpoint) -> [u64; 2] {
    [row.tokens, row.loss].map(f64::to_bits)
}

impl Resumed {
    /// Leaves out what a run had logged before it restarted. `fall` is where its tokens fall first; `sorted` says that a column sorts rows of one run
    /// into kinds, so that they may be none of a restart; so may rows from where a setting is another on.
    pub(super) fn take(
        &mut self,
        run: &mut Run,
        draft: &mut Draft,
        fall: Option<&Fall>,
        (sorted, settings): (bool, &Settings),
    ) {
        // A counter that starts again is refused.
        if fall.is_none_or(|fall| fall.starts_again) {
            return;
        }
        let curve = run.checkpoints();
        let at: Vec<f64> = curve.iter().map(|row| row.tokens).collect();
        let steps_fall = |row: usize| {
            let steps = curve[row - 1].step().zip(curve[row].step());
            steps.is_none_or(|(before, own)| own < before)
        };
        let back = |row: usize| Back { run: run.name().clone(), line: draft.lines[row], to: at[row] };
        // A curve that is sorted by its losses goes back where these scatter.
        let by_loss =
            || curve.is_sorted_by(|a, b| a.loss >= b.loss) || curve.is_sorted_by(|a, b| a.loss <= b.loss);
        let is_set = |row: usize| settings.change_on(run.id(), u64::from(draft.lines[row]));
        // Rows that were copied to the end say nothing new.
        let copies = |row: usize| {
            let known: HashSet<_> = curve[..row].iter().map(place).collect();
            curve[row..].iter().all(|own| known.contains(&place(own)))
        };
        match pieces(&at, |row| !sorted && steps_fall(row) && !copies(row) && !is_set(row)) {
            Pieces::Restarts(Restarts { last, kept, is_sure }) if is_sure || !by_loss() => {
                self.restarts.get_or_insert(back(last));
                self.runs += 1;
                self.rows += at.len() - kept.len();
                draft.lines = kept.iter().map(|row| draft.lines[*row]).collect();
                let kept: Vec<_> = kept.iter().map(|row| curve[*row]).collect();
                run.curve = Few::from(kept);
                run.forget_others();
            }
            Pieces::Between(row) => {
                self.between.get_or_insert(back(row));
                self.others += 1;
            }
            _ => {}
        }
    }

    /// What to say of them. `column` is that of the names of runs; none where the file is one.
    pub(super) fn notes(self, column: Option<&str>) -> impl Iterator<Item = String> {
        let apart = match column {
            Some(column) => format!("give these names of their own in '{column}'"),
            None => "give these a file of their own".to_owned(),
        };
        let of = |back: Back, does: &str, count: usize| {
            let others = match count {
                ..2 => String::new(),
                2 => ", and so does 1 run more".to_owned(),
                _ => format!(", and so do {} more", units::format_count(count - 1, "run")),
            };
            format!("run '{}' {does} on line {}, at {} tokens{others}", back.run, back.line, back.to)
        };
        let rows = units::format_count(self.rows, "row");
        let are = if self.rows == 1 { "is" } else { "are" };
        let restarts = self.restarts.map(|back| {
            let restarts = of(back, "restarts from a checkpoint", self.runs);
            format!(
                "{restarts}: {rows} logged before from there on {are} left out; if later rows are of another run, {apart}"
            )
        });
        let between = self.between.map(|back| {
            let goes_back = of(back, "goes back", self.others);
            format!(
                "{goes_back}: its rows lie between those before, and all are one curve; if they are of another run or measure, {apart}"
            )
        });
        [restarts, between].into_iter().flatten()
    }
}
