//! The filter: which rows of a table are read.

mod beside;
mod clause;

use super::cells::Refusal;
use super::columns::Columns;
use crate::run::Unmet;
use crate::{Error, Result};
pub(super) use beside::Beside;
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
    pub(super) fn parse(
        option: &'static str,
        text: &str,
        path: &str,
        (columns, beside): (&Columns, &Beside),
    ) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self { rule: Rule::All(Vec::new()) });
        }
        let mut reader = Reader { option, text, rest: text, depth: 0, path, columns, beside };
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
    pub(super) fn unmet(&self) -> Vec<Unmet> {
        self.rule.clauses().filter_map(Clause::unmet).collect()
    }

    /// Whether the row of a line may be kept, whatever is in it.
    pub(super) fn keeps_line(&self, path: &str, line: u64) -> bool {
        let keeps = |clause: &Clause| Ok(!clause.is_of_line() || clause.holds_on_line(path, line));
        self.rule.holds(&keeps).unwrap_or(true)
    }

    /// Whether the row of a line, whose cells `cell` gives, is kept; `refuse` makes an error of a cell that cannot be
    /// compared, from its column's name and what is wrong.
    pub(super) fn keeps<'a>(
        &self,
        (path, line): (&str, u64),
        cell: impl Fn(usize, &str) -> Result<&'a str>,
        refuse: impl Fn(usize, &str, Refusal) -> Error,
    ) -> Result<bool> {
        self.rule.holds(&|clause| match clause.column {
            Some(column) => {
                let cell = cell(column, clause.of())?;
                clause.holds(cell).map_err(|refusal| refuse(column, clause.of(), refusal))
            }
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
    beside: &'a Beside,
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
            let known = (self.columns, self.beside);
            return Clause::parse(self.option, self.clause()?, self.path, known).map(Rule::Clause);
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
mod tests;
