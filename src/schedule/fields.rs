//! Schedules from the fields of a table's row or of a command line.

use super::checks::check_rise;
use super::names::{is_percent, own_name, unit_named};
use super::{Dialect, Ramp, Schedule, Shape, Staircase, Unit};
use crate::error::Location;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// The names that a schedule can have.
const KNOWN: &str =
    "dense, constant, one_shot, linear, cubic, polynomial, geometric, cosine, or a tool's own as JSON";

/// A schedule as a sweep table or a command line gives it: a name and numbers, each or none.
///
/// | schedule | needs | may have |
/// |---|---|---|
/// | dense, or nothing at all | | sparsities of 0; a window, which is not used |
/// | constant | `final_sparsity` | a `prune_start` of 0 |
/// | one_shot | `final_sparsity`, `prune_start`, `prune_unit` | `initial_sparsity`, an equal `prune_end` |
/// | linear, cubic, geometric, cosine | `final_sparsity`, `prune_start`, `prune_end`, `prune_unit` | `initial_sparsity`, `prune_every` |
/// | polynomial | the same | the same, `prune_power` |
/// | `{"tool": "tfmot", ...}`, a [`Dialect`] as JSON | | |
///
/// ```
/// use nbar::schedule::{Ramp, Schedule, ScheduleFields, Shape, Unit};
///
/// let fields = ScheduleFields {
///     schedule: Some("cubic".to_owned()),
///     final_sparsity: Some(0.8),
///     prune_start: Some(0.25),
///     prune_end: Some(0.75),
///     prune_unit: Some("fraction".to_owned()),
///     ..ScheduleFields::default()
/// };
/// let ramp = Ramp::new(Shape::Cubic, 0.8, 0.25, 0.75, Unit::Fraction);
/// assert_eq!(Schedule::from_fields(&fields)?, Schedule::from(ramp));
/// assert_eq!(Schedule::from_fields(&ScheduleFields::default())?, Schedule::Dense);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleFields {
    /// dense, constant, one_shot, linear, cubic, polynomial, geometric, cosine, or a [`Dialect`] as JSON. None with
    /// no numbers besides is dense.
    pub schedule: Option<String>,
    /// Sparsity at the end, in [0, 1).
    pub final_sparsity: Option<f64>,
    /// Sparsity before the ramp or the cut, in [0, 1). Default 0.
    pub initial_sparsity: Option<f64>,
    /// Where the ramp starts, or the cut falls, in `prune_unit`.
    pub prune_start: Option<f64>,
    /// Where the ramp ends, in `prune_unit`.
    pub prune_end: Option<f64>,
    /// token, step, fraction or compute: see [`Unit`].
    pub prune_unit: Option<String>,
    /// Distance between cuts, in `prune_unit`. Default none: a smooth ramp.
    pub prune_every: Option<f64>,
    /// Exponent of a polynomial ramp, above 0. Default 3.
    pub prune_power: Option<f64>,
}

