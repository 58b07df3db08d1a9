//! Words beside curves and points, where they cover nothing else.

use super::canvas::{Anchor, Area, Pen, Place, Shape, Text};
use super::font::{ABOVE, BELOW, before, width};
use super::style::{HAIR, Paint, Palette, SMALL};

/// A place on the base line, an anchor, what it costs, and whether a thin line leads to the point.
type Stand = (Place, Anchor, f64, bool);

/// Words, and the places where they may stand; the first are the best.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wish {
    text: String,
    paint: Paint,
    places: Vec<Stand>,
    point: Place,
}

impl Wish {
    /// Beside a curve: above it or below, rather near its end.
    pub(super) fn beside(along: Vec<Place>, text: &str, paint: Paint) -> Self {
        let mut places = Vec::new();
        let point = along.last().copied().unwrap_or_default();
        let (Some(first), Some(last)) = (along.first(), along.last()) else {
            return Self { text: text.to_owned(), paint, places, point };
        };
        for k in 0..=24 {
            let share = 1.0 - f64::from(k) / 24.0;
            let x = first.0 + share * (last.0 - first.0);
            let near = along.iter().min_by(|a, b| (a.0 - x).abs().total_cmp(&(b.0 - x).abs()));
            let Some(&(_, y)) = near else { continue };
            let cost = 0.12 * f64::from(k);
            // Two points of one x: a line upright, or across.
            let y = if along.len() == 2 { first.1 + share * (last.1 - first.1) } else { y };
            for (gap, more) in [(3.0, 0.0), (8.0, 1.0), (15.0, 3.0), (24.0, 6.0)] {
                for anchor in [Anchor::End, Anchor::Start, Anchor::Middle] {
                    places.push(((x, y - gap), anchor, cost + more, false));
                    places.push(((x, y + gap + 0.72 * SMALL), anchor, cost + more + 0.05, false));
                }
                places.push(((x + gap, y + 0.36 * SMALL), Anchor::Start, cost + more + 0.02, false));
                places.push(((x - gap, y + 0.36 * SMALL), Anchor::End, cost + more + 0.02, false));
            }
        }
        Self { text: text.to_owned(), paint, places, point }
    }

    /// Around a point; where it has to stand far off, a thin line leads to it.
    pub(super) fn around((x, y): Place, text: &str, paint: Paint) -> Self {
        let mut places = Vec::new();
        for (step, gap) in [3.5, 7.0, 12.0, 18.0, 26.0, 36.0].into_iter().enumerate() {
            let cost = step as f64 * 1.5;
            let (led, slant) = (step > 0, 0.8 * gap);
            let level = y + 0.36 * SMALL;
            places.extend([
                ((x + gap, level), Anchor::Start, cost, led),
                ((x - gap, level), Anchor::End, cost + 0.1, led),
                ((x, y - gap), Anchor::Middle, cost + 0.2, led),
                ((x, y + gap + 0.72 * SMALL), Anchor::Middle, cost + 0.3, led),
                ((x + slant, y - slant), Anchor::Start, cost + 0.15, led),
                ((x - slant, y - slant), Anchor::End, cost + 0.25, led),
                ((x + slant, y + slant + 0.72 * SMALL), Anchor::Start, cost + 0.2, led),
                ((x - slant, y + slant + 0.72 * SMALL), Anchor::End, cost + 0.3, led),
            ]);
        }
        Self { text: text.to_owned(), paint, places, point: (x, y) }
    }
}

/// What is in the way of words, and the words that want a place.
#[derive(Debug)]
pub(super) struct Labels {
    room: Area,
    points: Vec<Area>,
    lines: Vec<Area>,
    wishes: Vec<Wish>,
}

/// What it costs to cover a point, or a piece of a line.
const POINT_COST: f64 = 3.0;
const LINE_COST: f64 = 1.5;
/// Distance of the pieces that a line is cut into.
const PIECE: f64 = 2.0;

impl Labels {
    pub(super) fn within(room: Area) -> Self {
        Self { room, points: Vec::new(), lines: Vec::new(), wishes: Vec::new() }
    }

    pub(super) fn avoid_point(&mut self, (x, y): Place, radius: f64) {
        self.points.push(Area::new(x, y, x, y).grown(radius + 0.5));
    }

    pub(super) fn avoid_line(&mut self, row: &[Place]) {
        for pair in row.windows(2) {
            let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
            let pieces = (dx.hypot(dy) / PIECE).ceil().clamp(1.0, 500.0) as usize;
            for k in 0..pieces {
                let share = k as f64 / pieces as f64;
                let (x, y) = (pair[0].0 + share * dx, pair[0].1 + share * dy);
                self.lines.push(Area::new(x, y, x, y).grown(0.8));
            }
        }
    }

