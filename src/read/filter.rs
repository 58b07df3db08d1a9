//! The filter: which rows of a table are read.

mod clause;

use super::cells::Refusal;
use super::columns::Columns;
use crate::run::Unmet;
use crate::{Error, Result};
use clause::{Clause, QUOTES, quoted};

/// Most parentheses in each other.
const DEEPEST: usize = 64;

/// What a row must fulfil.
#[derive(Debug)]
enum Rule {
    Clause(Clause),
    /// Each of these.
    All(Vec<Rule>),
    /// One of these.
    Any(Vec<Rule>),
}

/// Clauses that a row must fulfil, joined by `and` (or a comma) and `or`.
#[derive(Debug)]
pub(super) struct Filter {
    rule: Rule,
}

impl Filter {
    /// Reads `outlier=0,params>=1e8 or note=c4`; a blank text keeps every row. `and`, like a comma, binds before `or`.
    ///
    /// The text is that of the option of this name.
    pub(super) fn parse(option: &'static str, text: &str, path: &str, columns: &Columns) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self { rule: Rule::All(Vec::new()) });
        }
        let mut reader = Reader { option, text, rest: text, depth: 0, path, columns };
        let rule = reader.any()?;
        if !reader.rest.is_empty() {
            return Err(reader.refuse("closes a parenthesis that was not opened", "open it, or leave it out"));
        }
        Ok(Self { rule })
    }

    /// Keeps in mind which of the values that are asked for a row has.
    pub(super) fn note<'a>(&self, at: (&str, u64), cell: impl Fn(usize) -> &'a str) {
        self.rule.clauses().for_each(|clause| clause.note(at, &cell));
    }

    /// The values that are asked for and that no row has.
    pub(super) fn unmet(&self, columns: &Columns) -> Vec<Unmet> {
        self.rule.clauses().filter_map(|clause| clause.unmet(columns)).collect()
    }

    /// Whether the row of a line may be kept, whatever is in it.
    pub(super) fn keeps_line(&self, path: &str, line: u64) -> bool {
        let keeps = |clause: &Clause| Ok(!clause.is_of_line() || clause.holds_on_line(path, line));
        self.rule.holds(&keeps).unwrap_or(true)
    }

    /// Whether the row of a line, whose cells `cell` gives, is kept; `refuse` makes an error of a cell that cannot be
    /// compared, from its column and what is wrong.
    pub(super) fn keeps<'a>(
        &self,
        (path, line): (&str, u64),
        cell: impl Fn(usize) -> &'a str,
        refuse: impl Fn(usize, Refusal) -> Error,
    ) -> Result<bool> {
        self.rule.holds(&|clause| match clause.column {
            Some(column) => clause.holds(cell(column)).map_err(|refusal| refuse(column, refusal)),
            None => Ok(clause.holds_on_line(path, line)),
        })
    }
}

impl Rule {
    fn clauses(&self) -> Box<dyn Iterator<Item = &Clause> + '_> {
        match self {
            Rule::Clause(clause) => Box::new(std::iter::once(clause)),
            Rule::All(rules) | Rule::Any(rules) => Box::new(rules.iter().flat_map(Rule::clauses)),
        }
    }

    /// Tried from left to right, up to the clause that decides.
    fn holds(&self, clause: &impl Fn(&Clause) -> Result<bool>) -> Result<bool> {
        let (rules, decides) = match self {
            Rule::Clause(of) => return clause(of),
            Rule::All(rules) => (rules, false),
            Rule::Any(rules) => (rules, true),
        };
        for rule in rules {
            if rule.holds(clause)? == decides {
                return Ok(decides);
            }
        }
        Ok(!decides)
    }
}

/// Reads a filter from left to right.
struct Reader<'a> {
    option: &'static str,
    text: &'a str,
    rest: &'a str,
    depth: usize,
    path: &'a str,
    columns: &'a Columns,
}

