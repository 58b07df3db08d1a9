//! Tokens of a row, from whatever tells them; and what to do about a loss that is no number.

use super::super::cells::{Range, Refusal};
use super::super::fields::Field;
use super::super::layout::Naming;
use super::super::row::Rows;
use super::super::text::in_filter;
use super::Assembler;
use crate::run::Run;
use crate::schedule::counts_agree;
use crate::{Error, Result, Schedule, units};

/// A network of so many parameters sees more than so many tokens.
const OF_A_PASS: [f64; 2] = [1e5, 1e3];
/// Tokens agree with others to this share.
const AGREE: f64 = 0.2;

impl Assembler {
    /// Tokens of a row: given, samples x sequence length, steps x tokens a step, or for dense runs flops / 6 N, or N x tokens a parameter.
    pub(super) fn tokens(
        &self,
        row: &impl Rows,
        index: usize,
        step: Option<f64>,
        average: Option<f64>,
    ) -> Result<f64> {
        let (run, draft) = (&self.runs[index], self.drafts[index].as_deref());
        let range = self.of_progress();
        let flops = self.number(row, Field::Flops, range)?;
        if let Some(tokens) = self.number(row, Field::Tokens, range)? {
            return Ok(tokens);
        }
        let samples = self.number(row, Field::Samples, range)?;
        if let (Some(samples), Some(length)) = (samples, draft.and_then(|draft| draft.sequence_length)) {
            self.used(2, Field::SequenceLength, (row, run.id()));
            return Ok(samples * length);
        }
        if let (Some(step), Some(tokens)) = (step, draft.and_then(|draft| draft.tokens_per_step)) {
            self.used(1, Field::TokensPerStep, (row, run.id()));
            self.used(2, Field::SequenceLength, (row, run.id()));
            return Ok(step * tokens);
        }
        let ratio = self.number(row, Field::TokensPerParam, range)?.filter(|_| step.is_none());
        let (tokens, what) = match (flops, ratio) {
            (Some(flops), _) => (flops / (6.0 * run.initial_params()), "FLOPs"),
            (None, Some(ratio)) => (ratio * run.initial_params(), "tokens of a parameter"),
            (None, None) => return Err(self.no_tokens(row, run, samples, step)),
        };
        let dense =
            *run.schedule() == Schedule::Dense && draft.is_none_or(|draft| draft.bare_sparsity.is_none());
        if !dense || average.is_some_and(|average| !counts_agree(average, run.initial_params())) {
            let problem = format!("a pruned run needs `tokens`: {what} alone do not tell them");
            return Err(self.place(row).run(run.id()).refuse(problem, "add the column"));
        }
        let [params, least] = OF_A_PASS;
        if what == "FLOPs" && run.initial_params() >= params && tokens > 0.0 && tokens < least {
            let (header, tokens) = (self.columns.header(Field::Flops), units::format_quantity(tokens, 3));
            let problem = format!("the cell makes {tokens} tokens (FLOPs / 6 N) of a whole training");
            let remedy = "if these are the FLOPs of one pass, say `columns: flops=`; else name their unit (`columns: exaflops=NAME`)";
            return Err(self.place(row).column(header).refuse(problem, remedy));
        }
        Ok(tokens)
    }

    /// The tokens of a row over what its samples, its steps, or its unique tokens in so many epochs make of them, where these are others.
    pub(super) fn tokens_disagree(&self, row: &impl Rows, index: usize, tokens: f64) -> Option<f64> {
        let draft = self.drafts[index].as_deref();
        let told = |field| self.hint(row, field).or_else(|| self.columns.beside(field, row));
        let length = told(Field::SequenceLength).or_else(|| draft?.sequence_length);
        let batch = || Some(told(Field::BatchSize)? * length?);
        let of_step = told(Field::TokensPerStep).or_else(batch).or_else(|| draft?.tokens_per_step);
        let by = |field, each: Option<f64>| Some(each? * told(field)?);
        let ratio = |other: Option<f64>| other.filter(|other| *other > 0.0).map(|other| tokens / other);
        let ratios = [by(Field::Samples, length), by(Field::Step, of_step)].map(ratio);
        // A batch may be in tokens.
        let in_tokens = || ratio(by(Field::Step, told(Field::BatchSize)));
        let agrees = |ratio: f64| (ratio - 1.0).abs() <= AGREE;
        let Some(off) = ratios.into_iter().flatten().next() else {
            return self.not_of_epochs(row, index, tokens);
        };
        let is_told = ratios.into_iter().flatten().any(agrees) || in_tokens().is_some_and(agrees);
        (!is_told).then_some(off)
    }

