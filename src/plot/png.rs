//! A canvas as a PNG file, of 300 pixels an inch.

use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Mask, Paint as Brush, Path, PathBuilder, Pixmap, Rect, Stroke,
    StrokeDash, Transform,
};
use ttf_parser::OutlineBuilder;

use super::canvas::{Area, Canvas, Pen, Place, Shape, Text};
use super::font;
use super::style::Paint;

/// Pixels of a point.
pub(super) const SCALE: f64 = 300.0 / 72.0;

/// The file; none where the canvas is too large for memory.
pub(super) fn png(canvas: &Canvas) -> Option<Vec<u8>> {
    let pixels = |points: f64| (points * SCALE).ceil() as u32;
    let mut page = Pixmap::new(pixels(canvas.width), pixels(canvas.height))?;
    page.fill(colour(canvas.page));
    draw(&mut page, &canvas.shapes, None);
    encoded(&page)
}

/// Pixels of a metre, which the file says.
const METRE: u32 = 11_811;

/// The file of pixels that cover all below them: their colours alone, packed fast rather than small.
fn encoded(page: &Pixmap) -> Option<Vec<u8>> {
    let colours: Vec<u8> =
        page.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, page.width(), page.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    // Rows are like those above; trying all filters on each took half of the time.
    encoder.set_filter(png::Filter::Up);
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: METRE, yppu: METRE, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&colours).ok()?;
    writer.finish().ok()?;
    Some(file)
}

fn scaled() -> Transform {
    Transform::from_scale(SCALE as f32, SCALE as f32)
}

fn colour(paint: Paint) -> Color {
    let [r, g, b] = paint.rgb;
    Color::from_rgba8(r, g, b, (paint.alpha * 255.0).round() as u8)
}

fn brush(paint: Paint) -> Brush<'static> {
    let mut brush = Brush::default();
    brush.set_color(colour(paint));
    brush
}

fn draw(page: &mut Pixmap, shapes: &[Shape], clip: Option<&Mask>) {
    for shape in shapes {
        match shape {
            Shape::Line { points, pen } => stroke(page, path(points, false), *pen, clip),
            Shape::Region { points, fill } => fill_in(page, path(points, true), *fill, clip),
            Shape::Polygon { points, fill, pen } => {
                both(page, path(points, true), *fill, *pen, clip);
            }
            Shape::Disc { at, radius, fill, pen } => {
                both(
                    page,
                    PathBuilder::from_circle(at.0 as f32, at.1 as f32, *radius as f32),
                    *fill,
                    *pen,
                    clip,
                );
            }
            Shape::Text(text) => write(page, text, clip),
            Shape::Clipped { to, shapes } => {
                let mask = mask(page, to);
                draw(page, shapes, mask.as_ref().or(clip));
            }
        }
    }
}

fn mask(page: &Pixmap, to: &Area) -> Option<Mask> {
    let mut mask = Mask::new(page.width(), page.height())?;
    let area = Rect::from_ltrb(to.left as f32, to.top as f32, to.right as f32, to.bottom as f32)?;
    mask.fill_path(&PathBuilder::from_rect(area), FillRule::Winding, true, scaled());
    Some(mask)
}

fn both(page: &mut Pixmap, path: Option<Path>, fill: Option<Paint>, pen: Option<Pen>, clip: Option<&Mask>) {
    if let Some(fill) = fill {
        fill_in(page, path.clone(), fill, clip);
    }
    if let Some(pen) = pen {
        stroke(page, path, pen, clip);
    }
}

fn fill_in(page: &mut Pixmap, path: Option<Path>, paint: Paint, clip: Option<&Mask>) {
    if let Some(path) = path {
        page.fill_path(&path, &brush(paint), FillRule::Winding, scaled(), clip);
    }
}

fn stroke(page: &mut Pixmap, path: Option<Path>, pen: Pen, clip: Option<&Mask>) {
    let dash = pen.dash.and_then(|dash| StrokeDash::new(dash.map(|length| length as f32).to_vec(), 0.0));
    let (cap, join) = (LineCap::Butt, LineJoin::Round);
    let stroke =
        Stroke { width: pen.width as f32, line_cap: cap, line_join: join, dash, ..Stroke::default() };
    if let Some(path) = path {
        page.stroke_path(&path, &brush(pen.paint), &stroke, scaled(), clip);
    }
}

fn path(points: &[Place], closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (k, (x, y)) in points.iter().enumerate() {
        let (x, y) = (*x as f32, *y as f32);
        if k == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    if closed {
        path.close();
    }
    path.finish()
}

/// The outlines of a text's letters.
struct Outlines {
    path: PathBuilder,
    start: Place,
    along: Place,
    size: f64,
    letter: font::Letter,
    em: f64,
}

impl Outlines {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        let along = self.size * (self.letter.x + f64::from(x) / self.em);
        let up = self.size * (self.letter.raise + f64::from(y) / self.em);
        // Upwards is a quarter turn to the left of the direction of reading.
        let x = self.start.0 + self.along.0 * along + self.along.1 * up;
        let y = self.start.1 + self.along.1 * along - self.along.0 * up;
        (x as f32, y as f32)
    }
}

impl OutlineBuilder for Outlines {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

fn write(page: &mut Pixmap, text: &Text, clip: Option<&Mask>) {
    let (letters, _) = font::letters(&text.text);
    let Some(&letter) = letters.first() else { return };
    let (start, along) = font::start(text);
    let (path, size, em) = (PathBuilder::new(), text.size, font::advances().0);
    let mut outlines = Outlines { path, start, along, size, letter, em };
    for letter in letters {
        outlines.letter = letter;
        font::outline(letter.glyph, &mut outlines);
    }
    let path = outlines.path.finish();
    if let Some(page_colour) = text.halo {
        stroke(page, path.clone(), Pen::new(page_colour, 0.3 * text.size), clip);
    }
    fill_in(page, path, text.paint, clip);
}