impl<'a> Reader<'a> {
    fn refuse(&self, problem: &str, remedy: &str) -> Error {
        Error::option(self.option, format!("'{}'", self.text), problem, remedy)
    }

    /// Rules that are joined by `or`.
    fn any(&mut self) -> Result<Rule> {
        let mut rules = vec![self.all()?];
        while self.takes_word("or") {
            rules.push(self.all()?);
        }
        Ok(one_or(rules, Rule::Any))
    }

    /// Rules that are joined by `and` or commas.
    fn all(&mut self) -> Result<Rule> {
        let mut rules = vec![self.one()?];
        while self.takes(',') || self.takes_word("and") {
            rules.push(self.one()?);
        }
        Ok(one_or(rules, Rule::All))
    }

    /// A clause, or what parentheses hold.
    fn one(&mut self) -> Result<Rule> {
        if !self.takes('(') {
            return Clause::parse(self.option, self.clause()?, self.path, self.columns).map(Rule::Clause);
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.refuse("has more than 64 parentheses in each other", "write it with fewer"));
        }
        let rule = self.any()?;
        if !self.takes(')') {
            let remedy = "close it with ), or put a name that begins with ( in quotes";
            return Err(self.refuse("has a parenthesis that is never closed", remedy));
        }
        self.depth -= 1;
        self.skip_blank();
        if self.rest.is_empty() || self.rest.starts_with([',', ')']) || self.word().is_some() {
            return Ok(rule);
        }
        Err(self.refuse("goes on after a parenthesis without joining", "join by and, or or a comma"))
    }

    fn skip_blank(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn takes(&mut self, mark: char) -> bool {
        self.skip_blank();
        let after = self.rest.strip_prefix(mark);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn takes_word(&mut self, word: &str) -> bool {
        self.skip_blank();
        let found = self.word().is_some_and(|found| found.eq_ignore_ascii_case(word));
        self.rest = &self.rest[if found { word.len() } else { 0 }..];
        found
    }

    /// The word that joins, where one comes next.
    fn word(&self) -> Option<&'a str> {
        word(self.rest)
    }

    /// The text up to what ends a clause: a comma, a word that joins, or a parenthesis that it did not open.
    fn clause(&mut self) -> Result<&'a str> {
        let whole = self.rest;
        let (mut open, mut starts, mut after_blank) = (0, true, true);
        while let Some(letter) = self.rest.chars().next() {
            if QUOTES.contains(&letter) && starts {
                let closed = quoted(self.rest);
                self.rest =
                    closed.ok_or_else(|| self.refuse("has a quote that is never closed", "close it"))?.1;
                (starts, after_blank) = (false, true);
                continue;
            }
            if letter == ',' || letter == ')' && open == 0 || after_blank && self.word().is_some() {
                break;
            }
            open = match letter {
                '(' => open + 1,
                ')' => open - 1,
                _ => open,
            };
            after_blank = letter.is_whitespace() || letter == ')';
            starts = matches!(letter, '=' | '!' | '<' | '>') || starts && after_blank;
            self.rest = &self.rest[letter.len_utf8()..];
        }
        Ok(whole[..whole.len() - self.rest.len()].trim())
    }
}

/// The word that joins clauses, where a text begins with one: no letter, digit or comparison follows.
fn word(text: &str) -> Option<&str> {
    ["or", "and"].into_iter().find_map(|word| {
        let (found, after) = (text.get(..word.len())?, text.get(word.len()..)?);
        let ends = after.is_empty()
            || after.starts_with(|c: char| c.is_whitespace() || c == '(' || QUOTES.contains(&c));
        (ends && found.eq_ignore_ascii_case(word)).then_some(found)
    })
}

