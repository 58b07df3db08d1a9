//! The loss of runs of one shape, as a function of N̄ and D alone.

mod along;
mod refusals;

pub(crate) use along::{Along, Line};

use super::options::AllocationOptions;
use super::terms::{Slot, Terms};
use crate::bend::Bent;
use crate::bootstrap::Sample;
use crate::fit::{Fit, MOST_AXES, Place};
use crate::law::{Kind, Law, PowerSum, Separable, fitted, is_own, moved};
use crate::objective::evaluate;
use crate::{Error, Result};

/// Runs of which all that the law reads differs by less than this, relatively or below 1, are alike.
const ALIKE: f64 = 1e-13;

/// Up to so many losses are worked out one by one, more at once.
const FEW: usize = 4;
/// Places of a bend that are worked out in one go.
const AT_ONCE: usize = 16;

/// What a law reads of the runs of one shape.
#[derive(Debug, Clone)]
pub(crate) struct Reading<'a> {
    law: &'a dyn Law,
    /// Whether its parameters were given, and not fitted.
    is_given: bool,
    /// The law's parameters at the optimum.
    optimum: &'a [f64],
    /// The law's table, if it is a sum of powers.
    powers: Option<&'a PowerSum>,
    /// The same at the optimum, for runs of this shape, and whether it is separable.
    at_optimum: Option<Terms>,
    separable: Option<Separable>,
    /// Whether its loss may have several minima along a budget: of laws that are not nbar's own nothing is known.
    is_unknown: bool,
    /// Whether it may rise again with N or D, as no law of nbar's own does.
    may_rise: bool,
    /// The columns of the law.
    slots: Vec<Slot>,
    /// Training FLOPs over N̄ D, and their logarithm.
    training: f64,
    ln_training: f64,
    /// Logarithms of the law's N over N̄, of what is left of N₀ in the end, and of the most different tokens: not a number where they
    /// are not said.
    ln_law_ratio: f64,
    ln_density: f64,
    ln_unique_tokens: f64,
    /// The last as the law reads it: without end where they are not said.
    ln_most_unique: f64,
}

impl<'a> Reading<'a> {
    /// # Errors
    /// When the law reads what these runs do not give, or `options` give what it does not read.
    pub(crate) fn new(fit: &'a Fit, options: &AllocationOptions) -> Result<Self> {
        let (law, unit) = (fit.law(), options.shape.unit());
        let average = unit.average_params();
        let of_unit = law.spec().of_run(
            &fit.as_trained(unit),
            fit.observations.size(),
            options.unique_tokens,
            None,
            &[],
        )?;
        let slot = |(value, (_, kind)): (f64, (_, Kind))| match kind {
            Kind::Params => Slot::Params(value / average),
            Kind::Tokens => Slot::Tokens,
            Kind::UniqueTokens => Slot::UniqueTokens(value),
            Kind::Flops => Slot::Flops,
            Kind::Share | Kind::Own => Slot::Given(value),
        };
        let slots: Vec<Slot> = of_unit.into_iter().zip(law.spec().layout()).map(slot).collect();
        if let Some(unique) = options.unique_tokens
            && !slots.iter().any(|slot| matches!(slot, Slot::UniqueTokens(_)))
        {
            let remedy = "leave it out, or fit a law of repeated data (`law=repeated-data`)";
            return Err(Error::option("unique_tokens", unique, "is not read by this law", remedy));
        }
        let ratios = options.shape.ratios(fit.observations.size());
        let training = fit.training_flops().over_average(ratios.initial);
        let most_unique = slots.iter().find_map(|slot| match slot {
            Slot::UniqueTokens(most) => Some(*most),
            _ => None,
        });
        let mut reading = Self {
            law,
            is_given: fit.is_of_constants(),
            optimum: &fit.parameters,
            powers: law.as_power_sum(),
            at_optimum: None,
            separable: None,
            is_unknown: false,
            may_rise: !is_own(law),
            slots,
            training,
            ln_training: training.ln(),
            ln_law_ratio: ratios.law.ln(),
            ln_density: (ratios.last / ratios.initial).ln(),
            ln_unique_tokens: options.unique_tokens.map_or(f64::NAN, f64::ln),
            ln_most_unique: most_unique.map_or(f64::INFINITY, f64::ln),
        };
        reading.at_optimum = reading.terms(reading.optimum, None);
        reading.separable = reading.is_separable(reading.optimum, reading.at_optimum.as_ref());
        reading.is_unknown = reading.at_optimum.is_none() && reading.separable.is_none() && reading.may_rise;
        Ok(reading)
    }

