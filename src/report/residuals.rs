//! The residuals of all rows, as a file.

use std::path::Path;

use super::{Report, csv_cell, file};
use crate::{Fit, Residual, Result};

/// The columns of a file of residuals.
const HEADER: [&str; 7] = ["run", "params", "tokens", "flops", "loss", "fitted", "residual"];

impl Report {
    /// Writes a CSV with a row for each of the observations, in their order: `run`, `params`, `tokens`, `flops`, `loss`, the
    /// law's `fitted` loss and the `residual`, ln L - ln L̂ or, in fits on L, L - L̂. One that is there is replaced whole.
    ///
    /// # Errors
    /// As for [`check_residuals_writable`](Self::check_residuals_writable), and for a fit of constants, which has no rows.
    pub fn save_residuals(&self, path: &Path) -> Result<()> {
        let table = table(self.fit())?;
        Self::check_residuals_writable(path)?;
        file::replace(path, &table)
    }

    /// Refuses a path to which [`save_residuals`](Self::save_residuals) cannot write, before any work is done.
    ///
    /// # Errors
    /// When a folder or anything but residuals is there, its folder does not exist, or no file can be made in it.
    pub fn check_residuals_writable(path: &Path) -> Result<()> {
        file::check(path, "holds no residuals", |start| start.starts_with(HEADER.join(",").as_bytes()))
    }
}

fn table(fit: &Fit) -> Result<Vec<u8>> {
    let (residuals, observations) = (fit.residuals()?, &fit.observations);
    let is_unknown = observations.is_flops_alone();
    let known = |count: f64| if is_unknown { f64::NAN } else { count };
    let mut out = csv::Writer::from_writer(Vec::new());
    // Nothing fails that is written to memory.
    let _ = out.write_record(HEADER);
    for (row, (residual, flops)) in residuals.iter().zip(observations.flops()).enumerate() {
        let loss = observations.loss()[row];
        let fitted = match fit.options.residual {
            Residual::LnLoss => loss * (-residual).exp(),
            Residual::Loss => loss - residual,
        };
        let (params, tokens) = (known(observations.params()[row]), known(observations.tokens()[row]));
        let cells = [params, tokens, flops, loss, fitted, *residual];
        let numbers = cells.map(|cell| if cell.is_nan() { String::new() } else { cell.to_string() });
        let name = observations.run_name(observations.run()[row]);
        let _ =
            out.write_record(std::iter::once(&*csv_cell(&name)).chain(numbers.iter().map(String::as_str)));
    }
    Ok(out.into_inner().unwrap_or_default())
}
