//! Small non-negative least squares, solved exactly.

use crate::numeric::cholesky::{cholesky, cholesky_solve};

/// Most coefficients of which all sets are tried.
const MOST: usize = 10;

/// The non-negative c that minimises cᵀGc - 2bᵀc: the best of all sets of positive coefficients (there are few
/// terms).
pub(super) struct NonNegative {
    gram: Vec<f64>,
    right: Vec<f64>,
    pub(super) best: Vec<f64>,
    members: Vec<usize>,
    factor: Vec<f64>,
    x: Vec<f64>,
}

impl NonNegative {
    pub(super) fn new(count: usize) -> Self {
        let (vector, matrix) = (vec![0.0; count], vec![0.0; count * count]);
        Self {
            gram: matrix.clone(),
            right: vector.clone(),
            best: vector.clone(),
            members: Vec::with_capacity(count),
            factor: matrix,
            x: vector,
        }
    }

    /// Sets G and b from the products of the terms with the target and with each other. Terms of one owner have one
    /// coefficient; those of none are known, and taken off the target. Returns what that adds to the target's square.
    pub(super) fn set(
        &mut self,
        owners: &[Option<usize>],
        right: impl Fn(usize) -> f64,
        mut product: impl FnMut(usize, usize) -> f64,
    ) -> f64 {
        let count = self.right.len();
        self.gram.fill(0.0);
        self.right.fill(0.0);
        let mut known = 0.0;
        for (i, owner) in owners.iter().enumerate() {
            match owner {
                Some(a) => self.right[*a] += right(i),
                None => known -= 2.0 * right(i),
            }
            for (j, other) in owners[..=i].iter().enumerate() {
                let value = product(i, j);
                match (owner, other) {
                    (Some(a), Some(b)) => {
                        self.gram[a * count + b] += value;
                        if i != j {
                            self.gram[b * count + a] += value;
                        }
                    }
                    (Some(a), None) | (None, Some(a)) => self.right[*a] -= value,
                    (None, None) => known += if i == j { value } else { 2.0 * value },
                }
            }
        }
        known
    }

    /// Of many coefficients: from all down, those that come out negative left out, until none is. Not always the best set.
    fn solve_down(&mut self, count: usize) -> Option<f64> {
        let mut members: Vec<usize> = (0..count).collect();
        loop {
            let p = members.len();
            let mut factor = vec![0.0; p * p];
            for (i, row) in members.iter().enumerate() {
                for (j, column) in members.iter().enumerate() {
                    factor[i * p + j] = self.gram[row * count + column];
                }
            }
            let mut x: Vec<f64> = members.iter().map(|i| self.right[*i]).collect();
            if p == 0 || !cholesky(&mut factor, p) {
                return None;
            }
            cholesky_solve(&factor, &mut x);
            if x.iter().all(|c| *c > 0.0) {
                self.best.fill(0.0);
                members.iter().zip(&x).for_each(|(i, c)| self.best[*i] = *c);
                return Some(members.iter().zip(&x).map(|(i, c)| self.right[*i] * c).sum());
            }
            let mut signs = x.iter();
            members.retain(|_| signs.next().is_some_and(|c| *c > 0.0));
        }
    }

    /// Leaves the solution in `best` and says how far it gets below zero. None if every set is singular.
    pub(super) fn solve(&mut self) -> Option<f64> {
        let count = self.right.len();
        // Terms that are given may exceed the target by themselves, and then none of the others helps.
        if self.right.iter().all(|b| *b <= 0.0) {
            self.best.fill(0.0);
            return Some(0.0);
        }
        if count > MOST {
            return self.solve_down(count);
        }
        let full = (1usize << count) - 1;
        let mut most = None;
        // From all coefficients down: if the unconstrained solution is positive, nothing is better.
        for set in (1..=full).rev() {
            self.members.clear();
            self.members.extend((0..count).filter(|i| set >> i & 1 == 1));
            let p = self.members.len();
            let factor = &mut self.factor[..p * p];
            let x = &mut self.x[..p];
            for (i, &row) in self.members.iter().enumerate() {
                x[i] = self.right[row];
                for (j, &column) in self.members.iter().enumerate() {
                    factor[i * p + j] = self.gram[row * count + column];
                }
            }
            if !cholesky(factor, p) {
                continue;
            }
            cholesky_solve(factor, x);
            if x.iter().any(|c| !(*c > 0.0)) {
                continue;
            }
            let gain: f64 = self.members.iter().zip(&*x).map(|(&i, c)| self.right[i] * c).sum();
            if most.is_none_or(|most| gain > most) {
                self.best.fill(0.0);
                for (&i, c) in self.members.iter().zip(&*x) {
                    self.best[i] = *c;
                }
                most = Some(gain);
            }
            if set == full {
                break;
            }
        }
        most
    }
}
