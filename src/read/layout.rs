//! What a reader knows of its table beside the cells.

use super::fields::Field;
use crate::run::Format;

/// What a run is called.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Naming {
    /// By the column for it; without one each row is a run, called by its line.
    #[default]
    Column,
    /// The whole file is one run, called so.
    File(String),
    /// By these columns together.
    Columns(Vec<usize>),
}

/// What a reader knows of its table beside the cells.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    pub(super) format: Format,
    /// Rows are what a tool logged: many have no loss, and what a run has only once stands in some of them.
    pub(super) log: bool,
    /// Rows are records of JSON, of which a line may hold many.
    pub(super) records: bool,
    pub(super) naming: Naming,
    /// Columns known to stand for fields.
    pub(super) preferred: Vec<(Field, usize)>,
    /// Columns that stand for fields of which nothing else says anything.
    pub(super) fallback: Vec<(Field, usize)>,
    /// Columns that stand for nothing, whatever their names say.
    pub(super) excluded: Vec<usize>,
    /// Columns that do not stand for a field that their names say, as their cells tell.
    pub(super) not: Vec<(Field, usize)>,
    /// What the losses are called, where the name of the file says it.
    pub(super) tag: Option<String>,
    /// What to say where the losses are those of this column.
    pub(super) of_loss: Option<(&'static str, &'static str)>,
    /// What to say to the user.
    pub(super) notes: Vec<String>,
}
