//! Sweeps whose runs cannot tell what they are for.

use super::FirstRun;
use crate::units::{format_number, format_quantity};

/// Numbers within this factor are one.
const ALIKE: f64 = 1.05;

/// Why the runs cannot tell sizes from lengths, both from compute, or one way of pruning from another; none where they can.
pub(super) fn collinear(runs: &[FirstRun]) -> Option<String> {
    on_a_line(runs).or_else(|| sparse(runs))
}

/// What all of these have alike; none where they differ.
fn alike<'a>(runs: impl Iterator<Item = &'a FirstRun>, of: impl Fn(&FirstRun) -> f64) -> Option<f64> {
    let (least, most) = runs.map(of).fold((f64::INFINITY, 0.0f64), |(a, b), x| (a.min(x), b.max(x)));
    (least.is_finite() && most <= least * ALIKE).then(|| (least * most).sqrt())
}

fn sparse(runs: &[FirstRun]) -> Option<String> {
    let all = || runs.iter().filter(|run| run.final_sparsity > 0.0);
    all().next()?;
    if let Some(density) = alike(all(), |run| run.average_params / run.params) {
        return Some(format!(
            "N on average = {} N0 in every sparse run: what the average is worth is not told from what is left at the end; add \
             windows and sparsities",
            format_number(density, 3)
        ));
    }
    let [start, end] =
        [0, 1].map(|end| alike(all(), |run| run.prune_window.map_or(f64::NAN, |window| window[end])));
    start.zip(end).map(|(start, end)| {
        format!(
            "every sparse run is pruned from {:.0} to {:.0} % of its tokens: what another window does is not seen; add windows",
            100.0 * start,
            100.0 * end
        )
    })
}

/// The same of sizes and lengths alone.
pub(super) fn on_a_line(runs: &[FirstRun]) -> Option<String> {
    let one = |of: fn(&FirstRun) -> f64| alike(runs.iter(), of).map(|value| format_quantity(value, 3));
    if let Some(params) = one(|run| run.average_params) {
        return Some(format!(
            "N = {params} in every run: what parameters are worth is not seen; add other sizes"
        ));
    }
    if let Some(tokens) = one(|run| run.tokens) {
        return Some(format!(
            "D = {tokens} in every run: what tokens are worth is not seen; add other lengths"
        ));
    }
    if let Some(ratio) = one(|run| run.tokens / run.average_params) {
        return Some(format!(
            "D = {ratio} N in every run: sizes and lengths rise together, and what each is worth is not told apart; add other \
                 tokens per parameter"
        ));
    }
    one(|run| run.flops).map(|flops| {
        format!(
            "{flops} FLOPs in every run: sizes rise as lengths fall, and how N* grows with compute is not seen; add other budgets"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::collinear;
    use crate::design::layouts::Draft;
    use crate::read::Point;
    use crate::{Extent, Network, Schedule};

    fn said(runs: &[(f64, f64)]) -> Option<String> {
        let point = |&(n, d): &(f64, f64)| {
            Point::new(Schedule::Dense.trajectory(Network::new(n), Extent::new(d)).unwrap())
        };
        collinear(&Draft::given(&runs.iter().map(point).collect::<Vec<_>>()).runs)
    }

    #[test]
    fn sweeps_along_a_line_are_named_and_others_are_not() {
        for (runs, part) in [
            ([(1e8, 2e9), (1e9, 2e10), (1e10, 2e11)], "D = 20 N"),
            ([(1e8, 2e9), (1e9, 2e8), (1e7, 2e10)], "1.2e18 FLOPs"),
            ([(1e8, 2e9), (1e8, 4e9), (1.02e8, 2e10)], "N = 101M"),
            ([(1e8, 2e9), (1e9, 2e9), (1e7, 2e9)], "D = 2B"),
        ] {
            let found = said(&runs);
            assert!(found.as_ref().is_some_and(|text| text.starts_with(part)), "{found:?}");
        }
        assert_eq!(said(&[(1e8, 2e9), (1e9, 2e9), (1e9, 2e10)]), None);
    }
}
