//! How to fit.

use std::borrow::Cow;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use crate::law::{Law, chinchilla};
use crate::numeric::parallel::{self, MOST_JOBS};
use crate::objective::{Coordinates, Prior, Residual, Rho};
use crate::observe::{Observer, Watch};
use crate::optimize::Starts;
use crate::{Error, Observations, Result};

/// How to fit: law, robust loss, what is fixed, tied and bounded, starts, threads.
///
/// ```
/// use nbar::{FitOptions, ObservationOptions, Rho, Sweep, fit_scaling_law};
/// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
/// let options = FitOptions::default().with_rho(Rho::Huber { delta: 1e-4 }).with_fixed("E", 1.69);
/// let options = options.with_tied("alpha", "beta").with_bound("A", 100.0..=1000.0);
/// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &options)?;
/// assert_eq!((fit.parameter("E"), fit.free_parameters()), (Some(1.69), 3));
/// assert_eq!(fit.parameter("alpha"), fit.parameter("beta"));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FitOptions {
    /// The law; default [`chinchilla`].
    pub law: Arc<dyn Law>,
    /// What a residual counts for; default Huber's ρ with δ = 1e-3 (Hoffmann et al. 2022).
    pub rho: Rho,
    /// What a residual is; default [`Residual::LnLoss`].
    pub residual: Residual,
    /// Parameters that are not fitted but given, in their own units; default none.
    pub fixed: Vec<(String, f64)>,
    /// Pairs of parameters that have one value; default none.
    pub tied: Vec<(String, String)>,
    /// Least and greatest value that parameters may have, in their own units, infinite where there is none; default none.
    pub bounds: Vec<(String, [f64; 2])>,
    /// What is known of parameters before the fit; default none.
    pub priors: Vec<(String, Prior)>,
    /// Where the search starts from; default [`Starts::Screened`].
    pub starts: Starts,
    /// Threads; default 0, one a processor. Results do not depend on it.
    pub jobs: usize,
    /// Hears how far the fit is, and all that is refitted later, and may stop it; default none.
    pub observer: Observer,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self {
            law: Arc::new(chinchilla()),
            rho: Rho::default(),
            residual: Residual::default(),
            fixed: Vec::new(),
            tied: Vec::new(),
            bounds: Vec::new(),
            priors: Vec::new(),
            starts: Starts::default(),
            jobs: 0,
            observer: Observer::default(),
        }
    }
}

impl PartialEq for FitOptions {
    /// Laws are compared by what they say of themselves, observers not at all.
    fn eq(&self, other: &Self) -> bool {
        self.law.spec() == other.law.spec()
            && (self.rho, self.residual) == (other.rho, other.residual)
            && (&self.starts, self.jobs) == (&other.starts, other.jobs)
            && (&self.fixed, &self.tied) == (&other.fixed, &other.tied)
            && (&self.bounds, &self.priors) == (&other.bounds, &other.priors)
    }
}

impl FitOptions {
    setters! {
        /// Chooses the law.
        with_law(law: Arc<dyn Law>);
        /// Chooses what a residual counts for.
        with_rho(rho: Rho);
        /// Chooses what a residual is: a difference of ln L, or of L.
        with_residual(residual: Residual);
        /// Chooses the starts.
        with_starts(starts: Starts);
        /// Sets the number of threads; 0 is one a processor.
        with_jobs(jobs: usize);
        /// Sets who hears how far the work is, and may stop it.
        with_observer(observer: Observer);
    }

    /// Gives a parameter a value, in its own unit, instead of fitting it.
    #[must_use]
    pub fn with_fixed(mut self, parameter: &str, value: f64) -> Self {
        self.fixed.push((parameter.to_owned(), value));
        self
    }

    /// Gives two parameters one value, which is fitted: both coefficients, or both exponents.
    #[must_use]
    pub fn with_tied(mut self, parameter: &str, other: &str) -> Self {
        self.tied.push((parameter.to_owned(), other.to_owned()));
        self
    }

