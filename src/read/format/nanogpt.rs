//! nanoGPT: `iter 100: loss 5.1234, time 250.00ms, mfu 30.00%` and `step 250: train loss 4.1234, val loss 4.2345`.
//!
//! Its lessons write `250 val 5.9310` and `250 train 5.9640` into a file. All numbers are updates done. It prints
//! `tokens per iteration will be: 491,520` and `number of parameters: 123.59M` (without position embeddings, rounded).

use super::console::{Cells, Console, after, cell, is_loss, whole_after, whole_alone};
use crate::Result;
use crate::run::Format;

#[derive(Debug, Default)]
pub(super) struct NanoGpt {
    rounded: bool,
    /// Micro-batches of an update, as LitGPT counts both.
    per_step: Option<f64>,
    /// The loss of LitGPT's latest evaluation, which it repeats on lines of training, and whether evaluations have lines of their own.
    latest: Option<String>,
    has_evaluations: bool,
}

impl Console for NanoGpt {
    fn format(&self) -> Format {
        if self.per_step.is_some() { Format::Pairs } else { Format::NanoGpt }
    }

    fn row<'a>(&mut self, line: &'a str) -> Option<Cells<'a>> {
        if let Some(cells) = of_file(line).or_else(|| self.of_litgpt(line)) {
            return Some(cells);
        }
        let place = line.find("step ").or_else(|| line.find("iter "))?;
        let (step, rest) = line[place + 5..].split_once(':')?;
        let step = whole_alone(step)?;
        let [train, validation] = if line[place..].starts_with("iter") {
            [after(rest, "loss ").filter(|_| rest.contains("time ")), None]
        } else {
            [after(rest, "train loss "), Some(after(rest, "val loss ")?)]
        };
        let losses = [("train loss", train), ("val loss", validation)];
        let mut cells = vec![cell("step", step)];
        cells.extend(
            losses.into_iter().filter_map(|(name, loss)| Some(cell(name, loss.filter(|l| is_loss(l))?))),
        );
        (cells.len() > 1).then_some(cells)
    }

    fn facts<'a>(&mut self, line: &'a str) -> Cells<'a> {
        let mut cells = Vec::new();
        cells.extend(
            whole_after(line, "tokens per iteration will be:").map(|tokens| cell("tokens_per_step", tokens)),
        );
        if let Some(params) = after(line, "number of parameters:").filter(|text| text.ends_with('M')) {
            self.rounded = true;
            cells.push(cell("params", params));
        }
        cells
    }

    fn finish(self: Box<Self>, _path: &str) -> Result<Vec<String>> {
        let note = "params are those that the log prints, rounded, without position embeddings";
        Ok(self.rounded.then(|| note.to_owned()).into_iter().collect())
    }
}

impl NanoGpt {
    /// A line of LitGPT: `iter 4000 step 1000 | loss train: 4.0, val: n/a`, and `iter 4000: val loss 4.1`, where iterations are micro-batches.
    fn of_litgpt<'a>(&mut self, line: &'a str) -> Option<Cells<'a>> {
        let rest = line.split_once("iter ")?.1;
        if let Some((iteration, loss)) = rest.split_once(": val loss ").filter(|_| self.per_step.is_some()) {
            let step = (iteration.parse::<f64>().ok()? / self.per_step?).round();
            let loss = loss.split(',').next().filter(|loss| is_loss(loss))?;
            self.has_evaluations = true;
            return Some(vec![cell("step", step.to_string()), cell("val loss", loss)]);
        }
        let (counts, rest) = rest.split_once(" | ")?;
        let (iteration, step) = counts.split_once(" step ")?;
        let loss = after(rest, "loss train:").filter(|loss| is_loss(loss))?;
        let [done, updates] =
            [iteration, step].map(|count| whole_alone(count).and_then(|count| count.parse::<f64>().ok()));
        self.per_step =
            Some(done? / updates?).filter(|ratio| ratio.is_finite() && *ratio > 0.0).or(self.per_step);
        let mut cells = vec![cell("step", whole_alone(step)?), cell("train loss", loss)];
        let latest = after(rest, "val:").filter(|loss| is_loss(loss) && !self.has_evaluations);
        if let Some(latest) = latest.filter(|loss| self.latest.as_deref() != Some(*loss)) {
            cells.push(cell("val loss", latest));
            self.latest = Some(latest.to_owned());
        }
        Some(cells)
    }
}

/// A line of three words, as a file of the lessons has it.
fn of_file(line: &str) -> Option<Cells<'_>> {
    let mut words = line.split_whitespace();
    let (step, which, loss) = (words.next()?, words.next()?, words.next()?);
    let name = match which {
        "val" => "val loss",
        "train" => "train loss",
        _ => return None,
    };
    let is_row = words.next().is_none() && is_loss(loss);
    is_row.then(|| Some(vec![cell("step", whole_alone(step)?), cell(name, loss)]))?
}
