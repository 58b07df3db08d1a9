//! What is wrong with the text of a saved fit, and in which of its fields.

/// So much of a field's path is shown.
const LONGEST: usize = 60;

/// What the parser says, in plain words and with the field.
pub(super) fn said(text: &[u8], error: &serde_json::Error) -> String {
    let whole = error.to_string();
    let what = whole.split(" at line ").next().unwrap_or_default();
    let at = match path(text, end(text, error)) {
        path if path.is_empty() => "the file".to_owned(),
        path if path.chars().count() > LONGEST => {
            format!("'{}…'", path.chars().take(LONGEST).collect::<String>())
        }
        path => format!("'{path}'"),
    };
    if what == "recursion limit exceeded" {
        return format!("{at} has lists or objects more than 127 deep");
    }
    if error.is_eof() {
        return format!("the file ends too early, in {at}");
    }
    if error.is_syntax() {
        return format!("no JSON: {what} in {at} (line {}, column {})", error.line(), error.column());
    }
    if let Some(field) = what.strip_prefix("missing field ") {
        return format!("{at} has no field {}", field.replace('`', "'"));
    }
    let expected = ["invalid type: ", "invalid value: "].iter().find_map(|kind| what.strip_prefix(kind));
    match expected.and_then(|said| said.split_once(", expected ")) {
        Some((found, expected)) => {
            format!("{at} is {}, not {}", plain(&found.replace('`', "'")), plain(expected))
        }
        None => format!("{at}: {}", what.replace('`', "'")),
    }
}

/// What was found or expected, without the names of types.
fn plain(what: &str) -> &str {
    match what {
        "f64" => "a number",
        "u32" | "u64" | "usize" => "a whole number from 0",
        "sequence" | "a sequence" => "a list",
        "map" | "a map" => "an object",
        type_name if type_name.starts_with("struct ") || type_name.starts_with("internally tagged") => {
            "an object of its fields"
        }
        other => other,
    }
}

/// How much of the text was read when the parser refused it. Marks count; anything else that was looked at may belong to
/// what comes next.
fn end(text: &[u8], error: &serde_json::Error) -> usize {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
    let end = (before + error.column()).min(text.len());
    let is_mark = end > 0 && matches!(text[end - 1], b'}' | b']' | b':' | b',');
    if is_mark { end } else { end.saturating_sub(1) }
}

/// A bracket that is open, and what of it is being read.
enum Open {
    Object { key: String, has_value: bool },
    Array(usize),
}

/// The field in which the text is at a byte: `observations.loss[3]`.
fn path(text: &[u8], end: usize) -> String {
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while at < end {
        match text[at] {
            b'"' => {
                let from = at + 1;
                at = from;
                while at < end && text[at] != b'"' {
                    at += if text[at] == b'\\' { 2 } else { 1 };
                }
                if let Some(Open::Object { key, has_value: false }) = open.last_mut() {
                    *key = String::from_utf8_lossy(&text[from..at.min(end)]).into_owned();
                }
            }
            b'{' => open.push(Open::Object { key: String::new(), has_value: false }),
            b'[' => open.push(Open::Array(0)),
            b'}' | b']' => drop(open.pop()),
            b':' => {
                if let Some(Open::Object { has_value, .. }) = open.last_mut() {
                    *has_value = true;
                }
            }
            b',' => match open.last_mut() {
                Some(Open::Object { has_value, .. }) => *has_value = false,
                Some(Open::Array(item)) => *item += 1,
                None => {}
            },
            _ => {}
        }
        at += 1;
    }
    let mut path = String::new();
    for level in &open {
        match level {
            Open::Object { key, has_value: true } if path.is_empty() => path.push_str(key),
            Open::Object { key, has_value: true } => path = format!("{path}.{key}"),
            Open::Object { .. } => {}
            Open::Array(item) => path = format!("{path}[{item}]"),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::said;

    #[test]
    fn the_field_is_named() {
        type Form = std::collections::BTreeMap<String, Vec<f64>>;
        for (text, expected) in [
            (r#"{"a":[1,2],"b":[3,null,5]}"#, "'b[1]' is null, not a number"),
            (r#"{"a":[1,2],"b":[3,{"c":2}]}"#, "'b[1]' is an object, not a number"),
            (r#"{"a":[1,2],"b": {}}"#, "'b' is an object, not a list"),
            (r#"{"a":[1,2],"b":7}"#, "'b' is integer '7', not a list"),
            ("{\"a\":[1],\n\"b\":[1e400]}", "no JSON: number out of range in 'b[0]' (line 2, column 10)"),
            (r#"{"a, \"{":[1,"x"]}"#, "'a, \\\"{[1]' is string \"x\", not a number"),
            (r#"{"a":[1],"b":[2"#, "the file ends too early, in 'b[0]'"),
        ] {
            assert_eq!(said(text.as_bytes(), &serde_json::from_str::<Form>(text).unwrap_err()), expected);
        }
        for open in [200, 100_000] {
            let deep = "[".repeat(open) + &"]".repeat(open);
            let error = serde_json::from_str::<serde_json::Value>(&deep).unwrap_err();
            let expected = format!("'{}…' has lists or objects more than 127 deep", "[0]".repeat(20));
            assert_eq!(said(deep.as_bytes(), &error), expected);
        }
    }
}