    /// Keeps a parameter within a range, in its own unit, both ends included; at most four parameters.
    #[must_use]
    pub fn with_bound(mut self, parameter: &str, range: impl RangeBounds<f64>) -> Self {
        let end = |bound: Bound<&f64>, open: f64| match bound {
            Bound::Included(value) | Bound::Excluded(value) => *value,
            Bound::Unbounded => open,
        };
        let range = [end(range.start_bound(), f64::NEG_INFINITY), end(range.end_bound(), f64::INFINITY)];
        self.bounds.push((parameter.to_owned(), range));
        self
    }

    /// The same, of the law as it reads these observations.
    pub(crate) fn reading(&self, observations: &Observations) -> Result<Cow<'_, Self>> {
        let read = self.law.reading(observations)?;
        Ok(read.map_or(Cow::Borrowed(self), |law| Cow::Owned(self.clone().with_law(law))))
    }

    /// Says what is known of a parameter before the fit: see [`Prior`].
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit::Prior, fit_scaling_law};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let observations = sweep.observations(&ObservationOptions::default())?;
    /// let known = Prior::Normal { centre: 1.69, s: 0.02 };
    /// let fit = fit_scaling_law(&observations, &FitOptions::default().with_prior("E", known))?;
    /// let share = fit.decided_by_priors()?[0].1;
    /// assert!(share > 0.1 && share < 1.0);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn with_prior(mut self, parameter: &str, prior: Prior) -> Self {
        self.priors.push((parameter.to_owned(), prior));
        self
    }

    /// Number of parameters that are neither fixed nor tied to another.
    pub(crate) fn free_parameters(&self) -> usize {
        self.law.spec().parameters.len().saturating_sub(self.fixed.len() + self.tied.len())
    }

    /// The same options, every parameter free, and no starts that belong to this law alone.
    pub(crate) fn without_restrictions(&self) -> Self {
        let starts = match &self.starts {
            Starts::Hoffmann | Starts::Given(_) => Starts::Screened,
            any => any.clone(),
        };
        let (fixed, tied, bounds, priors) = Default::default();
        Self { fixed, tied, bounds, priors, starts, ..self.clone() }
    }

    pub(crate) fn validate(&self) -> Result<()> {
        self.rho.validate()?;
        self.validate_starts()?;
        if self.jobs > MOST_JOBS {
            let remedy = "give fewer, or 0 for one a processor";
            return Err(Error::option("jobs", self.jobs, "is more than 512 threads", remedy));
        }
        if self.starts == Starts::Hoffmann && self.law.spec().name != "chinchilla" {
            let problem = "are the 4,500 published starts of the chinchilla law, and no other's";
            return Err(Error::option("starts", "hoffmann", problem, "use `starts=screened`"));
        }
        self.coordinates().map(drop)
    }

    /// Starts that were given are points of the law's parameters.
    fn validate_starts(&self) -> Result<()> {
        self.starts.check_count()?;
        let Starts::Given(points) = &self.starts else { return Ok(()) };
        if points.is_empty() {
            return Err(Error::option("starts", "", "are none", "give at least one"));
        }
        let (coordinates, count) = (Coordinates::new(&self.law), self.law.spec().parameters.len());
        let has =
            |point: &Vec<f64>| coordinates.natural_to_fitted(point).iter().all(|value| value.is_finite());
        let Some(point) = points.iter().find(|point| point.len() != count || !has(point)) else {
            return Ok(());
        };
        let (problem, remedy) = if point.len() == count {
            let remedy = "give finite numbers, and positive ones for coefficients";
            ("has a value that its parameter cannot take", remedy)
        } else {
            ("has not a value for each parameter", "give as many as the law has")
        };
        Err(Error::option("starts", format!("{point:?}"), problem, remedy))
    }

    /// Follows so much work for the observer; 0 is not known yet.
    pub(crate) fn watch(&self, what: &'static str, total: usize) -> Watch<'_> {
        Watch::new(&self.observer, what, total)
    }

    /// Runs work on as many threads as asked for.
    pub(crate) fn in_pool<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        let problem = "is more threads than this machine can start";
        parallel::in_pool(self.jobs, work)
            .ok_or_else(|| Error::option("jobs", self.jobs, problem, "give fewer"))
    }
}
