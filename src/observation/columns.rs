//! What observations say of their rows and runs.

use smol_str::SmolStr;

use super::{LossFrom, Observations, Size};
use crate::finding::Finding;
use crate::schedule::course::{self, NODES};
use crate::{Error, Result};

impl Observations {
    /// Whether no row was pruned, so that all sizes are one.
    #[must_use]
    pub fn is_dense(&self) -> bool {
        let same = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-12 * a;
        let initial = self.initial_params();
        initial.iter().zip(self.average_params()).all(same)
            && self.has_final_params()
            && initial.iter().zip(self.final_params()).all(same)
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.loss.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.loss.is_empty()
    }

    /// Which parameter count [`params`](Self::params) is.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// The law's N of each row.
    #[must_use]
    pub fn params(&self) -> &[f64] {
        &self.params
    }

    /// Tokens seen at each row.
    #[must_use]
    pub fn tokens(&self) -> &[f64] {
        &self.tokens
    }

    /// Loss of each row, in nats a token.
    #[must_use]
    pub fn loss(&self) -> &[f64] {
        &self.loss
    }

    /// N₀ of each row; [`params`](Self::params) when no pruning was said.
    #[must_use]
    pub fn initial_params(&self) -> &[f64] {
        self.initial_params.as_deref().unwrap_or(&self.params)
    }

    /// N̄ of each row; [`params`](Self::params) when no pruning was said.
    #[must_use]
    pub fn average_params(&self) -> &[f64] {
        self.average_params.as_deref().unwrap_or(&self.params)
    }

    /// Whether [`final_params`](Self::final_params) can be relied on. It cannot where a pruned run gives its
    /// average only; a law that reads the count left must refuse such a sweep.
    #[must_use]
    pub fn has_final_params(&self) -> bool {
        !self.final_params_unknown
    }

    /// Parameters left at each row; [`params`](Self::params) when no pruning was said, and also where
    /// [`has_final_params`](Self::has_final_params) is false.
    #[must_use]
    pub fn final_params(&self) -> &[f64] {
        self.final_params.as_deref().unwrap_or(&self.params)
    }

    /// Node k of each row's course, `(share of its tokens, N)`.
    pub(crate) fn nodes(&self, k: usize) -> Result<impl Iterator<Item = (f64, f64)> + '_> {
        let k = k.min(NODES - 1);
        self.check_course(self.courses.is_some())?;
        let node = move |row: usize| match &self.courses {
            Some(courses) => courses[row][k],
            None => course::constant(self.initial_params()[row])[k],
        };
        Ok((0..self.len()).map(node))
    }

    /// What the cuts of each row's run left unhealed.
    pub(crate) fn unhealed(&self) -> Result<Vec<f64>> {
        self.check_course(self.unhealed.is_some())?;
        Ok(self.unhealed.clone().unwrap_or_else(|| vec![0.0; self.len()]))
    }

    /// Without a course all counts must be one, or else it is not known.
    fn check_course(&self, is_known: bool) -> Result<()> {
        let flat = |row: usize| {
            let initial = self.initial_params()[row];
            self.average_params()[row] == initial && self.final_params()[row] == initial
        };
        let missing = (0..self.len()).find(|row| !is_known && (self.final_params_unknown || !flat(*row)));
        if let Some(row) = missing {
            return Err(Error::missing(
                "the law",
                "the course of pruning",
                format!("run '{}' does not give", self.run_name(self.run[row])),
                "add its schedule (`schedule`, `final_sparsity`, ...)",
            ));
        }
        Ok(())
    }

    /// Different tokens seen at each row, where known.
    #[must_use]
    pub fn unique_tokens(&self) -> Option<&[f64]> {
        self.unique_tokens.as_deref()
    }

    /// Weight of each row in the objective; none means 1 each.
    #[must_use]
    pub fn weight(&self) -> Option<&[f64]> {
        self.weight.as_deref()
    }

    /// How the losses were made from curves; none where each is that of a row.
    #[must_use]
    pub fn loss_from(&self) -> Option<LossFrom> {
        self.loss_from
    }

    pub(crate) fn with_loss_from(mut self, loss_from: Option<LossFrom>) -> Self {
        self.loss_from = loss_from;
        self
    }

    /// The window that was [put in the place](crate::Sweep::with_prune_window) of where the files say that runs were pruned;
    /// none where the files' own stand.
    #[must_use]
    pub fn prune_window(&self) -> Option<&str> {
        self.prune_window.as_deref()
    }

    pub(crate) fn with_prune_window(mut self, window: Option<String>) -> Self {
        self.prune_window = window;
        self
    }

    /// What looks odd about the sweep that they are of, and grave.
    pub(crate) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    pub(crate) fn with_findings(mut self, findings: Vec<Finding>) -> Self {
        self.findings = findings;
        self
    }

    /// A column that was given by name, if it was.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        self.columns.get(name).map(Vec::as_slice)
    }

    /// Index of the run that each row came from.
    #[must_use]
    pub fn run(&self) -> &[u32] {
        &self.run
    }

    /// Name of a run; its number, from 1, where it has none.
    #[must_use]
    pub fn run_name(&self, index: u32) -> String {
        let number = || format!("{}", u64::from(index) + 1);
        self.run_names.get(index as usize).map_or_else(number, SmolStr::to_string)
    }

    /// The name of a run, if it is one and not its place in a table.
    pub(crate) fn named(&self, run: u32) -> Option<String> {
        let named = (run as usize) < self.run_names.len() && !self.unnamed_runs.contains(&run);
        named.then(|| self.run_name(run))
    }

    /// What sums over weighted rows grow with; 1 without weights.
    pub(crate) fn mean_weight(&self) -> f64 {
        self.weight.as_ref().map_or(1.0, |weight| weight.iter().sum::<f64>() / weight.len() as f64)
    }

    /// The rows of each run, by the run's number: of a part of a sweep some have none.
    pub(crate) fn rows_by_run(&self) -> Vec<Vec<usize>> {
        let count = self.run.iter().max().map_or(0, |last| *last as usize + 1);
        let mut by_run = vec![Vec::new(); count];
        self.run.iter().enumerate().for_each(|(row, run)| by_run[*run as usize].push(row));
        by_run
    }

    /// Number of different runs.
    #[must_use]
    pub fn run_count(&self) -> usize {
        let mut seen = self.run.clone();
        seen.sort_unstable();
        seen.dedup();
        seen.len()
    }
}
