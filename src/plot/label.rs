//! Words beside curves and points, where they cover nothing else.

use super::canvas::{Anchor, Area, Pen, Place, Shape, Text};
use super::font::{ABOVE, BELOW, before, width};
use super::style::{HAIR, Paint, Palette, SMALL};

/// Where words may stand.
#[derive(Debug, Clone, PartialEq)]
struct Stand {
    /// A place on the base line.
    at: Place,
    anchor: Anchor,
    cost: f64,
    /// The point that is named.
    point: Place,
    /// Whether a thin line leads to it.
    led: bool,
}

/// Words, and the places where they may stand; the first are the best.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wish {
    text: String,
    paint: Paint,
    places: Vec<Stand>,
}

impl Wish {
    /// Beside a curve: above it or below, rather near its end; where they have to stand far off, a thin line leads to it.
    pub(super) fn beside(along: Vec<Place>, text: &str, paint: Paint) -> Self {
        let mut places = Vec::new();
        let (Some(first), Some(last)) = (along.first(), along.last()) else {
            return Self { text: text.to_owned(), paint, places };
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
                let stand = |at, anchor, own| Stand {
                    at,
                    anchor,
                    cost: cost + more + own,
                    point: (x, y),
                    led: gap > OFF,
                };
                for anchor in [Anchor::End, Anchor::Start, Anchor::Middle] {
                    places.push(stand((x, y - gap), anchor, 0.0));
                    places.push(stand((x, y + gap + 0.72 * SMALL), anchor, 0.05));
                }
                places.push(stand((x + gap, y + 0.36 * SMALL), Anchor::Start, 0.02));
                places.push(stand((x - gap, y + 0.36 * SMALL), Anchor::End, 0.02));
            }
        }
        Self { text: text.to_owned(), paint, places }
    }

    /// Around a point; where it has to stand far off, a thin line leads to it.
    pub(super) fn around((x, y): Place, text: &str, paint: Paint) -> Self {
        let mut places = Vec::new();
        for (step, gap) in [3.5, 7.0, 12.0, 18.0, 26.0, 36.0].into_iter().enumerate() {
            let cost = step as f64 * 1.5;
            let (led, slant) = (step > 0, 0.8 * gap);
            let level = y + 0.36 * SMALL;
            let own = [
                ((x + gap, level), Anchor::Start, 0.0),
                ((x - gap, level), Anchor::End, 0.1),
                ((x, y - gap), Anchor::Middle, 0.2),
                ((x, y + gap + 0.72 * SMALL), Anchor::Middle, 0.3),
                ((x + slant, y - slant), Anchor::Start, 0.15),
                ((x - slant, y - slant), Anchor::End, 0.25),
                ((x + slant, y + slant + 0.72 * SMALL), Anchor::Start, 0.2),
                ((x - slant, y + slant + 0.72 * SMALL), Anchor::End, 0.3),
            ];
            let stand = |(at, anchor, own)| Stand { at, anchor, cost: cost + own, point: (x, y), led };
            places.extend(own.map(stand));
        }
        Self { text: text.to_owned(), paint, places }
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
/// What it costs if another line runs between words and what they name.
const ACROSS_COST: f64 = 6.0;
/// Words farther than this from their curve are led to it.
const OFF: f64 = 10.0;
/// Pieces of lines this near to the point that is named are of its own line.
const OWN: f64 = 2.0;
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
                at: place.at,
                text: text.clone(),
                size: SMALL,
                paint: wish.paint,
                anchor: place.anchor,
                upright: false,
                halo: Some(palette.page),
            };
            let wide = width(&text, SMALL);
            let covers = |place: &Stand| {
                let (before, (x, y)) = (before(place.anchor, wide), place.at);
                Area::new(x - before, y - ABOVE * SMALL, x - before + wide, y + BELOW * SMALL)
            };
            let cost = |place: &Stand| {
                let covers = covers(place);
                let mut own = if place.led { lead(place, &covers) } else { Vec::new() };
                own.push(covers.grown(1.0));
                let meets = |other: &Area| own.iter().any(|part| part.meets(other));
                if !self.room.holds(&covers) || taken.iter().any(meets) {
                    return f64::INFINITY;
                }
                let count =
                    |things: &[Area]| things.iter().filter(|thing| thing.meets(&covers)).count() as f64;
                let own = Area::new(place.point.0, place.point.1, place.point.0, place.point.1).grown(OWN);
                let other =
                    |piece: &Area| !piece.meets(&own) && self.lines.iter().any(|line| line.meets(piece));
                let across = if lead(place, &covers).iter().any(other) { ACROSS_COST } else { 0.0 };
                place.cost + across + POINT_COST * count(&self.points) + LINE_COST * count(&self.lines)
            };
            // What a place covers only adds to what it costs.
            let mut best: Option<(f64, &Stand)> = None;
            for place in &wish.places {
                let least = best.map_or(f64::INFINITY, |(least, _)| least);
                if place.cost < least {
                    let cost = cost(place);
                    best = if cost < least { Some((cost, place)) } else { best };
                }
            }
            let Some((_, place)) = best else { continue };
            let words = words(place);
            let covers = covers(place);
            if place.led {
                let points = vec![place.point, nearest(&covers, place.point)];
                shapes.push(Shape::Line { points, pen: Pen::new(palette.soft, HAIR) });
                taken.extend(lead(place, &covers));
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
fn lead(place: &Stand, covers: &Area) -> Vec<Area> {
    let (from, to) = (place.point, nearest(covers, place.point));
    let at = |k: u8| {
        (from.0 + f64::from(k) / 8.0 * (to.0 - from.0), from.1 + f64::from(k) / 8.0 * (to.1 - from.1))
    };
    let piece = |k| Area::new(at(k).0, at(k).1, at(k).0, at(k).1).grown(0.4);
    (1..=8).map(piece).collect()
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

/// Names that are no wider than this, and as far as they differ still do: what all have in common at both ends goes first.
pub(super) fn shortened_apart(names: &[String], size: f64, most: f64) -> Vec<String> {
    let mut short: Vec<String> = names.iter().map(|name| shortened(name, size, most)).collect();
    for place in 0..names.len() {
        let same: Vec<usize> = (place..names.len()).filter(|other| short[*other] == short[place]).collect();
        if same.iter().any(|other| names[*other] != names[place]) {
            let alike: Vec<&str> = same.iter().map(|other| names[*other].as_str()).collect();
            let parts = own_parts(&alike);
            same.into_iter().zip(parts).for_each(|(name, part)| short[name] = shortened(&part, size, most));
        }
    }
    short
}

/// Names without what all have in common at both ends.
fn own_parts(names: &[&str]) -> Vec<String> {
    let letters: Vec<Vec<char>> = names.iter().map(|name| name.chars().collect()).collect();
    let least = letters.iter().map(Vec::len).min().unwrap_or(0);
    let alike = |at: &dyn Fn(&[char], usize) -> char| {
        (0..least).take_while(|i| letters.iter().all(|own| at(own, *i) == at(&letters[0], *i))).count()
    };
    let head = alike(&|letters, i| letters[i]);
    let tail = alike(&|letters, i| letters[letters.len() - 1 - i]).min(least - head);
    let own = |letters: &Vec<char>| {
        let middle: String = letters[head..letters.len() - tail].iter().collect();
        let mark = |is: bool| if is { "…" } else { "" };
        format!("{}{}{}", mark(head > 0), middle.trim(), mark(tail > 0))
    };
    letters.iter().map(own).collect()
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
        // Where they differ in the middle alone.
        let names = ["one", "two", "three"].map(|k| format!("a very long recipe {k} with everything in it"));
        assert_eq!(shortened_apart(&names, 8.0, 60.0), ["…one…", "…two…", "…three…"]);
        let more = [names.as_slice(), &["other".to_owned()]].concat();
        assert_eq!(shortened_apart(&more, 8.0, 60.0), ["…one…", "…two…", "…three…", "other"]);
        assert_eq!(shortened_apart(&names[..1], 8.0, 60.0), [shortened(&names[0], 8.0, 60.0)]);
        assert_eq!(
            (shortened("short", 8.0, 90.0), shortened("short", 8.0, 0.0)),
            ("short".into(), "…".into())
        );
    }
}
