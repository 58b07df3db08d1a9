//! One pair of axes and what stands on it, in the units of the axes.

use super::axis::{Axis, Scale, Tick};
use super::canvas::{Anchor, Area, Canvas, Marker, Pen, Place, Shape, Text};
use super::font::width;
use super::label::{Labels, Wish, shortened};
use super::style::{AXIS, HAIR, Paint, Palette, SMALL, TEXT};

/// How wide a title may be, over its panel.
const TITLE: f64 = 1.0;

/// A point of data: x, y.
pub(super) type Point = (f64, f64);

/// What stands on axes. Each says what it is, for the figure's data.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    /// Between two curves: x, lower, upper.
    Band {
        series: String,
        rows: Vec<(f64, f64, f64)>,
        paint: Paint,
    },
    /// Its label, if any, stands beside it.
    Curve {
        series: String,
        points: Vec<Point>,
        pen: Pen,
        label: Option<(String, Paint)>,
    },
    Points {
        series: String,
        marks: Vec<Mark>,
        marker: Marker,
        radius: f64,
    },
    /// Ends of an interval of y, or of x, at a point.
    Bar {
        series: String,
        at: Point,
        ends: [f64; 2],
        of_x: bool,
        pen: Pen,
    },
    /// A line across, at this y or this x.
    Rule {
        at: f64,
        upright: bool,
        pen: Pen,
        label: Option<(String, Paint)>,
    },
}

/// One point of a series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mark {
    pub(super) at: Point,
    pub(super) paint: Paint,
    pub(super) name: String,
    /// What is written beside it.
    pub(super) label: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panel {
    pub(super) title: Option<String>,
    pub(super) x: Axis,
    pub(super) y: Axis,
    /// Another axis for the same heights, on the right.
    pub(super) right: Option<Axis>,
    /// Whether the numbers of y stand on another panel.
    pub(super) bare: bool,
    pub(super) items: Vec<Item>,
}

/// Space around the axes of a panel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Margins {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

/// Length of a tick, and its distance from the label.
const TICK: f64 = 2.6;
const GAP: f64 = 2.2;

impl Panel {
    pub(super) fn new(x: Axis, y: Axis) -> Self {
        Self { title: None, x, y, right: None, bare: false, items: Vec::new() }
    }

    /// Points that have no place on the axes.
    pub(super) fn outside(&self) -> usize {
        let count = |item: &Item| match item {
            Item::Points { marks, .. } => marks.iter().filter(|mark| !self.holds(mark.at)).count(),
            _ => 0,
        };
        self.items.iter().map(count).sum()
    }

    /// Whether a bar goes on beyond an edge.
    pub(super) fn ends_beyond(&self) -> bool {
        self.items.iter().any(|item| match item {
            Item::Bar { at, ends, of_x, .. } => {
                ends.iter().any(|end| !self.holds(if *of_x { (*end, at.1) } else { (at.0, *end) }))
            }
            _ => false,
        })
    }

    fn holds(&self, (x, y): Point) -> bool {
        self.x.share_within(x).is_some() && self.y.share_within(y).is_some()
    }

    /// The space that ticks and titles need beside axes that are so wide and so high.
    pub(super) fn margins(&self, wide: f64, height: f64) -> Margins {
        let widest = |axis: &Axis| {
            let labels = axis.ticks(height, false).into_iter().filter_map(|tick| tick.label);
            labels.map(|label| width(&label, SMALL)).fold(0.0, f64::max)
        };
        let beside = |axis: &Axis| {
            let title = if axis.title.is_empty() { 0.0 } else { TEXT + 3.0 };
            widest(axis) + TICK + GAP + title
        };
        // How far the labels below reach beyond the ends of their axis.
        let over = |tick: &Tick, share: f64| {
            tick.label.as_ref().map_or(0.0, |label| width(label, SMALL) / 2.0 - share * wide)
        };
        let below = self.x.ticks(wide, true);
        let reach = |share: &dyn Fn(f64) -> f64| {
            below.iter().map(|tick| over(tick, share(self.x.share(tick.at)))).fold(3.0, f64::max)
        };
        let title = if self.x.title.is_empty() { 0.0 } else { TEXT + 3.0 };
        Margins {
            left: if self.bare { reach(&|share| share) } else { beside(&self.y) },
            right: self.right.as_ref().map_or(reach(&|share| 1.0 - share), beside),
            top: if self.title.is_some() { TEXT + 5.0 } else { 3.0 },
            bottom: TICK + GAP + SMALL + title,
        }
    }

