//! `nbar isoflop`, and laws of compute alone.

use std::fmt::Write;

use super::*;

#[test]
fn the_valleys_of_a_published_sweep_stand_beside_its_law() {
    let found = json(&["isoflop", "data/chinchilla_isoflop.csv", "--bootstrap", "100"]);
    assert_eq!(found["schema"], "nbar.isoflop/1");
    assert_near(&found["params"]["slope"]["estimate"], 0.5414213, 2e-7);
    assert_near(&found["tokens"]["slope"]["estimate"], 0.4585787, 2e-7);
    assert_near(&found["params"]["coefficient"], 0.0133280, 1e-5);
    assert_eq!(found["valleys"].as_array().expect("seven").len(), 7);
    assert!(found["law"]["slopes"][0]["interval"][0].is_f64(), "{found}");
    let warned = found["law"]["warnings"][0]["message"].as_str().unwrap_or_default();
    assert!(warned.starts_with("the runs depart from the law"), "{found}");
    let text = good(&["isoflop", "data/chinchilla_isoflop.csv", "--bootstrap", "100"]);
    for part in
        ["7 budgets of 85 of 85 runs", "N* of law", "0.5414", "0.4586", "if the law holds", "grid drifting"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let csv = good(&["isoflop", "data/chinchilla_isoflop.csv", "--bootstrap", "0", "--format", "csv"]);
    assert_eq!(csv.lines().count(), 8);
    assert!(csv.starts_with("flops,runs,smallest,largest,bracket,params,params_lower"), "{csv}");
}

#[test]
fn a_width_of_no_budget_is_a_wrong_flag() {
    refuses(&["isoflop", "data/chinchilla_isoflop.csv", "--within", "0"], 2, &["--within 0"]);
}

#[test]
fn runs_at_no_budget_are_named() {
    let sweep = std::fs::read_to_string("data/chinchilla_isoflop.csv").expect("data");
    let off = write("va-off.csv", sweep + "short,1e9,1e9,6e18,3.3\nlong,1e9,7e10,4.2e20,2.4\n");
    let text = good(&["isoflop", &off, "--bootstrap", "0"]);
    assert!(text.contains("7 budgets of 86 of 87 runs; at no budget: long (4.2e20 FLOPs)\n"), "{text}");
    assert_eq!(json(&["isoflop", &off, "--bootstrap", "0"])["left_out"], serde_json::json!(["long"]));
    let whole = json(&["isoflop", "data/chinchilla_isoflop.csv", "--bootstrap", "0"]);
    assert_eq!(whole["left_out"], serde_json::json!([]));
}

#[test]
fn weights_and_groups_that_parabolas_do_not_tell_are_said() {
    let sweep = std::fs::read_to_string("data/chinchilla_isoflop.csv").expect("data");
    let with = |name: &str, cell: &dyn Fn(usize) -> &'static str| {
        let row = |(i, line): (usize, &str)| format!("{line},{}\n", if i == 0 { name } else { cell(i) });
        write(&format!("va-{name}.csv"), sweep.lines().enumerate().map(row).collect::<String>())
    };
    let said = |path: &str| {
        let output = run(&["isoflop", path, "--bootstrap", "0"]);
        String::from_utf8(output.stderr).expect("text")
    };
    let weights = said(&with("weight", &|i| if i % 2 == 0 { "1" } else { "2" }));
    assert!(weights.contains("parabolas and their lines take all runs alike"), "{weights}");
    let groups = said(&with("group", &|i| if i % 2 == 0 { "c4" } else { "pile" }));
    assert!(
        groups.contains("valleys are of 2 groups together (c4, pile): choose one by --where"),
        "{groups}"
    );
    assert_eq!(said("data/chinchilla_isoflop.csv"), "");
}

