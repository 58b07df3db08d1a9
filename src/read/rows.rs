//! Rows of a table, gathered into runs.

use std::collections::HashMap;

use super::cells::{self, Range, Refusal, shown};
use super::columns::Columns;
use super::draft::Draft;
use super::fields::Field;
use super::given::Given;
use super::layout::{Layout, Naming};
use super::table::Rows;
use crate::error::Location;
use crate::run::{Checkpoint, Named, Origin, Run};
use crate::schedule::ScheduleFields;
use crate::units::parse_quantity;
use crate::{Error, Result, Schedule};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    /// It is a point of a loss curve.
    Kept,
    /// A tool logged something else there.
    WithoutLoss,
    /// No token had been seen yet.
    BeforeTraining,
}

/// Gathers rows into runs.
#[derive(Debug)]
pub(super) struct Assembler {
    path: String,
    columns: Columns,
    given: Given,
    naming: Naming,
    log: bool,
    facts: Vec<(Field, usize)>,
    drafts: Vec<Draft>,
    by_id: HashMap<String, usize>,
    latest: usize,
}

impl Assembler {
    pub(super) fn new(path: &str, columns: Columns, layout: &Layout, given: Given) -> Self {
        let facts = Field::facts().filter_map(|f| Some((f, columns.index(f)?))).collect();
        Self {
            path: path.to_owned(),
            columns,
            given,
            naming: layout.naming.clone(),
            log: layout.log,
            facts,
            drafts: Vec::new(),
            by_id: HashMap::new(),
            latest: 0,
        }
    }

    /// Adds the row that `row` stands on.
    pub(super) fn add(&mut self, row: &impl Rows) -> Result<Added> {
        if self.log && self.columns.cell(Field::Loss, row).is_empty() {
            return Ok(Added::WithoutLoss);
        }
        let position = self.draft_of(row)?;
        let Some(checkpoint) = self.checkpoint(row, &self.drafts[position])? else {
            return Ok(Added::BeforeTraining);
        };
        let (flops, learning_rate) = (self.hint(row, Field::Flops), self.hint(row, Field::LearningRate));
        let draft = &mut self.drafts[position];
        draft.run.checkpoints.push(checkpoint);
        draft.run.note_row(checkpoint.tokens, flops, learning_rate);
        draft.lines.push(u32::try_from(row.line()).unwrap_or(u32::MAX));
        Ok(Added::Kept)
    }

    /// The runs in the order of their first rows, with where they came from, and how many rows of a log were
    /// said again by later ones: a training that was set back to a checkpoint logs its steps twice.
    pub(super) fn finish(self) -> Result<(Vec<Run>, Vec<Origin>, usize)> {
        let named = match (&self.naming, self.columns.index(Field::Run)) {
            (_, Some(_)) | (Naming::Columns(_), None) => Named::Table,
            (Naming::File(_), None) => Named::File,
            (Naming::Column, None) => Named::Line,
        };
        let mut origins = Vec::with_capacity(self.drafts.len());
        let mut runs = Vec::with_capacity(self.drafts.len());
        let mut repeated = 0;
        // A run of a log whose rows all lie before training is none.
        for mut draft in self.drafts.into_iter().filter(|draft| !draft.lines.is_empty()) {
            let (line, id) = (draft.line, draft.run.id.clone());
            repeated += if self.log { draft.keep_latest() } else { 0 };
            runs.push(draft.finish(&self.path).map_err(|error| match error {
                // It names its own row.
                Error::Data { .. } => error,
                other => Location::in_file(&self.path).line(line).run(&id).blame(other),
            })?);
            origins.push(Origin { file: Some(0), line, named });
        }
        Ok((runs, origins, repeated))
    }

    /// An error that blames the cell of column `index`.
    pub(super) fn refuse_cell(&self, row: &impl Rows, index: usize, refusal: Refusal) -> Error {
        refusal.at(self.place(row).column(&self.columns.headers()[index]))
    }

    /// The row that `row` stands on.
    fn place(&self, row: &impl Rows) -> Location {
        Location::in_file(&row.place(&self.path)).line(row.line())
    }