    /// The step at these tokens of a run whose pruning may be in steps, where the tokens of a step are told.
    pub(super) fn step_at(&self, tokens: f64, row: &impl Rows, index: usize) -> Option<f64> {
        let run = &self.runs[index];
        if *run.schedule() == Schedule::Dense && !self.given.is_counted(run.id()) {
            return None;
        }
        let told = |field| self.hint(row, field).or_else(|| self.columns.beside(field, row));
        // A batch may be a part of a step.
        let given = || self.given_number(run.id(), Field::TokensPerStep, Range::Length).ok().flatten();
        let of_step = told(Field::TokensPerStep).or_else(given)?;
        self.used(1, Field::TokensPerStep, (row, run.id()));
        Some((tokens / of_step).round().max(1.0))
    }

    /// The tokens of a run of one row over its unique tokens in so many epochs, where these differ by an epoch or more.
    fn not_of_epochs(&self, row: &impl Rows, index: usize, tokens: f64) -> Option<f64> {
        let unique =
            self.hint(row, Field::UniqueTokens).filter(|_| self.runs[index].checkpoints().is_empty())?;
        let epochs = self.columns.epochs_of(row)?;
        let is_off = (tokens / unique - epochs).abs() >= 1.0 - 1e-9;
        (epochs > 0.0 && is_off).then(|| tokens / (unique * epochs))
    }

    /// Where tokens and steps of a row lie: curves may begin before the first step, finished runs do not.
    pub(super) fn of_progress(&self) -> Range {
        if self.log || self.columns.index(Field::Run).is_some() {
            Range::NonNegative
        } else {
            Range::Positive
        }
    }

    /// Nothing tells a row's tokens: asks for what would.
    fn no_tokens(&self, row: &impl Rows, run: &Run, samples: Option<f64>, step: Option<f64>) -> Error {
        let (input, remedy) = match (samples, step) {
            (Some(_), _) => {
                ("its sequence length", "give `sequence_length=2048`, or a table: `runs=RUNS.csv`")
            }
            (None, Some(_)) if self.columns.index(Field::Tokens).is_none() => {
                let remedy = "give `tokens_per_step=0.5M`, or a row for the run in a table: `runs=RUNS.csv`";
                ("its tokens a step", remedy)
            }
            _ => {
                let told = [Field::Tokens, Field::Flops, Field::Samples, Field::Step, Field::TokensPerParam];
                let field = told.into_iter().find(|field| self.columns.index(*field).is_some());
                let header = self.columns.header(field.unwrap_or(Field::Tokens));
                return Refusal::empty(header).at(self.place(row).column(header));
            }
        };
        self.given.missing(self.place(row), run.id(), input, remedy)
    }

    /// What to do about a loss that is no number, where its run has other rows: they end before its end.
    pub(super) fn leave_out_diverged(&self, row: &impl Rows, cell: &str) -> Option<String> {
        let run = match (self.columns.index(Field::Run), &self.naming) {
            (Some(index), _) => {
                let column = self.columns.header(Field::Run);
                format!("leave it out (`filter: {}!={}`)", in_filter(column), in_filter(row.cell(index)))
            }
            (None, Naming::File(_)) => "leave its file out".to_owned(),
            (None, _) => return None,
        };
        let loss = self.columns.header(Field::Loss);
        Some(format!(
            "if the run diverged, {run}; if only this row has no loss, leave such rows out (`filter: {}!={cell}`)",
            in_filter(loss)
        ))
    }
}