    /// The law as a sum of powers in runs of this shape, if it is one or is separable.
    fn terms(&self, parameters: &[f64], change: Option<&[f64]>) -> Option<Terms> {
        if let Some(powers) = self.powers {
            return Some(Terms::new(powers, (&self.slots, self.training), parameters, change));
        }
        let of_one = self.of_one();
        let Some(change) = change else {
            return Terms::of_separable(|_| self.law.separable(parameters, &of_one), 0.0);
        };
        let at = |times: f64| {
            let moved = moved(&self.law.spec().parameters, parameters, (times, change));
            self.law.separable(&moved, &of_one)
        };
        Terms::of_separable(at, change.iter().fold(0.0, |largest, change| largest.max(change.abs())))
    }

    fn is_separable(&self, parameters: &[f64], terms: Option<&Terms>) -> Option<Separable> {
        match self.powers {
            Some(_) => terms.and_then(Terms::separable),
            None => self.law.separable(parameters, &self.of_one()),
        }
    }

    /// Whether both give one loss for one N̄ and D, but for rounding. A bend may tell densities apart.
    pub(crate) fn is_like(&self, other: &Self, bends_by_density: bool) -> bool {
        let same = |a: f64, b: f64| a == b || (a - b).abs() <= ALIKE * a.abs().max(b.abs()).max(1.0);
        let slots = self.slots.iter().zip(&other.slots).all(|slots| match slots {
            (Slot::Given(a), Slot::Given(b)) | (Slot::Params(a), Slot::Params(b)) => same(*a, *b),
            (a, b) => a == b,
        });
        slots
            && same(self.training, other.training)
            && same(self.ln_law_ratio, other.ln_law_ratio)
            && (!bends_by_density || same(self.ln_density, other.ln_density))
    }

    /// The loss with these parameters of the law, or as it was drawn with its bend.
    pub(crate) fn surface<'b>(&'b self, sample: impl Into<Sample<'b>>) -> Surface<'b> {
        let Sample { parameters, bend } = sample.into();
        let (terms, separable) = match bend {
            Some(bend) => (self.terms(self.optimum, Some(bend.change())), None),
            None => {
                let terms = self.terms(parameters, None);
                let separable = self.is_separable(parameters, terms.as_ref());
                (terms, separable)
            }
        };
        self.with(terms, separable, (parameters, bend))
    }

    /// The same at the optimum of the fit.
    pub(crate) fn at_optimum(&self) -> Surface<'_> {
        self.with(self.at_optimum.clone(), self.separable, (self.optimum, None))
    }

    fn with<'b>(
        &'b self,
        terms: Option<Terms>,
        separable: Option<Separable>,
        (parameters, bend): (&[f64], Option<Bent<'b>>),
    ) -> Surface<'b> {
        let theta = match (&terms, bend) {
            (Some(_), _) => Vec::new(),
            (None, Some(bend)) => bend.theta().to_vec(),
            (None, None) => fitted(&self.law.spec().parameters, parameters),
        };
        let (cells, jacobian) = (Vec::new(), Vec::new());
        Surface {
            reading: self,
            separable,
            terms,
            bend,
            law_best: None,
            sought: None,
            theta,
            cells,
            jacobian,
        }
    }

    /// Where a run of this ln N̄ and ln D is.
    fn place(&self, [params, tokens]: [f64; 2]) -> Place {
        Place {
            params: self.ln_law_ratio + params,
            tokens,
            unique_tokens: self.ln_unique_tokens.min(tokens),
            flops: self.ln_training + params + tokens,
            density: self.ln_density,
        }
    }

    /// The inputs of a run of one parameter on average and one token.
    fn of_one(&self) -> Vec<f64> {
        let of = |slot: &Slot| match *slot {
            Slot::Given(value) | Slot::Params(value) => value,
            Slot::Tokens => 1.0,
            // A law that reads either does not fall apart into powers of N and of D.
            Slot::UniqueTokens(_) | Slot::Flops => f64::NAN,
        };
        self.slots.iter().map(of).collect()
    }
}

