//! Lines of any tool that name their numbers: `step=100, loss=3.2`, `iteration: 10 / 140 | consumed_tokens: 10.2M | lm_loss: 5.4`.

use std::borrow::Cow;

use super::super::commas::is_grouped;
use super::super::fields::Field;
use super::super::measure::EVALUATIONS;
use super::super::text::counts_params;
use super::super::unread::{is_of_pruning, is_telling};
use super::console::{Cells, Console, after, cell, is_loss, whole};
use super::pruning_words::{self, may_mention_pruning};
use crate::Result;
use crate::run::Format;
use crate::units;

/// What parts the pairs of a line, besides spaces; a comma does where it parts no thousands.
const PARTS: [char; 10] = ['|', ';', '\t', '{', '}', '(', ')', '[', ']', ','];
/// A number of parameters, or of tokens of a step, has more digits: a batch of sequences has not.
const SHORT: usize = 5;
const MANY: f64 = 1e5;
/// Words before `loss` that say which, beside those of evaluations.
const WHICH: [&str; 4] = ["train", "training", "lm", "ce"];

/// Words before `loss`, `tokens`, `density` or `sparsity` that make another thing of it.
const OTHER: [&str; 33] = [
    "best",
    "lowest",
    "min",
    "minimum",
    "data",
    "dataset",
    "packing",
    "padding",
    "pad",
    "dropped",
    "masked",
    "aux",
    "auxiliary",
    "z",
    "balance",
    "balancing",
    "router",
    "routing",
    "moe",
    "mtp",
    "smooth",
    "smoothed",
    "kl",
    "reg",
    "distill",
    "distillation",
    "grad",
    "gradient",
    "activation",
    "act",
    "relu",
    "update",
    "feature",
];

/// What may stand before its number without a sign between: of others, such as `batch 12`, it may be a count of something.
const SPACED: [Field; 4] = [Field::Step, Field::Tokens, Field::Loss, Field::LearningRate];

/// What tells the unit of the loss beside it.
const PERPLEXITY: &str = "ppl";

/// Zeros in a gradient, by the name that Megatron gives them.
const OF_GRADIENT: &str = "num zeros";

#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// Lines that are no rows, blank ones aside.
    passed_over: usize,
    /// Whether it prints a batch in tokens.
    of_batch: bool,
    /// Lines that tell the loss of an evaluation, and not when it was made.
    unplaced: usize,
}

/// Whether the first line is JSON, or the header of a table, whose cells may hold such pairs.
pub(super) fn is_table(head: &str) -> bool {
    let first = head.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    // A date in brackets begins as JSON does.
    let within = first.trim_start().strip_prefix('[').map(str::trim_start);
    let is_json = first.trim_start().starts_with('{')
        || within.is_some_and(|rest| rest.is_empty() || rest.starts_with(['{', '[', '"']));
    let is_field = |cell: &str| Field::named(cell.trim().trim_matches('"')).is_some();
    is_json || first.split([',', '\t', ';', '|']).any(is_field)
}

impl Console for Pairs {
    fn format(&self) -> Format {
        Format::Pairs
    }

    fn row<'a>(&mut self, line: &'a str) -> Option<Cells<'a>> {
        let cells = row(line);
        if cells.is_none() && is_evaluation(line) {
            self.unplaced += 1;
            return None;
        }
        self.passed_over += usize::from(cells.is_none() && !line.trim().is_empty() && said(line).is_empty());
        cells
    }

    fn facts<'a>(&mut self, line: &'a str) -> Cells<'a> {
        let lower = line.to_ascii_lowercase();
        let of = |names: &[&str]| {
            let place = names.iter().find_map(|name| Some(lower.find(name)? + name.len()))?;
            let rest = &line[place..];
            let in_unit = || {
                let number = rest.split_whitespace().next()?.trim_end_matches([',', '.', ';']);
                units::number(number).filter(|number| *number >= MANY).map(|_| number.to_owned())
            };
            whole(rest).filter(|number| number.len() > SHORT).or_else(in_unit)
        };
        let params =
            of(&["number of parameters:", "num. model params:", "total parameters:"]).or_else(|| {
                Some(format!("{}B", after(line, "number parameters")?)).filter(|_| line.ends_with("billion"))
            });
        let batch = of(&["total batch size", "total desired batch size:"]);
        self.of_batch |= batch.is_some();
        let facts = [("params", params), ("tokens_per_step", batch)];
        facts.into_iter().filter_map(|(name, fact)| Some(cell(name, fact?))).collect()
    }

    fn finish(self: Box<Self>, _path: &str) -> Result<Vec<String>> {
        let lines = units::format_count(self.passed_over, "line");
        let note = || format!("{lines} without a step, or tokens, and a loss passed over");
        let batch =
            self.of_batch.then(|| "tokens a step are the total batch size that the log prints".to_owned());
        let unplaced = units::format_count(self.unplaced, "line");
        let of_evaluations = || {
            format!(
                "{unplaced} with the loss of an evaluation passed over: no step, or tokens, is named there"
            )
        };
        let notes = [(self.passed_over > 0).then(note), (self.unplaced > 0).then(of_evaluations), batch];
        Ok(notes.into_iter().flatten().collect())
    }
}

