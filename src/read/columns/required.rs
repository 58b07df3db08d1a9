//! What a table must tell of its runs.

use super::super::fields::Field;
use super::super::given::Given;
use super::super::layout::Layout;
use super::super::measure::{against, may_be_loss};
use super::super::text::shown_list;
use super::{Columns, chosen};
use crate::error::Location;
use crate::{Error, Result, units};

/// What to do where a column has epochs, and none has tokens.
const TOKENS_OF_EPOCHS: &str = "tokens are those of an epoch x epochs: add a column `tokens` of that; where a column has all that a run was trained on, \
     name it with `columns: tokens=NAME`";

impl Columns {
    /// A column that is needed, or asked for, and is not there.
    pub(in crate::read) fn no_column(&self, name: &str, remedy: impl Into<Box<str>>) -> Error {
        let problem = format!("no column for '{name}' (found: {})", shown_list(&self.headers));
        let of_field = Field::named(name).and_then(|_| self.instead_of_a_table());
        let remedy = of_field.map_or_else(|| remedy.into(), Into::into);
        Location::in_file(&self.path).refuse(problem, remedy)
    }

    /// What to do where the columns that are wanted cannot be among these.
    fn instead_of_a_table(&self) -> Option<&'static str> {
        let has = |names: &[&str]| self.normal.iter().any(|name| names.contains(&name.as_str()));
        let is_bare = [Field::Params, Field::Tokens].iter().all(|field| self.index(*field).is_none());
        match &self.headers[..] {
            [only] if only.contains('&') => Some("write the table as CSV: columns are separated by commas"),
            [only] if only.split_whitespace().count() > 2 => {
                Some("separate the columns by commas, tabs, semicolons or '|'")
            }
            _ if self.headers.iter().filter(|header| units::number(header).is_some()).count() > 1 => Some(
                "give one row for each run, and columns of params, tokens and loss: several are called by numbers, as in a wide table",
            ),
            _ if is_bare
                && has(&["value", "values"])
                && has(&["metric", "variable", "key", "quantity", "measure"]) =>
            {
                Some("give one row for each run, and one column for each quantity: pivot the table")
            }
            _ => None,
        }
    }

    /// Takes the tag of a file for the name of its losses, and refuses one that is of no loss; and losses that may not be along steps.
    pub(super) fn check_name_of_losses(&mut self, layout: &Layout) -> Result<()> {
        let Some(index) = self.index(Field::Loss) else { return Ok(()) };
        if let Some(name) = layout.tag.as_ref().filter(|_| !self.is_chosen(Field::Loss)) {
            if !may_be_loss(name) {
                let problem = format!("the tag of the file is '{name}', which is no loss");
                let own = chosen(Field::Loss.name(), &self.headers[index]);
                let remedy = format!("export the losses; if these are some, say `columns: {own}`");
                return Err(self.refuse_column(index, &problem, &remedy));
            }
            self.said.push((Field::Loss, name.clone()));
        }
        let is_open = self.index(Field::Tokens).is_none() && !self.is_chosen(Field::Step);
        let axis = self.index(Field::Step).filter(|_| is_open);
        match (axis, against(self.unit_name(Field::Loss, index))) {
            (Some(axis), Some((_, field))) if field != Field::Step && self.index(field).is_none() => {
                let [own, step] = [field, Field::Step].map(|field| chosen(field.name(), &self.headers[axis]));
                let problem = format!("the losses are called '{}'", self.unit_name(Field::Loss, index));
                let remedy = format!(
                    "say whether this column counts {0} (`columns: {own}`) or steps (`columns: {step}`)",
                    field.name()
                );
                Err(self.refuse_column(axis, &problem, &remedy))
            }
            _ => Ok(()),
        }
    }

    /// Refuses all parameters beside `fixed` ones, which are added to those that may be pruned.
    pub(in crate::read) fn check_total(&self, fixed: f64) -> Result<()> {
        if fixed == 0.0 {
            return Ok(());
        }
        const ALL: [&str; 3] = ["total", "overall", "all"];
        let own = |field: Field| self.index(field).filter(|_| !self.is_chosen(field));
        let [Some(params), Some(fixed)] = [Field::Params, Field::FixedParams].map(own) else { return Ok(()) };
        let name = self.headers[params].to_lowercase();
        let mut words = name.split(|c: char| !c.is_alphanumeric());
        if !words.any(|word| ALL.contains(&word)) {
            return Ok(());
        }
        let problem = format!(
            "the total seems to have those of '{}' in it, which are added to `params`",
            self.headers[fixed]
        );
        let remedy = "write the total less the fixed ones into a column params in its place";
        Err(self.refuse_column(params, &problem, remedy))
    }

    pub(super) fn require_params(&self, given: &Given) -> Result<()> {
        if given.has(Field::Params) || self.is_flops_alone(|field| given.has(field)) {
            return Ok(());
        }
        // An average without a course of pruning stands for the count: on dense runs it is the count.
        let others = [Field::Schedule, Field::FinalSparsity, Field::FinalParams, Field::FixedParams];
        if self.index(Field::Params).is_none()
            && self.index(Field::AverageParams).is_some()
            && !others.iter().any(|field| self.index(*field).is_some() || given.has(*field))
        {
            let own = chosen(Field::Params.name(), self.header(Field::AverageParams));
            let remedy = format!("add it, or fit the averages alone as the counts (`columns: {own}`)");
            return Err(self.no_column(Field::Params.name(), remedy));
        }
        let told =
            [Field::FinalParams, Field::FinalSparsity].iter().all(|field| self.index(*field).is_some());
        if self.index(Field::Params).is_none() && told {
            let [left, sparsity] = [Field::FinalParams, Field::FinalSparsity].map(|field| self.header(field));
            let remedy = format!(
                "add it, with the parameters before pruning: '{left}' / (1 - '{sparsity}') where all may be pruned"
            );
            return Err(self.no_column(Field::Params.name(), remedy));
        }
        // Budgets and tokens of a table tell the sizes of dense runs.
        let both = [Field::Flops, Field::Tokens].map(|field| self.index(field).map(|_| self.header(field)));
        if let ([Some(flops), Some(tokens)], None, true) =
            (both, self.index(Field::Params), self.guess(Field::Params).is_empty() && !self.log)
        {
            let remedy = format!(
                "name it with `columns: params=NAME`, or, where all runs are dense, add a column `params` of {flops} / (6 x {tokens}){}",
                given.or_table(Field::Params)
            );
            return Err(self.no_column(Field::Params.name(), remedy));
        }
        let or = format!(", or give `run_params=1.2B`{}", given.or_table(Field::Params));
        self.require(Field::Params, &or)
    }

    /// Whether FLOPs are all that the table says of a run's size and length: a law of compute reads no more.
    pub(in crate::read) fn is_flops_alone(&self, is_given: impl Fn(Field) -> bool) -> bool {
        let told = |field: &Field| self.index(*field).is_some() || is_given(*field);
        let others = [
            Field::Params,
            Field::Tokens,
            Field::Step,
            Field::Samples,
            Field::TokensPerParam,
            Field::AverageParams,
        ];
        self.index(Field::Flops).is_some() && !others.iter().any(told)
    }

    /// Whether tokens are there, or can be computed.
    pub(in crate::read) fn tell_tokens(&self, is_given: impl Fn(Field) -> bool) -> bool {
        // Those of a parameter are of a run's end: where there are steps, rows may come before it.
        let of_params = self.index(Field::TokensPerParam).is_some() && self.index(Field::Step).is_none();
        of_params || self.count_tokens(is_given)
    }

    /// The same of anything but the tokens of a parameter.
    pub(super) fn count_tokens(&self, is_given: impl Fn(Field) -> bool) -> bool {
        self.index(Field::Flops).is_some() || self.count_without_flops(is_given)
    }

    pub(super) fn count_without_flops(&self, is_given: impl Fn(Field) -> bool) -> bool {
        let here = |field| self.index(field).is_some();
        let told = |field| here(field) || is_given(field);
        let of_step =
            || told(Field::TokensPerStep) || (told(Field::BatchSize) && told(Field::SequenceLength));
        here(Field::Tokens)
            || (here(Field::Samples) && told(Field::SequenceLength))
            || (here(Field::Step) && of_step())
    }

    /// Where FLOPs alone tell the tokens, a column that may have them is asked about.
    fn check_flops_for_tokens(&self, given: &Given) -> Result<()> {
        let is_told = given.has(Field::Tokens) || self.count_without_flops(|field| given.has(field));
        let may_be = self.may_be_tokens();
        if is_told || self.index(Field::Flops).is_none() || self.is_off(Field::Tokens) || may_be.is_empty() {
            return Ok(());
        }
        let each: Vec<String> = may_be
            .iter()
            .map(|header| format!("`columns: {}`", chosen(Field::Tokens.name(), header)))
            .collect();
        let remedy =
            format!("choose one: {}; or `columns: tokens=`, where tokens are FLOPs / 6 N", each.join(", "));
        Err(self.no_column(Field::Tokens.name(), remedy))
    }

    /// What to do about tokens that no column has, where one has epochs.
    pub(in crate::read) fn tokens_of_epochs(&self) -> Option<&'static str> {
        self.epochs().map(|_| TOKENS_OF_EPOCHS)
    }

    pub(super) fn require_tokens(&self, given: &Given) -> Result<()> {
        let here = |field| self.index(field).is_some();
        if self.tell_tokens(|field| given.has(field)) {
            return self.check_flops_for_tokens(given);
        }
        let or = match (here(Field::Samples), here(Field::Step)) {
            (false, false) if self.epochs().is_some() => {
                return Err(self.no_column(Field::Tokens.name(), TOKENS_OF_EPOCHS));
            }
            (false, false) if here(Field::PlannedSteps) => {
                let steps = chosen("step", self.header(Field::PlannedSteps));
                let remedy = format!(
                    "if each run came to its end, say `columns: {steps}` (tokens are steps x tokens a step); else name the column \
                     of the tokens with `columns: tokens=NAME`"
                );
                return Err(self.no_column(Field::Tokens.name(), remedy));
            }
            (false, true) if here(Field::TokensPerParam) => {
                let remedy = "if each row is the end of a run, say `columns: step=` (tokens are parameters x tokens a parameter); else give \
                              `tokens_per_step=0.5M`";
                return Err(self.no_column(Field::Tokens.name(), remedy));
            }
            (true, _) => {
                let table = given.or_table(Field::SequenceLength);
                format!(", or give `sequence_length=2048` (tokens are samples x sequence length){table}")
            }
            (false, true) => {
                format!(", or give `tokens_per_step=0.5M`{}", given.or_table(Field::TokensPerStep))
            }
            _ => ", or, for dense runs, give FLOPs instead (`columns: flops=NAME`)".to_owned(),
        };
        self.require(Field::Tokens, &or)
    }
}
