//! What is known of a run while its rows are read, and makes it whole afterwards.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::cells::shown;
use super::splits::written;
use crate::error::Location;
use crate::numeric::statistics::upper_median;
use crate::run::{Checkpoint, Few, Origin, Run};
use crate::schedule::ScheduleFields;
use crate::{Error, Result, Schedule};

/// What is known of a run while its rows are read. Most runs of one row need nothing of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Draft {
    /// A final sparsity without a schedule: what it says depends on whether N̄ is given.
    pub(super) bare_sparsity: Option<f64>,
    /// Tokens of a step and of a sample, where they are known and needed.
    pub(super) tokens_per_step: Option<f64>,
    pub(super) sequence_length: Option<f64>,
    pub(super) unique_tokens: Option<f64>,
    /// Rows whose loss is not finite: the latest in a row, and the most in a row before a finite one.
    pub(super) not_finite: [u32; 2],
    /// The step of the first of the latest of them.
    pub(super) not_finite_from: Option<f64>,
    /// The lines of the curve; none of a single row on the run's first line.
    pub(super) lines: Vec<u32>,
}

/// Tokens that fall from one row of a run to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fall {
    /// The line of the latter.
    line: u32,
    from: f64,
    to: f64,
    /// Whether they begin anew there, or steps rise, and the loss is the smoother in the order of the file.
    pub(super) starts_again: bool,
    steps_rise: bool,
}

/// Losses that differ by less, relatively, are one.
const ALIKE: f64 = 1e-3;
/// Losses of a run that is started anew differ by less, in ln, from what it had at the same tokens.
const SAME_RUN: f64 = 0.03;
/// So many standard errors apart they are another run's.
const SURE: f64 = 3.0;
/// Where a run goes on, ln of its loss is not so much above that before.
const GOES_ON: f64 = 0.1;
/// In a log where more than one row in so many has fewer tokens than the row before, they are of a batch each.
const OFTEN: usize = 4;
/// So many rows tell whether tokens grow.
const FEWEST: usize = 3;

/// Tokens begin anew where they are no more than so many times the first.
const BEGINS: f64 = 2.0;

/// How much ln of the loss changes from row to row, in all.
fn roughness(curve: &[Checkpoint]) -> f64 {
    curve.windows(2).map(|pair| (pair[1].loss / pair[0].loss).ln().abs()).sum()
}

/// What to do about a pruned run of which nothing tells the schedule.
pub(super) const WHICH_SCHEDULE: &str = "say how such runs were pruned (`schedule=NAME`: constant, one_shot, linear, cubic, polynomial, \
                                         geometric, cosine), or add the column";

/// What to do about a run several of whose rows stand at the positions of others: one line less leads to the next.
const SEVERAL_OF_ONE: &str = "if these are two runs, give them different names; if they are two measures or two jobs of one run, keep the rows of one; if each \
                              row is a run of its own, read no names: `columns: run=`";

/// What to do about a counter of tokens that began again.
const RESUMED: &str = "if the run was resumed there, and its tokens start again, add what they had come to";

impl Draft {
    /// Whether a row on this line has to be noted.
    pub(super) fn is_needed(run: &Run, origin: &Origin, line: u64) -> bool {
        !run.checkpoints().is_empty() || line != origin.line
    }

    /// Notes the line of a row that is about to be added.
    pub(super) fn note_line(&mut self, run: &Run, origin: &Origin, line: u64) {
        let short = |line: u64| u32::try_from(line).unwrap_or(u32::MAX);
        if self.lines.is_empty() && !run.checkpoints().is_empty() {
            self.lines.push(short(origin.line));
        }
        self.lines.push(short(line));
    }

    /// Whether the run diverged: its last losses are not finite, and more of them than ever before one that is.
    pub(super) fn diverged(&self) -> bool {
        self.not_finite[0] > self.not_finite[1]
    }

    /// Notes a loss that is not finite.
    pub(super) fn note_not_finite(&mut self, step: Option<f64>) {
        if self.not_finite[0] == 0 {
            self.not_finite_from = step;
        }
        self.not_finite[0] += 1;
    }

    /// Notes a loss that is finite.
    pub(super) fn note_finite(&mut self) {
        self.not_finite = [0, self.not_finite[0].max(self.not_finite[1])];
    }

