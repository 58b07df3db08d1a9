//! What many runs say alike, kept once.

use std::sync::Arc;

use crate::run::Kind;

/// How many are remembered: a sweep has few groups and schedules, or a new one for every run.
const MOST: usize = 32;

/// The last few that were different.
#[derive(Debug, Default)]
pub(super) struct Alike {
    recent: Vec<Arc<Kind>>,
    next: usize,
}

impl Alike {
    /// The same, shared with runs before that said it; none for what says nothing.
    pub(super) fn share(&mut self, kind: Kind) -> Option<Arc<Kind>> {
        if kind == Kind::default() {
            return None;
        }
        if let Some(known) = self.recent.iter().find(|known| ***known == kind) {
            return Some(known.clone());
        }
        let kind = Arc::new(kind);
        if self.recent.len() < MOST {
            self.recent.push(kind.clone());
        } else {
            self.recent[self.next] = kind.clone();
            self.next = (self.next + 1) % MOST;
        }
        Some(kind)
    }
}