impl ScheduleFields {
    /// The numbers that are given.
    fn numbers(&self) -> impl Iterator<Item = (&'static str, f64)> {
        [
            ("final_sparsity", self.final_sparsity),
            ("initial_sparsity", self.initial_sparsity),
            ("prune_start", self.prune_start),
            ("prune_end", self.prune_end),
            ("prune_every", self.prune_every),
            ("prune_power", self.prune_power),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }

    /// Refuses a part of a step or of a token: it is a share of the run, in another unit.
    fn check_places(&self, unit: Option<Unit>) -> Result<()> {
        let Some(unit @ (Unit::Step | Unit::Token)) = unit else { return Ok(()) };
        let is_part =
            |(name, value): &(&str, f64)| name.starts_with("prune_") && *value > 0.0 && *value < 1.0;
        let places = self.numbers().filter(|(name, _)| *name != "prune_power");
        match places.into_iter().find(is_part) {
            None => Ok(()),
            Some((name, value)) => {
                let problem = format!("is a part of a {unit}");
                let remedy = "give a whole number of single ones, or all of the schedule in shares of the run (`prune_unit` fraction)";
                Err(Error::schedule(name, value, &problem, remedy))
            }
        }
    }

    /// Percentages of the run become shares of it; those written with their sign are. Where all are 1 or less they may be shares.
    fn percent_to_shares(&mut self) {
        let unit = given(self.prune_unit.as_ref()).unwrap_or_default();
        if !is_percent(unit) {
            return;
        }
        let mut places = [&mut self.prune_start, &mut self.prune_end, &mut self.prune_every];
        let is = |of: fn(f64) -> bool| places.iter().any(|place| place.is_some_and(of));
        if is(|place| place > 1.0) || !is(|place| place > 0.0) {
            self.prune_unit = Some(Unit::Fraction.to_string());
            places.iter_mut().filter_map(|place| place.as_mut()).for_each(|place| *place /= 100.0);
        }
    }

    /// Without numbers that say of a schedule of this name what it is anyway, and without the window of a run that is not pruned.
    fn without_idle(&self, name: Option<&str>) -> Self {
        let mut own = self.clone();
        own.percent_to_shares();
        let is_dense = match name {
            Some(name) => name == "dense",
            None => {
                let is_zero = [self.final_sparsity, self.initial_sparsity].map(|share| share == Some(0.0));
                let is_open = self.final_sparsity.is_none() && self.prune_start.or(self.prune_end).is_none();
                is_zero[0] && self.initial_sparsity.is_none_or(|share| share == 0.0) || is_zero[1] && is_open
            }
        };
        match name {
            _ if is_dense => {
                own.schedule = Some("dense".to_owned());
                (own.prune_start, own.prune_end, own.prune_every, own.prune_power) = (None, None, None, None);
            }
            Some("cubic") => own.prune_power = own.prune_power.filter(|power| *power != 3.0),
            Some("linear") => own.prune_power = own.prune_power.filter(|power| *power != 1.0),
            Some("constant") => own.prune_start = own.prune_start.filter(|start| *start != 0.0),
            _ => {}
        }
        own
    }

    /// Refuses numbers that the schedule has no use for: they would be lost without a word.
    fn only(&self, used: &[&str]) -> Result<()> {
        match self.numbers().find(|(name, _)| !used.contains(name)) {
            None => Ok(()),
            Some((name, value)) => {
                let remedy = "leave it out, or choose another schedule";
                Err(Error::schedule(name, value, "is not used by this schedule", remedy))
            }
        }
    }

    /// The schedule to a final sparsity that is still to be found, whatever these fields say of it.
    ///
    /// # Errors
    /// Those of [`Schedule::from_fields`].
    pub fn to_any_sparsity(&self) -> Result<Schedule> {
        let pruned = given(self.schedule.as_ref()).is_some_and(|name| !name.eq_ignore_ascii_case("dense"));
        // Any at all: the initial one, and a little.
        let some = 0.5 + 0.5 * self.initial_sparsity.unwrap_or(0.0);
        Schedule::from_fields(&Self { final_sparsity: pruned.then_some(some), ..self.clone() })
    }

    /// The smooth ramp of these fields to a final sparsity that is still to be found. What they leave open is as `usual` has it.
    ///
    /// ```
    /// use nbar::schedule::{Ramp, ScheduleFields, Shape, Unit};
    /// let fields = ScheduleFields { schedule: Some("cubic".to_owned()), ..ScheduleFields::default() };
    /// let ramp = fields.ramp_or(&Ramp::new(Shape::Geometric, 0.5, 0.25, 0.75, Unit::Compute))?;
    /// assert_eq!((ramp.shape, ramp.start, ramp.end, ramp.unit), (Shape::Cubic, 0.25, 0.75, Unit::Compute));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Schedule::from_fields`], and [`Error::Option`] for a schedule that is no ramp.
    pub fn ramp_or(&self, usual: &Ramp) -> Result<Ramp> {
        let shape = given(self.schedule.as_ref()).map_or_else(|| usual.shape.to_string(), str::to_owned);
        shape.parse::<Shape>().map_err(|_| no_ramp(&shape))?;
        let unit: Unit = given(self.prune_unit.as_ref()).map_or(Ok(usual.unit), str::parse)?;
        // Shares of a run say nothing of its steps or tokens.
        let is_share = |unit: Unit| matches!(unit, Unit::Fraction | Unit::Compute);
        let usual_place =
            |place: f64| (unit == usual.unit || is_share(unit) && is_share(usual.unit)).then_some(place);
        let fields = Self {
            schedule: Some(shape.clone()),
            prune_start: self.prune_start.or_else(|| usual_place(usual.start)),
            prune_end: self.prune_end.or_else(|| usual_place(usual.end)),
            prune_unit: Some(unit.to_string()),
            prune_every: None,
            ..self.clone()
        };
        match fields.to_any_sparsity()? {
            Schedule::Ramp(ramp) => Ok(ramp),
            _ => Err(no_ramp(&shape)),
        }
    }

    fn dense(&self) -> Result<Schedule> {
        self.only(&["final_sparsity", "initial_sparsity"])?;
        match self.numbers().find(|&(_, value)| value != 0.0) {
            None => Ok(Schedule::Dense),
            Some((name, value)) => {
                let remedy = "set it to 0, or choose another schedule";
                Err(Error::schedule(name, value, "is not 0, and the schedule is dense", remedy))
            }
        }
    }

    fn one_shot(&self, unit: Option<Unit>) -> Result<Schedule> {
        self.only(&["final_sparsity", "initial_sparsity", "prune_start", "prune_end"])?;
        let name = "one_shot";
        let sparsity = needed(name, "final_sparsity", self.final_sparsity)?;
        let start = needed(name, "prune_start", self.prune_start)?;
        let unit = needed_unit(name, unit)?;
        if let Some(end) = self.prune_end.filter(|&end| end != start) {
            let problem = format!("is not `prune_start` {start}, where a one-shot schedule cuts");
            return Err(Error::schedule("prune_end", end, &problem, "leave it out, or choose a ramp"));
        }
        let initial = self.initial_sparsity.unwrap_or(0.0);
        let cut =
            Schedule::from(Staircase::new(unit, vec![(start, sparsity)]).with_initial_sparsity(initial));
        cut.validate()?;
        check_rise(initial, sparsity)?;
        Ok(cut)
    }

    /// The ramp of these fields, not validated, of this shape and unit where they say none.
    ///
    /// # Errors
    /// [`Error::MissingInput`] and [`Error::Option`] when they describe no ramp.
    pub fn ramp_in(&self, shape: Shape, unit: Unit) -> Result<Ramp> {
        let shape = match given(self.schedule.as_ref()) {
            Some(name) => name.parse().map_err(|_| no_ramp(name))?,
            None => shape,
        };
        self.ramp(shape, given(self.prune_unit.as_ref()).map_or(Ok(unit), str::parse).map(Some)?)
    }

    fn ramp(&self, shape: Shape, unit: Option<Unit>) -> Result<Ramp> {
        let shape = match shape {
            Shape::Polynomial { power } => Shape::Polynomial { power: self.prune_power.unwrap_or(power) },
            _ => {
                self.only(&[
                    "final_sparsity",
                    "initial_sparsity",
                    "prune_start",
                    "prune_end",
                    "prune_every",
                ])?;
                shape
            }
        };
        let name = shape.to_string();
        Ok(Ramp {
            shape,
            initial_sparsity: self.initial_sparsity.unwrap_or(0.0),
            final_sparsity: needed(&name, "final_sparsity", self.final_sparsity)?,
            start: needed(&name, "prune_start", self.prune_start)?,
            end: needed(&name, "prune_end", self.prune_end)?,
            every: self.prune_every,
            unit: needed_unit(&name, unit)?,
        })
    }
}

impl Schedule {
    /// The schedule that a table's row or a command line describes, validated.
    ///
    /// See [`ScheduleFields`] for what each schedule needs. Numbers that it has no use for are refused.
    ///
    /// # Errors
    /// [`Error::MissingInput`] for a field that is needed and not given, [`Error::Option`] for an unknown unit, and
    /// [`Error::Schedule`] for everything else.
    pub fn from_fields(fields: &ScheduleFields) -> Result<Self> {
        let name = given(fields.schedule.as_ref()).map(own_name);
        let fields = &fields.without_idle(name.as_deref());
        let unit = given(fields.prune_unit.as_ref()).map(unit_named).transpose()?;
        let Some(given) = given(fields.schedule.as_ref()) else {
            return match fields.numbers().next() {
                None => Ok(Schedule::Dense),
                Some((name, value)) => {
                    let remedy = format!("choose one of {KNOWN}");
                    Err(Error::missing(format!("`{name}` {value}"), "schedule", "is not given", remedy))
                }
            };
        };
        fields.check_places(unit)?;
        let schedule = match own_name(given).as_str() {
            "dense" => fields.dense()?,
            "constant" => {
                fields.only(&["final_sparsity"])?;
                Schedule::constant(needed("constant", "final_sparsity", fields.final_sparsity)?)
            }
            "one_shot" | "oneshot" => fields.one_shot(unit)?,
            name if name.starts_with('{') => {
                fields.only(&[])?;
                Dialect::from_json("schedule", given)?.into()
            }
            name => match name.parse() {
                Ok(shape) => fields.ramp(shape, unit)?.into(),
                Err(_) => {
                    let remedy = format!("choose one of {KNOWN}");
                    return Err(Error::schedule("schedule", format!("'{given}'"), "is not known", remedy));
                }
            },
        };
        schedule.validate()?;
        Ok(schedule)
    }

