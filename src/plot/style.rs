//! Colours and sizes of all figures.

use plotters::style::{FontDesc, FontFamily, FontStyle, RGBColor, TextStyle};

/// Width and height of a figure, in pixels.
pub(super) const SIZE: (u32, u32) = (760, 440);
/// Space around it.
pub(super) const MARGIN: u32 = 16;
/// Width of the labels of an axis beside the figure.
pub(super) const SIDE: u32 = 64;
/// Height of the labels of the axis below it.
pub(super) const BELOW: u32 = 48;
/// Height of the legend above it, and length of a line in it.
pub(super) const LEGEND: u32 = 40;
pub(super) const SAMPLE: i32 = 30;

/// Okabe and Ito's colours, which the colour-blind can tell apart.
pub(super) const BLUE: RGBColor = RGBColor(0, 114, 178);
pub(super) const VERMILION: RGBColor = RGBColor(213, 94, 0);
/// Words and axes.
pub(super) const INK: RGBColor = RGBColor(40, 40, 40);
/// Grid lines.
pub(super) const GRID: RGBColor = RGBColor(226, 226, 226);
/// Shade below a curve.
pub(super) const SHADE: f64 = 0.10;
/// Width of a curve.
pub(super) const STROKE: u32 = 2;
/// Dash and gap of a reference line.
pub(super) const DASH: (u32, u32) = (7, 5);

/// Words of so many pixels.
pub(super) fn words(size: u32, colour: RGBColor) -> TextStyle<'static> {
    FontDesc::new(FontFamily::SansSerif, f64::from(size), FontStyle::Normal).color(&colour)
}
