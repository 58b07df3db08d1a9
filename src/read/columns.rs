//! Which column of a table holds which field.

mod budget;
mod column;
mod convert;
mod experts;
mod guess;
mod kin;
mod legs;
mod notes;
mod of_text;
mod recognise;
mod remedies;
mod required;
mod rivals;
mod shapes;

use recognise::{is_of_another, says_evaluation};

pub(super) use experts::{is_whether, tells_experts};
pub(super) use recognise::is_made;
pub(super) use remedies::{chosen, if_other};
pub(super) use rivals::Rivals;

use std::borrow::Cow;

use super::cells;
use super::fields::{Field, normalise};
use super::given::Given;
use super::held::Holds;
use super::layout::Layout;
use super::measure::{Measure, is_of_start, is_of_training};
use super::options::ReadOptions;
use super::row::Rows;
use super::scale;
use crate::error::Location;
use crate::run::{ColumnMapping, Conversion, MappedBy};
use crate::{Error, Result};

/// The header of a table, with a column for each field that has one.
#[derive(Debug)]
pub(super) struct Columns {
    path: String,
    headers: Vec<String>,
    /// The same as names are compared.
    normal: Vec<String>,
    /// Whether each names a unit.
    with_unit: Vec<bool>,
    by_field: [Option<(usize, MappedBy)>; Field::COUNT],
    conversions: [Conversion; Field::COUNT],
    /// Columns that would tell tokens if these were not given.
    beside: Vec<(Field, usize)>,
    /// Names of measures and units that a person gave columns.
    said: Vec<(Field, String)>,
    log: bool,
    /// Fields that no column stands for, whatever they are called.
    off: Vec<Field>,
    /// Columns that do not stand for a field that their names say.
    not: Vec<(Field, usize)>,
    /// Whether a person can choose columns for fields.
    open_to_choice: bool,
}

impl Columns {
    /// Finds the columns of `headers` that stand for fields, and refuses tables from which no run can be made.
    pub(super) fn map(
        path: &str,
        headers: Vec<String>,
        layout: &Layout,
        given: &Given,
        options: &ReadOptions,
    ) -> Result<Self> {
        let mut columns = Self::find_all(path, headers, layout, &options.columns)?;
        if let Some(name) = &options.clusters {
            columns.choose_clusters(name, given)?;
        }
        for &(field, index) in &layout.fallback {
            if columns.index(field).is_none() && !given.has(field) && !columns.off.contains(&field) {
                columns.by_field[field as usize] = Some((index, MappedBy::Alias));
            }
        }
        columns.check_name_of_losses(layout)?;
        columns.take_bits_of_evaluation(options.bytes_per_token)?;
        columns.measure(options.bytes_per_token)?;
        columns.require_params(given)?;
        columns.require(Field::Loss, "")?;
        columns.require_tokens(given)?;
        Ok(columns)
    }

    /// Finds the columns of `headers` that stand for fields of a sweep table.
    pub(super) fn find_all(
        path: &str,
        headers: Vec<String>,
        layout: &Layout,
        chosen: &[(String, String)],
    ) -> Result<Self> {
        let mut columns = Self::with_chosen(path, headers, chosen)?;
        (columns.log, columns.not) = (layout.log, layout.not.clone());
        columns.part_steps();
        let off = columns.off.clone();
        let mut taken: Vec<usize> = columns.by_field.iter().flatten().map(|&(index, _)| index).collect();
        for &(field, index) in &layout.preferred {
            if columns.index(field).is_none() && !taken.contains(&index) && !off.contains(&field) {
                columns.by_field[field as usize] = Some((index, MappedBy::Alias));
                taken.push(index);
            }
        }
        taken.extend(&layout.excluded);
        columns.find_each(Field::SWEEP, &taken)?;
        // Where tokens are given nothing else need tell them.
        if !layout.log && columns.index(Field::Tokens).is_some() {
            for field in Field::RATES {
                let taken = columns.by_field[field as usize].take_if(|(_, how)| *how != MappedBy::Chosen);
                columns.beside.extend(taken.map(|(index, _)| (field, index)));
            }
        }
        if layout.log || columns.count_tokens(|_| false) {
            let _ =
                columns.by_field[Field::TokensPerParam as usize].take_if(|(_, how)| *how != MappedBy::Chosen);
        }
        Ok(columns)
    }

