//! Axes: what they count, how, and where their ticks stand.

use super::font::width;
use super::label::shortened_apart;
use super::style::SMALL;
use crate::units::{format_number, format_quantity};

/// How an axis counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    Linear,
    Log,
}

/// How its numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// `1B`, `1T`, `1e21`.
    Quantity,
    /// `2.5`.
    Plain,
    /// `25`, and no fractions.
    Whole,
    /// `+2 %`, of a share.
    Percent,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) title: String,
    pub(super) scale: Scale,
    pub(super) numbers: Numbers,
    pub(super) from: f64,
    pub(super) to: f64,
    /// What stands at 1, 2 … in place of numbers.
    pub(super) names: Vec<String>,
}

/// A tick; those without a label are short.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: Option<String>,
}

/// Space between labels, in points.
const APART: f64 = 5.0;
/// From here on quantities have no letter.
const NO_LETTER: f64 = 1e15;

impl Axis {
    /// An axis that holds all the values with some space around them; one of an empty set goes from 1 to 10.
    pub(super) fn around(
        title: &str,
        scale: Scale,
        numbers: Numbers,
        values: impl IntoIterator<Item = f64>,
    ) -> Self {
        // Powers beyond these have no ratio that a number holds.
        let usable = |v: &f64| v.is_finite() && (scale == Scale::Linear || (1e-140..1e140).contains(v));
        let ends = values
            .into_iter()
            .filter(usable)
            .fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], v| [a.min(v), b.max(v)]);
        let [mut from, mut to] = if ends[0] <= ends[1] { ends } else { [1.0, 10.0] };
        match scale {
            Scale::Log => {
                let space = (to / from).ln().mul_add(0.045, 0.0).max(if to > from { 0.0 } else { 0.7 }).exp();
                (from, to) = (from / space, to * space);
            }
            Scale::Linear => {
                let space = if to > from { 0.045 * (to - from) } else { (0.1 * to.abs()).max(0.1) };
                (from, to) = (from - space, to + space);
            }
        }
        Self { title: title.to_owned(), scale, numbers, from, to, names: Vec::new() }
    }

    /// From one value to another, without space around them.
    pub(super) fn between(title: &str, scale: Scale, numbers: Numbers, from: f64, to: f64) -> Self {
        Self { title: title.to_owned(), scale, numbers, from, to, names: Vec::new() }
    }

    /// Names at 1, 2 … from above; long ones have an ellipsis in their middle.
    pub(super) fn listed(names: impl IntoIterator<Item = String>, longest: f64) -> Self {
        let names = shortened_apart(&names.into_iter().collect::<Vec<_>>(), SMALL, longest);
        let (from, to) = (names.len() as f64 + 0.6, 0.4);
        let (title, scale, numbers) = (String::new(), Scale::Linear, Numbers::Plain);
        Self { title, scale, numbers, from, to, names }
    }

    /// Where a value lies, 0 at the start and 1 at the end; none outside.
    pub(super) fn share_within(&self, value: f64) -> Option<f64> {
        let share = self.share(value);
        (-1e-9..=1.0 + 1e-9).contains(&share).then_some(share)
    }

    /// Where a value lies, beyond the ends too; not a number where it has no place.
    pub(super) fn share(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => (value - self.from) / (self.to - self.from),
            Scale::Log if value > 0.0 => (value / self.from).ln() / (self.to / self.from).ln(),
            Scale::Log => f64::NAN,
        }
    }

    pub(super) fn label(&self, value: f64, step: f64) -> String {
        match self.numbers {
            // Where some have no letter, none has.
            Numbers::Quantity if self.scale == Scale::Log && self.to.max(self.from) >= NO_LETTER => {
                let digits = format!("{value:.5e}").parse().unwrap_or(value);
                format!("{digits:e}")
            }
            Numbers::Quantity => format_quantity(value, 6),
            // As many decimals as the step has, so that neighbours look alike.
            Numbers::Plain | Numbers::Whole if step > 0.0 => {
                let decimals = (-step.log10() - 1e-9).ceil().max(0.0) as usize;
                format!("{value:.decimals$}").replace('-', "−")
            }
            Numbers::Plain | Numbers::Whole if value.abs() >= 1e5 => format!("{value:e}"),
            Numbers::Plain | Numbers::Whole => trimmed(&format_number(value, 6)),
            Numbers::Percent => {
                let decimals = (-(100.0 * step).log10() - 1e-9).ceil().max(0.0) as usize;
                let sign = if value > step / 2.0 { "+" } else { "" };
                let value = if value.abs() < step / 2.0 { 0.0 } else { value };
                format!("{sign}{:.decimals$} %", 100.0 * value).replace('-', "−")
            }
        }
    }

    /// Ticks on so many points of length; no two labels come near each other. `along` says that labels stand in a row,
    /// as below a figure, rather than above each other.
    pub(super) fn ticks(&self, length: f64, along: bool) -> Vec<Tick> {
        if !self.names.is_empty() {
            let tick = |(at, name): (u32, &String)| Tick { at: f64::from(at), label: Some(name.clone()) };
            return (1..).zip(&self.names).map(tick).collect();
        }
        match self.scale {
            Scale::Linear => self.linear(length, along),
            Scale::Log => self.log(length, along),
        }
    }

    fn fits(&self, ticks: &[Tick], length: f64, along: bool) -> bool {
        let labelled: Vec<_> =
            ticks.iter().filter_map(|t| Some((self.share(t.at) * length, t.label.as_ref()?))).collect();
        labelled.windows(2).all(|pair| {
            let apart = (pair[1].0 - pair[0].0).abs();
            let need = match along {
                true => (width(pair[0].1, SMALL) + width(pair[1].1, SMALL)) / 2.0 + APART,
                false => SMALL * 1.9,
            };
            apart >= need
        })
    }

    /// Multiples of 1, 2 or 5 times a power of ten, as close as the labels allow.
    fn linear(&self, length: f64, along: bool) -> Vec<Tick> {
        let span = self.to - self.from;
        let steps = (0..12).flat_map(|k| {
            let power = 10f64.powi((span / 20.0).log10().floor() as i32 + k);
            [1.0, 2.0, 5.0].map(|by| by * power)
        });
        let mut steps: Vec<f64> = steps.collect();
        if self.numbers == Numbers::Whole {
            steps.retain(|step| *step >= 1.0);
        }
        let found = steps.iter().find_map(|step| {
            let ticks = self.multiples(*step);
            (ticks.len() <= 8 && self.fits(&ticks, length, along)).then_some(ticks)
        });
        let found = found.unwrap_or_default();
        if found.iter().filter(|tick| tick.label.is_some()).count() > 1 {
            return found;
        }
        // A label alone says nothing of the scale: every other one of closer ticks.
        let thinned = steps.iter().find_map(|step| {
            let mut ticks = self.multiples(*step);
            let is_odd = |at: f64| (at / step).round().rem_euclid(2.0) == 1.0;
            ticks.iter_mut().filter(|tick| is_odd(tick.at)).for_each(|tick| tick.label = None);
            let labelled = ticks.iter().filter(|tick| tick.label.is_some()).count();
            (ticks.len() <= 12 && labelled > 1 && self.fits(&ticks, length, along)).then_some(ticks)
        });
        thinned.unwrap_or(found)
    }

    fn multiples(&self, step: f64) -> Vec<Tick> {
        let (first, last) = ((self.from / step - 1e-9).ceil() as i64, (self.to / step + 1e-9).floor() as i64);
        if last - first > 200 {
            // More than any figure holds: such a step is too small.
            return vec![Tick { at: self.from, label: Some(String::new()) }; 300];
        }
        let at = |k: i64| k as f64 * step;
        (first..=last).map(|k| Tick { at: at(k), label: Some(self.label(at(k), step)) }).collect()
    }

    fn log(&self, length: f64, along: bool) -> Vec<Tick> {
        let decades = (self.to / self.from).log10();
        let (first, last) = (self.from.log10().floor() as i32, self.to.log10().ceil() as i32);
        let ticks = |labelled: &dyn Fn(i32, u32) -> bool, shown: &[u32]| -> Vec<Tick> {
            let all = (first..=last).flat_map(|k| shown.iter().map(move |by| (k, *by)));
            let tick = |(k, by): (i32, u32)| {
                let at: f64 = format!("{by}e{k}").parse().unwrap_or(f64::NAN);
                let label = labelled(k, by).then(|| self.label(at, 0.0));
                self.share_within(at).map(|_| Tick { at, label })
            };
            all.filter_map(tick).collect()
        };
        let nine: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8, 9];
        let labels = |ticks: &[Tick]| ticks.iter().filter(|t| t.label.is_some()).count();
        let within: [&dyn Fn(i32, u32) -> bool; 3] =
            [&|_, by| by <= 6 && by != 5 || by == 8, &|_, by| matches!(by, 1 | 2 | 5), &|_, by| {
                matches!(by, 1 | 3)
            }];
        if decades < 2.6 {
            if decades < 0.75 {
                let linear = self.linear(length, along);
                if labels(&linear) >= 3 && self.fits(&linear, length, along) {
                    return linear;
                }
            }
            for rule in within {
                let found = ticks(rule, nine);
                if labels(&found) >= 2 && self.fits(&found, length, along) {
                    return found;
                }
            }
        }
        let linear = if decades < 0.75 { self.linear(length, along) } else { Vec::new() };
        if labels(&linear) >= 2 {
            return linear;
        }
        let shown = if decades <= 8.0 { nine } else { &nine[..1] };
        for every in 1..100 {
            let found = ticks(&|k, by| by == 1 && k.rem_euclid(every) == 0, shown);
            if self.fits(&found, length, along) {
                let dense = length / decades < 3.0;
                return found.into_iter().filter(|tick| !dense || tick.label.is_some()).collect();
            }
        }
        Vec::new()
    }
}

/// A number without the zeros that say nothing.
pub(super) fn trimmed(number: &str) -> String {
    let (digits, power) = number.split_at(number.find('e').unwrap_or(number.len()));
    match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_owned() + power,
        false => number.to_owned(),
    }
}
