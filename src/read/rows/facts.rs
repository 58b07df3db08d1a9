//! What a run has once: on its rows, or beside them.

use smol_str::SmolStr;

use super::super::cells::{self, Range, Refusal, shown};
use super::super::columns::chosen;
use super::super::fields::Field;
use super::super::row::Rows;
use super::Assembler;
use crate::error::Location;
use crate::run::{LeftShare, Named, Run};
use crate::schedule::{ScheduleFields, counts_agree};
use crate::{Error, Result, Schedule, units};

/// How far a label, as `100M`, may be off the count.
const LABEL: f64 = 0.1;
/// How far a count of three digits may be off.
const THREE_DIGITS: f64 = 5e-3;

impl Assembler {
    /// The run's cluster, where clusters are asked for.
    pub(super) fn cluster(&self, row: &impl Rows, id: &str) -> Result<Option<SmolStr>> {
        let index = self.columns.index(Field::Cluster);
        if index.is_none() && !self.given.has(Field::Cluster) {
            return Ok(None);
        }
        match (self.fact(row, id, Field::Cluster), index) {
            ("", Some(index)) => {
                Err(self.refuse_cell(row, index, Refusal::empty(self.columns.header(Field::Cluster))))
            }
            ("", None) => {
                let remedy = "fill the column of clusters in a row for the run: `runs=RUNS.csv`";
                Err(self.given.missing(self.place(row), id, "its cluster", remedy))
            }
            (cell, _) => Ok(Some(cells::one_spelling(cell))),
        }
    }

    /// What a run has once, as its row or something else says it; empty where nothing does.
    pub(super) fn fact<'a>(&'a self, row: &'a impl Rows, id: &str, field: Field) -> &'a str {
        match self.columns.cell(field, row) {
            "" => self.given.cell(id, field),
            cell => cell,
        }
    }

    /// Refuses a count of a run that its row and the table of runs say otherwise, where no person chose the column.
    pub(super) fn refuse_contradicted(&self, row: &impl Rows, id: &str) -> Result<()> {
        let open = |field: &Field| !self.columns.is_chosen(*field);
        for field in [Field::Params, Field::FixedParams].into_iter().filter(open) {
            let Some((told, line, path)) = self.given.of_table(id, field) else { continue };
            let cells = [self.columns.scaled(field, row), told.into()];
            let is_label = cells.iter().any(|cell| cell.ends_with(|last: char| last.is_ascii_alphabetic()));
            let [own, told] = cells.map(|cell| units::number(&cell));
            if let (Some(own), Some(told)) = (own, told)
                && !counts_agree(own, told)
                && !(is_label && (told / own - 1.0).abs() <= LABEL)
            {
                let header = self.columns.header(field);
                let problem = format!("run '{id}' has {own}, and {path}, line {line}, says {told}");
                let [theirs, ours] = ["", header].map(|name| chosen(field.name(), name));
                let remedy = format!(
                    "mend one of them, or choose: `columns: {theirs}` is that table's, `columns: {ours}` is the column's"
                );
                return Err(self.place(row).column(header).refuse(problem, remedy));
            }
        }
        Ok(())
    }

    pub(super) fn fact_number(
        &self,
        row: &impl Rows,
        id: &str,
        field: Field,
        range: Range,
    ) -> Result<Option<f64>> {
        let own = self.number(row, field, range)?;
        own.map_or_else(|| self.given_number(id, field, range), |own| Ok(Some(own)))
    }

    /// What something beside its rows says of a run.
    pub(super) fn given_number(&self, id: &str, field: Field, range: Range) -> Result<Option<f64>> {
        match self.given.cell(id, field) {
            "" => Ok(None),
            cell => cells::number(cell, range, field.name())
                .map(Some)
                .map_err(|refusal| self.given.refuse(id, field, &self.path, refusal)),
        }
    }

    /// Refuses a schedule that may be the learning rate's.
    pub(super) fn refuse_schedule_of_rate(&self, row: &impl Rows, id: &str) -> Result<()> {
        let Some([problem, remedy]) = self.columns.schedule_of_rate(&self.unread, row) else { return Ok(()) };
        Err(self.place(row).run(id).column(self.columns.header(Field::Schedule)).refuse(problem, remedy))
    }

