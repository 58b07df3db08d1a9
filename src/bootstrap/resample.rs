//! What one replicate is fitted to.

use rand_chacha::ChaCha8Rng;

use super::Resample;
use super::groups::Groups;
use super::hidden;
use super::noise::Noise;
use crate::numeric::random::{below, normal, uniform};
use crate::objective::Objective;

/// Below this many groups ±1 gives too few different replicates.
const FEW: usize = 12;

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
    /// The noise of each group that draws of weights do not show, if any.
    hidden: Option<Vec<f64>>,
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
        let rows = groups.of_rows().len();
        let widening = (groups.len() as f64 / freedom).sqrt();
        let mut residuals = objective.residuals(optimum);
        residuals.truncate(rows);
        let hidden = (resample == Resample::Weights)
            .then(|| hidden::deviations(objective, groups, (optimum, &residuals)))
            .flatten();
        let fitted = objective.rows().target.iter().zip(&residuals).map(|(l, r)| l - r).collect();
        residuals.iter_mut().for_each(|r| *r *= widening);
        let noise = Noise::estimate(&residuals, groups.of_rows(), groups.len());
        Self { objective, groups, resample, shared: None, fitted, residuals, noise, hidden }
    }

    /// The same, its weights drawn with those of other sweeps.
    pub(super) fn sharing(self, shared: Option<&'a Shared>) -> Self {
        Self { shared, ..self }
    }

    pub(super) fn buffers(&self) -> Draw {
        Draw {
            objective: self.objective.clone(),
            of_all: vec![0.0; self.shared.map_or(0, |shared| shared.count)],
            of_group: vec![0.0; self.groups.len()],
            of_row: vec![0.0; self.groups.of_rows().len()],
        }
    }

    /// Makes the replicate of a stream of random numbers.
    pub(super) fn draw(&self, rng: &mut ChaCha8Rng, into: &mut Draw) {
        let count = self.groups.len();
        match self.resample {
            Resample::Weights => {
                self.each(into, || -uniform(rng).ln());
            }
            Resample::Runs | Resample::Rows => {
                into.of_group.fill(0.0);
                for _ in 0..count {
                    into.of_group[below(rng, count)] += 1.0;
                }
            }
            Resample::Residuals => into.of_group.iter_mut().for_each(|w| *w = wild(rng, count < FEW)),
            Resample::Parametric => {
                self.noise.draw(rng, self.groups.of_rows(), &mut into.of_group, &mut into.of_row);
            }
        }
        if self.resample != Resample::Parametric {
            self.to_rows(into);
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
        if let Some(hidden) = &self.hidden {
            self.each(into, || normal(rng));
            into.of_group.iter_mut().zip(hidden).for_each(|(noise, deviation)| *noise *= deviation);
            self.to_rows(into);
            into.objective.add_to_chosen(&into.of_row);
        }
        self.objective.draw_priors(rng, &mut into.objective);
    }

    /// A number for each group, drawn for those of all sweeps where several draw together.
    fn each(&self, into: &mut Draw, mut of: impl FnMut() -> f64) {
        let Some(Shared { places, .. }) = self.shared else {
            return into.of_group.iter_mut().for_each(|own| *own = of());
        };
        into.of_all.iter_mut().for_each(|own| *own = of());
        for (own, place) in into.of_group.iter_mut().zip(places) {
            *own = into.of_all[*place as usize];
        }
    }

    /// The number of each row's group.
    fn to_rows(&self, into: &mut Draw) {
        for (row, group) in into.of_row.iter_mut().zip(self.groups.of_rows()) {
            *row = into.of_group[*group as usize];
        }
    }

    /// The replicate without one group.
    pub(super) fn leave_out(&self, group: u32, into: &mut Draw) {
        for (row, of_row) in into.of_row.iter_mut().zip(self.groups.of_rows()) {
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
