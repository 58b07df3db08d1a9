//! Replicates, each refitted from where the fit ended, with audits of some by a search.
//!
//! What an audit finds below a refit is a basin that the refits did not know. Replicates that it may win are then refitted
//! from there too, and others are audited, until audits agree.

use crate::Result;
use crate::fit::FitOptions;
use crate::numeric::parallel::map_watched;
use crate::objective::Objective;
use crate::observe::{UNWATCHED, Watch};
use crate::optimize::{Distance, Minimum, NOTHING, Polisher, Sought, Starts, Whose, quick_search, search};

/// One replicate in this many is audited by a search from the screen, in each round others.
const AUDITED: usize = 50;
/// How far the replicates that a round audits are from those of the round before.
const APART: usize = 7;
/// Rounds at most.
const ROUNDS: usize = 6;
/// A refit that ends this much higher, relatively, than the audit has missed its optimum.
const MISSED: f64 = 1e-6;
/// New basins at most that a round adds.
const BASINS: usize = 6;
/// A basin is tried for a replicate if the objective in it is no higher than what its refit gained, times this, above its end.
const ROOM: f64 = 2.0;
/// Replicates at most that are searched from every start because no refit of theirs converged.
const SEARCHED: usize = 16;
/// Replicates at most that are searched from a few cells for that, where they are many.
const RESCUED: usize = 64;
/// Share of replicates without an end up to which all are: where there are more, the law does not suit the sweep.
const HOPELESS: f64 = 0.2;

/// What came of all replicates, in order; of the first so many if an observer stopped them.
pub(crate) struct Refitted<T> {
    pub(crate) ended: Vec<T>,
    pub(crate) stopped: bool,
    /// Replicates that were also fitted by a search from the screen.
    pub(crate) audited: usize,
    /// Audits that found a lower minimum than the refits, or one where no refit converged.
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
    /// Follows the refits: expects one a replicate, and is told of more.
    pub(crate) watch: &'a Watch<'a>,
}

/// What a round does with one replicate: it refits from the starts, and may search.
#[derive(Clone, Copy, PartialEq)]
enum Look {
    /// No search.
    Refit,
    /// From the best few cells of the screen if no refit converges.
    Rescue,
    /// From these cells in any case.
    Audit,
    /// From every start.
    Search,
}

/// Where a replicate ended: its minimum, if that is better than the one before, and whether only a search found it.
struct Step {
    better: Option<Minimum>,
    found: bool,
}

