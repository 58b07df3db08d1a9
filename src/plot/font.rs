//! The one font of figures: Inter, cut down to European letters and the signs of formulas. Its licence lies beside it, in assets/inter.

use std::sync::LazyLock;

use ttf_parser::{Face, GlyphId, OutlineBuilder};

use super::canvas::{Anchor, Place, Text};

pub(super) const BYTES: &[u8] = include_bytes!("../../assets/inter/inter-subset.ttf");
/// What a viewer of SVG takes, in this order: the others are about as wide.
pub(super) const FAMILY: &str = "Inter, Helvetica, Arial, sans-serif";

static FACE: LazyLock<Option<Face<'static>>> = LazyLock::new(|| Face::parse(BYTES, 0).ok());

/// The font; its bytes are in the program, and a test parses them.
fn face() -> Option<&'static Face<'static>> {
    FACE.as_ref()
}

/// A letter of a text: which, where it starts, how far it is raised, in ems.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Letter {
    pub(super) glyph: u16,
    pub(super) letter: char,
    pub(super) x: f64,
    pub(super) raise: f64,
}

/// Letters of a text and its width, in ems. A mark such as the bar of N̄ stands over the middle of the letter before it.
pub(super) fn letters(text: &str) -> (Vec<Letter>, f64) {
    let Some(face) = face() else { return (Vec::new(), 0.0) };
    let em = f64::from(face.units_per_em());
    let (mut pen, mut all, mut base) = (0.0, Vec::new(), None::<(f64, ttf_parser::Rect)>);
    for letter in text.chars() {
        let glyph = face.glyph_index(letter).unwrap_or(GlyphId(0));
        let (mut x, mut raise) = (pen, 0.0);
        let bounds = face.glyph_bounding_box(glyph);
        if ('\u{300}'..='\u{36f}').contains(&letter) {
            if let (Some((start, under)), Some(mark)) = (base, bounds) {
                let middle = |r: ttf_parser::Rect| f64::from(r.x_min + r.x_max) / 2.0;
                x = start + (middle(under) - middle(mark)) / em;
                raise = (f64::from(under.y_max - face.x_height().unwrap_or(0)) / em).max(0.0);
            }
        } else {
            base = bounds.map(|bounds| (pen, bounds));
            pen += f64::from(face.glyph_hor_advance(glyph).unwrap_or(0)) / em;
        }
        all.push(Letter { glyph: glyph.0, letter, x, raise });
    }
    (all, pen)
}

/// Width of a text of this size.
pub(super) fn width(text: &str, size: f64) -> f64 {
    letters(text).1 * size
}

/// How far letters reach above the line that they stand on, and below it, in ems.
pub(super) const ABOVE: f64 = 0.76;
pub(super) const BELOW: f64 = 0.22;

/// How much of a text that is so wide lies before its place.
pub(super) fn before(anchor: Anchor, wide: f64) -> f64 {
    match anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => wide / 2.0,
        Anchor::End => wide,
    }
}

/// Draws the outline of a letter, in ems from its start, upwards.
pub(super) fn outline(glyph: u16, to: &mut dyn OutlineBuilder) {
    if let Some(face) = face() {
        face.outline_glyph(GlyphId(glyph), to);
    }
}

/// Units of an em, and widths of all glyphs in them.
pub(super) fn advances() -> (f64, Vec<u16>) {
    let Some(face) = face() else { return (1.0, Vec::new()) };
    let all = (0..face.number_of_glyphs()).map(|id| face.glyph_hor_advance(GlyphId(id)).unwrap_or(0));
    (f64::from(face.units_per_em()), all.collect())
}

/// Where the first letter of a text starts, and the direction in which it is read.
pub(super) fn start(text: &Text) -> (Place, Place) {
    let (before, (x, y)) = (before(text.anchor, width(&text.text, text.size)), text.at);
    if text.upright { ((x, y + before), (0.0, -1.0)) } else { ((x - before, y), (1.0, 0.0)) }
}
