//! Means of N(t) whose order is fitted.

use crate::kernel::{Kernel, LANES, dispatch, exp_m1, ln, ln_1p};
use crate::schedule::course::NODES;

/// Orders closer to 0 go by cumulants: there `ln(mean e^(pz))/p` loses digits.
const SMALL_ORDER: f64 = 1e-3;
/// Powers e^x whose x is beyond this are all divided by one: no order is too large.
const FAR: f64 = 600.0;

/// One number of each of as many rows as are worked on at a time.
type Rows = [f64; LANES];

/// ln M_p of each row into `value` and its derivative in p into `slope`, of N and then shares of the tokens at the nodes of the
/// row's course.
pub(super) fn log_mean(order: f64, nodes: &[&[f64]], value: &mut [f64], slope: &mut [f64]) {
    dispatch(LogMean { order, nodes, value, slope });
}

struct LogMean<'a> {
    order: f64,
    nodes: &'a [&'a [f64]],
    value: &'a mut [f64],
    slope: &'a mut [f64],
}

impl Kernel for LogMean<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Self { order, nodes, value, slope } = self;
        let [mut counts, mut shares] = [[[1.0; LANES]; NODES]; 2];
        for (from, (value, slope)) in
            (0..).step_by(LANES).zip(value.chunks_mut(LANES).zip(slope.chunks_mut(LANES)))
        {
            for (rows, column) in counts.iter_mut().chain(&mut shares).zip(nodes) {
                rows[..value.len()].copy_from_slice(&column[from..][..value.len()]);
            }
            let [values, slopes] = of_rows::<FMA>(order, &counts, &shares);
            value.copy_from_slice(&values[..value.len()]);
            slope.copy_from_slice(&slopes[..slope.len()]);
        }
    }
}

/// Every number's logarithm.
#[inline(always)]
fn logs<const FMA: bool>(mut rows: Rows) -> Rows {
    for x in &mut rows {
        *x = ln::<FMA>(*x);
    }
    rows
}

