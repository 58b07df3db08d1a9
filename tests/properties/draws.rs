//! A draw is the fit of what was drawn: of runs that are each drawn once, the fit itself.

use std::sync::Arc;

use nbar::BootstrapOptions;
use nbar::bootstrap::Resample;
use nbar::law::{NAMES, by_name};
use proptest::prelude::*;

use crate::common::every_law::{losses, runs, truths};
use crate::near_optimum::{fitted, noise, off};

const N: usize = 80;

proptest! {
    #![proptest_config(crate::cases(1))]

    /// Of two clusters, half of all draws have each once, and the others have one of them twice.
    #[test]
    fn draws_of_clusters_are_fits_of_these_clusters(seed in 0..1000u64) {
        let clusters: Vec<String> = (0..N).map(|i| (i % 2).to_string()).collect();
        for name in NAMES {
            let law = by_name(name).unwrap();
            let exact = losses(law.as_ref(), &truths(law.as_ref())[0], &runs(N, vec![1.0; N]));
            let all = runs(N, exact.iter().enumerate().map(|(i, loss)| loss * noise(i)).collect());
            let fit = fitted(&law, &all.clone().with_clusters(&clusters).unwrap());
            let options = BootstrapOptions::default().with_replicates(16).with_resample(Resample::Runs);
            let ensemble = fit.bootstrap(&options.with_seed(seed)).unwrap();
            let halves = [0, 1].map(|half| all.subset(|row| row % 2 == half));
            let of_halves = halves.each_ref().map(|half| fitted(&Arc::clone(&law), half).parameters);
            let mut identical = 0;
            for draw in &ensemble.draws {
                let is_off = [(&fit.parameters, &all), (&of_halves[0], &halves[0]), (&of_halves[1], &halves[1])]
                    .map(|(parameters, of)| off(law.as_ref(), draw, parameters, of));
                prop_assert!(is_off.iter().any(Option::is_none), "{is_off:?}");
                identical += usize::from(is_off[0].is_none());
            }
            prop_assert_eq!((identical > 0, ensemble.draws.len(), ensemble.failed), (true, 16, 0), "{}", name);
        }
    }
}
