//! Replicates beside searches of each from every start, for `benches/replicates.rs`.

use super::groups::Groups;
use super::resample::Plan;
use super::{BootstrapOptions, Refits};
use crate::Result;
use crate::fit::Fit;
use crate::numeric::parallel::map_with;
use crate::numeric::random::stream;
use crate::observe::UNWATCHED;
use crate::optimize::{Minimum, Sought, Starts, Whose, search};

/// The objective of a minimum that is proven.
fn proven(minimum: &Minimum) -> Option<f64> {
    minimum.termination.is_converged().then_some(minimum.objective)
}

impl Fit {
    /// The objective at which each replicate ends as [`Fit::bootstrap`] refits it, and as a search from every start does; none
    /// where the end is not stationary.
    pub(crate) fn replicates_and_searches(
        &self,
        options: &BootstrapOptions,
    ) -> Result<Vec<[Option<f64>; 2]>> {
        let (objective, optimum) = self.objective_at_optimum(self.options.rho)?;
        let groups = Groups::new(&self.rows, options.resample);
        let freedom = groups.freedom(self, (options.resample, self.spent()));
        let plan = Plan::new(&objective, &groups, &optimum, (options.resample, freedom));
        let count = options.replicates;
        let starts = &self.starts_of_replicates(&objective, &optimum);
        let refits =
            Refits { options: &self.options, objective: &objective, starts, count, watch: &UNWATCHED };
        let draw = |i: usize, drawn: &mut super::Draw| plan.draw(&mut stream(options.seed, i as u64), drawn);
        let refitted = refits.run(
            || plan.buffers(),
            |drawn, i| {
                draw(i, drawn);
                &drawn.objective
            },
            |_, minimum| proven(minimum),
        )?;
        let sought = Sought { from: &Starts::Screened, jobs: 1, whose: Whose::Replicate, watch: &UNWATCHED };
        let searched = self.options.in_pool(|| {
            map_with(
                self.options.jobs,
                count,
                || plan.buffers(),
                |drawn, i| {
                    draw(i, drawn);
                    let found = search(self.options.law.as_ref(), &drawn.objective, sought).minima;
                    found.first().and_then(|(minimum, _)| proven(minimum))
                },
            )
        })?;
        Ok(refitted.ended.into_iter().zip(searched).map(<[_; 2]>::from).collect())
    }
}
