//! Where in the input an error is.

use std::fmt;

use super::Error;

/// A place in the input: a file and what is in it, or a run that was built in memory.
///
/// ```
/// use nbar::error::Location;
/// let place = Location::in_file("runs.csv").line(2).column("loss");
/// assert_eq!(place.to_string(), "runs.csv, line 2, column 'loss'");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Location {
    /// The file, as its reader was told to call it.
    pub file: Option<Box<str>>,
    /// Line in the file, from 1; a header is a line too.
    pub line: Option<u64>,
    /// The run.
    pub run: Option<Box<str>>,
    /// The column, as the file names it.
    pub column: Option<Box<str>>,
}

impl Location {
    /// A file as a whole.
    #[must_use]
    pub fn in_file(file: &str) -> Self {
        Self { file: Some(file.into()), ..Self::default() }
    }

    /// A run that was built in memory.
    #[must_use]
    pub fn in_run(run: &str) -> Self {
        Self::default().run(run)
    }

    /// The same place, on a line.
    #[must_use]
    pub fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// The same place, in a run.
    #[must_use]
    pub fn run(mut self, run: &str) -> Self {
        self.run = Some(run.into());
        self
    }

    /// The same place, in a column.
    #[must_use]
    pub fn column(mut self, column: &str) -> Self {
        self.column = Some(column.into());
        self
    }

    /// An error here.
    #[must_use]
    pub fn refuse(self, problem: impl Into<Box<str>>, remedy: impl Into<Box<str>>) -> Error {
        Error::Data { place: Box::new(self), problem: problem.into(), remedy: remedy.into() }
    }

    /// An error that came of what stands here.
    #[must_use]
    pub fn blame(self, source: Error) -> Error {
        Error::Within { place: Box::new(self), source: Box::new(source) }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.file.as_ref().map(ToString::to_string),
            self.line.map(|line| format!("line {line}")),
            self.run.as_ref().map(|run| format!("run '{run}'")),
            self.column.as_ref().map(|column| format!("column '{column}'")),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}
