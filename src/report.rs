//! Saved fits: one JSON file that holds the observations, the options, the optimum and the draws, so that it
//! can be asked and drawn again without refitting.

mod check;
mod constants;
mod designed;
mod file;
mod place;
mod read;
mod residuals;
mod saved;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::Warning;
use crate::bootstrap::{Ensemble, Estimate};
use crate::diagnose::profile::{Profile, Profiles};
use crate::document::Unbounded;
pub use crate::document::{csv_cell, escaped};
use crate::error::Location;
use crate::families::Family;
use crate::fit::{Fit, Freedom, LocalMinimum, Restrictions, Rho};
use crate::law::Law;
use crate::observation::FlopsCount;
use crate::{Document, Error, Result};
use constants::SavedConstants;
pub(crate) use file::{check, replace};
use saved::{Saved, SavedBootstrap, SavedGroup, SavedMinimum, SavedStarts};

/// Version of the format, in the field `schema` of every saved fit.
const SCHEMA: &str = "nbar.fit/1";

/// What a fit without draws, or one with, comes to: all that is printed and saved.
///
/// ```
/// use nbar::{Document, FitOptions, ObservationOptions, Sweep, fit_scaling_law, report::Report};
/// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
/// let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
/// let report = Report::Point(fit);
/// assert!(report.summary(None).to_json().starts_with(r#"{"schema":"nbar.fit/1","law":"chinchilla""#));
/// let path = std::env::temp_dir().join(format!("nbar-doc-{}.fit.json", std::process::id()));
/// report.save(&path)?;
/// assert_eq!(Report::load(&path)?, report);
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, clippy::exhaustive_enums)]
pub enum Report {
    /// A fit alone.
    Point(Fit),
    /// A fit with its draws.
    Ensemble(Ensemble),
}

/// What is written of either.
#[derive(Debug, serde::Serialize)]
#[serde(untagged)]
enum Written {
    Fit(Box<Saved>),
    Constants(Box<SavedConstants>),
}

impl Document for Written {
    const SCHEMA: &'static str = SCHEMA;
}

/// A profile's name, and its interval and points as they are printed.
fn profile_value(profile: &Profile) -> (String, Value) {
    let value = serde_json::json!({
        "estimate": profile.estimate,
        "interval": profile.interval,
        "values": profile.points.iter().map(|point| point.at).collect::<Vec<f64>>(),
        "objective": profile.points.iter().map(|point| point.objective).collect::<Vec<f64>>(),
    });
    (profile.parameter.clone(), value)
}

fn profiles_value(profiles: &Profiles) -> Value {
    let first = profiles.profiles.first();
    let mut value = serde_json::json!({
        "level": first.map(|p| p.level),
        "scale": first.map(|p| p.scale),
        "parameters": profiles.profiles.iter().map(profile_value).collect::<Map<String, Value>>(),
        "pair": profiles.pair,
    });
    if profiles.partial {
        value["partial"] = true.into();
    }
    value
}

impl Report {
    /// The fit.
    #[must_use]
    pub fn fit(&self) -> &Fit {
        match self {
            Report::Point(fit) => fit,
            Report::Ensemble(ensemble) => &ensemble.fit,
        }
    }

    /// The draws' side, if there are any.
    #[must_use]
    pub fn ensemble(&self) -> Option<&Ensemble> {
        match self {
            Report::Point(_) => None,
            Report::Ensemble(ensemble) => Some(ensemble),
        }
    }

