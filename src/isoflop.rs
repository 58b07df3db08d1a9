//! Valleys: loss against parameters at one budget of FLOPs, and how their minima move with it.
//!
//! Approach 2 of Hoffmann et al. (2022): at each budget a parabola `L = L* + c ln²(N/N*)` by least squares, and a line of ln N* on ln C. Nothing is
//! assumed of the law but that its valleys are parabolas; what that costs is said [beside a law](Isoflop::beside), which is approach 3. Of loss curves
//! there is the [envelope](Envelope) besides, approach 1.
//!
//! Intervals of minima are Fieller's (1954), exact where the valley is a parabola and the noise normal. Those of the line follow from the minima's own
//! errors, with Welch's (1947) degrees of freedom.

mod beside;
mod budgets;
mod envelope;
mod grid;
mod isocost;
mod line;
mod polynomial;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

pub use beside::BesideLaw;
#[cfg(feature = "plot")]
pub(crate) use beside::best_along;
pub use envelope::Envelope;
pub use grid::Grid;
#[cfg(feature = "plot")]
use isocost::Isocost;
pub use line::PowerOfCompute;

use crate::answer::engine::positive;
use crate::bootstrap::check_level;
use crate::{Document, Error, Estimate, Observations, Result};
use budgets::{Budget, budgets};
use line::{Minimum, exponential, line};
use polynomial::{Place, Polynomial, ends};

/// Which runs share a budget, and the level of the intervals.
///
/// ```
/// let options = nbar::isoflop::IsoflopOptions::default().with_budgets(vec![1e19, 1e20]);
/// assert_eq!((options.within, options.level), (0.05, 0.95));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IsoflopOptions {
    /// Budgets, FLOPs; default those at which the sweep has three runs of different sizes.
    pub budgets: Vec<f64>,
    /// How far FLOPs may be from their budget, relatively; default 0.05.
    pub within: f64,
    /// Level of the intervals; default 0.95.
    pub level: f64,
}

impl Default for IsoflopOptions {
    fn default() -> Self {
        Self { budgets: Vec::new(), within: 0.05, level: 0.95 }
    }
}

impl IsoflopOptions {
    setters! {
        /// Sets the budgets.
        with_budgets(budgets: Vec<f64>);
        /// Sets how far FLOPs may be from their budget.
        with_within(within: f64);
        /// Sets the level.
        with_level(level: f64);
    }
}

/// Where the minimum of a valley's parabola lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Bracket {
    /// Between the smallest run and the largest.
    Bracketed,
    /// Below the smallest run.
    Below,
    /// Above the largest run.
    Above,
    /// Nowhere: the parabola in ln N or in ln D opens downwards.
    NoMinimum,
}

named!(Bracket, "bracket", [Bracketed "bracketed", Below "below", Above "above", NoMinimum "no minimum"]);

/// The runs of one budget, and their parabola.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Valley {
    /// The budget: the geometric mean of the runs' FLOPs.
    pub flops: f64,
    /// How many runs it has, one row of each.
    pub runs: usize,
    /// N̄ of the smallest and the largest.
    pub sizes: [f64; 2],
    /// Where the minimum lies.
    pub bracket: Bracket,
    /// N*, where it is bracketed. With three runs it has no interval; an end is infinite, or 0, where the curvature is not above its noise.
    pub params: Option<Estimate>,
    /// D*, from the parabola in ln D.
    pub tokens: Option<Estimate>,
    /// The parabola's least loss, nats a token.
    pub loss: Option<f64>,
    /// c of the parabola `L = L* + c ln²(N/N*)`.
    pub curvature: f64,
    /// Where N* lies among the sizes: -1 at the smallest, 0 in the middle of their logarithms, 1 at the largest.
    pub place: Option<f64>,
    /// N* of a cubic, where it is between the runs.
    pub cubic_params: Option<f64>,
    /// How often noise alone makes a cubic term as large: if rarely, the valley is no parabola. It takes five runs.
    pub cubic_p_value: Option<f64>,
    /// N* of [the law beside it](Isoflop::beside).
    pub law_params: Option<Estimate>,
}

/// The valleys of a sweep, and the lines through their minima.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Isoflop {
    /// From the least budget to the greatest.
    pub valleys: Vec<Valley>,
    /// N* against C, from the bracketed minima.
    pub params: PowerOfCompute,
    /// D* against C.
    pub tokens: PowerOfCompute,
    /// The slope of N* from the minima of cubics; none unless each valley of the line has one.
    pub cubic_slope: Option<f64>,
    /// The geometric mean of the budgets in the line.
    pub middle: f64,
    /// Where the minima lie in their grids.
    pub grid: Grid,
    /// The envelope of the loss curves (approach 1), where the observations have several rows of three runs and more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub envelope: Option<Envelope>,
    /// What a law says.
    pub law: Option<BesideLaw>,
    /// Least and greatest FLOPs over 6 N̄ D, where they are [counted otherwise](Observations::flops_over_average): the law's best runs are then those of
    /// equal FLOPs as counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flops_over_average: Option<[f64; 2]>,
    /// Level of the intervals.
    pub level: f64,
    /// Names of the runs that are at no budget.
    pub left_out: Vec<String>,
    #[serde(skip)]
    budgets: Vec<Budget>,
}

