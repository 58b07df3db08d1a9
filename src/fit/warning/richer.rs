//! Laws that might fit better.

use crate::fit::axes::Axes;
use crate::fit::identified::unidentified;
use crate::fit::{Fit, FitOptions};
use crate::law::{NAMES, by_name};

/// Names of the laws that read at least what the fitted one reads, have more parameters, and are told by these runs.
pub(crate) fn richer(fit: &Fit) -> Vec<String> {
    let (own, runs) = (fit.law().spec(), fit.rows.run_count());
    let axes = Axes::of(fit);
    let carries = |name: &&&str| {
        let Ok(law) = by_name(name) else { return false };
        let count = law.spec().parameters.len();
        if law.spec().check_inputs(&fit.rows).is_err() || count <= own.parameters.len() || count >= runs {
            return false;
        }
        let read = Axes::of_law(law.spec(), &fit.rows);
        let options = FitOptions::default().with_law(law);
        let told = || {
            let coordinates = options.coordinates().ok()?;
            Some(unidentified(&options, &coordinates, &fit.rows).ok()?.is_empty())
        };
        axes.0.iter().all(|axis| read.0.contains(axis)) && told() == Some(true)
    };
    NAMES.iter().filter(carries).map(|name| (*name).to_owned()).collect()
}
