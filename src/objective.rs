//! What is minimised: the **sum** of Huber's ρ, or another, over the residuals of ln L, or of L.
//!
//! `f(θ) = Σ_i w_i ρ_δ(ln L_i - ln L̂_i(θ))`, with `ρ_δ(r) = r²/2` for `|r| ≤ δ` and `δ(|r| - δ/2)` beyond
//! (Huber 1964; Hoffmann et al. 2022 use δ = 1e-3). Least squares are ρ_δ with a δ beyond all residuals, least absolute
//! deviations one with a δ below all that matters, and the asymmetric ρ is ρ_δ with other weights below 0. The sum and not the mean, because the value is about
//! 1e-3 already and optimisers stop on absolute changes.

mod bounds;
mod diagnosis;
mod general;
mod powers;
mod restriction;
mod rho;

use std::sync::Arc;

use crate::kernel::measure::{Measure, Sums};
use crate::kernel::power_sum::{KernelTerm, Linearisation, PowerPass, Rows, Workspace};
use crate::kernel::{dispatch, ln_slice, padded};
use crate::law::Law;
use crate::{Error, Observations, Result};
pub use bounds::End;
pub(crate) use bounds::{Bound, Face};
pub(crate) use general::evaluate;
use general::{Scaled, scale};
use powers::{Powers, powers};
use restriction::Restriction;
pub(crate) use restriction::Role;
pub use rho::{Residual, Rho};

/// Inputs of a law that is no sum of powers: there are not that many different ones.
const MOST_INPUTS: usize = 32;
/// δ of least squares: beyond all residuals.
const BEYOND_ALL: f64 = f64::MAX;
/// δ of least absolute deviations, in units of ln L, or of the mean L.
const NEXT_TO_NOTHING: f64 = 1e-8;
/// The way there: what δ is multiplied by, each fit starting from the one before.
const CONTINUATION: [f64; 6] = [1e5, 1e4, 1e3, 1e2, 1e1, 1.0];

/// How the objective reads a law.
#[derive(Debug, Clone)]
enum Form {
    /// A sum of powers on centred logs of the inputs.
    Powers(Arc<Powers>),
    /// Any law, on its inputs in the units that it takes up.
    General(Arc<dyn Law>),
}

/// A law, data and a robust loss, ready to be evaluated at any θ.
///
/// For sums of powers the inputs' logarithms are centred, which takes the condition number of the Hessian
/// from 1e7 to 1e4 on published sweeps, and for other laws those whose unit a parameter takes up ([`Parameter::takes_up`](crate::law::Parameter::takes_up)): `theta` is then *centred*, and [`centred`](Self::centred) and
/// [`fitted`](Self::fitted) go between it and the law's own scale.
#[derive(Debug, Clone)]
pub(crate) struct Objective {
    form: Form,
    rows: Rows,
    rho: Rho,
    measure: Measure,
    /// Size of what residuals are taken from: 1 for ln L, the mean L for L.
    size: f64,
    parameters: usize,
    /// Largest absolute slope of ln L̂ (on L, of L̂ at the mean) that a share of 1 would have.
    steepness: f64,
    /// The range over which each parameter is searched, on its fitted scale; 1 for sums of powers.
    units: Vec<f64>,
    /// The units in which a law that is no sum of powers gets its inputs.
    scaled: Arc<Scaled>,
    /// What each parameter is but for those that a profile holds.
    roles: Vec<Role>,
    /// Which parameters are free, if not all.
    restriction: Option<Restriction>,
    /// What is held besides what is fixed: (place, value on the law's own fitted scale).
    held: Vec<(usize, f64)>,
    /// Within which starts are laid.
    bounds: Vec<Bound>,
    /// Whether minima, too, have to lie within the bounds.
    confined: bool,
    /// Buffer of [`resample`](Self::resample).
    chosen: Vec<u32>,
}

