//! Figures of results that are there already, as SVG, PNG or PDF; nothing is refitted.
//!
//! A kind is a function of [`Figure`], each in a file of its own. Colours and sizes are those of `style`, letters those of the font beside it.
//! Points that lie outside the axes are not drawn, and the figure says how many they are.

mod axis;
mod bootstrap;
mod canvas;
mod collapse;
mod compare;
mod contours;
mod curves;
mod design;
mod document;
mod families;
mod figure;
mod fit;
mod font;
mod forecast;
mod forest;
mod frontier;
mod grid;
mod holdout;
mod isoflop;
mod joined;
mod label;
mod level;
mod optimum;
mod panel;
mod pdf;
mod plan;
mod png;
mod priors;
mod repeats;
mod residuals;
mod runs;
mod schedule;
mod sheet;
mod smooth;
mod starts;
mod style;
mod svg;
mod versus;

pub use figure::{Figure, FigureOptions};
pub use style::Theme;
