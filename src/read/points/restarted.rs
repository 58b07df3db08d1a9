//! Measured rows that a run had logged before it restarted.

use std::collections::{HashMap, HashSet};

use super::super::restart::{Pieces, Restarts, pieces};
use super::super::settings::Settings;
use super::Point;

/// The rows that count of runs that restart from a checkpoint, of those that were measured, and how many do not.
pub(super) fn without_superseded(points: Vec<Point>, settings: &Settings) -> (Vec<Point>, usize) {
    let mut rows: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, point) in points.iter().enumerate() {
        if let Some(run) = point.run.as_deref().filter(|_| point.loss.is_some()) {
            rows.entry(run).or_default().push(place);
        }
    }
    let mut counts = vec![true; points.len()];
    for (run, rows) in &rows {
        let at: Vec<f64> = rows.iter().map(|row| points[*row].trajectory.tokens()).collect();
        let own = |row: usize| &points[rows[row]];
        let size = |row: usize| own(row).trajectory.initial_params();
        let is_one_size = (0..rows.len()).all(|row| size(row) == size(0));
        let place =
            |row: usize| [own(row).trajectory.tokens(), own(row).loss.unwrap_or_default()].map(f64::to_bits);
        // Rows that were copied to the end say nothing new.
        let copies = |row: usize| {
            let known: HashSet<_> = (0..row).map(place).collect();
            (row..rows.len()).all(|own| known.contains(&place(own)))
        };
        let goes_on = |row: usize| {
            let is_set = settings.change_on(run, own(row).line.unwrap_or_default());
            is_one_size && !is_set && !copies(row)
        };
        if let Pieces::Restarts(Restarts { kept, .. }) = pieces(&at, goes_on) {
            rows.iter().for_each(|row| counts[*row] = false);
            kept.iter().for_each(|place| counts[rows[*place]] = true);
        }
    }
    let superseded = counts.iter().filter(|counts| !**counts).count();
    let mut counts = counts.into_iter();
    (points.into_iter().filter(|_| counts.next().unwrap_or(true)).collect(), superseded)
}
