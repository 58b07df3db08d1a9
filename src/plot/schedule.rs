//! The density of a network over a run, and its average.

use super::axis::{Axis, Numbers, Scale};
use super::canvas::Pen;
use super::figure::{Figure, FigureOptions};
use super::panel::{Item, Panel};
use super::sheet::{Key, Sheet};
use super::style::{CURVE, DASH, PALE};
use crate::units::format_quantity;
use crate::{Result, Trajectory};

/// Moments, or cuts, that are drawn.
const DETAIL: usize = 1500;

impl Figure {
    /// The density `N(t)/N₀` (left axis) and the count N(t) (right axis) against tokens, with N̄ as a dashed line.
    ///
    /// `extent` says what the axis below counts: "tokens", or "steps" where tokens are not known.
    ///
    /// ```
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::schedule::{Extent, Network, Ramp, Schedule, Shape, Unit};
    ///
    /// let ramp = Ramp::new(Shape::Cubic, 0.8, 0.25, 0.75, Unit::Fraction);
    /// let trajectory = Schedule::from(ramp).trajectory(Network::new(1e9), Extent::new(20e9))?;
    /// let figure = Figure::schedule(&trajectory, "tokens", &FigureOptions::default().with_title("80 % sparse".to_owned()))?;
    /// assert!(figure.svg().contains("80 % sparse"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the width is none of a figure.
    pub fn schedule(trajectory: &Trajectory, extent: &str, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let mut sheet = Sheet::new(options, "");
        let [curve, average] = [sheet.palette.kinds[0], sheet.palette.kinds[1]];
        let (initial, end) = (trajectory.initial_params(), trajectory.tokens());
        let line: Vec<(f64, f64)> =
            trajectory.line(DETAIL).into_iter().map(|(at, params)| (at, params / initial)).collect();
        // A log may hold more than it began with.
        let top = line.iter().fold(1.0, |top: f64, point| top.max(point.1)) * 1.05;
        let axis = |title: &str, numbers, top| Axis::between(title, Scale::Linear, numbers, 0.0, top);
        let x = axis(extent, Numbers::Quantity, end);
        let mut panel = Panel::new(x, axis("density  N(t) / N₀", Numbers::Plain, top));
        panel.right = Some(axis("parameters  N(t)", Numbers::Quantity, top * initial));
        let mean = trajectory.average_params();
        let (series, rows) = ("below density".to_owned(), line.iter().map(|(x, y)| (*x, 0.0, *y)).collect());
        panel.items.push(Item::Band { series, rows, paint: curve.mix(PALE) });
        let pen = Pen::new(curve, CURVE);
        panel.items.push(Item::Curve { series: "density".to_owned(), points: line, pen, label: None });
        let dashed = Pen::new(average, CURVE).dashed(DASH);
        let level = vec![(0.0, mean / initial), (end, mean / initial)];
        panel.items.push(Item::Curve {
            series: "average density".to_owned(),
            points: level,
            pen: dashed,
            label: None,
        });
        let entry = |name: &str, params: f64| {
            format!("{name} {} = {:.3} N₀", format_quantity(params, 4), params / initial)
        };
        sheet.key = vec![
            Key::Line(entry("N(t), at the end", trajectory.final_params()), pen),
            Key::Line(entry("average N̄ =", mean), dashed),
        ];
        sheet.panels.push(panel);
        Ok(sheet.figure())
    }
}
