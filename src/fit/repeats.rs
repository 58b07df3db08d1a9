//! Runs of one size and length and evaluations of one run: how far they scatter, and whether the law departs from their means by more.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::Fit;
use super::lack_of_fit::left_over;
use super::tangent::{By, Tangent};
use crate::finding::{Finding, FindingKind};
use crate::numeric::nested::{Nested, Places};
use crate::objective::Residual;
use crate::observation::Repeated;

/// How far something scatters that repeats.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Scatter {
    /// Standard deviation of ln L; 0 where the moments have a variance below it.
    pub deviation: f64,
    /// Its 95 % interval, if the noise is normal.
    pub interval: [f64; 2],
    /// Degrees of freedom of the mean square that it is taken from.
    pub freedom: usize,
}

/// What runs repeat, and what follows.
///
/// Runs of one group whose last rows agree in all that the law reads repeat each other, as with several seeds. Rows of one cluster that agree so, or of one
/// run at its end, are evaluations of a run. Then `ln L = ln L̂ + r + e`, with the variances σ_r² of runs and σ_e² of evaluations.
/// Mean squares of evaluations about their run's mean give σ_e². Those of the runs' means about that of their place give `σ_r² + h σ_e²`, h being the mean of
/// one over the number of evaluations (the method of unweighted means, Thomas & Hultquist 1978). Intervals are of χ²; of σ_r² and of the sum
/// they are the modified large-sample intervals of Ting and others (1990) and of Graybill & Wang (1980).
///
/// The test is `F = (S_p/g)/(S_r/f)` of the runs' means, each by the weight `1/(σ_r² + σ_e²/m)`. S_r is the sum of their squares about the mean of their
/// place, with f degrees of freedom. S_p is that of the places' means about the law, moved along its own derivatives to be least, and g the
/// number of places less that of parameters (Draper & Smith 1998, section 2.1).
///
/// ```
/// use nbar::{FitOptions, Observations, fit_scaling_law};
/// // Twelve places, each with two runs that lie .2 % to either side.
/// let place = |i: usize| (1e8 * 2f64.powi(i as i32 % 4), 4e9 * 2f64.powi(i as i32 / 4));
/// let runs: Vec<(f64, f64, f64)> = (0..24).map(|i| (place(i / 2).0, place(i / 2).1, if i % 2 == 0 { 0.002 } else { -0.002 })).collect();
/// let loss = |(n, d, noise): &(f64, f64, f64)| (1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37)) * noise.exp();
/// let losses = runs.iter().map(loss).collect();
/// let observations = Observations::new(runs.iter().map(|r| r.0).collect(), runs.iter().map(|r| r.1).collect(), losses)?;
/// let repeats = fit_scaling_law(&observations, &FitOptions::default())?.repeats().unwrap();
/// assert_eq!((repeats.sets, repeats.runs, repeats.freedom), (12, 24, 12));
/// assert!((repeats.scatter / 0.002f64 / 2f64.sqrt() - 1.0).abs() < 1e-9 && repeats.p.unwrap() > 0.5);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Repeats {
    /// Places with several rows.
    pub sets: usize,
    /// Runs in them.
    pub runs: usize,
    /// Standard deviation of ln L among single evaluations of runs of one size and length; where no place has two runs, among those of one run.
    pub scatter: f64,
    /// Its 95 % interval.
    pub interval: [f64; 2],
    /// Degrees of freedom of that: of the runs, if they repeat.
    pub freedom: usize,
    /// Rows in them.
    #[serde(default)]
    pub evaluations: usize,
    /// σ_r; none where no place has two runs.
    #[serde(default)]
    pub run: Option<Scatter>,
    /// σ_e; none where no run has two evaluations, and then σ_r has it.
    #[serde(default)]
    pub evaluation: Option<Scatter>,
    /// Whether runs differ in how many evaluations they have, all rows counting alike.
    #[serde(default)]
    pub uneven: bool,
    /// Probability of an F as large if the law holds; none where no place is left to test it.
    pub p: Option<f64>,
}

