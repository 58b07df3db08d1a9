//! Curves that share their shape: a linear mixed model in which exponents are common, and each run has its own level, its own power term and its own
//! response to the learning rate.
//!
//! Of a run's losses over its last, less 1: `u + b (s^-α - 1)/α + c (m - m₀) + w + e`, where s is the learning so far over that of the last row, m what the loss
//! has of the learning rate, m₀ that at the last row, w a random walk in ln s, and e noise of rows. b and c are normal among the runs.

mod odd;

use nalgebra::{DMatrix, SymmetricEigen};

use super::Annealing;
use super::curve::Curve;
use super::decay::{Followed, Follows};
use crate::numeric::cholesky::{cholesky, cholesky_solve, solve_lower};
use crate::numeric::simplex;

/// What is common to the runs, as logarithms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape(pub(super) [f64; 8]);

const ALPHA: usize = 0;
const NOISE: usize = 1;
const WALK: usize = 2;
const OF_POWER: usize = 3;
const OF_RATE: usize = 4;
const POWER: usize = 5;
const MEMORY: usize = 6;
const FADE: usize = 7;
/// What is expected beforehand, as normal logarithms: medians and standard deviations.
const MEDIAN: [f64; 8] = [0.5, 0.003, 0.005, 0.05, 0.05, 1.0, 0.005, 0.6];
const SPREAD: [f64; 8] = [0.4, 1.5, 1.5, 1.0, 1.0, 0.25, 1.5, 0.4];
/// The same of γ, which stands in the place of p.
const GAMMA: [f64; 2] = [0.5, 0.4];
/// Standard deviations beforehand of the means of b and c, and of u, over the loss.
const MEANS: f64 = 0.3;
const LEVEL: f64 = 1.0;
/// Noise of rows is no less than this, relatively.
const LEAST_NOISE: f64 = 3e-5;
/// Runs that the shape is sought on: more would not tell more.
const SOUGHT: usize = 24;
const CALLS: usize = 450;
/// Share of a variance that is noise in any case: of curves without noise some shapes have covariances that are singular but for rounding.
const ROUNDING: f64 = 4e-13;
const STEP: f64 = 0.2;

/// A curve in the model's terms: rows, and the place that is asked for at the end.
#[derive(Debug, Clone)]
struct Row {
    ln_learning: Vec<f64>,
    followed: usize,
    relative: Vec<f64>,
    counts: Vec<f64>,
    last_loss: f64,
}

/// Curves, and the learning rates that they follow, each once.
pub(super) struct Family {
    rows: Vec<Row>,
    followed: Vec<Followed>,
    /// How the losses follow the rate; none where it does not change along any.
    annealing: Option<Annealing>,
    /// Tokens of which the memory is a share.
    unit: f64,
}

/// A forecast and its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Told {
    pub(super) loss: f64,
    pub(super) error: f64,
}

/// A curve once its rows are made independent: factor, then columns b, c and the losses, each solved.
struct Solved {
    factor: Vec<f64>,
    columns: [Vec<f64>; 3],
}

/// Means of b and c, and their covariance.
struct Means {
    at: [f64; 2],
    covariance: [f64; 4],
}

impl Shape {
    fn of(&self, which: usize) -> f64 {
        self.0[which].exp()
    }

    pub(super) fn alpha(&self) -> f64 {
        self.of(ALPHA)
    }

    pub(super) fn noise(&self) -> f64 {
        self.of(NOISE).max(LEAST_NOISE)
    }

    pub(super) fn power(&self) -> f64 {
        self.of(POWER)
    }

    pub(super) fn memory(&self) -> f64 {
        self.of(MEMORY)
    }

    pub(super) fn fade(&self) -> f64 {
        self.of(FADE)
    }

    fn moved(mut self, which: usize, by: f64) -> Self {
        self.0[which] += by;
        self
    }
}

