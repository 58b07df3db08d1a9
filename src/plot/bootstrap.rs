//! Draws of a fit, a pair of parameters in each panel.

use super::axis::{Axis, Numbers, Scale, trimmed};
use super::canvas::{Marker, Pen};
use super::document::Source;
use super::figure::{Figure, FigureOptions};
use super::forest::counts_in_powers;
use super::level::lines;
use super::panel::{Item, Mark, Panel};
use super::runs::radius;
use super::sheet::{Key, Sheet};
use super::style::{CURVE, POINT};
use crate::bootstrap::Ensemble;
use crate::fit::Freedom;
use crate::law;
use crate::numeric::statistics::quantiles;
use crate::report::Report;
use crate::units::format_number;
use crate::{Error, Result};

/// Panels, and points of an ellipse.
const PAIRS: usize = 4;
const DETAIL: usize = 96;
/// How far axes reach beyond the middle 98 % of the draws, in lengths of these.
const BEYOND: f64 = 0.6;

const PROFILE: Source = Source {
    kind: "the profile in bootstrap",
    schema: "nbar.fit",
    made_by: "nbar fit with `profile=true` and `format=json`",
};

/// A document of a fit with profiles.
#[derive(serde::Deserialize)]
struct Profiled {
    law: String,
    objective: f64,
    profile: Option<Profiles>,
}

#[derive(serde::Deserialize)]
struct Profiles {
    level: f64,
    scale: f64,
    pair: Option<Pair>,
}

#[derive(serde::Deserialize)]
struct Pair {
    parameters: [String; 2],
    values: [Vec<f64>; 2],
    objective: Vec<Vec<Option<f64>>>,
}

/// A parameter as an axis counts it.
struct Column {
    name: String,
    scale: Scale,
    estimate: f64,
    /// On the axis's scale: logarithms where it is one.
    draws: Vec<f64>,
    axis: Axis,
}

