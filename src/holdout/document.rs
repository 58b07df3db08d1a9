//! The document of `nbar holdout`.

use serde::{Serialize, Serializer};

use super::{HeldOutRow, HoldOut, HoldoutReport, Score};
use crate::bootstrap::{BootstrapOptions, Drawn};
use crate::document::ByName;
use crate::fit::{Conditions, FitOptions, Residual, Rho, Warning};
use crate::{Document, Observations, Size};

/// What was fitted, and how. As in a saved fit ρ is there where it is not Huber's, and `on` where it is not the usual.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct About {
    law: String,
    #[serde(skip)]
    names: Vec<String>,
    size: Size,
    n: usize,
    runs: usize,
    delta: Option<f64>,
    by: String,
    hold_out: Method,
    level: f64,
    bootstrap: Drawn,
    #[serde(skip_serializing_if = "Option::is_none")]
    loss: Option<Rho>,
    #[serde(skip_serializing_if = "Residual::is_default")]
    on: Residual,
    #[serde(flatten)]
    conditions: Conditions,
}

impl About {
    pub(super) fn of(
        observations: &Observations,
        fit: &FitOptions,
        bootstrap: &BootstrapOptions,
        hold_out: &HoldOut,
    ) -> Self {
        let (by, hold_out) = match hold_out {
            HoldOut::Largest { by, share } => (by.to_string(), Method::Top { share: *share }),
            HoldOut::Rolling { by } => (by.to_string(), Method::Rolling),
            HoldOut::Folds { count } => ("run".to_owned(), Method::Folds { folds: *count }),
            HoldOut::Windows => ("window".to_owned(), Method::Each),
            HoldOut::Schedules => ("schedule".to_owned(), Method::Each),
            HoldOut::Groups => ("group".to_owned(), Method::Each),
            HoldOut::Chosen { .. } => ("name".to_owned(), Method::Chosen),
        };
        Self {
            law: fit.law.spec().name.to_string(),
            names: fit.law.spec().parameters.iter().map(|p| p.name.to_string()).collect(),
            size: observations.size(),
            n: observations.len(),
            runs: observations.run_count(),
            delta: fit.rho.delta(),
            by,
            hold_out,
            level: bootstrap.level,
            bootstrap: Drawn::of(bootstrap, false),
            loss: Some(fit.rho).filter(|rho| !matches!(rho, Rho::Huber { .. })),
            on: fit.residual,
            conditions: Conditions::of(fit, observations),
        }
    }
}

impl Document for HoldoutReport {
    const SCHEMA: &'static str = "nbar.holdout/2";
}

impl Serialize for HoldoutReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names = || self.about.names.iter().map(String::as_str);
        let splits = self.splits.iter().zip(1..);
        let rows = splits.clone().flat_map(|(of, split)| of.rows.iter().map(move |row| Row { split, row }));
        let splits = splits.map(|(of, split)| OfSplit {
            split,
            kind: of.kind.as_deref(),
            fitted_runs: of.fitted_runs,
            fitted_rows: of.fitted_rows,
            tied: of.tied,
            shared_clusters: of.shared_clusters,
            parameters: ByName(names().zip(of.parameters.iter().copied()).collect()),
            score: of.score,
            warnings: &of.warnings,
        });
        Whole {
            about: &self.about,
            skipped: self.skipped,
            missing: self.missing,
            overall: self.overall,
            splits: splits.collect(),
            rows: rows.collect(),
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    about: &'a About,
    skipped: usize,
    #[serde(skip_serializing_if = "is_zero")]
    missing: usize,
    overall: Score,
    splits: Vec<OfSplit<'a>>,
    rows: Vec<Row<'a>>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// How runs were held out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "method", rename_all = "snake_case")]
enum Method {
    Top { share: f64 },
    Folds { folds: usize },
    Rolling,
    Each,
    Chosen,
}

#[derive(Serialize)]
struct OfSplit<'a> {
    split: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    fitted_runs: usize,
    fitted_rows: usize,
    tied: usize,
    #[serde(skip_serializing_if = "is_zero")]
    shared_clusters: usize,
    parameters: ByName<'a>,
    score: Score,
    warnings: &'a [Warning],
}

#[derive(Serialize)]
struct Row<'a> {
    split: usize,
    #[serde(flatten)]
    row: &'a HeldOutRow,
}