impl Objective {
    /// # Errors
    /// When the sweep lacks an input of the law.
    pub(crate) fn new(
        law: &Arc<dyn Law>,
        observations: &Observations,
        rho: Rho,
        residual: Residual,
    ) -> Result<Self> {
        let len = observations.len();
        let spec = law.spec();
        let count = spec.layout().count();
        if count > MOST_INPUTS {
            return Err(Error::unanswerable(
                "fit",
                format!("the law {:?} names {count} inputs, more than {MOST_INPUTS}", spec.name),
                "name each input once",
            ));
        }
        let inputs = spec.columns(observations)?;
        let mut weight = observations.weight().map_or_else(|| vec![1.0; len], <[f64]>::to_vec);
        weight.resize(padded(len), 0.0);
        let on_loss = residual == Residual::Loss;
        let mut target = observations.loss().to_vec();
        let size = if on_loss { target.iter().sum::<f64>() / len.max(1) as f64 } else { 1.0 };
        if !on_loss {
            ln_slice(&mut target);
        }
        target.resize(padded(len), 0.0);
        let (delta, below) = match rho {
            Rho::Huber { delta } => (delta, 1.0),
            Rho::Squared => (BEYOND_ALL, 1.0),
            Rho::Laplace => (NEXT_TO_NOTHING * size, 1.0),
            Rho::Asymmetric { factor, delta } => (delta, factor),
        };
        let (mut scaled, mut units) = (Scaled::default(), vec![1.0; spec.parameters.len()]);
        let (form, columns) = match law.as_power_sum() {
            Some(table) => powers(table, observations, inputs)?,
            None => {
                let mut columns: Vec<Vec<f64>> = inputs.into_iter().map(repeat_last).collect();
                scaled = scale(spec, &mut columns);
                units = general::units(spec);
                (Form::General(Arc::clone(law)), columns)
            }
        };
        let mut objective = Self {
            form,
            rows: Rows { len, columns, target, weight },
            rho,
            measure: Measure { delta, below, on_loss },
            size,
            parameters: spec.parameters.len(),
            steepness: 1.0,
            units,
            scaled: Arc::new(scaled),
            roles: vec![Role::Free; spec.parameters.len()],
            restriction: None,
            held: Vec::new(),
            bounds: Vec::new(),
            confined: false,
            chosen: Vec::new(),
        };
        objective.steepness = objective.own_steepness();
        Ok(objective)
    }

    /// Largest absolute slope of ln L̂ in any parameter that a share of 1 would have.
    fn own_steepness(&self) -> f64 {
        match &self.form {
            Form::Powers(powers) => {
                let factors = powers.terms.iter().flat_map(|term| &term.factors);
                let slopes = factors.flat_map(|(column, _)| &self.rows.columns[*column]);
                self.size * slopes.fold(1.0f64, |most, x| most.max(x.abs()))
            }
            Form::General(_) => 1.0,
        }
    }

    /// Number of free parameters.
    pub(crate) fn parameters(&self) -> usize {
        self.restriction.as_ref().map_or(self.parameters, Restriction::len)
    }

    /// What a residual counts for, on the way to least absolute deviations as far as `workspace` has come.
    pub(crate) fn measure(&self, workspace: &Workspace) -> Measure {
        Measure { delta: self.measure.delta * workspace.softening, ..self.measure }
    }

