//! Columns that nothing reads and that tell of pruning if they change within a run: other counts of parameters, and sparsities of some name.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::super::columns::Columns;
use super::super::doubtful::is_of_weights;
use super::super::fields::Field;
use super::super::row::Rows;
use super::super::scale;
use super::super::text::last;
use super::Assembler;
use crate::{Result, units};

/// What changes by less than this share of its first, or of 1, is rounding.
const ROUNDING: f64 = 1e-3;

/// Such columns, and what the first row of each run has there.
#[derive(Debug)]
pub(super) struct Falling {
    /// Each with whether it counts parameters, which may rise.
    columns: Vec<(usize, bool)>,
    first: HashMap<SmolStr, Vec<Option<f64>>>,
}

impl Falling {
    /// Those of a table that nothing reads; none where a person says that nothing is pruned, or how it is.
    pub(super) fn new(columns: &Columns, is_told: bool) -> Self {
        let is_count = |header: &str| {
            let last = last(header);
            Field::named(&scale::without_unit(last).0) == Some(Field::Params)
        };
        let of = |index: usize| {
            let header = &columns.headers()[index];
            (is_count(header) || is_of_weights(header)).then(|| (index, is_count(header)))
        };
        let free =
            (0..columns.headers().len()).filter(|index| !is_told && columns.field_of(*index).is_none());
        Self { columns: free.filter_map(of).collect(), first: HashMap::new() }
    }
}

impl Assembler {
    /// The first of such columns that says that a run is pruned as it goes on, and the share that is left, if it counts.
    pub(super) fn fallen(&mut self, row: &impl Rows, run: &str) -> Option<(usize, f64)> {
        let Falling { columns, first } = &mut self.falling;
        if columns.is_empty() || self.given.is_counted(run) {
            return None;
        }
        if !first.contains_key(run) {
            first.insert(run.into(), vec![None; columns.len()]);
        }
        let share = |((column, is_count), first): (&(usize, bool), &mut Option<f64>)| {
            let value = units::number(row.cell(*column).trim_end_matches([' ', '%']))?;
            let first = *first.get_or_insert(value);
            let change = if *is_count { first - value } else { (first - value).abs() };
            (change > ROUNDING * first.abs().max(1.0))
                .then_some((*column, if *is_count { value / first } else { 0.0 }))
        };
        columns.iter().zip(first.get_mut(run)?).find_map(share)
    }

    /// Refuses a row on which such a column has changed.
    pub(super) fn refuse_falling(&mut self, row: &impl Rows, index: usize) -> Result<()> {
        if self.falling.columns.is_empty() {
            return Ok(());
        }
        let run = self.runs[index].name().clone();
        let Some((column, _)) = self.fallen(row, &run) else { return Ok(()) };
        let problem = format!("it changes within the run, to {}, and nothing reads it", row.cell(column));
        let remedy = format!(
            "if the run is pruned so, read it as a log of counts (`trajectories={}`); else say `columns: final_sparsity=`",
            self.path
        );
        Err(self.place(row).run(&run).column(&self.columns.headers()[column]).refuse(problem, remedy))
    }
}