/// The rule itself where there is one.
fn one_or(mut rules: Vec<Rule>, join: fn(Vec<Rule>) -> Rule) -> Rule {
    match rules.pop() {
        Some(rule) if rules.is_empty() => rule,
        last => {
            rules.extend(last);
            join(rules)
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
        let filter = Filter::parse("filter", filter, "t.csv", &columns)?;
        filter.keeps(("t.csv", 2), |index| row[index], |_, refusal| refusal.at(Location::in_file("t.csv")))
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
    fn and_and_commas_bind_before_or() -> Result<()> {
        let row = ["7B", "1.4T", "2.5", "c4"];
        for filter in [
            "params=8B or note=c4",
            "params=7B OR params=8B and note=pile",
            "note=c4 or params=8B,note=pile",
            "params=8B,note=pile or note=c4",
            "(params=8B or params=7B) and note=c4",
            "(params=8B or params=7B),(loss>2)",
            "((params=7B))",
            "line=2 and (note=pile or line>1)",
            "note=\"c4\"or note=pile",
            "\"Model Size\">=7B",
            // The row is decided before a cell that cannot be compared.
            "note=c4 or note<3",
        ] {
            assert!(kept(filter, row)?, "{filter}");
        }
        for filter in [
            "params=8B or note=pile",
            "(params=7B or params=8B) and note=pile",
            "(params=7B or params=8B),note=pile",
            "params=8B and note=c4 or loss>3",
            "note=\"c4 or pile\"",
            "line=3 or loss>3",
        ] {
            assert!(!kept(filter, row)?, "{filter}");
        }
        Ok(())
    }

    #[test]
    fn names_and_values_may_hold_what_joins() {
        let table = "Params (M),tokens,\"loss, c4\",note\n10,2e10,3,\"this, or that\"\n20,3e10,2.9,or\n";
        let options = ReadOptions::default().with_columns("loss=\"loss, c4\"").unwrap();
        let runs = |filter: &str| {
            crate::Sweep::from_reader("t.csv", table.as_bytes(), &options.clone().with_filter(filter))
                .map(|sweep| sweep.len())
        };
        for (filter, count) in [
            ("Params (M)>=10", 2),
            ("(Params (M)>10 or tokens<3e10)", 2),
            ("\"loss, c4\">=3", 1),
            ("note=\"this, or that\"", 1),
            ("note=\"or\" or note=x", 1),
        ] {
            assert_eq!(runs(filter).unwrap(), count, "{filter}");
        }
    }

    #[test]
    fn lines_are_left_out_before_they_are_read_where_no_or_can_keep_them() {
        let table = "params,tokens,loss\n1e9,2e10,3\n1e9,3e10\n1e9,4e10,2.8\n";
        let read = |filter: &str| {
            crate::Sweep::from_reader("t.csv", table.as_bytes(), &ReadOptions::default().with_filter(filter))
        };
        assert_eq!(read("line=2 or line=4").unwrap().len(), 2);
        assert_eq!(read("(line=2 or line=4) and loss>2.9").unwrap().len(), 1);
        assert!(read("line=2 or loss>2").is_err(), "the broken line may be kept");
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
        let message = read("loss<3").unwrap_err().to_string();
        assert!(
            message.contains(
                "`filter` 'loss<3' compares 'loss', which is computed from 'ppl'; write ppl<20.0855"
            ),
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
            ("loss>2 or", "'' compares nothing"),
            ("loss>2 and or loss<3", "'' compares nothing"),
            ("note=this or that", "'that' compares nothing"),
            ("(loss>2 or loss<1", "a parenthesis that is never closed; close it"),
            ("loss>2)", "closes a parenthesis that was not opened"),
            ("(loss>2) loss<3", "goes on after a parenthesis without joining; join by and, or or a comma"),
            ("note=\"c4", "a quote that is never closed; close it"),
            ("note<c4", "compare texts by = or !="),
            ("note<3", "'c4' is not a number, which the filter 'note<3' needs"),
        ] {
            let message = kept(filter, ["7B", "1.4T", "2.5", "c4"]).unwrap_err().to_string();
            assert!(message.contains(problem), "{filter}: {message}");
        }
    }
}
