//! Degrees of freedom: groups that were drawn from, less the parameters that they were spent on.

use super::Resample;
use super::groups::Groups;
use crate::fit::Fit;

/// What is left of a column of J below this share of its length is rounding.
const NOTHING: f64 = 1e-9;

impl Fit {
    /// How many parameters the differences between clusters determine: the trace of `H B`, where `H = J (JᵀWJ)⁻¹ JᵀW` projects
    /// on what the parameters move and `B` on the means of the clusters. Without clusters it is the number of parameters. What
    /// priors decide is not the runs'.
    pub(crate) fn spent(&self) -> f64 {
        (self.spent_without_priors() - self.known()).max(0.0)
    }

    fn spent_without_priors(&self) -> f64 {
        let all = self.free_parameters() as f64;
        if self.rows.cluster_count().is_none() {
            return all;
        }
        // A fit that ran off has no J.
        let Ok((objective, optimum)) = self.objective_at_optimum(self.options.rho) else { return all };
        let (_, jacobian) = objective.linearised(&optimum);
        let rows = objective.rows();
        let roots: Vec<f64> = rows.weight[..rows.len].iter().map(|weight| weight.sqrt()).collect();
        let column = |column: &[f64]| {
            column.iter().zip(&roots).map(|(slope, root)| slope * root).collect::<Vec<f64>>()
        };
        let columns = jacobian.chunks(rows.target.len()).map(column).collect();
        trace_between(columns, &roots, &self.rows.clusters())
    }
}

impl Groups {
    /// How many of these a fit leaves free that spent so many clusters.
    pub(super) fn freedom(&self, fit: &Fit, (resample, spent): (Resample, f64)) -> f64 {
        let spent = match resample {
            Resample::Rows => fit.free_parameters() as f64 - fit.known(),
            _ => spent,
        };
        (self.len() as f64 - spent).max(1.0)
    }
}

/// The trace, from the columns of `W^½ J` and the roots of the weights.
fn trace_between(mut columns: Vec<Vec<f64>>, roots: &[f64], (of_row, groups): &(Vec<u32>, usize)) -> f64 {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut weights = vec![0.0; *groups];
    of_row.iter().zip(roots).for_each(|(group, root)| weights[*group as usize] += root * root);
    let mut trace = 0.0;
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(columns.len());
    for column in &mut columns {
        let whole = product(column, column).sqrt();
        // Gram and Schmidt, twice against rounding.
        for _ in 0..2 {
            for known in &basis {
                let along = product(column, known);
                column.iter_mut().zip(known).for_each(|(x, y)| *x -= along * y);
            }
        }
        let left = product(column, column).sqrt();
        if !(left > NOTHING * whole) {
            continue;
        }
        column.iter_mut().for_each(|x| *x /= left);
        let mut sums = vec![0.0; *groups];
        for ((x, root), group) in column.iter().zip(roots).zip(of_row) {
            sums[*group as usize] += x * root;
        }
        trace += sums.iter().zip(&weights).map(|(sum, weight)| sum * sum / weight).sum::<f64>();
        basis.push(std::mem::take(column));
    }
    trace
}

#[cfg(test)]
mod tests {
    use super::trace_between;

    /// A constant, a slope that differs between clusters only, one that differs within them only, and the constant again.
    #[test]
    fn what_differs_between_clusters_spends_them_and_what_differs_within_does_not() {
        let of_row = (vec![0, 0, 1, 1, 2, 2], 3);
        let roots = [1.0; 6];
        let (constant, between) = (vec![1.0; 6], vec![0.0, 0.0, 1.0, 1.0, 5.0, 5.0]);
        let within = vec![-1.0, 1.0, -1.0, 1.0, -1.0, 1.0];
        let trace = |columns: &[&Vec<f64>]| {
            trace_between(columns.iter().map(|column| (*column).clone()).collect(), &roots, &of_row)
        };
        assert!((trace(&[&constant]) - 1.0).abs() < 1e-12);
        assert!((trace(&[&constant, &between]) - 2.0).abs() < 1e-12);
        assert!((trace(&[&constant, &between, &within]) - 2.0).abs() < 1e-12);
        assert!((trace(&[&constant, &within, &constant]) - 1.0).abs() < 1e-12);
        // Half of 0, 2, 0, 2, … lies between: its mean 1 in a square of 2; with the constant there is no more than that.
        assert!((trace(&[&vec![0.0, 2.0, 0.0, 2.0, 0.0, 2.0]]) - 0.5).abs() < 1e-12);
        // Where each row is a cluster, every parameter is spent.
        let columns = vec![constant, between, within];
        let rows = (vec![0, 1, 2, 3, 4, 5], 6);
        assert!((trace_between(columns, &roots.map(|root| 3.0 * root), &rows) - 3.0).abs() < 1e-12);
    }
}
