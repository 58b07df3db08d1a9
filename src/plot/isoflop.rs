//! Loss against parameters, a curve for each budget.

use super::axis::{Axis, Numbers, Scale};
use super::canvas::{Marker, Pen};
use super::figure::{Figure, FigureOptions};
use super::grid::{
    asked_run, drawn_of, ends_of, given_over_counted, name_of_size, needed_runs, note_of_repeats,
    other_flops, spread, thinned,
};
use super::panel::{Item, Mark, Panel};
use super::runs::{Departures, radius};
use super::sheet::{Key, Sheet};
use super::style::{CURVE, DASH, DENSE, POINT, Paint};
use crate::bootstrap::BootstrapOptions;
use crate::isoflop::{Drawn, Valley, best_along, drawn};
use crate::report::Report;
use crate::units::format_quantity;
use crate::{Error, Result};

/// Most budgets that are chosen.
const BUDGETS: usize = 5;
/// Budgets nearer than this, of ln C, hide each other.
const APART: f64 = 0.9;
/// Places of a curve.
const DETAIL: usize = 81;
/// A loss that is so little above the least is as good.
const FLAT: f64 = 0.005;
/// Width of the strip that marks where it is.
const WIDE: f64 = 6.5;

impl Figure {
    /// Loss against parameters at each budget of FLOPs: runs near it, the law, its least loss with the interval of N*, and where the
    /// law's loss is within 0.5 % of that. A parabola through the runs is dashed, with its minimum and the interval of that, where it is between the runs.
    ///
    /// Budgets are [`FigureOptions::budgets`], or else those at which most runs of the sweep lie. A run belongs to a budget that
    /// its FLOPs come within 5 % of, as for [`isoflop`](crate::isoflop::isoflop()). Intervals rest on 400 of the draws, evenly spread.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::report::Report;
    /// let sweep = Sweep::from_csv_path("data/chinchilla.csv")?;
    /// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// let figure = Figure::isoflop(&Report::Point(fit), &FigureOptions::default())?;
    /// assert!(figure.svg().contains("FLOPs"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When no budget is given and none has three runs of different sizes, when the law has no best run, or the width is none of a figure.
    pub fn isoflop(report: &Report, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let ensemble = thinned(drawn_of(report));
        let fit = &ensemble.fit;
        Departures::of(fit, "isoflop")?;
        asked_run(fit, 1e9, 2e10)?;
        let sizes = fit.observations.params();
        // Parabolas have intervals of their own where the fit has no draws.
        let level = match ensemble.draws.is_empty() {
            true => BootstrapOptions::default().level,
            false => ensemble.options.level,
        };
        let mut note = None;
        let mut all: Vec<(f64, Option<Drawn>)> = match options.budgets.is_empty() {
            true => {
                let found = drawn(&fit.observations, None, level);
                let count = found.len();
                let chosen = chosen(found);
                note =
                    (chosen.len() < count).then(|| format!("{} of {count} budgets are drawn.", chosen.len()));
                chosen.into_iter().map(|own| (own.flops, Some(own))).collect()
            }
            false => {
                let near = |at: &f64| (*at, drawn(&fit.observations, Some(*at), level).pop());
                options.budgets.iter().map(near).collect()
            }
        };
        if all.is_empty() {
            let problem = "no budget of FLOPs has three runs of different sizes";
            return Err(Error::unanswerable(
                "figure",
                problem,
                "name budgets (`flops=1e20`), or draw `kind=contours`",
            ));
        }
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        // The law is asked for what the runs cost, which may be a little more or less than the budget that was named.
        let budgets: Vec<f64> =
            all.iter().map(|(at, own)| own.as_ref().map_or(*at, |own| own.flops)).collect();
        let otherwise = fit.observations.flops_over_average().is_some();
        // FLOPs are those of the table: answers count 6 N̄ D.
        let times = given_over_counted(fit);
        let counted =
            |(at, own): (&f64, &(f64, Option<Drawn>))| if own.1.is_none() { at / times } else { *at };
        let asked: Vec<f64> = budgets.iter().zip(&all).map(counted).collect();
        let best = needed_runs("isoflop", &ensemble, &asked)?;
        let mut sheet = Sheet::new(options, "Loss at each budget");
        sheet.notes.extend(note_of_repeats(fit));
        sheet.notes.extend(other_flops(fit).map(|times| format!("FLOPs are those of the table, {times}.")));
        sheet.notes.extend(note);
        let palette = sheet.palette;
        let [low, high] = ends_of(sizes);
        let stars = best.iter().map(|run| run.average_params.estimate);
        let ends = stars.clone().fold([low, high], |[a, b], n| [a.min(n / 3.0), b.max(n * 3.0)]);
        let shade = |k: usize| palette.at(0.9 * (k as f64 + 0.5) / budgets.len() as f64);
        // Strips, then curves and runs, then intervals and best runs: parabolas would be curves.
        let mut items = (Vec::new(), Vec::new(), Vec::new());
        let (mut shown, mut has_parabolas) = (Vec::<f64>::new(), false);
        for (k, ((budget, near), run)) in
            budgets.iter().zip(&all).map(|(at, (_, own))| (at, own)).zip(&best).enumerate()
        {
            let (paint, name) = (shade(k), format!("{} FLOPs", format_quantity(*budget, 2)));
            // FLOPs that are not 6 N̄ D make other runs equal.
            let cost = near.as_ref().map(|own| &own.cost).filter(|_| otherwise);
            let [star, least] = match cost {
                Some(cost) => best_along(&ensemble, cost)?,
                None => [run.average_params, run.loss],
            };
            let least = least.estimate;
            // N̄ D of the budget.
            let spent = run.average_params.estimate * run.tokens.estimate;
            let tokens = |n: f64| cost.map_or(spent / n, |cost| cost.ln_tokens(n.ln()).exp());
            let runs = near.as_ref().map_or(&[][..], |own| &own.runs);
            let own = runs.iter().fold([star.estimate / 6.0, star.estimate * 6.0], |[a, b], ([n, _], _)| {
                [a.min(n.exp() / 1.3), b.max(n.exp() * 1.3)]
            });
            let mut points = Vec::new();
            for n in spread(own[0].max(ends[0] / 1.5), own[1].min(ends[1] * 1.5), DETAIL) {
                if let Ok(loss) = asked_run(fit, n, tokens(n)).and_then(|run| fit.predict_run(&run)) {
                    points.push((n, loss));
                }
            }
            let flat: Vec<(f64, f64)> =
                points.iter().copied().filter(|(_, loss)| *loss <= least * (1.0 + FLAT)).collect();
            items.0.push(Item::Curve {
                series: format!("{name}, as good"),
                points: flat,
                pen: Pen::new(paint.mix(DENSE), WIDE),
                label: None,
            });
            shown.extend(runs.iter().map(|([_, loss], _)| *loss));
            shown.extend([least, least * 1.04]);
            let pen = Pen::new(paint, CURVE);
            items.1.push(Item::Curve {
                series: name.clone(),
                points,
                pen,
                label: Some((name.clone(), paint)),
            });
            let mark = |([n, loss], row): &([f64; 2], usize)| {
                let name = fit.observations.run_name(fit.observations.run()[*row]);
                Mark { at: (n.exp(), *loss), paint, name, label: None }
            };
            let marks = runs.iter().map(mark).collect();
            let radius = radius(sizes.len());
            items.1.push(Item::Points {
                series: format!("runs of {name}"),
                marks,
                marker: Marker::Disc,
                radius,
            });
            let valley = near.as_ref().and_then(|own| own.valley.as_ref());
            if let Some(valley) = valley.filter(|valley| valley.params.is_some()) {
                has_parabolas = true;
                parabola(valley, &name, paint, [&mut items.1, &mut items.2]);
            }
            let at = (star.estimate, least);
            if star.has_interval() {
                let series = format!("N* of {name}");
                let pen = Pen::new(paint, 0.8);
                items.2.push(Item::Bar { series, at, ends: star.interval, of_x: true, pen });
            }
            let marks = vec![Mark { at, paint: palette.ink, name: name.clone(), label: None }];
            let series = format!("best run of {name}");
            items.2.push(Item::Points { series, marks, marker: Marker::Diamond, radius: POINT });
        }
        let mut panel = Panel::new(
            Axis::around(&name_of_size(fit), Scale::Log, Numbers::Quantity, ends),
            Axis::around("loss, nats a token", Scale::Log, Numbers::Plain, shown),
        );
        panel.items = [items.0, items.1, items.2].concat();
        sheet.panels.push(panel);
        let has_draws = !ensemble.draws.is_empty();
        let star = if has_draws { "best run N*, with its interval" } else { "best run N*" };
        sheet.key = vec![
            Key::Marker("run".to_owned(), Marker::Disc, palette.soft),
            Key::Marker(star.to_owned(), Marker::Diamond, palette.ink),
            Key::Line("within 0.5 % of the least loss".to_owned(), Pen::new(palette.soft.mix(DENSE), WIDE)),
        ];
        if has_parabolas {
            sheet.key.push(Key::Line(
                "parabola of the runs, and its minimum".to_owned(),
                Pen::new(palette.soft, CURVE).dashed(DASH),
            ));
        }
        Ok(sheet.figure())
    }
}

