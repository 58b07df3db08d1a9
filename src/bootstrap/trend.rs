//! Whether larger or longer runs scatter more, or less.

use std::ops::Range;

use crate::numeric::cholesky::{cholesky, cholesky_solve, solve_lower};

/// Residuals count as at most so many times the mean |residual|, so that a few ruined runs make no trend.
const MOST: f64 = 4.0;
/// Least ratio of the largest to the smallest value of what a scale is a power of.
const LEAST_RANGE: f64 = 1.01;
/// No residual is made so many times larger or smaller.
const FARTHEST: f64 = 4.0;
/// No run is taken to leave less of itself in its score.
const LEAST_LEFT: f64 = 0.1;
/// Steps of Fisher's scoring; a dozen are usual.
const STEPS: usize = 100;

/// Logarithms of something that scale may be a power of, of the rows.
#[derive(Debug, Clone)]
pub(super) struct Column {
    rows: Vec<f64>,
    /// Which of the law's inputs it is.
    input: usize,
}

impl Column {
    pub(super) fn new(mut rows: Vec<f64>, input: usize) -> Self {
        rows.iter_mut().for_each(|x| *x = x.ln());
        Self { rows, input }
    }
}

/// How the scale of residuals rises, or falls.
#[derive(Debug, Clone)]
pub(super) struct Trend {
    /// With the power of each.
    columns: Vec<(Column, f64)>,
}

impl Trend {
    /// None where the scale is the same for all rows.
    ///
    /// |r| has the mean `s ∏ xₖ^cₖ` for a set of k columns, that of the greatest `W - k ln n`; or a mean that is the same for all if
    /// none is above 0. W is Wald's statistic of the powers c being 0, n counts runs. This is Schwarz's criterion, with W for
    /// twice the logarithm of the likelihood ratio. The powers solve `Σ w (|r|/scale - 1) ln x = 0`, maximum likelihood if |r| is
    /// exponential and consistent whatever its law; their covariance adds up the rows of a run before it squares, each
    /// run as if it had been left out.
    pub(super) fn of(
        columns: Vec<Column>,
        residuals: &[f64],
        weight: &[f64],
        runs: &[Range<usize>],
    ) -> Option<Self> {
        let total: f64 = weight.iter().sum();
        let mut centred: Vec<(usize, Vec<f64>)> = Vec::new();
        for (place, Column { rows, .. }) in columns.iter().enumerate() {
            let mean = rows.iter().zip(weight).map(|(x, w)| w * x).sum::<f64>() / total;
            let shifted: Vec<f64> = rows.iter().map(|x| x - mean).collect();
            let range = shifted.iter().fold(0.0f64, |most, x| most.max(x.abs()));
            if range > LEAST_RANGE.ln() {
                centred.push((place, shifted));
            }
        }
        let sizes: Vec<f64> = residuals.iter().map(|r| r.abs()).collect();
        let mean = sizes.iter().zip(weight).map(|(a, w)| w * a).sum::<f64>() / total;
        let found = (1..1usize << centred.len()).filter_map(|set| {
            let chosen: Vec<usize> = (0..centred.len()).filter(|k| set >> k & 1 == 1).collect();
            let set: Vec<&[f64]> = chosen.iter().map(|k| &*centred[*k].1).collect();
            let (powers, wald) = Powers { set: &set, sizes: &sizes, weight, runs }.fit(mean)?;
            let gain = wald - set.len() as f64 * (runs.len() as f64).ln();
            Some((gain, chosen, powers))
        });
        let best = found.filter(|(gain, ..)| *gain > 0.0).max_by(|a, b| a.0.total_cmp(&b.0));
        let (_, chosen, powers) = best?;
        let of_place = |place: usize| {
            let k = chosen.iter().position(|k| centred[*k].0 == place)?;
            Some(powers[k])
        };
        let columns = columns.into_iter().enumerate();
        let columns = columns.filter_map(|(place, column)| Some((column, of_place(place)?))).collect();
        Some(Self { columns })
    }

