//! Parquet, as W&B stores histories, row by row and without Arrow.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field as Value, Row};

use super::super::layout::Layout;
use super::super::table::Table;
use super::names;
use crate::error::Location;
use crate::run::Format;
use crate::{Error, Result};

pub(in crate::read) fn read(path: &str, mut reader: impl Read) -> Result<(Table, Layout)> {
    let mut bytes = Vec::new();
    let read = reader.read_to_end(&mut bytes);
    read.map_err(|source| Error::read(path, source))?;
    let (mut table, mut rows) = (Table::default(), 0);
    // The crate panics on some damaged files.
    let filled = catch_unwind(AssertUnwindSafe(|| fill(&mut table, &mut rows, bytes)));
    let problem = match filled {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some("it is damaged".to_owned()),
    };
    if let Some(problem) = problem {
        return Err(Location::in_file(path)
            .line(rows + 1)
            .refuse(format!("the Parquet cannot be read (lines are rows): {problem}"), "export it again"));
    }
    let mut layout = names::layout(path, table.headers());
    if layout.format == Format::Csv {
        layout.format = Format::Parquet;
    }
    layout.records = true;
    Ok((table, layout))
}

fn fill(table: &mut Table, rows: &mut u64, bytes: Vec<u8>) -> Result<(), ParquetError> {
    let file = SerializedFileReader::new(Bytes::from(bytes))?;
    for field in file.metadata().file_metadata().schema().get_fields() {
        if field.is_primitive() {
            table.column(field.name());
        }
    }
    for row in file.get_row_iter(None)? {
        set(table, "", &row?);
        *rows += 1;
        table.end_row(*rows);
    }
    Ok(())
}

/// Gives the row its cells; those of groups are called `a/b`.
fn set(table: &mut Table, prefix: &str, row: &Row) {
    for (name, value) in row.get_column_iter() {
        let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        let cell = match value {
            Value::Null => continue,
            Value::Group(group) => {
                set(table, &name, group);
                continue;
            }
            Value::Str(text) => text.clone(),
            other => other.to_string(),
        };
        let column = table.column(&name);
        table.set(column, &cell);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::basic::{Compression, GzipLevel, ZstdLevel};
    use parquet::data_type::{DoubleType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;
    use crate::{ReadOptions, Sweep};

    /// A history of three rows, the first without a loss.
    fn history(compression: Compression) -> Vec<u8> {
        let properties = WriterProperties::builder().set_compression(compression).build();
        let schema = "message history { required int64 _step; optional double loss; }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut bytes = Vec::new();
        let mut file = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties)).unwrap();
        let mut group = file.next_row_group().unwrap();
        let mut steps = group.next_column().unwrap().unwrap();
        steps.typed::<Int64Type>().write_batch(&[100, 200, 300], None, None).unwrap();
        steps.close().unwrap();
        let mut losses = group.next_column().unwrap().unwrap();
        losses.typed::<DoubleType>().write_batch(&[3.5, 3.25], Some(&[0, 1, 1]), None).unwrap();
        losses.close().unwrap();
        group.close().unwrap();
        file.close().unwrap();
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Sweep> {
        let options = ReadOptions::default().with_run_params(1e8).with_tokens_per_step(1e6);
        Sweep::from_reader("runs/a.parquet", bytes, &options)
    }

    #[test]
    fn a_history_is_a_run_called_by_its_file() -> Result<()> {
        for compression in [
            Compression::UNCOMPRESSED,
            Compression::SNAPPY,
            Compression::GZIP(GzipLevel::default()),
            Compression::ZSTD(ZstdLevel::default()),
        ] {
            let sweep = read(&history(compression))?;
            let curve: Vec<_> = sweep.runs()[0].checkpoints().iter().map(|c| (c.tokens, c.loss)).collect();
            assert_eq!((sweep.runs()[0].id(), &curve[..]), ("a", &[(2e8, 3.5), (3e8, 3.25)][..]));
            assert_eq!((sweep.sources()[0].format, sweep.rows_passed_over()), (Format::WandbHistory, 1));
        }
        Ok(())
    }

    #[test]
    fn files_cut_short_are_refused() {
        let whole = history(Compression::UNCOMPRESSED);
        for end in 4..whole.len() {
            let message = read(&whole[..end]).unwrap_err().to_string();
            assert!(
                message.contains("runs/a.parquet, line 1: the Parquet cannot be read"),
                "{end}: {message}"
            );
        }
    }

    #[test]
    fn no_changed_byte_ends_the_program_or_loses_a_row() {
        let whole = history(Compression::UNCOMPRESSED);
        for at in 4..whole.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                match read(&bytes) {
                    Ok(sweep) => {
                        assert_eq!(sweep.rows_read(), sweep.checkpoint_count() + sweep.rows_passed_over());
                    }
                    Err(error) => assert!(error.to_string().contains("runs/a.parquet")),
                }
            }
        }
    }
}
