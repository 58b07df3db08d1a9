//! Filters that ask for what no row has.

use super::kind::{Finding, FindingKind};
use crate::Sweep;
use crate::run::Unmet;

/// How programs write that there is nothing.
const NOTHING: [&str; 6] = ["nan", "none", "null", "na", "n/a", "<na>"];

pub(super) fn findings(sweep: &Sweep) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for unmet in &sweep.unmet {
        let kind = FindingKind::ValueNotFound {
            clause: unmet.clause.clone(),
            column: unmet.column.clone(),
            value: unmet.value.clone(),
            remedy: remedy(unmet),
        };
        // Two filters may have one clause.
        if found.iter().all(|other| other.kind != kind) {
            found.push(Finding { kind, count: sweep.rows_read, places: Vec::new() });
        }
    }
    found
}

fn remedy(unmet: &Unmet) -> String {
    let (column, instead) = (&unmet.column, unmet.instead());
    if NOTHING.iter().any(|word| unmet.value.eq_ignore_ascii_case(word)) {
        format!("empty cells are told by `filter: {column}!=` and `filter: {column}=`")
    } else if unmet.value.contains(':') && instead.is_empty() {
        "write lines of a file as FILE:LINE, the file as it was given".to_owned()
    } else if instead.is_empty() {
        "see whether the column is the one that is meant".to_owned()
    } else {
        format!("rows have {instead}")
    }
}