impl Family {
    /// Of curves of which any falls in its learning rate as `annealing` has it, or none does.
    pub(super) fn of(curves: &[Curve], annealing: Option<Annealing>, unit: f64) -> Self {
        let mut followed: Vec<Followed> = Vec::new();
        let row = |curve: &Curve| {
            let asked: Vec<f64> = curve.tokens.iter().copied().chain([curve.target]).collect();
            let shares = asked.iter().map(|tokens| tokens / curve.planned).collect();
            let own = Followed::new(&curve.decay, curve.planned, shares);
            let place = followed.iter().position(|other| *other == own).unwrap_or_else(|| {
                followed.push(own);
                followed.len() - 1
            });
            let last = curve.learning(curve.last());
            Row {
                ln_learning: asked.iter().map(|tokens| (curve.learning(*tokens) / last).ln()).collect(),
                followed: place,
                relative: curve.loss.iter().map(|loss| loss / curve.last_loss() - 1.0).collect(),
                counts: curve.rows.clone(),
                last_loss: curve.last_loss(),
            }
        };
        let rows = curves.iter().map(row).collect();
        Self { rows, followed, annealing, unit }
    }

    /// What is sought.
    fn unknowns(&self) -> &'static [usize] {
        match self.annealing {
            None => &[ALPHA, NOISE, WALK, OF_POWER, OF_RATE],
            Some(Annealing::Followed) => &[ALPHA, NOISE, WALK, OF_POWER, OF_RATE, POWER, MEMORY],
            Some(Annealing::Tissue) => &[ALPHA, NOISE, WALK, OF_POWER, OF_RATE, MEMORY],
            Some(Annealing::MultiPower) => &[ALPHA, NOISE, WALK, OF_POWER, OF_RATE, POWER, MEMORY, FADE],
        }
    }

    /// What of it carries its error into a forecast.
    fn unsure(&self) -> Vec<usize> {
        let own = |which: &usize| ![NOISE, OF_POWER, OF_RATE].contains(which);
        self.unknowns().iter().copied().filter(own).collect()
    }

    /// Median and spread beforehand, of a logarithm.
    fn before(&self, which: usize) -> [f64; 2] {
        match (which, self.annealing) {
            (POWER, Some(Annealing::MultiPower)) => [GAMMA[0].ln(), GAMMA[1]],
            _ => [MEDIAN[which].ln(), SPREAD[which]],
        }
    }

    /// The runs that the shape is sought on.
    fn some(&self) -> Vec<usize> {
        let step = (self.rows.len() as f64 / SOUGHT as f64).max(1.0);
        let count = self.rows.len().min(SOUGHT);
        (0..count).map(|k| ((k as f64 + 0.5) * step) as usize).collect()
    }

    /// ln of how likely the losses are under the law, whatever its shape, by Laplace's method; what all laws have alike is left out.
    pub(super) fn ln_evidence(&self, shape: Shape, sure: &DMatrix<f64>) -> f64 {
        let before: f64 = self.unsure().iter().map(|which| self.before(*which)[1].ln()).sum();
        0.5 * sure.determinant().ln() - before - self.objective(&self.some(), shape)
    }

    /// The shape of these curves, and how sure it is: the inverse of the curvature in [`Family::unsure`].
    pub(super) fn shape(&self) -> (Shape, DMatrix<f64>) {
        let some = self.some();
        let unknowns = self.unknowns();
        let start = std::array::from_fn(|which| self.before(which)[0]);
        let whole = |x: &[f64]| {
            let mut all = start;
            unknowns.iter().zip(x).for_each(|(which, x)| all[*which] = *x);
            Shape(all)
        };
        let from: Vec<f64> = unknowns.iter().map(|which| start[*which]).collect();
        let objective = |shape: Shape| self.objective(&some, shape);
        let found = simplex::least(&from, 0.6, 0.02, CALLS, |x| objective(whole(x)));
        let shape = whole(&found);
        let unsure = self.unsure();
        let at = objective(shape);
        let curvature = DMatrix::from_fn(unsure.len(), unsure.len(), |i, j| {
            let (a, b) = (unsure[i], unsure[j]);
            let corner = |s: f64, t: f64| objective(shape.moved(a, s * STEP).moved(b, t * STEP));
            if i == j {
                (corner(1.0, 0.0) + corner(-1.0, 0.0) - 2.0 * at) / (STEP * STEP)
            } else {
                (corner(1.0, 1.0) - corner(1.0, -1.0) - corner(-1.0, 1.0) + corner(-1.0, -1.0))
                    / (4.0 * STEP * STEP)
            }
        });
        // No direction is less sure than beforehand.
        let eigen = SymmetricEigen::new(curvature);
        let least = SPREAD.iter().fold(0.0f64, |a, b| a.max(*b)).powi(-2);
        let inverse = eigen.eigenvalues.map(|value| if value > least { 1.0 / value } else { 1.0 / least });
        let vectors = &eigen.eigenvectors;
        (shape, vectors * DMatrix::from_diagonal(&inverse) * vectors.transpose())
    }

    /// The loss of each curve at its target, from all of them, with the error of the shape.
    pub(super) fn forecasts(&self, shape: Shape, sure: &DMatrix<f64>) -> Vec<Told> {
        let Some(mut told) = self.told(shape) else { return self.nothing() };
        let unsure = self.unsure();
        let mut slopes: Vec<Vec<f64>> = vec![Vec::new(); told.len()];
        for which in &unsure {
            let [Some(up), Some(down)] = [STEP, -STEP].map(|by| self.told(shape.moved(*which, by))) else {
                return self.nothing();
            };
            for (slopes, (up, down)) in slopes.iter_mut().zip(up.iter().zip(&down)) {
                slopes.push((up.loss - down.loss) / (2.0 * STEP));
            }
        }
        for (told, slopes) in told.iter_mut().zip(&slopes) {
            let slopes = DMatrix::from_row_slice(1, slopes.len(), slopes);
            let more = (&slopes * sure * slopes.transpose())[0];
            told.error = (told.error * told.error + more).sqrt();
        }
        told
    }

    fn nothing(&self) -> Vec<Told> {
        vec![Told { loss: f64::NAN, error: f64::NAN }; self.rows.len()]
    }

    /// The same at this shape.
    fn told(&self, shape: Shape) -> Option<Vec<Told>> {
        let followed = self.followed(shape);
        let all: Vec<usize> = (0..self.rows.len()).collect();
        let solved: Option<Vec<Solved>> =
            self.rows.iter().map(|row| row.solved(shape, &followed[row.followed])).collect();
        let solved = solved?;
        let (means, _) = self.means(&all, &solved)?;
        Some(
            self.rows
                .iter()
                .zip(&solved)
                .map(|(row, solved)| row.told(shape, &followed[row.followed], solved, &means))
                .collect(),
        )
    }

    fn followed(&self, shape: Shape) -> Vec<Vec<f64>> {
        let (power, memory, fade) = (shape.power(), shape.memory() * self.unit, shape.fade());
        let follows = Follows { power, memory, fade };
        let of = |followed: &Followed| followed.at(self.annealing.unwrap_or_default(), &follows);
        self.followed.iter().map(of).collect()
    }

    /// Minus the logarithm of the density of the losses of some curves, and of what is expected beforehand.
    fn objective(&self, some: &[usize], shape: Shape) -> f64 {
        let followed = self.followed(shape);
        let solved: Option<Vec<Solved>> =
            (some.iter()).map(|k| self.rows[*k].solved(shape, &followed[self.rows[*k].followed])).collect();
        let off = |which: usize| (shape.0[which] - self.before(which)[0]) / self.before(which)[1];
        let before: f64 = (0..shape.0.len()).map(|which| 0.5 * off(which).powi(2)).sum();
        match solved.and_then(|solved| self.means(some, &solved)) {
            Some((_, value)) if value.is_finite() => value + before,
            _ => f64::INFINITY,
        }
    }

    /// The means of b and c, by generalised least squares, and minus the logarithm of the density.
    fn means(&self, some: &[usize], solved: &[Solved]) -> Option<(Means, f64)> {
        let p = if self.annealing.is_some() { 2 } else { 1 };
        let before = MEANS.powi(-2);
        let (mut normal, mut right) = (vec![0.0; p * p], vec![0.0; p]);
        let mut value = p as f64 * MEANS.ln();
        (0..p).for_each(|k| normal[k * p + k] = before);
        for (solved, row) in solved.iter().zip(some.iter().map(|k| &self.rows[*k])) {
            let n = row.relative.len();
            let y = &solved.columns[2];
            for i in 0..p {
                right[i] += dot(&solved.columns[i], y);
                (0..p).for_each(|j| normal[i * p + j] += dot(&solved.columns[i], &solved.columns[j]));
            }
            value += (0..n).map(|k| solved.factor[k * n + k].ln()).sum::<f64>() + 0.5 * dot(y, y);
        }
        let mut factor = normal;
        if !cholesky(&mut factor, p) {
            return None;
        }
        let mut at = right.clone();
        cholesky_solve(&factor, &mut at);
        value += (0..p).map(|k| factor[k * p + k].ln()).sum::<f64>() - 0.5 * dot(&right, &at);
        let mut covariance = [0.0; 4];
        for k in 0..p {
            let mut unit = vec![0.0; p];
            unit[k] = 1.0;
            cholesky_solve(&factor, &mut unit);
            (0..p).for_each(|j| covariance[2 * k + j] = unit[j]);
        }
        at.resize(2, 0.0);
        Some((Means { at: [at[0], at[1]], covariance }, value))
    }
}

