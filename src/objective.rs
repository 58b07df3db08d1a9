//! What is minimised: the **sum** of Huber's ρ, or another, over the residuals of ln L, or of L.
//!
//! `f(θ) = Σ_i w_i ρ_δ(ln L_i - ln L̂_i(θ))`, with `ρ_δ(r) = r²/2` for `|r| ≤ δ` and `δ(|r| - δ/2)` beyond
//! (Huber 1964; Hoffmann et al. 2022 use δ = 1e-3). Least squares are ρ_δ with a δ beyond all residuals, least absolute
//! deviations one with a δ below all that matters, and the asymmetric ρ is ρ_δ with other weights below 0. The sum and
//! not the mean, because the value is about 1e-3 already and optimisers stop on absolute changes.

mod coordinates;
mod diagnosis;
mod general;
mod linear;
mod penalty;
mod powers;
mod prior;
mod resample;
mod rho;
mod scale;

use std::sync::Arc;

use crate::kernel::measure::{Measure, Sums};
use crate::kernel::power_sum::{KernelTerm, PowerPass, Rows, Workspace};
use crate::kernel::{dispatch, ln_slice, padded};
use crate::law::Law;
use crate::{Error, Observations, Result};
pub use coordinates::End;
pub(crate) use coordinates::{Bound, Coordinates, Face, Role};
pub(crate) use general::evaluate;
use general::scale;
pub(crate) use penalty::Penalty;
use powers::powers;
pub use prior::Prior;
pub use rho::{Residual, Rho};
pub(crate) use scale::{chi_squared, drop_scale, log_likelihood, profile_scale};

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
    Powers(Arc<[KernelTerm]>),
    /// Any law, on its inputs, each in the unit of this size.
    General(Arc<dyn Law>, Arc<[f64]>),
}

/// A law, data and a robust loss, ready to be evaluated at any z: what a pass takes are free [`Coordinates`].
///
/// For sums of powers the inputs' logarithms are centred, which takes the condition number of the Hessian
/// from 1e7 to 1e4 on published sweeps, and for other laws those whose unit a parameter takes up
/// ([`Parameter::takes_up`](crate::law::Parameter::takes_up)).
#[derive(Debug, Clone)]
pub(crate) struct Objective {
    form: Form,
    rows: Rows,
    pub(crate) rho: Rho,
    measure: Measure,
    /// Size of what residuals are taken from: 1 for ln L, the mean L for L.
    size: f64,
    /// Largest absolute slope of ln L̂ (on L, of L̂ at the mean) that a share of 1 would have.
    steepness: f64,
    coordinates: Coordinates,
    /// φ, by which priors count in units of Σ w ρ.
    phi: f64,
    /// Buffer of [`resample`](Self::resample).
    chosen: Vec<u32>,
}

