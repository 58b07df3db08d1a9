//! The columns that a law is fitted to.
//!
//! An observation is one loss that was measured: the network's parameters, the tokens it had seen and the
//! loss it scored, with the run that it came from, because rows of one run are not independent.

mod check;
mod clusters;
mod columns;
mod flops;
mod from_sweep;
mod groups;
mod loss_at;
mod options;
mod order;
mod pruning;
mod repeats;
mod size;
mod weight;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

pub(crate) use check::unchecked;
use check::{check, check_finite};
use clusters::Clusters;
pub use flops::FlopsCount;
pub(crate) use flops::TrainingFlops;
use groups::Kinds;
pub(crate) use groups::NO_GROUP;
pub use loss_at::{LossAt, LossFrom};
pub use options::{Checkpoints, ObservationOptions};
use pruning::Pruning;
pub(crate) use repeats::Repeated;
pub use size::Size;
pub use weight::PowerWeight;

use crate::error::Location;
use crate::finding::Finding;
use crate::run::Names;
use crate::schedule::course::{self, Course};
use crate::{Error, Result, Trajectory};

/// Counts and tokens that differ by less, relatively, are those of one run.
const ALIKE: f64 = 1e-6;
/// Runs whose FLOPs lie within such a factor are of one budget, of which none is larger than another.
pub(crate) const ONE_BUDGET: f64 = 1.05;

/// Observations: columns of equal length, each value positive and finite.
///
/// ```
/// use nbar::Observations;
/// let observations = Observations::new(vec![1e8, 1e9], vec![2e9, 2e10], vec![3.2, 2.6])?;
/// assert_eq!(observations.len(), 2);
/// assert_eq!(observations.run_count(), 2);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct Observations {
    size: Size,
    params: Vec<f64>,
    tokens: Vec<f64>,
    loss: Vec<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    initial_params: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    average_params: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    final_params: Option<Vec<f64>>,
    /// Some run was pruned and does not say what was left of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    final_params_unknown: bool,
    /// The course of each row's run up to it; none where it is not known, or all counts are one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    courses: Option<Vec<Course>>,
    /// What the cuts of each row's run left unhealed; none where it is not known, or nothing was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unhealed: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unique_tokens: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weight: Option<Vec<f64>>,
    /// What the weights are a power of, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weighted_by: Option<PowerWeight>,
    /// How the losses were made from curves; none where each is that of a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    loss_from: Option<LossFrom>,
    /// What stands in the place of where the files say that runs were pruned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prune_window: Option<String>,
    run: Vec<u32>,
    #[serde(default, skip_serializing_if = "has_none")]
    run_names: Arc<Vec<SmolStr>>,
    /// Runs whose names only say where they stand in a table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unnamed_runs: Vec<u32>,
    /// What rows share noise, where that is more than a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clusters: Option<Clusters>,
    /// What the sweep sorts its runs into, where that is several groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    groups: Option<Clusters>,
    /// What other columns sort the runs into.
    #[serde(skip)]
    kinds: Kinds,
    /// How the runs of each row were pruned, where some were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pruning: Option<Pruning>,
    /// What training cost, where it is not 6 N̄ D.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flops: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "FlopsCount::is_average")]
    flops_count: FlopsCount,
    /// FLOPs are all that is known of some row: it has one parameter and as many tokens as 6 N̄ D takes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    flops_alone: bool,
    /// Columns for laws that read more, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    columns: BTreeMap<String, Vec<f64>>,
    /// What looks odd about the sweep that they are of, and grave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Finding>,
}

impl Observations {
    /// Observations of dense networks: `params` and `tokens` as counts, `loss` in nats a token; each row a
    /// run of its own, each with weight 1.
    ///
    /// # Errors
    /// When the columns differ in length, or a value is not a positive, finite number.
    pub fn new(params: Vec<f64>, tokens: Vec<f64>, loss: Vec<f64>) -> Result<Self> {
        let rows = params.len();
        check("params", &params, rows)?;
        check("tokens", &tokens, rows)?;
        check("loss", &loss, rows)?;
        Ok(Self::unchecked(params, tokens, loss))
    }

