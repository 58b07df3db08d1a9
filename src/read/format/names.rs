//! Tools that the names of columns tell, in CSV and JSON alike.

use super::super::layout::Layout;
use super::{datadecide, levanter, lingua, olmo, tensorboard, wandb_history};

/// What the names of columns say of a table; a plain sweep table where they say nothing.
pub(in crate::read) fn layout(path: &str, headers: &[String]) -> Layout {
    // OLMo and Levanter log to W&B: the more special first.
    let tools = [
        tensorboard::layout,
        datadecide::layout,
        olmo::layout,
        levanter::layout,
        lingua::layout,
        wandb_history::layout,
    ];
    tools.into_iter().find_map(|tool| tool(path, headers)).unwrap_or_default()
}
