//! Laws and sizes side by side: their errors, and which are told apart.

use super::axis::{Axis, Numbers, Scale, trimmed};
use super::canvas::{Marker, Pen};
use super::document::{Source, interval, number};
use super::figure::{Figure, FigureOptions};
use super::forest::{AROUND, NAMES, ROW, WIDE};
use super::panel::{Item, Mark, Panel};
use super::sheet::{Key, Sheet};
use super::style::{AXIS, CURVE, POINT, Paint};
use crate::units::format_number;
use crate::{Error, Result};

const SOURCE: Source =
    Source { kind: "compare", schema: "nbar.compare", made_by: "nbar compare with `format=json`" };
/// Groups that the key names.
const GROUPS: usize = 6;

#[derive(serde::Deserialize)]
struct Document {
    level: f64,
    candidates: Vec<Candidate>,
}

#[derive(serde::Deserialize)]
struct Candidate {
    law: String,
    size: Option<String>,
    group: usize,
    fitted: Errors,
    held_out: Errors,
    behind: Option<Behind>,
}

#[derive(serde::Deserialize)]
struct Errors {
    rms: Option<f64>,
}

#[derive(serde::Deserialize)]
struct Behind {
    estimate: Option<f64>,
    interval: [Option<f64>; 2],
}

impl Candidate {
    fn name(&self) -> String {
        self.size.as_ref().map_or_else(|| self.law.clone(), |size| format!("{}, {size}", self.law))
    }
}

impl Figure {
    /// Errors of laws and sizes on held-out runs, and how far each is behind the best, with its interval.
    ///
    /// `document` is that of a [comparison](crate::compare::Comparison). Colours are the groups that are not told apart.
    ///
    /// ```
    /// use nbar::{BootstrapOptions, Document, FitOptions, ObservationOptions, Size, Sweep, compare::Candidates};
    /// use nbar::plot::{Figure, FigureOptions};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let laws = [nbar::law::by_name("chinchilla")?, nbar::law::by_name("kaplan")?];
    /// let candidates = Candidates::of(&sweep, &laws, &[Size::AVERAGE], &ObservationOptions::default())?;
    /// let draws = BootstrapOptions::default().with_replicates(20);
    /// let comparison = candidates.compare(&FitOptions::default(), 0.2, &draws)?;
    /// let figure = Figure::compare(&comparison.to_json(), &FigureOptions::default())?;
    /// assert!(figure.svg().contains("kaplan"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the text is no document of a comparison, or has no candidates; when the width is none of a figure.
    pub fn compare(document: &str, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let Document { level, candidates } = SOURCE.read(document)?;
        if candidates.is_empty() {
            let problem = "the document of the comparison has no candidates";
            return Err(Error::unanswerable("figure", problem, "compare some laws"));
        }
        let mut sheet = Sheet::new(options, "Laws on runs that they were not fitted to");
        sheet.columns = if options.width >= WIDE { 2 } else { 1 };
        sheet.height = Some(ROW * candidates.len() as f64 + AROUND);
        let palette = sheet.palette;
        let look = |group: usize| -> (Paint, Marker) {
            let place = group.saturating_sub(1);
            let marker = if place.is_multiple_of(2) { Marker::Disc } else { Marker::Diamond };
            (palette.kinds[place % palette.kinds.len()], marker)
        };
        let names = || Axis::listed(candidates.iter().map(Candidate::name), NAMES);
        let held = |c: &Candidate| 100.0 * number(c.held_out.rms);
        let fitted = |c: &Candidate| 100.0 * number(c.fitted.rms);
        let both = candidates.iter().flat_map(|c| [held(c), fitted(c)]);
        let mut errors =
            Panel::new(Axis::around("RMS error, % of L", Scale::Log, Numbers::Plain, both), names());
        let behind: Vec<(f64, [f64; 2])> = candidates
            .iter()
            .map(|c| {
                c.behind
                    .as_ref()
                    .map_or((f64::NAN, [f64::NAN; 2]), |b| (number(b.estimate), interval(b.interval)))
            })
            .map(|(at, ends)| (100.0 * at, ends.map(|end| 100.0 * end)))
            .collect();
        let most = behind.iter().map(|(at, _)| at.abs()).filter(|v| v.is_finite()).fold(0.01, f64::max);
        let ends = behind.iter().flat_map(|(at, [a, b])| [*at, *a, *b]).filter(|v| !v.is_nan());
        let shown = ends.map(|v| v.clamp(-0.5 * most, 2.0 * most)).chain([0.0]);
        let mut apart = Panel::new(
            Axis::around("behind the best, % of L", Scale::Linear, Numbers::Plain, shown),
            names(),
        );
        let (pen, label) = (Pen::new(palette.soft, AXIS), None);
        apart.items.push(Item::Rule { at: 0.0, upright: true, pen, label });
        let points = |series: &str, of: &dyn Fn(usize, &Candidate) -> Option<Mark>, marker, radius| {
            let marks: Vec<Mark> = candidates.iter().enumerate().filter_map(|(k, c)| of(k, c)).collect();
            let series = series.to_owned();
            (!marks.is_empty()).then_some(Item::Points { series, marks, marker, radius })
        };
        let mark = |k: usize, x: f64, paint| Mark {
            at: (x, k as f64 + 1.0),
            paint,
            name: candidates[k].name(),
            label: None,
        };
        errors.items.extend(points(
            "fitted runs",
            &|k, c| Some(mark(k, fitted(c), palette.soft.mix(0.6))),
            Marker::Disc,
            0.6 * POINT,
        ));
        for (k, (at, ends)) in behind.iter().enumerate().filter(|(_, (at, _))| at.is_finite()) {
            let (series, at) = (candidates[k].name(), (*at, k as f64 + 1.0));
            let pen = Pen::new(look(candidates[k].group).0, CURVE);
            apart.items.push(Item::Bar { series, at, ends: *ends, of_x: true, pen });
        }
        for marker in [Marker::Disc, Marker::Diamond] {
            let own = |c: &Candidate| look(c.group).1 == marker;
            let paint = |c: &Candidate| look(c.group).0;
            let (held_out, size) =
                (|k, c: &Candidate| own(c).then(|| mark(k, held(c), paint(c))), POINT + 0.3);
            errors.items.extend(points("held-out runs", &held_out, marker, size));
            let gap = |k: usize, c: &Candidate| own(c).then(|| mark(k, behind[k].0, paint(c)));
            apart.items.extend(points(
                "behind",
                &|k, c| gap(k, c).filter(|m| m.at.0.is_finite()),
                marker,
                size,
            ));
        }
        let groups = candidates.iter().map(|c| c.group).max().unwrap_or_default();
        for group in 1..=groups.min(GROUPS) {
            let (paint, marker) = look(group);
            sheet.key.push(Key::Marker(format!("group {group}"), marker, paint));
        }
        sheet.key.push(Key::Marker("fitted runs".to_owned(), Marker::Disc, palette.soft.mix(0.6)));
        sheet.key.push(Key::Line(
            format!("{} % interval", trimmed(&format_number(100.0 * level, 4))),
            Pen::new(palette.soft, CURVE),
        ));
        sheet.notes.push("Laws of one group are not told apart.".to_owned());
        if apart.ends_beyond() {
            sheet.notes.push("Intervals that reach an edge go on beyond it.".to_owned());
        }
        sheet.panels = vec![errors, apart];
        Ok(sheet.figure())
    }
}
