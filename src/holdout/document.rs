//! The document of `nbar holdout`.

use serde::{Serialize, Serializer};

use super::{HeldOutRow, HoldOut, HoldoutReport, Score, Split};
use crate::bootstrap::{BootstrapOptions, Drawn};
use crate::document::ByName;
use crate::fit::{Conditions, FitOptions, Residual, Rho, Warning};
use crate::{Document, Observations, Size};

/// What was fitted, and how.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct About {
    law: String,
    names: Vec<String>,
    size: Size,
    rows: usize,
    runs: usize,
    rho: Rho,
    residual: Residual,
    hold_out: HoldOut,
    level: f64,
    bootstrap: Drawn,
    conditions: Conditions,
}

impl About {
    pub(super) fn of(
        observations: &Observations,
        fit: &FitOptions,
        bootstrap: &BootstrapOptions,
        hold_out: &HoldOut,
    ) -> Self {
        let BootstrapOptions { replicates, resample, seed, level, .. } = *bootstrap;
        Self {
            law: fit.law.spec().name.to_string(),
            names: fit.law.spec().parameters.iter().map(|p| p.name.to_string()).collect(),
            size: observations.size(),
            rows: observations.len(),
            runs: observations.run_count(),
            rho: fit.rho,
            residual: fit.residual,
            hold_out: hold_out.clone(),
            level,
            bootstrap: Drawn { replicates, resample, paired: false, seed },
            conditions: Conditions::of(fit, observations),
        }
    }
}

impl Document for HoldoutReport {
    const SCHEMA: &'static str = "nbar.holdout/1";
}

impl Serialize for HoldoutReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let About { law, names, size, rows: n, runs, rho, residual, hold_out, level, .. } = &self.about;
        let (by, method) = match hold_out {
            HoldOut::Largest { by, share } => (by.to_string(), Method::Top { share: *share }),
            HoldOut::Rolling { by } => (by.to_string(), Method::Rolling),
            HoldOut::Folds { count } => ("run".to_owned(), Method::Folds { folds: *count }),
        };
        let splits = || self.splits.iter().zip(1..);
        let of_split = |(of, split): (&'_ Split, usize)| OfSplit {
            split,
            fitted_runs: of.fitted_runs,
            fitted_rows: of.fitted_rows,
            tied: of.tied,
            reach: of.reach,
            parameters: ByName(names.iter().map(String::as_str).zip(of.parameters.iter().copied()).collect()),
            score: of.score,
            warnings: of.warnings.clone(),
        };
        Whole {
            law,
            size: *size,
            n: *n,
            runs: *runs,
            delta: rho.delta(),
            by,
            hold_out: method,
            level: *level,
            bootstrap: self.about.bootstrap,
            loss: Some(*rho).filter(|rho| !matches!(rho, Rho::Huber { .. })),
            on: *residual,
            conditions: &self.about.conditions,
            skipped: self.skipped,
            overall: self.overall,
            splits: splits().map(of_split).collect(),
            rows: splits()
                .flat_map(|(of, split)| of.rows.iter().map(move |row| Row { split, row }))
                .collect(),
        }
        .serialize(serializer)
    }
}

/// The document. As in a saved fit ρ is there where it is not Huber's, and `on` where it is not the usual.
#[derive(Serialize)]
struct Whole<'a> {
    law: &'a str,
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
    conditions: &'a Conditions,
    skipped: usize,
    overall: Score,
    splits: Vec<OfSplit<'a>>,
    rows: Vec<Row<'a>>,
}

/// How runs were held out.
#[derive(Serialize)]
#[serde(tag = "method", rename_all = "snake_case")]
enum Method {
    Top { share: f64 },
    Folds { folds: usize },
    Rolling,
}

#[derive(Serialize)]
struct OfSplit<'a> {
    split: usize,
    fitted_runs: usize,
    fitted_rows: usize,
    tied: usize,
    reach: [f64; 2],
    parameters: ByName<'a>,
    score: Score,
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct Row<'a> {
    split: usize,
    #[serde(flatten)]
    row: &'a HeldOutRow,
}
