//! From the file of a saved fit back to the fit.

use std::sync::Arc;

use super::saved::{Saved, SavedMinimum};
use super::{Report, check};
use crate::bend::Cached;
use crate::bootstrap::{BootstrapOptions, Ensemble, Known};
use crate::document::Unbounded;
use crate::fit::{Fit, FitOptions, LocalMinimum, Restrictions, Rho, Warning};
use crate::law::{self, Law};
use crate::{Error, Observations, Result};

impl Saved {
    pub(super) fn into_report(
        mut self,
        own: Option<Arc<dyn Law>>,
        invalid: impl Fn(String) -> Error,
    ) -> Result<Report> {
        let Some(observations) = self.observations.take() else {
            return Err(invalid(
                "it has no observations: it was printed, not saved (`output=NAME.fit.json`)".to_owned(),
            ));
        };
        if observations.is_empty() {
            return Err(invalid("it has no rows of observations, and is not of constants".to_owned()));
        }
        let observations =
            observations.checked().map_err(|e| invalid(format!("observations: {}", e.problem())))?;
        check::counts(&self, &observations).map_err(&invalid)?;
        let law = match own {
            Some(own) if own.spec().name == self.law => own,
            Some(own) => return Err(invalid(format!("its law is {}, not {}", self.law, own.spec().name))),
            None => match by_group(&self.law, &observations) {
                Some(law) => law.map_err(|e| invalid(e.problem()))?,
                None => known(&self.law).map_err(&invalid)?,
            },
        };
        let names: Vec<&str> = law.spec().parameters.iter().map(|p| &*p.name).collect();
        let missing = |name: &str, of: &str| invalid(format!("'{name}' in '{of}' is missing, or no number"));
        if let Some(name) = self.parameters.keys().find(|name| !names.contains(&name.as_str())) {
            return Err(invalid(format!("'{name}' in 'parameters' is no parameter of the {} law", self.law)));
        }
        let own = |name: &&str| {
            let value = self.parameters.get(*name).and_then(|v| v.get("held").or(v.get("estimate")));
            let number = value.and_then(|value| serde_json::from_value::<Unbounded>(value.clone()).ok());
            number.map(|Unbounded(number)| number).ok_or_else(|| missing(name, "parameters"))
        };
        let parameters = names.iter().map(own).collect::<Result<Vec<f64>>>()?;
        let minimum = |m: &SavedMinimum| {
            let of =
                |name: &&str| m.parameters.get(*name).map(|v| v.0).ok_or_else(|| missing(name, "minima"));
            let parameters = names.iter().map(of).collect::<Result<_>>()?;
            Ok(LocalMinimum { objective: m.objective, starts: m.starts, parameters })
        };
        let minima = self.minima.iter().map(minimum).collect::<Result<_>>()?;
        let rho = match (self.loss, self.delta) {
            (Some(rho), _) => rho,
            (None, Some(delta)) => Rho::Huber { delta },
            (None, None) => return Err(invalid("it says neither 'delta' nor 'loss'".to_owned())),
        };
        rho.validate().map_err(|e| invalid(e.problem()))?;
        let options = FitOptions::default()
            .with_law(Arc::clone(&law))
            .with_rho(rho)
            .with_residual(self.on)
            .with_starts(self.starts.from);
        let Self { fixed, tied, bounds, priors, .. } = self;
        let restrictions = Restrictions { fixed, tied, bounds, priors };
        let options = restrictions.restrict(options).map_err(&invalid)?;
        let mut fit = Fit {
            options,
            rows: observations.in_order(),
            observations,
            parameters,
            objective: self.objective,
            gradient_norm: self.gradient_norm.0,
            termination: self.termination,
            starts_tried: self.starts.tried,
            starts_at_optimum: self.starts.at_optimum,
            starts_unproven: self.starts.unproven,
            minima,
            unidentified: self.unidentified,
            exchanges: Vec::new(),
            new_runs: None,
            warnings: self.warnings,
        };
        check::optimum(&fit).map_err(&invalid)?;
        fit.find_exchanges();
        // Fits that were saved before there was a test of fit get its verdict now.
        let of_fit = |warning: &Warning| matches!(warning, Warning::LackOfFit { .. });
        let place = fit.warnings.iter().position(of_fit).unwrap_or(fit.warnings.len());
        fit.warnings.retain(|warning| !of_fit(warning));
        let verdict = fit.departs(fit.lack_of_fit());
        fit.warnings.splice(place..place, verdict);
        let (saved, draws) = match (self.bootstrap, self.draws) {
            (Some(saved), Some(draws)) => (saved, draws),
            (None, None) => return Ok(Report::Point(fit)),
            (Some(_), None) => return Err(invalid("it has a 'bootstrap' without 'draws'".to_owned())),
            (None, Some(_)) => return Err(invalid("it has 'draws' without a 'bootstrap'".to_owned())),
        };
        check::draws(&fit, &saved, &draws).map_err(&invalid)?;
        fit.warnings.retain(|warning| *warning != Warning::NoChecksum);
        fit.warnings.extend(saved.checksum.is_none().then_some(Warning::NoChecksum));
        let options = BootstrapOptions::default()
            .with_replicates(saved.replicates)
            .with_resample(saved.resample)
            .with_interval(saved.interval)
            .with_seed(saved.seed)
            .with_level(saved.level)
            .with_bend(saved.bend);
        let (failed, audited, disagreed) = (saved.failed, saved.audited, saved.disagreed);
        let (partial, by_name) = (saved.partial, saved.by_name);
        let left_out =
            saved.left_out.into_iter().map(|left| left.into_iter().map(|v| v.0).collect()).collect();
        let spent = fit.spent();
        let mut ensemble = Ensemble {
            fit,
            options,
            draws,
            left_out,
            partial,
            failed,
            audited,
            disagreed,
            by_name,
            bend: Cached::default(),
            spent,
            known: Known::default(),
        };
        // Fits that were saved before this was seen did not say whether the loss rises.
        ensemble.see_rising();
        Ok(Report::Ensemble(ensemble))
    }
}

/// The law by groups of this name, for the groups of these observations; none of other names.
fn by_group(name: &str, observations: &Observations) -> Option<Result<Arc<dyn Law>>> {
    let groups = observations.by_group().into_iter().map(|(name, _)| name).collect();
    let found = law::ByGroup::of_name(name, groups)?;
    Some(found.map(|by_group| Arc::new(by_group.whole()) as Arc<dyn Law>))
}

/// How the refusal of a law ends that is not known by name, and what to do then.
pub(super) const UNKNOWN: &str = "is not known";
pub(super) const WITH_LAW: &str = "if it is a program's own, read the fit there, with its law: Report::load_with in Rust, nbar.load(path, law=law) in Python";

/// A law that is known by name.
pub(super) fn known(name: &str) -> Result<Arc<dyn Law>, String> {
    law::by_name(name).map_err(|_| format!("its 'law' '{name}' {UNKNOWN}"))
}