    /// Parameters by name, with their intervals where there are draws.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&str, f64, Option<Estimate>)> {
        let fit = self.fit();
        let named = fit.law().spec().parameters.iter().zip(&fit.parameters);
        let with = |name: &str| self.ensemble().and_then(|e| e.parameter(name));
        named.map(|(p, value)| (&*p.name, *value, with(&p.name))).collect()
    }

    /// a_opt and b_opt, for laws that have them.
    #[must_use]
    pub fn derived(&self) -> Vec<(&'static str, f64, Option<Estimate>)> {
        let Some((a_opt, b_opt)) = self.fit().optimum_exponents() else { return Vec::new() };
        let exponent = |of: fn(f64, f64) -> f64| {
            let law = self.fit().law().spec();
            let (alpha, beta) = law.place("alpha").zip(law.place("beta"))?;
            self.ensemble().map(|e| e.estimate(|p| of(p[alpha], p[beta])))
        };
        vec![("a_opt", a_opt, exponent(|a, b| b / (a + b))), ("b_opt", b_opt, exponent(|a, b| a / (a + b)))]
    }

    /// The saved fit as one line of JSON, with observations and draws: what [`save`](Self::save) writes.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.written(true, None).to_json()
    }

    /// The document of `nbar fit`: the fit without observations and draws, with profiles where they are given.
    #[must_use]
    pub fn summary(&self, profiles: Option<&Profiles>) -> impl Document + use<> {
        self.written(false, profiles)
    }

    /// The same of a [fit by groups](crate::families::fit_by_group), with the fits that it stands beside.
    #[must_use]
    pub fn summary_by_group(&self, profiles: Option<&Profiles>, family: &Family) -> impl Document + use<> {
        let mut written = self.written(false, profiles);
        if let Written::Fit(saved) = &mut written
            && let Some(by_group) = &mut saved.by_group
        {
            by_group["separate"] = serde_json::to_value(family.separate).unwrap_or_default();
            by_group["pooled"] = serde_json::to_value(family.pooled).unwrap_or_default();
        }
        written
    }

    /// Groups, what they share, and what a parameter of each counts for in the baseline's.
    fn by_group(&self) -> Option<Value> {
        let by_group = self.fit().by_group()?;
        let counts = |group: &String| {
            let counts = self.ensemble()?.counts_for(group)?;
            Some((group.clone(), serde_json::to_value(counts).ok()?))
        };
        Some(serde_json::json!({
            "groups": by_group.groups,
            "shared": by_group.shared,
            "counts_for": by_group.groups.iter().filter_map(counts).collect::<Map<String, Value>>(),
        }))
    }

    fn written(&self, whole: bool, profiles: Option<&Profiles>) -> Written {
        if self.fit().is_of_constants() {
            return Written::Constants(Box::new(SavedConstants {
                law: self.fit().law().spec().name.to_string(),
                constants: true,
                parameters: self.estimates(self.parameters()),
                derived: self.estimates(self.derived()),
                others: Map::new(),
            }));
        }
        Written::Fit(Box::new(Saved { profile: profiles.map(profiles_value), ..self.saved(whole) }))
    }

    fn estimates(&self, values: Vec<(&str, f64, Option<Estimate>)>) -> Map<String, Value> {
        let value = |name: &str, estimate: f64, with: Option<Estimate>| match with {
            _ if self.fit().freedom(name) == Freedom::Unidentified => {
                Ok(serde_json::json!({ "estimate": null, "held": estimate }))
            }
            _ if self.fit().limit_of(name).is_some() => {
                let limit = self.fit().limit_of(name);
                Ok(serde_json::json!({ "estimate": null, "held": estimate, "limit": limit }))
            }
            with if self.fit().has_vanished(name) => {
                // Of a constant there is a most; of other terms nothing is known.
                let gone = |with_constants: bool| {
                    self.fit().warnings.iter().any(|warning| {
                        matches!(warning, Warning::TermVanished { term, constant }
                            if term == name && (*constant || !with_constants))
                    })
                };
                let most =
                    with.filter(|_| gone(true)).map(|with| with.interval[1]).filter(|most| most.is_finite());
                let zero = gone(false).then_some(0.0);
                Ok(serde_json::json!({ "estimate": zero, "held": estimate, "vanished": true, "below": most }))
            }
            Some(with) => serde_json::to_value(with),
            None => Ok(serde_json::json!({ "estimate": estimate })),
        };
        let named = |(name, estimate, with): (&str, f64, _)| {
            (name.to_owned(), value(name, estimate, with).unwrap_or_default())
        };
        values.into_iter().map(named).collect()
    }

    fn saved(&self, whole: bool) -> Saved {
        let fit = self.fit();
        let names = fit.law().spec().parameters.iter().map(|p| p.name.to_string());
        let minimum = |m: &LocalMinimum| SavedMinimum {
            objective: m.objective,
            starts: m.starts,
            parameters: names.clone().zip(m.parameters.iter().copied().map(Unbounded)).collect(),
        };
        let huber = matches!(fit.options.rho, Rho::Huber { .. });
        // An ensemble that was made without draws is a fit alone.
        let drawn = || self.ensemble().filter(|e| e.options.level.is_finite());
        let Restrictions { fixed, tied, bounds, priors } = Restrictions::of(&fit.options);
        Saved {
            law: fit.law().spec().name.to_string(),
            size: fit.observations.size(),
            n: fit.observations.len(),
            runs: fit.observations.run_count(),
            clusters: fit.observations.cluster_count(),
            delta: huber.then(|| fit.options.rho.delta()).flatten(),
            loss: (!huber).then_some(fit.options.rho),
            on: fit.options.residual,
            fixed,
            tied,
            bounds,
            priors,
            decided_by_priors: Map::from_iter(fit.shares_of_priors()),
            weights: fit.observations.weighting(),
            loss_at: fit.observations.loss_from(),
            flops_count: Some(fit.observations.flops_count()).filter(|how| *how != FlopsCount::Average),
            prune_window: fit.observations.prune_window().map(str::to_owned),
            unidentified: fit.unidentified.clone(),
            objective: fit.objective,
            rms: Some(fit.rms()).filter(|rms| rms.is_finite()),
            lack_of_fit: fit.lack_of_fit(),
            repeats: fit.repeats(),
            residuals_by_group: SavedGroup::all_of(fit),
            gradient_norm: Unbounded(fit.gradient_norm),
            termination: fit.termination,
            starts: SavedStarts {
                from: fit.options.starts.clone(),
                tried: fit.starts_tried,
                at_optimum: fit.starts_at_optimum,
                unproven: fit.starts_unproven,
            },
            minima: fit.minima.iter().map(minimum).collect(),
            parameters: self.estimates(self.parameters()),
            derived: self.estimates(self.derived()),
            by_group: self.by_group(),
            bootstrap: drawn().map(|e| SavedBootstrap {
                replicates: e.options.replicates,
                resample: e.options.resample,
                seed: e.options.seed,
                partial: e.partial,
                failed: e.failed,
                audited: e.audited,
                disagreed: e.disagreed,
                level: e.options.level,
                interval: e.options.interval,
                checksum: whole.then(|| check::checksum(&e.draws, &e.left_out)),
                left_out: if whole { unbounded(&e.left_out) } else { Vec::new() },
                by_name: whole && e.by_name,
                bend: e.options.bend,
            }),
            profile: None,
            // What is saved has one.
            warnings: fit.warnings.iter().filter(|w| !whole || **w != Warning::NoChecksum).cloned().collect(),
            version: whole.then(|| env!("CARGO_PKG_VERSION").to_owned()),
            observations: whole.then(|| fit.observations.clone()),
            draws: drawn().filter(|_| whole).map(|e| e.draws.clone()),
        }
    }

    /// Refuses a path to which [`save`](Self::save) cannot write, before any work is done.
    ///
    /// # Errors
    /// When it is a folder, or holds anything but a saved fit, its folder does not exist, or no file can be made there.
    pub fn check_writable(path: &Path) -> Result<()> {
        file::check(path, "is no saved fit", |start| String::from_utf8_lossy(start).contains(SCHEMA))
    }

    /// Saves the report: written beside `path` and renamed, so that an interruption leaves the old file. Links stay, and
    /// devices are written to.
    ///
    /// # Errors
    /// When the file cannot be written, or holds anything but a saved fit.
    pub fn save(&self, path: &Path) -> Result<()> {
        Self::check_writable(path)?;
        file::replace(path, self.to_json().as_bytes())
    }

    /// Reads a saved fit back.
    ///
    /// # Errors
    /// When the file cannot be read, is not a saved fit, or is one of another version.
    pub fn load(path: &Path) -> Result<Self> {
        Self::read(path, None)
    }

    /// Reads back a saved fit of a law that nbar does not know by name.
    ///
    /// # Errors
    /// As for [`load`](Self::load), and when the fit is of a law of another name.
    pub fn load_with(path: &Path, law: Arc<dyn Law>) -> Result<Self> {
        Self::read(path, Some(law))
    }

    fn read(path: &Path, law: Option<Arc<dyn Law>>) -> Result<Self> {
        let name = path.display().to_string();
        let bytes = fs::read(path).map_err(|source| Error::read(name.as_str(), source))?;
        Self::parse(&name, &bytes, law)
    }

    /// Reads a saved fit from memory; `name` stands for it in errors.
    ///
    /// # Errors
    /// When the bytes are not a saved fit, or one of another version.
    pub fn from_json(name: &str, bytes: &[u8]) -> Result<Self> {
        Self::parse(name, bytes, None)
    }

    /// Reads back a saved fit of a law that nbar does not know by name, from memory.
    ///
    /// # Errors
    /// As for [`from_json`](Self::from_json), and when the fit is of a law of another name.
    pub fn from_json_with(name: &str, bytes: &[u8], law: Arc<dyn Law>) -> Result<Self> {
        Self::parse(name, bytes, Some(law))
    }

    fn parse(name: &str, bytes: &[u8], law: Option<Arc<dyn Law>>) -> Result<Self> {
        let place = || Location::in_file(name);
        let invalid = |problem: String| {
            let remedy = match problem.ends_with(read::UNKNOWN) {
                true => read::WITH_LAW,
                false => "fit the table again and save it (`output=NAME.fit.json`)",
            };
            place().refuse(format!("this is no saved fit: {problem}"), remedy)
        };
        let broken = |e: serde_json::Error| invalid(place::said(bytes, &e));
        let head: Head = serde_json::from_slice(bytes).map_err(broken)?;
        match head.schema {
            Some(Value::String(schema)) if schema == SCHEMA => {}
            Some(Value::String(schema)) => {
                let problem = format!("the schema is '{schema}', and this version reads '{SCHEMA}'");
                let remedy = "fit the table again, or use the nbar that wrote the file";
                return Err(place().refuse(problem, remedy));
            }
            _ => return Err(invalid("it has no field 'schema'".to_owned())),
        }
        match head.constants {
            None => serde_json::from_slice::<Saved>(bytes).map_err(broken)?.into_report(law, invalid),
            Some(Value::Bool(true)) => {
                serde_json::from_slice::<SavedConstants>(bytes).map_err(broken)?.into_report(law, invalid)
            }
            Some(other) => Err(invalid(format!("'constants' is {other}, not true"))),
        }
    }
}

/// What tells which form a file has.
#[derive(Debug, serde::Deserialize)]
struct Head {
    schema: Option<Value>,
    constants: Option<Value>,
}

fn unbounded(rows: &[Vec<f64>]) -> Vec<Vec<Unbounded>> {
    rows.iter().map(|row| row.iter().copied().map(Unbounded).collect()).collect()
}