impl Fit {
    /// What runs repeat; none where no two do, or they do not scatter, or a learning rate or a
    /// recipe tells most of them apart. Runs whose cluster is at several places share more than their place: they are none either.
    #[must_use]
    pub fn repeats(&self) -> Option<Repeats> {
        let are_apart = |finding: &Finding| match finding.kind {
            FindingKind::LearningRates { .. } | FindingKind::SeveralKinds { .. } => true,
            FindingKind::SeveralGroups { .. } => self.mixes_groups(),
            _ => false,
        };
        let columns = self.law().spec().columns(&self.rows).ok()?;
        let residuals = self.residuals_of(&self.rows, Residual::LnLoss).ok()?;
        let inputs: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        // What the law does not read tells runs apart too: those of one budget are no repeats.
        let alone = self.rows.is_flops_alone();
        let apart = [self.rows.params(), self.rows.tokens()].into_iter().filter(|_| !alone);
        let known: Vec<&[f64]> = inputs.iter().copied().chain(apart).collect();
        let repeated = self.rows.repeated(&known);
        let sets = repeated.iter().filter(|units| units.len() > 1);
        let rows: usize = sets.flatten().map(Vec::len).sum();
        if self.rows.findings().iter().any(|finding| are_apart(finding) && 2 * finding.count > rows) {
            return None;
        }
        if self.has_crossed_clusters(&repeated) {
            return None;
        }
        let places: Places = repeated
            .iter()
            .map(|units| units.iter().map(|unit| unit.iter().map(|row| residuals[*row]).collect()).collect())
            .collect();
        let nested = Nested::of(&places);
        let of = |(variance, ends): (f64, [f64; 2]), freedom| Scatter {
            deviation: variance.sqrt(),
            interval: ends.map(f64::sqrt),
            freedom,
        };
        let freedom = nested.units.or(nested.within)?.freedom;
        let scatter = of(nested.of_both().or_else(|| nested.of_numbers())?, freedom);
        if !(scatter.deviation > 0.0 && scatter.deviation.is_finite()) {
            return None;
        }
        let run = nested.units.zip(nested.of_units()).map(|(square, of_units)| of(of_units, square.freedom));
        let evaluation =
            nested.within.zip(nested.of_numbers()).map(|(s, of_numbers)| of(of_numbers, s.freedom));
        let count = |units: &Vec<Vec<usize>>| units.iter().map(Vec::len).sum::<usize>();
        let several = || repeated.iter().filter(|units| count(units) > 1);
        let mut counts = repeated.iter().flatten().map(Vec::len);
        let first = counts.next();
        Some(Repeats {
            sets: several().count(),
            runs: several().map(Vec::len).sum(),
            scatter: scatter.deviation,
            interval: scatter.interval,
            freedom,
            evaluations: several().map(count).sum(),
            run,
            evaluation,
            uneven: self.rows.weight().is_none() && counts.any(|other| Some(other) != first),
            p: self.departs_from_places(&inputs, &repeated, &places, &nested),
        })
    }

    /// Whether a cluster has runs at several places, as a seed has that all sizes were trained with.
    fn has_crossed_clusters(&self, repeated: &Repeated) -> bool {
        let (cluster, count) = self.rows.clusters();
        let mut place_of = vec![None; count];
        let mut rows = repeated
            .iter()
            .enumerate()
            .flat_map(|(place, units)| units.iter().flatten().map(move |row| (place, row)));
        rows.any(|(place, row)| *place_of[cluster[*row] as usize].get_or_insert(place) != place)
    }

    /// The test of the places' means against the law.
    fn departs_from_places(
        &self,
        inputs: &[&[f64]],
        repeated: &Repeated,
        places: &Places,
        nested: &Nested,
    ) -> Option<f64> {
        let freedom = nested.units?.freedom;
        let (of_runs, of_rows) =
            (nested.of_units()?.0, nested.of_numbers().map_or(0.0, |(variance, _)| variance));
        let (mut weights, mut means, mut pure) = (Vec::new(), Vec::new(), 0.0);
        for units in places {
            let weight = |unit: &Vec<f64>| 1.0 / (of_runs + of_rows / unit.len() as f64);
            let mean = |unit: &Vec<f64>| unit.iter().sum::<f64>() / unit.len() as f64;
            let sum = |of: &dyn Fn(&Vec<f64>) -> f64| units.iter().map(|u| weight(u) * of(u)).sum::<f64>();
            let (whole, middle) = (sum(&|_| 1.0), sum(&mean) / sum(&|_| 1.0));
            pure += sum(&|unit| (mean(unit) - middle).powi(2));
            weights.push(whole.sqrt());
            means.push(middle);
        }
        let rows: Vec<usize> = repeated.iter().map(|units| units[0][0]).collect();
        let at: Vec<Vec<f64>> =
            inputs.iter().map(|column| rows.iter().map(|row| column[*row]).collect()).collect();
        let at: Vec<&[f64]> = at.iter().map(Vec::as_slice).collect();
        let tangent = Tangent::new(self).ok()?;
        let (_, jacobian) = tangent.at(self, &at);
        let jacobian = DMatrix::from_fn(rows.len(), jacobian.ncols(), |i, j| weights[i] * jacobian[(i, j)]);
        let means = DVector::from_fn(rows.len(), |i, _| weights[i] * means[i]);
        let (jacobian, means) = tangent.with_priors(self, jacobian, means, By::Noise);
        if !jacobian.iter().chain(&means).all(|x| x.is_finite()) {
            return None;
        }
        let (departure, rank) = left_over(&jacobian, &means);
        let left = means.len().checked_sub(rank).filter(|left| *left > 0)?;
        let f = departure / left as f64 / (pure / freedom as f64);
        FisherSnedecor::new(left as f64, freedom as f64).map(|of| of.sf(f)).ok()
    }
}
