//! A sum of powers, for runs of one shape: one of N̄, D and the different tokens.

use crate::kernel::{Kernel, LANES, dispatch, exp, fma, ln};
use crate::law::{PowerSum, Separable};
use crate::numeric::curve::central_slope;

/// Exponents that differ by less than this, over the powers that add up to them, are one: α + b - b is α.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

/// How far a separable law is moved for its derivatives, over the largest change of a parameter.
const STEP: f64 = 1e-3;

/// A column of a law, for runs of one shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Slot {
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

/// `Σ_k exp(by_k · (1, ln N̄, ln D, ln U))`, U being the different tokens, and how the logarithms change with the law's parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct Terms(Vec<Term>);

#[derive(Debug, Clone, Copy)]
struct Term {
    by: [f64; 4],
    /// What is added to `by` per unit of the way that the parameters change.
    change: [f64; 4],
    /// How large the powers are that `by` and `change` are sums of.
    scales: [f64; 2],
}

/// The factor that a column is: its logarithm is this, of 1, ln N̄, ln D and ln U.
fn factor(slot: Slot, training: f64) -> [f64; 4] {
    match slot {
        Slot::Given(value) => [value.ln(), 0.0, 0.0, 0.0],
        Slot::Params(ratio) => [ratio.ln(), 1.0, 0.0, 0.0],
        Slot::Tokens => [0.0, 0.0, 1.0, 0.0],
        Slot::UniqueTokens(_) => [0.0, 0.0, 0.0, 1.0],
        Slot::Flops => [training.ln(), 1.0, 1.0, 0.0],
    }
}

impl Terms {
    /// Of a law at these parameters, which change by `change` on the fitted scale; `training` are FLOPs over N̄ D.
    pub(super) fn new(
        powers: &PowerSum,
        (slots, training): (&[Slot], f64),
        parameters: &[f64],
        change: Option<&[f64]>,
    ) -> Self {
        let mut terms = Self::default();
        let moved = |parameter: usize| change.map_or(0.0, |change| change[parameter]);
        for product in powers.products() {
            let start = |ln: f64| [ln, 0.0, 0.0, 0.0];
            let mut term = Term {
                by: start(parameters[product.coefficient].ln() + product.ln),
                change: start(moved(product.coefficient)),
                scales: [0.0; 2],
            };
            for power in &product.powers {
                let [value, change] =
                    [parameters[power.exponent], moved(power.exponent)].map(|x| power.sign * x);
                term.multiply(factor(slots[power.column], training), [value, change]);
                term.by[0] -= value * power.ln_unit;
                term.change[0] -= change * power.ln_unit;
            }
            for (column, power) in &product.fixed {
                term.multiply(factor(slots[*column], training), [*power, 0.0]);
            }
            // What is nothing in runs of this shape.
            if term.by[0] != f64::NEG_INFINITY {
                terms.add(term);
            }
        }
        terms
    }

    /// Of a law that is separable in runs of one shape: `at` gives it some way along the change of its parameters, of which `largest` is the
    /// largest. How its coefficients change is by differences of the fourth order.
    pub(super) fn of_separable(at: impl Fn(f64) -> Option<Separable>, largest: f64) -> Option<Self> {
        let logs = |way: f64| {
            let law = at(way)?;
            let logs = [law.e.ln(), law.a.ln(), law.b.ln(), -law.alpha, -law.beta];
            logs.iter().all(|value| !value.is_nan()).then_some(logs)
        };
        let mut change = [0.0; 5];
        if largest > 0.0 {
            let step = STEP / largest;
            let [a, b, c, d] = [logs(-2.0 * step)?, logs(-step)?, logs(step)?, logs(2.0 * step)?];
            change = std::array::from_fn(|i| central_slope([a[i], b[i], c[i], d[i]], step));
        }
        let powers = |[e, a, b, alpha, beta]: [f64; 5]| {
            [[e, 0.0, 0.0, 0.0], [a, alpha, 0.0, 0.0], [b, 0.0, beta, 0.0]]
        };
        let terms = powers(logs(0.0)?).into_iter().zip(powers(change));
        let terms = terms.map(|(by, change)| Term { by, change, scales: [1.0; 2] });
        // A constant may be nothing.
        Some(Self(terms.filter(|term| term.by[0] != f64::NEG_INFINITY).collect()))
    }

    /// Terms that change alike are one.
    fn add(&mut self, term: Term) {
        let Some(own) = self.0.iter_mut().find(|own| own.is_like(&term)) else {
            self.0.push(term);
            return;
        };
        let largest = own.by[0].max(term.by[0]);
        let [a, b] = [own.by[0], term.by[0]].map(|ln| (ln - largest).exp());
        own.by[0] = largest + (a + b).ln();
        own.change[0] = (a * own.change[0] + b * term.change[0]) / (a + b);
    }

    /// ln of the sum, where these are ln N̄, ln D and ln U; the change is added as far as it is linear.
    pub(super) fn at(&self, logs: [f64; 3]) -> f64 {
        let of = |by: &[f64; 4]| by[0] + by[1] * logs[0] + by[2] * logs[1] + by[3] * logs[2];
        let largest = self.0.iter().map(|term| of(&term.by)).fold(f64::NEG_INFINITY, f64::max);
        let (mut total, mut change) = (0.0, 0.0);
        for term in &self.0 {
            let share = (of(&term.by) - largest).exp();
            total += share;
            change += share * of(&term.change);
        }
        largest + total.ln() + change / total
    }

