//! Inputs that nobody would write: each target on changed copies of real files, the same each time.
//!
//! `FUZZ=100 cargo test --test fuzz` tries a hundred times as many. `fuzz/run TARGET EXECUTIONS` searches by coverage. Where an input
//! ends the process at once, `LAST=FILE` keeps it.

mod targets;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use targets::{TARGETS, WORDS};

/// Larger files are cut to this.
const LARGEST: usize = 4096;
/// No input may take so long, on however slow a machine.
const HANG: Duration = Duration::from_secs(20);

/// Tries a target on so many inputs.
fn fuzz(name: &str, inputs: usize) {
    let (_, target, folders) = TARGETS.iter().find(|(known, ..)| *known == name).expect("it is a target");
    let mut seeds: Vec<Vec<u8>> = WORDS.iter().map(|word| word.as_bytes().to_vec()).collect();
    folders.iter().for_each(|folder| add(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut seeds));
    let variable = |name: &str| std::env::var(name).ok();
    let times = variable("FUZZ").and_then(|text| text.parse().ok()).unwrap_or(1usize);
    let last = variable("LAST");
    let mut random = ChaCha8Rng::seed_from_u64(0);
    for _ in 0..times * inputs {
        let input = changed(&seeds, &mut random);
        if let Some(path) = &last {
            fs::write(path, &input).expect("the last input is kept");
        }
        let began = Instant::now();
        target(&input);
        assert!(began.elapsed() < HANG, "{name} hangs on {}", String::from_utf8_lossy(&input));
    }
}

#[test]
fn tables_and_logs_are_read_or_refused() {
    fuzz("readers", 8000);
}

#[test]
fn schedules_are_integrated_or_refused() {
    fuzz("schedules", 200_000);
}

#[test]
fn filters_are_read_or_refused() {
    fuzz("filters", 40_000);
}

#[test]
fn formulas_are_read_or_refused() {
    fuzz("formulas", 40_000);
}

#[test]
fn numbers_are_read_back_as_they_are_written() {
    fuzz("numbers", 500_000);
}

#[test]
fn points_are_read_or_refused() {
    fuzz("points", 40_000);
}

#[test]
fn saved_fits_are_read_or_refused() {
    fuzz("fit_files", 10_000);
}

#[test]
fn tables_of_a_few_rows_are_fitted_or_refused_by_every_law() {
    fuzz("fits", 300);
}

/// Adds the files of a folder, in order of their names.
fn add(folder: &Path, seeds: &mut Vec<Vec<u8>>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            add(&path, seeds);
        } else if let Ok(mut bytes) = fs::read(&path) {
            bytes.truncate(LARGEST);
            seeds.push(bytes);
        }
    }
}

/// A seed with some bytes changed, moved, doubled or taken from another.
fn changed(seeds: &[Vec<u8>], random: &mut impl Rng) -> Vec<u8> {
    let pick = |random: &mut dyn Rng| &seeds[random.random_range(0..seeds.len())];
    let mut input = pick(random).clone();
    for _ in 0..random.random_range(0..6) {
        if input.is_empty() {
            break;
        }
        let at = random.random_range(0..input.len());
        let until = (at + random.random_range(1..=16)).min(input.len());
        match random.random_range(0..6) {
            0 => input[at] = random.random(),
            1 => drop(input.drain(at..until)),
            2 => input.extend_from_within(at..until),
            3 => input[at] ^= 1 << random.random_range(0..8),
            4 => {
                let other = pick(random);
                let from = random.random_range(0..=other.len());
                let piece = &other[from..(from + 32).min(other.len())];
                input.splice(at..at, piece.iter().copied());
            }
            _ => {
                let odd = [
                    &b"nan"[..],
                    b"1e999",
                    b"-0",
                    b"\"",
                    b",",
                    b"\n",
                    b"{",
                    b"[",
                    b"\xff",
                    b"1e-320",
                    b"null",
                ];
                input.splice(at..until, odd[random.random_range(0..odd.len())].iter().copied());
            }
        }
    }
    input
}

/// A fit whose draws have no loss at the budget.
const FOUND: [u8; 26] = [
    0x12, 0xff, 0x00, 0x00, 0xff, 0x72, 0x31, 0xff, 0xff, 0x2e, 0xff, 0x00, 0x00, 0x00, 0x53, 0x00, 0x00,
    0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff,
];

#[test]
fn what_was_found_is_answered_or_refused() {
    let (_, target, _) = TARGETS.iter().find(|(name, ..)| *name == "fits").expect("it is a target");
    target(&FOUND);
}
