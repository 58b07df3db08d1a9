//! The density of a network over a run, and its average.

use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{
    AreaSeries, ChartBuilder, Color, DashedLineSeries, DrawingArea, IntoDrawingArea, LineSeries, PathElement,
    SVGBackend, Text,
};
use plotters::style::WHITE;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::failed;
use super::style::{
    BELOW, BLUE, DASH, GRID, INK, LEGEND, MARGIN, SAMPLE, SHADE, SIDE, SIZE, STROKE, VERMILION, words,
};
use crate::units::format_quantity;
use crate::{Result, Trajectory};

/// Moments, or cuts, that are drawn: more than there are pixels.
const DETAIL: usize = 1500;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = std::result::Result<(), DrawingAreaErrorKind<std::io::Error>>;

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
    /// [`Error::Unanswerable`](crate::Error::Unanswerable), which no trajectory should bring about.
    pub fn svg(&self) -> Result<String> {
        let mut svg = String::new();
        self.draw(&SVGBackend::with_string(&mut svg, SIZE).into_drawing_area()).map_err(failed)?;
        Ok(svg)
    }

    fn draw(&self, area: &Area<'_>) -> Drawn {
        area.fill(&WHITE)?;
        let titled = match &self.title {
            Some(title) => area.titled(title, words(17, INK))?,
            None => area.clone(),
        };
        let (above, area) = titled.split_vertically(LEGEND);
        self.legend(&above)?;
        let (initial, tokens) = (self.trajectory.initial_params(), self.trajectory.tokens());
        let line: Vec<(f64, f64)> =
            self.trajectory.line(DETAIL).into_iter().map(|(at, params)| (at, params / initial)).collect();
        // A log may hold more than it began with.
        let top = line.iter().fold(1.0, |top: f64, point| top.max(point.1)) * 1.05;
        let mut builder = ChartBuilder::on(&area);
        builder.margin(MARGIN).margin_top(0).x_label_area_size(BELOW);
        builder.y_label_area_size(SIDE).right_y_label_area_size(SIDE);
        let chart = builder.build_cartesian_2d(0.0..tokens, 0.0..top)?;
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
            .draw()?;
        chart
            .configure_secondary_axes()
            .axis_style(INK)
            .y_desc("parameters  N(t)")
            .y_labels(6)
            .y_label_formatter(&|y| format_quantity(*y, 3))
            .label_style(words(13, INK))
            .axis_desc_style(words(14, INK))
            .draw()?;
        chart.draw_series(AreaSeries::new(line.iter().copied(), 0.0, BLUE.mix(SHADE)))?;
        chart.draw_series(LineSeries::new(line.iter().copied(), BLUE.stroke_width(STROKE)))?;
        let average = self.trajectory.average_params() / initial;
        let level = [(0.0, average), (tokens, average)];
        chart.draw_series(DashedLineSeries::new(level, DASH.0, DASH.1, VERMILION.stroke_width(STROKE)))?;
        titled.present()
    }

    /// What the lines are, above the figure, where nothing is crossed.
    fn legend(&self, area: &Area<'_>) -> Drawn {
        let (trajectory, initial) = (self.trajectory, self.trajectory.initial_params());
        let entry = |name: &str, params: f64| {
            format!("{name} {} = {:.3} N₀", format_quantity(params, 4), params / initial)
        };
        let y = (LEGEND / 2) as i32;
        let style = |colour| words(14, colour).pos(Pos::new(HPos::Left, VPos::Center));
        let mut x = (MARGIN + SIDE) as i32;
        let line = PathElement::new([(x, y), (x + SAMPLE, y)], BLUE.stroke_width(STROKE));
        area.draw(&line)?;
        let text = entry("N(t), at the end", trajectory.final_params());
        area.draw(&Text::new(text, (x + SAMPLE + 8, y), style(BLUE)))?;
        x += ((SIZE.0 - 2 * (MARGIN + SIDE)) / 2) as i32;
        let dashes = (0..3).map(|i| x + i * SAMPLE / 3).map(|from| [(from, y), (from + SAMPLE / 5, y)]);
        for dash in dashes {
            area.draw(&PathElement::new(dash, VERMILION.stroke_width(STROKE)))?;
        }
        let text = entry("average N̄ =", trajectory.average_params());
        area.draw(&Text::new(text, (x + SAMPLE + 8, y), style(VERMILION)))
    }
}
