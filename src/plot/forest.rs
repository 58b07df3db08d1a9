//! Parameters of several fits, beside each other.

use super::axis::{Axis, Numbers, Scale, trimmed};
use super::canvas::{Marker, Pen};
use super::figure::{Figure, FigureOptions};
use super::font::width;
use super::panel::{Item, Mark, Panel};
use super::sheet::{Key, Sheet};
use super::style::{CURVE, MILLIMETRE, POINT, SMALL};
use crate::fit::Freedom;
use crate::law;
use crate::report::Report;
use crate::units::format_number;
use crate::{Error, Result};

/// Height of a row, and of the axis below all, in points.
pub(super) const ROW: f64 = 12.0;
pub(super) const AROUND: f64 = 40.0;
/// The most room for names, and the width of a figure from which on panels stand side by side, in millimetres.
pub(super) const NAMES: f64 = 92.0;
pub(super) const WIDE: f64 = 130.0;
/// How many times larger or smaller than the middle one an estimate may be that the axis holds.
const FAR: f64 = 1e6;
/// The least room of a panel beside its names, in points.
const BESIDE: f64 = 80.0;

impl Figure {
    /// Each parameter of several fits, with its interval: a row a fit, a panel a parameter.
    ///
    /// Each fit has a name. Fits of other laws, recipes or groups are rows alike; where a law lacks a parameter, its row is empty.
    /// Coefficients have axes of logarithms. What was given, not fitted, is a diamond.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::report::Report;
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let observations = sweep.observations(&ObservationOptions::default())?;
    /// let [free, fixed] = [FitOptions::default(), FitOptions::default().with_fixed("beta", 0.28)]
    ///     .map(|options| fit_scaling_law(&observations, &options).map(Report::Point));
    /// let figure = Figure::forest(&[("free", &free?), ("beta 0.28", &fixed?)], &FigureOptions::default())?;
    /// assert!(figure.svg().contains("beta 0.28"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is no fit, or no parameter that a fit identifies; when the width is none of a figure.
    pub fn forest(fits: &[(&str, &Report)], options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let mut sheet = Sheet::new(options, "Parameters of each fit");
        let longest = fits.iter().map(|(name, _)| width(name, SMALL)).fold(0.0, f64::max).min(NAMES);
        sheet.columns = if options.width * MILLIMETRE / 2.0 - longest >= BESIDE { 2 } else { 1 };
        sheet.height = Some(ROW * fits.len() as f64 + AROUND);
        let palette = sheet.palette;
        let [fitted, given] = [palette.kinds[0], palette.soft];
        let rows: Vec<(usize, Row<'_>)> = fits
            .iter()
            .enumerate()
            .flat_map(|(k, (_, report))| rows(report).map(move |row| (k, row)))
            .collect();
        let mut names: Vec<&str> = Vec::new();
        for (_, row) in &rows {
            if !names.contains(&row.name) {
                names.push(row.name);
            }
        }
        // Exponents of the best run follow from others.
        names.sort_by_key(|name| name.ends_with("_opt"));
        for name in names {
            let of: Vec<&(usize, Row<'_>)> = rows.iter().filter(|(_, row)| row.name == name).collect();
            let log = of.iter().all(|(_, row)| row.is_log);
            let scale = if log { Scale::Log } else { Scale::Linear };
            let mut panel = Panel::new(
                axis(name, scale, &of),
                Axis::listed(fits.iter().map(|(n, _)| (*n).to_owned()), NAMES),
            );
            let mut marks = [Vec::new(), Vec::new()];
            for (k, row) in of {
                let at = (row.estimate, *k as f64 + 1.0);
                if let Some(ends) = row.interval {
                    let (series, pen) = (fits[*k].0.to_owned(), Pen::new(fitted, CURVE));
                    panel.items.push(Item::Bar { series, at, ends, of_x: true, pen });
                }
                let (paint, name) = (if row.is_given { given } else { fitted }, fits[*k].0.to_owned());
                marks[usize::from(row.is_given)].push(Mark { at, paint, name, label: None });
            }
            let [free, fixed] = marks;
            let kinds = [("estimates", free, Marker::Disc), ("given", fixed, Marker::Diamond)];
            for (series, marks, marker) in kinds.into_iter().filter(|(_, marks, _)| !marks.is_empty()) {
                let series = series.to_owned();
                panel.items.push(Item::Points { series, marks, marker, radius: POINT + 0.3 });
            }
            sheet.panels.push(panel);
        }
        if sheet.panels.is_empty() {
            let problem = "forest shows parameters, and there are none that a fit identifies";
            return Err(Error::unanswerable("figure", problem, "give saved fits"));
        }
        if sheet.panels.iter().any(Panel::ends_beyond) {
            sheet.notes.push("Intervals that reach an edge go on beyond it.".to_owned());
        }
        let mut levels: Vec<f64> =
            fits.iter().filter_map(|(_, report)| Some(report.ensemble()?.options.level)).collect();
        levels.dedup();
        let percent = |level: f64| trimmed(&format_number(100.0 * level, 4));
        match levels[..] {
            [] => {}
            [level] => {
                let name = format!("estimate and {} % interval", percent(level));
                sheet.key.push(Key::Line(name, Pen::new(fitted, CURVE)));
            }
            _ => sheet.key.push(Key::Line(
                "estimate and interval, each of its own level".to_owned(),
                Pen::new(fitted, CURVE),
            )),
        }
        if rows.iter().any(|(_, row)| row.is_given) {
            sheet.key.push(Key::Marker("given, not fitted".to_owned(), Marker::Diamond, given));
        }
        Ok(sheet.figure())
    }
}

/// Whether a parameter's axis is one of logarithms: those of coefficients are. E is a loss, and may be 0.
pub(super) fn counts_in_powers(parameter: &law::Parameter) -> bool {
    parameter.scale == law::Scale::Log && parameter.name != "E"
}

/// A parameter of a fit, or what follows from the parameters.
struct Row<'a> {
    name: &'a str,
    estimate: f64,
    interval: Option<[f64; 2]>,
    is_log: bool,
    is_given: bool,
}

fn rows(report: &Report) -> impl Iterator<Item = Row<'_>> {
    let fit = report.fit();
    let spec = fit.law().spec();
    let row = |(name, estimate, with): (_, f64, Option<crate::Estimate>)| -> Row<'_> {
        let place = spec.place(name);
        let is_given = place.is_some() && (fit.is_of_constants() || fit.freedom(name) == Freedom::Fixed);
        Row {
            name,
            estimate,
            interval: with.map(|e| e.interval).filter(|_| !is_given),
            is_log: place.is_some_and(|k| counts_in_powers(&spec.parameters[k])),
            is_given,
        }
    };
    let all = report.parameters().into_iter().chain(report.derived());
    all.filter(|(name, ..)| !matches!(fit.freedom(name), Freedom::Unidentified | Freedom::AtLimit(_)))
        .map(row)
}

