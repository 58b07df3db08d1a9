//! Rows of a table, gathered into runs.

mod apart;
mod beside;
mod beyond;
mod facts;
mod falling;
mod inputs;
mod numbers;
mod of_run;
mod outcome;
mod pruned;
mod resumed;
mod summed;
mod tokens;
mod training;
mod uses;

pub(super) use outcome::{Added, Assembled};
pub(super) use summed::is_summary;

use std::cell::Cell;
use std::sync::Arc;

use smol_str::SmolStr;

use apart::Apart;
use beside::Beside;
use beyond::Beyond;
use falling::Falling;
use pruned::is_never_pruned;
use resumed::Resumed;
use training::Training;

use super::alike::Alike;
use super::cells::{self, Range};
use super::columns::{Columns, if_other};
use super::doubtful::DoubtfulColumns;
use super::draft::Draft;
use super::fields::Field;
use super::first::FirstRows;
use super::given::Given;
use super::labels::Labels;
use super::layout::{Layout, Naming};
use super::repeats::Repeats;
use super::row::Rows;
use super::schedule_fields::{decay, schedule_fields};
use super::splits::Splits;
use super::unread::Unread;
use super::wrong::Wrong;
use crate::error::Location;
use crate::run::{Checkpoint, Ended, Few, Kind, Named, Names, Origin, Run};
use crate::schedule::ScheduleFields;
use crate::schedule::decay::{Decay, Said};
use crate::{Error, Result, Schedule};

/// Gathers rows into runs.
#[derive(Debug)]
pub(super) struct Assembler {
    path: String,
    columns: Columns,
    given: Given,
    naming: Naming,
    log: bool,
    named: Named,
    facts: Vec<(Field, usize)>,
    first_rows: FirstRows,
    alike: Alike,
    runs: Vec<Run>,
    /// One for each run, as are the drafts.
    origins: Vec<Origin>,
    drafts: Vec<Option<Box<Draft>>>,
    names: Names,
    latest: usize,
    /// The place on its line of the latest row that is a run of its own.
    on_line: usize,
    /// Options that were of use.
    uses: Cell<[Option<Field>; 5]>,
    repeats: Repeats,
    splits: Splits,
    labels: Labels,
    /// Columns of the rows, and of the table of runs.
    unread: Unread,
    unread_of_runs: Unread,
    /// Columns that laws read by name, and their names.
    inputs: (Vec<usize>, Arc<[String]>),
    /// Whether a schedule may be said of a run, and how far the rows go that a filter leaves out.
    may_prune: bool,
    beyond: Beyond,
    apart: Apart,
    training: Training,
    doubtful: DoubtfulColumns,
    falling: Falling,
    beside: Beside,
}

impl Assembler {
    pub(super) fn new(path: &str, columns: Columns, layout: &Layout, given: Given) -> Self {
        let named = match (&layout.naming, columns.index(Field::Run)) {
            (_, Some(_)) | (Naming::Columns(_), None) => Named::Table,
            (Naming::File(_), None) => Named::File,
            (Naming::Column, None) => Named::Line,
        };
        // A row that is a run of its own has nothing to repeat.
        let facts = Field::facts().filter(|_| named != Named::Line);
        let facts: Vec<_> = facts.filter_map(|field| Some((field, columns.index(field)?))).collect();
        let is_free = |index: usize| columns.field_of(index).is_none();
        let repeats = Repeats::new(columns.headers(), |index| !layout.log && is_free(index));
        let splits = Splits::new(columns.headers(), is_free);
        // Settings that are read, and no law reads.
        let is_setting = |index: usize| {
            let of = columns.field_of(index);
            matches!(of, None | Some(Field::Vocabulary | Field::LearningRate | Field::LrEnd))
        };
        let labels = Labels::new(columns.headers(), |index| !layout.log && is_setting(index));
        let is_told = |field: &Field| columns.index(*field).is_some() || given.has(*field);
        let may_prune = [Field::Schedule, Field::FinalSparsity].iter().any(is_told);
        // What is said of pruning by other columns is said.
        let is_read = may_prune || is_told(&Field::AverageParams);
        let is_off = columns.is_off(Field::FinalSparsity);
        let doubtful = DoubtfulColumns::new(columns.headers(), |index| !is_read && is_free(index), is_off);
        let doubtful = doubtful.with_names(columns.names().filter(|_| !is_read && !is_off));
        let doubtful = doubtful.with_experts(columns.texts_of_experts());
        Self {
            repeats,
            splits,
            labels,
            unread: columns.unread_columns(|field| given.has(field)),
            unread_of_runs: given
                .unread(|field| columns.index(field).is_some(), columns.is_off(Field::FinalSparsity)),
            inputs: (Vec::new(), Arc::default()),
            may_prune,
            beyond: Beyond::default(),
            apart: Apart::default(),
            training: Training::new(&columns),
            doubtful,
            falling: Falling::new(&columns, is_read || is_off),
            beside: Beside::new(&columns, &given),
            path: path.to_owned(),
            columns,
            given,
            naming: layout.naming.clone(),
            log: layout.log,
            named,
            first_rows: FirstRows::new(facts.len()),
            facts,
            alike: Alike::default(),
            runs: Vec::new(),
            origins: Vec::new(),
            drafts: Vec::new(),
            names: Names::default(),
            latest: 0,
            on_line: 0,
            uses: Cell::default(),
        }
    }

