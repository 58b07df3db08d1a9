//! The best run of a budget at the optimum of a fit, and budgets from which on nothing is gained.

use super::limited_by::LimitedBy;
use super::limits::{Limits, Split};
use super::surface::{Reading, Surface};
use crate::{Error, Result};

/// A tenth of a budget, in ln C.
const TENTH: f64 = std::f64::consts::LN_10;
/// Runs so far from the best, in ln D, have a loss that is above its by this share of it at the least, on both sides. That is a curvature of
/// 2e-9; slopes are known to 1e-13 or better, and the best size then to 1e-4.
const APART: f64 = 0.1;
const TOLD: f64 = 1e-11;
/// How many tenths of tenths are looked at, and how often what is between is halved.
const TENTHS: usize = 60;
const HALVES: usize = 12;

impl Reading<'_> {
    /// The run of least loss of a budget, at the optimum of the fit.
    ///
    /// # Errors
    /// When the budget cannot be spent, the loss falls to the end of what is searched, or sizes far apart have one loss.
    pub(crate) fn best_of(&self, limits: &Limits, flops: f64) -> Result<Split> {
        limits.check(flops)?;
        let mut surface = self.at_optimum();
        let best = limits.best(&mut surface, flops, None);
        if surface.loss(best.params, best.tokens).is_infinite() {
            let problem = format!("the law has no loss at any split of {flops:.4e} FLOPs");
            return Err(Error::unanswerable("budget", problem, "ask for another budget, or other caps"));
        }
        if best.limit == Some(LimitedBy::Range) {
            return Err(self.no_optimum(best.end(), best.cap(limits)));
        }
        limits.check_gain(&mut surface, (flops, best))?;
        Ok(best)
    }
}

impl Limits {
    /// Refuses a budget at which sizes far apart have one loss but for rounding, which would decide on the best.
    pub(crate) fn check_gain(&self, surface: &mut Surface<'_>, (flops, best): (f64, Split)) -> Result<()> {
        if surface.separable().is_some() || self.tells(surface, flops.ln(), best) {
            return Ok(());
        }
        let repeats = surface.reads_unique_tokens();
        let mut is_told = |ln_flops: f64| {
            let (low, high) = self.range(ln_flops.exp());
            // What cannot be spent is refused as such.
            low > high || {
                let best = self.best(surface, ln_flops.exp(), None);
                self.tells(surface, ln_flops, best)
            }
        };
        let mut tenths = (1..=TENTHS).map(|tenths| flops.ln() - tenths as f64 * TENTH);
        let Some(mut enough) = tenths.find(|ln_flops| is_told(*ln_flops)) else { return Ok(()) };
        let mut too_much = enough + TENTH;
        for _ in 0..HALVES {
            let middle = 0.5 * (enough + too_much);
            *(if is_told(middle) { &mut enough } else { &mut too_much }) = middle;
        }
        let problem = format!(
            "{flops:.4e} FLOPs are more than this law gains from: sizes of a tenth more and less than the best have the same loss, to {TOLD:.0e}"
        );
        // Rounded down: what is said is asked for next.
        let unit = 10f64.powf((enough / TENTH).floor() - 1.0);
        let most = (enough.exp() / unit).floor() * unit;
        let more = if repeats { ", or give more different tokens (`unique_tokens`)" } else { "" };
        let remedy = format!("ask for {most:.1e} FLOPs or less{more}");
        Err(Error::unanswerable("budget", problem, remedy))
    }

    /// Whether the loss tells the best run of a budget from those of other sizes.
    fn tells(&self, surface: &mut Surface<'_>, ln_flops: f64, best: Split) -> bool {
        let mut ln_loss = |apart: f64| {
            let tokens = best.tokens * apart.exp();
            surface.ln_loss([self.params_of(ln_flops.exp(), tokens).ln(), tokens.ln()])
        };
        let [fewer, least, more] = [-APART, 0.0, APART].map(&mut ln_loss);
        best.limit.is_some() || (fewer - least > TOLD && more - least > TOLD)
    }
}
