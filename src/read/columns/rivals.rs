//! Columns that could stand for a field as well as the one that is read, and say something else: a person chooses.

use super::super::cells::shown;
use super::super::fields::{Field, normalise};
use super::super::measure::{EVALUATIONS, Measure, is_of_training, is_part_of_loss, words};
use super::super::row::Rows;
use super::super::scale;
use super::budget::{Budget, PRUNED};
use super::column::Source;
use super::experts::{Experts, is_active};
use super::guess::says_itself;
use super::kin::{is_near, may_be};
use super::legs::Legs;
use super::recognise::{is_evaluation, is_made, says_evaluation};
use super::shapes::Shapes;
use super::{Columns, chosen};
use crate::error::Location;
use crate::run::Conversion;
use crate::{Error, Result, units};

/// Counts that agree: the last step of a run may be a part of one, and a size may be without its biases.
const COUNTS: f64 = 0.01;
/// Losses that agree: some are logged in single precision.
const LOSSES: f64 = 1e-6;
/// Tokens agree with tokens a parameter within this factor.
const RATIO: f64 = 2.5;
const MOST_RATIO: f64 = 1e6;
/// Words that say that a loss is of the text.
const OF_TEXT: [&str; 4] = ["nll", "inner", "ce", "lm"];
/// Beside a network of more parameters so few count something else: repeats, or layers.
const FEW: f64 = 1e4;
/// What only may be a field is of its size: within this factor, of counts and of losses.
const NEAR: f64 = 100.0;
const NEAR_LOSSES: f64 = 2.0;
/// Names of losses that do not say of which text they are.
const BARE: [&str; 2] = ["loss", "finalloss"];
/// Losses below this hardly tell their unit.
const LEAST_BITS: f64 = 0.5;

/// A column that could be a field, beside the one that is.
#[derive(Debug)]
struct Rival {
    field: Field,
    read: Source,
    other: Source,
    /// Whether it is what should be read, if one had to be.
    is_likelier: bool,
    /// What the other may have in it besides.
    more: Option<usize>,
    /// Within which factor its numbers are those of the field.
    within: f64,
}

/// All of a table.
#[derive(Debug, Default)]
pub(in crate::read) struct Rivals {
    pairs: Vec<Rival>,
    /// Tokens, steps, and tokens of a step.
    steps: Option<[Source; 3]>,
    experts: Experts,
    shapes: Shapes,
    legs: Legs,
    budget: Budget,
    /// Tokens, parameters, and the first over the second.
    ratio: Option<[Source; 3]>,
    /// Losses, those of the text among them, and perplexities that tell their unit.
    base: Option<[Source; 3]>,
    /// Whether a person can choose columns for fields.
    open: bool,
    /// Whether a tool logs one of two on some rows alone.
    log: bool,
}

impl Columns {
    /// The rivals of columns that no person chose. Of what tools log, tokens and most losses have rules of their own.
    pub(in crate::read) fn rivals(&self, is_given: impl Fn(Field) -> bool) -> Rivals {
        let mut pairs = Vec::new();
        let experts = self.experts();
        let is_given = |field| is_given(field) && experts.is_empty();
        // Steps tell tokens where nothing else does.
        let by_steps = self.index(Field::Tokens).is_none() && !is_given(Field::Tokens);
        // FLOPs are all that a law of compute reads.
        let by_flops = self.is_flops_alone(is_given);
        let is_read = |field: &Field| match field {
            Field::Step => by_steps,
            Field::Flops => by_flops,
            _ => true,
        };
        let fields = [Field::Params, Field::Tokens, Field::Loss, Field::Step, Field::Flops];
        for field in fields.into_iter().filter(is_read) {
            let Some(read) = self.source(field).filter(|_| !self.is_chosen(field)) else { continue };
            let free = (0..self.headers.len()).filter(|index| self.field_of(*index).is_none());
            let of_log = |rival: &Rival| is_active(&rival.other.header) || may_be(field, &rival.other.header);
            let rivals = free.filter_map(|index| self.rival(field, read.clone(), index, is_given));
            pairs.extend(rivals.filter(|rival| !self.log || of_log(rival)));
        }
        let steps = self.steps().filter(|_| !self.log);
        let budget = self.budget(is_given);
        let (base, ratio) = (self.base(), self.ratio().filter(|_| !self.log));
        Rivals {
            pairs,
            steps,
            ratio,
            experts,
            shapes: self.shapes(),
            budget,
            legs: if self.log { Legs::default() } else { self.legs() },
            base,
            open: self.open_to_choice,
            log: self.log,
        }
    }

