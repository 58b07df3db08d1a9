//! What is minimised: the **sum** of Huber's ρ over the residuals of ln L.
//!
//! `f(θ) = Σ_i w_i ρ_δ(ln L_i - ln L̂_i(θ))`, with `ρ_δ(r) = r²/2` for `|r| ≤ δ` and `δ(|r| - δ/2)` beyond
//! (Huber 1964; Hoffmann et al. 2022 use δ = 1e-3). The sum and not the mean, because the value is about
//! 1e-3 already and optimisers stop on absolute changes.

mod bounds;
mod diagnosis;
mod restriction;

use std::sync::Arc;

use crate::kernel::power_sum::{BlockPass, KernelTerm, Linearisation, PowerPass, Rows, Sums, Workspace};
use crate::kernel::{BLOCK, dispatch, ln_slice, padded};
use crate::law::{Evaluation, Factor, Law, PowerSum};
use crate::{Error, Observations, Result};
pub use bounds::End;
pub(crate) use bounds::{Bound, Face};
use restriction::Restriction;
pub(crate) use restriction::Role;

/// Inputs of a law that is no sum of powers: there are not that many different ones.
const MOST_INPUTS: usize = 16;

/// How the objective reads a law.
#[derive(Debug, Clone)]
enum Form {
    /// A sum of powers on centred logs of the inputs.
    Powers(Arc<Powers>),
    /// Any law, on its inputs as they are.
    General(Arc<dyn Law>),
}

/// A sum of powers as tables for the kernel.
#[derive(Debug)]
struct Powers {
    terms: Vec<KernelTerm>,
    /// (coefficient, exponent, mean slope) of each factor: what centring moves into the coefficients.
    shifts: Vec<(usize, usize, f64)>,
}

/// A law, data and a robust loss, ready to be evaluated at any θ.
///
/// For sums of powers the inputs' logarithms are centred, which takes the condition number of the Hessian
/// from 1e7 to 1e4 on published sweeps: `theta` is then *centred*, and [`centred`](Self::centred) and
/// [`fitted`](Self::fitted) go between it and the law's own scale.
#[derive(Debug, Clone)]
pub(crate) struct Objective {
    form: Form,
    rows: Rows,
    delta: f64,
    parameters: usize,
    /// Largest absolute slope of ln L̂ that a share of 1 would have.
    steepness: f64,
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

/// Centres a column in place and pads it; returns its mean.
fn centre(column: &mut Vec<f64>, scale: f64) -> f64 {
    let mean = column.iter().sum::<f64>() / column.len() as f64;
    for x in column.iter_mut() {
        *x = scale * (*x - mean);
    }
    column.resize(padded(column.len()), 0.0);
    scale * mean
}

impl Objective {
    /// # Errors
    /// When the sweep lacks an input of the law.
    pub(crate) fn new(law: &Arc<dyn Law>, observations: &Observations, delta: f64) -> Result<Self> {
        let len = observations.len();
        let inputs = law.inputs();
        if inputs.len() > MOST_INPUTS {
            return Err(Error::Unanswerable {
                question: "fit",
                problem: format!(
                    "the law {:?} names {} inputs, more than {MOST_INPUTS}",
                    law.name(),
                    inputs.len()
                ),
                remedy: "name each input once",
            });
        }
        let inputs = inputs.iter().map(|i| i.column(observations)).collect::<Result<Vec<_>>>()?;
        let mut weight = observations.weight().map_or_else(|| vec![1.0; len], <[f64]>::to_vec);
        weight.resize(padded(len), 0.0);
        let mut ln_loss = observations.loss().to_vec();
        ln_slice(&mut ln_loss);
        ln_loss.resize(padded(len), 0.0);
        let (form, columns) = match law.as_power_sum() {
            Some(law) => powers(law, inputs),
            None => (Form::General(Arc::clone(law)), inputs.into_iter().map(repeat_last).collect()),
        };
        let mut objective = Self {
            form,
            rows: Rows { len, columns, ln_loss, weight },
            delta,
            parameters: law.parameters().len(),
            steepness: 1.0,
            roles: vec![Role::Free; law.parameters().len()],
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
            Form::Powers(_) => self.rows.columns.iter().flatten().fold(1.0f64, |most, x| most.max(x.abs())),
            Form::General(_) => 1.0,
        }
    }

    /// Number of free parameters.
    pub(crate) fn parameters(&self) -> usize {
        self.restriction.as_ref().map_or(self.parameters, Restriction::len)
    }

    pub(crate) fn delta(&self) -> f64 {
        self.delta
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
        let Some(terms) = self.terms() else { return false };
        let is_one = |j: usize| terms.iter().any(|t| t.coefficient == j);
        self.restriction
            .as_ref()
            .map_or_else(|| is_one(free), |r| r.moved(free).all(|(j, by)| by == 1.0 && is_one(j)))
    }

