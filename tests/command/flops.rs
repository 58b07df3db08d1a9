//! What training cost, and laws that read it.

use std::fmt::Write;

use serde_json::Value;

use crate::{assert_near, good, json, refuses, run, scratch, stderr, stdout, write};

/// L = 1.7 + 337/C^.12.
fn loss(flops: f64) -> f64 {
    1.7 + 337.0 / flops.powf(0.12)
}

fn budgets() -> impl Iterator<Item = f64> {
    (0..24).map(|i| 10f64.powf(18.0 + 0.12 * f64::from(i)))
}

fn parameter(fit: &Value, name: &str) -> f64 {
    fit["parameters"][name]["estimate"].as_f64().unwrap()
}

/// Runs whose cost was measured to be 1.1 and 1.6 times 6 N D in turn.
fn measured(name: &str) -> String {
    let mut table = "run,params,tokens,flops,loss\n".to_owned();
    for (i, flops) in budgets().enumerate() {
        let counted = flops / if i % 2 == 0 { 1.1 } else { 1.6 };
        let params = (counted / 120.0).sqrt();
        let _ = writeln!(table, "r{i},{params},{},{flops},{}", 20.0 * params, loss(flops));
    }
    write(name, table)
}

#[test]
fn a_compute_budget_is_read_as_flops() {
    let runs = [6e18, 3e19, 1e20].into_iter().flat_map(|c| [1e8, 2.5e8, 6e8, 1.5e9].map(|n| (n, c)));
    let row = |(n, c): (f64, f64)| {
        let loss = 1.8 + 400.0 / n.powf(0.34) + 2000.0 / (c / 6.0 / n).powf(0.37);
        format!(r#"{{"parameters":{n},"compute_budget":{c},"final_loss":{loss}}}"#)
    };
    let table = format!("[{}]", runs.map(row).collect::<Vec<_>>().join(",\n"));
    let table = write("isoflops.json", table);
    for args in [
        &["fit", &table, "--bootstrap", "0"][..],
        &["fit", &table, "--columns", "flops=compute_budget", "--bootstrap", "0"],
    ] {
        let fit = json(args);
        for (name, value) in [("E", 1.8), ("A", 400.0), ("B", 2000.0), ("alpha", 0.34), ("beta", 0.37)] {
            assert!((parameter(&fit, name) / value - 1.0).abs() < 1e-6, "{fit}");
        }
    }
}

#[test]
fn measured_flops_are_the_cost_and_it_is_said() {
    let table = measured("measured.csv");
    let path = scratch("measured.fit.json").display().to_string();
    let args = ["fit", &table, "--law", "compute", "--bootstrap", "0"];
    let fit = json(&[&args[..], &["-o", &path]].concat());
    assert!((parameter(&fit, "gamma") / 0.12 - 1.0).abs() < 1e-6, "{fit}");
    assert_eq!(fit["flops_count"], "measured");
    let line = "FLOPs: as measured, in the column flops: 1.10 to 1.60 times 6 N̄ D";
    assert!(good(&args).contains(line) && good(&["show", &path]).contains(line));
    let counted = json(&[&args[..], &["--flops-count", "average"]].concat());
    assert!((parameter(&counted, "gamma") / 0.12 - 1.0).abs() > 1e-3 && counted["flops_count"].is_null());
    let most = budgets().last().unwrap();
    let predicted = json(&["predict", &path, "--params", "1B", "--tokens", "20B"]);
    // The law reads them on the scale that it was fitted on.
    let flops = predicted["flops"].as_f64().expect("a number");
    let said = format!("those of this answer are {:.2} times 6 N̄ D", flops / 1.2e20);
    assert!(flops > 1.1 * 1.2e20 && flops < 1.6 * 1.2e20, "{predicted}");
    assert_near(&predicted["extrapolation"]["flops"], flops / most, 1e-12);
    let [e, k, gamma] = ["E", "K", "gamma"].map(|name| parameter(&fit, name));
    assert_near(&predicted["loss"]["estimate"], e + k / flops.powf(gamma), 1e-12);
    let output = run(&["predict", &path, "--params", "1B", "--tokens", "20B"]);
    assert!(stderr(&output).contains("1.10 to 1.60 times 6 N̄ D"), "{}", stderr(&output));
    assert!(stderr(&output).contains(&said), "{}", stderr(&output));
}

#[test]
fn answers_in_6_n_d_are_compared_with_6_n_d() {
    // Twice 6 N D, as measured.
    let mut table = "run,params,tokens,flops,loss\n".to_owned();
    let mut most = 0.0f64;
    for (i, counted) in budgets().enumerate() {
        let params = (counted / 120.0).sqrt() * if i % 2 == 0 { 2.0 } else { 0.5 };
        let tokens = counted / (6.0 * params);
        let loss = 1.7 + 400.0 / params.powf(0.34) + 410.0 / tokens.powf(0.28);
        let _ = writeln!(table, "r{i},{params},{tokens},{},{loss}", 2.0 * counted);
        most = most.max(6.0 * params * tokens);
    }
    let (twice, path) = (write("twice.csv", &table), scratch("twice.fit.json").display().to_string());
    good(&["fit", &twice, "--bootstrap", "20", "-o", &path]);
    let predicted = json(&["predict", &path, "--params", "1B", "--tokens", "20B"]);
    assert_near(&predicted["extrapolation"]["flops"], 1.2e20 / most, 1e-12);
    assert_near(&json(&["allocate", &path, "--flops", "1e21"])["extrapolation"]["flops"], 1e21 / most, 1e-12);
    // Against the same runs without the column it is said, and not in the law that reads the column.
    let without = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        [&cells[..3], &cells[4..]].concat().join(",") + "\n"
    };
    let once = write("once.csv", table.lines().map(without).collect::<String>());
    let said = |law: &str| {
        let args = ["versus", &twice, &once, "--flops", "1e20", "--bootstrap", "20", "--law", law];
        stderr(&run(&args)).contains("twice.csv: FLOPs: as measured, in the column flops: 2.00 times 6 N̄ D")
    };
    assert!(said("chinchilla") && !said("compute"));
}