    /// Losses whose name says no unit, and the perplexities of the same text.
    fn base(&self) -> Option<[Source; 3]> {
        let is_said = self.said.iter().any(|(field, _)| *field == Field::Loss);
        let read = self.source(Field::Loss).filter(|_| !is_said)?;
        let of = |index: usize, words: &[&str]| {
            let name = &self.normal[index];
            let own = words.iter().find_map(|word| name.strip_suffix(word))?;
            Some(OF_TEXT.iter().find_map(|word| own.strip_suffix(word)).unwrap_or(own).to_owned())
        };
        let of_text = self.own_of_text(read.index).map_or_else(
            || read.clone(),
            |index| Source { index, header: self.headers[index].clone(), ..read.clone() },
        );
        let own = of(of_text.index, &["loss"])
            .filter(|_| Measure::of(Field::Loss, &read.header) == Measure::Plain)?;
        let is_same = |index: &usize| of(*index, &["ppl", "perplexity"]).as_ref() == Some(&own);
        let index = (0..self.headers.len()).filter(|index| self.field_of(*index).is_none()).find(is_same)?;
        let header = self.headers[index].clone();
        let conversion = Measure::of(Field::Loss, &header).conversion()?;
        Some([read, of_text, Source { index, header, conversion }])
    }

    fn rival(
        &self,
        field: Field,
        read: Source,
        index: usize,
        is_given: impl Fn(Field) -> bool,
    ) -> Option<Rival> {
        let (header, name) = (&self.headers[index], &self.normal[index]);
        let is_copy = is_copy_of(header, &read.header);
        let is_same = is_copy || normalise(field.name()) == *name || field.info().is_alias(name);
        let (unit, mut is_likelier, mut more) = (scale::of_header(field, header), false, None);
        let (mut is_measured, mut within) = (false, f64::INFINITY);
        let prunes = || PRUNED.iter().any(|field| self.index(*field).is_some() || is_given(*field));
        match field {
            Field::Loss
                if normalise(field.name()) == self.normal[read.index]
                    && is_near(field, header)
                    && !is_same
                    && !self.log =>
            {
                (is_likelier, within) = (true, NEAR_LOSSES);
            }
            Field::Loss => {
                // Of what names say more of than `loss`, one was chosen by name.
                let is_bare = BARE.contains(&&*self.normal[read.index]);
                let of_another = is_perplexity(name) && !name.starts_with('p');
                is_likelier = is_same || is_evaluation(header) || of_another || may_be(field, header);
                // A loss of other words goes before a perplexity of others.
                let beside = Measure::of(field, &read.header) != Measure::Plain && is_own_loss(header);
                is_likelier |= beside;
                // `valid` says no more, and is a loss where the other is one of training.
                let is_split = is_of_training(&read.header)
                    && says_evaluation(header)
                    && words(header).iter().all(|word| EVALUATIONS.contains(&word.as_str()));
                is_measured = (is_of_evaluation(header) || is_split) && !says_evaluation(&read.header);
                is_likelier |= is_measured || self.own_of_text(read.index) == Some(index);
                if !(is_copy || beside || is_measured || is_bare && (is_likelier || is_perplexity(name))) {
                    return None;
                }
            }
            // Of a network that is pruned they are what is left.
            Field::Params if is_active(header) && prunes() => return None,
            Field::Params if is_active(header) => is_likelier = true,
            // fairseq's `update` is how much of an epoch is done.
            Field::Step if name == "update" && self.normal[read.index] == "numupdates" => return None,
            Field::Step if may_be(field, header) => is_likelier = true,
            Field::Step => return None,
            _ if !is_same && unit.is_none() && !may_be(field, header) => {
                if self.log || !is_near(field, header) || (field == Field::Params && prunes()) {
                    return None;
                }
                (is_likelier, within) = (field == Field::Tokens, NEAR);
            }
            Field::Params => more = self.index(Field::FixedParams),
            _ => {}
        }
        // The first of two is what is read elsewhere.
        is_likelier &= !is_copy;
        let conversion = match field {
            _ if is_copy => read.conversion,
            Field::Loss => match Measure::of(field, header).conversion() {
                // Of bytes, say: no loss of tokens is the same number.
                None if is_measured => Conversion::None,
                conversion => conversion?,
            },
            _ => scale::of_column(field, header).map_or(Conversion::None, Conversion::Factor),
        };
        let other = Source { index, header: header.clone(), conversion };
        Some(Rival { field, read, other, is_likelier, more, within })
    }

