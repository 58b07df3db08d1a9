//! Forecasts as a table that a fit reads.

use std::path::Path;

use super::Forecasts;
use crate::Result;
use crate::document::csv_cell;
use crate::report::{check, replace};

const HEADER: [&str; 11] = [
    "run",
    "group",
    "params",
    "fixed_params",
    "average_params",
    "final_params",
    "tokens",
    "loss",
    "weight",
    "loss_sd",
    "finished",
];

impl Forecasts {
    /// A sweep table of the runs at their planned ends: losses are forecasts, or measured where a run has ended, and `weight` follows from their errors.
    ///
    /// ```
    /// use nbar::Sweep;
    /// use nbar::forecast::{ForecastOptions, forecast};
    /// let sweep = Sweep::from_csv_path("data/gemstones_hot.csv")?;
    /// let options = ForecastOptions::default().with_to(2e11).with_lr_schedule("constant".to_owned());
    /// let table = forecast(&sweep, &options)?.to_csv();
    /// assert_eq!(Sweep::from_csv_str("forecasts.csv", &table)?.len(), sweep.len());
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut out = csv::Writer::from_writer(Vec::new());
        // Nothing fails that is written to memory.
        let _ = out.write_record(HEADER);
        for run in &self.runs {
            let counts =
                run.pruned_to.map_or_else(Default::default, |counts| counts.map(|count| count.to_string()));
            let [average, last] = counts;
            let _ = out.write_record([
                csv_cell(&run.run).into_owned(),
                csv_cell(run.group.as_deref().unwrap_or_default()).into_owned(),
                run.params.to_string(),
                run.fixed_params.to_string(),
                average,
                last,
                run.planned_tokens.to_string(),
                run.loss.estimate.to_string(),
                run.weight.to_string(),
                run.loss.std_error.to_string(),
                u8::from(run.finished).to_string(),
            ]);
        }
        String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// Writes the table of [`to_csv`](Self::to_csv), whole or not at all.
    ///
    /// # Errors
    /// [`Error::Write`](crate::Error::Write) when the file cannot be written.
    pub fn save_csv(&self, path: &Path) -> Result<()> {
        replace(path, self.to_csv().as_bytes())
    }

    /// Refuses a path to which [`save_csv`](Self::save_csv) cannot write, before any work is done.
    ///
    /// # Errors
    /// When the file is there and is no such table, or its folder is not there.
    pub fn check_writable(path: &Path) -> Result<()> {
        check(path, "is no table of forecasts", |bytes| bytes.starts_with(b"run,group,params"))
    }
}