    /// Draws it, with its axes along the edges of `area`.
    pub(super) fn draw(&self, canvas: &mut Canvas, area: Area, palette: &Palette) {
        let (x_ticks, y_ticks) = (self.x.ticks(area.width(), true), self.y.ticks(area.height(), false));
        self.grid(canvas, area, palette, [&x_ticks, &y_ticks]);
        let mut drawing = Drawing {
            panel: self,
            area,
            palette,
            shapes: Vec::new(),
            labels: Labels::within(area.grown(-2.0)),
        };
        self.items.iter().for_each(|item| drawing.item(item));
        let Drawing { shapes, labels, .. } = drawing;
        canvas.shapes.push(Shape::Clipped { to: area.grown(0.3), shapes });
        canvas.shapes.extend(labels.placed(palette));
        self.axes(canvas, area, palette, [&x_ticks, &y_ticks]);
    }

    fn grid(&self, canvas: &mut Canvas, area: Area, palette: &Palette, [x, y]: [&[Tick]; 2]) {
        let pen = Pen::new(palette.grid, HAIR);
        for tick in x.iter().filter(|tick| tick.label.is_some()) {
            let at = area.left + self.x.share(tick.at) * area.width();
            canvas.line(vec![(at, area.top), (at, area.bottom)], pen);
        }
        for tick in y.iter().filter(|tick| tick.label.is_some()) {
            let at = area.bottom - self.y.share(tick.at) * area.height();
            canvas.line(vec![(area.left, at), (area.right, at)], pen);
        }
    }

    fn axes(&self, canvas: &mut Canvas, area: Area, palette: &Palette, [x, y]: [&[Tick]; 2]) {
        let pen = Pen::new(palette.soft, AXIS);
        let corner = (area.left, area.bottom);
        canvas.line(vec![(area.left, area.top), corner, (area.right, area.bottom)], pen);
        for tick in x {
            let at = area.left + self.x.share(tick.at) * area.width();
            let long = if tick.label.is_some() { TICK } else { TICK / 2.0 };
            canvas.line(vec![(at, area.bottom), (at, area.bottom + long)], pen);
            if let Some(label) = &tick.label {
                let place = (at, area.bottom + TICK + GAP + 0.72 * SMALL);
                canvas.text(place, label, SMALL, palette.soft, Anchor::Middle);
            }
        }
        let middle = (area.left + area.right) / 2.0;
        let below = area.bottom + TICK + GAP + SMALL + TEXT + 0.5;
        let title = shortened(&self.x.title, TEXT, TITLE * area.width());
        canvas.text((middle, below), &title, TEXT, palette.ink, Anchor::Middle);
        if self.bare {
            let unnamed = Axis { title: String::new(), ..self.y.clone() };
            let short: Vec<Tick> = y.iter().map(|tick| Tick { label: None, ..tick.clone() }).collect();
            beside(canvas, area, palette, &unnamed, &short, false);
        } else {
            beside(canvas, area, palette, &self.y, y, false);
        }
        if let Some(right) = &self.right {
            canvas.line(vec![(area.right, area.top), (area.right, area.bottom)], pen);
            beside(canvas, area, palette, right, &right.ticks(area.height(), false), true);
        }
        if let Some(title) = &self.title {
            let title = shortened(title, TEXT, TITLE * area.width());
            canvas.text((area.left, area.top - 4.0), &title, TEXT, palette.ink, Anchor::Start);
        }
    }
}

