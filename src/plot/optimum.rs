//! The best run of each budget: how large, and how long.

use super::axis::{Axis, Numbers, Scale, trimmed};
use super::canvas::Pen;
use super::figure::{Figure, FigureOptions};
use super::grid::{best_runs, budgets_of, drawn_of, spread};
use super::panel::{Item, Panel};
use super::sheet::{Key, Sheet};
use super::style::{CURVE, DASH, DENSE};
use crate::Result;
use crate::answer::Allocation;
use crate::bootstrap::Estimate;
use crate::report::Report;
use crate::units::format_number;

/// What is drawn of a best run.
type Quantity = fn(&Allocation) -> Estimate;

/// Budgets of a curve, of which each draw has its best run.
const DETAIL: usize = 9;
/// How far the curves go beyond the largest run.
const BEYOND: f64 = 100.0;

impl Figure {
    /// Parameters, tokens and tokens a parameter of the best run of a budget, against the budget, with their bands.
    ///
    /// Beyond the largest run the curves are dashed. Bands are of the fit's level.
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
        let ensemble = drawn_of(report);
        let fit = &ensemble.fit;
        let flops: Vec<f64> = fit.observations.flops().collect();
        let [smallest, largest] = budgets_of(&flops);
        let mut at = spread(smallest, BEYOND * largest, DETAIL);
        at.push(largest);
        at.sort_by(f64::total_cmp);
        let runs = best_runs(&ensemble, &at)?;
        let mut sheet = Sheet::new(options, "The best run of a budget");
        sheet.columns = 3;
        let palette = sheet.palette;
        let pen = Pen::new(palette.kinds[0], CURVE);
        let has_draws = !ensemble.draws.is_empty();
        let kinds: [(&str, Quantity); 3] = [
            ("parameters N*", |run| run.average_params),
            ("tokens D*", |run| run.tokens),
            ("tokens a parameter", |run| run.tokens_per_param),
        ];
        for (name, of) in kinds {
            let values = runs.iter().map(of);
            let ends =
                values.clone().flat_map(|value| [value.estimate, value.interval[0], value.interval[1]]);
            // A band that runs off does not squeeze the curve.
            let middle: Vec<f64> = values.map(|value| value.estimate).collect();
            let (low, high) = middle.iter().fold((f64::INFINITY, 0.0f64), |(a, b), v| (a.min(*v), b.max(*v)));
            let shown = ends.filter(|v| !v.is_nan()).map(|v| v.clamp(low / 30.0, high * 30.0));
            let mut panel = Panel::new(
                Axis::around("training FLOPs", Scale::Log, Numbers::Quantity, at.iter().copied()),
                Axis::around(name, Scale::Log, Numbers::Quantity, shown.chain([low / 1.3, high * 1.3])),
            );
            if has_draws {
                let rows =
                    at.iter().zip(&runs).map(|(x, run)| (*x, of(run).interval[0], of(run).interval[1]));
                let (series, rows) = (format!("interval of {name}"), rows.collect());
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
