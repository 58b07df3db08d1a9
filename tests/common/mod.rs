//! What several tests need; no binary needs it all.
#![allow(dead_code)]

pub(crate) mod claims;
pub(crate) mod density;
