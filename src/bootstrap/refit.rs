//! Replicates, each refitted from the optimum, with an audit of some by a search.

use crate::Result;
use crate::fit::FitOptions;
use crate::objective::Objective;
use crate::optimize::{Distance, Minimum, Polisher, Starts, quick_search, search};
use crate::parallel::map_with;

/// One replicate in this many is audited by a search from the screen.
const AUDITED: usize = 50;
/// A warm start that ends this much higher, relatively, than the audit has missed its optimum.
const MISSED: f64 = 1e-6;

/// What came of all replicates, in order.
pub(crate) struct Refitted<T> {
    pub(crate) ended: Vec<T>,
    /// Replicates that were also fitted by a search from the screen.
    pub(crate) audited: usize,
    /// Audits that found a lower minimum than the warm start. If any, every replicate was searched.
    pub(crate) disagreed: usize,
}

/// Draws and refits `count` replicates.
///
/// `draw` makes replicate `i` of `objective` in a thread's `buffers`, and `read` takes what is wanted from the buffers and
/// the minimum. Each starts from `optimum` (centred); one that does not converge is searched from the screen.
pub(crate) fn refit<B, T: Send>(
    options: &FitOptions,
    objective: &Objective,
    optimum: &[f64],
    count: usize,
    buffers: impl Fn() -> B + Send + Sync,
    draw: impl for<'a> Fn(&'a mut B, usize) -> &'a Objective + Send + Sync,
    read: impl Fn(&B, &Minimum) -> T + Send + Sync,
) -> Result<Refitted<T>> {
    let law = options.law.as_ref();
    let one = |(buffers, polisher): &mut (B, Polisher), i: usize, everything: bool| {
        let drawn = draw(buffers, i);
        let mut minimum = polisher.polish(drawn, optimum, Distance::Near);
        let (mut audited, mut disagreed) = (false, false);
        if i.is_multiple_of(AUDITED) || everything || !minimum.termination.is_converged() {
            let found = if everything || !minimum.termination.is_converged() {
                let searched = search(law, drawn, Starts::Screened, 1);
                searched.minima.into_iter().next().map(|(lowest, _)| lowest)
            } else {
                quick_search(law, drawn, polisher)
            };
            audited = i.is_multiple_of(AUDITED);
            if let Some(found) = found {
                disagreed = audited && found.objective < minimum.objective * (1.0 - MISSED);
                if found.objective < minimum.objective || !minimum.termination.is_converged() {
                    minimum = found;
                }
            }
        }
        (read(buffers, &minimum), audited, disagreed)
    };
    let all = |everything: bool| {
        let with = || (buffers(), Polisher::new(objective));
        map_with(options.jobs, count, with, |buffers, i| one(buffers, i, everything))
    };
    let (ended, disagreed) = options.in_pool(|| {
        let ended = all(false);
        let disagreed = ended.iter().filter(|(_, _, disagreed)| *disagreed).count();
        if disagreed > 0 { (all(true), disagreed) } else { (ended, 0) }
    })?;
    let audited = ended.iter().filter(|(_, audited, _)| *audited).count();
    Ok(Refitted { ended: ended.into_iter().map(|(of, ..)| of).collect(), audited, disagreed })
}
