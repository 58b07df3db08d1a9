//! Shares with their binomial standard deviations.

/// How many of some trials hit.
#[derive(Clone, Copy, Default)]
pub(crate) struct Share {
    hits: usize,
    of: usize,
}

impl Share {
    pub(crate) fn of(trials: impl IntoIterator<Item = bool>) -> Self {
        trials.into_iter().fold(Self::default(), |Self { hits, of }, hit| Self {
            hits: hits + usize::from(hit),
            of: of + 1,
        })
    }

    pub(crate) fn percent(self) -> f64 {
        100.0 * self.hits as f64 / self.of as f64
    }

    /// In per cent with its standard deviation; a dash where there were no trials.
    pub(crate) fn cell(self) -> String {
        let p = self.percent();
        if self.of == 0 {
            "-".to_owned()
        } else {
            format!("{p:.1} ± {:.1}", (p * (100.0 - p) / self.of as f64).sqrt())
        }
    }
}

/// Whether a value lies in an interval.
pub(crate) fn holds([lower, upper]: [f64; 2], value: f64) -> bool {
    lower <= value && value <= upper
}
