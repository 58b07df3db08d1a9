//! The runs of designed sweeps, over parameters and tokens.

use super::axis::{Axis, Numbers, Scale};
use super::canvas::{Marker, Pen};
use super::document::{Source, number};
use super::figure::{Figure, FigureOptions};
use super::forest::WIDE;
use super::grid::{ends_of, spread};
use super::panel::{Item, Mark, Panel};
use super::sheet::{Key, Sheet};
use super::style::{AXIS, DASH, POINT};
use crate::Result;
use crate::units::{format_number, format_quantity};

/// How far the axes go beyond the runs.
const BEYOND: f64 = 1.6;

const SOURCE: Source = Source {
    kind: "design",
    schema: "nbar.first-runs",
    made_by: "nbar design with a guessed `law=NAME` and `format=json`",
};

#[derive(serde::Deserialize)]
struct Document {
    target_params: f64,
    target_tokens: f64,
    designs: Vec<Design>,
    chosen: usize,
}

#[derive(serde::Deserialize)]
struct Design {
    layout: String,
    runs: Vec<Run>,
    params: Expected,
    collinear: Option<String>,
}

#[derive(serde::Deserialize)]
struct Run {
    run: String,
    average_params: f64,
    tokens: f64,
    final_sparsity: f64,
}

#[derive(serde::Deserialize)]
struct Expected {
    width: Option<f64>,
}

impl Figure {
    /// The runs of each design of a first sweep, over average parameters and tokens, a panel each, with the line of the target's tokens per
    /// parameter. Titles say how well N* at the target is expected to be known.
    ///
    /// `document` is that of [`FirstRuns`](crate::design::FirstRuns).
    ///
    /// ```
    /// use nbar::{Document, Fit, law::by_name};
    /// use nbar::design::FirstRunsOptions;
    /// use nbar::plot::{Figure, FigureOptions};
    /// let constants = [("E", 1.7), ("A", 400.0), ("B", 410.0), ("alpha", 0.34), ("beta", 0.28)];
    /// let guess = Fit::of_constants(by_name("chinchilla")?, &constants)?;
    /// let first = guess.first_runs(&FirstRunsOptions::new(1e22, 1e20).with_simulations(20))?;
    /// assert!(Figure::design(&first.to_json(), &FigureOptions::default())?.svg().contains("isoflop"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the text is no document of first runs, or the width is none of a figure.
    pub fn design(document: &str, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let found: Document = SOURCE.read(document)?;
        let mut sheet = Sheet::new(options, "First runs");
        let palette = sheet.palette;
        let all = || found.designs.iter().flat_map(|design| &design.runs);
        let around = |values: Vec<f64>| {
            let [low, high] = ends_of(&values);
            [low / BEYOND, high * BEYOND]
        };
        let [n_from, n_to] = around(all().map(|run| run.average_params).collect());
        let [d_from, d_to] = around(all().map(|run| run.tokens).collect());
        let ratio = found.target_tokens / found.target_params;
        sheet.columns = if options.width >= WIDE { 2 } else { 1 };
        let line = Pen::new(palette.soft, AXIS).dashed(DASH);
        for (k, design) in found.designs.iter().enumerate() {
            let half = (0.5 * number(design.params.width)).exp();
            let within = match half.is_finite() {
                true => format!("N* within {} x", format_number(half, 3)),
                false => "N* not told".to_owned(),
            };
            let mut panel = Panel::new(
                Axis::between("average parameters", Scale::Log, Numbers::Quantity, n_from, n_to),
                Axis::between("tokens", Scale::Log, Numbers::Quantity, d_from, d_to),
            );
            let best = if k == found.chosen { ", the best" } else { "" };
            let line_of = if design.collinear.is_some() { ", collinear" } else { "" };
            panel.title = Some(format!("{}{best}{line_of}: {within}", design.layout));
            panel.items.push(Item::Curve {
                series: "tokens per parameter of the target".to_owned(),
                points: spread(n_from, n_to, 2).into_iter().map(|n| (n, ratio * n)).collect(),
                pen: line,
                label: None,
            });
            for (sparse, paint) in [(false, palette.kinds[0]), (true, palette.kinds[1])] {
                let own = design.runs.iter().filter(|run| (run.final_sparsity > 0.0) == sparse);
                let mark = |run: &Run| Mark {
                    at: (run.average_params, run.tokens),
                    paint,
                    name: run.run.clone(),
                    label: None,
                };
                let marks: Vec<Mark> = own.map(mark).collect();
                let series = format!("{}, {}", design.layout, if sparse { "sparse" } else { "dense" });
                panel.items.push(Item::Points { series, marks, marker: Marker::Disc, radius: POINT });
            }
            sheet.panels.push(panel);
        }
        sheet.key.push(Key::Marker("dense run".to_owned(), Marker::Disc, palette.kinds[0]));
        if all().any(|run| run.final_sparsity > 0.0) {
            sheet.key.push(Key::Marker("sparse run".to_owned(), Marker::Disc, palette.kinds[1]));
        }
        let per = format!("{} tokens per parameter, as the target", format_quantity(ratio, 3));
        sheet.key.push(Key::Line(per, line));
        Ok(sheet.figure())
    }
}
