//! What looks odd about tables of runs that have not been trained, or were just measured.

use super::kind::{Finding, FindingKind, Found, Place};
use super::pruned::of_columns;
use crate::read::{MeasuredTable, Point, PointTable, Unfinished};
use crate::schedule::counts_agree;

impl PointTable {
    /// What looks odd: columns that may say how runs are pruned and are not read, measured runs that did not finish, and rows of more unique
    /// tokens than tokens.
    ///
    /// ```
    /// use nbar::read::PointTable;
    /// let text = "run,params,tokens,kept\na,7B,140B,1\nb,7B,140B,0.5\n";
    /// let table = PointTable::from_reader("points.csv", text.as_bytes())?;
    /// assert!(table.findings()[0].to_string().starts_with("'kept' says '1', '0.5', and is not read as pruning"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = of_columns(&self.doubtful, self.points.len());
        findings.extend(unfinished(&self.unfinished));
        findings.extend(unique_above_tokens(&self.points));
        findings
    }
}

impl MeasuredTable {
    /// Columns that may say how runs are pruned, and are not read, and runs that did not finish.
    ///
    /// ```
    /// use nbar::read::MeasuredTable;
    /// let text = "run,params,tokens,loss,kept\na,7B,140B,2.1,1\nb,7B,140B,2.2,0.5\n";
    /// let table = MeasuredTable::from_reader("measured.csv", text.as_bytes())?;
    /// assert!(table.findings()[0].to_string().contains("is not read as pruning"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = of_columns(&self.doubtful, self.rows.len());
        findings.extend(unfinished(&self.unfinished));
        findings
    }
}

fn unfinished(runs: &[Unfinished]) -> Option<Finding> {
    let (mut found, mut states) = (Found::default(), Vec::new());
    for run in runs {
        found.add(|| Place::line(run.run.as_deref(), Some(run.line)));
        states.push(run.state.to_owned());
    }
    states.sort_unstable();
    states.dedup();
    let remedy = "take out their rows, or their losses".to_owned();
    Finding::some(FindingKind::Unfinished { states, remedy }, found)
}

fn unique_above_tokens(points: &[Point]) -> Option<Finding> {
    let (mut found, mut most) = (Found::default(), 0.0f64);
    for point in points {
        let share = point.unique_tokens.map_or(0.0, |unique| unique / point.trajectory.tokens());
        if share > 1.0 && !counts_agree(share, 1.0) {
            most = most.max(share);
            found.add(|| Place::line(point.run.as_deref(), point.line));
        }
    }
    Finding::some(FindingKind::UniqueAboveTokens { most }, found)
}