    /// The position of the row's run, which is begun where this is its first row.
    fn draft_of(&mut self, row: &impl Rows) -> Result<usize> {
        let joined;
        let id = match (self.columns.index(Field::Run), &self.naming) {
            (Some(column), _) => row.cell(column),
            (None, Naming::Columns(columns)) => {
                joined = join(row, columns);
                &joined
            }
            (None, Naming::File(name)) => match self.drafts.first() {
                None => return self.begin(row, name.clone()),
                Some(_) => return self.check_facts(row, &self.drafts[0]).map(|()| 0),
            },
            (None, Naming::Column) => return self.begin(row, format!("line {}", row.line())),
        };
        if id.is_empty() {
            let remedy = "name the run, or remove the column to make each row a run of its own";
            let place = self.place(row).column(self.columns.header(Field::Run));
            return Err(place.refuse("the run has no name", remedy));
        }
        // Rows of a run mostly follow each other.
        if self.drafts.get(self.latest).is_none_or(|draft| draft.run.id != id) {
            let Some(&known) = self.by_id.get(id) else {
                let id = id.to_owned();
                let position = self.begin(row, id.clone())?;
                self.by_id.insert(id, position);
                self.latest = position;
                return Ok(position);
            };
            self.latest = known;
        }
        self.check_facts(row, &self.drafts[self.latest])?;
        Ok(self.latest)
    }

    fn begin(&mut self, row: &impl Rows, id: String) -> Result<usize> {
        let fact = |field| self.fact(row, &id, field);
        let number = |field, range| self.fact_number(row, &id, field, range);
        let params = match number(Field::Params, Range::Positive)? {
            Some(params) => params,
            None if self.columns.index(Field::Params).is_some() => self.required(row, Field::Params)?,
            None => {
                let remedy = "give `run_params=1.2B`, or a row for the run in a table: `runs=RUNS.csv`";
                return Err(self.given.missing(self.place(row).run(&id), "its parameters", remedy));
            }
        };
        let mut run = Run::new(id.clone(), params, Vec::new());
        run.fixed_params = number(Field::FixedParams, Range::NonNegative)?.unwrap_or(0.0);
        run.group = fact(Field::Group);
        let hint = |field| self.hint(row, field);
        run.note(hint(Field::Vocabulary), hint(Field::PlannedTokens), hint(Field::PlannedSteps));
        let fields = schedule_fields(fact, number)?;
        let bare = ScheduleFields { final_sparsity: fields.final_sparsity, ..ScheduleFields::default() };
        let only_sparsity = fields.final_sparsity.filter(|_| fields == bare);
        // A sparsity of 0 and no schedule: a dense run.
        let bare_sparsity = only_sparsity.filter(|sparsity| *sparsity > 0.0);
        if only_sparsity.is_none() && fields != ScheduleFields::default() {
            run.schedule =
                Schedule::from_fields(&fields).map_err(|error| self.place(row).run(&run.id).blame(error))?;
        }
        let sequence_length = number(Field::SequenceLength, Range::Positive)?;
        let batch_size = number(Field::BatchSize, Range::Positive)?;
        let tokens_per_step = number(Field::TokensPerStep, Range::Positive)?;
        let alone = self.columns.index(Field::Run).is_none() && self.naming == Naming::Column;
        let facts = self.facts.iter().filter(|_| !alone);
        let facts = facts.map(|&(field, _)| fact(field).unwrap_or_default().into_boxed_str()).collect();
        self.drafts.push(Draft {
            run,
            line: row.line(),
            facts,
            bare_sparsity,
            tokens_per_step: tokens_per_step.or_else(|| Some(batch_size? * sequence_length?)),
            sequence_length,
            unique_tokens: self.given_number(&id, Field::UniqueTokens, Range::Positive)?,
            lines: Vec::new(),
        });
        Ok(self.drafts.len() - 1)
    }

    /// What a run has once, as its row or something else says it.
    fn fact(&self, row: &impl Rows, id: &str, field: Field) -> Option<String> {
        let cell = match self.columns.cell(field, row) {
            "" => self.given.cell(id, field),
            cell => cell,
        };
        (!cell.is_empty()).then(|| cell.to_owned())
    }

    fn fact_number(&self, row: &impl Rows, id: &str, field: Field, range: Range) -> Result<Option<f64>> {
        let own = self.number(row, field, range)?;
        own.map_or_else(|| self.given_number(id, field, range), |own| Ok(Some(own)))
    }

