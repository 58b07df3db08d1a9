//! How the runs bend away from the law, and what that leaves open beyond them.
//!
//! `ln L = ln L̂ + J dθ + δ(x) + noise`: J are the derivatives of ln L̂ at the optimum, with a flat prior on dθ; x are the
//! [axes](crate::fit::Axes), logarithms of what the law reads; δ is Gaussian with covariance `(r σ)² exp(-|x - x'|²/(2 ℓ²))`, ℓ in e-folds.
//! Runs that bring several rows, or clusters of runs, share a deviation of variance v σ². Half of the prior is on r = 0, and the rest is even over a grid of
//! ℓ, r and v; the restricted likelihood weighs the grid (Rasmussen and Williams 2006, section 2.7; Kennedy and O'Hagan 2001; Cressie 1993).

mod draw;
mod features;
mod posterior;
mod way;

pub(crate) use draw::{BendDraw, Bent};
use features::Features;
use posterior::{Component, Family};
pub(crate) use way::Way;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use nalgebra::{DMatrix, DVector};

use crate::Result;
use crate::fit::{Axes, By, Fit, Residual, Tangent, clip};
use crate::law::Scale;
use crate::numeric::parallel::map_blocks;

/// Lengths over which a bend changes, in e-folds.
const LENGTHS: [f64; 3] = [1.0, 2.0, 4.0];
/// Sizes of a bend over that of the noise.
const RATIOS: [f64; 6] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0];
/// Variances that the rows of a run share, over those that they do not.
const SHARED: [f64; 3] = [0.0, 1.0, 4.0];
/// Directions of J whose singular value is below this share of the largest are none.
const RANK: f64 = 1e-7;
/// Grid points below this weight are left out.
const NEGLIGIBLE: f64 = 1e-9;

/// The posterior of a bend.
#[derive(Debug, Clone)]
pub(crate) struct Bend {
    pub(crate) axes: Axes,
    tangent: Tangent,
    /// Exponents that are positive: where they were not, the loss would rise with what it falls with.
    positive: Vec<usize>,
    /// What J is multiplied by to be orthonormal on the rows.
    whitening: DMatrix<f64>,
    families: Vec<Family>,
    components: Vec<Component>,
    /// Rows less directions of J.
    freedom: f64,
    /// Probability of r > 0.
    pub(crate) probability: f64,
}

/// What a bend does to ln L at one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BentBy {
    /// Mean of J dθ + δ.
    pub(crate) shift: f64,
    /// Standard deviation of δ for a known dθ, and of the shift over the grid.
    pub(crate) deviation: f64,
}

/// A bend that is worked out when it is first asked for, once for all clones of an ensemble, and says nothing of whether two ensembles are alike.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cached(Arc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    bend: OnceLock<Option<Box<Bend>>>,
    draws: OnceLock<Draws>,
}

/// Draws of a bend by this seed.
#[derive(Debug)]
struct Draws {
    seed: u64,
    all: Vec<Option<BendDraw>>,
}

impl PartialEq for Cached {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Cached {
    pub(crate) fn of(&self, fit: &Fit) -> Option<&Bend> {
        // Worked out outside of the lock, as draws are.
        let kept = match self.0.bend.get() {
            Some(kept) => kept,
            None => {
                let bend = Bend::of(fit).ok().flatten().map(Box::new);
                self.0.bend.get_or_init(|| bend)
            }
        };
        kept.as_deref()
    }

    /// So many draws of the bend, which are kept for the next question.
    pub(crate) fn draws(
        &self,
        bend: &Bend,
        seed: u64,
        count: usize,
        jobs: usize,
    ) -> Cow<'_, [Option<BendDraw>]> {
        let draw = || map_blocks(jobs, count, 8, |block| block.map(|index| bend.draw(seed, index)).collect());
        // Drawn outside of the lock: a thread of a pool may be given another question while it waits for others here.
        let kept = match self.0.draws.get() {
            Some(kept) => kept,
            None => {
                let drawn = Draws { seed, all: draw() };
                self.0.draws.get_or_init(|| drawn)
            }
        };
        if kept.seed == seed && kept.all.len() == count { Cow::from(&kept.all) } else { Cow::from(draw()) }
    }
}

