//! Files as tools write them, recognised by what is in them.

mod datadecide;
mod hf_trainer;
mod json;
mod levanter;
mod megatron;
mod names;
mod olmo;
#[cfg(feature = "parquet")]
mod parquet;
mod python_numbers;
mod tensorboard;
mod wandb_chart;
mod wandb_history;

use std::fmt;
use std::io::{BufRead, Read};
use std::path::Path;

use super::assemble::{assemble, assemble_table};
use super::csv::{check_width, header};
use super::records::Records;
use super::table::Table;
use super::{ReadOptions, Sweep, source};
use crate::{Error, Result};

/// What a file was recognised as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// A sweep table as CSV, a row for each measured loss.
    #[default]
    Csv,
    /// A sweep table as JSON: an array of records, or `{"runs": [...]}`.
    Json,
    /// A sweep table as JSON Lines: a record on each line.
    JsonLines,
    /// A sweep table as Parquet (with the feature `parquet`).
    Parquet,
    /// A chart exported from Weights & Biases: a column for each run and metric.
    WandbChart,
    /// The history of a Weights & Biases run, with or without its config.
    WandbHistory,
    /// `trainer_state.json` of the Hugging Face Trainer.
    HfTrainer,
    /// A scalar exported from TensorBoard, as CSV or JSON.
    TensorBoard,
    /// The log of a training by Megatron-LM.
    Megatron,
    /// The log of a training by NeMo.
    Nemo,
    /// What Levanter logs (Marin's runs are trained by it).
    Levanter,
    /// What OLMo logs.
    Olmo,
    /// A table of DataDecide.
    DataDecide,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "sweep table, CSV",
            Self::Json => "sweep table, JSON",
            Self::JsonLines => "sweep table, JSON Lines",
            Self::Parquet => "sweep table, Parquet",
            Self::WandbChart => "W&B chart",
            Self::WandbHistory => "W&B history",
            Self::HfTrainer => "Hugging Face trainer state",
            Self::TensorBoard => "TensorBoard scalar",
            Self::Megatron => "Megatron-LM log",
            Self::Nemo => "NeMo log",
            Self::Levanter => "Levanter log",
            Self::Olmo => "OLMo log",
            Self::DataDecide => "DataDecide table",
        })
    }
}

/// A file of a sweep: as what it was read, and what to know of it.
///
/// ```
/// let state = r#"{"log_history": [{"step": 10, "loss": 3.5}, {"step": 20, "loss": 3.25}]}"#;
/// let options = nbar::ReadOptions::default().with_run_params(1e8).with_tokens_per_step(5e5);
/// let sweep = nbar::Sweep::from_reader("a/trainer_state.json", state.as_bytes(), &options)?;
/// let source = &sweep.sources()[0];
/// assert_eq!(source.format, nbar::run::Format::HfTrainer);
/// assert_eq!(sweep.runs()[0].checkpoints[1].tokens, 1e7);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceFile {
    /// Its path.
    pub path: String,
    /// As what it was read.
    pub format: Format,
    /// What was made of it beside its mapping of columns: rows passed over, and what the tool leaves out.
    pub notes: Vec<String>,
}

