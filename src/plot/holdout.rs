//! Runs that the fit had not seen: how far they fell from what was foretold.

use super::axis::{Axis, Numbers, Scale, trimmed};
use super::canvas::{Marker, Pen};
use super::document::{Source, interval, number};
use super::figure::{Figure, FigureOptions};
use super::panel::{Item, Mark, Panel};
use super::runs::radius;
use super::sheet::{Key, Sheet};
use super::style::{AXIS, DENSE, POINT};
use crate::units::format_number;
use crate::{Error, Result};

/// Runs that are named.
const NAMED: usize = 3;

const SOURCE: Source =
    Source { kind: "holdout", schema: "nbar.holdout", made_by: "nbar holdout with `format=json`" };

#[derive(serde::Deserialize)]
struct Document {
    law: String,
    level: f64,
    overall: Overall,
    rows: Vec<Row>,
}

#[derive(serde::Deserialize)]
struct Overall {
    law: Errors,
}

#[derive(serde::Deserialize)]
struct Errors {
    bias: Option<f64>,
    rms: Option<f64>,
}

#[derive(serde::Deserialize)]
struct Row {
    run: String,
    last: bool,
    reach: Option<f64>,
    loss: f64,
    predicted: Option<f64>,
    run_interval: [Option<f64>; 2],
}

impl Row {
    /// FLOPs over the most of the fitted runs, to six digits: runs of one budget differ by rounding.
    fn reach(&self) -> f64 {
        format!("{:.5e}", number(self.reach)).parse().unwrap_or(f64::NAN)
    }

    /// Of the measured loss, and of the ends that were promised: what each is over the predicted loss, less 1.
    fn over(&self) -> (f64, [f64; 2]) {
        let predicted = number(self.predicted);
        let over = |loss: f64| loss / predicted - 1.0;
        (over(self.loss), interval(self.run_interval).map(over))
    }
}

impl Figure {
    /// Each held-out run's loss over the predicted one, against its FLOPs over the most that were fitted, with the interval that was promised.
    ///
    /// `document` is that of a [holdout](crate::HoldoutReport). Each run is there with its last row, in each split that holds
    /// it out.
    ///
    /// ```
    /// use nbar::{BootstrapOptions, Document, FitOptions, HoldOut, ObservationOptions, Sweep, holdout, law::Input};
    /// use nbar::plot::{Figure, FigureOptions};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let observations = sweep.observations(&ObservationOptions::default())?;
    /// let bootstrap = BootstrapOptions::default().with_replicates(50);
    /// let largest = HoldOut::Largest { by: Input::Flops, share: 0.2 };
    /// let report = holdout(&observations, &FitOptions::default(), &bootstrap, &largest)?;
    /// let figure = Figure::holdout(&report.to_json(), &FigureOptions::default())?;
    /// assert!(figure.svg().contains("over the most"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the text is no document of a holdout, or has no rows; when the width is none of a figure.
    pub fn holdout(document: &str, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let document: Document = SOURCE.read(document)?;
        let mut rows: Vec<&Row> = document.rows.iter().filter(|row| row.last).collect();
        if rows.is_empty() {
            let problem = "the document of the holdout has no rows";
            return Err(Error::unanswerable("figure", problem, "hold some runs out"));
        }
        rows.sort_by(|a, b| a.reach().total_cmp(&b.reach()));
        let mut sheet = Sheet::new(options, &format!("Runs that the {} law had not seen", document.law));
        let palette = sheet.palette;
        let [inside, outside] = [palette.kinds[0], palette.kinds[1]];
        let over: Vec<(f64, [f64; 2])> = rows.iter().map(|row| row.over()).collect();
        let most = over.iter().map(|(at, _)| at.abs()).filter(|v| v.is_finite()).fold(1e-4, f64::max);
        let ends = over.iter().flat_map(|(_, ends)| *ends).filter(|v| !v.is_nan());
        let ends = ends.map(|v| v.clamp(-3.0 * most, 3.0 * most));
        let y = over.iter().map(|(at, _)| *at).chain(ends).chain([0.0]);
        let x = rows.iter().map(|row| row.reach());
        let mut panel = Panel::new(
            Axis::around("FLOPs, over the most of the fitted runs", Scale::Log, Numbers::Quantity, x),
            Axis::around("measured loss over predicted", Scale::Linear, Numbers::Percent, y),
        );
        let wide = if rows.len() <= 60 { 2.6 } else { 1.2 };
        let bar = Pen::new(inside.mix(DENSE).over(palette.page), wide);
        for (row, (at, ends)) in rows.iter().zip(&over) {
            let (series, at) = ("promised".to_owned(), (row.reach(), *at));
            panel.items.push(Item::Bar { series, at, ends: *ends, of_x: false, pen: bar });
        }
        let (pen, label) = (Pen::new(palette.soft, AXIS), None);
        panel.items.push(Item::Rule { at: 0.0, upright: false, pen, label });
        if panel.x.from < 0.9 && panel.x.to > 1.1 {
            let label = Some(("largest fitted run".to_owned(), palette.soft));
            panel.items.push(Item::Rule { at: 1.0, upright: true, pen, label });
        }
        let is_in = |(at, [lower, upper]): &(f64, [f64; 2])| lower <= at && at <= upper;
        let mut far: Vec<usize> = (0..rows.len()).filter(|k| !is_in(&over[*k])).collect();
        far.sort_by(|a, b| over[*b].0.abs().total_cmp(&over[*a].0.abs()));
        far.truncate(NAMED);
        let marks = |within: bool| -> Vec<Mark> {
            let of = |k: usize| Mark {
                at: (rows[k].reach(), over[k].0),
                paint: if within { inside } else { outside },
                name: rows[k].run.clone(),
                label: far.contains(&k).then(|| rows[k].run.clone()),
            };
            (0..rows.len()).filter(|k| is_in(&over[*k]) == within).map(of).collect()
        };
        let (hit, missed) = (marks(true), marks(false));
        let level = trimmed(&format_number(100.0 * document.level, 4));
        sheet.key.push(Key::Line(format!("{level} % interval"), Pen { width: 2.6, ..bar }));
        let kinds = [("inside", hit, Marker::Disc, inside), ("outside", missed, Marker::Diamond, outside)];
        for (series, marks, marker, paint) in kinds {
            sheet.key.push(Key::Marker(
                format!("{series}: {} of {}", marks.len(), rows.len()),
                marker,
                paint,
            ));
            let (series, radius) = (series.to_owned(), radius(rows.len()).max(0.7 * POINT));
            if !marks.is_empty() {
                panel.items.push(Item::Points { series, marks, marker, radius });
            }
        }
        if panel.ends_beyond() {
            sheet.notes.push("Intervals that reach an edge go on beyond it.".to_owned());
        }
        let percent = |value: Option<f64>| format_number(100.0 * number(value), 2).replace('-', "−");
        let Errors { bias, rms } = document.overall.law;
        sheet.notes.push(format!(
            "ln of measured over predicted: RMS {} %, mean {} %.",
            percent(rms),
            percent(bias.map(|bias| -bias))
        ));
        sheet.panels.push(panel);
        Ok(sheet.figure())
    }
}
