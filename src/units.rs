//! Numbers as people write them: `7B`, `1.4T`, `300M`, `1e24`.

mod python;

pub(crate) use python::json_of_python;

use std::borrow::Cow;

use crate::{Error, Result};

const SUFFIXES: [(char, f64); 4] = [('T', 1e12), ('B', 1e9), ('M', 1e6), ('K', 1e3)];

/// What parts thousands and marks nothing else: spaces (plain, unbroken, narrow), apostrophes as in Switzerland, Python's underscore.
const MARKS: [char; 7] = [' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '\u{2019}', '_'];

/// Reads a number with an optional suffix K, M, B (or G) or T, in either case, also behind a space. Spaces, apostrophes or underscores may part its digits by threes.
/// An error behind it and marks of footnotes are left out. Powers of ten may be written out.
///
/// ```
/// assert_eq!(nbar::units::parse_quantity("1.4T")?, 1.4e12);
/// assert_eq!(nbar::units::parse_quantity(" 300m ")?, nbar::units::parse_quantity("300 M")?);
/// assert_eq!(nbar::units::parse_quantity("1e24")?, 1e24);
/// assert_eq!(nbar::units::parse_quantity("2.53 ± 0.01*")?, 2.53);
/// assert_eq!(nbar::units::parse_quantity("2.53 (0.01)")?, nbar::units::parse_quantity("2.53(1)")?);
/// assert_eq!(nbar::units::parse_quantity("70 × 10⁶")?, nbar::units::parse_quantity("7.0x10^7")?);
/// assert_eq!(nbar::units::parse_quantity("1 500 000")?, 1.5e6);
/// assert_eq!(nbar::units::parse_quantity("1'500'000")?, nbar::units::parse_quantity("1_500_000")?);
/// assert!(nbar::units::parse_quantity("7 Bn").is_err() && nbar::units::parse_quantity("1.5 7").is_err());
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// [`Error::Option`] for anything else, infinities and NaN among them.
pub fn parse_quantity(text: &str) -> Result<f64> {
    let refuse = || {
        let remedy = "write 7000000000, 7e9, 7B, 300M, 1.4T or 1e21";
        Error::option("", format!("'{text}'"), "is not a number", remedy)
    };
    number(text).ok_or_else(refuse)
}

/// The same; none where that refuses, which takes no time.
pub(crate) fn number(text: &str) -> Option<f64> {
    plain(text).or_else(|| plain(without_error(text)?)).or_else(|| of_power(text))
}

/// A number without its error (`3.58 ± 0.01`, `3.58 (0.01)`) and without marks of footnotes (`3.58*`), as tables of papers have them;
/// none without either.
fn without_error(text: &str) -> Option<&str> {
    let unmarked = text.trim_end().trim_end_matches(['*', '†', '‡', '§']);
    if let Some((value, error)) = unmarked.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        return is_error(error, value).then_some(value);
    }
    match unmarked.split_once('±').or_else(|| unmarked.split_once("+/-")) {
        Some((value, error)) => plain(error).map(|_| value),
        None => (unmarked.len() < text.trim_end().len()).then_some(unmarked),
    }
}

/// Whether what stands in brackets is the error of a number with decimals: `3.58 (0.01)`, or of its last digits, `3.579(4)`.
fn is_error(error: &str, value: &str) -> bool {
    let has_decimals = value.contains('.') && value.trim_end().ends_with(|c: char| c.is_ascii_digit());
    let is_of_digits = value.ends_with(|c: char| c.is_ascii_digit()) && is_whole(error) && error.len() <= 2;
    let is_small =
        || error.contains('.') && plain(error).zip(plain(value)).is_some_and(|(e, v)| e < 0.1 * v.abs());
    has_decimals && (is_of_digits || is_small())
}

/// A number of a power of ten as papers write it: `70 × 10⁶`, `7.0x10^7`.
fn of_power(text: &str) -> Option<f64> {
    let (value, power) = text.split_once(['×', '·', 'x', '*'])?;
    let power = power.trim().strip_prefix("10")?;
    let exponent = match power.strip_prefix('^').or_else(|| power.strip_prefix("**")) {
        Some(exponent) => exponent.trim_start_matches('{').trim_end_matches('}').to_owned(),
        None => {
            let raised = |c: char| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().zip('0'..='9').find(|(own, _)| *own == c);
            power.chars().map(|c| raised(c).map(|(_, digit)| digit)).collect::<Option<String>>()?
        }
    };
    let exponent: u16 = exponent.parse().ok()?;
    let value = value.trim();
    value.ends_with(|c: char| c.is_ascii_digit()).then(|| plain(&format!("{value}e{exponent}")))?
}

