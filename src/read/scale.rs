//! Units that headers name: `Params (M)`, `tokens_b`, `n_params_millions`.

use std::borrow::Cow;

use super::cells::hundredth;
use super::fields::{Field, normalise};
use crate::units;

/// Words for a unit, and how many it is. Single letters count in brackets, and after a field's own name.
const UNITS: [(&str, f64); 20] = [
    ("k", 1e3),
    ("m", 1e6),
    ("b", 1e9),
    ("g", 1e9),
    ("t", 1e12),
    ("mm", 1e6),
    ("mn", 1e6),
    ("mln", 1e6),
    ("mio", 1e6),
    ("mrd", 1e9),
    ("bn", 1e9),
    ("bln", 1e9),
    ("tn", 1e12),
    ("thousand", 1e3),
    ("million", 1e6),
    ("mil", 1e6),
    ("billion", 1e9),
    ("bil", 1e9),
    ("trillion", 1e12),
    ("kilo", 1e3),
];

/// What a header in percent is in.
const PERCENT: f64 = 0.01;

/// The unit of a header that names a field and a unit; none of any other header.
pub(super) fn of_header(field: Field, header: &str) -> Option<f64> {
    let (name, factor, weak) = split(header)?;
    let (name, info) = (normalise(&name), field.info());
    let is = name == normalise(info.name) || info.is_alias(&name) || (weak && info.is_weak_alias(&name));
    (is && fits(field, factor)).then_some(factor)
}

/// The name with the same unit of a field that a header of one letter and a unit may mean: `params_m` for `N_M`.
pub(super) fn named_with(field: Field, header: &str) -> Option<String> {
    let (name, factor, _) = split(header)?;
    let is = field.info().is_weak_alias(&normalise(&name)) && fits(field, factor);
    let unit = header.trim().strip_prefix(name.as_str())?;
    is.then(|| format!("{}_{}", field.name(), normalise(unit)))
}

/// A header without its unit, and the unit; 1 where it names none.
pub(super) fn without_unit(header: &str) -> (String, f64) {
    split(header).map_or_else(|| (header.to_owned(), 1.0), |(name, factor, _)| (name, factor))
}

/// Units in which nbar takes numbers.
const OWN: [&str; 14] = [
    "count",
    "counts",
    "nat",
    "nats",
    "nats/token",
    "nats per token",
    "nats/tok",
    "nats a token",
    "flop",
    "flops",
    "params",
    "parameters",
    "tokens",
    "steps",
];

/// What a cell comes to that is a unit and nothing else, as in a row of units: `M`, `(B)`, `10^6`, `nats`. A number is none.
pub(super) fn of_unit(cell: &str) -> Option<f64> {
    let inside = cell.trim_matches(['(', ')', '[', ']']).trim();
    if units::number(inside).is_some() {
        return None;
    }
    let is_own = OWN.contains(&inside.to_lowercase().as_str());
    if is_own { Some(1.0) } else { unit(inside) }
}

/// A header without the unit in brackets in which nbar takes numbers: `loss (nats)`, `C [FLOPs]`.
pub(super) fn without_own_unit(header: &str) -> Cow<'_, str> {
    let header = header.trim();
    if let Some((name, "")) = batch_of_tokens(header) {
        return format!("{name} tokens").into();
    }
    let inside = || header.strip_suffix([')', ']'])?.rsplit_once(['(', '[']);
    match inside() {
        Some((name, unit)) if OWN.contains(&unit.trim().to_lowercase().as_str()) => name.trim_end().into(),
        _ => header.into(),
    }
}

/// A header of a batch that is counted in tokens, and their unit: `batch_size (tokens)`, `global_batch_size (M tokens)`.
pub(super) fn batch_of_tokens(header: &str) -> Option<(&str, &str)> {
    let (name, unit) = header.trim().strip_suffix([')', ']'])?.rsplit_once(['(', '['])?;
    let end = unit.to_ascii_lowercase().strip_suffix("tokens")?.len();
    let unit = unit[..end].trim();
    let unit = if unit.eq_ignore_ascii_case("in") { "" } else { unit };
    name.to_lowercase().contains("batch").then(|| (name.trim_end(), unit))
}

