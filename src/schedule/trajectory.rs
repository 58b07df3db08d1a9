//! The parameter count over the tokens of a run.

use super::Unit;
use super::checks::{check_tokens, within};
use super::curve::Curve;
use super::decay::Decay;
use crate::Result;
use crate::numeric::linear;
use crate::numeric::sum::CompensatedSum;

/// The parameter count `N(t)` over the tokens `t` in [0, D] of one run.
///
/// Made by [`Schedule::trajectory`](super::Schedule::trajectory) from what was configured, or by
/// [`from_log`](Self::from_log) from what was logged. Held counts and one smooth ramp at most, or linear
/// stretches: its means are exact, see [`power_mean`](Self::power_mean).
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    /// N₀: dense, whatever the first sparsity.
    pub(crate) initial: f64,
    /// Tokens at which the pieces start, from 0, and at which the last ends.
    pub(crate) knots: Vec<f64>,
    /// N on each piece; on the smooth one, where it starts.
    pub(crate) levels: Vec<f64>,
    pub(crate) smooth: Option<Smooth>,
    /// N at the end of each piece, where all pieces are linear; there is no smooth ramp then.
    pub(crate) linear: Option<Vec<f64>>,
    /// N at the end, after a cut there.
    pub(crate) ending: f64,
    /// Whether the density changed at the very start.
    pub(crate) cut_at_start: bool,
    /// How the learning rate falls, over so many tokens: those of the run, of which this may be the beginning.
    pub(crate) decay: Decay,
    pub(crate) decay_over: f64,
    pub(crate) known: Known,
}

/// What is known of a trajectory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Known {
    #[default]
    Course,
    /// Its first count, mean and last, and not its course.
    Counts,
    /// Its first count and mean.
    Average,
}

/// The piece of a trajectory that is a smooth ramp.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Smooth {
    /// Which of the pieces.
    pub(crate) index: usize,
    pub(crate) curve: Curve,
    /// Progress of the ramp at the piece's end: 1, or less if the run ends on the ramp.
    pub(crate) reach: f64,
}

impl Trajectory {
    /// Of a run of which the counts are known, and not when it was pruned.
    pub(crate) fn of_counts(initial: f64, average: f64, last: Option<f64>, tokens: f64) -> Self {
        Self {
            initial,
            knots: vec![0.0, tokens],
            levels: vec![average],
            smooth: None,
            linear: None,
            ending: last.unwrap_or(average),
            cut_at_start: true,
            decay: Decay::default(),
            decay_over: tokens,
            known: if last.is_some() { Known::Counts } else { Known::Average },
        }
    }

    /// N at the end, where it is known.
    pub(crate) fn known_last(&self) -> Option<f64> {
        (self.known != Known::Average).then_some(self.ending)
    }

    /// What is [left unhealed](Self::unhealed), where the course is known.
    pub(crate) fn healing(&self) -> Option<f64> {
        (self.known == Known::Course).then(|| self.unhealed())
    }

    /// N₀, the parameter count before any pruning: prunable and fixed parameters together, also where
    /// the network is sparse from the start. Of a logged trajectory, its first count.
    #[must_use]
    pub fn initial_params(&self) -> f64 {
        self.initial
    }

    /// N at the end of the trajectory, a cut at the very end included.
    #[must_use]
    pub fn final_params(&self) -> f64 {
        self.ending
    }

    /// D, the tokens of the trajectory.
    #[must_use]
    pub fn tokens(&self) -> f64 {
        self.knots[self.levels.len()]
    }

