//! Columns of steps, batches and lengths in a table whose tokens are computed from FLOPs: they may tell other tokens.

use super::super::batches::is_multiplier;
use super::super::fields::{Field, normalise};
use super::super::measure::words;
use super::super::row::Rows;
use super::super::text::last;
use super::column::Source;
use super::experts::says_nothing;
use super::{Columns, chosen};
use crate::Result;
use crate::error::Location;
use crate::schedule::counts_agree;
use crate::units::{self, format_quantity};

/// Last parts of names of what tells the tokens of a run, beside those of their fields.
const STEPS: [&str; 4] = ["steps", "nsteps", "numsteps", "trainsteps"];
const BATCH: [&str; 2] = ["batch", "bs"];
const LENGTH: [&str; 3] = ["block", "seq", "context"];
/// Words of what makes a batch a part of a step's, in longer names than those of multipliers.
const PARTS: [&str; 10] =
    ["accum", "accumulation", "acc", "gpu", "gpus", "device", "devices", "nodes", "micro", "ranks"];
/// Fields of networks that are pruned: FLOPs / 6 N are not their tokens.
pub(super) const PRUNED: [Field; 4] =
    [Field::Schedule, Field::FinalSparsity, Field::AverageParams, Field::FinalParams];
/// Tokens agree to this share: FLOPs may be without embeddings, or with attention.
const AGREE: f64 = 0.25;

/// Such columns, and those of FLOPs and parameters.
#[derive(Debug, Default)]
pub(super) struct Budget {
    read: Option<[Source; 2]>,
    /// Steps, sequences a step, and one or more lengths of a sequence.
    steps: Option<[(usize, String); 2]>,
    lengths: Vec<(usize, String)>,
    /// What may split a batch, and what may say that a run is pruned.
    parts: Vec<usize>,
    pruned: Vec<usize>,
}

impl Columns {
    /// None where a person chose the FLOPs, or something else tells the tokens.
    pub(super) fn budget(&self, is_given: impl Fn(Field) -> bool) -> Budget {
        let is_open = !self.log && !self.is_chosen(Field::Flops) && !is_given(Field::Tokens);
        let is_part = |header: &String| {
            is_multiplier(header) || words(header).iter().any(|word| PARTS.contains(&word.as_str()))
        };
        let is_pruned = PRUNED.iter().any(|field| is_given(*field));
        if is_pruned || !is_open || self.count_without_flops(&is_given) || self.is_off(Field::Step) {
            return Budget::default();
        }
        let parts = (0..self.headers.len()).filter(|index| is_part(&self.headers[*index])).collect();
        let pruned = PRUNED.iter().filter_map(|field| self.index(*field)).collect();
        let [Some(flops), Some(params)] = [Field::Flops, Field::Params].map(|field| self.source(field))
        else {
            return Budget::default();
        };
        let called = |field: Field, names: &[&str]| -> Vec<(usize, String)> {
            let is = |header: &str| {
                let name = normalise(last(header));
                names.contains(&&*name) || name == normalise(field.name()) || field.info().is_alias(&name)
            };
            let found = self.headers.iter().enumerate().filter(|(_, header)| is(header));
            found.map(|(index, header)| (index, header.clone())).collect()
        };
        let [steps, batches] = [called(Field::Step, &STEPS), called(Field::BatchSize, &BATCH)];
        let lengths = called(Field::SequenceLength, &LENGTH);
        match (&steps[..], &batches[..]) {
            ([step], [batch]) if !lengths.is_empty() => {
                let steps = Some([step.clone(), batch.clone()]);
                Budget { read: Some([flops, params]), steps, lengths, parts, pruned }
            }
            _ => Budget::default(),
        }
    }
}

impl Budget {
    /// Refuses a row whose FLOPs / 6 N are none of the tokens that its steps make.
    pub(super) fn check(&self, path: &str, row: &impl Rows) -> Result<()> {
        let (Some([flops, params]), Some([step, batch])) = (&self.read, &self.steps) else { return Ok(()) };
        let [Some((all, _)), Some((size, _))] = [flops, params].map(|source| source.number(row)) else {
            return Ok(());
        };
        let number = |index: usize| units::number(row.cell(index)).filter(|number| *number > 0.0);
        let is_whole = |index: &usize| row.cell(*index).is_empty() || number(*index) == Some(1.0);
        let is_dense = |index: &usize| {
            let cell = row.cell(*index);
            let is_all = || number(*index).is_some_and(|count| counts_agree(count, size));
            says_nothing(cell) || is_all()
        };
        if !self.parts.iter().all(is_whole) || !self.pruned.iter().all(is_dense) {
            return Ok(());
        }
        let by_flops = all / (6.0 * size);
        let told = |(index, _): &(usize, String)| {
            let tokens = number(step.0)? * number(batch.0)? * number(*index)?;
            Some(tokens)
        };
        let agrees = |tokens: f64| (by_flops / tokens - 1.0).abs() <= AGREE;
        // Of several lengths one is that of the text.
        let by_steps = self.lengths.iter().filter_map(|length| Some((told(length)?, length)));
        let Some((tokens, length)) = by_steps.clone().max_by(|left, right| left.0.total_cmp(&right.0)) else {
            return Ok(());
        };
        // A batch may be in tokens.
        let in_tokens = number(step.0).zip(number(batch.0)).map(|(step, batch)| step * batch);
        if by_steps.map(|(tokens, _)| tokens).chain(in_tokens).any(agrees) {
            return Ok(());
        }
        let [by_flops, tokens] = [by_flops, tokens].map(|tokens| format_quantity(tokens, 4));
        let product = [&step.1, &batch.1, &length.1].map(|name| format!("'{name}'")).join(" x ");
        let problem = format!("FLOPs / 6 N is {by_flops} tokens, and {product} is {tokens}");
        let columns = [(Field::BatchSize, batch), (Field::SequenceLength, length), (Field::Step, step)]
            .map(|(field, (_, name))| chosen(field.name(), name))
            .join(",");
        let remedy = format!(
            "say which is right: steps (`columns: {columns}`), or FLOPs (`columns: {}`)",
            chosen(Field::Flops.name(), &flops.header)
        );
        Err(Location::in_file(&row.place(path))
            .line(row.line())
            .column(&flops.header)
            .refuse(problem, remedy))
    }
}