/// The unit that a header ends with, of a thousand or more.
pub(super) fn number_of(header: &str) -> Option<f64> {
    split(header).map(|(_, factor, _)| factor).filter(|factor| *factor != PERCENT)
}

/// The field that a name with a unit stands for, as in `params_millions=size`.
pub(super) fn field(name: &str) -> Option<Field> {
    Field::SWEEP.iter().copied().find(|field| of_header(*field, name).is_some())
}

/// Whether a name has a unit in it.
pub(super) fn has_unit(header: &str) -> bool {
    split(header).is_some()
}

/// The unit of a column that stands for a field, whatever its name is.
pub(super) fn of_column(field: Field, header: &str) -> Option<f64> {
    if Field::named(header).is_some() {
        return None;
    }
    // `delta_t` is a time.
    let is_time = is_place(field) && header.ends_with("_t");
    split(header).map(|(_, factor, _)| factor).filter(|factor| fits(field, *factor) && !is_time)
}

fn is_place(field: Field) -> bool {
    matches!(field, Field::PruneStart | Field::PruneEnd | Field::PruneEvery)
}

/// Whether a field can be in such a unit.
fn fits(field: Field, factor: f64) -> bool {
    if factor == PERCENT {
        field.is_share()
    } else {
        // Of a batch a K may be 1,000 or 1,024.
        let is_count = field.is_count() && (field != Field::TokensPerStep || factor != 1e3);
        is_count || is_place(field) || matches!(field, Field::Step | Field::Samples)
    }
}

/// The number of a cell in a unit. A cell with a unit of its own (`7B`) says all.
pub(super) fn times(cell: &str, number: f64, factor: f64) -> f64 {
    match cell.ends_with(|last: char| last.is_ascii_alphabetic() || last == '%') {
        true => number,
        false if factor == PERCENT => hundredth(number),
        false => rounded(number * factor),
    }
}

/// A cell under a header of a unit, written out: `7` under `Params (B)` is `7000000000`.
pub(super) fn in_unit(cell: &str, factor: f64) -> Cow<'_, str> {
    let number = units::number(cell).filter(|_| factor != 1.0);
    number.map_or_else(|| cell.into(), |number| times(cell, number, factor).to_string().into())
}

/// Without what binary fractions leave over: 0.07 million is 70,000.
fn rounded(count: f64) -> f64 {
    let whole = count.round();
    if (count - whole).abs() <= 1e-12 * count.abs() { whole } else { count }
}

/// A header without its unit, the unit, and whether brackets or a whole word set that apart.
fn split(header: &str) -> Option<(String, f64, bool)> {
    // Brackets of Chinese and Japanese text.
    let header = &*header.trim().replace('（', "(").replace('）', ")");
    if let Some((name, of_tokens)) = batch_of_tokens(header) {
        return Some((format!("{name} tokens"), unit(of_tokens).filter(|unit| *unit != 1e3)?, true));
    }
    if let Some(open) = header.rfind(['(', '[']) {
        let inside = header[open + 1..].strip_suffix([')', ']'])?;
        let whole = || Some((header[..open].to_owned(), unit(inside)?, true));
        return whole().or_else(|| among(&header[..open], inside));
    }
    if let Some(name) = header.strip_suffix('%') {
        return Some((name.to_owned(), PERCENT, true));
    }
    if let Some(of_prefix) = split_prefix(header) {
        return Some(of_prefix);
    }
    let at = header.rfind(|c: char| !c.is_alphanumeric())?;
    let (name, last) = (&header[..at], &header[at..]);
    let last = last.trim_start_matches(|c: char| !c.is_alphanumeric());
    let factor = unit(last)?;
    let name = name.trim_end_matches(|c: char| !c.is_alphanumeric());
    let lower = name.to_lowercase();
    let name = if lower.ends_with("in") && lower[..lower.len() - 2].ends_with([' ', '_', '-']) {
        &name[..name.len() - 3]
    } else {
        name
    };
    Some((name.to_owned(), factor, last.len() > 2))
}

