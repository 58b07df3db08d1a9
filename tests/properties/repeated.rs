//! A row that is there k times is a row of weight k, and all rows twice are the same sweep.

use std::sync::Arc;

use nbar::law::{Law, NAMES, by_name};
use proptest::prelude::*;

use crate::common::every_law::{losses, rows, runs, truths};
use crate::near_optimum::{fitted, noise, off};

const N: usize = 60;

/// Every law with noisy losses of its truth.
fn every_law() -> impl Iterator<Item = (Arc<dyn Law>, Vec<f64>)> {
    NAMES.into_iter().map(|name| {
        let law = by_name(name).unwrap();
        let exact = losses(law.as_ref(), &truths(law.as_ref())[0], &runs(N, vec![1.0; N]));
        (law, exact.iter().enumerate().map(|(i, loss)| loss * noise(i)).collect())
    })
}

proptest! {
    #![proptest_config(crate::cases(2))]

    /// Sums of N terms of one sign differ by N ε in their order, which is far below 1e-12.
    #[test]
    fn a_weight_is_as_many_rows(
        times in prop::collection::vec(1..4usize, N),
        order in Just((0..3 * N).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let mut which: Vec<usize> = times.iter().enumerate().flat_map(|(i, times)| vec![i; *times]).collect();
        which.sort_by_key(|i| order[*i]);
        for (law, losses) in every_law() {
            let weights = times.iter().map(|times| *times as f64).collect();
            let weighted = fitted(&law, &runs(N, losses.clone()).with_weights(weights).unwrap());
            let repeated = rows(&which, [1.0; 2], which.iter().map(|i| losses[*i]).collect());
            let many = fitted(&law, &repeated);
            let name = &law.spec().name;
            prop_assert!((many.objective / weighted.objective - 1.0).abs() < 1e-12, "{name}");
            prop_assert_eq!(off(law.as_ref(), &many.parameters, &weighted.parameters, &repeated), None);
        }
    }

    /// The objective is a sum: it is as many times as large.
    #[test]
    fn all_rows_several_times_have_the_same_optimum(times in 2..5usize) {
        let which: Vec<usize> = (0..times * N).map(|i| i % N).collect();
        for (law, losses) in every_law() {
            let once = fitted(&law, &runs(N, losses.clone()));
            let repeated = rows(&which, [1.0; 2], which.iter().map(|i| losses[*i]).collect());
            let many = fitted(&law, &repeated);
            let name = &law.spec().name;
            prop_assert!((many.objective / once.objective / times as f64 - 1.0).abs() < 1e-12, "{name}");
            prop_assert_eq!(off(law.as_ref(), &many.parameters, &once.parameters, &repeated), None);
        }
    }
}
