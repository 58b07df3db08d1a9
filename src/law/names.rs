//! Laws by name.

use std::sync::Arc;

use super::{
    Coupled, Formula, Kaplan, Law, PowerMean, RepeatedData, SparseDensity, averaged, bnsl, bnsl2, chinchilla,
    compute, overtraining, schedule, sparse, tied,
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

/// The law of this name, or that of a formula ([`Formula`]).
///
/// ```
/// assert_eq!(nbar::law::by_name("chinchilla")?.spec().parameters.len(), 5);
/// assert_eq!(nbar::law::by_name("E + A/N^alpha")?.spec().parameters.len(), 3);
/// assert!(nbar::law::by_name("chinchila").unwrap_err().to_string().contains("choose one of chinchilla"));
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// [`Error::Option`], with the names that are known, or the place of what is wrong in the formula.
pub fn by_name(name: &str) -> Result<Arc<dyn Law>> {
    if is_formula(name) {
        return Ok(Arc::new(Formula::parse(name)?));
    }
    let law = LAWS.iter().find(|(own, _)| *own == name);
    law.map(|(_, law)| law()).ok_or_else(|| {
        let remedy = format!("choose one of {}, or write a formula: `law=E + A/N^alpha`", NAMES.join(", "));
        Error::option("law", format!("'{name}'"), "is not known", remedy)
    })
}

/// Whether a law is one of nbar's own, and no formula.
pub(crate) fn is_own(law: &dyn Law) -> bool {
    let name = &law.spec().name;
    let own = LAWS.iter().find(|(own, _)| *own == &**name);
    own.is_some_and(|(_, own)| own().spec() == law.spec())
}

/// Names that may be columns of a table to a law of this name: those in a formula that are no inputs by themselves. For
/// [`ReadOptions::with_inputs`](crate::ReadOptions::with_inputs).
///
/// ```
/// use nbar::law::may_read;
/// assert_eq!(may_read("E + A/N^alpha + K*lr where K=0.1..10")?, ["E", "A", "alpha", "lr"]);
/// assert!(may_read("chinchilla")?.is_empty());
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// As [`by_name`].
pub fn may_read(name: &str) -> Result<Vec<String>> {
    if is_formula(name) { Ok(Formula::parse(name)?.may_read()) } else { by_name(name).map(|_| Vec::new()) }
}

/// Whether this is no name.
fn is_formula(text: &str) -> bool {
    text.trim().contains(|c: char| c.is_whitespace() || "+*/^()[]=".contains(c))
}