/// Whether a pair is a loss.
fn is_of_loss((name, value): &(Cow<'_, str>, Cow<'_, str>)) -> bool {
    let name = name.to_ascii_lowercase();
    (name.ends_with("loss") || name.ends_with("bpb")) && is_loss(value)
}

/// Whether a line tells the loss of an evaluation.
fn is_evaluation(line: &str) -> bool {
    evaluates(line) && pairs(line).iter().any(is_of_loss)
}

/// What a line says, if it names a step, or tokens, and a loss.
fn row(line: &str) -> Option<Cells<'static>> {
    let mut cells = pairs(line);
    // Lines of one tool may write it both ways.
    let step = cells.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(Field::Step.name()));
    step.into_iter().for_each(|(name, _)| *name = Cow::Borrowed(Field::Step.name()));
    // fairseq counts its updates, of an evaluation, too.
    let updates = cells.iter_mut().find(|(name, _)| name.ends_with("_num_updates"));
    updates.into_iter().for_each(|(name, _)| *name = Cow::Borrowed("num_updates"));
    let says = |cells: &Cells<'_>, fields: &[Field]| {
        cells.iter().any(|(name, _)| Field::named(name).is_some_and(|field| fields.contains(&field)))
    };
    if !says(&cells, &[Field::Step, Field::Tokens]) || !cells.iter().any(is_of_loss) {
        return None;
    }
    for (name, value) in cells.iter_mut().filter(|(name, _)| name.to_ascii_lowercase().ends_with("loss")) {
        if let Some(unit) = unit_behind(line, value) {
            *name = Cow::Owned(format!("{name} ({unit})"));
        }
    }
    // fairseq's means over an epoch; Lingua's rate, and seconds of a step.
    if cells.iter().any(|(name, _)| name == "num_updates") && line.contains("| train |") {
        return None;
    }
    for (name, value) in &mut cells {
        let is_time = name.eq_ignore_ascii_case("iter") && value.contains('.');
        if is_time || (name.eq_ignore_ascii_case("flops") && line.contains("wps:")) {
            *name = Cow::Owned(format!("{name} rate"));
        }
    }
    count_of_maxtext(&mut cells);
    if evaluates(line) && !cells.iter().any(|(name, _)| evaluates(name)) {
        for (name, of_held_out) in
            [("loss", "val loss"), (PERPLEXITY, "val ppl"), ("nll_loss", "val nll_loss"), ("bpb", "val bpb")]
        {
            let bare = cells.iter_mut().find(|(own, _)| own.eq_ignore_ascii_case(name));
            bare.into_iter().for_each(|(own, _)| *own = Cow::Borrowed(of_held_out));
        }
    }
    Some(cells)
}

/// MaxText counts its steps from 0, and beside them the tokens of a batch, which are no weights of a network.
fn count_of_maxtext(cells: &mut Cells<'_>) {
    let all = cells.len();
    cells.retain(|(name, _)| name != "total_weights");
    if cells.len() < all
        && let Some((_, step)) = cells.iter_mut().find(|(name, _)| name == Field::Step.name())
        && let Ok(number) = step.parse::<u64>()
    {
        *step = Cow::Owned((number + 1).to_string());
    }
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|own| own.eq_ignore_ascii_case(word))
}

