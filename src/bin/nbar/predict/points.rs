//! The table of runs that `nbar predict --from` and `nbar score` read.

use std::path::Path;

use nbar::error::Location;
use nbar::law::Input;
use nbar::predict::NewRun;
use nbar::read::{Point, PointTable};
use nbar::units::format_quantity;
use nbar::{Ensemble, Error, ReadOptions, Result, Trajectory};

use crate::args::say_columns;
use crate::format::{digits, format_count, some_names};
use crate::host::read as read_held;
use crate::{talk, warn};

/// An error of the forecasts of points, with the place of the first of them that has one.
pub(crate) fn placed<'a>(
    error: Error,
    points: impl IntoIterator<Item = &'a Point>,
    (path, ensemble): (Option<&Path>, &Ensemble),
) -> Error {
    let has_failed = |point: &&Point| {
        let answer = NewRun::of_point(point).and_then(|run| ensemble.predict_run(&run));
        answer.is_err()
    };
    let (Some(path), false) = (path, matches!(error, Error::Cancelled { .. })) else { return error };
    match points.into_iter().find(has_failed).and_then(|point| point.line) {
        Some(line) => Location::in_file(&path.display().to_string()).line(line).blame(error),
        None => error,
    }
}

/// More often nobody repeats data.
const MOST_EPOCHS: f64 = 1e4;

/// Reads a table of points, and says which of its columns have no use; `-` is stdin.
pub(crate) fn read(path: &Path, options: &ReadOptions, ensemble: &Ensemble) -> Result<Vec<Point>> {
    let held = |options: &ReadOptions| {
        let of_text = |name: &str, text| PointTable::from_reader_with(name, text, options);
        read_held(path, of_text, |path| PointTable::from_path_with(path, options))
    };
    let (name, table) = match path.to_str() {
        Some("-") => ("<stdin>", PointTable::from_reader_with("<stdin>", std::io::stdin().lock(), options)?),
        name => (name.unwrap_or("the table"), held(options)?),
    };
    say_columns(Path::new(name), &table.mapping);
    let inputs = &ensemble.fit.law().spec().inputs;
    let is_input =
        |name: &str| inputs.iter().any(|input| matches!(input, Input::Column(own) if **own == *name));
    for (point, header) in
        table.points.iter().flat_map(|point| table.unused_columns.iter().map(move |name| (point, name)))
    {
        if is_input(header) && !point.columns.iter().any(|(name, _)| name == header) {
            let place = Location::in_file(name).line(point.line.unwrap_or_default()).column(header);
            return Err(
                place.refuse("the law reads the column, and the cell is no number", "write one, as 0.01")
            );
        }
    }
    let by = |column: &str| held(&options.clone().with_column("group", column)).ok();
    check_groups(name, &table, ensemble, &by)?;
    let unused: Vec<&str> =
        table.unused_columns.iter().map(String::as_str).filter(|n| !is_input(n)).collect();
    if !unused.is_empty() {
        talk(format!("{name}: columns not used: {}", some_names(&unused)));
    }
    table.findings().iter().for_each(|finding| warn(finding.to_string()));
    if table.superseded > 0 {
        let rows = format_count(table.superseded, "row");
        talk(format!("{name}: left out: {rows} of runs that restart from a checkpoint before them"));
    }
    let has = |field: &str| table.mapping.iter().any(|mapping| mapping.field == field);
    let of_flops = match ensemble.fit.flops_of(1.0, 1.0) {
        6.0 => "FLOPs / (6 params)".to_owned(),
        times => format!("FLOPs / ({} params), as those of the fit", digits(times, 3)),
    };
    let how = [
        (has("tokens") || table.points.iter().all(|point| point.flops_alone), None),
        (has("samples") && has("sequence_length"), Some("samples x sequence length")),
        (has("step") && has("tokens_per_step"), Some("steps x tokens a step")),
        (
            has("step") && has("batch_size") && has("sequence_length"),
            Some("steps x batch size x sequence length"),
        ),
        (has("tokens_per_param") && !has("flops"), Some("params x tokens a parameter")),
        (true, Some(&*of_flops)),
    ];
    if let Some((_, Some(how))) = how.into_iter().find(|(is_so, _)| *is_so) {
        talk(format!("{name}: tokens are {how}"));
    }
    if table.points.iter().any(|point| point.unique_tokens.is_some()) && !super::reads_unique_tokens(ensemble)
    {
        talk(format!("{name}: unique tokens are not read by this law"));
    }
    Ok(table.points)
}

/// Says when different tokens are hardly those of a run.
pub(super) fn warn_of_unique(unique: f64, tokens: f64) {
    if tokens > MOST_EPOCHS * unique {
        let epochs = format_quantity(tokens / unique, 3);
        warn(format!("each unique token is seen {epochs} times; see whether a unit is missing (7B, 1.4T)"));
    }
    if unique > tokens {
        warn("there are more unique tokens than tokens: all of the run's tokens are taken as different");
    }
}

