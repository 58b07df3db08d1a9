//! Replicates, each refitted from where the fit ended, with an audit of some by a search.

use crate::Result;
use crate::fit::FitOptions;
use crate::numeric::parallel::map_with;
use crate::objective::Objective;
use crate::optimize::{Distance, Minimum, Polisher, Sought, Starts, Whose, quick_search, search};

/// One replicate in this many is audited by a search from the screen.
const AUDITED: usize = 50;
/// A warm start that ends this much higher, relatively, than the audit has missed its optimum.
const MISSED: f64 = 1e-6;

/// What came of all replicates, in order.
pub(crate) struct Refitted<T> {
    pub(crate) ended: Vec<T>,
    /// Replicates that were also fitted by a search from the screen.
    pub(crate) audited: usize,
    /// Audits that found a lower minimum than the warm starts.
    pub(crate) disagreed: usize,
}

/// What is refitted, and how.
#[derive(Clone, Copy)]
pub(crate) struct Refits<'a> {
    pub(crate) options: &'a FitOptions,
    pub(crate) objective: &'a Objective,
    /// Points to start from, centred: the optimum first.
    pub(crate) starts: &'a [Vec<f64>],
    pub(crate) count: usize,
    /// Whether nothing is spared: then every replicate is searched once an audit has found a lower minimum.
    pub(crate) strict: bool,
}

impl Refits<'_> {
    /// Draws and refits all replicates.
    ///
    /// `draw` makes replicate `i` in a thread's `buffers`, and `read` takes what is wanted from the buffers, the number
    /// and the lowest minimum that is reached from the starts. One that does not converge is searched from the screen: from
    /// all starts of a fit, or, of a law that is no sum of powers and if this is not strict, from the best few.
    pub(crate) fn run<B: Send, T: Send>(
        self,
        buffers: impl Fn() -> B + Send + Sync,
        draw: impl for<'a> Fn(&'a mut B, usize) -> &'a Objective + Send + Sync,
        read: impl Fn(&B, &Minimum) -> T + Send + Sync,
    ) -> Result<Refitted<T>> {
        let one = |(buffers, polisher): &mut (B, Polisher), i: usize, everything: bool| {
            let (minimum, audited, disagreed) = self.refit(draw(buffers, i), polisher, i, everything);
            (read(buffers, &minimum), audited, disagreed)
        };
        let all = |everything: bool| {
            let with = || (buffers(), Polisher::new(self.objective));
            map_with(self.options.jobs, self.count, with, |buffers, i| one(buffers, i, everything))
        };
        let (ended, disagreed) = self.options.in_pool(|| {
            let ended = all(false);
            let disagreed = ended.iter().filter(|(_, _, disagreed)| *disagreed).count();
            if disagreed > 0 && self.strict { (all(true), disagreed) } else { (ended, disagreed) }
        })?;
        let audited = ended.iter().filter(|(_, audited, _)| *audited).count();
        Ok(Refitted { ended: ended.into_iter().map(|(of, ..)| of).collect(), audited, disagreed })
    }

    fn refit(
        &self,
        drawn: &Objective,
        polisher: &mut Polisher,
        i: usize,
        everything: bool,
    ) -> (Minimum, bool, bool) {
        let law = self.options.law.as_ref();
        let mut minimum = polisher.polish(drawn, &self.starts[0], Distance::Near);
        for start in &self.starts[1..] {
            let other = polisher.polish(drawn, start, Distance::Near);
            if lower(&other, &minimum) {
                minimum = other;
            }
        }
        let (mut audited, mut disagreed) = (false, false);
        if i.is_multiple_of(AUDITED) || everything || !minimum.termination.is_converged() {
            // A whole search of a law that is no sum of powers takes a hundred times as long as a refit.
            let whole = self.strict || self.objective.terms().is_some();
            let whole = everything || (whole && !minimum.termination.is_converged());
            let found = if whole {
                let sought = Sought { from: &Starts::Screened, jobs: 1, whose: Whose::Replicate };
                let searched = search(law, drawn, sought);
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
        (minimum, audited, disagreed)
    }
}

/// Whether a minimum is to be preferred: lower, and proven where the other is.
fn lower(one: &Minimum, other: &Minimum) -> bool {
    let proven = |m: &Minimum| m.termination.is_converged();
    (proven(one) && !proven(other)) || (proven(one) == proven(other) && one.objective < other.objective)
}
