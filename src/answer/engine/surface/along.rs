//! The loss on a way through N̄ and D, with its derivatives.

use super::{Reading, Surface};
use crate::bend::Way;
use crate::fit::Place;
use crate::numeric::curve::{Jet, central_slope};

/// Half-width of the differences that stand for a derivative.
const STEP: f64 = 1e-3;

/// A way through ln N̄ and ln D: a place, the direction in which it is left, and how fast ln N̄ turns away from that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) at: [f64; 2],
    pub(crate) to: [f64; 2],
    pub(crate) turn: f64,
}

/// ln L along a way, and its slope in ln N̄ alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Along {
    pub(crate) jet: Jet,
    pub(crate) by_params: f64,
}

impl Reading<'_> {
    /// A place, how it changes along a line, and how with ln N̄ alone.
    fn directions(&self, line: Line) -> [Place; 3] {
        let [params, tokens] = line.to;
        let is_repeated = self.ln_unique_tokens < line.at[1];
        let by = |params: f64, tokens: f64| Place {
            params,
            tokens,
            unique_tokens: if is_repeated { 0.0 } else { tokens },
            flops: params + tokens,
            density: 0.0,
        };
        [self.place(line.at), by(params, tokens), by(1.0, 0.0)]
    }
}

impl Surface<'_> {
    /// ln of the loss on a way through ln N̄ and ln D.
    pub(crate) fn along(&mut self, line: Line) -> Along {
        let ([params, tokens], [of_params, of_tokens]) = (line.at, line.to);
        let mut sums = match &self.terms {
            Some(terms) => {
                let most = self.reading.ln_most_unique;
                let of_unique = if tokens < most { of_tokens } else { 0.0 };
                terms.along([params, tokens, most.min(tokens)], [of_params, of_tokens, of_unique])
            }
            None => differences(line, |at, out| self.by_the_law(at, out)),
        };
        if let Some(bend) = self.bend {
            let mut way = Way::default();
            let [at, to, aside] = self.reading.directions(line);
            let fill = |axis: &mut [f64], place| {
                axis.iter_mut().zip(bend.axes().at(place)).for_each(|(x, at)| *x = at)
            };
            fill(&mut way.at, at);
            fill(&mut way.to, to);
            fill(&mut way.aside, aside);
            let changes = bend.along(&way);
            sums.iter_mut().zip(changes).for_each(|(sum, change)| *sum += change);
        }
        let [value, slope, curvature, by_params] = sums;
        Along { jet: Jet { value, slope, curvature: curvature + line.turn * by_params }, by_params }
    }
}

/// What `Terms::along` gives, of a law that only its own code knows: by differences, whose errors are of the fourth
/// power of their step, and of its square in ln N̄ alone.
fn differences(line: Line, mut ln_losses: impl FnMut(&[[f64; 2]], &mut [f64])) -> [f64; 4] {
    let place = |steps: f64| [0, 1].map(|i| line.at[i] + steps * STEP * line.to[i]);
    let larger = |step: f64| [line.at[0] + step, line.at[1]];
    let [a, b, c, d, e] = [-2.0, -1.0, 0.0, 1.0, 2.0].map(place);
    let mut values = [0.0; 7];
    ln_losses(&[a, b, c, d, e, larger(-STEP), larger(STEP)], &mut values);
    let [a, b, value, d, e, fewer, more] = values;
    let slope = central_slope([a, b, d, e], STEP);
    let curvature = 16.0 * ((b - value) + (d - value)) - ((a - value) + (e - value));
    [value, slope, curvature / (12.0 * STEP * STEP), (more - fewer) / (2.0 * STEP)]
}

#[cfg(test)]
mod tests {
    use super::super::tests::pruned;
    use super::*;
    use crate::bend::{Bend, Bent};
    use crate::bootstrap::Sample;

    #[test]
    fn derivatives_on_the_way_are_those_of_the_loss() {
        for law in ["chinchilla", "schedule", "sparse", "power-mean", "sparse-density", "coupled", "kaplan"] {
            let (fit, options) = pruned(law);
            let reading = Reading::new(&fit, &options).unwrap();
            let bend = Bend::of(&fit).unwrap().unwrap();
            let draw = bend.draw(0, 3).unwrap();
            let bent = Some(Bent { bend: &bend, draw: &draw });
            for bend in [None, bent] {
                let mut surface = reading.surface(Sample { parameters: &fit.parameters, bend });
                for turn in [0.0, -0.2] {
                    let line = Line { at: [18.0, 22.0], to: [-0.7, 1.0], turn };
                    let own = surface.along(line);
                    let own = [own.jet.value, own.jet.slope, own.jet.curvature, own.by_params];
                    let mut other = differences(line, |at, out| surface.ln_losses(at, out));
                    other[2] += turn * other[3];
                    // The weights of a draw cancel to about 1e-13. Differences over .001 are off by that over .001, and over its square; those in N̄ have an
                    // error of .001², too.
                    for (i, (own, other)) in own.into_iter().zip(other).enumerate() {
                        let most = [1e-12, 1e-9, 1e-6, 1e-6][i];
                        assert!((own - other).abs() < most, "{law} {i}: {own} {other}");
                    }
                }
            }
        }
    }
}
