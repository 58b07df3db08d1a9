//! Laws by name.

use std::sync::Arc;

use super::{
    Coupled, Kaplan, Law, PowerMean, RepeatedData, SparseDensity, averaged, bnsl, bnsl2, chinchilla, compute,
    overtraining, schedule, sparse, tied,
};
use crate::{Error, Result};

/// Makes a law.
type Make = fn() -> Arc<dyn Law>;

/// Every law and its name.
const LAWS: [(&str, Make); 14] = [
    ("chinchilla", || Arc::new(chinchilla())),
    ("tied", || Arc::new(tied())),
    ("compute", || Arc::new(compute())),
    ("overtraining", || Arc::new(overtraining())),
    ("kaplan", || Arc::new(Kaplan::default())),
    ("coupled", || Arc::new(Coupled::default())),
    ("averaged", || Arc::new(averaged())),
    ("power-mean", || Arc::new(PowerMean::default())),
    ("sparse", || Arc::new(sparse())),
    ("sparse-density", || Arc::new(SparseDensity::default())),
    ("schedule", || Arc::new(schedule())),
    ("repeated-data", || Arc::new(RepeatedData::default())),
    ("bnsl", || Arc::new(bnsl())),
    ("bnsl2", || Arc::new(bnsl2())),
];

/// Names of the laws that [`by_name`] knows.
pub const NAMES: [&str; LAWS.len()] = {
    let mut names = [""; LAWS.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = LAWS[i].0;
        i += 1;
    }
    names
};

/// The law of this name.
///
/// ```
/// assert_eq!(nbar::law::by_name("chinchilla")?.spec().parameters.len(), 5);
/// assert!(nbar::law::by_name("chinchila").unwrap_err().to_string().contains("choose one of chinchilla"));
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// [`Error::Option`], with the names that are known.
pub fn by_name(name: &str) -> Result<Arc<dyn Law>> {
    let law = LAWS.iter().find(|(own, _)| *own == name);
    law.map(|(_, law)| law()).ok_or_else(|| Error::unknown("law", name, &NAMES.join(", ")))
}