    /// The refusal of a schedule. One that says nothing of pruning may be the learning rate's.
    pub(super) fn refuse_schedule(
        &self,
        row: &impl Rows,
        id: &str,
        fields: &ScheduleFields,
        error: Error,
    ) -> Error {
        let place = self.place(row).run(id);
        let needs_sparsity = fields.final_sparsity.is_none()
            && matches!(&error, Error::MissingInput { input, .. } if **input == *Field::FinalSparsity.name());
        if needs_sparsity && let Some(left) = self.left(row, 1.0).first() {
            let header = &self.columns.headers()[left.column];
            let remedy = match self.stands_for(row, left) {
                Some((pair, what)) => format!("if '{header}' is {what}, say so: `columns: {pair}`"),
                None => format!("add a column final_sparsity, from what '{header}' says"),
            };
            return place.refuse(error.problem(), remedy);
        }
        let sparsities = [fields.final_sparsity, fields.initial_sparsity];
        let needs_schedule =
            matches!(&error, Error::MissingInput { input, .. } if **input == *Field::Schedule.name());
        if needs_schedule && !sparsities.iter().flatten().any(|sparsity| *sparsity > 0.0) {
            let of_window =
                [Field::PruneStart, Field::PruneEnd, Field::PruneEvery, Field::PrunePower, Field::PruneUnit];
            let read = of_window.into_iter().filter(|field| self.columns.index(*field).is_some());
            let unread: Vec<String> = read.map(|field| format!("{}=", field.name())).collect();
            let sparsity = self.left(row, 1.0).first().and_then(|left| self.stands_for(row, left));
            if let Some((pair, what)) = sparsity {
                let header = pair.split_once('=').map_or("", |(_, header)| header);
                let remedy = format!(
                    "if '{header}' is {what}, say `columns: {pair}` and `schedule=NAME`, as constant or cubic"
                );
                return place.refuse(error.problem(), remedy);
            }
            let remedy = format!(
                "if no run is pruned, do not read that (`columns: {}`), or write dense into a column schedule; else how each was pruned",
                unread.join(",")
            );
            return place.refuse(error.problem(), remedy);
        }
        let of_rate = "; if it is the learning rate's schedule, say `columns: schedule=`";
        if let Some(remedy) = self.lacks(&error) {
            let told = [Field::FinalSparsity, Field::PruneStart, Field::PruneEnd];
            let is_alone =
                fields.schedule.is_some() && !told.iter().any(|field| self.columns.index(*field).is_some());
            return place.refuse(error.problem(), remedy + if is_alone { of_rate } else { "" });
        }
        let alone = ScheduleFields { schedule: fields.schedule.clone(), ..ScheduleFields::default() };
        if *fields != alone || fields.schedule.as_ref().is_some_and(|text| text.starts_with('{')) {
            return place.blame(error);
        }
        let remedy = format!("{}{of_rate}", error.remedy().unwrap_or_default());
        place.refuse(error.problem(), remedy)
    }

    /// A count that is written with three digits, and is all of the network.
    pub(super) fn rounded(&self, count: Option<f64>, all: f64) -> Option<f64> {
        count.map(|count| if count > all && count <= all * (1.0 + THREE_DIGITS) { all } else { count })
    }

    /// What is left of a run at its end, where that is all it says of pruning: of a dense run it is all, up to its digits.
    pub(super) fn left_at_end(
        &self,
        (row, index): (&impl Rows, usize),
        average: Option<f64>,
        last: Option<f64>,
    ) -> Option<f64> {
        let (run, all) = (&self.runs[index], self.runs[index].initial_params());
        let says = |field: Field| !self.fact(row, run.id(), field).is_empty();
        let is_all = |count: f64| average.is_none() && (count / all - 1.0).abs() <= THREE_DIGITS;
        let told = || Field::SCHEDULE.iter().any(|field| says(*field)) || self.given.is_counted(run.id());
        self.rounded(last, all).map(|count| if is_all(count) && !told() { all } else { count })
    }

    /// Whether nothing but columns that are not read can say how a row's run was pruned.
    fn is_silent_of_pruning(&self, row: &impl Rows, index: usize) -> bool {
        let run = &self.runs[index];
        let says = |field: Field| !self.fact(row, run.id(), field).is_empty();
        let told = [Field::Schedule, Field::FinalSparsity, Field::FinalParams].into_iter().any(says);
        !told && *run.schedule() == Schedule::Dense && !self.given.is_counted(run.id())
    }

    /// What columns that are not read say is left of a network, of which so many parameters may be pruned.
    pub(super) fn left(&self, row: &impl Rows, params: f64) -> Vec<LeftShare> {
        self.unread.left(|column| row.cell(column), self.columns.headers(), params)
    }

