//! Folders of runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::options::ReadOptions;
use super::source;
use super::text::{run_name, run_place, shown_list};
use super::trajectories::counts;
use crate::error::Location;
use crate::run::{ColumnMapping, SourceFile, Sweep, TrajectoryLog};
use crate::{Error, Result};

/// What a tool calls the file that it writes for each run: the first of which a folder has some.
const OF_A_RUN: [&str; 5] =
    ["trainer_state.json", "metrics.jsonl", "metrics.csv", "history.jsonl", "wandb-history.jsonl"];
/// Endings of tables and logs.
const ENDINGS: [&str; 7] = ["csv", "tsv", "jsonl", "json", "log", "out", "parquet"];
/// Folders in folders.
const DEEPEST: usize = 8;

/// The files of a folder that are read.
struct Files {
    /// Each with the name of its run, where that is not its own.
    read: Vec<(PathBuf, Option<String>)>,
    /// How many others there are.
    left: usize,
    /// What a tool calls each.
    tool: Option<&'static str>,
}

/// The sweep of the files of a folder.
pub(super) fn read(folder: &Path, options: &ReadOptions) -> Result<Sweep> {
    let Files { read: all, left, tool } = files(folder)?;
    let read = |(path, name): (PathBuf, Option<String>)| {
        let options = ReadOptions { run_name: name, ..options.clone().among_others() };
        Sweep::from_reader(&path.display().to_string(), source::open(&path)?, &options)
    };
    let sweeps: Vec<Sweep> = all.into_iter().map(read).collect::<Result<_>>()?;
    let mut whole = Sweep::joined(sweeps)?;
    if !options.among_others {
        whole.check_whole()?;
    }
    if let Some(first) = whole.sources.first_mut().filter(|_| left > 0) {
        let what = tool.map_or_else(|| "tables and logs".to_owned(), |name| format!("files called {name}"));
        first
            .notes
            .push(format!("of the folder {} {what} are read, and {left} other files not", folder.display()));
    }
    let different = different_columns(&whole);
    if let Some(first) = whole.sources.first_mut() {
        first.notes.extend(different);
    }
    Ok(whole)
}