    /// What δ is multiplied by, one fit after the other.
    pub(crate) fn continuation(&self) -> &'static [f64] {
        if self.rho == Rho::Laplace { &CONTINUATION } else { &[1.0] }
    }

    /// Whether residuals are differences of L, and not of ln L.
    pub(crate) fn on_loss(&self) -> bool {
        self.measure.on_loss
    }

    /// The size of a residual that is as large as what it is taken from: 1 for ln L, the mean L for L.
    pub(crate) fn size(&self) -> f64 {
        self.size
    }

    /// What is reported for a minimum: Σ w |r| for least absolute deviations, else the value itself.
    pub(crate) fn reported(&self, theta: &[f64], value: f64) -> f64 {
        if self.rho != Rho::Laplace {
            return value;
        }
        self.residuals(theta).iter().zip(&self.rows.weight).map(|(r, w)| w * r.abs()).sum()
    }

    pub(crate) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The terms of a sum of powers; none for other laws.
    pub(crate) fn terms(&self) -> Option<&[KernelTerm]> {
        match &self.form {
            Form::Powers(powers) => Some(&powers.terms),
            Form::General(_) => None,
        }
    }

    /// Whether a free parameter is the logarithm of a factor of coefficients alone, in which L̂ is linear.
    pub(crate) fn is_coefficient(&self, free: usize) -> bool {
        let is_one = |j: usize| match &self.form {
            Form::Powers(powers) => powers.terms.iter().any(|t| t.coefficient == j),
            Form::General(law) => law.spec().parameters[j].is_coefficient,
        };
        self.restriction
            .as_ref()
            .map_or_else(|| is_one(free), |r| r.moved(free).all(|(j, by)| by == 1.0 && is_one(j)))
    }

    /// A workspace at the end of the way to least absolute deviations; [`workspace`](Self::workspace) is at its start.
    pub(crate) fn last_workspace(&self) -> Workspace {
        let mut workspace = self.workspace();
        workspace.softening = 1.0;
        workspace
    }

    pub(crate) fn workspace(&self) -> Workspace {
        let mut workspace = Workspace::new(self.terms().map_or(0, <[_]>::len), self.parameters);
        workspace.softening = self.continuation()[0];
        workspace
    }

    /// From the law's scale to the one on which the objective is evaluated.
    pub(crate) fn centred(&self, fitted: &[f64]) -> Vec<f64> {
        self.shifted(fitted, 1.0)
    }

    /// From the scale on which the objective is evaluated to the law's.
    pub(crate) fn fitted(&self, centred: &[f64]) -> Vec<f64> {
        self.uncentred(&self.whole(centred))
    }

    /// The same from all parameters, held or not.
    pub(crate) fn uncentred(&self, whole: &[f64]) -> Vec<f64> {
        self.shifted(whole, -1.0)
    }

    fn shifted(&self, theta: &[f64], sign: f64) -> Vec<f64> {
        let mut out = theta.to_vec();
        for &(coefficient, exponent, mean) in self.shifts() {
            out[coefficient] += sign * mean * theta[exponent];
        }
        out
    }

    /// What centring does: (coefficient, exponent, by how many times the exponent the coefficient's logarithm is raised).
    fn shifts(&self) -> &[(usize, usize, f64)] {
        match &self.form {
            Form::Powers(powers) => &powers.shifts,
            Form::General(_) => &self.scaled.shifts,
        }
    }

    /// Σ w ρ and its gradient at a centred θ.
    pub(crate) fn gradient(&self, theta: &[f64], workspace: &mut Workspace, gradient: &mut [f64]) -> Sums {
        self.pass::<false>(theta, workspace, gradient, &mut [])
    }

    /// Σ w ρ, its gradient and its Hessian (Gauss-Newton for laws that are no sum of powers).
    pub(crate) fn hessian(
        &self,
        theta: &[f64],
        workspace: &mut Workspace,
        gradient: &mut [f64],
        hessian: &mut [f64],
    ) -> Sums {
        let sums = self.pass::<true>(theta, workspace, gradient, hessian);
        let parameters = self.parameters();
        for i in 0..parameters {
            for j in 0..i {
                hessian[i * parameters + j] = hessian[j * parameters + i];
            }
        }
        sums
    }

    fn pass<const HESSIAN: bool>(
        &self,
        theta: &[f64],
        workspace: &mut Workspace,
        gradient: &mut [f64],
        hessian: &mut [f64],
    ) -> Sums {
        match &self.restriction {
            None => self.whole_pass::<HESSIAN>(theta, workspace, gradient, hessian),
            Some(held) => self.restricted_pass::<HESSIAN>(held, theta, workspace, gradient, hessian),
        }
    }

    fn whole_pass<const HESSIAN: bool>(
        &self,
        theta: &[f64],
        workspace: &mut Workspace,
        gradient: &mut [f64],
        hessian: &mut [f64],
    ) -> Sums {
        match &self.form {
            Form::Powers(powers) => {
                let (terms, rows, measure) = (&powers.terms, &self.rows, self.measure(workspace));
                if measure.is_plain() {
                    let pass = PowerPass::<HESSIAN, true> {
                        terms,
                        rows,
                        theta,
                        measure,
                        workspace,
                        gradient,
                        hessian,
                    };
                    dispatch(pass)
                } else {
                    let pass = PowerPass::<HESSIAN, false> {
                        terms,
                        rows,
                        theta,
                        measure,
                        workspace,
                        gradient,
                        hessian,
                    };
                    dispatch(pass)
                }
            }
            Form::General(law) => self.general_pass(law.as_ref(), theta, workspace, gradient, hessian),
        }
    }

    /// ln L - ln L̂ and ∂ ln L̂/∂θ of every padded row (on L: L - L̂ and ∂L̂/∂θ); the Jacobian parameter by parameter.
    pub(crate) fn linearise(
        &self,
        theta: &[f64],
        workspace: &mut Workspace,
        residuals: &mut [f64],
        jacobian: &mut [f64],
    ) {
        let Some(restriction) = &self.restriction else {
            return self.linearise_whole(theta, workspace, residuals, jacobian);
        };
        let mut whole = vec![0.0; residuals.len() * self.parameters];
        self.linearise_whole(&restriction.expand(theta), workspace, residuals, &mut whole);
        self.restrict_jacobian(restriction, &whole, jacobian);
    }

    fn linearise_whole(
        &self,
        theta: &[f64],
        workspace: &mut Workspace,
        residuals: &mut [f64],
        jacobian: &mut [f64],
    ) {
        match &self.form {
            Form::Powers(powers) => {
                let (terms, rows) = (&powers.terms, &self.rows);
                let on_loss = self.on_loss();
                dispatch(Linearisation { terms, rows, theta, on_loss, workspace, residuals, jacobian });
            }
            Form::General(law) => self.general_linearise(law.as_ref(), theta, residuals, jacobian),
        }
    }

    /// Largest gradient component, relative to the sum of what cancels in it; `workspace` is that of the last pass.
    pub(crate) fn relative_gradient(&self, sums: Sums, gradient: &[f64], workspace: &Workspace) -> f64 {
        if let Form::General(_) = self.form {
            return self.general_relative_gradient(sums, gradient, workspace);
        }
        let largest = gradient.iter().fold(0.0f64, |most, g| most.max(g.abs()));
        if largest == 0.0 { 0.0 } else { largest / (sums.slope * self.steepness) }
    }

    /// ln L - ln L̂, or L - L̂, of every padded row.
    pub(crate) fn residuals(&self, theta: &[f64]) -> Vec<f64> {
        let rows = self.rows.target.len();
        let (mut residuals, mut jacobian) = (vec![0.0; rows], vec![0.0; rows * self.parameters]);
        self.linearise(theta, &mut self.workspace(), &mut residuals, &mut jacobian);
        residuals
    }

    /// Replaces ln L, or L, of each row by a sum.
    pub(crate) fn set_target(&mut self, fitted: &[f64], noise: &[f64]) {
        for ((target, fitted), noise) in self.rows.target.iter_mut().zip(fitted).zip(noise) {
            *target = fitted + noise;
        }
    }

    /// Puts into `into` the rows whose multiplicity is not 0, their weights multiplied by it.
    pub(crate) fn resample(&self, multiplicity: &[f64], into: &mut Objective) {
        let from = &self.rows;
        let Objective { rows, chosen, .. } = into;
        // Every row is written and kept only if it counts: a branch would be mispredicted every other time.
        chosen.resize(multiplicity.len(), 0);
        let mut len = 0;
        for (i, count) in multiplicity.iter().enumerate() {
            chosen[len] = i as u32;
            len += usize::from(*count > 0.0);
        }
        let chosen = &chosen[..len];
        rows.len = len;
        let size = padded(len);
        for (column, source) in rows.columns.iter_mut().zip(&from.columns) {
            column.clear();
            column.extend(chosen.iter().map(|&i| source[i as usize]));
            // Any valid input does for rows of weight 0.
            column.resize(size, source[0]);
        }
        rows.target.clear();
        rows.target.extend(chosen.iter().map(|&i| from.target[i as usize]));
        rows.target.resize(size, 0.0);
        rows.weight.clear();
        rows.weight.extend(chosen.iter().map(|&i| from.weight[i as usize] * multiplicity[i as usize]));
        rows.weight.resize(size, 0.0);
    }
}

/// Pads a column with its last value.
fn repeat_last(mut column: Vec<f64>) -> Vec<f64> {
    let last = column.last().copied().unwrap_or(1.0);
    column.resize(padded(column.len()), last);
    column
}

#[cfg(test)]
mod tests;
