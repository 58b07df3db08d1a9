//! GPT-NeoX: ` samples/sec: 92.9 | iteration      100/  320000 | … | lm_loss: 9.479852E+00 | …` and
//! ` validation results at iteration 1000 | lm_loss value: 4.2E+00 | lm_loss_ppl value: 6.6E+01 | `.
//!
//! Where it prints its arguments (`train_batch_size ... 1024...`, `seq_length ... 2048...`) they tell the tokens of a step.

use super::console::{Cells, Console, after, cell, is_loss, whole, whole_after};
use crate::Result;
use crate::run::Format;
use crate::units::format_count;

#[derive(Debug, Default)]
pub(super) struct NeoX {
    latest: Option<String>,
    tests: usize,
}

impl Console for NeoX {
    fn format(&self) -> Format {
        Format::NeoX
    }

    fn row<'a>(&mut self, line: &'a str) -> Option<Cells<'a>> {
        if let Some((_, rest)) = line.split_once("validation results at ") {
            let loss = after(rest, "lm_loss value").filter(|loss| is_loss(loss))?;
            let place = rest.split('|').next()?;
            let step = whole_after(place, "iteration ").or_else(|| self.latest.clone())?;
            let tests = place.contains(" test ");
            self.tests += usize::from(tests);
            let name = if tests { "test lm_loss" } else { "validation lm_loss" };
            return Some(vec![cell("iteration", step), cell(name, loss)]);
        }
        let loss = after(line, "lm_loss:").filter(|loss| is_loss(loss))?;
        let (step, rest) = line.split_once("iteration ")?.1.split_once('/')?;
        let step = whole(step)?;
        self.latest = Some(step.clone());
        let mut cells = vec![cell("iteration", step), cell("lm_loss", loss)];
        cells.extend(whole(rest).map(|planned| cell("planned_steps", planned)));
        cells.extend(after(line, "learning rate:").map(|rate| cell("learning_rate", rate)));
        Some(cells)
    }

    fn facts<'a>(&mut self, line: &'a str) -> Cells<'a> {
        let mut cells = Vec::new();
        for argument in ["train_batch_size", "seq_length"] {
            cells.extend(printed(line, argument).map(|value| cell(argument, value)));
        }
        cells.extend(whole_after(line, "total params:").map(|params| cell("params", params)));
        cells
    }

    fn finish(self: Box<Self>, _path: &str) -> Result<Vec<String>> {
        let note =
            format!("the test set's 'test lm_loss' is another measure: {}", format_count(self.tests, "row"));
        Ok((self.tests > 0).then_some(note).into_iter().collect())
    }
}

/// An argument as NeoX prints it, alone or behind other text: `  seq_length ...................... 2048......updated`.
fn printed<'a>(line: &'a str, argument: &str) -> Option<&'a str> {
    let (before, rest) = line.split_once(argument)?;
    if before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let value = rest.strip_prefix(' ')?.strip_prefix("..")?.trim_start_matches('.').trim_start();
    let end = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    (end > 0).then(|| &value[..end])
}
