//! What was read from which column.

use std::fmt;

use super::measure::Conversion;

/// How a column came to stand for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MappedBy {
    /// The column bears the field's name, but perhaps for case, spaces, hyphens and underscores.
    Exact,
    /// The column bears a name that is often used for the field.
    Alias,
    /// [`ReadOptions::columns`](super::ReadOptions::columns) said so.
    Chosen,
}

/// A column and the field that it was read as.
///
/// ```
/// let sweep = nbar::Sweep::from_csv_str("runs.csv", "model_size,tokens,val_loss\n1e9,2e10,2.5\n")?;
/// let lines: Vec<String> = sweep.mapping().iter().map(ToString::to_string).collect();
/// assert_eq!(lines[2], "runs.csv: loss is column 'val_loss'");
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ColumnMapping {
    /// The file.
    pub path: String,
    /// The field, as in the sweep table: `loss`.
    pub field: &'static str,
    /// The column, as the file names it: `val_loss`.
    pub column: String,
    /// Why this column.
    pub how: MappedBy,
    pub(super) conversion: Conversion,
}

impl ColumnMapping {
    /// What the field was read from, without the file: `loss is column 'val_loss'`.
    #[must_use]
    pub fn described(&self) -> String {
        format!("{} is {}", self.field, self.conversion.of(&self.column))
    }

    /// Whether the column bears the field's name and its numbers are taken as they are.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.how == MappedBy::Exact && self.conversion == Conversion::None
    }
}

impl fmt::Display for ColumnMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.described())
    }
}