/// The parabola through the runs of a budget, and its minimum with the interval of that.
fn parabola(valley: &Valley, name: &str, paint: Paint, [curves, marks]: [&mut Vec<Item>; 2]) {
    let (Some(star), Some(least)) = (valley.params, valley.loss) else { return };
    let loss = |n: f64| least + valley.curvature * (n / star.estimate).ln().powi(2);
    curves.push(Item::Curve {
        series: format!("parabola of {name}"),
        points: spread(valley.sizes[0], valley.sizes[1], DETAIL).into_iter().map(|n| (n, loss(n))).collect(),
        pen: Pen::new(paint, 0.8).dashed(DASH),
        label: None,
    });
    let at = (star.estimate, least);
    if star.interval[0] > 0.0 && star.interval[1].is_finite() {
        let (series, pen) = (format!("parabola's N* of {name}"), Pen::new(paint, 0.8).dashed(DASH));
        marks.push(Item::Bar { series, at, ends: star.interval, of_x: true, pen });
    }
    let mark = Mark { at, paint, name: name.to_owned(), label: None };
    let series = format!("parabola's least loss of {name}");
    marks.push(Item::Points { series, marks: vec![mark], marker: Marker::Diamond, radius: POINT });
}

/// Those with the most runs, no two near each other; of as many, the least budget.
fn chosen(mut all: Vec<Drawn>) -> Vec<Drawn> {
    all.sort_by(|a, b| b.runs.len().cmp(&a.runs.len()).then(a.flops.total_cmp(&b.flops)));
    let mut found: Vec<Drawn> = Vec::new();
    for own in all {
        if found.len() < BUDGETS && found.iter().all(|other| (other.flops / own.flops).ln().abs() > APART) {
            found.push(own);
        }
    }
    found
}
