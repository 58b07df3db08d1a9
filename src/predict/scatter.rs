//! Where a run would land if the law holds.

use crate::Result;
use crate::bootstrap::{Ensemble, Estimate};
use crate::fit::Residual;
use crate::law::Kind;
use crate::numeric::sum_quantile::sum_quantile;
use crate::predict::trend::{Column, trend};

/// What a scale may be a power of.
const KINDS: [Kind; 3] = [Kind::Params, Kind::Tokens, Kind::Flops];

/// Runs beyond the parameters that it takes to tell whether scatter is a power of anything.
const LEAST_FREEDOM: f64 = 20.0;
/// Least share of its noise that is taken to be left in a residual.
const LEAST_LEFT: f64 = 1e-3;

impl Ensemble {
    /// Quantiles of the draws' losses times the exponential of the sweep's residuals (on L: plus residuals), every pair of both.
    /// Residuals are widened by √(n/(n-p)) for the p parameters that were fitted to n runs, and taken to the scale that
    /// runs have at this place; each run counts once, whatever rows and evaluations it brings. Never narrower than the interval of
    /// `law`, and with its draws as far from the estimate as that has them.
    pub(super) fn run_interval(&self, inputs: &[f64], law: &Estimate) -> Result<[f64; 2]> {
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
        let inputs_of_rows: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        for evaluations in rows.repeated(&inputs_of_rows).iter().flatten() {
            evaluations.iter().for_each(|row| weight[*row] /= evaluations.len() as f64);
        }
        let kinds: Vec<Kind> = fit.law().spec().layout().map(|(_, kind)| kind).collect();
        let places = KINDS.iter().filter_map(|kind| kinds.iter().position(|k| k == kind));
        let columns: Vec<Column> =
            places.map(|place| Column::new(std::mem::take(&mut columns[place]), inputs[place])).collect();
        // A row that the fit follows says little of its scatter.
        let leverages = self.leverages().map_or_else(|| vec![0.0; rows.len()], <[f64]>::to_vec);
        let left: Vec<f64> = leverages.iter().map(|h| (1.0 - h).max(LEAST_LEFT)).collect();
        let whole: Vec<f64> = residuals.iter().zip(&left).map(|(r, left)| r / left.sqrt()).collect();
        let say: Vec<f64> = weight.iter().zip(&left).map(|(w, left)| w * left).collect();
        // Where the law bends, sizes of residuals tell of that, and the bend carries it: the scale counts as far as there is none.
        let straight = self.bend.of(fit).map_or(1.0, |bend| 1.0 - bend.probability).max(0.0);
        let enough = freedom >= LEAST_FREEDOM;
        let mut scale = if enough { trend(&columns, &whole, &say, &runs) } else { vec![1.0; rows.len()] };
        scale.iter_mut().for_each(|scale| *scale = scale.powf(straight));
        let scatter: Vec<(f64, f64)> =
            (0..rows.len()).map(|row| (widening * residuals[row] * scale[row], weight[row])).collect();
        let draws = self.draws.iter().map(|draw| fit.law().loss(draw, inputs));
        let of_loss = |loss: f64| if of_logs { loss.ln() } else { loss };
        let mut losses: Vec<f64> = draws.map(of_loss).collect();
        let (tails, farther) = self.tails(&losses);
        let estimate = of_loss(law.estimate);
        losses.iter_mut().for_each(|loss| *loss = estimate + farther * (*loss - estimate));
        let end = |p: f64| {
            let end = sum_quantile(&losses, &scatter, p);
            if of_logs { end.exp() } else { end }
        };
        let [lower, upper] = tails.map(end);
        Ok([lower.min(law.interval[0]), upper.max(law.interval[1])])
    }
}
