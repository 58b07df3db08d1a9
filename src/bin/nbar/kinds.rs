//! Warnings of several fits, each kind said once.

use std::mem::discriminant;

use nbar::fit::Warning;

use crate::warn;

/// Warnings of one kind.
pub(crate) struct Kind<'a> {
    /// The first of them.
    pub(crate) first: &'a Warning,
    /// What is to be said of the fit that it is of.
    pub(crate) note: &'static str,
    /// Whose they are: places of fits, in order, each once.
    pub(crate) of: Vec<usize>,
    /// Whether all say the same, and not the same with numbers of their own.
    alike: bool,
}

impl Kind<'_> {
    /// Whose warnings stand behind the first, if there are others.
    pub(crate) fn others(&self, name: impl Fn(&usize) -> String) -> Option<String> {
        let others: Vec<String> = self.of[1..].iter().map(name).collect();
        let others = (!others.is_empty()).then(|| others.join(", "))?;
        let alike = if self.alike { "likewise " } else { "" };
        Some(format!("and {alike}{others}{}", if self.alike { "" } else { ", with other numbers" }))
    }
}

/// Says on stderr what is odd about the sweep of several fits, each finding once.
pub(crate) fn warn_of_sweep<'a>(all: impl Iterator<Item = &'a Warning>) {
    let mut said: Vec<&Warning> = Vec::new();
    for warning in all.filter(|warning| matches!(warning, Warning::Finding { .. })) {
        if !said.contains(&warning) {
            warn(warning);
            said.push(warning);
        }
    }
}

/// Warnings of the fits, and not of their sweep, by kind, in the order of the first of each: places of fits, what they have, and what is to be said of that fit.
pub(crate) fn kinds<'a>(all: impl Iterator<Item = (usize, &'a Warning, &'static str)>) -> Vec<Kind<'a>> {
    let mut kinds: Vec<Kind<'a>> = Vec::new();
    let of_fits = all.filter(|(_, warning, _)| !matches!(warning, Warning::Finding { .. }));
    for (place, warning, note) in of_fits {
        match kinds.iter_mut().find(|kind| discriminant(kind.first) == discriminant(warning)) {
            Some(kind) if kind.of.contains(&place) => {}
            Some(kind) => {
                kind.alike &= kind.first == warning;
                kind.of.push(place);
            }
            None => kinds.push(Kind { first: warning, note, of: vec![place], alike: true }),
        }
    }
    kinds
}