    /// Adds the row that `row` stands on.
    pub(super) fn add(&mut self, row: &impl Rows, sides: [bool; 2]) -> Result<Added> {
        if self.log && self.columns.cell(Field::Loss, row).is_empty() {
            self.note_apart(row);
            self.note_training(row);
            return Ok(Added::WithoutLoss);
        }
        self.note_beside(row);
        let index = self.run_of(row)?;
        self.refuse_falling(row, index)?;
        if self.log && self.is_not_finite(row, index) {
            let step = self.hint(row, Field::Step);
            self.drafts[index].get_or_insert_default().note_not_finite(step);
            return Ok(Added::NotFinite);
        }
        let Some(checkpoint) = self.checkpoint(row, index)? else {
            return Ok(Added::BeforeTraining);
        };
        let on = &mut self.origins[index].sides;
        *on = [on[0] | sides[0], on[1] | sides[1]];
        let (flops, learning_rate) = (self.hint(row, Field::Flops), self.hint(row, Field::LearningRate));
        let plan = [Field::PlannedTokens, Field::PlannedSteps].map(|field| self.hint(row, field));
        let inputs = self.inputs(row)?;
        let left = self.left_of_run(row, index);
        // Of long curves some rows stand for all.
        let is_looked_at = (self.runs[index].checkpoints().len() + 1).is_power_of_two();
        if is_looked_at && !self.given.is_counted(self.runs[index].id()) {
            self.doubtful.note(|column| row.cell(column));
        }
        let disagree = is_looked_at.then(|| self.tokens_disagree(row, index, checkpoint.tokens));
        let (run, origin, line) = (&mut self.runs[index], &self.origins[index], row.line());
        if Draft::is_needed(run, origin, line) {
            self.drafts[index].get_or_insert_default().note_line(run, origin, line);
        }
        run.note_plan(plan);
        if let Some(draft) = &mut self.drafts[index] {
            draft.note_finite();
        }
        run.curve.push(checkpoint);
        run.note_row(checkpoint.tokens, flops, learning_rate);
        run.note_left(checkpoint.tokens, left);
        if let Some(disagree) = disagree {
            run.note_tokens(disagree);
        }
        if !inputs.is_empty() {
            run.note_columns(checkpoint.tokens, &self.inputs.1, inputs);
        }
        Ok(Added::Kept)
    }

