//! What draws alone cannot know of the runs that a quantity rests on: how few these are, and how far the fit follows them.

use statrs::distribution::{ContinuousCDF, Normal};

use super::Ensemble;
use super::followed::{Followed, reach};
use super::groups::Groups;
use super::interval::RestsOn;
use crate::numeric::cholesky::{cholesky, cholesky_solve, solve_lower};
use crate::numeric::statistics::quantiles;

/// Draws of a parameter count as at most so many standard deviations from their median.
const FARTHEST: f64 = 4.0;
/// The fit follows no run so closely that less than this share of its noise is left in its residual.
const LEAST_LEFT: f64 = 1e-3;

/// What a fit's runs bear on its parameters.
#[derive(Debug)]
pub(super) struct Leverage {
    /// The free parameters of each draw about their medians, one row a draw.
    draws: Vec<f64>,
    /// Cholesky factor of the draws' products; the unit matrix's row for a parameter of which they do not differ.
    products: Vec<f64>,
    followed: Followed,
    /// Σ s sᵀ over the runs' scores s at the optimum, and the same with each as if its run had been left out.
    spreads: [Vec<f64>; 2],
    parameters: usize,
    /// Normal scores of draws that all differ, in their order.
    by_rank: Vec<f64>,
}

impl Ensemble {
    /// By how much the fit moves with each row, between 0 and 1; of rows in the order in which they are summed.
    pub(crate) fn leverages(&self) -> Option<&[f64]> {
        Some(&self.leverage()?.followed.of_row)
    }
}

impl Leverage {
    pub(super) fn new(ensemble: &Ensemble) -> Option<Self> {
        let fit = &ensemble.fit;
        let (objective, theta) = fit.objective_at_optimum(fit.options.rho).ok()?;
        let p = theta.len();
        let groups = Groups::new(&fit.rows, ensemble.options.resample);
        let delta = reach(fit.options.rho);
        let mut own = vec![0.0; groups.len() * p];
        let mut of_group = vec![0.0; groups.len() * p * p];
        let followed = Followed::new(&objective, &theta, &groups, |row| {
            let clipped = row.residual.clamp(-delta, delta);
            for i in 0..p {
                own[row.run * p + i] += row.weight * clipped * row.slopes[i];
                for j in 0..p {
                    of_group[(row.run * p + i) * p + j] -= row.weight * row.slopes[i] * row.slopes[j];
                }
            }
        })?;
        let mut spreads = [vec![0.0; p * p], vec![0.0; p * p]];
        for (score, left) in own.chunks_exact_mut(p).zip(of_group.chunks_exact_mut(p * p)) {
            add_square(&mut spreads[0], score);
            (0..p).for_each(|i| left[i * p + i] += 1.0 + LEAST_LEFT);
            if cholesky(left, p) {
                cholesky_solve(left, score);
            }
            add_square(&mut spreads[1], score);
        }
        let coordinates = objective.coordinates();
        let free: Vec<Vec<f64>> =
            ensemble.draws.iter().map(|draw| coordinates.natural_to_free(draw)).collect();
        let (draws, products) = centred(&free, p)?;
        let by_rank = (0..free.len()).map(|rank| normal_score(rank, 1, free.len())).collect();
        Some(Self { draws, products, followed, spreads, parameters: p, by_rank })
    }

    /// The number of runs that a quantity rests on, (Σ a²)²/Σ a⁴ for what each run's noise a moves it by, and its standard error
    /// as if each run had been left out over that without; none for what does not differ between draws.
    pub(super) fn of(&self, values: &[f64]) -> Option<RestsOn> {
        let p = self.parameters;
        if values.len() * p != self.draws.len() {
            return None;
        }
        let mut along = vec![0.0; p];
        for (score, draw) in normal_scores(values, &self.by_rank).iter().zip(self.draws.chunks_exact(p)) {
            along.iter_mut().zip(draw).for_each(|(sum, x)| *sum += score * x);
        }
        cholesky_solve(&self.products, &mut along);
        solve_lower(&self.followed.information, &mut along);
        let (mut second, mut fourth) = (0.0, 0.0);
        for score in self.followed.scores.chunks_exact(p) {
            let square = score.iter().zip(&along).map(|(s, c)| s * c).sum::<f64>().powi(2);
            second += square;
            fourth += square * square;
        }
        let [whole, left_out] = [0, 1].map(|which: usize| {
            let row = |i: usize| (0..p).map(|j| self.spreads[which][i * p + j] * along[j]).sum::<f64>();
            (0..p).map(|i| along[i] * row(i)).sum::<f64>()
        });
        let runs = second * second / fourth;
        runs.is_finite().then(|| {
            let ratio = (1.0 + self.followed.squared * (left_out / whole - 1.0)).sqrt();
            RestsOn { runs, widening: if ratio.is_finite() { ratio.max(1.0) } else { 1.0 } }
        })
    }
}

