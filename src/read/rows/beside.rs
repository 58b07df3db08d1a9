//! Columns that may say more of a run than is read of it: the power of its ramp, what cannot be pruned, the unit of another column.

use super::super::cells::{is_no, shown};
use super::super::columns::{Columns, chosen};
use super::super::fields::{Field, normalise};
use super::super::given::Given;
use super::super::measure::Measure;
use super::super::row::Rows;
use super::super::scale;
use super::super::text::{is_in, last};
use super::Assembler;
use crate::schedule::shape_named;
use crate::{Result, Schedule, units};

/// Fields of a schedule, other names that they go by, which may mean something else in a table without pruning, and what each is.
const NAMES: [(Field, &str, &str); 4] = [
    (
        Field::PrunePower,
        "power exponent polypower polynomialpower pruneexponent pruningexponent polynomialdecaypower schedulepower degree polynomialdegree \
         sparsitypower ramppower rampexponent",
        "the power of the ramp",
    ),
    (
        Field::InitialSparsity,
        "sparsityinit sparsityinitial sparsitystart beginsparsity beginningsparsity startingsparsity sparsitybegin si",
        "the sparsity at the start of the ramp",
    ),
    (
        Field::PruneEvery,
        "pruninginterval pruneinterval pruningfreq prunefreq updatefreq updatefrequency frequency maskupdateinterval maskupdatefreq \
         maskupdateevery pruneeverynsteps deltat gmppruningfrequency pruningintervalsteps pruneintervalsteps prunefreqsteps pruningfreqsteps \
         prunefreqtokens pruneintervaltokens pruningintervaltokens prunefrequencysteps pruningfrequencysteps pruneperiod pruningperiod",
        "the distance between cuts",
    ),
    (
        Field::FixedParams,
        "nonprunableparams nonprunableparameters nonprunable excludedparams unprunedparams notprunedparams",
        "the parameters that cannot be pruned, which `params` has not in it",
    ),
];
/// Counts of what can be pruned, or their share.
const PRUNABLE: &str = "prunableparams prunableparameters prunable maskableparams prunablefraction prunableshare nprunable numprunableparams";
/// How many cuts there are.
const CUTS: &str = "nprunes numprunes ncuts numcuts cuts pruningrounds prunerounds pruningiterations pruneiterations impiterations";
/// Words of the shape of a ramp.
const SHAPES: &str = "sparsitydecaytype sparsitydecay interfunc rampshape pruneshape pruningshape prunecurve pruningcurve sparsityscheduler \
     pruningscheduler prunescheduler sparsityfunction";
/// Words of phases beside a schedule.
const PHASES: [&str; 3] = ["dense", "regrow", "densify"];
const ENDS: [&str; 14] = [
    "warmup", "finetune", "step", "steps", "frac", "fraction", "tokens", "start", "until", "end", "begin",
    "from", "to", "phase",
];

/// Names of columns of the unit of others, and what these are.
const UNITS: [(Field, &str); 3] = [
    (Field::Loss, "lossunit lossunits unit units losstype lossmetric metric logbase lossbase"),
    (Field::Params, "paramsunit paramunit parametersunit nunit sizeunit"),
    (Field::Tokens, "tokensunit tokenunit dunit"),
];
/// How units begin that are not nats a token.
const NO_NATS: [&str; 6] = ["bit", "bpb", "bpc", "bpt", "ppl", "perplexity"];

/// Such columns of a table.
#[derive(Debug)]
pub(super) struct Beside {
    /// Each with the field that it says more of, and what to do.
    pruned: Vec<(usize, Field, String)>,
    /// Each with the field of which it may be the unit.
    units: Vec<(usize, Field)>,
    /// Those of the shape of a ramp, where no column says the schedule.
    shapes: Vec<usize>,
}

impl Beside {
    /// Those that nothing reads, where nothing else says the field.
    pub(super) fn new(columns: &Columns, given: &Given) -> Self {
        let is_open =
            |field: Field| !columns.is_off(field) && columns.index(field).is_none() && !given.has(field);
        let free =
            columns.headers().iter().enumerate().filter(|(index, _)| columns.field_of(*index).is_none());
        let of = |(index, header): (usize, &String)| {
            let (field, remedy) = of_header(header, &is_open).filter(|(field, _)| !columns.is_off(*field))?;
            Some((index, field, remedy))
        };
        // A name that says its unit, and what a person chose, need no other.
        let is_plain = |field: Field| {
            let header =
                columns.index(field).map(|_| columns.header(field)).filter(|_| !columns.is_chosen(field));
            header.is_some_and(|header| field != Field::Loss || Measure::of(field, header) == Measure::Plain)
        };
        let of_unit = |(index, header): (usize, &String)| {
            let name = normalise(last(header));
            let (field, _) = UNITS.iter().find(|(_, names)| is_in(names, &name))?;
            is_plain(*field).then_some((index, *field))
        };
        let is_shape = |header: &str| is_in(SHAPES, &normalise(last(header)));
        let shapes = free.clone().filter(|(_, header)| is_open(Field::Schedule) && is_shape(header));
        Self {
            shapes: shapes.map(|(index, _)| index).collect(),
            units: free.clone().filter_map(of_unit).collect(),
            pruned: free.filter_map(of).collect(),
        }
    }
}

