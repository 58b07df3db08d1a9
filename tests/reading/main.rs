//! Tables and logs: what is read, what is refused and how that is said, what looks odd.

mod inspect;
mod pruned_sweeps;
mod sweeps;
mod wrong_files;
