//! Laws that are no sum of powers: any formula that writes its values and derivatives.

use std::f64::consts::LN_2;

use super::{Form, MOST_INPUTS, Objective};
use crate::kernel::measure::Sums;
use crate::kernel::power_sum::{BlockPass, Workspace};
use crate::kernel::{BLOCK, dispatch, dot_slices, exp_slice, ln_slice};
use crate::law::{Evaluation, Kind, Law, LawSpec, Response, Scale, Units};

/// Step of a difference of derivatives, in units of a parameter: rounding over the step is 1e-9 then, the step times third
/// derivatives less than 1e-4 of the second.
const DIFFERENCE: f64 = 1e-7;

/// Measures inputs in units of about their geometric mean, where the law takes up units: powers of 2, so that nothing is
/// rounded. Returns the unit u of each input, and for each that is taken up (coefficient, exponent, -ln u).
pub(super) fn scale(law: &LawSpec, columns: &mut [Vec<f64>]) -> (Vec<f64>, Vec<(usize, usize, f64)>) {
    let (mut units, mut shifts) = (vec![1.0; columns.len()], Vec::new());
    for (coefficient, parameter) in law.parameters.iter().enumerate() {
        let Some(Units { inputs, exponent }) = &parameter.takes_up else { continue };
        let layout = law.layout().enumerate();
        let taken = layout.filter(|(_, (input, kind))| inputs.contains(input) && *kind != Kind::Share);
        let places: Vec<usize> = taken.map(|(place, _)| place).collect();
        let Some(first) = places.first() else { continue };
        let logs = columns[*first].iter().map(|x| x.log2());
        let doublings = (logs.sum::<f64>() / columns[*first].len() as f64).round();
        if !doublings.is_finite() || *exponent >= law.parameters.len() {
            continue;
        }
        for place in places {
            units[place] = doublings.exp2();
            columns[place].iter_mut().for_each(|x| *x *= (-doublings).exp2());
        }
        shifts.push((coefficient, *exponent, -doublings * LN_2));
    }
    (units, shifts)
}

/// From what a law writes to what residuals are taken of, in place: ln L̂ or L̂, and its derivatives.
pub(crate) fn respond(response: Response, on_loss: bool, values: &mut [f64], jacobian: &mut [f64]) {
    let rows = values.len();
    match (response, on_loss) {
        (Response::LnLoss, true) => {
            exp_slice(values);
            for column in jacobian.chunks_mut(rows) {
                column.iter_mut().zip(&*values).for_each(|(slope, loss)| *slope *= loss);
            }
        }
        (Response::Loss, false) => {
            for column in jacobian.chunks_mut(rows) {
                column.iter_mut().zip(&*values).for_each(|(slope, loss)| *slope /= loss);
            }
            // Of a negative loss there is no logarithm: the objective is not a number, and the point is refused.
            if values.iter().all(|value| value.is_normal() && *value > 0.0) {
                ln_slice(values);
            } else {
                values.iter_mut().for_each(|value| *value = value.ln());
            }
        }
        _ => {}
    }
}

/// What residuals are taken of at `theta`, ln L̂ or L̂, and its derivatives, whatever the law writes.
pub(crate) fn evaluate(
    law: &dyn Law,
    theta: &[f64],
    inputs: &[&[f64]],
    on_loss: bool,
    (values, jacobian): (&mut [f64], &mut [f64]),
) {
    law.evaluate(theta, inputs, Evaluation { ln_loss: values, jacobian });
    respond(law.spec().response, on_loss, values, jacobian);
}

impl Objective {
    /// The inputs of a law that is no sum of powers, in their own units.
    pub(crate) fn own_inputs(&self) -> Vec<Vec<f64>> {
        let Form::General(_, units) = &self.form else { return Vec::new() };
        let columns = self.rows.columns.iter().zip(&**units);
        columns.map(|(column, unit)| column[..self.rows.len].iter().map(|x| x * unit).collect()).collect()
    }

