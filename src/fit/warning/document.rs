//! Warnings in documents: their kind, their fields, and their sentence.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Warning;

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Said<'a> {
            #[serde(flatten, with = "Warning")]
            warning: &'a Warning,
            message: String,
        }
        Said { warning: self, message: self.to_string() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Warning {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Warning::deserialize(deserializer)
    }
}
