//! Logs of counts that go on with each other, as those of a resumed run do.

use std::borrow::Cow;
use std::collections::HashMap;

use super::TrajectoryLog;
use crate::{Error, Result};

impl TrajectoryLog {
    /// Logs in which each run is counted once: the rows of a run that several count stand in the first of these.
    pub(super) fn joined(logs: &[Self]) -> Result<Vec<Cow<'_, Self>>> {
        let mut all: Vec<Cow<'_, Self>> = Vec::new();
        let mut first: HashMap<String, usize> = HashMap::new();
        for log in logs {
            let mut own = log.of_its_file();
            for name in own.names.clone() {
                let Some(&known) = first.get(&name) else {
                    first.insert(name, all.len());
                    continue;
                };
                all[known].to_mut().add(&name, &own)?;
                own.to_mut().forget(&name);
            }
            all.push(own);
        }
        Ok(all)
    }

    /// Adds the rows that another log has of a run.
    fn add(&mut self, run: &str, other: &Self) -> Result<()> {
        let refuse = |problem: String| {
            let remedy = "keep one of both, or name the runs apart";
            Err(Error::option("trajectories", &other.path, &problem, remedy))
        };
        if (self.unit, self.counted) != (other.unit, other.counted) {
            return refuse(format!("counts run '{run}' otherwise than {}, which counts it too", self.path));
        }
        let (own, more) = (self.index[run], other.index[run]);
        let points = &mut self.points[own];
        points.extend(&other.points[more]);
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points.dedup();
        if let Some(pair) = points.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let at = pair[0].0;
            return refuse(format!("counts run '{run}' at {at} as {} does, and otherwise", self.path));
        }
        self.rows += other.points[more].len();
        self.sizes[own] = self.sizes[own].or(other.sizes[more]);
        Ok(())
    }

    fn forget(&mut self, run: &str) {
        let Some(index) = self.index.remove(run) else { return };
        self.rows -= self.points[index].len();
        self.names.remove(index);
        self.points.remove(index);
        self.sizes.remove(index);
        self.began.remove(index);
        self.index.values_mut().filter(|other| **other > index).for_each(|other| *other -= 1);
    }
}
