//! What pruning took and the rest of the run could not heal.

use super::Trajectory;
use crate::numeric::quadrature;
use crate::numeric::sum::CompensatedSum;

/// Learning that every cut is given beside what is ahead of it, as a share of the run at its peak rate: a cut at the last step
/// does harm that is finite.
const LEAST: f64 = 1e-3;
/// Halvings towards the end of the run at which a stretch is parted: there the weight is steep.
const HALVINGS: i32 = 12;

impl Trajectory {
    /// `V = ∫ d(N₀/N) / √(Λ + 1/1000)` over the cuts of the run: what each takes, over the root of the learning Λ that is ahead of
    /// it, as a share of a run at its peak rate. Exact for cuts; by quadrature, to about 1e-11, where N falls smoothly. What grows
    /// back takes nothing, and a network that is sparse from the start has no cut.
    pub(crate) fn unhealed(&self) -> f64 {
        let mut sum = CompensatedSum::default();
        let mut before = if self.cut_at_start { self.initial } else { self.levels[0] };
        for (i, knots) in self.knots.windows(2).enumerate() {
            sum.add(self.taken(before, self.levels[i]) * self.weight(knots[0]));
            before = match (&self.linear, &self.smooth) {
                (Some(ends), _) => ends[i],
                (None, Some(ramp)) if ramp.index == i => ramp.curve.params(1.0 - ramp.reach),
                _ => self.levels[i],
            };
            if before < self.levels[i] {
                sum.add(self.on_stretch(knots[0], knots[1], [self.levels[i], before]));
            }
        }
        sum.add(self.taken(before, self.ending) * self.weight(self.tokens()));
        sum.value()
    }

    /// The rise of N₀/N from one count to another.
    fn taken(&self, from: f64, to: f64) -> f64 {
        if to < from { self.initial / to - self.initial / from } else { 0.0 }
    }

    /// Learning ahead at a token, as a share of this trajectory at its peak rate, and a little.
    fn ahead(&self, tokens: f64) -> f64 {
        let (whole, end) = (self.decay_over, self.tokens());
        let ahead = self.decay.ahead(tokens / whole) - self.decay.ahead(end / whole);
        (ahead * whole / end).max(0.0) + LEAST
    }

    fn weight(&self, tokens: f64) -> f64 {
        self.ahead(tokens).sqrt().recip()
    }

    /// The integral over a stretch on which N falls smoothly between these counts: by parts, `[w N₀/N] - ∫ N₀/N dw`.
    fn on_stretch(&self, from: f64, to: f64, [high, low]: [f64; 2]) -> f64 {
        let end = self.tokens();
        let halvings = (1..=HALVINGS).map(|k| end * (1.0 - 0.5f64.powi(k)));
        let kinks = self.decay.kinks().map(|kink| kink * self.decay_over);
        let mut knots: Vec<f64> = halvings.chain(kinks).filter(|at| *at > from && *at < to).collect();
        knots.extend([from, to]);
        knots.sort_by(f64::total_cmp);
        let mut sum = CompensatedSum::default();
        sum.add(self.initial / low * self.weight(to));
        sum.add(-self.initial / high * self.weight(from));
        for (at, width) in knots.windows(2).flat_map(|ends| quadrature::nodes(ends[0], ends[1])) {
            let slope = 0.5 * self.decay.rate(at / self.decay_over) / end * self.ahead(at).powf(-1.5);
            sum.add(-width * slope * self.initial / self.params_at(at));
        }
        sum.value()
    }
}

#[cfg(test)]
mod tests {
    use super::super::decay::{Decay, DecayShape};
    use super::*;
    use crate::schedule::{Extent, Interpolation, Network, Ramp, Schedule, Shape, Unit};

    fn trajectory(schedule: &Schedule) -> Trajectory {
        schedule.trajectory(Network::new(1e9), Extent::new(2e10)).unwrap()
    }

    fn all_decays() -> impl Iterator<Item = Decay> {
        let shapes = [DecayShape::Constant, DecayShape::Cosine, DecayShape::Linear, DecayShape::Wsd(0.2)];
        shapes
            .into_iter()
            .flat_map(|shape| [(0.0, 0.0), (0.1, 0.02)].map(|(floor, warmup)| Decay { shape, floor, warmup }))
    }

