//! What rows come to.

use smol_str::SmolStr;

use crate::run::{Doubtful, Origin, Run};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::read) enum Added {
    /// It is a point of a loss curve.
    Kept,
    /// A tool logged something else there.
    WithoutLoss,
    /// Its loss is not finite.
    NotFinite,
    /// No token had been seen yet.
    BeforeTraining,
}

/// What the rows came to.
#[derive(Debug)]
pub(in crate::read) struct Assembled {
    pub(in crate::read) runs: Vec<Run>,
    /// One for each run.
    pub(in crate::read) origins: Vec<Origin>,
    /// How many rows of a log were said again by later ones: a training that was set back to a checkpoint logs its steps
    /// twice.
    pub(in crate::read) repeated: usize,
    /// How many rows count no more, as their run restarted before them.
    pub(in crate::read) superseded: usize,
    /// Runs with a schedule that went on in rows that a filter leaves out.
    pub(in crate::read) beyond_last: usize,
    /// Runs without a finite loss.
    pub(in crate::read) lost: Vec<SmolStr>,
    /// What to say of them.
    pub(in crate::read) notes: Vec<String>,
    /// Columns that may say how much is pruned.
    pub(in crate::read) doubtful: Vec<Doubtful>,
    /// The column whose names may be of several runs each.
    pub(in crate::read) curves: Option<String>,
}
