//! How far runs lie from the law, along all that they differ in.

use super::axis::{Axis, Numbers, Scale};
use super::canvas::{Marker, Pen};
use super::figure::{Figure, FigureOptions};
use super::panel::{Item, Panel};
use super::runs::{Departures, marks, radius, run_key};
use super::sheet::{Key, Sheet};
use super::smooth::smooth;
use super::style::{AXIS, CURVE, DENSE, PALE};
use crate::Result;
use crate::fit::Residual;
use crate::report::Report;
use crate::units::format_number;

/// How many runs are named.
const NAMED: usize = 5;

impl Figure {
    /// Residuals against the size of the law, tokens, FLOPs and tokens a parameter, each with a smooth curve through them.
    ///
    /// Shaded is where the curve lies more than three of its standard errors from zero: there the runs bend away from the law. The five runs that lie farthest are numbered, and named below.
    /// Clusters of runs have colours of their own, up to six, and a key.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::report::Report;
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// let figure = Figure::residuals(&Report::Point(fit), &FigureOptions::default())?;
    /// assert!(figure.svg().contains("tokens a parameter"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the fit has no runs (constants that were given), or the width is none of a figure.
    pub fn residuals(report: &Report, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let fit = report.fit();
        let departures = Departures::of(fit, "residuals")?;
        let observations = &fit.observations;
        let of_ln = fit.options.residual == Residual::LnLoss;
        let mut sheet = Sheet::new(options, "Residuals: measured less law");
        sheet.columns = 2;
        sheet.shares_y = true;
        let palette = sheet.palette;
        let (params, tokens) = (observations.params(), observations.tokens());
        let ratio: Vec<f64> = tokens.iter().zip(observations.average_params()).map(|(d, n)| d / n).collect();
        let flops: Vec<f64> = observations.flops().collect();
        let size = format!("parameters, {}", observations.size());
        let mut along: Vec<(&str, &[f64])> = vec![("training FLOPs", &flops)];
        if !observations.is_flops_alone() {
            along = vec![(&size, params), ("tokens", tokens), along[0], ("tokens a parameter", &ratio)];
        }
        let (clusters, count) = observations.clusters();
        let coloured = observations.cluster_count().is_some() && count <= palette.kinds.len();
        let paint = |row: usize| palette.kind(if coloured { clusters[row] as usize } else { 0 });
        let (numbers, title) = match of_ln {
            true => (Numbers::Percent, "residual, of L"),
            false => (Numbers::Plain, "residual, nats a token"),
        };
        if coloured {
            let mut named: Vec<(u32, &str)> = (0..clusters.len())
                .filter_map(|row| Some((clusters[row], observations.cluster_name(row)?)))
                .collect();
            named.sort_unstable();
            named.dedup();
            for (cluster, name) in named {
                let paint = palette.kind(cluster as usize);
                sheet.key.push(Key::Marker(name.to_owned(), Marker::Disc, paint));
            }
        }
        let share = |residual: f64| if of_ln { residual.exp_m1() } else { residual };
        let mut bends = false;
        for (name, values) in along {
            let y = departures.residuals.iter().copied().map(share);
            let mut panel = Panel::new(
                Axis::around(name, Scale::Log, Numbers::Quantity, values.iter().copied()),
                Axis::around(title, Scale::Linear, numbers, y.chain([0.0])),
            );
            panel.items.push(Item::Rule {
                at: 0.0,
                upright: false,
                pen: Pen::new(palette.soft, AXIS),
                label: None,
            });
            let mut runs = marks(fit, |row| (values[row], share(departures.residuals[row])), paint);
            departures.number(fit, &mut runs, NAMED);
            if sheet.panels.is_empty() {
                sheet.key.extend(run_key(&runs, palette));
            }
            panel.items.extend(runs.items(radius(observations.len())));
            let curve = smooth(values, &departures.residuals, &clusters);
            let pen = Pen::new(palette.kinds[1], CURVE);
            for part in curve.chunk_by(|a, b| a.is_sure() == b.is_sure() && (a.y < 0.0) == (b.y < 0.0)) {
                if part[0].is_sure() {
                    bends = true;
                    let rows = part.iter().map(|p| (p.x, share(p.y.min(0.0)), share(p.y.max(0.0)))).collect();
                    let series = "runs bend away".to_owned();
                    panel.items.push(Item::Band { series, rows, paint: pen.paint.mix(DENSE + PALE) });
                }
            }
            if !curve.is_empty() {
                let points = curve.iter().map(|place| (place.x, share(place.y))).collect();
                panel.items.push(Item::Curve { series: "smooth curve".to_owned(), points, pen, label: None });
            }
            sheet.panels.push(panel);
        }
        if sheet.panels.iter().any(|panel| panel.items.iter().any(|i| matches!(i, Item::Curve { .. }))) {
            sheet.key.push(Key::Line("smooth curve".to_owned(), Pen::new(palette.kinds[1], CURVE)));
        }
        if bends {
            let text = "runs bend away from the law".to_owned();
            sheet.key.push(Key::Band(text, palette.kinds[1].mix(DENSE + PALE)));
        }
        if let Some(test) = fit.lack_of_fit() {
            let [departure, p] = [format_number(100.0 * test.departure, 2), format_number(test.p, 1)];
            sheet.notes.push(match test.is_sure() {
                true => format!("Runs depart from the law by {departure} % of L (F test, p = {p})."),
                false if test.is_likely() => {
                    format!("Runs may depart from the law by {departure} % of L (F test, p = {p}).")
                }
                false => format!("No departure from the law beyond scatter (F test, p = {p})."),
            });
        }
        let said = |row: usize| match of_ln {
            true => format!("{} %", format_number(100.0 * share(departures.residuals[row]), 2)),
            false => format_number(share(departures.residuals[row]), 2),
        };
        let farthest = departures.farthest(fit, NAMED).into_iter().enumerate();
        let names: Vec<String> = farthest
            .map(|(k, (row, name))| {
                format!("{} {name} ({})", k + 1, said(row).replace('-', "−")).replace(' ', "\u{a0}")
            })
            .collect();
        if !names.is_empty() {
            sheet.notes.push(format!("Farthest from the law: {}.", names.join(", ")));
        }
        Ok(sheet.figure())
    }
}
