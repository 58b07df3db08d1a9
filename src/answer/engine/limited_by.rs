//! What keeps a run from being better.

use serde::{Deserialize, Serialize};

/// What keeps a run from being better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LimitedBy {
    /// The most tokens that are allowed.
    MaxTokens,
    /// The most parameters.
    MaxParams,
    /// The most bytes that the network may take when it is served.
    MaxMemory,
    /// The most seconds that a served token may take.
    MaxLatency,
    /// Nothing: the law has no optimum, and the run is at the end of all runs, with one parameter or one token.
    Range,
}

impl std::fmt::Display for LimitedBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            LimitedBy::MaxTokens => "`max_tokens`",
            LimitedBy::MaxParams => "`max_params`",
            LimitedBy::MaxMemory => "`max_memory`",
            LimitedBy::MaxLatency => "`max_latency`",
            LimitedBy::Range => "no optimum",
        })
    }
}
