//! The inner loops do not allocate: a replicate costs a handful of allocations, whatever its passes over the rows.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use common::laws::Written;
use common::sweeps::{TRUTH, made_up};
use nbar::bench::Passes;
use nbar::law::{Law, chinchilla};
use nbar::{
    BootstrapOptions, FitOptions, ObservationOptions, Observations, ReadOptions, Sweep, fit_scaling_law,
};

struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);
static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST_HELD: AtomicUsize = AtomicUsize::new(0);
/// The tests count for the whole process: one at a time.
static ALONE: Mutex<()> = Mutex::new(());

// SAFETY: every call is handed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST_HELD.fetch_max(held, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        let held = HELD.fetch_add(size, Ordering::Relaxed) + size;
        MOST_HELD.fetch_max(held, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn sweep(runs: i32) -> Observations {
    let run = |i: i32| (1e7 * 1.9f64.powi(i % 11), 1e9 * 1.7f64.powi(i % 13));
    made_up(&(0..runs).map(run).collect::<Vec<_>>(), |i| 0.01 * ((i % 17) * (i % 17) % 17) as f64 / 17.0)
}

#[test]
fn a_replicate_allocates_its_result_and_no_more_than_that() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for runs in [50, 500] {
        let fit = fit_scaling_law(&sweep(runs), &FitOptions::default().with_jobs(1)).unwrap();
        let allocations = |replicates: usize| {
            let before = COUNT.load(Ordering::Relaxed);
            fit.bootstrap(&BootstrapOptions::default().with_replicates(replicates)).unwrap();
            COUNT.load(Ordering::Relaxed) - before
        };
        // Replicates 51 to 99 are not audited: 49 of them are the difference. A replicate makes at least 10 passes
        // over its rows; one allocation in any loop would be 10 a replicate.
        // What other threads of the test's harness allocate comes on top: the least of three counts has none of it.
        let each = || (allocations(100) as f64 - allocations(51) as f64) / 49.0;
        let each = each().min(each()).min(each());
        assert!(each <= 10.0, "{each} allocations a replicate with {runs} runs");
    }
}

#[test]
fn a_pass_over_the_rows_allocates_nothing_for_any_law() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let data = sweep(1000);
    let laws: [Arc<dyn Law>; 2] = [Arc::new(chinchilla()), Arc::new(Written::plain())];
    for law in laws {
        let mut passes = Passes::new(&law, &data, &TRUTH).unwrap();
        // The first pass may make its buffers.
        let first = passes.gradient();
        // Whoever runs the tests may allocate meanwhile; a pass that does, does each time.
        let allocations = (0..5).map(|_| {
            let before = COUNT.load(Ordering::Relaxed);
            assert!(passes.gradient() == first && passes.hessian().is_finite());
            COUNT.load(Ordering::Relaxed) - before
        });
        assert_eq!(allocations.min(), Some(0), "{}", law.spec().name);
    }
}

#[test]
fn a_fit_of_half_a_million_rows_holds_no_more_than_a_hundred_bytes_a_row_above_them() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let rows = 500_000;
    let data = sweep(rows);
    let before = HELD.load(Ordering::Relaxed);
    MOST_HELD.store(before, Ordering::Relaxed);
    let fit = fit_scaling_law(&data, &FitOptions::default()).unwrap();
    let most = (MOST_HELD.load(Ordering::Relaxed) - before) as f64 / f64::from(rows);
    assert!(fit.termination.is_converged());
    assert!(most <= 100.0, "{most} bytes a row");
}

#[test]
fn a_table_of_half_a_million_rows_is_read_in_three_times_the_memory_of_its_numbers() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (runs, points) = (5_000, 100);
    let mut table = String::from("run,params,tokens,step,loss\n");
    for run in 0..runs {
        for point in 1..=points {
            let (params, tokens, loss) =
                (1_000_000 + run * 1000, point * 1_048_576, 2.0 + 1.0 / f64::from(point));
            table.push_str(&format!("r{run},{params},{tokens},{point},{loss}\n"));
        }
    }
    let before = HELD.load(Ordering::Relaxed);
    MOST_HELD.store(before, Ordering::Relaxed);
    let sweep = Sweep::from_csv_str("t.csv", &table).unwrap();
    let most = (MOST_HELD.load(Ordering::Relaxed) - before) as f64;
    // Parameters, tokens, steps and losses.
    let numbers = f64::from(runs * points) * 4.0 * 8.0;
    assert_eq!((sweep.len(), sweep.checkpoint_count()), (5_000, 500_000));
    assert!(most <= 3.0 * numbers, "{} times", most / numbers);
}

/// The most that is held while something is made, above what was held before.
fn most_held<T>(make: impl FnOnce() -> T) -> (T, f64) {
    let before = HELD.load(Ordering::Relaxed);
    MOST_HELD.store(before, Ordering::Relaxed);
    let made = make();
    (made, (MOST_HELD.load(Ordering::Relaxed) - before) as f64)
}

fn read(name: &str, text: &str) -> Sweep {
    Sweep::from_reader(name, text.as_bytes(), &ReadOptions::default()).unwrap()
}

/// Just below a power of two: how far lists have grown beyond their lengths is not what is asked.
const RUNS: usize = 131_000;

#[test]
fn a_run_of_one_row_is_read_and_made_an_observation_in_250_bytes() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let heads = [("params,tokens,loss", false), ("run,params,tokens,loss", true)];
    for (head, named) in heads {
        let mut table = format!("{head}\n");
        for run in 0..RUNS {
            let name = if named { format!("run-{run:07},") } else { String::new() };
            table.push_str(&format!("{name}{},{},3.25\n", 1_000_000 + run, 1_000_000_000 + 7 * run));
        }
        let ((sweep, observations), most) = most_held(|| {
            let sweep = read("t.csv", &table);
            let observations = sweep.observations(&ObservationOptions::default()).unwrap();
            (sweep, observations)
        });
        assert_eq!((sweep.len(), observations.len()), (RUNS, RUNS));
        let each = most / RUNS as f64;
        assert!(each <= 250.0, "{head}: {each} bytes a run");
    }
}

#[test]
fn json_is_read_in_three_times_its_size() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let record = |run: usize| {
        let (params, tokens) = (1_000_000 + run, 1_000_000_000 + 7 * run);
        format!(
            "{{\"run\": \"run-{run:07}\", \"params\": {params}, \"tokens\": {tokens}, \"loss\": 3.250001}}"
        )
    };
    let records: Vec<String> = (0..RUNS).map(record).collect();
    let row = |row: usize| format!("{{\"tokens\": {}, \"loss\": 3.25}}", (row + 1) * 1_048_576);
    let history = (0..125).map(row).collect::<Vec<_>>().join(", ");
    let curve = |run: usize| {
        format!("{{\"run\": \"{run}\", \"params\": {}, \"history\": [{history}]}}", 1_000_000 + run)
    };
    let curves: Vec<String> = (0..1000).map(curve).collect();
    for (name, text, rows) in [
        ("an array", format!("[{}]", records.join(",\n")), RUNS),
        ("lines", records.join("\n"), RUNS),
        ("histories", format!("{{\"runs\": [{}]}}", curves.join(",\n")), 125_000),
    ] {
        let (sweep, most) = most_held(|| read("t.json", &text));
        assert_eq!(sweep.checkpoint_count(), rows);
        let times = most / text.len() as f64;
        assert!(times <= 3.0, "{name}: {times} times");
    }
}