impl Document for Isoflop {
    const SCHEMA: &'static str = "nbar.isoflop/1";
}

/// Fits a parabola to each budget of a sweep, and lines to the minima.
///
/// ```
/// use nbar::isoflop::{Grid, IsoflopOptions, isoflop};
/// use nbar::{ObservationOptions, Sweep};
/// let sweep = Sweep::from_csv_path("data/chinchilla_isoflop.csv")?;
/// let found = isoflop(&sweep.observations(&ObservationOptions::default())?, &IsoflopOptions::default())?;
/// assert_eq!(found.valleys.len(), 7);
/// assert!((found.params.slope.estimate - 0.5414213).abs() < 5e-8);
/// assert!((found.tokens.slope.estimate - 0.4585787).abs() < 5e-8);
/// assert_eq!(found.grid, Grid::Drifting);
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// When an option is out of its range, runs give FLOPs alone, no budget has three runs of different sizes, or fewer than two budgets have
/// their minimum between the smallest run and the largest.
pub fn isoflop(observations: &Observations, options: &IsoflopOptions) -> Result<Isoflop> {
    options.budgets.iter().try_for_each(|flops| positive("flops", *flops))?;
    if !(options.within.is_finite() && options.within > 0.0) {
        let problem = "is not a positive, finite number";
        return Err(Error::option("within", options.within, problem, "give a share, as 0.05"));
    }
    check_level(options.level)?;
    if observations.is_flops_alone() {
        let remedy = "add the columns params and tokens";
        return Err(Error::missing("isoflop", "params", "some rows of the sweep do not give", remedy));
    }
    let budgets = budgets(observations, options)?;
    let (mut valleys, mut used) = (Vec::new(), Vec::new());
    for budget in &budgets {
        let (valley, minima) = valley(observations, budget, options.level)?;
        used.extend(
            minima.map(|minima| (budget.ln_flops, minima, valley.sizes.map(f64::ln), valley.cubic_params)),
        );
        valleys.push(valley);
    }
    if used.len() < 2 {
        return Err(few(&valleys, used.len()));
    }
    let x: Vec<f64> = used.iter().map(|(ln_flops, ..)| *ln_flops).collect();
    let both =
        [0, 1].map(|which| used.iter().map(|(_, minima, ..)| minima[which].clone()).collect::<Vec<_>>());
    let [params, tokens] = both.map(|minima| line(&x, &minima, options.level));
    let placed: Vec<(Place, [f64; 2])> =
        used.iter().map(|(_, minima, sizes, _)| (minima[0].place, *sizes)).collect();
    let half = |estimate: Estimate| 0.5 * (estimate.interval[1] - estimate.interval[0]);
    let halves = [half(params.slope), half(params.at_middle) / params.at_middle.estimate];
    let cubics: Option<Vec<f64>> = used.iter().map(|(.., cubic)| cubic.map(f64::ln)).collect();
    let middle = x.iter().sum::<f64>() / x.len() as f64;
    Ok(Isoflop {
        envelope: envelope::envelope(observations, middle, options.level),
        grid: grid::grid(&x, &placed, halves),
        cubic_slope: cubics.map(|y| line::straight(&x, &y).1),
        middle: middle.exp(),
        valleys,
        params,
        tokens,
        law: None,
        flops_over_average: observations.flops_over_average(),
        level: options.level,
        left_out: left_out(observations, &budgets),
        budgets,
    })
}

/// The runs of which no row is in a budget, in the order of the sweep.
fn left_out(observations: &Observations, budgets: &[Budget]) -> Vec<String> {
    let run = observations.run();
    let mut seen: HashSet<u32> =
        budgets.iter().flat_map(|budget| &budget.rows).map(|row| run[*row]).collect();
    let others = run.iter().filter(|run| seen.insert(**run));
    others.map(|run| observations.run_name(*run)).collect()
}

