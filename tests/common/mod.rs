//! What several tests need; no binary needs it all.
#![allow(dead_code)]

pub(crate) mod claims;
pub(crate) mod density;
pub(crate) mod every_law;
pub(crate) mod laws;
pub(crate) mod near;
pub(crate) mod noise;
pub(crate) mod saved;
pub(crate) mod sweeps;
