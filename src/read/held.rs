//! Rows held in memory, whose numbers are then written as this program takes them: what a dot marks, all cells of a column tell.

use std::borrow::Cow;

use super::cells::Refusal;
use super::commas::{Commas, Dots, is_either};
use super::fields::Field;
use super::row::Rows;
use crate::Result;
use crate::error::Location;

/// Rows in memory, each as wide as it was.
#[derive(Debug, Default)]
pub(super) struct Held {
    rows: Vec<(u64, csv::StringRecord)>,
    /// The row after the one that is read.
    next: usize,
    /// Whether a number was written otherwise.
    is_changed: bool,
}

/// What a column is to its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// Names and other texts, which stay as they are.
    Texts,
    /// Numbers below a thousand, as losses and shares are: a single dot marks decimals.
    Small,
    /// Numbers that are read.
    Numbers,
    /// Numbers that nothing reads, or texts.
    Unread,
}

impl Holds {
    /// What a column holds that stands for a field.
    pub(super) fn of(field: Field) -> Self {
        match field {
            Field::Run | Field::Group | Field::Cluster | Field::State => Holds::Texts,
            Field::Schedule | Field::PruneUnit | Field::LrSchedule => Holds::Texts,
            // These two may be steps or tokens.
            Field::PruneStart | Field::PruneEnd => Holds::Numbers,
            Field::Loss | Field::LearningRate | Field::PrunePower => Holds::Small,
            field if field.is_share() => Holds::Small,
            _ => Holds::Numbers,
        }
    }
}

impl Held {
    /// All rows.
    pub(super) fn gather(mut rows: impl Rows) -> Result<Self> {
        let mut held = Self::default();
        while rows.advance()? {
            held.rows.push((rows.line(), (0..rows.len()).map(|index| rows.cell(index)).collect()));
        }
        Ok(held)
    }

    /// Goes back to before the first row.
    pub(super) fn rewind(&mut self) {
        self.next = 0;
    }

    /// Writes numbers as this program takes them. A number that may be two is refused where its column is read.
    pub(super) fn write_plainly(
        &mut self,
        path: &str,
        commas: Commas,
        headers: &[String],
        holds: impl Fn(usize) -> Holds,
    ) -> Result<()> {
        let all: Vec<Holds> = (0..headers.len()).map(holds).collect();
        let mut dots = Vec::with_capacity(all.len());
        for (column, holds) in all.iter().enumerate() {
            let marks = match holds {
                Holds::Texts | Holds::Small => Dots::Decimal,
                Holds::Numbers | Holds::Unread => commas.dots(self.column(column).map(|(_, cell)| cell)),
            };
            let mut either = self.column(column).filter(|(_, cell)| is_either(cell));
            if let (Dots::Either, Holds::Numbers, Some((line, cell))) = (marks, holds, either.next()) {
                let place = Location::in_file(path).line(line).column(&headers[column]);
                return Err(either_refused(cell, either.count()).at(place));
            }
            dots.push(marks);
        }
        for (_, record) in &mut self.rows {
            let is_of = |column: usize| all.get(column).is_some_and(|holds| *holds != Holds::Texts);
            let written = |(column, cell)| match is_of(column) {
                true => commas.number(cell, dots[column]),
                false => Cow::Borrowed(cell),
            };
            if record.iter().enumerate().any(|cell| matches!(written(cell), Cow::Owned(_))) {
                let plain = record.iter().enumerate().map(written).collect();
                (*record, self.is_changed) = (plain, true);
            }
        }
        Ok(())
    }

    /// The lines and cells of a column.
    fn column(&self, column: usize) -> impl Iterator<Item = (u64, &str)> {
        self.rows.iter().filter_map(move |(line, record)| Some((*line, record.get(column)?)))
    }
}

/// The refusal of a cell whose dot may mark thousands or decimals, as those of `others` may.
fn either_refused(cell: &str, others: usize) -> Refusal {
    let whole = cell.replace('.', "");
    let more = match others {
        0 => String::new(),
        1 => " (one more cell is like it)".to_owned(),
        _ => format!(" ({others} more cells are like it)"),
    };
    Refusal {
        problem: format!("'{cell}' may be {whole}, or a decimal, and no cell of the column tells{more}"),
        remedy: format!(
            "if dots mark thousands, say so: `commas=decimal-dots-thousands`; else write {} for {cell}",
            cell.replace('.', ",")
        ),
    }
}

impl Rows for Held {
    fn advance(&mut self) -> Result<bool> {
        self.next += 1;
        Ok(self.next <= self.rows.len())
    }

    fn line(&self) -> u64 {
        self.rows[self.next - 1].0
    }

    fn len(&self) -> usize {
        self.rows[self.next - 1].1.len()
    }

    fn cell(&self, index: usize) -> &str {
        self.rows[self.next - 1].1.get(index).unwrap_or_default()
    }

    fn uses(&self) -> Option<&'static str> {
        self.is_changed.then_some("commas")
    }
}
