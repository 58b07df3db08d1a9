//! A formula and its derivatives as a list of steps on blocks of rows.
//!
//! What changes with no row is done once for all rows.

use crate::kernel::{Kernel, dispatch, exp, ln};
use crate::law::Evaluation;

/// Rows of a block: all steps of one stay in the first caches.
const BLOCK: usize = 32;
/// Rows of a block where there are few, and what changes with no row is done on.
const FEW: usize = 8;
/// What ln 0 is taken for: a power of it is 0.
const LN_ZERO: f64 = -1e6;

/// A step, by the places of what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// A number, by its bits.
    Number(u64),
    /// A parameter as it is fitted.
    Theta(usize),
    Input(usize),
    Add(usize, usize),
    Subtract(usize, usize),
    Multiply(usize, usize),
    Divide(usize, usize),
    Exp(usize),
    /// The logarithm of what is positive or 0; else it is no number.
    Ln(usize),
    /// A logarithm that a formula asks for: of 0 it is below all numbers.
    Told(usize),
    /// ln(e^a + e^b).
    LnAdd(usize, usize),
    Least(usize, usize),
    /// 1 where a is at most b, else 0.
    AtMost(usize, usize),
    Sin(usize),
    Cos(usize),
    Atan(usize),
}

/// A formula as steps, in an order in which each comes after what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tape {
    pub(super) steps: Vec<Step>,
    /// Whether each changes with no row.
    pub(super) uniform: Vec<bool>,
    /// Those of them that the others, or the results, are made of.
    pub(super) broadcast: Vec<usize>,
    pub(super) value: usize,
    /// A step for each parameter.
    pub(super) slopes: Vec<usize>,
}

impl Tape {
    /// Runs the steps over rows.
    pub(super) fn run(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        dispatch(Pass { tape: self, theta, inputs, out });
    }
}

impl Step {
    /// The steps that it is made of.
    pub(super) fn made_of(self) -> impl Iterator<Item = usize> {
        let (first, second) = match self {
            Step::Number(_) | Step::Theta(_) | Step::Input(_) => (None, None),
            Step::Exp(a) | Step::Ln(a) | Step::Told(a) | Step::Sin(a) | Step::Cos(a) | Step::Atan(a) => {
                (Some(a), None)
            }
            Step::Add(a, b) | Step::Subtract(a, b) | Step::Multiply(a, b) | Step::Divide(a, b) => {
                (Some(a), Some(b))
            }
            Step::LnAdd(a, b) | Step::Least(a, b) | Step::AtMost(a, b) => (Some(a), Some(b)),
        };
        first.into_iter().chain(second)
    }

    /// The same of steps that stand elsewhere.
    pub(super) fn moved(self, places: &[usize]) -> Self {
        let to = |at: usize| places[at];
        match self {
            Step::Number(_) | Step::Theta(_) | Step::Input(_) => self,
            Step::Exp(a) => Step::Exp(to(a)),
            Step::Ln(a) => Step::Ln(to(a)),
            Step::Told(a) => Step::Told(to(a)),
            Step::Sin(a) => Step::Sin(to(a)),
            Step::Cos(a) => Step::Cos(to(a)),
            Step::Atan(a) => Step::Atan(to(a)),
            Step::Add(a, b) => Step::Add(to(a), to(b)),
            Step::Subtract(a, b) => Step::Subtract(to(a), to(b)),
            Step::Multiply(a, b) => Step::Multiply(to(a), to(b)),
            Step::Divide(a, b) => Step::Divide(to(a), to(b)),
            Step::LnAdd(a, b) => Step::LnAdd(to(a), to(b)),
            Step::Least(a, b) => Step::Least(to(a), to(b)),
            Step::AtMost(a, b) => Step::AtMost(to(a), to(b)),
        }
    }
}

/// Rows to run the steps over.
struct Pass<'a> {
    tape: &'a Tape,
    theta: &'a [f64],
    inputs: &'a [&'a [f64]],
    out: Evaluation<'a>,
}

impl Kernel for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        if self.out.ln_loss.len() > FEW { self.blocks::<FMA, BLOCK>() } else { self.blocks::<FMA, FEW>() }
    }
}

