//! Curves that are not finished, and where they will end.

use super::axis::{Axis, Numbers, Scale};
use super::canvas::{Marker, Pen};
use super::document::{Source, number};
use super::figure::{Figure, FigureOptions};
use super::panel::{Item, Mark, Panel};
use super::sheet::{Coloured, Key, Sheet};
use super::style::{DASH, POINT};
use crate::{Error, Result};

/// Runs that are drawn, runs of a figure that names them, and points of a curve.
const MOST: usize = 12;
const NAMED: usize = 6;
const DETAIL: usize = 300;

const SOURCE: Source =
    Source { kind: "forecast", schema: "nbar.forecast", made_by: "nbar forecast with `format=json`" };

#[derive(serde::Deserialize)]
struct Document {
    runs: Vec<Run>,
}

#[derive(serde::Deserialize)]
struct Run {
    run: String,
    params: f64,
    fixed_params: f64,
    planned_tokens: f64,
    finished: bool,
    loss: Estimate,
    interval_90: [Option<f64>; 2],
    came: Option<f64>,
    rows: Vec<[f64; 2]>,
}

#[derive(serde::Deserialize)]
struct Estimate {
    estimate: Option<f64>,
}

impl Figure {
    /// Loss against tokens of each run as far as it has come, its loss at the planned end with the interval of 90 %, and what came where that was held back.
    ///
    /// `document` is that of [forecasts](crate::forecast::Forecasts). Of many runs twelve are drawn, spread over the parameters.
    ///
    /// ```
    /// use nbar::forecast::{ForecastOptions, forecast};
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::{Document, Sweep};
    /// let sweep = Sweep::from_csv_path("data/gemstones_hot.csv")?;
    /// let options = ForecastOptions::default().with_to(2e11).with_lr_schedule("constant".to_owned());
    /// let figure = Figure::forecast(&forecast(&sweep, &options)?.to_json(), &FigureOptions::default())?;
    /// assert!(figure.csv().contains("planned end"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the text is no document of forecasts, or the width is none of a figure.
    pub fn forecast(document: &str, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let document: Document = SOURCE.read(document)?;
        let mut runs: Vec<&Run> =
            document.runs.iter().filter(|run| !run.finished && !run.rows.is_empty()).collect();
        if runs.is_empty() {
            let problem = "the document has no forecast";
            return Err(Error::unanswerable("figure", problem, "forecast runs that are not finished"));
        }
        let size = |run: &Run| run.params + run.fixed_params;
        runs.sort_by(|a, b| size(a).total_cmp(&size(b)));
        let count = runs.len();
        if count > MOST {
            runs = (0..MOST).map(|k| runs[k * (count - 1) / (MOST - 1)]).collect();
        }
        let mut sheet = Sheet::new(options, "Where the curves will end");
        let palette = sheet.palette;
        let colours = Coloured::of(palette, &runs.iter().map(|run| size(run)).collect::<Vec<f64>>());
        let losses = runs.iter().flat_map(|run| {
            // The first steps, far above the rest, do not squeeze it.
            let last = run.rows[run.rows.len() - 1][1];
            let ends = run.interval_90.map(number).into_iter().chain([number(run.came)]);
            run.rows.iter().map(|row| row[1]).filter(move |loss| *loss <= 1.5 * last).chain(ends)
        });
        let tokens =
            runs.iter().flat_map(|run| run.rows.iter().map(|row| row[0]).chain([run.planned_tokens]));
        let mut panel = Panel::new(
            Axis::around("tokens", Scale::Log, Numbers::Quantity, tokens),
            Axis::around(
                "loss, nats a token",
                Scale::Log,
                Numbers::Plain,
                losses.filter(|loss| loss.is_finite()),
            ),
        );
        for run in &runs {
            let (paint, name) = (colours.paint(size(run)), run.run.clone());
            let step = run.rows.len().div_ceil(DETAIL);
            let last = run.rows.len() - 1;
            let kept = run.rows.iter().enumerate().filter(|(k, _)| (last - k) % step == 0);
            let (stop, end) = (run.rows[last], (run.planned_tokens, number(run.loss.estimate)));
            panel.items.push(Item::Curve {
                series: format!("measured, {name}"),
                points: kept.map(|(_, [x, y])| (*x, *y)).collect(),
                pen: Pen::new(paint, 0.9),
                label: (runs.len() <= NAMED).then(|| (name.clone(), paint)),
            });
            panel.items.push(Item::Curve {
                series: format!("to the planned end, {name}"),
                points: vec![(stop[0], stop[1]), end],
                pen: Pen::new(paint, 0.8).dashed(DASH),
                label: None,
            });
            panel.items.push(Item::Bar {
                series: format!("90 %, {name}"),
                at: end,
                ends: run.interval_90.map(number),
                of_x: false,
                pen: Pen::new(paint, 0.9),
            });
        }
        let marks = |of: &dyn Fn(&Run) -> Option<f64>, own: bool| -> Vec<Mark> {
            let mark = |run: &&Run| {
                let paint = if own { colours.paint(size(run)) } else { palette.ink };
                Some(Mark { at: (run.planned_tokens, of(run)?), paint, name: run.run.clone(), label: None })
            };
            runs.iter().filter_map(mark).collect()
        };
        let told = marks(&|run| run.loss.estimate, true);
        let came = marks(&|run| run.came, false);
        let points = |series: &str, marks, marker| Item::Points {
            series: series.to_owned(),
            marks,
            marker,
            radius: POINT,
        };
        panel.items.push(points("forecast", told, Marker::Disc));
        sheet.key.push(Key::Marker("forecast, with 90 % interval".to_owned(), Marker::Disc, palette.soft));
        if !came.is_empty() {
            panel.items.push(points("came", came, Marker::Diamond));
            sheet.key.push(Key::Marker("what came".to_owned(), Marker::Diamond, palette.ink));
        }
        sheet.key.extend(colours.key("parameters"));
        if count > runs.len() {
            sheet.notes.push(format!("{} of {count} runs are drawn.", runs.len()));
        }
        sheet.panels.push(panel);
        Ok(sheet.figure())
    }
}
