//! `metrics.csv` of PyTorch Lightning's `CSVLogger`: `epoch`, `step` and the names that a module logs. Steps count from 0:
//! what is logged at `step` 49 is of 50 updates.

use super::super::fields::{Field, normalise};
use super::super::layout::Layout;
use super::super::measure::{EVALUATIONS, is_of_training, words};
use super::super::row::Rows;
use super::super::table::Table;
use super::log::{has, log};
use crate::run::Format;
use crate::{Result, units};

/// Tokens are a multiple of steps to this share.
const SAME: f64 = 1e-6;

pub(in crate::read) fn layout(path: &str, headers: &[String]) -> Option<Layout> {
    let is_of_many = headers.iter().any(|header| Field::named(header) == Some(Field::Run));
    let loss = headers.iter().any(|header| header.ends_with("loss") || header.contains("loss_"));
    if is_of_many || !loss || !has(headers, "epoch") || !has(headers, "step") {
        return None;
    }
    let mut layout = log(Format::Lightning, path, headers);
    let called = |name: &str| headers.iter().position(|header| normalise(header) == name);
    let evaluations = ["valloss", "validloss", "validationloss", "evalloss"];
    if evaluations.iter().all(|name| called(name).is_none()) {
        // What is logged on steps and epochs has both endings; a mean over an epoch is of no one moment.
        let epochs = evaluations.iter().find_map(|name| called(&format!("{name}epoch")));
        let step = called("trainlossstep").or_else(|| called("lossstep"));
        layout.preferred.extend(epochs.or(step).map(|index| (Field::Loss, index)));
    }
    layout.notes.push("Lightning counts steps from 0: 1 is added".to_owned());
    Some(layout)
}

/// Whether rows are as the tool writes them: it logs losses of training and evaluation apart, and counts steps from 0.
pub(in crate::read) fn is_own(headers: &[String], table: &Table) -> Result<bool> {
    let all = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
        (0..headers.len()).filter(|index| is(&headers[*index])).collect()
    };
    let is_loss = |header: &str| words(header).iter().any(|word| word == "loss");
    let training = all(&|header| is_loss(header) && is_of_training(header));
    let evaluations =
        all(&|header| is_loss(header) && words(header).iter().any(|word| EVALUATIONS.contains(&&**word)));
    let tokens = all(&|header| Field::named(header) == Some(Field::Tokens));
    let step = headers.iter().position(|header| header == "step");
    // Tokens over steps, where they are one number.
    let (mut of_step, mut is_multiple, mut places) = (None, true, 0);
    let mut rows = table.cursor();
    while rows.advance()? {
        let has = |columns: &[usize]| columns.iter().any(|index| !rows.cell(*index).is_empty());
        if has(&training) && has(&evaluations) {
            return Ok(false);
        }
        let cells = [step, tokens.first().copied()].map(|index| units::number(rows.cell(index?)));
        let [Some(step), Some(tokens)] = cells else { continue };
        let ratio = tokens / step;
        if step > 0.0 {
            let first = *of_step.get_or_insert(ratio);
            places += 1;
            is_multiple &= (ratio / first - 1.0).abs() < SAME;
        }
    }
    Ok(!(is_multiple && places > 1))
}

/// Rows whose step counts from 1.
#[derive(Debug)]
pub(in crate::read) struct FromOne<R> {
    rows: R,
    column: Option<usize>,
    step: Option<String>,
}

impl<R> FromOne<R> {
    pub(in crate::read) fn new(rows: R, headers: &[String]) -> Self {
        Self { rows, column: headers.iter().position(|header| header == "step"), step: None }
    }
}

impl<R: Rows> Rows for FromOne<R> {
    fn advance(&mut self) -> Result<bool> {
        let more = self.rows.advance()?;
        let written = self.column.filter(|&column| more && column < self.rows.len());
        let step = written.and_then(|column| self.rows.cell(column).parse::<f64>().ok());
        self.step = step.map(|step| (step + 1.0).to_string());
        Ok(more)
    }

    fn line(&self) -> u64 {
        self.rows.line()
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn cell(&self, index: usize) -> &str {
        match &self.step {
            Some(step) if self.column == Some(index) => step,
            _ => self.rows.cell(index),
        }
    }
}
