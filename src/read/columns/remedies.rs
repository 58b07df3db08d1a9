//! What to do about columns, as options say it.

use super::super::fields::Field;
pub(in crate::read) use super::super::text::chosen;

/// What to do about a count that cannot be the network's.
pub(in crate::read) fn if_other(field: Field) -> String {
    format!("check both and their units; if the column is something else, say `columns: {}=`", field.name())
}
