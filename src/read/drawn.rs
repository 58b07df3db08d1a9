//! Tables as programs print them: with rules and bars, a title above, or columns parted by blanks.

use super::titled::is_header;

/// Lines that are looked at.
const LINES: usize = 40;
/// Lines of a title, at the most.
const TITLE: usize = 10;

/// Bars of boxes.
const BARS: [char; 7] = ['│', '┃', '┆', '┇', '┊', '┋', '║'];
/// Types of columns, which polars and DuckDB print below the header.
const TYPES: [&str; 24] = [
    "str", "string", "varchar", "cat", "enum", "bool", "boolean", "i8", "i16", "i32", "i64", "u8", "u16",
    "u32", "u64", "f32", "f64", "int32", "int64", "uint64", "float", "double", "hugeint", "null",
];

/// How the lines of such a table become those of a delimited one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn {
    /// Lines above the header.
    title: u64,
    cells: Cells,
}

#[derive(Debug, Clone, Copy)]
enum Cells {
    /// Parted by bars, between rules.
    Bars,
    /// Parted by so many blanks or more; rows may begin with a number of their own, as those of pandas do.
    Blanks { least: usize, numbered: bool },
}

impl Drawn {
    /// What the first lines of a file show; none where they are those of another table, or of none.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(head);
        let lines: Vec<&str> = text.lines().take(LINES).collect();
        let first = lines.iter().find(|line| !line.trim().is_empty())?.trim();
        // Markdown has its own.
        if first.starts_with('|') && !is_rule(first) {
            return None;
        }
        barred(&lines).or_else(|| blank(&lines))
    }

    pub(super) fn delimiter(self) -> u8 {
        match self.cells {
            Cells::Bars => b'|',
            Cells::Blanks { .. } => b'\t',
        }
    }

    /// A line of the file, by its number from 1, as one that is delimited; empty where it is none of the table.
    pub(super) fn line(self, number: u64, line: &str) -> String {
        if number <= self.title || is_rule(line) || is_count(line) {
            return String::new();
        }
        match self.cells {
            Cells::Bars if is_of_types(line) => String::new(),
            Cells::Bars => line.replace(BARS, "|"),
            Cells::Blanks { least, numbered } => {
                let cells = split(line, least).join("\t");
                if numbered && number == self.title + 1 { format!("\t{cells}") } else { cells }
            }
        }
    }
}

/// A table whose header has bars and a rule above it or below.
fn barred(lines: &[&str]) -> Option<Drawn> {
    let has_bars = |line: &&str| (line.contains('|') || line.contains(BARS)) && !is_rule(line);
    let header = lines.iter().position(has_bars).filter(|header| *header <= TITLE)?;
    let beside = [header.checked_sub(1), Some(header + 1)];
    let is_ruled = beside.into_iter().flatten().any(|at| lines.get(at).is_some_and(|line| is_rule(line)));
    is_ruled.then_some(Drawn { title: header as u64, cells: Cells::Bars })
}

/// A table whose columns are parted by blanks, each row having as many as the header.
fn blank(lines: &[&str]) -> Option<Drawn> {
    let header = lines.iter().position(|line| !line.trim().is_empty())?;
    if lines[header].contains([',', ';', '\t', '|', '=', ':', '{', '"', '&', '\\']) {
        return None;
    }
    let rows: Vec<&&str> =
        lines[header + 1..].iter().filter(|line| !line.trim().is_empty() && !is_rule(line)).collect();
    let of = |least: usize| {
        let names = split(lines[header], least);
        let is_header = is_header(&names);
        let have = |count: usize| !rows.is_empty() && rows.iter().all(|row| split(row, least).len() == count);
        // Numbers of rows stand to the left of the header.
        let numbered = is_header
            && lines[header].starts_with(' ')
            && have(names.len() + 1)
            && rows.iter().all(|row| split(row, least)[0].parse::<u64>().is_ok());
        let is_one = numbered || (is_header && have(names.len()));
        let cells = Cells::Blanks { least, numbered };
        is_one.then_some(Drawn { title: header as u64, cells })
    };
    of(2).or_else(|| of(1))
}

