//! Laws by name.

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
/// [`Error::UnknownName`], with the names that are known.
pub fn by_name(name: &str) -> Result<std::sync::Arc<dyn Law>> {
    let law: std::sync::Arc<dyn Law> = match name {
        CHINCHILLA => std::sync::Arc::new(chinchilla()),
        TIED => std::sync::Arc::new(tied()),
        COMPUTE => std::sync::Arc::new(compute()),
        OVERTRAINING => std::sync::Arc::new(overtraining()),
        KAPLAN => std::sync::Arc::new(Kaplan::default()),
        COUPLED => std::sync::Arc::new(Coupled::default()),
        AVERAGED => std::sync::Arc::new(averaged()),
        POWER_MEAN => std::sync::Arc::new(PowerMean::default()),
        SPARSE => std::sync::Arc::new(sparse()),
        SPARSE_DENSITY => std::sync::Arc::new(SparseDensity::default()),
        REPEATED_DATA => std::sync::Arc::new(RepeatedData::default()),
        BNSL => std::sync::Arc::new(bnsl()),
        BNSL2 => std::sync::Arc::new(bnsl2()),
        _ => {
            return Err(Error::UnknownName { what: "law", value: name.to_owned(), known: NAMES.join(", ") });
        }
    };
    Ok(law)
}
