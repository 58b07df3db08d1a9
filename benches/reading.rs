//! Reading: seconds for tables of 10^6 rows and 10^4 runs; memory for tables of which each row is a run, and for JSON.
//! `cargo bench --bench reading`. Memory is the greatest that the process held (Linux only), each case in one of its own.

#![allow(clippy::print_stdout)]

use std::fmt::Write;
use std::io::Read;
use std::time::Instant;

use nbar::{ObservationOptions, ReadOptions, Result, Sweep};

/// A text that is made as it is read, so that it takes no memory.
struct Made<F> {
    part: F,
    parts: usize,
    next: usize,
    text: String,
    given: usize,
    all: usize,
}

impl<F: Fn(usize, &mut String)> Read for Made<F> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.given == self.text.len() && self.next < self.parts {
            self.text.clear();
            self.given = 0;
            (self.part)(self.next, &mut self.text);
            self.next += 1;
        }
        let count = (&self.text.as_bytes()[self.given..]).read(buffer)?;
        self.given += count;
        self.all += count;
        Ok(count)
    }
}

/// The cases: name, runs, and the text of each run.
type Case = (&'static str, usize, fn(usize, &mut String));

const CASES: [Case; 6] = [
    ("CSV, a run a row, without names", 1_000_000, |run, text| {
        let [params, tokens, loss] = values(run);
        start(run, text, "params,tokens,loss\n");
        let _ = writeln!(text, "{params},{tokens},{loss}");
    }),
    ("CSV, a run a row, with names", 1_000_000, |run, text| {
        let [params, tokens, loss] = values(run);
        start(run, text, "run,params,tokens,loss\n");
        let _ = writeln!(text, "run-{run:07},{params},{tokens},{loss}");
    }),
    ("CSV, a run a row, 10^7 of them", 10_000_000, |run, text| {
        let [params, tokens, loss] = values(run);
        start(run, text, "run,params,tokens,loss\n");
        let _ = writeln!(text, "run-{run:07},{params},{tokens},{loss}");
    }),
    ("JSON, an array of runs", 1_200_000, |run, text| {
        start(run, text, "[");
        text.push_str(if run == 0 { "" } else { ",\n" });
        record(run, text);
        text.push_str(if run + 1 == 1_200_000 { "]\n" } else { "" });
    }),
    ("JSON Lines, a run a line", 1_200_000, |run, text| {
        record(run, text);
        text.push('\n');
    }),
    ("JSON, histories of 100 rows", 25_000, |run, text| {
        let [params, _, loss] = values(run);
        start(run, text, "{\"runs\": [");
        text.push_str(if run == 0 { "" } else { ",\n" });
        let _ = write!(text, "{{\"run\": \"run-{run:07}\", \"params\": {params}, \"history\": [");
        for row in 1..=100 {
            let comma = if row == 1 { "" } else { ", " };
            let (tokens, loss) = (row * 1_048_576, loss * (2.0 - f64::from(row) / 100.0));
            let _ = write!(text, "{comma}{{\"tokens\": {tokens}, \"loss\": {loss:.5}}}");
        }
        text.push_str(if run + 1 == 25_000 { "]}]}\n" } else { "]}" });
    }),
];

fn start(run: usize, text: &mut String, with: &str) {
    if run == 0 {
        text.push_str(with);
    }
}

fn record(run: usize, text: &mut String) {
    let [params, tokens, loss] = values(run);
    let _ = write!(
        text,
        "{{\"run\": \"run-{run:07}\", \"params\": {params}, \"tokens\": {tokens}, \"loss\": {loss:.6}}}"
    );
}

fn values(run: usize) -> [f64; 3] {
    let spread = |step: usize, of: usize| (run * step % of) as f64 / of as f64;
    let (params, tokens) =
        ((1e7 * 1e3f64.powf(spread(7, 1009))).round(), (1e9 * 1e3f64.powf(spread(11, 1013))).round());
    [params, tokens, 1.69 + 406.4 / params.powf(0.34) + 410.7 / tokens.powf(0.28)]
}

/// The most memory that this process has held, in bytes.
fn most_held() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? * 1024.0)
}

fn memory(&(name, runs, part): &Case) -> Result<()> {
    let mut made = Made { part, parts: runs, next: 0, text: String::new(), given: 0, all: 0 };
    let Some(before) = most_held() else { return Ok(()) };
    let start = Instant::now();
    let sweep = Sweep::from_reader(name, &mut made, &ReadOptions::default())?;
    let seconds = start.elapsed().as_secs_f64();
    let read = most_held().unwrap_or(before) - before;
    let observations = sweep.observations(&ObservationOptions::default())?;
    let observed = most_held().unwrap_or(before) - before;
    assert_eq!((sweep.len(), observations.len()), (runs, runs));
    let (a_run, a_byte) = (|held: f64| held / runs as f64, |held: f64| held / made.all as f64);
    println!(
        "{name}: {:.0} bytes a run, {:.2} x its {:.0} MB; with observations {:.0} and {:.2} x; {seconds:.2} s",
        a_run(read),
        a_byte(read),
        made.all as f64 / 1e6,
        a_run(observed),
        a_byte(observed),
    );
    Ok(())
}

fn main() -> Result<()> {
    let named = std::env::args().find_map(|arg| CASES.iter().find(|case| case.0 == arg));
    if let Some(case) = named {
        return memory(case);
    }
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
    let mut plain = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let cells = reader.records().map_while(|row| Some(row.ok()?.len()));
        assert_eq!(cells.sum::<usize>(), 5_000_000);
        plain = plain.min(start.elapsed().as_secs_f64());
    }
    for (name, text) in [("CSV", csv), ("JSON Lines", json)] {
        let mut fastest = f64::INFINITY;
        for _ in 0..5 {
            let start = Instant::now();
            let sweep = Sweep::from_reader(name, text.as_bytes(), &ReadOptions::default())?;
            fastest = fastest.min(start.elapsed().as_secs_f64());
            assert_eq!((sweep.len(), sweep.checkpoint_count()), (10_000, 1_000_000));
        }
        println!(
            "{name}: {fastest:.2} s, the fastest of 5 ({:.0} MB), {:.1} x the records of the CSV alone",
            text.len() as f64 / 1e6,
            fastest / plain
        );
    }
    for (name, ..) in CASES {
        let itself =
            std::env::current_exe().and_then(|path| std::process::Command::new(path).arg(name).status());
        assert!(itself.is_ok_and(|status| status.success()), "{name}");
    }
    Ok(())
}