    pub(crate) fn workspace(&self) -> Workspace {
        Workspace::new(self.terms().map_or(0, <[_]>::len), self.parameters)
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
        if let Form::Powers(powers) = &self.form {
            for &(coefficient, exponent, mean) in &powers.shifts {
                out[coefficient] += sign * mean * theta[exponent];
            }
        }
        out
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
            Form::Powers(powers) => dispatch(PowerPass::<HESSIAN> {
                terms: &powers.terms,
                rows: &self.rows,
                theta,
                delta: self.delta,
                workspace,
                gradient,
                hessian,
            }),
            Form::General(law) => self.general_pass(law.as_ref(), theta, workspace, gradient, hessian),
        }
    }

    fn general_pass(
        &self,
        law: &dyn Law,
        theta: &[f64],
        workspace: &mut Workspace,
        gradient: &mut [f64],
        hessian: &mut [f64],
    ) -> Sums {
        gradient.fill(0.0);
        hessian.fill(0.0);
        let mut sums = Sums::default();
        // Laid out as the law writes it, with a stride of the block's length; the kernels' stride is fixed.
        let mut jacobian = std::mem::take(&mut workspace.written);
        jacobian.resize(self.parameters * BLOCK, 0.0);
        let columns = self.rows.columns.len().min(MOST_INPUTS);
        for from in (0..self.rows.ln_loss.len()).step_by(BLOCK) {
            let n = BLOCK.min(self.rows.ln_loss.len() - from);
            let mut inputs: [&[f64]; MOST_INPUTS] = [&[]; MOST_INPUTS];
            for (input, column) in inputs.iter_mut().zip(&self.rows.columns) {
                *input = &column[from..][..n];
            }
            let out = Evaluation {
                ln_loss: &mut workspace.ln_loss[..n],
                jacobian: &mut jacobian[..self.parameters * n],
            };
            law.evaluate(theta, &inputs[..columns], out);
            for j in 0..self.parameters {
                workspace.jacobian[j * BLOCK..][..n].copy_from_slice(&jacobian[j * n..][..n]);
            }
            dispatch(BlockPass {
                rows: &self.rows,
                from,
                n,
                parameters: self.parameters,
                delta: self.delta,
                workspace,
                gradient,
                hessian,
                sums: &mut sums,
            });
        }
        workspace.written = jacobian;
        sums
    }

    /// ln L - ln L̂ and ∂ ln L̂/∂θ of every padded row; the Jacobian parameter by parameter.
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
                dispatch(Linearisation { terms, rows, theta, workspace, residuals, jacobian });
            }
            Form::General(law) => {
                let inputs: Vec<&[f64]> = self.rows.columns.iter().map(Vec::as_slice).collect();
                law.evaluate(theta, &inputs, Evaluation { ln_loss: residuals, jacobian });
                for (residual, ln_loss) in residuals.iter_mut().zip(&self.rows.ln_loss) {
                    *residual = ln_loss - *residual;
                }
            }
        }
    }

    /// Largest gradient component, relative to the sum of what cancels in it.
    pub(crate) fn relative_gradient(&self, sums: Sums, gradient: &[f64]) -> f64 {
        let largest = gradient.iter().fold(0.0f64, |most, g| most.max(g.abs()));
        if largest == 0.0 { 0.0 } else { largest / (sums.slope * self.steepness) }
    }

    /// ln L - ln L̂ of every padded row.
    pub(crate) fn residuals(&self, theta: &[f64]) -> Vec<f64> {
        let rows = self.rows.ln_loss.len();
        let (mut residuals, mut jacobian) = (vec![0.0; rows], vec![0.0; rows * self.parameters]);
        self.linearise(theta, &mut self.workspace(), &mut residuals, &mut jacobian);
        residuals
    }

    /// Replaces ln L of each row by a sum.
    pub(crate) fn set_ln_loss(&mut self, fitted: &[f64], noise: &[f64]) {
        for ((ln_loss, fitted), noise) in self.rows.ln_loss.iter_mut().zip(fitted).zip(noise) {
            *ln_loss = fitted + noise;
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
        rows.ln_loss.clear();
        rows.ln_loss.extend(chosen.iter().map(|&i| from.ln_loss[i as usize]));
        rows.ln_loss.resize(size, 0.0);
        rows.weight.clear();
        rows.weight.extend(chosen.iter().map(|&i| from.weight[i as usize] * multiplicity[i as usize]));
        rows.weight.resize(size, 0.0);
    }
}

