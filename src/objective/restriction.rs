//! Some parameters held and the others free: θ = M z + θ₀.

use super::{Form, Objective};
use crate::kernel::power_sum::{Sums, Workspace};

/// An affine map from the free parameters z to all parameters θ, both centred.
#[derive(Debug, Clone)]
pub(super) struct Restriction {
    /// Which parameters are free: z is θ at these places.
    free: Vec<usize>,
    /// M: a row for each parameter, a column for each free one.
    matrix: Vec<f64>,
    /// θ₀.
    origin: Vec<f64>,
}

impl Restriction {
    pub(super) fn len(&self) -> usize {
        self.free.len()
    }

    fn row(&self, parameter: usize) -> &[f64] {
        &self.matrix[parameter * self.len()..][..self.len()]
    }

    /// θ of z.
    pub(super) fn expand(&self, free: &[f64]) -> Vec<f64> {
        let along = |j: usize| self.row(j).iter().zip(free).map(|(m, z)| m * z).sum::<f64>();
        self.origin.iter().enumerate().map(|(j, origin)| origin + along(j)).collect()
    }

    /// Which parameter a free one moves, if it moves no other and that one by as much.
    pub(super) fn alone(&self, free: usize) -> Option<usize> {
        let moved = |j: &usize| self.row(*j)[free] != 0.0;
        let own = self.free[free];
        ((0..self.origin.len()).filter(moved).eq([own]) && self.row(own)[free] == 1.0).then_some(own)
    }

    /// Mᵀ g.
    fn pull_gradient(&self, whole: &[f64], gradient: &mut [f64]) {
        gradient.fill(0.0);
        for (j, g) in whole.iter().enumerate() {
            for (out, m) in gradient.iter_mut().zip(self.row(j)) {
                *out += m * g;
            }
        }
    }

    /// The upper triangle of Mᵀ H M, from that of H.
    fn pull_hessian(&self, whole: &[f64], hessian: &mut [f64]) {
        let (p, q) = (self.origin.len(), self.len());
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
}

impl Objective {
    /// Holds parameters (place, value on the law's own fitted scale); what is minimised from now on are the
    /// others, and θ means z. Centring shifts no exponent, but a coefficient by its exponents: where ln c is held,
    /// the centred one is ln c plus the exponents times their columns' means, so it moves with them.
    pub(crate) fn hold(&mut self, held: &[(usize, f64)]) {
        let p = self.parameters;
        let free: Vec<usize> = (0..p).filter(|j| held.iter().all(|(k, _)| k != j)).collect();
        let q = free.len();
        let mut matrix = vec![0.0; p * q];
        let mut origin = vec![0.0; p];
        for (a, &j) in free.iter().enumerate() {
            matrix[j * q + a] = 1.0;
        }
        for &(k, value) in held {
            origin[k] += value;
            let Form::Powers(powers) = &self.form else { continue };
            for &(_, exponent, mean) in powers.shifts.iter().filter(|(c, ..)| *c == k) {
                match (free.iter().position(|j| *j == exponent), held.iter().find(|(j, _)| *j == exponent)) {
                    (Some(a), _) => matrix[k * q + a] += mean,
                    (None, Some((_, at))) => origin[k] += mean * at,
                    (None, None) => {}
                }
            }
        }
        // A held coefficient moves with its exponents, which adds to the slope of ln L̂ in them.
        let longest = |a: usize| (0..p).map(|j| matrix[j * q + a].abs()).sum::<f64>();
        self.steepness = self.own_steepness() * (0..q).map(longest).fold(1.0, f64::max);
        self.restriction = Some(Restriction { free, matrix, origin });
    }

    /// z of a centred θ.
    pub(crate) fn free_part(&self, theta: &[f64]) -> Vec<f64> {
        match &self.restriction {
            None => theta.to_vec(),
            Some(restriction) => restriction.free.iter().map(|&j| theta[j]).collect(),
        }
    }

    /// The centred θ of z.
    pub(crate) fn whole(&self, free: &[f64]) -> Vec<f64> {
        self.restriction.as_ref().map_or_else(|| free.to_vec(), |r| r.expand(free))
    }

    /// The pass over the rows, in z.
    pub(super) fn restricted_pass<const HESSIAN: bool>(
        &self,
        restriction: &Restriction,
        free: &[f64],
        workspace: &mut Workspace,
        gradient: &mut [f64],
        hessian: &mut [f64],
    ) -> Sums {
        let p = self.parameters;
        let mut own_gradient = vec![0.0; p];
        let mut own_hessian = vec![0.0; if HESSIAN { p * p } else { 0 }];
        let theta = restriction.expand(free);
        let sums = self.whole_pass::<HESSIAN>(&theta, workspace, &mut own_gradient, &mut own_hessian);
        restriction.pull_gradient(&own_gradient, gradient);
        if HESSIAN {
            restriction.pull_hessian(&own_hessian, hessian);
        }
        sums
    }

    /// J M of J, parameter by parameter.
    pub(super) fn restrict_jacobian(&self, restriction: &Restriction, whole: &[f64], jacobian: &mut [f64]) {
        let n = self.rows.ln_loss.len();
        jacobian.fill(0.0);
        for (j, column) in whole.chunks(n).enumerate() {
            for (out, &m) in jacobian.chunks_mut(n).zip(restriction.row(j)).filter(|(_, m)| **m != 0.0) {
                for (out, x) in out.iter_mut().zip(column) {
                    *out += m * x;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::objective;

    #[test]
    fn derivatives_in_the_free_parameters_are_those_of_central_differences() {
        // ln A and beta held: the centred ln A moves with alpha.
        let mut objective = objective(0.01);
        objective.hold(&[(1, 6.0), (4, 0.36)]);
        assert_eq!(objective.parameters(), 3);
        let z = objective.free_part(&objective.centred(&[0.53, 6.0, 7.6, 0.35, 0.36]));
        let fitted = objective.fitted(&z);
        assert!(
            (fitted[1] - 6.0).abs() < 1e-12
                && (fitted[4] - 0.36).abs() < 1e-15
                && (fitted[3] - 0.35).abs() < 1e-15
        );
        let mut workspace = objective.workspace();
        let (mut gradient, mut hessian) = (vec![0.0; 3], vec![0.0; 9]);
        let sums = objective.hessian(&z, &mut workspace, &mut gradient, &mut hessian);
        for j in 0..3 {
            let h = 1e-6;
            let mut moved = |by: f64| {
                let (mut z, mut slope) = (z.clone(), vec![0.0; 3]);
                z[j] += by;
                (objective.gradient(&z, &mut workspace, &mut slope).value, slope)
            };
            let ((up, up_slope), (down, down_slope)) = (moved(h), moved(-h));
            let scale = sums.slope * 30.0;
            assert!(((up - down) / (2.0 * h) - gradient[j]).abs() < 1e-7 * scale, "{j}");
            for k in 0..3 {
                let difference = (up_slope[k] - down_slope[k]) / (2.0 * h);
                // A residual that crosses the knee between the two points changes the slope by its share.
                let tolerance = 1e-3 * scale.max(hessian[j * 3 + j].abs());
                assert!((difference - hessian[j * 3 + k]).abs() < tolerance, "{j}, {k}");
            }
        }
    }
}