impl Pass<'_> {
    #[inline(always)]
    fn blocks<const FMA: bool, const W: usize>(self) {
        let Self { tape, theta, inputs, out } = self;
        let mut uniform = vec![0.0; tape.steps.len() * FEW];
        tape.steps_of::<FMA, FEW>(true, theta, &mut uniform);
        let rows = out.ln_loss.len();
        let mut cells = vec![0.0; tape.steps.len() * W];
        for at in &tape.broadcast {
            cells[at * W..][..W].fill(uniform[at * FEW]);
        }
        for from in (0..rows).step_by(W) {
            let n = W.min(rows - from);
            for (at, step) in tape.steps.iter().enumerate() {
                if let Step::Input(input) = step {
                    let own = &mut cells[at * W..][..W];
                    own[..n].copy_from_slice(&inputs[*input][from..][..n]);
                    let last = own[n - 1];
                    own[n..].fill(last);
                }
            }
            tape.steps_of::<FMA, W>(false, theta, &mut cells);
            out.ln_loss[from..][..n].copy_from_slice(&cells[tape.value * W..][..n]);
            for (j, at) in tape.slopes.iter().enumerate() {
                out.jacobian[j * rows + from..][..n].copy_from_slice(&cells[at * W..][..n]);
            }
        }
    }
}

impl Tape {
    /// Does the steps that change with rows, or those that do not.
    #[inline(always)]
    fn steps_of<const FMA: bool, const W: usize>(&self, uniform: bool, theta: &[f64], cells: &mut [f64]) {
        for (at, step) in self.steps.iter().enumerate() {
            if self.uniform[at] != uniform {
                continue;
            }
            let (before, rest) = cells.split_at_mut(at * W);
            let (before, _) = before.as_chunks::<W>();
            let Some(out) = rest.first_chunk_mut::<W>() else { continue };
            match *step {
                Step::Input(_) => {}
                Step::Number(bits) => out.fill(f64::from_bits(bits)),
                Step::Theta(j) => out.fill(theta[j]),
                Step::Add(a, b) => both(out, &before[a], &before[b], |a, b| a + b),
                Step::Subtract(a, b) => both(out, &before[a], &before[b], |a, b| a - b),
                Step::Multiply(a, b) => both(out, &before[a], &before[b], times),
                Step::Divide(a, b) => both(out, &before[a], &before[b], |a, b| a / b),
                Step::Least(a, b) => {
                    both(out, &before[a], &before[b], |a, b| if a <= b || a.is_nan() { a } else { b })
                }
                Step::AtMost(a, b) => both(out, &before[a], &before[b], |a, b| f64::from(u8::from(a <= b))),
                Step::LnAdd(a, b) => both(out, &before[a], &before[b], |a, b| {
                    let larger = if a >= b { a } else { b };
                    larger + ln::<FMA>(1.0 + exp::<FMA>(-(a - b).abs()))
                }),
                // The exponential of this kernel ends at e^-700.
                Step::Exp(a) => {
                    each(out, &before[a], |x| if x == f64::NEG_INFINITY { 0.0 } else { exp::<FMA>(x) });
                }
                Step::Ln(a) => each(out, &before[a], ln_or_zero::<FMA>),
                Step::Told(a) => each(out, &before[a], told),
                Step::Sin(a) => each(out, &before[a], f64::sin),
                Step::Cos(a) => each(out, &before[a], f64::cos),
                Step::Atan(a) => each(out, &before[a], f64::atan),
            }
        }
    }
}

#[inline(always)]
fn each<const W: usize>(out: &mut [f64; W], a: &[f64; W], of: impl Fn(f64) -> f64) {
    for i in 0..W {
        out[i] = of(a[i]);
    }
}

#[inline(always)]
fn both<const W: usize>(out: &mut [f64; W], a: &[f64; W], b: &[f64; W], of: impl Fn(f64, f64) -> f64) {
    for i in 0..W {
        out[i] = of(a[i], b[i]);
    }
}

/// A product in which 0 is 0 beside the logarithm of 0: as x log x is where x comes to it.
#[inline(always)]
fn times(a: f64, b: f64) -> f64 {
    let is_nothing = (a == 0.0 && b.is_infinite()) || (b == 0.0 && a.is_infinite());
    if is_nothing { 0.0 } else { a * b }
}

/// A logarithm that a formula asks for.
#[inline(always)]
fn told(ln: f64) -> f64 {
    let low = if ln <= 0.5 * LN_ZERO { f64::NEG_INFINITY } else { ln };
    if ln.is_nan() { ln } else { low }
}

/// ln x of what is positive; very low for 0, no number below.
#[inline(always)]
fn ln_or_zero<const FMA: bool>(x: f64) -> f64 {
    let ln = ln::<FMA>(x);
    let low = if x >= 0.0 { LN_ZERO } else { f64::NAN };
    if (f64::MIN_POSITIVE..=f64::MAX).contains(&x) {
        ln
    } else if x > f64::MAX {
        x
    } else {
        low
    }
}
