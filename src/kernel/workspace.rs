//! The buffers of a pass over the rows.

use super::BLOCK;

/// Buffers of one thread; nothing is allocated while fitting.
#[derive(Debug, Clone, Default)]
pub(crate) struct Workspace {
    /// e^exponent of each term: a block each.
    pub(super) terms: Vec<f64>,
    /// ∂ ln L̂/∂θ of each parameter: a block each, or of other laws than sums of powers as many rows as the block has.
    pub(crate) jacobian: Vec<f64>,
    /// Slope of ρ times weight, divided by L̂ where the gradient wants it so.
    pub(crate) slope: Vec<f64>,
    /// Curvature of ρ times weight.
    pub(super) curvature: Vec<f64>,
    /// Weights that depend on the residual's sign.
    pub(super) sided: Vec<f64>,
    /// 1/L̂, then a scratch block.
    pub(super) scratch: Vec<f64>,
    /// ln L̂, or L̂.
    pub(crate) ln_loss: Vec<f64>,
    /// What a law that is no sum of powers writes beside θ, and the θ where it does.
    pub(crate) beside: Vec<f64>,
    /// Largest absolute slope on any row in each parameter, of a law that is no sum of powers.
    pub(crate) steepness: Vec<f64>,
    /// What δ is multiplied by: 1 but on the way to least absolute deviations.
    pub(crate) softening: f64,
    /// Whether the Hessian of a law that is no sum of powers has its second derivatives, or is that of Gauss and Newton.
    pub(crate) whole_hessian: bool,
    /// Of each prior on a free parameter: its place among them, the sizes that cancel in what it adds to the slope, and what it
    /// adds to the curvature.
    pub(crate) pulls: Vec<(usize, f64, f64)>,
    /// The index of every parameter.
    pub(super) every: Vec<usize>,
    pub(super) normal_gradient: Vec<f64>,
    pub(super) normal_matrix: Vec<f64>,
}

impl Workspace {
    pub(crate) fn new(terms: usize, parameters: usize) -> Self {
        Self {
            terms: vec![0.0; terms * BLOCK],
            jacobian: vec![0.0; parameters * BLOCK],
            slope: vec![0.0; BLOCK],
            curvature: vec![0.0; BLOCK],
            sided: vec![0.0; BLOCK],
            scratch: vec![0.0; BLOCK],
            ln_loss: vec![0.0; BLOCK],
            beside: Vec::new(),
            steepness: vec![0.0; parameters],
            softening: 1.0,
            whole_hessian: false,
            pulls: Vec::new(),
            every: (0..parameters).collect(),
            normal_gradient: vec![0.0; parameters],
            normal_matrix: vec![0.0; parameters * parameters],
        }
    }

    /// The sizes that cancel in what priors add to the slope in a free parameter.
    pub(crate) fn pulled(&self, free: usize) -> f64 {
        self.pulls.iter().filter(|(own, ..)| *own == free).map(|(_, size, _)| size).sum()
    }
}
