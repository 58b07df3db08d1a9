//! Schedules inside the files that tools keep: recipes of SparseML and llm-compressor, and configs of Keras.

use serde_json::{Map, Value};

use super::parts::refuse;
use crate::Result;

/// What a tool takes besides, and what changes nothing about how many parameters there are.
const HARMLESS: [(&str, &[&str]); 9] = [
    (
        "sparseml",
        &[
            "params",
            "global_sparsity",
            "mask_type",
            "log_types",
            "score_type",
            "num_grads",
            "damp",
            "grads_device",
            "fisher_block_size",
            "grad_sampler_kwargs",
            "num_recomputations",
            "sparsity_strategy",
        ],
    ),
    ("llm-compressor", &["targets", "ignore", "mask_structure", "apply_globally", "index", "group"]),
    ("tfmot", &["name", "block_size", "block_pooling_type", "dtype", "trainable"]),
    ("tfmot-constant", &["name", "block_size", "block_pooling_type", "dtype", "trainable"]),
    ("torchao", &["sparse_block_shape", "last_epoch", "verbose"]),
    ("jaxpruner", &["skip_gradients", "rng_seed", "use_packed_masks"]),
    (
        "neural-compressor",
        &[
            "pruning_type",
            "pattern",
            "op_names",
            "excluded_op_names",
            "pruning_scope",
            "pruning_op_types",
            "backend",
        ],
    ),
    ("coremltools", &["granularity", "block_size", "dim", "weight_threshold"]),
    ("coreai-opt", &["granularity", "block_size"]),
];

/// Takes the fields out that change nothing, and says which.
pub(super) fn pass_over(tool: &str, fields: &mut Map<String, Value>) -> Vec<String> {
    let harmless = HARMLESS.iter().find(|(name, _)| *name == tool).map_or(&[][..], |(_, fields)| *fields);
    let mut passed: Vec<String> =
        harmless.iter().filter(|name| fields.remove(**name).is_some()).map(|&n| n.into()).collect();
    passed.sort();
    passed
}

/// The only schedule in a tool's own file, as its fields with the field `tool`; none where there is none.
pub(super) fn find(file: &Value) -> Result<Option<Value>> {
    let mut found: Vec<(String, Map<String, Value>)> = Vec::new();
    collect(file, file, &mut found)?;
    let Some((name, first)) = found.first() else { return Ok(None) };
    let alike = |fields: &Map<String, Value>| {
        let (mut fields, tool) =
            (fields.clone(), fields.get("tool").and_then(Value::as_str).unwrap_or_default().to_owned());
        pass_over(&tool, &mut fields);
        fields
    };
    if let Some((other, _)) = found.iter().find(|(_, fields)| alike(fields) != alike(first)) {
        let problem = format!("it holds {} schedules that differ, of {name} and {other}", found.len());
        return Err(refuse(problem, "give the fields of one as NAME=VALUE after `dialect=TOOL`"));
    }
    Ok(Some(Value::Object(first.clone())))
}

fn collect(file: &Value, value: &Value, found: &mut Vec<(String, Map<String, Value>)>) -> Result<()> {
    let members = match value {
        Value::Array(items) => return items.iter().try_for_each(|item| collect(file, item, found)),
        Value::Object(members) => members,
        _ => return Ok(()),
    };
    let keras = members
        .get("class_name")
        .and_then(Value::as_str)
        .zip(members.get("config").and_then(Value::as_object));
    match keras {
        Some((name @ "PolynomialDecay", config)) if config.contains_key("final_sparsity") => {
            found.push((name.to_owned(), with_tool("tfmot", config)));
        }
        Some((name @ "ConstantSparsity", config)) if config.contains_key("target_sparsity") => {
            found.push((name.to_owned(), with_tool("tfmot-constant", config)));
        }
        _ => {}
    }
    for (name, value) in members {
        if name.to_lowercase().starts_with("acdc") && name.ends_with("Modifier") {
            let remedy = "give its phases after `dialect=phases`: phases='[[0, 100, 1], [100, 200, 0.1]]'";
            return Err(refuse(format!("{name} is not read"), remedy));
        }
        match value.as_object() {
            Some(fields) if name.ends_with("PruningModifier") && fields.contains_key("final_sparsity") => {
                let tool = if fields.contains_key("start_epoch") { "sparseml" } else { "llm-compressor" };
                let mut fields = with_tool(tool, fields);
                fields.values_mut().try_for_each(|value| look_up(file, value))?;
                check_index(tool, &fields)?;
                found.push((name.clone(), fields));
            }
            _ => collect(file, value, found)?,
        }
    }
    Ok(())
}

fn with_tool(tool: &str, fields: &Map<String, Value>) -> Map<String, Value> {
    let mut fields = fields.clone();
    fields.insert("tool".to_owned(), Value::from(tool));
    fields
}

/// Refuses a recipe of llm-compressor whose places are written with decimals, as epochs are: its trainer counts in epochs where it knows their
/// steps, and else in steps.
fn check_index(tool: &str, fields: &Map<String, Value>) -> Result<()> {
    let decimal =
        ["start", "end", "update"].iter().find(|name| fields.get(**name).is_some_and(Value::is_f64));
    match decimal.filter(|_| tool == "llm-compressor" && !fields.contains_key("steps_per_epoch")) {
        Some(name) => Err(refuse(
            format!("{name} = {} may be an epoch or a step", fields[*name]),
            "add `steps_per_epoch` below it: the steps of an epoch, or 1 where it is a step",
        )),
        None => Ok(()),
    }
}

/// Puts the value in place of `eval(name)`, which a recipe gives beside its modifiers.
fn look_up(file: &Value, value: &mut Value) -> Result<()> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let Some(name) = text.strip_prefix("eval(").and_then(|rest| rest.strip_suffix(')')) else {
        return Ok(());
    };
    match file.get(name.trim()).filter(|value| value.is_number()) {
        Some(number) => *value = number.clone(),
        None => return Err(refuse(format!("'{text}' is worked out by the tool only"), "write the number")),
    }
    Ok(())
}