impl Figure {
    /// Draws of the parameters in pairs, with the ellipse of their covariance at the fit's level.
    ///
    /// The pair alpha and beta comes first, then the pairs that hang together most. Coefficients have axes of logarithms, on which the ellipse is
    /// reckoned. `profiles` is the document of a fit with profiles ([`Report::summary`]), and adds the region of its pair, at the
    /// profiles' level.
    ///
    /// ```
    /// use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::report::Report;
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// let drawn = fit.bootstrap(&BootstrapOptions::default().with_replicates(50))?;
    /// let figure = Figure::bootstrap(&Report::Ensemble(drawn), None, &FigureOptions::default())?;
    /// assert!(figure.svg().contains("inside"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the fit has no draws, or fewer than two free parameters; when the document is of another fit, or has no profiles; when the
    /// width is none of a figure.
    pub fn bootstrap(report: &Report, profiles: Option<&str>, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let refuse = |problem: &str, remedy: &str| Err(Error::unanswerable("figure", problem, remedy));
        let Some(ensemble) = report.ensemble() else {
            return refuse("bootstrap shows draws, and the fit has none", "fit it with `replicates=1000`");
        };
        let columns = columns(ensemble);
        if columns.len() < 2 {
            return refuse(
                "bootstrap shows pairs, and the fit has fewer than two free parameters",
                "fix fewer",
            );
        }
        let region = profiles.map(|text| region(ensemble, text)).transpose()?;
        let mut sheet = Sheet::new(options, "Draws of the parameters");
        sheet.columns = 2;
        let palette = sheet.palette;
        let level = ensemble.options.level;
        let [cloud, curve, contour] = [palette.kinds[0].mix(0.45), palette.kinds[1], palette.ink];
        let mut is_cut = false;
        for (a, b, _) in pairs(&columns, PAIRS) {
            let (x, y) = (&columns[a], &columns[b]);
            let within = |(p, q): &(f64, f64)| {
                x.axis.share_within(x.back(*p)).is_some() && y.axis.share_within(y.back(*q)).is_some()
            };
            let all = x.draws.iter().copied().zip(y.draws.iter().copied());
            let shown: Vec<(f64, f64)> = all.clone().filter(within).collect();
            let moments = Moments::of(&shown);
            let mut panel = Panel::new(x.axis.clone(), y.axis.clone());
            let correlation = format_number(moments.correlation(), 2).replace('-', "−");
            let inside = all.clone().filter(|point| moments.is_inside(*point, level)).count();
            let share = 100.0 * inside as f64 / x.draws.len() as f64;
            panel.title = Some(format!("r = {correlation}, {share:.0} % inside"));
            let mark =
                |(p, q)| Mark { at: (x.back(p), y.back(q)), paint: cloud, name: String::new(), label: None };
            panel.items.push(Item::Points {
                series: "draws".to_owned(),
                marks: all.map(mark).collect(),
                marker: Marker::Disc,
                radius: 0.6 * radius(x.draws.len()),
            });
            let ellipse = moments.ellipse(level);
            is_cut |= !ellipse.iter().all(within);
            let points = ellipse.into_iter();
            panel.items.push(Item::Curve {
                series: "ellipse".to_owned(),
                points: points.map(|(p, q)| (x.back(p), y.back(q))).collect(),
                pen: Pen::new(curve, CURVE),
                label: None,
            });
            if let Some((pair, lines)) = &region
                && [&x.name, &y.name] == [&pair[0], &pair[1]]
            {
                panel.items.extend(lines.iter().map(|points| Item::Curve {
                    series: "profile".to_owned(),
                    points: points.clone(),
                    pen: Pen::new(contour, CURVE).dashed(super::style::DASH),
                    label: None,
                }));
            }
            panel.items.push(Item::Points {
                series: "fit".to_owned(),
                marks: vec![Mark {
                    at: (x.estimate, y.estimate),
                    paint: curve,
                    name: String::new(),
                    label: None,
                }],
                marker: Marker::Diamond,
                radius: POINT + 0.4,
            });
            sheet.panels.push(panel);
        }
        let level = trimmed(&format_number(100.0 * level, 4));
        sheet.key = vec![
            Key::Marker("draws".to_owned(), Marker::Disc, palette.kinds[0]),
            Key::Marker("fit".to_owned(), Marker::Diamond, curve),
            Key::Line(format!("{level} % ellipse"), Pen::new(curve, CURVE)),
        ];
        if region.is_some() {
            let pen = Pen::new(contour, CURVE).dashed(super::style::DASH);
            sheet.key.push(Key::Line("region of the profile".to_owned(), pen));
        }
        sheet.notes.push(format!(
            "{} draws by {}; r is their correlation, and inside is their share in the ellipse.",
            ensemble.draws.len(),
            ensemble.options.resample
        ));
        if is_cut {
            sheet.notes.push("Ellipses that reach an edge go on beyond it.".to_owned());
        }
        Ok(sheet.figure())
    }
}

impl Column {
    /// From the axis's scale to the parameter's own unit.
    fn back(&self, value: f64) -> f64 {
        if self.scale == Scale::Log { value.exp() } else { value }
    }
}

/// The parameters that were fitted, one each of those that are tied.
fn columns(ensemble: &Ensemble) -> Vec<Column> {
    let fit = &ensemble.fit;
    let parameters = fit.law().spec().parameters.iter().enumerate();
    let free = parameters.filter(|(_, p)| fit.freedom(&p.name) == Freedom::Free);
    let column = |(k, parameter): (usize, &law::Parameter)| {
        let scale = if counts_in_powers(parameter) { Scale::Log } else { Scale::Linear };
        let on = |value: f64| if scale == Scale::Log { value.ln() } else { value };
        let draws: Vec<f64> = ensemble.draws.iter().map(|draw| on(draw[k])).collect();
        let mut usable: Vec<f64> = draws.iter().copied().filter(|v| v.is_finite()).collect();
        usable.push(on(fit.parameters[k]));
        let [low, high] = quantiles(&mut usable, [0.01, 0.99]);
        let [least, most] = [low - BEYOND * (high - low), high + BEYOND * (high - low)];
        let shown = usable.into_iter().map(|v| v.clamp(least, most));
        let shown = shown.map(|v| if scale == Scale::Log { v.exp() } else { v });
        let axis = Axis::around(&parameter.name, scale, Numbers::Plain, shown.chain([fit.parameters[k]]));
        Column { name: parameter.name.to_string(), scale, estimate: fit.parameters[k], draws, axis }
    };
    free.map(column).collect()
}

