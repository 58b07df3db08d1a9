//! The file of a law whose constants were given.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Report;
use crate::law::{self, Law};
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
}

impl SavedConstants {
    pub(super) fn into_report(
        self,
        own: Option<Arc<dyn Law>>,
        invalid: impl Fn(String) -> Error,
    ) -> Result<Report> {
        let law = match own {
            Some(own) if own.spec().name == self.law => own,
            Some(own) => return Err(invalid(format!("its law is {}, not {}", self.law, own.spec().name))),
            None => law::by_name(&self.law).map_err(|e| invalid(e.to_string()))?,
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
