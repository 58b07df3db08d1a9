//! The numbers of a row's cells, in the unit of their fields.

use super::super::cells::{self, Range, Refusal};
use super::super::columns::{Columns, chosen};
use super::super::fields::Field;
use super::super::row::Rows;
use super::super::scale;
use super::super::text::shown_list;
use super::Assembler;
use crate::error::Location;
use crate::run::Conversion;
use crate::{Error, Result, units};

impl Assembler {
    /// Whether the row's loss is not finite; once it was not, tools log zeros.
    pub(super) fn is_not_finite(&self, row: &impl Rows, index: usize) -> bool {
        let cell = self.columns.cell(Field::Loss, row);
        let before = || self.drafts[index].as_ref().is_some_and(|draft| draft.not_finite[0] > 0);
        cells::is_not_finite(cell) || (before() && units::number(cell) == Some(0.0))
    }

    /// The columns, as they are read.
    pub(in crate::read) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The cells of a row that are read, each with its field.
    pub(in crate::read) fn read_cells<'a>(
        &'a self,
        row: &'a impl Rows,
    ) -> impl Iterator<Item = (Field, &'a str)> {
        let is_there = |index: &usize| *index < row.len();
        let column = move |field: &Field| self.columns.index(*field).filter(is_there);
        Field::SWEEP.iter().filter_map(move |field| Some((*field, row.cell(column(field)?))))
    }

    /// What is wrong with a row that names columns, if these are others than its own.
    pub(in crate::read) fn other_header(&self, row: &impl Rows) -> Option<Error> {
        let headers = self.columns.headers();
        let is_name = |index: &usize| Field::named(&scale::without_unit(row.cell(*index)).0).is_some();
        let named: Vec<usize> = (0..row.len().min(headers.len())).filter(is_name).collect();
        if named.len() < 2 || named.iter().all(|index| row.cell(*index) == headers[*index]) {
            return None;
        }
        let names: Vec<&str> = (0..row.len()).map(|index| row.cell(index)).collect();
        let problem = format!("the line is the header of another table: {}", shown_list(&names));
        Some(self.place(row).refuse(problem, "put that table into a file of its own, and give both"))
    }

    /// An error that blames the cell of column `index`.
    pub(super) fn refuse_cell(&self, row: &impl Rows, index: usize, refusal: Refusal) -> Error {
        refusal.at(self.place(row).column(&self.columns.headers()[index]))
    }

    /// The row that `row` stands on.
    pub(super) fn place(&self, row: &impl Rows) -> Location {
        Location::in_file(&row.place(&self.path)).line(row.line())
    }

    /// A field's number; none where the cell is empty.
    pub(super) fn number(&self, row: &impl Rows, field: Field, range: Range) -> Result<Option<f64>> {
        match self.columns.cell(field, row) {
            "" => Ok(None),
            // So tables write that a dense run has none.
            cell if field.is_of_pruning() && cells::is_none(cell) => Ok(None),
            cell => self.parse(row, field, cell, range).map(Some),
        }
    }

    /// The number of a field that is never fitted; none where the cell is no number, which refuses nothing.
    pub(super) fn hint(&self, row: &impl Rows, field: Field) -> Option<f64> {
        units::number(&self.columns.scaled(field, row)).filter(|value| *value >= 0.0)
    }

    /// A field's number, which must be there and positive.
    pub(super) fn required(&self, row: &impl Rows, field: Field) -> Result<f64> {
        self.parse(row, field, self.columns.cell(field, row), Range::Positive)
    }

    fn parse(&self, row: &impl Rows, field: Field, cell: &str, range: Range) -> Result<f64> {
        let refuse = |mut refusal: Refusal| {
            if field == Field::Loss && (cells::is_no_number(cell) || units::number(cell) == Some(0.0)) {
                refusal.remedy = self.leave_out_diverged(row, cell).unwrap_or(refusal.remedy);
            }
            let is_open = cell.is_empty() && field != Field::Loss;
            if let Some(other) = self.columns.in_place_of(field, row).filter(|_| is_open) {
                refusal.remedy =
                    format!("if '{other}' is meant, say `columns: {}`", chosen(field.name(), other));
            }
            // Tokens have no column where they are computed from flops, which are then what is missing.
            let index = self.columns.index(field).or(self.columns.index(Field::Flops)).unwrap_or(0);
            self.refuse_cell(row, index, refusal)
        };
        let conversion = self.columns.conversion(field);
        let header = self.columns.header(field);
        let in_percent = !matches!(conversion, Conversion::None | Conversion::OneLess(1.0));
        // A share's range holds after its conversion.
        if field.is_sparsity() && in_percent && units::number(cell).is_some_and(|n| 0.0 < n && n < 1.0) {
            let remedy = "write 50 for 50 %, or take the unit off the column's name";
            return Err(refuse(Refusal::of(cell, "a sparsity in percent but a share", remedy)));
        }
        if let Conversion::OneLess(factor) = conversion {
            if factor == 1.0 || units::number(cell).is_none() {
                cells::number(cell, Range::Share, header).map_err(refuse)?;
            }
            let above = || match factor {
                1.0 => Refusal::of(cell, "a density above 0", "write the share that is left, as 0.2"),
                _ => Refusal::of(
                    cell,
                    "a density in percent, above 0 and at most 100",
                    "write what is left, as 20",
                ),
            };
            return cells::density(cell, conversion).ok_or_else(|| refuse(above()));
        }
        if let (Conversion::Factor(factor), true) = (conversion, field.is_share()) {
            let share = units::number(cell).map(|number| scale::times(cell, number, factor).to_string());
            let refused = |_| refuse(Refusal::of(cell, &format!("{}, in percent", range.words()), "mend it"));
            return cells::number(share.as_deref().unwrap_or(cell), range, header).map_err(refused);
        }
        let number = cells::number(cell, range, header).map_err(refuse)?;
        let no_perplexity =
            || Refusal::of(cell, "a perplexity", "give losses, or perplexities, which are above 1");
        match conversion {
            Conversion::Factor(factor) => Ok(scale::times(cell, number, factor)),
            conversion => conversion.apply(number).ok_or_else(|| refuse(no_perplexity())),
        }
    }
}
