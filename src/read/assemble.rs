//! From rows under a header to a sweep, row by row.

use std::collections::HashSet;

use super::columns::Columns;
use super::commas::Commas;
use super::curve;
use super::facts::{Facts, RunTable};
use super::fields::Field;
use super::filter::{Beside, Filter};
use super::given::Given;
use super::held::{Held, Holds};
use super::layout::{Layout, Naming};
use super::options::ReadOptions;
use super::progress;
use super::row::{Rows, check_width, is_blank};
use super::rows::{Added, Assembled, Assembler};
use super::table::Table;
use super::titled;
use super::told;
use super::unit_row;
use super::wrong::Wrong;
use crate::Result;
use crate::error::Location;
use crate::run::{Conversion, Run, SourceFile, Sweep, Unmet, refuse_none};
use crate::units;

/// Where a name has more rows than this, they are taken for a curve: few models are trained at so many lengths.
const ROWS_OF_A_CURVE: usize = 12;

/// The runs of a table in memory.
pub(super) fn assemble_table(
    path: &str,
    mut table: Table,
    layout: Layout,
    options: &ReadOptions,
) -> Result<Sweep> {
    let mut uses = None;
    if let Some(commas) = options.commas {
        let mut held = plainly(path, table.headers(), table.cursor(), &layout, (commas, options))?;
        table = Table::gather(table.headers(), &mut held, |_| Ok(()))?;
        uses = held.uses();
    }
    let mut layout = layout;
    if told::is_open(path, table.headers(), &layout, options) {
        layout = told::layout(path, table.headers(), &mut table.cursor(), layout, options)?;
    }
    layout = progress::layout(path, &table, layout, options)?;
    let mut layout = curve::layout(path, &table, layout, options)?;
    if let (Naming::File(name), Some(own)) = (&mut layout.naming, &options.run_name) {
        name.clone_from(own);
    }
    let given = Given::new(options);
    let columns = Columns::map(path, table.headers().to_vec(), &layout, &given, options)?;
    let table = progress::with_tokens(table, &columns, &mut layout)?;
    let given = if layout.log { given.with_learnt(learn(path, &table, &columns, &layout)?) } else { given };
    let rows = table.into_cursor(layout.records);
    let mut sweep = read(path, columns, rows, layout, given, options)?;
    sweep.uses.extend(uses);
    Ok(sweep)
}

/// The runs of a table, row by row.
pub(super) fn assemble(
    path: &str,
    headers: Vec<String>,
    rows: impl Rows,
    layout: Layout,
    options: &ReadOptions,
) -> Result<Sweep> {
    if told::is_open(path, &headers, &layout, options) {
        let mut held = Held::gather(rows)?;
        let layout = told::layout(path, &headers, &mut held, layout, options)?;
        held.rewind();
        return assemble_told(path, headers, held, layout, options);
    }
    assemble_told(path, headers, rows, layout, options)
}

/// The same where nothing more is told of the columns.
fn assemble_told(
    path: &str,
    headers: Vec<String>,
    mut rows: impl Rows,
    layout: Layout,
    options: &ReadOptions,
) -> Result<Sweep> {
    let given = Given::new(options);
    let columns = |headers| Columns::map(path, headers, &layout, &given, options);
    let columns = match columns(headers.clone()) {
        Ok(columns) => columns,
        Err(error) => return Err(titled::refusal(path, &mut rows).unwrap_or(error)),
    };
    let Some(commas) = options.commas else { return read(path, columns, rows, layout, given, options) };
    let held = plainly(path, &headers, rows, &layout, (commas, options))?;
    read(path, columns, held, layout, given, options)
}

/// The rows in memory, with numbers as `commas` say.
fn plainly(
    path: &str,
    headers: &[String],
    rows: impl Rows,
    layout: &Layout,
    (commas, options): (Commas, &ReadOptions),
) -> Result<Held> {
    let columns = Columns::find_all(path, headers.to_vec(), layout, &options.columns)?;
    let filters = || options.filter.iter().chain(options.sides.iter().flatten());
    let is_named = |header: &String| {
        let in_filters = !header.is_empty() && filters().any(|filter| filter.contains(header.as_str()));
        in_filters || options.inputs.contains(header)
    };
    let mut held = Held::gather(rows)?;
    held.write_plainly(path, commas, headers, |index| match columns.holds(index) {
        Holds::Unread if is_named(&headers[index]) => Holds::Numbers,
        holds => holds,
    })?;
    Ok(held)
}

/// What rows of a log say of their runs: a tool may log the parameters once.
fn learn(path: &str, table: &Table, columns: &Columns, layout: &Layout) -> Result<Facts> {
    let mut facts = Facts::new(path, |field| columns.index(field));
    let (mut rows, mut changing) = (table.cursor(), HashSet::new());
    while rows.advance()? {
        let id = match (columns.index(Field::Run), &layout.naming) {
            (Some(column), _) => rows.cell(column),
            (None, Naming::File(name)) => name,
            _ => continue,
        };
        facts.learn(id, |field| columns.scaled(field, &rows), &rows);
        // A sparsity that changes is that of the moment.
        let sparsity = columns.scaled(Field::FinalSparsity, &rows);
        if !sparsity.is_empty() && sparsity != facts.cell(id, Field::FinalSparsity) && !changing.contains(id)
        {
            changing.insert(id.to_owned());
        }
    }
    changing.iter().for_each(|id| facts.forget(id, Field::FinalSparsity));
    Ok(facts)
}