#[test]
fn what_has_no_valleys_is_refused_in_a_word() {
    let table = |rows: &[(f64, f64, f64)]| {
        let rows = rows.iter().enumerate().map(|(i, (n, c, l))| format!("r{i},{n},{},{l}\n", c / (6.0 * n)));
        "run,params,tokens,loss\n".to_owned() + &rows.collect::<String>()
    };
    let valley = |c: f64| [(1e8, c, 3.1), (2e8, c, 3.0), (4e8, c, 3.05), (8e8, c, 3.2)];
    let falling = |c: f64| [(1e8, c, 3.3), (2e8, c, 3.1), (4e8, c, 2.95), (8e8, c, 2.9)];
    let one = write("va-one.csv", table(&valley(1e19)));
    let none = write("va-none.csv", table(&[falling(1e19), falling(1e20)].concat()));
    let alone = write("va-alone.csv", table(&[valley(1e19), falling(1e20)].concat()));
    let apart = write(
        "va-apart.csv",
        table(&[(1e8, 1e18, 3.1), (2e8, 1e19, 3.0), (4e8, 1e20, 2.9), (1e9, 1e21, 2.7)]),
    );
    let flops = write("va-flops.csv", "run,flops,loss\na,2e19,3.2\nb,1e20,3.0\nc,7e20,2.8\n");
    let cases = [
        (&one, "there is one budget"),
        (&none, "at no budget"),
        (&alone, "at one budget alone"),
        (&apart, "no budget has three runs of different sizes"),
        (&flops, "params"),
    ];
    for (path, part) in cases {
        refuses(&["isoflop", path], 3, &[part]);
    }
    refuses(&["isoflop", &one, "--flops", "1e22"], 2, &["--flops", "three runs of different sizes"]);
    // One valley that is not bracketed has no part, and that is said.
    let some = write("va-some.csv", table(&[valley(1e19), valley(1e20), falling(1e21)].concat()));
    let output = run(&["isoflop", &some, "--bootstrap", "0"]);
    assert!(stdout(&output).contains("above"), "{}", stdout(&output));
    assert!(stderr(&output).contains("at 1e21 FLOPs the parabola is least above"), "{}", stderr(&output));
}

/// Three runs of which FLOPs are known, fitted with E held.
fn compute(name: &str, e: &str) -> String {
    let table = write(
        &format!("{name}.csv"),
        "run,flops,loss\na,2.00e19,3.2373\nb,1.31e20,2.9538\nc,7.16e20,2.7515\n",
    );
    let path = scratch(&format!("{name}.fit.json")).display().to_string();
    let fix = format!("E={e}");
    good(&["fit", &table, "--law", "compute", "--fix", &fix, "--bootstrap", "50", "-o", &path]);
    path
}

#[test]
fn a_law_of_compute_says_which_flops_reach_a_loss() {
    let fit = compute("va-solve", "1.4");
    let found = json(&["solve", &fit, "--loss", "2.2700"]);
    assert_eq!((&found["solved_for"], &found["tokens"]["estimate"]), (&"flops".into(), &Value::Null));
    let flops = found["flops"]["estimate"].as_f64().expect("a number");
    let back = json(&["predict", &fit, "--flops", &flops.to_string()]);
    assert_near(&back["loss"]["estimate"], 2.27, 1e-12);
    assert_near(&found["flops"]["estimate"], 1.19e23, 2e-3);
    let ends = [0, 1].map(|end| found["flops"]["interval"][end].as_f64().expect("a number"));
    assert!(ends[0] < flops && flops < ends[1], "{ends:?}");
    let text = good(&["solve", &fit, "--loss", "2.27"]);
    assert!(text.contains("training FLOPs for a loss of 2.27") && !text.contains("tokens"), "{text}");
    refuses(&["solve", &fit, "--loss", "1.39"], 3, &["not reachable"]);
    refuses(&["solve", &fit, "--loss", "2.3", "--max-tokens", "1T"], 3, &["compute alone"]);
}

