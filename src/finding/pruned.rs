//! Columns that may say that runs are pruned.

use super::kind::{Finding, FindingKind};
use crate::Sweep;

pub(super) fn findings(sweep: &Sweep) -> impl Iterator<Item = Finding> {
    sweep.doubtful.iter().filter_map(|doubtful| {
        let kind =
            FindingKind::PruningNotRead { column: doubtful.column.clone(), values: doubtful.differs()? };
        Some(Finding { kind, count: sweep.len(), places: Vec::new() })
    })
}
