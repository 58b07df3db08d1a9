//! Flags as the keywords of a function in Python, for a host.

use std::borrow::Cow;

use crate::flags::whole;

/// A flag as a keyword, and its value as Python writes it: `bootstrap=0`, `unit="fraction"`.
pub(crate) fn written(flag: &str, value: Option<&str>) -> String {
    let name = keyword(flag);
    match value {
        // Fits are saved once they are made.
        _ if flag == "output" => "Fit.save".to_owned(),
        None => name,
        Some(value) if value.parse::<f64>().is_ok() => format!("{name}={value}"),
        Some(value) => format!("{name}={value:?}"),
    }
}

/// A flag as a keyword.
fn keyword(flag: &str) -> String {
    match flag {
        "from" => "frame".to_owned(),
        _ => flag.replace('-', "_"),
    }
}

/// A text with the functions of Python for commands, and its keywords for flags that it names outside marks.
pub(crate) fn said(text: &str) -> Cow<'_, str> {
    if !text.contains("nbar ") && !text.contains("--") {
        return Cow::Borrowed(text);
    }
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let is_flag = |name: &str| name.starts_with(|c: char| c.is_ascii_lowercase());
        let begun = word.find("--").filter(|at| word[..*at].chars().all(|c| "(\"'".contains(c)));
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let follows_nbar = words.last().is_some_and(|last| last.ends_with("nbar"));
        match begun {
            _ if follows_nbar && whole().find_subcommand(bare).is_some() => {
                let last = words.len() - 1;
                words[last] += &format!(".{word}");
            }
            Some(at) if is_flag(&word[at + 2..]) => {
                words.push(word[..at].to_owned() + &keyword(&word[at + 2..]))
            }
            _ => words.push(word.to_owned()),
        }
    }
    words.join(" ").into()
}
