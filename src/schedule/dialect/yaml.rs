//! As much of YAML as recipes are written in: mappings, lists, tags and plain values, by indentation.

use serde_json::{Map, Value};

/// Lists and mappings inside each other.
const DEEPEST: usize = 32;

/// A line: its number, its indentation, and what is left without comments.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    number: usize,
    indent: usize,
    text: &'a str,
}

/// The value of a YAML text; a tagged value `!Name` becomes `{"Name": value}`. Else what is not read, and where.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut lines = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let text = without_comment(raw).trim_end();
        let inner = text.trim_start_matches(' ');
        if inner.starts_with('\t') {
            return Err(format!("line {} is indented by a tab", index + 1));
        }
        if text == "---" && lines.is_empty() {
            continue;
        }
        // A recipe may stand before a text, between two such lines.
        if matches!(text, "---" | "...") {
            break;
        }
        if !inner.is_empty() {
            lines.push(Line { number: index + 1, indent: text.len() - inner.len(), text: inner });
        }
    }
    let mut reader = Reader { lines, next: 0 };
    let Some(first) = reader.peek() else { return Err("there is no line".to_owned()) };
    let value = reader.block(first.indent, 0)?;
    match reader.peek() {
        Some(line) => Err(format!("line {} is indented unlike those before it", line.number)),
        None => Ok(value),
    }
}

struct Reader<'a> {
    lines: Vec<Line<'a>>,
    next: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<Line<'a>> {
        self.lines.get(self.next).copied()
    }

    /// The lines at this indentation, with those inside them.
    fn block(&mut self, indent: usize, depth: usize) -> Result<Value, String> {
        let Some(line) = self.peek() else { return Ok(Value::Null) };
        if depth == DEEPEST {
            return Err(format!("line {} is more than {DEEPEST} levels deep", line.number));
        }
        if is_item(line.text) {
            let mut items = Vec::new();
            while let Some(line) = self.peek().filter(|line| line.indent == indent && is_item(line.text)) {
                let text = line.text[1..].trim_start();
                let inner = indent + line.text.len() - text.len();
                if text.is_empty() || text.starts_with(['!', '[', '{']) || key(text).is_none() {
                    self.next += 1;
                    items.push(self.value(line, text, indent, depth)?);
                } else {
                    self.lines[self.next] = Line { indent: inner, text, ..line };
                    items.push(self.block(inner, depth + 1)?);
                }
            }
            return Ok(Value::Array(items));
        }
        let mut members = Map::new();
        while let Some(line) = self.peek().filter(|line| line.indent == indent && !is_item(line.text)) {
            let (name, rest) =
                key(line.text).ok_or_else(|| format!("line {} is no NAME: VALUE", line.number))?;
            self.next += 1;
            let value = self.value(line, rest, indent, depth)?;
            members.insert(name.to_owned(), value);
        }
        Ok(Value::Object(members))
    }

    /// What stands behind a key or a dash: on the same line, or below it and deeper.
    fn value(&mut self, line: Line<'a>, text: &'a str, indent: usize, depth: usize) -> Result<Value, String> {
        if let Some(tagged) = text.strip_prefix('!') {
            let (tag, rest) = tagged.split_once(' ').unwrap_or((tagged, ""));
            let value = self.value(line, rest.trim_start(), indent, depth + 1)?;
            return Ok(Value::Object(Map::from_iter([(tag.to_owned(), value)])));
        }
        if text.starts_with(['&', '*', '|', '>']) {
            return Err(format!("line {}: '{}' is more of YAML than is read", line.number, text));
        }
        if !text.is_empty() {
            let (value, rest) =
                flow(text, depth).ok_or_else(|| format!("line {} is not read", line.number))?;
            return if rest.trim().is_empty() { Ok(value) } else { Ok(Value::from(text)) };
        }
        match self.peek() {
            // A list may stand right below its key.
            Some(below)
                if below.indent > indent
                    || (below.indent == indent && is_item(below.text) && !is_item(line.text)) =>
            {
                self.block(below.indent, depth + 1)
            }
            _ => Ok(Value::Null),
        }
    }
}

fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

