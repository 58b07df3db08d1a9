//! A figure that is drawn, and the files that it becomes.

use std::path::Path;

use super::canvas::Canvas;
use super::panel::{Item, Panel};
use super::style::Theme;
use super::{pdf, png, svg};
use crate::report::csv_cell;
use crate::{Error, Result};

/// How a figure is drawn.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FigureOptions {
    /// Default light.
    pub theme: Theme,
    /// Width in millimetres, 60 to 400. Default 120; a column of a paper has 85. Letters keep their size.
    pub width: f64,
    /// Above the figure. Default what the figure shows; an empty text is none.
    pub title: Option<String>,
    /// Budgets of FLOPs that `frontier` and `contours` mark, and that `isoflop` draws. Default none.
    pub budgets: Vec<f64>,
    /// A loss that `frontier` and `contours` mark, with the cheapest run that reaches it. Default none.
    pub target: Option<f64>,
}

impl Default for FigureOptions {
    fn default() -> Self {
        Self { theme: Theme::Light, width: 120.0, title: None, budgets: Vec::new(), target: None }
    }
}

impl FigureOptions {
    setters! {
        /// Chooses the theme.
        with_theme(theme: Theme);
        /// Sets the width, in millimetres.
        with_width(width: f64);
        /// Sets the title.
        with_title(title: String);
        /// Marks budgets of FLOPs.
        with_budgets(budgets: Vec<f64>);
        /// Marks a loss.
        with_target(target: f64);
    }

    pub(super) fn check(&self) -> Result<()> {
        if !(60.0..=400.0).contains(&self.width) {
            let problem = "is no width of a figure";
            return Err(Error::option("width", self.width, problem, "give 60 to 400 millimetres"));
        }
        Ok(())
    }
}

/// Columns of what is drawn.
const HEADER: [&str; 7] = ["panel", "series", "name", "x", "y", "lower", "upper"];

/// A figure. The same results give the same bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    canvas: Canvas,
    panels: Vec<Panel>,
}

impl Figure {
    pub(super) fn new(canvas: Canvas, panels: Vec<Panel>) -> Self {
        Self { canvas, panels }
    }

    /// The text of an SVG file. Viewers show it in Inter where they have it, else in Helvetica or Arial, stretched to the width of Inter.
    #[must_use]
    pub fn svg(&self) -> String {
        svg::svg(&self.canvas)
    }

    /// The bytes of a PNG file of 300 pixels an inch, in Inter.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn png(&self) -> Result<Vec<u8>> {
        let failed =
            || Error::unanswerable("figure", "there is no memory for its pixels", "make it less wide");
        png::png(&self.canvas).ok_or_else(failed)
    }

    /// The bytes of a PDF file of one page, with Inter in it.
    #[must_use]
    pub fn pdf(&self) -> Vec<u8> {
        pdf::pdf(&self.canvas)
    }

    /// What is drawn, as CSV: `panel,series,name,x,y,lower,upper`, in full precision. Points outside the axes are in it.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut table = csv::Writer::from_writer(Vec::new());
        // Nothing fails that is written to memory.
        let _ = table.write_record(HEADER);
        let number =
            |value: Option<f64>| value.filter(|v| v.is_finite()).map_or_else(String::new, |v| v.to_string());
        let mut write = |panel: &str, series: &str, name: &str, numbers: [Option<f64>; 4]| {
            let [x, y, lower, upper] = numbers.map(number);
            let [panel, series, name] = [panel, series, name].map(csv_cell);
            let _ = table.write_record([&*panel, &*series, &*name, &x, &y, &lower, &upper]);
        };
        for (k, panel) in self.panels.iter().enumerate() {
            let place = panel.title.clone().unwrap_or_else(|| (k + 1).to_string());
            for item in &panel.items {
                match item {
                    Item::Band { series, rows, .. } => rows.iter().for_each(|(x, lower, upper)| {
                        write(&place, series, "", [Some(*x), None, Some(*lower), Some(*upper)]);
                    }),
                    Item::Curve { series, points, .. } => points.iter().for_each(|(x, y)| {
                        write(&place, series, "", [Some(*x), Some(*y), None, None]);
                    }),
                    Item::Points { series, marks, .. } => marks.iter().for_each(|mark| {
                        write(&place, series, &mark.name, [Some(mark.at.0), Some(mark.at.1), None, None]);
                    }),
                    Item::Bar { series, at, ends, .. } => {
                        write(&place, series, "", [Some(at.0), Some(at.1), Some(ends[0]), Some(ends[1])]);
                    }
                    Item::Rule { .. } => {}
                }
            }
        }
        String::from_utf8_lossy(&table.into_inner().unwrap_or_default()).into_owned()
    }

    /// Writes a file whose ending says what it is: `svg`, `png` or `pdf`. One that is there is replaced whole.
    ///
    /// # Errors
    /// When the ending is none of these, or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let bytes = match Self::check_ending(path)? {
            "svg" => self.svg().into_bytes(),
            "png" => self.png()?,
            _ => self.pdf(),
        };
        crate::report::replace(path, &bytes)
    }

    /// Writes [`csv`](Self::csv) to a file. One that is there is replaced whole if it holds the data of a figure.
    ///
    /// # Errors
    /// When the file holds anything else, or cannot be written.
    pub fn save_data(&self, path: &Path) -> Result<()> {
        Self::check_data_writable(path)?;
        crate::report::replace(path, self.csv().as_bytes())
    }

    /// Refuses a path to which [`save`](Self::save) cannot write, before anything is drawn.
    ///
    /// # Errors
    /// As for [`check_ending`](Self::check_ending), when it is a folder, its folder does not exist, or no file can be made in it.
    pub fn check_writable(path: &Path) -> Result<()> {
        Self::check_ending(path)?;
        crate::report::check(path, "", |_| true)
    }

    /// Refuses a path to which [`save_data`](Self::save_data) cannot write, before anything is drawn.
    ///
    /// # Errors
    /// When a folder or anything but the data of a figure is there, its folder does not exist, or no file can be made in it.
    pub fn check_data_writable(path: &Path) -> Result<()> {
        crate::report::check(path, "holds no data of a figure", |start| {
            start.starts_with(HEADER.join(",").as_bytes())
        })
    }

    /// The ending of a figure's file: `svg`, `png` or `pdf`.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn check_ending(path: &Path) -> Result<&'static str> {
        let ending =
            path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        let known = ["svg", "png", "pdf"].into_iter().find(|known| *known == ending);
        known.ok_or_else(|| {
            let shown = path.display().to_string();
            Error::option("output", shown, "is no file of a figure", "end its name with .svg, .png or .pdf")
        })
    }
}