    /// What says the tokens of a step where tokens are read.
    fn steps(&self) -> Option<[Source; 3]> {
        let field = Field::TokensPerStep;
        let (index, _) = self.recognise(field, &[]).ok()??;
        let header = self.headers[index].clone();
        let conversion = scale::of_column(field, &header).map_or(Conversion::None, Conversion::Factor);
        let tokens = self.source(Field::Tokens).filter(|_| !self.is_chosen(Field::Tokens))?;
        Some([tokens, self.source(Field::Step)?, Source { index, header, conversion }])
    }

    /// What says tokens a parameter where tokens and parameters are read.
    fn ratio(&self) -> Option<[Source; 3]> {
        let field = Field::TokensPerParam;
        let (index, _) = self.recognise(field, &[]).ok()??;
        let of = |field| self.source(field).filter(|_| !self.is_chosen(field));
        let ratio = Source { index, header: self.headers[index].clone(), conversion: Conversion::None };
        Some([of(Field::Tokens)?, of(Field::Params)?, ratio])
    }
}

impl Rivals {
    /// Refuses a row in which two columns say different things of one field.
    pub(in crate::read) fn check(&self, path: &str, row: &impl Rows) -> Result<()> {
        let place = || Location::in_file(&row.place(path)).line(row.line());
        self.experts.check_sparsity(path, row)?;
        self.shapes.check(path, row)?;
        self.legs.check(path, row)?;
        self.budget.check(path, row)?;
        if let Some(pair) = self.pairs.iter().find(|pair| !pair.agree(row, self.log)) {
            return Err(pair.refuse(place(), row, self.open));
        }
        self.experts.check_params(path, row)?;
        self.check_base(place, row)?;
        self.check_ratio(place, row)?;
        let Some([tokens, step, rate]) = &self.steps else { return Ok(()) };
        let numbers = [tokens, step, rate].map(|source| source.number(row));
        let [Some((all, open)), Some((steps, _)), Some((of_step, _))] = numbers else { return Ok(()) };
        let told = steps * of_step;
        if (all - told).abs() <= open.max(COUNTS * all.max(told)).max(of_step) {
            return Ok(());
        }
        let [tokens, step, rate] = [tokens, step, rate].map(|source| &source.header);
        let problem =
            format!("the cell is '{}', and {step} x {rate} is {told}", shown(row.cell(self.tokens())));
        let remedy = format!(
            "say which is right: the column (`columns: {}`), or steps x tokens a step (`columns: tokens=`)",
            chosen("tokens", tokens)
        );
        Err(place().column(tokens).refuse(problem, remedy))
    }

    /// Refuses tokens that are far from what the tokens a parameter say.
    fn check_ratio(&self, place: impl Fn() -> Location, row: &impl Rows) -> Result<()> {
        let Some([tokens, params, ratio]) = &self.ratio else { return Ok(()) };
        let numbers = [tokens, params, ratio].map(|source| source.number(row));
        let [Some((all, _)), Some((params_read, _)), Some((per_param, _))] = numbers else { return Ok(()) };
        let told = params_read * per_param;
        // Embeddings may count in one of them; and so many are a count of something else.
        if !(told > 0.0) || per_param > MOST_RATIO || (RATIO.recip()..=RATIO).contains(&(all / told)) {
            return Ok(());
        }
        let problem = format!(
            "the cell is '{}', and {} x {} is {told:.4e}",
            shown(row.cell(tokens.index)),
            params.header,
            ratio.header
        );
        let remedy = format!(
            "say which is right: the column (`columns: {}`), or parameters x tokens a parameter (`columns: tokens=`)",
            chosen("tokens", &tokens.header)
        );
        Err(place().column(&tokens.header).refuse(problem, remedy))
    }

    /// Refuses losses in bits that nothing but a perplexity tells: 2 to their power.
    fn check_base(&self, place: impl Fn() -> Location, row: &impl Rows) -> Result<()> {
        let Some([whole, loss, perplexity]) = &self.base else { return Ok(()) };
        let numbers = [loss, perplexity].map(|source| source.number(row));
        let [Some((read, own)), Some((nats, open))] = numbers else { return Ok(()) };
        let bits = nats / std::f64::consts::LN_2;
        let open = own + open / std::f64::consts::LN_2 + LOSSES * read.abs();
        // The logarithm of 1 is 0 in every base.
        if read < LEAST_BITS || (read - bits).abs() > open || (read - nats).abs() <= open {
            return Ok(());
        }
        let problem = format!(
            "2 to the power of '{}' is '{}', so it is in bits",
            shown(row.cell(loss.index)),
            perplexity.header
        );
        let own = chosen("bits_per_token", &whole.header);
        Err(place().column(&loss.header).refuse(problem, format!("say so: `columns: {own}`")))
    }

