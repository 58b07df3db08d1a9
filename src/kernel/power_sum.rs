//! The objective's inner loops: one pass over the rows gives value, gradient and, when asked, Hessian.

use super::measure::{Measure, Sums, robust, side};
pub(crate) use super::workspace::Workspace;
use super::{BLOCK, Columns, Kernel, dot, exp, fma, largest, ln, moments, normal_equations, scaled_sum, sum};

/// Columns of a data set, padded to a multiple of [`LANES`](super::LANES) by rows of weight 0.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    /// Number of rows that count.
    pub(crate) len: usize,
    /// One padded column for each slope or input that the law reads.
    pub(crate) columns: Vec<Vec<f64>>,
    /// What the residuals are taken from: ln of the measured loss, or the loss itself.
    pub(crate) target: Vec<f64>,
    /// Weight of each row; 0 for padding.
    pub(crate) weight: Vec<f64>,
}

/// A term of a sum of powers, as the kernel reads it: the exponent `θ[coefficient] + offset + Σ column · θ[parameter]`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KernelTerm {
    pub(crate) coefficient: usize,
    /// (column, parameter) of each factor.
    pub(crate) factors: Vec<(usize, usize)>,
    /// Column of the offset, if any.
    pub(crate) offset: Option<usize>,
}

impl KernelTerm {
    /// Whether it is the same on every row.
    fn is_constant(&self) -> bool {
        self.factors.is_empty() && self.offset.is_none()
    }
}

/// Value and gradient of a sum of powers; with `HESSIAN` also the second derivatives (upper triangle). `PLAIN` says
/// that the measure is: then nothing else is looked at.
pub(crate) struct PowerPass<'a, const HESSIAN: bool, const PLAIN: bool> {
    pub(crate) terms: &'a [KernelTerm],
    pub(crate) rows: &'a Rows,
    pub(crate) theta: &'a [f64],
    pub(crate) measure: Measure,
    pub(crate) workspace: &'a mut Workspace,
    pub(crate) gradient: &'a mut [f64],
    /// Row-major; empty without `HESSIAN`.
    pub(crate) hessian: &'a mut [f64],
}

impl<const HESSIAN: bool, const PLAIN: bool> Kernel for PowerPass<'_, HESSIAN, PLAIN> {
    type Output = Sums;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> Sums {
        let Self { terms, rows, theta, measure, workspace, gradient, hessian } = self;
        let delta = measure.delta;
        let on_loss = !PLAIN && measure.on_loss;
        gradient.fill(0.0);
        hessian.fill(0.0);
        let mut sums = Sums::default();
        let padded = rows.target.len();
        let mut from = 0;
        while from < padded {
            let to = (from + BLOCK).min(padded);
            let n = to - from;
            losses::<FMA>(terms, rows, theta, from, n, workspace);
            let scratch = &mut workspace.scratch[..n];
            // `scratch` goes from L̂ to 1/L̂; on L to 1, so that what follows are terms and not shares.
            let (target, slope) = (&rows.target[from..to], &mut workspace.slope[..n]);
            let (mut weight, curvature) = (&rows.weight[from..to], &mut workspace.curvature[..n]);
            if on_loss {
                for i in 0..n {
                    slope[i] = target[i] - scratch[i];
                    scratch[i] = 1.0;
                    curvature[i] = if slope[i].abs() <= delta { weight[i] } else { 0.0 };
                }
            } else {
                for i in 0..n {
                    let residual = target[i] - ln::<FMA>(scratch[i]);
                    scratch[i] = 1.0 / scratch[i];
                    slope[i] = residual;
                    curvature[i] = if residual.abs() <= delta { weight[i] } else { 0.0 };
                }
            }
            if !PLAIN {
                let sided = &mut workspace.sided[..n];
                side(slope, weight, measure.below, sided, curvature);
                weight = sided;
            }
            robust::<FMA>(slope, weight, delta, &mut sums);
            if HESSIAN {
                term_shares::<FMA>(terms, rows, theta, from, n, workspace);
                let ws = &mut *workspace;
                accumulate::<FMA>((theta.len(), BLOCK), n, !on_loss, ws, gradient, hessian);
                term_moments::<FMA>(terms, rows, theta.len(), from, n, workspace, hessian);
            } else {
                for (slope, inverse) in slope.iter_mut().zip(&*scratch) {
                    *slope *= inverse;
                }
                for (k, term) in terms.iter().enumerate() {
                    let values = &mut workspace.terms[k * BLOCK..][..n];
                    if term.is_constant() {
                        gradient[term.coefficient] -= exp::<FMA>(theta[term.coefficient]) * sum(slope);
                        continue;
                    }
                    if let [(column, parameter)] = term.factors[..] {
                        let x = &rows.columns[column][from..to];
                        let [zeroth, first, _] = moments::<FMA>(values, slope, x);
                        gradient[term.coefficient] -= zeroth;
                        gradient[parameter] -= first;
                        continue;
                    }
                    gradient[term.coefficient] -= scaled_sum(values, slope);
                    for &(column, parameter) in &term.factors {
                        gradient[parameter] -= dot::<FMA>(values, &rows.columns[column][from..to]);
                    }
                }
            }
            from = to;
        }
        sums
    }
}