    /// The same for another law, given where that has an input; none where it lacks one.
    pub(super) fn moved(mut self, place: impl Fn(usize) -> Option<usize>) -> Option<Self> {
        for (column, _) in &mut self.columns {
            column.input = place(column.input)?;
        }
        Some(self)
    }

    /// The scale of residuals of a run that has these inputs over that at each row. It is not followed beyond the rows.
    pub(super) fn scales(&self, inputs: &[f64]) -> Vec<f64> {
        let rows = self.columns.first().map_or(0, |(column, _)| column.rows.len());
        let mut along = vec![0.0; rows];
        for (Column { rows, input }, power) in &self.columns {
            let least = rows.iter().copied().fold(f64::INFINITY, f64::min);
            let most = rows.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let asked = inputs[*input].ln().max(least).min(most);
            along.iter_mut().zip(rows).for_each(|(sum, x)| *sum += power * (asked - x));
        }
        along.into_iter().map(|sum| sum.exp().clamp(1.0 / FARTHEST, FARTHEST)).collect()
    }
}

/// What the powers of a set of columns are found from.
struct Powers<'a> {
    /// Logarithms about their means.
    set: &'a [&'a [f64]],
    sizes: &'a [f64],
    weight: &'a [f64],
    runs: &'a [Range<usize>],
}

