//! Saved fits.

use std::path::PathBuf;

use nbar::report::Report;

/// A path for a test's own file; `name` is for it alone.
pub(crate) fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Saves a report, fails unless it comes back as it was, and gives the text of the file.
#[track_caller]
pub(crate) fn saved(name: &str, report: &Report) -> String {
    let path = scratch(&format!("{name}.fit.json"));
    report.save(&path).unwrap();
    assert_eq!(Report::load(&path).unwrap(), *report, "{name}");
    std::fs::read_to_string(path).unwrap()
}