/// Residuals and Jacobian of a sum of powers, kept for every row.
pub(crate) struct Linearisation<'a> {
    pub(crate) terms: &'a [KernelTerm],
    pub(crate) rows: &'a Rows,
    pub(crate) theta: &'a [f64],
    pub(crate) on_loss: bool,
    pub(crate) workspace: &'a mut Workspace,
    /// ln L - ln L̂, or L - L̂, of each padded row.
    pub(crate) residuals: &'a mut [f64],
    /// ∂ ln L̂/∂θ_j, or ∂L̂/∂θ_j, of each padded row, parameter by parameter.
    pub(crate) jacobian: &'a mut [f64],
}

impl Kernel for Linearisation<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Self { terms, rows, theta, on_loss, workspace, residuals, jacobian } = self;
        let padded = rows.target.len();
        for from in (0..padded).step_by(BLOCK) {
            let n = BLOCK.min(padded - from);
            losses::<FMA>(terms, rows, theta, from, n, workspace);
            let residuals = &mut residuals[from..][..n];
            for ((residual, inverse), target) in
                residuals.iter_mut().zip(&mut workspace.scratch[..n]).zip(&rows.target[from..])
            {
                *residual = target - if on_loss { *inverse } else { ln::<FMA>(*inverse) };
                *inverse = if on_loss { 1.0 } else { 1.0 / *inverse };
            }
            term_shares::<FMA>(terms, rows, theta, from, n, workspace);
            for j in 0..theta.len() {
                jacobian[j * padded + from..][..n].copy_from_slice(&workspace.jacobian[j * BLOCK..][..n]);
            }
        }
    }
}

/// Terms of a block, and their sum L̂ in `scratch`.
#[inline(always)]
fn losses<const FMA: bool>(
    terms: &[KernelTerm],
    rows: &Rows,
    theta: &[f64],
    from: usize,
    n: usize,
    workspace: &mut Workspace,
) {
    let scratch = &mut workspace.scratch[..n];
    scratch.fill(constants::<FMA>(terms, theta));
    for (k, term) in terms.iter().enumerate().filter(|(_, term)| !term.is_constant()) {
        let out = &mut workspace.terms[k * BLOCK..][..n];
        term_values::<FMA>(term, rows, theta, from, out);
        for (total, value) in scratch.iter_mut().zip(&*out) {
            *total += value;
        }
    }
}

/// Sum of the terms without factors: the same on every row.
#[inline(always)]
fn constants<const FMA: bool>(terms: &[KernelTerm], theta: &[f64]) -> f64 {
    let constant = terms.iter().filter(|term| term.is_constant());
    constant.map(|term| exp::<FMA>(theta[term.coefficient])).sum()
}

/// e^exponent of one term with factors over a block.
#[inline(always)]
fn term_values<const FMA: bool>(term: &KernelTerm, rows: &Rows, theta: &[f64], from: usize, out: &mut [f64]) {
    let constant = theta[term.coefficient];
    match term.factors.as_slice() {
        [(column, parameter)] if term.offset.is_none() => {
            let (x, slope) = (&rows.columns[*column][from..][..out.len()], theta[*parameter]);
            for (out, x) in out.iter_mut().zip(x) {
                *out = exp::<FMA>(fma::<FMA>(slope, *x, constant));
            }
        }
        factors => {
            out.fill(constant);
            if let Some(offset) = term.offset {
                for (out, x) in out.iter_mut().zip(&rows.columns[offset][from..]) {
                    *out += x;
                }
            }
            for &(column, parameter) in factors {
                let (x, slope) = (&rows.columns[column][from..][..out.len()], theta[parameter]);
                for (out, x) in out.iter_mut().zip(x) {
                    *out = fma::<FMA>(slope, *x, *out);
                }
            }
            for out in out {
                *out = exp::<FMA>(*out);
            }
        }
    }
}

/// Terms to shares of L̂, and the Jacobian of ln L̂ from them.
#[inline(always)]
fn term_shares<const FMA: bool>(
    terms: &[KernelTerm],
    rows: &Rows,
    theta: &[f64],
    from: usize,
    n: usize,
    workspace: &mut Workspace,
) {
    for j in 0..theta.len() {
        workspace.jacobian[j * BLOCK..][..n].fill(0.0);
    }
    for (k, term) in terms.iter().enumerate() {
        let share = &mut workspace.terms[k * BLOCK..][..n];
        if term.is_constant() {
            share.fill(exp::<FMA>(theta[term.coefficient]));
        }
        let out = &mut workspace.jacobian[term.coefficient * BLOCK..][..n];
        for ((share, inverse), out) in share.iter_mut().zip(&workspace.scratch[..n]).zip(out) {
            *share *= inverse;
            *out += *share;
        }
        for &(column, parameter) in &term.factors {
            let out = &mut workspace.jacobian[parameter * BLOCK..][..n];
            for ((out, share), x) in out.iter_mut().zip(&*share).zip(&rows.columns[column][from..]) {
                *out = fma::<FMA>(*share, *x, *out);
            }
        }
    }
}

