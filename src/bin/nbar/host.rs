//! The program that calls the command's code, where that is not the command itself: the Python module.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use nbar::law::{self, Input, Law};
use nbar::report::Report;
use nbar::{Observer, Result};

/// What such a program has in place of files and of a terminal.
pub(crate) trait Host {
    /// A text that it holds in memory under this name; none where the name is that of a file.
    fn open(&self, name: &str) -> Option<Box<dyn Read>>;
    /// A saved fit that it holds under this name.
    fn fit(&self, name: &str) -> Option<Report>;
    /// A law that it holds under this name.
    fn law(&self, name: &str) -> Option<Arc<dyn Law>>;
    /// Hears a line of talk.
    fn hear(&self, line: &str);
    /// Watches long work, and stops it.
    fn observer(&self) -> Observer;
}

thread_local! {
    /// The host of this thread; none in the command.
    pub(crate) static HOST: RefCell<Option<Rc<dyn Host>>> = const { RefCell::new(None) };
}

/// The words of the command, its own name first.
pub(crate) static WORDS: OnceLock<Vec<OsString>> = OnceLock::new();

/// The host, if there is one.
pub(crate) fn host() -> Option<Rc<dyn Host>> {
    HOST.with_borrow(Clone::clone)
}

/// The words of the command: those that were set, or those of the process.
pub(crate) fn words() -> Vec<OsString> {
    WORDS.get_or_init(|| std::env::args_os().collect()).clone()
}

/// The law that the host holds under this name, or else nbar's.
pub(crate) fn law(name: &str) -> Result<Arc<dyn Law>> {
    host().and_then(|host| host.law(name)).map_or_else(|| law::by_name(name), Ok)
}

/// Names that this law may read of a table.
pub(crate) fn may_read(name: &str) -> Result<Vec<String>> {
    let Some(own) = host().and_then(|host| host.law(name)) else { return law::may_read(name) };
    let column = |input: &Input| match input {
        Input::Column(name) => Some(name.to_string()),
        _ => None,
    };
    Ok(own.spec().inputs.iter().filter_map(column).collect())
}

/// Reads what the host holds under the name of a path, or else the file.
pub(crate) fn read<T>(
    path: &Path,
    of_text: impl FnOnce(&str, Box<dyn Read>) -> Result<T>,
    of_file: impl FnOnce(&Path) -> Result<T>,
) -> Result<T> {
    let name = path.to_str().unwrap_or_default();
    match host().and_then(|host| host.open(name)) {
        Some(text) => of_text(name, text),
        None => of_file(path),
    }
}
