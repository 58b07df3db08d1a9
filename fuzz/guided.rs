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

fuzz_target!(|data: &[u8]| TARGET(data));