/// ln of a budget, what serving costs, and by how much ln of the losses elsewhere is above the least.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sought {
    pub(super) ln_flops: f64,
    pub(super) serving: f64,
    pub(super) gap: f64,
}

/// The loss as a function of N̄ and D, for one set of parameters of a law.
#[derive(Debug)]
pub(crate) struct Surface<'a> {
    reading: &'a Reading<'a>,
    separable: Option<Separable>,
    terms: Option<Terms>,
    bend: Option<Bent<'a>>,
    /// Of the law at its optimum: ln of a budget, what serving costs, and ln D of the best run.
    pub(super) law_best: Option<[f64; 3]>,
    /// Where the least loss of a budget was looked for among several minima.
    pub(super) sought: Option<Sought>,
    theta: Vec<f64>,
    cells: Vec<f64>,
    jacobian: Vec<f64>,
}

impl<'a> Surface<'a> {
    /// Its coefficients, if it is separable and has an optimum.
    pub(crate) fn separable(&self) -> Option<Separable> {
        self.separable.filter(Separable::has_optimum)
    }

    /// Whether different tokens count.
    pub(super) fn reads_unique_tokens(&self) -> bool {
        self.reading.ln_most_unique.is_finite()
    }

    /// Whether its loss may have several minima along a budget. Draws that bend are followed from those of the law.
    pub(super) fn is_unknown(&self) -> bool {
        self.reading.is_unknown && self.bend.is_none()
    }

    /// Whether it may rise again with N or D.
    pub(crate) fn may_rise(&self) -> bool {
        self.reading.may_rise && self.bend.is_none()
    }

    pub(crate) fn bends(&self) -> bool {
        self.bend.is_some()
    }

    /// The length over which it bends, in e-folds; none if it does not.
    pub(crate) fn bends_over(&self) -> Option<f64> {
        self.bend.map(|bend| bend.length())
    }

