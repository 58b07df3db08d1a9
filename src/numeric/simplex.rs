//! Nelder and Mead's descent (1965): for few unknowns and an objective without derivatives.

/// Where `f` is about least, from `start`, with a first simplex of edge `edge`. It stops when the values of the simplex agree to `tolerance`, or after
/// `most` calls.
pub(crate) fn least(
    start: &[f64],
    edge: f64,
    tolerance: f64,
    most: usize,
    mut f: impl FnMut(&[f64]) -> f64,
) -> Vec<f64> {
    let n = start.len();
    let mut points: Vec<(f64, Vec<f64>)> = Vec::with_capacity(n + 1);
    for k in 0..=n {
        let mut x = start.to_vec();
        if k < n {
            x[k] += edge;
        }
        points.push((f(&x), x));
    }
    let mut calls = n + 1;
    loop {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        if n == 0 || points[n].0 - points[0].0 < tolerance || calls >= most {
            return points.swap_remove(0).1;
        }
        let centre: Vec<f64> =
            (0..n).map(|i| points[..n].iter().map(|(_, x)| x[i]).sum::<f64>() / n as f64).collect();
        let along = |worst: &[f64], by: f64| -> Vec<f64> {
            centre.iter().zip(worst).map(|(c, w)| c + by * (w - c)).collect()
        };
        let mut tried = |x: Vec<f64>| {
            calls += 1;
            (f(&x), x)
        };
        let worst = points[n].1.clone();
        let reflected = tried(along(&worst, -1.0));
        let better = if reflected.0 < points[0].0 {
            let farther = tried(along(&worst, -2.0));
            Some(if farther.0 < reflected.0 { farther } else { reflected })
        } else if reflected.0 < points[n - 1].0 {
            Some(reflected)
        } else {
            let outside = reflected.0 < points[n].0;
            let nearer = tried(along(&worst, if outside { -0.5 } else { 0.5 }));
            Some(nearer).filter(|nearer| nearer.0 < reflected.0.min(points[n].0))
        };
        match better {
            Some(point) => points[n] = point,
            None => {
                let best = points[0].1.clone();
                for point in &mut points[1..] {
                    let x: Vec<f64> = best.iter().zip(&point.1).map(|(b, x)| 0.5 * (b + x)).collect();
                    *point = tried(x);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curved_valley_is_followed_to_its_end() {
        let rosenbrock = |x: &[f64]| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2);
        let found = least(&[-1.2, 1.0], 0.5, 1e-14, 2000, rosenbrock);
        assert!(found.iter().all(|x| (x - 1.0).abs() < 1e-4), "{found:?}");
    }
}
