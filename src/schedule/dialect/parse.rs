//! Dialects from JSON, and from names and values on a command line.

use super::Dialect;
use super::parts::refuse;
use super::{recipe, yaml};
use crate::units::{json_of_python, parse_quantity};
use crate::{Error, Result};
use serde_json::{Map, Number, Value};

/// The largest whole number up to which every whole number is an `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What to do about a text that is not read.
const JSON: &str = "write JSON, or give a recipe's fields as NAME=VALUE after `dialect=TOOL`";

/// What to do about parameters that do not fit the tool.
const PARAMETERS: &str = "give the tool's own parameters";

impl Dialect {
    /// Reads a dialect from JSON: an object with the field `tool` and the tool's parameters. `name` is what
    /// messages call the text, as the path of its file.
    ///
    /// ```
    /// use nbar::schedule::Dialect;
    /// let text = r#"{"tool": "jin", "sparsity": 0.8, "gmp_start_step": 2500, "gmp_end_step": 12600}"#;
    /// assert_eq!(Dialect::from_json("jin.json", text)?.target_sparsity(), 0.8);
    /// let error = Dialect::from_json("jin.json", &text.replace("sparsity", "sparseness")).unwrap_err();
    /// assert!(error.to_string().contains("unknown field `sparseness`, expected one of `sparsity`, `gmp_start_step`"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Dialect`] for what is no JSON, no tool, or not a parameter of it, and those of
    /// [`validate`](Self::validate).
    pub fn from_json(name: &str, text: &str) -> Result<Self> {
        file(text).and_then(Self::from_file).map_err(|error| named(name, error))
    }

    /// A dialect by its field `tool`, or the one inside a file that a tool keeps.
    fn from_file(file: Value) -> Result<Self> {
        let given = file.get("tool").is_none().then(|| recipe::find(&file)).transpose()?.flatten();
        let Some(given) = given else { return Self::from_value(file) };
        let lacks_steps = given["tool"] == "sparseml" && given.get("steps_per_epoch").is_none();
        if lacks_steps {
            let mut fields = given.as_object().cloned().unwrap_or_default();
            fields.remove("tool");
            recipe::pass_over("sparseml", &mut fields);
            let written: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name}={}", spelt(value))).collect();
            let remedy = format!(
                "give `dialect=sparseml` with the parameters {} steps_per_epoch=NUMBER",
                written.join(" ")
            );
            return Err(refuse("a SparseML recipe is in epochs, and does not say their steps", remedy));
        }
        Self::from_value(given)
    }

    /// Reads a dialect from a tool's name and `(parameter, value)` pairs, as a command line gives them: numbers
    /// may be written `12.6K` or `80%`, lists as in JSON.
    ///
    /// ```
    /// use nbar::schedule::Dialect;
    /// let pairs = [("sparsity", "80%"), ("gmp_start_step", "2500"), ("gmp_end_step", "12.6K")];
    /// assert_eq!(Dialect::from_pairs("jin", pairs)?.tool(), "jin");
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json).
    pub fn from_pairs<'a>(tool: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut fields = Map::new();
        fields.insert("tool".to_owned(), Value::from(tool));
        for (name, text) in pairs {
            if fields.insert(name.to_owned(), value(text)).is_some() {
                return Err(named_tool(tool, refuse(format!("{name} is given twice"), "remove one")));
            }
        }
        Self::from_value(Value::Object(fields))
    }

    fn from_value(mut value: Value) -> Result<Self> {
        let Some(tool) = value.get("tool").and_then(Value::as_str).map(str::to_owned) else {
            let known = Self::TOOLS.join(", ");
            return Err(refuse("the field 'tool' does not name a tool", format!("choose one of {known}")));
        };
        Self::check_tool(&tool)?;
        let passed_over =
            value.as_object_mut().map(|fields| recipe::pass_over(&tool, fields)).unwrap_or_default();
        let mut dialect: Self = serde_json::from_value(whole(value))
            .map_err(|error| named_tool(&tool, refuse(error.to_string(), PARAMETERS)))?;
        dialect.passed_over = passed_over;
        dialect.validate()?;
        Ok(dialect)
    }

    /// Refuses a tool that is not known.
    pub(super) fn check_tool(tool: &str) -> Result<()> {
        if Self::TOOLS.contains(&tool) {
            return Ok(());
        }
        Err(Error::unknown("the tool", tool, &Self::TOOLS.join(", ")))
    }

    /// The tool with these parameters.
    pub(super) fn from_fields(tool: &str, mut fields: Value) -> Result<Self> {
        fields["tool"] = Value::from(tool);
        Self::from_value(fields)
    }
}

/// The value of a text in JSON, as Python prints it, or in the YAML of recipes.
fn file(text: &str) -> Result<Value> {
    let json = match serde_json::from_str(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if text.trim_start().starts_with(['{', '[']) {
        let python = json_of_python(text).and_then(|json| serde_json::from_str(&json).ok());
        return python.ok_or_else(|| refuse(format!("no JSON: {json}"), JSON));
    }
    yaml::parse(text).map_err(|problem| refuse(format!("neither JSON nor a recipe in YAML: {problem}"), JSON))
}

/// A value as a command line has it.
fn spelt(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => format!("'{value}'"),
        other => other.to_string(),
    }
}

/// The refusal with the name of the tool.
pub(super) fn named_tool(tool: &str, error: Error) -> Error {
    named(&format!("tool '{tool}'"), error)
}

/// The refusal with the name of the tool or the file, if it has none yet.
fn named(name: &str, error: Error) -> Error {
    match error {
        Error::Dialect { tool, problem, remedy } if tool.is_empty() => {
            Error::Dialect { tool: name.into(), problem, remedy }
        }
        other => other,
    }
}

/// Numbers such as 2500.0, which Python writes, as 2500, and those of texts such as "80%", of which no tool has others.
fn whole(given: Value) -> Value {
    match given {
        Value::Number(number) => match number.as_f64() {
            Some(x) if number.is_f64() => Value::Number(number_of(x).unwrap_or(number)),
            _ => Value::Number(number),
        },
        Value::String(text) if text.ends_with('%') => value(&text),
        Value::Array(values) => Value::Array(values.into_iter().map(whole).collect()),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, whole(value))).collect(),
        other => other,
    }
}

fn number_of(x: f64) -> Option<Number> {
    if x.fract() == 0.0 && x.abs() < EXACT { Some(Number::from(x as i64)) } else { Number::from_f64(x) }
}

/// A value as it stands on a command line.
fn value(text: &str) -> Value {
    let number = match text.strip_suffix('%') {
        Some(percent) => parse_quantity(percent).map(|value| value / 100.0),
        None => parse_quantity(text),
    };
    if let Some(number) = number.ok().and_then(number_of) {
        return Value::Number(number);
    }
    let python = || serde_json::from_str(&json_of_python(text)?).ok();
    serde_json::from_str(text).ok().or_else(python).unwrap_or_else(|| Value::from(text))
}
