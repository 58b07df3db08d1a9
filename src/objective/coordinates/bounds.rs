//! Bounds on parameters, and the faces of the box that they make.

use std::fmt;

/// A value this close to its bound, relative to one plus its size, is on it: the rounding of centring where a term
/// that vanishes has taken its exponent to a million.
const ON: f64 = 1e-9;

/// An end of the range that a parameter is bounded to.
///
/// ```
/// assert_eq!(nbar::fit::End::Lower.to_string(), "lower");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums)]
pub enum End {
    /// The least value.
    Lower,
    /// The greatest.
    Upper,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            End::Lower => "lower",
            End::Upper => "upper",
        })
    }
}

/// Least and greatest value of a parameter, natural and fitted; infinite where there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bound {
    pub(crate) place: usize,
    pub(crate) natural: [f64; 2],
    pub(crate) fitted: [f64; 2],
}

impl Bound {
    /// The fitted value of an end.
    pub(crate) fn at(&self, end: End) -> f64 {
        self.fitted[end as usize]
    }

    /// The end that a fitted value is on, to rounding.
    pub(super) fn touched(&self, value: f64) -> Option<End> {
        let on = |end: f64| end.is_finite() && (value - end).abs() <= ON * (1.0 + end.abs());
        [End::Lower, End::Upper].into_iter().find(|end| on(self.at(*end)))
    }

    /// The end that a fitted value is beyond, by more than rounding.
    pub(super) fn passed(&self, value: f64) -> Option<End> {
        match self.touched(value) {
            None if value < self.fitted[0] => Some(End::Lower),
            None if value > self.fitted[1] => Some(End::Upper),
            _ => None,
        }
    }

    /// The part of a search's fitted range that lies within; where none does, as long a range next to the bound.
    pub(super) fn narrow(&self, (low, high): (f64, f64)) -> (f64, f64) {
        let [least, most] = self.fitted;
        let (from, to) = (low.max(least), high.min(most));
        if from < to {
            return (from, to);
        }
        let long = high - low;
        if least >= high { (least, most.min(least + long)) } else { (least.max(most - long), most) }
    }
}

/// Bounded parameters that are held, each at an end of its range.
pub(crate) type Face = Vec<(Bound, End)>;

/// All faces of a box: each bounded parameter free, or at one of its ends.
pub(super) fn faces(bounds: impl Iterator<Item = Bound>) -> Vec<Face> {
    let mut faces: Vec<Face> = vec![Vec::new()];
    for bound in bounds {
        for end in [End::Lower, End::Upper].into_iter().filter(|end| bound.at(*end).is_finite()) {
            let held = faces.iter().filter(|face| face.iter().all(|(b, _)| b.place != bound.place));
            let held: Vec<Face> = held.map(|face| [face.as_slice(), &[(bound, end)]].concat()).collect();
            faces.extend(held);
        }
    }
    faces
}