    /// The first row whose tokens are fewer than those of the row before it in the file.
    pub(super) fn fall(&self, run: &Run) -> Option<Fall> {
        let curve = run.checkpoints();
        let at = curve.windows(2).position(|pair| pair[1].tokens < pair[0].tokens)?;
        let [before, after] = [&curve[at], &curve[at + 1]];
        let rise = curve.get(at + 2).map(|next| next.tokens - after.tokens);
        // A counter that begins again is as low as at its first row, or as from row to row.
        let first = if at > 0 { curve[0].tokens } else { 0.0 };
        let begins = rise.is_none_or(|rise| rise > 0.0)
            && after.tokens <= BEGINS * first.max(rise.unwrap_or_default());
        let steps_rise = before.step().zip(after.step()).is_some_and(|(before, after)| before < after);
        // What is trained anew from a checkpoint, or written in another order, is the smoother by tokens.
        let mut sorted = curve.to_vec();
        sorted.sort_by(|a, b| a.tokens.total_cmp(&b.tokens));
        let goes_on = (after.loss / before.loss).ln() < GOES_ON;
        let starts_again = (begins || steps_rise) && goes_on && roughness(curve) < roughness(&sorted);
        Some(Fall {
            line: self.lines[at + 1],
            from: before.tokens,
            to: after.tokens,
            starts_again,
            steps_rise,
        })
    }

    /// The refusal of tokens that stay as they are while steps rise: those of a step. `column` is the one that tells tokens, and the field that
    /// it then is.
    pub(super) fn of_a_step(&self, run: &Run, path: &str, column: Option<(&str, &str)>) -> Option<Error> {
        let curve = run.checkpoints();
        let steps: Vec<f64> = curve.iter().map_while(Checkpoint::step).collect();
        let rises = steps.len() == curve.len() && steps.is_sorted_by(|a, b| a < b);
        if curve.len() < FEWEST || !rises || curve.is_sorted_by(|a, b| a.tokens < b.tokens) {
            return None;
        }
        let tokens = curve.iter().map(|row| row.tokens);
        let (least, most) =
            tokens.fold((f64::INFINITY, 0.0f64), |(low, high), own| (low.min(own), high.max(own)));
        let [first, last] = [steps[0], steps[steps.len() - 1]];
        // All tokens so far are in proportion to the steps done.
        let done = if first > 0.0 { first } else { steps[1] };
        if !(most / least < (last / done).sqrt()) {
            return None;
        }
        let (problem, remedy) = match column.and_then(|(header, of_step)| Some((written(header)?, of_step))) {
            Some((header, of_step)) if least == most => (
                format!("tokens stay {least} while steps rise from {first} to {last}"),
                format!("if they are those of a step, say so: `columns: {of_step}={header}`"),
            ),
            _ => (
                format!("tokens stay from {least} to {most} while steps rise from {first} to {last}"),
                "if they are those since the row before, write their sums".to_owned(),
            ),
        };
        let place = Location::in_file(path).line(self.lines[self.lines.len() - 1].into()).run(run.id());
        Some(place.refuse(problem, remedy))
    }

    /// The refusal of rows in a log that follow each other at the same tokens and have several losses: those of a restart come again later.
    pub(super) fn at_once(&self, run: &Run, path: &str) -> Option<Error> {
        let curve = run.checkpoints();
        let steps_agree = |pair: &[Checkpoint]| match [pair[0].step(), pair[1].step()] {
            [Some(before), Some(own)] => before == own,
            _ => true,
        };
        let differ = |pair: &&[Checkpoint]| {
            let is_one = pair[0].tokens == pair[1].tokens && steps_agree(pair);
            is_one && (pair[0].loss / pair[1].loss).ln().abs() > ALIKE
        };
        let at = curve.windows(2).position(|pair| differ(&pair))?;
        if curve.windows(2).filter(differ).count() < 2 {
            return None;
        }
        let problem = format!(
            "the loss is {} here and {} on line {}, at the same tokens, and so on other rows",
            curve[at + 1].loss,
            curve[at].loss,
            self.lines[at]
        );
        let place = Location::in_file(path).line(self.lines[at + 1].into()).run(run.id());
        Some(
            place.refuse(
                problem,
                "give the lines of one set of data, of one rank (a filter may choose them), and no means over many steps",
            ),
        )
    }

