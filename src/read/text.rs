//! Whole texts, and names that only their paths tell.

use std::borrow::Cow;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use crate::error::Location;
use crate::{Error, Result};

/// All of a text, which must be UTF-8.
pub(super) fn text(path: &str, mut reader: impl BufRead) -> Result<String> {
    let mut bytes = Vec::new();
    let read = reader.read_to_end(&mut bytes);
    read.map_err(|source| Error::read(path, source))?;
    bytes.shrink_to_fit();
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = &error.as_bytes()[..at];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Location::in_file(path).line(line as u64).refuse(
            format!("byte 0x{:02X} is not UTF-8", error.as_bytes()[at]),
            "save the file as UTF-8 (it may be in Latin-1 or Windows-1252)",
        )
    })
}

/// Bytes as text, whatever they are; fast where they are UTF-8.
pub(super) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// What every run's file is called.
const GENERIC: [&str; 8] =
    ["trainer_state", "history", "wandb-history", "log", "train", "output", "metrics", "tracker_metrics"];

/// The name of a run that only its file's path tells: the file's name without its ending, or where that is what
/// every run's file is called, the folder's.
pub(super) fn run_name(path: &str) -> String {
    let path = Path::new(path);
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    if !GENERIC.contains(&stem.as_str()) {
        return stem;
    }
    let mut folders = path.ancestors().skip(1).filter_map(name);
    folders.find(|folder| !folder.starts_with("checkpoint-")).unwrap_or(stem)
}

/// What tells runs apart that only their files name: the path without the file's ending, or that of the folder.
pub(super) fn run_place(path: &Path) -> PathBuf {
    if !path.file_stem().is_some_and(|stem| GENERIC.iter().any(|name| stem == *name)) {
        return path.with_extension("");
    }
    let is_checkpoint = |folder: &&Path| {
        folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("checkpoint-"))
    };
    path.ancestors().skip(1).find(|folder| !is_checkpoint(folder)).unwrap_or(path).to_owned()
}

/// The names of columns in a message, of which a table may have thousands.
pub(super) fn shown_list<T: AsRef<str>>(headers: &[T]) -> String {
    const MOST: usize = 30;
    let listed = |names: &[T]| names.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", ");
    match headers.len() {
        0..=MOST => listed(headers),
        all => format!("{}, and {} more", listed(&headers[..MOST]), all - MOST),
    }
}

/// A column for a field, as options say it.
pub(super) fn chosen(field: &str, column: &str) -> String {
    if column.contains(',') { format!("{field}=\"{column}\"") } else { format!("{field}={column}") }
}

/// A name or a value as a filter takes it: in quotes where it has a sign of filters, or a word.
pub(super) fn in_filter(text: &str) -> Cow<'_, str> {
    let lower = text.to_lowercase();
    let is_taken =
        text.contains([',', '<', '>', '=', '!']) || [" and ", " or "].iter().any(|word| lower.contains(word));
    if is_taken && !text.contains('"') { format!("\"{text}\"").into() } else { text.into() }
}

/// The last part of a name in a tree: `config/model/sparsity`.
pub(super) fn last(header: &str) -> &str {
    header.rsplit(['/', '.']).next().unwrap_or(header)
}

/// Whether a word is one of those in a text.
pub(super) fn is_in(names: &str, word: &str) -> bool {
    names.split_whitespace().any(|own| own == word)
}

/// Whether a name ends as a count of parameters does, and not of those that are frozen.
pub(super) fn counts_params(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["params", "parameters"].iter().any(|end| lower.ends_with(end)) && !lower.contains("frozen")
}

#[cfg(test)]
mod tests {
    use super::run_name;

    #[test]
    fn runs_are_named_by_their_file_or_folder() {
        for (path, name) in [
            ("runs/a.json", "a"),
            ("runs/a/trainer_state.json", "a"),
            ("runs/a/checkpoint-500/trainer_state.json", "a"),
            ("trainer_state.json", "trainer_state"),
            ("<stdin>", "<stdin>"),
        ] {
            assert_eq!(run_name(path), name, "{path}");
        }
    }
}
