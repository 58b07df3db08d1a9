//! Tables of DataDecide: `params` (nominal: 150M), `data`, `seed`, `step`, and often `tokens` and `compute`; a run is
//! a size, a corpus and a seed.

use super::super::fields::{Field, normalise};
use super::super::layout::{Layout, Naming};
use crate::run::Format;

pub(super) fn layout(_path: &str, headers: &[String]) -> Option<Layout> {
    let position = |name: &str| headers.iter().position(|header| header == name);
    let (params, data, seed) = (position("params")?, position("data")?, position("seed")?);
    position("step").or_else(|| position("tokens"))?;
    let named =
        headers.iter().any(|header| matches!(&*normalise(header), "run" | "runid" | "runname" | "name"));
    (!named).then(|| Layout {
        format: Format::DataDecide,
        log: true,
        naming: Naming::Columns(vec![data, params, seed]),
        preferred: vec![(Field::Group, data)],
        notes: vec![
            "a run is a corpus, a size and a seed; its params are the nominal size that its name gives"
                .to_owned(),
        ],
        ..Layout::default()
    })
}