    /// The runs in the order of their first rows, with where they came from. What is wrong with runs goes to `wrong`.
    pub(super) fn finish(self, wrong: &mut Wrong) -> Assembled {
        let Self {
            path,
            log,
            columns,
            mut runs,
            mut origins,
            drafts,
            repeats,
            labels,
            beyond,
            apart,
            mut training,
            given,
            doubtful,
            ..
        } = self;
        let of_step = [(Field::Tokens, Field::TokensPerStep), (Field::Samples, Field::BatchSize)];
        let of_step = of_step.into_iter().find(|(field, _)| columns.index(*field).is_some());
        let of_step = of_step.map(|(field, of_step)| (columns.header(field), of_step.name()));
        let curves = columns.name_of_curves(&runs);
        let (mut repeated, mut beyond_last, mut lost, mut resumed) = (0, 0, Vec::new(), Resumed::default());
        // Runs whose rows were refused have none either.
        let all_read = wrong.is_empty();
        let (evaluations, note) = repeats.finish();
        let evaluations = evaluations.into_iter().chain(std::iter::repeat(None));
        for (((run, origin), draft), of) in runs.iter_mut().zip(&origins).zip(drafts).zip(evaluations) {
            let mut draft = draft.map_or_else(Draft::default, |draft| *draft);
            if let Some(length) = beyond.of(run, of.as_ref(), &draft) {
                beyond_last += usize::from(*run.schedule() != Schedule::Dense);
                run.note_length(length);
            }
            run.set_evaluation_of(of);
            training.take(run.id()).into_iter().for_each(|to| run.note_logged(to));
            if run.checkpoints().is_empty() {
                lost.extend(log.then(|| run.name().clone()));
                if !log && all_read {
                    wrong.add_untrained(&path, origin.line, run);
                }
                continue;
            }
            if draft.diverged() {
                run.note_end(Some(Ended::Diverged(draft.not_finite_from)));
            }
            let of_log = || {
                let twice = || draft.begun_twice(run, &path).or_else(|| draft.at_once(run, &path));
                if log { draft.up_and_down(run, &path).or_else(twice) } else { None }
            };
            if let Some(error) = draft.of_a_step(run, &path, of_step).or_else(of_log) {
                wrong.add(error);
                continue;
            }
            let apart = if given.is_counted(run.id()) {
                None
            } else {
                apart.refusal(run, (&path, columns.headers()))
            };
            if let Some(error) = apart {
                wrong.add(error);
                continue;
            }
            let fall = draft.fall(run);
            resumed.take(run, &mut draft, fall.as_ref(), (labels.within().is_some(), &labels.settings));
            repeated += if log { draft.keep_latest(run) } else { 0 };
            match draft.finish(run, (&path, origin.line, curves.as_deref()), (labels.within(), fall)) {
                Ok(()) => {}
                // It names its own row.
                Err(error @ Error::Data { .. }) => wrong.add(error),
                Err(other) => {
                    wrong.add(Location::in_file(&path).line(origin.line).run(run.id()).blame(other))
                }
            }
        }
        apart.refusal_of_rows(columns.headers()).into_iter().for_each(|error| wrong.add(error));
        // A run of a log whose rows all lie before training is none.
        let is_run: Vec<bool> = runs.iter().map(|run| !run.checkpoints().is_empty()).collect();
        let (mut of_runs, mut of_origins) = (is_run.iter(), is_run.iter());
        runs.retain(|_| of_runs.next() == Some(&true));
        origins.retain(|_| of_origins.next() == Some(&true));
        runs.shrink_to_fit();
        origins.shrink_to_fit();
        lost.extend(training.left());
        let (superseded, doubtful) = (resumed.rows, doubtful.finish());
        let named = columns.index(Field::Run).map(|_| columns.header(Field::Run));
        let notes = note.into_iter().chain(resumed.notes(named)).collect();
        Assembled { runs, origins, repeated, superseded, beyond_last, lost, notes, doubtful, curves }
    }

