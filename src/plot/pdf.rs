//! A canvas as a PDF file of one page, with its font in it.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::canvas::{Canvas, Pen, Place, Shape, Text};
use super::font::{self, Letter};
use super::style::Paint;
use super::svg::short;

/// A quarter of a circle as a cubic curve.
const ROUND: f64 = 0.552_284_75;

/// The drawing, and what it uses.
#[derive(Default)]
struct Content {
    out: String,
    /// Hundredths of coverage.
    alphas: BTreeMap<u32, ()>,
    letters: BTreeMap<u16, char>,
}

/// The file.
pub(super) fn pdf(canvas: &Canvas) -> Vec<u8> {
    let (width, height) = (short(canvas.width), short(canvas.height));
    let mut content = Content::default();
    // Downwards, as the canvas counts.
    let _ = writeln!(content.out, "1 0 0 -1 0 {height} cm 1 j");
    content.fill(canvas.page);
    let _ = writeln!(content.out, "0 0 {width} {height} re f");
    content.shapes(&canvas.shapes);
    let alphas: String = content
        .alphas
        .keys()
        .map(|a| {
            let part = short(f64::from(*a) / 100.0);
            format!("/A{a} <</ca {part}/CA {part}>> ")
        })
        .collect();
    let (em, advances) = font::advances();
    let widths: Vec<String> = advances.iter().map(|w| short(f64::from(*w) * 1000.0 / em)).collect();
    let meanings: Vec<String> =
        content.letters.iter().map(|(glyph, letter)| format!("<{glyph:04X}> <{}>", utf16(*letter))).collect();
    let chunks: String = meanings
        .chunks(100)
        .map(|c| format!("{} beginbfchar\n{}\nendbfchar\n", c.len(), c.join("\n")))
        .collect();
    let meaning = format!(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /U def /CMapType 2 def\n\
         1 begincodespacerange <0000> <FFFF> endcodespacerange\n{chunks}endcmap end end\n"
    );
    let objects: [Vec<u8>; 9] = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width} {height}]/Contents 4 0 R\
             /Resources<</Font<</F 5 0 R>>/ExtGState<<{alphas}>>>>>>"
        )
        .into_bytes(),
        stream("", content.out.as_bytes()),
        b"<</Type/Font/Subtype/Type0/BaseFont/Inter/Encoding/Identity-H/DescendantFonts[6 0 R]/ToUnicode 9 0 R>>"
            .to_vec(),
        format!(
            "<</Type/Font/Subtype/CIDFontType2/BaseFont/Inter/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)\
             /Supplement 0>>/FontDescriptor 7 0 R/CIDToGIDMap/Identity/W[0[{}]]>>",
            widths.join(" ")
        )
        .into_bytes(),
        b"<</Type/FontDescriptor/FontName/Inter/Flags 4/FontBBox[-1000 -500 2500 1200]/ItalicAngle 0/Ascent 969\
          /Descent -241/CapHeight 728/StemV 90/FontFile2 8 0 R>>"
            .to_vec(),
        stream(&format!("/Length1 {}", font::BYTES.len()), font::BYTES),
        stream("", meaning.as_bytes()),
    ];
    let mut out = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut places = Vec::new();
    for (k, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n", k + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let table = out.len();
    let count = objects.len() + 1;
    out.extend(format!("xref\n0 {count}\n0000000000 65535 f \n").bytes());
    places.iter().for_each(|place| out.extend(format!("{place:010} 00000 n \n").bytes()));
    out.extend(format!("trailer\n<</Size {count}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n").bytes());
    out
}

fn stream(more: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("<</Length {}{more}>>\nstream\n", bytes.len()).into_bytes();
    out.extend(bytes);
    out.extend(b"\nendstream");
    out
}

fn utf16(letter: char) -> String {
    letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("{unit:04X}")).collect()
}

impl Content {
    fn alpha(&mut self, paint: Paint) {
        let part = (paint.alpha * 100.0).round() as u32;
        self.alphas.insert(part, ());
        let _ = write!(self.out, "/A{part} gs ");
    }

