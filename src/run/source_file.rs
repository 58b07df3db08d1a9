//! As what a file was read.

use std::fmt;

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
