//! Numbers for people.

/// A number with this many significant digits, in positional notation where that is shorter.
pub(crate) fn digits(value: f64, count: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let rounded: f64 = format!("{value:.*e}", count - 1).parse().unwrap_or(value);
    let magnitude = rounded.abs().log10().floor() as i32;
    if (-4..7).contains(&magnitude) {
        format!("{rounded:.*}", (count as i32 - 1 - magnitude).max(0) as usize)
    } else {
        format!("{value:.*e}", count - 1)
    }
}

/// An interval, to the digits of its width.
pub(crate) fn range([lower, upper]: [f64; 2], count: usize) -> String {
    format!("{} to {}", digits(lower, count), digits(upper, count))
}

/// A whole number with commas.
pub(crate) fn thousands(value: usize) -> String {
    let text = value.to_string();
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        if i > 0 && (text.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A level as a percentage.
pub(crate) fn percent(level: f64) -> String {
    format!("{} %", digits(100.0 * level, 4).trim_end_matches('0').trim_end_matches('.'))
}
