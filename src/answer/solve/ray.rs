//! Runs along one of N̄ and D.

use super::ROUNDING;
use crate::answer::engine::{ABOVE, Line, MOST_FLOPS, Reading, Surface, least_up, where_first_reached};
use crate::bootstrap::{NEVER, Sample};
use crate::numeric::curve::{Curve, FIRST, Jet, first_crossing};
use crate::units::format_number;
use crate::{Error, Result};

/// A run of a law that bends is known to this in ln N̄ or ln D.
const CROSSING: f64 = 1e-9;

/// Runs along one of N̄ and D, and the loss that one of them is to have.
pub(super) struct Ray<'a> {
    reading: &'a Reading<'a>,
    /// Where ln x is 0, and how ln N̄ and ln D change with it.
    from: [f64; 2],
    to: [f64; 2],
    loss: f64,
    /// ln x that the law itself takes.
    near: Option<f64>,
}

impl<'a> Ray<'a> {
    pub(super) fn new(
        reading: &'a Reading<'a>,
        optimum: &[f64],
        (from, to): ([f64; 2], [f64; 2]),
        loss: f64,
    ) -> Self {
        let mut line = Self { reading, from, to, loss, near: None };
        line.near = line.reach(optimum.into()).ok().map(f64::ln);
        line
    }

    /// Refuses a loss that the law has passed at the first of the runs, of one token or parameter.
    pub(super) fn check_first(&self, what: &str) -> Result<()> {
        let first = self.reading.at_optimum().loss(self.from[0].exp(), self.from[1].exp());
        if !(first < self.loss * (1.0 - ROUNDING)) {
            return Ok(());
        }
        let problem = format!("such a run comes to {} with a single {what}", format_number(first, 5));
        Err(Error::unanswerable(
            "solve",
            problem,
            "ask for a lower loss, and see whether its unit is nats a token",
        ))
    }

    /// The x of the loss, or the loss that the last of the runs has. Of a law that bends, which need not fall all the way, it is the nearest to what the
    /// law itself takes: next to nothing where no smaller x takes more.
    pub(super) fn reach(&self, sample: Sample<'_>) -> Result<f64, f64> {
        let mut surface = self.reading.surface(sample);
        let Some(start) = self.near.filter(|_| surface.bends()) else {
            let may_rise = surface.may_rise();
            let mut loss = |x: f64| {
                let [params, tokens] = [0, 1].map(|of| (self.from[of] + x.ln() * self.to[of]).exp());
                surface.loss(params, tokens)
            };
            let found = where_first_reached(&mut loss, self.loss, may_rise);
            return found.ok_or_else(|| match loss(MOST_FLOPS) {
                last if last.is_finite() && !may_rise => last,
                _ => least_up(loss),
            });
        };
        let mut losses = OfRay { surface: &mut surface, from: self.from, to: self.to };
        let (own, level) = (losses.value(start), self.loss.ln());
        let end = if own > level { start + ABOVE } else { 0.0 };
        match first_crossing(&mut losses, (CROSSING, level), (start, own), end) {
            Some(ln) => Ok(ln.exp()),
            None if own > level => Err(losses.value(end).exp()),
            None => Ok(NEVER.recip()),
        }
    }
}

/// ln of the loss of such runs, as a function of ln x.
struct OfRay<'a, 'b> {
    surface: &'a mut Surface<'b>,
    from: [f64; 2],
    to: [f64; 2],
}

impl Curve for OfRay<'_, '_> {
    fn values(&mut self, at: &[f64], out: &mut [f64]) {
        let mut runs = [[0.0; 2]; FIRST];
        for (run, x) in runs.iter_mut().zip(at) {
            *run = [0, 1].map(|of| self.from[of] + x * self.to[of]);
        }
        self.surface.ln_losses(&runs[..at.len()], out);
    }

    fn jet(&mut self, x: f64) -> Jet {
        let at = [0, 1].map(|of| self.from[of] + x * self.to[of]);
        self.surface.along(Line { at, to: self.to, turn: 0.0 }).jet
    }
}
