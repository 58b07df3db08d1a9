//! The objective near a point: residuals and their slopes.

use super::{Form, Objective};
use crate::kernel::dispatch;
use crate::kernel::power_sum::{Linearisation, Workspace};

impl Objective {
    /// ln L - ln L̂ and ∂ ln L̂/∂θ of every padded row (on L: L - L̂ and ∂L̂/∂θ); the Jacobian parameter by parameter.
    pub(crate) fn linearise(
        &self,
        theta: &[f64],
        workspace: &mut Workspace,
        (residuals, jacobian): (&mut [f64], &mut [f64]),
    ) {
        let Some(restriction) = self.coordinates.restriction() else {
            return self.linearise_whole(theta, workspace, (residuals, jacobian));
        };
        let mut whole = vec![0.0; residuals.len() * self.coordinates.len()];
        self.linearise_whole(&restriction.expand(theta), workspace, (residuals, &mut whole));
        restriction.pull_jacobian(&whole, residuals.len(), jacobian);
    }

    fn linearise_whole(
        &self,
        theta: &[f64],
        workspace: &mut Workspace,
        (residuals, jacobian): (&mut [f64], &mut [f64]),
    ) {
        match &self.form {
            Form::Powers(terms) => {
                let (rows, on_loss) = (&self.rows, self.on_loss());
                dispatch(Linearisation { terms, rows, theta, on_loss, workspace, residuals, jacobian });
            }
            Form::General(law, _) => self.general_linearise(&**law, theta, (residuals, jacobian)),
        }
    }

    /// The same in new buffers.
    pub(crate) fn linearised(&self, theta: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let rows = self.rows.target.len();
        let (mut residuals, mut jacobian) = (vec![0.0; rows], vec![0.0; rows * self.parameters()]);
        self.linearise(theta, &mut self.workspace(), (&mut residuals, &mut jacobian));
        (residuals, jacobian)
    }

    /// ln L - ln L̂, or L - L̂, of every padded row.
    pub(crate) fn residuals(&self, theta: &[f64]) -> Vec<f64> {
        self.linearised(theta).0
    }
}
