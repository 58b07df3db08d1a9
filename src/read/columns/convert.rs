//! How the numbers of a column become those of its field.

use super::super::fields::Field;
use super::super::measure::{Base, Measure, logarithm};
use super::super::scale;
use super::guess::each;
use super::{Columns, chosen};
use crate::error::Location;
use crate::run::Conversion;
use crate::{Error, Result};

impl Columns {
    /// Sees from the names of columns in what they are measured.
    pub(super) fn measure(&mut self, bytes_per_token: Option<f64>) -> Result<()> {
        if let Some(bytes) = bytes_per_token.filter(|bytes| !(bytes.is_finite() && *bytes > 0.0)) {
            let remedy = "give the mean bytes of a token, as 4.2";
            return Err(Error::option("bytes_per_token", bytes, "is not a positive, finite number", remedy));
        }
        for field in [Field::Loss, Field::Flops] {
            let Some(index) = self.index(field) else { continue };
            let of_token = |what: &str, unit: &str| {
                let problem = format!("{what} a {unit} become nats a token only by the {unit}s of a token");
                let remedy = "give their mean over the evaluation text: `bytes_per_token=4.2`";
                bytes_per_token.ok_or_else(|| self.refuse_column(index, &problem, remedy))
            };
            self.conversions[field as usize] = match Measure::of(field, self.unit_name(field, index)) {
                Measure::BitsPerByte => {
                    Conversion::Bits { unit: "byte", of_token: of_token("bits", "byte")? }
                }
                Measure::BitsPerCharacter => {
                    Conversion::Bits { unit: "character", of_token: of_token("bits", "character")? }
                }
                Measure::NatsPerByte => {
                    Conversion::Nats { unit: "byte", of_token: of_token("nats", "byte")? }
                }
                Measure::NatsPerCharacter => {
                    Conversion::Nats { unit: "character", of_token: of_token("nats", "character")? }
                }
                Measure::FlopsASecond => return Err(self.refuse_rate(index)),
                measure => measure.conversion().ok_or_else(|| {
                    let problem = "losses a word become nats a token only by the words of a token";
                    self.refuse_column(index, problem, "give losses in nats a token")
                })?,
            };
        }
        Ok(())
    }

    /// Sees from the name of the losses in what they are measured, where nothing else says it.
    pub(in crate::read) fn measure_loss(&mut self) -> Result<()> {
        let Some(index) = self.index(Field::Loss) else { return Ok(()) };
        let conversion = Measure::of(Field::Loss, &self.headers[index]).conversion();
        self.conversions[Field::Loss as usize] = conversion.ok_or_else(|| {
            self.refuse_column(index, "no forecast is in this unit", "give losses in nats a token")
        })?;
        Ok(())
    }

    /// Sees from the name of the FLOPs in what they are measured.
    pub(in crate::read) fn measure_flops(&mut self) -> Result<()> {
        let Some(index) = self.index(Field::Flops) else { return Ok(()) };
        let conversion = Measure::of(Field::Flops, &self.headers[index]).conversion();
        self.conversions[Field::Flops as usize] = conversion.ok_or_else(|| self.refuse_rate(index))?;
        Ok(())
    }

    fn refuse_rate(&self, index: usize) -> crate::Error {
        let problem = "FLOPs a second do not say how many a run took";
        self.refuse_column(index, problem, "give the FLOPs of the whole run")
    }

    /// Refuses a column that a person chose where its name says that it holds logarithms. A `log_loss`
    /// is often a loss.
    pub(super) fn refuse_unlike(&self, field: Field, index: usize) -> Result<()> {
        let header = &self.headers[index];
        if matches!(field, Field::BatchSize | Field::SequenceLength) {
            if scale::batch_of_tokens(header).is_some() {
                let problem = format!("the column counts tokens, and '{}' does not", field.name());
                let remedy = format!("say `columns: {}`", chosen(Field::TokensPerStep.name(), header));
                return Err(self.refuse_column(index, &problem, &remedy));
            }
            if self.with_unit[index] {
                let problem = format!("no unit of '{}' is read: a K may be 1,000 or 1,024", field.name());
                return Err(self.refuse_column(index, &problem, "add a column of the numbers themselves"));
            }
        }
        if [Field::Tokens, Field::Params].contains(&field)
            && let Some(each) = each(header)
        {
            let name = field.name();
            let problem =
                format!("the column counts {name} per {each}, and '{name}' are those of the whole run");
            let of_step = format!("say `columns: {}`", chosen(Field::TokensPerStep.name(), header));
            let remedy = match each {
                "step" | "steps" | "iter" | "iteration" | "it" | "update" | "batch" => &*of_step,
                _ => "add a column of the whole run's",
            };
            return Err(self.refuse_column(index, &problem, remedy));
        }
        const SCATTER: [&str; 11] =
            ["std", "stdev", "stderr", "sem", "sd", "se", "sigma", "var", "variance", "err", "error"];
        if field == Field::Weight {
            let is_of = |list: &[&str]| {
                header.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|word| list.contains(&word))
            };
            if is_of(&SCATTER) && !is_of(&["inv", "inverse", "1"]) {
                let problem =
                    "the column says how far losses scatter, and a weight is larger where a loss is surer";
                return Err(self.refuse_column(index, problem, "add a column of weights, as 1 / scatter^2"));
            }
        }
        const OTHER: [&str; 12] =
            ["kb", "mb", "gb", "tb", "mib", "gib", "bytes", "hour", "hours", "minutes", "usd", "dollars"];
        let lower = header.to_lowercase();
        let mut words = lower.split(|c: char| !c.is_alphanumeric());
        if field.is_amount()
            && let Some(unit) = words.find(|word| OTHER.contains(word))
        {
            let problem = format!("the column is in {unit}, and '{}' is a number of its own", field.name());
            return Err(self.refuse_column(index, &problem, "add a column of the numbers themselves"));
        }
        let is_perplexity = || ["ppl", "perplexity"].iter().any(|part| self.normal[index].contains(part));
        let is_logarithm = match logarithm(header) {
            None => false,
            Some(base) if field == Field::Loss => base != Base::Unsaid && !is_perplexity(),
            Some(_) => field.is_amount(),
        };
        if !is_logarithm {
            return Ok(());
        }
        let problem = format!("the column holds logarithms, and '{}' is a number itself", field.name());
        let remedy = match field {
            Field::Loss => {
                "if it is a loss in bits, call it 'loss (bits)', else add a column of the losses themselves"
            }
            _ => "add a column of the numbers themselves",
        };
        Err(self.refuse_column(index, &problem, remedy))
    }

    pub(in crate::read) fn refuse_column(&self, index: usize, problem: &str, remedy: &str) -> crate::Error {
        Location::in_file(&self.path).column(&self.headers[index]).refuse(problem, remedy)
    }
}