/// Why there is no line.
fn few(valleys: &[Valley], bracketed: usize) -> Error {
    let problem = match (valleys.len(), bracketed) {
        (1, _) => "there is one budget, and how N* grows with compute takes two".to_owned(),
        (_, 0) => "at no budget the loss is least between the smallest run and the largest".to_owned(),
        _ => "at one budget alone the loss is least between the smallest run and the largest, and a line takes two".to_owned(),
    };
    let side = |bracket: Bracket| valleys.iter().filter(|valley| valley.bracket == bracket).count();
    let remedy = match [Bracket::Below, Bracket::Above].map(side) {
        _ if valleys.len() == 1 => "add runs at another budget, or fit a law, which takes runs of any size",
        [below, above] if below > above => "add smaller runs at these budgets, or fit a law",
        [below, above] if above > below => "add larger runs at these budgets, or fit a law",
        _ => "add smaller and larger runs at these budgets, or fit a law",
    };
    Error::unanswerable("isoflop", problem, remedy)
}

/// The runs of one budget as a figure shows them.
#[cfg(feature = "plot")]
pub(crate) struct Drawn {
    /// Their geometric mean, FLOPs.
    pub(crate) flops: f64,
    /// ln N̄ and the loss of each, and the row.
    pub(crate) runs: Vec<([f64; 2], usize)>,
    pub(crate) cost: Isocost,
    /// None where no parabola goes through them.
    pub(crate) valley: Option<Valley>,
}

/// The budgets of a sweep, or that near this one: none where it has not three runs of different sizes.
#[cfg(feature = "plot")]
pub(crate) fn drawn(observations: &Observations, at: Option<f64>, level: f64) -> Vec<Drawn> {
    let options = IsoflopOptions::default().with_budgets(at.into_iter().collect());
    let found = budgets(observations, &options).unwrap_or_default();
    let one = |budget: &Budget| Drawn {
        flops: budget.ln_flops.exp(),
        runs: budget
            .points
            .iter()
            .zip(&budget.rows)
            .map(|(point, row)| ([point[0], point[2]], *row))
            .collect(),
        cost: Isocost::of(budget),
        valley: valley(observations, budget, level).ok().map(|(valley, _)| valley),
    };
    found.iter().map(one).collect()
}

/// The valley of one budget, and the logarithms of its N* and D* if it is bracketed.
fn valley(
    observations: &Observations,
    budget: &Budget,
    level: f64,
) -> Result<(Valley, Option<[Minimum; 2]>)> {
    let column = |which: usize| budget.points.iter().map(|point| point[which]).collect::<Vec<f64>>();
    let [sizes, lengths, losses] = [0, 1, 2].map(column);
    let [low, high] = ends(&sizes);
    let parabola = |x: &[f64]| {
        Polynomial::through(x, &losses, 3).ok_or_else(|| {
            let problem = format!(
                "at {:.3e} FLOPs sizes or tokens are too alike for a parabola",
                budget.ln_flops.exp()
            );
            Error::unanswerable("isoflop", problem, "leave these runs out")
        })
    };
    let curve = parabola(&sizes)?;
    let minimum = curve.least(level);
    let bracket = match minimum {
        None => Bracket::NoMinimum,
        Some(place) if place.at <= low => Bracket::Below,
        Some(place) if place.at >= high => Bracket::Above,
        Some(_) => Bracket::Bracketed,
    };
    let own = minimum.filter(|_| bracket == Bracket::Bracketed);
    let by_length = parabola(&lengths)?;
    let minima = own.zip(by_length.least(level)).map(|(params, tokens)| [params, tokens]);
    // In ln N alone it is no minimum of the valley.
    let bracket = if own.is_some() && minima.is_none() { Bracket::NoMinimum } else { bracket };
    let estimate =
        |place: Place| exponential(Estimate::straight(place.at, place.variance.sqrt(), place.interval));
    let cubic = Polynomial::through(&sizes, &losses, 4);
    let valley = Valley {
        flops: budget.ln_flops.exp(),
        runs: sizes.len(),
        sizes: [low, high].map(f64::exp),
        bracket,
        params: minima.map(|[place, _]| estimate(place)),
        tokens: minima.map(|[_, place]| estimate(place)),
        loss: minima.map(|_| curve.least_value()),
        curvature: curve.of[2] / (curve.scale * curve.scale),
        place: minima.map(|[place, _]| (place.at - curve.centre) / curve.scale),
        cubic_params: cubic.as_ref().and_then(Polynomial::least_of_cubic).map(f64::exp),
        cubic_p_value: cubic.as_ref().filter(|cubic| cubic.freedom > 0).and_then(Polynomial::last_is_noise),
        law_params: None,
    };
    let minimum = |(place, curve, x): (Place, &Polynomial, &[f64])| {
        let least = curve.least_value();
        let runs = budget.rows.iter().map(|row| observations.run()[*row]);
        let pulls = runs.zip(curve.pulls(x)).map(|(run, pull)| (run, pull * least)).collect();
        Minimum { place, pulls, noise: curve.variance / (least * least) }
    };
    let minima = minima
        .map(|[params, tokens]| [(params, &curve, &*sizes), (tokens, &by_length, &*lengths)].map(minimum));
    Ok((valley, minima))
}