impl Powers<'_> {
    fn x(&self, i: usize, row: usize) -> f64 {
        if i == 0 { 1.0 } else { self.set[i - 1][row] }
    }

    /// |r| over its scale.
    fn ratio(&self, found: &[f64], row: usize) -> f64 {
        let scale = found.iter().enumerate().map(|(i, c)| c * self.x(i, row)).sum::<f64>().exp();
        self.sizes[row] / scale
    }

    /// The score of these rows for the logarithm of the scale and the powers.
    fn score(&self, found: &[f64], rows: Range<usize>) -> Vec<f64> {
        let mut score = vec![0.0; found.len()];
        for row in rows {
            let excess = self.weight[row] * (self.ratio(found, row).min(MOST) - 1.0);
            score.iter_mut().enumerate().for_each(|(i, sum)| *sum += excess * self.x(i, row));
        }
        score
    }

    /// By how much the powers and the scale move with a row.
    fn leverage(&self, factor: &[f64], row: usize) -> f64 {
        let mut x: Vec<f64> = (0..=self.set.len()).map(|i| self.x(i, row)).collect();
        solve_lower(factor, &mut x);
        self.weight[row] * x.iter().map(|x| x * x).sum::<f64>()
    }

    /// The powers by Fisher's scoring, and Wald's statistic; none where columns cannot be told apart or all is nothing.
    fn fit(&self, mean: f64) -> Option<(Vec<f64>, f64)> {
        let (k, rows) = (self.set.len() + 1, 0..self.sizes.len());
        let mut information = vec![0.0; k * k];
        for row in rows.clone() {
            for i in 0..k {
                for j in 0..k {
                    information[i * k + j] += self.weight[row] * self.x(i, row) * self.x(j, row);
                }
            }
        }
        let mut factor = information.clone();
        if !cholesky(&mut factor, k) {
            return None;
        }
        let mut found = vec![0.0; k];
        found[0] = mean.ln();
        for _ in 0..STEPS {
            let mut step = self.score(&found, rows.clone());
            cholesky_solve(&factor, &mut step);
            let largest = step.iter().fold(0.0f64, |most, s| most.max(s.abs()));
            found.iter_mut().zip(&step).for_each(|(x, s)| *x += s / largest.max(1.0));
            if largest < 1e-6 {
                break;
            }
        }
        let mut squares = vec![0.0; k * k];
        for run in self.runs {
            let mut own = self.score(&found, run.clone());
            // As if the run had been left out, which few large ones may decide.
            let left = 1.0 - run.clone().map(|row| self.leverage(&factor, row)).sum::<f64>();
            own.iter_mut().for_each(|score| *score /= left.max(LEAST_LEFT));
            for i in 0..k {
                (0..k).for_each(|j| squares[i * k + j] += own[i] * own[j]);
            }
        }
        // By how much less than all residuals those that are not clipped move the score.
        let ratio = |row: usize| self.ratio(&found, row);
        let moving: f64 =
            rows.filter(|row| ratio(*row) < MOST).map(|row| self.weight[row] * ratio(row)).sum();
        let share = moving / self.weight.iter().sum::<f64>();
        // The columns have mean 0, so that the scale itself is apart from the powers.
        let k = k - 1;
        let powers = found[1..].to_vec();
        let part = |of: &[f64], i: usize, j: usize| of[(i + 1) * (k + 1) + j + 1];
        let told: Vec<f64> =
            (0..k).map(|i| (0..k).map(|j| share * part(&information, i, j) * powers[j]).sum()).collect();
        let mut squares: Vec<f64> = (0..k * k).map(|at| part(&squares, at / k, at % k)).collect();
        let mut solved = told.clone();
        cholesky(&mut squares, k).then(|| cholesky_solve(&squares, &mut solved))?;
        let wald = told.iter().zip(&solved).map(|(a, b)| a * b).sum::<f64>();
        (wald.is_finite() && powers.iter().all(|c| c.is_finite())).then_some((powers, wald))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::random::{stream, uniform};

    /// Runs of one row each, N over six e-folds, Laplace residuals of a scale that is a power of N; the scale at e⁴ over
    /// that at the first row, e⁰.
    fn found(power: f64, seed: u64, ruined: usize) -> f64 {
        let mut rng = stream(seed, 0);
        let n: Vec<f64> = (0..300).map(|i| (f64::from(i) / 50.0).exp()).collect();
        let mut residuals: Vec<f64> =
            n.iter().map(|n| 0.003 * n.powf(power) * -uniform(&mut rng).ln()).collect();
        residuals.iter_mut().take(ruined).for_each(|r| *r *= 20.0);
        let runs: Vec<_> = (0..300).map(|row| row..row + 1).collect();
        Trend::of(vec![Column::new(n, 0)], &residuals, &[1.0; 300], &runs)
            .map_or(1.0, |trend| trend.scales(&[4f64.exp()])[0])
    }

    #[test]
    fn a_power_of_the_scale_is_found_and_none_is_made_up() {
        for seed in 0..20 {
            // A power's standard error is 1/(√300 · 1.73) = .033: .2 over four e-folds to four of these.
            assert!((found(0.2, seed, 0).ln() - 0.8).abs() < 4.0 * 4.0 * 0.033, "{seed}");
        }
        // At ln 300 = 5.7 a chi-square of one degree is passed by chance in 1.7 % of sweeps.
        let made_up = (0..100).filter(|seed| found(0.0, *seed, 0) != 1.0).count();
        assert!(made_up <= 7, "{made_up}");
    }

    #[test]
    fn five_ruined_runs_make_no_trend_of_the_other_sign() {
        assert!((0..20).all(|seed| found(0.2, seed, 5) >= 1.0));
    }

    #[test]
    fn beyond_the_rows_the_scale_is_that_of_their_edge() {
        let at = |asked: f64| {
            let n: Vec<f64> = (0..40).map(|i| f64::from(i + 1)).collect();
            let runs: Vec<_> = (0..40).map(|row| row..row + 1).collect();
            Trend::of(vec![Column::new(n.clone(), 0)], &n, &[1.0; 40], &runs).unwrap().scales(&[asked])[20]
        };
        assert!(at(40.0) > 1.5 && at(1e6) == at(40.0) && at(20.0) < at(40.0));
    }
}
