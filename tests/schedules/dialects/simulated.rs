//! A thousand random parameter sets a tool.

use std::f64::consts::PI;

use nbar::schedule::{Dialect, Extent, Network};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The trajectory of the dialect and that of the simulation, whose sparsity at each step is given, agree: N̄ to
/// 1e-12, every step, and the end.
fn agree(dialect: Value, simulated: &[f64]) -> Result<(), TestCaseError> {
    let steps = simulated.len() as f64;
    let extent = Extent::new(steps * 4096.0).with_steps(steps);
    let network = Network::new(1e9).with_fixed(1e7);
    let trajectory =
        Dialect::from_json("test", &dialect.to_string())?.schedule(extent)?.trajectory(network, extent)?;
    let count = |sparsity: f64| 1e7 + 1e9 * (1.0 - sparsity);
    let near = |a: f64, b: f64| (a / b - 1.0).abs() <= 1e-12;
    for (step, &sparsity) in simulated.iter().enumerate() {
        let found = trajectory.params_at((step as f64 + 0.5) * 4096.0);
        prop_assert!(
            near(found, count(sparsity)),
            "step {step}: {found} is not {} in {dialect}",
            count(sparsity)
        );
    }
    let mean = simulated.iter().map(|&s| count(s)).sum::<f64>() / steps;
    prop_assert!(
        near(trajectory.average_params(), mean),
        "{} is not {mean} in {dialect}",
        trajectory.average_params()
    );
    prop_assert!(near(trajectory.final_params(), count(simulated[simulated.len() - 1])));
    Ok(())
}

/// Steps of a run, and a start, a length and a distance in steps, of which the ramp may outlast the run.
fn ramps() -> impl Strategy<Value = (u64, u64, u64, u64)> {
    (1..400_u64, 0..200_u64, 1..250_u64, 1..60_u64)
}

/// Two sparsities, ascending, the first often 0.
fn sparsities() -> impl Strategy<Value = (f64, f64)> {
    (prop_oneof![Just(0.0), 0.0..0.5], 0.5..0.99)
}