    #[test]
    fn one_cut_is_what_it_takes_over_the_root_of_what_is_ahead() {
        // Half of a cosine: an area of 1/4 - 1/(2π) is ahead at the middle.
        let cut = trajectory(&Schedule::one_shot(0.75, 0.5, Unit::Fraction));
        let expected = 3.0 / (0.25 - 0.5 / std::f64::consts::PI + 1e-3).sqrt();
        assert!((cut.unhealed() / expected - 1.0).abs() < 1e-14);
        // At the last step, and at the first; a network that is sparse throughout, and one that is dense.
        let at = |share| trajectory(&Schedule::one_shot(0.75, share, Unit::Fraction)).unhealed();
        assert!((at(1.0) / (3.0 / 1e-3f64.sqrt()) - 1.0).abs() < 1e-14);
        assert!((at(0.0) / (3.0 / 0.501f64.sqrt()) - 1.0).abs() < 1e-14);
        assert_eq!(trajectory(&Schedule::constant(0.75)).unhealed(), 0.0);
        assert_eq!(trajectory(&Schedule::Dense).unhealed(), 0.0);
    }

    #[test]
    fn smooth_ramps_are_the_limit_of_many_cuts() {
        let counts = |ramp: &Trajectory, cuts: usize| {
            let at = |k: usize| 2e10 * k as f64 / cuts as f64;
            // Half a step before the ramp is there: the middle rule, whose error falls by four as steps halve.
            let points: Vec<(f64, f64)> =
                (0..cuts).map(|k| (at(k), ramp.params_at(at(k) + 1e10 / cuts as f64))).collect();
            let mut cuts = Trajectory::from_counts(&points, 2e10).unwrap();
            (cuts.initial, cuts.decay) = (1e9, ramp.decay);
            cuts.unhealed()
        };
        for shape in [Shape::Linear, Shape::Cubic, Shape::Geometric, Shape::Cosine] {
            for decay in all_decays() {
                let mut ramp = trajectory(&Schedule::from(Ramp::new(shape, 0.9, 0.25, 0.75, Unit::Fraction)));
                ramp.decay = decay;
                let found = ramp.unhealed();
                let off = [40_000, 80_000].map(|cuts| (counts(&ramp, cuts) / found - 1.0).abs());
                assert!(off[1] < 1e-7 && off[1] < 0.3 * off[0] + 1e-10, "{shape:?} {decay:?}: {off:?}");
            }
        }
    }

    #[test]
    fn stretches_add_up_however_they_are_parted() {
        for decay in all_decays() {
            // N is linear to the very end of the run, where the weight is steepest.
            let line = |points: &[f64]| {
                let at = |share: &f64| (share * 2e10, 1e9 * (1.0 - 0.9 * share));
                let points: Vec<(f64, f64)> = points.iter().map(at).collect();
                let mut line = Trajectory::from_log(&points, 2e10, Interpolation::Linear).unwrap();
                line.decay = decay;
                line.unhealed()
            };
            let (one, parted) = (line(&[0.0, 1.0]), line(&[0.0, 0.37, 0.61, 0.9, 0.93, 0.98, 0.999, 1.0]));
            assert!((one / parted - 1.0).abs() < 1e-11, "{decay:?}: {one}, {parted}");
        }
    }

    #[test]
    fn at_a_checkpoint_only_what_came_before_it_has_healed() {
        let cut = trajectory(&Schedule::one_shot(0.75, 0.25, Unit::Fraction));
        assert_eq!(cut.until(4e9).unwrap().unhealed(), 0.0);
        let half = cut.until(1e10).unwrap().unhealed();
        let learned = cut.decay.ahead(0.25) - cut.decay.ahead(0.5);
        assert!((half / (3.0 / (2.0 * learned + 1e-3).sqrt()) - 1.0).abs() < 1e-14);
        let log = Trajectory::from_counts(&[(0.0, 1e9), (5e9, 5e8), (1e10, 1e9)], 2e10).unwrap();
        let lost = Trajectory::from_counts(&[(0.0, 1e9), (5e9, 5e8)], 2e10).unwrap();
        assert_eq!(log.unhealed(), lost.unhealed());
    }
}