/// An axis that holds all estimates; intervals that run off do not squeeze them.
fn axis(name: &str, scale: Scale, rows: &[&(usize, Row<'_>)]) -> Axis {
    let on = |value: f64| if scale == Scale::Log { value.ln() } else { value };
    let back = |value: f64| if scale == Scale::Log { value.exp() } else { value };
    let ends = || rows.iter().filter_map(|(_, row)| Some((row.estimate, row.interval?)));
    let mut lengths: Vec<f64> = ends().map(|(_, [a, b])| on(b) - on(a)).filter(|l| l.is_finite()).collect();
    lengths.sort_by(f64::total_cmp);
    let mut sorted: Vec<f64> =
        rows.iter().map(|(_, row)| on(row.estimate)).filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    // One that ran off does not squeeze the others either.
    let near = |v: &f64| scale == Scale::Linear || (v - middle).abs() < FAR.ln();
    let estimates = || sorted.iter().copied().filter(near);
    let [low, high] = estimates().fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], v| [a.min(v), b.max(v)]);
    let room = 3.0 * lengths.get(lengths.len() / 2).copied().unwrap_or_default().max(high - low);
    let shown = ends().flat_map(|(_, ends)| ends).map(|end| on(end).clamp(low - room, high + room));
    Axis::around(name, scale, Numbers::Plain, estimates().chain(shown.filter(|v| v.is_finite())).map(back))
}