/// The key of a line and what stands behind it.
fn key(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(": ").or_else(|| Some((text.strip_suffix(':')?, "")))?;
    let name = name.trim().trim_matches(['"', '\'']);
    (!name.contains(['{', '['])).then(|| (name, rest.trim()))
}

/// A value on one line, and what follows it.
fn flow(text: &str, depth: usize) -> Option<(Value, &str)> {
    let text = text.trim_start();
    if depth == DEEPEST {
        return None;
    }
    match text.chars().next()? {
        '[' => {
            let (mut items, mut rest) = (Vec::new(), text[1..].trim_start());
            while !rest.starts_with(']') {
                let (item, after) = flow(rest, depth + 1)?;
                // A brace where a value should be.
                if after.len() == rest.len() {
                    return None;
                }
                items.push(item);
                rest = after.trim_start();
                rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
            }
            Some((Value::Array(items), &rest[1..]))
        }
        '{' => {
            let (mut members, mut rest) = (Map::new(), text[1..].trim_start());
            while !rest.starts_with('}') {
                let (name, after) = rest.split_once(':')?;
                let (item, after) = flow(after, depth + 1)?;
                members.insert(name.trim().trim_matches(['"', '\'']).to_owned(), item);
                rest = after.trim_start();
                rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
            }
            Some((Value::Object(members), &rest[1..]))
        }
        quote @ ('"' | '\'') => {
            let end = text[1..].find(quote)?;
            Some((Value::from(&text[1..=end]), &text[end + 2..]))
        }
        _ => {
            let end = if depth == 0 { None } else { text.find([',', ']', '}']) };
            let end = end.unwrap_or(text.len());
            Some((plain(text[..end].trim()), &text[end..]))
        }
    }
}

fn plain(text: &str) -> Value {
    match text {
        "null" | "~" | "Null" | "NULL" | "None" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => {
            let digits =
                text.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit() || c == '.');
            let whole = text.parse::<i64>().map(Value::from).ok();
            let number =
                whole.or_else(|| serde_json::Number::from_f64(text.parse().ok()?).map(Value::Number));
            number.filter(|_| digits).unwrap_or_else(|| Value::from(text))
        }
    }
}

/// The line without what follows ` #`, outside quotes.
fn without_comment(line: &str) -> &str {
    let (mut quote, mut before) = (None, ' ');
    for (at, letter) in line.char_indices() {
        match (quote, letter) {
            (None, '#') if before == ' ' => return &line[..at],
            (None, '"' | '\'') if matches!(before, ' ' | '[' | '{' | ',') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
        before = letter;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::parse;
    use serde_json::json;

    #[test]
    fn mappings_lists_tags_and_plain_values_are_read() {
        let text = "---\n# A recipe.\nepochs: 40 # all\nmodifiers:\n- !A\n  b: [__ALL__, 're:x, y', 2]\n  c: 1e-3\n\
                    - !B {d: True, e: ~}\nstages:\n  one:\n    list:\n      - name: 'a # b'\n        size: -.5\n      - plain text\n---\nProse: here";
        let value = json!({
            "epochs": 40,
            "modifiers": [{"A": {"b": ["__ALL__", "re:x, y", 2], "c": 1e-3}}, {"B": {"d": true, "e": null}}],
            "stages": {"one": {"list": [{"name": "a # b", "size": -0.5}, "plain text"]}},
        });
        assert_eq!(parse(text), Ok(value));
    }

    #[test]
    fn the_rest_of_yaml_is_refused_by_its_line() {
        for (text, problem) in [
            ("a: 1\nb: &x 2", "line 2"),
            ("a: |\n  text", "line 1"),
            ("a:\n    b: 1\n  c: 2", "line 3"),
            ("a: 1\nprose", "line 2"),
            ("\ta: 1", "tab"),
            ("a: [1, 2", "line 1"),
            ("a: {b: 1", "line 1"),
            ("a: [1, }]", "line 1"),
            ("# nothing", "no line"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(problem), "{text}: {error}");
        }
        let deep: String = (0..50).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
        assert!(parse(&deep).unwrap_err().contains("levels deep"));
    }
}
