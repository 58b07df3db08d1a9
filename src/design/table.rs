//! A designed sweep as the table that a fit reads once the losses are there.

use std::fmt::Write;

use super::{FirstRun, SweepDesign};

impl SweepDesign {
    /// The runs as CSV, with the columns of a sweep table: names, parameters, tokens, schedules where some runs are sparse, and an
    /// empty `loss` to be filled in.
    #[must_use]
    pub fn table(&self) -> String {
        let sparse = self.runs.iter().any(|run| run.prune_window.is_some());
        let schedule = if sparse { ",schedule,final_sparsity,prune_start,prune_end,prune_unit" } else { "" };
        let mut out = format!("run,params,tokens{schedule},loss\n");
        for FirstRun { run, params, tokens, final_sparsity, prune_window, .. } in &self.runs {
            let pruned = match prune_window {
                _ if !sparse => String::new(),
                Some([start, end]) => format!(",cubic,{final_sparsity},{start},{end},fraction"),
                None => ",dense,,,,".to_owned(),
            };
            // Names are made here or have come through a table; a comma in one is quoted.
            let _ = writeln!(out, "{},{params},{tokens}{pruned},", crate::document::csv_cell(run));
        }
        out
    }
}
