//! Laws by name.

use std::sync::Arc;

use super::Law;
use super::averaged::{AVERAGED, averaged};
use super::bnsl::{BNSL, BNSL2, bnsl, bnsl2};
use super::chinchilla::{CHINCHILLA, chinchilla};
use super::compute::{COMPUTE, compute};
use super::coupled::{COUPLED, Coupled};
use super::kaplan::{KAPLAN, Kaplan};
use super::overtraining::{OVERTRAINING, overtraining};
use super::power_mean::{POWER_MEAN, PowerMean};
use super::repeated_data::{REPEATED_DATA, RepeatedData};
use super::sparse::{SPARSE, sparse};
use super::sparse_density::{SPARSE_DENSITY, SparseDensity};
use super::tied::{TIED, tied};
use crate::{Error, Result};

/// Names of the laws that [`by_name`] knows.
pub const NAMES: [&str; 13] = [
    CHINCHILLA,
    TIED,
    COMPUTE,
    OVERTRAINING,
    KAPLAN,
    COUPLED,
    AVERAGED,
    POWER_MEAN,
    SPARSE,
    SPARSE_DENSITY,
    REPEATED_DATA,
    BNSL,
    BNSL2,
];

/// The law of this name.
///
/// ```
/// assert_eq!(nbar::law::by_name("chinchilla")?.spec().parameters.len(), 5);
/// assert!(nbar::law::by_name("chinchila").unwrap_err().to_string().contains("known: chinchilla"));
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// [`Error::Option`], with the names that are known.
pub fn by_name(name: &str) -> Result<Arc<dyn Law>> {
    let law: Arc<dyn Law> = match name {
        CHINCHILLA => Arc::new(chinchilla()),
        TIED => Arc::new(tied()),
        COMPUTE => Arc::new(compute()),
        OVERTRAINING => Arc::new(overtraining()),
        KAPLAN => Arc::new(Kaplan::default()),
        COUPLED => Arc::new(Coupled::default()),
        AVERAGED => Arc::new(averaged()),
        POWER_MEAN => Arc::new(PowerMean::default()),
        SPARSE => Arc::new(sparse()),
        SPARSE_DENSITY => Arc::new(SparseDensity::default()),
        REPEATED_DATA => Arc::new(RepeatedData::default()),
        BNSL => Arc::new(bnsl()),
        BNSL2 => Arc::new(bnsl2()),
        _ => {
            return Err(Error::unknown("law", name, &NAMES.join(", ")));
        }
    };
    Ok(law)
}