/// Ticks and title of an upright axis.
fn beside(canvas: &mut Canvas, area: Area, palette: &Palette, axis: &Axis, ticks: &[Tick], right: bool) {
    let pen = Pen::new(palette.soft, AXIS);
    let (edge, out) = if right { (area.right, 1.0) } else { (area.left, -1.0) };
    let anchor = if right { Anchor::Start } else { Anchor::End };
    let mut widest: f64 = 0.0;
    for tick in ticks {
        let at = area.bottom - axis.share(tick.at) * area.height();
        let long = if tick.label.is_some() { TICK } else { TICK / 2.0 };
        canvas.line(vec![(edge, at), (edge + out * long, at)], pen);
        if let Some(label) = &tick.label {
            widest = widest.max(width(label, SMALL));
            canvas.text((edge + out * (TICK + GAP), at + 0.36 * SMALL), label, SMALL, palette.soft, anchor);
        }
    }
    let middle = (area.top + area.bottom) / 2.0;
    let far = TICK + GAP + widest + 4.0;
    let x = if right { edge + far + 0.72 * TEXT } else { edge - far };
    canvas.shapes.push(Shape::Text(Text {
        at: (x, middle),
        text: axis.title.clone(),
        size: TEXT,
        paint: palette.ink,
        anchor: Anchor::Middle,
        upright: true,
        halo: None,
    }));
}

/// Items on their way to shapes.
struct Drawing<'a> {
    panel: &'a Panel,
    area: Area,
    palette: &'a Palette,
    shapes: Vec<Shape>,
    labels: Labels,
}

