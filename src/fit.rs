//! Fitting: observations and options in, the optimum out.

mod axes;
mod change;
mod constants;
mod contradicted;
mod departure;
mod exchange;
mod freedom;
mod groups;
mod identified;
mod kinds;
mod known;
mod lack_of_fit;
mod limits;
mod options;
mod problem;
mod repeats;
mod restrictions;
mod rising;
mod shared_noise;
mod sparse;
mod standard_errors;
mod tangent;
mod together;
mod vanished;
mod warning;
mod windows;

pub use crate::objective::End;
pub(crate) use axes::{Axes, MOST_AXES, Place};
pub use change::Change;
pub use departure::SparseDeparture;
pub(crate) use exchange::Exchange;
pub use freedom::Freedom;
pub(crate) use identified::Unidentified;
pub(crate) use kinds::of_places;
use known::search_known;
pub use lack_of_fit::LackOfFit;
pub(crate) use lack_of_fit::clip;
pub use options::FitOptions;
pub(crate) use problem::Problem;
pub use repeats::{Repeats, Scatter};
pub(crate) use restrictions::{Conditions, Restrictions};
pub(crate) use rising::Rising;
pub(crate) use shared_noise::whiten;
pub(crate) use sparse::of_pruning;
pub(crate) use tangent::{By, Tangent};
pub use warning::Warning;

use crate::law::Law;
use crate::objective::Objective;
pub use crate::objective::{Prior, Residual, Rho};
use crate::optimize::{Minimum, SearchResult, Sought, Termination, Whose, search};
use crate::schedule::decay::Decay;
use crate::units::format_count;
use crate::{Error, Observations, Result};

/// An objective this small is a perfect fit: residuals of 1e-12.
const PERFECT: f64 = 1e-24;

/// A local minimum of the objective that starts ended in.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LocalMinimum {
    /// Value of the objective there.
    pub objective: f64,
    /// How many starts ended there.
    pub starts: usize,
    /// The parameters there, in their own units.
    pub parameters: Vec<f64>,
}

/// A fitted law.
///
/// ```
/// use nbar::{FitOptions, Observations, fit_scaling_law};
/// // Losses that follow L = 1.7 + 400/N^.35 + 2000/D^.37 exactly.
/// let n: Vec<f64> = (0..30).map(|i| 1e7 * 10f64.powf(f64::from(i % 6) / 2.0)).collect();
/// let d: Vec<f64> = (0..30).map(|i| 1e8 * 10f64.powf(f64::from(i / 6) / 2.0)).collect();
/// let loss = n.iter().zip(&d).map(|(n, d)| 1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37)).collect();
/// let fit = fit_scaling_law(&Observations::new(n, d, loss)?, &FitOptions::default())?;
/// assert!((fit.parameter("alpha").unwrap() - 0.35).abs() < 1e-8);
/// assert!((fit.predict(7e10, 1.4e12)? - (1.7 + 400.0 / 7e10f64.powf(0.35) + 2000.0 / 1.4e12f64.powf(0.37))).abs() < 1e-8);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Fit {
    /// What was fitted, and how.
    pub options: FitOptions,
    /// What it was fitted to, in the order in which it was given.
    pub observations: Observations,
    /// The same in the order in which rows are summed and runs drawn.
    pub(crate) rows: Observations,
    /// Parameters in the order of the law, each in its own unit.
    pub parameters: Vec<f64>,
    /// Σ w ρ at the optimum; Σ w |r| for least absolute deviations. With [priors](FitOptions::with_prior) and what they add,
    /// φ Σ u²/2.
    pub objective: f64,
    /// Largest component of the gradient, relative to the sum of the absolute contributions that cancel in
    /// it: 1e-16 is rounding.
    pub gradient_norm: f64,
    /// Why the best start ended.
    pub termination: Termination,
    /// Number of starts tried.
    pub starts_tried: usize,
    /// Number of starts that ended at the optimum, their objectives within 1e-7 of it.
    pub starts_at_optimum: usize,
    /// Number of starts that ended above the optimum at a point not proven stationary.
    pub starts_unproven: usize,
    /// The other minima, lowest first: proven stationary points only.
    pub minima: Vec<LocalMinimum>,
    pub(crate) unidentified: Vec<Unidentified>,
    pub(crate) exchanges: Vec<Exchange>,
    /// How the learning rate of runs that are asked about falls, if that was said.
    pub(crate) new_runs: Option<Decay>,
    /// What to know before believing it.
    pub warnings: Vec<Warning>,
}

