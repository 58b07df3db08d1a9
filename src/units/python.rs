//! Values as Python prints them, rewritten as JSON: `{'a': None, 'b': (True, nan)}`.

/// Values inside values.
const DEEPEST: usize = 32;

/// The JSON of a value as Python prints it; none where the text is no such value. NaN and infinities become texts.
pub(crate) fn json_of_python(text: &str) -> Option<String> {
    let mut reader = Reader { rest: text.trim_start(), out: String::with_capacity(text.len()) };
    reader.value(0)?;
    reader.rest.is_empty().then_some(reader.out)
}

struct Reader<'a> {
    rest: &'a str,
    out: String,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<()> {
        if depth == DEEPEST {
            return None;
        }
        match self.rest.chars().next()? {
            '{' => self.items('}', '}', true, depth),
            '[' => self.items(']', ']', false, depth),
            '(' => self.items(')', ']', false, depth),
            '\'' | '"' => self.string(),
            _ => self.word(depth),
        }
    }

    /// What stands between brackets.
    fn items(&mut self, close: char, written: char, keyed: bool, depth: usize) -> Option<()> {
        self.skip(1);
        self.out.push(if keyed { '{' } else { '[' });
        let mut first = true;
        while !self.take(close) {
            if !first {
                self.out.push(',');
            }
            first = false;
            if keyed {
                self.key()?;
                self.take(':').then_some(())?;
                self.out.push(':');
            }
            self.value(depth + 1)?;
            if !self.take(',') && !self.rest.starts_with(close) {
                return None;
            }
        }
        self.out.push(written);
        Some(())
    }

    /// A key, which JSON has as a text.
    fn key(&mut self) -> Option<()> {
        if self.rest.starts_with(['\'', '"']) {
            return self.string();
        }
        let end = self.rest.find([':', ',', '}'])?;
        self.out.push_str(&serde_json::to_string(self.rest[..end].trim()).ok()?);
        self.skip(end);
        Some(())
    }

    fn string(&mut self) -> Option<()> {
        let quote = self.rest.chars().next()?;
        let (mut text, mut letters) = (String::new(), self.rest[1..].char_indices());
        loop {
            let (at, letter) = letters.next()?;
            if letter == quote {
                self.skip(1 + at + 1);
                break;
            }
            if letter != '\\' {
                text.push(letter);
                continue;
            }
            let (at, letter) = letters.next()?;
            let digits = match letter {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => 0,
            };
            text.push(match letter {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'x' | 'u' | 'U' => {
                    let code = self.rest.get(at + 2..at + 2 + digits)?;
                    letters.nth(digits - 1)?;
                    char::from_u32(u32::from_str_radix(code, 16).ok()?).unwrap_or(char::REPLACEMENT_CHARACTER)
                }
                other => other,
            });
        }
        self.out.push_str(&serde_json::to_string(&text).ok()?);
        Some(())
    }

    /// A number, a name, or a number as NumPy prints it: `np.float64(3.2)`.
    fn word(&mut self, depth: usize) -> Option<()> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '+' | '-');
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        if word.is_empty() {
            return None;
        }
        self.skip(end);
        if self.rest.starts_with('(') {
            self.skip(1);
            self.value(depth + 1)?;
            return self.take(')').then_some(());
        }
        match word {
            "None" | "null" => self.out.push_str("null"),
            "True" | "true" => self.out.push_str("true"),
            "False" | "false" => self.out.push_str("false"),
            _ => {
                let number: f64 = word.parse().ok()?;
                if !number.is_finite() {
                    self.out.push_str(&format!("\"{word}\""));
                } else if serde_json::from_str::<serde_json::Number>(word).is_ok() {
                    self.out.push_str(word);
                } else {
                    self.out.push_str(&serde_json::to_string(&number).ok()?);
                }
            }
        }
        Some(())
    }

    /// Goes on by `bytes`, and over spaces.
    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest[bytes..].trim_start();
    }

    fn take(&mut self, letter: char) -> bool {
        let is = self.rest.starts_with(letter);
        if is {
            self.skip(letter.len_utf8());
        }
        is
    }
}

#[cfg(test)]
mod tests {
    use super::json_of_python;

    #[test]
    fn what_python_prints_becomes_json() {
        for (python, json) in [
            (
                "{'a': None, 'b': (True, False, 1), 3: [1e-05, -2.]}",
                r#"{"a":null,"b":[true,false,1],"3":[1e-05,-2.0]}"#,
            ),
            ("{'loss': nan, 'least': -inf}", r#"{"loss":"nan","least":"-inf"}"#),
            (r#"{'it\'s': "a \"b\"", 'é\n': '\xe9\u00e9', }"#, r#"{"it's":"a \"b\"","é\n":"éé"}"#),
            ("{'x': np.float64(3.21), 'y': np.int64(7)}", r#"{"x":3.21,"y":7}"#),
            (r#"{"a": null, "b": true}"#, r#"{"a":null,"b":true}"#),
            (" {} ", "{}"),
        ] {
            assert_eq!(json_of_python(python).as_deref(), Some(json), "{python}");
        }
        for text in ["", "{'a'", "{'a': 1", "{'a' 1}", "{1, 2}", "[1 2]", "{'a': <object>}", "'", "{} {}"] {
            assert_eq!(json_of_python(text), None, "{text}");
        }
        assert_eq!(json_of_python(&"[".repeat(100)), None);
    }
}
