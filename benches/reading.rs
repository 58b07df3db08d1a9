//! Seconds to read a table of 10^6 rows and 10^4 runs, as CSV and as JSON Lines: `cargo bench --bench reading`.

#![allow(clippy::print_stdout)]

use std::fmt::Write;
use std::time::Instant;

use nbar::{ReadOptions, Result, Sweep};

fn main() -> Result<()> {
    let (mut csv, mut json) = (String::from("run,params,tokens,step,loss\n"), String::new());
    for run in 0..10_000 {
        for point in 1..=100 {
            let (params, tokens, loss) =
                (1_000_000 + run * 1000, point * 1_048_576, 2.0 + 1.0 / f64::from(point));
            let _ = writeln!(csv, "r{run},{params},{tokens},{point},{loss}");
            let _ = writeln!(
                json,
                "{{\"run\": \"r{run}\", \"params\": {params}, \"tokens\": {tokens}, \"step\": {point}, \"loss\": {loss}}}"
            );
        }
    }
    for (name, text) in [("CSV", csv), ("JSON Lines", json)] {
        let mut fastest = f64::INFINITY;
        for _ in 0..5 {
            let start = Instant::now();
            let sweep = Sweep::from_reader(name, text.as_bytes(), &ReadOptions::default())?;
            fastest = fastest.min(start.elapsed().as_secs_f64());
            assert_eq!((sweep.len(), sweep.checkpoint_count()), (10_000, 1_000_000));
        }
        println!("{name}: {fastest:.2} s, the fastest of 5 ({:.0} MB)", text.len() as f64 / 1e6);
    }
    Ok(())
}
