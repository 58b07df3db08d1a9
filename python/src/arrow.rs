//! Tables that come as a stream of Arrow.

use std::fmt::Display;

use arrow_array::cast::AsArray;
use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::types::{
    Date32Type, Decimal128Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchReader};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use super::cells::{Cells, Line};

/// The batches of a stream, which share its memory.
#[derive(Debug)]
pub(crate) struct Batches {
    names: Vec<String>,
    batches: Vec<RecordBatch>,
    /// The first row of each.
    starts: Vec<usize>,
    rows: usize,
}

/// Takes the stream out of its capsule, which is empty afterwards.
pub(crate) fn batches(capsule: &Bound<'_, PyCapsule>) -> PyResult<Batches> {
    let pointer = capsule.pointer_checked(Some(c"arrow_array_stream"))?.cast::<FFI_ArrowArrayStream>();
    let failed = |error: &dyn Display| {
        PyValueError::new_err(format!("the frame's stream of Arrow is broken: {error}"))
    };
    // SAFETY: a capsule of this name holds a stream that is valid for as long as the capsule is, and is moved out of it.
    #[allow(unsafe_code, reason = "the interface of Arrow is one of C")]
    let reader = unsafe { RecordBatchStreamReader::from_raw(pointer.as_ptr()) };
    let reader = reader.map_err(|error| failed(&error))?;
    let fields = reader.schema();
    let names = fields.fields().iter().map(|field| field.name().clone()).collect();
    let (mut all, mut starts, mut rows) = (Vec::new(), Vec::new(), 0);
    for batch in reader {
        let batch = batch.map_err(|error| failed(&error))?;
        starts.push(rows);
        rows += batch.num_rows();
        all.push(batch);
    }
    Ok(Batches { names, batches: all, starts, rows })
}

impl Cells for Batches {
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn write(&self, row: usize, line: &mut Line) {
        let place = self.starts.partition_point(|start| *start <= row) - 1;
        for column in self.batches[place].columns() {
            write(column, row - self.starts[place], line);
        }
    }
}

/// Writes one value.
fn write(array: &ArrayRef, row: usize, line: &mut Line) {
    if array.is_null(row) {
        return line.cell("");
    }
    macro_rules! numbers {
        ($($number:ty)*) => {
            $(if let Some(of) = array.as_primitive_opt::<$number>() {
                return line.cell(of.value(row));
            })*
        };
    }
    if let Some(of) = array.as_primitive_opt::<Float64Type>() {
        line.number(of.value(row));
    } else if let Some(of) = array.as_primitive_opt::<Float32Type>() {
        line.number(of.value(row));
    } else if let Some(of) = array.as_string_opt::<i32>() {
        line.text(of.value(row));
    } else if let Some(of) = array.as_string_opt::<i64>() {
        line.text(of.value(row));
    } else if let Some(of) = array.as_string_view_opt() {
        line.text(of.value(row));
    } else if let Some(of) = array.as_boolean_opt() {
        line.cell(of.value(row));
    } else if let Some(of) = array.as_any_dictionary_opt() {
        write(of.values(), of.normalized_keys()[row], line);
    } else if let Some(of) = array.as_primitive_opt::<Float16Type>() {
        line.number(f32::from(of.value(row)));
    } else if let Some(of) = array.as_primitive_opt::<Decimal128Type>() {
        line.cell(of.value_as_string(row));
    } else if let Some(day) = array.as_primitive_opt::<Date32Type>().and_then(|of| of.value_as_date(row)) {
        line.cell(day);
    } else {
        // As pandas writes them: a day alone where it is midnight.
        macro_rules! times {
            ($($unit:ty)*) => {
                $(if let Some(time) = array.as_primitive_opt::<$unit>().and_then(|of| of.value_as_datetime(row)) {
                    let text = time.to_string();
                    return line.text(text.strip_suffix(" 00:00:00").unwrap_or(&text));
                })*
            };
        }
        times!(TimestampNanosecondType TimestampMicrosecondType TimestampMillisecondType TimestampSecondType);
        numbers!(Int64Type Int32Type UInt64Type UInt32Type Int16Type UInt16Type Int8Type UInt8Type);
        let bytes = array.as_binary_opt::<i32>().map(|of| of.value(row));
        let bytes = bytes.or_else(|| array.as_binary_opt::<i64>().map(|of| of.value(row)));
        let bytes = bytes.or_else(|| array.as_binary_view_opt().map(|of| of.value(row)));
        let bytes = bytes.or_else(|| array.as_fixed_size_binary_opt().map(|of| of.value(row)));
        // Of a fixed width, as numpy writes them, the rest is filled with nothing.
        let text =
            bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).map(|text| text.trim_end_matches('\0'));
        match text.filter(|text| !text.contains('\0')) {
            Some(text) => line.text(text),
            // No number to any reader, and another text for another value.
            None => line.text(&one_line(&format!("{:?}", array.slice(row, 1)))),
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