#[test]
fn forecasts_with_a_parameter_held_stand_in_a_table() {
    let fit = compute("va-held", "1.4");
    let found = json(&["predict", &fit, "--flops", "1.19e23", "--fix", "E=1.4,1.5,1.6"]);
    let rows = found["rows"].as_array().expect("rows");
    let losses = rows.iter().map(|row| row["prediction"]["loss"]["estimate"].as_f64().expect("a number"));
    let rounded: Vec<String> = losses.map(|loss| format!("{loss:.4}")).collect();
    assert_eq!(rounded, ["2.2700", "2.2700", "2.2817", "2.2948"]);
    assert_near(&rows[1]["parameters"]["K"], 83.634, 1e-5);
    assert_near(&rows[1]["parameters"]["gamma"], 0.085930, 1e-5);
    let text = good(&["predict", &fit, "--flops", "1.19e23", "--fix", "E=1.4,1.5,1.6"]);
    for part in ["as fitted", "E = 1.5", "2.2817", "2.2948", "95 % interval"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    refuses(&["predict", &fit, "--flops", "1e23", "--fix", "F=1"], 2, &["F"]);
    // Above all losses there is nothing left for compute to do.
    let above = run(&["predict", &fit, "--flops", "1e23", "--fix", "E=5"]);
    assert_eq!(above.status.code(), Some(4));
    assert!(stderr(&above).contains("E = 5: the term of K has vanished"), "{}", stderr(&above));
    refuses(&["predict", &fit, "--flops", "1e23", "--fix", "E"], 2, &["E=1.4,1.5,1.6"]);
}

#[test]
fn budgets_that_share_runs_are_refused() {
    let asked = |flops| ["isoflop", "data/chinchilla_isoflop.csv", "--bootstrap", "0", "--flops", flops];
    good(&asked("6e18,1e19"));
    refuses(&asked("6e18,6.1e18"), 2, &["--flops 6.1e18 has runs that count for the budget 6e18 too"]);
}

#[test]
fn a_level_that_parabolas_miss_is_said_to_lie_outside_their_interval() {
    // A law's own losses, off by .02 %, on grids that all lie 1.9 times above its best sizes.
    let (e, a, alpha, b, beta) = (1.7, 400.0, 0.34, 410.0, 0.28);
    let best = |flops: f64| {
        let level: f64 = alpha * a / (beta * b);
        level.powf(1.0 / (alpha + beta)) * (flops / 6.0).powf(beta / (alpha + beta))
    };
    let mut sweep = "params,tokens,loss\n".to_owned();
    for (k, flops) in [1e18, 3e18, 1e19, 3e19, 1e20].into_iter().enumerate() {
        for (i, of_grid) in [0.18, 0.4, 1.0, 2.2, 4.0].into_iter().enumerate() {
            let params: f64 = 1.9 * of_grid * best(flops);
            let tokens = flops / 6.0 / params;
            let noise = 2e-4 * ((7 * k + 3 * i) as f64).sin();
            let loss = (e + a * params.powf(-alpha) + b * tokens.powf(-beta)) * (1.0 + noise);
            sweep += &format!("{params:e},{tokens:e},{loss}\n");
        }
    }
    let path = write("va-offset.csv", sweep);
    let text = good(&["isoflop", &path, "--bootstrap", "100"]);
    let line = text.lines().last().expect("lines");
    let said = line.split("N* at the middle ").nth(1).and_then(|rest| rest.split('M').next());
    let said: f64 = said.and_then(|said| said.parse().ok()).expect("millions");
    // Within what the noise leaves of it: the parabolas' own N* is farther off.
    assert!((said * 1e6 / best(1e19) - 1.0).abs() < 0.01, "{line}");
    assert!(line.starts_with("without that: the power 0.45"), "{line}");
    assert!(line.ends_with("M, outside their interval"), "{line}");
}

/// Runs of a law without noise at three budgets that cost (N/1e8)^.1 times 6 N D: E = 1.7, A = 400, B = 410, α = .34, β = .28.
fn measured(name: &str, with_flops: bool) -> String {
    let mut table = format!("run,params,tokens,loss{}\n", if with_flops { ",flops" } else { "" });
    for (b, budget) in [1e18f64, 1e19, 1e20].into_iter().enumerate() {
        let centre = 6e7 * (budget / 1e18).powf(0.45);
        for k in -3..=3 {
            let params = centre * 1.5f64.powi(k);
            let tokens = budget / (6.0 * params * (params / 1e8).powf(0.1));
            let loss = 1.7 + 400.0 / params.powf(0.34) + 410.0 / tokens.powf(0.28);
            let flops = if with_flops { format!(",{budget}") } else { String::new() };
            let _ = writeln!(table, "r{b}_{},{params},{tokens},{loss}{flops}", k + 3);
        }
    }
    write(name, table)
}

#[test]
fn the_law_beside_measured_flops_is_least_along_runs_of_equal_flops_as_measured() {
    let asked = ["isoflop", &measured("va-measured.csv", true), "--bootstrap", "20"];
    let found = json(&asked);
    for valley in found["valleys"].as_array().expect("three") {
        let (flops, params) =
            (valley["flops"].as_f64().unwrap(), valley["law_params"]["estimate"].as_f64().unwrap());
        let tokens = flops / (6.0 * params * (params / 1e8).powf(0.1));
        // Along ln D = c - 1.1 ln N the loss is least where α A/N^α is 1.1 β B/D^β. The law is found to 1e-9, and what is off here is flat.
        let (of_n, of_d) = (0.34 * 400.0 / params.powf(0.34), 1.1 * 0.28 * 410.0 / tokens.powf(0.28));
        assert!((of_n / of_d - 1.0).abs() < 1e-5, "{flops}: {of_n} {of_d}");
    }
    assert!(found["law"]["middle_bias"].as_f64().is_some_and(|bias| (bias - 1.0).abs() < 0.05), "{found}");
    let ends = &found["flops_over_average"];
    assert!(ends[0].as_f64() < Some(1.0) && ends[1].as_f64() > Some(1.2), "{ends}");
    let text = good(&asked);
    assert!(
        text.contains("FLOPs: as measured") && text.contains("the law's best runs are of these"),
        "{text}"
    );
    // FLOPs of an embedding, which is much of a small network, are no power of the size.
    let mut table = "run,params,tokens,loss,flops\n".to_owned();
    for (b, budget) in [1e18f64, 1e19, 1e20].into_iter().enumerate() {
        let centre = 8e7 * (budget / 1e18).powf(0.4);
        for k in -3..=3 {
            let params = centre * 1.5f64.powi(k);
            let tokens = budget / (6.0 * params * (1.0 + 1.6e7 / params));
            let loss = 1.7 + 400.0 / params.powf(0.34) + 410.0 / tokens.powf(0.28);
            let _ = writeln!(table, "r{b}_{},{params},{tokens},{loss},{budget}", k + 3);
        }
    }
    let found = json(&["isoflop", &write("va-embedding.csv", table), "--bootstrap", "20"]);
    for valley in found["valleys"].as_array().expect("three") {
        let flops = valley["flops"].as_f64().unwrap();
        let loss = |n: f64| 1.7 + 400.0 / n.powf(0.34) + 410.0 / (flops / (6.0 * (n + 1.6e7))).powf(0.28);
        let sizes = (0..40_000).map(|k| (16.0 + 6.0 * f64::from(k) / 40_000.0).exp());
        let best = sizes.min_by(|a, b| loss(*a).total_cmp(&loss(*b))).unwrap();
        // A parabola through FLOPs over 6 N D is off by its next term.
        assert_near(&valley["law_params"]["estimate"], best, 0.03);
    }
    // Without the column budgets are 6 N D, which these runs do not share.
    let counted = run(&["isoflop", &measured("va-counted.csv", false), "--bootstrap", "0"]);
    assert!(!stdout(&counted).contains("as measured"));
}

#[test]
fn curves_count_at_a_budget_that_they_cross_however_far_apart_their_rows_are() {
    let mut table = "run,params,tokens,loss\n".to_owned();
    for k in 0..7 {
        let params = 3e7 * 1.7f64.powi(k);
        for step in 0..8 {
            let flops = 2e17 * 1.9f64.powi(step) * (1.0 + 0.03 * f64::from(k));
            let tokens = flops / (6.0 * params);
            let loss = 1.7 + 400.0 / params.powf(0.34) + 410.0 / tokens.powf(0.28);
            let _ = writeln!(table, "r{k},{params},{tokens},{loss}");
        }
    }
    let path = write("va-coarse.csv", table);
    let of = |within: &str| {
        let asked = ["isoflop", &path, "--checkpoints", "all", "--bootstrap", "0", "--flops", "9e17,5e18"];
        json(&[&asked[..], &["--within", within]].concat())
    };
    let far = |within: &str| {
        let asked = ["isoflop", &path, "--checkpoints", "all", "--bootstrap", "0", "--flops", "9e17,5e18"];
        run(&[&asked[..], &["--within", within, "--where", "tokens<1e9"]].concat())
    };
    assert_eq!(far("5%").status.code(), Some(2), "curves that end before it do not cross it");
    let (found, wide) = (of("5%"), of("30%"));
    for (k, budget) in [9e17, 5e18].into_iter().enumerate() {
        let valley = &found["valleys"][k];
        assert_near(&valley["flops"], budget, 1e-9);
        assert_eq!(valley["runs"], 7);
        // All cross it: a wider reach changes nothing.
        assert_near(
            &wide["valleys"][k]["params"]["estimate"],
            valley["params"]["estimate"].as_f64().unwrap(),
            1e-9,
        );
    }
}

#[test]
fn a_grid_with_a_minimum_at_its_edge_is_not_called_centred() {
    let row = |k: usize, n: f64, c: f64, l: f64| format!("r{k}_{c},{n},{},{l}\n", c / (6.0 * n));
    let valley = |c: f64, shift: f64| {
        let sizes = (-3i32..=3).map(move |k| (k, 1e8 * (c / 1e18).powf(0.5) * 1.5f64.powi(k)));
        let rows = sizes.map(move |(k, n)| {
            let z = f64::from(k) / 3.0 - shift;
            row((k + 3) as usize, n, c, 3.0 - 0.1 * (c / 1e18).log10() + 0.2 * z * z)
        });
        rows.collect::<String>()
    };
    let header = "run,params,tokens,loss\n";
    let shifts = [0.0, 0.02, -0.02, 0.9];
    let rows: String =
        [1e18, 1e19, 1e20, 1e21].iter().zip(shifts).map(|(c, shift)| valley(*c, shift)).collect();
    let edge = json(&["isoflop", &write("va-edge.csv", header.to_owned() + &rows), "--bootstrap", "0"]);
    assert_ne!(edge["grid"], "centred", "{edge}");
    let rows: String = [1e18, 1e19, 1e20, 1e21].iter().map(|c| valley(*c, 0.0)).collect();
    let middle = json(&["isoflop", &write("va-middle.csv", header.to_owned() + &rows), "--bootstrap", "0"]);
    assert_eq!(middle["grid"], "centred", "{middle}");
}

#[test]
fn a_curve_is_continued_and_bridged_only_as_far_as_its_rows_tell() {
    // Rows `apart` from each other, from `first` times a budget on.
    let curves = |name: &str, apart: f64, first: f64| {
        let mut table = "run,params,tokens,loss\n".to_owned();
        for k in 0..7 {
            let params = 3e7 * 1.6f64.powi(k);
            for step in 0..4 {
                let flops = 1e18 * first * apart.powi(step);
                let wobble = if step == 0 { 0.997 } else { 1.0 };
                let tokens = flops / (6.0 * params);
                let loss = 1.7 + 400.0 / params.powf(0.34) + 410.0 / tokens.powf(0.28);
                let _ = writeln!(table, "r{k},{params},{tokens},{}", loss * wobble);
            }
        }
        write(name, table)
    };
    let of = |path: &str| {
        let asked = ["isoflop", path, "--checkpoints", "all", "--bootstrap", "0", "--flops", "1e18,2e18"];
        run(&[&asked[..], &["--format", "json"]].concat())
    };
    // Rows a quarter apart are continued by three hundredths; rows a thousandth apart, whose noise that would multiply by thirty, are not.
    for (name, apart, at) in [("va-near.csv", 1.26, 1e18), ("va-close.csv", 1.001, 1.03e18)] {
        let path = curves(name, apart, 1.03);
        let asked = ["isoflop", &path, "--checkpoints", "all", "--bootstrap", "0", "--flops", "1e18"];
        let said = run(&asked);
        assert!(stderr(&said).contains("there is one budget"), "{name} {at}: {}", stderr(&said));
    }
    // A line over a hundredfold is no curve.
    let far = of(&curves("va-far.csv", 100.0, 0.1));
    assert_eq!(far.status.code(), Some(2), "{}", stderr(&far));
    assert!(stderr(&far).contains("has not three runs"), "{}", stderr(&far));
}
