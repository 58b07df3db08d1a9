//! The table of new runs that `nbar predict --from` reads.

use std::path::Path;

use nbar::error::Location;
use nbar::law::Input;
use nbar::read::{Commas, Point, PointTable};
use nbar::{Ensemble, Error, ReadOptions, Result};

use crate::args::say_columns;
use crate::host::read as read_held;
use crate::talk;

/// How the table is read.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ReadingArgs {
    /// Columns of that table to read instead of those recognised: params_millions=size
    #[arg(long, value_name = "FIELD=COLUMN,...", help_heading = "Input", requires = "from")]
    columns: Option<String>,
    /// What commas in its numbers mark: decimal (2,51), decimal-dots-thousands (1.234,5 and 1.234) or thousands (1,234)
    #[arg(long, value_name = "WHAT", help_heading = "Input", requires = "from")]
    commas: Option<Commas>,
}

impl ReadingArgs {
    /// The same as options; refused where there is no table that they are of.
    pub(super) fn options(&self, has_table: bool) -> Result<ReadOptions> {
        let mut options = ReadOptions::default();
        if let Some(columns) = &self.columns {
            options = options.with_columns(columns)?;
        }
        options.commas = self.commas;
        let commas = self.commas.map(|commas| ("commas", commas.to_string()));
        let said = commas.or_else(|| Some(("columns", self.columns.clone()?)));
        match said.filter(|_| !has_table) {
            None => Ok(options),
            Some((option, value)) => {
                let problem = "is of a table of runs, and there is none";
                Err(Error::option(option, value, problem, "leave it out, or name the table (`from`)"))
            }
        }
    }
}

/// Reads a table of points, and says which of its columns have no use; `-` is stdin.
pub(super) fn read(path: &Path, options: &ReadOptions, ensemble: &Ensemble) -> Result<Vec<Point>> {
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
    if has("flops") && !has("tokens") {
        talk(format!("{name}: tokens are FLOPs / (6 params)"));
    }
    if table.points.iter().any(|point| point.unique_tokens.is_some()) && !super::reads_unique_tokens(ensemble)
    {
        talk(format!("{name}: unique tokens are not read by this law"));
    }
    Ok(table.points)
}
