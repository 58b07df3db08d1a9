//! Recipe against recipe: how much compute, tokens or time one needs for the loss of the other.
//!
//! Each recipe has its own fit. The multiplier at a loss ℓ is `μ(ℓ) = C_A(ℓ)/C_B(ℓ)`, the FLOPs that the challenger A needs over those
//! that the baseline B needs, each along its own [`Along`]: above 1, A needs more. At a budget of B, ℓ is the loss that B has there.
//!
//! Draws are paired. Runs of both sweeps that match (by the names of clusters or runs, or by N₀ and D) have one weight in each draw, so that
//! noise which they share, as that of one seed, cancels. Runs that match no other are drawn on their own.
//!
//! Intervals allow for [bends](crate::predict::LossBend) of both laws: beyond either sweep, and within both where runs are known to depart from
//! their law. Where runs match, the bends are drawn from the same random numbers:
//! what lies beyond both sweeps is taken to be one departure, and only what each sweep says of its own tells them apart. A bent law is
//! followed along the best runs of the law itself.

mod draws;
mod pairs;
mod path;
mod row;

use serde::Serialize;

pub use pairs::PairedBy;
pub use row::{Turn, VersusRow};

use crate::answer::engine::positive;
use crate::bootstrap::Resample;
use crate::error::Location;
use crate::fit::{FitOptions, Warning, fit_scaling_law};
use crate::numeric::parallel::map_blocks;
use crate::numeric::random::{below, stream};
use crate::{BootstrapOptions, Document, Ensemble, Error, Observations, Result};
use draws::Recipes;
use pairs::Pairs;
use path::Path;

/// The runs along which recipes are compared.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Along {
    /// Each recipe's best run of a budget (default).
    #[default]
    Frontier,
    /// Runs of so many parameters, for longer and longer.
    Params(f64),
    /// Runs of so many tokens a parameter.
    TokensPerParam(f64),
}

/// What is asked of two recipes.
///
/// ```
/// use nbar::versus::{Along, VersusOptions};
/// let options = VersusOptions::default().with_along(Along::Params(1e9)).with_budgets(vec![1e20, 1e21]);
/// assert_eq!((options.budgets.len(), options.losses.len(), options.time_per_flop), (2, 0, 1.0));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct VersusOptions {
    /// The runs that are compared; default the frontier.
    pub along: Along,
    /// Budgets of the baseline, FLOPs. Default, if there are no losses either: five over the range of both sweeps, 10 and 100 times the most.
    pub budgets: Vec<f64>,
    /// Losses to reach, nats a token.
    pub losses: Vec<f64>,
    /// Time that the challenger takes for a FLOP, over what the baseline takes; default 1.
    pub time_per_flop: f64,
}

impl Default for VersusOptions {
    fn default() -> Self {
        Self { along: Along::Frontier, budgets: Vec::new(), losses: Vec::new(), time_per_flop: 1.0 }
    }
}

impl VersusOptions {
    setters! {
        /// Chooses the runs that are compared.
        with_along(along: Along);
        /// Sets the budgets.
        with_budgets(budgets: Vec<f64>);
        /// Sets the losses.
        with_losses(losses: Vec<f64>);
        /// Sets the time that the challenger takes for a FLOP, over the baseline's.
        with_time_per_flop(time_per_flop: f64);
    }

    fn validate(&self) -> Result<()> {
        self.budgets.iter().try_for_each(|flops| positive("flops", *flops))?;
        self.losses.iter().try_for_each(|loss| positive("loss", *loss))?;
        positive("time_per_flop", self.time_per_flop)?;
        match self.along {
            Along::Frontier => Ok(()),
            Along::Params(params) => positive("params", params),
            Along::TokensPerParam(ratio) => positive("tokens_per_param", ratio),
        }
    }
}

/// What came of comparing two recipes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Versus {
    /// What was compared along.
    pub along: Along,
    /// What the two sweeps were paired by.
    pub paired_by: PairedBy,
    /// Runs, or clusters, that were paired.
    pub pairs: usize,
    /// Runs, or clusters, of the challenger and the baseline.
    pub runs: [usize; 2],
    /// Pairs of draws.
    pub draws: usize,
    /// A row for each budget, then one for each loss.
    pub rows: Vec<VersusRow>,
    /// Where the order turns between the least and the greatest budget.
    pub turns: Vec<Turn>,
    /// Share of the draws in which the order turns there, if both laws hold.
    pub turning: f64,
    /// Level of the intervals.
    pub level: f64,
    /// What to know before believing it.
    pub warnings: Vec<Warning>,
    /// Places in [`warnings`](Self::warnings) of those of the challenger's fit.
    #[serde(default)]
    pub challenger_warnings: Vec<usize>,
    /// The same of the baseline's fit.
    #[serde(default)]
    pub baseline_warnings: Vec<usize>,
}

