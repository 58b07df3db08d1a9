//! What can be wrong with an input, said so that it can be mended.

use std::io;

/// The result of everything in nbar that can refuse its input.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal: input from which nothing can be read, fitted or answered.
///
/// A fit that stops early or that finds a term unidentified is *not* an error: see
/// [`Termination`](crate::optimize::Termination) and [`Warning`](crate::fit::Warning).
///
/// ```
/// let error = nbar::Sweep::from_csv_str("runs.csv", "run,params,tokens,loss\na,1e6,2e9,-3\n").unwrap_err();
/// assert!(error.to_string().contains("runs.csv, line 2, column 'loss': '-3'"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be opened or read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A table that holds nothing, or only a header.
    #[error(
        "{path}: {found}; a sweep table has a header (run, params, tokens, loss, ...) and a row for each checkpoint"
    )]
    EmptyTable {
        /// The file.
        path: String,
        /// "the file is empty" or "a header but no rows".
        found: &'static str,
    },
    /// A table that is not well-formed CSV (ragged rows, bytes that are not UTF-8, ...).
    #[error("{path}, line {line}: {problem}; {remedy}")]
    MalformedTable {
        /// The file.
        path: String,
        /// Line in the file, from 1.
        line: u64,
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A column that is needed and not there.
    #[error("{path}: no column for '{column}' (found: {found}); {remedy}")]
    MissingColumn {
        /// The file.
        path: String,
        /// The field that needs a column.
        column: String,
        /// The header, joined by commas.
        found: String,
        /// The nearest header, or how to name one.
        remedy: String,
    },
    /// Two columns that could both be meant.
    #[error("{path}: columns {candidates} could all be '{column}'; choose with --columns {column}=NAME")]
    AmbiguousColumn {
        /// The file.
        path: String,
        /// The field.
        column: String,
        /// The columns, quoted and joined.
        candidates: String,
    },
    /// A cell that cannot be what its column says.
    #[error("{path}, line {line}, column '{column}': '{value}' is not {expected}")]
    InvalidCell {
        /// The file.
        path: String,
        /// Line in the file, from 1 (the header is line 1).
        line: u64,
        /// The column as the file names it.
        column: String,
        /// The cell as it stands.
        value: String,
        /// What it must be, and what to do.
        expected: String,
    },
    /// Two rows of one run at the same tokens.
    #[error(
        "{path}, line {line}: run '{run}' has a second row at {tokens} tokens (first: line {first_line}); remove one, or give the runs different names"
    )]
    DuplicateRow {
        /// The file.
        path: String,
        /// Line of the second row.
        line: u64,
        /// Line of the first row.
        first_line: u64,
        /// The run.
        run: String,
        /// Tokens of both.
        tokens: f64,
    },
    /// Rows of one run that contradict each other in what a run has only once.
    #[error(
        "{path}, line {line}: run '{run}' has {column} = '{value}' here and '{first_value}' on line {first_line}; a run has one {column}"
    )]
    InconsistentRun {
        /// The file.
        path: String,
        /// Line of the second value.
        line: u64,
        /// Line of the first value.
        first_line: u64,
        /// The run.
        run: String,
        /// The column.
        column: Box<str>,
        /// The second value.
        value: Box<str>,
        /// The first value.
        first_value: Box<str>,
    },
    /// A run of one file that does not go with the run of that name in another.
    #[error(
        "run '{run}' is in {first_path} (from line {first_line}) and in {path} (from line {line}), and {problem}; give the runs different names, or leave one file out"
    )]
    RunsClash {
        /// The run.
        run: String,
        /// The file that was read first.
        first_path: String,
        /// Its first line with the run.
        first_line: u64,
        /// The other file.
        path: String,
        /// Its first line with the run.
        line: u64,
        /// What does not go together.
        problem: String,
    },
    /// A run, built in memory, that no sweep can hold.
    #[error("run '{run}' {problem}")]
    UnusableRun {
        /// The run.
        run: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// An error inside one run that was built in memory.
    #[error("run '{run}': {source}")]
    InvalidRun {
        /// The run.
        run: String,
        /// What is wrong.
        source: Box<Error>,
    },
    /// A filter that cannot be read, or names a column that is not there.
    #[error(
        "filter '{clause}': {problem}; write column, one of = != < <= > >=, and a value, joined by commas: outlier=0,params>=1e8"
    )]
    InvalidFilter {
        /// The clause.
        clause: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A filter that leaves no row.
    #[error(
        "{path}: the filter '{filter}' leaves none of {rows} rows; loosen it, or see the column's values"
    )]
    NothingLeft {
        /// The file.
        path: String,
        /// The filter.
        filter: String,
        /// Rows before it.
        rows: usize,
    },
    /// An error inside one run of a file.
    #[error("{path}, line {line}, run '{run}': {source}")]
    InRun {
        /// The file.
        path: String,
        /// A line of the run.
        line: u64,
        /// The run.
        run: String,
        /// What is wrong.
        source: Box<Error>,
    },
    /// A quantity such as `7B` that cannot be read.
    #[error("'{value}' is not a number; write 7000000000, 7e9, 7B, 300M or 1.4T")]
    InvalidQuantity {
        /// The text.
        value: String,
    },
    /// A schedule name that nobody knows.
    #[error("unknown schedule '{value}'; known: {known}")]
    UnknownSchedule {
        /// The name.
        value: String,
        /// The known ones, joined by commas.
        known: String,
    },
    /// A number of a schedule outside its range.
    #[error("schedule: {name} = {value} is not {expected}")]
    InvalidSchedule {
        /// The number's name, as in the sweep table.
        name: &'static str,
        /// Its value.
        value: f64,
        /// Its range, and what to do.
        expected: &'static str,
    },
    /// A schedule in a tool's own words that the tool would refuse, that breaks in it, or that it does not know.
    #[error("schedule of {tool}: {problem}")]
    InvalidDialect {
        /// The tool, or the file.
        tool: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// A ramp that ends before it starts.
    #[error("schedule: prune_end = {end} is before prune_start = {start}; swap them")]
    ReversedRamp {
        /// Where it starts, in its unit.
        start: f64,
        /// Where it ends.
        end: f64,
    },
    /// A staircase whose last cut would miss the ramp's end.
    #[error(
        "schedule: prune_end - prune_start = {length} is not a multiple of prune_every = {every}, so the last cut would fall on {last} and the final sparsity would never be reached; set prune_end to {last} or {next}, or choose another prune_every"
    )]
    RampNotMultiple {
        /// Length of the ramp.
        length: f64,
        /// Distance between cuts.
        every: f64,
        /// The last cut that fits.
        last: f64,
        /// The next one.
        next: f64,
    },
    /// A schedule in steps for a run whose steps are not known.
    #[error(
        "schedule: it is in steps, but the run's number of steps is not known; give steps (and tokens), or the schedule in tokens or fractions"
    )]
    StepsUnknown,
    /// A schedule that goes on after the run has ended.
    #[error(
        "schedule: {name} = {value} lies beyond the run's end at {end} {unit}; mend it, or check the unit"
    )]
    BeyondRun {
        /// The number's name.
        name: &'static str,
        /// Its value.
        value: f64,
        /// Where the run ends.
        end: f64,
        /// The unit of both.
        unit: &'static str,
    },
    /// A quantity that must be a positive, finite number.
    #[error("{name} = {value} is not {expected}")]
    InvalidNumber {
        /// The quantity.
        name: String,
        /// Its value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// A column of numbers that does not fit the others.
    #[error("{name} has {found} values where there are {expected} observations")]
    LengthMismatch {
        /// The column.
        name: String,
        /// Its length.
        found: usize,
        /// The number of observations.
        expected: usize,
    },
    /// Fewer observations than a law has parameters, plus one.
    #[error(
        "too few observations: {rows}, where the {parameters} free parameters of the {law} law need at least {needed}; add runs, loosen the filter, or use every checkpoint (--checkpoints all)"
    )]
    TooFewObservations {
        /// Observations there are.
        rows: usize,
        /// The law.
        law: String,
        /// Parameters of the law that are fitted.
        parameters: usize,
        /// The least number of observations.
        needed: usize,
    },
    /// An input that a law or a size needs and the sweep does not have.
    #[error("{needed_by} needs {input}, which {missing_from}; {remedy}")]
    MissingInput {
        /// The law or the size.
        needed_by: String,
        /// The input.
        input: String,
        /// Where it is missing, as "run 'a' does not give".
        missing_from: String,
        /// What to do.
        remedy: String,
    },
    /// A word that is none of those known.
    #[error("unknown {what} '{value}'; known: {known}")]
    UnknownName {
        /// What the word should name: law, size, ...
        what: &'static str,
        /// The word.
        value: String,
        /// The known ones, joined by commas.
        known: String,
    },
    /// An option outside its range.
    #[error("{name} = {value} is not {expected}")]
    InvalidOption {
        /// The option.
        name: &'static str,
        /// Its value.
        value: String,
        /// Its range.
        expected: &'static str,
    },
    /// A saved fit that cannot be read back.
    #[error("{path} is not a saved fit: {problem}; make one with: nbar fit TABLE.csv -o NAME.fit.json")]
    InvalidFit {
        /// The file.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// A saved fit of a version that this program does not know.
    #[error(
        "{path} has schema '{found}', and this version reads '{supported}'; refit the sweep, or use the nbar that wrote it"
    )]
    UnknownSchema {
        /// The file.
        path: String,
        /// Its schema.
        found: String,
        /// The schema that can be read.
        supported: &'static str,
    },
    /// A derivative that a law writes and that is not the slope of its values.
    #[error(
        "the {law} law writes {written} for the derivative in {parameter} at row {row}, where its values give {difference}; see whether it is taken on the scale on which the parameter is fitted (ln A for a coefficient), and whether parameters stand in the law's order"
    )]
    WrongDerivative {
        /// The law.
        law: String,
        /// The parameter.
        parameter: String,
        /// The row, from 0.
        row: usize,
        /// What the law writes.
        written: f64,
        /// The central difference of its values.
        difference: f64,
    },
    /// A parameter in which a law claims to be linear, and is not.
    #[error(
        "the {law} law claims to be linear in {parameter} and is not, at row {row}; declare it by `Parameter::log`, not `Parameter::coefficient`"
    )]
    NotLinear {
        /// The law.
        law: String,
        /// The parameter, or `all of them`, where it is linear in each of several but not in all at once.
        parameter: String,
        /// The row, from 0.
        row: usize,
    },
    /// A law whose coefficient does not take up a unit as it says.
    #[error(
        "{law} says that its inputs may be measured in another unit if {parameter} takes it up, but at row {row} the loss changes; correct its `Parameter::takes_up`"
    )]
    NotScaled {
        /// The law.
        law: String,
        /// The coefficient.
        parameter: String,
        /// The row, from 0.
        row: usize,
    },
    /// A law that claims to fall apart into a power of N and one of D, and does not.
    #[error(
        "the {law} law is not what its `Law::separable` returns, at row {row} with {params} times the parameters and {tokens} times \
         the tokens: {written} and not {claimed}"
    )]
    NotSeparable {
        /// The law.
        law: String,
        /// The row, from 0.
        row: usize,
        /// The parameters of the run, over those of the row.
        params: f64,
        /// Its tokens, over those of the row.
        tokens: f64,
        /// Its loss.
        written: f64,
        /// What was claimed.
        claimed: f64,
    },
    /// A figure that cannot be drawn.
    #[error("cannot draw the figure: {problem}; this is a bug, please report it with the input")]
    Figure {
        /// What the drawing library said.
        problem: String,
    },
    /// A loss that the law does not come down to.
    #[error(
        "a loss of {loss} is not reachable: the law stays above {least:.5}, and {:.1} % of the draws reach it; ask for a higher loss",
        100.0 * .probability
    )]
    NotReachable {
        /// The loss.
        loss: f64,
        /// The least that the law comes to: E, where nothing else is given.
        least: f64,
        /// Share of the draws that reach it.
        probability: f64,
    },
    /// A question that the fit cannot answer.
    #[error("{question}: {problem}; {remedy}")]
    Unanswerable {
        /// What was asked.
        question: &'static str,
        /// Why there is no answer.
        problem: String,
        /// What to do.
        remedy: &'static str,
    },
}
