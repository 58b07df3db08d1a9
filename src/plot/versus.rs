//! What one recipe needs for the loss of another, budget by budget.

use serde_json::Value;

use super::axis::{Axis, Numbers, Scale, trimmed};
use super::canvas::{Marker, Pen};
use super::document::{Source, interval, number};
use super::figure::{Figure, FigureOptions};
use super::forest::WIDE;
use super::panel::{Item, Mark, Panel};
use super::sheet::{Key, Sheet};
use super::style::{AXIS, CURVE, DASH, PALE, POINT};
use crate::units::format_number;
use crate::{Error, Result};

const SOURCE: Source =
    Source { kind: "versus", schema: "nbar.versus", made_by: "nbar versus with `format=json`" };
/// How many times more or less than the multipliers the axis shows of their intervals.
const ROOM: f64 = 4.0;

#[derive(serde::Deserialize)]
struct Document {
    challenger: Option<String>,
    level: Option<f64>,
    draws: usize,
    rows: Vec<Row>,
}

#[derive(serde::Deserialize)]
struct Row {
    flops: Estimate,
    reach: Option<f64>,
    multiplier: Option<Estimate>,
}

#[derive(serde::Deserialize)]
struct Estimate {
    estimate: Option<f64>,
    interval: [Option<f64>; 2],
}

/// What is asked for so many times beyond a sweep is drawn as beyond it.
const FARTHER: f64 = 1.005;

impl Figure {
    /// The FLOPs that the challenger needs for the loss of the baseline, over the baseline's, against these, with their interval and the line at 1.
    ///
    /// `document` is that of a [comparison](crate::versus::Versus), or an array of such, a panel each. Beyond both sweeps the curve is dashed.
    /// Losses that the challenger does not reach have no mark.
    ///
    /// ```
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::versus::VersusOptions;
    /// use nbar::{Document, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// let recipe = nbar::Ensemble::without_draws(fit);
    /// let found = recipe.versus(&recipe, &VersusOptions::default())?;
    /// let figure = Figure::versus(&found.to_json(), &FigureOptions::default())?;
    /// assert!(figure.svg().contains("multiplier"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the text is no such document, or no loss is reached; when the width is none of a figure.
    pub fn versus(document: &str, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let all: Vec<Document> = match serde_json::from_str(document) {
            Ok(Value::Array(all)) => {
                all.iter().map(|one| SOURCE.read(&one.to_string())).collect::<Result<_>>()?
            }
            _ => vec![SOURCE.read(document)?],
        };
        let mut sheet = Sheet::new(options, "What the challenger needs for the baseline's loss");
        let palette = sheet.palette;
        let flops = || all.iter().flat_map(|one| &one.rows).map(|row| number(row.flops.estimate));
        let found = || all.iter().flat_map(|one| &one.rows).filter_map(|row| row.multiplier.as_ref());
        let middle: Vec<f64> = found().map(|m| number(m.estimate)).filter(|m| m.is_finite()).collect();
        let [low, high] = middle.iter().fold([1.0f64, 1.0], |[a, b], m| [a.min(*m), b.max(*m)]);
        if middle.is_empty() {
            let problem = "the challenger reaches none of these losses";
            return Err(Error::unanswerable("figure", problem, "compare at smaller budgets"));
        }
        // Ends that run off do not squeeze the rest.
        let ends = found().flat_map(|m| interval(m.interval)).filter(|end| !end.is_nan());
        let ends = ends.map(|end| end.clamp(low / ROOM, high * ROOM));
        let y = middle.iter().copied().chain(ends).chain([low / 1.1, high * 1.1]);
        let x = Axis::around("training FLOPs of the baseline", Scale::Log, Numbers::Quantity, flops());
        let y = Axis::around("multiplier of FLOPs", Scale::Log, Numbers::Plain, y);
        (sheet.columns, sheet.shares_y) = (if options.width >= WIDE { 2 } else { 1 }, true);
        let paint = palette.kinds[0];
        for one in &all {
            let mut panel = Panel::new(x.clone(), y.clone());
            panel.title.clone_from(&one.challenger);
            let name = one.challenger.clone().unwrap_or_else(|| "challenger".to_owned());
            let mut rows: Vec<(f64, &Row, &Estimate)> = one
                .rows
                .iter()
                .filter_map(|row| Some((number(row.flops.estimate), row, row.multiplier.as_ref()?)))
                .collect();
            rows.sort_by(|a, b| a.0.total_cmp(&b.0));
            let band = rows.iter().map(|(x, _, m)| (*x, interval(m.interval)[0], interval(m.interval)[1]));
            if one.draws > 0 {
                let series = format!("interval of {name}");
                panel.items.push(Item::Band { series, rows: band.collect(), paint: paint.mix(PALE) });
            }
            let point = |(x, _, m): &(f64, &Row, &Estimate)| (*x, number(m.estimate));
            let pen = Pen::new(paint, CURVE);
            let curve = |series: String, rows: &[(f64, &Row, &Estimate)], pen| Item::Curve {
                series,
                points: rows.iter().map(point).collect(),
                pen,
                label: None,
            };
            // From one row to the next within the sweeps where both are.
            let is_within = |place: usize| number(rows[place].1.reach) <= FARTHER;
            let mut first = 0;
            for end in 1..rows.len() {
                let solid = is_within(end - 1) && is_within(end);
                if end + 1 < rows.len() && solid == (is_within(end) && is_within(end + 1)) {
                    continue;
                }
                let (series, pen) = match solid {
                    true => (name.clone(), pen),
                    false => (format!("{name} beyond the sweeps"), pen.dashed(DASH)),
                };
                panel.items.push(curve(series, &rows[first..=end], pen));
                first = end;
            }
            let mark = |row| Mark { at: point(row), paint, name: name.clone(), label: None };
            let marks = rows.iter().map(mark).collect();
            let series = format!("budgets of {name}");
            panel.items.push(Item::Points { series, marks, marker: Marker::Disc, radius: POINT });
            let (pen, label) = (Pen::new(palette.soft, AXIS), Some(("as much".to_owned(), palette.soft)));
            panel.items.push(Item::Rule { at: 1.0, upright: false, pen, label });
            sheet.panels.push(panel);
        }
        let pen = Pen::new(paint, CURVE);
        if all.iter().flat_map(|one| &one.rows).any(|row| number(row.reach) > FARTHER) {
            sheet.key.push(Key::Line("within the sweeps".to_owned(), pen));
            sheet.key.push(Key::Line("beyond them".to_owned(), pen.dashed(DASH)));
        }
        if all.iter().any(|one| one.draws > 0) {
            let level = trimmed(&format_number(100.0 * number(all[0].level), 4));
            sheet.key.push(Key::Band(format!("{level} % interval"), paint.mix(PALE)));
        }
        sheet
            .notes
            .push("Below the line the challenger needs less than the baseline for its loss.".to_owned());
        let missed = all.iter().flat_map(|one| &one.rows).filter(|row| row.multiplier.is_none()).count();
        if missed > 0 {
            sheet.notes.push(format!("The challenger never reaches the loss of {missed} of the budgets."));
        }
        Ok(sheet.figure())
    }
}