impl Bend {
    /// None where there is nothing to bend: no residual, no row beyond the directions of J, or an optimum that is not identified.
    pub(crate) fn of(fit: &Fit) -> Result<Option<Self>> {
        if !fit.has_departures() {
            return Ok(None);
        }
        let axes = fit.bend_axes();
        let rows = &*fit.seen();
        let inputs = fit.law().spec().columns(rows)?;
        let inputs: Vec<&[f64]> = inputs.iter().map(Vec::as_slice).collect();
        let tangent = Tangent::new(fit)?;
        let (_, jacobian) = tangent.at(fit, &inputs);
        let mut y = fit.residuals_of(rows, Residual::LnLoss)?;
        clip(&mut y);
        let seen = y.len();
        let (jacobian, y) = tangent.with_priors(fit, jacobian, DVector::from_vec(y), By::Rows(seen));
        let places = axes.columns(rows)?;
        let all = jacobian.iter().chain(&y).chain(places.iter().flatten());
        if !all.into_iter().all(|x| x.is_finite()) {
            return Ok(None);
        }
        let (basis, whitening) = orthonormal(&jacobian);
        let (n, p) = basis.shape();
        if n <= p {
            return Ok(None);
        }
        let weight = rows.weight().map(<[f64]>::to_vec);
        let mut roots = roots(weight, seen);
        roots.resize(n, 1.0);
        let (group, count) = rows.clusters();
        let mut groups = vec![Vec::new(); count];
        group.iter().enumerate().for_each(|(row, group)| groups[*group as usize].push(row));
        groups.extend((seen..n).map(|row| vec![row]));
        let shared = if groups.len() < n { &SHARED[..] } else { &SHARED[..1] };
        let jobs = fit.options.jobs;
        let features = map_blocks(jobs, LENGTHS.len(), 1, |block| {
            let of = |length| {
                let (features, rows) = Features::new(&places, LENGTHS[length]);
                // Nothing bends what a prior says.
                (features, rows.resize_vertically(n, 0.0))
            };
            block.map(of).collect()
        });
        let noises: Vec<_> =
            shared.iter().map(|shared| posterior::Noise::new(*shared, &groups, &roots)).collect();
        let by_law = map_blocks(jobs, noises.len(), 1, |block| {
            block.map(|k| noises[k].by_law(&basis, y.as_slice())).collect()
        });
        let explained = map_blocks(jobs, noises.len() * features.len(), 1, |block| {
            let explain = |k: usize| {
                let (noise, length) = (k / features.len(), k % features.len());
                Some(noises[noise].explain(by_law[noise].as_ref()?, (length, &features[length])))
            };
            block.map(explain).collect()
        });
        let (mut families, mut components) = (Vec::new(), Vec::new());
        for (family, of) in explained.into_iter().flatten() {
            components.extend(of.into_iter().map(|c| Component { family: families.len(), ..c }));
            families.push(family);
        }
        let most = components.iter().map(|c| c.weight).fold(f64::NEG_INFINITY, f64::max);
        components.iter_mut().for_each(|c| c.weight = (c.weight - most).exp());
        let total: f64 = components.iter().map(|c| c.weight).sum();
        components.iter_mut().for_each(|c| c.weight /= total);
        components.retain(|c| c.weight > NEGLIGIBLE);
        let probability = components.iter().filter(|c| c.bent.is_some()).map(|c| c.weight).sum();
        let freedom = (n - p) as f64;
        let parameters = &fit.law().spec().parameters;
        let is_positive = |place: &usize| {
            let parameter = &parameters[*place];
            parameter.scale == Scale::Linear && parameter.low > 0.0 && tangent.theta()[*place] > 0.0
        };
        let positive = (0..parameters.len()).filter(is_positive).collect();
        Ok(Some(Self { axes, tangent, positive, whitening, families, components, freedom, probability }))
    }

    /// What the bend does where a law reads `inputs` and the axes are `x`; none where x is not known.
    pub(crate) fn at(&self, fit: &Fit, inputs: &[f64], x: &[f64]) -> Option<BentBy> {
        let columns: Vec<&[f64]> = inputs.iter().map(std::slice::from_ref).collect();
        let (_, jacobian) = self.tangent.at(fit, &columns);
        if !jacobian.iter().chain(x).all(|x| x.is_finite()) {
            return None;
        }
        let slopes: DVector<f64> = (jacobian * &self.whitening).transpose().column(0).into_owned();
        let seen: Vec<_> = self.families.iter().map(|family| family.at(&slopes, x)).collect();
        let each: Vec<(f64, f64, f64)> =
            self.components.iter().map(|component| component.at(&self.families, &seen)).collect();
        let shift: f64 = each.iter().map(|(weight, shift, _)| weight * shift).sum();
        let variance: f64 = each.iter().map(|(weight, own, v)| weight * (v + (own - shift).powi(2))).sum();
        Some(BentBy { shift, deviation: variance.sqrt() })
    }
}

impl Fit {
    /// The axes of the law, and density where the test of fit asks for it.
    fn bend_axes(&self) -> Axes {
        let axes = Axes::of(self);
        let by_density = self.tested().is_some_and(|tested| tested.by_density);
        let with_density = by_density.then(|| axes.clone().with_density(&self.rows)).flatten();
        with_density.unwrap_or(axes)
    }
}

