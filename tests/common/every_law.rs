//! Every law: runs that tell all of its parameters, truths, and how near a fit comes.

use nbar::law::{Evaluation, Law, Parameter};
use nbar::{Observations, Trajectory};

use super::noise::uniform;

/// Runs of all sizes and lengths, pruned to a twentieth or not, on tokens seen up to thirty times.
pub(crate) fn runs(n: usize, loss: Vec<f64>) -> Observations {
    rows(&(0..n).collect::<Vec<_>>(), [1.0; 2], loss)
}

/// These of the runs, each as often as it is named, with parameters and tokens counted in other units.
pub(crate) fn rows(which: &[usize], [of_params, of_tokens]: [f64; 2], loss: Vec<f64>) -> Observations {
    let of = |k: usize| which.iter().map(move |i| uniform(4 * i + k));
    let initial: Vec<f64> = of(0).map(|u| of_params * 1e7 * 1e3f64.powf(u)).collect();
    let left: Vec<f64> = initial.iter().zip(of(1)).map(|(n, u)| n * 20f64.powf(-u)).collect();
    let tokens: Vec<f64> = of(2).map(|u| of_tokens * 1e9 * 1e3f64.powf(u)).collect();
    let unique: Vec<f64> = tokens.iter().zip(of(3)).map(|(d, u)| d * 30f64.powf(-u)).collect();
    let course = |(row, i): (usize, &usize)| {
        let cut = [(0.0, initial[row]), (tokens[row] * (0.2 + 0.6 * uniform(9000 + i)), left[row])];
        Trajectory::from_counts(&cut, tokens[row]).unwrap()
    };
    let courses: Vec<Trajectory> = which.iter().enumerate().map(course).collect();
    let average = courses.iter().map(Trajectory::average_params).collect();
    Observations::new(initial.clone(), tokens, loss)
        .and_then(|o| o.with_param_counts(initial.clone(), average, left))
        .and_then(|o| o.with_unique_tokens(unique))
        .and_then(|o| o.with_trajectories(&courses))
        .unwrap()
}

pub(crate) fn columns(law: &dyn Law, observations: &Observations) -> Vec<Vec<f64>> {
    law.spec().columns(observations).unwrap()
}

/// The law's loss of each row.
pub(crate) fn losses(law: &dyn Law, parameters: &[f64], observations: &Observations) -> Vec<f64> {
    let columns = columns(law, observations);
    let row = |i: usize| columns.iter().map(|c| c[i]).collect::<Vec<_>>();
    (0..observations.len()).map(|i| law.loss(parameters, &row(i))).collect()
}

/// Five truths of a law, about as published or as fitted to published sweeps: coefficients within a factor of two, the
/// others within a tenth.
pub(crate) fn truths(law: &dyn Law) -> Vec<Vec<f64>> {
    let centre: &[f64] = match &*law.spec().name {
        "chinchilla" => &[1.8172, 477.8, 2143.4, 0.3473, 0.3672],
        "tied" => &[1.87, 521.0, 1488.0, 0.3527],
        "compute" => &[1.7, 1300.0, 0.15],
        "overtraining" => &[1.87, 715.0, 2041.0, 0.17635],
        "kaplan" => &[6.4e13, 1.8e13, 0.076, 0.103],
        "coupled" => &[1.7, 480.0, 2100.0, 0.35, 0.37, 0.7],
        "sparse" => &[0.83, 10.7, 41.6, 2492.0, 1.345, 0.2317, 0.3846],
        "averaged" => &[1.8172, 477.8, 2143.4, 0.3473, 0.3672],
        "power-mean" => &[1.8172, 477.8, 2143.4, 0.3473, 0.3672, -0.6],
        "schedule" => &[1.7, 480.0, 2100.0, 3e5, 0.35, 0.37, 1.2],
        "sparse-density" => &[2.348, 188.8, 447.2, 0.3268, 0.1, -0.2729, 0.8466],
        "repeated-data" => &[1.869, 520.8, 1487.7, 0.3527, 15.39, 5.31],
        "bnsl" => &[1.8, 12.0, 0.1, 0.25, 3e10, 0.3],
        "bnsl2" => &[1.8, 12.0, 0.1, 0.25, 6e9, 0.2, -0.2, 1.5e11, 0.2],
        name => panic!("give {name} a truth"),
    };
    let one = |k: usize| {
        let move_by = |(j, (p, value)): (usize, (&Parameter, &f64))| {
            let way = 2.0 * uniform(5000 + 100 * k + j) - 1.0;
            let coefficient = p.high > 100.0;
            value * if coefficient { 2f64.powf(way) } else { 1.0 + 0.1 * way }
        };
        law.spec().parameters.iter().zip(centre).enumerate().map(move_by).collect()
    };
    (0..5).map(one).collect()
}

/// The most by which each fitted parameter can be off, to first order, when every ln L is off by `rounding`:
/// `|(JᵀJ)⁻¹Jᵀ r| ≤ rounding √n √((JᵀJ)⁻¹_jj)`.
pub(crate) fn tolerances(
    law: &dyn Law,
    parameters: &[f64],
    observations: &Observations,
    rounding: f64,
) -> Vec<f64> {
    let (rows, count) = (observations.len(), parameters.len());
    let columns = columns(law, observations);
    let inputs: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let theta: Vec<f64> =
        law.spec().parameters.iter().zip(parameters).map(|(p, x)| p.to_fitted(*x)).collect();
    let (mut ln_loss, mut jacobian) = (vec![0.0; rows], vec![0.0; rows * count]);
    law.evaluate(&theta, &inputs, Evaluation { ln_loss: &mut ln_loss, jacobian: &mut jacobian });
    // Parameter by parameter is column by column.
    let svd = nalgebra::DMatrix::from_vec(rows, count, jacobian).svd(false, true);
    let v_t = svd.v_t.unwrap();
    let variance =
        |j: usize| -> f64 { (0..count).map(|k| (v_t[(k, j)] / svd.singular_values[k]).powi(2)).sum::<f64>() };
    (0..count).map(|j| rounding * (rows as f64).sqrt() * variance(j).sqrt()).collect()
}
