//! Where minima lie in the grids of sizes around them, and what that does to the slope.

use serde::{Deserialize, Serialize};

use super::line::straight;
use super::polynomial::Place;

/// What is more than this share of half a grid's width is not nothing.
const OFF: f64 = 0.1;
/// A minimum farther off than this share of half a grid's width is near its edge.
const EDGE: f64 = 0.8;
/// Widths that differ by no more than this factor are one.
const WIDER: f64 = 1.25;

/// How the sizes lie about the minima. A valley of a law is no parabola: how far its minimum is misplaced depends on where the
/// runs lie about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Grid {
    /// In the middle of grids of one width: the slope is right, and the coefficient where valleys are parabolas.
    Centred,
    /// Off the middle by one factor at each budget: the slope is right, the coefficient is not.
    Offset,
    /// The minima move through their grids, or the grids change their width: slope and coefficient err.
    Drifting,
    /// The sizes are the same at all budgets: slope and coefficient err.
    Fixed,
    /// The minima are known to no better than half a grid, or one of them lies near an edge while the others do not move: nothing tells how they lie in
    /// their grids.
    Unclear,
}

named!(Grid, "grid", [Centred "centred", Offset "offset", Drifting "drifting", Fixed "fixed", Unclear "unclear"]);

/// The grid of minima, each with the ends of its sizes. `slope` and `middle` are the halves of the intervals of what the line says.
pub(super) fn grid(ln_flops: &[f64], minima: &[(Place, [f64; 2])], [slope, middle]: [f64; 2]) -> Grid {
    let middles: Vec<f64> = minima.iter().map(|(_, [low, high])| 0.5 * (low + high)).collect();
    let halves: Vec<f64> = minima.iter().map(|(_, [low, high])| 0.5 * (high - low)).collect();
    let away: Vec<f64> = minima.iter().zip(&middles).map(|((place, _), middle)| place.at - middle).collect();
    let [least, most] = super::polynomial::ends(&halves);
    let half = halves.iter().sum::<f64>() / halves.len() as f64;
    let little = OFF * half;
    let [first, last] = super::polynomial::ends(ln_flops);
    let [from, to] = super::polynomial::ends(&middles);
    let (_, drift, mean) = straight(ln_flops, &away);
    let is_clear = [slope * (last - first), middle].iter().all(|noise| *noise < half);
    // How far the minima may move and be off the middle, as far as is known; and whether one lies near an edge.
    let farthest = [(drift.abs() + slope) * (last - first), mean.abs() + middle];
    let is_at_edge = away.iter().zip(&halves).any(|(away, half)| away.abs() > EDGE * half);
    if to - from < little && most / least < WIDER {
        Grid::Fixed
    } else if most / least > WIDER {
        Grid::Drifting
    } else if !is_clear {
        Grid::Unclear
    } else if drift.abs() * (last - first) > little && drift.abs() > slope {
        Grid::Drifting
    } else if mean.abs() > little && mean.abs() > middle {
        Grid::Offset
    } else if is_at_edge || farthest.iter().any(|far| *far > half) {
        Grid::Unclear
    } else {
        Grid::Centred
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minima_that_are_hardly_known_lie_nowhere_in_their_grids() {
        let at = |at: f64| Place { at, variance: 1.0, freedom: 1.0, interval: [at; 2] };
        let minima: Vec<(Place, [f64; 2])> =
            (0..4).map(|k| (at(f64::from(k)), [f64::from(k) - 1.0, f64::from(k) + 1.0])).collect();
        let of = |noise: [f64; 2]| grid(&[0.0, 2.0, 4.0, 6.0], &minima, noise);
        assert_eq!(of([0.1, 0.5]), Grid::Centred);
        let mut edge = minima.clone();
        edge[3].0.at += 0.85;
        assert_eq!(grid(&[0.0, 2.0, 4.0, 6.0], &edge, [0.16, 0.5]), Grid::Unclear);
        for unclear in [[0.2, 0.5], [0.1, 1.5], [f64::INFINITY, 0.5], [f64::NAN, f64::NAN]] {
            assert_eq!(of(unclear), Grid::Unclear, "{unclear:?}");
        }
    }
}
