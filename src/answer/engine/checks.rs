//! What the numbers of questions have to be.

use crate::{Error, Result};

/// Refuses anything but a positive, finite number.
pub(crate) fn positive(name: &str, value: f64) -> Result<()> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(Error::value(name, value, "is not a positive, finite number", "give one above 0"))
}
