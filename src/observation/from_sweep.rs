//! From runs to the columns that a law is fitted to.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::Observations;
use super::groups::NO_GROUP;
use super::loss_at::LossFrom;
use super::options::{Checkpoints, ObservationOptions};
use super::pruning::Pruning;
use super::size::Size;
use crate::finding::{self, Finding, FindingKind};
use crate::run::{Checkpoint, Run, Sweep};
use crate::schedule::counts_agree;
use crate::schedule::course::{Course, constant, course};
use crate::{Error, Result, Trajectory};

/// Sweeps of more runs are not asked what sorts them.
const MOST_SORTED: usize = 10_000;

/// Parameter counts of one observation.
#[derive(Debug, Clone, Copy)]
struct Counts {
    /// The one chosen as N.
    size: f64,
    initial: f64,
    average: f64,
    /// Unknown where a run gives only its average.
    last: Option<f64>,
    /// Unknown where a run gives counts and no schedule.
    /// With what it left unhealed.
    course: Option<(Course, f64)>,
}

/// Columns in the making.
#[derive(Debug, Default)]
struct Table {
    size: Vec<f64>,
    initial: Vec<f64>,
    average: Vec<f64>,
    last: Vec<f64>,
    last_unknown: bool,
    courses: Vec<Course>,
    unhealed: Vec<f64>,
    tokens: Vec<f64>,
    loss: Vec<f64>,
    unique_tokens: Vec<f64>,
    weight: Vec<f64>,
    /// As measured.
    flops: Vec<f64>,
    run: Vec<u32>,
    /// Rows that the loss of each run was made from, where it is not that of a row, and what that changed in ln L.
    rows_a_run: Option<[usize; 2]>,
    shifts: Vec<f64>,
    pruning: Option<Pruning>,
}

impl Sweep {
    /// The observations of the chosen checkpoints, with the chosen parameter count as N.
    ///
    /// Weights are kept where every row has one, unique tokens likewise; clusters must be given by every run or by none. When no run was pruned all counts are
    /// one and the same column.
    ///
    /// ```
    /// use nbar::{Checkpoints, ObservationOptions, Sweep};
    /// let sweep = Sweep::from_csv_path("data/gemstones_hot.csv")?;
    /// let last = sweep.observations(&ObservationOptions::default())?;
    /// let all = sweep.observations(&ObservationOptions::default().with_checkpoints(Checkpoints::All))?;
    /// assert_eq!((last.len(), all.len(), all.run_count()), (22, 220, 22));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a run does not tell the chosen size, or only some rows have weights or clusters; the message names the run.
    pub fn observations(&self, options: &ObservationOptions) -> Result<Observations> {
        options.check()?;
        let dense = self.runs.iter().all(Run::is_plain);
        let mut table = Table::with_capacity(match options.checkpoints {
            Checkpoints::Last => self.len(),
            Checkpoints::All => self.checkpoint_count(),
        });
        for (index, run) in self.runs.iter().enumerate() {
            let curve = match options.checkpoints {
                Checkpoints::Last => &run.checkpoints()[run.checkpoints().len() - 1..],
                Checkpoints::All => run.checkpoints(),
            };
            let blame = |error| self.blame(index, error);
            let pruned = run.has_course();
            let whole = if pruned { Some(run.trajectory().map_err(blame)?) } else { None };
            if !dense {
                let kind = run.pruned_as(whole.as_ref());
                let pruning = table.pruning.get_or_insert_default();
                curve.iter().for_each(|_| pruning.push(kind.clone()));
            }
            for checkpoint in curve {
                if dense {
                    table.size.push(run.initial_params());
                } else {
                    table.push_counts(run.counts(checkpoint, whole.as_ref(), options.size).map_err(blame)?);
                }
                table.push(checkpoint, index as u32);
                table.flops.extend(run.flops_at(checkpoint.tokens));
            }
            if !options.loss_at.is_last() {
                table.replace_loss(run, options);
            }
            if table.weight.len() != table.loss.len() && !table.weight.is_empty() {
                return Err(blame(no_weight()));
            }
        }
        let loss_from = table.loss_from(options);
        let measured = std::mem::take(&mut table.flops);
        let clusters = self.clusters(&table.run)?;
        let group = |run: &u32| self.runs[*run as usize].group().unwrap_or(NO_GROUP);
        let groups: Vec<&str> = match self.runs.iter().any(|run| run.group().is_some()) {
            true => table.run.iter().map(group).collect(),
            false => Vec::new(),
        };
        let mut observations = table
            .into_observations(options.size, self.runs.iter().map(|run| run.name().clone()).collect())?;
        for name in self.runs.iter().flat_map(Run::column_names).collect::<BTreeSet<_>>() {
            observations = self.with_column(observations, name)?;
        }
        if let Some(clusters) = clusters {
            observations = observations.with_clusters(&clusters)?;
        }
        let findings = finding::grave(self, options.checkpoints == Checkpoints::All);
        let kinds = self.kinds(observations.run(), &findings);
        let observations = observations.with_findings(findings).with_groups(&groups).with_kinds(kinds);
        let observations = observations.with_unnamed_runs(self.unnamed_runs()).with_loss_from(loss_from);
        let flops_alone = self.runs.iter().any(Run::is_flops_alone);
        let observations =
            observations.with_flops_alone(flops_alone).with_prune_window(self.prune_window.clone());
        observations.count_flops(measured, options.flops_count)?.weigh(options.weights)
    }
}

