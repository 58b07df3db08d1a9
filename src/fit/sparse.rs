//! Whether sparse runs lie on the law of the dense ones.

use std::collections::{BTreeMap, BTreeSet};

use nalgebra::{DMatrix, DVector};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::lack_of_fit::clip;
use super::tangent::Tangent;
use super::{Fit, FitOptions, SparseDeparture, Warning, fit_scaling_law};
use crate::Observations;
use crate::law::Law;
use crate::objective::Residual;
use crate::observe::Observer;

/// Share of sound sweeps of which a departure is said, at most.
const LEVEL: f64 = 0.01;
/// Sweeps of more rows are not asked.
const MOST_ROWS: usize = 10_000;

/// The mean residual of some rows and their mean derivatives, unit by unit: of a run, or of a cluster.
struct Units {
    residuals: DVector<f64>,
    jacobian: DMatrix<f64>,
}

impl Units {
    fn of(fit: &Fit, rows: &Observations) -> Option<Self> {
        let columns = fit.law().spec().columns(rows).ok()?;
        let inputs: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let (_, slopes) = Tangent::new(fit).ok()?.at(fit, &inputs);
        let mut of_rows = fit.residuals_of(rows, Residual::LnLoss).ok()?;
        clip(&mut of_rows);
        let (unit, count) = rows.clusters();
        let mut sizes = vec![0.0; count];
        let (mut residuals, mut jacobian) =
            (DVector::<f64>::zeros(count), DMatrix::<f64>::zeros(count, slopes.ncols()));
        for (row, unit) in unit.iter().map(|unit| *unit as usize).enumerate() {
            sizes[unit] += 1.0;
            residuals[unit] += of_rows[row];
            for (sum, slope) in jacobian.row_mut(unit).iter_mut().zip(slopes.row(row).iter()) {
                *sum += slope;
            }
        }
        for (unit, size) in sizes.into_iter().enumerate() {
            residuals[unit] /= size;
            jacobian.row_mut(unit).iter_mut().for_each(|sum| *sum /= size);
        }
        jacobian.iter().chain(residuals.iter()).all(|x| x.is_finite()).then_some(Self { residuals, jacobian })
    }

    fn mean_jacobian(&self) -> DVector<f64> {
        self.jacobian.row_mean().transpose()
    }
}

impl Fit {
    /// Which sparse runs do not lie on the law that the dense ones alone lead to, and, of a law that knows when parameters are removed,
    /// whether the sweep cannot tell windows apart.
    pub(crate) fn warnings_of_pruning(&self) -> Vec<Warning> {
        let departures = departures(&self.rows, &self.options).filter(|all| !all.is_empty());
        let departs = departures.map(|departures| Warning::SparseDepart { departures, level: LEVEL });
        departs.into_iter().chain(windows_alike(&self.rows).filter(|_| self.knows_when())).collect()
    }
}

/// Those sparse runs of a sweep, whose rows are in order, that do not lie on the law of the dense ones: by window, by final sparsity
/// and by group. None where that cannot be asked.
///
/// Student's t of their mean residual, with the scatter of the dense runs and what is uncertain of their law; p by Holm's method over
/// all comparisons. A departure below the scatter of single runs does not count.
fn departures(rows: &Observations, options: &FitOptions) -> Option<Vec<SparseDeparture>> {
    if rows.is_flops_alone() || rows.is_dense() || rows.len() > MOST_ROWS {
        return None;
    }
    let is_dense = |row: usize| {
        let alike = |count: f64| (count / rows.initial_params()[row] - 1.0).abs() < 1e-12;
        alike(rows.average_params()[row]) && alike(rows.final_params()[row])
    };
    let dense = rows.subset(is_dense);
    let parameters = options.free_parameters();
    if dense.len() == rows.len() || dense.clusters().1 <= parameters + 1 {
        return None;
    }
    let options = FitOptions { observer: Observer::default(), ..options.clone() };
    let fit = fit_dense(&dense, &options)?;
    let own = Units::of(&fit, &fit.rows)?;
    let freedom = own.residuals.len().checked_sub(own.jacobian.ncols()).filter(|left| *left > 0)? as f64;
    // One step of least squares from the optimum, whatever its ρ.
    let inverse = (own.jacobian.transpose() * &own.jacobian).try_inverse()?;
    let step = &inverse * own.jacobian.transpose() * &own.residuals;
    let scatter = ((&own.residuals - &own.jacobian * &step).norm_squared() / freedom).sqrt();
    // A group's own parameters rest on its own runs: the law is as little straight there as so few make it.
    let groups = fit.by_group().map_or(1.0, |by| {
        let all = by.law.spec().parameters.len() as f64;
        1.0 + (by.groups.len() - 1) as f64 * (all - by.shared.len() as f64) / all
    });
    let student = StudentsT::new(0.0, 1.0, freedom / groups).ok()?;
    let mut tested = Vec::new();
    for (of, name) in kinds(rows, is_dense) {
        let some = rows.subset(|row| of.contains(&row));
        let units = Units::of(&fit, &some)?;
        let slopes = units.mean_jacobian();
        let departure = units.residuals.mean() - slopes.dot(&step);
        let variance = 1.0 / units.residuals.len() as f64 + slopes.dot(&(&inverse * &slopes));
        let p = 2.0 * student.cdf(-departure.abs() / (scatter * variance.sqrt()));
        let count = some.run_count();
        tested.push((SparseDeparture { runs: name, count, departure, p }, departure.abs() > scatter));
    }
    tested.sort_by(|a, b| a.0.p.total_cmp(&b.0.p));
    let comparisons = tested.len();
    let sure =
        |(place, (of, _)): (usize, &(SparseDeparture, bool))| of.p * (comparisons - place) as f64 <= LEVEL;
    let count = tested.iter().enumerate().take_while(|one| sure(*one)).count();
    tested.truncate(count);
    let mut found: Vec<SparseDeparture> =
        tested.into_iter().filter(|(_, counts)| *counts).map(|(departure, _)| departure).collect();
    found.sort_by(|a, b| b.departure.abs().total_cmp(&a.departure.abs()));
    Some(found)
}

