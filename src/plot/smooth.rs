//! A smooth curve through points.

/// Share of the points that a place of the curve is drawn from, and the most places.
const SPAN: f64 = 0.5;
const PLACES: usize = 41;
/// Points at which a line is drawn for the distances of all from it: what lies between them is on a straight line.
const LINES: usize = 500;
/// Fewer points have no curve.
const LEAST: usize = 10;
/// Standard errors that a place of the curve lies from 0 where noise hardly put it: see the test.
const SURE: f64 = 3.0;

/// A place of a smooth curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Smooth {
    pub(super) x: f64,
    pub(super) y: f64,
    /// Standard error of y.
    pub(super) error: f64,
}

impl Smooth {
    /// Whether it lies farther from 0 than noise would put it.
    pub(super) fn is_sure(&self) -> bool {
        self.y.abs() > SURE * self.error
    }
}

/// Cleveland's local line, in ln x with weights `(1 - d³)³`, robust by one repeat; nothing where points or their places
/// are few.
///
/// Errors add up what each group of points, of noise that it shares, does to the line: its residuals over 1 less its own weight, squared.
pub(super) fn smooth(x: &[f64], y: &[f64], groups: &[u32]) -> Vec<Smooth> {
    by_lines(LINES, x, y, groups)
}

/// The same with lines drawn at so many points.
fn by_lines(lines: usize, x: &[f64], y: &[f64], groups: &[u32]) -> Vec<Smooth> {
    let mut points: Vec<Point> = x
        .iter()
        .zip(y)
        .zip(groups)
        .map(|((x, y), group)| Point { x: x.ln(), y: *y, group: *group })
        .collect();
    points.retain(|point| point.x.is_finite() && point.y.is_finite());
    points.sort_by(|a, b| a.x.total_cmp(&b.x));
    let mut places: Vec<f64> = points.iter().map(|point| point.x).collect();
    places.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
    if points.len() < LEAST || places.len() < 3 {
        return Vec::new();
    }
    let (first, last) = (places[0], places[places.len() - 1]);
    let one = vec![1.0; points.len()];
    let (mut off, mut left) = (Vec::new(), Vec::new());
    let stride = points.len().div_ceil(lines);
    let line_at = |k: usize| {
        let line = Line::at(&points, &one, points[k].x);
        (points[k].x, [line.value, line.own])
    };
    let (mut before, mut after) = (line_at(0), line_at(0));
    for (k, point) in points.iter().enumerate() {
        if k % stride == 0 {
            before = if stride == 1 { line_at(k) } else { after };
            after = if stride == 1 { before } else { line_at((k + stride).min(points.len() - 1)) };
        }
        let way = after.0 - before.0;
        let share = if way > 0.0 { (point.x - before.0) / way } else { 0.0 };
        let [value, own] = [0, 1].map(|i| before.1[i] + share * (after.1[i] - before.1[i]));
        off.push(point.y - value);
        left.push((point.y - value) / (1.0 - own).max(0.2));
    }
    let mut sizes: Vec<f64> = off.iter().map(|off| off.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    // Of normal noise as far as Cleveland's six medians; the median is 0 where half of the points lie on a line.
    let far = 3.5 * sizes[3 * sizes.len() / 4];
    let trust: Vec<f64> = off
        .iter()
        .map(|off| if far > 0.0 { (1.0 - (off / far).powi(2)).max(0.0).powi(2) } else { 1.0 })
        .collect();
    // Places where points are: what lies between them is not made up.
    let apart = (last - first) / PLACES as f64;
    places.dedup_by(|a, b| *a - *b < apart);
    let place = |x: f64| {
        let line = Line::at(&points, &trust, x);
        let mut of_group = std::collections::BTreeMap::<u32, f64>::new();
        for (k, weight) in line.weights.iter().enumerate() {
            let row = line.from + k;
            *of_group.entry(points[row].group).or_default() += weight * left[row];
        }
        // Few groups tell their own spread badly.
        let count = of_group.len() as f64;
        let few = if count > 3.0 { count / (count - 3.0) } else { f64::INFINITY };
        let error = (few * of_group.values().map(|part| part * part).sum::<f64>()).sqrt();
        Smooth { x: x.exp(), y: line.value, error }
    };
    places.into_iter().map(place).filter(|place| place.y.is_finite()).collect()
}

struct Point {
    x: f64,
    y: f64,
    group: u32,
}

/// The local line at a place: its value, and by how much each point of a window counts in it, and one at that very place would.
struct Line {
    from: usize,
    weights: Vec<f64>,
    value: f64,
    own: f64,
}

impl Line {
    fn at(points: &[Point], trust: &[f64], at: f64) -> Self {
        let most = ((points.len() as f64 * SPAN).ceil() as usize).clamp(5, points.len());
        // Points are in order of x: the nearest are a window of them.
        let mut from = points.partition_point(|p| p.x < at).saturating_sub(most).min(points.len() - most);
        while from + most < points.len() && points[from + most].x - at < at - points[from].x {
            from += 1;
        }
        let window = &points[from..from + most];
        let reach = (at - window[0].x).abs().max((window[most - 1].x - at).abs()).max(1e-9) * 1.001;
        let mut weights: Vec<f64> = window
            .iter()
            .zip(&trust[from..])
            .map(|(p, trust)| trust * (1.0 - ((p.x - at) / reach).abs().powi(3)).max(0.0).powi(3))
            .collect();
        let mut sums = [0.0; 3];
        for (p, weight) in window.iter().zip(&weights) {
            let d = p.x - at;
            sums.iter_mut().zip([1.0, d, d * d]).for_each(|(sum, term)| *sum += weight * term);
        }
        let [w, wx, wxx] = sums;
        let determinant = w * wxx - wx * wx;
        // Where all places are one, the mean.
        let is_line = determinant > 1e-9 * w * wxx;
        let counts = |d: f64| if is_line { (wxx - wx * d) / determinant } else { 1.0 / w };
        window.iter().zip(&mut weights).for_each(|(p, weight)| *weight *= counts(p.x - at));
        let value: f64 = window.iter().zip(&weights).map(|(p, weight)| weight * p.y).sum();
        let ends =
            window.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], p| [a.min(p.y), b.max(p.y)]);
        let value = if value.is_nan() { value } else { value.clamp(ends[0], ends[1]) };
        Self { from, weights, value, own: counts(0.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::{LINES, Smooth, by_lines, smooth};
    use crate::numeric::random::{normal, stream};

    #[test]
    fn a_line_is_its_own_smooth_curve_and_one_far_point_does_not_bend_it() {
        let x: Vec<f64> = (0..40).map(|k| f64::from(k).exp2()).collect();
        let mut y: Vec<f64> = (0..40).map(|k| 0.1 + 0.02 * f64::from(k)).collect();
        y[20] += 5.0;
        let groups: Vec<u32> = (0..40).collect();
        let curve = smooth(&x, &y, &groups);
        assert!(curve.len() >= 38);
        for Smooth { x, y, .. } in curve {
            assert!((y - (0.1 + 0.02 * x.log2())).abs() < 1e-3, "{y} at {x}");
        }
    }

    #[test]
    fn lines_at_some_points_stand_for_those_between_them() {
        let mut rng = stream(5, 0);
        let x: Vec<f64> = (0..3000).map(|k| (0.004 * f64::from(k) + 0.1 * normal(&mut rng)).exp()).collect();
        let y: Vec<f64> = x.iter().map(|x| (x.ln() / 3.0).sin() + normal(&mut rng)).collect();
        let groups: Vec<u32> = (0..3000).collect();
        let (some, all) = (by_lines(LINES, &x, &y, &groups), by_lines(x.len(), &x, &y, &groups));
        assert_eq!(some.len(), all.len());
        for (some, all) in some.iter().zip(&all) {
            // Far below the standard error of a place, 0.03.
            assert!((some.y - all.y).abs() < 1e-4 && (some.error / all.error - 1.0).abs() < 1e-3);
        }
    }

    const ROUNDS: u32 = 400;

    #[test]
    fn noise_is_hardly_ever_said_to_bend_and_a_bend_is() {
        for (groups, each) in [(12, 1), (24, 1), (48, 1), (200, 1), (24, 8)] {
            for heavy in [false, true] {
                let mut rng = stream(11, groups as u64);
                let (mut sure, mut bent, mut all) = (0, 0, 0);
                for _ in 0..ROUNDS {
                    let (mut x, mut y, mut of) = (Vec::new(), Vec::new(), Vec::new());
                    for group in 0..groups {
                        let shared = if each > 1 { normal(&mut rng) } else { 0.0 };
                        for k in 0..each {
                            let noise = normal(&mut rng) + shared;
                            x.push((0.1 * f64::from(group * each + k)).exp());
                            y.push(if heavy { noise / normal(&mut rng).abs().max(0.3) } else { noise });
                            of.push(group as u32);
                        }
                    }
                    let curve = smooth(&x, &y, &of);
                    all += curve.len();
                    sure += curve.iter().filter(|place| place.is_sure()).count();
                    let last = x[x.len() - 1].ln();
                    let arch = |x: &f64| 8.0 * ((x.ln() / last - 0.5).abs() - 0.25);
                    let y: Vec<f64> = x.iter().zip(&y).map(|(x, y)| 4.0 * arch(x) + y).collect();
                    bent += usize::from(smooth(&x, &y, &of).iter().any(Smooth::is_sure));
                }
                let (share, found) = (f64::from(sure as u32) / all as f64, bent as f64 / f64::from(ROUNDS));
                // 1 to 6 % in all of these, each known to about 1 %.
                assert!(share < 0.07 && found > 0.9, "{groups} {each} {heavy}: {share} {found}");
            }
        }
    }
}
