//! The test of fit and the bend against the same in NumPy, by dense covariance matrices where nbar has features.

use nbar::{BootstrapOptions, FitOptions, ObservationOptions, ReadOptions, Sweep, fit_scaling_law};
use serde::Deserialize;

#[derive(Deserialize)]
struct Oracle {
    table: String,
    r#where: String,
    f_test_p: f64,
    bend: f64,
    at: Vec<[f64; 2]>,
    shift: Vec<f64>,
    sd: Vec<f64>,
}

#[test]
fn test_of_fit_posterior_shift_and_deviation_are_those_of_dense_kriging() {
    let oracles: Vec<Oracle> = serde_json::from_str(include_str!("../golden/bend.json")).unwrap();
    assert_eq!(oracles.len(), 4);
    for oracle in oracles {
        let options = ReadOptions::default().with_filter(&oracle.r#where);
        let sweep = Sweep::from_path_with(format!("data/{}", oracle.table), &options).unwrap();
        let observations = sweep.observations(&ObservationOptions::default()).unwrap();
        let fit = fit_scaling_law(&observations, &FitOptions::default()).unwrap();
        let p = fit.lack_of_fit().unwrap().p;
        // The parameters of the file are rounded in the last digit, and p goes by the logarithm.
        assert!((p / oracle.f_test_p - 1.0).abs() < 1e-6, "{}: {p} {}", oracle.table, oracle.f_test_p);
        let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(30)).unwrap();
        for ((at, shift), sd) in oracle.at.iter().zip(&oracle.shift).zip(&oracle.sd) {
            let bend = ensemble.predict(at[0], at[1]).unwrap().loss.bend.unwrap();
            // Features leave out 1e-6 of the covariance: some thousandths of the noise, and a hundredth of the deviation.
            let said = format!("{} {at:?}: {bend:?} {shift} {sd} {}", oracle.table, oracle.bend);
            assert!((bend.probability - oracle.bend).abs() < 1e-5, "{said}");
            assert!((bend.shift - shift).abs() < 0.01 * sd, "{said}");
            assert!((bend.std_error / sd - 1.0).abs() < 0.01, "{said}");
        }
    }
}