impl Objective {
    /// # Errors
    /// When the sweep lacks an input of the law.
    pub(crate) fn new(
        mut coordinates: Coordinates,
        observations: &Observations,
        rho: Rho,
        residual: Residual,
    ) -> Result<Self> {
        let (len, law) = (observations.len(), Arc::clone(coordinates.law()));
        let spec = law.spec();
        let count = spec.layout().count();
        if count > MOST_INPUTS {
            let problem = format!("the law {:?} names {count} inputs, more than {MOST_INPUTS}", spec.name);
            return Err(Error::unanswerable("fit", problem, "name each input once"));
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
        let (form, shifts, columns) = match law.as_power_sum() {
            Some(table) => {
                let (terms, shifts, columns) = powers(table, observations, inputs)?;
                (Form::Powers(terms.into()), shifts, columns)
            }
            None => {
                let mut columns: Vec<Vec<f64>> = inputs.into_iter().map(repeat_last).collect();
                let (units, shifts) = scale(spec, &mut columns);
                (Form::General(Arc::clone(&law), units.into()), shifts, columns)
            }
        };
        coordinates.centre(shifts);
        let mut objective = Self {
            form,
            rows: Rows { len, columns, target, weight },
            rho,
            measure: Measure { delta, below, on_loss },
            size,
            steepness: 1.0,
            coordinates,
            phi: 0.0,
            chosen: Vec::new(),
        };
        objective.set_steepness();
        Ok(objective)
    }

    /// Largest absolute slope of ln L̂ in any free parameter that a share of 1 would have: a coefficient that moves with
    /// exponents adds to that in them.
    fn set_steepness(&mut self) {
        let own = match &self.form {
            Form::Powers(terms) => {
                let factors = terms.iter().flat_map(|term| &term.factors);
                let slopes = factors.flat_map(|(column, _)| &self.rows.columns[*column]);
                self.size * slopes.fold(1.0f64, |most, x| most.max(x.abs()))
            }
            Form::General(..) => 1.0,
        };
        self.steepness = own * self.coordinates.stretch();
    }

    /// What the passes are functions of.
    pub(crate) fn coordinates(&self) -> &Coordinates {
        &self.coordinates
    }

    /// Holds parameters (place, fitted value) besides those that are fixed: what is minimised from now on are the others.
    pub(crate) fn hold(&mut self, held: &[(usize, f64)]) {
        self.coordinates.hold(held);
        self.set_steepness();
    }

    /// The same with a face's parameters held there; the others start within their bounds and end where they like.
    pub(crate) fn on(&self, face: &[(Bound, End)]) -> Self {
        let mut on = Self { coordinates: self.coordinates.on(face), ..self.clone() };
        if !face.is_empty() {
            on.set_steepness();
        }
        on
    }

    /// The same with every `stride`-th row.
    pub(crate) fn share(&self, stride: usize) -> Self {
        let len = self.rows.len.div_ceil(stride);
        let every = |column: &[f64], rest: f64| {
            let mut some: Vec<f64> = column[..self.rows.len].iter().step_by(stride).copied().collect();
            some.resize(padded(len), rest);
            some
        };
        // Any valid input does for rows of weight 0.
        let columns = self.rows.columns.iter().map(|column| every(column, column[0])).collect();
        let (target, weight) = (every(&self.rows.target, 0.0), every(&self.rows.weight, 0.0));
        let rows = Rows { len, columns, target, weight };
        let (form, coordinates) = (self.form.clone(), self.coordinates.clone());
        let phi = self.phi / stride as f64;
        Self { form, rows, coordinates, phi, chosen: Vec::new(), ..*self }
    }

    /// The same without bounds.
    pub(crate) fn unbounded(&self) -> Self {
        Self { coordinates: self.coordinates.unbounded(), ..self.clone() }
    }

    /// The same with what has a prior held at the prior's centre; none where nothing has.
    pub(crate) fn at_centres(&self) -> Option<Self> {
        let held = self.coordinates.at_centres()?;
        let mut at = self.clone();
        at.hold(&held);
        Some(at)
    }

    /// Number of free parameters.
    pub(crate) fn parameters(&self) -> usize {
        self.coordinates.free().len()
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

    /// What is reported for a minimum: with Σ w |r| for least absolute deviations, else the value itself.
    pub(crate) fn reported(&self, theta: &[f64], value: f64) -> f64 {
        if self.rho != Rho::Laplace {
            return value;
        }
        let sum: f64 = self.residuals(theta).iter().zip(&self.rows.weight).map(|(r, w)| w * r.abs()).sum();
        sum + self.penalty_times(theta, 1.0).value
    }

    pub(crate) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The terms of a sum of powers; none for other laws.
    pub(crate) fn terms(&self) -> Option<&[KernelTerm]> {
        match &self.form {
            Form::Powers(terms) => Some(terms),
            Form::General(..) => None,
        }
    }

    /// A workspace at the end of the way to least absolute deviations; [`workspace`](Self::workspace) is at its start.
    pub(crate) fn last_workspace(&self) -> Workspace {
        let mut workspace = self.workspace();
        workspace.softening = 1.0;
        workspace
    }

    pub(crate) fn workspace(&self) -> Workspace {
        let mut workspace = Workspace::new(self.terms().map_or(0, <[_]>::len), self.coordinates.len());
        workspace.softening = self.continuation()[0];
        workspace
    }

    /// Σ w ρ and its gradient at z.
    pub(crate) fn gradient(&self, theta: &[f64], workspace: &mut Workspace, gradient: &mut [f64]) -> Sums {
        self.pass::<false>(theta, workspace, (gradient, &mut []))
    }

    /// Σ w ρ, its gradient and its Hessian (Gauss-Newton for laws that are no sum of powers).
    pub(crate) fn hessian(
        &self,
        theta: &[f64],
        workspace: &mut Workspace,
        (gradient, hessian): (&mut [f64], &mut [f64]),
    ) -> Sums {
        let sums = self.pass::<true>(theta, workspace, (gradient, hessian));
        let parameters = self.parameters();
        for i in 0..parameters {
            for j in 0..i {
                hessian[i * parameters + j] = hessian[j * parameters + i];
            }
        }
        sums
    }

    /// What the rows and the priors sum up.
    fn pass<const HESSIAN: bool>(
        &self,
        theta: &[f64],
        workspace: &mut Workspace,
        (gradient, hessian): (&mut [f64], &mut [f64]),
    ) -> Sums {
        let mut sums = self.row_pass::<HESSIAN>(theta, workspace, (&mut *gradient, &mut *hessian));
        let penalty = self.penalty(theta, workspace);
        sums.value += penalty.value;
        workspace.pulls.clear();
        for pull in penalty.pulls {
            gradient[pull.free] += pull.slope;
            if HESSIAN {
                hessian[pull.free * (theta.len() + 1)] += pull.curvature;
            }
            workspace.pulls.push((pull.free, pull.size, pull.curvature));
        }
        sums
    }

    fn row_pass<const HESSIAN: bool>(
        &self,
        theta: &[f64],
        workspace: &mut Workspace,
        (gradient, hessian): (&mut [f64], &mut [f64]),
    ) -> Sums {
        let Some(restriction) = self.coordinates.restriction() else {
            return self.whole_pass::<HESSIAN>(theta, workspace, (gradient, hessian));
        };
        let p = self.coordinates.len();
        let (mut whole, mut curvature) = (vec![0.0; p], vec![0.0; if HESSIAN { p * p } else { 0 }]);
        let theta = restriction.expand(theta);
        let sums = self.whole_pass::<HESSIAN>(&theta, workspace, (&mut whole, &mut curvature));
        restriction.pull_gradient(&whole, gradient);
        if HESSIAN {
            restriction.pull_hessian(&curvature, hessian);
        }
        sums
    }

    fn whole_pass<const HESSIAN: bool>(
        &self,
        theta: &[f64],
        workspace: &mut Workspace,
        (gradient, hessian): (&mut [f64], &mut [f64]),
    ) -> Sums {
        let terms = match &self.form {
            Form::Powers(terms) => terms,
            Form::General(law, _) => return self.general_pass(&**law, theta, workspace, (gradient, hessian)),
        };
        let (rows, measure) = (&self.rows, self.measure(workspace));
        if measure.is_plain() {
            dispatch(PowerPass::<HESSIAN, true> { terms, rows, theta, measure, workspace, gradient, hessian })
        } else {
            dispatch(PowerPass::<HESSIAN, false> {
                terms,
                rows,
                theta,
                measure,
                workspace,
                gradient,
                hessian,
            })
        }
    }

    /// Largest gradient component, relative to the sum of what cancels in it; `workspace` is that of the last pass.
    pub(crate) fn relative_gradient(&self, sums: Sums, gradient: &[f64], workspace: &Workspace) -> f64 {
        if let Form::General(..) = self.form {
            return self.general_relative_gradient(sums, gradient, workspace);
        }
        let relative = |(a, g): (usize, &f64)| {
            if *g == 0.0 { 0.0 } else { g.abs() / (sums.slope * self.steepness + workspace.pulled(a)) }
        };
        gradient.iter().enumerate().map(relative).fold(0.0, f64::max)
    }

    /// How the objective falls on the way from a face into the box, at z on it: of each parameter that is held, the
    /// derivative inward, relative to what cancels in it. Negative: it falls, and z is no minimum.
    pub(crate) fn slopes_inward(&self, face: &[(Bound, End)], z: &[f64]) -> Vec<f64> {
        let centred = self.coordinates.free_to_centred(z);
        let slope = |i: usize| {
            let others: Face = [&face[..i], &face[i + 1..]].concat();
            let (freed, (bound, end)) = (self.on(&others), face[i]);
            let mut gradient = vec![0.0; freed.parameters()];
            let start = freed.coordinates.centred_to_free(&centred);
            let mut workspace = freed.last_workspace();
            let sums = freed.gradient(&start, &mut workspace, &mut gradient);
            let place = freed.coordinates.free().iter().position(|place| *place == bound.place);
            let along = place.map_or(0.0, |place| gradient[place]);
            let inward = if end == End::Lower { along } else { -along };
            let pulled = place.map_or(0.0, |place| workspace.pulled(place));
            if inward == 0.0 { 0.0 } else { inward / (sums.slope * freed.steepness + pulled) }
        };
        (0..face.len()).map(slope).collect()
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
