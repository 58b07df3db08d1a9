//! What a fit would use of a sweep, and which laws it allows.

use serde::Serialize;

use crate::fit::Problem;
use crate::law::{self, Input};
use crate::observation::{LossFrom, ONE_BUDGET};
use crate::{Checkpoints, Error, FitOptions, LossAt, ObservationOptions, Observations, Size, Sweep};

/// A law, and whether the sweep has what it reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LawUse {
    /// Its name.
    pub law: String,
    /// Whether it can be fitted.
    pub allowed: bool,
    /// Why not, or what it cannot tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What a fit would use.
///
/// ```
/// use nbar::{ObservationOptions, Sweep, inspect};
/// let fit = inspect(&Sweep::from_csv_path("data/overtraining.csv")?, &ObservationOptions::default()).fit;
/// assert_eq!((fit.observations, fit.runs, fit.refusal), (104, 104, None));
/// let law = |name: &str| fit.laws.iter().find(|law| law.law == name).unwrap();
/// assert!(law("chinchilla").allowed && law("chinchilla").note.is_none());
/// assert!(!law("repeated-data").allowed && law("repeated-data").note.as_ref().unwrap().contains("unique_tokens"));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FitInput {
    /// What N would be.
    pub size: Size,
    /// Which rows.
    pub checkpoints: Checkpoints,
    /// What the loss of a run would be.
    pub loss_at: LossAt,
    /// How many rows; 0 where it is refused.
    pub observations: usize,
    /// Of how many runs.
    pub runs: usize,
    /// In how many clusters these runs share noise; none where none are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clusters: Option<usize>,
    /// How losses would be made from curves, where not those of single rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss_from: Option<LossFrom>,
    /// The window that stands in the place of where the files say that runs were pruned; none where the files' own stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prune_window: Option<String>,
    /// Where weights come from; none where all rows count alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// Why no fit is possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// The laws that there are; none where it is refused.
    pub laws: Vec<LawUse>,
}

impl FitInput {
    pub(super) fn of(sweep: &Sweep, options: &ObservationOptions) -> Self {
        let input = Self {
            size: options.size,
            checkpoints: options.checkpoints,
            loss_at: options.loss_at,
            observations: 0,
            runs: 0,
            clusters: None,
            loss_from: None,
            prune_window: None,
            weights: None,
            refusal: None,
            laws: Vec::new(),
        };
        match sweep.observations(options) {
            Err(error) => Self { refusal: Some(error.to_string()), ..input },
            Ok(observations) => Self {
                observations: observations.len(),
                runs: observations.run_count(),
                clusters: observations.cluster_count(),
                loss_from: observations.loss_from(),
                prune_window: observations.prune_window().map(str::to_owned),
                weights: observations.weighting(),
                laws: laws(&observations.into_order()),
                ..input
            },
        }
    }
}

/// By less than this factor no sweep tells what a value does.
const ONE_VALUE: f64 = 1.001;

fn laws(observations: &Observations) -> Vec<LawUse> {
    law::NAMES.iter().filter_map(|name| law_use(name, observations)).collect()
}

fn law_use(name: &str, observations: &Observations) -> Option<LawUse> {
    let law = law::by_name(name).ok()?;
    let said = |allowed: bool, note: Option<String>| Some(LawUse { law: name.to_owned(), allowed, note });
    if let Err(error) = law.spec().check_inputs(observations) {
        let note = match error {
            Error::MissingInput { input, .. } => format!("needs {input}"),
            other => other.to_string(),
        };
        return said(false, Some(note));
    }
    let options = FitOptions::default().with_law(law.clone());
    let unidentified = match Problem::new(&options, observations) {
        Ok(problem) => problem.unidentified,
        Err(error) => return said(false, Some(error.to_string())),
    };
    let needed = law.spec().parameters.len() + 1;
    if observations.len() < needed {
        return said(false, Some(format!("needs {needed} observations")));
    }
    if law.spec().inputs == [Input::Tokens] && spread(observations.params(), ONE_VALUE) {
        return said(true, Some("does not read N, which differs between runs".to_owned()));
    }
    let is_alike = |input: &&Input| {
        let least = if **input == Input::Flops { ONE_BUDGET } else { ONE_VALUE };
        input.column(observations).is_some_and(|column| !spread(&column, least))
    };
    if let Some(input) = law.spec().inputs.iter().find(is_alike).filter(|_| unidentified.is_empty()) {
        return said(true, Some(format!("all runs have the same {input}")));
    }
    let names: Vec<String> = unidentified.into_iter().map(|u| u.parameter).collect();
    said(true, (!names.is_empty()).then(|| format!("cannot tell {}", names.join(", "))))
}

/// Whether values differ by more than a factor.
fn spread(values: &[f64], least_factor: f64) -> bool {
    let [least, greatest] = values.iter().fold([f64::INFINITY, 0.0f64], |[l, g], v| [l.min(*v), g.max(*v)]);
    greatest > least * least_factor
}