impl Fit {
    /// The law.
    #[must_use]
    pub fn law(&self) -> &dyn Law {
        self.options.law.as_ref()
    }

    /// A parameter by name, in its own unit; none if the law has not got it, or the sweep cannot identify it or tell it from its limit.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<f64> {
        if matches!(self.freedom(name), Freedom::Unidentified | Freedom::AtLimit(_)) {
            return None;
        }
        let index = self.law().spec().place(name)?;
        self.parameters.get(index).copied()
    }

    /// Whether nothing speaks against using the fit: the optimum is proven stationary and every term of the
    /// law is identified.
    #[must_use]
    pub fn is_trustworthy(&self) -> bool {
        !self.warnings.iter().any(Warning::is_disqualifying)
    }

    /// The same of answers to questions ([`predict_run`](crate::Ensemble::predict_run),
    /// [`allocate`](crate::Ensemble::allocate) and the others): one that rests on a parameter which the sweep does not
    /// identify is refused, so that this does not speak against the rest.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law, law::PowerMean};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let options = FitOptions::default().with_law(Arc::new(PowerMean::default()));
    /// // Dense runs say nothing about the order of a mean over N(t), which questions about dense runs do not need.
    /// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &options)?;
    /// assert!(!fit.is_trustworthy() && fit.answers_are_trustworthy());
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn answers_are_trustworthy(&self) -> bool {
        let identified = |warning: &&Warning| !matches!(warning, Warning::Unidentified { .. });
        !self.warnings.iter().filter(identified).any(Warning::is_disqualifying)
    }

    /// The objective with some ρ, and the optimum's free parameters.
    pub(crate) fn objective_at_optimum(&self, rho: Rho) -> Result<(Objective, Vec<f64>)> {
        if self.is_of_constants() {
            let problem = "the law's constants were given, and there are no runs to fit it to";
            return Err(Error::unanswerable("refit", problem, "fit a law to runs"));
        }
        let objective = self.refitted(rho)?;
        let fitted = objective.coordinates().natural_to_fitted(&self.parameters);
        if let Some(place) = fitted.iter().position(|value| !value.is_finite()) {
            let (name, value) = (&self.law().spec().parameters[place].name, self.parameters[place]);
            let problem = format!("{name} is {value} at the optimum: these runs do not tell it");
            let remedy = format!("add runs, give it (`fix: {name}=VALUE`), or choose another law");
            return Err(Error::unanswerable("refit", problem, remedy));
        }
        let optimum = objective.coordinates().fitted_to_free(&fitted);
        Ok((objective, optimum))
    }

    /// Residuals of each observation, in the order in which they were given: ln L - ln L̂, or L - L̂ where the fit is on L.
    ///
    /// # Errors
    /// When the observations lack an input of the law.
    pub fn residuals(&self) -> Result<Vec<f64>> {
        self.residuals_of(&self.observations, self.options.residual)
    }

    /// Root mean square of the residuals of ln L, all rows alike; not a number where the observations lack an input of the law.
    ///
    /// ```
    /// # use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// # let sweep = Sweep::from_csv_path("data/chinchilla.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// assert!(fit.rms() < 0.03);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn rms(&self) -> f64 {
        let residuals = self.residuals_of(&self.rows, Residual::LnLoss).unwrap_or_default();
        (residuals.iter().map(|r| r * r).sum::<f64>() / residuals.len() as f64).sqrt()
    }

    /// Residuals of either kind.
    pub(crate) fn residuals_of(&self, observations: &Observations, residual: Residual) -> Result<Vec<f64>> {
        let inputs = self.law().spec().columns(observations)?;
        let mut row = vec![0.0; inputs.len()];
        let losses = observations.loss().iter().enumerate();
        Ok(losses
            .map(|(i, loss)| {
                for (cell, column) in row.iter_mut().zip(&inputs) {
                    *cell = column[i];
                }
                let fitted = self.law().loss(&self.parameters, &row);
                match residual {
                    Residual::LnLoss => loss.ln() - fitted.ln(),
                    Residual::Loss => loss - fitted,
                }
            })
            .collect())
    }

    /// Whether nothing but rounding is left of the residuals.
    pub(crate) fn is_perfect(&self) -> bool {
        let losses = self.rows.loss();
        let size = match self.options.residual {
            Residual::LnLoss => 1.0,
            Residual::Loss => losses.iter().sum::<f64>() / losses.len() as f64,
        };
        // Σ w |r| is of the size of a residual, the others of its square.
        let nothing = match self.options.rho {
            Rho::Laplace => PERFECT.sqrt() * size,
            _ => PERFECT * size * size,
        };
        !(self.objective > self.rows.mean_weight() * nothing)
    }
}

