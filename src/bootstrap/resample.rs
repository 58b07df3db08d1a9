//! Drawing groups of rows with replacement.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::Resample;
use crate::Observations;

/// Stream `index` of `seed`.
pub(crate) fn stream(seed: u64, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(index);
    rng
}

/// A number below `bound`, each as likely to within `bound` / 2³².
pub(crate) fn below(rng: &mut ChaCha8Rng, bound: usize) -> usize {
    ((u64::from(rng.next_u32()) * bound as u64) >> 32) as usize
}

/// Rows that are drawn together.
pub(super) struct Groups {
    /// The group of each row.
    of_row: Vec<u32>,
    count: usize,
}

impl Groups {
    pub(super) fn new(observations: &Observations, resample: Resample) -> Self {
        match resample {
            Resample::Rows => {
                Self { of_row: (0..observations.len() as u32).collect(), count: observations.len() }
            }
            Resample::Runs => {
                let mut runs = observations.run().to_vec();
                runs.sort_unstable();
                runs.dedup();
                let place = |run: &u32| runs.binary_search(run).unwrap_or_default() as u32;
                Self { of_row: observations.run().iter().map(place).collect(), count: runs.len() }
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Draws as many groups as there are; `counts` gets the multiplicity of each row.
    pub(super) fn draw(&self, rng: &mut ChaCha8Rng, counts: &mut [u32]) {
        let mut of_group = vec![0u32; self.count];
        for _ in 0..self.count {
            of_group[below(rng, self.count)] += 1;
        }
        for (count, group) in counts.iter_mut().zip(&self.of_row) {
            *count = of_group[*group as usize];
        }
    }
}