    /// A header before any of its columns is found.
    pub(super) fn unread(path: &str, headers: Vec<String>) -> Self {
        Self {
            path: path.to_owned(),
            normal: headers.iter().map(|header| normalise(&scale::without_own_unit(header))).collect(),
            with_unit: headers.iter().map(|header| scale::has_unit(header)).collect(),
            headers,
            by_field: [None; Field::COUNT],
            conversions: [Conversion::None; Field::COUNT],
            beside: Vec::new(),
            said: Vec::new(),
            log: false,
            off: Vec::new(),
            not: Vec::new(),
            open_to_choice: false,
        }
    }

    /// The same with the columns that a person chose.
    pub(super) fn with_chosen(path: &str, headers: Vec<String>, chosen: &[(String, String)]) -> Result<Self> {
        let mut columns = Self::unread(path, headers);
        columns.open_to_choice = true;
        for (field, column) in chosen {
            columns.choose(field, column)?;
        }
        Ok(columns)
    }

    /// Finds columns of these fields that are not `taken`.
    pub(super) fn find_each(&mut self, fields: &[Field], taken: &[usize]) -> Result<()> {
        for &field in fields {
            if self.index(field).is_none() && !self.off.contains(&field) {
                // Where tokens are given nobody need choose what else would tell them.
                let is_idle =
                    Field::RATES.contains(&field) && !self.log && self.index(Field::Tokens).is_some();
                self.by_field[field as usize] = match self.recognise(field, taken) {
                    Err(_) if is_idle => None,
                    found => found?,
                };
            }
            let scale = self.index(field).and_then(|index| {
                let said = scale::of_column(field, self.unit_name(field, index));
                // A name that a person gives to shares says no unit.
                said.or_else(|| scale::of_column(field, &self.headers[index]).filter(|_| field.is_sparsity()))
            });
            let is_density = |index: usize| {
                let names = [self.normal[index].clone(), normalise(self.unit_name(field, index))];
                field.is_sparsity() && names.iter().any(|name| name.contains("density"))
            };
            self.conversions[field as usize] = match (scale, self.index(field).is_some_and(is_density)) {
                (factor, true) => Conversion::OneLess(factor.unwrap_or(1.0)),
                (Some(factor), false) => Conversion::Factor(factor),
                (None, false) => Conversion::None,
            };
        }
        Ok(())
    }

    /// The name that tells the unit of a field: the one that a person said, else its column's.
    fn unit_name(&self, field: Field, index: usize) -> &str {
        let said = self.said.iter().find(|(of, _)| *of == field);
        said.map_or(&self.headers[index], |(_, name)| name)
    }

    /// How the cells of `field` become its numbers.
    pub(super) fn conversion(&self, field: Field) -> Conversion {
        self.conversions[field as usize]
    }

    /// Takes columns out of those that may stand for a field.
    pub(super) fn rule_out(&mut self, not: &[(Field, usize)]) {
        self.not.extend(not);
    }

    /// The column of `field`.
    pub(super) fn index(&self, field: Field) -> Option<usize> {
        self.by_field[field as usize].map(|(index, _)| index)
    }

    /// Whether a person says that no column stands for the field.
    pub(super) fn is_off(&self, field: Field) -> bool {
        self.off.contains(&field)
    }

    /// Whether a person said which column stands for the field.
    pub(super) fn is_chosen(&self, field: Field) -> bool {
        matches!(self.by_field[field as usize], Some((_, MappedBy::Chosen)))
    }

