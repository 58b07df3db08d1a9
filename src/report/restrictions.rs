//! What is fixed, tied and bounded, as it is saved.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fit::FitOptions;

/// The fields of a saved fit, each left out where there is nothing of its kind.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Restrictions {
    /// Values by name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(super) fixed: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) tied: Vec<(String, String)>,
    /// Least and greatest value by name; null where there is none.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(super) bounds: Map<String, Value>,
}

impl Restrictions {
    pub(super) fn of(options: &FitOptions) -> Self {
        let finite = |value: f64| value.is_finite().then_some(value);
        let bound = |(name, range): &(String, [f64; 2])| (name.clone(), range.map(finite).into());
        Self {
            fixed: options.fixed.iter().map(|(name, value)| (name.clone(), (*value).into())).collect(),
            tied: options.tied.clone(),
            bounds: options.bounds.iter().map(bound).collect(),
        }
    }

    /// The options so restricted, or what is wrong.
    pub(super) fn restrict(self, mut options: FitOptions) -> Result<FitOptions, String> {
        for (name, value) in &self.fixed {
            let value = value.as_f64().ok_or_else(|| format!("'{name}' is not fixed at a number"))?;
            options = options.with_fixed(name, value);
        }
        for (name, other) in &self.tied {
            options = options.with_tied(name, other);
        }
        for (name, range) in self.bounds {
            let [least, most]: [Option<f64>; 2] =
                serde_json::from_value(range).map_err(|e| format!("the bounds of '{name}': {e}"))?;
            options =
                options.with_bound(&name, least.unwrap_or(f64::NEG_INFINITY)..=most.unwrap_or(f64::INFINITY));
        }
        options.validate().map_err(|e| e.to_string())?;
        Ok(options)
    }
}

/// What options fix, tie and bound, as the fields `fixed`, `tied` and `bounds` of a saved fit; those that are empty are
/// left out.
///
/// ```
/// let options = nbar::FitOptions::default().with_bound("beta", 0.1..);
/// let fields = nbar::report::restrictions(&options);
/// assert_eq!(serde_json::to_string(&fields).unwrap(), r#"{"bounds":{"beta":[0.1,null]}}"#);
/// ```
#[must_use]
pub fn restrictions(options: &FitOptions) -> Map<String, Value> {
    match serde_json::to_value(Restrictions::of(options)) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}
