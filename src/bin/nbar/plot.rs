//! `nbar plot`: a saved fit, or another answer, as a figure.

mod input;

use std::path::PathBuf;

use clap::ValueEnum;
use nbar::plot::{Figure, FigureOptions, Theme};
use nbar::report::Report;
use nbar::units::format_quantity;
use nbar::{Error, Result, Run, Sweep};

use crate::args::quantity;
use crate::outputs::Outputs;
use crate::{Outcome, warn};
use input::Inputs;

/// Draw a saved fit, or another answer, as a figure
///
/// The ending of the output says what it is: .svg, .png (300 pixels an inch) or .pdf. A file that is there is replaced.
///
/// frontier is loss against FLOPs, with the best run of each budget; isoflop is loss against parameters at each budget.
/// optimum is the best run against its budget; contours is loss over parameters and tokens. fit is measured loss against the
/// law's; residuals lays what is left along size, tokens and FLOPs. collapse sets sparse and dense runs against each count of parameters.
/// starts is where the searches ended; bootstrap is pairs of draws, with the region of a profile if its document is given too.
///
/// forest lays the parameters of several fits beside each other. curves has the loss curves of a fit, or of its sweep if that is given too.
/// families has the best runs of each group of a fit by groups; priors lays what was known beforehand beside what is known now; repeats is
/// how far runs of one size scatter. forecast, holdout, compare, plan and versus are drawn from the JSON document of that command, and
/// design from that of first runs; schedule is drawn from a sweep.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nbar plot chinchilla.fit.json --kind frontier -o frontier.svg
  nbar plot chinchilla.fit.json --kind frontier --flops 1e23,1e24 --width 85 \\
      -o frontier.pdf --data frontier.csv
  nbar plot average.fit.json final.fit.json --kind forest -o forest.svg
  nbar holdout sweep.csv --format json > holdout.json
  nbar plot holdout.json --kind holdout -o holdout.svg")]
