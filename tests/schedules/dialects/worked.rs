//! Values worked out by hand, refusals, and what the same numbers come to in each tool.

use nbar::schedule::{Dialect, Extent, Network, Ramp, Schedule, Shape, Staircase, Unit};
use nbar::{Error, Result};

use crate::common::near::all_near;

/// Mean and final density of a run of so many steps.
fn densities(steps: f64, text: &str) -> (f64, f64) {
    let extent = Extent::new(1e9).with_steps(steps);
    let schedule = Dialect::from_json("test", text).and_then(|dialect| dialect.schedule(extent));
    let trajectory = schedule.and_then(|s| s.trajectory(Network::new(1.0), extent)).expect(text);
    (trajectory.average_params(), trajectory.final_params())
}

#[track_caller]
fn close(value: (f64, f64), expected: (f64, f64)) {
    all_near(&[value.0, value.1], &[expected.0, expected.1], 1e-13);
}

#[test]
fn documented_defaults_worked_out_by_hand() {
    // Cuts every 100 steps: (1 - 0.75)^(1/2) after the first of two.
    let jin = r#"{"tool": "jin", "sparsity": 0.75, "gmp_start_step": 100, "gmp_end_step": 200}"#;
    close(densities(400.0, jin), (0.25 + 0.25 * 0.5 + 0.5 * 0.25, 0.25));
    // Power 3, every 100 steps: 0.8 (1 - 1/8) half way.
    let tfmot = r#"{"tool": "tfmot", "initial_sparsity": 0.4, "final_sparsity": 0.8, "begin_step": 100, "end_step": 300}"#;
    close(densities(400.0, tfmot), (0.25 * (1.0 + 0.6 + 0.25 + 0.2), 0.2));
    let constant = r#"{"tool": "tfmot-constant", "target_sparsity": 0.4, "begin_step": 100}"#;
    close(densities(400.0, constant), (0.25 + 0.75 * 0.6, 0.6));
    // A ramp of 10 × 100 steps: Σ k³/1000⁴ over k = 1, …, 1000 is 1001²/4e6.
    let torchao = r#"{"tool": "torchao", "sparsity_level": 0.6}"#;
    close(densities(1000.0, torchao), (0.4 + 0.6 * 1001.0 * 1001.0 / 4e6, 0.4 + 0.6 * 1e-9));
    // Cubic, at every step.
    let sparseml = r#"{"tool": "sparseml", "init_sparsity": 0.1, "final_sparsity": 0.9, "start_epoch": 0, "end_epoch": 2, "steps_per_epoch": 1}"#;
    close(densities(4.0, sparseml), (0.25 * (0.9 + 0.2 + 0.1 + 0.1), 0.1));
    let llm =
        r#"{"tool": "llm-compressor", "init_sparsity": 0.1, "final_sparsity": 0.9, "start": 0, "end": 2}"#;
    close(densities(4.0, llm), (0.25 * (0.9 + 0.2 + 0.1 + 0.1), 0.1));
    // One cut to 0.9 at step 0.
    close(densities(10.0, r#"{"tool": "neural-compressor"}"#), (0.1, 0.1));
    // Geometric, at every step: densities 1, 10^(-1/2), 10^-1.
    let exp = r#"{"tool": "neural-compressor", "end_step": 2}"#;
    close(densities(4.0, exp), (0.25 * (1.2 + 0.1_f64.sqrt()), 0.1));
    // Target 0.5, power 3.
    let coremltools = r#"{"tool": "coremltools", "update_steps": [0, 1, 2]}"#;
    close(densities(4.0, coremltools), (0.25 * (1.0 + 0.5625 + 0.5 + 0.5), 0.5));
    // At every step, 0, 1 and 2.
    let coreai = r#"{"tool": "coreai-opt", "target_sparsity": 0.8, "total_iters": 3}"#;
    close(densities(4.0, coreai), (0.25 * (1.0 + 0.3 + 0.2 + 0.2), 0.2));
    let zhu_gupta = r#"{"tool": "zhu-gupta", "s_f": 0.8, "t0": 0, "n": 2, "delta_t": 1}"#;
    close(densities(4.0, zhu_gupta), (0.25 * (1.0 + 0.3 + 0.2 + 0.2), 0.2));
}

/// N̄/N₀ of a run of so many steps with these parameters, as on a command line.
fn mean(tool: &str, steps: f64, parameters: &str) -> f64 {
    let pairs = parameters.split("; ").filter_map(|pair| pair.split_once(' '));
    let extent = Extent::new(1e9).with_steps(steps);
    let schedule = Dialect::from_pairs(tool, pairs).and_then(|dialect| dialect.schedule(extent));
    schedule.and_then(|s| s.trajectory(Network::new(1.0), extent)).expect(tool).average_params()
}

#[test]
fn every_tool_worked_out_by_hand() {
    let jax = |p: f64| 0.2 + 0.8 * (1.0 - p).powi(3);
    let sparseml = "init_sparsity 0.05; final_sparsity 0.8; start_epoch 1; end_epoch 2; update_frequency 0.5; steps_per_epoch 10";
    for (tool, steps, parameters, expected) in [
        // 0, then 0.7 from step 100, then 0.8 from step 200.
        ("zhu-gupta", 400.0, "s_i 0; s_f 0.8; t0 0; n 2; delta_t 100", 0.25 + 0.25 * 0.3 + 0.5 * 0.2),
        // Dense until step 100, 0.5 from there, and 0.8 - 0.3/27 from step 200 to the end.
        (
            "tfmot",
            400.0,
            "initial_sparsity 0.5; final_sparsity 0.8; begin_step 100; end_step 250",
            0.25 + 0.25 * 0.5 + 0.5 * (0.2 + 0.3 / 27.0),
        ),
        ("tfmot-constant", 400.0, "target_sparsity 0.5; begin_step 100", 0.25 + 0.75 * 0.5),
        // Updates at steps 100 and 200, with p = 51/200 and 151/200.
        (
            "jaxpruner",
            400.0,
            "sparsity 0.8; update_freq 100; update_start_step 50; update_end_step 250",
            0.25 + 0.25 * jax(51.0 / 200.0) + 0.5 * jax(151.0 / 200.0),
        ),
        // 0.2 + 0.8 Σ (k/1000)³/1000, k = 1, …, 1000.
        ("torchao", 1000.0, "sparsity_level 0.8", 0.2 + 0.8 * 1001.0 * 1001.0 / 4e6),
        // Dense to step 10, 0.05 to step 15, 0.05 + 0.75 × 7/8 to step 20, then 0.8.
        ("sparseml", 40.0, sparseml, (10.0 + 5.0 * 0.95 + 5.0 * (0.95 - 0.75 * 0.875) + 20.0 * 0.2) / 40.0),
        // Updates at 50 (to 0), 100 (p = 1/4) and 200 (p = 3/4), and none at 250.
        (
            "llm-compressor",
            400.0,
            "init_sparsity 0; final_sparsity 0.8; start 50; end 250; update 100",
            0.25 + 0.25 * (0.2 + 0.8 * 0.75f64.powi(3)) + 0.5 * (0.2 + 0.8 * 0.25f64.powi(3)),
        ),
        // Dense to step 100, density sqrt(0.25) to step 200, then 0.25.
        (
            "neural-compressor",
            400.0,
            "target_sparsity 0.75; end_step 250; pruning_frequency 100",
            0.25 + 0.25 * 0.5 + 0.5 * 0.25,
        ),
        // 0 to step 110, 0.7 to step 200, then 0.8.
        (
            "coremltools",
            400.0,
            "target_sparsity 0.8; update_steps [100, 110, 200]",
            (110.0 + 90.0 * 0.3 + 200.0 * 0.2) / 400.0,
        ),
        (
            "coremltools",
            400.0,
            "target_sparsity 0.8; update_steps range(0, 300, 100)",
            0.25 + 0.25 * 0.3 + 0.5 * 0.2,
        ),
        // Updates at 0, 100 and 200, to 0, 0.7 and 0.8.
        (
            "coreai-opt",
            400.0,
            "target_sparsity 0.8; total_iters 300; update_frequency 100",
            0.25 + 0.25 * 0.3 + 0.5 * 0.2,
        ),
        // 0.5 from step 100, 0.75 from step 200, and not 1.
        ("torch-prune", 400.0, "calls [[100, 0.5], [200, 0.5]]", 0.25 + 0.25 * 0.5 + 0.5 * 0.25),
        ("rigl", 1.0, "sparsity 0.8; drop_fraction 0.3", 0.2),
        ("phases", 400.0, "phases [[0, 100, 1], [100, 200, 0.1], [200, 300, 1], [300, 400, 0.1]]", 0.55),
    ] {
        let found = mean(tool, steps, parameters);
        assert!((found - expected).abs() < 1e-14, "{tool}: {found}, not {expected}");
    }
    // 102 cuts at steps 2500, 2600, …, 12600 of 25050: the paper's 80 % sparse model.
    let jin = mean("jin", 25_050.0, "sparsity 0.8; gmp_start_step 2500; gmp_end_step 12600");
    assert!((jin - 0.3992).abs() < 5e-5, "{jin}");
}

#[test]
fn quirks() {
    // JaxPruner counts from step 0: with a start at 50 the updates are at 100 and 200.
    let jaxpruner = r#"{"tool": "jaxpruner", "sparsity": 0.8, "update_freq": 100, "update_start_step": 50, "update_end_step": 250}"#;
    let density = |p: f64| 0.2 + 0.8 * (1.0 - p).powi(3);
    let (first, second) = (density(51.0 / 200.0), density(151.0 / 200.0));
    close(densities(400.0, jaxpruner), (0.25 + 0.25 * first + 0.5 * second, second));
    // One coremltools update goes all the way, one of Core AI nowhere.
    close(densities(4.0, r#"{"tool": "coremltools", "update_steps": [1]}"#), (0.25 + 0.375, 0.5));
    let once = r#"{"tool": "coreai-opt", "target_sparsity": 0.8, "total_iters": 2, "update_frequency": 2}"#;
    close(densities(4.0, once), (0.6, 0.2));
    // 0.98 is as far as gradual pruning goes in Neural Compressor.
    let far = r#"{"tool": "neural-compressor", "target_sparsity": 0.99, "end_step": 1, "sparsity_decay_type": "linear"}"#;
    close(densities(4.0, far), (0.25 + 0.75 * 0.02, 0.02));
    // In epochs 3/10 is no multiple of 1/10 in double precision.
    let epochs = |update: f64| {
        format!(
            r#"{{"tool": "llm-compressor", "init_sparsity": 0, "final_sparsity": 0.8, "start": 0, "end": 0.3,
            "update_scheduler": "linear", "update": {update}, "steps_per_epoch": 10}}"#
        )
    };
    close(
        densities(4.0, &epochs(0.1)),
        (0.25 * (1.0 + (1.0 - 0.8 / 3.0) + 2.0 * (1.0 - 1.6 / 3.0)), 1.0 - 1.6 / 3.0),
    );
}

#[test]
fn cuts_after_the_run_never_happen_and_that_is_said() -> Result<()> {
    let dialect = |end| {
        let end: String = format!("{end}");
        Dialect::from_pairs("jin", [("sparsity", "80%"), ("gmp_start_step", "0"), ("gmp_end_step", &end)])
    };
    let extent = Extent::new(1e9).with_steps(1000.0);
    assert_eq!(dialect(900)?.shortfall(extent)?, None);
    let short = dialect(1000)?.shortfall(extent)?.expect("the last cut is missed");
    assert!(short.starts_with("the sparsity 0.8 is never reached by jin: 0.76"), "{short}");
    assert!(short.ends_with("holds from step 900 to the end"), "{short}");
    let late = Dialect::from_pairs("tfmot-constant", [("target_sparsity", "0.8"), ("begin_step", "1000")])?;
    assert_eq!(late.schedule(extent)?, Schedule::from(Staircase::new(Unit::Step, Vec::new())));
    assert!(late.shortfall(extent)?.expect("dense").ends_with("0.000 holds from the start to the end"));
    assert!(matches!(late.schedule(Extent::new(1e9)), Err(Error::MissingInput { .. })));
    Ok(())
}

/// What a refusal of these parameters says.
fn refusal(text: &str) -> String {
    let extent = Extent::new(1e9).with_steps(1000.0);
    let schedule = Dialect::from_json("file.json", text).and_then(|dialect| dialect.schedule(extent));
    schedule.expect_err(text).to_string()
}

#[test]
fn refusals_name_the_tool_the_parameter_and_the_reason() {
    let sparseml = r#"{"tool": "sparseml", "init_sparsity": 0, "final_sparsity": 0.8, "steps_per_epoch": 10, "start_epoch": "#;
    let llm =
        r#"{"tool": "llm-compressor", "init_sparsity": 0, "final_sparsity": 0.8, "start": 0, "end": 100, "#;
    let cases = [
        ("{", "schedule of file.json: no JSON: EOF while parsing"),
        (
            r#"{"sparsity": 1}"#,
            "schedule of file.json: the field 'tool' does not name a tool; choose one of zhu-gupta, jin,",
        ),
        (r#"{"tool": "tfmto"}"#, "the tool 'tfmto' is not known; choose one of zhu-gupta, jin, tfmot,"),
        (r#"{"tool": "jin"}"#, "schedule of tool 'jin': missing field `sparsity`"),
        (
            r#"{"tool": "rigl", "sparsity": 0.5, "delta_t": 3}"#,
            "unknown field `delta_t`, expected `sparsity` or `drop_fraction`",
        ),
        (
            r#"{"tool": "static", "sparsity": 80}"#,
            "sparsity = 80 is not a fraction from 0 to below 1; write 80 % as 0.8",
        ),
        (
            r#"{"tool": "jin", "sparsity": 0.5, "gmp_start_step": 0, "gmp_end_step": 250}"#,
            "set gmp_end_step to 200 or 300",
        ),
        (
            r#"{"tool": "jin", "sparsity": 0.5, "gmp_start_step": 2.5, "gmp_end_step": 250}"#,
            "invalid type: floating point `2.5`",
        ),
        (
            r#"{"tool": "tfmot", "initial_sparsity": 0.9, "final_sparsity": 0.8, "begin_step": 0, "end_step": 9}"#,
            "final_sparsity = 0.8 is below initial_sparsity = 0.9",
        ),
        (
            r#"{"tool": "tfmot", "initial_sparsity": 0, "final_sparsity": 0.8, "begin_step": 9, "end_step": 9}"#,
            "divide 0 by 0; for one cut use the tool tfmot-constant",
        ),
        (
            r#"{"tool": "torchao", "sparsity_level": 0.5, "init_sl": 0.6}"#,
            "sparsity_level = 0.5 is below init_sl = 0.6",
        ),
        (
            r#"{"tool": "jaxpruner", "sparsity": 0.5, "algorithm": "magnitude"}"#,
            "the masks of magnitude stay dense; give update_start_step",
        ),
        (r#"{"tool": "jaxpruner", "sparsity": 0.5, "update_start_step": 5}"#, "update_end_step is not given"),
        (
            r#"{"tool": "phases", "phases": [[0, 100, 1], [110, 1000, 0.1]]}"#,
            "begins at 110 where the one before it ends at 100",
        ),
        (r#"{"tool": "phases", "phases": [[0, 900, 1]]}"#, "the phases end at 900 and the run at 1000 steps"),
        (r#"{"tool": "phases", "phases": [[0, 1000, 0]]}"#, "density = 0 is not above 0"),
        (r#"{"tool": "torch-prune", "calls": [[5, 0.5], [2, 0.5]]}"#, "do not ascend"),
        (
            r#"{"tool": "coremltools", "update_steps": "every 100"}"#,
            "neither a list of steps nor a range; write [0, 100, 200] or range(start, end, step)",
        ),
        (&format!("{sparseml} -1, \"end_epoch\": 5}}"), "start_epoch = -1 is not at least 0"),
        (&format!("{sparseml} 2, \"end_epoch\": 2}}"), "the tool divides by their difference"),
        (&format!("{sparseml} 2, \"end_epoch\": 3, \"leave_enabled\": false}}"), "lets weights come back"),
        (
            &format!("{sparseml} 2, \"end_epoch\": 3.05, \"inter_func\": \"inverse_cubic\"}}"),
            "end_epoch = 3.05 falls between two steps",
        ),
        (
            &format!("{llm} \"update_scheduler\": \"polynomial_decay\"}}"),
            "exponent = 2 is broken in the tool",
        ),
        (&format!("{llm} \"update_scheduler\": \"calc(1)\"}}"), "(calc(...) is not run here)"),
        (&format!("{llm} \"update_scheduler\": \"multi_step\"}}"), "needs scheduler_args.steps"),
        (r#"{"tool": "neural-compressor", "sparsity_decay_type": "cubic"}"#, "one of exp, linear, cube, cos"),
    ];
    for (text, words) in cases {
        let message = refusal(text);
        assert!(message.contains(words), "'{message}' does not say '{words}'");
    }
}

#[test]
fn numbers_as_large_as_they_can_be_do_not_overflow() {
    let most = u64::MAX;
    for text in [
        format!(
            r#"{{"tool": "torchao", "sparsity_level": 0.5, "delta_t": {most}, "total_t": {most}, "init_t": 7}}"#
        ),
        format!(r#"{{"tool": "zhu-gupta", "s_f": 0.5, "t0": {most}, "n": {most}, "delta_t": {most}}}"#),
        format!(
            r#"{{"tool": "jaxpruner", "sparsity": 0.5, "update_freq": 7, "update_start_step": {most}, "update_end_step": {most}}}"#
        ),
        format!(
            r#"{{"tool": "coreai-opt", "target_sparsity": 0.5, "begin_step": {most}, "total_iters": {most}}}"#
        ),
        format!(
            r#"{{"tool": "neural-compressor", "start_step": 5, "end_step": {most}, "pruning_frequency": {most}}}"#
        ),
        format!(
            r#"{{"tool": "jin", "sparsity": 0.5, "gmp_start_step": 0, "gmp_end_step": {most}, "gmp_pruning_frequency": 1}}"#
        ),
    ] {
        densities(1000.0, &text);
    }
}

#[test]
fn dialects_survive_json() -> Result<()> {
    let ramp = Ramp::new(Shape::Cubic, 0.8, 100.0, 700.0, Unit::Step).with_every(100.0);
    let own_words = ["sparseml", "torch-prune", "phases"];
    for tool in Dialect::TOOLS.into_iter().filter(|tool| !own_words.contains(tool)) {
        let mut ramp = ramp.clone();
        if tool == "jin" {
            ramp.shape = Shape::Geometric;
        }
        let dialect = Dialect::from_ramp(tool, &ramp)?;
        let text = serde_json::to_string(&dialect).expect("no map with other keys than text");
        assert!(text.starts_with(&format!("{{\"tool\":\"{tool}\"")), "{text}");
        assert_eq!(Dialect::from_json("test", &text)?, dialect);
        assert_eq!(dialect.to_string(), tool);
    }
    for tool in own_words {
        assert!(matches!(Dialect::from_ramp(tool, &ramp), Err(Error::Dialect { .. })));
    }
    Ok(())
}

#[test]
fn our_own_ramp_is_the_paper_s() -> Result<()> {
    let extent = Extent::new(1e9).with_steps(1000.0);
    let ramp =
        Ramp::new(Shape::Cubic, 0.8, 100.0, 700.0, Unit::Step).with_every(100.0).with_initial_sparsity(0.1);
    let geometric = Ramp::new(Shape::Geometric, 0.8, 100.0, 700.0, Unit::Step).with_every(100.0);
    let average = |schedule: Schedule| Ok(schedule.trajectory(Network::new(1.0), extent)?.average_params());
    for (tool, ramp) in [("zhu-gupta", ramp), ("jin", geometric)] {
        let translated: f64 = average(Dialect::from_ramp(tool, &ramp)?.schedule(extent)?)?;
        let ours: f64 = average(ramp.into())?;
        assert!((translated / ours - 1.0).abs() < 1e-14, "{tool}: {translated} is not {ours}");
    }
    Ok(())
}
