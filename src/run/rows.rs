//! Rows of a table, gathered into runs.

use std::collections::HashMap;
use std::io::BufRead;

use super::cells::{self, Range, shown};
use super::columns::Columns;
use super::fields::Field;
use super::records::Records;
use super::sweep::Origin;
use super::{Checkpoint, Run};
use crate::schedule::ScheduleFields;
use crate::{Error, Result, Schedule};

/// A run whose rows are still being read.
#[derive(Debug)]
struct Draft {
    run: Run,
    line: u64,
    /// The cells of [`Field::FACTS`] on its first row, of the columns that there are.
    facts: Vec<Box<str>>,
    /// A final sparsity without a schedule: what it says depends on whether N̄ is given.
    bare_sparsity: Option<f64>,
    lines: Vec<u64>,
}

/// Gathers rows into runs.
#[derive(Debug)]
pub(super) struct Assembler {
    path: String,
    columns: Columns,
    facts: Vec<(Field, usize)>,
    drafts: Vec<Draft>,
    by_id: HashMap<String, usize>,
    latest: usize,
}

impl Assembler {
    pub(super) fn new(path: &str, columns: Columns) -> Self {
        let facts = Field::FACTS.into_iter().filter_map(|f| Some((f, columns.index(f)?))).collect();
        Self { path: path.to_owned(), columns, facts, drafts: Vec::new(), by_id: HashMap::new(), latest: 0 }
    }

    /// Adds the row that `records` stands on.
    pub(super) fn add(&mut self, records: &Records<impl BufRead>) -> Result<()> {
        let position = self.draft_of(records)?;
        let checkpoint = self.checkpoint(records, &self.drafts[position])?;
        let flops = self.hint(records, Field::Flops);
        let learning_rate = self.hint(records, Field::LearningRate);
        let draft = &mut self.drafts[position];
        draft.run.checkpoints.push(checkpoint);
        if let Some(flops) = flops {
            draft.run.note_flops(checkpoint.tokens, flops);
        }
        if let Some(learning_rate) = learning_rate {
            draft.run.note_learning_rate(checkpoint.tokens, learning_rate);
        }
        draft.lines.push(records.line());
        Ok(())
    }

    /// The runs in the order of their first rows, with where they came from.
    pub(super) fn finish(self) -> Result<(Vec<Run>, Vec<Origin>)> {
        let named = self.columns.index(Field::Run).is_some();
        let mut origins = Vec::with_capacity(self.drafts.len());
        let mut runs = Vec::with_capacity(self.drafts.len());
        for draft in self.drafts {
            let (line, id) = (draft.line, draft.run.id.clone());
            runs.push(draft.finish(&self.path).map_err(|error| match error {
                Error::DuplicateRow { .. } => error,
                other => in_run(&self.path, line, &id, other),
            })?);
            origins.push(Origin { file: Some(0), line, named });
        }
        Ok((runs, origins))
    }

    /// An error that blames the cell of column `index`.
    pub(super) fn refuse_cell(
        &self,
        records: &Records<impl BufRead>,
        index: usize,
        expected: String,
    ) -> Error {
        Error::InvalidCell {
            path: self.path.clone(),
            line: records.line(),
            column: self.columns.headers()[index].clone(),
            value: shown(records.cell(index)),
            expected,
        }
    }

    /// The position of the row's run, which is begun where this is its first row.
    fn draft_of(&mut self, records: &Records<impl BufRead>) -> Result<usize> {
        let Some(column) = self.columns.index(Field::Run) else {
            return self.begin(records, format!("line {}", records.line()));
        };
        let id = records.cell(column);
        if id.is_empty() {
            let expected = "a name; name the run, or remove the column to make each row a run of its own";
            return Err(self.refuse_cell(records, column, expected.to_owned()));
        }
        // Rows of a run mostly follow each other.
        if self.drafts.get(self.latest).is_none_or(|draft| draft.run.id != id) {
            let Some(&known) = self.by_id.get(id) else {
                let position = self.begin(records, id.to_owned())?;
                self.by_id.insert(id.to_owned(), position);
                self.latest = position;
                return Ok(position);
            };
            self.latest = known;
        }
        self.check_facts(records, &self.drafts[self.latest])?;
        Ok(self.latest)
    }

