//! Columns of the right length and of usable numbers.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Observations;
use crate::error::Location;
use crate::run::Names;
use crate::{Error, Result};

pub(super) fn check(name: &str, column: &[f64], rows: usize) -> Result<()> {
    check_each(name, column, rows, "a positive, finite number", |v| v.is_finite() && v > 0.0)
}

pub(super) fn check_finite(name: &str, column: &[f64], rows: usize) -> Result<()> {
    check_each(name, column, rows, "a finite number", f64::is_finite)
}

fn check_each(
    name: &str,
    column: &[f64],
    rows: usize,
    expected: &'static str,
    good: impl Fn(f64) -> bool,
) -> Result<()> {
    if column.len() != rows {
        return Err(Error::length(name, column.len(), rows));
    }
    match column.iter().position(|v| !good(*v)) {
        Some(row) => {
            let field = format!("the {name} of observation {row}");
            let problem = format!("is {}, not {expected}", column[row]);
            Err(Error::value(&field, "", &problem, "mend it, or leave the observation out"))
        }
        None => Ok(()),
    }
}

impl Serialize for Observations {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Observations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Self::deserialize(deserializer)?.checked().map_err(|error| D::Error::custom(error.problem()))
    }
}

/// Observations that are yet to be [checked](Observations::checked).
pub(crate) fn unchecked<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Observations>, D::Error> {
    #[derive(Deserialize)]
    struct Unchecked(#[serde(deserialize_with = "Observations::deserialize")] Observations);
    Ok(Option::<Unchecked>::deserialize(deserializer)?.map(|Unchecked(own)| own))
}

impl Observations {
    /// The same observations, their columns checked: for those read from a file.
    pub(crate) fn checked(mut self) -> Result<Self> {
        let rows = self.loss.len();
        check("params", &self.params, rows)?;
        check("tokens", &self.tokens, rows)?;
        check("loss", &self.loss, rows)?;
        let optional = [
            ("initial_params", &self.initial_params),
            ("average_params", &self.average_params),
            ("final_params", &self.final_params),
            ("unique_tokens", &self.unique_tokens),
            ("weight", &self.weight),
            ("flops", &self.flops),
        ];
        for (name, column) in optional {
            if let Some(column) = column {
                check(name, column, rows)?;
            }
        }
        for (name, column) in &self.columns {
            check_finite(name, column, rows)?;
        }
        if self.run.len() != rows {
            return Err(Error::length("run", self.run.len(), rows));
        }
        let (names, last) =
            (self.run_names.len() as u64, |runs: &[u32]| runs.iter().max().copied().unwrap_or(0));
        let beyond = last(&self.run).max(last(&self.unnamed_runs));
        if names > 0 && u64::from(beyond) >= names {
            let problem = format!("is no index into the {names} names of the runs");
            return Err(Error::value("run", beyond, &problem, "name every run"));
        }
        if let Some(name) = Names::repeated(&self.run_names) {
            return Err(Location::in_run(name).refuse("it is there twice", "give the runs different names"));
        }
        if let Some(courses) = self.courses.take() {
            let mut nodes = courses.iter().flatten();
            if !nodes.all(|(share, n)| *share >= 0.0 && *share < 1.001 && n.is_finite() && *n > 0.0) {
                return Err(Error::value("courses", "", "are not shares and counts", "give both"));
            }
            self = self.with_courses(courses)?;
        }
        if let Some(unhealed) = &self.unhealed {
            check_each("unhealed", unhealed, rows, "a finite number from 0 on", |v| {
                v.is_finite() && v >= 0.0
            })?;
        }
        if self.weighted_by.is_some() && self.weight.is_none() {
            return Err(Error::value("weighted_by", "", "says how, and there are no weights", "give both"));
        }
        self.pruning.as_ref().map_or(Ok(()), |pruning| pruning.check(self.len()))?;
        self.with_groups_renewed()?.with_clusters_renewed()
    }
}
