//! Forecasts that are published before the runs are trained, and what came of them.
//!
//! A [`Registration`] holds the forecasts of a fit, with hashes of what they were made from. [`Registration::score`] reads it beside the
//! losses that were measured later.

mod matching;
mod score;

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize};

pub use score::{ScoreReport, ScoredRun};

use crate::document::Checksum;
use crate::error::Location;
use crate::law::Input;
use crate::predict::{NewRun, PredictedLoss};
use crate::read::MeasuredTable;
use crate::{Document, Ensemble, Error, Result};

/// A file that forecasts were made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::exhaustive_structs)]
pub struct SourceFile {
    /// Its name, without the folder.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// The forecast of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RegisteredRun {
    /// Its name, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Its group, of a fit by groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// N₀; not a number, `null` in the document, for a run of which FLOPs alone are known, as are the next three.
    #[serde(deserialize_with = "unknown")]
    pub initial_params: f64,
    /// N̄.
    #[serde(deserialize_with = "unknown")]
    pub average_params: f64,
    /// Parameters that are left at its end.
    #[serde(deserialize_with = "unknown")]
    pub final_params: f64,
    /// D.
    #[serde(deserialize_with = "unknown")]
    pub tokens: f64,
    /// Training FLOPs.
    pub flops: f64,
    /// Whether these are the table's own, which the law reads.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flops_told: bool,
    /// Different tokens, for laws that read them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_tokens: Option<f64>,
    /// What its pruning leaves unhealed, for laws that tell runs of one N̄ apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unhealed: Option<f64>,
    /// The numbers of the columns that the law reads by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, f64>,
    /// The loss, nats a token.
    pub loss: PredictedLoss,
    /// Quantiles of the loss: pairs of a probability and a loss, in their order.
    pub quantiles: Vec<[f64; 2]>,
}

/// A count that is not a number where it is not known.
fn unknown<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

/// Forecasts as they are published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Registration {
    /// When they were made, by the clock of the machine: `2026-03-01T09:30:00Z`.
    pub date: String,
    /// Version of nbar that made them.
    pub version: String,
    /// The saved fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<SourceFile>,
    /// The table of the runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<SourceFile>,
    /// The law.
    pub law: String,
    /// Level of the intervals.
    pub level: f64,
    /// In the order of the table.
    pub runs: Vec<RegisteredRun>,
    /// Of all the others: what was changed later has another. None in files that were written without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
}

impl Document for Registration {
    const SCHEMA: &'static str = "nbar.registration/1";
}

