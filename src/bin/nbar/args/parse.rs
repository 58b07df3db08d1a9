//! Numbers, places and shares as people write them.

use nbar::Error;
use nbar::units::parse_quantity;

/// Reads a positive quantity such as `7B`.
pub(crate) fn quantity(text: &str) -> Result<f64, String> {
    let value = parse_quantity(text).map_err(|e| e.to_string())?;
    if value > 0.0 { Ok(value) } else { Err(format!("'{text}' is not above zero")) }
}

/// Reads a quantity that may be zero.
pub(crate) fn amount(text: &str) -> Result<f64, String> {
    parse_quantity(text).map_err(|e| e.to_string())
}

/// Reads bytes such as `80GB`, `24GiB` or `16e9`.
pub(crate) fn bytes(text: &str) -> Result<f64, String> {
    const UNITS: [(&str, f64); 9] = [
        ("KiB", 1024.0),
        ("MiB", 1048576.0),
        ("GiB", 1073741824.0),
        ("TiB", 1099511627776.0),
        ("KB", 1e3),
        ("kB", 1e3),
        ("MB", 1e6),
        ("GB", 1e9),
        ("TB", 1e12),
    ];
    const LEAST: f64 = 1e6;
    let bytes = in_units(text, &UNITS, "bytes, such as 80GB, 24GiB or 16e9")?;
    let has_unit = UNITS.iter().any(|(unit, _)| text.ends_with(unit));
    match bytes < LEAST && !has_unit {
        true => {
            Err(format!("'{text}' without a unit is bytes, and few networks are so small: give one, as 80GB"))
        }
        false => Ok(bytes),
    }
}

/// Reads seconds such as `20ms`, `0.5s` or `0.02`.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    in_units(text, &[("ms", 1e-3), ("us", 1e-6), ("s", 1.0)], "seconds, such as 20ms or 0.02")
}

/// Reads a positive number in one of some units, the longest names first, or without one.
fn in_units(text: &str, units: &[(&str, f64)], wanted: &str) -> Result<f64, String> {
    let unit = units.iter().find_map(|(unit, of)| Some((text.strip_suffix(unit)?.trim_end(), *of)));
    let (number, of) = unit.unwrap_or((text, 1.0));
    match number.parse::<f64>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value * of),
        _ => Err(format!("'{text}' is not {wanted}")),
    }
}

/// Reads a quantity that may be zero, or a percentage such as `25%`.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    position(text).map(|position| position.value)
}

/// A place in a run: a number in some unit, or a percentage, which only fits units that are fractions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    pub(crate) value: f64,
    pub(crate) percent: bool,
}

impl Position {
    /// Refuses a percentage where positions are counts.
    pub(crate) fn fits(self, name: &str, absolute: bool) -> nbar::Result<()> {
        if !(self.percent && absolute) {
            return Ok(());
        }
        let value = format!("{}%", 100.0 * self.value);
        let remedy = "give a number of tokens or steps, or `unit=fraction`";
        Err(Error::option(name, value, "is a percentage, which fits no count", remedy))
    }
}

/// Reads two places, such as `10%..50%`.
pub(crate) fn positions(text: &str) -> Result<[Position; 2], String> {
    let (start, end) = text.split_once("..").ok_or("write where it starts and ends, as in 10%..50%")?;
    Ok([position(start)?, position(end)?])
}

/// Reads a place such as `2500`, `20B` or `25%`.
pub(crate) fn position(text: &str) -> Result<Position, String> {
    match text.strip_suffix('%') {
        Some(percent) => {
            parse_quantity(percent).map(|value| Position { value: value / 100.0, percent: true })
        }
        None => parse_quantity(text).map(|value| Position { value, percent: false }),
    }
    .map_err(|e| e.to_string())
}

/// Reads the level of intervals, as 0.95 or 95%.
pub(crate) fn level(text: &str) -> Result<f64, String> {
    match share(text) {
        Ok(level) if level > 0.0 && level < 1.0 => Ok(level),
        _ => Err("it lies between 0 and 1, both excluded; 0.95 is usual".to_owned()),
    }
}

/// Reads a whole number of steps.
pub(crate) fn whole(text: &str) -> Result<f64, String> {
    let steps = quantity(text)?;
    if steps.fract() == 0.0 { Ok(steps) } else { Err(format!("'{text}' is not a whole number")) }
}
