//! The law E + A/N^α + B/D^β: 10,000 random ones against a minimiser, and published numbers.

use nbar::answer::AllocationOptions;
use nbar::fit::Warning;
use nbar::law::{Separable, by_name};
use nbar::{Ensemble, FitOptions, Observations, fit_scaling_law};

use crate::common::near::near;
use crate::common::noise::uniform;

/// How many numbers were drawn.
struct Random(usize);

impl Random {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0 += 1;
        low + (high - low) * uniform(self.0)
    }

    fn law(&mut self) -> Separable {
        let (alpha, beta) = (self.between(0.1, 1.0), self.between(0.1, 1.0));
        // Terms of 0.05 to 2 nats at ten billion parameters and 200 billion tokens.
        let term = |size: f64, exponent: f64, at: f64| size * at.powf(exponent);
        let (of_n, of_d) = (self.between(0.05, 2.0), self.between(0.05, 2.0));
        Separable {
            e: self.between(0.5, 3.0),
            a: term(of_n, alpha, 1e10),
            b: term(of_d, beta, 2e11),
            alpha,
            beta,
        }
    }
}

/// The least of a function of one hump, by golden section. `rises(x, h)` is f(x + h) - f(x) computed without cancelling, so that
/// points as close as rounding allows can be told apart.
fn minimise(low: f64, high: f64, rise: impl Fn(f64, f64) -> f64) -> f64 {
    let golden = 0.5 * (5f64.sqrt() - 1.0);
    let (mut low, mut high) = (low, high);
    for _ in 0..200 {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if !(left < right) {
            break;
        }
        if rise(left, right - left) > 0.0 { high = right } else { low = left }
    }
    0.5 * (low + high)
}

#[test]
fn splits_of_a_budget_are_those_of_a_minimiser() {
    let mut random = Random(0);
    for i in 0..10_000 {
        let law = random.law();
        let flops = 10f64.powf(random.between(19.0, 26.0));
        // A half of them serve tokens.
        let served = if i % 2 == 0 { 0.0 } else { 10f64.powf(random.between(9.0, 14.0)) };
        let params = |ln_d: f64| flops / (6.0 * ln_d.exp() + 2.0 * served);
        let rise = |x: f64, h: f64| {
            let d = x.exp();
            let ln_n = -(6.0 * d * h.exp_m1() / (6.0 * d + 2.0 * served)).ln_1p();
            law.a * params(x).powf(-law.alpha) * (-law.alpha * ln_n).exp_m1()
                + law.b * d.powf(-law.beta) * (-law.beta * h).exp_m1()
        };
        let expected = minimise(0.0, 70.0, rise).exp();
        let (n, d) = if served == 0.0 { law.optimum(flops) } else { law.optimum_with_serving(flops, served) };
        near(d, expected, 1e-10);
        near(n * (6.0 * d + 2.0 * served), flops, 1e-12);
        let ratio = law.alpha * law.a * n.powf(-law.alpha) / (law.beta * law.b * d.powf(-law.beta));
        near(ratio, 1.0 + served / (3.0 * d), 1e-10);
    }
}

#[test]
fn cheapest_runs_of_a_loss_are_those_of_a_minimiser() {
    let mut random = Random(1_000_000);
    for i in 0..10_000 {
        let law = random.law();
        let above = random.between(0.02, 1.0);
        let served = if i % 2 == 0 { 0.0 } else { 10f64.powf(random.between(9.0, 14.0)) };
        // ln of N (6 D + 2 T) along the runs of this loss, which start where the data term is all of it.
        let of_n = |d: f64| above - law.b * d.powf(-law.beta);
        let rise = |x: f64, h: f64| {
            let d = x.exp();
            let less = law.b * d.powf(-law.beta) * -(-law.beta * h).exp_m1();
            -(less / of_n(d)).ln_1p() / law.alpha + (6.0 * d * h.exp_m1() / (6.0 * d + 2.0 * served)).ln_1p()
        };
        let first = (law.b / above).ln() / law.beta;
        let expected = minimise(first + 1e-9, first + 60.0, rise).exp();
        let (n, d) = law.cheapest(law.e + above, served).unwrap();
        near(d, expected, 1e-10);
        // E + above is rounded, and so is the loss.
        near(law.loss(n, d), law.e + above, 1e-14);
        let ratio = law.alpha * law.a * n.powf(-law.alpha) / (law.beta * law.b * d.powf(-law.beta));
        near(ratio, 1.0 + served / (3.0 * d), 1e-9);
    }
    let law = random.law();
    assert_eq!((law.cheapest(law.e, 0.0), law.cheapest(law.e - 0.1, 1e12)), (None, None));
}