/// Pairs of columns: alpha and beta, then those that hang together most.
fn pairs(columns: &[Column], count: usize) -> Vec<(usize, usize, f64)> {
    let mut all = Vec::new();
    for a in 0..columns.len() {
        for b in a + 1..columns.len() {
            let points: Vec<(f64, f64)> =
                columns[a].draws.iter().copied().zip(columns[b].draws.iter().copied()).collect();
            let first = columns[a].name == "alpha" && columns[b].name == "beta";
            let tied = Moments::of(&points).correlation().abs();
            // A coefficient and its exponent always hang together: that says least.
            let place = if tied > 0.97 { 1.0 - tied } else { 1.0 + tied };
            all.push((a, b, if first { 3.0 } else { place.max(0.0) }));
        }
    }
    all.sort_by(|a, b| b.2.total_cmp(&a.2));
    all.truncate(count);
    all
}

/// Means, variances and covariance of points.
struct Moments {
    mean: (f64, f64),
    of: [f64; 3],
}

impl Moments {
    fn of(points: &[(f64, f64)]) -> Self {
        let usable = || points.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
        let count = usable().count() as f64;
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| usable().map(of).sum::<f64>() / count;
        let (x, y) = (mean(&|p| p.0), mean(&|p| p.1));
        let of =
            [mean(&|p| (p.0 - x).powi(2)), mean(&|p| (p.0 - x) * (p.1 - y)), mean(&|p| (p.1 - y).powi(2))];
        Self { mean: (x, y), of }
    }

    fn correlation(&self) -> f64 {
        self.of[1] / (self.of[0] * self.of[2]).sqrt()
    }

    /// Whether a point lies in the ellipse of a level.
    fn is_inside(&self, (x, y): (f64, f64), level: f64) -> bool {
        let [xx, xy, yy] = self.of;
        let (p, q) = (x - self.mean.0, y - self.mean.1);
        let distance = (yy * p * p - 2.0 * xy * p * q + xx * q * q) / (xx * yy - xy * xy);
        distance <= -2.0 * (1.0 - level).ln()
    }

    /// Where a normal law of two numbers has this share; χ² of two degrees of freedom is -2 ln(1 - level) there.
    fn ellipse(&self, level: f64) -> Vec<(f64, f64)> {
        let [xx, xy, yy] = self.of;
        let size = (-2.0 * (1.0 - level).ln()).sqrt();
        let (a, b) = (xx.sqrt(), xy / xx.sqrt());
        let c = (yy - b * b).max(0.0).sqrt();
        let at = |k: usize| {
            let (sin, cos) = (std::f64::consts::TAU * k as f64 / DETAIL as f64).sin_cos();
            (self.mean.0 + size * a * cos, self.mean.1 + size * (b * cos + c * sin))
        };
        (0..=DETAIL).map(at).filter(|(x, y)| x.is_finite() && y.is_finite()).collect()
    }
}

type Region = ([String; 2], Vec<Vec<(f64, f64)>>);

/// The joint region of a profile: where the objective is below that of the fit by s χ²/2.
fn region(ensemble: &Ensemble, text: &str) -> Result<Region> {
    let fit = &ensemble.fit;
    let found: Profiled = PROFILE.read(text)?;
    let refuse = |problem: &str, remedy: &str| Error::unanswerable("figure", problem, remedy);
    if found.law != *fit.law().spec().name || (found.objective / fit.objective - 1.0).abs() > 1e-6 {
        return Err(refuse("the profile is of another fit than the draws", "profile the same fit"));
    }
    let lacks = || refuse("the document has no profile of alpha and beta", "fit with `profile=true`");
    let Profiles { level, scale, pair } = found.profile.ok_or_else(lacks)?;
    let Pair { parameters, values, objective } = pair.ok_or_else(lacks)?;
    let side = values[1].len();
    let heights: Vec<f64> = objective.iter().flatten().map(|v| v.unwrap_or(f64::NAN)).collect();
    if side < 2 || heights.len() != side * values[0].len() {
        return Err(lacks());
    }
    let between = |values: &[f64], at: f64| {
        let below = (at as usize).min(values.len() - 2);
        values[below] + (at - below as f64) * (values[below + 1] - values[below])
    };
    let height = found.objective - scale * (1.0 - level).ln();
    let place = |(i, j): (f64, f64)| (between(&values[0], j), between(&values[1], i));
    let lines = lines(&heights, side, height).into_iter().map(|line| line.into_iter().map(place).collect());
    Ok((parameters, lines.collect()))
}
