//! Files that a command writes, looked at before any work is done.

use std::fs;
use std::path::{Path, PathBuf};

use nbar::{Error, Result};

/// What is read, and what was found fit to be written.
pub(crate) struct Outputs {
    inputs: Vec<PathBuf>,
    outputs: Vec<PathBuf>,
}

impl Outputs {
    /// Of a command that reads these files and folders.
    pub(crate) fn of(inputs: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { inputs: inputs.into_iter().collect(), outputs: Vec::new() }
    }

    /// Adds a file to write, if there is one. Refuses one that is read, that is written already, or that does not pass.
    pub(crate) fn and(
        mut self,
        option: &str,
        path: Option<&Path>,
        check: impl Fn(&Path) -> Result<()>,
    ) -> Result<Self> {
        let Some(path) = path else { return Ok(self) };
        let refuse = |problem| Err(Error::option(option, path.display(), problem, "name another file"));
        if self.inputs.iter().any(|input| is_same(input, path)) {
            return refuse("is one of the files that are read");
        }
        if self.inputs.iter().any(|input| input.is_dir() && is_read_from(input, path)) {
            return refuse("is a file of a folder that is read");
        }
        if self.outputs.iter().any(|output| output == path || is_same(output, path)) {
            return refuse("is written already");
        }
        check(path)?;
        self.outputs.push(path.to_owned());
        Ok(self)
    }
}

/// Whether both are names of one file.
fn is_same(a: &Path, b: &Path) -> bool {
    let (Ok(one), Ok(other)) = (fs::canonicalize(a), fs::canonicalize(b)) else { return false };
    #[cfg(unix)]
    if let (Ok(a), Ok(b)) = (fs::metadata(a), fs::metadata(b)) {
        use std::os::unix::fs::MetadataExt;
        return a.is_file() && (a.dev(), a.ino()) == (b.dev(), b.ino());
    }
    one == other
}

/// Whether a file is there that the reader of a folder would take for a run.
fn is_read_from(folder: &Path, path: &Path) -> bool {
    let (Ok(folder), Ok(path)) = (fs::canonicalize(folder), fs::canonicalize(path)) else { return false };
    path.starts_with(folder) && !path.to_string_lossy().ends_with(".fit.json")
}
