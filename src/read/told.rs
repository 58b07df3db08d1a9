//! What the cells of columns tell where their names leave a field open: labels are no sizes, and what all rows share names no run.

use super::columns::Columns;
use super::fields::{Field, normalise};
use super::layout::Layout;
use super::options::ReadOptions;
use super::row::Rows;
use crate::{Result, units};

/// What a table is of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Of {
    Log,
    Sweep,
    /// One row a run.
    Runs,
}

/// Columns that their cells rule out, and what to say of that.
pub(super) type RuledOut = (Vec<(Field, usize)>, Option<String>);

/// What stands in a column.
#[derive(Debug, Default, Clone)]
struct Seen {
    first: String,
    varies: bool,
    /// Cells that are numbers, and those among them with a unit behind them, as `7B`.
    numbers: usize,
    in_unit: usize,
}

/// Whether names leave the sizes or the names of runs open.
pub(super) fn is_open(path: &str, headers: &[String], layout: &Layout, options: &ReadOptions) -> bool {
    let Ok(columns) = Columns::with_chosen(path, headers.to_vec(), &options.columns) else { return false };
    is_several(&columns) && Columns::find_all(path, headers.to_vec(), layout, &options.columns).is_err()
}

/// Whether several columns are called sizes, or names of runs.
pub(super) fn is_several(columns: &Columns) -> bool {
    [Field::Params, Field::Run].into_iter().any(|field| columns.called(field).len() > 1)
}

/// The same layout without the columns that their cells rule out.
pub(super) fn layout(
    path: &str,
    headers: &[String],
    rows: &mut impl Rows,
    mut layout: Layout,
    options: &ReadOptions,
) -> Result<Layout> {
    let columns = Columns::with_chosen(path, headers.to_vec(), &options.columns)?;
    let of = if layout.log { Of::Log } else { Of::Sweep };
    let (not, note) = ruled_out(columns, rows, of)?;
    layout.not.extend(not);
    layout.notes.extend(note);
    Ok(layout)
}

/// Columns that their cells rule out, and what to say of that.
pub(super) fn ruled_out(mut columns: Columns, rows: &mut impl Rows, of: Of) -> Result<RuledOut> {
    let mut seen = vec![Seen::default(); columns.headers().len()];
    let mut all = 0;
    while rows.advance()? {
        all += 1;
        for (index, seen) in seen.iter_mut().enumerate().take(rows.len()) {
            let cell = rows.cell(index);
            if all == 1 {
                cell.clone_into(&mut seen.first);
            }
            seen.varies |= cell != seen.first;
            if units::number(cell).is_some() {
                seen.numbers += 1;
                seen.in_unit += usize::from(cell.ends_with(|last: char| last.is_ascii_alphabetic()));
            }
        }
    }
    let sizes = columns.called(Field::Params);
    let most = sizes.iter().map(|index| seen[*index].numbers).max().unwrap_or_default();
    // An `n` may count anything.
    let is_named =
        |index: &usize| !Field::Params.info().is_weak_alias(&normalise(&columns.headers()[*index]));
    let is_number = |index: &usize| seen[*index].numbers > 0;
    let is_exact = |index: &usize| seen[*index].numbers == most && seen[*index].in_unit == 0;
    let mut not = Vec::new();
    let mut rule_out = |which: &dyn Fn(&usize) -> bool| {
        if sizes.iter().any(|index| which(index) && is_named(index)) {
            not.extend(sizes.iter().filter(|index| !which(index)).map(|index| (Field::Params, *index)));
        }
    };
    rule_out(&is_number);
    rule_out(&is_exact);
    columns.rule_out(&not);
    if of == Of::Log {
        return Ok((not, None));
    }
    // A run has one size; rows with steps may be curves.
    let found = columns.find_each(&[Field::Params, Field::Step], &[]);
    let size = found.ok().and_then(|()| columns.index(Field::Params));
    let (names, shared): (Vec<usize>, Vec<usize>) =
        columns.called(Field::Run).into_iter().partition(|index| seen[*index].varies);
    let varies = size.is_some_and(|size| seen[size].varies);
    let is_a_row = match of {
        Of::Runs => varies || !names.is_empty(),
        Of::Sweep | Of::Log => varies && columns.index(Field::Step).is_none(),
    };
    if is_a_row {
        not.extend(shared.iter().map(|index| (Field::Run, *index)));
        if names.is_empty() && !shared.is_empty() {
            let shared: Vec<String> =
                shared.iter().map(|index| format!("'{}'", columns.headers()[*index])).collect();
            let shared = shared.join(" and ");
            let note = format!("each row is a run: sizes differ, and all rows are alike in {shared}");
            return Ok((not, Some(note)));
        }
    }
    Ok((not, None))
}
