//! Sparse and dense runs against each way to count parameters: one curve, or not.

use super::axis::{Axis, Numbers, Scale};
use super::canvas::Pen;
use super::figure::{Figure, FigureOptions};
use super::panel::{Item, Panel};
use super::runs::{Departures, marks, radius, run_key};
use super::sheet::{Coloured, Key, Sheet};
use super::smooth::smooth;
use super::style::AXIS;
use crate::report::Report;
use crate::units::{format_number, format_quantity};
use crate::{Error, Result, Size};

impl Figure {
    /// Loss of sparse and dense runs against N at first, N at the end, N̄, and the mean that was fitted, side by side.
    ///
    /// Where a count is the right one, sparse and dense runs lie on one curve: how far they lie from a smooth one is said above each.
    /// Runs of unlike length are moved to the median one by what the law says of tokens. Colours are the final density.
    ///
    #[doc = concat!("\n", include_str!("../../docs/collapse.svg"), "\n")]
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::report::Report;
    /// let sweep = Sweep::from_csv_path("data/t5_c4_sparse.csv")?;
    /// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// let figure = Figure::collapse(&Report::Point(fit), &FigureOptions::default())?;
    /// assert!(figure.svg().contains("off one curve"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the fit has no pruned runs, or does not know how many parameters they end with; when the width is none of a figure.
    pub fn collapse(report: &Report, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let fit = report.fit();
        Departures::of(fit, "collapse")?;
        let observations = &fit.observations;
        if observations.is_dense() || !observations.has_final_params() {
            let problem = "collapse compares sparse runs with dense ones, and the fit has no sparse runs";
            return Err(Error::unanswerable("figure", problem, "fit a sweep in which some runs were pruned"));
        }
        let (own, tokens) = (observations.params(), observations.tokens());
        let mut sorted = tokens.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (median, unlike) = (sorted[sorted.len() / 2], sorted[0] < sorted[sorted.len() - 1]);
        // What tokens do to ln L, by the law; nothing where it cannot say.
        let moved = |row: usize| match (fit.predict(own[row], median), fit.predict(own[row], tokens[row])) {
            (Ok(there), Ok(here)) if unlike => there - here,
            _ => 0.0,
        };
        let loss: Vec<f64> = (0..own.len()).map(|row| observations.loss()[row] + moved(row)).collect();
        let (initial, last) = (observations.initial_params(), observations.final_params());
        let groups = observations.clusters().0;
        let density: Vec<f64> = last.iter().zip(initial).map(|(last, initial)| last / initial).collect();
        let mut counts: Vec<(String, &[f64])> = vec![
            ("parameters at first, N₀".to_owned(), initial),
            ("parameters at the end".to_owned(), last),
            ("average parameters, N̄".to_owned(), observations.average_params()),
        ];
        if ![Size::AVERAGE, Size::Initial, Size::Final].contains(&observations.size()) {
            counts.push((format!("parameters, {}", observations.size()), own));
        }
        let mut sheet = Sheet::new(options, "Sparse and dense runs against each count of parameters");
        sheet.columns = counts.len();
        sheet.shares_y = true;
        let palette = sheet.palette;
        let colours = Coloured::of(palette, &density);
        let y_title =
            if unlike { format!("loss at {} tokens", format_quantity(median, 2)) } else { "loss".to_owned() };
        for (name, values) in counts {
            let logs: Vec<f64> = loss.iter().map(|loss| loss.ln()).collect();
            let curve: Vec<(f64, f64)> =
                smooth(values, &logs, &groups).into_iter().map(|place| (place.x, place.y)).collect();
            let off = spread_about(&curve, values, &logs);
            let mut panel = Panel::new(
                Axis::around(&name, Scale::Log, Numbers::Quantity, values.iter().copied()),
                Axis::around(&y_title, Scale::Log, Numbers::Plain, loss.iter().copied()),
            );
            panel.title = off.map(|off| format!("{} % off one curve", format_number(100.0 * off, 2)));
            let points: Vec<(f64, f64)> = curve.into_iter().map(|(x, y)| (x, y.exp())).collect();
            let pen = Pen::new(palette.soft, 1.5 * AXIS);
            if !points.is_empty() {
                panel.items.push(Item::Curve { series: "smooth curve".to_owned(), points, pen, label: None });
            }
            let runs = marks(fit, |row| (values[row], loss[row]), |row| colours.paint(density[row]));
            if sheet.panels.is_empty() {
                sheet.key.extend(colours.key("final density"));
                sheet.key.extend(run_key(&runs, palette));
                sheet.key.push(Key::Line("smooth curve".to_owned(), pen));
            }
            panel.items.extend(runs.items(radius(loss.len())));
            sheet.panels.push(panel);
        }
        if unlike {
            sheet
                .notes
                .push(format!("Losses are moved to {} tokens by the law.", format_quantity(median, 3)));
        }
        Ok(sheet.figure())
    }
}

/// Root mean square of how far values lie from a curve; none where there is no curve.
fn spread_about(curve: &[(f64, f64)], x: &[f64], y: &[f64]) -> Option<f64> {
    let at = |x: f64| {
        let place = curve.partition_point(|point| point.0 <= x).clamp(1, curve.len() - 1);
        let ((x0, y0), (x1, y1)) = (curve[place - 1], curve[place]);
        y0 + (y1 - y0) * ((x / x0).ln() / (x1 / x0).ln()).clamp(0.0, 1.0)
    };
    let squares = |(x, y): (&f64, &f64)| (y - at(*x)).powi(2);
    (curve.len() > 1).then(|| (x.iter().zip(y).map(squares).sum::<f64>() / x.len() as f64).sqrt())
}