impl TrajectoryLog {
    /// Reads a table from a file, or each file of a folder that counts something, as [`Sweep::from_path`](crate::Sweep::from_path)
    /// reads them.
    ///
    /// ```
    /// use nbar::{ReadOptions, run::TrajectoryLog};
    /// let folder = std::env::temp_dir().join(format!("nbar-logs-{}", std::process::id()));
    /// std::fs::create_dir_all(&folder).unwrap();
    /// std::fs::write(folder.join("a.csv"), "step,loss\n9,3.0\n").unwrap();
    /// std::fs::write(folder.join("b.csv"), "step,loss,sparsity\n0,,0\n9,3.1,0.5\n").unwrap();
    /// let logs = TrajectoryLog::all_from_path(&folder, &ReadOptions::default())?;
    /// assert_eq!(logs.len(), 1);
    /// # std::fs::remove_dir_all(folder).unwrap();
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_reader_with`](Self::from_reader_with), and for a folder in which no file counts anything.
    pub fn all_from_path(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Vec<Self>> {
        match path.as_ref().is_dir() {
            true => logs(path.as_ref(), options),
            false => Self::from_path_with(path, options).map(|log| vec![log]),
        }
    }
}

/// The logs of counts of a folder: of those of its files that count something.
fn logs(folder: &Path, options: &ReadOptions) -> Result<Vec<TrajectoryLog>> {
    let mut logs = Vec::new();
    for (path, run_name) in files(folder)?.read {
        let options = ReadOptions { run_name, ..options.clone() };
        logs.extend(counts(&path.display().to_string(), source::open(&path)?, &options)?);
    }
    if logs.is_empty() {
        let remedy = "give logs with the columns that a log of counts has, or name the file that has them";
        return Err(Location::in_file(&folder.display().to_string())
            .refuse("no file of the folder counts what is left", remedy));
    }
    Ok(logs)
}

/// The files of a folder.
fn files(folder: &Path) -> Result<Files> {
    let mut all = Vec::new();
    list(folder, DEEPEST, &mut all)?;
    all.sort();
    let is = |name: &str, path: &Path| path.file_name().is_some_and(|own| own == name);
    let tool = OF_A_RUN.into_iter().find(|name| all.iter().any(|path| is(name, path)));
    let ends = |path: &Path| path.extension().is_some_and(|own| ENDINGS.iter().any(|ending| own == *ending));
    let is_read = |path: &PathBuf| tool.map_or_else(|| ends(path), |name| is(name, path));
    let (all, left_out): (Vec<PathBuf>, Vec<PathBuf>) = all.into_iter().partition(is_read);
    if all.is_empty() {
        let remedy = format!("name a file in it; these are read: *.{}", ENDINGS.join(", *."));
        return Err(Location::in_file(&folder.display().to_string())
            .refuse("the folder holds no table or log", remedy));
    }
    if let Some(tool) = tool {
        refuse_parts(tool, &all, &left_out)?;
    }
    if let Some(path) = all.iter().find(|path| path.to_str().is_none()) {
        return Err(Location::in_file(&path.display().to_string())
            .refuse("the name is not UTF-8", "give the file another name"));
    }
    let names = names(folder, &all);
    Ok(Files { read: all.into_iter().zip(names).collect(), left: left_out.len(), tool })
}

/// Refuses a folder of a run whose log is in parts, as `metrics_0.jsonl`, where those of the others are whole.
fn refuse_parts(tool: &str, read: &[PathBuf], left_out: &[PathBuf]) -> Result<()> {
    let (stem, ending) = tool.rsplit_once('.').unwrap_or((tool, ""));
    let is_part = |path: &&PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_named = name.starts_with(stem) && path.extension().is_some_and(|own| own == ending);
        is_named && !read.iter().any(|other| other.parent() == path.parent())
    };
    let Some(part) = left_out.iter().find(is_part) else { return Ok(()) };
    let problem =
        format!("beside it is no {tool}, which the runs of other folders have: it would be left out");
    let remedy =
        format!("join the parts of a run into one {tool}, each row once, or move such a folder away");
    Err(Location::in_file(&part.display().to_string()).refuse(problem, remedy))
}

/// What the losses and counts of the files are called, where that is not one and the same in all.
fn different_columns(sweep: &Sweep) -> Option<String> {
    let mut kinds: Vec<(Vec<&str>, &str)> = Vec::new();
    // Of files of which a filter leaves nothing no column is read.
    let read = |source: &&SourceFile| sweep.mapping.iter().any(|mapping| mapping.path == source.path);
    for source in sweep.sources.iter().filter(read) {
        let fitted = |mapping: &&ColumnMapping| {
            mapping.path == source.path && matches!(mapping.field, "params" | "tokens" | "flops" | "loss")
        };
        let columns = sweep.mapping.iter().filter(fitted).map(|mapping| mapping.column.as_str()).collect();
        if !kinds.iter().any(|(known, _)| *known == columns) {
            kinds.push((columns, &source.path));
        }
    }
    let described = |(columns, path): &(Vec<&str>, &str)| format!("{path} ({})", columns.join(", "));
    let all: Vec<String> = kinds.iter().map(described).collect();
    (all.len() > 1).then(|| {
        let remedy = "name the files of one sweep alone if these are of several";
        format!("files of different columns are read as one sweep: {}; {remedy}", shown_list(&all))
    })
}

/// All files of a folder but hidden ones.
fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    let refuse = |error| Error::read(folder.display().to_string(), error);
    for entry in std::fs::read_dir(folder).map_err(refuse)? {
        let entry = entry.map_err(refuse)?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            if depth > 0 && !path.is_symlink() {
                list(&path, depth - 1, files)?;
            }
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

/// For each file the name of its run, where that which the file tells is another's as well: its path in the folder, or, where it is
/// the only file of a folder in that, the path of its folder.
fn names(folder: &Path, files: &[PathBuf]) -> Vec<Option<String>> {
    let mut places: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in files {
        let place = run_place(file);
        let places = places.entry(run_name(&file.display().to_string())).or_default();
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let name = |file: &PathBuf| {
        let several = places[&run_name(&file.display().to_string())].len() > 1;
        let is_alone = files.iter().filter(|other| other.parent() == file.parent()).count() == 1;
        let is_own = run_place(file) == file.with_extension("");
        let own = file.parent().filter(|parent| is_own && is_alone && *parent != folder);
        let place = own.map_or_else(|| run_place(file), Path::to_path_buf);
        let inside = place.strip_prefix(folder).unwrap_or(&place).display().to_string();
        several.then_some(inside).filter(|name| !name.is_empty())
    };
    files.iter().map(name).collect()
}
