//! What is worked out once for an ensemble.

use std::sync::{Arc, OnceLock};

use super::Ensemble;
use super::groups::Groups;
use super::leverage::Leverage;
use super::scatter::Scatter;
use crate::Result;

/// What was worked out once for an ensemble and its clones of other levels; it takes no part in comparisons.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known(Arc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// Whether it is of one group of a fit to several.
    is_of_group: bool,
    leverage: OnceLock<Option<Arc<Leverage>>>,
    freedom: OnceLock<([f64; 2], bool)>,
    scatter: OnceLock<Scatter>,
}

impl PartialEq for Known {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Known {
    /// That of one group where there are no draws.
    pub(crate) fn of_group_alone() -> Self {
        Self(Arc::new(Kept { is_of_group: true, ..Kept::default() }))
    }

    /// That of one group of a fit by groups, whose draws are those of all groups: of the parameters that these were spent on, as many are the
    /// group's as its runs have a share in what the fit follows.
    ///
    /// # Errors
    /// When residuals cannot be worked out.
    pub(crate) fn of_group(whole: &Ensemble, own: &Ensemble, group: &str) -> Result<Self> {
        let ([all, free], [runs, alone]) = (whole.freedom(), own.freedom());
        let followed = whole.leverages().zip(whole.fit.rows.is_of_group(group)).map(|(of_row, is_own)| {
            let own: f64 = of_row.iter().zip(is_own).map(|(h, own)| h * own).sum();
            own / of_row.iter().sum::<f64>()
        });
        let freedom = followed.map_or(alone, |share| (runs - share * (all - free)).max(1.0));
        Ok(Self(Arc::new(Kept {
            is_of_group: true,
            leverage: whole.kept_leverage().clone().into(),
            freedom: ([runs, freedom], whole.freedom_and_clusters().1).into(),
            scatter: Scatter::of_group(whole, own, group)?.into(),
        })))
    }
}

impl Ensemble {
    /// Whether it is [of one group](Self::of_group), whose parameters rest on the runs of others too.
    pub(super) fn is_of_group(&self) -> bool {
        self.known.0.is_of_group
    }

    /// None where the parameters cannot be told apart at the optimum.
    pub(super) fn leverage(&self) -> Option<&Leverage> {
        self.kept_leverage().as_deref()
    }

    fn kept_leverage(&self) -> &Option<Arc<Leverage>> {
        self.known.0.leverage.get_or_init(|| Leverage::new(self).map(Arc::new))
    }

    /// How many runs, clusters or rows were drawn from, and how many of them the fit leaves free, at least one.
    pub(crate) fn freedom(&self) -> [f64; 2] {
        self.freedom_and_clusters().0
    }

    /// The same, and whether some of what was drawn has several rows.
    pub(super) fn freedom_and_clusters(&self) -> ([f64; 2], bool) {
        *self.known.0.freedom.get_or_init(|| {
            let groups = Groups::new(&self.fit.rows, self.options.resample);
            let freedom = groups.freedom(&self.fit, (self.options.resample, self.spent));
            ([groups.len() as f64, freedom], groups.are_clusters())
        })
    }

    /// How the runs scatter.
    ///
    /// # Errors
    /// When their residuals cannot be worked out.
    pub(super) fn scatter(&self) -> Result<&Scatter> {
        // Worked out outside of the lock, as a bend is.
        let kept = match self.known.0.scatter.get() {
            Some(kept) => kept,
            None => {
                let found = Scatter::new(self)?;
                self.known.0.scatter.get_or_init(|| found)
            }
        };
        Ok(kept)
    }
}