/// Columns that span what J does, orthonormal, and what J is multiplied by to give them.
fn orthonormal(jacobian: &DMatrix<f64>) -> (DMatrix<f64>, DMatrix<f64>) {
    if jacobian.ncols() == 0 {
        return (jacobian.clone(), DMatrix::zeros(0, 0));
    }
    let lengths: Vec<f64> = jacobian.column_iter().map(|column| column.norm()).collect();
    let mut scaled = jacobian.clone();
    for (mut column, length) in scaled.column_iter_mut().zip(&lengths) {
        if *length > 0.0 {
            column /= *length;
        }
    }
    let svd = if scaled.nrows() > scaled.ncols() { scaled.clone().qr().r() } else { scaled.clone() }
        .svd(false, true);
    let (values, v_t) = (svd.singular_values, svd.v_t.unwrap_or_else(|| DMatrix::zeros(0, scaled.ncols())));
    let kept: Vec<usize> = (0..values.len()).filter(|k| values[*k] > RANK * values.max()).collect();
    let mut map = DMatrix::zeros(scaled.ncols(), kept.len());
    for (to, from) in kept.into_iter().enumerate() {
        for (place, length) in lengths.iter().enumerate() {
            let length = if *length > 0.0 { *length } else { 1.0 };
            map[(place, to)] = v_t[(from, place)] / values[from] / length;
        }
    }
    (jacobian * &map, map)
}

/// Square roots of the weights, whose mean is put at 1.
fn roots(weight: Option<Vec<f64>>, n: usize) -> Vec<f64> {
    let weight = weight.unwrap_or_else(|| vec![1.0; n]);
    let mean = weight.iter().sum::<f64>() / n as f64;
    weight.into_iter().map(|w| (w / mean).sqrt()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::Place;
    use crate::law::{Law, chinchilla};
    use crate::{FitOptions, Observations, fit_scaling_law};

    /// A fit to 48 runs that bend.
    fn bent() -> Fit {
        let n: Vec<f64> = (0..48).map(|i| 1e8 * 10f64.powf(f64::from(i % 8) / 5.0)).collect();
        let d: Vec<f64> = (0..48).map(|i| 2e9 * 10f64.powf(f64::from(i / 8) / 4.0)).collect();
        let loss = |(i, (n, d)): (usize, (&f64, &f64))| {
            let noise = 0.006 * ((i as f64 * 0.618_033_988_749_895).fract() - 0.5);
            chinchilla().loss(&[1.8, 480.0, 2100.0, 0.35, 0.37], &[*n, *d])
                * (0.004 * (d / n / 20.0).ln().powi(2) + noise).exp()
        };
        let losses = n.iter().zip(&d).enumerate().map(loss).collect();
        fit_scaling_law(&Observations::new(n, d, losses).unwrap(), &FitOptions::default()).unwrap()
    }

    #[test]
    fn draws_have_the_mean_and_at_least_the_deviation_of_the_posterior() {
        let fit = bent();
        let bend = Bend::of(&fit).unwrap().unwrap();
        assert!(bend.probability > 0.999);
        for (params, tokens) in [(1e9f64, 2e10f64), (2e10, 4e10), (1e10, 1e12)] {
            let flops = (6.0 * params * tokens).ln();
            let place = Place {
                params: params.ln(),
                tokens: tokens.ln(),
                unique_tokens: f64::NAN,
                flops,
                density: 0.0,
            };
            let (inputs, x) = ([params, tokens], bend.axes.at(place).collect::<Vec<f64>>());
            let columns: Vec<&[f64]> = inputs.iter().map(std::slice::from_ref).collect();
            let (_, slopes) = bend.tangent.at(&fit, &columns);
            let of = |index: usize| {
                let draw = bend.draw(3, index)?;
                // Nothing is tied or fixed: J has a column for each parameter.
                let bent = Bent { bend: &bend, draw: &draw };
                let by_law: f64 =
                    slopes.iter().zip(bent.change()).map(|(slope, change)| slope * change).sum();
                let mut delta = [0.0];
                bent.add(&[std::array::from_fn(|i| x.get(i).copied().unwrap_or(0.0))], &mut delta);
                Some(by_law + delta[0])
            };
            let drawn: Vec<f64> = (0..4000).filter_map(of).collect();
            let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
            let deviation =
                (drawn.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / drawn.len() as f64).sqrt();
            let by = bend.at(&fit, &inputs, &x).unwrap();
            // Four standard errors of a mean of 4,000, and the draws without a bend.
            let error = 4.0 * deviation / 4000f64.sqrt() + 1e-3 * deviation;
            assert!((mean - by.shift).abs() < error, "{params} {tokens}: {mean} {deviation} {by:?}");
            assert!(deviation > 0.9 * by.deviation, "{params} {tokens}: {deviation} {by:?}");
        }
    }

    #[test]
    fn a_draw_is_what_its_index_says_whatever_was_drawn_before() {
        let fit = bent();
        let bend = Bend::of(&fit).unwrap().unwrap();
        let at = |index: usize| {
            let draw = bend.draw(3, index).unwrap();
            let mut delta = [0.0];
            Bent { bend: &bend, draw: &draw }.add(&[[20.0, 24.0, 0.0, 0.0]], &mut delta);
            delta[0]
        };
        let (first, second) = (at(0), at(1));
        assert!(first != second && (at(1), at(0)) == (second, first));
    }
}
