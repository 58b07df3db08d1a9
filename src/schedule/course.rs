//! The course of a run in a few numbers: a Lobatto rule for the distribution of ln N over its tokens.

use nalgebra::{DMatrix, SymmetricEigen};

use super::Trajectory;
use crate::numeric::sum::product;

/// Nodes of a course.
pub(crate) const NODES: usize = 10;
/// A next coefficient of the recurrence below this, on a range of 2, is rounding: the rule is exact with what it has.
const NOTHING: f64 = 1e-14;

/// How the tokens of a run are spread over parameter counts, as ten nodes `(share of the tokens, N)`.
///
/// `Σ share f(N)` is the mean of f over the tokens, exactly where f is a polynomial in ln N of degree 17, and for powers
/// N^p to about `2 (p r/4)¹⁸/18!`, r the range of ln N: 1e-14 for a network cut to a twentieth and p = -1.5. All shares
/// are positive. The least and the greatest count are nodes, so that means of orders without end have their limits. A dense run
/// has all its nodes at one count.
pub(crate) type Course = [(f64, f64); NODES];

/// The course of a run that keeps its count.
pub(crate) fn constant(params: f64) -> Course {
    [(1.0 / NODES as f64, params); NODES]
}

/// The course of a trajectory.
pub(crate) fn course(trajectory: &Trajectory) -> Course {
    let mut atoms: Vec<(f64, f64)> = Vec::new();
    for (share, params) in trajectory.nodes() {
        match atoms.last_mut() {
            Some((known, at)) if *at == params => *known += share,
            _ => atoms.push((share, params)),
        }
    }
    let few = if atoms.len() <= NODES { atoms } else { lobatto(&atoms) };
    spread(&few)
}

/// Exactly [`NODES`] nodes: the last is split into equals.
fn spread(few: &[(f64, f64)]) -> Course {
    let last = few.len() - 1;
    let parts = (NODES - last) as f64;
    std::array::from_fn(|i| if i < last { few[i] } else { (few[last].0 / parts, few[last].1) })
}

/// The Gauss rule of a discrete measure of ln N with both ends among its nodes (Golub 1973), its recurrence by Lanczos' method with
/// every vector made orthogonal to all before it.
fn lobatto(atoms: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let logs: Vec<f64> = atoms.iter().map(|(_, params)| params.ln()).collect();
    let (least, most) =
        logs.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x)));
    let (middle, half) = (0.5 * (least + most), 0.5 * (most - least));
    let x: Vec<f64> = logs.iter().map(|log| (log - middle) / half).collect();
    let total: f64 = atoms.iter().map(|(share, _)| share).sum();
    let mut basis: Vec<Vec<f64>> = vec![atoms.iter().map(|(share, _)| (share / total).sqrt()).collect()];
    let (mut diagonal, mut beside) = (Vec::new(), Vec::new());
    loop {
        let last = &basis[basis.len() - 1];
        let mut next: Vec<f64> = last.iter().zip(&x).map(|(q, x)| q * x).collect();
        diagonal.push(product(&next, last));
        if basis.len() == NODES {
            (diagonal[NODES - 1], beside[NODES - 2]) = with_ends(&diagonal, &beside);
            break;
        }
        for _ in 0..2 {
            for known in &basis {
                let part = product(&next, known);
                next.iter_mut().zip(known).for_each(|(out, q)| *out -= part * q);
            }
        }
        let length = product(&next, &next).sqrt();
        if length < NOTHING {
            break;
        }
        beside.push(length);
        next.iter_mut().for_each(|q| *q /= length);
        basis.push(next);
    }
    let jacobi = DMatrix::from_fn(diagonal.len(), diagonal.len(), |i, j| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => beside[i.min(j)],
        _ => 0.0,
    });
    let eigen = SymmetricEigen::new(jacobi);
    let node = |(k, at): (usize, &f64)| (eigen.eigenvectors[(0, k)].powi(2), (middle + half * at).exp());
    eigen.eigenvalues.iter().enumerate().map(node).filter(|(share, _)| *share > 0.0).collect()
}

