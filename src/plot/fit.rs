//! What was measured against what the law says of the same runs.

use super::axis::{Axis, Numbers, Scale};
use super::canvas::Pen;
use super::figure::{Figure, FigureOptions};
use super::panel::{Item, Panel};
use super::runs::{Departures, marks, radius, run_key};
use super::sheet::{Coloured, Key, Sheet};
use super::style::{CURVE, DASH};
use crate::Result;
use crate::report::Report;
use crate::units::format_number;

/// How many runs are named.
const NAMED: usize = 3;

impl Figure {
    /// The loss of each run as measured against the law's, with the line on which both agree; the farthest runs are named.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::report::Report;
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// let figure = Figure::fit(&Report::Point(fit), &FigureOptions::default())?;
    /// assert!(figure.svg().contains("measured loss"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the fit has no runs (constants that were given), or the width is none of a figure.
    pub fn fit(report: &Report, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let fit = report.fit();
        let departures = Departures::of(fit, "fit")?;
        let observations = &fit.observations;
        let (measured, sizes) = (observations.loss(), observations.average_params());
        let fitted = &departures.fitted;
        let mut sheet = Sheet::new(options, "The fit and its runs");
        sheet.aspect = 0.8;
        let palette = sheet.palette;
        let values = || measured.iter().chain(fitted).copied();
        let axis = |title: &str| Axis::around(title, Scale::Log, Numbers::Plain, values());
        let x = axis("loss by the law, nats a token");
        let ends = vec![(x.from, x.from), (x.to, x.to)];
        let mut panel = Panel::new(x, axis("measured loss, nats a token"));
        let pen = Pen::new(palette.soft, CURVE * 0.7).dashed(DASH);
        panel.items.push(Item::Curve {
            series: "measured as by the law".to_owned(),
            points: ends,
            pen,
            label: None,
        });
        let colours = Coloured::of(palette, if observations.is_flops_alone() { &[] } else { sizes });
        let mut runs = marks(fit, |row| (fitted[row], measured[row]), |row| colours.paint(sizes[row]));
        departures.name(fit, &mut runs, NAMED);
        sheet.key.extend(colours.key(if observations.is_dense() { "parameters" } else { "parameters, N̄" }));
        sheet.key.extend(run_key(&runs, palette));
        sheet.key.push(Key::Line("measured = law".to_owned(), pen));
        panel.items.extend(runs.items(radius(observations.len())));
        sheet.panels.push(panel);
        let rms = format_number(100.0 * fit.rms(), 2);
        sheet.notes.push(format!("Runs lie {rms} % from the law (root mean square of ln L)."));
        Ok(sheet.figure())
    }
}
