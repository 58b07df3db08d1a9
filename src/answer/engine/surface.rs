//! The loss of runs of one shape, as a function of N̄ and D alone.

use super::options::AllocationOptions;
use crate::bend::BendDraw;
use crate::bootstrap::Sample;
use crate::fit::{Fit, Place};
use crate::law::{Kind, Law, PowerSum, Separable, fitted};
use crate::objective::evaluate;
use crate::{Error, Result};

/// Exponents that differ by less than this, over the powers that add up to them, are one: α + b - b is α.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

/// A column of a law, for runs of one shape.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Slot {
    /// The same for all of them.
    Given(f64),
    /// So many N̄.
    Params(f64),
    /// D.
    Tokens,
    /// D, or all the different tokens that there are.
    UniqueTokens(f64),
    /// Training FLOPs.
    Flops,
}

/// What to do where a law has no optimum: a run that is capped has a best.
pub(crate) const CAP: &str = "see the warnings of the fit, or cap the run (`max_tokens`, `max_params`)";

/// What a law reads of the runs of one shape.
#[derive(Debug, Clone)]
pub(crate) struct Reading<'a> {
    law: &'a dyn Law,
    /// The law's parameters at the optimum.
    optimum: &'a [f64],
    /// The law as a sum of powers, if it is one.
    powers: Option<&'a PowerSum>,
    /// The columns of the law.
    slots: Vec<Slot>,
    /// Training FLOPs over N̄ D.
    training: f64,
    /// The law's N over N̄, and what is left of N₀ in the end.
    law_ratio: f64,
    density: f64,
    /// The most different tokens; not a number where they are not said.
    unique_tokens: f64,
}

impl<'a> Reading<'a> {
    /// # Errors
    /// When the law reads what these runs do not give, or `options` give what it does not read.
    pub(crate) fn new(fit: &'a Fit, options: &AllocationOptions) -> Result<Self> {
        let (law, unit) = (fit.law(), options.shape.unit());
        let average = unit.average_params();
        let of_unit =
            law.spec().of_run(&fit.as_trained(unit), fit.observations.size(), options.unique_tokens, None)?;
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
        Ok(Self {
            law,
            optimum: &fit.parameters,
            powers: law.as_power_sum(),
            slots,
            training: fit.observations.flops_count().training(ratios.initial),
            law_ratio: ratios.law,
            density: ratios.last / ratios.initial,
            unique_tokens: options.unique_tokens.unwrap_or(f64::NAN),
        })
    }

    /// Refuses laws that do not say what N and D are worth apart.
    pub(crate) fn both(&self) -> Result<()> {
        self.reads_params()?;
        self.reads_tokens()
    }

    pub(crate) fn reads_params(&self) -> Result<()> {
        let has = self.slots.iter().any(|slot| matches!(slot, Slot::Params(_)));
        has.then_some(()).ok_or_else(|| self.blind("parameters"))
    }

    pub(crate) fn reads_tokens(&self) -> Result<()> {
        let has = |slot: &Slot| matches!(slot, Slot::Tokens | Slot::UniqueTokens(_) | Slot::Flops);
        self.slots.iter().any(has).then_some(()).ok_or_else(|| self.blind("tokens"))
    }

    /// Whether it tells parameters from tokens: a law of compute alone does not.
    pub(crate) fn tells_apart(&self) -> bool {
        self.slots.iter().any(|slot| !matches!(slot, Slot::Flops | Slot::Given(_)))
    }

    /// A law whose best run is one of one parameter or one token.
    pub(crate) fn no_optimum(&self, remedy: &str) -> Error {
        Error::unanswerable(
            "best run",
            format!(
                "the {} law has no optimum as fitted: its loss falls all the way to a run of one parameter or one token",
                self.law.spec().name
            ),
            remedy,
        )
    }

    fn blind(&self, what: &str) -> Error {
        Error::unanswerable(
            "best run",
            format!(
                "the {} law does not read {what}, so it does not say how many to take",
                self.law.spec().name
            ),
            "fit a law of both parameters and tokens, such as chinchilla",
        )
    }

    /// The loss with these parameters of the law, or as it was drawn with its bend.
    pub(crate) fn surface<'b>(&'b self, sample: impl Into<Sample<'b>>) -> Surface<'b> {
        let Sample { parameters, bend } = sample.into();
        let separable = match (bend, self.powers) {
            (Some(_), _) => None,
            (None, Some(powers)) => self.separable(powers, parameters),
            (None, None) => self.law.separable(parameters, &self.of_one()),
        };
        let own = || fitted(&self.law.spec().parameters, parameters);
        let theta = bend.map_or_else(own, |bend| bend.theta().to_vec());
        Surface { reading: self, separable, bend, theta, cells: Vec::new(), jacobian: Vec::new() }
    }