    /// The same of many.
    pub(super) fn at_all(&self, logs: impl Iterator<Item = [f64; 3]>, out: &mut [f64]) {
        let mut logs = logs.fuse();
        for out in out.chunks_mut(LANES) {
            let (mut columns, mut sums) = ([[0.0; LANES]; 3], [0.0; LANES]);
            for (i, logs) in logs.by_ref().take(out.len()).enumerate() {
                columns.iter_mut().zip(logs).for_each(|(column, ln)| column[i] = ln);
            }
            dispatch(Lanes { terms: &self.0, logs: &columns, sums: &mut sums });
            out.copy_from_slice(&sums[..out.len()]);
        }
    }

    /// The same on the way through a place: its value, slope and curvature along `to`, and its slope in ln N̄.
    pub(super) fn along(&self, logs: [f64; 3], to: [f64; 3]) -> [f64; 4] {
        let of = |by: &[f64; 4]| by[0] + by[1] * logs[0] + by[2] * logs[1] + by[3] * logs[2];
        let on = |by: &[f64; 4]| by[1] * to[0] + by[2] * to[1] + by[3] * to[2];
        let largest = self.0.iter().map(|term| of(&term.by)).fold(f64::NEG_INFINITY, f64::max);
        // Sums over the terms, weighted by their shares: of the rates b, their squares and the slopes n in ln N̄, and of the change c, its rate and
        // its slope with what these are multiplied by in their derivatives.
        let (mut total, mut ln, mut change) = (0.0, [0.0; 3], [0.0; 4]);
        for term in &self.0 {
            let share = (of(&term.by) - largest).exp();
            let (b, n, c, rate) = (on(&term.by), term.by[1], of(&term.change), on(&term.change));
            total += share;
            ln.iter_mut().zip([b, b * b, n]).for_each(|(sum, x)| *sum += share * x);
            let of_change = [c, b * c + rate, b * (b * c + 2.0 * rate), n * c + term.change[1]];
            change.iter_mut().zip(of_change).for_each(|(sum, x)| *sum += share * x);
        }
        let [b, b2, n] = ln.map(|sum| sum / total);
        let [c, c1, c2, cn] = change.map(|sum| sum / total);
        // Of a mean of shares e^(b t): its derivative is that of the sum less the mean's own growth.
        let spread = b2 - b * b;
        let own = [largest + total.ln() + c, b + c1 - b * c, spread, n + cn - n * c];
        [own[0], own[1], own[2] + c2 - 2.0 * b * c1 + (2.0 * b * b - b2) * c, own[3]]
    }

    /// Where every term is a constant or falls in N̄ or D alone, with one exponent for each.
    pub(super) fn separable(&self) -> Option<Separable> {
        let (mut e, mut of_n, mut of_d) = (0.0, None, None);
        for term in &self.0 {
            let is = |exponent: f64| exponent.abs() > ROUNDING * term.scales[0];
            let [ln, n, d, u] = term.by;
            let falls = match [is(n), is(d), is(u)] {
                [false, false, false] => {
                    e += ln.exp();
                    continue;
                }
                [true, false, false] => of_n.replace((ln.exp(), -n)),
                [false, true, false] => of_d.replace((ln.exp(), -d)),
                _ => return None,
            };
            if falls.is_some() {
                return None;
            }
        }
        let ((a, alpha), (b, beta)) = (of_n?, of_d?);
        Some(Separable { e, a, b, alpha, beta })
    }
}

/// See [`Terms::at_all`].
struct Lanes<'a> {
    terms: &'a [Term],
    logs: &'a [[f64; LANES]; 3],
    sums: &'a mut [f64; LANES],
}

impl Kernel for Lanes<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let [params, tokens, unique] = self.logs;
        let of = |by: &[f64; 4], i: usize| {
            let sum = fma::<FMA>(by[1], params[i], by[0]);
            fma::<FMA>(by[3], unique[i], fma::<FMA>(by[2], tokens[i], sum))
        };
        let mut largest = [f64::NEG_INFINITY; LANES];
        for term in self.terms {
            for i in 0..LANES {
                let own = of(&term.by, i);
                largest[i] = if own > largest[i] { own } else { largest[i] };
            }
        }
        let (mut total, mut change) = ([0.0; LANES], [0.0; LANES]);
        for term in self.terms {
            for i in 0..LANES {
                let share = exp::<FMA>(of(&term.by, i) - largest[i]);
                total[i] += share;
                change[i] = fma::<FMA>(share, of(&term.change, i), change[i]);
            }
        }
        for i in 0..LANES {
            self.sums[i] = largest[i] + ln::<FMA>(total[i]) + change[i] / total[i];
        }
    }
}

impl Term {
    /// Times a factor to a power, which changes.
    fn multiply(&mut self, factor: [f64; 4], powers: [f64; 2]) {
        for ((to, scale), power) in
            [&mut self.by, &mut self.change].into_iter().zip(&mut self.scales).zip(powers)
        {
            if power != 0.0 {
                to.iter_mut().zip(factor).for_each(|(to, of)| *to += power * of);
                *scale += power.abs();
            }
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        let same = |a: &[f64; 4], b: &[f64; 4], scale: f64| {
            a[1..].iter().zip(&b[1..]).all(|(a, b)| (a - b).abs() <= ROUNDING * scale)
        };
        let [by, change] = [0, 1].map(|i| self.scales[i].max(other.scales[i]));
        same(&self.by, &other.by, by) && same(&self.change, &other.change, change)
    }
}
