//! A step in brackets, and names with numbers on lines below it: `[step=100/739328]` and `train/CrossEntropyLoss=4.73`, as OLMo prints, or
//! `[batch=10/40]:` and `Train LanguageCrossEntropy: 5.97`, as Composer and LLM Foundry do. Composer may put them on the same line.

use std::borrow::Cow;

use super::super::commas::is_grouped;
use super::console::{Cells, Console, is_loss, whole};
use crate::Result;
use crate::run::Format;
use crate::units;

/// What Composer calls the mean loss of what it trains on, which may have more in it than the loss of the text.
const TOTAL: &str = "loss/train/total";
const ENTROPY: &str = "LanguageCrossEntropy";

/// The block that is being read.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    step: Option<String>,
    /// Steps of the whole run.
    planned: Option<String>,
    /// Whether it is of an evaluation, which is at the last step of training.
    evaluates: bool,
    cells: Cells<'static>,
    /// Lines from its first to here.
    lines: u64,
    /// Lines since the first of the row that was given last.
    back: u64,
    /// Epochs begin their batches anew.
    epochs: bool,
}

/// What a line says that begins a block.
struct Begun<'a> {
    step: Option<String>,
    planned: Option<String>,
    evaluates: bool,
    epoch: Option<&'a str>,
    rest: &'a str,
}

fn begun(line: &str) -> Option<Begun<'_>> {
    const NAMES: [&str; 3] = ["step=", "batch=", "Eval batch="];
    let mut epoch = None;
    for (place, _) in line.match_indices('[') {
        let Some((inside, rest)) = line[place + 1..].split_once(']') else { continue };
        if let Some(number) = inside.strip_prefix("epoch=") {
            epoch = Some(number.split(['/', ',']).next().unwrap_or_default());
        }
        let Some(name) = NAMES.into_iter().find(|name| inside.starts_with(name)) else { continue };
        // Other tools say all on one line.
        let said = rest.trim_start_matches(':').trim();
        if !(said.is_empty() || ["Train ", "Eval "].iter().any(|word| said.starts_with(word))) {
            continue;
        }
        let evaluates = name.starts_with("Eval");
        let mut counts = inside[name.len()..].split(',').next()?.split('/');
        let step = whole(counts.next()?)?;
        let planned = counts.next().and_then(whole).filter(|_| !evaluates);
        return Some(Begun { step: (!evaluates).then_some(step), planned, evaluates, epoch, rest });
    }
    None
}

impl Blocks {
    /// The block so far, if it has a loss.
    fn take(&mut self) -> Option<Cells<'static>> {
        let mut cells = std::mem::take(&mut self.cells);
        self.back = std::mem::take(&mut self.lines);
        let step = self.step.clone()?;
        let is_of_loss = |(name, value): &(Cow<'_, str>, Cow<'_, str>)| {
            let name = name.to_lowercase();
            (name.ends_with("loss") || name.ends_with("entropy") || name.contains("perplexity"))
                && is_loss(value)
        };
        if !cells.iter().any(is_of_loss) {
            return None;
        }
        let planned =
            self.planned.clone().map(|planned| (Cow::Borrowed("planned_steps"), Cow::Owned(planned)));
        cells.splice(0..0, [(Cow::Borrowed("step"), Cow::Owned(step))].into_iter().chain(planned));
        Some(cells)
    }

    /// Adds what a line has: names and numbers, between signs of one kind, and parted by tabs or several spaces.
    fn add(&mut self, line: &str) {
        for part in line.split(['\t', '\r']).flat_map(|part| part.split("  ")) {
            let part = part.trim().trim_end_matches(',');
            let Some((name, number)) = part.rsplit_once(": ").or_else(|| part.rsplit_once('=')) else {
                continue;
            };
            let number = number.trim();
            let plain = if is_grouped(number, ',') { number.replace(',', "") } else { number.to_owned() };
            let is_number = is_loss(&plain) || units::number(&plain).is_some();
            let name = self.name(name.trim());
            let is_one = !name.is_empty() && !name.contains(['=', ':']);
            if is_number && is_one && !self.cells.iter().any(|(known, _)| *known == *name) {
                self.cells.push((Cow::Owned(name), Cow::Owned(plain)));
            }
        }
    }

    /// A name as tables have it.
    fn name(&self, name: &str) -> String {
        let (of, bare) = match (name.strip_prefix("Train "), name.strip_prefix("Eval ")) {
            (Some(bare), _) => ("train", bare),
            (None, Some(bare)) => ("val", bare),
            (None, None) if self.evaluates => ("val", name),
            (None, None) => return name.to_owned(),
        };
        // Of several evaluations each has its name.
        let mut parts = bare.rsplit('/');
        let (last, set) = (parts.next().unwrap_or(bare), parts.next().unwrap_or_default());
        let of = &if ["", "eval", "train"].contains(&set) { of.to_owned() } else { format!("{of} {set}") };
        match last {
            ENTROPY if of.contains(' ') => format!("{of} loss"),
            ENTROPY => format!("{of} cross entropy"),
            "LanguagePerplexity" | "Perplexity" => format!("{of} perplexity"),
            _ if bare == TOTAL && !self.cells.iter().any(|(name, _)| name.ends_with("entropy")) => {
                "train loss".to_owned()
            }
            _ => bare.to_owned(),
        }
    }
}

impl Console for Blocks {
    fn format(&self) -> Format {
        Format::Pairs
    }

    fn row<'a>(&mut self, line: &'a str) -> Option<Cells<'a>> {
        if let Some(begun) = begun(line) {
            let done = self.take();
            self.epochs |= begun.epoch.is_some_and(|epoch| !["0", "1"].contains(&epoch));
            self.step = begun.step.or_else(|| self.step.take());
            self.planned = begun.planned.or_else(|| self.planned.take());
            self.evaluates = begun.evaluates;
            self.add(begun.rest);
            self.lines = 1;
            return done;
        }
        // Evaluations stand below a line of their own.
        if self.step.is_some() && line.starts_with([' ', '\t']) && line.contains(['=', ':']) {
            self.lines += 1;
            self.add(line);
            return None;
        }
        if self.lines > 0 { self.take() } else { None }
    }

    fn last(&mut self) -> Option<Cells<'static>> {
        self.take()
    }

    fn lines_back(&self) -> u64 {
        self.back
    }

    fn facts<'a>(&mut self, _line: &'a str) -> Cells<'a> {
        Vec::new()
    }

    fn finish(self: Box<Self>, path: &str) -> Result<Vec<String>> {
        if self.epochs {
            let remedy = "write a table with the steps of the whole run, and give it";
            return Err(crate::error::Location::in_file(path)
                .refuse("batches are counted anew in each epoch", remedy));
        }
        Ok(Vec::new())
    }
}