impl Document for Versus {
    const SCHEMA: &'static str = "nbar.versus/1";
}

/// The multiplier of one pair of runs of equal compute, where both recipes have one E and one exponent γ of compute, `L = E + K C^-γ`:
/// `μ = ((L_A - E)/(L_B - E))^(1/γ)`.
///
/// ```
/// let multiplier = nbar::versus::of_pair([3.8104, 3.7542], 1.6, 0.0941)?;
/// assert!((multiplier - 1.315).abs() < 5e-4);
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// When a number is not positive and finite, or a loss is not above E.
pub fn of_pair([challenger, baseline]: [f64; 2], e: f64, gamma: f64) -> Result<f64> {
    if !(e.is_finite() && e >= 0.0) {
        return Err(Error::value("E", e, "is not a finite number, at least 0", "give one from 0 up"));
    }
    positive("gamma", gamma)?;
    for loss in [challenger, baseline] {
        positive("pair", loss)?;
        if loss <= e {
            let problem = format!("is not above E = {e}, which no run gets below");
            return Err(Error::value("pair", loss, &problem, "give a smaller E"));
        }
    }
    Ok(((challenger - e) / (baseline - e)).powf(1.0 / gamma))
}

/// Fits a law to both sweeps, draws them together and compares them.
///
/// ```
/// use nbar::versus::{VersusOptions, versus};
/// use nbar::{BootstrapOptions, FitOptions, Observations};
/// // The challenger needs 1.5 times the compute: of both counts √1.5 times as much.
/// let law = |n: f64, d: f64, noise: f64| (1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37)) * (1.0 + noise);
/// let n: Vec<f64> = (0..30).map(|i| 1e7 * 10f64.powf(f64::from(i % 6) / 2.5)).collect();
/// let d: Vec<f64> = (0..30).map(|i| 1e8 * 10f64.powf(f64::from(i / 6) / 2.0)).collect();
/// let sweep = |worse: f64, seed: f64| {
///     let noise = |i: usize| 2e-3 * (seed * (i as f64 + 1.0)).sin();
///     let loss = (0..30).map(|i| law(n[i] / worse.sqrt(), d[i] / worse.sqrt(), noise(i))).collect();
///     Observations::new(n.clone(), d.clone(), loss)
/// };
/// let draws = BootstrapOptions::default().with_replicates(200);
/// let options = VersusOptions::default().with_budgets(vec![1e18]);
/// let found = versus(&sweep(1.5, 1.3)?, &sweep(1.0, 1.3)?, &FitOptions::default(), &draws, &options)?;
/// let multiplier = found.rows[0].multiplier.unwrap();
/// assert!((multiplier.estimate / 1.5 - 1.0).abs() < 0.1 && found.rows[0].better < 0.05);
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// When either fit fails, draws are not by weights, or an option is out of its range.
pub fn versus(
    challenger: &Observations,
    baseline: &Observations,
    fit: &FitOptions,
    draws: &BootstrapOptions,
    options: &VersusOptions,
) -> Result<Versus> {
    options.validate()?;
    if draws.resample != Resample::Weights {
        let problem = "cannot be drawn for two sweeps together";
        return Err(Error::option("resample", draws.resample, problem, "give weights, or leave it out"));
    }
    let fitted = |which: usize, runs| fit_scaling_law(runs, fit).map_err(of_recipe(which));
    let fits = [fitted(0, challenger)?, fitted(1, baseline)?];
    let pairs = Pairs::of([&fits[0].rows, &fits[1].rows]);
    let watch = fit.watch("replicates", 2 * draws.replicates);
    let drawn = |i: usize| fits[i].bootstrap_sharing(draws, Some(&pairs.shared[i]), &watch);
    let [(first, own), (second, other)] = [drawn(0)?, drawn(1)?];
    // Both in rising order.
    let same = |(i, number): (usize, &usize)| Some([i, other.binary_search(number).ok()?]);
    let places: Vec<[usize; 2]> = own.iter().enumerate().filter_map(same).collect();
    compare([&first, &second], (pairs.by, pairs.count), &places, options)
}