#[test]
fn published_coefficients_give_the_published_optima() {
    // Muennighoff et al. (2023): N_opt(5.76e23) = 6.9962e10.
    let law = Separable {
        e: 0.625_480_4f64.exp(),
        a: 6.255_414f64.exp(),
        b: 7.304_997_4f64.exp(),
        alpha: 0.352_659_6,
        beta: 0.352_659_6,
    };
    near(law.optimum(5.76e23).0, 6.9962e10, 1e-5);
    // Hoffmann et al. (2022), unrounded; the formula in 40 digits.
    let law = Separable {
        e: 0.526_722_8f64.exp(),
        a: 6.007_340_4f64.exp(),
        b: 6.017_918_6f64.exp(),
        alpha: 0.339_170_84,
        beta: 0.284_908_3,
    };
    let expected = [
        (1e21, 2_216_954_892.616_929, 33.910_565_794_214_904),
        (1e22, 6_342_825_611.324_087, 41.426_973_578_326_56),
        (1e23, 18_147_160_715.651_252, 50.609_422_156_918_56),
        (1e24, 51_919_989_957.114_63, 61.827_195_902_071_74),
    ];
    for (flops, params, per_param) in expected {
        let (n, d) = law.optimum(flops);
        near(n, params, 1e-12);
        near(d / n, per_param, 1e-12);
    }
}

#[test]
fn flops_for_a_loss_are_held_to_the_flops_of_the_sweep() {
    // Measured FLOPs are 1.5 x 6 N D.
    let (n, d): (Vec<f64>, Vec<f64>) =
        (0..20).map(|i| (1e7 * 2f64.powi(i % 5), 1e9 * 3f64.powi(i / 5))).unzip();
    let flops: Vec<f64> = n.iter().zip(&d).map(|(n, d)| 9.0 * n * d).collect();
    let loss = flops.iter().map(|c| 1.7 + 300.0 / c.powf(0.12)).collect();
    let most = flops.iter().copied().fold(0.0, f64::max);
    let plain = Observations::new(n, d, loss).unwrap();
    for rows in [plain.clone().with_flops(flops).unwrap(), plain] {
        let options = FitOptions::default().with_law(by_name("compute").unwrap());
        let law = Ensemble::without_draws(fit_scaling_law(&rows, &options).unwrap());
        for times in [0.5, 4.0] {
            // In the sweep's own FLOPs, whichever these are.
            let asked = times * most;
            let loss = 1.7 + 300.0 / asked.powf(0.12);
            let run = law.flops_for(loss, &AllocationOptions::default()).unwrap();
            assert!((run.extrapolation.flops / times - 1.0).abs() < 1e-6, "{:?}", run.extrapolation);
            let beyond: Vec<_> = run
                .warnings
                .iter()
                .filter_map(|warning| match warning {
                    Warning::ExtrapolatesBeyond { what, factor } => Some((what.as_str(), *factor)),
                    _ => None,
                })
                .collect();
            match beyond[..] {
                [] => assert!(times < 1.0),
                [("flops", factor)] => assert!((factor / times - 1.0).abs() < 1e-6),
                _ => panic!("{beyond:?}"),
            }
        }
    }
}