/// The sparsity at each step of a mask that `update` may change at each step.
fn simulate(steps: u64, first: f64, mut update: impl FnMut(u64) -> Option<f64>) -> Vec<f64> {
    let mut mask = first;
    (0..steps)
        .map(|t| {
            if let Some(sparsity) = update(t) {
                mask = sparsity;
            }
            mask
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn zhu_gupta((steps, t0, n, delta_t) in ramps(), (s_i, s_f) in sparsities()) {
        let n = n.min(40);
        let simulated = simulate(steps, s_i, |t| {
            (0..=n).find(|k| t0 + k * delta_t == t)?;
            Some(s_f + (s_i - s_f) * (1.0 - (t - t0) as f64 / (n * delta_t) as f64).powi(3))
        });
        agree(json!({"tool": "zhu-gupta", "s_i": s_i, "s_f": s_f, "t0": t0, "n": n, "delta_t": delta_t}), &simulated)?;
    }

    #[test]
    fn jin((steps, start, n, freq) in ramps(), s in 0.0..0.99_f64) {
        let (end, k) = (start + n % 40 * freq, n % 40 + 1);
        let mut j = 0;
        let simulated = simulate(steps, 0.0, |t| {
            (t >= start && t <= end && (t - start) % freq == 0).then(|| {
                j += 1;
                1.0 - (1.0 - s).powf(f64::from(j) / k as f64)
            })
        });
        agree(json!({
            "tool": "jin", "sparsity": s, "gmp_start_step": start, "gmp_end_step": end, "gmp_pruning_frequency": freq
        }), &simulated)?;
    }

    #[test]
    fn tfmot((steps, begin, length, frequency) in ramps(), (s_i, s_f) in sparsities(), power in 0.3..5.0_f64) {
        let end = begin + length;
        let simulated = simulate(steps, 0.0, |t| {
            let p = ((t as f64 - begin as f64) / (end as f64 - begin as f64)).clamp(0.0, 1.0);
            (t >= begin && t <= end && (t - begin) % frequency == 0)
                .then(|| (s_i - s_f) * (1.0 - p).powf(power) + s_f)
        });
        agree(json!({
            "tool": "tfmot", "initial_sparsity": s_i, "final_sparsity": s_f, "begin_step": begin, "end_step": end,
            "power": power, "frequency": frequency
        }), &simulated)?;
    }

    #[test]
    fn tfmot_constant((steps, begin, length, frequency) in ramps(), s in 0.0..0.99_f64, ends: bool) {
        let end = if ends { (begin + length) as i64 } else { -1 };
        let simulated = simulate(steps, 0.0, |t| {
            let in_range = t >= begin && ((t as i64) <= end || end < 0);
            (in_range && (t - begin) % frequency == 0).then_some(s)
        });
        agree(json!({
            "tool": "tfmot-constant", "target_sparsity": s, "begin_step": begin, "end_step": end, "frequency": frequency
        }), &simulated)?;
    }

    #[test]
    fn jaxpruner((steps, start, length, freq) in ramps(), s in 0.0..0.99_f64, one_shot in prop::bool::weighted(0.1)) {
        let end = start + if one_shot { 0 } else { length };
        let simulated = simulate(steps, 0.0, |t| {
            if one_shot {
                return (t == end).then_some(s);
            }
            let progress = ((t + 1) as f64 - start as f64).clamp(0.0, length as f64) / length as f64;
            (t % freq == 0 && t >= start && t <= end).then(|| s * (1.0 - (1.0 - progress).powi(3)))
        });
        let dialect = json!({
            "tool": "jaxpruner", "sparsity": s, "update_freq": freq, "update_start_step": start, "update_end_step": end
        });
        agree(dialect, &simulated)?;
    }

    #[test]
    fn jaxpruner_without_a_schedule(steps in 1..400_u64, s in 0.0..0.99_f64, which in 0..5_usize) {
        let algorithm = [None, Some("static_sparse"), Some("rigl"), Some("set"), Some("no_prune")][which];
        let mask = if algorithm == Some("no_prune") { 0.0 } else { s };
        let dialect = json!({"tool": "jaxpruner", "sparsity": s, "algorithm": algorithm, "dist_type": "erk"});
        agree(dialect, &simulate(steps, mask, |_| None))?;
    }

    #[test]
    fn torchao(
        (steps, init_t, total_t, delta_t) in ramps(), (init_sl, level) in sparsities(), initially_zero: bool
    ) {
        let (delta_t, total_t) = (delta_t % 8 + 1, total_t % 60 + 1);
        let simulated = simulate(steps, 0.0, |t| {
            if initially_zero && t < init_t {
                return Some(0.0);
            }
            let x = (t as f64 - init_t as f64) / (delta_t * total_t) as f64;
            let s_t = level + (init_sl - level) * (1.0 - x).powi(3);
            Some(f64::max(init_sl, f64::min(level, s_t)))
        });
        agree(json!({
            "tool": "torchao", "sparsity_level": level, "init_sl": init_sl, "init_t": init_t, "delta_t": delta_t,
            "total_t": total_t, "initially_zero": initially_zero
        }), &simulated)?;
    }

    #[test]
    fn sparseml(
        steps in 1..400_u64, per_epoch in 1..60_u64, (s_i, s_f) in sparsities(), start in 0.0..4.0, length in 0.01..6.0,
        frequency in prop_oneof![Just(-1.0), 0.01..2.0, Just(0.1), Just(0.25), Just(1.0)], whole: bool, func in 0..3_usize
    ) {
        let whole = whole || func == 2;
        let (start, length): (f64, f64) = (start, length);
        let (start, end) = if whole { (start.floor(), start.floor() + length.ceil()) } else { (start, start + length) };
        let inter_func = ["linear", "cubic", "inverse_cubic"][func];
        let (mut started, mut ended, mut last_update) = (false, false, -1.0);
        let simulated = simulate(steps, 0.0, |t| {
            let epoch = t as f64 / per_epoch as f64;
            let start_pending = |started: bool, ended: bool| !started && !ended && epoch >= start;
            let end_pending = |started: bool, ended: bool| !ended && started && epoch >= end;
            let due = started && epoch > start && !ended
                && (frequency == -1.0 || (last_update >= 0.0 && epoch >= last_update + frequency));
            if !(start_pending(started, ended) || end_pending(started, ended) || due) {
                return None;
            }
            last_update = epoch;
            started |= start_pending(started, ended);
            ended |= end_pending(started, ended);
            let x: f64 = (epoch - start) / (end - start);
            let y = match inter_func {
                "linear" => x,
                "cubic" => 1.0 - (1.0 - x).powi(3),
                _ => 1.0 - (1.0 - x).powf(1.0 / 3.0),
            };
            Some(if y <= f64::EPSILON { s_i } else if y >= 1.0 - f64::EPSILON { s_f } else { y * (s_f - s_i) + s_i })
        });
        agree(json!({
            "tool": "sparseml", "init_sparsity": s_i, "final_sparsity": s_f, "start_epoch": start, "end_epoch": end,
            "update_frequency": frequency, "inter_func": inter_func, "steps_per_epoch": per_epoch
        }), &simulated)?;
    }

    #[test]
    fn llm_compressor(
        (steps, start, length, update) in ramps(), (s_i, s_f) in sparsities(), per_epoch in prop::option::of(1..50_u64),
        always: bool, which in 0..5_usize, exponent in 0.3..4.0_f64, odd in prop_oneof![Just(1.0_f64), Just(3.0), Just(5.0)]
    ) {
        let name = ["linear", "cubic", "polynomial", "polynomial_decay", "multi_step"][which];
        let unit = per_epoch.map_or(1.0, |per| per as f64);
        let (start, end) = (start as f64 / unit, (start + length) as f64 / unit);
        let update = (!always).then_some(update as f64 / unit);
        let jumps = [[start + length as f64 / unit / 2.0, s_f], [start, 0.5 * (s_i + s_f)]];
        let args = match name {
            "polynomial" => json!({"exponent": exponent}),
            "polynomial_decay" => json!({"exponent": odd}),
            "multi_step" => json!({"steps": jumps}),
            _ => json!({}),
        };
        let mut started = false;
        let simulated = simulate(steps, 0.0, |t| {
            let index = match per_epoch {
                Some(per) => t as f64 / per as f64,
                None => t as f64,
            };
            let starts = !started && start <= index && index < end;
            started |= starts;
            let ended = index > end;
            let should_update = index >= start && index <= end && update.is_none_or(|u| index % u < 1e-10);
            if !(starts || (started && !ended && should_update)) {
                return None;
            }
            let per_complete = (index - start) / (end - start);
            let scaled = match name {
                "linear" => per_complete,
                "cubic" => (per_complete - 1.0).powi(3) + 1.0,
                "polynomial" => per_complete.powf(exponent),
                "polynomial_decay" => (per_complete - 1.0).powi(odd as i32) + 1.0,
                _ => {
                    let mut current = s_i;
                    for [at, sparsity] in [jumps[1], jumps[0]] {
                        if index >= at {
                            current = sparsity;
                        }
                    }
                    return Some(current);
                }
            };
            Some(s_i + (s_f - s_i) * scaled)
        });
        agree(json!({
            "tool": "llm-compressor", "init_sparsity": s_i, "final_sparsity": s_f, "update_scheduler": name,
            "scheduler_args": args, "start": start, "end": end, "update": update, "steps_per_epoch": per_epoch
        }), &simulated)?;
    }

    #[test]
    fn neural_compressor(
        (steps, start, length, freq) in ramps(), s in 0.0..0.999_f64, one_shot in prop::bool::weighted(0.1), which in 0..4_usize
    ) {
        let name = ["exp", "linear", "cube", "cos"][which];
        let end = start + if one_shot { 0 } else { length };
        let (mut total, mut completed) = ((end - start + freq) / freq - 1, 0);
        if total == 0 {
            (total, completed) = (1, 1);
        }
        let simulated = simulate(steps, 0.0, |t| {
            if t < start || t > end || (t - start) % freq != 0 {
                return None;
            }
            if start == end {
                return Some(s);
            }
            let (k, total) = (f64::from(completed), total as f64);
            completed += 1;
            let target = f64::min(0.98, s);
            let current = match name {
                "cos" => target * (1.0 - (k / total * (PI / 2.0)).cos()),
                "exp" => 1.0 - (1.0 - target).powf(1.0 / total).powf(k),
                "linear" => target * k / total,
                _ => target * (k / total).powi(3),
            };
            Some(f64::min(s, current))
        });
        agree(json!({
            "tool": "neural-compressor", "target_sparsity": s, "start_step": start, "end_step": end,
            "pruning_frequency": freq, "sparsity_decay_type": name
        }), &simulated)?;
    }

    #[test]
    fn coremltools(
        steps in 1..400_u64, updates in prop::collection::btree_set(0..500_u64, 1..40), (s_i, s_f) in sparsities(),
        power in 1..6, (start, length, every) in (0..200_u64, 1..200_u64, 1..50_u64), ranged: bool
    ) {
        let ranged_steps: Vec<u64> = (start..start + length).filter(|t| (t - start) % every == 0).collect();
        let updates: Vec<u64> = if ranged { ranged_steps } else { updates.into_iter().collect() };
        let simulated = simulate(steps, s_i, |t| {
            let number = updates.iter().position(|&update| update == t)?;
            let x = if updates.len() == 1 { 1.0 } else { number as f64 / (updates.len() - 1) as f64 };
            Some(s_f + (s_i - s_f) * (1.0 - x).powi(power))
        });
        let written = if ranged { json!(format!("range({start}, {}, {every})", start + length)) } else { json!(updates) };
        agree(json!({
            "tool": "coremltools", "target_sparsity": s_f, "initial_sparsity": s_i, "power": power, "update_steps": written
        }), &simulated)?;
    }

    #[test]
    fn coreai((steps, begin, total, every) in ramps(), (s_i, s_f) in sparsities(), power in 0.3..5.0_f64) {
        let updates: Vec<u64> = (begin..begin + total).filter(|t| (t - begin) % every == 0).collect();
        let simulated = simulate(steps, s_i, |t| {
            if t >= begin + total {
                return Some(s_f);
            }
            let i = updates.iter().position(|&update| update == t)?;
            let x = i as f64 / usize::max(updates.len() - 1, 1) as f64;
            Some(s_f + (s_i - s_f) * (1.0 - x).powf(power))
        });
        agree(json!({
            "tool": "coreai-opt", "target_sparsity": s_f, "initial_sparsity": s_i, "begin_step": begin,
            "total_iters": total, "power": power, "update_frequency": every
        }), &simulated)?;
    }

    #[test]
    fn torch_prune(steps in 1..400_u64, mut calls in prop::collection::vec((0..500_u64, 0.0..0.5), 0..30)) {
        calls.sort_by_key(|call| call.0);
        let mut left = 1.0;
        let simulated = simulate(steps, 0.0, |t| {
            for (_, amount) in calls.iter().filter(|call| call.0 == t) {
                left -= left * amount;
            }
            Some(1.0 - left)
        });
        agree(json!({"tool": "torch-prune", "calls": calls}), &simulated)?;
    }

    #[test]
    fn masks_of_constant_size(steps in 1..400_u64, sparsity in 0.0..0.99, which in 0..3_usize) {
        let tool = ["rigl", "set", "static"][which];
        let dialect = json!({"tool": tool, "sparsity": sparsity, "drop_fraction": 0.3});
        agree(dialect, &simulate(steps, sparsity, |_| None))?;
    }

    #[test]
    fn phases(lengths in prop::collection::vec((1..60_u64, 0.01..1.0), 1..20)) {
        let (mut from, mut listed, mut simulated) = (0, Vec::new(), Vec::new());
        for (length, density) in lengths {
            listed.push(json!([from, from + length, density]));
            from += length;
            simulated.extend((0..length).map(|_| 1.0 - density));
        }
        agree(json!({"tool": "phases", "phases": listed}), &simulated)?;
    }
}
