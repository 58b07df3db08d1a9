//! The file of a law whose constants were given.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Report;
use super::read::known;
use crate::law::Law;
use crate::{Error, Fit, Result};

/// Field by field. It can be written by hand.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedConstants {
    pub(super) law: String,
    /// That they are.
    pub(super) constants: bool,
    pub(super) parameters: Map<String, Value>,
    /// Worked out anew when read.
    #[serde(default)]
    pub(super) derived: Map<String, Value>,
    /// What only a fit to runs has; any makes the file contradict itself.
    #[serde(flatten, skip_serializing)]
    pub(super) others: Map<String, Value>,
}

/// Fields of a fit to runs, which constants have not.
const OF_RUNS: [&str; 6] = ["observations", "objective", "draws", "bootstrap", "n", "minima"];

impl SavedConstants {
    pub(super) fn into_report(
        self,
        own: Option<Arc<dyn Law>>,
        invalid: impl Fn(String) -> Error,
    ) -> Result<Report> {
        if let Some(name) = OF_RUNS.iter().find(|name| self.others.contains_key(**name)) {
            return Err(invalid(format!("it is of constants ('constants'), and yet has '{name}'")));
        }
        let law = match own {
            Some(own) if own.spec().name == self.law => own,
            Some(own) => return Err(invalid(format!("its law is {}, not {}", self.law, own.spec().name))),
            None => known(&self.law).map_err(&invalid)?,
        };
        let value = |(name, value): (&'_ String, &Value)| {
            let number = value.get("estimate").unwrap_or(value).as_f64();
            number
                .map(|number| (name.clone(), number))
                .ok_or_else(|| invalid(format!("parameter '{name}' is no number")))
        };
        let values = self.parameters.iter().map(value).collect::<Result<Vec<_>>>()?;
        let values: Vec<(&str, f64)> = values.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        Ok(Report::Point(Fit::of_constants(law, &values).map_err(|e| invalid(e.problem()))?))
    }
}
