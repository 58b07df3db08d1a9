//! torchtitan: `step: 10  loss:  7.2912  grad_norm: …` and `validate step: 10  loss:  7.1234 …`, mostly coloured.
//!
//! It prints `Model llama3 8B size: 8,030,261,248 total parameters` and `… global batch size 64, … sequence length 2048,
//! total steps 1000 …`, from which follow the tokens of a step.

use super::console::{Cells, Console, after, cell, is_loss, whole, whole_after, whole_alone};
use crate::Result;
use crate::run::Format;

#[derive(Debug, Default)]
pub(super) struct TorchTitan;

impl Console for TorchTitan {
    fn format(&self) -> Format {
        Format::TorchTitan
    }

    fn row<'a>(&mut self, line: &'a str) -> Option<Cells<'a>> {
        let (before, rest) = line.split_once("step:")?;
        let (step, rest) = rest.split_once("loss:")?;
        let step = whole_alone(step)?;
        let loss = after(rest, "").filter(|loss| is_loss(loss))?;
        let validates = before.trim_end().ends_with("validate");
        Some(vec![cell("step", step), cell(if validates { "val loss" } else { "train loss" }, loss)])
    }

    fn facts<'a>(&mut self, line: &'a str) -> Cells<'a> {
        let mut cells = Vec::new();
        if line.contains("total parameters") {
            cells.extend(whole_after(line, "size:").map(|params| cell("params", params)));
        }
        for (words, name) in [
            ("global batch size", "batch_size"),
            ("sequence length", "sequence_length"),
            ("total steps", "planned_steps"),
        ] {
            let number = line.split_once(words).and_then(|(_, rest)| whole(rest));
            cells.extend(number.map(|number| cell(name, number)));
        }
        cells
    }

    fn finish(self: Box<Self>, _path: &str) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}
