//! Some parameters fixed, tied or held and the others free: θ = M z + θ₀.

use super::Objective;
use crate::kernel::measure::Sums;
use crate::kernel::power_sum::Workspace;

/// What becomes of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Role {
    /// It is fitted.
    Free,
    /// It has this value, on the law's own fitted scale.
    Fixed(f64),
    /// It has the value of the parameter at this place, which is tied to no other.
    Tied(usize),
}

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

    /// The parameters that a free one moves, and by how much.
    pub(super) fn moved(&self, free: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        (0..self.origin.len()).map(move |j| (j, self.row(j)[free])).filter(|(_, by)| *by != 0.0)
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
    /// Gives each parameter its role, for as long as the objective lives.
    pub(crate) fn restrict(&mut self, roles: Vec<Role>) {
        self.roles = roles;
        if self.roles.iter().any(|role| *role != Role::Free) {
            self.set_restriction(&self.roles.clone());
        }
    }

    /// Holds parameters (place, value on the law's own fitted scale), and with a tied one all that it is tied to, besides
    /// those that are fixed; what is minimised from now on are the others, and θ means z.
    pub(crate) fn hold(&mut self, held: &[(usize, f64)]) {
        let mut roles = self.roles.clone();
        for &(place, value) in held {
            let root = if let Role::Tied(to) = roles[place] { to } else { place };
            roles[root] = Role::Fixed(value);
        }
        self.held = held.to_vec();
        self.set_restriction(&roles);
    }

    /// M and θ₀ of roles. On the law's own scale they are what the roles say. Centring shifts no exponent, but a
    /// coefficient by its exponents times their columns' means: z is the *centred* θ of the free parameters, so a
    /// coefficient that is fixed moves with its exponents, and one that is tied with its own and, backwards, with those
    /// of the coefficient that it is tied to.
    fn set_restriction(&mut self, roles: &[Role]) {
        let p = self.parameters;
        let free: Vec<usize> = (0..p).filter(|j| roles[*j] == Role::Free).collect();
        let q = free.len();
        let (mut matrix, mut origin) = (vec![0.0; p * q], vec![0.0; p]);
        for j in 0..p {
            let root = if let Role::Tied(to) = roles[j] { to } else { j };
            if let Role::Fixed(value) = roles[root] {
                origin[j] = value;
            } else if let Some(a) = free.iter().position(|k| *k == root) {
                matrix[j * q + a] = 1.0;
            }
        }
        if !self.shifts().is_empty() {
            let (own, own_origin) = (matrix.clone(), origin.clone());
            let mut add = |to: usize, exponent: usize, mean: f64| {
                origin[to] += mean * own_origin[exponent];
                for (out, m) in matrix[to * q..][..q].iter_mut().zip(&own[exponent * q..][..q]) {
                    *out += mean * m;
                }
            };
            for &(coefficient, exponent, mean) in self.shifts() {
                if roles[coefficient] != Role::Free {
                    add(coefficient, exponent, mean);
                    continue;
                }
                for tied in (0..p).filter(|j| roles[*j] == Role::Tied(coefficient)) {
                    add(tied, exponent, -mean);
                }
            }
        }
        // A coefficient that moves with exponents adds to the slope of ln L̂ in them.
        let longest = |a: usize| (0..p).map(|j| matrix[j * q + a].abs()).sum::<f64>();
        self.steepness = self.own_steepness() * (0..q).map(longest).fold(1.0, f64::max);
        self.restriction = Some(Restriction { free, matrix, origin });
    }

    /// The parameter whose value another has: itself, unless it is tied.
    pub(crate) fn root(&self, place: usize) -> usize {
        if let Role::Tied(to) = self.roles[place] { to } else { place }
    }

    /// Which parameters are free: z is θ at these places.
    pub(crate) fn free(&self) -> Vec<usize> {
        self.restriction.as_ref().map_or_else(|| (0..self.parameters).collect(), |r| r.free.clone())
    }

    /// z of parameters on the law's own fitted scale, of which only those of the free ones are looked at; what lies
    /// outside its bounds is moved to the nearer one.
    pub(crate) fn start(&self, fitted: &[f64]) -> Vec<f64> {
        let fitted = self.clipped(fitted);
        let of = |(j, role): (usize, &Role)| match *role {
            Role::Free => fitted[j],
            Role::Fixed(value) => value,
            Role::Tied(to) => fitted[to],
        };
        self.free_part(&self.centred(&self.roles.iter().enumerate().map(of).collect::<Vec<f64>>()))
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
        let n = self.rows.target.len();
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
    use super::*;

    /// Compares gradient and Hessian with central differences, at z of `fitted`.
    fn check(objective: &Objective, fitted: &[f64]) {
        let z = objective.start(fitted);
        let q = z.len();
        let mut workspace = objective.workspace();
        let (mut gradient, mut hessian) = (vec![0.0; q], vec![0.0; q * q]);
        let sums = objective.hessian(&z, &mut workspace, &mut gradient, &mut hessian);
        for j in 0..q {
            let h = 1e-6;
            let mut moved = |by: f64| {
                let (mut z, mut slope) = (z.clone(), vec![0.0; q]);
                z[j] += by;
                (objective.gradient(&z, &mut workspace, &mut slope).value, slope)
            };
            let ((up, up_slope), (down, down_slope)) = (moved(h), moved(-h));
            let scale = sums.slope * 30.0;
            assert!(((up - down) / (2.0 * h) - gradient[j]).abs() < 1e-7 * scale, "{j}");
            for k in 0..q {
                let difference = (up_slope[k] - down_slope[k]) / (2.0 * h);
                // A residual that crosses the knee between the two points changes the slope by its share.
                let tolerance = 1e-3 * scale.max(hessian[j * q + j].abs());
                assert!((difference - hessian[j * q + k]).abs() < tolerance, "{j}, {k}");
            }
        }
    }

    const FITTED: [f64; 5] = [0.53, 6.0, 7.6, 0.35, 0.36];

    fn near(found: &[f64], expected: &[f64]) {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    }

    #[test]
    fn derivatives_in_the_free_parameters_are_those_of_central_differences() {
        // ln A and beta held: the centred ln A moves with alpha.
        let mut objective = objective(0.01);
        objective.hold(&[(1, 6.0), (4, 0.36)]);
        assert_eq!((objective.parameters(), objective.free()), (3, vec![0, 2, 3]));
        near(&objective.fitted(&objective.start(&FITTED)), &FITTED);
        check(&objective, &FITTED);
    }

    #[test]
    fn tied_coefficients_move_with_both_their_exponents() {
        let mut objective = objective(0.01);
        objective.restrict(vec![Role::Free, Role::Free, Role::Tied(1), Role::Free, Role::Free]);
        near(&objective.fitted(&objective.start(&FITTED)), &[0.53, 6.0, 6.0, 0.35, 0.36]);
        check(&objective, &FITTED);
        // z of A moves ln A and ln B alike.
        assert!(objective.is_coefficient(0) && objective.is_coefficient(1) && !objective.is_coefficient(2));
        // Held together, whichever is named.
        objective.hold(&[(2, 7.0)]);
        assert_eq!(objective.free(), [0, 3, 4]);
        near(&objective.fitted(&objective.start(&FITTED)), &[0.53, 7.0, 7.0, 0.35, 0.36]);
        check(&objective, &FITTED);
    }

    #[test]
    fn a_fixed_parameter_stays_when_a_profile_holds_another() {
        let mut objective = objective(0.01);
        objective.restrict(vec![Role::Fixed(0.6), Role::Free, Role::Fixed(7.0), Role::Free, Role::Tied(3)]);
        check(&objective, &FITTED);
        objective.hold(&[(4, 0.4)]);
        assert_eq!(objective.free(), [1]);
        let theta = objective.fitted(&[0.1]);
        near(&[theta[0], theta[2], theta[3], theta[4]], &[0.6, 7.0, 0.4, 0.4]);
    }
}