#[test]
fn a_column_that_says_6_n_d_says_nothing() {
    let text = good(&["fit", "data/chinchilla.csv", "--bootstrap", "0"]);
    assert!(!text.contains("FLOPs: "));
    let wanted = ["fit", "data/overtraining.csv", "--bootstrap", "0", "--flops-count"];
    refuses(&[&wanted[..], &["measured"]].concat(), 3, &["not every row of the sweep gives"]);
    refuses(&[&wanted[..], &["dense"]].concat(), 2, &["no run of the sweep was pruned"]);
}

#[test]
fn flops_and_loss_alone_are_fitted_by_compute_and_refused_by_other_laws() {
    let mut table = "flops,loss\n".to_owned();
    budgets().for_each(|flops| writeln!(table, "{flops},{}", loss(flops)).unwrap());
    let table = write("flops_alone.csv", table);
    let path = scratch("flops_alone.fit.json").display().to_string();
    let fit = json(&["fit", &table, "--law", "compute", "--bootstrap", "20", "-o", &path]);
    for (name, value) in [("E", 1.7), ("K", 337.0), ("gamma", 0.12)] {
        assert!((parameter(&fit, name) / value - 1.0).abs() < 1e-6, "{fit}");
    }
    let shown = good(&["show", &path]);
    let next = shown.lines().find_map(|line| line.strip_prefix("  nbar ")).expect(&shown);
    good(&next.split(' ').collect::<Vec<_>>());
    let predicted = json(&["predict", &path, "--flops", "1e22"]);
    assert_near(&predicted["loss"]["estimate"], loss(1e22), 1e-6);
    assert!(predicted["params"].is_null() && predicted["tokens"].is_null());
    assert_near(&predicted["extrapolation"]["flops"], 1e22 / budgets().last().unwrap(), 1e-12);
    for law in ["chinchilla", "averaged", "overtraining"] {
        let remedy = ["--law compute", "params"];
        refuses(&["fit", &table, "--law", law], 3, &remedy);
    }
    refuses(&["holdout", &table], 3, &["--law compute"]);
    refuses(&["compare", &table], 3, &["--laws compute"]);
    good(&["holdout", &table, "--law", "compute", "--bootstrap", "20"]);
    let compared = json(&["compare", &table, "--laws", "compute", "--bootstrap", "20"]);
    assert_eq!(compared["candidates"][0]["law"], "compute");
    assert!(compared["candidates"][0]["held_out"]["rms"].as_f64().unwrap() < 1e-6, "{compared}");
    let inspected = run(&["inspect", &table]);
    assert!(
        stdout(&inspected).contains("laws: compute\n") && stdout(&inspected).contains("nothing looks odd")
    );
    assert!(!stdout(&inspected).contains("tokens     "), "{}", stdout(&inspected));
    // Their logarithms are no FLOPs.
    let mut table = "flops,loss\n".to_owned();
    budgets().for_each(|flops| writeln!(table, "{},{}", flops.log10(), loss(flops)).unwrap());
    let inspected = run(&["inspect", &write("flops_log10.csv", table)]);
    assert!(stdout(&inspected).contains("24 runs have fewer than 1e11"), "{}", stdout(&inspected));
    let dense = crate::saved("flops_dense.fit.json");
    refuses(&["predict", &dense, "--flops", "1e22"], 3, &["--params and --tokens in place of --flops"]);
}

