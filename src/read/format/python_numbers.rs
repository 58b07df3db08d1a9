//! Numbers that Python writes into JSON.

use std::borrow::Cow;

/// The text with NaN and Infinity, which Python writes and JSON does not know, in quotes.
pub(super) fn quote_python_numbers(text: &str) -> Cow<'_, str> {
    const NUMBERS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];
    if !text.contains("NaN") && !text.contains("Infinity") {
        return Cow::Borrowed(text);
    }
    let mut quoted = String::with_capacity(text.len() + text.len() / 8);
    let (mut rest, mut inside) = (text, false);
    while let Some(at) = rest.find(if inside { &['"', '\\'][..] } else { &['"', 'N', 'I', '-'][..] }) {
        quoted.push_str(&rest[..at]);
        rest = &rest[at..];
        let number = NUMBERS.iter().find(|number| !inside && rest.starts_with(**number));
        // A backslash takes the character after it along.
        let length = match (number, rest.as_bytes()[0]) {
            (Some(number), _) => number.len(),
            (None, b'\\') => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            (None, first) => {
                inside ^= first == b'"';
                1
            }
        };
        let mark = if number.is_some() { "\"" } else { "" };
        quoted.push_str(mark);
        quoted.push_str(&rest[..length]);
        quoted.push_str(mark);
        rest = &rest[length..];
    }
    quoted.push_str(rest);
    Cow::Owned(quoted)
}

#[cfg(test)]
mod tests {
    use super::quote_python_numbers;

    #[test]
    fn python_numbers_are_quoted_outside_strings_only() {
        for (text, expected) in [
            (r#"{"a": NaN, "b": [-Infinity, Infinity]}"#, r#"{"a": "NaN", "b": ["-Infinity", "Infinity"]}"#),
            (r#"{"NaN \" NaN": "Infinity\\", "é": NaN}"#, r#"{"NaN \" NaN": "Infinity\\", "é": "NaN"}"#),
            (r#"{"a": -1}"#, r#"{"a": -1}"#),
        ] {
            assert_eq!(quote_python_numbers(text), expected);
        }
    }
}