    /// What something beside its rows says of a run.
    fn given_number(&self, id: &str, field: Field, range: Range) -> Result<Option<f64>> {
        match self.given.cell(id, field) {
            "" => Ok(None),
            cell => cells::number(cell, range, field.name())
                .map(Some)
                .map_err(|refusal| self.given.refuse(id, field, &self.path, refusal)),
        }
    }

    /// Refuses a row that says of its run what its first row does not.
    fn check_facts(&self, row: &impl Rows, draft: &Draft) -> Result<()> {
        for (&(field, column), first) in self.facts.iter().zip(&draft.facts) {
            let cell = row.cell(column);
            if cell != &**first && !same_number(cell, first) && !(self.log && cell.is_empty()) {
                let [cell, first] = [cell, first].map(shown);
                let problem = format!("the value is '{cell}' here and '{first}' on line {}", draft.line);
                let place = self.place(row).run(&draft.run.id).column(self.columns.header(field));
                return Err(place.refuse(problem, "mend one of them, or give the runs different names"));
            }
        }
        Ok(())
    }

    /// The point of the loss curve; none where no token had been seen yet.
    fn checkpoint(&self, row: &impl Rows, draft: &Draft) -> Result<Option<Checkpoint>> {
        let positive = |field| self.number(row, field, Range::Positive);
        let average = positive(Field::AverageParams)?;
        // Tools log losses before the first step too.
        let step =
            self.number(row, Field::Step, if self.log { Range::NonNegative } else { Range::Positive })?;
        let tokens = self.tokens(row, draft, step, average)?;
        if tokens == 0.0 {
            return Ok(None);
        }
        let checkpoint = Checkpoint::new(tokens, self.required(row, Field::Loss)?);
        let unique_tokens = positive(Field::UniqueTokens)?.or(draft.unique_tokens);
        let (weight, last) = (positive(Field::Weight)?, positive(Field::FinalParams)?);
        let checkpoint = checkpoint.with_known([step, unique_tokens, weight, average, last]);
        if let Some((name, _)) = checkpoint.count_above(draft.run.initial_params()) {
            let field = Field::named(name).unwrap_or(Field::AverageParams);
            let most = draft.run.initial_params();
            let problem = format!("the count is above `params` + `fixed_params`, {most}");
            let place = self.place(row).column(self.columns.header(field));
            return Err(place.refuse(problem, "check both and their units"));
        }
        Ok(Some(checkpoint))
    }

    /// Tokens of a row: given, samples x sequence length, steps x tokens a step, or for dense runs flops / 6 N.
    fn tokens(&self, row: &impl Rows, draft: &Draft, step: Option<f64>, average: Option<f64>) -> Result<f64> {
        let range = if self.log { Range::NonNegative } else { Range::Positive };
        let flops = self.number(row, Field::Flops, range)?;
        if let Some(tokens) = self.number(row, Field::Tokens, range)? {
            return Ok(tokens);
        }
        let samples = self.number(row, Field::Samples, range)?;
        if let (Some(samples), Some(length)) = (samples, draft.sequence_length) {
            return Ok(samples * length);
        }
        if let (Some(step), Some(tokens)) = (step, draft.tokens_per_step) {
            return Ok(step * tokens);
        }
        let Some(flops) = flops else {
            return Err(self.no_tokens(row, draft, samples, step));
        };
        let dense = draft.run.schedule == Schedule::Dense && draft.bare_sparsity.is_none();
        if !dense || average.is_some() {
            let problem = "a pruned run needs `tokens`: FLOPs alone do not tell them";
            return Err(self.place(row).run(&draft.run.id).refuse(problem, "add the column"));
        }
        Ok(flops / (6.0 * draft.run.initial_params()))
    }

    /// Nothing tells a row's tokens: asks for what would.
    fn no_tokens(&self, row: &impl Rows, draft: &Draft, samples: Option<f64>, step: Option<f64>) -> Error {
        let (input, remedy) = match (samples, step) {
            (Some(_), _) => {
                ("its sequence length", "give `sequence_length=2048`, or a table: `runs=RUNS.csv`")
            }
            (None, Some(_)) if self.columns.index(Field::Tokens).is_none() => {
                let remedy = "give `tokens_per_step=0.5M`, or a row for the run in a table: `runs=RUNS.csv`";
                ("its tokens a step", remedy)
            }
            _ => {
                let told = [Field::Tokens, Field::Flops, Field::Samples, Field::Step];
                let field = told.into_iter().find(|field| self.columns.index(*field).is_some());
                let header = self.columns.header(field.unwrap_or(Field::Tokens));
                return Refusal::empty(header).at(self.place(row).column(header));
            }
        };
        self.given.missing(self.place(row).run(&draft.run.id), input, remedy)
    }