/// ln M_p and its derivative in p.
#[inline(always)]
fn of_rows<const FMA: bool>(order: f64, counts: &[Rows; NODES], shares: &[Rows; NODES]) -> [Rows; 2] {
    let (mut value, mut slope) = (logs::<FMA>(counts[0]), [0.0; LANES]);
    // Networks that keep their counts.
    if counts[1..].iter().all(|others| *others == counts[0]) {
        return [value, slope];
    }
    // ln N from that of the first node, then from its mean: so both are exactly 0 where the network keeps its count.
    let (mut z, mut total, mut middle) = ([[0.0; LANES]; NODES], shares[0], [0.0; LANES]);
    for k in 1..NODES {
        z[k] = logs::<FMA>(counts[k]);
        for i in 0..LANES {
            z[k][i] -= value[i];
            total[i] += shares[k][i];
            middle[i] += shares[k][i] * z[k][i];
        }
    }
    for i in 0..LANES {
        middle[i] /= total[i];
        value[i] += middle[i];
    }
    for z in &mut z {
        for i in 0..LANES {
            z[i] -= middle[i];
        }
    }
    if order.abs() < SMALL_ORDER {
        // K(p)/p = Σ κ_k p^(k-1)/k! from k = 1; what is left out is p⁴ κ_5/120.
        let [mut second, mut third, mut fourth] = [[0.0; LANES]; 3];
        for (share, z) in shares.iter().zip(&z) {
            for i in 0..LANES {
                let square = share[i] * z[i] * z[i];
                second[i] += square;
                third[i] += square * z[i];
                fourth[i] += square * z[i] * z[i];
            }
        }
        for i in 0..LANES {
            let (second, third) = (second[i] / total[i], third[i] / total[i]);
            let fourth = fourth[i] / total[i] - 3.0 * second * second;
            value[i] += order * (second / 2.0 + order * (third / 6.0 + order * fourth / 24.0));
            slope[i] = second / 2.0 + order * (third / 3.0 + order * fourth / 8.0);
        }
        return [value, slope];
    }
    let mut excess = [FAR; LANES];
    for z in &z {
        for i in 0..LANES {
            let power = order * z[i];
            excess[i] = if power > excess[i] { power } else { excess[i] };
        }
    }
    let (mut grown, mut tilted) = ([0.0; LANES], [0.0; LANES]);
    for (share, z) in shares.iter().zip(&z) {
        let mut growth = [0.0; LANES];
        for i in 0..LANES {
            growth[i] = exp_m1::<FMA>(order * z[i] - (excess[i] - FAR));
        }
        for i in 0..LANES {
            grown[i] += share[i] * growth[i];
            tilted[i] += share[i] * growth[i] * z[i];
        }
    }
    for i in 0..LANES {
        // The mean of z is 0: so the weights may be e^(pz) - 1.
        let ln_mean = (excess[i] - FAR) + ln_1p::<FMA>(grown[i] / total[i]);
        let tilt = tilted[i] / (total[i] + grown[i]);
        value[i] += ln_mean / order;
        slope[i] = (order * tilt - ln_mean) / (order * order);
    }
    [value, slope]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run that keeps its count, one cut to a twentieth in equal steps of ln N, and one with most of its tokens at the end of them.
    fn nodes(row: usize) -> [(f64, f64); NODES] {
        let share = |k: usize| if k == 0 { 0.91 } else { 0.01 };
        std::array::from_fn(|k| match row % 3 {
            0 => (0.1, 3e8),
            1 => (0.1, 1e9 * 0.05f64.powf(k as f64 / 9.0)),
            _ => (share(k), 5e7 * 1.2f64.powi(k as i32)),
        })
    }

    fn found(order: f64, rows: usize) -> Vec<[f64; 2]> {
        let column = |f: &dyn Fn(usize) -> f64| (0..rows).map(f).collect::<Vec<f64>>();
        let counts = (0..NODES).map(|k| column(&|row| nodes(row)[k].1));
        let columns: Vec<_> = counts.chain((0..NODES).map(|k| column(&|row| nodes(row)[k].0))).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let (mut value, mut slope) = (vec![f64::NAN; rows], vec![f64::NAN; rows]);
        log_mean(order, &columns, &mut value, &mut slope);
        value.into_iter().zip(slope).map(|(value, slope)| [value, slope]).collect()
    }

    #[test]
    fn means_of_any_order_and_their_derivatives_are_those_of_the_formula() {
        // With whole groups of rows, a part of one, and one row.
        for (order, rows) in [(0.3, 37), (-0.3, 16), (1.0, 1), (-1.0, 3), (2.5, 20), (-40.0, 33), (40.0, 5)] {
            for (row, [value, slope]) in found(order, rows).into_iter().enumerate() {
                // About 1e9: no power is out of range.
                let logs = nodes(row).map(|(share, n)| (share, (n / 1e9).ln()));
                let sum: f64 = logs.iter().map(|(share, x)| share * (order * x).exp()).sum();
                let tilt: f64 = logs.iter().map(|(share, x)| share * x * (order * x).exp()).sum();
                let expected = [sum.ln() / order + 1e9f64.ln(), (tilt / sum - sum.ln() / order) / order];
                for (found, expected) in [value, slope].into_iter().zip(expected) {
                    let tolerance = 1e-14 * expected.abs() + 1e-13;
                    assert!((found - expected).abs() < tolerance, "{order}, {row}: {found}, not {expected}");
                }
            }
        }
    }

    #[test]
    fn orders_about_0_join_and_the_largest_are_in_range() {
        let (below, above) = (0.999_999 * SMALL_ORDER, 1.000_001 * SMALL_ORDER);
        for sign in [1.0, -1.0] {
            let [below, above] = [below, above].map(|order| found(sign * order, 3));
            for ([value, slope], [next, next_slope]) in below.into_iter().zip(above) {
                let rise = 2e-6 * SMALL_ORDER * sign * slope;
                assert!((next - value - rise).abs() < 1e-14 * value, "{value}, {next}");
                // What series and rounding leave out.
                assert!((next_slope - slope).abs() < 1e-8, "{slope}, {next_slope}");
            }
        }
        // The largest count, or the least, with a tenth of the tokens.
        for (order, extreme) in [(1e4, 1e9f64), (-1e6, 5e7)] {
            let [_, [value, slope]] = found(order, 2)[..] else { unreachable!("two rows") };
            let away = 0.1f64.ln() / order;
            assert!((value - extreme.ln() - away).abs() < 1e-13, "{order}: {value}");
            assert!((slope * order / -away - 1.0).abs() < 1e-6, "{order}: {slope}");
        }
    }

    #[test]
    fn a_network_that_keeps_its_count_has_it_as_its_mean_exactly() {
        for order in [-1.7, 0.0, 1e-4, 0.5, 300.0] {
            // Alone, and among rows of other networks.
            for rows in [1, 4] {
                let all = found(order, rows);
                assert_eq!(all[0], [all[rows - 1][0], 0.0], "{order}");
                assert!((all[0][0] - 3e8f64.ln()).abs() < 1e-14, "{order}");
            }
        }
    }
}
