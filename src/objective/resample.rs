//! The objective with other rows: what replicates are fitted to.

use super::Objective;
use crate::kernel::padded;

impl Objective {
    /// Replaces ln L, or L, of each row by a sum.
    pub(crate) fn set_target(&mut self, fitted: &[f64], noise: &[f64]) {
        for ((target, fitted), noise) in self.rows.target.iter_mut().zip(fitted).zip(noise) {
            *target = fitted + noise;
        }
    }

    /// Puts into `into` the rows whose multiplicity is not 0, their weights multiplied by it.
    pub(crate) fn resample(&self, multiplicity: &[f64], into: &mut Objective) {
        let from = &self.rows;
        let Objective { rows, chosen, .. } = into;
        // Every row is written and kept only if it counts: a branch would be mispredicted every other time.
        chosen.resize(multiplicity.len(), 0);
        let mut len = 0;
        for (i, count) in multiplicity.iter().enumerate() {
            chosen[len] = i as u32;
            len += usize::from(*count > 0.0);
        }
        let chosen = &chosen[..len];
        rows.len = len;
        let size = padded(len);
        for (column, source) in rows.columns.iter_mut().zip(&from.columns) {
            column.clear();
            column.extend(chosen.iter().map(|&i| source[i as usize]));
            // Any valid input does for rows of weight 0.
            column.resize(size, source[0]);
        }
        rows.target.clear();
        rows.target.extend(chosen.iter().map(|&i| from.target[i as usize]));
        rows.target.resize(size, 0.0);
        rows.weight.clear();
        rows.weight.extend(chosen.iter().map(|&i| from.weight[i as usize] * multiplicity[i as usize]));
        rows.weight.resize(size, 0.0);
    }

    /// Adds to ln L, or L, of the rows that were put in last what each of all rows is given.
    pub(crate) fn add_to_chosen(&mut self, noise: &[f64]) {
        let Self { rows, chosen, .. } = self;
        for (target, &i) in rows.target[..rows.len].iter_mut().zip(chosen.iter()) {
            *target += noise[i as usize];
        }
    }
}
