//! The curves of a sweep that forecasts are made of.

use std::collections::BTreeMap;

use super::curve::{self, Curve, Read};
use super::{ForecastOptions, decay};
use crate::inspect::LearningRate;
use crate::{Error, Result, Sweep};

/// What the runs of a sweep are to a forecast.
pub(super) struct Gathered {
    /// Each with whether it has ended, by size, end and name.
    pub(super) curves: Vec<(Curve, bool)>,
    /// Runs that have ended and are no curves, by index, with their ends.
    pub(super) finished: Vec<(usize, f64)>,
    /// Why others are neither, by name.
    pub(super) left_out: BTreeMap<String, String>,
    /// Whether learning rates are taken to fall to 0 as nothing says where they end.
    pub(super) floor_assumed: bool,
}

/// Reads the curves.
///
/// # Errors
/// Where nothing says how the learning rate falls or where runs are to end, what says it cannot be read, or no curve is open.
pub(super) fn gather(sweep: &Sweep, options: &ForecastOptions) -> Result<Gathered> {
    if !sweep.runs().iter().any(|run| decay::is_told(run, options)) {
        let remedy = "add the columns lr_schedule, lr_floor and lr_warmup, or give `lr_schedule=cosine`, linear, constant or wsd";
        let problem = match LearningRate::of(sweep) {
            LearningRate::Constant => {
                "the learning rate over a run is not told: one number in each run may be a constant rate or its peak"
            }
            LearningRate::Falls => {
                "the learning rate up to the planned end is not told: its column goes no farther than the rows"
            }
            _ => "nothing tells the learning rate over a run",
        };
        return Err(Error::unanswerable("forecast", problem, remedy));
    }
    let (mut curves, mut left_out, mut finished) = (Vec::new(), BTreeMap::new(), Vec::new());
    // Whether any run says where it is to end, and the first that cannot be read.
    let (mut known, mut refused) = (false, None);
    for (index, run) in sweep.runs().iter().enumerate() {
        let mut leave = |why: String| left_out.insert(run.id().to_owned(), why);
        if !decay::is_told(run, options) {
            leave("nothing says how its learning rate falls (`lr_schedule`)".to_owned());
            known |= curve::planned(run, options).is_some();
            continue;
        }
        if options.to.is_none() && run.plans_differ() {
            known = true;
            leave(
                "its rows, or planned_tokens and planned_steps, plan different ends: mend them, or give `to`"
                    .to_owned(),
            );
            continue;
        }
        if curve::planned(run, options).is_none()
            && let Some(why) = run.said_of_decay().and_then(|said| said.unread_plan.as_deref())
        {
            known = true;
            let problem = format!("the planned end of run '{}' cannot be read: {why}", run.id());
            refused.get_or_insert(Error::unanswerable("forecast", problem, "or give `to`"));
            leave(why.to_owned());
            continue;
        }
        let Some(planned) = curve::planned(run, options) else {
            leave("nothing says where it is to end".to_owned());
            continue;
        };
        known = true;
        // A run in whole steps may end a step beyond its plan.
        let end = run.extent().tokens;
        let planned = if end > planned && end <= planned / curve::WHOLE { end } else { planned };
        let stop = options.stop.map(|share| share * planned);
        let read = match curve::read(run, index, stop, planned, options) {
            Ok(read) => read,
            Err(error) => {
                leave(error.to_string());
                refused.get_or_insert(error);
                continue;
            }
        };
        match read {
            Read::Curve(curve, done) => curves.push((curve, done)),
            Read::Finished => finished.push((index, planned)),
            Read::Unfit(why) => {
                leave(why);
            }
        }
    }
    let floor_assumed = untold_floors(sweep, options, &mut curves, &mut left_out);
    if curves.is_empty()
        && finished.is_empty()
        && let Some(error) = refused
    {
        return Err(error);
    }
    if !known {
        let by_steps = sweep.runs().iter().any(|run| run.planned_steps().is_some());
        let step = if by_steps { "step beside planned_steps, or " } else { "" };
        let remedy = format!("add the column {step}planned_tokens, or give `to=TOKENS`");
        return Err(Error::missing("forecast", "the planned ends of the runs", "nothing tells", remedy));
    }
    if curves.len() < curve::FAMILY {
        for (curve, _) in
            curves.extract_if(.., |(curve, done)| !*done && curve.tokens.len() < curve::FEWEST_ALONE)
        {
            let why = format!(
                "it has {} usable rows, and a curve without two others beside it takes {}",
                curve.tokens.len(),
                curve::FEWEST_ALONE
            );
            left_out.insert(sweep.runs()[curve.run].id().to_owned(), why);
        }
    }
    if curves.iter().all(|(_, done)| *done) {
        return Err(none(&left_out));
    }
    // The order of the table changes nothing, and those that the shape is sought on are spread over the sizes.
    let name = |curve: &Curve| sweep.runs()[curve.run].id();
    let size = |curve: &Curve| sweep.runs()[curve.run].initial_params();
    curves.sort_by(|(a, _), (b, _)| {
        let by_size = size(a).total_cmp(&size(b)).then(a.planned.total_cmp(&b.planned));
        by_size.then_with(|| name(a).cmp(name(b)))
    });
    Ok(Gathered { curves, finished, left_out, floor_assumed })
}

/// Whether nothing says where any learning rate ends: all are then taken to fall to 0. Where it is said of some runs, the others are left out.
fn untold_floors(
    sweep: &Sweep,
    options: &ForecastOptions,
    curves: &mut Vec<(Curve, bool)>,
    left_out: &mut BTreeMap<String, String>,
) -> bool {
    let run = |curve: &Curve| &sweep.runs()[curve.run];
    let is_said = |curve: &Curve| decay::is_end_said(run(curve), options);
    let is_told =
        |curve: &Curve| is_said(curve) || decay::is_end_seen(run(curve), &curve.decay, curve.planned);
    if !curves.iter().any(|(curve, _)| is_said(curve)) {
        return curves.iter().any(|(curve, _)| !is_told(curve));
    }
    for (curve, _) in curves.extract_if(.., |(curve, _)| !is_told(curve)) {
        let why = "nothing says where its learning rate ends, as it is said of other runs (`lr_floor`)";
        left_out.insert(run(&curve).id().to_owned(), why.to_owned());
    }
    false
}

/// Why there is no forecast at all.
fn none(left_out: &BTreeMap<String, String>) -> Error {
    let Some((run, why)) = left_out.first_key_value() else {
        let remedy = "fit the losses as they are, or, of learning rates that stay, name a later end (`to`)";
        return Error::unanswerable("forecast", "every run has come to its planned end", remedy);
    };
    let more = match left_out.len() {
        1 => String::new(),
        count => format!(" ({} more have none either)", count - 1),
    };
    let problem = format!("no run has a forecast: '{run}': {why}{more}");
    Error::unanswerable(
        "forecast",
        problem,
        "give curves of four rows and more that fall, and their planned ends",
    )
}
