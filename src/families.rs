//! Families: one law for several groups of runs, some of its parameters shared.
//!
//! Each group has its own parameters but for those that are shared, `L_g = E_g + A_g/N^α + B_g/D^β` with α and β shared. All are fitted together,
//! and the bootstrap draws the runs of all groups. Whether what is shared may be shared is tested against fits of each group alone, and
//! whether the groups differ at all against a fit that pools them.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use crate::bootstrap::{Ensemble, Estimate, Known};
use crate::fit::{Fit, FitOptions, Warning, fit_scaling_law};
use crate::law::{ByGroup, Factor, Input, Law, by_name};
use crate::objective::drop_scale;
use crate::observation::NO_GROUP;
use crate::optimize::Starts;
use crate::{Error, Observations, Result};

/// Groups that differ so much in what they share do so hardly ever by chance.
const DIFFERENT: f64 = 1e-3;

/// A fit by groups, beside simpler and richer ones.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Family {
    /// The fit of all groups together, some parameters shared.
    pub fit: Fit,
    /// Objective of each group's own fit, summed; none where a group has too few runs for one.
    pub separate: Option<Compared>,
    /// Objective of one fit to all runs, whatever their group.
    pub pooled: Compared,
}

/// A fit beside that of a family: the test is of the one with fewer parameters against the other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Compared {
    /// Its objective.
    pub objective: f64,
    /// Its free parameters.
    pub parameters: usize,
    /// How probable it is that the fewer parameters do this much worse by chance: of `F = 2 (f₁ - f₀)/(λ k)` (Schrader and Hettmansperger 1980),
    /// λ being `Σ ρ'²/Σ ρ''` of the richer fit times n/(n - p), and k the parameters that it has more. Not a number where they are as many.
    pub p: f64,
}

/// Tests a fit of fewer parameters against a richer one.
fn test([few, many]: [(f64, usize); 2], rows: usize, scale: f64) -> f64 {
    let (more, left) = (many.1.saturating_sub(few.1), rows.saturating_sub(many.1));
    if more == 0 || left == 0 || !(scale > 0.0) {
        return f64::NAN;
    }
    let f = 2.0 * (few.0 - many.0).max(0.0) / (scale * more as f64);
    FisherSnedecor::new(more as f64, left as f64).map_or(f64::NAN, |of| of.sf(f))
}