impl Ensemble {
    /// This recipe against the saved fit of a baseline. Draws belong together where both have the same runs, seed and number of draws, none of
    /// which failed; else those of the baseline are shuffled, so that the two are independent.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::versus::{PairedBy, VersusOptions};
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
    /// let same = ensemble.versus(&ensemble, &VersusOptions::default().with_budgets(vec![1e20]))?;
    /// assert_eq!((same.paired_by, same.rows[0].better), (PairedBy::Runs, 0.5));
    /// assert_eq!(same.rows[0].multiplier.unwrap().estimate, 1.0);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the law of either does not tell the loss of runs, or an option is out of its range.
    pub fn versus(&self, baseline: &Ensemble, options: &VersusOptions) -> Result<Versus> {
        options.validate()?;
        let both = [self, baseline];
        let [own, other] = both.map(|ensemble| &ensemble.fit.rows);
        let pairs = Pairs::of([own, other]);
        let way = |ensemble: &Ensemble| (ensemble.options.resample, ensemble.options.seed);
        let whole =
            both.iter().all(|e| e.failed == 0 && e.by_name && e.options.resample == Resample::Weights);
        let same_places = pairs.shared[0].places == pairs.shared[1].places;
        let together = whole && way(self) == way(baseline) && same_places;
        let count = self.draws.len().min(baseline.draws.len());
        let mut others: Vec<usize> = (0..count).collect();
        if !together {
            let mut rng = stream(self.options.seed, u64::MAX);
            (1..count).rev().for_each(|i| others.swap(i, below(&mut rng, i + 1)));
        }
        let places: Vec<[usize; 2]> = (0..count).map(|i| [i, others[i]]).collect();
        let by = if together { (pairs.by, pairs.count) } else { (PairedBy::Nothing, 0) };
        compare(both, by, &places, options)
    }
}

/// Says of which recipe an error is.
fn of_recipe(which: usize) -> impl FnOnce(Error) -> Error {
    move |error| Location::in_file(["the challenger", "the baseline"][which]).blame(error)
}

fn compare(
    ensembles: [&Ensemble; 2],
    (paired_by, pairs): (PairedBy, usize),
    places: &[[usize; 2]],
    options: &VersusOptions,
) -> Result<Versus> {
    let [own, _] = ensembles;
    // What is worked out of each alone, at once, with its bend.
    let alone = |i: usize| {
        let tested = ensembles[i].fit.lack_of_fit();
        (Path::new(ensembles[i], options.along), tested.is_some_and(|tested| tested.is_sure()))
    };
    let alone = map_blocks(own.fit.options.jobs, 2, 1, |block| block.map(alone).collect());
    let Ok([(first, own_departs), (second, other_departs)]) = <[_; 2]>::try_from(alone) else {
        unreachable!("there are two recipes")
    };
    let (paths, departs) =
        ([first.map_err(of_recipe(0))?, second.map_err(of_recipe(1))?], own_departs || other_departs);
    let within = row::within(ensembles);
    let bends = Default::default();
    let recipes = Recipes { ensembles, paths, alike: pairs > 0, within, departs, pairs: places, bends };
    let budgets = row::budgets(ensembles, options);
    for flops in &budgets {
        (0..2).try_for_each(|i| recipes.paths[i].check(*flops).map_err(of_recipe(i)))?;
    }
    // Refuses what rests on parameters that a sweep does not identify.
    for (i, (ensemble, path)) in ensembles.iter().zip(&recipes.paths).enumerate() {
        let at = budgets.first().copied().unwrap_or(1e20);
        let loss = |parameters: &[f64]| {
            let mut surface = path.surface(parameters.into());
            path.of_budget(&mut surface, at, None).map(|run| run.loss)
        };
        let same =
            |a: &Option<f64>, b: &Option<f64>| a.zip(*b).is_none_or(|(a, b)| crate::bootstrap::alike(a, b));
        ensemble.identified("versus", loss, same).map_err(of_recipe(i))?;
    }
    let rows = row::rows(&recipes, &budgets, options)?;
    let (turns, turning) = row::turns(&recipes, &budgets);
    let outside = row::outside(ensembles, &rows, options.along);
    let mut warnings: Vec<Warning> = Vec::new();
    let [challenger_warnings, baseline_warnings] = [0, 1].map(|i| {
        let place = |warning: &Warning| {
            warnings.iter().position(|known| known == warning).unwrap_or_else(|| {
                warnings.push(warning.clone());
                warnings.len() - 1
            })
        };
        outside[i].iter().chain(&ensembles[i].fit.warnings).map(place).collect::<Vec<_>>()
    });
    Ok(Versus {
        along: options.along,
        paired_by,
        pairs,
        runs: ensembles.map(|ensemble| ensemble.freedom()[0] as usize),
        draws: places.len(),
        rows,
        turns,
        turning,
        level: own.options.level,
        warnings,
        challenger_warnings,
        baseline_warnings,
    })
}
