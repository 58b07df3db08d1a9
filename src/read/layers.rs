//! Rows of a layer each, summed over the layers at each position.

use std::collections::{BTreeMap, HashMap};

use crate::Result;
use crate::error::Location;
use crate::run::Counted;

/// Position and count of all layers together, and their size.
pub(super) type Whole = (Vec<(f64, f64)>, Option<f64>);

/// What a run's layers have at each position: a count, or a sparsity, and perhaps a size.
#[derive(Debug, Default)]
pub(super) struct Layers {
    names: HashMap<String, usize>,
    /// By the bits of the position, which is not negative: they are in its order.
    rows: BTreeMap<u64, Vec<(usize, f64, Option<f64>)>>,
}

impl Layers {
    /// Adds a row; false for a second one of its layer.
    pub(super) fn add(&mut self, position: f64, layer: &str, count: f64, size: Option<f64>) -> bool {
        let layer = match self.names.get(layer) {
            Some(&known) => known,
            None => {
                self.names.insert(layer.to_owned(), self.names.len());
                self.names.len() - 1
            }
        };
        let rows = self.rows.entry((position + 0.0).to_bits()).or_default();
        let is_new = rows.iter().all(|(other, ..)| *other != layer);
        rows.push((layer, count, size));
        is_new
    }

    /// Position and count of all layers together, and their size.
    pub(super) fn sum(self, path: &str, counted: Counted) -> Result<Whole> {
        let (all, mut points, mut whole) = (self.names.len(), Vec::new(), None);
        for (position, rows) in &self.rows {
            let position = f64::from_bits(*position);
            let refuse = |problem: String, remedy: &str| Err(Location::in_file(path).refuse(problem, remedy));
            if rows.len() != all {
                let problem = format!("{} layers at {position}, and {all} in all", rows.len());
                return refuse(problem, "give a row for every layer at each position");
            }
            let size = rows.iter().map(|(_, _, size)| *size).sum::<Option<f64>>();
            let count = rows.iter().map(|&(_, count, size)| match (counted, size) {
                (Counted::Sparsity, Some(size)) => size * (1.0 - count),
                _ => count,
            });
            let count: f64 = count.sum();
            if whole.is_some_and(|known| Some(known) != size) {
                return refuse(
                    format!("the layers have other sizes at {position}"),
                    "give each layer one size",
                );
            }
            whole = size;
            if count <= 0.0 {
                return refuse(format!("nothing is left of all layers at {position}"), "check the counts");
            }
            points.push((position, count));
        }
        Ok((points, whole))
    }
}
