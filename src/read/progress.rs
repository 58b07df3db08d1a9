//! Tokens along the steps of a log: rows of an evaluation have those of the training row of their step, and counts that keep falling are of one step.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::columns::Columns;
use super::fields::Field;
use super::layout::Layout;
use super::options::ReadOptions;
use super::row::Rows;
use super::table::Table;
use crate::{Result, units};

/// Counts that fall on more than one row of so many, while steps rise, are not of all that was seen.
const RARELY: usize = 4;

/// The layout without a column of tokens that are those of one step, and without evaluations before the first.
pub(super) fn layout(path: &str, table: &Table, mut layout: Layout, options: &ReadOptions) -> Result<Layout> {
    let headers = table.headers();
    let Ok(columns) = Columns::find_all(path, headers.to_vec(), &layout, &options.columns) else {
        return Ok(layout);
    };
    if let Some(step) = columns.index(Field::Step).filter(|_| layout.log) {
        for index in columns.bits_of_evaluation() {
            let (mut is_told, mut rows) = (false, table.cursor());
            while !is_told && rows.advance()? {
                let is_begun = units::number(rows.cell(step)).is_some_and(|step| step > 0.0);
                is_told |= is_begun && !rows.cell(index).is_empty();
            }
            if !is_told {
                layout.not.push((Field::Loss, index));
            }
        }
    }
    let fields = [Field::Step, Field::Tokens].map(|field| columns.index(field));
    let ([Some(step), Some(tokens)], false) = (fields, columns.is_chosen(Field::Tokens)) else {
        return Ok(layout);
    };
    if !layout.log || columns.index(Field::Run).is_some() {
        return Ok(layout);
    }
    let (mut before, mut rises, mut falls) = (None, 0, 0);
    let mut rows = table.cursor();
    while rows.advance()? {
        let now = [step, tokens].map(|index| units::number(rows.cell(index)));
        let [Some(at), Some(seen)] = now else { continue };
        if let Some((last, all)) = before.replace((at, seen))
            && at > last
        {
            rises += 1;
            falls += usize::from(seen < all);
        }
    }
    if falls > 0 && falls * RARELY > rises {
        let [step, name] = [step, tokens].map(|index| &headers[index]);
        layout.not.push((Field::Tokens, tokens));
        layout.notes.push(format!(
            "'{name}' is not read: it falls while '{step}' rises, and may be the tokens of one step"
        ));
    }
    Ok(layout)
}

/// What the rows of a step tell of its tokens; none where they differ.
type Told = HashMap<(SmolStr, SmolStr), Option<SmolStr>>;

/// The table with tokens on all rows that have a loss and none, where another row of the same step of the same run tells them.
pub(super) fn with_tokens(table: Table, columns: &Columns, layout: &mut Layout) -> Result<Table> {
    let [Some(step), Some(tokens), Some(loss)] =
        [Field::Step, Field::Tokens, Field::Loss].map(|field| columns.index(field))
    else {
        return Ok(table);
    };
    let run = columns.index(Field::Run);
    if run.is_none() && !(layout.log && rise(&table, step)?) {
        // Rows of one step may be of several runs.
        return Ok(table);
    }
    let lacks = |rows: &dyn Fn(usize) -> bool| rows(tokens) && !rows(step) && !rows(loss);
    let (mut rows, mut is_lacking) = (table.cursor(), false);
    while rows.advance()? {
        is_lacking |= lacks(&|index| rows.cell(index).is_empty());
    }
    drop(rows);
    if !is_lacking {
        return Ok(table);
    }
    let mut told = Told::new();
    let mut rows = table.cursor();
    while rows.advance()? {
        let cell = rows.cell(tokens);
        if !cell.is_empty() && !rows.cell(step).is_empty() {
            let known = told.entry(place(&rows, run, step)).or_insert_with(|| Some(cell.into()));
            *known = known.take().filter(|known| known == cell);
        }
    }
    let mut filled =
        Filled { rows: table.cursor(), place: (run, step, tokens, loss), told, now: None, all: 0 };
    let whole = Table::gather(table.headers(), &mut filled, |_| Ok(()))?;
    if filled.all > 0 {
        let rows = units::format_count(filled.all, "row");
        layout.notes.push(format!(
            "'{}' of {rows} is that of another row of the same step",
            columns.headers()[tokens]
        ));
    }
    Ok(whole)
}

/// Whether steps never fall, as those of one run do not.
fn rise(table: &Table, step: usize) -> Result<bool> {
    let (mut rows, mut last) = (table.cursor(), f64::NEG_INFINITY);
    while rows.advance()? {
        if let Some(now) = units::number(rows.cell(step)) {
            if now < last {
                return Ok(false);
            }
            last = now;
        }
    }
    Ok(true)
}

/// The run and the step of a row.
fn place(row: &impl Rows, run: Option<usize>, step: usize) -> (SmolStr, SmolStr) {
    (run.map_or("", |run| row.cell(run)).into(), row.cell(step).into())
}

/// Rows with the tokens that others tell.
#[derive(Debug)]
struct Filled<R> {
    rows: R,
    place: (Option<usize>, usize, usize, usize),
    told: Told,
    now: Option<SmolStr>,
    all: usize,
}

impl<R: Rows> Rows for Filled<R> {
    fn advance(&mut self) -> Result<bool> {
        let (run, step, tokens, loss) = self.place;
        let more = self.rows.advance()?;
        let is_empty = |index: usize| self.rows.cell(index).is_empty();
        let lacks = more && is_empty(tokens) && !is_empty(step) && !is_empty(loss);
        self.now = lacks.then(|| self.told.get(&place(&self.rows, run, step)).cloned().flatten()).flatten();
        self.all += usize::from(self.now.is_some());
        Ok(more)
    }

    fn line(&self) -> u64 {
        self.rows.line()
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn cell(&self, index: usize) -> &str {
        match &self.now {
            Some(tokens) if self.place.2 == index => tokens,
            _ => self.rows.cell(index),
        }
    }
}