    /// The law at its optimum, without the bend that this was drawn with; none if it was drawn without.
    pub(crate) fn straight(&self) -> Option<Surface<'a>> {
        let reading = self.reading;
        self.bend
            .map(|_| reading.with(reading.at_optimum.clone(), reading.separable, (reading.optimum, None)))
    }

    /// The loss at one N̄ and D.
    pub(crate) fn loss(&mut self, params: f64, tokens: f64) -> f64 {
        match self.separable {
            Some(law) => law.loss(params, tokens),
            None => self.ln_loss([params.ln(), tokens.ln()]).exp(),
        }
    }

    /// ln of the loss at one ln N̄ and ln D.
    pub(crate) fn ln_loss(&mut self, at: [f64; 2]) -> f64 {
        let mut loss = [0.0];
        self.ln_losses(&[at], &mut loss);
        loss[0]
    }

    /// The same at several.
    pub(crate) fn ln_losses(&mut self, at: &[[f64; 2]], out: &mut [f64]) {
        match &self.terms {
            Some(terms) => {
                let most = self.reading.ln_most_unique;
                let mut logs = at.iter().map(|&[params, tokens]| [params, tokens, most.min(tokens)]);
                if at.len() > FEW {
                    terms.at_all(logs, out);
                } else {
                    out.iter_mut().zip(&mut logs).for_each(|(loss, logs)| *loss = terms.at(logs));
                }
            }
            None => self.by_the_law(at, out),
        }
        self.add_bend(at, out);
    }

    /// What the bend adds to ln L at some ln N̄ and ln D, besides what the law's parameters do.
    fn add_bend(&self, at: &[[f64; 2]], out: &mut [f64]) {
        let Some(bend) = self.bend else { return };
        let mut places = [[0.0; MOST_AXES]; AT_ONCE];
        for (at, out) in at.chunks(AT_ONCE).zip(out.chunks_mut(AT_ONCE)) {
            for (x, ln) in places.iter_mut().zip(at) {
                let axes = bend.axes().at(self.reading.place(*ln));
                x.iter_mut().zip(axes).for_each(|(x, at)| *x = at);
            }
            bend.add(&places[..at.len()], out);
        }
    }

    /// ln L as the law's own code has it, with the change of its parameters as far as it is linear. Where it has no loss it is without end: no run is
    /// chosen there.
    fn by_the_law(&mut self, at: &[[f64; 2]], out: &mut [f64]) {
        let rows = at.len();
        self.cells.resize(rows * self.reading.slots.len(), 0.0);
        self.jacobian.resize(rows * self.theta.len(), 0.0);
        for (column, slot) in self.cells.chunks_exact_mut(rows).zip(&self.reading.slots) {
            for (cell, ln) in column.iter_mut().zip(at) {
                let [params, tokens] = ln.map(f64::exp);
                *cell = match *slot {
                    Slot::Given(value) => value,
                    Slot::Params(ratio) => ratio * params,
                    Slot::Tokens => tokens,
                    Slot::UniqueTokens(most) => tokens.min(most),
                    Slot::Flops => self.reading.training * params * tokens,
                };
            }
        }
        let columns: Vec<&[f64]> = self.cells.chunks_exact(rows).collect();
        evaluate(self.reading.law, &self.theta, &columns, false, (out, &mut self.jacobian));
        for (slopes, change) in self.jacobian.chunks_exact(rows).zip(self.bend.iter().flat_map(Bent::change))
        {
            out.iter_mut().zip(slopes).for_each(|(loss, slope)| *loss += slope * change);
        }
        out.iter_mut().filter(|loss| loss.is_nan()).for_each(|loss| *loss = f64::INFINITY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bend::Bend;
    use crate::law::{Evaluation, by_name};
    use crate::schedule::Unit;
    use crate::{FitOptions, ObservationOptions, Schedule, Sweep, fit_scaling_law};

    /// A fit of pruned runs to this law, and options of runs that are pruned too.
    pub(super) fn pruned(law: &str) -> (Fit, AllocationOptions) {
        let sweep = Sweep::from_csv_path("data/t5_c4_sparse.csv").unwrap();
        let rows = sweep.observations(&ObservationOptions::default()).unwrap();
        let fit = fit_scaling_law(&rows, &FitOptions::default().with_law(by_name(law).unwrap())).unwrap();
        let shape = super::super::RunShape::new(&Schedule::one_shot(0.6, 0.4, Unit::Fraction)).unwrap();
        (fit, AllocationOptions { shape, ..AllocationOptions::default() })
    }

    #[test]
    fn a_sum_of_powers_is_the_law_and_changes_as_its_derivatives_say() {
        for law in ["chinchilla", "schedule", "sparse", "power-mean", "sparse-density"] {
            let (fit, options) = pruned(law);
            let reading = Reading::new(&fit, &options).unwrap();
            let bend = Bend::of(&fit).unwrap().unwrap();
            let draw = bend.draw(0, 0).unwrap();
            let bent = Bent { bend: &bend, draw: &draw };
            let mut surface = reading.surface(Sample { parameters: &fit.parameters, bend: Some(bent) });
            for at in [[3e7f64, 2e9f64], [1e10, 1e9], [1e6, 1e13]].map(|at| at.map(f64::ln)) {
                // As the law's own code has it, column by column.
                let cell = |slot: &Slot| match *slot {
                    Slot::Given(value) => value,
                    Slot::Params(ratio) => ratio * at[0].exp(),
                    Slot::Tokens | Slot::UniqueTokens(_) => at[1].exp(),
                    Slot::Flops => reading.training * (at[0] + at[1]).exp(),
                };
                let cells: Vec<f64> = reading.slots.iter().map(cell).collect();
                let columns: Vec<&[f64]> = cells.iter().map(std::slice::from_ref).collect();
                let (mut ln_loss, mut jacobian) = ([0.0], vec![0.0; fit.parameters.len()]);
                let out = Evaluation { ln_loss: &mut ln_loss, jacobian: &mut jacobian };
                fit.law().evaluate(bent.theta(), &columns, out);
                let change: f64 =
                    jacobian.iter().zip(bent.change()).map(|(slope, change)| slope * change).sum();
                let own = surface.terms.as_ref().unwrap().at([at[0], at[1], at[1]]);
                let mut bent = [0.0];
                surface.add_bend(&[at], &mut bent);
                // Rounding of exponents of up to 700, and of changes; of those by differences over .001, a thousand times that.
                let most = if reading.powers.is_some() { 1e-12 } else { 1e-9 } * (1.0 + change.abs());
                assert!((own - ln_loss[0] - change).abs() < most, "{law} {at:?}: {own} {ln_loss:?} {change}");
                assert!((surface.ln_loss(at) - own - bent[0]).abs() < 1e-12);
            }
        }
    }
}