    /// The schedule in a JSON text: an object with the fields of a table's row, or a tool's own. `name` is what messages call it.
    ///
    /// ```
    /// use nbar::Schedule;
    /// let ours = Schedule::from_json("a.json", r#"{"schedule": "constant", "final_sparsity": 0.5}"#)?;
    /// assert_eq!(ours, Schedule::constant(0.5));
    /// assert!(Schedule::from_json("b.json", r#"{"tool": "static", "sparsity": 0.5}"#).is_ok());
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Dialect`] and [`Error::Data`] for what is neither, and those of [`from_fields`](Self::from_fields).
    pub fn from_json(name: &str, text: &str) -> Result<Self> {
        let is_row =
            serde_json::from_str::<serde_json::Value>(text).is_ok_and(|v| v.get("schedule").is_some());
        if !is_row {
            return Dialect::from_json(name, text).map(Schedule::Tool);
        }
        let fields: ScheduleFields = serde_json::from_str(text).map_err(|error| {
            Location::in_file(name).refuse(error.to_string(), "name columns of a sweep table")
        })?;
        Self::from_fields(&fields)
    }
}

/// The text, unless it is blank.
fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn needed<T>(schedule: &str, input: &str, value: Option<T>) -> Result<T> {
    let remedy = "give it, or choose another schedule";
    value.ok_or_else(|| Error::missing(format!("the schedule '{schedule}'"), input, "is not given", remedy))
}

/// A percentage may be one of the tokens or of the compute.
fn needed_unit(schedule: &str, unit: Option<Unit>) -> Result<Unit> {
    let remedy = "give fraction (of the tokens), compute (a fraction of it), tokens or step";
    unit.ok_or_else(|| {
        Error::missing(format!("the schedule '{schedule}'"), "prune_unit", "is not given", remedy)
    })
}

/// Refuses a schedule where only a ramp will do.
pub(crate) fn no_ramp(given: &str) -> Error {
    let remedy = "choose linear, cubic, polynomial, geometric or cosine; for a single cut, a ramp with `prune_start` at its \
        `prune_end`";
    Error::option("schedule", given, "is not a ramp, whose cuts can be put on whole steps", remedy)
}
