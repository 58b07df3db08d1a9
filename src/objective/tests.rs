//! Tests of the objective's passes.

use super::*;
use crate::kernel::{Level, dispatch_at};
use crate::law::chinchilla;

fn objective(delta: f64) -> Objective {
    objective_of(Rho::Huber { delta }, Residual::LnLoss)
}

fn objective_of(rho: Rho, residual: Residual) -> Objective {
    restricted(rho, residual, [Role::Free; 5])
}

fn restricted(rho: Rho, residual: Residual, roles: [Role; 5]) -> Objective {
    let n: Vec<f64> = (0..300).map(|i| 1e7 * 1.02f64.powi(i % 37) * f64::from(1 + i % 5)).collect();
    let d: Vec<f64> = (0..300).map(|i| 1e9 * 1.03f64.powi(i % 53)).collect();
    let loss = (0..300)
        .map(|i| {
            let noise = 0.02 * (f64::from(i) * 1.7).sin();
            chinchilla().loss(&[1.7, 400.0, 2000.0, 0.35, 0.37], &[n[i as usize], d[i as usize]])
                * noise.exp()
        })
        .collect();
    let law: Arc<dyn Law> = Arc::new(chinchilla());
    let coordinates = coordinates::tests::restricted(&law, roles);
    Objective::new(coordinates, &Observations::new(n, d, loss).unwrap(), rho, residual).unwrap()
}

const THETA: [f64; 5] = [0.5, -0.1, -0.3, 0.36, 0.4];

#[test]
fn gradient_and_hessian_are_those_of_central_differences_inside_and_outside_delta() {
    // All residuals inside, about half of them, and none.
    let deltas = [1.0, 0.01, 1e-7];
    let huber = deltas.map(|delta| Rho::Huber { delta });
    let sided = deltas.map(|delta| Rho::Asymmetric { factor: 10.0, delta });
    let rhos = huber.into_iter().chain(sided).chain([Rho::Squared]);
    let cases = rhos.flat_map(|rho| [(rho, Residual::LnLoss), (rho, Residual::Loss)]);
    for (rho, residual) in cases {
        let objective = objective_of(rho, residual);
        let mut workspace = objective.workspace();
        let (mut gradient, mut hessian) = (vec![0.0; 5], vec![0.0; 25]);
        let sums = objective.hessian(&THETA, &mut workspace, &mut gradient, &mut hessian);
        let mut first = vec![0.0; 5];
        assert!(
            (objective.gradient(&THETA, &mut workspace, &mut first).value / sums.value - 1.0).abs() < 1e-13
        );
        for j in 0..5 {
            assert!((first[j] - gradient[j]).abs() < 1e-12 * sums.slope * objective.steepness);
            let h = 1e-6;
            let mut moved = |by: f64| {
                let mut theta = THETA;
                theta[j] += by;
                let mut gradient = vec![0.0; 5];
                (objective.gradient(&theta, &mut workspace, &mut gradient).value, gradient)
            };
            let ((up, up_slope), (down, down_slope)) = (moved(h), moved(-h));
            // Rounding of the value over 2h, and h² of the third derivative.
            let scale = sums.slope * objective.steepness;
            assert!(((up - down) / (2.0 * h) - gradient[j]).abs() < 1e-8 * scale, "{rho}, {residual}, {j}");
            for k in 0..5 {
                let difference = (up_slope[k] - down_slope[k]) / (2.0 * h);
                // A residual that crosses the knee between the two points changes the slope by its share.
                let tolerance = 1e-4 * scale.max(hessian[j * 5 + j].abs());
                assert!((difference - hessian[j * 5 + k]).abs() < tolerance, "{rho}, {residual}, {j}, {k}");
            }
        }
    }
}

#[test]
fn every_instruction_set_gives_the_same_objective_to_rounding() {
    let objective = objective(0.01);
    let Form::Powers(terms) = &objective.form else { unreachable!("a sum of powers") };
    let at = |level: Level| {
        let (mut gradient, mut workspace) = (vec![0.0; 5], objective.workspace());
        let pass = PowerPass::<false, true> {
            terms,
            rows: &objective.rows,
            theta: &THETA,
            measure: objective.measure,
            workspace: &mut workspace,
            gradient: &mut gradient,
            hessian: &mut [],
        };
        dispatch_at(level, pass).value
    };
    let portable = at(Level::Portable);
    assert!((at(Level::detect()) / portable - 1.0).abs() < 1e-13);
    #[cfg(target_arch = "x86_64")]
    assert!((at(Level::Avx2) / portable - 1.0).abs() < 1e-13);
}

/// Compares gradient and Hessian with central differences, at z of `fitted`.
fn check(objective: &Objective, fitted: &[f64]) {
    let z = objective.coordinates().fitted_to_free(fitted);
    let q = z.len();
    let mut workspace = objective.workspace();
    let (mut gradient, mut hessian) = (vec![0.0; q], vec![0.0; q * q]);
    let sums = objective.hessian(&z, &mut workspace, &mut gradient, &mut hessian);
    for j in 0..q {
        let h = 1e-6;
        let mut moved = |by: f64| {
            let (mut z, mut slope) = (z.clone(), vec![0.0; q]);
            z[j] += by;
            (objective.gradient(&z, &mut workspace, &mut slope).value, slope)
        };
        let ((up, up_slope), (down, down_slope)) = (moved(h), moved(-h));
        let scale = sums.slope * 30.0;
        assert!(((up - down) / (2.0 * h) - gradient[j]).abs() < 1e-7 * scale, "{j}");
        for k in 0..q {
            let difference = (up_slope[k] - down_slope[k]) / (2.0 * h);
            // A residual that crosses the knee between the two points changes the slope by its share.
            let tolerance = 1e-3 * scale.max(hessian[j * q + j].abs());
            assert!((difference - hessian[j * q + k]).abs() < tolerance, "{j}, {k}");
        }
    }
}

#[test]
fn derivatives_in_the_free_parameters_are_those_of_central_differences() {
    const FITTED: [f64; 5] = [0.53, 6.0, 7.6, 0.35, 0.36];
    let with = |roles: [Role; 5]| restricted(Rho::Huber { delta: 0.01 }, Residual::LnLoss, roles);
    let [free, tied_to_a] = [Role::Free, Role::Tied(1)];
    // ln A and beta held: the centred ln A moves with alpha.
    let mut held = objective(0.01);
    held.hold(&[(1, 6.0), (4, 0.36)]);
    // A tied coefficient moves with both its exponents.
    let mut tied = with([free, free, tied_to_a, free, free]);
    let fixed = with([Role::Fixed(1.8), free, Role::Fixed(1100.0), free, Role::Tied(3)]);
    for objective in [&held, &tied, &fixed] {
        check(objective, &FITTED);
    }
    tied.hold(&[(2, 7.0)]);
    assert_eq!(tied.parameters(), 3);
    check(&tied, &FITTED);
}
