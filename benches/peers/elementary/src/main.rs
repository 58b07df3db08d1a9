//! nbar's exp and ln beside those of `wide` and `sleef`: how long they take, and how far they are from the truth.
//!
//! In this folder: `RUSTFLAGS="-C target-cpu=native" cargo run --release`, and with a nightly compiler `--features sleef`.
//! Times are the fastest of 2,000 rounds, taken in turn, over 4,096 values in the first cache. Errors are over 100,000
//! random values, against 128 bits of `dashu-float`.
#![cfg_attr(feature = "sleef", feature(portable_simd))]

use std::hint::black_box;
use std::time::Instant;

use dashu_float::{FBig, round::mode::HalfEven};
use nbar::bench::Passes;

mod peers;

type Exact = FBig<HalfEven, 2>;
/// A function of each value, in place.
type Slice = fn(&mut [f64]);
/// How random numbers of [0, 1) are spread over a range.
type Spread = fn(f64) -> f64;

struct Function {
    name: &'static str,
    exact: fn(&Exact) -> Exact,
    /// The own one first.
    rivals: Vec<(&'static str, Slice)>,
    ranges: Vec<(&'static str, Spread)>,
}

/// Random numbers of [0, 1).
fn uniform(count: usize) -> impl Iterator<Item = f64> {
    let mut state = 0u64;
    (0..count).map(move |_| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 * 2f64.powi(-53)
    })
}

/// `x` with 128 bits.
fn exactly(x: f64) -> Exact {
    Exact::try_from(x).expect("a finite value").with_precision(128).value()
}

/// |y - f(x)| in units of the last place of f(x).
fn ulps(y: f64, exact: &Exact) -> f64 {
    let nearest = exact.to_f64().value().abs();
    let unit = f64::from_bits(nearest.to_bits() + 1) - nearest;
    let error = exactly(y) - exact;
    error.to_f64().value().abs() / unit
}

/// Nanoseconds a value of each, the fastest of 2,000 rounds.
fn nanoseconds(rivals: &[(&str, Slice)], values: &[f64]) -> Vec<f64> {
    let mut fastest = vec![f64::INFINITY; rivals.len()];
    let mut buffer = values.to_vec();
    for _ in 0..2000 {
        for ((_, slice), fastest) in rivals.iter().zip(&mut fastest) {
            buffer.copy_from_slice(values);
            let start = Instant::now();
            slice(black_box(&mut buffer));
            *fastest = fastest.min(start.elapsed().as_secs_f64() * 1e9 / values.len() as f64);
        }
    }
    fastest
}

fn main() {
    let functions = [
        Function {
            name: "exp",
            exact: Exact::exp,
            rivals: [("own", Passes::exp as Slice)].into_iter().chain(peers::exp()).collect(),
            ranges: vec![("-700 to 700", |u| -700.0 + 1400.0 * u), ("-40 to 5", |u| -40.0 + 45.0 * u)],
        },
        Function {
            name: "ln",
            exact: Exact::ln,
            rivals: [("own", Passes::ln as Slice)].into_iter().chain(peers::ln()).collect(),
            ranges: vec![
                ("1e-300 to 1e300", |u| 10f64.powf(-300.0 + 600.0 * u)),
                ("0.5 to 2", |u| 0.5 + 1.5 * u),
                ("1 - 1e-6 to 1 + 1e-6", |u| 1.0 + 1e-6 * (2.0 * u - 1.0)),
            ],
        },
    ];
    println!(
        "| function | range | of | largest error, ulp | ns a value | time of own = 1 |\n|---|---|---|--:|--:|--:|"
    );
    for function in &functions {
        for (range, spread) in &function.ranges {
            let few: Vec<f64> = uniform(4096).map(spread).collect();
            let times = nanoseconds(&function.rivals, &few);
            let many: Vec<f64> = uniform(100_000).map(spread).collect();
            let exact: Vec<Exact> = many.iter().map(|x| (function.exact)(&exactly(*x))).collect();
            for ((name, slice), time) in function.rivals.iter().zip(&times) {
                let mut values = many.clone();
                slice(&mut values);
                let worst = values.iter().zip(&exact).map(|(y, e)| ulps(*y, e)).fold(0.0, f64::max);
                println!(
                    "| {} | {range} | {name} | {worst:.2} | {time:.2} | {:.2} |",
                    function.name,
                    time / times[0]
                );
            }
        }
    }
}
