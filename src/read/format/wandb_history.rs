//! Histories of Weights & Biases: rows with `_step`, alone or in an object beside `config` and `summary`.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::super::columns::tells_experts;
use super::super::doubtful;
use super::super::fields::{Field, normalise};
use super::super::layout::Layout;
use super::super::table::Table;
use super::super::{ramped, unread};
use super::documents::{Member, Text, cell};
use super::log::{has, log};
use crate::Result;
use crate::run::Format;

/// What a config may tell of a run.
const CONFIGURED: [Field; 22] = [
    Field::Schedule,
    Field::FinalSparsity,
    Field::InitialSparsity,
    Field::PruneStart,
    Field::PruneEnd,
    Field::PruneUnit,
    Field::PruneEvery,
    Field::PrunePower,
    Field::AverageParams,
    Field::FinalParams,
    Field::Params,
    Field::FixedParams,
    Field::TokensPerStep,
    Field::SequenceLength,
    Field::BatchSize,
    Field::UniqueTokens,
    Field::PlannedTokens,
    Field::PlannedSteps,
    Field::LrSchedule,
    Field::LrFloor,
    Field::LrWarmup,
    Field::LrDecay,
];

/// What a config may tell of how long a run was, where nothing was logged of it.
const LENGTHS: [Field; 3] = [Field::Tokens, Field::Step, Field::Flops];

/// What tells runs apart, the first that is there: several may have one name.
const IDENTITIES: [&str; 5] = ["run_id", "id", "run", "name", "display_name"];
/// What a run is called.
const NAMES: [&str; 3] = ["name", "display_name", "run_name"];

/// A table of rows with `_step`.
pub(super) fn layout(path: &str, headers: &[String]) -> Option<Layout> {
    has(headers, "_step").then(|| log(Format::WandbHistory, path, headers))
}

/// Whether an object with these keys is a run's export.
pub(super) fn is_export<'a>(keys: impl Iterator<Item = &'a str>) -> bool {
    keys.fold([false; 2], |[config, rows], key| {
        [config || key == "config", rows || matches!(key, "history" | "summary")]
    }) == [true; 2]
}

/// The layout of a table of exported runs; `named` is what their columns say.
pub(super) fn exported(path: &str, headers: &[String], named: Layout) -> Layout {
    let mut layout = if named.log { named } else { log(Format::WandbHistory, path, headers) };
    let of_config =
        |header: &str, field: Field| header.strip_prefix("config/").is_some_and(|key| is_called(key, field));
    // Steps that were logged, and tokens of each, go before the tokens that were planned.
    let has = |field: Field| headers.iter().any(|header| Field::named(header) == Some(field));
    let rate = |field: Field| headers.iter().any(|header| of_config(header, field));
    let is_rated = rate(Field::TokensPerStep) || (rate(Field::BatchSize) && rate(Field::SequenceLength));
    let is_counted = has(Field::Tokens) || has(Field::Flops) || (has(Field::Step) && is_rated);
    for field in CONFIGURED.into_iter().chain(LENGTHS) {
        let found: Vec<usize> =
            (0..headers.len()).filter(|index| of_config(&headers[*index], field)).collect();
        match found[..] {
            [] => {}
            _ if is_counted && LENGTHS.contains(&field) => layout.excluded.extend(found),
            [only] if LENGTHS.contains(&field) => layout.fallback.push((field, only)),
            [only] => layout.preferred.push((field, only)),
            _ => {
                let names: Vec<&str> = found.iter().map(|index| headers[*index].as_str()).collect();
                layout.notes.push(format!(
                    "{} could all be {}; choose with `columns: {}=NAME`",
                    names.join(", "),
                    field.name(),
                    field.name()
                ));
            }
        }
    }
    layout
}

/// Adds the rows of an exported run: those of its history, else its summary. Of several, `place` is its own.
pub(super) fn read<'a>(
    text: &Text<'a>,
    record: &'a RawValue,
    members: &[Member<'a>],
    place: Option<usize>,
    table: &mut Table,
) -> Result<()> {
    let member = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| *value);
    let first = |names: &[&str]| names.iter().find_map(|name| member(name).and_then(cell));
    let mut facts = Vec::new();
    let by_place = || place.map(|place| Cow::from(format!("record {place}")));
    for (column, cell) in
        [("run", first(&IDENTITIES).or_else(by_place)), ("name", first(&NAMES)), ("state", first(&["state"]))]
    {
        facts.extend(cell.map(|cell| (Cow::Borrowed(column), cell)));
    }
    let has_rows = member("history").is_some_and(|history| history.get().starts_with('['));
    if let Some(config) = member("config") {
        for (key, value) in text.flatten("config", config)? {
            // W&B writes an entry of the config as {"value": ..., "desc": ...}.
            let key = key.strip_suffix("/value").unwrap_or(&key);
            let is_of = |fields: &[Field]| fields.iter().any(|&field| is_called(key, field));
            // On rows of a history the length of the run is not that of the row.
            let is_told = unread::is_telling(key)
                || doubtful::speaks_of_pruning(key)
                || ramped::is_ramp(key)
                || tells_experts(key);
            if is_of(&CONFIGURED) || (!has_rows && is_of(&LENGTHS)) || is_told {
                facts.push((key.to_owned().into(), value));
            }
        }
    }
    match (member("history"), member("summary")) {
        (Some(history), _) if history.get().starts_with('[') => text.add_rows(table, &facts, history),
        (_, Some(summary)) => {
            table.share(facts.iter().map(|(name, cell)| (&**name, &**cell)));
            text.add_row(table, summary, text.record(summary)?)?;
            table.share(std::iter::empty());
            Ok(())
        }
        _ => Err(text.refuse(
            record,
            "a run without history".to_owned(),
            "export its history as an array of rows",
        )),
    }
}

/// Whether the last part of a key names the field.
fn is_called(key: &str, field: Field) -> bool {
    let (above, last) = key.rsplit_once('/').unwrap_or(("", key));
    // A bare schedule is that of the learning rate.
    let is_bare = normalise(last) == Field::Schedule.name() && !doubtful::speaks_of_pruning(above);
    !is_bare && Field::named(last) == Some(field)
}
