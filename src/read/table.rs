//! A table in memory, in blocks of rows, each of which is gone once it is read.

use std::borrow::Borrow;
use std::collections::HashMap;

use super::row::Rows;
use crate::Result;

/// Bytes of text in a block, or a little more: it ends with a row.
const BLOCK: usize = 1 << 20;
/// Most rows of a block.
const MOST_ROWS: usize = 1 << 16;

/// A table in memory, whose rows may leave cells out.
#[derive(Debug, Default)]
pub(super) struct Table {
    headers: Vec<String>,
    columns: HashMap<String, usize>,
    /// The column that was asked for last.
    latest: usize,
    blocks: Vec<Block>,
    /// Cells of all rows from here on, each with its column.
    shared: Vec<(usize, String)>,
    /// Whether the last block has them.
    has_shared: bool,
}

/// Some rows.
#[derive(Debug, Default)]
pub(super) struct Block {
    own: Cells,
    rows: Vec<Row>,
    shared: Cells,
    /// Where in `shared` each set of cells ends.
    sets: Vec<usize>,
}

#[derive(Debug)]
struct Row {
    /// Where in the block's own cells it ends.
    end: u32,
    /// The number of the set that it shares, from 1; 0 for none.
    set: u32,
    line: u64,
}

/// Cells, one behind the other.
#[derive(Debug, Default)]
struct Cells {
    text: String,
    /// Column of each, and where in `text` it ends.
    ends: Vec<(u32, u32)>,
}

impl Cells {
    fn push(&mut self, column: usize, cell: &str) {
        self.text.push_str(cell);
        self.ends.push((column as u32, self.text.len() as u32));
    }

    /// Column, start and end of the cells from `first` to before `last`.
    fn spans(&self, first: usize, last: usize) -> impl Iterator<Item = (usize, usize, usize)> {
        let mut start = if first == 0 { 0 } else { self.ends[first - 1].1 as usize };
        self.ends[first..last].iter().map(move |&(column, end)| {
            let from = std::mem::replace(&mut start, end as usize);
            (column as usize, from, start)
        })
    }
}

impl Table {
    pub(super) fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The column called `name`, which is added where it is not there yet.
    pub(super) fn column(&mut self, name: &str) -> usize {
        // Rows mostly have the same columns in the same order.
        let guess = if self.latest + 1 < self.headers.len() { self.latest + 1 } else { 0 };
        self.latest = match self.headers.get(guess) {
            Some(header) if header == name => guess,
            _ => self.find_column(name),
        };
        self.latest
    }

    fn find_column(&mut self, name: &str) -> usize {
        if let Some(&index) = self.columns.get(name) {
            return index;
        }
        self.headers.push(name.to_owned());
        self.columns.insert(name.to_owned(), self.headers.len() - 1);
        self.headers.len() - 1
    }

    /// Gives cells to all rows from the next on, until it is called again. A row's own cells go before them.
    pub(super) fn share<'a>(&mut self, cells: impl Iterator<Item = (&'a str, &'a str)>) {
        self.shared = cells.map(|(name, cell)| (self.find_column(name), cell.trim().to_owned())).collect();
        self.has_shared = false;
    }

    /// Gives the row in the making a cell.
    pub(super) fn set(&mut self, column: usize, cell: &str) {
        self.block().own.push(column, cell.trim());
    }

    /// Ends the row in the making.
    pub(super) fn end_row(&mut self, line: u64) {
        if !self.has_shared && !self.shared.is_empty() {
            let shared = std::mem::take(&mut self.shared);
            let block = self.block();
            shared.iter().for_each(|(column, cell)| block.shared.push(*column, cell));
            block.sets.push(block.shared.ends.len());
            (self.shared, self.has_shared) = (shared, true);
        }
        let shares = !self.shared.is_empty();
        let block = self.block();
        let set = if shares { block.sets.len() as u32 } else { 0 };
        block.rows.push(Row { end: block.own.ends.len() as u32, set, line });
        if block.own.text.len() + block.shared.text.len() >= BLOCK || block.rows.len() >= MOST_ROWS {
            block.shrink();
            self.blocks.push(Block::default());
            self.has_shared = false;
        }
    }

    /// The block of the row in the making.
    fn block(&mut self) -> &mut Block {
        if self.blocks.is_empty() {
            self.blocks.push(Block::default());
        }
        let last = self.blocks.len() - 1;
        &mut self.blocks[last]
    }

    /// All rows of `rows` under `headers`, each of which `check` accepts.
    pub(super) fn gather<R: Rows>(
        headers: &[String],
        rows: &mut R,
        check: impl Fn(&R) -> Result<()>,
    ) -> Result<Self> {
        let mut table = Self::default();
        for header in headers {
            // Columns without a name stay apart.
            table.headers.push(header.clone());
            table.columns.insert(header.clone(), table.headers.len() - 1);
        }
        while rows.advance()? {
            check(rows)?;
            for index in 0..rows.len() {
                if !rows.cell(index).is_empty() {
                    table.set(index, rows.cell(index));
                }
            }
            table.end_row(rows.line());
        }
        Ok(table)
    }

    /// The rows from the first on.
    pub(super) fn cursor(&self) -> impl Rows {
        Cursor::new(self.blocks.iter(), self.headers.len(), false)
    }

    /// The same, and each block is dropped behind them; with `records`, messages name the number of the row too.
    pub(super) fn into_cursor(self, records: bool) -> impl Rows {
        Cursor::new(self.blocks.into_iter(), self.headers.len(), records)
    }
}