impl Sweep {
    /// With a column that laws read by name.
    fn with_column(&self, observations: Observations, name: &str) -> Result<Observations> {
        let (run, tokens) = (observations.run(), observations.tokens());
        let value = |row: usize| {
            self.runs[run[row] as usize].column_at(tokens[row], name).ok_or_else(|| {
                let input = format!("the column {name} of every row");
                let remedy = format!("give the column in each file, or say that it is a parameter: `law=... where {name}=0.1..10`");
                let error = Error::missing("the law", input, "some rows do not give", remedy);
                self.blame(run[row] as usize, error)
            })
        };
        let values = (0..run.len()).map(value).collect::<Result<Vec<f64>>>()?;
        observations.with_column(name, values)
    }

    /// What columns that no law reads, and the one of groups, say of each row's run; nothing where runs are too many. Those of which a finding
    /// says more are left out: several vocabularies, and learning rates that meet at one N and D.
    fn kinds(&self, of_rows: &[u32], findings: &[Finding]) -> Vec<(SmolStr, Vec<&str>)> {
        let Some(first) = self.runs.first().filter(|_| self.len() <= MOST_SORTED) else { return Vec::new() };
        let runs = || of_rows.iter().map(|run| &self.runs[*run as usize]);
        let of_label = |column: &SmolStr| {
            let label = |run: &'_ Run| run.labels().iter().position(|[own, _]| own == column);
            runs().map(|run| Some(run.labels()[label(run)?][1].as_str())).collect::<Option<Vec<&str>>>()
        };
        let mapped = |field: &str| self.mapping().iter().find(move |mapping| mapping.field == field);
        let said = findings.iter().filter_map(|finding| match finding.kind {
            FindingKind::LearningRates { .. } => mapped("learning_rate"),
            FindingKind::SeveralVocabularies { .. } => mapped("vocabulary"),
            _ => None,
        });
        let said: Vec<_> = said.map(|mapping| mapping.column.as_str()).collect();
        let is_said = |column: &SmolStr| said.contains(&column.as_str());
        let labels = first.labels().iter().filter(|[column, _]| !is_said(column));
        let labels = labels.filter_map(|[column, _]| Some((column.clone(), of_label(column)?)));
        let groups = mapped("group").and_then(|mapping| {
            Some((mapping.column.as_str().into(), runs().map(Run::group).collect::<Option<Vec<&str>>>()?))
        });
        labels.chain(groups).collect()
    }

    /// The cluster of each row's run; none where no run has one.
    fn clusters(&self, of_rows: &[u32]) -> Result<Option<Vec<&str>>> {
        let cluster = |run: u32| self.runs[run as usize].cluster();
        if self.runs.iter().all(|run| run.cluster().is_none()) {
            return Ok(None);
        }
        // Evaluations of runs are gathered, and all other runs stand alone.
        let gathered = self.runs.iter().all(|run| run.cluster().is_none() || run.is_evaluation());
        let alone = |run: u32| gathered.then(|| self.runs[run as usize].id());
        let needed = |run: &u32| {
            cluster(*run).or_else(|| alone(*run)).ok_or_else(|| {
                let (input, problem) = ("the cluster of every run", "some runs have one and some do not");
                let remedy = "give each run a cluster, or none";
                self.blame(*run as usize, Error::missing("a fit with clusters", input, problem, remedy))
            })
        };
        of_rows.iter().map(needed).collect::<Result<_>>().map(Some)
    }
}

impl Run {
    /// Whether all of its parameter counts are one: it was never pruned, and says nothing else.
    fn is_plain(&self) -> bool {
        !self.has_course()
            && self.checkpoints().iter().all(|c| c.average_params().is_none() && c.final_params().is_none())
    }

    /// The counts at a checkpoint; `whole` is the trajectory of a run that has a schedule.
    fn counts(&self, checkpoint: &Checkpoint, whole: Option<&Trajectory>, size: Size) -> Result<Counts> {
        match whole {
            Some(whole) if checkpoint.tokens == whole.tokens() => {
                self.scheduled_counts(checkpoint, whole, size)
            }
            Some(whole) => self.scheduled_counts(checkpoint, &whole.until(checkpoint.tokens)?, size),
            None => self.given_counts(checkpoint, size),
        }
    }

