//! Arguments about loss curves: which of their rows are fitted, and what the loss of a run is.

use nbar::{Checkpoints, LossAt, ObservationOptions, Sweep};

use crate::talk;

/// What a fit makes of loss curves.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct CurveArgs {
    /// Which rows of a run's loss curve to fit: last or all
    #[arg(long, default_value = "last")]
    pub(crate) checkpoints: Checkpoints,
    /// What the loss of a run with a curve is: last (its last row), mean-last:1% (the mean over the rows of the last 1 % of its
    /// tokens), ema:0.99 (an exponential moving average over its rows) or min (biased low)
    #[arg(long, value_name = "HOW", default_value = "last")]
    pub(crate) loss_at: LossAt,
}

impl CurveArgs {
    pub(crate) fn apply(&self, options: ObservationOptions) -> ObservationOptions {
        options.with_checkpoints(self.checkpoints).with_loss_at(self.loss_at)
    }

    /// The options, and a line on stderr where losses of runs that had not ended would be fitted as if they were final.
    pub(crate) fn said(&self, sweep: &Sweep, options: ObservationOptions) -> ObservationOptions {
        let options = self.apply(options);
        if let Some(finding) = nbar::inspect::intermediate_losses(sweep, &options) {
            talk(format!("warning: {finding}"));
        }
        options
    }
}
