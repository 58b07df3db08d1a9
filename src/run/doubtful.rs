//! Columns that may say how much of a run is pruned, or that a token meets a part of it, and that nothing reads.

/// Such a column, and what it says of runs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Doubtful {
    pub(crate) column: String,
    /// The first values, one more than are shown.
    pub(crate) values: Vec<String>,
    pub(crate) about: About,
    /// Whether some value says that a run is so, if the column is about that.
    pub(crate) is_told: bool,
    /// Whether some value is a share between nothing and all.
    pub(crate) is_part: bool,
}

/// What such a column is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    /// How much is pruned.
    Pruning {
        /// Whether its name says so, and a person that nothing is to be read from it.
        is_off: bool,
    },
    /// How often a run saw its data, beside tokens that may be those of one epoch.
    Epochs,
    /// Networks of experts.
    Experts {
        /// What chooses the column of parameters that is read now.
        remedy: String,
    },
}

impl Doubtful {
    /// So many letters of a value at most.
    const LETTERS: usize = 40;
    /// At most so many values are kept.
    const VALUES: usize = 5;

    /// One that says nothing yet.
    pub(crate) fn new(column: &str, about: About) -> Self {
        Self { column: column.to_owned(), values: Vec::new(), about, is_told: false, is_part: false }
    }

    /// Notes what it says of a run: of a long text how it begins.
    pub(crate) fn note(&mut self, value: &str) {
        let cut = value.char_indices().nth(Self::LETTERS).map(|(end, _)| format!("{}...", &value[..end]));
        let value = cut.as_deref().unwrap_or(value);
        if self.values.len() < Self::VALUES && !self.values.iter().any(|known| known == value) {
            self.values.push(value.to_owned());
        }
    }

    /// What it says, in words; none where it says one thing of all runs, as it would of dense ones.
    pub(crate) fn says(&self) -> Option<String> {
        let shown = &self.values[..self.values.len().min(Self::VALUES - 1)];
        let is_shown = |value: &&String| !value.is_empty() || shown.len() <= 2;
        let shown: Vec<String> = shown.iter().filter(is_shown).map(|value| format!("'{value}'")).collect();
        let more = if self.values.len() < Self::VALUES { "" } else { ", ..." };
        let says = self.values.len() > 1 || self.is_told;
        says.then(|| format!("{}{more}", shown.join(", ")))
    }
}

/// Whether so many of a few weights are kept: `2:4`.
pub(crate) fn is_pattern(cell: &str) -> bool {
    let parts =
        cell.split_once(':').and_then(|(n, m)| Some((n.parse::<u32>().ok()?, m.parse::<u32>().ok()?)));
    parts.is_some_and(|(n, m)| n > 0 && n < m && [2, 4, 8, 16, 32].contains(&m))
}

/// Adds what the columns of other files say.
pub(super) fn join_doubtful(all: &mut Vec<Doubtful>, others: Vec<Doubtful>) {
    for other in others {
        match all.iter_mut().find(|own| own.column == other.column && own.about == other.about) {
            Some(own) => {
                own.is_told |= other.is_told;
                other.values.iter().for_each(|value| own.note(value));
            }
            None => all.push(other),
        }
    }
}
