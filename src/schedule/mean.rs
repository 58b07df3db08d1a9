//! The power means of a parameter count over the tokens of a run.
//!
//! ```text
//! M_p = ((1/D) ∫ N(t)^p dt)^(1/p),    M_0 = exp((1/D) ∫ ln N(t) dt)
//! ```
//!
//! Held counts and linear stretches are summed, with compensation; smooth ramps are integrated in closed form where there is
//! one, and by adaptive Gauss-Legendre quadrature elsewhere. Nothing is sampled.

use super::trajectory::{Smooth, Trajectory};
use crate::numeric::linear;
use crate::numeric::sum::CompensatedSum;

/// Orders closer to 0 than this lose digits in `M^(1/p)`, and go through `(N^p - 1)/p` instead.
const SMALL_ORDER: f64 = 0.1;

/// Orders from which on the mean is the largest count (or, negative, the smallest).
const LARGE_ORDER: f64 = 1e15;

/// Orders up to which repeated multiplication loses nothing that matters.
const FAST_ORDER: f64 = 8.0;

/// Terms between two compensations of a sum: few enough to lose nothing, many enough to be fast.
const BLOCK: usize = 32;

impl Trajectory {
    /// The power mean of N over the tokens of the trajectory, `((1/D) ∫ N^p dt)^(1/p)`, for the order p:
    /// 1 is the arithmetic mean, 0 the geometric, -1 the harmonic.
    ///
    /// To about 1e-12, relative, for orders up to 100 in size. It never decreases with the order; for
    /// ∞ and -∞ it is the largest and the smallest count that holds for any time. NaN gives NaN.
    ///
    /// ```
    /// use nbar::schedule::{Extent, Network, Schedule, Unit};
    ///
    /// let trajectory = Schedule::one_shot(0.75, 0.5, Unit::Fraction)
    ///     .trajectory(Network::new(4e9), Extent::new(1e11))?;
    /// let close = |order: f64, params: f64| (trajectory.power_mean(order) / params - 1.0).abs() < 1e-14;
    /// assert!(close(1.0, 2.5e9) && close(0.0, 2e9) && close(-1.0, 1.6e9));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn power_mean(&self, order: f64) -> f64 {
        let (smallest, largest) = self.extremes();
        if smallest == largest && !order.is_nan() {
            return largest;
        }
        let scale = if order < -SMALL_ORDER { smallest } else { largest };
        let mean = if order.abs() >= LARGE_ORDER {
            scale
        } else if order.abs() < SMALL_ORDER {
            scale * self.log_mean(order, scale).exp()
        } else if let Some(ends) = &self.linear {
            let moment = self.stretches(ends, |a, b| linear::moment(a, b, order, scale));
            scale * moment.powf(order.recip())
        } else {
            // `powf` is slow, and millions of logged counts are not rare.
            let twice = 2.0 * order;
            let moment = if order.fract() == 0.0 && order.abs() <= FAST_ORDER {
                self.held(|params| (params / scale).powi(order as i32))
            } else if twice.fract() == 0.0 && order.abs() <= FAST_ORDER {
                self.held(|params| (params / scale).sqrt().powi(twice as i32))
            } else {
                self.held(|params| (params / scale).powf(order))
            };
            let smooth = |ramp: &Smooth| ramp.curve.moment(order, scale, ramp.reach);
            scale * (moment + self.ramp_share(smooth)).powf(order.recip())
        };
        // Rounding must not carry a mean past what it is a mean of.
        if mean.is_nan() { mean } else { mean.clamp(smallest, largest) }
    }

    /// The average parameter count N̄, `(1/D) ∫ N dt`: what takes the place of N in a scaling law for
    /// pruned networks, and in `6 N̄ D` FLOPs (Jin et al. 2025). The power mean of order 1.
    #[must_use]
    pub fn average_params(&self) -> f64 {
        self.power_mean(1.0)
    }

    /// `ln(M_p/scale)` for a p near 0: with `g` the mean of `((N/scale)^p - 1)/p`, or of `ln(N/scale)`,
    /// it is `ln(1 + p g)/p`, or g.
    fn log_mean(&self, order: f64, scale: f64) -> f64 {
        let deviation = |params: f64| {
            let log = (params / scale).ln();
            if order == 0.0 { log } else { (order * log).exp_m1() / order }
        };
        let smooth = |ramp: &Smooth| {
            let [mean] = ramp.curve.integrate(ramp.reach, 1.0, |params| [deviation(params)]);
            mean
        };
        let mean = match &self.linear {
            Some(ends) if order == 0.0 => self.stretches(ends, |a, b| linear::log(a, b, scale)),
            Some(ends) => self.stretches(ends, |a, b| {
                let mut mean = 0.0;
                linear::each_node(a, b, |weight, params| mean += weight * deviation(params));
                mean
            }),
            None => self.held(deviation) + self.ramp_share(smooth),
        };
        if order == 0.0 { mean } else { (order * mean).ln_1p() / order }
    }

    /// The sum of `f(N)` over the held pieces, each weighted by its share of the tokens.
    fn held(&self, f: impl Fn(f64) -> f64) -> f64 {
        let mut sum = CompensatedSum::default();
        let pieces = self.levels.len();
        let ramp = self.smooth.as_ref().map_or(pieces, |ramp| ramp.index);
        for held in [0..ramp, (ramp + 1).min(pieces)..pieces] {
            for start in held.clone().step_by(BLOCK) {
                let end = (start + BLOCK).min(held.end);
                let pieces = self.levels[start..end].iter().zip(self.knots[start..=end].windows(2));
                sum.add(pieces.map(|(&level, knots)| (knots[1] - knots[0]) * f(level)).sum());
            }
        }
        sum.value() / self.tokens()
    }

    /// The sum of `f(N at the start, N at the end)` over linear pieces, each weighted by its share of the tokens.
    fn stretches(&self, ends: &[f64], f: impl Fn(f64, f64) -> f64) -> f64 {
        let mut sum = CompensatedSum::default();
        for ((&level, &end), knots) in self.levels.iter().zip(ends).zip(self.knots.windows(2)) {
            sum.add((knots[1] - knots[0]) * f(level, end));
        }
        sum.value() / self.tokens()
    }

    /// What the smooth ramp, if there is one, adds: the `mean` over it times its share of the tokens.
    fn ramp_share(&self, mean: impl Fn(&Smooth) -> f64) -> f64 {
        self.smooth.as_ref().map_or(0.0, |ramp| {
            let share = (self.knots[ramp.index + 1] - self.knots[ramp.index]) / self.tokens();
            if share > 0.0 { share * mean(ramp) } else { 0.0 }
        })
    }

    /// The smallest and the largest count that holds for any time.
    fn extremes(&self) -> (f64, f64) {
        let (mut smallest, mut largest) = (f64::INFINITY, 0.0_f64);
        for (&level, knots) in self.levels.iter().zip(self.knots.windows(2)) {
            if knots[1] > knots[0] {
                (smallest, largest) = (smallest.min(level), largest.max(level));
            }
        }
        for &end in self.linear.iter().flatten() {
            (smallest, largest) = (smallest.min(end), largest.max(end));
        }
        if let Some(ramp) = &self.smooth {
            smallest = smallest.min(ramp.curve.params(1.0 - ramp.reach));
        }
        (smallest, largest)
    }
}
