//! Numbers for people.

pub(crate) use nbar::units::format_number as digits;

/// An interval, to the digits of its width.
pub(crate) fn range([lower, upper]: [f64; 2], count: usize) -> String {
    format!("{} to {}", digits(lower, count), digits(upper, count))
}

/// A whole number with commas.
pub(crate) fn thousands(value: usize) -> String {
    let digits = value.to_string();
    let groups: Vec<String> =
        digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    groups.join(",")
}

/// How many there are of what has a plural in s: `1 run`, `1,000 runs`.
pub(crate) fn format_count(count: usize, of: &str) -> String {
    format!("{} {of}{}", thousands(count), if count == 1 { "" } else { "s" })
}

/// How many replicates there are: `1,000`, or `312 of 1,000`.
pub(crate) fn made_of(partial: Option<usize>, replicates: usize) -> String {
    let made = partial.map_or_else(String::new, |made| format!("{} of ", thousands(made)));
    made + &thousands(replicates)
}

/// A level as a percentage. What is below 100 % does not look like it.
pub(crate) fn percent(level: f64) -> String {
    let short = |count| {
        let digits = digits(100.0 * level, count);
        match digits.contains('.') {
            true => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => digits,
        }
    };
    let is_said = |text: &String| level >= 1.0 || text != "100";
    format!("{} %", (4..=16).map(short).find(is_said).unwrap_or_else(|| short(17)))
}
/// Names, of which no more than are soon read.
pub(crate) fn some_names<T: AsRef<str>>(names: &[T]) -> String {
    const MOST: usize = 40;
    let shown: Vec<&str> = names.iter().take(MOST).map(AsRef::as_ref).collect();
    let more = match names.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(", and {} more", thousands(more)),
    };
    shown.join(", ") + &more
}