impl Refits<'_> {
    /// Draws and refits all replicates.
    ///
    /// `draw` makes replicate `i` in a thread's `buffers`, and `read` takes what is wanted from the buffers and the lowest
    /// minimum that was found.
    pub(crate) fn run<B: Send, T: Send + Sync>(
        self,
        buffers: impl Fn() -> B + Send + Sync,
        draw: impl for<'a> Fn(&'a mut B, usize) -> &'a Objective + Send + Sync,
        read: impl Fn(&B, &Minimum) -> T + Send + Sync,
    ) -> Result<Refitted<T>> {
        let (watch, jobs) = (self.watch, self.options.jobs);
        let with = || (buffers(), Polisher::new(self.objective));
        self.options.in_pool(|| {
            let mut ended: Vec<Option<(Minimum, T)>> = (0..self.count).map(|_| None).collect();
            let (mut audited, mut disagreed, mut stopped) = (0, 0, false);
            let mut starts = self.starts.to_vec();
            for round in 0..ROUNDS {
                let is_open = |i: &usize| ended[*i].as_ref().is_none_or(|(m, _)| !is_proven(m));
                // Where audits agree, only those are refitted again for which nothing has converged.
                let again: Vec<usize> = (0..self.count).filter(|i| disagreed > 0 || is_open(i)).collect();
                let open: Vec<usize> = again.iter().copied().filter(is_open).collect();
                let hopeless = open.len() as f64 > HOPELESS * self.count as f64;
                let of_open = |most: usize| if round == 1 { &open[..most.min(open.len())] } else { &[] };
                let (searched, rescued) =
                    (of_open(SEARCHED), of_open(if hopeless { RESCUED } else { usize::MAX }));
                let is_audited = |i: usize| i % AUDITED == round * APART % AUDITED;
                let look = |i: usize| match i {
                    _ if searched.contains(&i) => Look::Search,
                    _ if is_audited(i) => Look::Audit,
                    _ if rescued.contains(&i) => Look::Rescue,
                    _ => Look::Refit,
                };
                if round > 0 {
                    watch.begin(again.len());
                }
                let steps = map_watched(watch, jobs, again.len(), with, |(buffers, polisher), k| {
                    let i = again[k];
                    let before = ended[i].as_ref().map(|(minimum, _)| minimum);
                    let Step { better, found } =
                        self.refit(draw(buffers, i), polisher, &starts, before, look(i));
                    let better = better.map(|minimum| {
                        let of = read(buffers, &minimum);
                        (minimum, of)
                    });
                    (better, found)
                });
                stopped = steps.len() < again.len();
                let mut found = Vec::new();
                for (i, (better, by_search)) in again.into_iter().zip(steps) {
                    audited += usize::from(is_audited(i));
                    disagreed += usize::from(is_audited(i) && by_search);
                    found.extend(by_search.then_some(i));
                    if better.is_some() {
                        ended[i] = better;
                    }
                }
                if stopped {
                    break;
                }
                // Of the basins those to which no other leads.
                starts.clear();
                let (mut buffers, mut polisher) = with();
                for (i, (minimum, _)) in found.into_iter().filter_map(|i| Some((i, ended[i].as_ref()?))) {
                    let drawn = draw(&mut buffers, i);
                    let mut leads = |start: &Vec<f64>| {
                        !is_better(minimum, &polisher.polish(drawn, start, Distance::Near), drawn)
                    };
                    if is_proven(minimum) && starts.len() < BASINS && !starts.iter().any(&mut leads) {
                        starts.push(minimum.theta.clone());
                    }
                }
                let proven = ended.iter().flatten().all(|(minimum, _)| is_proven(minimum));
                if starts.is_empty() && (round > 0 || proven) {
                    break;
                }
            }
            let ended = ended.into_iter().flatten().map(|(_, of)| of).collect();
            Refitted { ended, stopped, audited, disagreed }
        })
    }

    /// One replicate, from the starts and by a search, compared with what was known of it before.
    fn refit(
        &self,
        drawn: &Objective,
        polisher: &mut Polisher,
        starts: &[Vec<f64>],
        before: Option<&Minimum>,
        look: Look,
    ) -> Step {
        let law = self.options.law.as_ref();
        let mut best: Option<Minimum> = None;
        let better = |one: &Minimum, best: &Option<Minimum>| {
            best.as_ref().or(before).is_none_or(|best| is_better(one, best, drawn))
        };
        let most = before.filter(|before| is_proven(before)).map_or(f64::INFINITY, |before| {
            let gained = polisher.value(drawn, &self.starts[0]) - before.objective;
            before.objective + ROOM * gained.max(0.0)
        });
        for start in starts {
            if polisher.value(drawn, start) > most {
                continue;
            }
            let one = polisher.polish(drawn, start, Distance::Near);
            if better(&one, &best) {
                best = Some(one);
            }
        }
        let found = match look {
            Look::Refit => None,
            Look::Rescue if best.as_ref().or(before).is_some_and(is_proven) => None,
            Look::Rescue | Look::Audit => quick_search(law, drawn, polisher),
            Look::Search => {
                let sought =
                    Sought { from: &Starts::Screened, jobs: 1, whose: Whose::Replicate, watch: &UNWATCHED };
                search(law, drawn, sought).minima.into_iter().next().map(|(lowest, _)| lowest)
            }
        };
        match found.filter(|found| better(found, &best)) {
            Some(found) => Step { better: Some(found), found: true },
            None => Step { better: best, found: false },
        }
    }
}

fn is_proven(minimum: &Minimum) -> bool {
    minimum.termination.is_converged()
}

/// Whether a minimum is to be preferred: proven where the other is not, or lower by more than rounding.
fn is_better(one: &Minimum, other: &Minimum, objective: &Objective) -> bool {
    let nothing = NOTHING * objective.size() * objective.size();
    let is_lower = one.objective < other.objective * (1.0 - MISSED) - nothing;
    match (is_proven(one), is_proven(other)) {
        (true, false) => true,
        (false, true) => false,
        _ => is_lower,
    }
}