/// The columns of a table that have nothing but groups of the fit.
fn of_groups(
    table: &PointTable,
    groups: &[String],
    read: &dyn Fn(&str) -> Option<PointTable>,
) -> Vec<String> {
    let is_own = |point: &Point| point.group.as_ref().is_some_and(|group| groups.contains(group));
    let is_one = |column: &&String| read(column).is_some_and(|table| table.points.iter().all(is_own));
    table.unused_columns.iter().filter(is_one).cloned().collect()
}

/// Says which rows are of other groups than the one that is asked.
pub(crate) fn warn_of_others(points: &[Point], asked: Option<&str>) {
    let Some(asked) = asked else { return };
    let others = points.iter().filter(|point| point.group.as_deref().is_some_and(|own| own != asked)).count();
    if others > 0 {
        let (rows, say) = (format_count(others, "row"), if others == 1 { "says" } else { "say" });
        warn(format!(
            "{rows} of the table {say} another group than {asked}, whose law predicts all; without `group` each is predicted by its own"
        ));
    }
}

/// Counts that are alike to this share, as of three digits, are one.
const ALIKE: f64 = 5e-3;
/// The same of losses.
const SAME_LOSS: f64 = 1e-5;

/// The N̄, D and loss of each run that was fitted, in the order of D.
struct Fitted(Vec<[f64; 3]>);

impl Fitted {
    fn of(ensemble: &Ensemble) -> Self {
        let rows = &ensemble.fit.observations;
        let all = rows.average_params().iter().zip(rows.tokens()).zip(rows.loss());
        let mut all: Vec<[f64; 3]> = all.map(|((n, d), loss)| [*n, *d, *loss]).collect();
        all.sort_by(|a, b| a[1].total_cmp(&b[1]));
        Self(all)
    }

    /// Whether one of them is this run, of this loss if one is given.
    fn has(&self, run: &Trajectory, loss: Option<f64>) -> bool {
        let near = |a: f64, b: f64, share: f64| (a - b).abs() <= share * b.abs();
        let tokens = run.tokens();
        let first = self.0.partition_point(|[_, d, _]| *d < tokens * (1.0 - ALIKE));
        let as_long = self.0[first..].iter().take_while(|[_, d, _]| *d <= tokens * (1.0 + ALIKE));
        as_long.into_iter().any(|[n, _, own]| {
            near(*n, run.average_params(), ALIKE) && loss.is_none_or(|loss| near(*own, loss, SAME_LOSS))
        })
    }
}

/// Says how many of some runs that are to be registered have the size and length of runs that were fitted.
pub(super) fn warn_of_known(points: &[Point], ensemble: &Ensemble) {
    let fitted = Fitted::of(ensemble);
    let known = points.iter().filter(|point| fitted.has(&point.trajectory, None)).count();
    if known > 0 {
        let (runs, have) = (format_count(points.len(), "run"), if known == 1 { "has" } else { "have" });
        warn(format!(
            "{known} of {runs} {have} the N̄ and D of a run that was fitted: how near the law comes to these is no test of a forecast"
        ));
    }
}

/// Says which of some measured runs were fitted.
pub(crate) fn warn_of_fitted<'a>(points: impl Iterator<Item = &'a Point>, ensemble: &Ensemble) {
    let fitted = Fitted::of(ensemble);
    let (mut measured, mut known) = (0, 0);
    for point in points.filter(|point| point.loss.is_some()) {
        measured += 1;
        known += usize::from(fitted.has(&point.trajectory, point.loss));
    }
    if known > 0 {
        let (runs, were) = (format_count(measured, "run"), if known == 1 { "was" } else { "were" });
        warn(format!(
            "{known} of {runs} with a loss {were} fitted: how near the law comes to these is no test of a forecast"
        ));
    }
}

/// Refuses rows of groups that a fit by groups does not have, or that say none.
fn check_groups(
    name: &str,
    table: &PointTable,
    ensemble: &Ensemble,
    read: &dyn Fn(&str) -> Option<PointTable>,
) -> Result<()> {
    let groups = ensemble.fit.groups();
    let column = table.mapping.iter().find(|mapping| mapping.field == "group").map(|of| of.column.as_str());
    if groups.is_empty() {
        if let Some(column) = column {
            talk(format!("{name}: the groups in '{column}' are not read: one law predicts all rows"));
        }
        return Ok(());
    }
    let Some(column) = column else {
        let unused = &table.unused_columns;
        let problem =
            format!("the fit is by groups ({}), and no column says whose a row is", groups.join(", "));
        let fitting = if name == "<stdin>" { Vec::new() } else { of_groups(table, &groups, read) };
        let remedy = match (fitting.as_slice(), unused.is_empty()) {
            ([column], _) => format!("if '{column}' does, say `columns: group={column}`"),
            (_, true) => "add a column `group`".to_owned(),
            (_, false) => "name their column (`columns: group=NAME`), or add a column `group`".to_owned(),
        };
        return Err(Location::in_file(name).refuse(problem, remedy));
    };
    for point in &table.points {
        let group = point.group.as_deref().unwrap_or_default();
        if !groups.iter().any(|own| own == group) {
            let place = Location::in_file(name).line(point.line.unwrap_or_default()).column(column);
            let problem = format!("the fit has no group '{group}' (it has {})", groups.join(", "));
            return Err(place.refuse(problem, "write one of these, or leave the row out"));
        }
    }
    Ok(())
}
