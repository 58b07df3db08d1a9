//! Loss against compute: the runs, and the best that a budget buys.

use super::axis::{Axis, Numbers, Scale, trimmed};
use super::canvas::{Marker, Pen};
use super::figure::{Figure, FigureOptions};
use super::grid::{
    asked_run, best_runs, budgets_of, cheapest_run, drawn_of, note_of_flops, note_of_repeats, said_cheapest,
    spread,
};
use super::panel::{Item, Mark, Panel};
use super::runs::{marked, marks, radius, run_key};
use super::sheet::{Coloured, Key, Sheet};
use super::style::{AXIS, CURVE, DASH, DENSE, PALE, POINT};
use crate::answer::Allocation;
use crate::predict::NewRun;
use crate::report::Report;
use crate::units::{format_number, format_quantity};
use crate::{Ensemble, Error, Result};

/// Budgets of the curve.
const DETAIL: usize = 33;
/// How far the curve goes beyond the largest run, and below the smallest.
const BEYOND: f64 = 100.0;

/// The best run of a budget: its FLOPs, its loss, and where the law's curve and a new run may lie.
struct Best {
    flops: f64,
    size: Option<[f64; 2]>,
    loss: f64,
    mean: [f64; 2],
    run: [f64; 2],
}

impl Figure {
    /// Loss against training FLOPs: runs coloured by N, and the loss of the best run of each budget with two bands.
    ///
    /// The dark band is where the law's curve lies, the pale one where a new run would land. Beyond the largest run the curve is
    /// dashed. [`FigureOptions::budgets`] are marked, with both intervals, and so is the cheapest run that reaches [`FigureOptions::target`].
    /// A fit of runs whose law has no best run of a budget shows the runs alone, and why.
    ///
    #[doc = concat!("\n", include_str!("../../docs/frontier.svg"), "\n")]
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::report::Report;
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// let figure = Figure::frontier(&Report::Point(fit), &FigureOptions::default())?;
    /// assert!(figure.svg().contains("training FLOPs"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the law has no best run of a budget and there are no runs, or budgets or a target to mark; when it does not reach the target, a
    /// budget is no positive number, or the width is none of a figure.
    pub fn frontier(report: &Report, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let fit = report.fit();
        let mut sheet = Sheet::new(options, "Loss and compute");
        sheet.notes.extend(note_of_repeats(fit));
        sheet.notes.extend(note_of_flops(fit));
        let flops = fit.budgets();
        let [least, largest] = budgets_of(&flops);
        let smallest = options.budgets.iter().copied().fold(least, |a, b| a.min(b / 1.6));
        let target = options.target.map(|loss| Ok((loss, cheapest_run(fit, loss)?))).transpose()?;
        let costs = target.iter().map(|(_, run)| run.total_flops.estimate);
        let furthest =
            options.budgets.iter().copied().chain(costs).fold(BEYOND * largest, |a, b| a.max(1.6 * b));
        let ensemble = drawn_of(report);
        let mut at = spread(smallest, furthest, DETAIL);
        at.extend([least, largest]);
        at.sort_by(f64::total_cmp);
        let curve = match best(&ensemble, &at) {
            Err(Error::Unanswerable { problem, .. })
                if !flops.is_empty() && options.budgets.is_empty() && target.is_none() =>
            {
                sheet.notes.push(format!("The runs alone, without a frontier: {problem}."));
                Vec::new()
            }
            curve => curve?,
        };
        let furthest = if curve.is_empty() { largest } else { furthest };
        let asked = best(&ensemble, &options.budgets)?;
        let palette = sheet.palette;
        let (blue, level) = (palette.kinds[0], ensemble.options.level);
        let y = fit.observations.loss().iter().copied().chain(curve.iter().map(|best| best.loss));
        let y = y.chain(asked.iter().flat_map(|best| best.run)).chain(options.target);
        let y = roomy(y.collect(), curve.iter().flat_map(|best| best.run));
        let mut panel = Panel::new(
            Axis::around(
                "training FLOPs",
                Scale::Log,
                Numbers::Quantity,
                flops.iter().copied().chain([smallest, furthest]),
            ),
            Axis::around("loss, nats a token", Scale::Log, Numbers::Plain, y),
        );
        let drawn = !ensemble.draws.is_empty() && !curve.is_empty();
        let band = |name: &str, of: fn(&Best) -> [f64; 2], alpha| Item::Band {
            series: name.to_owned(),
            rows: curve.iter().map(|best| (best.flops, of(best)[0], of(best)[1])).collect(),
            paint: blue.mix(alpha),
        };
        if drawn {
            panel.items.push(band("a new run", |best| best.run, PALE));
            panel.items.push(band("the law", |best| best.mean, DENSE));
        }
        let sizes = fit.observations.average_params();
        let colours = Coloured::of(palette, if fit.observations.is_flops_alone() { &[] } else { sizes });
        let loss = fit.observations.loss();
        let runs = marks(fit, |row| (flops[row], loss[row]), |row| colours.paint(sizes[row]));
        let markers = run_key(&runs, palette);
        panel.items.extend(runs.items(radius(sizes.len())));
        let pen = Pen::new(blue, CURVE);
        let part = |name: &str, pen, keep: &dyn Fn(f64) -> bool| Item::Curve {
            series: name.to_owned(),
            points: curve.iter().filter(|b| keep(b.flops)).map(|best| (best.flops, best.loss)).collect(),
            pen,
            label: None,
        };
        // Without runs nothing is beyond them, or below.
        let [first, last] = if flops.is_empty() { [0.0, f64::INFINITY] } else { [least, largest] };
        panel.items.push(part("frontier", pen, &|flops| (first..=last).contains(&flops)));
        if smallest < first {
            panel.items.push(part("frontier below the sweep", pen.dashed(DASH), &|flops| flops <= first));
        }
        panel.items.push(part("frontier beyond the sweep", pen.dashed(DASH), &|flops| flops >= last));
        if let Some((loss, run)) = &target {
            let paint = palette.kinds[2];
            panel.items.push(Item::Rule {
                at: *loss,
                upright: false,
                pen: Pen::new(paint, AXIS),
                label: None,
            });
            let at = (run.total_flops.estimate, *loss);
            panel.items.push(marked("target", at, format!("loss {loss}"), paint));
            sheet.notes.push(said_cheapest(*loss, run));
        }
        for best in &asked {
            panel.items.extend(mark(best, drawn, palette.kinds[1]));
            sheet.notes.push(said(best, drawn));
        }
        sheet.key.extend(colours.key(if fit.observations.is_dense() {
            "parameters"
        } else {
            "parameters, N̄"
        }));
        sheet.key.extend(markers);
        if !curve.is_empty() {
            sheet.key.push(Key::Line("best run of a budget".to_owned(), pen));
            if last.is_finite() {
                sheet.key.push(Key::Line("beyond the sweep".to_owned(), pen.dashed(DASH)));
            }
        }
        if drawn {
            let level = trimmed(&format_number(100.0 * level, 4));
            sheet.key.push(Key::Band(format!("law, {level} %"), blue.mix(DENSE + PALE)));
            sheet.key.push(Key::Band(format!("new run, {level} %"), blue.mix(PALE)));
        }
        sheet.panels.push(panel);
        Ok(sheet.figure())
    }
}

