//! Lines that Megatron-LM and NeMo log: ` iteration 100/ 5000 | consumed samples: 25600 | lm loss: 2.5E+00 |`,
//! ` validation loss at iteration 1000 | lm loss value: 2.4E+00 |` and
//! `Training epoch 0, iteration 9/99 | consumed_samples: 320 | global_step: 9 | reduced_train_loss: 8.5`.
//!
//! Losses of a test set are another measure, in a column of their own. Tokens are those consumed, which Megatron-DeepSpeed prints;
//! else they are consumed samples × sequence length, which a log tells only where it begins with Megatron's arguments.
//! These tell how the learning rate falls too.

use std::io::BufRead;

use super::super::cut::Digits;
use super::super::layout::{Layout, Naming};
use super::super::table::Table;
use super::super::text::{lossy, run_name};
use super::console::{whole, whole_alone};
use super::pruning_lines;
use crate::error::Location;
use crate::run::Format;
use crate::units::format_count;
use crate::{Error, Result};

/// What a line says.
#[derive(Debug, Default, PartialEq)]
struct Line<'a> {
    format: Format,
    /// Steps done.
    iteration: Option<f64>,
    /// Consumed samples and tokens.
    consumed: [Option<&'a str>; 2],
    loss: Option<&'a str>,
    validation: Option<&'a str>,
    test: Option<&'a str>,
    /// Steps of the whole training.
    planned: Option<f64>,
}

/// Whether a line of the text is one that Megatron or NeMo logs.
pub(in crate::read) fn is_log(head: &[u8]) -> bool {
    let text = lossy(head);
    let may_be = ["lm loss", "reduced_train_loss"].iter().any(|name| text.contains(name));
    may_be && text.split(['\n', '\r']).any(|line| parse(line).is_some())
}

pub(in crate::read) fn read(path: &str, mut reader: impl BufRead) -> Result<(Table, Layout)> {
    let mut table = Table::default();
    let columns = ["iteration", "consumed samples"].map(|name| table.column(name));
    let mut of_tokens = None;
    let mut layout = Layout { log: true, naming: Naming::File(run_name(path)), ..Layout::default() };
    let (mut last, mut arguments, mut bytes, mut number) = (None, Arguments::default(), Vec::new(), 0);
    let (mut iteration, mut tested, mut digits) = (None, 0, Digits::default());
    loop {
        bytes.clear();
        let read = reader.read_until(b'\n', &mut bytes);
        if read.map_err(|source| Error::read(path, source))? == 0 {
            break;
        }
        number += 1;
        // What a log holds beside its own lines may be anything.
        let text = lossy(&bytes);
        // Progress bars are written over themselves.
        for text in text.split_inclusive('\r') {
            let is_whole = text.ends_with(['\n', '\r', ' ']);
            let Some(mut line) = parse(text) else {
                arguments.note(text);
                pruning_lines::add_row(&mut table, text, number);
                continue;
            };
            layout.format = line.format;
            // What is said at the end of training belongs to the last step.
            line.iteration = line.iteration.or(iteration.filter(|_| line.loss.is_none()));
            iteration = line.iteration.or(iteration);
            tested += usize::from(line.test.is_some());
            let own = line
                .consumed
                .map(|count| count.map(|own| whole_alone(own).unwrap_or_else(|| own.to_owned())));
            let known = match last.clone().filter(|(at, _)| Some(*at) == line.iteration) {
                Some((_, before)) if own == [None, None] => before,
                _ => own,
            };
            let [samples, tokens] = known.clone();
            for (column, cell) in columns.into_iter().zip([line.iteration.map(|i| i.to_string()), samples]) {
                table.set(column, &cell.unwrap_or_default());
            }
            if let Some(tokens) = tokens {
                let column = *of_tokens.get_or_insert_with(|| table.column("consumed tokens"));
                table.set(column, &tokens);
            }
            let planned = line.planned.map(|planned| planned.to_string());
            for (name, cell) in [
                (train_loss(line.format), line.loss),
                ("validation lm loss", line.validation),
                ("test lm loss", line.test),
                ("train_iters", planned.as_deref()),
            ] {
                if let Some(cell) = cell {
                    if is_whole {
                        digits.note([(name, cell)]);
                    } else if text.ends_with(cell) {
                        digits.check(name, cell, 1, Location::in_file(path).line(number))?;
                    }
                    let column = table.column(name);
                    table.set(column, cell);
                }
            }
            for (name, cell) in arguments.columns() {
                let column = table.column(name);
                table.set(column, &cell);
            }
            pruning_lines::add(&mut table, text, &[]);
            table.end_row(number);
            last = line.iteration.map(|at| (at, known));
        }
    }
    layout.notes = match layout.format {
        Format::Nemo => {
            vec!["val_loss is repeated on every line after a validation, and not read".to_owned()]
        }
        _ if tested > 0 => {
            vec![format!("the test set's 'test lm loss' is another measure: {}", format_count(tested, "row"))]
        }
        _ => Vec::new(),
    };
    Ok((table, layout))
}

