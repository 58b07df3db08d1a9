//! Logged trajectories and batch-size ramps, against sums taken another way.

use nbar::run::TrajectoryLog;
use nbar::schedule::{
    BatchRamp, Dialect, Extent, Interpolation, Length, Network, Ramp, Schedule, Shape, Unit,
};
use nbar::{Error, Result, Run, Trajectory};
use proptest::prelude::*;

use crate::common::near::is_near;

/// Points at whole positions, and the end of the run.
fn logs() -> impl Strategy<Value = (Vec<(f64, f64)>, f64)> {
    let counts = prop::collection::vec((1..50_u32, 0.01..1.0_f64), 1..30);
    (counts, 0..50_u32, any::<bool>()).prop_map(|(steps, rest, from_zero)| {
        let mut at = if from_zero { -f64::from(steps[0].0) } else { 0.0 };
        let points: Vec<_> = steps
            .into_iter()
            .map(|(step, share)| {
                at += f64::from(step);
                (at, share * 1e9)
            })
            .collect();
        let end = (at + f64::from(rest)).max(1.0);
        (points, end)
    })
}

/// N between the points, by the definition.
fn linear(points: &[(f64, f64)], at: f64) -> f64 {
    let next = points.iter().position(|point| point.0 > at);
    match next {
        Some(0) => points[0].1,
        None => points[points.len() - 1].1,
        Some(i) => {
            let ((t0, n0), (t1, n1)) = (points[i - 1], points[i]);
            n0 + (n1 - n0) * (at - t0) / (t1 - t0)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_linear_log_is_its_integral((points, end) in logs()) {
        let log = Trajectory::from_log(&points, end, Interpolation::Linear)?;
        // Knots are whole: unit by unit, by the antiderivative, or by Simpson's rule where that cancels.
        let mean = |antiderivative: &dyn Fn(f64) -> f64, f: &dyn Fn(f64) -> f64| {
            let unit = |t: u32| {
                let (a, b) = (linear(&points, f64::from(t)), linear(&points, f64::from(t + 1) - 1e-12));
                let (a, b) = (a / 1e9, b / 1e9);
                if (b / a - 1.0).abs() > 0.1 {
                    return (antiderivative(b) - antiderivative(a)) / (b - a);
                }
                let weight = |i: u32| if i == 0 || i == 40 { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
                (0..=40).map(|i| weight(i) * f(a + (b - a) * f64::from(i) / 40.0)).sum::<f64>() / 120.0
            };
            (0..end as u32).map(unit).sum::<f64>() / end
        };
        for order in [-2.0, -0.34, -0.01, 0.01, 0.5, 1.0, 2.0_f64] {
            let moment = mean(&|n| n.powf(order + 1.0) / (order + 1.0), &|n| n.powf(order));
            let (found, expected) = (log.power_mean(order), 1e9 * moment.powf(1.0 / order));
            prop_assert!(is_near(found, expected, 1e-10), "{order}: {found} is not {expected}");
            let nodes: f64 = log.nodes().iter().map(|(w, n)| w * (n / 1e9).powf(order)).sum();
            prop_assert!(is_near(1e9 * nodes.powf(1.0 / order), found, 1e-11));
        }
        let harmonic = 1e9 / mean(&f64::ln, &f64::recip);
        prop_assert!(is_near(log.power_mean(-1.0), harmonic, 1e-10));
        let geometric = 1e9 * mean(&|n| n * n.ln() - n, &f64::ln).exp();
        prop_assert!(is_near(log.power_mean(0.0), geometric, 1e-10));
        prop_assert!(is_near(log.power_mean(1e-9), log.power_mean(0.0), 1e-8));
        // The trapezoidal rule is exact.
        let area: f64 = (0..end as u32).map(|t| {
            0.5 * (linear(&points, f64::from(t)) + linear(&points, f64::from(t + 1)))
        }).sum();
        prop_assert!(is_near(log.average_params() * end, area, 1e-13));
    }

    #[test]
    fn splitting_a_run_changes_nothing((points, end) in logs(), share in 0.001..0.999_f64, held: bool) {
        let between = if held { Interpolation::Held } else { Interpolation::Linear };
        let log = Trajectory::from_log(&points, end, between)?;
        let first = log.until(share * end)?;
        // The rest, logged anew from the cut on.
        let at = first.tokens();
        let rest: Vec<_> = std::iter::once((0.0, log.params_at(at)))
            .chain(points.iter().filter(|point| point.0 > at).map(|&(t, n)| (t - at, n)))
            .collect();
        let second = Trajectory::from_log(&rest, end - at, between)?;
        let area = |part: &Trajectory| part.average_params() * part.tokens();
        prop_assert!(is_near(area(&first) + area(&second), area(&log), 1e-12));
        prop_assert!(is_near(first.final_params(), log.params_at(at), 1e-12));
        // FLOPs of the parts add up, whichever axis they are added on.
        prop_assert!(is_near(6.0 * area(&first) + 6.0 * area(&second), 6.0 * log.average_params() * end, 1e-12));
    }

    #[test]
    fn a_batch_ramp_weighs_steps_by_their_tokens(
        pieces in prop::collection::vec((1..60_u32, 1..20_u32), 1..6), rest in 1..60_u32,
        (start, n, every) in (0..60_u32, 1..8_u32, 1..9_u32)
    ) {
        let (mut from, mut ramp, mut sizes) = (0, Vec::new(), Vec::new());
        for &(length, size) in &pieces {
            ramp.push((f64::from(from), f64::from(size) * 1024.0));
            sizes.extend((0..length).map(|_| f64::from(size) * 1024.0));
            from += length;
        }
        let last = sizes[sizes.len() - 1];
        sizes.extend((0..rest + start + n * every).map(|_| last));
        let steps = sizes.len() as f64;
        let batches = BatchRamp::new(ramp)?;
        let ramp = Ramp::new(Shape::Linear, 0.8, f64::from(start), f64::from(start + n * every), Unit::Step);
        let schedule = Schedule::from(ramp.with_every(f64::from(every)));
        let trajectory = schedule.resolved(Network::new(1e9), &Length::new(None, Some(steps), Some(batches)))?.trajectory;
        let count = |step: usize| {
            let cuts = ((step as f64 - f64::from(start)) / f64::from(every)).floor().clamp(0.0, f64::from(n));
            1e9 * (1.0 - 0.8 * cuts / f64::from(n))
        };
        let total: f64 = sizes.iter().sum();
        let mean = sizes.iter().enumerate().map(|(step, size)| size * count(step)).sum::<f64>() / total;
        prop_assert!(is_near(trajectory.tokens(), total, 1e-14));
        prop_assert!(is_near(trajectory.average_params(), mean, 1e-12));
    }
}

#[test]
fn an_even_batch_ramp_changes_nothing() -> Result<()> {
    let length = |batches: &str| Ok::<_, Error>(Length::new(None, Some(1000.0), Some(batches.parse()?)));
    let ramp = Schedule::from(Ramp::new(Shape::Cubic, 0.8, 250.0, 750.0, Unit::Step));
    let extent = Extent::new(1e9).with_steps(1000.0);
    let (one, other) = (
        ramp.resolved(Network::new(1e9), &length("0:1M,500:1M")?)?.trajectory,
        ramp.trajectory(Network::new(1e9), extent)?,
    );
    assert!(is_near(one.average_params(), other.average_params(), 1e-14));
    let refused = ramp.resolved(Network::new(1e9), &length("0:1M,500:2M")?).unwrap_err();
    assert!(matches!(refused, Error::MissingInput { .. }));
    for text in ["", "0", "5:1M", "0:1M,0:2M", "0:0", "0:1M;5:2M", "0:many"] {
        assert!(text.parse::<BatchRamp>().is_err(), "{text}");
    }
    Ok(())
}

#[test]
fn logs_are_read_whatever_they_count() -> Result<()> {
    let network = Some(Network::new(8.0).with_fixed(2.0));
    let mean = |text: &str, batches: Option<&BatchRamp>| {
        let log = TrajectoryLog::from_str("log.csv", text)?;
        log.trajectory("", network, 10.0, batches, Interpolation::Held)
    };
    let expected = 0.5 * 10.0 + 0.5 * 6.0;
    assert_eq!(mean("tokens,params\n0,10\n5,6\n", None)?.average_params(), expected);
    assert_eq!(mean("Tokens Seen;Non-zero\n0;8\n5;4\n", None)?.average_params(), expected);
    assert_eq!(mean("step,sparsity\n0,0\n50,0.5\n", Some(&"0:0.1".parse()?))?.average_params(), expected);
    // N₀ is the dense network's, though the log begins sparse.
    assert_eq!(mean("tokens,sparsity\n0,0.5\n", None)?.initial_params(), 10.0);
    Ok(())
}

#[test]
fn logs_that_cannot_be_meant_are_refused_where_they_are_wrong() {
    let refusal = |text: &str| TrajectoryLog::from_str("log.csv", text).unwrap_err().to_string();
    for (text, words) in [
        ("", "log.csv: the file is empty"),
        ("tokens,params\n", "no row has a count; give a row for each count"),
        ("tokens,loss\n1,2\n", "no column for 'params, nonzero or sparsity' (found: tokens, loss)"),
        ("epoch,params\n1,2\n", "no column for 'tokens or step'"),
        ("tokens,params\n1,2\n1,2\n", "log.csv, line 3, column 'tokens': '1' is not after 1"),
        ("run,tokens,params\na,1,2\nb,1,2\na,0,2\n", "line 4, column 'tokens': '0' is not after 1"),
        ("tokens,sparsity\n1,80\n", "column 'sparsity': '80' is not a sparsity"),
        ("tokens,params\n1,0\n", "column 'params': '0' is not a positive number"),
        ("tokens,nonzero\n0,8\n5,0.75\n", "'0.75' is not a count, at least 1; write counts; or say"),
        ("tokens,params\n1\n", "line 2: 1 cell where the header has 2"),
    ] {
        let message = refusal(text);
        assert!(message.contains(words), "'{message}' does not say '{words}'");
    }
    let log = TrajectoryLog::from_str("log.csv", "run,step,sparsity\na,0,0\nb,0,0.2\n").expect("valid");
    let asked =
        |run, network, batches| log.trajectory(run, network, 10.0, batches, Interpolation::Held).unwrap_err();
    let batches: BatchRamp = "0:1".parse().expect("valid");
    assert_eq!(asked("c", None, None).to_string(), "`run` 'c' is not known; choose one of a, b");
    assert!(asked("a", None, Some(&batches)).to_string().contains("needs `params`"));
    assert!(asked("a", Some(Network::new(1.0)), None).to_string().contains("needs tokens a step"));
    let small = Trajectory::from_counts(&[(0.0, 5.0)], 1.0).and_then(|log| log.with_initial_params(4.0));
    assert!(matches!(small, Err(Error::Value { .. })));
}

#[test]
fn a_run_may_carry_a_tool_s_schedule() -> Result<()> {
    let tfmot =
        [("initial_sparsity", "0"), ("final_sparsity", "0.8"), ("begin_step", "0"), ("end_step", "200")];
    let schedule = Schedule::from(Dialect::from_pairs("tfmot", tfmot)?);
    let checkpoint = |step: f64| nbar::Checkpoint::new(step * 1e6, 3.0).with_step(step);
    let run = Run::new("a", 1e9, vec![checkpoint(400.0)]).with_schedule(schedule);
    assert!(is_near(run.trajectory()?.average_params(), 1e9 * (0.25 + 0.25 * 0.3 + 0.5 * 0.2), 1e-14));
    Ok(())
}

#[test]
fn a_log_that_begins_late_and_pruned_does_not_say_what_was_before() {
    let of = |text: &str| {
        let log = TrajectoryLog::from_str("log.csv", text)?;
        let length = Length::new(Some(1e9), Some(1000.0), None);
        log.resolved(None, Some(Network::new(1e8)), &length, Interpolation::Held)
    };
    for text in ["step,sparsity\n500,0.5\n750,0.8\n", "tokens,params\n1e8,5e7\n", "tokens,nonzero\n3e7,9e7\n"]
    {
        let message = of(text).expect_err(text).to_string();
        for part in ["log.csv", "a row at 0", "is pruned already", "from the start on"] {
            assert!(message.contains(part), "{message}");
        }
    }
    for text in
        ["step,sparsity\n0,0.5\n750,0.8\n", "step,sparsity\n500,0\n750,0.8\n", "step,sparsity\n10,0.5\n"]
    {
        assert!(of(text).is_ok(), "{text}");
    }
}

#[test]
fn units_of_a_log_s_header_are_taken() -> Result<()> {
    for text in [
        "tokens (B),params (M)\n0,100\n1,50\n",
        "tokens_b,nnz (M)\n0,100\n1,50\n",
        "step (K),sparsity (%)\n0,0\n1,50\n",
        "step,density (%)\n0,100\n1000,50\n",
        "step,density\n0,100%\n1000,50%\n",
        "step,sparsity_pct\n0,0\n1000,50\n",
    ] {
        let log = TrajectoryLog::from_str("log.csv", text)?;
        let length = Length::new(Some(2e9), Some(2000.0), None);
        let run = log.resolved(None, Some(Network::new(1e8)), &length, Interpolation::Held)?;
        assert!(is_near(run.trajectory.average_params(), 7.5e7, 1e-12), "{text}: {run:?}");
    }
    Ok(())
}
