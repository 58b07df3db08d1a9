//! What runs of one loss cost in all, against the tokens that they serve.

use super::axis::{Axis, Numbers, Scale, trimmed};
use super::canvas::{Marker, Pen};
use super::document::{Source, interval, number};
use super::figure::{Figure, FigureOptions};
use super::forest::WIDE;
use super::grid::{ends_of, spread};
use super::panel::{Item, Mark, Panel};
use super::sheet::{Key, Sheet};
use super::style::{AXIS, CURVE, DASH, POINT, Paint};
use crate::units::{format_number, format_quantity};
use crate::{Error, Result};

/// Points of a curve, and how far the axis goes on both sides of the tokens asked about.
const DETAIL: usize = 121;
const AROUND: f64 = 30.0;
/// Relative differences: of costs that rounding leaves, and of two numbers of tokens that are one crossing.
const ALIKE: f64 = 1e-9;
const SAME: f64 = 1e-3;

const SOURCE: Source = Source { kind: "plan", schema: "nbar.plan", made_by: "nbar plan with `format=json`" };

#[derive(serde::Deserialize)]
struct Document {
    level: Option<f64>,
    inference_tokens: f64,
    runs: Vec<Run>,
    break_even: Vec<BreakEven>,
}

#[derive(serde::Deserialize)]
struct Run {
    sparsity: f64,
    at_dense_loss: Option<EqualLoss>,
}

#[derive(serde::Deserialize)]
struct EqualLoss {
    training_flops: Estimate,
    serving_flops: Estimate,
}

#[derive(serde::Deserialize)]
struct BreakEven {
    inference_tokens: Estimate,
}

#[derive(serde::Deserialize)]
struct Estimate {
    estimate: Option<f64>,
    interval: [Option<f64>; 2],
}

/// What the run of a sparsity costs at the dense run's loss: training, and each served token.
struct Cost {
    sparsity: f64,
    training: f64,
    token: f64,
    paint: Paint,
}

/// What costs are set against, by served tokens.
type Over<'a> = &'a dyn Fn(f64) -> f64;

impl Cost {
    fn at(&self, served: f64) -> f64 {
        self.training + self.token * served
    }

    fn name(&self) -> String {
        match self.sparsity {
            0.0 => "dense".to_owned(),
            sparsity => format!("{} % sparse", trimmed(&format_number(100.0 * sparsity, 4))),
        }
    }
}

