//! What one replicate is fitted to.

use rand_chacha::ChaCha8Rng;

use super::Resample;
use super::noise::Noise;
use crate::Observations;
use crate::numeric::random::{below, uniform};
use crate::objective::Objective;

/// Below this many groups ±1 gives too few different replicates.
const FEW: usize = 12;

/// Rows that belong together.
pub(super) struct Groups {
    /// The group of each row.
    of_row: Vec<u32>,
    count: usize,
}

impl Groups {
    /// Numbered by the rows, which are in order.
    pub(super) fn new(rows: &Observations, resample: Resample) -> Self {
        if resample == Resample::Rows {
            return Self { of_row: (0..rows.len() as u32).collect(), count: rows.len() };
        }
        let (of_row, count) = rows.clusters();
        Self { of_row, count }
    }

    /// The group of each row.
    pub(super) fn of_rows(&self) -> &[u32] {
        &self.of_row
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Whether some group has several rows.
    pub(super) fn are_clusters(&self) -> bool {
        self.count < self.of_row.len()
    }
}

/// Numbers that several sweeps draw together: the place of each group among all of them, and how many there are.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) places: Vec<u32>,
    pub(crate) count: usize,
}

/// How a replicate is made from the observations.
pub(super) struct Plan<'a> {
    objective: &'a Objective,
    groups: &'a Groups,
    resample: Resample,
    /// Whose weights are drawn, where they are not the groups' own.
    shared: Option<&'a Shared>,
    /// ln L̂ of each row at the optimum.
    fitted: Vec<f64>,
    /// ln L - ln L̂ of each row, widened for the parameters that were fitted.
    residuals: Vec<f64>,
    noise: Noise,
}

/// Buffers of one thread.
pub(super) struct Draw {
    /// What the replicate is fitted to.
    pub(super) objective: Objective,
    of_all: Vec<f64>,
    of_group: Vec<f64>,
    of_row: Vec<f64>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        objective: &'a Objective,
        groups: &'a Groups,
        optimum: &[f64],
        (resample, freedom): (Resample, f64),
    ) -> Self {
        let rows = groups.of_row.len();
        let widening = (groups.count as f64 / freedom).sqrt();
        let mut residuals = objective.residuals(optimum);
        residuals.truncate(rows);
        let fitted = objective.rows().target.iter().zip(&residuals).map(|(l, r)| l - r).collect();
        residuals.iter_mut().for_each(|r| *r *= widening);
        let noise = Noise::estimate(&residuals, &groups.of_row, groups.count);
        Self { objective, groups, resample, shared: None, fitted, residuals, noise }
    }

    /// The same, its weights drawn with those of other sweeps.
    pub(super) fn sharing(self, shared: Option<&'a Shared>) -> Self {
        Self { shared, ..self }
    }

    pub(super) fn buffers(&self) -> Draw {
        Draw {
            objective: self.objective.clone(),
            of_all: vec![0.0; self.shared.map_or(0, |shared| shared.count)],
            of_group: vec![0.0; self.groups.count],
            of_row: vec![0.0; self.groups.of_row.len()],
        }
    }

    /// Makes the replicate of a stream of random numbers.
    pub(super) fn draw(&self, rng: &mut ChaCha8Rng, into: &mut Draw) {
        let count = self.groups.count;
        match self.resample {
            Resample::Weights => {
                let own = if self.shared.is_some() { &mut into.of_all } else { &mut into.of_group };
                own.iter_mut().for_each(|w| *w = -uniform(rng).ln());
                if let Some(Shared { places, .. }) = self.shared {
                    for (weight, place) in into.of_group.iter_mut().zip(places) {
                        *weight = into.of_all[*place as usize];
                    }
                }
            }
            Resample::Runs | Resample::Rows => {
                into.of_group.fill(0.0);
                for _ in 0..count {
                    into.of_group[below(rng, count)] += 1.0;
                }
            }
            Resample::Residuals => into.of_group.iter_mut().for_each(|w| *w = wild(rng, count < FEW)),
            Resample::Parametric => {
                self.noise.draw(rng, &self.groups.of_row, &mut into.of_group, &mut into.of_row);
            }
        }
        if self.resample != Resample::Parametric {
            for (row, group) in into.of_row.iter_mut().zip(&self.groups.of_row) {
                *row = into.of_group[*group as usize];
            }
        }
        match self.resample {
            Resample::Residuals => {
                for (row, residual) in into.of_row.iter_mut().zip(&self.residuals) {
                    *row *= residual;
                }
                into.objective.set_target(&self.fitted, &into.of_row);
            }
            Resample::Parametric => into.objective.set_target(&self.fitted, &into.of_row),
            _ => self.objective.resample(&into.of_row, &mut into.objective),
        }
        self.objective.draw_priors(rng, &mut into.objective);
    }

    /// The replicate without one group.
    pub(super) fn leave_out(&self, group: u32, into: &mut Draw) {
        for (row, of_row) in into.of_row.iter_mut().zip(&self.groups.of_row) {
            *row = f64::from(u8::from(*of_row != group));
        }
        self.objective.resample(&into.of_row, &mut into.objective);
    }
}

/// A multiplier of mean 0 and variance 1: ±1, or Webb's ±√½, ±1, ±√(3/2).
fn wild(rng: &mut ChaCha8Rng, six: bool) -> f64 {
    let size = if six { [0.5f64, 1.0, 1.5][below(rng, 3)].sqrt() } else { 1.0 };
    if below(rng, 2) == 0 { size } else { -size }
}
