//! Figures of results that are there already, as SVG, PNG or PDF; nothing is refitted.
//!
//! A function a kind, each in a file of its own. Colours and sizes are those of `style`, letters those of the font beside it.
//! Points that lie outside the axes are not drawn, and the figure says how many they are.

mod axis;
mod canvas;
mod figure;
mod fit;
mod font;
mod frontier;
mod grid;
mod label;
mod panel;
mod pdf;
mod png;
mod residuals;
mod runs;
mod schedule;
mod sheet;
mod smooth;
mod style;
mod svg;

pub use figure::{Figure, FigureOptions};
pub use fit::fit;
pub use frontier::frontier;
pub use residuals::residuals;
pub use schedule::schedule;
pub use style::Theme;