    pub(super) fn general_pass(
        &self,
        law: &dyn Law,
        theta: &[f64],
        workspace: &mut Workspace,
        (gradient, hessian): (&mut [f64], &mut [f64]),
    ) -> Sums {
        let parameters = &law.spec().parameters;
        gradient.fill(0.0);
        hessian.fill(0.0);
        let mut sums = Sums::default();
        for (steepness, parameter) in workspace.steepness.iter_mut().zip(parameters) {
            // A coefficient moves ln L̂ by its term's share of it; that of a term that vanishes is to be small beside 1.
            *steepness = if parameter.scale == Scale::Log { self.size } else { 0.0 };
        }
        for from in (0..self.rows.target.len()).step_by(BLOCK) {
            let n = BLOCK.min(self.rows.target.len() - from);
            let mut inputs = [&[][..]; MOST_INPUTS];
            let inputs = self.inputs(from, n, &mut inputs);
            let out = (&mut workspace.ln_loss[..n], &mut workspace.jacobian[..parameters.len() * n]);
            evaluate(law, theta, inputs, self.on_loss(), out);
            dispatch(BlockPass {
                rows: &self.rows,
                from,
                n,
                measure: self.measure(workspace),
                workspace,
                gradient,
                hessian,
                sums: &mut sums,
            });
            if workspace.whole_hessian && !hessian.is_empty() {
                self.second_derivatives(law, (theta, inputs), n, workspace, hessian);
            }
        }
        sums
    }

    /// What a law reads of some rows.
    fn inputs<'a, 'b>(
        &'a self,
        from: usize,
        n: usize,
        into: &'b mut [&'a [f64]; MOST_INPUTS],
    ) -> &'b [&'a [f64]] {
        let columns = &self.rows.columns;
        into.iter_mut().zip(columns).for_each(|(input, column)| *input = &column[from..][..n]);
        &into[..columns.len()]
    }

    /// Adds `-Σ ψ ∂² ln L̂` to the Hessian's upper triangle, from differences of what the law writes: ψ is held, so that no kink
    /// of ρ lies between the two points.
    fn second_derivatives(
        &self,
        law: &dyn Law,
        (theta, inputs): (&[f64], &[&[f64]]),
        n: usize,
        workspace: &mut Workspace,
        hessian: &mut [f64],
    ) {
        let p = self.coordinates.len();
        let Workspace { jacobian, slope, beside, .. } = workspace;
        let (jacobian, slope) = (&jacobian[..p * n], &slope[..n]);
        beside.resize((p + 1) * BLOCK + p, 0.0);
        let (moved, rest) = beside.split_at_mut(p);
        let (values, rest) = rest.split_at_mut(n);
        let written = &mut rest[..p * n];
        moved.copy_from_slice(theta);
        let mut add = |j: usize, k: usize, value: f64| hessian[j.min(k) * p + j.max(k)] -= value;
        for j in (0..p).filter(|j| self.coordinates.moves(*j)) {
            moved[j] += DIFFERENCE * self.coordinates.units()[j];
            let step = moved[j] - theta[j];
            evaluate(law, moved, inputs, self.on_loss(), (&mut *values, &mut *written));
            moved[j] = theta[j];
            written.iter_mut().zip(jacobian).for_each(|(up, down)| *up -= down);
            for (k, change) in written.chunks_exact(n).enumerate() {
                // Both orders of a mixed derivative are there: their mean. Of the diagonal the one.
                let part = if k == j { 1.0 } else { 0.5 };
                add(j, k, part * dot_slices(slope, change) / step);
            }
        }
    }

    pub(super) fn general_linearise(&self, law: &dyn Law, theta: &[f64], out: (&mut [f64], &mut [f64])) {
        let (residuals, jacobian) = out;
        let mut inputs = [&[][..]; MOST_INPUTS];
        let inputs = self.inputs(0, residuals.len(), &mut inputs);
        evaluate(law, theta, inputs, self.on_loss(), (&mut *residuals, jacobian));
        for (residual, target) in residuals.iter_mut().zip(&self.rows.target) {
            *residual = target - *residual;
        }
    }

    /// Each gradient component by its own largest slope: parameters may differ in size by any factor. But no slope counts for
    /// less than one that changes L̂ by itself over the parameter's range, lest a vanished term's rounding look steep.
    pub(super) fn general_relative_gradient(
        &self,
        sums: Sums,
        gradient: &[f64],
        workspace: &Workspace,
    ) -> f64 {
        let own = |j: usize| workspace.steepness[j].max(self.size / self.coordinates.units()[j]);
        let relative = |a: usize, g: f64| {
            let steepest = match self.coordinates.restriction() {
                None => own(a),
                Some(restriction) => restriction.moved(a).map(|(j, by)| by.abs() * own(j)).sum(),
            };
            if g == 0.0 { 0.0 } else { g.abs() / (sums.slope * steepest + workspace.pulled(a)) }
        };
        gradient.iter().enumerate().map(|(a, g)| relative(a, *g)).fold(0.0, f64::max)
    }
}
