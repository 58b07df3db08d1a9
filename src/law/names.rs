//! Laws by name.

use std::sync::Arc;

use super::{
    AVERAGED, BNSL, BNSL2, CHINCHILLA, COMPUTE, COUPLED, Coupled, KAPLAN, Kaplan, Law, OVERTRAINING,
    POWER_MEAN, PowerMean, REPEATED_DATA, RepeatedData, SPARSE, SPARSE_DENSITY, SparseDensity, TIED,
    averaged, bnsl, bnsl2, chinchilla, compute, overtraining, sparse, tied,
};
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
/// assert_eq!(nbar::law::by_name("chinchilla")?.parameters().len(), 5);
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
