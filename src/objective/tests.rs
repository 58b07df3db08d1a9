//! Tests of the objective's passes.

use super::*;
use crate::kernel::{Level, dispatch_at};
use crate::law::chinchilla;

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

/// Compares gradient and Hessian at z with central differences; tolerances of both in units of the steepest slope.
fn check(objective: &Objective, z: &[f64], steepness: f64, tolerances: [f64; 2]) {
    let (q, name) = (z.len(), format!("{}, {}", objective.rho, objective.on_loss()));
    let mut workspace = objective.workspace();
    let (mut gradient, mut hessian, mut alone) = (vec![0.0; q], vec![0.0; q * q], vec![0.0; q]);
    let sums = objective.hessian(z, &mut workspace, (&mut gradient, &mut hessian));
    let value = objective.gradient(z, &mut workspace, &mut alone).value;
    assert!((value / sums.value - 1.0).abs() < 1e-13, "{name}");
    // Rounding of the value over 2h, and h² of the third derivative.
    let (h, scale) = (1e-6, sums.slope * steepness);
    for j in 0..q {
        assert!((alone[j] - gradient[j]).abs() < 1e-12 * scale, "{name}, {j}");
        let mut moved = |by: f64| {
            let (mut z, mut slope) = (z.to_vec(), vec![0.0; q]);
            z[j] += by;
            (objective.gradient(&z, &mut workspace, &mut slope).value, slope)
        };
        let ((up, up_slope), (down, down_slope)) = (moved(h), moved(-h));
        assert!(((up - down) / (2.0 * h) - gradient[j]).abs() < tolerances[0] * scale, "{name}, {j}");
        for k in 0..q {
            let difference = (up_slope[k] - down_slope[k]) / (2.0 * h);
            // A residual that crosses the knee between the two points changes the slope by its share.
            let tolerance = tolerances[1] * scale.max(hessian[j * q + j].abs());
            assert!((difference - hessian[j * q + k]).abs() < tolerance, "{name}, {j}, {k}");
        }
    }
}

#[test]
fn gradient_and_hessian_are_those_of_central_differences_inside_and_outside_delta() {
    // All residuals inside, about half of them, and none.
    let deltas = [1.0, 0.01, 1e-7];
    let huber = deltas.map(|delta| Rho::Huber { delta });
    let sided = deltas.map(|delta| Rho::Asymmetric { factor: 10.0, delta });
    for rho in huber.into_iter().chain(sided).chain([Rho::Squared]) {
        for residual in [Residual::LnLoss, Residual::Loss] {
            let objective = restricted(rho, residual, [Role::Free; 5]);
            check(&objective, &THETA, objective.steepness, [1e-8, 1e-4]);
        }
    }
}

#[test]
fn every_instruction_set_gives_the_same_objective_to_rounding() {
    let objective = restricted(Rho::Huber { delta: 0.01 }, Residual::LnLoss, [Role::Free; 5]);
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

#[test]
fn derivatives_in_the_free_parameters_are_those_of_central_differences() {
    let check = |objective: &Objective| {
        let z = objective.coordinates().fitted_to_free(&[0.53, 6.0, 7.6, 0.35, 0.36]);
        check(objective, &z, 30.0, [1e-7, 1e-3]);
    };
    let with = |roles: [Role; 5]| restricted(Rho::Huber { delta: 0.01 }, Residual::LnLoss, roles);
    let [free, tied_to_a] = [Role::Free, Role::Tied(1)];
    // ln A and beta held: the centred ln A moves with alpha.
    let mut held = with([free; 5]);
    held.hold(&[(1, 6.0), (4, 0.36)]);
    // A tied coefficient moves with both its exponents.
    let mut tied = with([free, free, tied_to_a, free, free]);
    let fixed = with([Role::Fixed(1.8), free, Role::Fixed(1100.0), free, Role::Tied(3)]);
    for objective in [&held, &tied, &fixed] {
        check(objective);
    }
    tied.hold(&[(2, 7.0)]);
    assert_eq!(tied.parameters(), 3);
    check(&tied);
}
