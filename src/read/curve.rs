//! Tables that are one run's loss curve: steps rise from row to row, or tokens do where parameters are said elsewhere, and nothing tells several
//! runs.

use super::cells;
use super::columns::Columns;
use super::fields::{Field, normalise};
use super::layout::{Layout, Naming};
use super::options::ReadOptions;
use super::restart::{Pieces, pieces};
use super::row::Rows;
use super::table::Table;
use super::text::run_name;
use crate::{Result, units};

/// Rows at the least of a curve whose sparsity rises, and of one that is pruned on its first: runs of several lengths may be pruned the more the longer
/// they are, and they are few.
const RISING: usize = 5;
const LATE: usize = 12;
/// The rows of a curve come in pieces of so many, on average, where it restarts.
const PIECE: usize = 5;

/// Whether a sparsity rises from row to row, or stays.
fn rises(before: &str, cell: &str) -> bool {
    let [before, cell] = [before, cell].map(cells::share);
    before.zip(cell).is_some_and(|(before, cell)| before <= cell)
}

/// Rows with steps to one without a number there, at the least.
const OTHERS: usize = 5;

/// Whether a header has steps, or tokens of a run whose size it does not tell, and no name of a run.
pub(super) fn may_be(headers: &[String], options: &ReadOptions) -> bool {
    let chosen = |field: Field| options.columns.iter().any(|(name, _)| Field::named(name) == Some(field));
    let has =
        |field: Field| headers.iter().any(|header| Field::named(header) == Some(field)) || chosen(field);
    let is_of_one = options.run_params.is_some() || options.runs.is_some();
    let sized =
        [Field::Params, Field::AverageParams, Field::FinalParams, Field::Flops, Field::TokensPerParam];
    let by_tokens = is_of_one && !sized.into_iter().any(has);
    (has(Field::Step) || by_tokens) && !has(Field::Run)
}

/// The layout of one run, called after its file, where the table is its curve; else that which it has.
pub(super) fn layout(path: &str, table: &Table, layout: Layout, options: &ReadOptions) -> Result<Layout> {
    let headers = table.headers();
    if layout.log || layout.naming != Naming::Column || !may_be(headers, options) {
        return Ok(layout);
    }
    let Ok(columns) = Columns::find_all(path, headers.to_vec(), &layout, &options.columns) else {
        return Ok(layout);
    };
    let by_steps = columns.index(Field::Step);
    let Some(step) = by_steps.or_else(|| columns.index(Field::Tokens)) else { return Ok(layout) };
    let seeds = headers.iter().position(|header| normalise(header) == "seed");
    let once = Field::facts().filter_map(|field| columns.index(field)).chain(seeds);
    let once: Vec<usize> = once.collect();
    let [sparsity, loss] = [Field::FinalSparsity, Field::Loss].map(|field| columns.index(field));
    let may_rise = sparsity.is_some() && columns.index(Field::Schedule).is_none();
    let (mut others, mut rose, mut pruned_first) = (0, false, false);
    let (mut all, mut falls, mut is_back) = (Vec::new(), 0, false);
    let (mut first, mut last, mut rows) = (vec![String::new(); once.len()], f64::NEG_INFINITY, 0);
    let mut cursor = table.cursor();
    while cursor.advance()? {
        let cell = cursor.cell(step);
        let at = if by_steps.is_some() { cell.parse::<f64>().ok() } else { units::number(cell) };
        let Some(at) = at else {
            // A row of the end may have a word there, as `final`.
            others += usize::from(!cell.is_empty());
            continue;
        };
        // Runs of two seeds are of one length.
        if by_steps.is_none() && at == last {
            return Ok(layout);
        }
        if at < last {
            (falls, is_back) = (falls + 1, true);
        }
        rows += usize::from(at != last);
        last = at;
        all.push(at);
        for (known, &column) in first.iter_mut().zip(&once) {
            let cell = cursor.cell(column);
            // On a row without a loss it is that of the moment.
            if sparsity == Some(column) && loss.is_some_and(|loss| cursor.cell(loss).is_empty()) {
                continue;
            }
            if known.is_empty() {
                // Of runs of several sparsities the first may have one.
                if sparsity == Some(column) && cells::share(cell).is_some_and(|share| share > 0.0) {
                    pruned_first = true;
                }
                cell.clone_into(known);
            } else if sparsity == Some(column) && may_rise && (is_back || rises(known, cell)) {
                // From nothing on it is that of the moment; a restart has that of its checkpoint.
                rose |= !is_back && known != cell;
                is_back &= cell.is_empty();
                cell.clone_into(known);
            } else if !cell.is_empty() && cell != known {
                return Ok(layout);
            }
        }
    }
    let fewest = if by_steps.is_some() { 2 } else { 3 };
    let rising = if pruned_first { LATE } else { RISING };
    if rows < fewest || others * OTHERS > rows || (rose && rows < rising) {
        return Ok(layout);
    }
    let restarts = || PIECE * (falls + 1) <= rows && matches!(pieces(&all, |_| true), Pieces::Restarts(_));
    if falls > 0 && !restarts() {
        return Ok(layout);
    }
    let what = if by_steps.is_some() { "steps" } else { "tokens" };
    let but = if falls > 0 { ", but where it restarts" } else { "" };
    let mut notes = layout.notes;
    notes.push(format!(
        "one run: its {what} rise from row to row{but}; if each row is a run of its own, name them in a column `run`"
    ));
    Ok(Layout { log: true, naming: Naming::File(run_name(path)), notes, ..layout })
}
