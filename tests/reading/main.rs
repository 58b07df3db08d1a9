//! Tables and logs: what is read, what is refused and how that is said, what looks odd.

#[path = "../common/mod.rs"]
mod common;

mod apart;
mod asked;
mod beside;
mod broken_fits;
mod clusters;
mod consoles_apart;
mod counts_named;
mod dialects;
mod filters;
mod folders;
mod formats;
mod inspect;
mod lengths;
mod losses_of_text;
mod mixed_rows;
mod models;
mod names;
mod proposed;
mod prune_windows;
mod pruned_sweeps;
mod pruning_elsewhere;
mod pruning_said;
mod resumed;
mod rivals;
mod saved_fits;
mod shares;
mod splits;
mod steps;
mod strangers;
mod sweeps;
mod told_by_cells;
mod told_otherwise;
mod units;
mod window_names;
mod wrong_files;

/// Fails unless the outcome is a refusal by a message with all `parts` in it.
#[track_caller]
fn refuses<T: std::fmt::Debug>(outcome: nbar::Result<T>, what: &str, parts: &[&str]) {
    let message = outcome.expect_err(what).to_string();
    for part in parts {
        assert!(message.contains(part), "{what:?}\n gives: {message}\n without: {part}");
    }
}