    fn begin(&mut self, records: &Records<impl BufRead>, id: String) -> Result<usize> {
        let mut run = Run::new(id, self.required(records, Field::Params)?, Vec::new());
        run.fixed_params = self.number(records, Field::FixedParams, Range::NonNegative)?.unwrap_or(0.0);
        run.group = self.text(records, Field::Group);
        if let Some(vocabulary) = self.hint(records, Field::Vocabulary) {
            run = run.with_vocabulary(vocabulary);
        }
        if let Some(tokens) = self.hint(records, Field::PlannedTokens) {
            run = run.with_planned_tokens(tokens);
        }
        if let Some(steps) = self.hint(records, Field::PlannedSteps) {
            run = run.with_planned_steps(steps);
        }
        let fields = self.schedule_fields(records)?;
        let bare = ScheduleFields { final_sparsity: fields.final_sparsity, ..ScheduleFields::default() };
        let only_sparsity = fields.final_sparsity.filter(|_| fields == bare);
        // A sparsity of 0 and no schedule: a dense run.
        let bare_sparsity = only_sparsity.filter(|sparsity| *sparsity > 0.0);
        if only_sparsity.is_none() && fields != ScheduleFields::default() {
            run.schedule = Schedule::from_fields(&fields)
                .map_err(|error| in_run(&self.path, records.line(), &run.id, error))?;
        }
        let cells = self.facts.iter().map(|&(_, column)| records.cell(column).into());
        let facts = if self.columns.index(Field::Run).is_some() { cells.collect() } else { Vec::new() };
        self.drafts.push(Draft { run, line: records.line(), facts, bare_sparsity, lines: Vec::new() });
        Ok(self.drafts.len() - 1)
    }

    /// Refuses a row that says of its run what its first row does not.
    fn check_facts(&self, records: &Records<impl BufRead>, draft: &Draft) -> Result<()> {
        for (&(field, column), first) in self.facts.iter().zip(&draft.facts) {
            let cell = records.cell(column);
            if cell != &**first && !same_number(cell, first) {
                return Err(Error::InconsistentRun {
                    path: self.path.clone(),
                    line: records.line(),
                    first_line: draft.line,
                    run: draft.run.id.clone(),
                    column: self.columns.header(field).into(),
                    value: shown(cell).into(),
                    first_value: shown(first).into(),
                });
            }
        }
        Ok(())
    }

    fn checkpoint(&self, records: &Records<impl BufRead>, draft: &Draft) -> Result<Checkpoint> {
        let positive = |field| self.number(records, field, Range::Positive);
        let average = positive(Field::AverageParams)?;
        let flops = positive(Field::Flops)?;
        let tokens = match (positive(Field::Tokens)?, flops) {
            (Some(tokens), _) => tokens,
            (None, None) => self.required(records, Field::Tokens)?,
            (None, Some(flops)) => {
                let dense = draft.run.schedule == Schedule::Dense && draft.bare_sparsity.is_none();
                if !dense || average.is_some() {
                    let error = Error::MissingInput {
                        needed_by: "a pruned run".to_owned(),
                        input: "tokens".to_owned(),
                        missing_from: "are not given; flops alone do not tell them".to_owned(),
                        remedy: "give the run's tokens".to_owned(),
                    };
                    return Err(in_run(&self.path, records.line(), &draft.run.id, error));
                }
                flops / (6.0 * draft.run.initial_params())
            }
        };
        let mut checkpoint = Checkpoint::new(tokens, self.required(records, Field::Loss)?);
        if let Some(step) = positive(Field::Step)? {
            checkpoint = checkpoint.with_step(step);
        }
        if let Some(unique_tokens) = positive(Field::UniqueTokens)? {
            checkpoint = checkpoint.with_unique_tokens(unique_tokens);
        }
        if let Some(weight) = positive(Field::Weight)? {
            checkpoint = checkpoint.with_weight(weight);
        }
        if let Some(average) = average {
            checkpoint = checkpoint.with_average_params(average);
        }
        if let Some(last) = positive(Field::FinalParams)? {
            checkpoint = checkpoint.with_final_params(last);
        }
        if let Some((name, _)) = checkpoint.count_above(draft.run.initial_params()) {
            let field =
                if name == Field::FinalParams.name() { Field::FinalParams } else { Field::AverageParams };
            let most = draft.run.initial_params();
            let expected = format!("at most params + fixed_params = {most}; check both and their units");
            return Err(self.refuse_field(records, field, expected));
        }
        Ok(checkpoint)
    }

