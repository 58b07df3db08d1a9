//! An estimate, and how far to believe it.

/// What is known to this share of itself is exact but for rounding.
const SAME: f64 = 1e-9;

/// An estimate with its interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Estimate {
    /// At the optimum of all runs.
    pub estimate: f64,
    /// Standard deviation over the draws.
    pub std_error: f64,
    /// Lower and upper end, at the ensemble's level.
    pub interval: [f64; 2],
    /// The same if the law holds, where the interval allows for a bend of the law; else none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_if_law_holds: Option<[f64; 2]>,
}

impl Estimate {
    /// An estimate whose law holds.
    pub(crate) fn straight(estimate: f64, std_error: f64, interval: [f64; 2]) -> Self {
        Self { estimate, std_error, interval, interval_if_law_holds: None }
    }

    /// What is known exactly.
    pub(crate) fn exact(value: f64) -> Self {
        Self::straight(value, 0.0, [value, value])
    }

    /// The same with ends that are changed.
    pub(crate) fn with_ends(self, of: impl Fn(f64) -> f64) -> Self {
        let each = |ends: [f64; 2]| ends.map(&of);
        let interval_if_law_holds = self.interval_if_law_holds.map(each);
        Self { interval: each(self.interval), interval_if_law_holds, ..self }
    }

    /// The same with an interval that allows for a bend.
    pub(crate) fn bent(self, std_error: f64, interval: [f64; 2]) -> Self {
        Self { std_error, interval, interval_if_law_holds: Some(self.interval), ..self }
    }

    /// That of a sum, made to agree with those of its two parts: a bend widens each interval by itself. What one part is known to be is added
    /// to the other; else no end of the sum lies below that of a part.
    pub(crate) fn agreeing_with(self, parts: [Self; 2]) -> Self {
        for (known, other) in [(parts[0], parts[1]), (parts[1], parts[0])] {
            let [lower, upper] = known.interval;
            if upper - lower <= SAME * known.estimate.abs() {
                return other.plus(known.estimate);
            }
        }
        let [a, b] = parts.map(|part| part.interval);
        let interval = [0, 1].map(|end| self.interval[end].max(a[end]).max(b[end]));
        Self { interval, ..self }
    }

    /// Those of the two parts of a sum that is known, of which this is the ratio, the second over the first: where a bend widens intervals, they
    /// end where the ratio's says, so that they add up.
    pub(crate) fn split(self, sum: f64, [first, second]: [Self; 2]) -> [Self; 2] {
        let [low, high] =
            self.interval.map(|ratio| if ratio.is_finite() { sum * (ratio / (1.0 + ratio)) } else { sum });
        let ends = |part: Self, interval| match part.interval_if_law_holds {
            Some(_) => Self { interval, ..part },
            None => part,
        };
        [ends(first, [sum - high, sum - low]), ends(second, [low, high])]
    }

    /// The same with something added that is known.
    pub(crate) fn plus(self, known: f64) -> Self {
        Self { estimate: self.estimate + known, ..self }.with_ends(|end| end + known)
    }

    /// The same in another unit.
    pub(crate) fn times(self, factor: f64) -> Self {
        let [estimate, std_error] = [self.estimate, self.std_error].map(|x| factor * x);
        Self { estimate, std_error, ..self }.with_ends(|end| factor * end)
    }
}
