//! One way to spread work over threads: results stay in order and do not depend on how many there are.

use rayon::prelude::*;

/// `work` for each number below `count`, with one `buffers` a thread; on the calling thread if `jobs` is 1, else
/// on the threads of the pool that is installed.
pub(crate) fn map_with<B, T: Send>(
    jobs: usize,
    count: usize,
    buffers: impl Fn() -> B + Send + Sync,
    work: impl Fn(&mut B, usize) -> T + Send + Sync,
) -> Vec<T> {
    if jobs == 1 {
        let mut own = buffers();
        return (0..count).map(|i| work(&mut own, i)).collect();
    }
    (0..count).into_par_iter().map_init(buffers, work).collect()
}