    /// The same with the unit that its header names taken in: `7` under `Params (B)` is `7000000000`.
    pub(super) fn scaled<'a>(&self, field: Field, row: &'a impl Rows) -> Cow<'a, str> {
        let cell = self.cell(field, row);
        match self.conversion(field) {
            Conversion::Factor(factor) => scale::in_unit(cell, factor),
            conversion @ Conversion::OneLess(_) => cells::density(cell, conversion)
                .map_or_else(|| cell.into(), |sparsity| sparsity.to_string().into()),
            _ => cell.into(),
        }
    }

    /// The cell of `field` in a row; empty where it has no column.
    pub(super) fn cell<'a>(&self, field: Field, row: &'a impl Rows) -> &'a str {
        self.index(field).map_or("", |index| row.cell(index))
    }

    /// The name of a column whose numbers are converted, and how.
    pub(super) fn converted(&self, index: usize) -> Option<(&str, Conversion)> {
        let converted = |field: &Field| self.conversion(*field) != Conversion::None;
        let mut fields = Field::SWEEP.iter().filter(|field| converted(field));
        let field = fields.find(|field| self.index(**field) == Some(index))?;
        Some((&self.headers[index], self.conversion(*field)))
    }

    /// The column's name in the file; the field's own where it has no column.
    pub(super) fn header(&self, field: Field) -> &str {
        self.index(field).map_or(field.name(), |index| &self.headers[index])
    }

    /// All names, in the file's order.
    pub(super) fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The columns that a person chose.
    pub(super) fn chosen(&self) -> Vec<usize> {
        let chosen = self.by_field.iter().flatten().filter(|(_, how)| *how == MappedBy::Chosen);
        chosen.map(|&(index, _)| index).collect()
    }

    /// What was found, in the order of the fields.
    pub(super) fn mapping(&self) -> Vec<ColumnMapping> {
        let found = |&field: &Field| {
            let (index, how) = self.by_field[field as usize]?;
            Some(ColumnMapping {
                path: self.path.clone(),
                field: field.name(),
                column: self.headers[index].clone(),
                how,
                conversion: self.conversion(field),
            })
        };
        Field::SWEEP.iter().chain([&Field::Cluster]).filter_map(found).collect()
    }

    /// The field that a column stands for.
    pub(super) fn field_of(&self, index: usize) -> Option<Field> {
        Field::SWEEP.iter().copied().find(|field| self.index(*field) == Some(index))
    }

    /// What a column holds.
    pub(super) fn holds(&self, index: usize) -> Holds {
        let is_perplexity = || {
            let name = self.unit_name(Field::Loss, index);
            Measure::of(Field::Loss, name) == Measure::Perplexity
        };
        match self.field_of(index) {
            None => Holds::Unread,
            Some(Field::Loss) if is_perplexity() => Holds::Numbers,
            Some(field) => Holds::of(field),
        }
    }

    /// Names of the columns that stand for no field.
    pub(super) fn unused(&self) -> Vec<String> {
        let used = |index: usize| self.by_field.iter().flatten().any(|&(column, _)| column == index);
        self.headers.iter().enumerate().filter(|(i, _)| !used(*i)).map(|(_, name)| name.clone()).collect()
    }

    /// The column that a person means by `name`: a name of the file, or of a field.
    pub(super) fn find(&self, name: &str) -> Result<Option<usize>> {
        let name = name.trim();
        if let Some(index) = self.headers.iter().position(|header| header == name) {
            return Ok(Some(index));
        }
        let own = Field::SWEEP.iter().find(|field| field.name() == name);
        if let Some(index) = own.and_then(|field| self.index(*field)) {
            return Ok(Some(index));
        }
        let normal = normalise(name);
        let alike: Vec<usize> = self.positions(|header| header == normal);
        match alike[..] {
            [] => Ok(Field::named(name).and_then(|field| self.index(field))),
            [index] => Ok(Some(index)),
            _ => Err(self.ambiguous(name, &alike)),
        }
    }

    /// Takes the column that a person means by `name` for clusters, whatever else it stands for.
    fn choose_clusters(&mut self, name: &str, given: &Given) -> Result<()> {
        let found = self.find(name)?;
        if found.is_none() && !given.has(Field::Cluster) {
            let problem = format!("is no column of {}", self.path);
            return Err(Error::option("cluster", format!("'{name}'"), &problem, self.instead_of(name)));
        }
        self.by_field[Field::Cluster as usize] = found.map(|index| (index, MappedBy::Chosen));
        Ok(())
    }

    fn choose(&mut self, field_name: &str, column: &str) -> Result<()> {
        let refuse = |problem: String, remedy: String| {
            Error::option("columns", format!("{field_name}={column}"), &problem, remedy)
        };
        let of_flops = || Measure::is_of_flops(field_name).then_some(Field::Flops);
        let measured = || Measure::field(field_name).or_else(|| scale::field(field_name)).or_else(of_flops);
        let of_unit = if Field::named(field_name).is_none() { measured() } else { None };
        self.said.extend(of_unit.map(|field| (field, field_name.to_owned())));
        let field = of_unit.or_else(|| Field::named(field_name)).ok_or_else(|| {
            let known: Vec<&str> = Field::SWEEP.iter().map(|field| field.name()).collect();
            refuse(format!("names no field '{field_name}'"), format!("choose one of {}", known.join(", ")))
        })?;
        if field == Field::Flops && Measure::is_of_flops(field_name) {
            self.said.push((field, field_name.to_owned()));
        }
        if field.is_sparsity() && normalise(field_name).contains("density") {
            self.said.push((field, field_name.to_owned()));
        }
        if column.is_empty() {
            self.off.push(field);
            return Ok(());
        }
        let index = self.find(column)?.ok_or_else(|| {
            let near = self.nearest(column).map(|near| format!("write '{near}' if that is meant"));
            self.no_column(column, near.unwrap_or_else(|| "name one of those found".to_owned()))
        })?;
        if let Some((other, _)) = self.by_field[field as usize] {
            let problem = format!("is a second column for one field, beside '{}'", self.headers[other]);
            return Err(refuse(problem, "name one".to_owned()));
        }
        let taken = Field::SWEEP.iter().find(|other| self.index(**other) == Some(index));
        if let Some(other) = taken {
            let problem = format!("names the column of '{}'", other.name());
            return Err(refuse(problem, "name another".to_owned()));
        }
        self.refuse_unlike(field, index)?;
        self.by_field[field as usize] = Some((index, MappedBy::Chosen));
        Ok(())
    }

    fn has(&self, name: &str) -> bool {
        !self.positions(|header| header == name).is_empty()
    }

    fn positions(&self, matches: impl Fn(&str) -> bool) -> Vec<usize> {
        let names = self.normal.iter().enumerate();
        names.filter(|(_, name)| matches(name)).map(|(index, _)| index).collect()
    }

    pub(super) fn ambiguous(&self, column: &str, candidates: &[usize]) -> Error {
        let quoted: Vec<String> = candidates.iter().map(|&i| format!("'{}'", self.headers[i])).collect();
        let problem = format!("columns {} could all be '{column}'", quoted.join(", "));
        let remedy = if self.open_to_choice {
            // Losses of evaluations go before those of training, and those of rows before a run's only one.
            let has_steps = self.headers.iter().any(|header| Field::named(header) == Some(Field::Step));
            let late = |i: &&usize| {
                let (name, header) = (&self.normal[**i], &self.headers[**i]);
                [
                    is_of_start(header) || is_of_another(header),
                    is_of_training(header) || Field::Loss.info().is_weak_alias(name),
                    has_steps && name.starts_with("final"),
                    !says_evaluation(header),
                ]
            };
            let is_late = |i: &&usize| match column == Field::Loss.name() {
                true => late(i),
                false => [is_of_start(&self.headers[**i]), self.normal[**i] == "n0", false, false],
            };
            let first = candidates.iter().min_by_key(is_late).unwrap_or(&candidates[0]);
            let is_run = column == Field::Run.name();
            let own = if is_run { "; if each row is a run of its own, `columns: run=`" } else { "" };
            format!("choose one: `columns: {}`{own}", chosen(column, &self.headers[*first]))
        } else {
            "keep one, or rename the others".to_owned()
        };
        Location::in_file(&self.path).refuse(problem, remedy)
    }
}