    /// The refusal of a log that begins again at its first row: of another run, unless it then goes beyond where it ended before, at the
    /// losses that it had.
    pub(super) fn begun_twice(&self, run: &Run, path: &str) -> Option<Error> {
        let curve = run.checkpoints();
        let first = curve.iter().map(|row| row.tokens).fold(f64::INFINITY, f64::min);
        let parts: Vec<_> = curve.chunk_by(|a, b| b.tokens > first || a.tokens <= first).collect();
        let is_in_order = parts.iter().all(|rows| rows.is_sorted_by(|a, b| a.tokens < b.tokens));
        let last = *parts.last()?;
        if parts.len() < 2 || last.len() < 2 || !is_in_order {
            return None;
        }
        let earlier = &curve[..curve.len() - last.len()];
        let end = |rows: &[Checkpoint]| rows.iter().map(|row| row.tokens).fold(0.0, f64::max);
        let [before, after] = [earlier, last].map(end);
        let known: HashMap<u64, f64> = earlier.iter().map(|row| (row.tokens.to_bits(), row.loss)).collect();
        let change = |row: &Checkpoint| Some((row.loss / known.get(&row.tokens.to_bits())?).ln());
        let changes: Vec<f64> = last.iter().filter_map(change).collect();
        let change = Some(upper_median(changes.clone())).filter(|own| own.is_finite()).unwrap_or_default();
        // The standard error of a median, of noise that is normal.
        let apart = upper_median(changes.iter().map(|own| (own - change).abs()).collect());
        let error = 1.4826 * 1.2533 * apart / (changes.len().max(1) as f64).sqrt();
        if after > before && change.abs() < SAME_RUN.max(SURE * error) {
            return None;
        }
        let problem = if after > before {
            format!(
                "the log begins again here, at {first} tokens, and its losses are {:.0} % off those before",
                100.0 * change.exp_m1().abs()
            )
        } else {
            format!(
                "the log begins again here, at {first} tokens, and ends at {after}: before, it came to {before}"
            )
        };
        let at = earlier.len();
        let place = Location::in_file(path).line(self.lines[at].into()).run(run.id());
        let goes_on = (curve[at].loss / curve[at - 1].loss).ln() < GOES_ON;
        let resumed = if goes_on { format!("; {RESUMED}") } else { String::new() };
        let remedy = format!(
            "give each run a file of its own; of one that was started anew, keep the lines that count{resumed}"
        );
        Some(place.refuse(problem, remedy))
    }

    /// The refusal of tokens in a log without steps that rise and fall from line to line: those of a batch.
    pub(super) fn up_and_down(&self, run: &Run, path: &str) -> Option<Error> {
        let curve = run.checkpoints();
        let falls = |pair: &&[Checkpoint]| pair[1].tokens < pair[0].tokens;
        let rises = |pair: &[Checkpoint]| pair[1].tokens > pair[0].tokens;
        let fallen = curve.windows(2).filter(falls).count();
        let is_in_order = fallen < 2 || OFTEN * fallen < curve.len() - 1 || !curve.windows(2).any(rises);
        if is_in_order || curve.iter().any(|row| row.step().is_some()) {
            return None;
        }
        let at = curve.windows(2).position(|pair| falls(&pair))?;
        let [from, to] = [at, at + 1].map(|row| curve[row].tokens);
        let problem =
            format!("tokens fall from {from} to {to}, and on {fallen} rows in all: they are not all so far");
        let place = Location::in_file(path).line(self.lines[at + 1].into()).run(run.id());
        Some(place.refuse(problem, "name the column of all tokens so far: `columns: tokens=NAME`"))
    }

    /// Of rows at the same tokens, keeps the last in the file; says how many others there were.
    pub(super) fn keep_latest(&mut self, run: &mut Run) -> usize {
        self.sort(run);
        let curve = run.checkpoints();
        let before = curve.len();
        let is_last = |i: usize| curve.get(i + 1).is_none_or(|next| next.tokens != curve[i].tokens);
        let last: Vec<usize> = (0..before).filter(|i| is_last(*i)).collect();
        if last.len() < before {
            let kept: Vec<_> = last.iter().map(|index| curve[*index]).collect();
            self.lines = last.iter().map(|index| self.lines[*index]).collect();
            run.curve = Few::from(kept);
        }
        before - last.len()
    }

