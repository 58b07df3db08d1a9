//! What a figure is made of, in points from its upper left corner.

use super::style::Paint;

pub(super) type Place = (f64, f64);

/// A rectangle: left, top, right, bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    pub(super) fn new(left: f64, top: f64, right: f64, bottom: f64) -> Self {
        Self { left, top, right, bottom }
    }

    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub(super) fn meets(&self, other: &Area) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    pub(super) fn holds(&self, other: &Area) -> bool {
        self.left <= other.left
            && other.right <= self.right
            && self.top <= other.top
            && other.bottom <= self.bottom
    }

    pub(super) fn grown(&self, by: f64) -> Self {
        Self::new(self.left - by, self.top - by, self.right + by, self.bottom + by)
    }
}

/// The pen of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pen {
    pub(super) paint: Paint,
    pub(super) width: f64,
    pub(super) dash: Option<[f64; 2]>,
}

impl Pen {
    pub(super) fn new(paint: Paint, width: f64) -> Self {
        Self { paint, width, dash: None }
    }

    pub(super) fn dashed(self, dash: [f64; 2]) -> Self {
        Self { dash: Some(dash), ..self }
    }
}

/// Where a text stands: its start, its middle or its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    /// On the base line.
    pub(super) at: Place,
    pub(super) text: String,
    pub(super) size: f64,
    pub(super) paint: Paint,
    pub(super) anchor: Anchor,
    /// Reads upwards.
    pub(super) upright: bool,
    /// The page's colour around the letters, so that they are read over lines.
    pub(super) halo: Option<Paint>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    Line { points: Vec<Place>, pen: Pen },
    Region { points: Vec<Place>, fill: Paint },
    Disc { at: Place, radius: f64, fill: Option<Paint>, pen: Option<Pen> },
    Polygon { points: Vec<Place>, fill: Option<Paint>, pen: Option<Pen> },
    Text(Text),
    Clipped { to: Area, shapes: Vec<Shape> },
}

/// What a point looks like: sparse and dense differ by more than colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Disc,
    Diamond,
}

impl Marker {
    /// The marker around a place; all kinds have about one area.
    pub(super) fn shape(self, (x, y): Place, radius: f64, paint: Paint, page: Paint) -> Shape {
        let around = |corners: &[(f64, f64)], by: f64| {
            let points =
                corners.iter().map(|(dx, dy)| (x + dx * by * radius, y + dy * by * radius)).collect();
            Shape::Polygon { points, fill: Some(paint), pen: Some(Pen::new(page, 0.4)) }
        };
        match self {
            Marker::Disc => {
                Shape::Disc { at: (x, y), radius, fill: Some(paint), pen: Some(Pen::new(page, 0.4)) }
            }
            Marker::Diamond => around(&[(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)], 1.35),
        }
    }
}

/// A figure as shapes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Canvas {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) page: Paint,
    pub(super) shapes: Vec<Shape>,
}

impl Canvas {
    pub(super) fn new(width: f64, height: f64, page: Paint) -> Self {
        Self { width, height, page, shapes: Vec::new() }
    }

    pub(super) fn line(&mut self, points: Vec<Place>, pen: Pen) {
        self.shapes.push(Shape::Line { points, pen });
    }

    pub(super) fn text(&mut self, at: Place, text: &str, size: f64, paint: Paint, anchor: Anchor) {
        let text = text.to_owned();
        self.shapes.push(Shape::Text(Text { at, text, size, paint, anchor, upright: false, halo: None }));
    }
}
