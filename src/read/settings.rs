//! Columns that say the same over many rows of a run, and where they begin to say something else.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::fields::normalise;

/// Columns that are looked at, at most, and the things that one says on a run: more are measurements.
const MOST_COLUMNS: usize = 512;
const MOST: usize = 8;
/// Names of columns that count the jobs of one run, or say what ran them.
const OF_JOBS: [&str; 22] = [
    "attempt",
    "attempts",
    "restart",
    "restarts",
    "resume",
    "resumes",
    "resumed",
    "resumecount",
    "retry",
    "retries",
    "jobs",
    "jobindex",
    "session",
    "sessionid",
    "pid",
    "rank",
    "worldsize",
    "nodes",
    "numnodes",
    "gpus",
    "numgpus",
    "elapsed",
];

/// Names of columns that say where, when or by whom a run was made.
const OTHERWISE: [&str; 32] = [
    "host",
    "hostname",
    "node",
    "machine",
    "gpu",
    "device",
    "user",
    "username",
    "owner",
    "author",
    "date",
    "time",
    "timestamp",
    "created",
    "createdat",
    "updated",
    "state",
    "status",
    "job",
    "jobid",
    "note",
    "notes",
    "comment",
    "comments",
    "path",
    "file",
    "url",
    "link",
    "commit",
    "id",
    "name",
    "tag",
];

/// Whether a column of this name says where, when or by whom a run was made.
pub(super) fn says_where(header: &str) -> bool {
    OTHERWISE.contains(&&*normalise(header))
}

/// What a column says of a run: on which line first, and on how many rows.
#[derive(Debug, Clone)]
struct Said {
    cell: SmolStr,
    line: u64,
    rows: usize,
}

/// What such columns say of each run from its second row on, each with the line on which it is said first.
#[derive(Debug, Default)]
pub(super) struct Settings {
    columns: Vec<usize>,
    runs: HashMap<SmolStr, usize>,
    /// Of each run, of each column.
    said: Vec<Vec<Vec<Said>>>,
    /// Rows of a run mostly follow each other.
    latest: Option<(SmolStr, usize)>,
}

impl Settings {
    pub(super) fn new(headers: &[String]) -> Self {
        let is_one = |header: &String| !says_where(header) && !OF_JOBS.contains(&&*normalise(header));
        let columns = (0..headers.len()).filter(|column| is_one(&headers[*column]));
        Self { columns: columns.take(MOST_COLUMNS).collect(), ..Self::default() }
    }

    /// Notes a row of a run that has begun.
    pub(super) fn note_row<'a>(&mut self, run: &SmolStr, line: u64, cell: impl Fn(usize) -> &'a str) {
        if self.columns.is_empty() {
            return;
        }
        let place = self.place_of(run);
        let said = &mut self.said[place];
        let mut measured = None;
        for (place, (column, said)) in self.columns.iter().zip(said).enumerate() {
            let own = cell(*column);
            // What was said last is mostly said again.
            if own.is_empty() {
                continue;
            }
            if let Some(known) = said.iter_mut().rev().find(|known| known.cell == own) {
                known.rows += 1;
                continue;
            }
            said.push(Said { cell: own.into(), line, rows: 1 });
            if said.len() > MOST {
                measured = Some(place);
            }
        }
        // Others are found with the rows that follow.
        if let Some(place) = measured {
            self.columns.remove(place);
            self.said.iter_mut().for_each(|said| drop(said.remove(place)));
        }
    }

    fn place_of(&mut self, run: &SmolStr) -> usize {
        if let Some((_, place)) = self.latest.as_ref().filter(|(latest, _)| latest == run) {
            return *place;
        }
        let next = self.said.len();
        let place = *self.runs.entry(run.clone()).or_insert(next);
        if place == next {
            self.said.push(vec![Vec::new(); self.columns.len()]);
        }
        self.latest = Some((run.clone(), place));
        place
    }

    /// Whether a column says on this line, and on others after it, what it has not said of the run before.
    pub(super) fn change_on(&self, run: &str, line: u64) -> bool {
        let is_changed = |said: &Vec<Said>| {
            let rows: usize = said.iter().map(|said| said.rows).sum();
            2 * said.len() <= rows && said.iter().any(|said| said.line == line && said.rows > 1)
        };
        self.runs.get(run).is_some_and(|place| self.said[*place].iter().any(is_changed))
    }
}
