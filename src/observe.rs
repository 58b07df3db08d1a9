//! Watching long work, and stopping it.
//!
//! An [`Observer`] is given with the options of a fit ([`FitOptions::observer`](crate::FitOptions::observer)). It hears of
//! the fit's search and of what is done later: replicates, profiles, runs left out, predictions of several runs.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How far a piece of work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is counted: `starts`, `deltas`, `runs left out`, `replicates`, `profile points` or `predictions`.
    pub what: &'static str,
    /// How many are done.
    pub done: usize,
    /// Of how many; 0 while that is not known. It grows where replicates have to be refitted again.
    pub total: usize,
}

type Tell = dyn Fn(Progress) -> ControlFlow<()> + Send + Sync;

/// Hears how far the work is, and says whether it goes on. The default hears nothing and never stops.
///
/// It is called as each piece of work begins and after each replicate (start, run left out, point): from several
/// threads, so that a larger number may come before a smaller one. Work that it stops ends after the
/// replicates that are under way.
///
/// [`Fit::bootstrap`](crate::Fit::bootstrap), [`Fit::profiles`](crate::Fit::profiles), [`holdout`](crate::holdout()) and
/// [`Candidates::compare`](crate::compare::Candidates::compare) return what is finished and say that it is partial.
/// Where nothing is, they fail with [`Error::Cancelled`](crate::Error::Cancelled), and so does all other work.
///
/// ```
/// use std::ops::ControlFlow;
/// use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Observer, Sweep, fit_scaling_law};
/// let observer = Observer::new(|progress| match progress.what {
///     "replicates" if progress.done >= 200 => ControlFlow::Break(()),
///     _ => ControlFlow::Continue(()),
/// });
/// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
/// let options = FitOptions::default().with_observer(observer);
/// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &options)?;
/// let ensemble = fit.bootstrap(&BootstrapOptions::default())?;
/// assert!(ensemble.partial.is_some_and(|made| made < 1000));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Observer(Option<Arc<Tell>>);

impl Observer {
    /// Calls a function, which stops the work by `ControlFlow::Break(())`.
    pub fn new(tell: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Observer(..)" } else { "Observer" })
    }
}

/// One piece of work as an observer follows it: counts what is done, and knows whether to stop.
#[derive(Debug)]
pub(crate) struct Watch<'a> {
    observer: Option<&'a Observer>,
    what: &'static str,
    done: AtomicUsize,
    total: AtomicUsize,
    stopped: AtomicBool,
}

/// Work that nobody follows.
pub(crate) static UNWATCHED: Watch<'static> = Watch::of(None, "", 0);

impl<'a> Watch<'a> {
    const fn of(observer: Option<&'a Observer>, what: &'static str, total: usize) -> Self {
        let (done, total) = (AtomicUsize::new(0), AtomicUsize::new(total));
        Self { observer, what, done, total, stopped: AtomicBool::new(false) }
    }

    /// So much work; 0 is not known yet.
    pub(crate) fn new(observer: &'a Observer, what: &'static str, total: usize) -> Self {
        Self::of(observer.0.is_some().then_some(observer), what, total)
    }

    /// Says that work begins, or is more than was known.
    pub(crate) fn begin(&self, more: usize) {
        self.total.fetch_add(more, Ordering::Relaxed);
        self.count(0);
    }

    /// Says that so much more is done.
    pub(crate) fn count(&self, more: usize) {
        let Some(tell) = self.observer.and_then(|observer| observer.0.as_deref()) else { return };
        let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
        let progress = Progress { what: self.what, done, total: self.total.load(Ordering::Relaxed) };
        if tell(progress).is_break() {
            self.stopped.store(true, Ordering::Relaxed);
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}
