//! Where the searches ended.

use super::axis::{Axis, Numbers, Scale};
use super::canvas::{Marker, Pen};
use super::figure::{Figure, FigureOptions};
use super::panel::{Item, Mark, Panel};
use super::runs::Departures;
use super::sheet::Sheet;
use super::style::{CURVE, POINT};
use crate::Result;
use crate::report::Report;
use crate::units::{format_count, format_number};

/// Minima that are named.
const NAMED: usize = 4;
/// Height of a figure of one minimum, over that of others.
const ONE: f64 = 0.8;

impl Figure {
    /// The objective at which each start of the search ended, over the least, starts in that order.
    ///
    /// Each step is a minimum; the lowest ones are named with their exponents.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::report::Report;
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// let figure = Figure::starts(&Report::Point(fit), &FigureOptions::default())?;
    /// assert!(figure.svg().contains("starts, in the order of"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the fit has no runs (constants that were given), or the width is none of a figure.
    pub fn starts(report: &Report, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let fit = report.fit();
        Departures::of(fit, "starts")?;
        let optimum = (fit.objective, fit.starts_at_optimum, &fit.parameters);
        let others = fit.minima.iter().map(|m| (m.objective, m.starts, &m.parameters));
        let minima: Vec<(f64, usize, &Vec<f64>)> = std::iter::once(optimum).chain(others).collect();
        let relative = fit.objective > 0.0;
        let over = |objective: f64| if relative { objective / fit.objective } else { objective };
        let spec = fit.law().spec();
        let exponents: Vec<(usize, &str)> =
            ["alpha", "beta"].into_iter().filter_map(|name| Some((spec.place(name)?, name))).collect();
        let mut sheet = Sheet::new(options, "Where the searches ended");
        let palette = sheet.palette;
        let [best, other] = [palette.kinds[0], palette.kinds[1]];
        let count: usize = minima.iter().map(|(_, starts, _)| *starts).sum();
        let values: Vec<f64> = minima.iter().map(|(objective, ..)| over(*objective)).collect();
        let high = values.iter().copied().filter(|v| v.is_finite()).fold(1.0, f64::max);
        let wide = relative && high > 3.0;
        let (scale, room) = if wide { (Scale::Log, 1.3) } else { (Scale::Linear, 1.05) };
        let title = if relative { "objective, over the least" } else { "objective" };
        let y = values
            .iter()
            .copied()
            .chain(relative.then_some([high.max(1.02) * room, 1.0]).into_iter().flatten());
        let mut panel = Panel::new(
            Axis::between(
                "starts, in the order of where they ended",
                Scale::Linear,
                Numbers::Whole,
                0.0,
                count as f64,
            ),
            Axis::around(title, scale, Numbers::Plain, y),
        );
        let mut done = 0;
        for (k, ((_, starts, parameters), value)) in minima.iter().zip(&values).enumerate() {
            let (from, to) = (done as f64, (done + starts) as f64);
            done += starts;
            let (paint, marker) = if k == 0 { (best, Marker::Disc) } else { (other, Marker::Diamond) };
            let series = if k == 0 { "optimum".to_owned() } else { format!("minimum {}", k + 1) };
            panel.items.push(Item::Curve {
                series: series.clone(),
                points: vec![(from, *value), (to, *value)],
                pen: Pen::new(paint, 1.2 * CURVE),
                label: None,
            });
            let of = exponents
                .iter()
                .map(|(at, name)| format!("{name} {}", format_number(parameters[*at], 3).replace('-', "−")));
            let words =
                std::iter::once(format_count(*starts, "start")).chain(of).collect::<Vec<_>>().join(", ");
            let label = (k < NAMED).then_some(words);
            let marks = vec![Mark { at: ((from + to) / 2.0, *value), paint, name: series.clone(), label }];
            panel.items.push(Item::Points { series, marks, marker, radius: POINT + 0.4 });
        }
        if minima.len() == 1 {
            sheet.aspect *= ONE;
        }
        sheet.panels.push(panel);
        sheet.notes.push(format!(
            "{} of {} ended at the optimum.",
            fit.starts_at_optimum,
            format_count(fit.starts_tried, "start")
        ));
        if fit.starts_unproven > 0 {
            sheet
                .notes
                .push(format!("{} ended at no proven minimum and are not shown.", fit.starts_unproven));
        }
        Ok(sheet.figure())
    }
}