    fn schedule_fields(&self, records: &Records<impl BufRead>) -> Result<ScheduleFields> {
        Ok(ScheduleFields {
            schedule: self.text(records, Field::Schedule),
            final_sparsity: self.number(records, Field::FinalSparsity, Range::Sparsity)?,
            initial_sparsity: self.number(records, Field::InitialSparsity, Range::Sparsity)?,
            prune_start: self.number(records, Field::PruneStart, Range::NonNegative)?,
            prune_end: self.number(records, Field::PruneEnd, Range::NonNegative)?,
            prune_unit: self.text(records, Field::PruneUnit),
            prune_every: self.number(records, Field::PruneEvery, Range::Positive)?,
            prune_power: self.number(records, Field::PrunePower, Range::Positive)?,
        })
    }

    /// A field's text; none where the cell is empty.
    fn text(&self, records: &Records<impl BufRead>, field: Field) -> Option<String> {
        let cell = records.cell(self.columns.index(field)?);
        (!cell.is_empty()).then(|| cell.to_owned())
    }

    /// A field's number; none where the cell is empty.
    fn number(&self, records: &Records<impl BufRead>, field: Field, range: Range) -> Result<Option<f64>> {
        match self.columns.index(field).map(|index| records.cell(index)) {
            None | Some("") => Ok(None),
            Some(cell) => self.parse(records, field, cell, range).map(Some),
        }
    }

    /// The number of a field that is never fitted; none where the cell is no number, which refuses nothing.
    fn hint(&self, records: &Records<impl BufRead>, field: Field) -> Option<f64> {
        let cell = records.cell(self.columns.index(field)?);
        crate::units::parse_quantity(cell).ok().filter(|value| *value >= 0.0)
    }

    /// A field's number, which must be there and positive.
    fn required(&self, records: &Records<impl BufRead>, field: Field) -> Result<f64> {
        let cell = self.columns.index(field).map_or("", |index| records.cell(index));
        self.parse(records, field, cell, Range::Positive)
    }

    fn parse(&self, records: &Records<impl BufRead>, field: Field, cell: &str, range: Range) -> Result<f64> {
        cells::number(cell, range, self.columns.header(field))
            .map_err(|expected| self.refuse_field(records, field, expected))
    }

    fn refuse_field(&self, records: &Records<impl BufRead>, field: Field, expected: String) -> Error {
        // Tokens have no column where they are computed from flops, which are then what is missing.
        let index = self.columns.index(field).or(self.columns.index(Field::Flops)).unwrap_or(0);
        self.refuse_cell(records, index, expected)
    }
}

impl Draft {
    /// The run, sorted and checked as a whole.
    fn finish(mut self, path: &str) -> Result<Run> {
        self.sort();
        let curve = &mut self.run.checkpoints;
        if let Some(at) = curve.windows(2).position(|pair| pair[0].tokens == pair[1].tokens) {
            return Err(Error::DuplicateRow {
                path: path.to_owned(),
                line: self.lines[at + 1],
                first_line: self.lines[at],
                tokens: curve[at].tokens,
                run: self.run.id,
            });
        }
        curve.shrink_to_fit();
        if let Some(sparsity) = self.bare_sparsity {
            if curve.iter().any(|checkpoint| checkpoint.average_params().is_some()) {
                let left = self.run.params * (1.0 - sparsity) + self.run.fixed_params;
                if let Some(last) = curve.last_mut().filter(|last| last.final_params().is_none()) {
                    *last = last.with_final_params(left);
                }
            } else {
                let fields = ScheduleFields { final_sparsity: Some(sparsity), ..ScheduleFields::default() };
                self.run.schedule = Schedule::from_fields(&fields)?;
            }
        }
        self.run.check_schedule()?;
        Ok(self.run)
    }

    /// Sorts the loss curve by tokens, and the lines with it; of equal tokens the earlier line is first.
    fn sort(&mut self) {
        let curve = &self.run.checkpoints;
        if curve.is_sorted_by(|a, b| a.tokens <= b.tokens) {
            return;
        }
        let mut order: Vec<usize> = (0..curve.len()).collect();
        order.sort_by(|&a, &b| curve[a].tokens.total_cmp(&curve[b].tokens));
        self.run.checkpoints = order.iter().map(|&index| curve[index]).collect();
        self.lines = order.iter().map(|&index| self.lines[index]).collect();
    }
}

fn in_run(path: &str, line: u64, run: &str, error: Error) -> Error {
    Error::InRun { path: path.to_owned(), line, run: run.to_owned(), source: Box::new(error) }
}

/// Whether two cells write the same number: `1e9` and `1B`.
fn same_number(left: &str, right: &str) -> bool {
    let [left, right] = [left, right].map(crate::units::parse_quantity);
    matches!((left, right), (Ok(left), Ok(right)) if left == right)
}
