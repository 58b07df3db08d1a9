//! One target under libFuzzer: which one, the variable TARGET says. `fuzz/run` builds and starts it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use targets::{TARGETS, Target};

#[path = "../tests/fuzz/targets.rs"]
mod targets;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let wanted = std::env::var("TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|(name, ..)| *name == wanted);
    found.unwrap_or_else(|| panic!("TARGET={wanted} is none of the targets")).1
});

/// What an input may take of the processor, in the millionths of a second that `clock` counts.
const HANG: i64 = 1_000_000;

unsafe extern "C" {
    /// What this process took of the processor: on a busy machine the time of day says nothing of an input.
    safe fn clock() -> i64;
}

fuzz_target!(|data: &[u8]| {
    let began = clock();
    TARGET(data);
    let took = clock() - began;
    assert!(took < HANG, "it took {took} µs of the processor");
});