impl Sweep {
    /// Reads a file of any known [`Format`], which its content tells.
    ///
    /// ```
    /// let sweep = nbar::Sweep::from_path("data/gemstones_hot.csv")?;
    /// assert_eq!((sweep.len(), sweep.sources()[0].format), (22, nbar::run::Format::Csv));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the file cannot be read, is of no known format, lacks what only options or a table of runs can tell,
    /// or holds what no law can be fitted to; the message names file, line and column, and what to do.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_path_with(path, &ReadOptions::default())
    }

    /// Reads a file of any known format, as `options` say.
    ///
    /// # Errors
    /// As [`from_path`](Self::from_path).
    pub fn from_path_with(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let path = path.as_ref();
        Self::from_reader(&path.display().to_string(), source::open(path)?, options)
    }

    /// Reads several files, each of any known format, as one sweep.
    ///
    /// ```
    /// use nbar::{ReadOptions, Sweep};
    /// let files = ["data/gemstones_hot.csv", "data/overtraining.csv"];
    /// assert_eq!(Sweep::from_paths(files, &ReadOptions::default())?.len(), 126);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_path`](Self::from_path) and [`merge`](Self::merge); when no path is given.
    pub fn from_paths<P: AsRef<Path>>(
        paths: impl IntoIterator<Item = P>,
        options: &ReadOptions,
    ) -> Result<Self> {
        let sweeps: Result<Vec<Self>> =
            paths.into_iter().map(|path| Self::from_path_with(path, options)).collect();
        Self::from_sweeps(sweeps?)
    }

    /// Reads any known format from anything that can be read, such as the standard input; `name` is what messages
    /// call it, and the run where the format holds one without a name.
    ///
    /// # Errors
    /// As [`from_path`](Self::from_path).
    pub fn from_reader(name: &str, reader: impl Read, options: &ReadOptions) -> Result<Self> {
        let source = source::detect(name, reader)?;
        #[cfg(feature = "parquet")]
        if source.parquet {
            let (table, layout) = parquet::read(name, source.reader)?;
            return assemble_table(name, &table, layout, options);
        }
        if source.json {
            let (table, layout) = json::read(name, source.reader)?;
            return assemble_table(name, &table, layout, options);
        }
        if megatron::is_log(&source.head) {
            let (table, layout) = megatron::read(name, source.reader)?;
            return assemble_table(name, &table, layout, options);
        }
        let mut records = Records::new(name, source.reader, source.delimiter);
        let headers = header(name, &mut records)?;
        if let Some(chart) = wandb_chart::Chart::of(&headers) {
            let (table, layout) = chart.read(name, &mut records)?;
            return assemble_table(name, &table, layout, options);
        }
        let layout = names::layout(name, &headers);
        if !layout.log {
            return assemble(name, headers, records, layout, options);
        }
        let width = headers.len();
        let table = Table::gather(&headers, &mut records, |row| check_width(name, row, width))?;
        assemble_table(name, &table, layout, options)
    }
}

/// All of a text, which must be UTF-8.
fn text(path: &str, mut reader: impl BufRead) -> Result<String> {
    let mut bytes = Vec::new();
    let read = reader.read_to_end(&mut bytes);
    read.map_err(|source| Error::Read { path: path.to_owned(), source })?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = &error.as_bytes()[..at];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Error::MalformedTable {
            path: path.to_owned(),
            line: line as u64,
            problem: format!("byte 0x{:02X} is not UTF-8", error.as_bytes()[at]),
            remedy: "save the file as UTF-8 (it may be in Latin-1 or Windows-1252)",
        }
    })
}

/// The name of a run that only its file's path tells: the file's name without its ending, or where that is what
/// every run's file is called, the folder's.
fn run_name(path: &str) -> String {
    const GENERIC: [&str; 8] =
        ["trainer_state", "history", "wandb-history", "log", "train", "output", "metrics", "tracker_metrics"];
    let path = Path::new(path);
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    if !GENERIC.contains(&stem.as_str()) {
        return stem;
    }
    let mut folders = path.ancestors().skip(1).filter_map(name);
    folders.find(|folder| !folder.starts_with("checkpoint-")).unwrap_or(stem)
}

#[cfg(test)]
mod tests {
    use super::run_name;

    #[test]
    fn runs_are_named_by_their_file_or_folder() {
        for (path, name) in [
            ("runs/a.json", "a"),
            ("runs/a/trainer_state.json", "a"),
            ("runs/a/checkpoint-500/trainer_state.json", "a"),
            ("trainer_state.json", "trainer_state"),
            ("<stdin>", "<stdin>"),
        ] {
            assert_eq!(run_name(path), name, "{path}");
        }
    }
}