/// Whether a text says that something is evaluated.
fn evaluates(text: &str) -> bool {
    EVALUATIONS.iter().any(|word| has_word(text, word))
}

/// The unit behind the number of a loss, if it is not nats: `loss 3.28 bits`.
fn unit_behind<'a>(line: &'a str, value: &str) -> Option<&'a str> {
    let (_, behind) = line.split_once(value)?;
    let unit = behind.strip_prefix(' ')?.split([' ', ',', '|', ';', ')']).next()?;
    let after = behind[1 + unit.len()..].split_whitespace().next();
    // `bits 5.77` is a number of its own, and so is `bits=5.77`.
    if unit.contains(['=', ':']) || after.is_some_and(is_loss) {
        return None;
    }
    let lower = unit.to_ascii_lowercase();
    ["bit", "bpb", "bpc"].iter().any(|own| lower.starts_with(own)).then_some(unit)
}

/// Names and numbers of a line that say how much of a network is pruned or left, and the step and the tokens that it names.
pub(super) fn said(line: &str) -> Cells<'static> {
    if !may_mention_pruning(line) {
        return Vec::new();
    }
    let mut cells = pairs(line);
    let tells = |name: &str| is_of_pruning(name) && name != OF_GRADIENT;
    if !cells.iter().any(|(name, _)| tells(name)) {
        return Vec::new();
    }
    cells.retain(|(name, _)| tells(name) || place(name).is_some());
    cells
}

/// What of a row's place in the training a name stands for.
pub(super) fn place(name: &str) -> Option<Field> {
    Field::named(name).filter(|field| [Field::Step, Field::Tokens].contains(field))
}

/// Names and numbers of a line; of one name the first.
fn pairs(line: &str) -> Cells<'static> {
    let worded = may_mention_pruning(line).then(|| pruning_words::plainly(line));
    let line = worded.as_deref().unwrap_or(line);
    let mut cells: Cells<'static> = Vec::new();
    // What the first loss is of, and whether there is one of something else.
    let (mut first_loss, mut has_several) = (None, false);
    let mut add = |text: &str, number: &str| {
        let Some(mut name) = name(text) else { return };
        if name.eq_ignore_ascii_case("loss") {
            let full = with_word_before(text);
            let known = cells.iter_mut().find(|(other, _)| *other == *name);
            match (known, full) {
                (None, Some(full)) if has_several => name = full,
                (None, full) => first_loss = full,
                (Some(first), Some(full)) if first.1 != number && first_loss.is_some() => {
                    first.0 = Cow::Owned(first_loss.take().unwrap_or_default());
                    (name, has_several) = (full, true);
                }
                (Some(_), _) => {}
            }
        }
        if cells.iter().any(|(other, _)| *other == *name) {
            return;
        }
        let (number, all) = number.split_once('/').map_or((number, None), |(first, all)| (first, Some(all)));
        if let Some(all) = all.filter(|_| Field::named(&name) == Some(Field::Step)) {
            cells.push((Cow::Borrowed(Field::PlannedSteps.name()), Cow::Owned(all.replace(',', ""))));
        }
        let plain = if is_grouped(number, ',') { number.replace(',', "") } else { number.to_owned() };
        cells.push((Cow::Owned(name), Cow::Owned(plain)));
    };
    for part in parts(line) {
        let mut rest = part;
        while let Some(place) = rest.find([':', '=']) {
            let (before, after) = (&rest[..place], rest[place + 1..].trim_start());
            spaced(before, &mut add);
            let end = after.find(char::is_whitespace).unwrap_or(after.len());
            match number_of(&after[..end]) {
                Some(number) => {
                    add(before, number);
                    rest = &after[end..];
                }
                None => rest = &rest[place + 1..],
            }
        }
        spaced(rest, &mut add);
    }
    cells
}

