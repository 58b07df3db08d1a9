//! Numbers for people.

pub(crate) use nbar::units::{format_count, format_number as digits};

/// An interval, to the digits of its width.
pub(crate) fn range([lower, upper]: [f64; 2], count: usize) -> String {
    format!("{} to {}", digits(lower, count), digits(upper, count))
}

/// A whole number with commas.
pub(crate) fn thousands(value: usize) -> String {
    format_count(value, "")
}

/// How many replicates there are: `1,000`, or `312 of 1,000`.
pub(crate) fn made_of(partial: Option<usize>, replicates: usize) -> String {
    let made = partial.map_or_else(String::new, |made| format!("{} of ", thousands(made)));
    made + &thousands(replicates)
}

/// A level as a percentage.
pub(crate) fn percent(level: f64) -> String {
    format!("{} %", digits(100.0 * level, 4).trim_end_matches('0').trim_end_matches('.'))
}
