//! The affine map from the free parameters to all: θ = M z + θ₀.

/// M and θ₀, both centred.
#[derive(Debug, Clone)]
pub(in crate::objective) struct Restriction {
    /// Number of free parameters.
    free: usize,
    /// M: a row for each parameter, a column for each free one.
    matrix: Vec<f64>,
    /// θ₀.
    origin: Vec<f64>,
}

impl Restriction {
    pub(super) fn new(free: usize, matrix: Vec<f64>, origin: Vec<f64>) -> Self {
        Self { free, matrix, origin }
    }

    fn row(&self, parameter: usize) -> &[f64] {
        &self.matrix[parameter * self.free..][..self.free]
    }

    /// θ of z.
    pub(in crate::objective) fn expand(&self, free: &[f64]) -> Vec<f64> {
        let along = |j: usize| self.row(j).iter().zip(free).map(|(m, z)| m * z).sum::<f64>();
        self.origin.iter().enumerate().map(|(j, origin)| origin + along(j)).collect()
    }

    /// Largest sum of absolute slopes of θ in one free parameter, at least 1.
    pub(super) fn stretch(&self) -> f64 {
        let along = |a: usize| (0..self.origin.len()).map(|j| self.row(j)[a].abs()).sum::<f64>();
        (0..self.free).map(along).fold(1.0, f64::max)
    }

    /// Whether a parameter changes with any free one.
    pub(super) fn moves(&self, parameter: usize) -> bool {
        self.row(parameter).iter().any(|by| *by != 0.0)
    }

    /// The parameters that a free one moves, and by how much.
    pub(in crate::objective) fn moved(&self, free: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        (0..self.origin.len()).map(move |j| (j, self.row(j)[free])).filter(|(_, by)| *by != 0.0)
    }

    /// Mᵀ g.
    pub(in crate::objective) fn pull_gradient(&self, whole: &[f64], gradient: &mut [f64]) {
        gradient.fill(0.0);
        for (j, g) in whole.iter().enumerate() {
            for (out, m) in gradient.iter_mut().zip(self.row(j)) {
                *out += m * g;
            }
        }
    }

    /// The upper triangle of Mᵀ H M, from that of H.
    pub(in crate::objective) fn pull_hessian(&self, whole: &[f64], hessian: &mut [f64]) {
        let (p, q) = (self.origin.len(), self.free);
        hessian.fill(0.0);
        for j in 0..p {
            for k in 0..p {
                let h = whole[j.min(k) * p + j.max(k)];
                for a in 0..q {
                    for b in a..q {
                        hessian[a * q + b] += self.row(j)[a] * h * self.row(k)[b];
                    }
                }
            }
        }
    }

    /// J M of J, both parameter by parameter, with so many rows.
    pub(in crate::objective) fn pull_jacobian(&self, whole: &[f64], rows: usize, jacobian: &mut [f64]) {
        jacobian.fill(0.0);
        for (j, column) in whole.chunks(rows).enumerate() {
            for (out, &m) in jacobian.chunks_mut(rows).zip(self.row(j)).filter(|(_, m)| **m != 0.0) {
                for (out, x) in out.iter_mut().zip(column) {
                    *out += m * x;
                }
            }
        }
    }
}