    /// `N(t)` at `tokens`. At a cut it is the count after it; before 0 and beyond the end it is the
    /// count there; for NaN, NaN.
    ///
    /// ```
    /// use nbar::schedule::{Extent, Network, Schedule, Unit};
    ///
    /// let trajectory = Schedule::one_shot(0.5, 4e9, Unit::Token)
    ///     .trajectory(Network::new(1e9), Extent::new(1e10))?;
    /// assert_eq!(trajectory.params_at(3.9e9), 1e9);
    /// assert_eq!(trajectory.params_at(4e9), 0.5e9);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn params_at(&self, tokens: f64) -> f64 {
        if tokens.is_nan() {
            return f64::NAN;
        }
        if tokens >= self.tokens() {
            return self.ending;
        }
        let index = self.piece(tokens);
        if let Some(ends) = &self.linear {
            return self.levels[index] + (ends[index] - self.levels[index]) * self.share(index, tokens);
        }
        match &self.smooth {
            Some(ramp) if ramp.index == index => {
                ramp.curve.params(1.0 - ramp.reach * self.share(index, tokens))
            }
            _ => self.levels[index],
        }
    }

    /// The tokens after which the count stays as it is; 0 where it never changes.
    pub(crate) fn last_change(&self) -> f64 {
        let (mut before, mut changed) = (self.initial, 0.0);
        for (i, level) in self.levels.iter().enumerate() {
            if *level != before && i > 0 {
                changed = self.knots[i];
            }
            before = match (&self.linear, &self.smooth) {
                (Some(ends), _) => ends[i],
                (None, Some(ramp)) if ramp.index == i => ramp.curve.params(1.0 - ramp.reach),
                _ => *level,
            };
            if before != *level {
                changed = self.knots[i + 1];
            }
        }
        if self.ending == before { changed } else { self.tokens() }
    }

    /// The trajectory's beginning, up to `tokens`: that of a checkpoint.
    ///
    /// ```
    /// use nbar::schedule::{Extent, Network, Schedule, Unit};
    ///
    /// let trajectory = Schedule::one_shot(0.5, 4e9, Unit::Token)
    ///     .trajectory(Network::new(1e9), Extent::new(1e10))?;
    /// assert_eq!(trajectory.until(2e9)?.average_params(), 1e9);
    /// assert_eq!(trajectory.until(8e9)?.average_params(), 0.75e9);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Value`](crate::Error::Value) for tokens that are not a positive, finite number, and
    /// [`Error::Schedule`](crate::Error::Schedule) for more than the trajectory has.
    pub fn until(&self, tokens: f64) -> Result<Self> {
        check_tokens(tokens)?;
        let tokens = within("tokens", tokens, self.tokens(), Unit::Token)?;
        if tokens == self.tokens() {
            return Ok(self.clone());
        }
        let kept = self.knots.partition_point(|&knot| knot < tokens);
        let mut smooth = self.smooth.clone().filter(|ramp| ramp.index < kept);
        if let Some(ramp) = smooth.as_mut().filter(|ramp| ramp.index == kept - 1) {
            ramp.reach *= self.share(kept - 1, tokens);
        }
        let ending = self.params_at(tokens);
        let linear = self.linear.as_ref().map(|ends| {
            let mut ends = ends[..kept].to_vec();
            ends[kept - 1] = ending;
            ends
        });
        Ok(Self {
            initial: self.initial,
            knots: self.knots[..kept].iter().copied().chain([tokens]).collect(),
            levels: self.levels[..kept].to_vec(),
            // Too short a beginning of the ramp to be told from its first count.
            smooth: smooth.filter(|ramp| ramp.reach > 0.0),
            linear,
            ending,
            cut_at_start: self.cut_at_start,
            decay: self.decay,
            decay_over: self.decay_over,
            known: self.known,
        })
    }

    /// The tokens at which the density changes first and last; `None` if it never does.
    ///
    /// ```
    /// use nbar::schedule::{Extent, Network, Ramp, Schedule, Shape, Unit};
    ///
    /// let ramp = Ramp::new(Shape::Cosine, 0.5, 0.25, 0.75, Unit::Fraction);
    /// let trajectory = Schedule::from(ramp).trajectory(Network::new(1e9), Extent::new(1e10))?;
    /// assert_eq!(trajectory.pruning_tokens(), Some((2.5e9, 7.5e9)));
    /// let trajectory = Schedule::constant(0.5).trajectory(Network::new(1e9), Extent::new(1e10))?;
    /// assert_eq!(trajectory.pruning_tokens(), None);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn pruning_tokens(&self) -> Option<(f64, f64)> {
        let last = self.levels.len() - 1;
        if let Some(ends) = &self.linear {
            let changes = |&i: &usize| self.levels[i] != ends[i];
            let first = (0..=last).find(changes)?;
            let end = (0..=last).rev().find(changes)?;
            return Some((self.knots[first], self.knots[end + 1]));
        }
        let changes_at_end =
            self.ending != self.levels[last] || self.smooth.as_ref().is_some_and(|ramp| ramp.index == last);
        let changes_before = last > 0 || self.cut_at_start;
        if !changes_before && !changes_at_end {
            return None;
        }
        let ramp_first = self.smooth.as_ref().is_some_and(|ramp| ramp.index == 0);
        let from = if self.cut_at_start || ramp_first { 0.0 } else { self.knots[1] };
        Some((from, if changes_at_end { self.tokens() } else { self.knots[last] }))
    }

    /// Nodes `(weight, N)` with which `Σ weight f(N)` is the mean of f over tokens; weights add up to 1.
    ///
    /// One node for each held count, Gauss-Legendre nodes on a smooth ramp or a linear stretch: exact for held counts, to
    /// about 1e-12 for powers of N from -2 to 1 on ramps.
    ///
    /// ```
    /// use nbar::schedule::{Extent, Network, Schedule, Unit};
    ///
    /// let trajectory = Schedule::one_shot(0.5, 0.25, Unit::Fraction)
    ///     .trajectory(Network::new(1e9), Extent::new(1e10))?;
    /// assert_eq!(trajectory.nodes(), [(0.25, 1e9), (0.75, 0.5e9)]);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    #[must_use]
    pub fn nodes(&self) -> Vec<(f64, f64)> {
        let mut nodes = Vec::with_capacity(self.levels.len());
        for (i, (&level, knots)) in self.levels.iter().zip(self.knots.windows(2)).enumerate() {
            let weight = (knots[1] - knots[0]) / self.tokens();
            if weight <= 0.0 {
                continue;
            }
            if let Some(ends) = &self.linear {
                linear::each_node(level, ends[i], |share, params| nodes.push((share * weight, params)));
                continue;
            }
            match &self.smooth {
                Some(ramp) if ramp.index == i => {
                    let on_ramp = ramp.curve.nodes(ramp.reach).into_iter();
                    nodes.extend(on_ramp.map(|(share, params)| (share * weight, params)));
                }
                _ => nodes.push((weight, level)),
            }
        }
        let mut total = CompensatedSum::default();
        nodes.iter().for_each(|node| total.add(node.0));
        nodes.iter_mut().for_each(|node| node.0 /= total.value());
        nodes
    }

    /// The line `(tokens, N)` of a figure: every cut where there are at most `detail` of them, that many moments
    /// otherwise; on curves, `detail` moments too.
    #[cfg(feature = "plot")]
    pub(crate) fn line(&self, detail: usize) -> Vec<(f64, f64)> {
        let end = (self.tokens(), self.ending);
        if self.smooth.is_none() && self.linear.is_none() && self.levels.len() <= detail {
            let ends = self.levels.iter().zip(self.knots.windows(2));
            return ends.flat_map(|(&n, knots)| [(knots[0], n), (knots[1], n)]).chain([end]).collect();
        }
        let moment = |i: usize| self.tokens() * i as f64 / detail as f64;
        // Beside a cut, the count before it and the one after.
        let mut at: Vec<f64> = (0..detail).map(moment).collect();
        if self.levels.len() <= detail {
            at.extend(self.knots.iter().flat_map(|&knot| [knot.next_down().max(0.0), knot]));
            at.sort_by(f64::total_cmp);
        }
        at.into_iter().map(|tokens| (tokens, self.params_at(tokens))).chain([end]).collect()
    }

    /// The piece on which `tokens`, below the end, lie.
    fn piece(&self, tokens: f64) -> usize {
        self.knots[..self.levels.len()].partition_point(|&knot| knot <= tokens).saturating_sub(1)
    }

    /// Share of the piece's tokens that have passed at `tokens`.
    fn share(&self, index: usize, tokens: f64) -> f64 {
        (tokens - self.knots[index]) / (self.knots[index + 1] - self.knots[index])
    }
}
