//! One way to spread work over threads: results stay in order and do not depend on how many there are.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// `work` for each number below `count`, with one `buffers` a thread; on the calling thread if `jobs` is 1, else
/// on the threads of the pool that is installed.
pub(crate) fn map_with<B: Send, T: Send>(
    jobs: usize,
    count: usize,
    buffers: impl Fn() -> B + Sync,
    work: impl Fn(&mut B, usize) -> T + Sync,
) -> Vec<T> {
    if jobs == 1 {
        let mut own = buffers();
        return (0..count).map(|i| work(&mut own, i)).collect();
    }
    let spare = Mutex::new(Vec::new());
    map_blocks(count, 1, |range| {
        let taken = lock(&spare).pop();
        let mut own = taken.unwrap_or_else(&buffers);
        let results = range.map(|i| work(&mut own, i)).collect();
        lock(&spare).push(own);
        results
    })
}

/// The results of `work` for all blocks of the numbers below `count`, one after the other. A block holds up to `block`
/// numbers.
pub(crate) fn map_blocks<T: Send>(
    count: usize,
    block: usize,
    work: impl Fn(Range<usize>) -> Vec<T> + Sync,
) -> Vec<T> {
    let blocks: Vec<Mutex<Vec<T>>> = (0..count.div_ceil(block)).map(|_| Mutex::default()).collect();
    halve(0..blocks.len(), &|k| *lock(&blocks[k]) = work(k * block..count.min((k + 1) * block)));
    blocks.into_iter().flat_map(|block| block.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

/// Not generic, so that all work that is spread is built once.
fn halve(range: Range<usize>, work: &(dyn Fn(usize) + Sync)) {
    if range.len() < 2 {
        range.for_each(work);
        return;
    }
    let middle = usize::midpoint(range.start, range.end);
    rayon::join(|| halve(range.start..middle, work), || halve(middle..range.end, work));
}

/// A thread that panics ends the work, so that what it held is not looked at.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