impl Block {
    fn shrink(&mut self) {
        for cells in [&mut self.own, &mut self.shared] {
            cells.text.shrink_to_fit();
            cells.ends.shrink_to_fit();
        }
        self.rows.shrink_to_fit();
    }
}

/// A place in a [`Table`].
#[derive(Debug)]
struct Cursor<B, I> {
    blocks: I,
    block: Option<B>,
    /// The next row in the block, and its number in the table.
    next: usize,
    number: usize,
    /// Where each column's cell lies, and whether that is in the shared text.
    spans: Vec<(bool, usize, usize)>,
    records: bool,
}

impl<B: Borrow<Block>, I: Iterator<Item = B>> Cursor<B, I> {
    fn new(blocks: I, columns: usize, records: bool) -> Self {
        Self { blocks, block: None, next: 0, number: 0, spans: vec![(false, 0, 0); columns], records }
    }

    /// Goes to a row of the block, if it has one.
    fn enter(&mut self) -> Option<()> {
        let block = self.block.as_ref()?.borrow();
        let row = block.rows.get(self.next)?;
        self.spans.fill((false, 0, 0));
        if row.set > 0 {
            let set = row.set as usize;
            let first = if set == 1 { 0 } else { block.sets[set - 2] };
            for (column, start, end) in block.shared.spans(first, block.sets[set - 1]) {
                self.spans[column] = (true, start, end);
            }
        }
        let first = if self.next == 0 { 0 } else { block.rows[self.next - 1].end };
        for (column, start, end) in block.own.spans(first as usize, row.end as usize) {
            self.spans[column] = (false, start, end);
        }
        self.next += 1;
        self.number += 1;
        Some(())
    }
}

impl<B: Borrow<Block>, I: Iterator<Item = B>> Rows for Cursor<B, I> {
    fn advance(&mut self) -> Result<bool> {
        while self.enter().is_none() {
            // The block before is dropped first.
            self.block = None;
            self.block = self.blocks.next();
            self.next = 0;
            if self.block.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn line(&self) -> u64 {
        self.block.as_ref().map_or(0, |block| block.borrow().rows[self.next - 1].line)
    }

    fn len(&self) -> usize {
        self.spans.len()
    }

    fn cell(&self, index: usize) -> &str {
        let (shared, start, end) = self.spans[index];
        let Some(block) = &self.block else { return "" };
        let block: &Block = block.borrow();
        let cells = if shared { &block.shared } else { &block.own };
        &cells.text[start..end]
    }

    fn place(&self, path: &str) -> String {
        if self.records { format!("{path}, record {}", self.number) } else { path.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_where_they_were_set_and_empty_elsewhere() -> Result<()> {
        let mut table = Table::default();
        let (a, b) = (table.column("a"), table.column("b"));
        assert_eq!((table.column("a"), table.column("c")), (0, 2));
        table.set(b, " two ");
        table.end_row(7);
        table.end_row(8);
        table.set(a, "é");
        table.set(b, "");
        table.end_row(9);
        let mut rows = table.into_cursor(true);
        let mut seen = Vec::new();
        while rows.advance()? {
            seen.push((rows.line(), [0, 1, 2].map(|index| rows.cell(index).to_owned())));
            assert_eq!(rows.place("x.json"), format!("x.json, record {}", seen.len()));
        }
        let row = |line, cells: [&str; 3]| (line, cells.map(str::to_owned));
        assert_eq!(seen, [row(7, ["", "two", ""]), row(8, ["", "", ""]), row(9, ["é", "", ""])]);
        Ok(())
    }

    #[test]
    fn cells_are_shared_over_blocks_until_others_are() -> Result<()> {
        let mut table = Table::default();
        let long = "x".repeat(BLOCK);
        let step = table.column("step");
        for run in ["a", "b", ""] {
            table.share([("run", run), ("note", run)].into_iter().filter(|(_, cell)| !cell.is_empty()));
            for line in 1..=3 {
                let own = table.column("note");
                table.set(step, &line.to_string());
                if line == 2 {
                    table.set(own, &long);
                }
                table.end_row(line);
            }
        }
        assert_eq!(table.blocks.len(), 4);
        for pass in 0..2 {
            let mut rows = table.cursor();
            for run in ["a", "b", ""] {
                for line in 1..=3 {
                    assert!(rows.advance()?, "{pass}");
                    let note = if line == 2 { &long } else { run };
                    let seen = [0, 1, 2].map(|index| rows.cell(index));
                    assert_eq!((rows.line(), seen), (line, [&line.to_string(), run, note]));
                }
            }
            assert!(!rows.advance()?);
        }
        Ok(())
    }
}