    /// The same of a run, with its final sparsity where counts are logged, which go before that.
    pub(super) fn left_of_run(&self, row: &impl Rows, index: usize) -> Vec<LeftShare> {
        let run = &self.runs[index];
        let mut left = self.left(row, run.params);
        if self.given.is_counted(run.id())
            && let Ok(Some(sparsity)) = self.fact_number(row, run.id(), Field::FinalSparsity, Range::Sparsity)
        {
            let column = self.columns.index(Field::FinalSparsity).unwrap_or_default();
            left.push(LeftShare { share: 1.0 - sparsity, is_count: false, of_run: false, column });
        }
        left
    }

    /// Refuses counts below all parameters of a run whose row says that it is dense.
    pub(super) fn refuse_counts_of_dense(
        &self,
        row: &impl Rows,
        run: &Run,
        counts: [Option<f64>; 2],
    ) -> Result<()> {
        const AGREE: f64 = 0.05;
        let all = run.initial_params();
        let is_below = |count: &Option<f64>| count.is_some_and(|count| count < all * (1.0 - AGREE));
        if !self.fact(row, run.id(), Field::Schedule).eq_ignore_ascii_case("dense") {
            return Ok(());
        }
        let place = self.place(row).run(run.id());
        if let Some(at) = counts.iter().position(is_below) {
            let field = [Field::AverageParams, Field::FinalParams][at];
            let problem =
                format!("the schedule is dense, and the count is below `params` + `fixed_params`, {all}");
            let remedy = "mend one of them, or leave the schedule empty";
            return Err(place.column(self.columns.header(field)).refuse(problem, remedy));
        }
        match self.left(row, run.params).iter().find(|left| left.share < 1.0 - AGREE) {
            None => Ok(()),
            Some(left) => {
                let share = left.share;
                let problem = format!("the schedule is dense, and only {share} of the network is left");
                let remedy = "mend one of them, or remove the column";
                Err(place.column(&self.columns.headers()[left.column]).refuse(problem, remedy))
            }
        }
    }

    /// Refuses a row of which a column says something that no field reads, and without which its numbers are wrong.
    pub(super) fn refuse_unread(&self, row: &impl Rows, index: usize) -> Result<()> {
        if self.unread.is_empty() {
            return Ok(());
        }
        let run = &self.runs[index];
        let refuse = |(column, problem): (usize, String), remedy: &str| {
            Err(self.place(row).run(run.id()).column(&self.columns.headers()[column]).refuse(problem, remedy))
        };
        let pruned = || self.unread.pruned(|column| row.cell(column), run.params);
        if self.is_silent_of_pruning(row, index)
            && let Some(pruned) = pruned()
        {
            let remedy = match self.may_prune {
                true => {
                    "fill `schedule` and `final_sparsity` of this run, or add a log of counts (`trajectories=LOG.csv`); of a dense run \
                     write `dense` as its schedule"
                }
                false => {
                    "add `schedule` and `final_sparsity`, `average_params`, or a log of counts (`trajectories=LOG.csv`); of dense \
                     runs say `columns: final_sparsity=`"
                }
            };
            // Of several rows of a run it may be that of the moment.
            let so_far = match self.log || !run.checkpoints().is_empty() {
                true => format!(
                    "if it is what was left so far, read it as a log of counts (`trajectories={}`); ",
                    self.path
                ),
                false => String::new(),
            };
            let left = self.left(row, run.params).into_iter().find(|left| left.column == pruned.0);
            let end = left.filter(|left| !self.may_prune && !left.is_count);
            let end = end.and_then(|left| self.stands_for(row, &left)).map(|(pair, what)| {
                format!(
                    "if it is {what}, say `columns: {pair}` and `schedule=NAME`, as constant or cubic; else "
                )
            });
            return refuse(pruned, &format!("{so_far}{}{remedy}", end.unwrap_or_default()));
        }
        let sizes =
            [self.columns.size_of_step(), Field::SequenceLength].map(|of| self.fact(row, run.id(), of));
        let give = "give `tokens_per_step=0.5M`, or a column of it; ";
        match self.columns.wrong_step(&self.unread, row, sizes, give) {
            Some((wrong, remedy)) => refuse(wrong, &remedy),
            None => Ok(()),
        }
    }

