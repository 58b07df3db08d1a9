//! A canvas as the text of an SVG file.

use std::fmt::Write;

use super::canvas::{Anchor, Canvas, Pen, Place, Shape};
use super::font::{FAMILY, width};
use super::style::{MILLIMETRE, Paint};

/// The file; one line a shape.
pub(super) fn svg(canvas: &Canvas) -> String {
    let (wide, high) = (canvas.width, canvas.height);
    let size = |points: f64| format!("{}mm", short(points / MILLIMETRE));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" font-family=\"{FAMILY}\">\n",
        size(wide),
        size(high),
        short(wide),
        short(high)
    );
    let _ = writeln!(out, "<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>", hex(canvas.page));
    // Names of clips differ between figures, which may stand on one page.
    let mut body = String::new();
    write(&mut body, &canvas.shapes, &mut Names { figure: 0, clips: 0 });
    let figure =
        body.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    write(&mut out, &canvas.shapes, &mut Names { figure, clips: 0 });
    out.push_str("</svg>\n");
    out
}

/// What the clips of a figure are called.
struct Names {
    figure: u32,
    clips: usize,
}

fn write(out: &mut String, shapes: &[Shape], names: &mut Names) {
    for shape in shapes {
        let _ = match shape {
            Shape::Line { points, pen } => {
                writeln!(out, "<path d=\"{}\" fill=\"none\"{}/>", path(points, false), stroke(Some(*pen)))
            }
            Shape::Region { points, fill } => {
                writeln!(out, "<path d=\"{}\"{}/>", path(points, true), filled(Some(*fill)))
            }
            Shape::Polygon { points, fill, pen } => {
                writeln!(out, "<path d=\"{}\"{}{}/>", path(points, true), filled(*fill), stroke(*pen))
            }
            Shape::Disc { at, radius, fill, pen } => writeln!(
                out,
                "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{}{}/>",
                short(at.0),
                short(at.1),
                short(*radius),
                filled(*fill),
                stroke(*pen)
            ),
            Shape::Text(text) => {
                let anchor = match text.anchor {
                    Anchor::Start => "",
                    Anchor::Middle => " text-anchor=\"middle\"",
                    Anchor::End => " text-anchor=\"end\"",
                };
                let (x, y) = (short(text.at.0), short(text.at.1));
                let turned = match text.upright {
                    true => format!(" transform=\"rotate(-90 {x} {y})\""),
                    false => String::new(),
                };
                // As wide as in Inter, so that another font covers nothing.
                let long = match text.text.chars().nth(1) {
                    Some(_) => {
                        let wide = short(width(&text.text, text.size));
                        format!(" textLength=\"{wide}\" lengthAdjust=\"spacingAndGlyphs\"")
                    }
                    None => String::new(),
                };
                let (size, words) = (short(text.size), escaped(&text.text));
                let mut put = |painted: &str| {
                    writeln!(
                        out,
                        "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\"{painted}{anchor}{turned}{long}>{words}</text>"
                    )
                };
                // The rim is a text of its own: some viewers do not know `paint-order`, and would lay it over the letters.
                if let Some(page) = text.halo {
                    let (page, wide) = (hex(page), short(0.3 * text.size));
                    let _ = put(&format!(
                        " aria-hidden=\"true\" fill=\"none\" stroke=\"{page}\" stroke-width=\"{wide}\" stroke-linejoin=\"round\""
                    ));
                }
                put(&format!(" fill=\"{}\"", hex(text.paint)))
            }
            Shape::Clipped { to, shapes } => {
                names.clips += 1;
                let name = format!("{:08x}-{}", names.figure, names.clips);
                let _ = writeln!(
                    out,
                    "<clipPath id=\"c{name}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>\n<g clip-path=\"url(#c{name})\">",
                    short(to.left),
                    short(to.top),
                    short(to.width()),
                    short(to.height())
                );
                write(out, shapes, names);
                writeln!(out, "</g>")
            }
        };
    }
}

/// Hundredths of a point: a thirtieth of a pixel at 300 pixels an inch.
pub(super) fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn path(points: &[Place], closed: bool) -> String {
    let mut out = String::new();
    for (k, (x, y)) in points.iter().enumerate() {
        let _ = write!(out, "{}{} {}", if k == 0 { 'M' } else { 'L' }, short(*x), short(*y));
    }
    if closed {
        out.push('Z');
    }
    out
}

fn hex(paint: Paint) -> String {
    let [r, g, b] = paint.rgb;
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn filled(fill: Option<Paint>) -> String {
    let Some(fill) = fill else { return " fill=\"none\"".to_owned() };
    let part =
        if fill.alpha < 1.0 { format!(" fill-opacity=\"{}\"", short(fill.alpha)) } else { String::new() };
    format!(" fill=\"{}\"{part}", hex(fill))
}

fn stroke(pen: Option<Pen>) -> String {
    let Some(pen) = pen else { return String::new() };
    let mut out = format!(" stroke=\"{}\" stroke-width=\"{}\"", hex(pen.paint), short(pen.width));
    if pen.paint.alpha < 1.0 {
        let _ = write!(out, " stroke-opacity=\"{}\"", short(pen.paint.alpha));
    }
    if let Some([dash, gap]) = pen.dash {
        let _ = write!(out, " stroke-dasharray=\"{} {}\"", short(dash), short(gap));
    }
    out
}

/// A text that stands for itself in XML; what XML cannot hold is left out.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}
