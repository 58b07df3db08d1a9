//! Numbers that others found: optima from 40-digit arithmetic, published coefficients and objectives.

mod optima;
mod published_laws;
mod repeated_data;