    fn tokens(&self) -> usize {
        self.steps.as_ref().map_or(0, |[tokens, ..]| tokens.index)
    }
}

impl Rival {
    /// Whether both columns say the same, or the other says nothing.
    fn agree(&self, row: &impl Rows, log: bool) -> bool {
        let Some((other, open)) = self.other.number(row) else { return true };
        if row.cell(self.read.index).is_empty() {
            return log;
        }
        let Some((read, own)) = self.read.number(row) else { return true };
        if self.field == Field::Step && other.fract() != 0.0 && read.fract() == 0.0 {
            return true;
        }
        // A whole number is a count of evaluations, or their name.
        let is_index = self.field == Field::Loss && self.within.is_finite() && other.fract() == 0.0;
        if is_index || !(self.within.recip()..=self.within).contains(&(other / read)) {
            return true;
        }
        let share = if self.field == Field::Loss { LOSSES } else { COUNTS };
        // Of parameters none may be frozen; and a step may be counted from 0.
        let is_none = self.field == Field::Params && (other == 0.0 || other < FEW && read > 10.0 * FEW);
        let least = if self.field == Field::Step { 1.0 } else { 0.0 };
        let near =
            |read: f64| is_none || (read - other).abs() <= (open + own).max(share * read.abs()).max(least);
        let fixed = self.more.and_then(|index| units::number(row.cell(index)));
        let is_label =
            || self.field == Field::Params && !self.read.is_label(row) && self.other.rounds(row, read);
        near(read) || is_label() || fixed.is_some_and(|fixed| near(read + fixed))
    }

    fn refuse(&self, place: Location, row: &impl Rows, open: bool) -> Error {
        let name = self.field.name();
        let [read, other] = [&self.read, &self.other];
        let said = match row.cell(read.index) {
            "" => format!("'{}' is empty", read.header),
            cell => format!("'{}' has '{}'", read.header, shown(cell)),
        };
        let is_empty = row.cell(read.index).is_empty();
        let cell = shown(row.cell(other.index));
        let problem = format!("the cell is '{cell}', and {said}: both columns could be '{name}'");
        let order = if self.is_likelier { [other, read] } else { [read, other] };
        let [first, second] = order.map(|source| format!("`columns: {}`", chosen(name, &source.header)));
        let remedy = if is_empty && self.field != Field::Loss {
            format!("write all of them in one column, '{name}'")
        } else if !open {
            "keep one of the two".to_owned()
        } else {
            format!("choose one: {first} or {second}")
        };
        place.column(&other.header).refuse(problem, remedy)
    }
}

/// Whether a name is another's with a number behind it, as tools write a name that comes again: `loss.1`, `loss_2`, `loss (2)`.
fn is_copy_of(header: &str, own: &str) -> bool {
    let more =
        header.get(..own.len()).filter(|begin| begin.eq_ignore_ascii_case(own)).map(|_| &header[own.len()..]);
    more.is_some_and(|more| {
        let number = more.trim_start_matches(['.', '_', ' ', '(']).trim_end_matches(')');
        number.len() < more.len() && !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// Whether a name is that of a loss of held-out text: no part of one, and none of training.
fn is_own_loss(header: &str) -> bool {
    let is_loss = header.to_lowercase().contains("loss");
    says_itself(header) && is_loss && !is_of_training(header) && !is_part_of_loss(header)
}

/// Whether a name is that of what an evaluation measures, under another name than loss: `val_bpb`, `eval_nll`.
fn is_of_evaluation(header: &str) -> bool {
    const LOSSES: [&str; 3] = ["nll", "ce", "xent"];
    let is_loss = || words(header).iter().any(|word| LOSSES.contains(&word.as_str()));
    says_evaluation(header)
        && (Measure::of(Field::Loss, header) != Measure::Plain || is_loss())
        && !is_made(header)
}

/// Whether a name is that of the perplexity of what a loss is of: `ppl`, `val_ppl`.
fn is_perplexity(name: &str) -> bool {
    const OF: [&str; 9] =
        ["", "val", "valid", "validation", "eval", "evaluation", "test", "heldout", "final"];
    ["ppl", "perplexity"].iter().any(|word| name.strip_suffix(word).is_some_and(|of| OF.contains(&of)))
}
