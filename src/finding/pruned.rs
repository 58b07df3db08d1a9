//! Columns that may say that runs are pruned.

use super::kind::{Finding, FindingKind};
use crate::Sweep;

pub(super) fn findings(sweep: &Sweep) -> impl Iterator<Item = Finding> {
    sweep.doubtful.iter().filter_map(|doubtful| {
        let (column, values) = (doubtful.column.clone(), doubtful.differs()?);
        let kind = FindingKind::PruningNotRead { column, values, is_off: doubtful.is_off };
        Some(Finding { kind, count: sweep.len(), places: Vec::new() })
    })
}