/// The cells of a line, parted by so many blanks or more.
fn split(line: &str, least: usize) -> Vec<&str> {
    let mut cells = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let end = rest.match_indices(char::is_whitespace).map(|(at, _)| at).find(|at| {
            let blanks = rest[*at..].chars().take_while(|c| c.is_whitespace()).count();
            blanks >= least
        });
        let end = end.unwrap_or(rest.len());
        cells.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    cells
}

/// Whether a line is a rule: of dashes, of lines of boxes, and of where these cross.
fn is_rule(line: &str) -> bool {
    let is_line = |c: char| matches!(c, '-' | '=' | '\u{2500}'..='\u{2501}' | '\u{2550}');
    let is_of_rule =
        |c: char| is_line(c) || matches!(c, '+' | '|' | ':' | ' ' | '\t' | '\u{2502}'..='\u{257f}');
    // A row of dashes, one a cell, has nothing in it, but is one.
    let mut pairs = line.chars().zip(line.chars().skip(1));
    line.chars().all(is_of_rule) && pairs.any(|(a, b)| is_line(a) && is_line(b))
}

/// Whether the cells of a line are the types of their columns.
fn is_of_types(line: &str) -> bool {
    let mut cells = line.split(BARS).map(str::trim).filter(|cell| !cell.is_empty()).peekable();
    line.contains(BARS) && cells.peek().is_some() && cells.all(|cell| TYPES.contains(&cell))
}

/// Whether a line counts the rows above it, as databases do: `(24 rows)`.
fn is_count(line: &str) -> bool {
    let inside = line.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let count =
        inside.and_then(|inside| inside.strip_suffix(" rows").or_else(|| inside.strip_suffix(" row")));
    count.is_some_and(|count| count.parse::<u64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::Drawn;

    /// The lines of a table as they are read, without empty ones.
    fn read(text: &str) -> Option<Vec<String>> {
        let drawn = Drawn::of(text.as_bytes())?;
        let lines = text.lines().zip(1..).map(|(line, number)| drawn.line(number, line));
        Some(lines.filter(|line| !line.is_empty()).collect())
    }

    #[test]
    fn printed_tables_become_delimited_ones() {
        for text in [
            "+---+--------+\n| a | params |\n+===+========+\n| x | 7e7 |\n+---+--------+\n",
            "Table 3: losses\n\n| a | params |\n|---|---|\n| x | 7e7 |\n",
            "┏━━━┳━━━━━━━━┓\n┃ a ┃ params ┃\n┡━━━╇━━━━━━━━┩\n│ x │ 7e7 │\n└───┴────────┘\n",
            "shape: (1, 2)\n┌───┬────────┐\n│ a ┆ params │\n│ --- ┆ --- │\n│ str ┆ i64 │\n╞═══╪════════╡\n│ x ┆ 7e7 │\n└───┴────────┘\n",
            "┌─────────┬────────┐\n│ a │ params │\n│ varchar │ int64 │\n├─────────┼────────┤\n│ x │ 7e7 │\n└─────────┴────────┘\n",
        ] {
            assert_eq!(read(text).unwrap(), ["| a | params |", "| x | 7e7 |"], "{text}");
        }
        let database = " a | params\n---+--------\n x | 7e7\n(1 row)\n";
        assert_eq!(read(database).unwrap(), [" a | params", " x | 7e7"]);
        let numbered = "  params  tokens  loss\n0  7e7  2e9  3.5\n";
        assert_eq!(read(numbered).unwrap(), ["\tparams\ttokens\tloss", "0\t7e7\t2e9\t3.5"]);
        let simple = "model name  params  loss\n----------  ------  ----\na b         7e7     3.5\n";
        assert_eq!(read(simple).unwrap(), ["model name\tparams\tloss", "a b\t7e7\t3.5"]);
        assert_eq!(read("run params loss\na 7e7 3.5\n").unwrap(), ["run\tparams\tloss", "a\t7e7\t3.5"]);
        for text in [
            "params,tokens,loss\n7e7,2e9,3.5\n",
            "| params | loss |\n|---|---|\n| 7e7 | 3.5 |\n",
            "a|params\nx|7e7\n",
            "params tokens loss\n7e7 2e9\n",
            "params tokens loss steps\n7e7 2e9 3.5 1 000\n",
            "  params tokens loss\n  7e7 2e9 3.5 late\n",
            "some words here\nand some there\n",
            "params loss\n",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
