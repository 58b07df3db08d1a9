//! What is wrong with the rows of a table: all of it in one refusal, with the filter that leaves it out.

use std::fmt::Write;

use super::cells::EMPTY;
use super::commas;
use super::commas_asked::CommasAsked;
use super::fields::Field;
use super::text::in_filter;
use super::unread;
use crate::error::Location;
use crate::run::Run;
use crate::{Error, Result, units};

/// Most kinds of errors that a refusal lists.
const KINDS: usize = 20;
/// So many rows may be half of a table and be left out; more of them a quarter.
const FEW: usize = 2;
/// Most kinds that differ by their cell alone.
const EXAMPLES: usize = 3;
/// Most lines that it names for each.
const LINES: usize = 5;
/// Most kinds, and most clauses of a filter, that are kept; all rows are counted.
const KEPT: usize = 1000;

/// Most rows that are left out by the numbers of their lines.
const LEFT_OUT: usize = 20;

/// The remedy for all of a table that goes before a filter where most of its refused rows offer it.
const NO_NAMES: &str = "`columns: run=`";

/// A part of the remedy of counts that fall; where those of one row in so many rise, the rows are none of a run that is pruned.
const FALLING: &str = "call it nonzero, give the count before pruning as params";
const RISING: usize = 8;

/// Parts of remedies that are of all rows: those that have none of the errors say as little of themselves, and no filter helps.
const OF_ALL: [&str; 35] = [
    "two measures or two jobs of one run",
    "divide epochs by",
    "if no run is pruned",
    "and `schedule=NAME`",
    "if it says nothing of it",
    "write the shape of the ramp",
    "a file of its own; of one that was started anew",
    "give the lines of one set",
    "for runs of their own",
    "into a file of its own",
    "steps of several lengths",
    "`columns: final_sparsity=`",
    "`columns: batch_size=",
    "`columns: tokens_per_step=",
    "if the runs are dense",
    "write `dense` as its schedule",
    "write it on every row of the run",
    "read it as a log of counts",
    "call it nonzero",
    "call it global_batch_size",
    "call it tokens_per_step",
    "its tokens start again",
    "those of a step",
    "write their sums",
    "choose one",
    "if these are densities",
    // What is lacked is of all pruned runs.
    "`schedule=NAME`",
    "say which columns tell it",
    "from where to where such runs",
    "say it of all rows",
    "add a column final_sparsity",
    // A person can read them.
    "in its place",
    "with their sign",
    "without separators",
    "write 0.8 for 80 %",
];

/// What is wrong, row by row.
#[derive(Debug, Default)]
pub(super) struct Wrong {
    path: String,
    first: Option<Error>,
    kinds: Vec<Kind>,
    /// Together they leave out all that is wrong, or there are none.
    clauses: Vec<String>,
    /// Rows that only the number of their line leaves out.
    by_line: usize,
    rows: usize,
    /// Rows whose remedy is to read no names, and those whose counts fall, as they do where a run is pruned.
    without_names: usize,
    falling: usize,
    /// Rows whose remedy is to say what commas mark.
    pub(super) commas: CommasAsked,
    /// Whether rows share lines, so that no number of a line leaves out one alone.
    pub(super) share_lines: bool,
    /// Rows of kinds that are not kept.
    others: usize,
}

/// Errors of one problem in one column.
#[derive(Debug)]
struct Kind {
    /// The file, where that is not the table itself.
    file: Option<Box<str>>,
    problem: String,
    column: Option<Box<str>>,
    /// That of the first row, and whether those of others differ.
    remedy: Option<String>,
    differs: bool,
    lines: Vec<u64>,
    rows: usize,
}

/// Errors that differ by the cell alone.
#[derive(Debug, Default)]
struct Group<'a> {
    cause: String,
    column: Option<&'a str>,
    kinds: usize,
    /// Kinds that are shown, and rows of those that are not.
    shown: usize,
    left: usize,
}

impl Wrong {
    /// Nothing is wrong yet with the table of this path.
    pub(super) fn of(path: &str) -> Self {
        Self { path: path.to_owned(), ..Self::default() }
    }

