//! Bounds on parameters: the box, its faces, and which way the objective falls on them.

use std::fmt;

use super::Objective;

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

/// Least and greatest value of a free parameter, on the law's own fitted scale; infinite where there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bound {
    pub(crate) place: usize,
    pub(crate) range: [f64; 2],
}

impl Bound {
    /// The value of an end.
    pub(crate) fn at(&self, end: End) -> f64 {
        self.range[end as usize]
    }

    /// The end that a value is on, to rounding.
    pub(crate) fn touched(&self, value: f64) -> Option<End> {
        let on = |end: f64| end.is_finite() && (value - end).abs() <= ON * (1.0 + end.abs());
        [End::Lower, End::Upper].into_iter().find(|end| on(self.at(*end)))
    }

    /// The end that a value is beyond, by more than rounding.
    fn passed(&self, value: f64) -> Option<End> {
        match self.touched(value) {
            None if value < self.range[0] => Some(End::Lower),
            None if value > self.range[1] => Some(End::Upper),
            _ => None,
        }
    }
}

/// Bounded parameters that are held, each at an end of its range.
pub(crate) type Face = Vec<(Bound, End)>;

impl Objective {
    /// Confines parameters to bounds, for as long as the objective lives.
    pub(crate) fn confine(&mut self, bounds: Vec<Bound>) {
        self.confined = !bounds.is_empty();
        self.bounds = bounds;
    }

    /// The bounds of what is not held.
    fn live(&self) -> impl Iterator<Item = Bound> + '_ {
        let is_held = |bound: &Bound| self.held.iter().any(|(place, _)| *place == bound.place);
        self.bounds.iter().copied().filter(move |bound| !is_held(bound))
    }

    /// Whether minima have to lie within bounds.
    pub(crate) fn is_confined(&self) -> bool {
        self.confined && self.live().next().is_some()
    }

    /// Whether starts have to lie within bounds.
    pub(crate) fn is_bounded(&self) -> bool {
        !self.bounds.is_empty()
    }

    /// The same without bounds.
    pub(crate) fn unbounded(&self) -> Self {
        Self { bounds: Vec::new(), confined: false, ..self.clone() }
    }

    /// All faces of the box: each bounded parameter free, or at one of its ends.
    pub(crate) fn faces(&self) -> Vec<Face> {
        let mut faces: Vec<Face> = vec![Vec::new()];
        for bound in self.live() {
            for end in [End::Lower, End::Upper].into_iter().filter(|end| bound.at(*end).is_finite()) {
                let held = faces.iter().filter(|face| face.iter().all(|(b, _)| b.place != bound.place));
                let held: Vec<Face> = held.map(|face| [face.as_slice(), &[(bound, end)]].concat()).collect();
                faces.extend(held);
            }
        }
        faces
    }

    /// The same with a face's parameters held there; the others start within their bounds and end where they like.
    pub(crate) fn on(&self, face: &[(Bound, End)]) -> Self {
        let mut on = self.clone();
        on.confined = false;
        if !face.is_empty() {
            let held = face.iter().map(|(bound, end)| (bound.place, bound.at(*end)));
            on.hold(&self.held.iter().copied().chain(held).collect::<Vec<_>>());
        }
        on
    }

    /// The bounds that z is on, and those that it is beyond.
    pub(crate) fn ends(&self, z: &[f64]) -> (Face, Face) {
        let fitted = self.fitted(z);
        let with = |of: fn(&Bound, f64) -> Option<End>| -> Face {
            self.live().filter_map(|bound| Some((bound, of(&bound, fitted[bound.place])?))).collect()
        };
        (with(Bound::touched), with(Bound::passed))
    }

    /// Parameters on the law's own fitted scale, moved into their bounds.
    pub(super) fn clipped(&self, fitted: &[f64]) -> Vec<f64> {
        let mut clipped = fitted.to_vec();
        for Bound { place, range: [least, most] } in &self.bounds {
            clipped[*place] = clipped[*place].clamp(*least, *most);
        }
        clipped
    }

    /// z moved into the bounds.
    pub(crate) fn inward(&self, z: &[f64]) -> Vec<f64> {
        if self.bounds.is_empty() { z.to_vec() } else { self.start(&self.fitted(z)) }
    }

    /// The part of a search's range that lies within the bounds; where none does, as long a range next to the bound.
    pub(crate) fn narrowed(&self, place: usize, (low, high): (f64, f64)) -> (f64, f64) {
        let Some(bound) = self.live().find(|bound| bound.place == place) else { return (low, high) };
        let [least, most] = bound.range;
        let (from, to) = (low.max(least), high.min(most));
        if from < to {
            return (from, to);
        }
        let long = high - low;
        if least >= high { (least, most.min(least + long)) } else { (least.max(most - long), most) }
    }

    /// How the objective falls on the way from a face into the box, at z on it: of each parameter that is held, the
    /// derivative inward, relative to what cancels in it. Negative: it falls, and z is no minimum.
    pub(crate) fn slopes_inward(&self, face: &[(Bound, End)], z: &[f64]) -> Vec<f64> {
        let whole = self.whole(z);
        let slope = |i: usize| {
            let others: Face = [&face[..i], &face[i + 1..]].concat();
            let (freed, (bound, end)) = (self.on(&others), face[i]);
            let mut gradient = vec![0.0; freed.parameters()];
            let sums = freed.gradient(&freed.free_part(&whole), &mut freed.last_workspace(), &mut gradient);
            let place = freed.free().iter().position(|place| *place == bound.place);
            let along = place.map_or(0.0, |place| gradient[place]);
            let inward = if end == End::Lower { along } else { -along };
            if inward == 0.0 { 0.0 } else { inward / (sums.slope * freed.steepness) }
        };
        (0..face.len()).map(slope).collect()
    }
}