pub(crate) struct Args {
    /// Fit saved with nbar fit -o, or what the kind is drawn from besides; - is stdin
    #[arg(value_name = "FILE", required = true, help_heading = "Input", display_order = 0)]
    files: Vec<PathBuf>,
    /// What is drawn: frontier, isoflop, optimum, fit, residuals, contours, collapse, starts, bootstrap, forest, curves, families,
    /// priors, repeats, forecast, holdout, compare, plan, versus, design or schedule
    #[arg(long, value_enum, hide_possible_values = true, help_heading = "Figure")]
    kind: Kind,
    /// Budgets of training FLOPs that frontier and contours mark, and that isoflop draws: 1e23,1e24
    #[arg(long, value_name = "C", value_delimiter = ',', value_parser = quantity, allow_hyphen_values = true)]
    #[arg(help_heading = "Figure")]
    flops: Vec<f64>,
    /// A loss that frontier and contours mark, with the cheapest run that reaches it
    #[arg(long, value_name = "LOSS", allow_hyphen_values = true, help_heading = "Figure")]
    target: Option<f64>,
    /// Run of the sweep whose schedule is drawn
    #[arg(long, value_name = "ID", help_heading = "Figure")]
    run: Option<String>,
    /// Group that is drawn, of fits by groups
    #[arg(long, value_name = "NAME", help_heading = "Figure")]
    group: Option<String>,
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
#[derive(Debug, Clone, Copy, PartialEq, clap::ValueEnum)]
enum Kind {
    Frontier,
    Fit,
    Residuals,
    Optimum,
    Contours,
    Isoflop,
    Collapse,
    Starts,
    Bootstrap,
    Forest,
    Curves,
    Forecast,
    Holdout,
    Compare,
    Plan,
    Design,
    Schedule,
    Versus,
    Families,
    Priors,
    Repeats,
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
        if let Some(run) = self.run.as_ref().filter(|_| self.kind != Kind::Schedule) {
            return Err(Error::option("run", run, "has no effect on this kind", "draw `kind=schedule`"));
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
    Outputs::of(args.files.clone()).and("output", Some(&args.output), Figure::check_writable)?.and(
        "data",
        args.data.as_deref(),
        Figure::check_data_writable,
    )?;
    let (figure, outcome) = figure(args)?;
    if let Some(path) = &args.data {
        figure.save_data(path)?;
    }
    figure.save(&args.output)?;
    Ok(outcome)
}

/// The figure, before it is saved anywhere.
pub(crate) fn figure(args: &Args) -> Result<(Figure, Outcome)> {
    let mut options = FigureOptions::default()
        .with_theme(args.theme)
        .with_width(args.width)
        .with_budgets(args.flops.clone());
    options.title.clone_from(&args.title);
    options.target = args.target;
    args.check()?;
    let mut inputs = Inputs::read(&args.files)?;
    if let Some(group) = &args.group {
        if args.kind == Kind::Families {
            let problem = "chooses one group, and families lays all beside each other";
            return Err(Error::option("group", group, problem, "leave it out"));
        }
        for (_, report) in &mut inputs.fits {
            *report = of_group(report, group)?;
        }
    }
    let figure = draw(args, &inputs, options)?;
    let fits = || inputs.fits.iter().map(|(_, report)| report.fit());
    fits().flat_map(|fit| &fit.warnings).for_each(warn);
    let trustworthy = fits().all(nbar::Fit::is_trustworthy);
    Ok((figure, Outcome::of(String::new(), trustworthy)))
}

/// What a fit by groups says of one of them.
fn of_group(report: &Report, group: &str) -> Result<Report> {
    Ok(match report {
        Report::Point(fit) => Report::Point(nbar::Ensemble::without_draws(fit.clone()).of_group(group)?.fit),
        Report::Ensemble(ensemble) => Report::Ensemble(ensemble.of_group(group)?),
    })
}

fn draw(args: &Args, inputs: &Inputs, options: FigureOptions) -> Result<Figure> {
    let options = &options;
    let of_fit = |draw: fn(&Report, &FigureOptions) -> Result<Figure>| draw(inputs.fit()?, options);
    let of_document = |schema: &str, draw: fn(&str, &FigureOptions) -> Result<Figure>| {
        draw(inputs.document(schema)?, options)
    };
    match args.kind {
        Kind::Frontier => of_fit(Figure::frontier),
        Kind::Fit => of_fit(Figure::fit),
        Kind::Residuals => of_fit(Figure::residuals),
        Kind::Optimum => of_fit(Figure::optimum),
        Kind::Contours => of_fit(Figure::contours),
        Kind::Isoflop => of_fit(Figure::isoflop),
        Kind::Collapse => of_fit(Figure::collapse),
        Kind::Starts => of_fit(Figure::starts),
        Kind::Bootstrap => {
            let (fit, profile) = inputs.fit_with_profile()?;
            Figure::bootstrap(fit, profile, options)
        }
        Kind::Forest => Figure::forest(&inputs.named_fits()?, options),
        Kind::Curves => {
            let (fit, sweep) = inputs.fit_with_sweep()?;
            Figure::curves(fit, sweep, options)
        }
        Kind::Forecast => of_document("forecast", Figure::forecast),
        Kind::Holdout => of_document("holdout", Figure::holdout),
        Kind::Compare => of_document("compare", Figure::compare),
        Kind::Plan => of_document("plan", Figure::plan),
        Kind::Versus => of_document("versus", Figure::versus),
        Kind::Families => of_fit(Figure::families),
        Kind::Priors => of_fit(Figure::priors),
        Kind::Repeats => of_fit(Figure::repeats),
        Kind::Design => of_document("first-runs", Figure::design),
        Kind::Schedule => schedule(inputs.sweep()?, args.run.as_deref(), options),
    }
}

/// The schedule of a run: the one that is named, or the only one that was pruned.
fn schedule(sweep: &Sweep, name: Option<&str>, options: &FigureOptions) -> Result<Figure> {
    let is_pruned = |run: &&Run| run.trajectory().is_ok_and(|t| t.final_params() < t.initial_params());
    let pruned = || sweep.runs().iter().filter(is_pruned);
    let found = match name {
        Some(name) => sweep.runs().iter().find(|run| run.id() == name),
        None if pruned().count() == 1 => pruned().next(),
        None => None,
    };
    let Some(run) = found else {
        let problem = match (name, pruned().count()) {
            (Some(name), _) => format!("the sweep has no run '{name}'"),
            (None, 0) => "schedule is that of a run, and the sweep has no pruned one".to_owned(),
            (None, _) => "schedule is that of one run, and the sweep has several pruned ones".to_owned(),
        };
        let some = pruned().chain(sweep.runs()).take(3).map(|run| format!("`run={}`", run.id()));
        let remedy = format!("name it, as in {}", some.collect::<Vec<_>>().join(" or "));
        return Err(Error::unanswerable("figure", problem, remedy));
    };
    let mut options = options.clone();
    options.title.get_or_insert_with(|| run.id().to_owned());
    Figure::schedule(&run.trajectory()?, "tokens", &options)
}