fn add_square(matrix: &mut [f64], x: &[f64]) {
    for (i, a) in x.iter().enumerate() {
        for (j, b) in x.iter().enumerate() {
            matrix[i * x.len() + j] += a * b;
        }
    }
}

/// Draws about their medians, far ones brought nearer, and the Cholesky factor of their products.
fn centred(draws: &[Vec<f64>], p: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    let mut all = vec![0.0; draws.len() * p];
    let mut differs = vec![false; p];
    for k in 0..p {
        let mut column: Vec<f64> = draws.iter().map(|draw| draw[k]).collect();
        // The middle 68 % of a normal distribution are two standard deviations wide.
        let [low, median, high] = quantiles(&mut column, [0.1587, 0.5, 0.8413]);
        let deviation = 0.5 * (high - low);
        differs[k] = deviation > 0.0 && deviation.is_finite();
        for (i, draw) in draws.iter().enumerate().filter(|_| differs[k]) {
            all[i * p + k] = (draw[k] - median).clamp(-FARTHEST * deviation, FARTHEST * deviation);
        }
    }
    let mut products = vec![0.0; p * p];
    all.chunks_exact(p).for_each(|draw| add_square(&mut products, draw));
    (0..p).filter(|k| !differs[*k]).for_each(|k| products[k * p + k] = 1.0);
    cholesky(&mut products, p).then_some((all, products))
}

/// The quantile of the normal distribution at each value's rank; 0 for all if they are alike. `by_rank` are those of values that differ.
fn normal_scores(values: &[f64], by_rank: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut scores = vec![0.0; values.len()];
    let mut before = 0;
    for alike in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let score = match alike.len() {
            1 => by_rank[before],
            count => normal_score(before, count, values.len()),
        };
        alike.iter().for_each(|i| scores[*i] = score);
        before += alike.len();
    }
    scores
}

/// The normal quantile of the middle of `count` of `all` values that come after so many.
fn normal_score(before: usize, count: usize, all: usize) -> f64 {
    let rank = before as f64 + 0.5 * count as f64;
    Normal::standard().inverse_cdf(rank / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BootstrapOptions, FitOptions, Observations, Rho, fit_scaling_law};

    /// A fit of ln E alone to eight runs, the last of which counts most: the derivative of ln L̂ is E/L̂.
    fn of(rho: Rho) -> (RestsOn, Vec<f64>, Vec<f64>) {
        let n: Vec<f64> = [1e4, 1e4, 1e5, 1e5, 1e5, 1e6, 1e6, 1e10].to_vec();
        let noise = [0.01, -0.02, 0.015, -0.005, 0.02, -0.01, 0.01, -0.03];
        let rest = |n: &f64| 900.0 / n.powf(0.5);
        let loss = n.iter().zip(noise).map(|(n, noise)| (1.5 + rest(n)) * f64::exp(noise)).collect();
        let rows = Observations::new(n.clone(), vec![1e30; 8], loss).unwrap();
        let fixed = [("A", 900.0), ("B", 1.0), ("alpha", 0.5), ("beta", 1.0)];
        let options =
            fixed.iter().fold(FitOptions::default(), |options, (name, x)| options.with_fixed(name, *x));
        let fit = fit_scaling_law(&rows, &options.with_rho(rho).with_jobs(1)).unwrap();
        let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(50)).unwrap();
        let values: Vec<f64> = ensemble.draws.iter().map(|draw| draw[0]).collect();
        let slopes = n.iter().map(|n| fit.parameters[0] / (fit.parameters[0] + rest(n))).collect();
        (ensemble.leverage().unwrap().of(&values).unwrap(), slopes, fit.residuals().unwrap())
    }

    #[test]
    fn of_one_parameter_both_numbers_are_their_formulas() {
        let (found, x, r) = of(Rho::Squared);
        let sum = |of: &dyn Fn(usize) -> f64| (0..x.len()).map(of).sum::<f64>();
        let squares = sum(&|i| x[i].powi(2));
        let runs = squares.powi(2) / sum(&|i| x[i].powi(4));
        assert!((found.runs / runs - 1.0).abs() < 1e-9 && runs < 4.0, "{found:?} {runs}");
        let left = |i: usize| 1.0 + LEAST_LEFT - x[i].powi(2) / squares;
        let widening = (sum(&|i| (x[i] * r[i] / left(i)).powi(2)) / sum(&|i| (x[i] * r[i]).powi(2))).sqrt();
        assert!((found.widening / widening - 1.0).abs() < 1e-9 && widening > 1.5, "{found:?} {widening}");
    }

    #[test]
    fn a_fit_of_least_absolute_deviations_hides_nothing() {
        assert_eq!(of(Rho::Laplace).0.widening, 1.0);
    }
}
