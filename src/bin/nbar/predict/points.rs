//! The table of runs that `nbar predict --from` and `nbar score` read.

use std::path::Path;

use nbar::error::Location;
use nbar::law::Input;
use nbar::read::{Point, PointTable};
use nbar::{Ensemble, ReadOptions, Result};

use crate::args::say_columns;
use crate::host::read as read_held;
use crate::talk;

/// Reads a table of points, and says which of its columns have no use; `-` is stdin.
pub(crate) fn read(path: &Path, options: &ReadOptions, ensemble: &Ensemble) -> Result<Vec<Point>> {
    let (name, table) = match path.to_str() {
        Some("-") => ("<stdin>", PointTable::from_reader_with("<stdin>", std::io::stdin().lock(), options)?),
        name => {
            let held = |name: &str, text| PointTable::from_reader_with(name, text, options);
            let table = read_held(path, held, |path| PointTable::from_path_with(path, options))?;
            (name.unwrap_or("the table"), table)
        }
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
    let unused: Vec<&str> =
        table.unused_columns.iter().map(String::as_str).filter(|n| !is_input(n)).collect();
    if !unused.is_empty() {
        talk(format!("{name}: columns not used: {}", unused.join(", ")));
    }
    let has = |field: &str| table.mapping.iter().any(|mapping| mapping.field == field);
    let how = [
        (has("tokens") || table.points.iter().all(|point| point.flops_alone), None),
        (has("samples") && has("sequence_length"), Some("samples x sequence length")),
        (has("step") && has("tokens_per_step"), Some("steps x tokens a step")),
        (
            has("step") && has("batch_size") && has("sequence_length"),
            Some("steps x batch size x sequence length"),
        ),
        (true, Some("FLOPs / (6 params)")),
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
