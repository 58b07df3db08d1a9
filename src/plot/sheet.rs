//! A page: its title, a key, panels side by side, and notes.

use super::axis::{Axis, Numbers, Scale};
use super::canvas::{Anchor, Area, Canvas, Marker, Pen, Shape};
use super::figure::{Figure, FigureOptions};
use super::font::width;
use super::label::wrapped;
use super::panel::{Margins, Panel};
use super::style::{ASPECT, HAIR, MARGIN, MILLIMETRE, POINT, Paint, Palette, SMALL, TITLE};

/// An entry of the key.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Key {
    Marker(String, Marker, Paint),
    Line(String, Pen),
    Band(String, Paint),
    /// The colours of a quantity, from one value to another.
    Colours(String, Axis),
}

#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) palette: &'static Palette,
    width: f64,
    title: Option<String>,
    pub(super) key: Vec<Key>,
    pub(super) panels: Vec<Panel>,
    /// Height over width of a panel that is alone in its row.
    pub(super) aspect: f64,
    /// Height of a panel in points, in place of that.
    pub(super) height: Option<f64>,
    /// Panels in a row where there is room.
    pub(super) columns: usize,
    /// Whether all panels have one y axis, which the first of each row shows.
    pub(super) shares_y: bool,
    pub(super) notes: Vec<String>,
}

/// Length of a sample in the key, of the bar of colours, and space between entries.
const SAMPLE: f64 = 12.0;
const BAR: f64 = 58.0;
const ENTRIES_APART: f64 = 9.0;
/// Height of a row of the key, and of a line of notes.
const ROW: f64 = 10.0;
/// Panels are at least so wide.
const LEAST: f64 = 105.0;
/// Height over width of two panels beside each other, of more, and of those above each other.
const PAIR: f64 = 0.86;
const ROWS: f64 = 1.05;
const STACKED: f64 = 0.5;
/// Space between panels.
const APART: f64 = 8.0;

impl Sheet {
    pub(super) fn new(options: &FigureOptions, title: &str) -> Self {
        Self {
            palette: Palette::of(options.theme),
            width: options.width * MILLIMETRE,
            title: Some(options.title.clone().unwrap_or_else(|| title.to_owned())).filter(|t| !t.is_empty()),
            key: Vec::new(),
            panels: Vec::new(),
            aspect: ASPECT,
            height: None,
            columns: 1,
            shares_y: false,
            notes: Vec::new(),
        }
    }

    /// Draws all of it.
    pub(super) fn figure(mut self) -> Figure {
        let outside: usize = self.panels.iter().map(Panel::outside).sum();
        if outside > 0 {
            let (points, are) = match outside {
                1 => ("1 point lies".to_owned(), "is"),
                _ => (format!("{outside} points lie"), "are"),
            };
            self.notes.push(format!("{points} outside the axes and {are} not drawn."));
        }
        let inner = self.width - 2.0 * MARGIN;
        let title = self.title.as_ref().map_or_else(Vec::new, |title| wrapped(title, TITLE, inner));
        let notes: Vec<String> = self.notes.iter().flat_map(|note| wrapped(note, SMALL, inner)).collect();
        let rows = self.key_rows(inner).len();
        let columns = self.columns_of(inner);
        for (k, panel) in self.panels.iter_mut().enumerate() {
            panel.bare = self.shares_y && k % columns > 0;
        }
        let above = MARGIN + title.len() as f64 * (TITLE + 3.5) + rows as f64 * ROW;
        let panel_width = inner / columns as f64;
        let panel_height = self.height.unwrap_or(
            panel_width
                * match (columns, self.panels.len()) {
                    (1, 0..=1) => self.aspect,
                    (1, _) => STACKED,
                    (2, _) => PAIR,
                    _ => ROWS,
                },
        );
        let lines = self.panels.len().div_ceil(columns);
        let below = notes.len() as f64 * (SMALL + 2.5) + if notes.is_empty() { 0.0 } else { 3.0 };
        let height = above + lines as f64 * panel_height + below + MARGIN;
        let mut canvas = Canvas::new(self.width, height, self.palette.page);
        let mut y = MARGIN;
        for line in &title {
            canvas.text((MARGIN, y + 0.78 * TITLE), line, TITLE, self.palette.ink, Anchor::Start);
            y += TITLE + 3.5;
        }
        for row in &self.key_rows(inner) {
            self.draw_key(&mut canvas, y, row);
            y += ROW;
        }
        let margins = self.margins(columns, panel_width, panel_height);
        let beside: f64 = margins.iter().map(|margins| margins.left + margins.right).sum();
        let wide = (inner - beside - APART * (columns - 1) as f64) / columns as f64;
        for (line, panels) in self.panels.chunks(columns).enumerate() {
            let (mut left, top) = (MARGIN, y + line as f64 * panel_height);
            for (panel, margins) in panels.iter().zip(&margins) {
                let from = left + margins.left;
                let bottom = top + panel_height - margins.bottom;
                panel.draw(
                    &mut canvas,
                    Area::new(from, top + margins.top, from + wide, bottom),
                    self.palette,
                );
                left = from + wide + margins.right + APART;
            }
        }
        y += lines as f64 * panel_height + 3.0;
        for note in &notes {
            canvas.text((MARGIN, y + 0.78 * SMALL), note, SMALL, self.palette.soft, Anchor::Start);
            y += SMALL + 2.5;
        }
        Figure::new(canvas, self.panels)
    }

