//! Columns that nothing reads and that tell of pruning if they change within a run: other counts of parameters, sizes of layers, and sparsities of
//! some name; and those that tell of steps of several lengths.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::super::columns::Columns;
use super::super::doubtful::is_of_weights;
use super::super::fields::{Field, normalise};
use super::super::measure::{EVALUATIONS, words};
use super::super::row::Rows;
use super::super::scale;
use super::super::text::{counts_params, last};
use super::{Assembler, Named};
use crate::{Result, units};

/// What changes by less than this share of its first, or of 1, is rounding.
const ROUNDING: f64 = 1e-3;
/// The same of parameters that are active.
const ROUTING: f64 = 0.1;

/// Names of how deep and wide a network is.
const SHAPE: [&str; 24] = [
    "depth",
    "dim",
    "embeddim",
    "kvheads",
    "nkvheads",
    "mlpwidth",
    "nlayer",
    "nlayers",
    "numlayers",
    "numhiddenlayers",
    "activelayers",
    "layers",
    "nhead",
    "nheads",
    "numheads",
    "numattentionheads",
    "activeheads",
    "heads",
    "hiddensize",
    "dmodel",
    "nembd",
    "dff",
    "ffndim",
    "intermediatesize",
];
/// Whole names of the length of a step, and how others end.
const EXACTLY: [&str; 5] = ["gbs", "bs", "ctx", "ctxlen", "samplesperstep"];
const OF_STEP: [&str; 8] = [
    "batchsize",
    "globalbatch",
    "bsz",
    "seqlen",
    "seqlength",
    "sequencelength",
    "contextlength",
    "blocksize",
];

/// Whether a name is of the length of a whole step of training.
fn is_of_step(header: &str, name: &str) -> bool {
    /// Words of a part of a step, which changes where the number of devices does, and of what is no training.
    const OTHERS: [&str; 9] =
        ["micro", "mini", "device", "local", "per", "gpu", "inference", "infer", "generation"];
    let is_other =
        words(header).iter().any(|word| OTHERS.iter().chain(&EVALUATIONS).any(|other| other == word));
    !is_other && (EXACTLY.contains(&name) || OF_STEP.iter().any(|end| name.ends_with(end)))
}

/// What a column tells if it changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Tells {
    /// Parameters, which may rise.
    Params,
    /// The same of other names, as of those that are active, which routing may change by a little.
    SomeParams,
    /// How deep or wide a network is, which may grow.
    Shape,
    Share,
    /// How long a step is.
    Step,
}

/// A column that has changed, what it tells, and what it says over what it said at first.
type Changed = (usize, Tells, f64);

/// Such columns, and what the first row of each run has there.
#[derive(Debug)]
pub(super) struct Falling {
    columns: Vec<(usize, Tells)>,
    first: HashMap<SmolStr, Vec<Option<f64>>>,
}

impl Falling {
    /// Those of a table that nothing reads; none of pruning where a person says that nothing is pruned, or how it is, and none of steps where these
    /// are not what tokens are counted by.
    pub(super) fn new(columns: &Columns, is_told: bool) -> Self {
        let is_counted = [Field::Tokens, Field::Samples].iter().any(|field| columns.index(*field).is_some());
        // A batch that a person chose, or that is counted in tokens, is a step's.
        let is_said = columns.is_chosen(Field::BatchSize) || columns.index(Field::TokensPerStep).is_some();
        let in_steps = columns.index(Field::Step).is_some() && !is_counted && !is_said;
        let of = |index: usize| {
            let last = last(&columns.headers()[index]);
            let bare = scale::without_unit(last).0;
            let name = normalise(&bare);
            let tells = match () {
                () if Field::named(&bare) == Some(Field::Params) => Tells::Params,
                () if counts_params(&name) => Tells::SomeParams,
                () if is_of_weights(&columns.headers()[index]) => Tells::Share,
                () if SHAPE.contains(&&*name) => Tells::Shape,
                () if is_of_step(last, &name) => Tells::Step,
                () => return None,
            };
            (if tells == Tells::Step { in_steps } else { !is_told }).then_some((index, tells))
        };
        let free = (0..columns.headers().len()).filter(|index| columns.field_of(*index).is_none());
        Self { columns: free.filter_map(of).collect(), first: HashMap::new() }
    }
}

impl Assembler {
    /// Such columns that say that a run changes as it goes on.
    fn changed(&mut self, row: &impl Rows, run: &str) -> Vec<Changed> {
        let Falling { columns, first } = &mut self.falling;
        if columns.is_empty() || self.named == Named::Line {
            return Vec::new();
        }
        let is_counted = self.given.is_counted(run);
        let changed = |((column, tells), first): (&(usize, Tells), &mut Option<f64>)| {
            if is_counted && *tells != Tells::Step {
                return None;
            }
            let value = units::number(row.cell(*column).trim_end_matches([' ', '%']))?;
            let first = *first.get_or_insert(value);
            let may_rise = matches!(tells, Tells::Params | Tells::SomeParams | Tells::Shape);
            let change = if may_rise { first - value } else { (first - value).abs() };
            let least = if *tells == Tells::SomeParams { ROUTING } else { ROUNDING };
            (change > least * first.abs().max(1.0)).then_some((*column, *tells, value / first))
        };
        if !first.contains_key(run) {
            first.insert(run.into(), vec![None; columns.len()]);
        }
        let first = first.get_mut(run).into_iter().flatten();
        columns.iter().zip(first).filter_map(changed).collect()
    }

    /// The first of such columns that says how a run is pruned as it goes on, and the share that is left, if it counts.
    pub(super) fn fallen(&mut self, row: &impl Rows, run: &str) -> Option<(usize, f64)> {
        self.changed(row, run).into_iter().find_map(|(column, tells, share)| match tells {
            Tells::Params | Tells::SomeParams => Some((column, share)),
            Tells::Share => Some((column, 0.0)),
            Tells::Shape | Tells::Step => None,
        })
    }

    /// Refuses a row on which such a column has changed.
    pub(super) fn refuse_falling(&mut self, row: &impl Rows, index: usize) -> Result<()> {
        if self.falling.columns.is_empty() {
            return Ok(());
        }
        let run = self.runs[index].name().clone();
        let Some(&(column, tells, _)) = self.changed(row, &run).first() else { return Ok(()) };
        let problem = format!("it changes within the run, to {}, and nothing reads it", row.cell(column));
        let remedy = match tells {
            Tells::Step => "steps are counted as all of one length: add a column `tokens`, those seen up to each row".to_owned(),
            Tells::Shape => {
                "if the run is pruned so, give a log of its parameters (`trajectories=LOG.csv`); else say `columns: final_sparsity=`".to_owned()
            }
            Tells::Params | Tells::SomeParams | Tells::Share => {
                let called = if tells == Tells::SomeParams { ", the column called nonzero" } else { "" };
                format!(
                    "if the run is pruned so, read it as a log of counts (`trajectories={}`){called}; else say `columns: final_sparsity=`",
                    self.path
                )
            }
        };
        Err(self.place(row).run(&run).column(&self.columns.headers()[column]).refuse(problem, remedy))
    }
}