    /// Where a run of this N̄ and D is.
    fn place(&self, params: f64, tokens: f64) -> Place {
        Place {
            params: self.law_ratio * params,
            tokens,
            unique_tokens: self.unique_tokens.min(tokens),
            flops: self.training * params * tokens,
            density: self.density,
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

    /// A sum of powers of the inputs is one of N̄ and D, of runs of one shape. It is separable where every term is a constant or
    /// falls in one of them, and all that fall in one have one exponent.
    fn separable(&self, powers: &PowerSum, parameters: &[f64]) -> Option<Separable> {
        let (mut e, mut of_n, mut of_d) = (0.0, (0.0, None), (0.0, None));
        for product in powers.products() {
            let mut ln = parameters[product.coefficient].ln() + product.ln;
            let (mut exponents, mut scale) = ([0.0; 2], 0.0f64);
            let raised = product.powers.iter().map(|p| (p.column, p.sign * parameters[p.exponent]));
            ln -= product.powers.iter().map(|p| p.sign * parameters[p.exponent] * p.ln_unit).sum::<f64>();
            for (column, power) in raised.chain(product.fixed.iter().copied()) {
                scale += power.abs();
                match self.slots[column] {
                    Slot::Given(value) => ln += power * value.ln(),
                    Slot::Params(ratio) => {
                        ln += power * ratio.ln();
                        exponents[0] -= power;
                    }
                    Slot::Tokens => exponents[1] -= power,
                    Slot::Flops => {
                        ln += power * self.training.ln();
                        exponents.iter_mut().for_each(|exponent| *exponent -= power);
                    }
                    Slot::UniqueTokens(_) => return None,
                }
            }
            // What is nothing in runs of this shape.
            if ln == f64::NEG_INFINITY {
                continue;
            }
            let same = |a: f64, b: f64| (a - b).abs() <= ROUNDING * scale;
            let (sum, exponent) = match exponents {
                [alpha, beta] if same(alpha, 0.0) && same(beta, 0.0) => {
                    e += ln.exp();
                    continue;
                }
                [alpha, beta] if same(beta, 0.0) => (&mut of_n, alpha),
                [alpha, beta] if same(alpha, 0.0) => (&mut of_d, beta),
                _ => return None,
            };
            if !same(*sum.1.get_or_insert(exponent), exponent) {
                return None;
            }
            sum.0 += ln.exp();
        }
        Some(Separable { e, a: of_n.0, b: of_d.0, alpha: of_n.1?, beta: of_d.1? })
    }
}

/// The loss as a function of N̄ and D, for one set of parameters of a law.
#[derive(Debug)]
pub(crate) struct Surface<'a> {
    reading: &'a Reading<'a>,
    separable: Option<Separable>,
    bend: Option<&'a BendDraw<'a>>,
    theta: Vec<f64>,
    cells: Vec<f64>,
    jacobian: Vec<f64>,
}

impl Surface<'_> {
    /// Its coefficients, if it is separable and has an optimum.
    pub(crate) fn separable(&self) -> Option<Separable> {
        self.separable.filter(Separable::has_optimum)
    }

    pub(crate) fn bends(&self) -> bool {
        self.bend.is_some()
    }

    /// The law at its optimum, without the bend that this was drawn with; none if it was drawn without.
    pub(crate) fn straight(&self) -> Option<Surface<'_>> {
        self.bend.map(|_| self.reading.surface(self.reading.optimum))
    }

    /// The loss at one N̄ and D.
    pub(crate) fn loss(&mut self, params: f64, tokens: f64) -> f64 {
        if let Some(law) = self.separable {
            return law.loss(params, tokens);
        }
        let mut loss = [0.0];
        self.losses(&[(params, tokens)], &mut loss);
        loss[0]
    }

    /// The losses at pairs of N̄ and D.
    pub(crate) fn losses(&mut self, runs: &[(f64, f64)], out: &mut [f64]) {
        if let Some(law) = self.separable {
            out.iter_mut().zip(runs).for_each(|(loss, (params, tokens))| *loss = law.loss(*params, *tokens));
            return;
        }
        let rows = runs.len();
        self.cells.resize(rows * self.reading.slots.len(), 0.0);
        self.jacobian.resize(rows * self.theta.len(), 0.0);
        for (column, slot) in self.cells.chunks_exact_mut(rows).zip(&self.reading.slots) {
            for (cell, &(params, tokens)) in column.iter_mut().zip(runs) {
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
        if let Some(bend) = self.bend {
            for (slopes, change) in self.jacobian.chunks_exact(rows).zip(&bend.change) {
                out.iter_mut().zip(slopes).for_each(|(loss, slope)| *loss += slope * change);
            }
            for (loss, (params, tokens)) in out.iter_mut().zip(runs) {
                *loss += bend.at(&bend.axes().at(self.reading.place(*params, *tokens)));
            }
        }
        out.iter_mut().for_each(|loss| *loss = loss.exp());
    }
}
