//! The filter: which rows of a table are read.

use super::cells::Refusal;
use super::columns::Columns;
use crate::units;
use crate::{Error, Result};

/// A comparison of one clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// Longer ones first: `<=` begins with `<`.
const OPERATORS: [(&str, Operator); 7] = [
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

#[derive(Debug)]
struct Clause {
    text: String,
    /// None for the number of the row's line.
    column: Option<usize>,
    operator: Operator,
    value: String,
    number: Option<f64>,
}

/// What stands for the number of a row's line, where no column has that name.
const LINE: &str = "line";
/// How to write a clause.
const FORM: &str = "write clauses such as outlier=0,params>=1e8, by = != < <= > or >=";

/// Clauses that a row must all fulfil.
#[derive(Debug)]
pub(super) struct Filter {
    clauses: Vec<Clause>,
}

impl Filter {
    /// Reads `outlier=0,params>=1e8`; a blank text keeps every row.
    pub(super) fn parse(text: &str, path: &str, columns: &Columns) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self { clauses: Vec::new() });
        }
        let clauses: Result<Vec<Clause>> =
            text.split(',').map(|clause| Clause::parse(clause.trim(), path, columns)).collect();
        Ok(Self { clauses: clauses? })
    }

    /// Whether the row of a line is kept, whatever is in it. Lines are told by number, or with their file before: `a.csv:3`.
    pub(super) fn keeps_line(&self, path: &str, line: u64) -> bool {
        let keeps = |clause: &Clause| {
            let of_file = clause.value.strip_prefix(path).and_then(|rest| rest.strip_prefix(':'));
            match (of_file, clause.operator) {
                (Some(number), Operator::NotEqual) => number.parse() != Ok(line),
                (Some(number), _) => number.parse() == Ok(line),
                (None, _) if clause.number.is_none() => true,
                (None, _) => clause.holds(&line.to_string()).unwrap_or(true),
            }
        };
        self.clauses.iter().filter(|clause| clause.column.is_none()).all(keeps)
    }

    /// Whether the row whose cells `cell` gives is kept; `refuse` makes an error of a cell that cannot be
    /// compared, from its column and what is wrong.
    pub(super) fn keeps<'a>(
        &self,
        cell: impl Fn(usize) -> &'a str,
        refuse: impl Fn(usize, Refusal) -> Error,
    ) -> Result<bool> {
        for clause in &self.clauses {
            let Some(column) = clause.column else { continue };
            if !clause.holds(cell(column)).map_err(|refusal| refuse(column, refusal))? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Clause {
    fn parse(text: &str, path: &str, columns: &Columns) -> Result<Self> {
        let refuse =
            |problem: &str, remedy: &str| Error::option("filter", format!("'{text}'"), problem, remedy);
        let at = text.find(['=', '!', '<', '>']).ok_or_else(|| refuse("compares nothing", FORM))?;
        let (name, rest) = (text[..at].trim(), &text[at..]);
        let (mark, operator) = *OPERATORS
            .iter()
            .find(|(mark, _)| rest.starts_with(mark))
            .ok_or_else(|| refuse("has no comparison: '!' alone is none", FORM))?;
        let value = rest[mark.len()..].trim();
        if value.starts_with(['=', '<', '>', '!']) {
            let problem = format!("has no comparison: '{mark}{}' is none", &value[..1]);
            return Err(refuse(&problem, FORM));
        }
        if name.is_empty() {
            return Err(refuse("names no column", FORM));
        }
        let column = columns.find(name)?;
        if column.is_none() && name != LINE {
            let problem = format!("names the column '{name}', which {path} has not");
            return Err(refuse(&problem, &columns.instead_of(name)));
        }
        if let Some(own) = column.and_then(|column| columns.converted(column)).filter(|own| *own != name) {
            let problem = format!("compares '{name}', which is computed from '{own}'");
            return Err(refuse(&problem, &format!("compare '{own}'")));
        }
        let number = units::number(value);
        if number.is_none() && !matches!(operator, Operator::Equal | Operator::NotEqual) {
            let problem = format!("compares the size of '{value}', which is not a number");
            return Err(refuse(&problem, "write a number, or compare texts by = or !="));
        }
        Ok(Self { text: text.to_owned(), column, operator, value: value.to_owned(), number })
    }

    fn holds(&self, cell: &str) -> Result<bool, Refusal> {
        if cell.is_empty() || self.value.is_empty() {
            // An empty value asks for empty cells; an empty cell equals nothing else, and has no size.
            let equal = cell.is_empty() && self.value.is_empty();
            return Ok(match self.operator {
                Operator::NotEqual => !equal,
                _ => equal,
            });
        }
        match (self.number, units::number(cell)) {
            (Some(right), Some(left)) => Ok(match self.operator {
                Operator::Equal => left == right,
                Operator::NotEqual => left != right,
                Operator::Less => left < right,
                Operator::AtMost => left <= right,
                Operator::Greater => left > right,
                Operator::AtLeast => left >= right,
            }),
            _ => match self.operator {
                Operator::Equal => Ok(cell == self.value),
                Operator::NotEqual => Ok(cell != self.value),
                _ => Err(Refusal::of(
                    cell,
                    &format!("a number, which the filter '{}' needs", self.text),
                    format!("mend it, or leave such rows out by '!={cell}' before that"),
                )),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::Layout;
    use super::super::options::ReadOptions;
    use super::*;
    use crate::error::Location;

    fn kept(filter: &str, row: [&str; 4]) -> Result<bool> {
        let headers = ["Model Size", "tokens", "loss", "note"].map(str::to_owned).to_vec();
        let columns = Columns::find_all("t.csv", headers, &Layout::default(), &[])?;
        let filter = Filter::parse(filter, "t.csv", &columns)?;
        filter.keeps(|index| row[index], |_, refusal| refusal.at(Location::in_file("t.csv")))
    }

    #[test]
    fn clauses_compare_numbers_as_numbers_and_texts_as_texts() -> Result<()> {
        let row = ["7B", "1.4T", "2.5", "c4"];
        for filter in [
            "",
            "params=7e9",
            "model_size==7000M",
            "Model Size>=7B",
            "params<=7B",
            "loss<3",
            "loss>2",
            "n!=8B",
            "note=c4",
            "note!=C4",
            "note!=3",
            "note!=",
            "loss>2,note=c4",
            " tokens = 1.4e12 , loss<2.6 ",
        ] {
            assert!(kept(filter, row)?, "{filter}");
        }
        for filter in
            ["params=8B", "loss>2.5", "loss<2.5", "note=3", "note=", "loss>2,note=pile", "loss!=2.50"]
        {
            assert!(!kept(filter, row)?, "{filter}");
        }
        Ok(())
    }

    #[test]
    fn empty_cells_equal_only_an_empty_value() -> Result<()> {
        let row = ["7B", "1.4T", "2.5", ""];
        assert!(kept("note=", row)? && kept("note!=c4", row)? && kept("note!=3", row)?);
        for filter in ["note=c4", "note=0", "note<3", "note>=0", "note!="] {
            assert!(!kept(filter, row)?, "{filter}");
        }
        Ok(())
    }

    #[test]
    fn losses_computed_from_perplexities_are_filtered_by_the_column_only() {
        let read = |filter: &str| {
            let options = ReadOptions::default().with_filter(filter);
            crate::Sweep::from_reader("t.csv", "params,tokens,ppl\n1e9,2e10,20\n".as_bytes(), &options)
        };
        assert!(read("ppl<30").is_ok());
        let message = read("loss<30").unwrap_err().to_string();
        assert!(
            message
                .contains("`filter` 'loss<30' compares 'loss', which is computed from 'ppl'; compare 'ppl'"),
            "{message}"
        );
    }

    #[test]
    fn lines_are_filtered_by_their_number_where_no_column_is_called_so() {
        let table = "params,tokens,loss\n1e9,2e10,3\n1e9,3e10\n1e9,4e10,2.8\n2e9,4e10,2.7\n";
        let read = |table: &str, filter: &str| {
            crate::Sweep::from_reader("t.csv", table.as_bytes(), &ReadOptions::default().with_filter(filter))
        };
        assert_eq!(read(table, "line!=3,line<5").unwrap().runs()[1].params, 1e9);
        assert_eq!(read(table, "line!=t.csv:3,line!=other.csv:4").unwrap().len(), 3);
        assert!(read(table, "line!=2").is_err());
        let own = "params,tokens,loss,line\n1e9,2e10,3,7\n1e9,3e10,2.9,8\n";
        assert_eq!(read(own, "line=8").unwrap().len(), 1);
    }

    #[test]
    fn refusals_name_the_clause() {
        for (filter, problem) in [
            ("loss", "`filter` 'loss' compares nothing; write"),
            ("loss>2,", "`filter` '' compares nothing"),
            ("=3", "names no column"),
            ("loss=>3", "'=>' is none"),
            ("loss!3", "'!' alone is none"),
            ("los>3", "names the column 'los', which t.csv has not; write 'loss' if that is meant"),
            ("colour=red", "choose one of Model Size, tokens, loss, note"),
            ("note<c4", "compare texts by = or !="),
            ("note<3", "'c4' is not a number, which the filter 'note<3' needs"),
        ] {
            let message = kept(filter, ["7B", "1.4T", "2.5", "c4"]).unwrap_err().to_string();
            assert!(message.contains(problem), "{filter}: {message}");
        }
    }
}
