//! `nbar plot`: a saved fit as a figure.

use std::path::PathBuf;

use clap::ValueEnum;
use nbar::plot::{Figure, FigureOptions, Theme};
use nbar::report::Report;
use nbar::units::format_quantity;
use nbar::{Error, Result};

use crate::args::{SavedFitArgs, quantity, report};
use crate::{Outcome, warn};

/// Draw a saved fit as a figure
///
/// The ending of the output says what it is: .svg, .png (300 pixels an inch) or .pdf. A file that is there is replaced.
///
/// frontier is loss against FLOPs, with the best run of each budget; isoflop is loss against parameters at each budget.
/// optimum is the best run against its budget; contours is loss over parameters and tokens. fit is measured loss against the
/// law's; residuals lays what is left along size, tokens and FLOPs. collapse sets sparse and dense runs against each count of parameters.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar plot chinchilla.fit.json --kind frontier -o frontier.svg
  nbar plot chinchilla.fit.json --kind frontier --flops 1e23,1e24 --width 85 \\
      -o frontier.pdf --data frontier.csv")]
pub(crate) struct Args {
    #[command(flatten)]
    saved: SavedFitArgs,
    /// What is drawn: frontier, isoflop, optimum, fit, residuals, contours or collapse
    #[arg(long, value_enum, hide_possible_values = true)]
    kind: Kind,
    /// Budgets of training FLOPs that frontier and contours mark, and that isoflop draws: 1e23,1e24
    #[arg(long, value_name = "C", value_delimiter = ',', value_parser = quantity, allow_hyphen_values = true)]
    flops: Vec<f64>,
    /// A loss that frontier and contours mark, with the cheapest run that reaches it
    #[arg(long, value_name = "LOSS", allow_hyphen_values = true)]
    target: Option<f64>,
    /// File of the figure, whose ending is .svg, .png or .pdf
    #[arg(short, long, value_name = "FILE.svg", help_heading = "Output")]
    output: PathBuf,
    /// File for what is drawn, as CSV in full precision
    #[arg(long, value_name = "FILE.csv", help_heading = "Output")]
    data: Option<PathBuf>,
    /// Page of the figure: light or dark
    #[arg(long, value_name = "THEME", default_value = "light", help_heading = "Output")]
    theme: Theme,
    /// Width of the figure in millimetres; a column of a paper has 85
    #[arg(
        long,
        value_name = "MM",
        default_value_t = 120.0,
        allow_hyphen_values = true,
        help_heading = "Output"
    )]
    width: f64,
    /// Title of the figure; an empty one is left out [default: what is drawn]
    #[arg(long, help_heading = "Output")]
    title: Option<String>,
}

/// What is drawn.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    Frontier,
    Fit,
    Residuals,
    Optimum,
    Contours,
    Isoflop,
    Collapse,
}

impl Args {
    /// Refuses what a kind does not draw.
    fn check(&self) -> Result<()> {
        let kind = self.kind.to_possible_value().map_or_else(String::new, |kind| kind.get_name().to_owned());
        let unread = |name: &str, value: String| {
            let problem = format!("is not drawn by {kind}");
            Error::option(name, value, &problem, "leave it out, or draw `kind=frontier`")
        };
        if let (Some(flops), false) =
            (self.flops.first(), matches!(self.kind, Kind::Frontier | Kind::Contours | Kind::Isoflop))
        {
            return Err(unread("flops", format_quantity(*flops, 6)));
        }
        match self.target {
            Some(loss) if !matches!(self.kind, Kind::Frontier | Kind::Contours) => {
                Err(unread("target", loss.to_string()))
            }
            _ => Ok(()),
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    Figure::check_ending(&args.output)?;
    let report = report(&args.saved.fit)?;
    let mut options = FigureOptions::default()
        .with_theme(args.theme)
        .with_width(args.width)
        .with_budgets(args.flops.clone());
    options.title.clone_from(&args.title);
    options.target = args.target;
    args.check()?;
    let figure = draw(args.kind, &report, &options)?;
    if let Some(path) = &args.data {
        figure.save_data(path)?;
    }
    figure.save(&args.output)?;
    report.fit().warnings.iter().for_each(warn);
    Ok(Outcome { stdout: String::new(), trustworthy: report.fit().is_trustworthy() })
}

fn draw(kind: Kind, report: &Report, options: &FigureOptions) -> Result<Figure> {
    match kind {
        Kind::Frontier => Figure::frontier(report, options),
        Kind::Fit => Figure::fit(report, options),
        Kind::Residuals => Figure::residuals(report, options),
        Kind::Optimum => Figure::optimum(report, options),
        Kind::Contours => Figure::contours(report, options),
        Kind::Isoflop => Figure::isoflop(report, options),
        Kind::Collapse => Figure::collapse(report, options),
    }
}