    fn scheduled_counts(&self, checkpoint: &Checkpoint, until: &Trajectory, size: Size) -> Result<Counts> {
        let initial = self.initial_params();
        let average = checkpoint.average_params().unwrap_or_else(|| until.average_params());
        let last = checkpoint.final_params().unwrap_or_else(|| until.final_params());
        let size = match size {
            Size::Initial => initial,
            Size::Final => last,
            Size::AVERAGE => average,
            Size::PowerMean(order) => until.power_mean(order),
        };
        // Counts that a checkpoint gives outright belong to another course, unless they are the schedule's, with few digits.
        let agrees = |given: Option<f64>, own: f64| given.is_none_or(|given| counts_agree(given, own));
        let of_schedule = agrees(checkpoint.average_params(), until.average_params())
            && agrees(checkpoint.final_params(), until.final_params());
        let course = of_schedule.then(|| (course(until), until.unhealed()));
        Ok(Counts { size, initial, average, last: Some(last), course })
    }

    /// The counts of a run without a schedule, from what its checkpoint gives outright.
    fn given_counts(&self, checkpoint: &Checkpoint, size: Size) -> Result<Counts> {
        let initial = self.initial_params();
        // A mean of what only falls equals its first value when it never fell.
        let is_whole = |count: f64| count >= initial * (1.0 - 1e-9);
        let whole = self.is_plain() || checkpoint.average_params().is_some_and(is_whole);
        let last = checkpoint.final_params().or(whole.then_some(initial));
        let average = checkpoint.average_params().or(last.filter(|last| is_whole(*last)));
        let average =
            average.ok_or_else(|| Self::unknown("the average", "give `average_params`, or its schedule"))?;
        let size = match size {
            Size::Initial => initial,
            Size::AVERAGE => average,
            Size::Final => last.ok_or_else(|| {
                Self::unknown("size 'final'", "give `final_params` or `final_sparsity`, or its schedule")
            })?,
            Size::PowerMean(_) if whole => initial,
            Size::PowerMean(_) => {
                let remedy =
                    "give its schedule (`schedule`, `final_sparsity`, ...), or choose `size=average`";
                return Err(Self::unknown(&format!("size '{size}'"), remedy));
            }
        };
        let course = whole.then(|| (constant(initial), 0.0));
        Ok(Counts { size, initial, average, last, course })
    }

    fn unknown(needed_by: &str, remedy: &str) -> Error {
        Error::missing(needed_by, "the course of pruning", "the run does not give", remedy)
    }
}

fn no_weight() -> Error {
    Error::missing(
        "a weighted fit",
        "a weight for every row",
        "some rows have and some do not",
        "give each row a weight, or none",
    )
}

impl Table {
    /// Room for so many rows, in the columns that there always are.
    fn with_capacity(rows: usize) -> Self {
        let column = || Vec::with_capacity(rows);
        let run = Vec::with_capacity(rows);
        Self { size: column(), tokens: column(), loss: column(), run, ..Self::default() }
    }

    fn push_counts(&mut self, counts: Counts) {
        self.size.push(counts.size);
        self.initial.push(counts.initial);
        self.average.push(counts.average);
        self.last.push(counts.last.unwrap_or(counts.average));
        self.last_unknown |= counts.last.is_none();
        if let Some((course, unhealed)) = counts.course {
            self.courses.push(course);
            self.unhealed.push(unhealed);
        }
    }

    fn push(&mut self, checkpoint: &Checkpoint, run: u32) {
        self.tokens.push(checkpoint.tokens);
        self.loss.push(checkpoint.loss);
        self.run.push(run);
        // A run has seen no more different tokens than tokens.
        self.unique_tokens.extend(checkpoint.unique_tokens().map(|unique| unique.min(checkpoint.tokens)));
        self.weight.extend(checkpoint.weight());
    }

    /// Puts what the options make of a run's curve in the place of its last loss.
    fn replace_loss(&mut self, run: &Run, options: &ObservationOptions) {
        let (Some((loss, rows)), Some(last)) = (options.loss_at.of(run.checkpoints()), self.loss.last_mut())
        else {
            return;
        };
        self.shifts.push((loss / *last).ln());
        *last = loss;
        let [least, most] = self.rows_a_run.unwrap_or([rows, rows]);
        self.rows_a_run = Some([least.min(rows), most.max(rows)]);
    }

    fn loss_from(&mut self, options: &ObservationOptions) -> Option<LossFrom> {
        // Summed by size, so that the order of the runs changes nothing.
        self.shifts.sort_by(f64::total_cmp);
        let shift = self.shifts.iter().sum::<f64>() / self.loss.len() as f64;
        self.rows_a_run.map(|rows| LossFrom { at: options.loss_at, rows, shift })
    }

    fn into_observations(self, size: Size, names: Vec<SmolStr>) -> Result<Observations> {
        let rows = self.loss.len();
        let mut observations = Observations::new(self.size, self.tokens, self.loss)?.with_size(size);
        if !self.initial.is_empty() {
            observations = observations.with_param_counts(self.initial, self.average, self.last)?;
        }
        if self.courses.len() == rows {
            observations = observations.with_courses(self.courses)?.with_unhealed(self.unhealed);
        }
        if self.last_unknown {
            observations = observations.without_final_params();
        }
        if self.unique_tokens.len() == rows {
            observations = observations.with_unique_tokens(self.unique_tokens)?;
        }
        if !self.weight.is_empty() {
            observations = observations.with_weights(self.weight)?;
        }
        observations.with_pruning(self.pruning).with_named_runs(self.run, names)
    }
}
