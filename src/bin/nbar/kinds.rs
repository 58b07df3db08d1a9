//! Warnings of several fits, each kind said once.

use std::mem::discriminant;

use nbar::fit::Warning;

/// Warnings of one kind.
pub(crate) struct Kind<'a> {
    /// The first of them.
    pub(crate) first: &'a Warning,
    /// What is to be said of the fit that it is of.
    pub(crate) note: &'static str,
    /// Whose they are: places of fits, in order, each once.
    pub(crate) of: Vec<usize>,
}

/// Warnings by kind, in the order of the first of each: places of fits, what they have, and what is to be said of that fit.
pub(crate) fn kinds<'a>(all: impl Iterator<Item = (usize, &'a Warning, &'static str)>) -> Vec<Kind<'a>> {
    let mut kinds: Vec<Kind<'a>> = Vec::new();
    for (place, warning, note) in all {
        match kinds.iter_mut().find(|kind| discriminant(kind.first) == discriminant(warning)) {
            Some(kind) if kind.of.contains(&place) => {}
            Some(kind) => kind.of.push(place),
            None => kinds.push(Kind { first: warning, note, of: vec![place] }),
        }
    }
    kinds
}
