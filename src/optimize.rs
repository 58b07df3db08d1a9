//! From starts to minima: screen, descend, polish.
//!
//! The objective is nearly a sum of absolute values, with one good minimum and large flat regions in which
//! a term of the law has vanished, where every optimiser reports success. So a start is *screened* first
//! (for fixed exponents the law is linear in the rest), L-BFGS carries it towards its basin, and Newton's method
//! proves that the end point is stationary; where that crawls from kink to kink, steps that look across all of
//! them take over. Trust comes from independent starts that agree.

mod composite;
mod confined;
mod convex;
mod curvature;
mod lbfgs;
mod minimum;
mod newton;
mod polish;
mod robust;
mod screen;
mod search;
mod starts;

pub use minimum::Termination;
pub(crate) use minimum::{Minimum, NOTHING};
pub(crate) use newton::Polisher;
pub(crate) use polish::Distance;
pub(crate) use search::{SearchResult, Sought, Whose};
pub use starts::Starts;

use crate::law::Law;
use crate::objective::Objective;

/// Takes every start to its minimum, within the bounds if there are any.
pub(crate) fn search(law: &dyn Law, objective: &Objective, sought: Sought<'_>) -> SearchResult {
    if objective.coordinates().is_confined() {
        confined::search(law, objective, sought)
    } else {
        search::search(law, objective, sought)
    }
}

/// The lowest end point of Newton's method from the best few cells of the screen, within the bounds if there are any:
/// an audit of warm starts.
pub(crate) fn quick_search(law: &dyn Law, objective: &Objective, polisher: &mut Polisher) -> Option<Minimum> {
    if objective.coordinates().is_confined() {
        confined::quick_search(law, objective)
    } else {
        search::quick_search(law, objective, polisher)
    }
}

impl Polisher {
    /// Descends from `start` (centred) until stationary, within the bounds if there are any.
    pub(crate) fn polish(&mut self, objective: &Objective, start: &[f64], distance: Distance) -> Minimum {
        if objective.coordinates().is_confined() {
            confined::descend(objective, start, distance)
        } else {
            self.polish_freely(objective, start, distance)
        }
    }
}