/// Fits a law to groups of runs, the parameters in `shared` being one for all and each other one a group. `baseline` is the group that others are
/// measured by; default the first by name.
///
/// ```
/// use nbar::families::fit_by_group;
/// use nbar::{FitOptions, ObservationOptions, Sweep};
/// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
/// let observations = sweep.observations(&ObservationOptions::default())?;
/// let family = fit_by_group(&observations, &FitOptions::default(), &["alpha", "beta"], None)?;
/// assert_eq!(family.fit.free_parameters(), 11);
/// assert!(family.fit.parameter("A[rpj]").is_some() && family.fit.parameter("alpha").is_some());
/// // Sharing the exponents costs nothing to speak of; pooling the groups does.
/// assert!(family.separate.unwrap().p > 0.05 && family.pooled.p < 1e-6);
/// # Ok::<(), nbar::Error>(())
/// ```
///
/// # Errors
/// When the law is no sum of powers or has no parameter of a name, the observations are of one group, some have none, or a group has a single run.
pub fn fit_by_group(
    observations: &Observations,
    options: &FitOptions,
    shared: &[&str],
    baseline: Option<&str>,
) -> Result<Family> {
    let options = &*options.reading(observations)?;
    let shared: Vec<String> = shared.iter().map(|name| (*name).to_owned()).collect();
    let groups = observations.by_group();
    if let Some((_, rows)) = groups.iter().find(|(name, _)| groups.len() > 1 && name == NO_GROUP) {
        let problem = format!("{} of {} runs have no group", rows.run_count(), observations.run_count());
        return Err(Error::unanswerable("fit", problem, "name one for each, or leave them out (`filter`)"));
    }
    let names = groups.iter().map(|(name, _)| name.clone()).collect();
    refuse_another(&*options.law)?;
    let by_group = ByGroup::new(&*options.law, names, &shared, baseline)?;
    let rows: Vec<&Observations> = by_group
        .groups
        .iter()
        .map(|name| groups.iter().find(|(own, _)| own == name).map(|(_, rows)| rows))
        .collect::<Option<_>>()
        .ok_or_else(|| Error::option("group", "", "is not told of all runs", "name a group for each"))?;
    for (name, rows) in by_group.groups.iter().zip(&rows) {
        if rows.run_count() < 2 {
            let problem = format!("has a single run in the group '{name}', which tells nothing of its own");
            return Err(Error::unanswerable("fit", problem, "leave the group out (`filter`), or add runs"));
        }
    }
    let law = by_group.law.spec();
    if let Some((name, _)) =
        options.fixed.iter().find(|(name, _)| law.place(name).is_some() && !shared.contains(name))
    {
        let remedy = format!("fix that of one group, as in {name}[{}], or share it", by_group.groups[0]);
        return Err(Error::option("fix", name, "is one parameter of each group", remedy));
    }
    let alone = options.without_restrictions().with_law(std::sync::Arc::new(by_group.law.clone()));
    let pooled = fit_scaling_law(observations, &alone)?;
    let own: Vec<Option<Fit>> = rows.iter().map(|rows| fit_scaling_law(rows, &alone).ok()).collect();
    let points = starts(&by_group, &rows, &alone, &pooled, &own);
    let whole: std::sync::Arc<dyn Law> = std::sync::Arc::new(by_group.whole());
    let mut fit =
        fit_scaling_law(observations, &options.clone().with_law(whole).with_starts(Starts::Given(points)))?;
    let count = observations.len();
    let family = (fit.objective, fit.free_parameters());
    let residuals = |fit: &Fit| fit.residuals_of(&fit.rows, fit.options.residual);
    let scale = |residuals: &[f64], rows: &Observations, parameters: usize| {
        drop_scale(residuals, rows.weight(), options.rho, parameters)
    };
    let pooled = (pooled.objective, pooled.free_parameters());
    let pooled = Compared {
        objective: pooled.0,
        parameters: pooled.1,
        p: test([pooled, family], count, scale(&residuals(&fit)?, &fit.rows, family.1)),
    };
    let own: Option<Vec<&Fit>> = own.iter().map(|fit| fit.as_ref()).collect();
    let separate = |own: Vec<&Fit>| {
        let objective: f64 = own.iter().map(|fit| fit.objective).sum();
        let parameters = own.iter().map(|fit| fit.free_parameters()).sum();
        let each = own.iter().map(|fit| residuals(fit)).collect::<Result<Vec<_>>>()?;
        let weights: Option<Vec<&[f64]>> = own.iter().map(|fit| fit.rows.weight()).collect();
        let weights = weights.map(|weights| weights.concat());
        let scale = drop_scale(&each.concat(), weights.as_deref(), options.rho, parameters);
        Ok(Compared { objective, parameters, p: test([family, (objective, parameters)], count, scale) })
    };
    let separate = own.map(separate).transpose()?;
    // Rows of one run are not independent.
    let is_of_runs = fit.rows.run_count() == count && fit.rows.cluster_count().is_none();
    if let Some(p) = separate.map(|separate| separate.p).filter(|p| *p < DIFFERENT && is_of_runs) {
        // Groups that are held together lie apart, and so do their sizes.
        fit.warnings.retain(|warning| !matches!(warning, Warning::SharedNoise { .. }));
        fit.warnings.push(Warning::SharingDiffers { shared: by_group.shared.clone(), p });
    }
    Ok(Family { fit, separate, pooled })
}