/// Values with those of bands, of which an axis shows no more than a quarter of its length beyond the rest.
fn roomy(mut values: Vec<f64>, bands: impl Iterator<Item = f64>) -> Vec<f64> {
    let usable = values.iter().copied().filter(|v| *v > 0.0);
    let [low, high] = usable.fold([f64::INFINITY, 0.0f64], |[a, b], v| [a.min(v), b.max(v)]);
    let room = (high / low).powf(0.25);
    values.extend(bands.filter(|v| !v.is_nan()).map(|v| v.clamp(low / room, high * room)));
    values
}

/// A budget that was asked for: its interval of new runs, over it the thicker one of the law, and what it buys.
fn mark(best: &Best, drawn: bool, paint: super::style::Paint) -> Vec<Item> {
    let at = (best.flops, best.loss);
    let bar = |name: &str, ends, width| Item::Bar {
        series: name.to_owned(),
        at,
        ends,
        of_x: false,
        pen: Pen::new(paint, width),
    };
    let mut items = Vec::new();
    if drawn {
        items.push(bar("a new run of a budget", best.run, 0.8));
        items.push(bar("the law at a budget", best.mean, 2.4));
    }
    let label = format!("{} FLOPs: {}", format_quantity(best.flops, 3), format_number(best.loss, 4));
    let name = format_quantity(best.flops, 6);
    let marks = vec![Mark { at, paint, name, label: Some(label) }];
    items.push(Item::Points {
        series: "budget".to_owned(),
        marks,
        marker: Marker::Diamond,
        radius: POINT + 0.4,
    });
    items
}

/// What a budget buys, in words.
fn said(best: &Best, drawn: bool) -> String {
    let of = |[lower, upper]: [f64; 2]| format!("{} to {}", format_number(lower, 4), format_number(upper, 4));
    let bought = best.size.map_or_else(String::new, |[params, tokens]| {
        format!(" buy {} parameters and {} tokens", format_quantity(params, 3), format_quantity(tokens, 3))
    });
    let intervals =
        if drawn { format!(" (law {}, new run {})", of(best.mean), of(best.run)) } else { String::new() };
    format!(
        "{} FLOPs{bought}: loss {}{intervals}.",
        format_quantity(best.flops, 3),
        format_number(best.loss, 4)
    )
}

fn best(ensemble: &Ensemble, budgets: &[f64]) -> Result<Vec<Best>> {
    let fit = &ensemble.fit;
    if fit.observations.is_flops_alone() {
        let of = |flops: &f64| {
            let loss = ensemble.predict_run(&NewRun::of_flops(*flops)?)?.loss;
            let (mean, run) = (loss.mean_interval, loss.run_interval);
            Ok(Best { flops: *flops, size: None, loss: loss.estimate, mean, run })
        };
        return budgets.iter().map(of).collect();
    }
    let runs = best_runs(&Ensemble::without_draws(fit.clone()), budgets)?;
    let of = |run: &Allocation| {
        let (params, tokens) = (run.average_params.estimate, run.tokens.estimate);
        let loss = ensemble.predict_run(&asked_run(fit, params, tokens)?)?.loss;
        Ok(Best {
            flops: run.total_flops.estimate,
            size: Some([params, tokens]),
            loss: run.loss.estimate,
            mean: loss.mean_interval,
            run: loss.run_interval,
        })
    };
    runs.iter().map(of).collect()
}
