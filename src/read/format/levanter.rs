//! Levanter, which trains Marin's runs: `throughput/total_tokens`, `throughput/total_gflops` (GFLOPs),
//! `parameter_count`, `eval/loss`, `train/loss`.

use super::super::layout::Layout;
use super::log::{has, log};
use crate::run::Format;

pub(super) fn layout(path: &str, headers: &[String]) -> Option<Layout> {
    let levanter = has(headers, "throughput/total_gflops")
        || (has(headers, "parameter_count") && has(headers, "throughput/total_tokens"));
    levanter.then(|| log(Format::Levanter, path, headers))
}
