//! Matched pairs.

use nbar::allocate::{MatchedRun, dense_twin, sparse_twin};
use nbar::schedule::{Ramp, Shape, Unit};
use nbar::{Extent, Network, Schedule};

use crate::{near, pruned};

#[test]
fn sparse_runs_have_the_average_of_the_dense_ones_that_they_replace() {
    // Jin et al. (2025): N̄/N_final = 1.116, 1.277, 1.526 and 1.995, by 0.25 + 0.5/m + 0.25/(1-s) with m = s/-ln(1-s).
    for sparsity in [0.2, 0.4, 0.6, 0.8f64] {
        let schedule = pruned().with_final_sparsity(sparsity).unwrap();
        let run = MatchedRun::new(1e9, &schedule).unwrap();
        let mean = sparsity / -(-sparsity).ln_1p();
        near(run.initial_params / 1e9, 0.25 + 0.5 / mean + 0.25 / (1.0 - sparsity), 1e-12);
        near(run.final_params, run.initial_params * (1.0 - sparsity), 1e-12);
        let back = sparse_twin(1e9, run.final_params, &pruned()).unwrap();
        near(back.sparsity, sparsity, 1e-12);
        near(back.initial_params, run.initial_params, 1e-12);
        let trajectory =
            back.schedule.trajectory(Network::new(back.initial_params), Extent::new(2e10)).unwrap();
        near(trajectory.average_params(), 1e9, 1e-12);
        let dense = dense_twin(&trajectory).unwrap();
        near(dense.flops(), 6.0 * 1e9 * 2e10, 1e-12);
    }
}

#[test]
fn counts_that_no_sparsity_gives_are_refused() {
    // Pruned in the last tenth of the tokens N̄ stays near N₀, and N_final may be as small as one likes.
    let late = Schedule::from(Ramp::new(Shape::Linear, 0.5, 0.9, 1.0, Unit::Fraction));
    assert!(sparse_twin(1e9, 1e6, &late).is_ok());
    for (last, schedule) in [(1.1e9, pruned()), (1e3, late.clone()), (5e8, Schedule::Dense)] {
        let error = sparse_twin(1e9, last, &schedule).unwrap_err().to_string();
        assert!(error.contains("leaves"), "{error}");
    }
    assert!(sparse_twin(-1.0, 5e8, &late).is_err() && MatchedRun::new(0.0, &late).is_err());
    // A dense run replaced by itself.
    near(sparse_twin(1e9, 1e9, &late).unwrap().initial_params, 1e9, 1e-12);
}
