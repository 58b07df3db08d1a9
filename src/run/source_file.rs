//! As what a file was read.

/// What a file was recognised as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Format {
    #[default]
    Csv,
    Json,
    JsonLines,
    #[cfg_attr(not(feature = "parquet"), allow(dead_code))]
    Parquet,
    WandbChart,
    WandbHistory,
    HfTrainer,
    TensorBoard,
    Megatron,
    Nemo,
    Levanter,
    Olmo,
    DataDecide,
    WandbApi,
    WandbRuns,
    HfConsole,
    NanoGpt,
    NeoX,
    TorchTitan,
    LlmC,
    Lightning,
    Lingua,
    Pairs,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
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
            Self::WandbApi => "W&B API table",
            Self::WandbRuns => "W&B run table",
            Self::HfConsole => "Hugging Face trainer output",
            Self::NanoGpt => "nanoGPT output",
            Self::NeoX => "GPT-NeoX log",
            Self::TorchTitan => "torchtitan log",
            Self::LlmC => "llm.c output",
            Self::Lightning => "Lightning metrics",
            Self::Lingua => "lingua metrics",
            Self::Pairs => "log of named numbers",
        }
    }
}

/// A file of a sweep: as what it was read, and what to know of it.
///
/// ```
/// let state = r#"{"log_history": [{"step": 10, "loss": 3.5}, {"step": 20, "loss": 3.25}]}"#;
/// let options = nbar::ReadOptions::default().with_run_params(1e8).with_tokens_per_step(5e5);
/// let sweep = nbar::Sweep::from_reader("a/trainer_state.json", state.as_bytes(), &options)?;
/// let source = &sweep.sources()[0];
/// assert_eq!(source.format(), "Hugging Face trainer state");
/// assert_eq!(sweep.runs()[0].checkpoints()[1].tokens, 1e7);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceFile {
    /// Its path.
    pub path: String,
    pub(crate) format: Format,
    /// What was made of it beside its mapping of columns: rows passed over, and what the tool leaves out.
    pub notes: Vec<String>,
}

impl SourceFile {
    /// As what it was read: `sweep table, CSV` or JSON, JSON Lines, Parquet; or the name of the tool that wrote it.
    #[must_use]
    pub fn format(&self) -> &'static str {
        self.format.name()
    }

    /// Whether it is a sweep table as CSV of which there is nothing to say.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.format == Format::Csv && self.notes.is_empty()
    }
}