fn train_loss(format: Format) -> &'static str {
    if format == Format::Nemo { "reduced_train_loss" } else { "lm loss" }
}

/// What a line of a log says; none for any other line.
fn parse(line: &str) -> Option<Line<'_>> {
    if let Some((_, rest)) = line.split_once("validation loss at ") {
        let loss = Some(value(rest, "lm loss value")?);
        let place = rest.split('|').next()?;
        let number = |rest: &str| whole_alone(rest.split_whitespace().next()?)?.parse().ok();
        let iteration = place.split_once("iteration").and_then(|(_, rest)| number(rest));
        let tests = place.contains(" test ");
        let (validation, test) = if tests { (None, loss) } else { (loss, None) };
        return Some(Line { format: Format::Megatron, iteration, validation, test, ..Line::default() });
    }
    if let Some(loss) = value(line, "lm loss") {
        let rest = line.split_once("iteration")?.1.trim_start();
        let iteration = Some(whole_alone(rest.split(['/', ' ', '|']).next()?)?.parse().ok()?);
        let consumed = ["consumed samples", "consumed tokens"].map(|name| value(line, name));
        let planned = planned(rest);
        let format = Format::Megatron;
        return Some(Line { format, iteration, consumed, loss: Some(loss), planned, ..Line::default() });
    }
    let loss = value(line, "reduced_train_loss")?;
    // NeMo counts from 0.
    let iteration = value(line, "global_step").and_then(|step| Some(step.parse::<f64>().ok()? + 1.0));
    // Its progress bar rounds the samples to three digits, its log does not.
    let samples = value(line, "consumed_samples").filter(|samples| whole_alone(samples).is_some());
    let rest = line.split_once("iteration ").map(|(_, rest)| rest);
    let planned = rest.and_then(planned).map(|last| last + 1.0);
    let consumed = [samples, None];
    Some(Line { format: Format::Nemo, iteration, consumed, loss: Some(loss), planned, ..Line::default() })
}

/// What stands after the slash of `100/ 5000`.
fn planned(rest: &str) -> Option<f64> {
    let (done, all) = rest.split_once('/')?;
    whole_alone(done)?;
    whole(all)?.parse().ok()
}

/// What stands after a name and a colon or an equals sign.
fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rest = line.split_once(name)?.1.strip_prefix([':', '='])?.trim_start();
    // A comma between digits parts thousands.
    let ends = |(index, c): (usize, char)| {
        c.is_whitespace()
            || matches!(c, '|' | ']')
            || (c == ',' && !rest[index + 1..].starts_with(|next: char| next.is_ascii_digit()))
    };
    let end = rest.char_indices().find(|at| ends(*at)).map_or(rest.len(), |(index, _)| index);
    (end > 0).then(|| &rest[..end])
}

/// What is read of the arguments that Megatron prints first.
#[derive(Debug, Default)]
struct Arguments {
    length: Option<String>,
    decay: Option<String>,
    warmup: Option<String>,
    /// Peak and least learning rate.
    rates: [Option<f64>; 2],
}

impl Arguments {
    /// Notes a line such as `  seq_length ........... 2048`; of several the first counts.
    fn note(&mut self, line: &str) {
        let Some((before, rest)) = line.split_once(" ...") else { return };
        let value = rest.trim_start_matches('.').trim();
        let number = || value.parse::<f64>().ok().filter(|value| value.is_finite());
        let share = || number().filter(|share| (0.0..=1.0).contains(share)).map(|_| value.to_owned());
        match before.split_whitespace().last() {
            Some("seq_length") if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.length.get_or_insert(value.to_owned());
            }
            Some("lr_decay_style") => {
                self.decay.get_or_insert(value.to_owned());
            }
            Some("lr_warmup_fraction") => self.warmup = self.warmup.take().or_else(share),
            Some("lr") => self.rates[0] = self.rates[0].or_else(number),
            Some("min_lr") => self.rates[1] = self.rates[1].or_else(number),
            _ => {}
        }
    }

    /// Columns of every row.
    fn columns(&self) -> impl Iterator<Item = (&'static str, String)> {
        let floor = match self.rates {
            [Some(peak), Some(least)] if least >= 0.0 && least <= peak && peak > 0.0 => Some(least / peak),
            _ => None,
        };
        // Of a decay of changing shape only what is a share of the run is read.
        let style =
            self.decay.as_ref().filter(|style| ["constant", "cosine", "linear"].contains(&style.as_str()));
        let of_decay =
            style.map_or([None, None], |_| [self.warmup.clone(), floor.map(|floor| floor.to_string())]);
        let [warmup, floor] = of_decay;
        let all = [
            ("seq_length", self.length.clone()),
            ("lr_decay_style", style.cloned()),
            ("lr_warmup_fraction", warmup),
            ("min_lr_ratio", floor),
        ];
        all.into_iter().filter_map(|(name, cell)| Some((name, cell?)))
    }
}