/// Fits a scaling law to observations.
///
/// Minimises `Σ w ρ(ln L - ln L̂)`, with Huber's ρ unless another is chosen and with what [priors](FitOptions::with_prior) add, from many starts: each is screened, carried
/// into its basin by L-BFGS and polished by Newton's method until the gradient is at rounding. The optimum is the lowest
/// end point; [`Fit::starts_at_optimum`] says how many starts agree on it. Rows are summed by the names of their runs and
/// then by tokens (rows without runs by their values), so that the order of the observations changes nothing.
///
/// # Errors
/// When the observations are fewer than the law's free parameters plus one or lack an input of the law, or an
/// option is out of its range; when an observer stops it. A search that does not converge is not an error: see [`Fit::warnings`].
pub fn fit_scaling_law(observations: &Observations, options: &FitOptions) -> Result<Fit> {
    let options = &*options.reading(observations)?;
    options.validate()?;
    let law = &options.law;
    let free = options.free_parameters();
    let needed = free + 1;
    if observations.len() < needed {
        let (name, len) = (&law.spec().name, observations.len());
        let problem = format!(
            "the {name} law has {} and needs {}, and the sweep has {len}",
            format_count(free, "free parameter"),
            format_count(needed, "observation")
        );
        let fewer = match *law.spec().name == *"compute" {
            true => "hold a parameter (`fix: E=VALUE`)",
            false => "fit a law of fewer parameters (`law=compute`)",
        };
        let remedy = format!(
            "add runs, loosen the filter, use every row where runs have several (`checkpoints=all`), or {fewer}"
        );
        return Err(Error::unanswerable("fit", problem, remedy));
    }
    let fit = fitted(observations, options, observations.in_order(), None)?;
    match fit.ran_to()? {
        Some(limit) => fitted(observations, options, fit.rows, Some(limit)),
        None => Ok(fit),
    }
}

