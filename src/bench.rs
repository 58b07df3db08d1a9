//! What `benches/` look at and nobody else should call: the passes over the rows, one at a time, and replicates beside
//! searches of each.

use std::sync::Arc;

use crate::kernel::power_sum::Workspace;
use crate::kernel::{Kernel, dispatch, exp_slice, fma, ln_slice};
use crate::law::Law;
use crate::objective::{Coordinates, Objective, Residual, Rho};
use crate::{BootstrapOptions, Fit, Observations, Result};

/// An objective with all the buffers that its passes need.
#[derive(Debug)]
pub struct Passes {
    objective: Objective,
    workspace: Workspace,
    theta: Vec<f64>,
    gradient: Vec<f64>,
    hessian: Vec<f64>,
    residuals: Vec<f64>,
    jacobian: Vec<f64>,
}

impl Passes {
    /// At `parameters` in their own units.
    ///
    /// # Errors
    /// When the observations lack an input of the law.
    pub fn new(law: &Arc<dyn Law>, observations: &Observations, parameters: &[f64]) -> Result<Self> {
        let coordinates = Coordinates::new(law);
        let objective = Objective::new(coordinates, observations, Rho::default(), Residual::default())?;
        let (rows, p) = (objective.rows().target.len(), parameters.len());
        Ok(Self {
            workspace: objective.workspace(),
            theta: objective.coordinates().natural_to_free(parameters),
            gradient: vec![0.0; p],
            hessian: vec![0.0; p * p],
            residuals: vec![0.0; rows],
            jacobian: vec![0.0; rows * p],
            objective,
        })
    }

    /// Value and gradient; returns the value.
    pub fn gradient(&mut self) -> f64 {
        self.objective.gradient(&self.theta, &mut self.workspace, &mut self.gradient).value
    }

    /// Value, gradient and Hessian; returns the value.
    pub fn hessian(&mut self) -> f64 {
        let out = (&mut *self.gradient, &mut *self.hessian);
        self.objective.hessian(&self.theta, &mut self.workspace, out).value
    }

    /// Residuals and their Jacobian; returns the first residual.
    pub fn linearise(&mut self) -> f64 {
        let out = (&mut *self.residuals, &mut *self.jacobian);
        self.objective.linearise(&self.theta, &mut self.workspace, out);
        self.residuals[0]
    }

    /// Multiply-adds of one round of [`multiply_adds`](Self::multiply_adds).
    pub const MULTIPLY_ADDS: usize = CHAIN * CHAINS;

    /// So many rounds of multiply-adds on registers: the machine's floor.
    #[must_use]
    pub fn multiply_adds(rounds: usize) -> f64 {
        dispatch(MultiplyAdds(rounds))
    }

    /// Each value's exponential.
    pub fn exp(values: &mut [f64]) {
        exp_slice(values);
    }

    /// Each value's logarithm.
    pub fn ln(values: &mut [f64]) {
        ln_slice(values);
    }
}

struct MultiplyAdds(usize);

impl Kernel for MultiplyAdds {
    type Output = f64;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> f64 {
        // Enough independent chains to hide the latency of one.
        let mut chains = [[1.0f64; CHAIN]; CHAINS];
        for _ in 0..self.0 {
            for chain in &mut chains {
                for x in chain {
                    *x = fma::<FMA>(*x, 0.999_999, 1e-6);
                }
            }
        }
        chains.iter().flatten().sum()
    }
}

const CHAIN: usize = 8;
const CHAINS: usize = 12;

/// The objective at which each replicate ends as the bootstrap refits it, and as a search from every start does; none where
/// the end is not stationary.
///
/// # Errors
/// As for [`Fit::bootstrap`].
pub fn replicates_and_searches(fit: &Fit, options: &BootstrapOptions) -> Result<Vec<[Option<f64>; 2]>> {
    fit.replicates_and_searches(options)
}
