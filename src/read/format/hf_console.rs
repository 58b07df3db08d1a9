//! What the Hugging Face Trainer prints: `{'loss': 2.9381, 'grad_norm': 0.53, 'epoch': 0.02}`, `{'eval_loss': 2.7, …}`
//! and, last, `{'train_runtime': …, 'train_loss': …}`, a mean over the whole training.
//!
//! These lines have epochs, not steps. Steps are those of the progress bar before them (`| 500/1000 [01:23<01:20`), else
//! epochs × `Total optimization steps` / `Num Epochs`, which the Trainer prints when it begins.

use serde_json::{Map, Value};

use super::console::{Cells, Console, cell, whole, whole_after, whole_alone};
use crate::Result;
use crate::error::Location;
use crate::run::Format;
use crate::units::json_of_python;

#[derive(Debug, Default)]
pub(super) struct HfConsole {
    /// Steps that the bar shows, and all of them: bars of evaluations have other totals.
    bar: Option<(u64, u64)>,
    steps: Option<f64>,
    epochs: Option<f64>,
    worked_out: bool,
    lacking: Option<u64>,
    rows: u64,
}

impl HfConsole {
    /// Notes the place of a progress bar.
    fn note_bar(&mut self, line: &str) {
        let Some((before, _)) = line.split_once(" [") else { return };
        let place = before.rsplit([' ', '|']).next().and_then(|text| text.split_once('/'));
        let numbers = place.and_then(|(done, all)| {
            Some((whole_alone(done)?.parse().ok()?, whole_alone(all)?.parse().ok()?))
        });
        let Some((done, all)) = numbers.filter(|_| before.contains('%')) else { return };
        let is_training = match (self.steps, self.bar) {
            (Some(steps), _) => steps == all as f64,
            (None, Some((_, known))) => known == all,
            (None, None) => true,
        };
        if is_training {
            self.bar = Some((done, all));
        }
    }

    /// Steps done at an epoch.
    fn step(&mut self, epoch: Option<f64>) -> Option<String> {
        if let Some((done, _)) = self.bar {
            return Some(done.to_string());
        }
        let step = epoch? * self.steps? / self.epochs?;
        self.worked_out = true;
        Some(step.round().to_string())
    }
}

impl Console for HfConsole {
    fn format(&self) -> Format {
        Format::HfConsole
    }

    fn row<'a>(&mut self, line: &'a str) -> Option<Cells<'a>> {
        self.note_bar(line);
        let (start, end) = (line.find("{'")?, line.rfind('}')?);
        let object: Map<String, Value> =
            serde_json::from_str(&json_of_python(line.get(start..=end)?)?).ok()?;
        let summary = object.contains_key("train_runtime");
        let is_row = |key: &str| key == "loss" || (key.starts_with("eval") && key.ends_with("loss"));
        let row = object.contains_key("epoch") && object.keys().any(|key| is_row(key));
        if !summary && !row {
            return None;
        }
        self.rows += 1;
        let mut cells = Vec::new();
        let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
        // Callbacks may write the step itself.
        let own = object.contains_key("step");
        match if own { None } else { self.step(object.get("epoch").and_then(number)) } {
            Some(step) => cells.push(cell("step", step)),
            None if !own && !object.contains_key("num_input_tokens_seen") && !summary => {
                self.lacking = self.lacking.or(Some(self.rows));
            }
            None => {}
        }
        for (key, value) in object {
            let key = if summary && key == "train_loss" {
                "train_loss (mean over training)".to_owned()
            } else {
                key
            };
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            cells.push((key.into(), text.into()));
        }
        Some(cells)
    }

    fn facts<'a>(&mut self, line: &'a str) -> Cells<'a> {
        let mut cells = Vec::new();
        if let Some(steps) = whole_after(line, "Total optimization steps") {
            self.steps = steps.parse().ok();
            cells.push(cell("planned_steps", steps));
        }
        if let Some(epochs) = whole_after(line, "Num Epochs") {
            self.epochs = epochs.parse().ok();
        }
        if let Some((_, rest)) = line.split_once("Total train batch size") {
            let size = rest.split_once('=').and_then(|(_, size)| whole(size));
            cells.extend(size.map(|size| cell("train_batch_size", size)));
        }
        cells
            .extend(whole_after(line, "Number of trainable parameters").map(|params| cell("params", params)));
        cells
    }

    fn finish(self: Box<Self>, path: &str) -> Result<Vec<String>> {
        if let Some(row) = self.lacking {
            let problem = format!("the Trainer's line {row} gives an epoch, and no step");
            let remedy = "give the run's trainer_state.json, or the whole output, with its progress bar or its line \
                          'Total optimization steps'";
            return Err(Location::in_file(path).refuse(problem, remedy));
        }
        let mut notes = Vec::new();
        if self.worked_out {
            notes.push("steps are worked out from epochs, which the Trainer may round to 0.01".to_owned());
        }
        Ok(notes)
    }
}