/// Whether brackets with several parts have a unit in them and nothing that says a part of a thing.
pub(super) fn is_of_all(header: &str) -> bool {
    const ALL: [&str; 9] = [
        "total",
        "all",
        "non-emb",
        "non-embedding",
        "nonembedding",
        "without embeddings",
        "trained",
        "training",
        "model",
    ];
    let inside = header.trim().strip_suffix([')', ']']).and_then(|header| header.rsplit_once(['(', '[']));
    let Some((_, inside)) = inside.filter(|(_, inside)| inside.contains([',', ';'])) else { return true };
    let mut parts = inside.split([',', ';']).map(|part| part.trim().to_lowercase());
    parts.all(|part| unit(&part).is_some() || ALL.contains(&part.as_str()))
}

/// The same of brackets of which one part is a unit: `Parameters (total, M)`.
fn among(name: &str, inside: &str) -> Option<(String, f64, bool)> {
    let parts: Vec<&str> = inside.split([',', ';']).map(str::trim).collect();
    let mut units = parts.iter().enumerate().filter_map(|(place, part)| Some((place, unit(part)?)));
    let (place, factor) = units.next()?;
    if units.next().is_some() {
        return None;
    }
    let others = parts.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, part)| *part);
    let name = [name.trim_end()].into_iter().chain(others).collect::<Vec<_>>().join(" ");
    Some((name, factor, true))
}

/// The same where the unit comes first: `Mparams`, `billion_tokens`.
fn split_prefix(header: &str) -> Option<(String, f64, bool)> {
    const COUNTED: [&str; 6] = ["params", "parameters", "param", "tokens", "toks", "tok"];
    // `m_params` may be those of a model, `M_params` are not.
    let is_apart = |word: &str| {
        word.len() > 1
            || matches!(word, "M" | "B")
            || (header.contains(' ') && !matches!(word, "m" | "b" | "t"))
    };
    if let Some((word, rest)) = header.split_once(['_', ' ', '-'])
        && is_apart(word)
        && COUNTED.contains(&rest.to_lowercase().as_str())
    {
        return Some((rest.to_owned(), unit(word)?, true));
    }
    let first = header.chars().next()?;
    let rest = header.get(1..).filter(|rest| COUNTED.contains(&rest.to_lowercase().as_str()))?.to_owned();
    let factor = match first.to_ascii_lowercase() {
        'k' => 1e3,
        'm' => 1e6,
        'b' | 'g' => 1e9,
        't' => 1e12,
        _ => return None,
    };
    Some((rest, factor, true))
}

/// `10^9` of `10⁹`.
fn without_superscripts(text: &str) -> String {
    const DIGITS: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    let digit = |c: char| DIGITS.chars().position(|digit| digit == c);
    let Some(at) = text.find(|c| digit(c).is_some()) else { return text.to_owned() };
    let plain = text[at..].chars().map(|c| digit(c).map_or(c.to_string(), |value| value.to_string()));
    format!("{}^{}", &text[..at], plain.collect::<String>())
}

