//! Bounds on parameters, and the faces of the box that they make.

use super::Coordinates;

/// A value this close to its bound, relative to one plus its size, is on it: the rounding of centring where a term
/// that vanishes has taken its exponent to a million.
const ON: f64 = 1e-9;

/// An end of the range that a parameter is bounded to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums)]
pub enum End {
    /// The least value.
    Lower,
    /// The greatest.
    Upper,
}

named!(End, "end", [Lower "lower", Upper "upper"]);

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
    fn touched(&self, value: f64) -> Option<End> {
        let on = |end: f64| end.is_finite() && (value - end).abs() <= ON * (1.0 + end.abs());
        [End::Lower, End::Upper].into_iter().find(|end| on(self.at(*end)))
    }

    /// The end that a fitted value is beyond, by more than rounding.
    fn passed(&self, value: f64) -> Option<End> {
        match self.touched(value) {
            None if value < self.fitted[0] => Some(End::Lower),
            None if value > self.fitted[1] => Some(End::Upper),
            _ => None,
        }
    }
}

/// Bounded parameters that are held, each at an end of its range.
pub(crate) type Face = Vec<(Bound, End)>;

impl Coordinates {
    /// Confines a free parameter to a bound.
    pub(crate) fn confine(&mut self, bound: Bound) {
        self.confined = true;
        self.bounds.push(bound);
    }

    /// Number of bounds.
    pub(crate) fn bounded(&self) -> usize {
        self.bounds.len()
    }

    /// A parameter's bound, if it has one.
    pub(crate) fn bound(&self, place: usize) -> Option<&Bound> {
        self.bounds.iter().find(|bound| bound.place == place)
    }

    /// The bound that a parameter of this fitted value is at, in its own unit, and which end that is.
    pub(crate) fn at_bound(&self, place: usize, fitted: f64) -> Option<(f64, End)> {
        let bound = self.bound(place)?;
        let end = bound.touched(fitted)?;
        Some((bound.natural[end as usize], end))
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
    pub(in crate::objective) fn on(&self, face: &[(Bound, End)]) -> Self {
        let held = face.iter().map(|(bound, end)| (bound.place, bound.at(*end)));
        let mut on = Self { confined: false, ..self.clone() };
        on.hold(&self.held.iter().copied().chain(held).collect::<Vec<_>>());
        on
    }

    /// The same without bounds.
    pub(in crate::objective) fn unbounded(&self) -> Self {
        Self { bounds: Vec::new(), confined: false, ..self.clone() }
    }

    /// The bounds that z is on, and those that it is beyond.
    pub(crate) fn ends(&self, free: &[f64]) -> (Face, Face) {
        let fitted = self.free_to_fitted(free);
        let with = |of: fn(&Bound, f64) -> Option<End>| -> Face {
            self.live().filter_map(|bound| Some((bound, of(&bound, fitted[bound.place])?))).collect()
        };
        (with(Bound::touched), with(Bound::passed))
    }

    /// Whether z is beyond no bound.
    pub(crate) fn is_inside(&self, free: &[f64]) -> bool {
        self.ends(free).1.is_empty()
    }

    /// z moved into the bounds.
    pub(crate) fn inward(&self, free: &[f64]) -> Vec<f64> {
        if self.bounded() > 0 { self.fitted_to_free(&self.free_to_fitted(free)) } else { free.to_vec() }
    }

    /// The part of a search's fitted range that lies within the bounds; where none does, as long a range next to the bound.
    pub(crate) fn narrowed(&self, place: usize, (low, high): (f64, f64)) -> (f64, f64) {
        let Some(bound) = self.live().find(|bound| bound.place == place) else { return (low, high) };
        let [least, most] = bound.fitted;
        let (from, to) = (low.max(least), high.min(most));
        if from < to {
            return (from, to);
        }
        let long = high - low;
        if least >= high { (least, most.min(least + long)) } else { (least.max(most - long), most) }
    }
}