    /// What the first row of a run says of it.
    fn first_row(&mut self, row: &impl Rows, id: &SmolStr) -> Result<(Run, Draft)> {
        self.refuse_summary(row)?;
        let labels = self.labels.of_run(|column| row.cell(column));
        let fact = |field| Some(self.fact(row, id, field)).filter(|cell| !cell.is_empty());
        let number = |field, range| self.fact_number(row, id, field, range);
        let flops_alone = self.columns.is_flops_alone(|field| self.given.has(field));
        self.used(0, Field::Params, (row, id));
        let params = match number(Field::Params, Range::Positive)? {
            Some(params) => params,
            None if flops_alone => 1.0,
            None if self.columns.index(Field::Params).is_some() => self.required(row, Field::Params)?,
            None => {
                let remedy = "give `run_params=1.2B`, or a row for the run in a table: `runs=RUNS.csv`";
                return Err(self.given.missing(self.place(row), id, "its parameters", remedy));
            }
        };
        self.refuse_unread_of_runs(id, params)?;
        let mut run = Run::named(id.clone(), params, Few::default());
        let fixed_params = number(Field::FixedParams, Range::NonNegative)?.unwrap_or(0.0);
        self.columns.check_total(fixed_params)?;
        let group = fact(Field::Group).filter(|cell| !cells::is_nothing(cell)).map(SmolStr::from);
        let cluster = self.cluster(row, id)?;
        let told = |field| self.given_number(id, field, Range::Positive).ok().flatten();
        let hint = |field| self.hint(row, field).or_else(|| told(field));
        run.note(hint(Field::Vocabulary), hint(Field::PlannedTokens), hint(Field::PlannedSteps));
        run.note_end(Ended::of_state(self.columns.cell(Field::State, row)));
        let fields = schedule_fields(|field| fact(field).map(str::to_owned), number)?;
        self.refuse_units(row, id, &fields)?;
        self.refuse_schedule_of_rate(row, id)?;
        let fields = self.completed(fields, (row, &mut run), [params, fixed_params]);
        let bare = ScheduleFields { final_sparsity: fields.final_sparsity, ..ScheduleFields::default() };
        let only_sparsity = fields.final_sparsity.filter(|_| fields == bare);
        let schedule = if only_sparsity.is_none() && fields != ScheduleFields::default() {
            match Schedule::from_fields(&fields) {
                // Of a run that is never pruned nothing is lacked.
                Err(Error::MissingInput { .. }) if is_never_pruned(&fields) => Schedule::Dense,
                schedule => schedule.map_err(|error| self.refuse_schedule(row, id, &fields, error))?,
            }
        } else {
            Schedule::Dense
        };
        self.refuse_beside(row, &schedule)?;
        self.refuse_unit(row)?;
        let header = self.columns.header(Field::LrSchedule);
        let (decay, said) = decay(header, |field| fact(field).map(str::to_owned), number);
        // Of a dense run nothing is to heal, whatever a column of another tool says.
        let is_dense = schedule == Schedule::Dense && only_sparsity.is_none() && !self.given.is_counted(id);
        let decay = match decay {
            Err(_) if is_dense => Decay::default(),
            decay => decay.map_err(|error| self.place(row).run(id).blame(error))?,
        };
        let sequence_length = number(Field::SequenceLength, Range::Length)?;
        let batch_size = number(Field::BatchSize, Range::Length)?;
        let tokens_per_step = number(Field::TokensPerStep, Range::Length)?;
        let draft = Draft {
            // A sparsity of 0 and no schedule: a dense run.
            bare_sparsity: only_sparsity.filter(|sparsity| *sparsity > 0.0 && !self.given.is_counted(id)),
            tokens_per_step: tokens_per_step.or_else(|| Some(batch_size? * sequence_length?)),
            sequence_length,
            unique_tokens: self.given_number(id, Field::UniqueTokens, Range::Positive)?,
            ..Draft::default()
        };
        run.set_kind(self.alike.share(Kind {
            fixed_params,
            group,
            cluster,
            labels,
            is_evaluation: false,
            schedule,
            decay,
            said: (said != Said::default()).then(|| said.into()),
            flops_alone,
        }));
        Ok((run, draft))
    }

    /// The point of the loss curve; none where no token had been seen yet.
    fn checkpoint(&self, row: &impl Rows, index: usize) -> Result<Option<Checkpoint>> {
        let (run, draft) = (&self.runs[index], self.drafts[index].as_deref());
        let positive = |field| self.number(row, field, Range::Positive);
        let average = positive(Field::AverageParams)?;
        let step = self.number(row, Field::Step, self.of_progress())?;
        let tokens = self.tokens(row, index, step, average)?;
        if tokens == 0.0 {
            return Ok(None);
        }
        let step = step.or_else(|| self.step_at(tokens, row, index));
        self.refuse_unread(row, index)?;
        let checkpoint = Checkpoint::new(tokens, self.required(row, Field::Loss)?);
        let unique_tokens = positive(Field::UniqueTokens)?.or_else(|| draft?.unique_tokens);
        let (weight, last) = (positive(Field::Weight)?, positive(Field::FinalParams)?);
        let last = self.left_at_end((row, index), average, last);
        let average = self.rounded(average, run.initial_params());
        let checkpoint = checkpoint.with_known([step, unique_tokens, weight, average, last]);
        self.refuse_counts_of_dense(row, run, [average, last])?;
        if let Some((name, _, problem)) = checkpoint.count_outside(run.fixed_params(), run.initial_params()) {
            let field = Field::named(name).unwrap_or(Field::AverageParams);
            let place = self.place(row).column(self.columns.header(field));
            return Err(place.refuse(format!("the count is {problem}"), if_other(field)));
        }
        Ok(Some(checkpoint))
    }
}