/// Gradient and Gauss-Newton Hessian from slopes, curvatures and the Jacobian, of so many columns and that stride; with `outer`, also the part
/// `+ψ J Jᵀ` of the full Hessian of a log-sum-exp.
#[inline(always)]
pub(crate) fn accumulate<const FMA: bool>(
    (parameters, stride): (usize, usize),
    n: usize,
    outer: bool,
    workspace: &mut Workspace,
    gradient: &mut [f64],
    hessian: &mut [f64],
) {
    let Workspace { jacobian, slope, curvature, every, normal_gradient, normal_matrix, .. } = workspace;
    let (slope, curvature) = (&slope[..n], &mut curvature[..n]);
    if outer {
        for (curvature, slope) in curvature.iter_mut().zip(slope) {
            *curvature += slope;
        }
    }
    let columns = Columns { values: jacobian, stride, which: every };
    normal_equations::<FMA>(columns, slope, curvature, normal_gradient, normal_matrix);
    for i in 0..parameters {
        gradient[i] -= normal_gradient[i];
        for j in 0..=i {
            hessian[j * parameters + i] += normal_matrix[i * parameters + j];
        }
    }
}

/// The rest of the full Hessian: `-Σ ψ s_k φ_k φ_kᵀ`, term by term.
#[inline(always)]
fn term_moments<const FMA: bool>(
    terms: &[KernelTerm],
    rows: &Rows,
    parameters: usize,
    from: usize,
    n: usize,
    workspace: &mut Workspace,
    hessian: &mut [f64],
) {
    let mut add = |a: usize, b: usize, value: f64| hessian[a.min(b) * parameters + a.max(b)] -= value;
    for (k, term) in terms.iter().enumerate() {
        let share = &mut workspace.terms[k * BLOCK..][..n];
        if let [(column, parameter)] = term.factors[..] {
            let x = &rows.columns[column][from..][..n];
            let [zeroth, first, second] = moments::<FMA>(share, &workspace.slope[..n], x);
            add(term.coefficient, term.coefficient, zeroth);
            add(term.coefficient, parameter, first);
            add(parameter, parameter, second);
            continue;
        }
        let scratch = &mut workspace.scratch[..n];
        add(term.coefficient, term.coefficient, scaled_sum(share, &workspace.slope[..n]));
        for (position, &(column, parameter)) in term.factors.iter().enumerate() {
            scratch.copy_from_slice(&rows.columns[column][from..][..n]);
            add(term.coefficient, parameter, scaled_sum(scratch, share));
            for (other, &(column, second)) in term.factors.iter().enumerate().skip(position) {
                let value = dot::<FMA>(scratch, &rows.columns[column][from..][..n]);
                // A pair of different factors on one parameter stands twice on the diagonal.
                let twice = if other != position && second == parameter { 2.0 } else { 1.0 };
                add(parameter, second, twice * value);
            }
        }
    }
}

/// Value, gradient and Gauss-Newton Hessian of one block whose ln L̂ (or L̂) and Jacobian are filled in. What is steepest on any
/// row may only rise.
pub(crate) struct BlockPass<'a> {
    pub(crate) rows: &'a Rows,
    pub(crate) from: usize,
    pub(crate) n: usize,
    pub(crate) measure: Measure,
    pub(crate) workspace: &'a mut Workspace,
    pub(crate) gradient: &'a mut [f64],
    /// Row-major; empty for none.
    pub(crate) hessian: &'a mut [f64],
    pub(crate) sums: &'a mut Sums,
}

impl Kernel for BlockPass<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Self { rows, from, n, measure, workspace, gradient, hessian, sums } = self;
        let (mut weight, delta) = (&rows.weight[from..][..n], measure.delta);
        let (slope, curvature) = (&mut workspace.slope[..n], &mut workspace.curvature[..n]);
        let (target, fitted) = (&rows.target[from..][..n], &workspace.ln_loss[..n]);
        for i in 0..n {
            slope[i] = target[i] - fitted[i];
            curvature[i] = if slope[i].abs() <= delta { weight[i] } else { 0.0 };
        }
        if measure.below != 1.0 {
            let sided = &mut workspace.sided[..n];
            side(slope, weight, measure.below, sided, curvature);
            weight = sided;
        }
        robust::<FMA>(slope, weight, delta, sums);
        let columns = workspace.jacobian.chunks_exact(n);
        for (steepness, column) in workspace.steepness.iter_mut().zip(columns.clone()) {
            *steepness = steepness.max(largest(column));
        }
        if hessian.is_empty() {
            for (gradient, column) in gradient.iter_mut().zip(columns) {
                *gradient -= dot::<FMA>(slope, column);
            }
        } else {
            accumulate::<FMA>((gradient.len(), n), n, false, workspace, gradient, hessian);
        }
    }
}