fn unit_of(field: Field) -> &'static str {
    if field == Field::Loss { "nats a token" } else { "single ones" }
}

/// Whether a unit is another than nats a token, or than a single one.
fn is_other(field: Field, unit: &str) -> bool {
    let unit = unit.to_lowercase();
    match field {
        Field::Loss => {
            NO_NATS.iter().any(|other| unit.starts_with(other)) || ["2", "log2", "base2"].contains(&&*unit)
        }
        _ => scale::without_unit(&format!("x ({unit})")).1 != 1.0,
    }
}

/// What a column of losses in this unit is called.
fn measure_of(unit: &str) -> Option<&'static str> {
    let unit = unit.to_lowercase();
    let has = |all: &[&str]| all.iter().any(|part| unit.contains(part));
    Some(match () {
        () if has(&["ppl", "perplexity"]) => "perplexity",
        () if has(&["bpb", "byte"]) => "bits_per_byte",
        () if has(&["bpc", "char"]) => "bits_per_character",
        () if has(&["word"]) => return None,
        () if has(&["bit", "bpt"]) || unit.ends_with('2') => "bits_per_token",
        () => return None,
    })
}

/// The field of which a name says more, if it is open, and what to do.
fn of_header(header: &str, is_open: &impl Fn(Field) -> bool) -> Option<(Field, String)> {
    let last = last(header);
    let name = normalise(last);
    if let Some((field, _, what)) =
        NAMES.iter().find(|(field, names, _)| is_in(names, &name) && is_open(*field))
    {
        return Some((*field, format!("if it is {what}, say `columns: {}`", chosen(field.name(), header))));
    }
    if is_in(CUTS, &name) && is_open(Field::PruneEvery) {
        let remedy = "if the run is pruned in so many cuts, write the distance between two of them in a column prune_every";
        return Some((Field::PruneEvery, remedy.to_owned()));
    }
    if is_in(PRUNABLE, &name) && is_open(Field::FixedParams) {
        let remedy = "write those that can be pruned as `params`, and the others in a column fixed_params";
        return Some((Field::FixedParams, remedy.to_owned()));
    }
    let lower = last.to_lowercase();
    let words = || lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let has = |all: &[&str]| words().any(|word| all.contains(&word));
    let is_phase = (has(&PHASES) || words().next() == Some("sparse")) && has(&ENDS);
    let remedy = "write the run's course into the schedule: columns prune_start and prune_end, or phases";
    is_phase.then(|| (Field::PruneStart, remedy.to_owned()))
}

impl Assembler {
    /// Refuses a row on which a column says that another is in a unit that it is not read in.
    pub(super) fn refuse_unit(&self, row: &impl Rows) -> Result<()> {
        let Some((index, field)) =
            self.beside.units.iter().find(|(index, field)| is_other(*field, row.cell(*index)))
        else {
            return Ok(());
        };
        let (cell, own) = (shown(row.cell(*index)), self.columns.header(*field));
        let problem = format!("the cell is '{cell}', and '{own}' is read as {}", unit_of(*field));
        let as_said = match measure_of(row.cell(*index)).filter(|_| *field == Field::Loss) {
            Some(measure) => format!("say so: `columns: {}`", chosen(measure, own)),
            None => format!("call the column by its unit, as `{own} ({cell})`"),
        };
        let remedy = format!(
            "{as_said}; if it is in {} all the same, say `columns: {}`",
            unit_of(*field),
            chosen(field.name(), own)
        );
        Err(self.place(row).column(&self.columns.headers()[*index]).refuse(problem, remedy))
    }

    /// Refuses a pruned run of which such a column says more than is read.
    pub(super) fn refuse_beside(&self, row: &impl Rows, schedule: &Schedule) -> Result<()> {
        if *schedule == Schedule::Dense {
            return Ok(());
        }
        // One that says the same says nothing more.
        let given = self.given.pruning().schedule.as_deref().and_then(shape_named);
        let is_word = |index: &&usize| {
            let cell = row.cell(**index);
            !is_no(cell) && units::number(cell).is_none() && (given.is_none() || shape_named(cell) != given)
        };
        if let Some(index) = self.beside.shapes.iter().find(is_word) {
            let problem =
                format!("the cell is '{}' on a pruned run, and nothing reads it", shown(row.cell(*index)));
            let remedy = "write the shape of the ramp in a column schedule (linear, cubic, ...); if `schedule=NAME` is right, say `columns: schedule=`";
            return Err(self.place(row).column(&self.columns.headers()[*index]).refuse(problem, remedy));
        }
        for (index, field, remedy) in &self.beside.pruned {
            let cell = row.cell(*index);
            // Cuts are of ramps, and one has no distance.
            let is_ramp = matches!(schedule, Schedule::Ramp(_));
            if *field == Field::PruneEvery && (!is_ramp || row.cell(*index) == "1") {
                continue;
            }
            // A word there is of something else: `sparse_from_scratch` is true or false.
            if units::number(cell.trim_end_matches('%')).is_none_or(|value| value == 0.0) {
                continue;
            }
            let remedy = format!("{remedy}; if it says nothing of it, say `columns: {}=`", field.name());
            let problem = format!("the cell is '{}' on a pruned run, and nothing reads it", shown(cell));
            return Err(self.place(row).column(&self.columns.headers()[*index]).refuse(problem, remedy));
        }
        Ok(())
    }
}