    pub(super) fn wish(&mut self, wish: Wish) {
        self.wishes.push(wish);
    }

    /// The words at their places. A wish that no place can fulfil without covering other words is dropped.
    pub(super) fn placed(self, palette: &Palette) -> Vec<Shape> {
        let (mut shapes, mut taken): (Vec<Shape>, Vec<Area>) = (Vec::new(), Vec::new());
        for wish in &self.wishes {
            let text = shortened(&wish.text, SMALL, 0.9 * self.room.width());
            let words = |place: &Stand| Text {
                at: place.0,
                text: text.clone(),
                size: SMALL,
                paint: wish.paint,
                anchor: place.1,
                upright: false,
                halo: Some(palette.page),
            };
            let wide = width(&text, SMALL);
            let covers = |place: &Stand| {
                let (before, (x, y)) = (before(place.1, wide), place.0);
                Area::new(x - before, y - ABOVE * SMALL, x - before + wide, y + BELOW * SMALL)
            };
            let cost = |place: &Stand| {
                let covers = covers(place);
                let mut own = lead(place, &covers, wish.point);
                own.push(covers.grown(1.0));
                let meets = |other: &Area| own.iter().any(|part| part.meets(other));
                if !self.room.holds(&covers) || taken.iter().any(meets) {
                    return f64::INFINITY;
                }
                let count =
                    |things: &[Area]| things.iter().filter(|thing| thing.meets(&covers)).count() as f64;
                place.2 + POINT_COST * count(&self.points) + LINE_COST * count(&self.lines)
            };
            // What a place covers only adds to what it costs.
            let mut best: Option<(f64, &Stand)> = None;
            for place in &wish.places {
                let least = best.map_or(f64::INFINITY, |(least, _)| least);
                if place.2 < least {
                    let cost = cost(place);
                    best = if cost < least { Some((cost, place)) } else { best };
                }
            }
            let Some((_, place)) = best else { continue };
            let words = words(place);
            let covers = covers(place);
            if place.3 {
                let points = vec![wish.point, nearest(&covers, wish.point)];
                shapes.push(Shape::Line { points, pen: Pen::new(palette.soft, HAIR) });
                taken.extend(lead(place, &covers, wish.point));
            }
            taken.push(covers);
            shapes.push(Shape::Text(words));
        }
        shapes
    }
}

/// Where the line from a point meets words.
fn nearest(covers: &Area, (x, y): Place) -> Place {
    (x.clamp(covers.left, covers.right), y.clamp(covers.top, covers.bottom))
}

/// What the line that leads from a point to its words covers.
fn lead(place: &Stand, covers: &Area, from: Place) -> Vec<Area> {
    let to = nearest(covers, from);
    let at = |k: u8| {
        (from.0 + f64::from(k) / 8.0 * (to.0 - from.0), from.1 + f64::from(k) / 8.0 * (to.1 - from.1))
    };
    let piece = |k| Area::new(at(k).0, at(k).1, at(k).0, at(k).1).grown(0.4);
    if place.3 { (1..=8).map(piece).collect() } else { Vec::new() }
}

/// A text that is no wider than this. What is cut out of its middle is said by an ellipsis: names that begin alike may end otherwise.
pub(super) fn shortened(text: &str, size: f64, most: f64) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let with = |kept: usize| {
        let (head, tail) = (kept.div_ceil(2), kept / 2);
        let part = |letters: &[char]| letters.iter().collect::<String>().trim().to_owned();
        format!("{}…{}", part(&letters[..head]), part(&letters[letters.len() - tail..]))
    };
    let shorter = (0..letters.len()).rev().map(with);
    shorter.into_iter().find(|text| width(text, size) <= most).unwrap_or_else(|| "…".to_owned())
}

/// The lines of a text that has this much room; hard spaces stay.
pub(super) fn wrapped(text: &str, size: f64, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split([' ', '\n']).filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(shortened(word, size, most)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_begin_alike_stay_apart() {
        let names = [3, 4].map(|k| format!("a-very-long-recipe-name-with-many-words-0{k}"));
        let [third, fourth] = names.each_ref().map(|name| shortened(name, 8.0, 90.0));
        assert!(third != fourth && third.starts_with("a-very") && third.ends_with("-03"), "{third} {fourth}");
        assert!(width(&third, 8.0) <= 90.0 && width(&third, 8.0) > 80.0);
        assert_eq!(
            (shortened("short", 8.0, 90.0), shortened("short", 8.0, 0.0)),
            ("short".into(), "…".into())
        );
    }
}
