//! Columns that say another shape of pruning than `schedule` does: that may be of the learning rate.

use super::super::cells::{share, shown};
use super::super::fields::Field;
use super::super::measure::words;
use super::super::row::Rows;
use super::{Columns, chosen};
use crate::Result;
use crate::error::Location;
use crate::schedule::shape_named;

/// The column of shapes, and others that may have them.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    read: Option<usize>,
    sparsity: Option<usize>,
    others: Vec<usize>,
    headers: Vec<String>,
}

impl Columns {
    pub(super) fn shapes(&self) -> Shapes {
        let Some(read) = self.index(Field::Schedule).filter(|_| !self.is_chosen(Field::Schedule)) else {
            return Shapes::default();
        };
        let may_be = |index: &usize| {
            let of_pruning =
                |word: &String| word.starts_with("prun") || word.starts_with("spars") || word == "ramp";
            self.field_of(*index).is_none() && words(&self.headers[*index]).iter().any(of_pruning)
        };
        let others = (0..self.headers.len()).filter(may_be).collect();
        let sparsity = self.index(Field::FinalSparsity);
        Shapes { read: Some(read), sparsity, others, headers: self.headers.clone() }
    }
}

impl Shapes {
    /// Refuses a row in which two columns say different shapes.
    pub(super) fn check(&self, path: &str, row: &impl Rows) -> Result<()> {
        let Some(read) = self.read else { return Ok(()) };
        // A dense run has no shape.
        if self.sparsity.is_some_and(|index| share(row.cell(index)).unwrap_or(0.0) == 0.0) {
            return Ok(());
        }
        let shape = |index: usize| {
            // Of a polynomial the power is 3, if nothing else is said.
            shape_named(row.cell(index))
                .map(|shape| if shape == "polynomial" { "cubic".to_owned() } else { shape })
        };
        let Some(own) = shape(read) else { return Ok(()) };
        let differs = |other: &&usize| shape(**other).is_some_and(|shape| shape != own);
        let Some(&other) = self.others.iter().find(differs) else { return Ok(()) };
        let [own, name] = [read, other].map(|index| &self.headers[index]);
        let problem = format!(
            "the cell is '{}', and '{own}' has '{}': both columns could be `schedule`, of pruning",
            shown(row.cell(other)),
            shown(row.cell(read))
        );
        let [first, second] = [name, own].map(|header| chosen(Field::Schedule.name(), header));
        let remedy = format!("choose one: `columns: {first}` or `columns: {second}`");
        Err(Location::in_file(&row.place(path)).line(row.line()).column(name).refuse(problem, remedy))
    }
}