    fn colour(&mut self, paint: Paint, operator: &str) {
        self.alpha(paint);
        let [r, g, b] = paint.rgb.map(|part| format!("{:.3}", f64::from(part) / 255.0));
        let _ = write!(self.out, "{r} {g} {b} {operator} ");
    }

    fn fill(&mut self, paint: Paint) {
        self.colour(paint, "rg");
    }

    fn pen(&mut self, pen: Pen) {
        self.colour(pen.paint, "RG");
        let dash = pen.dash.map_or_else(String::new, |[dash, gap]| format!("{} {}", short(dash), short(gap)));
        let _ = write!(self.out, "{} w [{dash}] 0 d ", short(pen.width));
    }

    fn path(&mut self, points: &[Place], closed: bool) {
        for (k, (x, y)) in points.iter().enumerate() {
            let _ = write!(self.out, "{} {} {} ", short(*x), short(*y), if k == 0 { 'm' } else { 'l' });
        }
        if closed {
            self.out.push_str("h ");
        }
    }

    fn circle(&mut self, (x, y): Place, r: f64) {
        let _ = write!(self.out, "{} {} m ", short(x + r), short(y));
        let turns = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0), (1.0, 0.0)];
        for pair in turns.windows(2) {
            let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
            let corners = [(ax + ROUND * bx, ay + ROUND * by), (bx + ROUND * ax, by + ROUND * ay), (bx, by)];
            for (dx, dy) in corners {
                let _ = write!(self.out, "{} {} ", short(x + r * dx), short(y + r * dy));
            }
            self.out.push_str("c ");
        }
    }

    fn both(&mut self, fill: Option<Paint>, pen: Option<Pen>, path: impl Fn(&mut Self)) {
        if let Some(fill) = fill {
            self.fill(fill);
            path(self);
            self.out.push_str("f\n");
        }
        if let Some(pen) = pen {
            self.pen(pen);
            path(self);
            self.out.push_str("S\n");
        }
    }

    fn shapes(&mut self, shapes: &[Shape]) {
        for shape in shapes {
            match shape {
                Shape::Line { points, pen } => self.both(None, Some(*pen), |c| c.path(points, false)),
                Shape::Region { points, fill } => self.both(Some(*fill), None, |c| c.path(points, true)),
                Shape::Polygon { points, fill, pen } => self.both(*fill, *pen, |c| c.path(points, true)),
                Shape::Disc { at, radius, fill, pen } => self.both(*fill, *pen, |c| c.circle(*at, *radius)),
                Shape::Text(text) => self.text(text),
                Shape::Clipped { to, shapes } => {
                    let (left, top) = (short(to.left), short(to.top));
                    let _ = writeln!(
                        self.out,
                        "q {left} {top} {} {} re W n",
                        short(to.width()),
                        short(to.height())
                    );
                    self.shapes(shapes);
                    self.out.push_str("Q\n");
                }
            }
        }
    }

    fn text(&mut self, text: &Text) {
        let (letters, _) = font::letters(&text.text);
        self.letters.extend(letters.iter().map(|letter| (letter.glyph, letter.letter)));
        if let Some(page) = text.halo {
            self.pen(Pen::new(page, 0.3 * text.size));
            self.words(text, &letters, 1);
        }
        self.fill(text.paint);
        self.words(text, &letters, 0);
    }

    /// Letters in a row are one string; a mark over a letter ends it.
    fn words(&mut self, text: &Text, letters: &[Letter], mode: u8) {
        let ((x, y), (along, down)) = font::start(text);
        let _ = write!(self.out, "BT {mode} Tr /F {} Tf ", short(text.size));
        let is_mark = |letter: &Letter| ('\u{300}'..='\u{36f}').contains(&letter.letter);
        for row in letters.chunk_by(|a, b| !is_mark(a) && !is_mark(b)) {
            let (right, up) = (row[0].x * text.size, row[0].raise * text.size);
            let (x, y) = (x + along * right + down * up, y + down * right - along * up);
            let _ = write!(self.out, "{along} {down} {down} {} {} {} Tm <", -along, short(x), short(y));
            for letter in row {
                let _ = write!(self.out, "{:04X}", letter.glyph);
            }
            self.out.push_str("> Tj ");
        }
        self.out.push_str("ET\n");
    }
}
