//! Figures, as SVG texts, of results that are there already.
//!
//! Nothing is computed here that a result does not say. One figure a file; colours and sizes in `style`.
//!
//! ```
//! use nbar::plot::ScheduleFigure;
//! use nbar::schedule::{Extent, Network, Ramp, Schedule, Shape, Unit};
//!
//! let ramp = Ramp::new(Shape::Cubic, 0.8, 0.25, 0.75, Unit::Fraction);
//! let trajectory = Schedule::from(ramp).trajectory(Network::new(1e9), Extent::new(20e9))?;
//! let svg = ScheduleFigure::new(&trajectory).with_title("80 % sparse").svg()?;
//! assert!(svg.starts_with("<svg") && svg.contains("80 % sparse"));
//! # Ok::<(), nbar::Error>(())
//! ```

mod schedule;
mod style;

pub use schedule::ScheduleFigure;

use crate::Error;

/// What the drawing library said.
fn failed(problem: impl std::fmt::Display) -> Error {
    Error::unanswerable("figure", problem.to_string(), "report it with the input: this is a bug")
}