/// The fit to rows in their order, which the observations are in another; with a parameter at a limit, if one is given.
fn fitted(
    observations: &Observations,
    options: &FitOptions,
    rows: Observations,
    limit: Option<(usize, End)>,
) -> Result<Fit> {
    let problem = Problem::new(options, &rows)?;
    let problem = match limit {
        Some((place, end)) => problem.at_limit(place, end),
        None => problem,
    };
    let law = &options.law;
    let unidentified = problem.unidentified.clone();
    let mut objective = problem.objective(options.rho)?;
    let watch = &options.watch("starts", 0);
    let sought = Sought { from: &options.starts, jobs: options.jobs, whose: Whose::Fit, watch };
    let result = options.in_pool(|| match options.priors.is_empty() {
        true => Ok(search(law.as_ref(), &objective, sought)),
        false => search_known(options, &rows, &mut objective, sought),
    })??;
    if watch.is_stopped() {
        return Err(Error::cancelled("fit", "stopped before the search ended"));
    }
    let coordinates = objective.coordinates();
    let natural = |minimum: &Minimum| coordinates.free_to_natural(&minimum.theta);
    let SearchResult { tried, mut minima, unproven, .. } = result;
    let all_alike = options.priors.is_empty() && objective.parameters() == law.spec().parameters.len();
    if objective.terms().is_none() && all_alike {
        for (minimum, _) in &mut minima {
            let mut own = coordinates.free_to_fitted(&minimum.theta);
            law.spec().put_in_order(&mut own);
            minimum.theta = coordinates.fitted_to_centred(&own);
        }
    }
    let Some((best, agreeing)) = minima.first() else {
        let remedy = match law.as_power_sum() {
            Some(_) => "check the sweep for values of absurd size",
            None => &*format!(
                "check the law for powers and logarithms of what is not above 0{}, and the sweep for values of absurd size",
                not_above_0(law.as_ref(), &objective, observations)
                    .map_or_else(String::new, |what| format!(" ({what})"))
            ),
        };
        return Err(Error::unanswerable("fit", "the objective is not finite at any start", remedy));
    };
    let other = |(m, starts): &(Minimum, usize)| LocalMinimum {
        objective: objective.reported(&m.theta, m.objective),
        starts: *starts,
        parameters: natural(m),
    };
    let mut fit = Fit {
        options: options.clone(),
        observations: observations.clone(),
        rows,
        parameters: natural(best),
        objective: objective.reported(&best.theta, best.objective),
        gradient_norm: best.gradient,
        termination: best.termination,
        starts_tried: tried,
        starts_at_optimum: *agreeing,
        starts_unproven: unproven,
        minima: minima[1..].iter().map(other).collect(),
        unidentified,
        exchanges: Vec::new(),
        new_runs: None,
        warnings: Vec::new(),
    };
    // The search knows φ to 1e-9. The objective that is reported takes φ at the parameters themselves, as the reader of saved fits does.
    if !options.priors.is_empty()
        && let Some(own) = fit.objective_anew().ok().filter(|own| own.is_finite())
    {
        fit.objective = own;
    }
    let (face, _) = coordinates.ends(&best.theta);
    fit.warnings = if face.is_empty() {
        warning::collect(&fit, &objective, &best.theta)
    } else {
        let on = objective.on(&face);
        let theta = on.coordinates().centred_to_free(&coordinates.free_to_centred(&best.theta));
        warning::collect(&fit, &on, &theta)
    };
    drop(objective);
    fit.find_exchanges();
    warning::tell_exchanges(&mut fit);
    let test = fit.lack_of_fit();
    fit.warnings.extend(fit.departs(test));
    fit.warnings.extend(fit.kinds_apart());
    fit.warnings.extend(fit.lies_together(test));
    fit.warnings.extend(fit.warnings_of_pruning());
    fit.warnings.extend(fit.warnings_of_priors());
    fit.warnings.extend(fit.warnings_of_fixed());
    Ok(fit)
}

/// The inputs that are not above 0 somewhere, of which a law may have no loss.
fn not_above_0(law: &dyn Law, objective: &Objective, observations: &Observations) -> Option<String> {
    let columns = objective.own_inputs();
    let found = law.spec().layout().zip(&columns).filter_map(|((name, _), column)| {
        let row = column.iter().position(|value| *value <= 0.0)?;
        let run = observations.run_name(observations.run()[row]);
        Some(format!("{name} of run '{run}' is {}", column[row]))
    });
    let found: Vec<String> = found.collect();
    (!found.is_empty()).then(|| found.join(", "))
}