    pub(super) fn add(&mut self, error: Error) {
        self.rows += 1;
        let place = match &error {
            Error::Data { place, .. } | Error::Within { place, .. } => (**place).clone(),
            _ => Location::default(),
        };
        // Another file is a table of runs.
        let file = place.file.clone().filter(|file| !file.starts_with(&self.path));
        let (problem, remedy) = (error.problem(), error.remedy());
        let offers = |offer: &str| usize::from(remedy.as_ref().is_some_and(|remedy| remedy.contains(offer)));
        self.without_names += offers(NO_NAMES) * (1 - offers("`trajectories="));
        self.falling += offers(FALLING);
        self.commas.note_remedy(remedy.as_deref().unwrap_or_default());
        let own = remedy.as_deref().and_then(clause);
        self.by_line += usize::from(own.is_none());
        let is_of_all = remedy.as_ref().is_some_and(|remedy| OF_ALL.iter().any(|part| remedy.contains(part)));
        // Without its pruned runs it is another sweep.
        let is_of_all = is_of_all || place.column.as_deref().is_some_and(is_of_pruning);
        let clause = own.or_else(|| Some(line_clause(&place.file, place.line.filter(|_| !is_of_all)?)));
        match clause {
            Some(clause) if self.rows == 1 || !self.clauses.is_empty() => {
                if !self.clauses.contains(&clause) {
                    self.clauses.push(clause);
                }
                if self.clauses.len() > KEPT || self.by_line > LEFT_OUT {
                    self.clauses.clear();
                }
            }
            _ => self.clauses.clear(),
        }
        let same =
            |kind: &&mut Kind| kind.problem == problem && kind.column == place.column && kind.file == file;
        let known = self.kinds.iter_mut().find(same);
        if let Some(kind) = known {
            kind.rows += 1;
            kind.differs |= kind.remedy != remedy;
            let is_new = |line: &u64| kind.lines.len() < LINES && kind.lines.last() != Some(line);
            kind.lines.extend(place.line.filter(is_new));
        } else if self.kinds.len() < KEPT {
            let lines = place.line.into_iter().collect();
            self.kinds.push(Kind {
                file,
                problem,
                column: place.column,
                remedy,
                differs: false,
                lines,
                rows: 1,
            });
        } else {
            self.others += 1;
        }
        self.first.get_or_insert(error);
    }

    /// Whether nothing is.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Adds a run on this line whose rows all lie before its training.
    pub(super) fn add_untrained(&mut self, path: &str, line: u64, run: &Run) {
        let remedy = "give the tokens of its end";
        let place = Location::in_file(path).line(line).run(run.id());
        self.add(place.refuse("the run has no row after its first token", remedy));
    }

    /// Refuses the table where anything is wrong. `kept` rows and these `runs` were read; `run` is the column of their names.
    pub(super) fn refuse<'a>(
        self,
        kept: usize,
        run: Option<&str>,
        mut runs: impl Iterator<Item = &'a str>,
    ) -> Result<()> {
        let Some(first) = self.first else { return Ok(()) };
        if let [Kind { problem, column: Some(column), rows: rows @ 2.., .. }] = &self.kinds[..]
            && *rows == kept
            && problem == EMPTY
        {
            let problem = format!("the cells of all {rows} rows are empty");
            let place = Location::in_file(&self.path).column(column);
            return Err(place.refuse(problem, "fill them in; a loss once its run is trained"));
        }
        let some_are_left = runs.any(|id| {
            let without = run.map(|run| format!("{}!={}", in_filter(run), in_filter(id)));
            without.is_none_or(|clause| !self.clauses.contains(&clause))
        });
        // Where many lines are wrong, something else is: what is left would be another sweep.
        let by_line = !self.share_lines || self.by_line == 0;
        // Rows that can be read are not left out: those with commas are often the largest runs.
        let of_commas = self.commas.remedy(self.rows);
        let times = if self.by_line <= FEW { 2 } else { 4 };
        // Cells that stand for those below them; what a run has not come to is empty, too.
        let is_of_end = |column: &str| {
            matches!(Field::named(column), Some(Field::Loss | Field::Tokens | Field::Step | Field::Flops))
        };
        let is_empty = |kind: &Kind| kind.problem == EMPTY && !kind.column.as_deref().is_none_or(is_of_end);
        let is_merged = self.rows > FEW && 2 * self.rows >= kept && self.kinds.iter().all(is_empty);
        let is_left_out = of_commas.is_none()
            && !is_merged
            && by_line
            && !self.clauses.is_empty()
            && some_are_left
            && times * self.by_line <= kept;
        if self.rows == 1 {
            return Err(match first {
                Error::Data { place, problem, remedy } if remedy.contains(commas::WHICH) => {
                    place.refuse(problem, of_commas.unwrap_or(remedy.into()))
                }
                Error::Data { place, problem, remedy } if is_left_out && self.by_line == 1 => {
                    let remedy = format!("{remedy}, or leave the row out (`filter: {}`)", self.clauses[0]);
                    place.refuse(problem, remedy)
                }
                first => first,
            });
        }
        // Of a column that could be done without, none of whose cells are right.
        let spare = match &self.kinds[..] {
            [Kind { column: Some(column), rows, remedy, .. }] if *rows == kept && of_commas.is_none() => {
                // What says so already says more.
                let says = format!("`columns: {column}=`");
                Field::named(column)
                    .filter(|_| !remedy.as_ref().is_some_and(|remedy| remedy.contains(&says)))
                    .filter(|field| !matches!(field, Field::Loss | Field::Params | Field::Tokens))
                    // Without them pruned runs would be dense.
                    .filter(|field| !matches!(field, Field::FinalSparsity | Field::InitialSparsity))
                    .filter(|field| !Field::RATES.contains(field))
                    .map(|_| column)
            }
            _ => None,
        };
        let mut problem = format!("{} rows cannot be read:", self.rows);
        let mut groups: Vec<Group<'_>> = Vec::new();
        for kind in &self.kinds {
            let cause = kind.cause();
            match groups
                .iter_mut()
                .find(|group| group.cause == cause && group.column == kind.column.as_deref())
            {
                Some(group) => group.kinds += 1,
                None => {
                    groups.push(Group { cause, column: kind.column.as_deref(), kinds: 1, ..Group::default() })
                }
            }
        }
        // What is to be done about all of them is said once.
        let first = self.kinds.first().and_then(|kind| kind.remedy.as_deref());
        let is_of = |remedy: &&str| {
            self.kinds.iter().all(|kind| !kind.differs && kind.remedy.as_deref() == Some(*remedy))
        };
        let shared = first.filter(is_of);
        let (mut lines, mut more) = (0, self.others);
        for kind in &self.kinds {
            let (cause, column) = (kind.cause(), kind.column.as_deref());
            let group = groups.iter_mut().find(|group| group.cause == cause && group.column == column);
            let Some(group) = group else { continue };
            // One or two are not worth a line that says so.
            if group.shown >= EXAMPLES && group.kinds > EXAMPLES + 2 {
                group.left += kind.rows;
            } else if lines == KINDS {
                more += kind.rows;
            } else {
                (group.shown, lines) = (group.shown + 1, lines + 1);
                let _ = write!(problem, "\n  {kind}");
                if let Some(remedy) = kind
                    .remedy
                    .as_ref()
                    .filter(|_| !is_left_out && !is_merged && spare.is_none() && shared.is_none())
                {
                    let _ = write!(problem, "; {remedy}");
                }
            }
        }
        for group in groups.iter().filter(|group| group.left > 0) {
            let column = group.column.map_or_else(String::new, |column| format!(", column '{column}'"));
            let _ = write!(problem, "\n  {} more like these{column}", units::format_count(group.left, "row"));
        }
        if more > 0 {
            let _ = write!(problem, "\n  and {more} rows more");
        }
        let of_names = self.without_names + self.falling;
        let by_names =
            RISING * self.without_names > self.rows && 2 * of_names > self.rows && 2 * self.rows > kept;
        let remedy = if let Some(column) = spare {
            format!("mend them in the file, or do not read that column (`columns: {column}=`)")
        } else if let Some(remedy) = of_commas {
            remedy
        } else if by_names {
            format!("if each row is a run of its own, say so: {NO_NAMES}")
        } else if is_merged {
            "fill them in: write a cell that stands for the rows below it (merged cells) on each of them"
                .to_owned()
        } else if is_left_out {
            format!("mend them, or leave all of them out (`filter: {}`)", self.clauses.join(","))
        } else {
            shared.unwrap_or("mend them in the file").to_owned()
        };
        Err(Location::in_file(&self.path).refuse(problem, remedy))
    }
}

