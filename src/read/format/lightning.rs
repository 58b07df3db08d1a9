//! `metrics.csv` of PyTorch Lightning's `CSVLogger`: `epoch`, `step` and the names that a module logs. Steps count from 0:
//! what is logged at `step` 49 is of 50 updates.

use super::super::fields::{Field, normalise};
use super::super::layout::Layout;
use super::super::row::Rows;
use super::log::{has, log};
use crate::Result;
use crate::run::Format;

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

/// Rows whose step counts from 1.
#[derive(Debug)]
pub(in crate::read) struct FromOne<'a, R> {
    rows: &'a mut R,
    column: Option<usize>,
    step: Option<String>,
}

impl<'a, R> FromOne<'a, R> {
    pub(in crate::read) fn new(rows: &'a mut R, headers: &[String]) -> Self {
        Self { rows, column: headers.iter().position(|header| header == "step"), step: None }
    }
}

impl<R: Rows> Rows for FromOne<'_, R> {
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