fn read(
    path: &str,
    columns: Columns,
    mut rows: impl Rows,
    mut layout: Layout,
    given: Given,
    options: &ReadOptions,
) -> Result<Sweep> {
    let run_column = columns.index(Field::Run);
    let besides = Beside::new(columns.headers().len(), (run_column, &layout.naming), options.runs.as_ref());
    let known = (&columns, &besides);
    let filter = Filter::parse("filter", options.filter.as_deref().unwrap_or_default(), path, known)?;
    let side = |place: usize| {
        let text = options.sides[place].as_ref();
        text.map(|text| Filter::parse(["fit", "predict"][place], text, path, known)).transpose()
    };
    let sides = [side(0)?, side(1)?];
    let width = columns.headers().len();
    let loss = columns.header(Field::Loss).to_owned();
    let run = run_column.map(|_| columns.header(Field::Run).to_owned());
    let (mapping, unused) = (columns.mapping(), columns.unused());
    let by_bytes = match columns.conversion(Field::Loss) {
        Conversion::Bits { unit, .. } | Conversion::Nats { unit, .. } => unit != "token",
        _ => false,
    };
    layout.notes.extend(columns.notes(|field| given.has(field)));
    // A table of runs names them, and a column may count what a curve has several of.
    let is_curve = options.curves || options.runs.is_some() || columns.counts_checkpoints();
    let epochs = columns.epochs_alone().map(|index| (index, columns.headers()[index].clone()));
    let mut most_epochs = 1.0f64;
    let of_pruning = [Field::Schedule, Field::FinalSparsity, Field::AverageParams];
    let is_read = of_pruning.iter().any(|field| columns.index(*field).is_some() || given.has(*field));
    let beside =
        options.runs.as_ref().filter(|_| !is_read).map(|table| (table, columns.is_off(Field::FinalSparsity)));
    let rivals = columns.rivals(|field| given.has(field));
    let filters = || [Some(&filter), sides[0].as_ref(), sides[1].as_ref()].into_iter().flatten();
    let mut assembler = Assembler::new(path, columns, &layout, given).with_inputs(&options.inputs)?;
    let mut wrong = Wrong::of(path);
    let (mut all, mut kept, mut without_loss, mut before, mut not_finite) = (0, 0, 0, 0, 0);
    let mut line = 0;
    while rows.advance()? {
        if is_blank(&rows) {
            continue;
        }
        all += 1;
        if all == 1 {
            unit_row::refuse(path, assembler.columns(), &rows)?;
        }
        wrong.share_lines |= rows.line() == std::mem::replace(&mut line, rows.line());
        filters().for_each(|filter| filter.note((path, rows.line()), |index| besides.cell(&rows, index)));
        if !filter.keeps_line(path, rows.line()) {
            assembler.leave_out(&rows);
            continue;
        }
        let keeps = |filter: &Filter| {
            filter.keeps(
                (path, rows.line()),
                |index, of| besides.known(&rows, path, (index, of)),
                |index, of, refusal| refusal.at(besides.place(&rows, path, index).column(of)),
            )
        };
        let is_kept = check_width(path, &rows, width).and_then(|()| keeps(&filter));
        if let Ok(false) = is_kept {
            assembler.leave_out(&rows);
            continue;
        }
        // Where one side is chosen, all other rows are on the other.
        let on = is_kept.and_then(|_| match &sides {
            [None, None] => Ok(Some([false; 2])),
            [Some(fit), None] => keeps(fit).map(|fit| Some([fit, !fit])),
            [None, Some(predict)] => keeps(predict).map(|predict| Some([!predict, predict])),
            [Some(fit), Some(predict)] => {
                Ok(Some([keeps(fit)?, keeps(predict)?]).filter(|on| *on != [false; 2]))
            }
        });
        if let Ok(None) = on {
            assembler.leave_out(&rows);
            continue;
        }
        kept += 1;
        if on.is_ok() {
            rivals.check(path, &rows)?;
        }
        let of_row = epochs.as_ref().and_then(|(index, _)| units::number(rows.cell(*index)));
        most_epochs = of_row.map_or(most_epochs, |own| most_epochs.max(own));
        match on.and_then(|on| assembler.add(&rows, on.unwrap_or_default())) {
            Ok(Added::Kept) => {}
            Ok(Added::WithoutLoss) => without_loss += 1,
            Ok(Added::BeforeTraining) => before += 1,
            Ok(Added::NotFinite) => not_finite += 1,
            Err(error) => {
                wrong.add(assembler.other_header(&rows).unwrap_or(error));
                assembler.read_cells(&rows).for_each(|(field, cell)| wrong.commas.note(field, cell));
            }
        }
    }
    let unmet: Vec<Unmet> = filters().flat_map(Filter::unmet).collect();
    let refuse = |problem: &str, remedy: &str| Err(Location::in_file(path).refuse(problem, remedy));
    if all == 0 {
        return refuse("no row follows the header", "give a row for each checkpoint");
    }
    if kept == 0 {
        let filter = options.filter.as_deref().unwrap_or_default();
        let filters = [Some(filter), options.sides[0].as_deref(), options.sides[1].as_deref()];
        let filters: Vec<&str> = filters.into_iter().flatten().filter(|filter| !filter.is_empty()).collect();
        let problem = match filters.as_slice() {
            [one] => format!("the filter '{one}' leaves none of {all} rows"),
            _ => format!("the filters '{}' leave none of {all} rows", filters.join("', '")),
        };
        if options.among_others {
            return Ok(Sweep::left_out(path, layout.format, (all, unmet)));
        }
        return Err(refuse_none(Location::in_file(path), &problem, &unmet));
    }
    if kept == without_loss + before {
        return refuse(
            "no row has a loss after the first token",
            "name the column of the losses (`columns: loss=NAME`), or give a log that has them",
        );
    }
    let mut uses = assembler.uses();
    uses.extend(rows.uses().or_else(|| options.runs.as_ref().and_then(|runs| runs.0.uses)));
    uses.extend(by_bytes.then_some("bytes_per_token"));
    if let Some(error) = assembler.several_splits().or_else(|| assembler.lone_evaluation()) {
        return Err(error);
    }
    let Assembled { runs, origins, repeated, superseded, beyond_last, lost, notes, mut doubtful, curves } =
        assembler.finish(&mut wrong);
    let is_counted = |run: &&Run| options.counted.contains(run.id());
    doubtful.extend(beside.into_iter().flat_map(|(table, is_off)| {
        table.doubtful(runs.iter().filter(|run| !is_counted(run)).map(Run::id), is_off)
    }));
    wrong.refuse(kept, run.as_deref(), runs.iter().map(Run::id))?;
    if runs.is_empty() {
        return refuse("the run diverged: none of its losses is finite", "leave it out");
    }
    if beyond_last > 0 {
        let runs = if beyond_last == 1 { "a run".to_owned() } else { format!("{beyond_last} runs") };
        layout.notes.push(format!(
            "the last rows of {runs} are left out: where a schedule is in shares of a run, it is of the whole run"
        ));
    }
    layout.notes.extend(epochs.filter(|_| most_epochs > 1.0).map(|(_, name)| {
        format!(
            "'{name}' goes up to {most_epochs}, and tokens are taken as all that a run saw; if they are those of one epoch, add a \
             column of tokens x epochs, and call theirs `unique_tokens`"
        )
    }));
    let curves = curves.filter(|_| runs.iter().any(|run| run.checkpoints().len() > 1));
    if let Some(name) = curves {
        let rows: usize = runs.iter().map(|run| run.checkpoints().len()).sum();
        let [all, names] =
            [(rows, "row"), (runs.len(), "name")].map(|(count, of)| units::format_count(count, of));
        let several = format!("'{name}' has {names} on {all}");
        if rows <= ROWS_OF_A_CURVE * runs.len() && !is_curve {
            let problem =
                format!("{several}: rows of one name may be runs of their own, or one run's loss curve");
            let remedy =
                format!("say `columns: run=` for runs of their own, or `columns: run={name}` for curves");
            return refuse(&problem, &remedy);
        }
        layout.notes.push(format!(
            "{several}: rows of one name are one run's loss curve; if each row is a run of its own, say `columns: run=`"
        ));
    }
    layout.notes.extend(notes);
    layout.notes.extend(layout.of_loss.filter(|(name, _)| *name == loss).map(|(_, note)| note.to_owned()));
    for (count, what) in [
        (without_loss, format!("without '{loss}', passed over")),
        (not_finite, format!("where '{loss}' is not finite, passed over")),
        (before, "before the first token, passed over".to_owned()),
        (repeated, "at tokens that a later row has too (a restart?), the later kept".to_owned()),
    ] {
        if count > 0 {
            layout.notes.push(format!("{count} of {all} rows {what}"));
        }
    }
    let told = options.runs.as_ref().map(|RunTable(facts)| facts.told());
    let sweep = Sweep {
        runs,
        origins,
        files: vec![path.to_owned()],
        mapping,
        unused_columns: unused,
        sources: vec![SourceFile { path: path.to_owned(), format: layout.format, notes: layout.notes }],
        uses,
        rows_read: all,
        rows_filtered_out: all - kept,
        rows_passed_over: without_loss + before + not_finite + repeated + superseded,
        unmet,
        doubtful,
        lost,
        prune_window: None,
        told,
    };
    if !options.among_others {
        sweep.check_whole()?;
    }
    Ok(sweep)
}
