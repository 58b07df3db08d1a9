//! What to do about columns, as options say it.

use super::super::fields::Field;

/// What to do about a count that cannot be the network's.
pub(in crate::read) fn if_other(field: Field) -> String {
    format!("check both and their units; if the column is something else, say `columns: {}=`", field.name())
}

/// A column for a field, as options say it.
pub(in crate::read) fn chosen(field: &str, column: &str) -> String {
    if column.contains(',') { format!("{field}=\"{column}\"") } else { format!("{field}={column}") }
}
