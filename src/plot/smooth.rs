//! A smooth curve through points.

/// Share of the points that a place of the curve is drawn from, and the most places.
const SPAN: f64 = 0.5;
const PLACES: usize = 41;
/// Fewer points have no curve.
const LEAST: usize = 10;

/// Cleveland's local line, in ln x with weights `(1 - d³)³`, robust by one repeat; nothing where points or their places
/// are few.
pub(super) fn smooth(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = x.iter().map(|x| x.ln()).zip(y.iter().copied()).collect();
    points.retain(|(x, y)| x.is_finite() && y.is_finite());
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut places: Vec<f64> = points.iter().map(|point| point.0).collect();
    places.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
    if points.len() < LEAST || places.len() < 3 {
        return Vec::new();
    }
    let (first, last) = (places[0], places[places.len() - 1]);
    let one = vec![1.0; points.len()];
    let off: Vec<f64> = points.iter().map(|(x, y)| y - local(&points, &one, *x)).collect();
    // Not of the median: beside one far point half of all may lie off a first curve that it bent.
    let far = 6.0 * off.iter().map(|off| off.abs()).sum::<f64>() / off.len() as f64;
    let trust: Vec<f64> = off
        .iter()
        .map(|off| if far > 0.0 { (1.0 - (off / far).powi(2)).max(0.0).powi(2) } else { 1.0 })
        .collect();
    // Places where points are: what lies between them is not made up.
    let apart = (last - first) / PLACES as f64;
    places.dedup_by(|a, b| *a - *b < apart);
    places.into_iter().map(|x| (x.exp(), local(&points, &trust, x))).filter(|(_, y)| y.is_finite()).collect()
}

/// The local line's value at a place.
fn local(points: &[(f64, f64)], trust: &[f64], at: f64) -> f64 {
    let most = ((points.len() as f64 * SPAN).ceil() as usize).clamp(5, points.len());
    // Points are in order of x: the nearest are a window of them.
    let mut from = points.partition_point(|(x, _)| *x < at).saturating_sub(most).min(points.len() - most);
    while from + most < points.len() && points[from + most].0 - at < at - points[from].0 {
        from += 1;
    }
    let window = from..from + most;
    let reach = (at - points[from].0).abs().max((points[from + most - 1].0 - at).abs()).max(1e-9) * 1.001;
    let mut sums = [0.0; 5];
    for ((x, y), trust) in points[window.clone()].iter().zip(&trust[window]) {
        let (d, weight) = (x - at, trust * (1.0 - ((x - at) / reach).abs().powi(3)).max(0.0).powi(3));
        for (sum, term) in sums.iter_mut().zip([1.0, d, d * d, *y, d * y]) {
            *sum += weight * term;
        }
    }
    let [w, wx, wxx, wy, wxy] = sums;
    let determinant = w * wxx - wx * wx;
    // Where all places are one, the mean.
    let value = if determinant > 1e-9 * w * wxx { (wxx * wy - wx * wxy) / determinant } else { wy / w };
    let near = points[from..from + most].iter().map(|point| point.1);
    let [low, high] = near.fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], y| [a.min(y), b.max(y)]);
    value.clamp(low, high)
}

#[cfg(test)]
mod tests {
    use super::smooth;

    #[test]
    fn a_line_is_its_own_smooth_curve_and_one_far_point_does_not_bend_it() {
        let x: Vec<f64> = (0..40).map(|k| f64::from(k).exp2()).collect();
        let mut y: Vec<f64> = (0..40).map(|k| 0.1 + 0.02 * f64::from(k)).collect();
        y[20] += 5.0;
        let curve = smooth(&x, &y);
        assert!(curve.len() >= 38);
        for (x, y) in curve {
            assert!((y - (0.1 + 0.02 * x.log2())).abs() < 1e-3, "{y} at {x}");
        }
    }
}