fn plain(text: &str) -> Option<f64> {
    let trimmed = text.trim();
    let last = trimmed.chars().last()?.to_ascii_uppercase();
    let last = if last == 'G' { 'B' } else { last };
    let (digits, exponent) = match SUFFIXES.iter().find(|(suffix, _)| *suffix == last) {
        Some(&(_, factor)) => (trimmed[..trimmed.len() - 1].trim_end(), factor.log10().round() as i32),
        None => (trimmed, 0),
    };
    if !digits.ends_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if digits.contains(MARKS) {
        return plain(&(without_marks(digits)? + &trimmed[trimmed.len() - usize::from(exponent > 0)..]));
    }
    // Names of files write `1p2b`.
    let point = digits
        .split_once(['p', 'P'])
        .filter(|(whole, decimals)| exponent > 0 && is_whole(whole) && is_whole(decimals));
    let digits =
        &*point.map_or(Cow::Borrowed(digits), |(whole, decimals)| format!("{whole}.{decimals}").into());
    // Scaling in decimal text keeps 1.139B exactly the f64 nearest to 1139000000.
    let value: f64 = match (exponent, digits.contains(['e', 'E'])) {
        (0, _) => digits.parse(),
        (_, false) => format!("{digits}e{exponent}").parse(),
        (_, true) => digits.parse::<f64>().map(|v| v * 10f64.powi(exponent)),
    }
    .ok()?;
    value.is_finite().then_some(value)
}

/// Whether a cell is a number, or a share in percent.
pub(crate) fn is_number(cell: &str) -> bool {
    number(cell.trim_end_matches('%')).is_some()
}

fn is_whole(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number whose digits one mark parts by threes, `1 234 567.8`, without it; none where it parts them otherwise.
fn without_marks(number: &str) -> Option<String> {
    let whole = number.split('.').next()?.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let mark = whole.chars().find(|c| MARKS.contains(c))?;
    let mut groups = whole.trim_start_matches(['+', '-']).split(mark);
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next()?;
    let is_first = (1..=3).contains(&first.len()) && is_digits(first) && !first.starts_with('0');
    let is_grouped = is_first && groups.all(|group| group.len() == 3 && is_digits(group));
    let rest = &number[whole.len()..];
    (is_grouped && !rest.contains(MARKS)).then(|| whole.replace(mark, "") + rest)
}

/// Writes a number with a suffix and `digits` significant digits: `69.96B`, `1.4T`, `5.76e23`.
///
/// ```
/// assert_eq!(nbar::units::format_quantity(6.9962e10, 3), "70B");
/// assert_eq!(nbar::units::format_quantity(1.4e12, 3), "1.4T");
/// assert_eq!(nbar::units::format_quantity(5.76e23, 3), "5.76e23");
/// assert_eq!(nbar::units::format_quantity(999.96e6, 3), "1B");
/// assert_eq!(nbar::units::format_quantity(12.0, 3), "12");
/// ```
#[must_use]
pub fn format_quantity(value: f64, digits: usize) -> String {
    let digits = digits.max(1);
    if !value.is_finite() || value == 0.0 {
        return format!("{value}");
    }
    let rounded: f64 = format!("{value:.*e}", digits - 1).parse().unwrap_or(value);
    if rounded.abs() >= 1e15 || rounded.abs() < 1e-3 {
        return format!("{rounded:e}");
    }
    match SUFFIXES.iter().find(|(_, factor)| rounded.abs() >= *factor) {
        Some(&(suffix, factor)) => format!("{}{suffix}", significant(rounded / factor, digits)),
        None => significant(rounded, digits),
    }
}

/// How many there are of what has a plural in s: `1 run`, `2 runs`.
pub(crate) fn format_count(count: usize, of: &str) -> String {
    format!("{count} {of}{}", if count == 1 { "" } else { "s" })
}

/// Writes a number with `digits` significant digits, in positional notation where that is shorter.
///
/// ```
/// assert_eq!(nbar::units::format_number(0.39921, 3), "0.399");
/// assert_eq!(nbar::units::format_number(1.2345e-7, 3), "1.23e-7");
/// ```
#[must_use]
pub fn format_number(value: f64, digits: usize) -> String {
    let decimals = digits.max(1) - 1;
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let rounded: f64 = format!("{value:.decimals$e}").parse().unwrap_or(value);
    let magnitude = rounded.abs().log10().floor() as i32;
    if (-4..7).contains(&magnitude) {
        format!("{rounded:.*}", (decimals as i32 - magnitude).max(0) as usize)
    } else {
        format!("{value:.decimals$e}")
    }
}

/// Writes `value` with `digits` significant digits and no trailing zeros.
pub(crate) fn significant(value: f64, digits: usize) -> String {
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = (digits as i32 - 1 - magnitude).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