/// The last coefficients of the recurrence, such that -1 and 1 are nodes.
fn with_ends(diagonal: &[f64], beside: &[f64]) -> (f64, f64) {
    // The last pivot of the matrix of the others, less its end.
    let pivot = |end: f64| {
        let first = diagonal[0] - end;
        (1..NODES - 1).fold(first, |pivot, k| diagonal[k] - end - beside[k - 1].powi(2) / pivot)
    };
    let [below, above] = [pivot(-1.0), pivot(1.0)].map(f64::recip);
    let square = 2.0 / (below - above);
    (1.0 + square * above, square.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{Extent, Network, Ramp, Schedule, Shape, Unit};

    /// The mean of order p by the rule, against the exact one.
    fn difference(trajectory: &Trajectory, order: f64) -> f64 {
        let course = course(trajectory);
        assert!(course.iter().all(|(share, _)| *share > 0.0));
        let mean: f64 = course.iter().map(|(share, n)| share * (n / 1e9).powf(order)).sum();
        mean.powf(1.0 / order) * 1e9 / trajectory.power_mean(order) - 1.0
    }

    #[test]
    fn means_of_powers_are_the_exact_ones() {
        for shape in [Shape::Linear, Shape::Cubic, Shape::Geometric, Shape::Cosine] {
            for (sparsity, every) in [(0.5, None), (0.95, None), (0.95, Some(0.001))] {
                let mut ramp = Ramp::new(shape, sparsity, 0.25, 0.75, Unit::Fraction);
                if let Some(every) = every {
                    ramp = ramp.with_every(every);
                }
                let trajectory =
                    Schedule::from(ramp).trajectory(Network::new(1e9), Extent::new(2e10)).unwrap();
                // The bound of the rule for a range of ln 20, and rounding; of a network cut in half it is below that.
                for order in [-1.5, -1.0, -0.3, 0.01, 0.5, 1.0] {
                    let worst = difference(&trajectory, order).abs();
                    assert!(worst < 3e-13 / order.abs().min(1.0), "{shape:?} {sparsity} {order}: {worst:e}");
                }
            }
        }
    }

    #[test]
    fn the_least_and_the_greatest_count_are_nodes() {
        for every in [0.01, 0.0004] {
            let ramp = Ramp::new(Shape::Geometric, 0.9, 0.3, 0.8, Unit::Fraction).with_every(every);
            let trajectory = Schedule::from(ramp).trajectory(Network::new(1e9), Extent::new(2e10)).unwrap();
            let course = course(&trajectory);
            let (least, most) =
                course.iter().fold((f64::INFINITY, 0.0f64), |(a, b), (_, n)| (a.min(*n), b.max(*n)));
            assert!((least / 1e8 - 1.0).abs() < 1e-14 && (most / 1e9 - 1.0).abs() < 1e-14, "{least} {most}");
            // Means of large orders are near them, too.
            for order in [-8.0, 8.0] {
                assert!(difference(&trajectory, order).abs() < 1e-3, "{order}");
            }
        }
    }

    #[test]
    fn a_dense_run_and_a_few_cuts_keep_their_counts() {
        let dense = Schedule::Dense.trajectory(Network::new(1e9), Extent::new(2e10)).unwrap();
        assert_eq!(course(&dense), constant(1e9));
        let cut = Schedule::one_shot(0.5, 0.25, Unit::Fraction);
        let cut = course(&cut.trajectory(Network::new(1e9), Extent::new(2e10)).unwrap());
        assert_eq!((cut[0], cut[1].1), ((0.25, 1e9), 0.5e9));
        assert!((cut[1..].iter().map(|(share, _)| share).sum::<f64>() - 0.75).abs() < 1e-15);
    }
}