/// The fit of dense runs alone, where it is one to lean on.
fn fit_dense(dense: &Observations, options: &FitOptions) -> Option<Fit> {
    let fit = fit_scaling_law(dense, options).ok()?;
    (fit.has_departures() && !fit.warnings.iter().any(Warning::is_disqualifying)).then_some(fit)
}

/// What is said of how a sweep was pruned before anything is fitted.
pub(crate) fn of_pruning(rows: &Observations) -> Vec<Warning> {
    let departures = departures(&rows.in_order(), &FitOptions::default()).filter(|all| !all.is_empty());
    let departs = departures.map(|departures| Warning::SparseDepart { departures, level: LEVEL });
    departs.into_iter().chain(windows_alike(rows)).collect()
}

/// Kinds of sparse rows, each once: by window, by final sparsity and by group.
fn kinds(rows: &Observations, is_dense: impl Fn(usize) -> bool) -> BTreeMap<BTreeSet<usize>, String> {
    let groups = rows.groups();
    let mut of: BTreeMap<(u8, String), BTreeSet<usize>> = BTreeMap::new();
    for row in (0..rows.len()).filter(|row| !is_dense(*row)) {
        let pruned = rows.pruned_as(row);
        let mut add = |order: u8, name: String| of.entry((order, name)).or_default().insert(row);
        if let Some(window) = pruned.and_then(|pruned| pruned.window.as_ref()) {
            add(0, format!("pruned over {window}"));
        }
        if let Some(sparsity) = pruned.and_then(|pruned| pruned.final_sparsity) {
            add(1, format!("pruned to a sparsity of {} %", (1e5 * sparsity).round() / 1e3));
        }
        if let Some(groups) = &groups {
            add(2, format!("sparse runs of {}", groups[row]));
        }
        if pruned.is_none_or(|pruned| pruned.final_sparsity.is_none()) && groups.is_none() {
            add(3, "pruned runs".to_owned());
        }
    }
    let mut once = BTreeMap::new();
    for ((_, name), rows) in of {
        once.entry(rows).or_insert(name);
    }
    once
}

/// Whether a sweep tells pruning windows apart: some two of them occur with one final sparsity. None where it does, or where nothing
/// was pruned over a window.
fn windows_alike(rows: &Observations) -> Option<Warning> {
    let mut of: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for row in 0..rows.len() {
        let Some(pruned) = rows.pruned_as(row) else { continue };
        if let (Some(window), Some(sparsity)) = (&pruned.window, pruned.final_sparsity) {
            of.entry(window).or_default().insert((1e6 * sparsity).round() as u64);
        }
    }
    let mut seen = BTreeSet::new();
    let alone = of.values().flatten().all(|sparsity| seen.insert(*sparsity));
    let windows: Vec<String> = of.into_keys().map(str::to_owned).collect();
    (alone && !windows.is_empty()).then_some(Warning::WindowsAlike { windows })
}