    /// A field's number; none where the cell is empty.
    fn number(&self, row: &impl Rows, field: Field, range: Range) -> Result<Option<f64>> {
        match self.columns.cell(field, row) {
            "" => Ok(None),
            cell => self.parse(row, field, cell, range).map(Some),
        }
    }

    /// The number of a field that is never fitted; none where the cell is no number, which refuses nothing.
    fn hint(&self, row: &impl Rows, field: Field) -> Option<f64> {
        let cell = row.cell(self.columns.index(field)?);
        parse_quantity(cell).ok().filter(|value| *value >= 0.0)
    }

    /// A field's number, which must be there and positive.
    fn required(&self, row: &impl Rows, field: Field) -> Result<f64> {
        self.parse(row, field, self.columns.cell(field, row), Range::Positive)
    }

    fn parse(&self, row: &impl Rows, field: Field, cell: &str, range: Range) -> Result<f64> {
        let refuse = |mut refusal: Refusal| {
            if field == Field::Loss && cells::is_no_number(cell) {
                refusal.remedy = self.leave_out_diverged(row, cell).unwrap_or(refusal.remedy);
            }
            // Tokens have no column where they are computed from flops, which are then what is missing.
            let index = self.columns.index(field).or(self.columns.index(Field::Flops)).unwrap_or(0);
            self.refuse_cell(row, index, refusal)
        };
        let number = cells::number(cell, range, self.columns.header(field)).map_err(refuse)?;
        let no_perplexity =
            || Refusal::of(cell, "a perplexity", "give losses, or perplexities, which are above 1");
        self.columns.conversion(field).apply(number).ok_or_else(|| refuse(no_perplexity()))
    }

    /// What to do about a loss that is no number, where its run has other rows: they end before its end.
    fn leave_out_diverged(&self, row: &impl Rows, cell: &str) -> Option<String> {
        let run = match (self.columns.index(Field::Run), &self.naming) {
            (Some(index), _) => {
                let column = self.columns.header(Field::Run);
                format!("leave it out (`filter: {column}!={}`)", row.cell(index))
            }
            (None, Naming::File(_)) => "leave its file out".to_owned(),
            (None, _) => return None,
        };
        let loss = self.columns.header(Field::Loss);
        Some(format!(
            "if the run diverged, {run}; if only this row has no loss, leave such rows out (`filter: {loss}!={cell}`)"
        ))
    }
}

/// What a row says of a schedule, by the texts and numbers of its fields.
pub(super) fn schedule_fields(
    text: impl Fn(Field) -> Option<String>,
    number: impl Fn(Field, Range) -> Result<Option<f64>>,
) -> Result<ScheduleFields> {
    Ok(ScheduleFields {
        schedule: text(Field::Schedule),
        final_sparsity: number(Field::FinalSparsity, Range::Sparsity)?,
        initial_sparsity: number(Field::InitialSparsity, Range::Sparsity)?,
        prune_start: number(Field::PruneStart, Range::NonNegative)?,
        prune_end: number(Field::PruneEnd, Range::NonNegative)?,
        prune_unit: text(Field::PruneUnit),
        prune_every: number(Field::PruneEvery, Range::Positive)?,
        prune_power: number(Field::PrunePower, Range::Positive)?,
    })
}

/// The cells of several columns, as one name.
fn join(row: &impl Rows, columns: &[usize]) -> String {
    let cells = columns.iter().map(|&index| row.cell(index)).filter(|cell| !cell.is_empty());
    cells.collect::<Vec<_>>().join(" ")
}

/// Whether two cells write the same number: `1e9` and `1B`.
fn same_number(left: &str, right: &str) -> bool {
    let [left, right] = [left, right].map(parse_quantity);
    matches!((left, right), (Ok(left), Ok(right)) if left == right)
}
