//! Columns that say of which split of the data, or of which metric, the loss of a row is: the losses of a sweep are of one.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::cells::{Refusal, shown};
use super::columns::is_made;
use super::fields::{Field, normalise};
use super::measure::{EVALUATIONS, Measure, TRAINING, is_of_training, words};
use crate::units;

/// Names that say nothing else.
const NAMES: [&str; 8] =
    ["split", "datasplit", "datasetsplit", "evalsplit", "metric", "metricname", "lossname", "losstype"];
/// Names that say it where one row is of training and another of an evaluation.
const WEAK_NAMES: [&str; 12] = [
    "subset",
    "set",
    "phase",
    "stage",
    "mode",
    "type",
    "kind",
    "partition",
    "part",
    "tag",
    "data",
    "dataset",
];
/// Words beside them in the name of a loss.
const LOSSES: [&str; 8] = ["loss", "nll", "ce", "xent", "cross", "entropy", "crossentropy", "lm"];
/// Most values that are listed.
const LISTED: usize = 20;

/// Such a column.
#[derive(Debug)]
struct Told {
    column: usize,
    header: String,
    is_weak: bool,
    /// What it says on the first row of each run.
    first: Vec<SmolStr>,
    /// What it says of rows of one run, where that is not one and the same.
    values: Vec<SmolStr>,
    /// Rows that are runs of their own: what it says on the first of those that differ by it and the loss alone.
    alike: HashMap<String, SmolStr>,
}

/// Such columns, and what they say of each run.
#[derive(Debug, Default)]
pub(super) struct Splits {
    told: Vec<Told>,
}

impl Splits {
    /// The columns among `headers` that no field has.
    pub(super) fn new(headers: &[String], is_free: impl Fn(usize) -> bool) -> Self {
        let told = |(column, header): (usize, &String)| {
            let name = normalise(header);
            let is_weak = WEAK_NAMES.contains(&&*name);
            ((is_weak || NAMES.contains(&&*name)) && is_free(column)).then(|| Told {
                column,
                header: header.clone(),
                is_weak,
                first: Vec::new(),
                values: Vec::new(),
                alike: HashMap::new(),
            })
        };
        Self { told: headers.iter().enumerate().filter_map(told).collect() }
    }

    /// Keeps what the first row of the next run says; `cell` is that of a column.
    pub(super) fn add<'a>(&mut self, cell: impl Fn(usize) -> &'a str) {
        self.told.iter_mut().for_each(|told| told.first.push(cell(told.column).into()));
    }

    /// Refuses a row that is of another split than the first of its run, with its column.
    pub(super) fn check<'a>(
        &mut self,
        run: usize,
        cell: impl Fn(usize) -> &'a str,
    ) -> Result<(), (usize, Refusal)> {
        for told in &mut self.told {
            let cell = cell(told.column);
            if told.first[run].is_empty() {
                told.first[run] = cell.into();
            }
            let first = told.first[run].clone();
            told.compare(&first, cell)?;
        }
        Ok(())
    }

    /// Refuses a row that is a run of its own, and says what an earlier one says but for its split and its loss.
    pub(super) fn check_alone<'a>(
        &mut self,
        (columns, loss): (usize, Option<usize>),
        cell: impl Fn(usize) -> &'a str,
    ) -> Result<(), (usize, Refusal)> {
        for told in &mut self.told {
            let says = |column: &usize| *column != told.column && Some(*column) != loss;
            let key = (0..columns).filter(says).map(&cell).collect::<Vec<_>>().join("\u{1f}");
            let own = cell(told.column);
            let first = told.alike.entry(key).or_insert_with(|| own.into()).clone();
            told.compare(&first, own)?;
        }
        Ok(())
    }

    /// What is wrong with the whole table, with its column: rows of a run are of several splits.
    pub(super) fn refusal(&self) -> Option<(usize, Refusal)> {
        let told = self.told.iter().find(|told| !told.values.is_empty())?;
        Some((told.column, told.refusal()))
    }
}

impl Told {
    /// Notes two rows of one run that say different things.
    fn compare(&mut self, first: &str, cell: &str) -> Result<(), (usize, Refusal)> {
        let is_number = |cell: &str| units::number(cell).is_some();
        let is_same = cell == first || cell.is_empty() || first.is_empty();
        if is_same || (is_number(cell) && is_number(first)) || (self.is_weak && !is_across(first, cell)) {
            return Ok(());
        }
        for value in [first, cell] {
            if self.values.len() < LISTED && !self.values.iter().any(|known| known == value) {
                self.values.push(value.into());
            }
        }
        Err((self.column, self.refusal()))
    }

    fn refusal(&self) -> Refusal {
        let listed: Vec<String> = self.values.iter().map(|value| format!("'{}'", shown(value))).collect();
        let problem = format!("rows of one run say {}: losses of several kinds", listed.join(", "));
        let likeliest = self.values.iter().filter_map(|value| Some((rank(value)?, value)));
        let chosen = likeliest.min_by_key(|(rank, _)| *rank).map(|(_, value)| value);
        let filter = chosen.and_then(|value| Some(format!("{}={}", written(&self.header)?, written(value)?)));
        let remedy = match filter {
            Some(filter) => format!("choose one: `filter: {filter}`"),
            None => format!("choose one by a filter of '{}'", self.header),
        };
        Refusal { problem, remedy }
    }
}

/// The place of the evaluation that a value names among those that are likely.
fn evaluation(value: &str) -> Option<usize> {
    let words = words(value);
    EVALUATIONS.iter().position(|known| words.iter().any(|word| word == known))
}

/// Whether one is of training, and the other of an evaluation.
fn is_across(left: &str, right: &str) -> bool {
    let is = |train, eval| is_of_training(train) && evaluation(eval).is_some() && !is_of_training(eval);
    is(left, right) || is(right, left)
}

/// How likely it is that the losses of a value are meant, the lowest first; none where it names no loss.
fn rank(value: &str) -> Option<usize> {
    let words = words(value);
    let is_in = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let is_split = words.len() == 1 && (is_in(&EVALUATIONS) || is_in(&TRAINING));
    let is_loss = is_split || (is_in(&LOSSES) && !is_made(value));
    let last = EVALUATIONS.len() + usize::from(is_in(&TRAINING));
    (is_loss && Measure::of(Field::Loss, value) == Measure::Plain).then(|| match is_in(&TRAINING) {
        true => last,
        false => evaluation(value).unwrap_or(last),
    })
}

/// A name or a value as a filter has it; none where it cannot be written.
pub(super) fn written(text: &str) -> Option<String> {
    let is_plain = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.'));
    match (is_plain, text.contains('"')) {
        (true, _) => Some(text.to_owned()),
        (false, false) => Some(format!("\"{text}\"")),
        (false, true) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn losses_of_evaluations_are_likelier_than_those_of_training_and_other_metrics_are_none() {
        let order = ["val", "eval/loss", "test_loss", "loss", "train_loss"].map(|value| rank(value).unwrap());
        assert!(order.is_sorted_by(|left, right| left < right), "{order:?}");
        for value in ["val_accuracy", "val_ppl", "grad_norm", "eval bpb", "log_val_loss"] {
            assert_eq!(rank(value), None, "{value}");
        }
    }
}