#[test]
fn masked_training_that_saved_nothing_costs_6_n0_d() {
    let path = scratch("masked.fit.json").display().to_string();
    let args = ["fit", "data/t5_c4_sparse.csv", "--bootstrap", "20", "--flops-count", "dense"];
    let text = good(&[&args[..], &["-o", &path]].concat());
    assert!(text.contains("FLOPs: 6 N0 D (--flops-count dense): 1.00 to "), "{text}");
    let saved: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let of =
        |name: &str| -> Vec<f64> { serde_json::from_value(saved["observations"][name].clone()).unwrap() };
    let dense = of("initial_params").iter().zip(of("tokens")).map(|(n, d)| 6.0 * n * d).fold(0.0, f64::max);
    let shape = [
        "--shape",
        "geometric",
        "--final-sparsity",
        "0.8",
        "--start",
        "25%",
        "--end",
        "75%",
        "--unit",
        "fraction",
    ];
    let pruned = json(&[&["predict", &path, "--params", "1B", "--tokens", "20B"], &shape[..]].concat());
    assert_near(&pruned["flops"], 1.2e20, 1e-12);
    assert_near(&pruned["extrapolation"]["flops"], 1.2e20 / dense, 1e-12);
    let of = |answer: &Value, name: &str| answer[name]["estimate"].as_f64().unwrap();
    let allocated = json(&[&["allocate", &path, "--flops", "1e21"], &shape[..]].concat());
    let cost = 6.0 * of(&allocated, "initial_params") * of(&allocated, "tokens");
    assert!((cost / 1e21 - 1.0).abs() < 1e-9, "{allocated}");
    // As good as a dense run of its average, which costs less.
    let budget = (6.0 * of(&allocated, "average_params") * of(&allocated, "tokens")).to_string();
    let twin = json(&["allocate", &path, "--flops", &budget]);
    assert!((of(&twin, "tokens") / of(&allocated, "tokens") - 1.0).abs() < 1e-6);
    assert!((of(&twin, "loss") / of(&allocated, "loss") - 1.0).abs() < 1e-9);
    let plan = json(&["plan", &path, "--flops", "1e21", "--sparsity", "0,0.8"]);
    assert_eq!(plan["best_by_loss"], 0.0);
    let pair = json(&[&["twin", &path, "--params", "1B", "--tokens", "20B"], &shape[..]].concat());
    let cost = |run: &Value, of: &str| 6.0 * run[of].as_f64().unwrap() * run["tokens"].as_f64().unwrap();
    for (run, of) in [("sparse", "initial_params"), ("dense", "average_params")] {
        assert_near(&pair[run]["training_flops"], cost(&pair[run], of), 1e-12);
    }
    let solved = json(&[&["solve", &path, "--params", "1B", "--loss", "3"], &shape[..]].concat());
    let cost = 6.0 * of(&solved, "initial_params") * of(&solved, "tokens");
    assert!((cost / of(&solved, "flops") - 1.0).abs() < 1e-9, "{solved}");
}

#[test]
fn figures_are_drawn_over_one_kind_of_flops() {
    let mut sweep = "run,params,tokens,flops,loss\n".to_owned();
    for i in 0..36 {
        let (n, d) = (1e8 * 2f64.powi(i % 6), 2e9 * 3f64.powi(i / 6));
        let noise = 1.0 + [0.002, -0.001, -0.002, 0.001, 0.0][i as usize % 5];
        let loss = noise * (1.7 + 400.0 / n.powf(0.34) + 410.0 / d.powf(0.28));
        let _ = writeln!(sweep, "r{i},{n},{d},{},{loss}", 4.0 * 6.0 * n * d);
    }
    let (fit, data) =
        (scratch("four.fit.json").display().to_string(), scratch("four.data.csv").display().to_string());
    good(&["fit", &write("four.csv", sweep), "--bootstrap", "0", "-o", &fit]);
    let drawn = |kind: &str, more: &[&str]| {
        let svg = scratch("four.svg").display().to_string();
        good(&[&["plot", &fit, "--kind", kind, "-o", &svg, "--data", &data], more].concat());
        (std::fs::read_to_string(&svg).unwrap(), std::fs::read_to_string(&data).unwrap())
    };
    // The law and the runs that it fits to .2 % lie on each other: both over 6 N D.
    for kind in ["frontier", "optimum"] {
        assert!(drawn(kind, &[]).0.contains("those of the table are 4.00 times 6 N D"), "{kind}");
    }
    // A budget near no run counts as the table does, as one near runs: answers count a fourth of that.
    let (svg, table) = drawn("isoflop", &["--flops", "4.01e21,1.604e22"]);
    assert!(svg.contains("those of the table, 4.00 times 6 N D, on average"));
    for (name, flops) in [("4e21", "1.0025e21"), ("1.6e22", "4.01e21")] {
        let row = table.lines().find(|line| line.contains(&format!("best run of {name} FLOPs"))).unwrap();
        let best = row.split(',').nth(3).unwrap().parse::<f64>().unwrap();
        let own = json(&["allocate", &fit, "--flops", flops]);
        assert_near(&own["average_params"]["estimate"], best, 1e-9);
    }
}