    /// Sorts the run and checks it as a whole.
    ///
    /// `line` is that of its first row. `within` is a column that says several words on rows of one run, and these; `fall` is where tokens fell;
    /// `curves` is the column of its name, if that may be another thing's.
    pub(super) fn finish(
        mut self,
        run: &mut Run,
        (path, line, curves): (&str, u64, Option<&str>),
        (within, fall): (Option<(&str, &[SmolStr])>, Option<Fall>),
    ) -> Result<()> {
        self.sort(run);
        let curve = run.checkpoints();
        if let Some(at) = curve.windows(2).position(|pair| pair[0].tokens == pair[1].tokens) {
            let tokens = curve[at].tokens;
            let mut problem = format!("the row on line {} is at {tokens} tokens too", self.lines[at]);
            let count = curve.windows(2).filter(|pair| pair[0].tokens == pair[1].tokens).count();
            if count > 1 {
                problem += &format!(", and so on {count} rows in all");
            }
            let remedy = match (within, fall.filter(|fall| fall.starts_again)) {
                (Some((header, words)), _) => {
                    let listed: Vec<String> = words.iter().map(|word| format!("'{}'", shown(word))).collect();
                    let (header, listed) = (shown(header), listed.join(", "));
                    problem += &format!(", and rows of one run differ in '{header}' ({listed})");
                    match written(&header).zip(words.iter().find_map(|word| written(word))) {
                        Some((header, word)) => format!("choose one: `filter: {header}={word}`"),
                        None => format!("choose one by a filter of '{header}'"),
                    }
                }
                (None, Some(Fall { line, from, to, .. })) => {
                    problem += &format!(", as they fall from {from} to {to} on line {line}");
                    format!("{RESUMED}; else give the runs different names")
                }
                (None, None) if count > 1 && curves.is_none() => SEVERAL_OF_ONE.to_owned(),
                (None, None) => match curves {
                    Some(name) => format!(
                        "say `columns: run=` for runs of their own; for curves (`columns: run={name}`) remove one"
                    ),
                    None => "remove one, or give the runs different names; if each row is a run of its own, read no names: \
                             `columns: run=`"
                        .to_owned(),
                },
            };
            let place = Location::in_file(path).line(self.lines[at + 1].into()).run(run.id());
            return Err(place.refuse(problem, remedy));
        }
        if let Some(Fall { line, from, to, steps_rise, .. }) = fall.filter(|fall| fall.starts_again) {
            let what = if steps_rise { "steps rise, and " } else { "" };
            let problem =
                format!("tokens fall from {from} to {to}, and {what}the loss goes on from where it was");
            return Err(Location::in_file(path).line(line.into()).run(run.id()).refuse(problem, RESUMED));
        }
        run.curve.shrink();
        if let Some(sparsity) = self.bare_sparsity {
            if run.checkpoints().iter().any(|checkpoint| checkpoint.average_params().is_some()) {
                let left = run.params * (1.0 - sparsity) + run.fixed_params();
                if let Some(last) = run.curve.last_mut().filter(|last| last.final_params().is_none()) {
                    *last = last.with_final_params(left);
                }
            } else {
                let fields = ScheduleFields { final_sparsity: Some(sparsity), ..ScheduleFields::default() };
                let schedule = Schedule::from_fields(&fields).map_err(|error| match error {
                    Error::MissingInput { .. } => {
                        let place = Location::in_file(path).line(line).run(run.id());
                        place.refuse(error.problem(), WHICH_SCHEDULE)
                    }
                    error => error,
                });
                run.set_schedule(schedule?);
            }
        }
        run.check_schedule()
    }

    /// Sorts the loss curve by tokens, and the lines with it; of equal tokens the earlier line is first.
    fn sort(&mut self, run: &mut Run) {
        let curve = run.checkpoints();
        if curve.is_sorted_by(|a, b| a.tokens <= b.tokens) {
            return;
        }
        let mut order: Vec<usize> = (0..curve.len()).collect();
        order.sort_by(|&a, &b| curve[a].tokens.total_cmp(&curve[b].tokens));
        self.lines = order.iter().map(|&index| self.lines[index]).collect();
        run.curve = order.iter().map(|&index| curve[index]).collect::<Vec<_>>().into();
    }
}
