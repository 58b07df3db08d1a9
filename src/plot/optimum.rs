//! The best run of each budget: how large, and how long.

use super::axis::{Axis, Numbers, Scale, trimmed};
use super::canvas::Pen;
use super::figure::{Figure, FigureOptions};
use super::grid::{
    best_runs, budgets_of, drawn_of, needed_runs, note_of_flops, note_of_repeats, spread, thinned,
};
use super::joined::joined;
use super::panel::{Item, Panel};
use super::sheet::{Key, Sheet};
use super::style::{CURVE, DASH, DENSE};
use crate::answer::Allocation;
use crate::bootstrap::Estimate;
use crate::report::Report;
use crate::units::format_number;
use crate::{Ensemble, Result};

/// What is drawn of a best run.
type Quantity = fn(&Allocation) -> Estimate;

/// Budgets of a curve.
const DETAIL: usize = 33;
/// Budgets in the sweep at which draws have their best runs. Between them the ends of intervals are joined smoothly.
const ASKED: usize = 7;
/// Those beyond it, over the largest run.
const OUT: [f64; 4] = [3.0, 10.0, 30.0, 100.0];
/// How far the curves go beyond the largest run.
const BEYOND: f64 = 100.0;

impl Figure {
    /// Parameters, tokens and tokens a parameter of the best run of a budget, against the budget, with their bands.
    ///
    /// Beyond the largest run the curves are dashed. Bands are of the fit's level, from 400 of its draws:
    /// [`Ensemble::frontier`](crate::Ensemble::frontier) gives their ends at seven budgets in the sweep and at 3, 10, 30 and 100 times the largest.
    /// Smooth curves join these.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::report::Report;
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// let figure = Figure::optimum(&Report::Point(fit), &FigureOptions::default())?;
    /// assert!(figure.svg().contains("tokens a parameter"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the law has no best run of a budget, or the width is none of a figure.
    pub fn optimum(report: &Report, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let ensemble = thinned(drawn_of(report));
        let fit = &ensemble.fit;
        let flops = fit.budgets();
        let [smallest, largest] = budgets_of(&flops);
        // As far out as the law tells the best run of a budget.
        let law = Ensemble::without_draws(fit.clone());
        let as_far_as = |beyond: f64| {
            let mut at = spread(smallest, beyond * largest, DETAIL);
            at.push(largest);
            at.sort_by(f64::total_cmp);
            needed_runs("optimum", &law, &at).map(|runs| (beyond, at, runs))
        };
        let (beyond, at, runs) =
            as_far_as(BEYOND).or_else(|_| as_far_as(BEYOND.sqrt())).or_else(|_| as_far_as(1.0))?;
        let mut known = spread(smallest, largest, ASKED);
        known.extend(OUT.into_iter().filter(|times| *times <= beyond).map(|times| times * largest));
        known.dedup_by(|a, b| *a <= *b * (1.0 + 1e-9));
        let has_draws = !ensemble.draws.is_empty();
        let drawn = if has_draws { best_runs(&ensemble, &known)? } else { Vec::new() };
        let mut sheet = Sheet::new(options, "The best run of a budget");
        sheet.notes.extend(note_of_repeats(fit));
        sheet.notes.extend(note_of_flops(fit));
        sheet.columns = 3;
        let palette = sheet.palette;
        let pen = Pen::new(palette.kinds[0], CURVE);
        let kinds: [(&str, Quantity); 3] = [
            ("parameters N*", |run| run.average_params),
            ("tokens D*", |run| run.tokens),
            ("tokens a parameter", |run| run.tokens_per_param),
        ];
        for (name, of) in kinds {
            // A band that runs off does not squeeze the curve.
            let middle: Vec<f64> = runs.iter().map(|run| of(run).estimate).collect();
            let (low, high) = middle.iter().fold((f64::INFINITY, 0.0f64), |(a, b), v| (a.min(*v), b.max(*v)));
            let band = band(&known, &drawn, of, &at, &middle);
            let ends = band.iter().flat_map(|(_, lower, upper)| [*lower, *upper]);
            let ends = ends.filter(|v| !v.is_nan()).map(|v| v.clamp(low / 30.0, high * 30.0));
            let shown = middle.iter().copied().chain(ends);
            let mut panel = Panel::new(
                Axis::around("training FLOPs", Scale::Log, Numbers::Quantity, at.iter().copied()),
                Axis::around(name, Scale::Log, Numbers::Quantity, shown.chain([low / 1.3, high * 1.3])),
            );
            if has_draws {
                let (series, rows) = (format!("interval of {name}"), band);
                panel.items.push(Item::Band { series, rows, paint: pen.paint.mix(DENSE) });
            }
            let part = |beyond: bool| Item::Curve {
                series: if beyond { format!("{name} beyond the sweep") } else { name.to_owned() },
                points: at
                    .iter()
                    .zip(&middle)
                    .filter(|(x, _)| if beyond { **x >= largest } else { **x <= largest })
                    .map(|(x, y)| (*x, *y))
                    .collect(),
                pen: if beyond { pen.dashed(DASH) } else { pen },
                label: None,
            };
            panel.items.extend([part(false), part(true)]);
            sheet.panels.push(panel);
        }
        sheet.key = vec![
            Key::Line("within the sweep".to_owned(), pen),
            Key::Line("beyond it".to_owned(), pen.dashed(DASH)),
        ];
        if has_draws {
            let level = trimmed(&format_number(100.0 * ensemble.options.level, 4));
            sheet.key.push(Key::Band(format!("{level} % interval"), pen.paint.mix(DENSE)));
        }
        if let Some((a_opt, b_opt)) = fit.optimum_exponents() {
            let [a, b] = [a_opt, b_opt].map(|power| format_number(power, 3));
            sheet.notes.push(format!("N* grows as C to the power {a}, D* as C to the power {b}."));
        }
        Ok(sheet.figure())
    }
}

/// Ends of intervals at all budgets, from those at which they are known.
fn band(
    known: &[f64],
    drawn: &[Allocation],
    of: Quantity,
    at: &[f64],
    middle: &[f64],
) -> Vec<(f64, f64, f64)> {
    if drawn.len() < 2 {
        return Vec::new();
    }
    let ln_at: Vec<f64> = at.iter().map(|x| x.ln()).collect();
    // How far an end lies from the estimate, in logarithms.
    let end = |side: usize| {
        let away = known
            .iter()
            .zip(drawn)
            .map(|(x, run)| (x.ln(), (of(run).interval[side] / of(run).estimate).ln()));
        joined(&away.collect::<Vec<_>>(), &ln_at)
    };
    let (lower, upper) = (end(0), end(1));
    let row = |k: usize| (at[k], middle[k] * lower[k].exp(), middle[k] * upper[k].exp());
    (0..at.len()).map(row).collect()
}
