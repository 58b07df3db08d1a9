//! How far runs of one size and length scatter, and evaluations of one run.

use super::axis::{Axis, Numbers, Scale};
use super::canvas::{Marker, Pen};
use super::figure::{Figure, FigureOptions};
use super::forest::{NAMES, WIDE};
use super::panel::{Item, Mark, Panel};
use super::sheet::{Key, Sheet};
use super::style::{AXIS, CURVE, POINT};
use crate::fit::Scatter;
use crate::objective::Residual;
use crate::report::Report;
use crate::{Error, Result};

impl Figure {
    /// The losses of runs that repeat each other over the mean of their place, against FLOPs; and how far each part of the noise scatters.
    ///
    /// A disc is a run, at the mean of its evaluations; small discs are these. The second panel has the [standard deviations](crate::fit::Repeats) of runs, of evaluations and
    /// of both, with 95 % intervals, and the root mean square of all residuals.
    ///
    /// ```
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::report::Report;
    /// use nbar::{FitOptions, Observations, fit_scaling_law};
    /// let place = |i: usize| (1e8 * 2f64.powi(i as i32 % 4), 4e9 * 2f64.powi(i as i32 / 4));
    /// let (n, d): (Vec<f64>, Vec<f64>) = (0..24).map(|i| place(i / 2)).unzip();
    /// let loss = (0..24).map(|i| 1.7 + 400.0 / n[i].powf(0.35) + 2000.0 / d[i].powf(0.37) + [0.01, -0.01][i % 2]).collect();
    /// let fit = fit_scaling_law(&Observations::new(n, d, loss)?, &FitOptions::default())?;
    /// let figure = Figure::repeats(&Report::Point(fit), &FigureOptions::default())?;
    /// assert!(figure.svg().contains("runs of one size"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When no two runs repeat each other, or the width is none of a figure.
    pub fn repeats(report: &Report, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let fit = report.fit();
        let Some(found) = fit.repeats() else {
            let problem = "repeats shows runs that repeat each other, and the fit has none";
            return Err(Error::unanswerable(
                "figure",
                problem,
                "give several seeds, or evaluations, of a size and length",
            ));
        };
        let mut sheet = Sheet::new(options, "What repeats, and how far it scatters");
        sheet.columns = if options.width >= WIDE { 2 } else { 1 };
        let palette = sheet.palette;
        let percent = |share: f64| 100.0 * share;
        let [of_runs, of_rows] = [palette.kinds[0], palette.kinds[1]];
        let columns = fit.law().spec().columns(&fit.rows)?;
        let inputs: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let residuals = fit.residuals_of(&fit.rows, Residual::LnLoss)?;
        let flops: Vec<f64> = fit.rows.flops().collect();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let (mut runs, mut rows) = (Vec::new(), Vec::new());
        for units in fit.rows.repeated(&inputs).iter().filter(|units| units.len() > 1 || units[0].len() > 1) {
            let of = |unit: &Vec<usize>| unit.iter().map(|row| residuals[*row]).collect::<Vec<f64>>();
            let middle = mean(&units.iter().map(|unit| mean(&of(unit))).collect::<Vec<f64>>());
            for unit in units {
                let mark = |row: usize, value: f64, paint| {
                    let name = fit.rows.run_name(fit.rows.run()[row]);
                    Mark { at: (flops[row], (value - middle).exp_m1()), paint, name, label: None }
                };
                runs.push(mark(unit[0], mean(&of(unit)), of_runs));
                if found.evaluation.is_some() {
                    rows.extend(unit.iter().map(|row| mark(*row, residuals[*row], of_rows)));
                }
            }
        }
        let places = || runs.iter().chain(&rows).map(|mark: &Mark| mark.at);
        let mut panel = Panel::new(
            Axis::around("training FLOPs", Scale::Log, Numbers::Quantity, places().map(|(x, _)| x)),
            Axis::around("loss over the mean", Scale::Linear, Numbers::Percent, places().map(|(_, y)| y)),
        );
        let pen = Pen::new(palette.soft, AXIS);
        panel.items.push(Item::Rule { at: 0.0, upright: false, pen, label: None });
        for (series, marks, radius) in [("runs", runs, POINT + 0.6), ("evaluations", rows, 0.6 * POINT)] {
            if !marks.is_empty() {
                let series = series.to_owned();
                panel.items.push(Item::Points { series, marks, marker: Marker::Disc, radius });
            }
        }
        sheet.panels.push(panel);
        let whole = Scatter { deviation: found.scatter, interval: found.interval, freedom: found.freedom };
        let parts = [
            (found.run.filter(|_| found.evaluation.is_some()), "runs", of_runs),
            (found.evaluation, "evaluations of a run", of_rows),
            (
                found.run.map(|_| whole),
                if found.evaluation.is_some() { "both" } else { "runs of one size" },
                palette.ink,
            ),
        ];
        let parts: Vec<_> =
            parts.into_iter().filter_map(|(part, name, paint)| Some((part?, name, paint))).collect();
        let names = parts.iter().map(|(_, name, _)| *name).chain(["about the law"]).map(str::to_owned);
        let ends = parts.iter().flat_map(|(part, ..)| part.interval).chain([0.0, fit.rms()]).map(percent);
        let x = Axis::around("standard deviation, % of L", Scale::Linear, Numbers::Plain, ends);
        let mut panel = Panel::new(x, Axis::listed(names, NAMES));
        for (row, (part, name, paint)) in parts.iter().enumerate() {
            let (series, at) = ((*name).to_owned(), (percent(part.deviation), row as f64 + 1.0));
            let (pen, ends) = (Pen::new(*paint, CURVE), part.interval.map(percent));
            panel.items.push(Item::Bar { series: series.clone(), at, ends, of_x: true, pen });
            let marks = vec![Mark { at, paint: *paint, name: series.clone(), label: None }];
            panel.items.push(Item::Points { series, marks, marker: Marker::Disc, radius: POINT + 0.4 });
        }
        let at = (percent(fit.rms()), parts.len() as f64 + 1.0);
        let marks = vec![Mark { at, paint: palette.soft, name: "RMS".to_owned(), label: None }];
        let series = "about the law".to_owned();
        panel.items.push(Item::Points { series, marks, marker: Marker::Diamond, radius: POINT + 0.4 });
        sheet.panels.push(panel);
        sheet.key.push(Key::Marker("run".to_owned(), Marker::Disc, of_runs));
        if found.evaluation.is_some() {
            sheet.key.push(Key::Marker("evaluation".to_owned(), Marker::Disc, of_rows));
        }
        sheet.key.push(Key::Line("95 % interval".to_owned(), Pen::new(palette.ink, CURVE)));
        sheet.key.push(Key::Marker("RMS of all residuals".to_owned(), Marker::Diamond, palette.soft));
        Ok(sheet.figure())
    }
}
