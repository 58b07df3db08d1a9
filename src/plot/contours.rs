//! Loss over parameters and tokens.

use super::axis::{Axis, Numbers, Scale};
use super::canvas::Pen;
use super::figure::{Figure, FigureOptions};
use super::grid::{
    asked_run, best_runs, budgets_of, cheapest_run, ends_of, name_of_size, note_of_repeats, said_cheapest,
    spread,
};
use super::level::{levels, lines};
use super::panel::{Item, Panel};
use super::runs::{Departures, marks, radius, run_key};
use super::sheet::{Coloured, Key, Sheet};
use super::style::{AXIS, CURVE, DASH};
use crate::answer::Allocation;
use crate::report::Report;
use crate::units::{format_number, format_quantity};
use crate::{Ensemble, Error, Result};

/// Places of the law along each axis.
const DETAIL: usize = 61;
/// How far the axes go beyond the runs.
const BEYOND: f64 = 4.0;
/// Lines of one loss.
const LINES: usize = 9;

impl Figure {
    /// Lines of equal loss of the law over parameters and tokens, with the runs and the best run of each budget.
    ///
    /// Runs are coloured by their loss, as measured. [`FigureOptions::budgets`] are marked on the line of best runs, and so is the cheapest run
    /// that reaches [`FigureOptions::target`], whose line of equal loss stands out.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::report::Report;
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// let figure = Figure::contours(&Report::Point(fit), &FigureOptions::default())?;
    /// assert!(figure.svg().contains("loss"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the fit has no runs, when the law reads FLOPs alone or does not reach the target, or the width is none of a figure.
    pub fn contours(report: &Report, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let fit = report.fit();
        Departures::of(fit, "contours")?;
        asked_run(fit, 1e9, 2e10)?;
        let observations = &fit.observations;
        if observations.is_flops_alone() {
            let problem = "contours are drawn over parameters and tokens, and the sweep has FLOPs alone";
            return Err(Error::unanswerable("figure", problem, "draw `kind=frontier`"));
        }
        let (sizes, tokens, loss) = (observations.params(), observations.tokens(), observations.loss());
        let mut sheet = Sheet::new(options, "Loss over parameters and tokens");
        sheet.notes.extend(note_of_repeats(fit));
        let palette = sheet.palette;
        let ensemble = Ensemble::without_draws(fit.clone());
        let budgets = match options.budgets.is_empty() {
            true => Vec::new(),
            false => best_runs(&ensemble, &options.budgets)?,
        };
        let target = options.target.map(|loss| Ok((loss, cheapest_run(fit, loss)?))).transpose()?;
        let marked = || budgets.iter().chain(target.iter().map(|(_, run)| run));
        let around = |values: &[f64], of: fn(&Allocation) -> f64| {
            let [low, high] = ends_of(values);
            let ends = [low / BEYOND.sqrt(), high * BEYOND];
            marked().map(of).fold(ends, |[a, b], v| [a.min(v / BEYOND.sqrt()), b.max(v * BEYOND.sqrt())])
        };
        let [n_from, n_to] = around(sizes, |run| run.average_params.estimate);
        let [d_from, d_to] = around(tokens, |run| run.tokens.estimate);
        let (xs, ys) = (spread(n_from, n_to, DETAIL), spread(d_from, d_to, DETAIL));
        let mut heights = Vec::with_capacity(DETAIL * DETAIL);
        for y in &ys {
            for x in &xs {
                heights.push(fit.predict_run(&asked_run(fit, *x, *y)?).unwrap_or(f64::NAN));
            }
        }
        let mut panel = Panel::new(
            Axis::between(&name_of_size(fit), Scale::Log, Numbers::Quantity, n_from, n_to),
            Axis::between("tokens", Scale::Log, Numbers::Quantity, d_from, d_to),
        );
        let colours = Coloured::of(palette, loss);
        let shown = levels(&heights, LINES);
        let plain: Vec<[f64; 2]> = [&xs, &ys].map(|v| [v[0].ln(), v[v.len() - 1].ln()]).to_vec();
        let at = |(i, j): (f64, f64)| {
            let along = |[from, to]: [f64; 2], k: f64| (from + (to - from) * k / (DETAIL - 1) as f64).exp();
            (along(plain[0], i), along(plain[1], j))
        };
        // As many decimals for all as the closest take.
        let step = shown.iter().map(|(_, step)| *step).fold(f64::INFINITY, f64::min);
        for (height, _) in &shown {
            let text = Axis::around("", Scale::Linear, Numbers::Plain, [0.0]).label(*height, step);
            let found = lines(&heights, DETAIL, *height);
            let longest = found.iter().map(Vec::len).max().unwrap_or_default();
            let mut named = false;
            for line in found {
                let label = (!named && line.len() == longest).then(|| (text.clone(), palette.soft));
                named |= label.is_some();
                let points = line.into_iter().map(at).collect();
                let pen = Pen::new(palette.soft.mix(0.75), AXIS);
                panel.items.push(Item::Curve { series: format!("loss {text}"), points, pen, label });
            }
        }
        let runs = marks(fit, |row| (sizes[row], tokens[row]), |row| colours.paint(loss[row]));
        let markers = run_key(&runs, palette);
        panel.items.extend(runs.items(radius(loss.len())));
        let [smallest, largest] = budgets_of(&fit.budgets());
        let pen = Pen::new(palette.kinds[1], CURVE);
        sheet.key.extend(colours.key("measured loss"));
        sheet.key.extend(markers);
        match best_runs(&ensemble, &spread(smallest / 30.0, 1000.0 * largest, 41)) {
            Ok(best) => {
                let points = best.iter().map(|run| (run.average_params.estimate, run.tokens.estimate));
                panel.items.push(Item::Curve {
                    series: "best runs".to_owned(),
                    points: points.collect(),
                    pen: pen.dashed(DASH),
                    label: None,
                });
                sheet.key.push(Key::Line("best run of a budget".to_owned(), pen.dashed(DASH)));
            }
            Err(error) => sheet.notes.push(format!("No best runs: {}.", error.problem())),
        }
        for (budget, run) in options.budgets.iter().zip(&budgets) {
            let (n, d) = (run.average_params.estimate, run.tokens.estimate);
            panel.items.push(super::runs::asked((n, d), *budget, palette.kinds[1]));
            sheet.notes.push(format!(
                "{} FLOPs buy {} parameters and {} tokens: loss {}.",
                format_quantity(*budget, 3),
                format_quantity(n, 3),
                format_quantity(d, 3),
                format_number(run.loss.estimate, 4)
            ));
        }
        if let Some((loss, run)) = &target {
            let pen = Pen::new(palette.kinds[2], CURVE);
            for line in lines(&heights, DETAIL, *loss) {
                let points = line.into_iter().map(at).collect();
                panel.items.push(Item::Curve {
                    series: format!("target, loss {loss}"),
                    points,
                    pen,
                    label: None,
                });
            }
            let place = (run.average_params.estimate, run.tokens.estimate);
            panel.items.push(super::runs::marked("target", place, format!("loss {loss}"), pen.paint));
            sheet.notes.push(said_cheapest(*loss, run));
        }
        sheet.panels.push(panel);
        Ok(sheet.figure())
    }
}
