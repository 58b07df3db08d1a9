//! How to fit.

use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use crate::law::{Law, chinchilla};
use crate::objective::{Coordinates, Residual, Rho};
use crate::optimize::Starts;
use crate::{Error, Result};

/// Threads that may be asked for.
const MOST_JOBS: usize = 512;

/// How to fit: law, robust loss, starts, threads.
///
/// ```
/// use nbar::FitOptions;
/// let options = FitOptions::default().with_delta(1e-4).with_jobs(1);
/// assert_eq!((options.rho.to_string().as_str(), options.law.spec().name.as_ref()), ("huber:0.0001", "chinchilla"));
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
    /// Where the search starts from; default [`Starts::Screened`].
    pub starts: Starts,
    /// Threads; default 0, one a processor. Results do not depend on it.
    pub jobs: usize,
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
            starts: Starts::default(),
            jobs: 0,
        }
    }
}

impl PartialEq for FitOptions {
    /// Laws are compared by what they say of themselves.
    fn eq(&self, other: &Self) -> bool {
        self.law.spec() == other.law.spec()
            && (self.rho, self.residual) == (other.rho, other.residual)
            && (&self.starts, self.jobs) == (&other.starts, other.jobs)
            && (&self.fixed, &self.tied, &self.bounds) == (&other.fixed, &other.tied, &other.bounds)
    }
}

impl FitOptions {
    /// Chooses the law.
    #[must_use]
    pub fn with_law(mut self, law: Arc<dyn Law>) -> Self {
        self.law = law;
        self
    }

    /// Chooses what a residual counts for.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Rho, Sweep, fit_scaling_law};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let observations = sweep.observations(&ObservationOptions::default())?;
    /// let envelope = Rho::Asymmetric { factor: 10.0, delta: 1e-3 };
    /// let [middle, lower] = [Rho::default(), envelope]
    ///     .map(|rho| fit_scaling_law(&observations, &FitOptions::default().with_rho(rho)));
    /// let below = |fit: nbar::Fit| Ok(fit.residuals()?.iter().filter(|r| **r < 0.0).count());
    /// assert!(below(lower?)? < below(middle?)?);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn with_rho(mut self, rho: Rho) -> Self {
        self.rho = rho;
        self
    }

    /// Sets Huber's δ: short for [`with_rho`](Self::with_loss) with [`Rho::Huber`].
    #[must_use]
    pub fn with_delta(self, delta: f64) -> Self {
        self.with_rho(Rho::Huber { delta })
    }

    /// Chooses what a residual is: a difference of ln L, or of L.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Residual, Rho, Sweep, fit_scaling_law};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let observations = sweep.observations(&ObservationOptions::default())?;
    /// let options = FitOptions::default().with_rho(Rho::Squared).with_residual(Residual::Loss);
    /// let fit = fit_scaling_law(&observations, &options)?;
    /// let squares: f64 = fit.residuals()?.iter().map(|r| 0.5 * r * r).sum();
    /// assert!((fit.objective / squares - 1.0).abs() < 1e-9);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn with_residual(mut self, residual: Residual) -> Self {
        self.residual = residual;
        self
    }

    /// Gives a parameter a value, in its own unit, instead of fitting it.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let observations = sweep.observations(&ObservationOptions::default())?;
    /// let fit = fit_scaling_law(&observations, &FitOptions::default().with_fixed("E", 1.69))?;
    /// assert_eq!((fit.parameter("E"), fit.free_parameters()), (Some(1.69), 4));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn with_fixed(mut self, parameter: &str, value: f64) -> Self {
        self.fixed.push((parameter.to_owned(), value));
        self
    }

    /// Gives two parameters one value, which is fitted: both coefficients, or both exponents.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let observations = sweep.observations(&ObservationOptions::default())?;
    /// let fit = fit_scaling_law(&observations, &FitOptions::default().with_tied("alpha", "beta"))?;
    /// assert_eq!(fit.parameter("alpha"), fit.parameter("beta"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn with_tied(mut self, parameter: &str, other: &str) -> Self {
        self.tied.push((parameter.to_owned(), other.to_owned()));
        self
    }

    /// Keeps a parameter within a range, in its own unit, both ends included; at most four parameters.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let observations = sweep.observations(&ObservationOptions::default())?;
    /// let free = fit_scaling_law(&observations, &FitOptions::default())?;
    /// let least = 1.1 * free.parameter("beta").unwrap();
    /// let fit = fit_scaling_law(&observations, &FitOptions::default().with_bound("beta", least..))?;
    /// assert_eq!(fit.parameter("beta"), Some(least));
    /// # Ok::<(), nbar::Error>(())
    /// ```
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

    /// Chooses the starts.
    #[must_use]
    pub fn with_starts(mut self, starts: Starts) -> Self {
        self.starts = starts;
        self
    }

    /// Sets the number of threads; 0 is one a processor.
    #[must_use]
    pub fn with_jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs;
        self
    }

    /// The same options, every parameter free, and no starts that belong to this law alone.
    pub(crate) fn without_restrictions(&self) -> Self {
        let starts = match &self.starts {
            Starts::Hoffmann | Starts::Given(_) => Starts::Screened,
            any => any.clone(),
        };
        Self { fixed: Vec::new(), tied: Vec::new(), bounds: Vec::new(), starts, ..self.clone() }
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
        let Starts::Given(points) = &self.starts else { return Ok(()) };
        let refuse = |value: String, problem, remedy| Err(Error::option("starts", value, problem, remedy));
        if points.is_empty() {
            return refuse(String::new(), "are none", "give at least one");
        }
        let coordinates = Coordinates::new(&self.law);
        for point in points {
            if point.len() != self.law.spec().parameters.len() {
                return refuse(
                    format!("{point:?}"),
                    "has not a value for each parameter",
                    "give as many as the law has",
                );
            }
            if coordinates.natural_to_fitted(point).iter().any(|value| !value.is_finite()) {
                let problem = "has a value that its parameter cannot take";
                let remedy = "give finite numbers, and positive ones for coefficients";
                return refuse(format!("{point:?}"), problem, remedy);
            }
        }
        Ok(())
    }

    /// Runs work on as many threads as asked for.
    pub(crate) fn in_pool<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        if self.jobs <= 1 {
            return Ok(work());
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.jobs).build();
        let refuse =
            |_| Error::option("jobs", self.jobs, "is more threads than this machine can start", "give fewer");
        Ok(pool.map_err(refuse)?.install(work))
    }
}
