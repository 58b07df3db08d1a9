//! What any numerical program has; knows no law.

pub(crate) mod cholesky;
pub(crate) mod curve;
pub(crate) mod linear;
pub(crate) mod nested;
pub(crate) mod parallel;
pub(crate) mod quadrature;
pub(crate) mod random;
pub(crate) mod roots;
pub(crate) mod simplex;
pub(crate) mod statistics;
pub(crate) mod sum;
pub(crate) mod sum_quantile;
