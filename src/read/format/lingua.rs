//! Meta Lingua's `metrics.jsonl`: `global_step`, `optim/total_tokens`, `loss/out`, `optim/lr`.

use super::super::fields::Field;
use super::super::layout::Layout;
use super::log::log;
use crate::run::Format;

pub(super) fn layout(path: &str, headers: &[String]) -> Option<Layout> {
    let position = |name: &str| headers.iter().position(|header| header == name);
    let loss = position("loss/out")?;
    let tokens = position("optim/total_tokens");
    position("global_step").or(tokens)?;
    let mut layout = log(Format::Lingua, path, headers);
    layout.preferred.push((Field::Loss, loss));
    layout.preferred.extend(tokens.map(|index| (Field::Tokens, index)));
    layout.preferred.extend(position("optim/lr").map(|index| (Field::LearningRate, index)));
    layout.notes.push("'loss/out' is the loss of a training batch".to_owned());
    Some(layout)
}
