//! Which column of a table holds which field.

use super::fields::{Field, normalise};
use super::given::Given;
use super::layout::Layout;
use super::measure::Measure;
use super::options::ReadOptions;
use super::row::Rows;
use crate::error::Location;
use crate::run::{ColumnMapping, Conversion, MappedBy};
use crate::{Error, Result};

/// The header of a table, with a column for each field that has one.
#[derive(Debug)]
pub(super) struct Columns {
    path: String,
    headers: Vec<String>,
    by_field: [Option<(usize, MappedBy)>; Field::COUNT],
    conversions: [Conversion; Field::COUNT],
    log: bool,
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
        let mut columns = Self::unread(path, headers);
        (columns.log, columns.open_to_choice) = (layout.log, true);
        for (field, column) in chosen {
            columns.choose(field, column)?;
        }
        let mut taken: Vec<usize> = columns.by_field.iter().flatten().map(|&(index, _)| index).collect();
        for &(field, index) in &layout.preferred {
            if columns.index(field).is_none() && !taken.contains(&index) {
                columns.by_field[field as usize] = Some((index, MappedBy::Alias));
                taken.push(index);
            }
        }
        taken.extend(&layout.excluded);
        columns.find_each(Field::SWEEP, &taken)?;
        // Where tokens are given nothing else need tell them.
        if !layout.log && columns.index(Field::Tokens).is_some() {
            for field in Field::RATES {
                columns.by_field[field as usize].take_if(|(_, how)| *how != MappedBy::Chosen);
            }
        }
        Ok(columns)
    }

    /// A header before any of its columns is found.
    pub(super) fn unread(path: &str, headers: Vec<String>) -> Self {
        Self {
            path: path.to_owned(),
            headers,
            by_field: [None; Field::COUNT],
            conversions: [Conversion::None; Field::COUNT],
            log: false,
            open_to_choice: false,
        }
    }

    /// Finds columns of these fields that are not `taken`.
    pub(super) fn find_each(&mut self, fields: &[Field], taken: &[usize]) -> Result<()> {
        for &field in fields {
            if self.index(field).is_none() {
                self.by_field[field as usize] = self.recognise(field, taken)?;
            }
        }
        Ok(())
    }

    /// Sees from the names of columns in what they are measured.
    fn measure(&mut self, bytes_per_token: Option<f64>) -> Result<()> {
        for field in [Field::Loss, Field::Flops] {
            let Some(index) = self.index(field) else { continue };
            self.conversions[field as usize] = match Measure::of(field, &self.headers[index]) {
                Measure::Plain => Conversion::None,
                Measure::Perplexity => Conversion::Ln,
                Measure::GigaFlops => Conversion::Factor(1e9),
                Measure::BitsPerByte => Conversion::BitsPerByte(bytes_per_token.ok_or_else(|| {
                    let place = Location::in_file(&self.path).column(&self.headers[index]);
                    place.refuse(
                        "bits a byte become nats a token only by the bytes of a token",
                        "give their mean over the evaluation text: `bytes_per_token=4.2`",
                    )
                })?),
            };
        }
        Ok(())
    }

    /// How the cells of `field` become its numbers.
    pub(super) fn conversion(&self, field: Field) -> Conversion {
        self.conversions[field as usize]
    }

    /// The column of `field`.
    pub(super) fn index(&self, field: Field) -> Option<usize> {
        self.by_field[field as usize].map(|(index, _)| index)
    }

    /// The cell of `field` in a row; empty where it has no column.
    pub(super) fn cell<'a>(&self, field: Field, row: &'a impl Rows) -> &'a str {
        self.index(field).map_or("", |index| row.cell(index))
    }

    /// The name of a column whose numbers are converted.
    pub(super) fn converted(&self, index: usize) -> Option<&str> {
        let converted = |field: &Field| self.conversion(*field) != Conversion::None;
        let mut fields = Field::SWEEP.iter().filter(|field| converted(field));
        fields.find(|field| self.index(**field) == Some(index)).map(|_| self.headers[index].as_str())
    }

    /// The column's name in the file; the field's own where it has no column.
    pub(super) fn header(&self, field: Field) -> &str {
        self.index(field).map_or(field.name(), |index| &self.headers[index])
    }

    /// All names, in the file's order.
    pub(super) fn headers(&self) -> &[String] {
        &self.headers
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
        let alike: Vec<usize> = self.positions(|header| header == normalise(name));
        match alike[..] {
            [] => Ok(Field::named(name).and_then(|field| self.index(field))),
            [index] => Ok(Some(index)),
            _ => Err(self.ambiguous(name, &alike)),
        }
    }

    /// The header that looks most like `name`, if any does.
    pub(super) fn nearest(&self, name: &str) -> Option<&str> {
        let name = normalise(name);
        let distance = |header: &str| edit_distance(&normalise(header), &name);
        let nearest = self.headers.iter().filter(|h| !h.is_empty()).min_by_key(|header| distance(header))?;
        (distance(nearest) <= 1 + name.chars().count() / 4).then_some(nearest)
    }

    /// What to write in place of a name that no column has.
    pub(super) fn instead_of(&self, name: &str) -> String {
        match self.nearest(name) {
            Some(near) => format!("write '{near}' if that is meant"),
            None => format!("choose one of {}", shown_list(&self.headers)),
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
        let field = Field::named(field_name).ok_or_else(|| {
            let known: Vec<&str> = Field::SWEEP.iter().map(|field| field.name()).collect();
            refuse(format!("names no field '{field_name}'"), format!("choose one of {}", known.join(", ")))
        })?;
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
        self.by_field[field as usize] = Some((index, MappedBy::Chosen));
        Ok(())
    }

    /// The field's column: the one of its name, else the only one of its usual names. Names that may also mean
    /// something else compete with those where the field is needed, and else come after them. In what a tool
    /// logs, names that say more come first: `eval_loss` before `loss`, and before `train_loss`.
    fn recognise(&self, field: Field, taken: &[usize]) -> Result<Option<(usize, MappedBy)>> {
        let info = field.info();
        let free = |index: &usize| !taken.contains(index);
        let own = self.headers.iter().position(|header| header == info.name);
        if let Some(index) = own.filter(free)
            && !self.log
        {
            return Ok(Some((index, MappedBy::Exact)));
        }
        let name = normalise(info.name);
        let exact = |header: &str| header == name;
        let alias = |header: &str| info.is_alias(header);
        let weak = |header: &str| info.is_weak_alias(header);
        let either = |header: &str| alias(header) || weak(header);
        let one_of_many = |header: &str| field == Field::Loss && is_evaluation(header);
        let needed = matches!(field, Field::Params | Field::Tokens | Field::Loss);
        let ranks: &[&dyn Fn(&str) -> bool] = match (self.log, needed) {
            (true, _) => &[&alias, &one_of_many, &exact, &weak],
            (false, true) => &[&exact, &either, &one_of_many],
            (false, false) => &[&exact, &alias, &weak],
        };
        for matches in ranks {
            let mut found = self.positions(matches);
            found.retain(free);
            match found[..] {
                [] => {}
                [index] if exact(&normalise(&self.headers[index])) => {
                    return Ok(Some((index, MappedBy::Exact)));
                }
                [index] => return Ok(Some((index, MappedBy::Alias))),
                _ => return Err(self.ambiguous(info.name, &found)),
            }
        }
        if field == Field::Loss { self.recognise_measure(taken) } else { Ok(None) }
    }

    /// The only column of perplexities, else of bits a byte.
    fn recognise_measure(&self, taken: &[usize]) -> Result<Option<(usize, MappedBy)>> {
        for measure in [Measure::Perplexity, Measure::BitsPerByte] {
            let is = |index: &usize| Measure::of(Field::Loss, &self.headers[*index]) == measure;
            let found: Vec<usize> = (0..self.headers.len()).filter(|i| !taken.contains(i) && is(i)).collect();
            match found[..] {
                [] => {}
                [index] => return Ok(Some((index, MappedBy::Alias))),
                _ => return Err(self.ambiguous(Field::Loss.name(), &found)),
            }
        }
        Ok(None)
    }

    fn require(&self, field: Field, or: &str) -> Result<()> {
        if self.index(field).is_some() {
            return Ok(());
        }
        let name = field.name();
        let near =
            self.nearest(name).map(|near| format!("if '{near}' is meant, say `columns: {name}={near}`{or}"));
        let remedy = near.unwrap_or_else(|| format!("say which it is with `columns: {name}=NAME`{or}"));
        Err(self.no_column(name, remedy))
    }

    /// A column that is needed, or asked for, and is not there.
    pub(super) fn no_column(&self, name: &str, remedy: impl Into<Box<str>>) -> Error {
        let problem = format!("no column for '{name}' (found: {})", shown_list(&self.headers));
        Location::in_file(&self.path).refuse(problem, remedy)
    }

    fn require_params(&self, given: &Given) -> Result<()> {
        if given.has(Field::Params) {
            return Ok(());
        }
        self.require(Field::Params, ", or give it with `run_params=1.2B` or `runs=RUNS.csv`")
    }

    /// Tokens are there, or can be computed.
    fn require_tokens(&self, given: &Given) -> Result<()> {
        let told = |field| self.index(field).is_some() || given.has(field);
        let here = |field| self.index(field).is_some();
        let computed = (here(Field::Samples) && told(Field::SequenceLength))
            || (here(Field::Step)
                && (told(Field::TokensPerStep) || (told(Field::BatchSize) && told(Field::SequenceLength))));
        if computed || here(Field::Flops) {
            return Ok(());
        }
        let or = match (here(Field::Samples), here(Field::Step)) {
            (true, _) => ", or give `sequence_length=2048` (tokens are samples x sequence length)",
            (false, true) => ", or give `tokens_per_step=0.5M`, or a table with it: `runs=RUNS.csv`",
            _ => ", or, for dense runs, give FLOPs instead (`columns: flops=NAME`)",
        };
        self.require(Field::Tokens, or)
    }

    fn positions(&self, matches: impl Fn(&str) -> bool) -> Vec<usize> {
        let names = self.headers.iter().map(|header| normalise(header)).enumerate();
        names.filter(|(_, name)| matches(name)).map(|(index, _)| index).collect()
    }

    pub(super) fn ambiguous(&self, column: &str, candidates: &[usize]) -> Error {
        let quoted: Vec<String> = candidates.iter().map(|&i| format!("'{}'", self.headers[i])).collect();
        let problem = format!("columns {} could all be '{column}'", quoted.join(", "));
        let remedy = if self.open_to_choice {
            format!("choose with `columns: {column}=NAME`")
        } else {
            "keep one, or rename the others".to_owned()
        };
        Location::in_file(&self.path).refuse(problem, remedy)
    }
}

/// Whether a header is one of several losses of an evaluation: `eval/c4-validation/CrossEntropyLoss`.
fn is_evaluation(header: &str) -> bool {
    header.starts_with("eval") && (header.ends_with("crossentropyloss") || header.ends_with("celoss"))
}

/// The names of columns in a message, of which a table may have thousands.
pub(super) fn shown_list(headers: &[String]) -> String {
    const MOST: usize = 30;
    match headers.len() {
        0..=MOST => headers.join(", "),
        all => format!("{}, and {} more", headers[..MOST].join(", "), all - MOST),
    }
}

/// Levenshtein's distance: the least number of letters to insert, delete or replace.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for j in 0..right.len() {
            let replaced = diagonal + usize::from(letter != right[j]);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::edit_distance;

    #[test]
    fn edit_distance_counts_single_letter_changes() {
        assert_eq!(edit_distance("params", "params"), 0);
        assert_eq!(edit_distance("parms", "params"), 1);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "loss"), 4);
    }
}