    /// The same of what a table of runs says beside the rows.
    pub(super) fn refuse_unread_of_runs(&self, id: &str, params: f64) -> Result<()> {
        let Some((facts, line)) = self.given.row_of(id).filter(|_| !self.unread_of_runs.is_empty()) else {
            return Ok(());
        };
        let refuse = |(column, problem): (usize, String), remedy: &str| {
            let place = Location::in_file(&facts.path).line(line).column(&facts.headers[column]);
            Err(place.refuse(problem, remedy))
        };
        let cell = |column| facts.cell_of_column(id, column);
        let says =
            |field: Field| !self.given.cell(id, field).is_empty() || self.columns.index(field).is_some();
        let told = [Field::Schedule, Field::FinalSparsity].into_iter().any(says) || self.given.is_counted(id);
        let pruned = self.unread_of_runs.pruned(cell, params).filter(|_| !told);
        if let Some(pruned) = pruned {
            return refuse(
                pruned,
                "add `schedule` and `final_sparsity`, or, if the runs are dense, remove the column",
            );
        }
        let of_tokens = facts.header(Field::TokensPerStep);
        let size = of_tokens.or_else(|| facts.header(Field::BatchSize)).unwrap_or_default();
        let own =
            [Field::TokensPerStep, Field::BatchSize, Field::SequenceLength].map(|of| self.given.cell(id, of));
        if let Some(ramp) = self.unread_of_runs.ramp(cell, &own) {
            return refuse(
                ramp,
                "give the tokens of each run, in a column `tokens`; if all its steps are alike, remove the column",
            );
        }
        if let Some(problem) = self.unread_of_runs.may_count_tokens([own[1], own[2]])
            && let Some(column) = facts.headers.iter().position(|header| header == size)
        {
            let remedy = "if it is tokens, call it tokens_per_step, and remove the length of sequences; if it is sequences, call it \
                          sequences_per_batch";
            return refuse((column, problem), remedy);
        }
        match self.unread_of_runs.multiplier(cell, size) {
            None => Ok(()),
            Some(multiplier) => {
                let [add, name] = match of_tokens {
                    Some(_) => ["", "tokens_per_step"],
                    None => ["add a column `tokens_per_step`; ", "global_batch_size"],
                };
                let remedy = format!("{add}if '{size}' is a whole step's, call it {name}");
                refuse(multiplier, &remedy)
            }
        }
    }

    /// Refuses a row that says of its run what its first row does not.
    pub(super) fn check_facts(&self, row: &impl Rows, index: usize) -> Result<()> {
        if self.runs[index].params.is_infinite() {
            return Ok(());
        }
        for (&(field, column), first) in self.facts.iter().zip(self.first_rows.of(index)) {
            let cell = row.cell(column);
            // What was counted goes before.
            if field == Field::FinalSparsity && self.given.is_counted(self.runs[index].id()) {
                continue;
            }
            let is_rate = [Field::TokensPerStep, Field::BatchSize, Field::SequenceLength].contains(&field);
            // Tokens that are counted, or samples of one length, are not told by steps.
            let here = |field| self.columns.index(field).is_some();
            if is_rate && (here(Field::Tokens) || (here(Field::Samples) && field != Field::SequenceLength)) {
                continue;
            }
            // Configs may stand on a run's first row alone.
            let is_silent = cell.is_empty() && (self.log || is_rate || Field::DECAY.contains(&field));
            if cell != first && !cells::same_number(cell, first) && !is_silent {
                let falls =
                    units::number(cell).zip(units::number(first)).is_some_and(|(own, first)| own < first);
                let [cell, first] = [cell, first].map(shown);
                let problem =
                    format!("the value is '{cell}' here and '{first}' on line {}", self.origins[index].line);
                let place = self.place(row).run(self.runs[index].id()).column(self.columns.header(field));
                if is_rate && here(Field::Step) {
                    let remedy =
                        "steps of several lengths do not tell tokens: give a column `tokens`, of all so far";
                    return Err(place.refuse(problem, remedy));
                }
                let names = match self.named {
                    Named::File => "if each row is a run of its own, name them in a column `run`",
                    _ => "if each row is a run of its own, read no names: `columns: run=`",
                };
                let remedy = match field {
                    Field::Cluster => {
                        "a run lies in one cluster: name a column that is the same on all of its rows, or mend one of them".to_owned()
                    }
                    _ if field != Field::FinalSparsity
                        && Field::SCHEDULE.contains(&field)
                        && (cell.is_empty() || first.is_empty()) =>
                    {
                        format!("write it on every row of the run; {names}")
                    }
                    Field::FinalSparsity => format!(
                        "if it is the sparsity so far, read it as a log of counts (`trajectories={}`); {names}",
                        self.path
                    ),
                    Field::Params if falls => format!(
                        "if it is what is left so far, call it nonzero, give the count before pruning as params, and read it as a log \
                         of counts (`trajectories={}`); else mend one of them, or give the runs different names",
                        self.path
                    ),
                    _ => format!("mend one of them, or give the runs different names; {names}"),
                };
                return Err(place.refuse(problem, remedy));
            }
        }
        Ok(())
    }
}
