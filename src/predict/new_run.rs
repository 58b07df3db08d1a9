//! A run that has not been trained, as a law reads it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::fit::{Fit, Warning};
use crate::law::{Input, LawSpec};
use crate::observation::FlopsCount;
use crate::read::Point;
use crate::schedule::{Extent, Known, Network, Schedule};
use crate::{Error, Result, Size, Trajectory};

/// A run that has not been trained: its parameter count over its tokens, and how many of these are different.
///
/// ```
/// use nbar::predict::NewRun;
/// use nbar::{Extent, Network, Schedule, schedule::Unit};
/// let dense = NewRun::dense(7e9, 1.4e11)?;
/// assert_eq!(dense.trajectory().average_params(), 7e9);
/// let schedule = Schedule::one_shot(0.5, 0.5, Unit::Fraction);
/// let pruned = NewRun::new(schedule.trajectory(Network::new(1e9), Extent::new(2e10))?);
/// assert_eq!(pruned.trajectory().average_params(), 7.5e8);
/// assert!(pruned.with_unique_tokens(0.0).is_err());
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    trajectory: Trajectory,
    unique_tokens: Option<f64>,
    name: Option<String>,
    measured_loss: Option<f64>,
    columns: Vec<(String, f64)>,
    group: Option<String>,
    /// Training FLOPs as a table has them, and whether its tokens are those over 6 N.
    counted: Option<f64>,
    tokens_by_flops: bool,
    /// FLOPs are all that is known: it has one parameter and as many tokens as 6 N̄ D takes.
    flops_alone: bool,
}

impl NewRun {
    /// A run whose parameter count follows a trajectory.
    #[must_use]
    pub fn new(trajectory: Trajectory) -> Self {
        Self {
            trajectory,
            unique_tokens: None,
            name: None,
            measured_loss: None,
            columns: Vec::new(),
            group: None,
            counted: None,
            tokens_by_flops: false,
            flops_alone: false,
        }
    }

    /// A dense run.
    ///
    /// # Errors
    /// When a number is not positive and finite.
    pub fn dense(params: f64, tokens: f64) -> Result<Self> {
        for (name, value) in [("params", params), ("tokens", tokens)] {
            if !(value.is_finite() && value > 0.0) {
                let problem = "is not a positive, finite number";
                return Err(Error::value(name, value, problem, "give one above 0"));
            }
        }
        Ok(Self::new(Schedule::Dense.trajectory(Network::new(params), Extent::new(tokens))?))
    }

    /// A run of which FLOPs alone are known, for laws of compute.
    ///
    /// ```
    /// use nbar::{Fit, NewRun, law::by_name};
    /// let law = Fit::of_constants(by_name("compute")?, &[("E", 1.7), ("K", 337.0), ("gamma", 0.12)])?;
    /// assert!((law.predict_run(&NewRun::of_flops(1e21)?)? - (1.7 + 337.0 / 1e21f64.powf(0.12))).abs() < 1e-12);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it is not a positive, finite number.
    pub fn of_flops(flops: f64) -> Result<Self> {
        if !(flops.is_finite() && flops > 0.0) {
            return Err(Error::value("flops", flops, "is not a positive, finite number", "give one above 0"));
        }
        Ok(Self { flops_alone: true, ..Self::dense(1.0, flops / 6.0)? })
    }

    /// Says how many different tokens there are, for laws of repeated data. Of a run of fewer tokens all differ.
    ///
    /// ```
    /// use nbar::{Fit, NewRun, law::by_name};
    /// let constants = [("E", 1.87), ("A", 521.0), ("B", 1488.0), ("alpha", 0.35), ("R_N", 5.31), ("R_D", 15.4)];
    /// let law = Fit::of_constants(by_name("repeated-data")?, &constants)?;
    /// let loss = |unique| law.predict_run(&NewRun::dense(1e9, 1e10)?.with_unique_tokens(unique)?);
    /// assert!(loss(1e9)? > loss(1e10)?);
    /// assert_eq!(loss(1e11)?, loss(1e10)?);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it is not a positive, finite number.
    pub fn with_unique_tokens(mut self, unique_tokens: f64) -> Result<Self> {
        if !(unique_tokens > 0.0 && unique_tokens.is_finite()) {
            let problem = "is not a positive, finite number";
            return Err(Error::value("unique_tokens", unique_tokens, problem, "give one above 0"));
        }
        self.unique_tokens = Some(unique_tokens.min(self.trajectory.tokens()));
        Ok(self)
    }

