//! One way to spread work over threads: results stay in order and do not depend on how many there are.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::observe::{UNWATCHED, Watch};

/// Threads that may be asked for.
pub(crate) const MOST_JOBS: usize = 512;

/// The threads of this process: one pool, whatever rayon's own would be.
static POOL: Mutex<Option<Pool>> = Mutex::new(None);

/// Threads, and the process that has them: one that was forked has none of them.
struct Pool {
    process: u32,
    threads: Arc<ThreadPool>,
}

/// Does work on so many threads: 1 is the calling one, 0 the pool that the caller is in, or one thread a processor. None if
/// the machine cannot start as many as were asked for.
pub(crate) fn in_pool<T: Send>(jobs: usize, work: impl FnOnce() -> T + Send) -> Option<T> {
    let is_inside = rayon::current_thread_index().is_some();
    if jobs == 1 || (is_inside && (jobs == 0 || jobs == rayon::current_num_threads())) {
        return Some(work());
    }
    match pool(if jobs == 0 { usual() } else { jobs }) {
        Some(pool) => Some(pool.install(work)),
        None => (jobs == 0).then(work),
    }
}

/// The pool, made anew where it has another number of threads.
fn pool(count: usize) -> Option<Arc<ThreadPool>> {
    let (mut pool, process) = (lock(&POOL), std::process::id());
    if pool.as_ref().is_some_and(|pool| pool.process != process) {
        // Nothing is left to end.
        std::mem::forget(pool.take());
    }
    if pool.as_ref().is_none_or(|pool| pool.threads.current_num_threads() != count) {
        // The threads of the old one end first.
        *pool = None;
        let threads = ThreadPoolBuilder::new().num_threads(count).build().ok().map(Arc::new);
        *pool = threads.map(|threads| Pool { process, threads });
    }
    pool.as_ref().map(|pool| Arc::clone(&pool.threads))
}

/// What rayon is told, if that can be, or a thread a processor.
fn usual() -> usize {
    let told = std::env::var("RAYON_NUM_THREADS").ok().and_then(|text| text.parse().ok());
    let told = told.filter(|count| (1..=MOST_JOBS).contains(count));
    told.unwrap_or_else(|| available_parallelism().map_or(1, |count| count.get().min(MOST_JOBS)))
}

/// `work` for each number below `count`, with one `buffers` a thread; on the calling thread if `jobs` is 1, else
/// on the threads of the pool that is installed.
pub(crate) fn map_with<B: Send, T: Send>(
    jobs: usize,
    count: usize,
    buffers: impl Fn() -> B + Sync,
    work: impl Fn(&mut B, usize) -> T + Sync,
) -> Vec<T> {
    map_watched(&UNWATCHED, jobs, count, buffers, work)
}

/// The same, followed by an observer. If that stops it, the results are those below the first number that was not
/// finished, whatever came of later ones: which are easy must not decide which are there.
pub(crate) fn map_watched<B: Send, T: Send>(
    watch: &Watch<'_>,
    jobs: usize,
    count: usize,
    buffers: impl Fn() -> B + Sync,
    work: impl Fn(&mut B, usize) -> T + Sync,
) -> Vec<T> {
    if count > 0 {
        watch.begin(0);
    }
    if jobs == 1 {
        let mut own = buffers();
        let mut results = Vec::with_capacity(count);
        while results.len() < count && !watch.is_stopped() {
            results.push(work(&mut own, results.len()));
            watch.count(1);
        }
        return results;
    }
    let spare = Mutex::new(Vec::new());
    let results: Vec<Mutex<Option<T>>> = (0..count).map(|_| Mutex::default()).collect();
    spread(count, &|i| {
        if watch.is_stopped() {
            return;
        }
        let taken = lock(&spare).pop();
        let mut own = taken.unwrap_or_else(&buffers);
        let result = work(&mut own, i);
        *lock(&results[i]) = Some(result);
        lock(&spare).push(own);
        watch.count(1);
    });
    results.into_iter().map_while(within).collect()
}

/// The results of `work` for all blocks of the numbers below `count`, one after the other, on so many threads. A block holds
/// up to `block` numbers.
pub(crate) fn map_blocks<T: Send>(
    jobs: usize,
    count: usize,
    block: usize,
    work: impl Fn(Range<usize>) -> Vec<T> + Sync,
) -> Vec<T> {
    let blocks: Vec<Mutex<Vec<T>>> = (0..count.div_ceil(block)).map(|_| Mutex::default()).collect();
    let one = |k: usize| {
        let results = work(k * block..count.min((k + 1) * block));
        *lock(&blocks[k]) = results;
    };
    if jobs == 1 || blocks.len() <= 1 || in_pool(jobs, || spread(blocks.len(), &one)).is_none() {
        (0..blocks.len()).for_each(one);
    }
    blocks.into_iter().flat_map(within).collect()
}

/// Each thread of the pool takes the next number, so that they are done nearly in order; outside of pools the calling one
/// takes all. Not generic, so that all work that is spread is built once.
fn spread(count: usize, work: &(dyn Fn(usize) + Sync)) {
    let next = AtomicUsize::new(0);
    let take = || {
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= count {
                return;
            }
            work(i);
        }
    };
    if rayon::current_thread_index().is_none() {
        return take();
    }
    rayon::scope(|scope| {
        for _ in 1..rayon::current_num_threads().min(count) {
            scope.spawn(|_| take());
        }
        take();
    });
}

/// A thread that panics ends the work, so that what it held is not looked at.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn within<T>(of: Mutex<T>) -> T {
    of.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::ops::ControlFlow;
    use std::thread::{self, ThreadId};

    use super::*;
    use crate::observe::Observer;

    /// The threads that blocks were done on.
    fn threads(jobs: usize) -> HashSet<ThreadId> {
        map_blocks(jobs, 200, 1, |_| {
            thread::sleep(std::time::Duration::from_micros(100));
            vec![thread::current().id()]
        })
        .into_iter()
        .collect()
    }

    #[test]
    fn one_job_is_the_calling_thread_and_a_caller_s_pool_is_kept() {
        assert_eq!(threads(1), HashSet::from([thread::current().id()]));
        let own = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let all: HashSet<ThreadId> = own.broadcast(|_| thread::current().id()).into_iter().collect();
        for jobs in [0, 3] {
            assert!(own.install(|| threads(jobs)).is_subset(&all), "{jobs} jobs leave the pool");
        }
        let other = own.install(|| threads(2));
        assert!(other.is_disjoint(&all) && other.len() <= 2);
    }

    #[test]
    fn what_is_left_of_stopped_work_has_no_gap_on_any_number_of_threads() {
        for jobs in [1, 4] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().unwrap();
            let observer = Observer::new(|progress| match progress.done {
                30.. => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            });
            let watch = Watch::new(&observer, "", 1000);
            let found = pool.install(|| map_watched(&watch, jobs, 1000, || (), |(), i| i));
            // A thread may be held up with an early number, or while it counts.
            let expected = if jobs == 1 { 30..31 } else { 0..1000 };
            assert!(watch.is_stopped() && expected.contains(&found.len()), "{}", found.len());
            assert!(found.iter().copied().eq(0..found.len()));
            // What is stopped does not begin again.
            assert!(map_watched(&watch, jobs, 10, || (), |(), i| i).is_empty());
            assert_eq!(map_with(jobs, 50, || (), |(), i| i), (0..50).collect::<Vec<_>>());
        }
    }
}