impl Ensemble {
    /// Forecasts of runs, to be published before they are trained.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::{Document, NewRun, read::MeasuredTable, registration::Registration};
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
    /// let published = ensemble.register(&[NewRun::dense(1e9, 20e9)?])?.to_json();
    /// // Later.
    /// let forecasts = Registration::from_json("forecasts.json", published.as_bytes())?;
    /// let estimate = forecasts.runs[0].loss.estimate;
    /// let measured = format!("params,tokens,loss\n1B,20B,{}\n", 1.01 * estimate);
    /// let report = forecasts.score(&MeasuredTable::from_reader("measured.csv", measured.as_bytes())?)?;
    /// assert!((report.runs[0].outcome.error + 1.01f64.ln()).abs() < 1e-12);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`predict_run`](Self::predict_run); when the fit has no draws, or there are no runs, or two have one name.
    pub fn register(&self, runs: &[NewRun]) -> Result<Registration> {
        if self.draws.is_empty() {
            let problem = "the fit has no draws, and a forecast without an interval cannot be scored";
            let remedy = match self.fit.is_of_constants() {
                true => "fit a law to runs: these constants were given, and have no runs behind them",
                false => "fit again with `replicates=1000`",
            };
            return Err(Error::unanswerable("registration", problem, remedy));
        }
        if runs.is_empty() {
            return Err(Error::unanswerable("registration", "there are no runs", "give at least one"));
        }
        for (place, run) in runs.iter().enumerate() {
            if let Some(name) =
                run.name().filter(|_| runs[..place].iter().any(|other| other.name() == run.name()))
            {
                let problem = format!("two runs are called '{name}'");
                return Err(Error::unanswerable("registration", problem, "give each run a name of its own"));
            }
        }
        let spec = self.fit.law().spec();
        let reads = |input: &Input| spec.inputs.contains(input);
        let tells_pruning = reads(&Input::Course) || reads(&Input::Unhealed);
        let registered = |run: &NewRun| {
            let own = self.of_run(run)?;
            let forecast = own.predict_run(run)?;
            let group = run.group().filter(|_| self.fit.by_group().is_some());
            Ok(RegisteredRun {
                group: group.map(str::to_owned),
                run: forecast.run,
                initial_params: forecast.initial_params,
                average_params: forecast.average_params,
                final_params: forecast.final_params,
                tokens: forecast.tokens,
                flops: forecast.flops,
                flops_told: run.is_counted_in(&self.fit),
                unique_tokens: run.unique_tokens().filter(|_| reads(&Input::UniqueTokens)),
                unhealed: run.trajectory().healing().filter(|_| tells_pruning),
                columns: run.columns_of(spec),
                loss: forecast.loss,
                quantiles: own.run_quantiles(run)?,
            })
        };
        let mut registration = Registration {
            date: now(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            fit: None,
            table: None,
            law: self.fit.law().spec().name.to_string(),
            level: self.options.level,
            runs: runs.iter().map(registered).collect::<Result<_>>()?,
            checksum: None,
        };
        registration.checksum = Some(registration.own_checksum());
        Ok(registration)
    }
}

impl Registration {
    /// Says which files the forecasts were made from.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::{Document, NewRun, registration::{Registration, SourceFile}};
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(50))?;
    /// let file = |name: &str| SourceFile { name: name.to_owned(), sha256: "9f86".to_owned() };
    /// let forecasts = ensemble.register(&[NewRun::dense(1e9, 2e10)?])?;
    /// let forecasts = forecasts.with_files(file("sweep.fit.json"), file("points.csv"));
    /// assert_eq!(Registration::from_json("f.json", forecasts.to_json().as_bytes())?, forecasts);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn with_files(mut self, fit: SourceFile, table: SourceFile) -> Self {
        (self.fit, self.table) = (Some(fit), Some(table));
        self.checksum = Some(self.own_checksum());
        self
    }

    /// Reads what was published; `name` stands for it in errors.
    ///
    /// # Errors
    /// When the bytes are not a registration, or one of another version of the schema.
    pub fn from_json(name: &str, bytes: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Head {
            schema: Option<String>,
            version: Option<String>,
        }
        let place = || Location::in_file(name);
        let remedy = "give a file of forecasts that were published (`preregister`)";
        let broken = |e: serde_json::Error| place().refuse(format!("this is no registration: {e}"), remedy);
        let head: Head = serde_json::from_slice(bytes).map_err(broken)?;
        match head.schema.as_deref() {
            Some(Self::SCHEMA) => {}
            Some(schema) => {
                let problem = format!("the schema is '{schema}', and this version reads '{}'", Self::SCHEMA);
                let other = schema.starts_with("nbar.registration/").then_some(head.version).flatten();
                let remedy = match other {
                    Some(version) => format!("score it with nbar {version}, which wrote it"),
                    None => remedy.to_owned(),
                };
                return Err(place().refuse(problem, remedy));
            }
            None => return Err(place().refuse("this is no registration: it has no field 'schema'", remedy)),
        }
        let registration: Self = serde_json::from_slice(bytes).map_err(broken)?;
        registration
            .check()
            .map_err(|problem| place().refuse(problem, "take the file as it was published"))?;
        Ok(registration)
    }

    /// What came of the forecasts. A measured run is that of its name, or else that of its parameters before pruning and its tokens, to 1 %.
    ///
    /// # Errors
    /// When a measured run was not registered, or differs from its forecast in size or length, or could be several.
    pub fn score(&self, measured: &MeasuredTable) -> Result<ScoreReport> {
        let matched = matching::matched(&self.runs, measured)?;
        Ok(ScoreReport::of_registration(self, &matched))
    }

    /// What no registration holds.
    /// As it is written, which is what a reader finds again.
    fn own_checksum(&self) -> String {
        let said = (&self.date, &self.version, &self.fit, &self.table, &self.law, self.level, &self.runs);
        Checksum::of_bytes(&serde_json::to_vec(&said).unwrap_or_default()).to_string()
    }

    fn check(&self) -> Result<(), String> {
        if self.runs.is_empty() {
            return Err("it has no runs".to_owned());
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(format!("its level {} is not between 0 and 1", self.level));
        }
        for (place, run) in self.runs.iter().enumerate() {
            let PredictedLoss { estimate, run_interval: [lower, upper], .. } = run.loss;
            let rises =
                run.quantiles.windows(2).all(|pair| pair[0][0] < pair[1][0] && pair[0][1] <= pair[1][1]);
            if !(lower <= estimate
                && estimate <= upper
                && estimate > 0.0
                && rises
                && !run.quantiles.is_empty())
            {
                return Err(format!("the forecast of run {} is no distribution", place + 1));
            }
        }
        if self.checksum.as_ref().is_some_and(|saved| *saved != self.own_checksum()) {
            return Err(
                "its forecasts were changed after they were published: 'checksum' is not theirs".to_owned()
            );
        }
        Ok(())
    }
}

/// The time, as in `2026-03-01T09:30:00Z`.
fn now() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    date(seconds)
}

/// Seconds since 1970 as a date and a time of day.
fn date(seconds: u64) -> String {
    let (mut days, time) = (seconds / 86_400, seconds % 86_400);
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    let [hour, minute, second] = [time / 3600, time / 60 % 60, time % 60];
    format!("{year:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", month + 1, days + 1)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(date(seconds), expected);
        }
    }
}
