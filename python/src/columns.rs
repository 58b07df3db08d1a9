//! Tables that Python hands over: streams of Arrow, columns, or texts.

use std::io::{Cursor, Read};
use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyString};

use super::arrow::batches;
use super::cells::{Cells, Line, Reader};

/// A table, or another text, in memory.
#[pyclass(frozen, module = "nbar._nbar")]
pub(crate) struct Table(Held);

#[derive(Clone)]
enum Held {
    Cells(Arc<dyn Cells>),
    Text(Arc<[u8]>),
}

/// A column of equal values.
#[derive(Debug)]
enum Column {
    Doubles(Vec<f64>),
    Singles(Vec<f32>),
    Whole(Vec<i64>),
    Texts(Vec<Option<String>>),
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Doubles(values) => values.len(),
            Self::Singles(values) => values.len(),
            Self::Whole(values) => values.len(),
            Self::Texts(values) => values.len(),
        }
    }
}

struct Columns {
    names: Vec<String>,
    columns: Vec<Column>,
}

impl Cells for Columns {
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn rows(&self) -> usize {
        self.columns.first().map_or(0, Column::len)
    }

    fn write(&self, row: usize, line: &mut Line) {
        for column in &self.columns {
            match column {
                Column::Doubles(values) => line.number(values[row]),
                Column::Singles(values) => line.number(values[row]),
                Column::Whole(values) => line.cell(values[row]),
                Column::Texts(values) => line.text(values[row].as_deref().unwrap_or_default()),
            }
        }
    }
}

#[pymethods]
impl Table {
    /// The table of a stream of Arrow, whose memory is shared.
    #[staticmethod]
    fn of_stream(stream: &Bound<'_, PyCapsule>) -> PyResult<Self> {
        Ok(Self(Held::Cells(Arc::new(batches(stream)?))))
    }

    /// The table of columns, each with its name and its kind: `f8`, `f4` and `i8` are bytes of numbers, `U` is a list of texts. They are
    /// taken one after another, so that the bytes of one alone are held besides.
    #[staticmethod]
    fn of_columns(columns: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut table = Columns { names: Vec::new(), columns: Vec::new() };
        for column in columns.try_iter()? {
            let (name, kind, values): (String, String, Bound<'_, PyAny>) = column?.extract()?;
            let column = match kind.as_str() {
                "f8" => Column::Doubles(numbers(&values, f64::from_ne_bytes)?),
                "f4" => Column::Singles(numbers(&values, f32::from_ne_bytes)?),
                "i8" => Column::Whole(numbers(&values, i64::from_ne_bytes)?),
                "U" => Column::Texts(values.extract()?),
                other => return Err(PyTypeError::new_err(format!("no column is of kind '{other}'"))),
            };
            if let Some(first) = table.columns.first().filter(|first| first.len() != column.len()) {
                return Err(PyValueError::new_err(format!(
                    "column '{name}' is of length {}, and '{}' is of length {}; give columns of one length",
                    column.len(),
                    table.names[0],
                    first.len()
                )));
            }
            table.names.push(name);
            table.columns.push(column);
        }
        Ok(Self(Held::Cells(Arc::new(table))))
    }

    /// A text that stands for a file.
    #[staticmethod]
    fn of_text(text: &Bound<'_, PyString>) -> PyResult<Self> {
        Ok(Self(Held::Text(Arc::from(text.to_str()?.as_bytes()))))
    }
}

impl Table {
    /// Reads it from its beginning, whenever it is asked to.
    pub(crate) fn reader(&self) -> impl Fn() -> Box<dyn Read> + Send + Sync + use<> {
        let held = self.0.clone();
        move || match &held {
            Held::Cells(cells) => Box::new(Reader::new(cells.clone())),
            Held::Text(text) => Box::new(Cursor::new(text.clone())),
        }
    }
}

/// The numbers that bytes hold.
fn numbers<T, const WIDTH: usize>(bytes: &Bound<'_, PyAny>, of: fn([u8; WIDTH]) -> T) -> PyResult<Vec<T>> {
    let bytes = bytes.cast::<PyBytes>()?.as_bytes();
    let (each, _) = bytes.as_chunks::<WIDTH>();
    Ok(each.iter().map(|bytes| of(*bytes)).collect())
}
