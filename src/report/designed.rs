//! The table of a designed sweep, as a file.

use std::path::Path;

use super::file;
use crate::Result;
use crate::design::SweepDesign;

impl SweepDesign {
    /// Writes [the table](Self::table) to a new file.
    ///
    /// # Errors
    /// As for [`check_writable`](Self::check_writable).
    pub fn save(&self, path: &Path) -> Result<()> {
        Self::check_writable(path)?;
        file::replace(path, self.table().as_bytes())
    }

    /// Refuses a path to which [`save`](Self::save) cannot write, before any work is done.
    ///
    /// # Errors
    /// When anything is there already (it may hold losses), its folder does not exist, or no file can be made in it.
    pub fn check_writable(path: &Path) -> Result<()> {
        file::check(path, "may hold losses", |_| false)
    }
}
