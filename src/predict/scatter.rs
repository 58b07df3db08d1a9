//! Where a run would land if the law holds.

use crate::Result;
use crate::bootstrap::Ensemble;
use crate::fit::Residual;
use crate::law::Kind;
use crate::numeric::sum_quantile::sum_quantile;
use crate::predict::trend::{Column, trend};

/// What a scale may be a power of.
const KINDS: [Kind; 3] = [Kind::Params, Kind::Tokens, Kind::Flops];

impl Ensemble {
    /// Quantiles of the draws' losses times the exponential of the sweep's residuals (on L: plus residuals), every pair of both.
    /// Residuals are widened by √(n/(n-p)) for the p parameters that were fitted to n runs, and taken to the scale that
    /// runs have at this place; each run counts once, whatever rows it brings. Never narrower than `law`, the interval of
    /// the law itself.
    pub(super) fn run_interval(&self, inputs: &[f64], law: [f64; 2]) -> Result<[f64; 2]> {
        let (fit, rows) = (&self.fit, &self.fit.rows);
        let of_logs = fit.options.residual == Residual::LnLoss;
        let residuals = fit.residuals_of(rows, fit.options.residual)?;
        let runs: Vec<_> = rows.by_run().map(|(_, run)| run).collect();
        let [groups, freedom] = self.freedom();
        let widening = (groups / freedom).sqrt();
        let mut weight = vec![0.0; rows.len()];
        for run in &runs {
            weight[run.clone()].fill(1.0 / run.len() as f64);
        }
        let mut columns = fit.law().spec().columns(rows)?;
        let kinds: Vec<Kind> = fit.law().spec().layout().map(|(_, kind)| kind).collect();
        let places = KINDS.iter().filter_map(|kind| kinds.iter().position(|k| k == kind));
        let columns: Vec<Column> =
            places.map(|place| Column::new(std::mem::take(&mut columns[place]), inputs[place])).collect();
        let scale = trend(&columns, &residuals, &weight, &runs);
        let scatter: Vec<(f64, f64)> =
            (0..rows.len()).map(|row| (widening * residuals[row] * scale[row], weight[row])).collect();
        let draws = self.draws.iter().map(|draw| fit.law().loss(draw, inputs));
        let losses: Vec<f64> = if of_logs { draws.map(f64::ln).collect() } else { draws.collect() };
        let end = |p: f64| {
            let end = sum_quantile(&losses, &scatter, p);
            if of_logs { end.exp() } else { end }
        };
        let [lower, upper] = self.tails().map(end);
        Ok([lower.min(law[0]), upper.max(law[1])])
    }
}
