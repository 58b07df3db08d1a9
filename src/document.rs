//! Answers as JSON documents.

mod checksum;
mod escape;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) use checksum::Checksum;
pub use escape::{csv_cell, escaped};

/// An answer that is written as one JSON document, whose first field, `schema`, says what it is.
///
/// Numbers that are not finite are `null`. Warnings are objects with their `kind`, their fields and their sentence, `message`.
///
/// ```
/// use nbar::Document;
/// let networks = nbar::network::shapes(137.82e6, 32_000)?;
/// assert!(networks[0].to_json().starts_with(r#"{"schema":"nbar.shape/1","layers":12,"#));
/// # Ok::<(), nbar::Error>(())
/// ```
pub trait Document: Serialize + Sized {
    /// What the document is, and the version of its form: `nbar.<command>/1`.
    const SCHEMA: &'static str;

    /// The document as one line.
    #[must_use]
    fn to_json(&self) -> String {
        serde_json::to_string(&Whole::of(self)).unwrap_or_default()
    }

    /// Several documents as one line, an array.
    #[must_use]
    fn list_to_json(all: &[Self]) -> String {
        serde_json::to_string(&all.iter().map(Whole::of).collect::<Vec<_>>()).unwrap_or_default()
    }
}

/// A document with its schema.
#[derive(Serialize)]
struct Whole<'a, D> {
    schema: &'static str,
    #[serde(flatten)]
    document: &'a D,
}

impl<'a, D: Document> Whole<'a, D> {
    fn of(document: &'a D) -> Self {
        Self { schema: D::SCHEMA, document }
    }
}

/// Numbers by name, in their order.
#[derive(Debug)]
pub(crate) struct ByName<'a>(pub(crate) Vec<(&'a str, f64)>);

impl Serialize for ByName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

/// A number that may be infinite, which is written as null.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Unbounded(pub(crate) f64);

impl<'de> Deserialize<'de> for Unbounded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<f64>::deserialize(deserializer).map(|value| Self(value.unwrap_or(f64::INFINITY)))
    }
}

/// Reads a number that may be infinite.
pub(crate) fn unbounded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Unbounded::deserialize(deserializer).map(|value| value.0)
}
