//! What files do not say of their runs: from options, from a table of runs, or from other rows of a log.

use std::collections::HashSet;
use std::sync::Arc;

use super::cells::Refusal;
use super::facts::{Facts, RunTable};
use super::fields::Field;
use super::options::ReadOptions;
use super::text::shown_list;
use super::unread::Unread;
use crate::Error;
use crate::error::Location;
use crate::schedule::ScheduleFields;

/// What is known of runs beside their own rows; what stands first goes first.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// From other rows of the same file.
    learnt: Facts,
    runs: Option<RunTable>,
    /// The column of clusters in the table of runs.
    clusters: Option<usize>,
    /// Whatever the run.
    options: Vec<String>,
    /// What rows of pruned runs do not say.
    pruning: ScheduleFields,
    /// Runs whose counts are logged elsewhere.
    counted: Arc<HashSet<String>>,
}

impl Given {
    pub(super) fn new(options: &ReadOptions) -> Self {
        let runs = options.runs.clone();
        let clusters =
            runs.as_ref().zip(options.clusters.as_ref()).and_then(|(runs, name)| runs.0.column(name));
        let counted = options.counted.clone();
        let options_of = vec![String::new(); Field::COUNT];
        let pruning = options.pruning.clone();
        let mut given = Self { runs, clusters, counted, pruning, options: options_of, ..Self::default() };
        for (field, value) in [
            (Field::Params, options.run_params),
            (Field::TokensPerStep, options.tokens_per_step),
            (Field::SequenceLength, options.sequence_length),
        ] {
            given.options[field as usize] = value.map(|value| value.to_string()).unwrap_or_default();
        }
        given
    }

    pub(super) fn with_learnt(mut self, learnt: Facts) -> Self {
        self.learnt = learnt;
        self
    }

    /// What rows of pruned runs do not say.
    pub(super) fn pruning(&self) -> &ScheduleFields {
        &self.pruning
    }

    /// Whether the run's counts are logged elsewhere.
    pub(super) fn is_counted(&self, run: &str) -> bool {
        self.counted.contains(run)
    }

    /// Columns of the table of runs that stand for no field, and yet say what a run is.
    pub(super) fn unread(&self, has_column: impl Fn(Field) -> bool, is_off: bool) -> Unread {
        let Some(RunTable(facts)) = &self.runs else { return Unread::default() };
        let is_free = |index: usize| !facts.fields.iter().any(|&(_, column)| column == index);
        let told = |field: Field| has_column(field) || self.has(field);
        let of_batch = if told(Field::TokensPerStep) { Field::TokensPerStep } else { Field::BatchSize };
        let batch = facts.header(of_batch).filter(|_| !has_column(of_batch));
        Unread::new(&facts.headers, is_free, told, is_off, batch)
    }

    /// What the table of runs says of a run, and on which line.
    pub(super) fn row_of(&self, run: &str) -> Option<(&Facts, u64)> {
        let RunTable(facts) = self.runs.as_ref()?;
        facts.rows.get(run).map(|(line, _)| (&**facts, *line))
    }

    /// The cell of a field that the table of runs has for a run, its line, and the table.
    pub(super) fn of_table(&self, run: &str, field: Field) -> Option<(&str, u64, &str)> {
        let (facts, line) = self.row_of(run)?;
        let cell = facts.cell(run, field);
        (!cell.is_empty()).then_some((cell, line, &facts.path))
    }

    /// The column of a field in the table of runs, where the run's cell in it is filled.
    pub(super) fn header_of(&self, run: &str, field: Field) -> Option<&str> {
        let (facts, _) = self.row_of(run)?;
        facts.header(field).filter(|_| !facts.cell(run, field).is_empty())
    }

    /// Whether some run may have the field.
    pub(super) fn has(&self, field: Field) -> bool {
        !self.options[field as usize].is_empty()
            || self.runs.as_ref().is_some_and(|runs| runs.0.has(field))
            || self.learnt.has(field)
            || (field == Field::Cluster && self.clusters.is_some())
    }

    /// Whether an option says the field of a run, and nothing else does.
    pub(super) fn only_option_says(&self, run: &str, field: Field) -> bool {
        let option = &self.options[field as usize];
        !option.is_empty() && std::ptr::eq(self.cell(run, field), option.as_str())
    }

    /// The field of a run; empty where nothing says it.
    pub(super) fn cell(&self, run: &str, field: Field) -> &str {
        let own = self.learnt.cell(run, field);
        let joined = self.runs.as_ref().map_or("", |runs| match (field, self.clusters) {
            (Field::Cluster, Some(column)) => runs.0.cell_of_column(run, column),
            _ => runs.0.cell(run, field),
        });
        match (own, joined) {
            ("", "") => &self.options[field as usize],
            ("", joined) => joined,
            (own, _) => own,
        }
    }

    /// An error that blames what says the field of a run, in `file` or elsewhere.
    pub(super) fn refuse(&self, run: &str, field: Field, file: &str, refusal: Refusal) -> Error {
        let tables = std::iter::once((file, &self.learnt))
            .chain(self.runs.as_ref().map(|runs| (runs.0.path.as_str(), &*runs.0)));
        for (path, facts) in tables {
            if let Some((line, _)) = facts.rows.get(run).filter(|_| !facts.cell(run, field).is_empty()) {
                return refusal.at(Location::in_file(path).line(*line).column(field.name()));
            }
        }
        let option = if field == Field::Params { "run_params" } else { field.name() };
        Error::option(option, self.cell(run, field), "is not a positive number", "give a count such as 0.5M")
    }

    /// Nothing says `what` of a run.
    pub(super) fn missing(&self, place: Location, run: &str, what: &str, remedy: &str) -> Error {
        let place = place.run(run);
        let Some(RunTable(facts)) = &self.runs else {
            return place.refuse(format!("the file does not say {what}"), remedy);
        };
        let path = &facts.path;
        if facts.rows.contains_key(run) {
            return place.refuse(format!("the file does not say {what}, nor does {path}"), remedy);
        }
        let mut names: Vec<&str> = facts.rows.keys().map(String::as_str).collect();
        names.sort_unstable();
        let remedy =
            format!("give the run its row there, by this name; that table has {}", shown_list(&names));
        place.refuse(format!("the file does not say {what}, and {path} has no row of run '{run}'"), remedy)
    }

    /// Where a table of runs could say a field, or does not.
    pub(super) fn or_table(&self, field: Field) -> String {
        match &self.runs {
            None => ", or a table with it: `runs=RUNS.csv`".to_owned(),
            Some(RunTable(facts)) => {
                let (name, path) = (field.name(), &facts.path);
                format!(", or call its column {name} in {path} (found there: {})", shown_list(&facts.headers))
            }
        }
    }
}