    /// As many as there is room for; a few panels fill their rows.
    fn columns_of(&self, inner: f64) -> usize {
        let count = self.panels.len().max(1);
        let most = self.columns.min((inner / LEAST) as usize).clamp(1, count);
        if count > 4 {
            most
        } else {
            (1..=most).rev().find(|columns| count.is_multiple_of(*columns)).unwrap_or(1)
        }
    }

    /// The space around the panels of each column: that of the widest labels in it, so that all are aligned.
    fn margins(&self, columns: usize, width: f64, height: f64) -> Vec<Margins> {
        let all = self.panels.iter().map(|panel| panel.margins(width - 40.0, height - 30.0));
        let all: Vec<Margins> = all.collect();
        let most = |of: fn(&Margins) -> f64| all.iter().map(of).fold(0.0, f64::max);
        let [top, bottom] = [most(|m| m.top), most(|m| m.bottom)];
        let of_column = |column: usize| {
            let own = || all.iter().skip(column).step_by(columns);
            let left = own().map(|m| m.left).fold(0.0, f64::max);
            let right = own().map(|m| m.right).fold(0.0, f64::max);
            Margins { left, right, top, bottom }
        };
        (0..columns).map(of_column).collect()
    }

    fn key_rows(&self, most: f64) -> Vec<Vec<(f64, &Key)>> {
        let mut rows: Vec<Vec<(f64, &Key)>> = Vec::new();
        let mut end = f64::INFINITY;
        for key in &self.key {
            let wide = key.width();
            if end + wide > most {
                rows.push(Vec::new());
                end = 0.0;
            }
            if let Some(row) = rows.last_mut() {
                row.push((MARGIN + end, key));
            }
            end += wide + ENTRIES_APART;
        }
        rows
    }

    fn draw_key(&self, canvas: &mut Canvas, top: f64, row: &[(f64, &Key)]) {
        let (middle, base) = (top + ROW / 2.0 - 0.8, top + ROW / 2.0 - 0.8 + 0.36 * SMALL);
        for (x, key) in row {
            let mut words = *x + SAMPLE + 3.0;
            match key {
                Key::Marker(_, marker, paint) => {
                    canvas.shapes.push(marker.shape(
                        (x + 3.0, middle),
                        POINT + 0.3,
                        *paint,
                        self.palette.page,
                    ));
                    words = x + 8.0;
                }
                Key::Line(_, pen) => canvas.line(vec![(*x, middle), (x + SAMPLE, middle)], *pen),
                Key::Band(_, paint) => {
                    let Area { left, top, right, bottom } =
                        Area::new(*x, middle - 2.8, x + SAMPLE, middle + 2.8);
                    let points = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
                    canvas.shapes.push(Shape::Region { points, fill: *paint });
                }
                Key::Colours(title, axis) => {
                    self.colours(canvas, *x, middle, title, axis);
                    continue;
                }
            }
            canvas.text((words, base), key.text(), SMALL, self.palette.soft, Anchor::Start);
        }
    }

