//! Laws with the observations that a sweep gives for each size.

use std::sync::Arc;

use super::{CompareOptions, Comparison, LeftOut, compare};
use crate::fit::FitOptions;
use crate::law::{Input, Law};
use crate::{Error, ObservationOptions, Observations, Result, Size, Sweep};

/// What is compared: laws, each with the observations of a size.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Candidates {
    /// Size after size, the laws in their order.
    pub all: Vec<(Arc<dyn Law>, Observations)>,
    /// Sizes that the sweep does not give.
    pub left_out: Vec<LeftOut>,
}

impl Candidates {
    /// Every law on every size that the sweep gives.
    ///
    /// Laws that choose their own counts stand there once, on the first size. Where nothing was pruned all sizes are one, and the
    /// first stands for all.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use nbar::compare::Candidates;
    /// use nbar::law::{Law, by_name};
    /// use nbar::{ObservationOptions, Size, Sweep};
    /// let laws = ["chinchilla", "averaged"].map(by_name).into_iter().collect::<nbar::Result<Vec<Arc<dyn Law>>>>()?;
    /// let of = |path: &str| {
    ///     let sweep = Sweep::from_csv_path(path)?;
    ///     Candidates::of(&sweep, &laws, &[Size::AVERAGE, Size::Final], &ObservationOptions::default())
    /// };
    /// assert_eq!(of("data/t5_c4_sparse.csv")?.all.len(), 3);
    /// assert_eq!(of("data/overtraining.csv")?.all.len(), 2);
    /// # Ok::<(), nbar::Error>(())
    /// ```
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
                    left_out.push(LeftOut {
                        law: None,
                        size: Some(size.to_string()),
                        reason: error.to_string(),
                    });
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

    /// Fits and ranks them, as [`compare`]; sizes that the sweep does not give are the first that are left out.
    ///
    /// # Errors
    /// As for [`compare`].
    pub fn compare(&self, options: &FitOptions, how: &CompareOptions) -> Result<Comparison> {
        let mut comparison = compare(&self.all, options, how)?;
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