impl Drawing<'_> {
    /// Where a point of data lies; not finite where it has no place.
    fn place(&self, (x, y): Point) -> Place {
        let area = self.area;
        let (x, y) = (self.panel.x.share(x), self.panel.y.share(y));
        (area.left + x * area.width(), area.bottom - y * area.height())
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Band { rows, paint, .. } => self.band(rows, *paint),
            Item::Curve { points, pen, label, .. } => self.curve(points, *pen, label.as_ref()),
            Item::Points { marks, marker, radius, .. } => self.points(marks, *marker, *radius),
            Item::Bar { at, ends, of_x, pen, .. } => self.bar(*at, *ends, *of_x, *pen),
            Item::Rule { at, upright, pen, label } => {
                let ends = match upright {
                    true => [(*at, self.panel.y.from), (*at, self.panel.y.to)],
                    false => [(self.panel.x.from, *at), (self.panel.x.to, *at)],
                };
                self.curve(&ends, *pen, label.as_ref());
            }
        }
    }

    fn band(&mut self, rows: &[(f64, f64, f64)], paint: Paint) {
        let (low, high) = (self.area.top - self.area.height(), self.area.bottom + self.area.height());
        // An end that lies nowhere, as ln 0 does, is beyond the axis.
        let edge = |x: f64, y: f64, nowhere: f64| {
            let (x, y) = self.place((x, y));
            (x, if y.is_finite() { y.clamp(low, high) } else { nowhere })
        };
        let usable = |row: &(f64, f64, f64)| {
            !row.1.is_nan() && !row.2.is_nan() && self.place((row.0, 1.0)).0.is_finite()
        };
        let mut regions = Vec::new();
        for part in
            rows.chunk_by(|a, b| usable(a) == usable(b)).filter(|part| usable(&part[0]) && part.len() > 1)
        {
            let lower = part.iter().map(|row| edge(row.0, row.1, high));
            let upper = part.iter().rev().map(|row| edge(row.0, row.2, low));
            regions.push(Shape::Region { points: lower.chain(upper).collect(), fill: paint });
        }
        self.shapes.extend(regions);
    }

    fn curve(&mut self, points: &[Point], pen: Pen, label: Option<&(String, Paint)>) {
        let places: Vec<Place> = points.iter().map(|point| self.place(*point)).collect();
        let room = self.area.grown(4.0);
        let mut row: Vec<Place> = Vec::new();
        let mut rows = Vec::new();
        for pair in places.windows(2) {
            let Some([from, to]) = cut(pair[0], pair[1], &room) else { continue };
            if row.last() != Some(&from) {
                rows.push(std::mem::take(&mut row));
                row.push(from);
            }
            row.push(to);
        }
        rows.push(row);
        let rows: Vec<Vec<Place>> = rows.into_iter().filter(|row| row.len() > 1).collect();
        rows.iter().for_each(|row| self.labels.avoid_line(row));
        if let Some((text, paint)) = label {
            let along = rows.iter().flatten().copied().collect();
            self.labels.wish(Wish::beside(along, text, *paint));
        }
        self.shapes.extend(rows.into_iter().map(|points| Shape::Line { points, pen }));
    }

    fn points(&mut self, marks: &[Mark], marker: Marker, radius: f64) {
        for mark in marks.iter().filter(|mark| self.panel.holds(mark.at)) {
            let at = self.place(mark.at);
            self.labels.avoid_point(at, radius);
            self.shapes.push(marker.shape(at, radius, mark.paint, self.palette.page));
            if let Some(text) = &mark.label {
                self.labels.wish(Wish::around(at, text, self.palette.ink));
            }
        }
    }

    /// An interval; an end beyond the axes is an arrow at their edge.
    fn bar(&mut self, at: Point, ends: [f64; 2], of_x: bool, pen: Pen) {
        let (axis, (x, y)) = (if of_x { &self.panel.x } else { &self.panel.y }, self.place(at));
        let shares =
            ends.map(|end| if end <= 0.0 && axis.scale == Scale::Log { -1.0 } else { axis.share(end) });
        if !(x.is_finite() && y.is_finite()) || shares.iter().any(|share| share.is_nan()) {
            return;
        }
        let area = self.area;
        let place = |share: f64, along: f64, aside: f64| match of_x {
            true => (area.left + share.clamp(0.0, 1.0) * area.width() + along, y + aside),
            false => (x + aside, area.bottom - share.clamp(0.0, 1.0) * area.height() - along),
        };
        let line = shares.map(|share| place(share, 0.0, 0.0)).to_vec();
        self.labels.avoid_line(&line);
        self.shapes.push(Shape::Line { points: line, pen });
        for share in shares.into_iter().filter(|share| !(0.0..=1.0).contains(share)) {
            let (back, aside) = (if share < 0.0 { 4.0 } else { -4.0 }, 1.3 + 0.7 * pen.width);
            let points = vec![place(share, 0.0, 0.0), place(share, back, aside), place(share, back, -aside)];
            self.shapes.push(Shape::Polygon { points, fill: Some(pen.paint), pen: None });
        }
    }
}

/// The part of a line that lies in a rectangle, if any does; none of a line that lies nowhere.
fn cut(from: Place, to: Place, room: &Area) -> Option<[Place; 2]> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    if !(dx.is_finite() && dy.is_finite()) {
        return None;
    }
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    let sides = [
        (-dx, from.0 - room.left),
        (dx, room.right - from.0),
        (-dy, from.1 - room.top),
        (dy, room.bottom - from.1),
    ];
    for (speed, distance) in sides {
        match speed {
            0.0 if distance < 0.0 => return None,
            0.0 => {}
            _ if speed < 0.0 => enter = enter.max(distance / speed),
            _ => leave = leave.min(distance / speed),
        }
    }
    let at = |share: f64| match share {
        0.0 => from,
        1.0 => to,
        _ => (from.0 + share * dx, from.1 + share * dy),
    };
    (enter < leave).then(|| [at(enter), at(leave)])
}