    /// `title 100M ▇▇▇▇ 10B`
    fn colours(&self, canvas: &mut Canvas, x: f64, middle: f64, title: &str, axis: &Axis) {
        let base = middle + 0.36 * SMALL;
        let (from, to) = ends(axis);
        let soft = self.palette.soft;
        canvas.text((x, base), title, SMALL, soft, Anchor::Start);
        let x = x + width(title, SMALL) + 5.0;
        canvas.text((x, base), &from, SMALL, soft, Anchor::Start);
        let x = x + width(&from, SMALL) + 3.0;
        let steps = 48;
        for k in 0..steps {
            let at = |k: usize| x + BAR * k as f64 / steps as f64;
            let paint = self.palette.at((k as f64 + 0.5) / steps as f64);
            // A little over the next, so that no seam shows.
            let right = if k + 1 == steps { at(k + 1) } else { at(k + 1) + 0.3 };
            let points = vec![
                (at(k), middle - 2.6),
                (right, middle - 2.6),
                (right, middle + 2.6),
                (at(k), middle + 2.6),
            ];
            canvas.shapes.push(Shape::Region { points, fill: paint });
        }
        let pen = Pen::new(self.palette.page, HAIR);
        for tick in axis.ticks(BAR, true).iter().filter(|tick| tick.label.is_some()) {
            let at = x + BAR * axis.share(tick.at);
            canvas.line(vec![(at, middle - 2.6), (at, middle - 1.2)], pen);
        }
        canvas.text((x + BAR + 3.0, base), &to, SMALL, soft, Anchor::Start);
    }
}

fn ends(axis: &Axis) -> (String, String) {
    let written = |value| match axis.numbers {
        Numbers::Quantity => crate::units::format_quantity(value, 2),
        _ => crate::units::format_number(value, 2),
    };
    (written(axis.from), written(axis.to))
}

impl Key {
    fn text(&self) -> &str {
        match self {
            Key::Marker(text, ..) | Key::Line(text, _) | Key::Band(text, _) | Key::Colours(text, _) => text,
        }
    }

    fn width(&self) -> f64 {
        let text = width(self.text(), SMALL);
        match self {
            Key::Marker(..) => 8.0 + text,
            Key::Line(..) | Key::Band(..) => SAMPLE + 3.0 + text,
            Key::Colours(_, axis) => {
                let (from, to) = ends(axis);
                text + 11.0 + BAR + width(&from, SMALL) + width(&to, SMALL)
            }
        }
    }
}

/// Colours of values that are spread over powers of ten, and their key; one colour where all are one.
pub(super) struct Coloured {
    axis: Axis,
    palette: &'static Palette,
}

impl Coloured {
    pub(super) fn of(palette: &'static Palette, values: &[f64]) -> Self {
        let usable = values.iter().copied().filter(|v| v.is_finite() && *v > 0.0);
        let [from, to] = usable.fold([f64::INFINITY, 0.0], |[a, b]: [f64; 2], v| [a.min(v), b.max(v)]);
        Self { axis: Axis::between("", Scale::Log, Numbers::Quantity, from, to), palette }
    }

    pub(super) fn is_spread(&self) -> bool {
        self.axis.from < self.axis.to
    }

    pub(super) fn paint(&self, value: f64) -> Paint {
        if self.is_spread() { self.palette.at(self.axis.share(value)) } else { self.palette.at(0.3) }
    }

    pub(super) fn key(&self, title: &str) -> Option<Key> {
        self.is_spread().then(|| Key::Colours(title.to_owned(), self.axis.clone()))
    }
}
