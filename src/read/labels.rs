//! Columns of few words or numbers that sort runs into kinds, as of a recipe, a data set or a tokeniser.

use smol_str::SmolStr;

use super::repeats;
use super::settings::{Settings, says_where};
use crate::units;

/// Kinds at most: more are names of runs.
const MOST_KINDS: usize = 12;
/// The same of numbers.
const MOST_NUMBERS: usize = 6;
/// Numbers of more runs are no kinds.
const MOST_COUNTED: usize = 10_000;
/// Columns that are looked at, at most.
const MOST_COLUMNS: usize = 32;
/// Longest word of a kind, in bytes.
const LONGEST: usize = 64;
#[derive(Debug)]
struct Told {
    column: usize,
    header: SmolStr,
    kinds: Vec<SmolStr>,
    /// Whether some of these are numbers.
    counts: bool,
    /// What it says on rows of one run, where that is not one and the same.
    within: Vec<SmolStr>,
}

/// Such columns among those of a table.
#[derive(Debug, Default)]
pub(super) struct Labels {
    told: Vec<Told>,
    /// Runs that have begun.
    runs: usize,
    pub(super) settings: Settings,
}

impl Labels {
    pub(super) fn new(headers: &[String], is_free: impl Fn(usize) -> bool) -> Self {
        let told = |(column, header): (usize, &String)| {
            let is_one =
                is_free(column) && !repeats::tells_seeds(header) && !says_where(header) && !header.is_empty();
            is_one.then(|| Told {
                column,
                header: header.as_str().into(),
                kinds: Vec::new(),
                counts: false,
                within: Vec::new(),
            })
        };
        Self {
            told: headers.iter().enumerate().filter_map(told).take(MOST_COLUMNS).collect(),
            runs: 0,
            settings: Settings::new(headers),
        }
    }

    /// What the columns say of the run that this row begins; one that says too many things says no more.
    pub(super) fn of_run<'a>(&mut self, cell: impl Fn(usize) -> &'a str) -> Vec<[SmolStr; 2]> {
        let mut labels = Vec::new();
        self.runs += 1;
        self.told.retain_mut(|told| {
            let cell = cell(told.column);
            let is_number = units::is_number(cell);
            let is_late = self.runs > MOST_COUNTED;
            if cell.len() > LONGEST || (is_number && is_late) {
                return false;
            }
            told.counts |= is_number;
            let most = if told.counts { MOST_NUMBERS } else { MOST_KINDS };
            let kind = match told.kinds.iter().find(|kind| *kind == cell) {
                Some(kind) => kind.clone(),
                None if told.kinds.len() >= most => return false,
                None => {
                    told.kinds.push(cell.into());
                    cell.into()
                }
            };
            labels.push([told.header.clone(), kind]);
            true
        });
        labels
    }

    /// Notes another row of a run with these labels.
    pub(super) fn note_row<'a>(&mut self, of_run: &[[SmolStr; 2]], cell: impl Fn(usize) -> &'a str) {
        for told in &mut self.told {
            let Some([_, first]) = of_run.iter().find(|[header, _]| *header == told.header) else { continue };
            let own = cell(told.column);
            if own == first.as_str() || own.is_empty() || first.is_empty() || told.counts {
                continue;
            }
            for value in [first.as_str(), own] {
                if told.within.len() < MOST_KINDS && !told.within.iter().any(|known| known == value) {
                    told.within.push(value.into());
                }
            }
        }
    }

    /// A column that says several things on rows of one run, and these.
    pub(super) fn within(&self) -> Option<(&str, &[SmolStr])> {
        let told = self.told.iter().find(|told| !told.within.is_empty())?;
        Some((&told.header, &told.within))
    }
}