/// Points to start from: with what is shared as the pooled fit has it, as each group has it alone, and in the middle of these, each group's own
/// parameters fitted to its runs.
fn starts(
    by_group: &ByGroup,
    rows: &[&Observations],
    alone: &FitOptions,
    pooled: &Fit,
    own: &[Option<Fit>],
) -> Vec<Vec<f64>> {
    let spec = by_group.law.spec();
    let places: Vec<usize> = by_group.shared.iter().filter_map(|name| spec.place(name)).collect();
    let known: Vec<&Fit> = own.iter().flatten().collect();
    let mut shared: Vec<Vec<f64>> = std::iter::once(pooled)
        .chain(known.iter().copied())
        .map(|fit| places.iter().map(|p| fit.parameters[*p]).collect())
        .collect();
    if !known.is_empty() {
        let middle = |place: &usize| {
            let mut values: Vec<f64> = known.iter().map(|fit| fit.parameters[*place]).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        shared.push(places.iter().map(middle).collect());
    }
    if places.is_empty() {
        shared.truncate(1);
    }
    let mut points = Vec::new();
    for values in shared {
        let fixed = places.iter().zip(&values).fold(alone.clone(), |options, (place, value)| {
            options.with_fixed(&spec.parameters[*place].name, *value)
        });
        let one = |(rows, own): (&&Observations, &Option<Fit>)| match own {
            Some(own) if places.is_empty() => own.parameters.clone(),
            _ => {
                fit_scaling_law(rows, &fixed).map_or_else(|_| pooled.parameters.clone(), |fit| fit.parameters)
            }
        };
        let each: Vec<Vec<f64>> = rows.iter().zip(own).map(one).collect();
        let point = by_group.together(&each);
        if point.iter().all(|value| value.is_finite()) {
            points.push(point);
        }
    }
    points
}

/// Refuses a law that has the name of another of nbar's: a fit by groups finds its law by name.
fn refuse_another(law: &dyn Law) -> Result<()> {
    let own = law.spec();
    let parameters = |law: &dyn Law| -> Vec<String> {
        law.spec().parameters.iter().map(|parameter| parameter.name.to_string()).collect()
    };
    match by_name(&own.name) {
        Ok(known) if parameters(&*known) != parameters(law) => {
            let problem = "is the name of another law, whose parameters are others";
            Err(Error::option("law", &own.name, problem, "give the law a name of its own"))
        }
        _ => Ok(()),
    }
}

impl Fit {
    /// What a fit by groups is made of; none of other fits.
    pub(crate) fn by_group(&self) -> Option<ByGroup> {
        let law = &self.law().spec().name;
        // Of many rows of another law no names are gathered.
        let _ = ByGroup::of_name(law, Vec::new())?;
        let mut names = self.observations.groups()?;
        names.sort_unstable();
        names.dedup();
        ByGroup::of_name(law, names.into_iter().map(str::to_owned).collect())?.ok()
    }

    /// The runs of each group of a fit by groups, with how many parameters it has alone; empty for other fits.
    pub(crate) fn runs_of_groups(&self) -> Vec<(String, Observations, usize)> {
        let Some(by_group) = self.by_group() else { return Vec::new() };
        let own = by_group.law.spec().parameters.len() - by_group.shared.len();
        self.observations.by_group().into_iter().map(|(name, rows)| (name, rows, own)).collect()
    }

    /// The groups of a fit by groups, the baseline first; empty for other fits.
    #[must_use]
    pub fn groups(&self) -> Vec<String> {
        self.by_group().map_or_else(Vec::new, |by_group| by_group.groups)
    }
}

impl Ensemble {
    /// The law of one group of a [fit by groups](fit_by_group), with its draws: what answers questions about that group.
    ///
    /// ```
    /// # use nbar::families::fit_by_group;
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep};
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let observations = sweep.observations(&ObservationOptions::default())?;
    /// let family = fit_by_group(&observations, &FitOptions::default(), &["alpha", "beta"], None)?;
    /// let ensemble = family.fit.bootstrap(&BootstrapOptions::default().with_replicates(100))?;
    /// let rpj = ensemble.of_group("rpj")?;
    /// assert_eq!(rpj.fit.parameter("A"), ensemble.fit.parameter("A[rpj]"));
    /// assert!(rpj.predict(1e9, 2e10)?.loss.estimate > 2.0);
    /// // Its parameters rest on the runs of all groups: these are fitted again together.
    /// assert!(rpj.holding("E", 1.9).is_err());
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the fit is not one by groups, or has no such group.
    pub fn of_group(&self, group: &str) -> Result<Ensemble> {
        let Some(by_group) = self.fit.by_group() else {
            let problem = "is asked for, and the fit is not one by groups";
            return Err(Error::option("group", group, problem, "leave it out"));
        };
        let Some(place) = by_group.groups.iter().position(|own| own == group) else {
            return Err(Error::unknown("group", group, &by_group.groups.join(", ")));
        };
        let each = self.fit.observations.by_group().into_iter();
        let observations = each.filter(|(name, _)| name == group).map(|(_, rows)| rows).next();
        let observations = observations.unwrap_or_else(|| self.fit.observations.clone());
        let options =
            self.fit.options.without_restrictions().with_law(std::sync::Arc::new(by_group.law.clone()));
        let mut fit = Fit {
            rows: observations.in_order(),
            observations,
            parameters: by_group.own(place, &self.fit.parameters),
            minima: Vec::new(),
            unidentified: Vec::new(),
            exchanges: Vec::new(),
            options: options.with_starts(Starts::Screened),
            ..self.fit.clone()
        };
        let is_of_other =
            |warning: &Warning| matches!(warning, Warning::FewInGroup { group: other, .. } if other != group);
        fit.warnings.retain(|warning| !is_of_other(warning));
        fit.objective = fit.sum_of_rows()?;
        let own = |all: &[Vec<f64>]| all.iter().map(|draw| by_group.own(place, draw)).collect();
        let (draws, left_out) = (own(&self.draws), own(&self.left_out));
        let mut own = Ensemble {
            spent: fit.spent(),
            fit,
            draws,
            left_out,
            bend: Default::default(),
            known: Default::default(),
            options: self.options.clone(),
            ..*self
        };
        own.known =
            if own.draws.is_empty() { Known::of_group_alone() } else { Known::of_group(self, &own, group)? };
        Ok(own)
    }

    /// What a parameter of a group counts for, in parameters of the baseline: κ of `A_g/N^α = A/(κ N)^α`, which is `(A/A_g)^(1/α)`. None for
    /// the baseline, and unless A alone is not shared: else a group differs in more than what its parameters count for. None too where the
    /// groups differ in what they share ([`Warning::SharingDiffers`]).
    ///
    /// ```
    /// # use nbar::families::fit_by_group;
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep};
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let observations = sweep.observations(&ObservationOptions::default())?;
    /// let family = fit_by_group(&observations, &FitOptions::default(), &["E", "B", "alpha", "beta"], Some("rpj"))?;
    /// let ensemble = family.fit.bootstrap(&BootstrapOptions::default().with_replicates(100))?;
    /// let kappa = ensemble.counts_for("c4_original").unwrap();
    /// assert!(kappa.interval[0] < kappa.estimate && kappa.estimate < kappa.interval[1]);
    /// assert!(ensemble.counts_for("rpj").is_none());
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn counts_for(&self, group: &str) -> Option<Estimate> {
        let by_group = self.fit.by_group()?;
        let place = by_group.groups.iter().position(|own| own == group).filter(|place| *place > 0)?;
        let is_size = |factor: &Factor| factor.input == Input::Params && factor.sign == -1.0;
        let term = by_group
            .law
            .terms()
            .iter()
            .find(|term| matches!(&term.factors[..], [factor] if is_size(factor)))?;
        let exponent = term.factors[0].exponent;
        let names = &by_group.law.spec().parameters;
        let alone = by_group.shared.len() + 1 == names.len()
            && !by_group.shared.contains(&names[term.coefficient].name.to_string());
        let differs = |warning: &Warning| matches!(warning, Warning::SharingDiffers { .. });
        if !alone || self.fit.warnings.iter().any(differs) {
            return None;
        }
        Some(self.estimate(|all| {
            let [base, own] = [0, place].map(|group| by_group.own(group, all));
            (base[term.coefficient] / own[term.coefficient]).powf(1.0 / own[exponent])
        }))
    }
}
