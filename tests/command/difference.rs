//! What differs between two texts, where rounding is no difference.
//!
//! Words must be the same, and so must whole numbers below a thousand. The instruction sets that the kernels are compiled for differ in the
//! last bits of their results, which grow to some 1e-8 of a parameter where the optimum is flat: other numbers agree
//! within 1e-6, as documents have them, or where three digits or more are printed within one of the last, as texts have them.

/// Numbers below this share of the one before, or of 1, are rounding: spreads of what is the same in all draws.
const ROUNDING: f64 = 1e-9;
const RELATIVE: f64 = 1e-6;
/// How many lines of a difference are shown.
const SHOWN: usize = 40;

/// The lines that differ, those expected with a `-` and those found with a `+`.
pub(crate) fn difference(expected: &str, found: &str) -> Option<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let mut last = 0.0;
    let agrees: Vec<bool> = old.iter().zip(&new).map(|(a, b)| agree(a, b, &mut last)).collect();
    let head = agrees.iter().take_while(|same| **same).count();
    if head == old.len() && head == new.len() {
        return None;
    }
    let mut shown = Vec::new();
    if old.len() == new.len() {
        for (i, (a, b)) in old.iter().zip(&new).enumerate().filter(|(i, _)| !agrees[*i]) {
            shown.extend([format!("{:>5} - {a}", i + 1), format!("      + {b}")]);
        }
    } else {
        let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
        let (old, new) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
        shown.push(format!("from line {}", head + 1));
        shown.extend(old.iter().map(|line| format!("      - {line}")));
        shown.extend(new.iter().map(|line| format!("      + {line}")));
    }
    let left = shown.len().saturating_sub(SHOWN);
    shown.truncate(SHOWN);
    let more = if left > 0 { format!("\n      and {left} lines more") } else { String::new() };
    Some(format!("expected (-), found (+)\n{}{more}", shown.join("\n")))
}

/// Whether two lines say the same; `last` is the last number before them, and after them.
fn agree(a: &str, b: &str, last: &mut f64) -> bool {
    let (a, b) = (pieces(a), pieces(b));
    let mut same = a.len() == b.len();
    for (a, b) in a.iter().zip(&b) {
        same &= a == b || are_near(a, b, *last);
        *last = a.parse().unwrap_or(*last);
    }
    same
}

/// A line parted into numbers and what is between them. A number begins with a digit that no letter or digit stands
/// before, and its sign.
fn pieces(line: &str) -> Vec<&str> {
    let bytes = line.as_bytes();
    let digits = |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let (mut parts, mut done, mut at) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        let signed = usize::from(bytes[at] == b'-');
        let word_before = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
        if word_before || !is_digit(at + signed) {
            at += 1;
            continue;
        }
        let mut end = digits(at + signed);
        if bytes.get(end) == Some(&b'.') && is_digit(end + 1) {
            end = digits(end + 1);
        }
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'-' | b'+')));
        if matches!(bytes.get(end), Some(b'e' | b'E')) && is_digit(end + 1 + sign) {
            end = digits(end + 1 + sign);
        }
        parts.extend([&line[done..at], &line[at..end]]);
        (done, at) = (end, end);
    }
    parts.push(&line[done..]);
    parts
}

fn are_near(a: &str, b: &str, before: f64) -> bool {
    let is_whole = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let (Ok(x), Ok(y)) = (a.parse::<f64>(), b.parse::<f64>()) else { return false };
    let (off, size) = ((x - y).abs(), x.abs().max(y.abs()));
    if is_whole(a) && is_whole(b) && size < 1000.0 {
        return false;
    }
    size < ROUNDING * before.abs().max(1.0)
        || off <= RELATIVE * size
        || off <= 1.001 * last_place(a).min(last_place(b))
}

/// The worth of the last digit of a number with three digits or more; of others nothing.
fn last_place(number: &str) -> f64 {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let digits = mantissa.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count();
    if digits < 3 { 0.0 } else { 10f64.powi(exponent.parse::<i32>().unwrap_or(0) - decimals as i32) }
}

#[test]
fn rounding_is_no_difference_and_all_else_is() {
    for (a, b) in [
        ("alpha 0.3473 0.3400 to 0.3550", "alpha 0.3474 0.3400 to 0.3549"),
        ("\"objective\": 0.0010182740178006", "\"objective\": 0.0010182740178999"),
        ("97.18B of 1.715T, -2.1e-17", "97.19B of 1.715T, 3.4e-16"),
        ("7.10e-4", "7.11e-4"),
        ("2143 of 42970062874", "2144 of 42970062975"),
        ("1.0e23,\nspread 397558126.8", "1.0e23,\nspread 321613037.6"),
    ] {
        assert_eq!(difference(a, b), None);
    }
    for (a, b) in [
        ("240 runs", "241 runs"),
        ("0.3473", "0.3475"),
        ("2143", "2145"),
        ("\"objective\": 0.0010182740178006", "\"objective\": 0.0010182840178006"),
        ("level 0.95", "level 0.94"),
        ("0.5", "-0.5"),
        ("0.5", "0.5 "),
        ("run c001", "run c002"),
        ("7B", "7T"),
        ("1e24", "1e25"),
        ("a\nb", "a"),
        ("3.5 and 4", "3.5"),
    ] {
        assert!(difference(a, b).is_some() && difference(b, a).is_some(), "{a:?} {b:?}");
    }
}