/// The kernel's tables and columns: one column for each different factor, centred.
fn powers(law: &PowerSum, inputs: Vec<Vec<f64>>) -> (Form, Vec<Vec<f64>>) {
    let mut known: Vec<(Factor, f64)> = Vec::new();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    let mut shifts = Vec::new();
    let mut terms = Vec::new();
    for term in law.terms() {
        let mut factors = Vec::new();
        for factor in &term.factors {
            let same = |(k, _): &(Factor, f64)| k.input == factor.input && k.sign == factor.sign;
            let column = known.iter().position(same).unwrap_or_else(|| {
                let mut column = inputs[law.input_index(factor.input)].clone();
                ln_slice(&mut column);
                let mean = centre(&mut column, factor.sign);
                known.push((*factor, mean));
                columns.push(column);
                columns.len() - 1
            });
            factors.push((column, factor.exponent));
            shifts.push((term.coefficient, factor.exponent, known[column].1));
        }
        terms.push(KernelTerm { coefficient: term.coefficient, factors });
    }
    (Form::Powers(Arc::new(Powers { terms, shifts })), columns)
}

/// Pads a column with its last value.
fn repeat_last(mut column: Vec<f64>) -> Vec<f64> {
    let last = column.last().copied().unwrap_or(1.0);
    column.resize(padded(column.len()), last);
    column
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Level, dispatch_at};
    use crate::law::chinchilla;

    pub(super) fn objective(delta: f64) -> Objective {
        let n: Vec<f64> = (0..300).map(|i| 1e7 * 1.02f64.powi(i % 37) * f64::from(1 + i % 5)).collect();
        let d: Vec<f64> = (0..300).map(|i| 1e9 * 1.03f64.powi(i % 53)).collect();
        let loss = (0..300)
            .map(|i| {
                let noise = 0.02 * (f64::from(i) * 1.7).sin();
                chinchilla().loss(&[1.7, 400.0, 2000.0, 0.35, 0.37], &[n[i as usize], d[i as usize]])
                    * noise.exp()
            })
            .collect();
        let law: Arc<dyn Law> = Arc::new(chinchilla());
        Objective::new(&law, &Observations::new(n, d, loss).unwrap(), delta).unwrap()
    }

    const THETA: [f64; 5] = [0.5, -0.1, -0.3, 0.36, 0.4];

    #[test]
    fn gradient_and_hessian_are_those_of_central_differences_inside_and_outside_delta() {
        // All residuals inside, about half of them, and none.
        for delta in [1.0, 0.01, 1e-7] {
            let objective = objective(delta);
            let mut workspace = objective.workspace();
            let (mut gradient, mut hessian) = (vec![0.0; 5], vec![0.0; 25]);
            let sums = objective.hessian(&THETA, &mut workspace, &mut gradient, &mut hessian);
            let mut first = vec![0.0; 5];
            assert!(
                (objective.gradient(&THETA, &mut workspace, &mut first).value / sums.value - 1.0).abs()
                    < 1e-13
            );
            for j in 0..5 {
                assert!((first[j] - gradient[j]).abs() < 1e-12 * sums.slope * objective.steepness);
                let h = 1e-6;
                let mut moved = |by: f64| {
                    let mut theta = THETA;
                    theta[j] += by;
                    let mut gradient = vec![0.0; 5];
                    (objective.gradient(&theta, &mut workspace, &mut gradient).value, gradient)
                };
                let ((up, up_slope), (down, down_slope)) = (moved(h), moved(-h));
                // Rounding of the value over 2h, and h² of the third derivative.
                let scale = sums.slope * objective.steepness;
                assert!(((up - down) / (2.0 * h) - gradient[j]).abs() < 1e-8 * scale, "delta {delta}, {j}");
                for k in 0..5 {
                    let difference = (up_slope[k] - down_slope[k]) / (2.0 * h);
                    // A residual that crosses the knee between the two points changes the slope by its share.
                    let tolerance = 1e-4 * scale.max(hessian[j * 5 + j].abs());
                    assert!((difference - hessian[j * 5 + k]).abs() < tolerance, "delta {delta}, {j}, {k}");
                }
            }
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_objective_to_rounding() {
        let objective = objective(0.01);
        let Form::Powers(powers) = &objective.form else { unreachable!("a sum of powers") };
        let at = |level: Level| {
            let (mut gradient, mut workspace) = (vec![0.0; 5], objective.workspace());
            let pass = PowerPass::<false> {
                terms: &powers.terms,
                rows: &objective.rows,
                theta: &THETA,
                delta: objective.delta,
                workspace: &mut workspace,
                gradient: &mut gradient,
                hessian: &mut [],
            };
            dispatch_at(level, pass).value
        };
        let portable = at(Level::Portable);
        assert!((at(Level::detect()) / portable - 1.0).abs() < 1e-13);
        #[cfg(target_arch = "x86_64")]
        assert!((at(Level::Avx2) / portable - 1.0).abs() < 1e-13);
    }
}
