//! Loss curves of runs, and what was fitted of each.

use super::axis::{Axis, Numbers, Scale};
use super::canvas::{Marker, Pen};
use super::figure::{Figure, FigureOptions};
use super::panel::{Item, Mark, Panel};
use super::runs::Departures;
use super::sheet::{Coloured, Key, Sheet};
use super::style::{DASH, POINT};
use crate::report::Report;
use crate::{Error, Result, Sweep};

/// Runs that are drawn, runs of a figure that names them, and points of a curve.
const MOST: usize = 24;
const NAMED: usize = 6;
const DETAIL: usize = 300;

/// Rows of a run, and its curve.
type Curve = (Vec<usize>, Vec<(f64, f64)>);

impl Figure {
    /// Loss against tokens of each run, the rows that were fitted, and what the law says of these.
    ///
    /// `sweep` has the whole curves; without it they are the rows of the fit. Of many runs 24 are drawn, spread over the parameters.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::report::Report;
    /// let sweep = Sweep::from_csv_path("data/gemstones_cool_end.csv")?;
    /// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// let figure = Figure::curves(&Report::Point(fit), Some(&sweep), &FigureOptions::default())?;
    /// assert!(figure.csv().contains("measured"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the fit has no runs, or no run has a curve; when the sweep has none of the fit's runs, or the width is none of a figure.
    pub fn curves(report: &Report, sweep: Option<&Sweep>, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let fit = report.fit();
        let departures = Departures::of(fit, "curves")?;
        let observations = &fit.observations;
        let refuse = |problem: &str, remedy: &str| Err(Error::unanswerable("figure", problem, remedy));
        if observations.is_flops_alone() {
            return refuse(
                "curves are drawn against tokens, and the sweep has FLOPs alone",
                "draw `kind=frontier`",
            );
        }
        let (params, tokens, loss) = (observations.params(), observations.tokens(), observations.loss());
        let mut rows: Vec<Vec<usize>> = Vec::new();
        let mut place = std::collections::BTreeMap::new();
        for (row, run) in observations.run().iter().enumerate() {
            let at = *place.entry(*run).or_insert(rows.len());
            if at == rows.len() {
                rows.push(Vec::new());
            }
            rows[at].push(row);
        }
        let whole = |run: &[usize]| -> Vec<(f64, f64)> {
            let name = observations.run_name(observations.run()[run[0]]);
            let of_sweep = sweep.and_then(|sweep| sweep.runs().iter().find(|run| run.id() == name));
            let mut points: Vec<(f64, f64)> = match (of_sweep, sweep) {
                (Some(run), _) => run.checkpoints().iter().map(|c| (c.tokens, c.loss)).collect(),
                (None, Some(_)) => Vec::new(),
                (None, None) => run.iter().map(|row| (tokens[*row], loss[*row])).collect(),
            };
            points.retain(|(x, y)| *x > 0.0 && y.is_finite());
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            points
        };
        let mut runs: Vec<Curve> =
            rows.into_iter().map(|run| (whole(&run), run)).map(|(points, run)| (run, points)).collect();
        runs.retain(|(_, points)| points.len() > 1);
        if runs.is_empty() {
            return match sweep {
                Some(_) => {
                    refuse("no run of the fit has a curve in this sweep", "give the sweep that was fitted")
                }
                None => refuse(
                    "curves shows loss curves, and the fit has one row of each run",
                    "give the sweep as well, or fit it with `checkpoints=all`",
                ),
            };
        }
        let count = runs.len();
        runs.sort_by(|a, b| params[a.0[0]].total_cmp(&params[b.0[0]]));
        let runs: Vec<&Curve> = match count {
            0..=MOST => runs.iter().collect(),
            _ => (0..MOST).map(|k| &runs[k * (count - 1) / (MOST - 1)]).collect(),
        };
        let mut sheet = Sheet::new(options, "Loss curves, and what was fitted of them");
        let palette = sheet.palette;
        let sizes: Vec<f64> = runs.iter().map(|(run, _)| params[run[run.len() - 1]]).collect();
        let colours = Coloured::of(palette, &sizes);
        // The first steps of training, far above the rest, do not squeeze it.
        let fitted_most =
            runs.iter().flat_map(|(run, _)| run.iter().map(|row| loss[*row])).fold(0.0, f64::max);
        let ends = runs.iter().filter_map(|(_, points)| Some(points.last()?.1)).fold(fitted_most, f64::max);
        let law = runs.iter().flat_map(|(run, _)| run.iter().map(|row| departures.fitted[*row]));
        let shown = runs.iter().flat_map(|(_, points)| points.iter().map(|p| p.1)).chain(law);
        let shown = shown.map(|loss| loss.min(1.25 * ends));
        let first =
            runs.iter().flat_map(|(_, points)| points.iter().filter(|p| p.1 <= 1.25 * ends).map(|p| p.0));
        let mut panel = Panel::new(
            Axis::around("tokens", Scale::Log, Numbers::Quantity, first),
            Axis::around("loss, nats a token", Scale::Log, Numbers::Plain, shown),
        );
        let dashed = |paint| Pen::new(paint, 0.8).dashed(DASH);
        for ((run, points), size) in runs.iter().zip(&sizes) {
            let paint = colours.paint(*size);
            let name = observations.run_name(observations.run()[run[0]]);
            let step = points.len().div_ceil(DETAIL);
            let last = points.len() - 1;
            let kept = points.iter().enumerate().filter(|(k, _)| (last - k) % step == 0);
            panel.items.push(Item::Curve {
                series: format!("measured, {name}"),
                points: kept.map(|(_, point)| *point).collect(),
                pen: Pen::new(paint.mix(0.7), 0.8),
                label: (runs.len() <= NAMED).then(|| (name.clone(), paint)),
            });
            let mut law: Vec<(f64, f64)> =
                run.iter().map(|row| (tokens[*row], departures.fitted[*row])).collect();
            law.sort_by(|a, b| a.0.total_cmp(&b.0));
            if law.len() > 1 {
                panel.items.push(Item::Curve {
                    series: format!("law, {name}"),
                    points: law,
                    pen: dashed(paint),
                    label: None,
                });
            }
        }
        for ((run, _), size) in runs.iter().zip(&sizes) {
            let name = observations.run_name(observations.run()[run[0]]);
            let mark = |row: &usize| Mark {
                at: (tokens[*row], loss[*row]),
                paint: colours.paint(*size),
                name: name.clone(),
                label: None,
            };
            let radius = if run.len() > 12 { 0.55 * POINT } else { POINT };
            panel.items.push(Item::Points {
                series: "fitted rows".to_owned(),
                marks: run.iter().map(mark).collect(),
                marker: Marker::Disc,
                radius,
            });
        }
        sheet.key.extend(colours.key("parameters"));
        sheet.key.push(Key::Line("measured".to_owned(), Pen::new(palette.soft, 0.8)));
        sheet.key.push(Key::Marker("rows that were fitted".to_owned(), Marker::Disc, palette.soft));
        if runs.iter().any(|(run, _)| run.len() > 1) {
            sheet.key.push(Key::Line("law".to_owned(), dashed(palette.soft)));
        }
        if count > runs.len() {
            sheet.notes.push(format!("{} of {count} runs, spread over the parameters.", runs.len()));
        }
        sheet.panels.push(panel);
        Ok(sheet.figure())
    }
}
