//! Laws with the observations that a sweep gives for each size.

use std::sync::Arc;

use super::{Comparison, compare};
use crate::bootstrap::BootstrapOptions;
use crate::fit::FitOptions;
use crate::law::{Input, Law};
use crate::{Error, ObservationOptions, Observations, Result, Size, Sweep};

/// What is compared: laws, each with the observations of a size.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Candidates {
    /// Size after size, the laws in their order.
    pub all: Vec<(Arc<dyn Law>, Observations)>,
    /// Sizes that the sweep does not give, each with why and what to do.
    pub left_out: Vec<String>,
}

impl Candidates {
    /// These, each a law with observations on the size that it reads: all of the same runs in the same order, as those
    /// that one sweep gives for different sizes are.
    #[must_use]
    pub fn new(all: Vec<(Arc<dyn Law>, Observations)>) -> Self {
        Self { all, left_out: Vec::new() }
    }

    /// Every law on every size that the sweep gives.
    ///
    /// Laws that choose their own counts stand there once, on the first size. Where nothing was pruned all sizes are one, and the
    /// first stands for all.
    ///
    /// # Errors
    /// When the sweep gives none of the sizes, or its observations cannot be made.
    pub fn of(
        sweep: &Sweep,
        laws: &[Arc<dyn Law>],
        sizes: &[Size],
        options: &ObservationOptions,
    ) -> Result<Self> {
        let (mut all, mut left_out, mut refused) = (Vec::new(), Vec::new(), None);
        let reads_size = |law: &&Arc<dyn Law>| law.spec().inputs.contains(&Input::Params);
        let mut chooses: Vec<&Arc<dyn Law>> = laws.iter().filter(|law| !reads_size(law)).collect();
        for size in sizes {
            match sweep.observations(&options.with_size(*size)) {
                Ok(observations) => {
                    let laws = laws.iter().filter(reads_size).chain(chooses.drain(..));
                    all.extend(laws.map(|law| (Arc::clone(law), observations.clone())));
                    if observations.is_dense() {
                        break;
                    }
                }
                Err(error) if lacks_an_input(&error) => {
                    left_out.push(format!("{size} parameters: {error}"));
                    refused = refused.or(Some(error));
                }
                Err(error) => return Err(error),
            }
        }
        match refused.filter(|_| all.is_empty()) {
            Some(error) => Err(error),
            None => Ok(Self { all, left_out }),
        }
    }

    /// Fits each to all runs and to the smaller ones, and groups them by their error on the largest: by FLOPs, this share of
    /// the runs, of which 0.2 is usual.
    ///
    /// What is told apart, paired replicates say: in each, the runs' weights are drawn once, every candidate is
    /// refitted to the smaller runs with them, and is asked about the held-out runs with theirs. Their number, seed and
    /// level are those of `draws`; intervals are plain percentiles. Candidates are all fitted first, then one after the
    /// other refitted; if the [observer](FitOptions::observer) stops that, the replicates so far are
    /// [partial](Comparison::partial).
    ///
    /// ```
    /// use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Size, Sweep, compare::Candidates, law::by_name};
    /// let sweep = Sweep::from_csv_path("data/t5_c4_sparse.csv")?;
    /// let laws = [by_name("chinchilla")?, by_name("averaged")?];
    /// let sizes = [Size::AVERAGE, Size::Final];
    /// let candidates = Candidates::of(&sweep, &laws, &sizes, &ObservationOptions::default())?;
    /// let draws = BootstrapOptions::default().with_replicates(100);
    /// let comparison = candidates.compare(&FitOptions::default(), 0.2, &draws)?;
    /// assert_eq!((comparison.candidates.len(), comparison.candidates[1].name().as_str()), (3, "chinchilla on average parameters"));
    /// assert!(comparison.candidates.is_sorted_by_key(|candidate| candidate.group));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is no candidate or none can be fitted, observations differ in their runs, too little is left to fit, or
    /// an option is out of its range; when an observer stops it before all are fitted. A candidate that lacks an input of its law, or has more parameters than there are
    /// rows, is [left out](Comparison::left_out); so are sizes that the sweep does not give, as the first.
    pub fn compare(&self, options: &FitOptions, share: f64, draws: &BootstrapOptions) -> Result<Comparison> {
        let mut comparison = compare(&self.all, options, share, draws)?;
        comparison.left_out.splice(0..0, self.left_out.iter().cloned());
        Ok(comparison)
    }
}

/// Whether the sweep does not give a size, though it may give others.
fn lacks_an_input(error: &Error) -> bool {
    match error {
        Error::MissingInput { .. } => true,
        Error::Within { source, .. } => lacks_an_input(source),
        _ => false,
    }
}
