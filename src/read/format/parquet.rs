//! Parquet, as W&B stores histories, row by row and without Arrow.

use std::cell::Cell;
use std::io::Read;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

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

/// Bytes that the cells of any file may come to.
const MOST: u64 = 256 << 20;
/// What is said of files that come to more.
const MORE: &str = "its cells come to more than";
/// What a row counts for besides, so that rows without cells are not endless.
const ROW: u64 = 16;
/// The same of a large file, for each of its own bytes: repeated cells take next to none.
const TIMES: u64 = 20;

pub(in crate::read) fn read(path: &str, mut reader: impl Read) -> Result<(Table, Layout)> {
    let mut bytes = Vec::new();
    let read = reader.read_to_end(&mut bytes);
    read.map_err(|source| Error::read(path, source))?;
    let (mut table, mut rows) = (Table::default(), 0);
    // The crate panics on some damaged files.
    let most = MOST.max(TIMES * bytes.len() as u64);
    let filled = quietly(|| fill(&mut table, &mut rows, bytes, most));
    let problem = match filled {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(()) => Some("it is damaged".to_owned()),
    };
    if let Some(problem) = problem {
        let remedy = match problem.contains(MORE) {
            true => "export the columns that a fit needs alone, or as CSV",
            false => "export it again",
        };
        let problem = format!("the Parquet cannot be read (lines are rows): {problem}");
        return Err(Location::in_file(path).line(rows + 1).refuse(problem, remedy));
    }
    let mut layout = names::layout(path, table.headers());
    if layout.format == Format::Csv {
        layout.format = Format::Parquet;
    }
    layout.records = true;
    Ok((table, layout))
}

thread_local! {
    /// Whether panics of this thread are met, and nobody need hear of them.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Work whose panics are refusals: they end it, and say nothing. Those of other threads are told as before.
fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, ()> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let told = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                told(info);
            }
        }));
    });
    QUIET.set(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(false);
    done.map_err(drop)
}

fn fill(table: &mut Table, rows: &mut u64, bytes: Vec<u8>, most: u64) -> Result<(), ParquetError> {
    let file = SerializedFileReader::new(Bytes::from(bytes))?;
    let groups = file.metadata().row_groups();
    let said = groups.iter().flat_map(|group| group.columns()).map(|column| column.uncompressed_size());
    let mut left = most;
    for size in said {
        spend(&mut left, u64::try_from(size).unwrap_or(u64::MAX), most)?;
    }
    for field in file.metadata().file_metadata().schema().get_fields() {
        if field.is_primitive() {
            table.column(field.name());
        }
    }
    let mut left = most;
    for row in file.get_row_iter(None)? {
        spend(&mut left, ROW, most)?;
        set(table, "", &row?, &mut |cell| spend(&mut left, cell.len() as u64, most))?;
        *rows += 1;
        table.end_row(*rows);
    }
    Ok(())
}

/// Takes so many bytes of what is left.
fn spend(left: &mut u64, bytes: u64, most: u64) -> Result<(), ParquetError> {
    let beyond = || ParquetError::General(format!("{MORE} {} MB", most >> 20));
    *left = left.checked_sub(bytes).ok_or_else(beyond)?;
    Ok(())
}

/// Gives the row its cells; those of groups are called `a/b`.
fn set(
    table: &mut Table,
    prefix: &str,
    row: &Row,
    spend: &mut impl FnMut(&str) -> Result<(), ParquetError>,
) -> Result<(), ParquetError> {
    for (name, value) in row.get_column_iter() {
        let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        let cell = match value {
            Value::Null => continue,
            Value::Group(group) => {
                set(table, &name, group, spend)?;
                continue;
            }
            Value::Str(text) => text.clone(),
            other => other.to_string(),
        };
        spend(&cell)?;
        let column = table.column(&name);
        table.set(column, &cell);
    }
    Ok(())
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
    fn rows_without_cells_are_not_endless() {
        let schema = Arc::new(parse_message_type("message none { optional double loss; }").unwrap());
        let mut bytes = Vec::new();
        let mut file = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
        let mut group = file.next_row_group().unwrap();
        let mut losses = group.next_column().unwrap().unwrap();
        losses.typed::<DoubleType>().write_batch(&[], Some(&[0; 1000]), None).unwrap();
        losses.close().unwrap();
        group.close().unwrap();
        file.close().unwrap();
        let read = |most| {
            let (mut table, mut rows) = (Table::default(), 0);
            (fill(&mut table, &mut rows, bytes.clone(), most).is_ok(), rows)
        };
        assert_eq!((read(1000 * ROW), read(100 * ROW)), ((true, 1000), (false, 100)));
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