impl Row {
    /// b's and c's columns at each place.
    fn columns(&self, shape: Shape, followed: &[f64]) -> [Vec<f64>; 2] {
        let (alpha, last) = (shape.alpha(), followed[self.relative.len() - 1]);
        [
            self.ln_learning.iter().map(|ln| (-alpha * ln).exp_m1() / alpha).collect(),
            followed.iter().map(|m| m - last).collect(),
        ]
    }

    /// Of two places, without the noise of rows.
    fn covariance(&self, shape: Shape, [b, c]: &[Vec<f64>; 2], i: usize, j: usize) -> f64 {
        let walked = self.ln_learning[i.min(j)] - self.ln_learning[0];
        let square = |which| shape.of(which).powi(2);
        square(WALK) * walked + square(OF_POWER) * b[i] * b[j] + square(OF_RATE) * c[i] * c[j] + LEVEL * LEVEL
    }

    fn solved(&self, shape: Shape, followed: &[f64]) -> Option<Solved> {
        let n = self.relative.len();
        let columns = self.columns(shape, followed);
        let mut factor = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                factor[i * n + j] = self.covariance(shape, &columns, i, j);
            }
            let own = &mut factor[i * n + i];
            *own += ROUNDING * *own + shape.noise().powi(2) / self.counts[i];
        }
        if !cholesky(&mut factor, n) {
            return None;
        }
        let [b, c] = columns;
        let columns = [b[..n].to_vec(), c[..n].to_vec(), self.relative.clone()].map(|mut column| {
            solve_lower(&factor, &mut column);
            column
        });
        Some(Solved { factor, columns })
    }

    fn told(&self, shape: Shape, followed: &[f64], solved: &Solved, means: &Means) -> Told {
        let n = self.relative.len();
        let columns = self.columns(shape, followed);
        let mut with: Vec<f64> = (0..n).map(|k| self.covariance(shape, &columns, k, n)).collect();
        solve_lower(&solved.factor, &mut with);
        let [mean_b, mean_c] = means.at;
        let [b, c, y] = &solved.columns;
        let left: Vec<f64> = (0..n).map(|k| y[k] - mean_b * b[k] - mean_c * c[k]).collect();
        let at = mean_b * columns[0][n] + mean_c * columns[1][n] + dot(&with, &left);
        let h = [columns[0][n] - dot(&with, b), columns[1][n] - dot(&with, c)];
        let of_means: f64 = (0..4).map(|k| h[k / 2] * h[k % 2] * means.covariance[k]).sum();
        let own = self.covariance(shape, &columns, n, n) + shape.noise().powi(2) - dot(&with, &with);
        Told { loss: (1.0 + at) * self.last_loss, error: (own + of_means).max(0.0).sqrt() * self.last_loss }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_curves_without_noise_are_solved_however_large_they_are() {
        let ln_learning: Vec<f64> = (0..40).map(|i| -3.7 + 0.1 * f64::from(i)).collect();
        let n = ln_learning.len() - 1;
        let relative = ln_learning[..n].iter().map(|ln| (-0.35 * ln).exp() - 1.0).collect();
        let row = Row { ln_learning, followed: 0, relative, counts: vec![1.0; n], last_loss: 3.0 };
        let shape = Shape(MEDIAN.map(f64::ln));
        for more in [0.0, 5.0, 10.0] {
            let shape = shape.moved(NOISE, -20.0).moved(WALK, -20.0).moved(OF_POWER, more);
            assert!(row.solved(shape, &vec![0.0; n + 1]).is_some(), "{more}");
        }
    }
}
