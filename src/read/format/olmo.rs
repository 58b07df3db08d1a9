//! OLMo: `train/CrossEntropyLoss` or `train/CE loss`, `eval/…/CrossEntropyLoss`, `throughput/total_tokens`,
//! `throughput/total_training_Gflops`.

use super::super::layout::Layout;
use super::log::log;
use crate::run::Format;

pub(super) fn layout(path: &str, headers: &[String]) -> Option<Layout> {
    let olmo = headers.iter().any(|header| {
        (header.starts_with("train/") || header.starts_with("eval/"))
            && (header.ends_with("/CrossEntropyLoss") || header.ends_with("/CE loss"))
    });
    olmo.then(|| log(Format::Olmo, path, headers))
}
