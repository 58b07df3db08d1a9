//! The inner loops do not allocate: a replicate costs a handful of allocations, whatever its passes over the rows.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use nbar::law::{Law, chinchilla};
use nbar::{BootstrapOptions, FitOptions, Observations, fit_scaling_law};

struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn sweep(runs: u32) -> Observations {
    let n: Vec<f64> = (0..runs).map(|i| 1e7 * 1.9f64.powi((i % 11) as i32)).collect();
    let d: Vec<f64> = (0..runs).map(|i| 1e9 * 1.7f64.powi((i % 13) as i32)).collect();
    let noise = |i: u32| 0.01 * f64::from(i * i % 17) / 17.0;
    let truth = [1.7, 400.0, 2000.0, 0.35, 0.37];
    let loss = (0..runs)
        .map(|i| chinchilla().loss(&truth, &[n[i as usize], d[i as usize]]) * noise(i).exp())
        .collect();
    Observations::new(n, d, loss).unwrap()
}

#[test]
fn a_replicate_allocates_its_result_and_no_more_than_that() {
    for runs in [50, 500] {
        let fit = fit_scaling_law(&sweep(runs), &FitOptions::default().with_jobs(1)).unwrap();
        let allocations = |replicates: usize| {
            let before = COUNT.load(Ordering::Relaxed);
            fit.bootstrap(&BootstrapOptions::default().with_replicates(replicates)).unwrap();
            COUNT.load(Ordering::Relaxed) - before
        };
        // Replicates 51 to 99 are not audited: 49 of them are the difference. A replicate makes at least 10 passes
        // over its rows; one allocation in any loop would be 10 a replicate.
        let each = (allocations(100) - allocations(51)) as f64 / 49.0;
        assert!(each <= 10.0, "{each} allocations a replicate with {runs} runs");
    }
}
