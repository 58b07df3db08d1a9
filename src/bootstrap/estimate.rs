//! An estimate, and how far to believe it.

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

    /// The same in another unit.
    pub(crate) fn times(self, factor: f64) -> Self {
        let [estimate, std_error] = [self.estimate, self.std_error].map(|x| factor * x);
        Self { estimate, std_error, ..self }.with_ends(|end| factor * end)
    }
}
