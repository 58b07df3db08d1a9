//! What holds whatever the numbers are: of units, of rows that are there twice, of draws, of what is saved.
//!
//! The cases are the same each time; `PROPERTIES=20 cargo test --test properties` tries twenty times as many. Rows in another order
//! change not one bit: `cargo test --test recovery order`.

#[path = "../common/mod.rs"]
mod common;

mod draws;
mod near_optimum;
mod repeated;
mod saved;
mod units;

use proptest::test_runner::{Config, RngSeed};

/// So many cases, the same each time.
fn cases(count: u32) -> Config {
    let times = std::env::var("PROPERTIES").ok().and_then(|times| times.parse().ok()).unwrap_or(1u32);
    Config {
        cases: times * count,
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: None,
        ..Config::default()
    }
}
