//! What was known beforehand against what is known now.

use super::axis::{Axis, Numbers, Scale};
use super::canvas::Pen;
use super::figure::{Figure, FigureOptions};
use super::forest::WIDE;
use super::panel::{Item, Panel};
use super::sheet::{Key, Sheet};
use super::style::{CURVE, DASH, PALE};
use crate::fit::Prior;
use crate::numeric::statistics::standard_deviation;
use crate::report::Report;
use crate::units::format_number;
use crate::{Error, Result};

/// Points of a curve, and how many standard deviations it shows to either side.
const DETAIL: usize = 121;
const SHOWN: f64 = 3.5;
/// Densities below this share of the greatest are not shown.
const NOTHING: f64 = 1e-3;

/// Where a value is on the scale of a prior, on which that is normal.
type On = fn(f64) -> f64;

impl Figure {
    /// The density of each prior beside that of its parameter after the fit, a panel a parameter.
    ///
    /// The density after the fit is that of the draws, smoothed by a normal kernel of Silverman's width. Without draws it is normal about the optimum,
    /// with the variance that the prior's [share](crate::Fit::decided_by_priors) of the precision leaves.
    ///
    /// ```
    /// use nbar::fit::Prior;
    /// use nbar::plot::{Figure, FigureOptions};
    /// use nbar::report::Report;
    /// use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let options = FitOptions::default().with_prior("E", "1.7+-0.05".parse::<Prior>()?);
    /// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &options)?;
    /// let figure = Figure::priors(&Report::Point(fit), &FigureOptions::default())?;
    /// assert!(figure.svg().contains("prior decides"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the fit has no priors, or the width is none of a figure.
    pub fn priors(report: &Report, options: &FigureOptions) -> Result<Self> {
        options.check()?;
        let fit = report.fit();
        if fit.options.priors.is_empty() {
            let problem = "priors is drawn from a fit with priors, and this has none";
            return Err(Error::unanswerable("figure", problem, "fit with `prior=E=1.7+-0.05`, say"));
        }
        let mut sheet = Sheet::new(options, "Known beforehand, and after the fit");
        sheet.columns = if options.width >= WIDE { 2 } else { 1 };
        let [before, after] = [sheet.palette.soft, sheet.palette.kinds[0]];
        let shares = fit.decided_by_priors().unwrap_or_default();
        for (name, prior) in &fit.options.priors {
            let (on, back, centre, s): (On, On, f64, f64) = match *prior {
                Prior::Normal { centre, s } => (|x| x, |x| x, centre, s),
                Prior::LogNormal { centre, factor } => (f64::ln, f64::exp, centre.ln(), factor.ln()),
            };
            let Some(place) = fit.law().spec().place(name) else { continue };
            let share = shares.iter().find(|(own, _)| own == name).map_or(f64::NAN, |(_, share)| *share);
            let draws: Vec<f64> = report.ensemble().map_or_else(Vec::new, |ensemble| {
                ensemble.draws.iter().map(|draw| on(draw[place])).collect()
            });
            let draws: Vec<f64> = draws.into_iter().filter(|x| x.is_finite()).collect();
            let estimate = on(fit.parameters[place]);
            let kernels = if draws.len() > 1 { draws } else { vec![estimate] };
            let spread = if kernels.len() > 1 { standard_deviation(&kernels) } else { s * share.sqrt() };
            // Silverman (1986), section 3.4.
            let width =
                if kernels.len() > 1 { 1.06 * spread * (kernels.len() as f64).powf(-0.2) } else { spread };
            let normal = |x: f64, width: f64| {
                (-0.5 * (x / width).powi(2)).exp() / width / std::f64::consts::TAU.sqrt()
            };
            let known = |x: f64| normal(x - centre, s);
            let found =
                |x: f64| kernels.iter().map(|k| normal(x - k, width)).sum::<f64>() / kernels.len() as f64;
            let (low, high) = (
                (centre - SHOWN * s).min(estimate - SHOWN * spread),
                (centre + SHOWN * s).max(estimate + SHOWN * spread),
            );
            // As fine as the narrower of both takes, and no finer than the wider shows.
            let count =
                ((high - low) / s.min(spread) * 12.0).clamp(DETAIL as f64, 20.0 * DETAIL as f64) as usize;
            let at: Vec<f64> = (0..=count).map(|i| low + (high - low) * i as f64 / count as f64).collect();
            let [known, found]: [Vec<(f64, f64)>; 2] = [
                at.iter().map(|x| (back(*x), known(*x))).collect(),
                at.iter().map(|x| (back(*x), found(*x))).collect(),
            ];
            let most = known.iter().chain(&found).map(|(_, y)| *y).fold(0.0, f64::max);
            let seen = |points: &[(f64, f64)]| {
                points.iter().copied().filter(|(_, y)| *y > NOTHING * most).collect::<Vec<_>>()
            };
            let [known, found] = [seen(&known), seen(&found)];
            let scale = if matches!(prior, Prior::LogNormal { .. }) { Scale::Log } else { Scale::Linear };
            let x = Axis::around(name, scale, Numbers::Plain, known.iter().chain(&found).map(|(x, _)| *x));
            let mut panel =
                Panel::new(x, Axis::between("density", Scale::Linear, Numbers::Plain, 0.0, 1.08 * most));
            panel.title = Some(format!("{name}: the prior decides {} %", format_number(100.0 * share, 2)));
            let rows = found.iter().map(|(x, y)| (*x, 0.0, *y)).collect();
            panel.items.push(Item::Band {
                series: format!("{name} after the fit"),
                rows,
                paint: after.mix(PALE),
            });
            for (series, points, pen) in [
                (format!("prior of {name}"), known, Pen::new(before, CURVE).dashed(DASH)),
                (format!("{name} after the fit"), found, Pen::new(after, CURVE)),
            ] {
                panel.items.push(Item::Curve { series, points, pen, label: None });
            }
            sheet.panels.push(panel);
        }
        sheet.key = vec![
            Key::Line("prior".to_owned(), Pen::new(before, CURVE).dashed(DASH)),
            Key::Line("after the fit".to_owned(), Pen::new(after, CURVE)),
        ];
        Ok(sheet.figure())
    }
}