    /// Gives the number of a column that the law reads by name, as a [formula](crate::law::Formula) does.
    ///
    /// ```
    /// use nbar::{Fit, NewRun, law::by_name};
    /// let law = by_name("E + A/N^alpha + K*lr^gamma where lr=column")?;
    /// let constants = [("E", 1.7), ("A", 400.0), ("alpha", 0.34), ("K", 2.0), ("gamma", 0.5)];
    /// let law = Fit::of_constants(law, &constants)?;
    /// let run = NewRun::dense(1e9, 2e10)?.with_column("lr", 0.01);
    /// assert!((law.predict_run(&run)? - (1.7 + 400.0 / 1e9f64.powf(0.34) + 0.2)).abs() < 1e-12);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn with_column(mut self, name: impl Into<String>, value: f64) -> Self {
        self.columns.push((name.into(), value));
        self
    }

    /// Says of which group it is, for [fits by groups](crate::families). A fit of one group does not read it.
    ///
    /// ```
    /// # use nbar::families::fit_by_group;
    /// # use nbar::{BootstrapOptions, FitOptions, NewRun, ObservationOptions, Sweep};
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let observations = sweep.observations(&ObservationOptions::default())?;
    /// let family = fit_by_group(&observations, &FitOptions::default(), &["alpha", "beta"], None)?;
    /// let all = family.fit.bootstrap(&BootstrapOptions::default().with_replicates(100))?;
    /// let run = NewRun::dense(1e9, 2e10)?.with_group("rpj");
    /// assert_eq!(all.predict_run(&run)?, all.of_group("rpj")?.predict_run(&run)?);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn with_group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// Its group, where one is said.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// A run as a table has it.
    ///
    /// # Errors
    /// As for [`with_unique_tokens`](Self::with_unique_tokens).
    pub fn of_point(point: &Point) -> Result<Self> {
        let mut run = Self::new(point.trajectory.clone());
        run.name.clone_from(&point.run);
        run.measured_loss = point.loss;
        run.columns.clone_from(&point.columns);
        run.group.clone_from(&point.group);
        run.flops_alone = point.flops_alone;
        (run.counted, run.tokens_by_flops) = (point.flops, point.tokens_by_flops);
        point.unique_tokens.into_iter().try_fold(run, Self::with_unique_tokens)
    }

    /// Its loss, where a table gives one: predictions then say [what came of them](super::Outcome).
    #[must_use]
    pub fn measured_loss(&self) -> Option<f64> {
        self.measured_loss
    }

    /// Its name, where a table gives one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Its parameter count over its tokens.
    #[must_use]
    pub fn trajectory(&self) -> &Trajectory {
        &self.trajectory
    }

    /// N, as a size counts it.
    #[must_use]
    pub fn params(&self, size: Size) -> f64 {
        size.of(&self.trajectory)
    }

    /// The columns that a law reads by name.
    pub(crate) fn columns_of(&self, law: &LawSpec) -> BTreeMap<String, f64> {
        self.columns.iter().filter(|(name, _)| law.reads_column(name)).cloned().collect()
    }

    pub(crate) fn unique_tokens(&self) -> Option<f64> {
        self.unique_tokens
    }

    /// 6 N̄ D.
    #[must_use]
    pub fn flops(&self) -> f64 {
        6.0 * self.trajectory.average_params() * self.trajectory.tokens()
    }

    /// Whether it says its own FLOPs.
    pub(super) fn is_counted(&self) -> bool {
        self.flops_alone || self.counted.is_some()
    }

    pub(super) fn is_flops_alone(&self) -> bool {
        self.flops_alone
    }

    /// Whether a fit's law reads FLOPs that were measured.
    fn is_measured_in(fit: &Fit) -> bool {
        fit.law().spec().inputs.contains(&Input::Flops)
            && (fit.observations.flops_count() == FlopsCount::Measured || fit.observations.is_flops_alone())
    }

    /// Whether it says its own FLOPs, and the law of a fit reads them.
    pub(crate) fn is_counted_in(&self, fit: &Fit) -> bool {
        self.is_counted() && Self::is_measured_in(fit)
    }

    /// The same run, with as many tokens as its FLOPs buy as the runs of the fit count them.
    pub(super) fn counted_in(&self, fit: &Fit) -> Result<Cow<'_, Self>> {
        let Some(flops) = self.counted.filter(|_| self.tokens_by_flops && Self::is_measured_in(fit)) else {
            return Ok(Cow::Borrowed(self));
        };
        let params = self.trajectory.average_params();
        let extent = Extent::new(flops / (fit.training_flops().over_average(1.0) * params));
        let trajectory = Schedule::Dense.trajectory(Network::new(params), extent)?;
        Ok(Cow::Owned(Self { trajectory, ..self.clone() }))
    }

    /// Its training FLOPs as a fit's answers count them: its own where these were measured, as those of the fit were.
    pub(crate) fn flops_in(&self, fit: &Fit) -> f64 {
        if self.flops_alone {
            return self.flops();
        }
        if let Some(counted) = self.counted.filter(|_| Self::is_measured_in(fit)) {
            return counted;
        }
        let average = self.trajectory.average_params();
        let over_average = fit.training_flops().over_average(self.trajectory.initial_params() / average);
        over_average * average * self.trajectory.tokens()
    }

    /// What the law of a fit reads of it.
    ///
    /// # Errors
    /// When the law reads what the run does not give.
    pub(crate) fn inputs(&self, fit: &Fit) -> Result<Vec<f64>> {
        let law = fit.law().spec();
        if self.flops_alone {
            law.check_flops_alone()?;
        }
        self.check_counts(fit)?;
        let flops = Some(self.flops_in(fit));
        let run = fit.as_trained(&self.trajectory);
        law.of_run(&run, fit.observations.size(), self.unique_tokens, flops, &self.columns)
    }

    /// Refuses a run of which a count is not known that the fit reads.
    fn check_counts(&self, fit: &Fit) -> Result<()> {
        let (known, size) = (self.trajectory.known, fit.observations.size());
        let missing = |needs: &str, remedy: &str| {
            Err(Error::missing(needs, "the course of pruning", "the run does not give", remedy))
        };
        let inputs = &fit.law().spec().inputs;
        let reads = |input: Input| inputs.contains(&input);
        let reads_course = reads(Input::Course) || reads(Input::Unhealed);
        let reads_last = reads(Input::FinalParams) || size == Size::Final;
        match size {
            _ if reads_course && known != Known::Course => {
                missing("the law", "add its schedule (`schedule`, `final_sparsity`, ...)")
            }
            Size::PowerMean(_) if known != Known::Course && size != Size::AVERAGE => {
                missing(&format!("size '{size}'"), "add the columns of its schedule")
            }
            _ if known == Known::Average && reads_last => {
                missing("the fit", "add the column `final_params`, or those of its schedule")
            }
            _ => Ok(()),
        }
    }

    /// The warnings of columns that the law reads, and that have values outside those of the sweep.
    pub(crate) fn outside_columns(&self, fit: &Fit) -> Vec<Warning> {
        let outside = |(name, value): &(String, f64)| {
            let column = fit.observations.column(name).filter(|_| fit.law().spec().reads_column(name))?;
            let least = column.iter().copied().fold(f64::INFINITY, f64::min);
            let greatest = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let is_in = (least..=greatest).contains(value);
            (!is_in).then(|| Warning::OutsideColumn {
                column: name.clone(),
                value: *value,
                fitted: [least, greatest],
            })
        };
        self.columns.iter().filter_map(outside).collect()
    }
}
