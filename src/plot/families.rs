//! A fit by groups: the best run of each group, and what its parameters count for.

use super::axis::{Axis, Numbers, Scale, trimmed};
use super::canvas::{Marker, Pen};
use super::figure::{Figure, FigureOptions};
use super::forest::{NAMES, WIDE};
use super::grid::{budgets_of, drawn_of, needed_runs, spread};
use super::label::shortened;
use super::panel::{Item, Mark, Panel};
use super::runs::radius;
use super::sheet::{Key, Sheet};
use super::style::{AXIS, CURVE, DASH, POINT, SMALL};
use crate::answer::Allocation;
use crate::report::Report;
use crate::units::format_number;
use crate::{Ensemble, Error, Result};

/// Budgets of a curve, and how far it goes beyond the largest run.
const DETAIL: usize = 33;
const BEYOND: f64 = 100.0;

impl Figure {
    /// Loss against training FLOPs of each group of a [fit by groups](crate::families::fit_by_group): its runs, and the best run of each budget.
    ///
    /// Beyond the largest run curves are dashed. Where groups differ in the coefficient of N alone, a second panel has what a parameter of each
    /// counts for, in parameters of the baseline, with its interval.
    ///
    /// ```
    /// use nbar::families::fit_by_group;
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::report::Report;
    /// use nbar::{FitOptions, ObservationOptions, Sweep};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let observations = sweep.observations(&ObservationOptions::default())?;
    /// let family = fit_by_group(&observations, &FitOptions::default(), &["alpha", "beta"], None)?;
    /// let figure = Figure::families(&Report::Point(family.fit), &FigureOptions::default())?;
    /// assert!(figure.svg().contains("c4_original"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the fit is not one by groups, its law has no best run of a budget, or the width is none of a figure.
    pub fn families(report: &Report, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let (fit, ensemble) = (report.fit(), drawn_of(report));
        let names = fit.groups();
        let Some(of_rows) = fit.observations.groups().filter(|_| !names.is_empty()) else {
            let problem = "families is drawn from a fit by groups, and this is none";
            return Err(Error::unanswerable("figure", problem, "fit with `group=COLUMN`"));
        };
        let mut sheet = Sheet::new(options, "Loss of each group");
        let palette = sheet.palette;
        let paint = |k: usize| palette.kind(k);
        let (flops, loss): (Vec<f64>, _) = (fit.observations.flops().collect(), fit.observations.loss());
        let [smallest, largest] = budgets_of(&flops);
        let mut at = spread(smallest, BEYOND * largest, DETAIL);
        at.push(largest);
        at.sort_by(f64::total_cmp);
        let (mut items, mut losses) = (Vec::new(), loss.to_vec());
        for (k, name) in names.iter().enumerate() {
            let rows: Vec<usize> = (0..loss.len()).filter(|row| of_rows[*row] == name).collect();
            let mark = |row: &usize| {
                let name = fit.observations.run_name(fit.observations.run()[*row]);
                Mark { at: (flops[*row], loss[*row]), paint: paint(k), name, label: None }
            };
            let (series, marks) = (format!("runs of {name}"), rows.iter().map(mark).collect());
            items.push(Item::Points { series, marks, marker: Marker::Disc, radius: radius(loss.len()) });
            let own = Ensemble::without_draws(ensemble.of_group(name)?.fit);
            let best = needed_runs("families", &own, &at)?;
            losses.extend(best.iter().map(|run| run.loss.estimate));
            let pen = Pen::new(paint(k), CURVE);
            let part = |series: String, pen, keep: &dyn Fn(f64) -> bool| {
                let point = |run: &Allocation| (run.total_flops.estimate, run.loss.estimate);
                let points = best.iter().map(point).filter(|(x, _)| keep(*x)).collect();
                Item::Curve { series, points, pen, label: None }
            };
            items.push(part(name.clone(), pen, &|x| x <= largest * (1.0 + 1e-9)));
            items.push(part(format!("{name} beyond the sweep"), pen.dashed(DASH), &|x| {
                x >= largest * (1.0 - 1e-9)
            }));
            sheet.key.push(Key::Line(name.clone(), pen));
        }
        let mut panel = Panel::new(
            Axis::around("training FLOPs", Scale::Log, Numbers::Quantity, at),
            Axis::around("loss, nats a token", Scale::Log, Numbers::Plain, losses),
        );
        panel.items = items;
        sheet.panels.push(panel);
        let worths: Vec<_> =
            names.iter().enumerate().filter_map(|(k, name)| Some((k, ensemble.counts_for(name)?))).collect();
        if !worths.is_empty() {
            sheet.columns = if options.width >= WIDE { 2 } else { 1 };
            let drawn = !ensemble.draws.is_empty();
            let ends =
                worths.iter().flat_map(|(_, worth)| worth.interval.into_iter().chain([worth.estimate, 1.0]));
            let title = format!("a parameter counts for, of {}", shortened(&names[0], SMALL, NAMES));
            let listed = Axis::listed(worths.iter().map(|(k, _)| names[*k].clone()), NAMES);
            let mut panel = Panel::new(Axis::around(&title, Scale::Log, Numbers::Plain, ends), listed);
            let pen = Pen::new(palette.soft, AXIS).dashed(DASH);
            panel.items.push(Item::Rule { at: 1.0, upright: true, pen, label: None });
            for (row, (k, worth)) in worths.iter().enumerate() {
                let (series, at) = (names[*k].clone(), (worth.estimate, row as f64 + 1.0));
                if drawn {
                    let (pen, series) = (Pen::new(paint(*k), CURVE), series.clone());
                    panel.items.push(Item::Bar { series, at, ends: worth.interval, of_x: true, pen });
                }
                let label = Some(format_number(worth.estimate, 3));
                let marks = vec![Mark { at, paint: paint(*k), name: series.clone(), label }];
                panel.items.push(Item::Points { series, marks, marker: Marker::Disc, radius: POINT + 0.4 });
            }
            sheet.panels.push(panel);
            if drawn {
                let level = trimmed(&format_number(100.0 * ensemble.options.level, 4));
                sheet.notes.push(format!("Bars are {level} % intervals of what a parameter counts for."));
            }
        }
        sheet.notes.push("Curves are the best run of each budget, dashed beyond the largest run.".to_owned());
        Ok(sheet.figure())
    }
}
