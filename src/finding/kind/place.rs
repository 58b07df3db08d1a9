//! Where something was found.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Sweep;
use crate::units::format_quantity;

/// Where something was found: a run, or one row of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Place {
    /// The run.
    pub run: String,
    /// The file that its first row is in, where the sweep has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The line of its first row; none for a run built in memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The row, by its tokens; none where the run as a whole is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<f64>,
}

impl Place {
    /// A run of a sweep.
    pub(in crate::finding) fn run(sweep: &Sweep, run: usize) -> Self {
        let row = sweep.first_row(run);
        let path = row.filter(|_| sweep.files().len() > 1).map(|(path, _)| path.to_owned());
        Self { run: sweep.runs()[run].id().to_owned(), path, line: row.map(|(_, line)| line), tokens: None }
    }

    /// A row of a table of runs, by its line where it has no name.
    pub(in crate::finding) fn line(run: Option<&str>, line: Option<u64>) -> Self {
        let by_line = || format!("line {}", line.unwrap_or_default());
        Self { run: run.map_or_else(by_line, str::to_owned), path: None, line, tokens: None }
    }

    /// A row of a run. Of a run that has one only, the run is meant.
    pub(in crate::finding) fn row(sweep: &Sweep, run: usize, tokens: f64) -> Self {
        let curve = sweep.runs()[run].checkpoints().len() > 1;
        Self { tokens: curve.then_some(tokens), ..Self::run(sweep, run) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line.map(|line| format!("line {line}"));
        // A run that its table does not name is called by its line already.
        let by_line = line.as_ref().is_some_and(|line| self.run.ends_with(line));
        let at = [self.path.clone(), line].into_iter().flatten().collect::<Vec<_>>().join(", ");
        match (by_line, at.is_empty()) {
            (true, _) => f.write_str(&self.run)?,
            (false, true) => write!(f, "run '{}'", self.run)?,
            (false, false) => write!(f, "run '{}' ({at})", self.run)?,
        }
        match self.tokens {
            Some(tokens) => write!(f, " at {} tokens", format_quantity(tokens, 4)),
            None => Ok(()),
        }
    }
}