impl Figure {
    /// FLOPs of training and serving together, against served tokens, of the run of each sparsity that reaches the loss of the dense
    /// compute-optimal one.
    ///
    /// `document` is that of a [plan](crate::answer::Plan). Where another run becomes the cheapest, a diamond stands. Next to the plan's
    /// best run it has the interval of that number of tokens. Where the plan has a dense run, a second panel has the same over its cost.
    ///
    /// ```
    /// use nbar::{AllocationOptions, BootstrapOptions, Document, FitOptions, ObservationOptions, PlanOptions, Sweep};
    /// use nbar::plot::{Figure, FigureOptions};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let fit = nbar::fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// let runs = AllocationOptions::default().with_inference_tokens(2e12);
    /// let plan = nbar::Ensemble::without_draws(fit).plan(&PlanOptions::new(1e21).with_runs(runs))?;
    /// let figure = Figure::plan(&plan.to_json(), &FigureOptions::default())?;
    /// assert!(figure.svg().contains("80 % sparse"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the text is no document of a plan, or that plan serves nothing or has no run of that loss; when the width is none of a
    /// figure.
    pub fn plan(document: &str, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let plan: Document = SOURCE.read(document)?;
        let served = plan.inference_tokens;
        let refuse = |problem: &str, remedy: &str| Err(Error::unanswerable("figure", problem, remedy));
        if !(served > 0.0) {
            let problem = "plan is drawn against served tokens, and this plan serves none";
            return refuse(problem, "plan with `inference_tokens=1e12`");
        }
        let mut sheet = Sheet::new(options, "Cost in all at the dense run's loss");
        let palette = sheet.palette;
        // Of more runs than colours from the densest to the sparsest.
        let share = |k: usize| k as f64 / (plan.runs.len() - 1) as f64;
        let many = plan.runs.len() > palette.kinds.len();
        let paint = |k: usize| if many { palette.at(share(k)) } else { palette.kind(k) };
        let runs = plan.runs.iter().zip((0..).map(paint));
        let cost = |(run, paint): (&Run, Paint)| {
            let equal = run.at_dense_loss.as_ref()?;
            let [training, serving] =
                [&equal.training_flops, &equal.serving_flops].map(|v| number(v.estimate));
            Some(Cost { sparsity: run.sparsity, training, token: serving / served, paint })
        };
        let costs: Vec<Cost> = runs.filter_map(cost).filter(|cost| cost.at(served).is_finite()).collect();
        if costs.is_empty() {
            return refuse("no run of this plan reaches the dense run's loss", "plan lower sparsities");
        }
        let mut crossings: Vec<(f64, Option<[f64; 2]>)> = plan
            .break_even
            .iter()
            .map(|even| (number(even.inference_tokens.estimate), interval(even.inference_tokens.interval)))
            .filter(|(at, _)| at.is_finite() && *at > 0.0)
            .map(|(at, ends)| (at, plan.level.map(|_| ends)))
            .collect();
        let places: Vec<f64> = crossings.iter().map(|(at, _)| *at).collect();
        let [least, most] = ends_of(&places);
        let (from, to) = ((served / AROUND).min(least / 3.0), (served * AROUND).max(3.0 * most));
        for turn in turns(&costs).into_iter().filter(|turn| (from..=to).contains(turn)) {
            if crossings.iter().all(|(at, _)| (turn / at - 1.0).abs() > SAME) {
                crossings.push((turn, None));
            }
        }
        let at = spread(from, to, DETAIL);
        let x = || Axis::between("served tokens", Scale::Log, Numbers::Quantity, from, to);
        let base = costs.iter().find(|cost| cost.sparsity == 0.0).filter(|_| costs.len() > 1);
        let one = |_: f64| 1.0;
        let dense = |tokens: f64| base.map_or(1.0, |base| base.at(tokens));
        let kinds: [(&str, Over<'_>, Scale); 2] =
            [("FLOPs in all", &one, Scale::Log), ("over the dense run's cost", &dense, Scale::Linear)];
        sheet.columns = if options.width >= WIDE { 2 } else { 1 };
        for (title, over, scale) in kinds.into_iter().take(if base.is_some() { 2 } else { 1 }) {
            let less = if scale == Scale::Linear { 1.0 } else { 0.0 };
            let numbers = if scale == Scale::Linear { Numbers::Percent } else { Numbers::Quantity };
            let value = |cost: &Cost, tokens: f64| cost.at(tokens) / over(tokens) - less;
            let y = costs.iter().flat_map(|cost| at.iter().map(move |tokens| value(cost, *tokens)));
            let mut panel = Panel::new(x(), Axis::around(title, scale, numbers, y));
            let pen = Pen::new(palette.soft, AXIS).dashed(DASH);
            // The second panel has the same line, and a curve along its top.
            let label = (scale == Scale::Log)
                .then(|| (format!("{} tokens", format_quantity(served, 3)), palette.soft));
            panel.items.push(Item::Rule { at: served, upright: true, pen, label });
            // Costs lie close to each other where they are not set against the dense run's.
            let is_extreme = |of: &Cost| {
                [costs.first(), costs.last()].into_iter().flatten().any(|c| c.sparsity == of.sparsity)
            };
            let is_named = |cost: &Cost| base.is_none() || scale == Scale::Linear || is_extreme(cost);
            for cost in &costs {
                panel.items.push(Item::Curve {
                    series: cost.name(),
                    points: at.iter().map(|tokens| (*tokens, value(cost, *tokens))).collect(),
                    pen: Pen::new(cost.paint, CURVE),
                    label: is_named(cost).then(|| (cost.name(), cost.paint)),
                });
            }
            for (tokens, ends) in &crossings {
                let place = (*tokens, lowest(&costs, *tokens) / over(*tokens) - less);
                let (series, pen) = ("break-even".to_owned(), Pen::new(palette.ink, 0.8));
                if let Some(ends) = *ends {
                    let series = series.clone();
                    panel.items.push(Item::Bar { series, at: place, ends, of_x: true, pen });
                }
                let label = Some(format_quantity(*tokens, 2));
                let marks = vec![Mark { at: place, paint: palette.ink, name: String::new(), label }];
                panel.items.push(Item::Points {
                    series,
                    marks,
                    marker: Marker::Diamond,
                    radius: POINT + 0.4,
                });
            }
            sheet.panels.push(panel);
        }
        if !crossings.is_empty() {
            let name = "another run becomes the cheapest".to_owned();
            sheet.key.push(Key::Marker(name, Marker::Diamond, palette.ink));
        }
        if let Some(level) = plan.level.filter(|_| crossings.iter().any(|(_, ends)| ends.is_some())) {
            let name = format!("{} % interval", trimmed(&format_number(100.0 * level, 4)));
            sheet.key.push(Key::Line(name, Pen::new(palette.ink, 0.8)));
        }
        Ok(sheet.figure())
    }
}

fn lowest(costs: &[Cost], tokens: f64) -> f64 {
    costs.iter().map(|cost| cost.at(tokens)).fold(f64::INFINITY, f64::min)
}

/// The served tokens at which one run takes the place of another as the cheapest of all.
fn turns(costs: &[Cost]) -> Vec<f64> {
    let pairs = costs.iter().enumerate().flat_map(|(k, a)| costs[k + 1..].iter().map(move |b| (a, b)));
    let crossing = |(a, b): (&Cost, &Cost)| {
        let slower = a.token - b.token;
        let tokens = (b.training - a.training) / slower;
        let differ = slower.abs() > ALIKE * a.token && tokens > 0.0;
        (differ && a.at(tokens) <= lowest(costs, tokens) * (1.0 + ALIKE)).then_some(tokens)
    };
    pairs.filter_map(crossing).collect()
}