/// What a unit comes to: `M`, `in millions`, `1e6`, `x 10^6`, `x 10⁶`, `B tokens`.
fn unit(text: &str) -> Option<f64> {
    let text = without_superscripts(text.trim()).to_lowercase();
    if matches!(text.as_str(), "%" | "in %" | "percent" | "in percent" | "pct") {
        return Some(PERCENT);
    }
    let text = text.trim_start_matches(['x', '×', '*', '/']).trim();
    let text = text.strip_prefix("in ").unwrap_or(text).trim();
    let text = ["parameters", "params", "tokens", "flops", "flop", "steps", "samples"]
        .iter()
        .find_map(|what| text.strip_suffix(what))
        .unwrap_or(text)
        .trim();
    let power = ["10^", "10**", "1e", "e"].iter().find_map(|ten| text.strip_prefix(ten));
    if let Some(power) = power {
        let power: i32 = power.trim_start_matches('+').parse().ok()?;
        return (3..=24).contains(&power).then(|| 10f64.powi(power));
    }
    let text = text.trim_end_matches('.');
    let one = text.strip_suffix('s').filter(|one| one.len() > 1).unwrap_or(text);
    UNITS.iter().find(|(word, _)| *word == text || *word == one).map(|(_, factor)| *factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_name_units() {
        for (header, factor) in [
            ("Params (M)", 1e6),
            ("params_b", 1e9),
            ("n_params_millions", 1e6),
            ("Params in billions", 1e9),
            ("model_size [B]", 1e9),
            ("N (M)", 1e6),
            ("Parameters (10^9)", 1e9),
            ("Params (×10⁹)", 1e9),
            ("params (x 1e6)", 1e6),
            ("Params (B parameters)", 1e9),
            ("num_params_bn", 1e9),
            ("Params (Mio.)", 1e6),
            ("Params (Mrd.)", 1e9),
            ("Params（B）", 1e9),
            ("params e9", 1e9),
        ] {
            assert_eq!(of_header(Field::Params, header), Some(factor), "{header}");
            assert_eq!(of_column(Field::Params, header), Some(factor), "{header}");
        }
        for header in ["params", "Params (non-embedding)", "n_m", "params_a", "tokens_b", "(M)", "b"] {
            assert_eq!(of_header(Field::Params, header), None, "{header}");
        }
        assert_eq!(
            ["Mparams", "MParams", "mparams", "nparams"].map(|name| of_header(Field::Params, name)),
            [Some(1e6), Some(1e6), Some(1e6), None]
        );
        assert_eq!(of_header(Field::Tokens, "billion_tokens"), Some(1e9));
        assert_eq!(of_header(Field::Tokens, "B_tokens"), Some(1e9));
        assert_eq!(["M_params", "m_params"].map(|name| of_header(Field::Params, name)), [Some(1e6), None]);
        assert_eq!(of_header(Field::Tokens, "tokens_b"), Some(1e9));
        assert_eq!(of_column(Field::Params, "Model size (total, M)"), Some(1e6));
        assert_eq!(of_column(Field::PruneStart, "prune_start (k steps)"), Some(1e3));
        assert_eq!(of_column(Field::TokensPerStep, "batch (k tokens)"), None);
        assert_eq!(of_column(Field::Loss, "loss (M)"), None);
        for header in ["sparsity (%)", "final_sparsity_pct", "Target Sparsity %", "sparsity_percent"] {
            assert_eq!(of_header(Field::FinalSparsity, header), Some(0.01), "{header}");
        }
        assert_eq!(of_header(Field::Params, "params (%)"), None);
        assert_eq!(of_header(Field::FinalSparsity, "sparsity (M)"), None);
    }

    #[test]
    fn cells_are_units_or_numbers() {
        let of = ["M", "(B)", "nats", "FLOPs", "10^6", "B tokens", "1e6", "7B", "", "r0"].map(of_unit);
        let unit = Some(1.0);
        assert_eq!(of, [Some(1e6), Some(1e9), unit, unit, Some(1e6), Some(1e9), None, None, None, None]);
    }

    #[test]
    fn cells_that_say_their_unit_keep_it() {
        assert_eq!(times("0.07", 0.07, 1e6), 70_000.0);
        assert_eq!(times("7B", 7e9, 1e9), 7e9);
        assert_eq!((times("70", 70.0, 0.01), times("70%", 0.7, 0.01)), (0.7, 0.7));
    }
}
