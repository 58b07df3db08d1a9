//! Documents that figures are drawn from.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, Result};

/// What a kind is drawn from.
pub(super) struct Source {
    pub(super) kind: &'static str,
    /// Its schema, without the version.
    pub(super) schema: &'static str,
    /// How it is made.
    pub(super) made_by: &'static str,
}

impl Source {
    /// Reads a document; refuses those of another schema.
    pub(super) fn read<D: DeserializeOwned>(&self, text: &str) -> Result<D> {
        let Self { kind, made_by, .. } = self;
        let remedy = format!("give what {made_by} prints");
        let refuse = |problem: String| Error::unanswerable("figure", problem, remedy.as_str());
        let document: Value = serde_json::from_str(text)
            .map_err(|e| refuse(format!("{kind} is drawn from a JSON document, and this is none ({e})")))?;
        let found = document.get("schema").and_then(Value::as_str).unwrap_or_default();
        if found.split('/').next() != Some(self.schema) {
            let found = if found.is_empty() { "none".to_owned() } else { format!("'{found}'") };
            let problem = format!(
                "{kind} is drawn from a document of schema {}, and this one's is {found}",
                self.schema
            );
            return Err(refuse(problem));
        }
        serde_json::from_value(document).map_err(|e| refuse(format!("{kind}: the document is damaged ({e})")))
    }
}

/// A number of a document, where null is none.
pub(super) fn number(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN)
}

/// A lower end of an interval and an upper one; null is without end.
pub(super) fn interval([lower, upper]: [Option<f64>; 2]) -> [f64; 2] {
    [lower.unwrap_or(f64::NEG_INFINITY), upper.unwrap_or(f64::INFINITY)]
}
