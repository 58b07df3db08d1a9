//! The density of a network over a run, and its average.

use plotters::prelude::{
    AreaSeries, ChartBuilder, Color, DashedLineSeries, IntoDrawingArea, LineSeries, SVGBackend, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{RGBColor, WHITE};

use super::failed;
use super::style::{BELOW, BLUE, DASH, GRID, INK, MARGIN, SHADE, SIDE, SIZE, STROKE, VERMILION, words};
use crate::units::format_quantity;
use crate::{Result, Trajectory};

/// Moments, or cuts, that are drawn: more than there are pixels.
const DETAIL: usize = 1500;
/// Distances, in density, that keep words off lines.
const CLEAR: f64 = 0.09;

/// The density `N(t)/N₀` (left axis) and the count N(t) (right axis) against tokens, with N̄ as a dashed line.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ScheduleFigure<'a> {
    /// What is drawn.
    pub trajectory: &'a Trajectory,
    /// Above the figure. Default none.
    pub title: Option<String>,
    /// What the axis below counts. Default "tokens".
    pub axis: String,
}

impl<'a> ScheduleFigure<'a> {
    /// A figure without a title.
    #[must_use]
    pub fn new(trajectory: &'a Trajectory) -> Self {
        Self { trajectory, title: None, axis: "tokens".to_owned() }
    }

    /// Gives it a title.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Says what the axis below counts, where it is not tokens: "steps".
    #[must_use]
    pub fn with_axis(mut self, axis: impl Into<String>) -> Self {
        self.axis = axis.into();
        self
    }

    /// The figure as the text of an SVG file.
    ///
    /// # Errors
    /// [`Error::Figure`](crate::Error::Figure), which no trajectory should bring about.
    pub fn svg(&self) -> Result<String> {
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            area.fill(&WHITE).map_err(failed)?;
            self.draw(&area)?;
            area.present().map_err(failed)?;
        }
        Ok(svg)
    }

    fn draw<DB: plotters::prelude::DrawingBackend>(
        &self,
        area: &plotters::prelude::DrawingArea<DB, plotters::coord::Shift>,
    ) -> Result<()> {
        let (initial, tokens) = (self.trajectory.initial_params(), self.trajectory.tokens());
        let line: Vec<(f64, f64)> =
            self.trajectory.line(DETAIL).into_iter().map(|(at, params)| (at, params / initial)).collect();
        // A log may hold more than it began with.
        let top = line.iter().fold(1.0, |top: f64, point| top.max(point.1)) * 1.05;
        let mut builder = ChartBuilder::on(area);
        builder.margin(MARGIN).x_label_area_size(BELOW);
        builder.y_label_area_size(SIDE).right_y_label_area_size(SIDE + MARGIN);
        if let Some(title) = &self.title {
            builder.caption(title, words(17, INK));
        }
        let chart = builder.build_cartesian_2d(0.0..tokens, 0.0..top).map_err(failed)?;
        let mut chart = chart.set_secondary_coord(0.0..tokens, 0.0..top * initial);
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(WHITE)
            .bold_line_style(GRID)
            .axis_style(INK)
            .x_desc(&self.axis)
            .y_desc("density  N(t) / N₀")
            .x_labels(7)
            .y_labels(6)
            .x_label_formatter(&|x| format_quantity(*x, 4))
            .y_label_formatter(&|y| format!("{y:.1}"))
            .label_style(words(13, INK))
            .axis_desc_style(words(14, INK))
            .draw()
            .map_err(failed)?;
        chart
            .configure_secondary_axes()
            .axis_style(INK)
            .y_desc("parameters  N(t)")
            .y_labels(6)
            .y_label_formatter(&|y| format_quantity(*y, 3))
            .label_style(words(13, INK))
            .axis_desc_style(words(14, INK))
            .draw()
            .map_err(failed)?;
        chart.draw_series(AreaSeries::new(line.iter().copied(), 0.0, BLUE.mix(SHADE))).map_err(failed)?;
        chart
            .draw_series(LineSeries::new(line.iter().copied(), BLUE.stroke_width(STROKE)))
            .map_err(failed)?;
        let average = self.trajectory.average_params() / initial;
        let level = [(0.0, average), (tokens, average)];
        chart
            .draw_series(DashedLineSeries::new(level, DASH.0, DASH.1, VERMILION.stroke_width(STROKE)))
            .map_err(failed)?;
        for (at, text, colour, position) in self.labels(&line, average) {
            let style = words(14, colour).pos(position);
            chart.draw_series([Text::new(text, at, style)]).map_err(failed)?;
        }
        Ok(())
    }

    /// What is written beside the lines, and where: N̄ on the side on which the curve is away from it.
    fn labels(&self, line: &[(f64, f64)], average: f64) -> Vec<((f64, f64), String, RGBColor, Pos)> {
        let tokens = self.trajectory.tokens();
        let count = |params: f64| format_quantity(params, 4);
        let text = format!("average N̄ = {} ({average:.3} N₀)", count(self.trajectory.average_params()));
        let away = |from: f64, to: f64, above: bool| {
            let side = line.iter().filter(|point| point.0 >= from * tokens && point.0 <= to * tokens);
            side.map(|point| point.1).all(|y| {
                if above { y < average || y > average + CLEAR } else { y > average || y < average - CLEAR }
            })
        };
        let (from, to) = (0.015 * tokens, 0.985 * tokens);
        // Left below, right above, left above, right below: the first that is free.
        let below = average > CLEAR;
        let (x, right, above) = if below && away(0.0, 0.4, false) {
            (from, false, false)
        } else if away(0.6, 1.0, true) {
            (to, true, true)
        } else if away(0.0, 0.4, true) || !below {
            (from, false, true)
        } else {
            (to, true, false)
        };
        let horizontal = if right { HPos::Right } else { HPos::Left };
        let (shift, vertical) = if above { (0.012, VPos::Bottom) } else { (-0.012, VPos::Top) };
        let mut labels = vec![((x, average + shift), text, VERMILION, Pos::new(horizontal, vertical))];
        let last = self.trajectory.final_params() / self.trajectory.initial_params();
        let clear = last > CLEAR && (average > last + 0.01 || average < last - CLEAR) && !(right && !above);
        if clear {
            let text = format!("at the end {}", count(self.trajectory.final_params()));
            labels.push(((to, last - 0.012), text, BLUE, Pos::new(HPos::Right, VPos::Top)));
        }
        labels
    }
}