impl Kind {
    /// What is wrong, whatever the cells and the lines are.
    fn cause(&self) -> String {
        let beside: String = self.problem.split('\'').step_by(2).collect();
        beside.replace(|c: char| c.is_ascii_digit(), "")
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines = self.lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let more = if self.rows > self.lines.len() { ", ..." } else { "" };
        let place = match self.lines.len() {
            0 => String::new(),
            1 if self.rows > 1 => format!("line {lines} ({} rows)", self.rows),
            1 => format!("line {lines}"),
            _ => format!("lines {lines}{more} ({} rows)", self.rows),
        };
        let column = self.column.as_ref().map(|column| format!("column '{column}'"));
        let file = self.file.as_deref().map(str::to_owned);
        let place = [file, Some(place), column].into_iter().flatten().filter(|part| !part.is_empty());
        write!(f, "{}: {}", place.collect::<Vec<_>>().join(", "), self.problem)
    }
}

/// Whether a column says how a run is pruned.
fn is_of_pruning(column: &str) -> bool {
    unread::is_of_pruning(column) || Field::named(column).is_some_and(Field::is_of_pruning)
}

/// What leaves out a row by its place.
fn line_clause(file: &Option<Box<str>>, line: u64) -> String {
    match file.as_deref() {
        Some(file) if !file.contains([',', '<', '>', '=', '!']) => format!("line!={file}:{line}"),
        _ => format!("line!={line}"),
    }
}

/// The first filter of a remedy, if it can be joined to others.
fn clause(remedy: &str) -> Option<String> {
    let clause = remedy.split_once("`filter: ")?.1.split_once('`')?.0;
    let is_one = !clause.contains([',', '<', '>']) && clause.matches('=').count() == 1;
    // A run of its own file is not left out by a filter.
    (is_one && clause.contains("!=") && !remedy.contains("leave its file out")).then(|| clause.to_owned())
}
