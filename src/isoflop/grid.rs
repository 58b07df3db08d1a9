//! Where minima lie in the grids of sizes around them, and what that does to the slope.

use serde::{Deserialize, Serialize};

use super::line::straight;
use super::polynomial::Place;

/// What is more than this share of half a grid's width is not nothing.
const OFF: f64 = 0.1;
/// Widths that differ by no more than this factor are one.
const WIDER: f64 = 1.25;

/// How the sizes lie about the minima. A valley of a law is no parabola: how far its minimum is misplaced depends on where the
/// runs lie about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Grid {
    /// In the middle of grids of one width: slope and coefficient are about right.
    Centred,
    /// Off the middle by one factor at each budget: the slope is right, the coefficient is not.
    Offset,
    /// The minima move through their grids, or the grids change their width: slope and coefficient err.
    Drifting,
    /// The sizes are the same at all budgets: slope and coefficient err.
    Fixed,
}

named!(Grid, "grid", [Centred "centred", Offset "offset", Drifting "drifting", Fixed "fixed"]);

/// The grid of minima, each with the ends of its sizes. `slope` and `middle` are the halves of the intervals of what the line says.
pub(super) fn grid(ln_flops: &[f64], minima: &[(Place, [f64; 2])], [slope, middle]: [f64; 2]) -> Grid {
    let middles: Vec<f64> = minima.iter().map(|(_, [low, high])| 0.5 * (low + high)).collect();
    let halves: Vec<f64> = minima.iter().map(|(_, [low, high])| 0.5 * (high - low)).collect();
    let away: Vec<f64> = minima.iter().zip(&middles).map(|((place, _), middle)| place.at - middle).collect();
    let [least, most] = super::polynomial::ends(&halves);
    let little = OFF * halves.iter().sum::<f64>() / halves.len() as f64;
    let [first, last] = super::polynomial::ends(ln_flops);
    let [from, to] = super::polynomial::ends(&middles);
    let (_, drift, mean) = straight(ln_flops, &away);
    let is_beyond = |value: f64, noise: f64| value.abs() > noise || noise.is_nan();
    if to - from < little && most / least < WIDER {
        Grid::Fixed
    } else if most / least > WIDER || (drift.abs() * (last - first) > little && is_beyond(drift, slope)) {
        Grid::Drifting
    } else if mean.abs() > little && is_beyond(mean, middle) {
        Grid::Offset
    } else {
        Grid::Centred
    }
}
