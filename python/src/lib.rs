//! The extension `_nbar`: the code of the command, called by Python. What a person sees is in `python/nbar`.

mod arrow;
mod called;
mod cells;
mod columns;
// The one copy of the command. Its paths begin at the crate, so that its names are this crate's as well.
#[allow(dead_code, reason = "its main is called through `run`")]
#[path = "../../src/bin/nbar/main.rs"]
mod command;
mod errors;
mod figure;
mod held;
mod session;
mod words;

use pyo3::prelude::*;

#[allow(unused_imports, reason = "the command's own paths")]
use command::*;

/// The extension.
#[pymodule]
mod _nbar {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::called::Law;
    #[pymodule_export]
    use super::columns::Table;
    #[pymodule_export]
    use super::figure::{Figure, draw};
    #[pymodule_export]
    use super::held::{Fit, fit, load, of_json};
    #[pymodule_export]
    use super::words::{answer, commands, keywords, laws, main, spoken};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
