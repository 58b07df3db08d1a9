//! Quantities of two ensembles at once, draw by draw.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::bent::{INFINITE, widened};
use super::interval::{Basis, RestsOn, normal_score, share_below};
use super::{Ensemble, Estimate, Interval};
use crate::numeric::statistics::{deviation_from, standard_deviation};

/// A probability is known to this.
const TAIL: f64 = 1e-4;

/// What is known of a quantity of two ensembles in their draws, one of each at a time.
#[derive(Debug)]
pub(crate) struct Together<'a> {
    pub(crate) ensembles: [&'a Ensemble; 2],
    /// The quantity at the optimum.
    pub(crate) estimate: f64,
    pub(crate) draws: Vec<f64>,
    /// The same where the laws bend, none or one a draw, and the probability that they do.
    pub(crate) bent: Vec<f64>,
    pub(crate) share: f64,
    /// What each ensemble alone contributes, in its draws: how few runs that rests on corrects the whole.
    pub(crate) parts: [Vec<f64>; 2],
}

impl Together<'_> {
    /// The basis of each part's interval; the whole's has the degrees of freedom of Satterthwaite (1946), and widens by the
    /// root of the mean square of what the parts do, each by its variance.
    fn basis(&self) -> Basis<'static> {
        // Variance, degrees of freedom and widening of each part.
        let parts = [0, 1].map(|i| {
            let (ensemble, values) = (self.ensembles[i], &self.parts[i]);
            let (variance, own) = (standard_deviation(values).powi(2), ensemble.basis(&[]).freedom);
            let (freedom, widening) =
                ensemble.rests_on(values).map_or((own, 1.0), |on| (on.freedom(own), on.widening));
            (if variance > 0.0 { variance } else { 0.0 }, freedom, widening)
        });
        let sum = |of: fn(&(f64, f64, f64)) -> f64| parts.iter().map(of).sum::<f64>();
        let whole = sum(|part| part.0);
        let (freedom, widening) = if whole > 0.0 {
            let squared = sum(|(variance, _, widening)| variance * widening.powi(2));
            (
                whole.powi(2) / sum(|(variance, freedom, _)| variance.powi(2) / freedom),
                (squared / whole).sqrt(),
            )
        } else {
            (parts[0].1.min(parts[1].1), parts[0].2.max(parts[1].2))
        };
        let [first, second] = self.ensembles.map(|ensemble| ensemble.basis(&[]));
        let rests_on = Some(RestsOn { runs: f64::INFINITY, widening });
        Basis { freedom, clusters: first.clusters || second.clusters, rests_on, ..first }
    }

    /// The quantity with its interval. Draws beyond 1e250 count as infinite.
    pub(crate) fn estimate(&self) -> Estimate {
        let estimate = self.estimate;
        if self.draws.is_empty() {
            return Estimate::point(estimate);
        }
        let infinite = |value: f64| value.abs() > INFINITE;
        let is_open = self.draws.iter().any(|value| infinite(*value));
        let std_error = match is_open {
            true => f64::NAN,
            false if self.bent.is_empty() => standard_deviation(&self.draws),
            false => deviation_from(estimate, &self.mixed()).max(standard_deviation(&self.draws)),
        };
        let end = |end: f64| if infinite(end) { end * INFINITE } else { end };
        let (straight, interval) = self.intervals(&self.basis());
        let straight = Estimate::straight(estimate, std_error, straight);
        match interval {
            None => straight.with_ends(end),
            Some(interval) => straight.bent(std_error, interval).with_ends(end),
        }
    }

    /// The interval where no law bends, and where laws may.
    fn intervals(&self, basis: &Basis<'_>) -> ([f64; 2], Option<[f64; 2]>) {
        let straight = basis.interval(self.estimate, &mut self.draws.clone());
        let of_law = Estimate::straight(self.estimate, f64::NAN, straight);
        let may_bend = !self.bent.is_empty();
        (straight, may_bend.then(|| widened(of_law, &mut self.bent.clone(), self.share, basis.level)))
    }

    /// The draws, of which so many are bent as a bend is likely.
    fn mixed(&self) -> Vec<f64> {
        let bent = (self.share * self.bent.len() as f64) as usize;
        self.bent.iter().take(bent).chain(self.draws.iter().skip(bent)).copied().collect()
    }

    /// The probability that the quantity is below a value. Where laws may bend it is no surer than the intervals are: if the one of level 1 - 2t ends
    /// at the value, it lies between t and 1 - t.
    pub(crate) fn below(&self, value: f64) -> f64 {
        let straight = self.below_if_straight(value);
        if self.bent.is_empty() {
            return straight;
        }
        let own = self.basis();
        let is_inside = |tail: f64| {
            let ends = self.intervals(&Basis { level: 1.0 - 2.0 * tail, ..own }).1;
            ends.is_some_and(|[low, high]| low <= value && value <= high)
        };
        // Intervals of greater levels hold those of lesser ones.
        let (mut inside, mut outside) = (0.0, 0.5);
        while outside - inside > TAIL {
            let tail = 0.5 * (inside + outside);
            if is_inside(tail) { inside = tail } else { outside = tail }
        }
        straight.clamp(inside, 1.0 - inside)
    }

    /// The same where no law bends.
    pub(crate) fn below_if_straight(&self, value: f64) -> f64 {
        if self.draws.is_empty() {
            return f64::NAN;
        }
        let basis = self.basis();
        let share = share_below(value, &self.draws);
        if basis.kind != Interval::Corrected {
            return share;
        }
        let bias = basis.correction(self.estimate, &self.draws);
        let widening = basis.rests_on.map_or(1.0, |on| on.widening);
        let normal = Normal::standard();
        let at = (normal_score(value, &self.draws) - 2.0 * bias) / widening;
        StudentsT::new(0.0, 1.0, basis.freedom).map_or_else(|_| normal.cdf(at), |t| t.cdf(at))
    }
}