    fn unchecked(params: Vec<f64>, tokens: Vec<f64>, loss: Vec<f64>) -> Self {
        let rows = params.len() as u32;
        Self {
            size: Size::AVERAGE,
            params,
            tokens,
            loss,
            initial_params: None,
            average_params: None,
            final_params: None,
            final_params_unknown: false,
            courses: None,
            unhealed: None,
            unique_tokens: None,
            weight: None,
            weighted_by: None,
            loss_from: None,
            prune_window: None,
            run: (0..rows).collect(),
            run_names: Arc::default(),
            unnamed_runs: Vec::new(),
            clusters: None,
            groups: None,
            kinds: Kinds::default(),
            pruning: None,
            flops: None,
            flops_count: FlopsCount::Average,
            flops_alone: false,
            columns: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    /// A row whose loss was not measured and is not a number: what laws read of a run that has not been trained.
    pub(crate) fn unmeasured(params: f64, tokens: f64) -> Self {
        Self::unchecked(vec![params], vec![tokens], vec![f64::NAN])
    }

    /// The same rows with other losses, one each.
    pub(crate) fn with_losses(self, loss: Vec<f64>) -> Self {
        Self { loss, ..self }
    }

    /// Says which count `params` is.
    #[must_use]
    pub fn with_size(mut self, size: Size) -> Self {
        self.size = size;
        self
    }

    /// Gives the counts before, averaged over and at the end of pruning, beside the one chosen as N. They go before
    /// [FLOPs](Self::with_flops) and [weights](Self::with_power_weights), which are compared with and made from them.
    ///
    /// # Errors
    /// When a column's length differs, or a value is not a positive, finite number.
    pub fn with_param_counts(mut self, initial: Vec<f64>, average: Vec<f64>, last: Vec<f64>) -> Result<Self> {
        check("initial_params", &initial, self.len())?;
        check("average_params", &average, self.len())?;
        check("final_params", &last, self.len())?;
        (self.initial_params, self.average_params, self.final_params) =
            (Some(initial), Some(average), Some(last));
        self.final_params_unknown = false;
        Ok(self)
    }

    /// Says that some rows were pruned to a count that nobody told.
    #[must_use]
    pub fn without_final_params(mut self) -> Self {
        (self.final_params, self.final_params_unknown) = (None, true);
        self
    }

    /// Gives the course of each row's run up to it, which laws read that average over training, and the counts before, on average and at
    /// the end, where they [are not given](Self::with_param_counts).
    ///
    /// ```
    /// use nbar::{Observations, Trajectory};
    /// let observations = Observations::new(vec![6e8], vec![1e10], vec![3.0])?;
    /// let trajectory = Trajectory::from_counts(&[(0.0, 8e8), (5e9, 4e8)], 1e10)?;
    /// let observations = observations.with_trajectories(&[trajectory])?;
    /// assert_eq!((observations.initial_params(), observations.final_params()), ([8e8].as_slice(), [4e8].as_slice()));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is not one for each row, or its tokens or its average are not those of the row.
    pub fn with_trajectories(mut self, trajectories: &[Trajectory]) -> Result<Self> {
        if trajectories.len() != self.len() {
            return Err(Error::length("trajectories", trajectories.len(), self.len()));
        }
        let is_average = self.average_params.is_some() || self.size == Size::AVERAGE;
        for (row, run) in trajectories.iter().enumerate() {
            let of = |what: &str, own: f64, given: f64| {
                let field = format!("the {what} of trajectory {row}");
                let problem = format!("is {own}, and the observation's {given}");
                Error::value(&field, "", &problem, "give each row the trajectory of its run up to it")
            };
            let [tokens, average] = [self.tokens[row], self.average_params()[row]];
            if (run.tokens() / tokens - 1.0).abs() > ALIKE {
                return Err(of("tokens", run.tokens(), tokens));
            }
            if is_average && (run.average_params() / average - 1.0).abs() > ALIKE {
                return Err(of("average", run.average_params(), average));
            }
        }
        if self.initial_params.is_none() && !self.final_params_unknown {
            let column = |of: fn(&Trajectory) -> f64| trajectories.iter().map(of).collect();
            let average = column(Trajectory::average_params);
            let (initial, last) = (column(Trajectory::initial_params), column(Trajectory::final_params));
            self = self.with_param_counts(initial, average, last)?;
        }
        self = self.with_courses(trajectories.iter().map(course::course).collect())?;
        self.unhealed = Some(trajectories.iter().map(Trajectory::unhealed).collect());
        Ok(self)
    }

    pub(crate) fn with_unhealed(mut self, unhealed: Vec<f64>) -> Self {
        self.unhealed = Some(unhealed);
        self
    }

    pub(crate) fn with_courses(mut self, courses: Vec<Course>) -> Result<Self> {
        if courses.len() != self.len() {
            return Err(Error::length("trajectories", courses.len(), self.len()));
        }
        self.courses = Some(courses);
        Ok(self)
    }

    /// Gives the number of different tokens that each row had seen.
    ///
    /// # Errors
    /// When the column's length differs, or a value is not a positive, finite number.
    pub fn with_unique_tokens(mut self, unique_tokens: Vec<f64>) -> Result<Self> {
        check("unique_tokens", &unique_tokens, self.len())?;
        self.unique_tokens = Some(unique_tokens);
        Ok(self)
    }

    /// Gives each row's weight in the objective.
    ///
    /// # Errors
    /// When the column's length differs, or a weight is not a positive, finite number.
    pub fn with_weights(mut self, weight: Vec<f64>) -> Result<Self> {
        check("weight", &weight, self.len())?;
        (self.weight, self.weighted_by) = (Some(weight), None);
        Ok(self)
    }

    /// Gives a column of any finite numbers, for laws that read [`Input::Column`](crate::law::Input) of this name; a
    /// second one of the same name takes its place.
    ///
    /// ```
    /// use nbar::Observations;
    /// let observations = Observations::new(vec![1e8], vec![2e9], vec![3.2])?.with_column("depth", vec![-0.5])?;
    /// assert_eq!(observations.column("depth"), Some(&[-0.5][..]));
    /// assert_eq!(observations.column("width"), None);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the column's length differs, or a value is not finite.
    pub fn with_column(mut self, name: &str, values: Vec<f64>) -> Result<Self> {
        check_finite(name, &values, self.len())?;
        self.columns.insert(name.to_owned(), values);
        Ok(self)
    }

    /// Says which run each row came from, as an index into `names`. Draws and sums go by these names, whatever the order of
    /// the rows.
    ///
    /// # Errors
    /// When the column's length differs, an index has no name, or a name occurs twice.
    pub fn with_runs(self, run: Vec<u32>, names: Vec<String>) -> Result<Self> {
        self.with_named_runs(run, names.into_iter().map(SmolStr::from).collect())
    }

    fn with_named_runs(mut self, run: Vec<u32>, names: Vec<SmolStr>) -> Result<Self> {
        if run.len() != self.len() {
            return Err(Error::length("run", run.len(), self.len()));
        }
        if let Some(&index) = run.iter().find(|&&index| index as usize >= names.len()) {
            let problem = format!("is no index into the {} names of the runs", names.len());
            return Err(Error::value("run", index, &problem, "name every run"));
        }
        if let Some(name) = Names::repeated(&names) {
            return Err(Location::in_run(name).refuse("it is there twice", "give the runs different names"));
        }
        (self.run, self.run_names, self.unnamed_runs) = (run, Arc::new(names), Vec::new());
        self.check_clusters()?;
        Ok(self)
    }

    /// Says which runs have names that only say where they stand in a table: their draws and sums go by their values.
    pub(crate) fn with_unnamed_runs(mut self, unnamed_runs: Vec<u32>) -> Self {
        self.unnamed_runs = unnamed_runs;
        self
    }

    /// The rows whose number `keep` accepts, their runs numbered and named as before.
    ///
    /// ```
    /// # use nbar::Observations;
    /// let observations = Observations::new(vec![1e8, 1e9], vec![2e9, 2e10], vec![3.2, 2.6])?;
    /// let second = observations.subset(|row| row == 1);
    /// assert_eq!((second.loss(), second.run_name(second.run()[0]).as_str()), ([2.6].as_slice(), "2"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn subset(&self, keep: impl Fn(usize) -> bool) -> Self {
        self.select(&(0..self.len()).filter(|row| keep(*row)).collect::<Vec<usize>>())
    }

    /// These rows, in this order.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        let of = |column: &Vec<f64>| rows.iter().map(|row| column[*row]).collect::<Vec<f64>>();
        Self {
            size: self.size,
            params: of(&self.params),
            tokens: of(&self.tokens),
            loss: of(&self.loss),
            initial_params: self.initial_params.as_ref().map(of),
            average_params: self.average_params.as_ref().map(of),
            final_params: self.final_params.as_ref().map(of),
            final_params_unknown: self.final_params_unknown,
            courses: self.courses.as_ref().map(|c| rows.iter().map(|row| c[*row]).collect()),
            unhealed: self.unhealed.as_ref().map(of),
            unique_tokens: self.unique_tokens.as_ref().map(of),
            weight: self.weight.as_ref().map(of),
            weighted_by: self.weighted_by,
            loss_from: self.loss_from,
            prune_window: self.prune_window.clone(),
            run: rows.iter().map(|row| self.run[*row]).collect(),
            run_names: self.run_names.clone(),
            unnamed_runs: self.unnamed_runs.clone(),
            clusters: self.clusters.as_ref().map(|clusters| clusters.select(rows)),
            groups: self.groups.as_ref().map(|groups| groups.select(rows)),
            kinds: self.kinds.select(rows),
            pruning: self.pruning.as_ref().map(|pruning| pruning.select(rows)),
            flops: self.flops.as_ref().map(of),
            flops_count: self.flops_count,
            flops_alone: self.flops_alone,
            columns: self.columns.iter().map(|(name, column)| (name.clone(), of(column))).collect(),
            findings: self.findings.clone(),
        }
    }
}

fn has_none(names: &Arc<Vec<SmolStr>>) -> bool {
    names.is_empty()
}