/// Parts of a line between what parts its pairs.
fn parts(line: &str) -> Vec<&str> {
    let bytes = line.as_bytes();
    let is_digit = |place: usize| bytes.get(place).is_some_and(u8::is_ascii_digit);
    let is_thousand = |place: usize| {
        place > 0 && is_digit(place - 1) && (1..=3).all(|more| is_digit(place + more)) && !is_digit(place + 4)
    };
    let (mut parts, mut from) = (Vec::new(), 0);
    for (place, c) in line.char_indices() {
        if PARTS.contains(&c) && !(c == ',' && is_thousand(place)) {
            parts.push(&line[from..place]);
            from = place + 1;
        }
    }
    parts.push(&line[from..]);
    parts
}

/// `step 100` and `loss 3.2` in a text without a colon or an equals sign.
fn spaced(text: &str, add: &mut impl FnMut(&str, &str)) {
    let words: Vec<&str> = text.split_whitespace().collect();
    for (place, pair) in words.windows(2).enumerate() {
        let is_named = pair[0].to_ascii_lowercase().ends_with("loss")
            || pair[0].eq_ignore_ascii_case(PERPLEXITY)
            || Field::named(pair[0]).is_some_and(|field| SPACED.contains(&field))
            || is_telling(pair[0])
            || is_left(pair[0], pair[1])
            || counts_params(pair[0])
            || (place > 0 && is_of_pruning(&words[place - 1..=place].join(" ")));
        if let Some(number) = number_of(pair[1]).filter(|_| is_named) {
            add(&words[..=place].join(" "), number);
        }
    }
}

/// Whether a name and a share may say how much of a network is left. Times and steps may remain, too, and are no shares.
fn is_left(name: &str, number: &str) -> bool {
    const NAMES: [&str; 8] = ["remaining", "keep", "kept", "retained", "alive", "active", "live", "left"];
    let percent = number.strip_suffix('%');
    let most = if percent.is_some() { 100.0 } else { 1.0 };
    NAMES.iter().any(|own| name.eq_ignore_ascii_case(own))
        && (percent.is_some() || number.contains('.'))
        && units::number(percent.unwrap_or(number)).is_some_and(|share| (0.0..=most).contains(&share))
}

/// A number, in quotes or not, or two as `10/140`.
fn number_of(text: &str) -> Option<&str> {
    let text = text.trim_matches(['"', '\'']);
    let is_number = |text: &str| {
        let plain = text.strip_suffix('%').unwrap_or(text);
        is_loss(plain) || is_grouped(plain, ',') || units::number(plain).is_some()
    };
    match text.split_once('/') {
        // A rate has a unit there.
        Some((first, all)) => (is_number(first) && is_number(all)).then_some(text),
        None => is_number(text).then_some(text),
    }
}

/// Words at the end of a text, between what parts names.
fn words(text: &str) -> Vec<&str> {
    let text = text.trim_end_matches(['"', '\'', ' ']);
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '.' | ' ');
    text.rsplit(|c: char| !is_part(c)).next().unwrap_or_default().split_whitespace().collect()
}

/// The last word of a text and the one before it, which begins as a name.
fn with_word_before(text: &str) -> Option<String> {
    let words = words(text);
    let [.., before, last] = &*words else { return None };
    before.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| format!("{before} {last}"))
}

/// The name at the end of a text: the longest run of words that is one of a field or of pruning, or the last word, with what says which loss it is.
fn name(text: &str) -> Option<String> {
    let words = words(text);
    let is_known = |from: &usize| {
        let name = words[*from..].join(" ");
        Field::named(&name).is_some() || is_of_pruning(&name)
    };
    let last = words.len().checked_sub(1)?;
    let is_which = |word: &str| WHICH.iter().chain(&EVALUATIONS).any(|own| word.eq_ignore_ascii_case(own));
    let says_which = last > 0 && words[last].eq_ignore_ascii_case("loss") && is_which(words[last - 1]);
    let is_before = |own: &&str| words[last - 1].eq_ignore_ascii_case(own);
    let is_of_others = || is_of_pruning(words[last]) && pruning_words::is_of_others(words[last - 1]);
    let is_other = last > 0 && (OTHER.iter().any(is_before) || is_of_others());
    let from = if says_which || is_other { last - 1 } else { (0..=last).find(is_known).unwrap_or(last) };
    let name = words[from..].join(" ");
    name.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(name)
}
