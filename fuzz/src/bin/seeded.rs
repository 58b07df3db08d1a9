//! Each target for some seconds on changed copies of real files, the same each time: `seeded SECONDS [TARGET]`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nbar_fuzz::{TARGETS, WORDS};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Larger files are cut to this.
const LARGEST: usize = 4096;

fn main() {
    let mut args = std::env::args().skip(1);
    let seconds: f64 = args.next().and_then(|text| text.parse().ok()).unwrap_or(10.0);
    let only = args.next();
    // What ends the process at once cannot be said afterwards.
    let last = std::env::var_os("LAST");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let chosen = TARGETS.iter().filter(|(name, ..)| only.as_deref().is_none_or(|only| only == *name));
    let each = Duration::from_secs_f64(seconds / chosen.clone().count() as f64);
    for (name, target, folders) in chosen {
        let mut seeds: Vec<Vec<u8>> = WORDS.iter().map(|word| word.as_bytes().to_vec()).collect();
        for folder in *folders {
            add(&root.join(folder), &mut seeds);
        }
        let (mut random, start, mut done, mut slowest) =
            (ChaCha8Rng::seed_from_u64(0), Instant::now(), 0u64, Duration::ZERO);
        while start.elapsed() < each {
            let input = changed(&seeds, &mut random);
            if let Some(path) = &last {
                fs::write(path, &input).expect("the last input is kept");
            }
            let began = Instant::now();
            target(&input);
            slowest = slowest.max(began.elapsed());
            assert!(
                slowest < Duration::from_secs(10),
                "{name}: {slowest:?} for {}",
                String::from_utf8_lossy(&input)
            );
            done += 1;
        }
        println!("{name}: {done} inputs, the slowest took {:.0} ms", 1e3 * slowest.as_secs_f64());
    }
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
