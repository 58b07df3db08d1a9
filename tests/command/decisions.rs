//! `nbar allocate` and `nbar solve`: budgets, losses, caps, serving and prices.

use crate::{assert_near, good, json, keys, refuses, run, saved, stdout, write};

const PRUNED: [&str; 8] = ["--shape", "geometric", "--start", "25%", "--end", "75%", "--unit", "compute"];

#[test]
fn frontiers_are_a_record_for_each_budget() {
    let fit = saved("frontier.fit.json");
    let range = ["allocate", &fit, "--flops", "1e21..1e24", "--points", "4"];
    let runs = json(&range);
    let budgets: Vec<f64> = runs
        .as_array()
        .expect("an array")
        .iter()
        .map(|run| run["total_flops"]["estimate"].as_f64().expect("a number"))
        .collect();
    for (found, expected) in budgets.iter().zip([1e21, 1e22, 1e23, 1e24]) {
        assert!((found / expected - 1.0).abs() < 1e-12, "{budgets:?}");
    }
    // A single budget of the list is answered as it is alone, which says besides what other sizes cost.
    let listed = json(&["allocate", &fit, "--flops", "1e22,1e24"]);
    let mut alone = json(&["allocate", &fit, "--flops", "1e24"]);
    assert!(alone.as_object_mut().expect("an object").remove("regret").is_some());
    assert_eq!(listed[1], alone);
    assert_eq!(listed[1], runs[3]);
    let csv = good(&[range.as_slice(), &["--format", "csv"]].concat());
    let first = "initial_params,initial_params_lower,initial_params_upper,initial_params_lower_if_law_holds,";
    assert!(
        csv.starts_with(first) && csv.contains(",initial_params_upper_if_law_holds,average_params,"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 5);
    for format in ["text", "md"] {
        let table = good(&[range.as_slice(), &["--format", format]].concat());
        assert!(table.contains("97.2B") && table.contains("tokens per param"), "{table}");
    }
    for (budgets, part) in
        [("1e24..1e21", "does not rise"), ("1e21,x", "'x'"), ("0", "above zero"), ("1e21..", "''")]
    {
        refuses(&["allocate", &fit, "--flops", budgets], 2, &[part]);
    }
}

#[test]
fn serving_and_prices_are_part_of_the_answer() {
    let fit = saved("serving.fit.json");
    let args = [
        "allocate",
        &fit,
        "--loss",
        "2.0",
        "--inference-tokens",
        "2T",
        "--flops-per-gpu-hour",
        "1e18",
        "--price",
        "2",
    ];
    let run = json(&args);
    let of = |key: &str| run[key]["estimate"].as_f64().expect("a number");
    assert_near(&run["total_flops"]["estimate"], of("flops") + of("serving_flops"), 1e-12);
    assert_near(&run["serving_flops"]["estimate"], 2.0 * of("final_params") * 2e12, 1e-12);
    assert_near(&run["gpu_hours"]["estimate"], of("total_flops") / 1e18, 1e-12);
    assert_near(&run["cost"]["estimate"], 2.0 * of("gpu_hours"), 1e-12);
    assert_eq!(run["loss"]["interval"], serde_json::json!([2.0, 2.0]));
    let text = good(&args);
    for part in ["cheapest run of loss 2, with 2T served tokens", "GPU-hours", "cost", "serving FLOPs"] {
        assert!(text.contains(part), "no '{part}' in {text}");
    }
    // A pruned network is cheaper to serve, the less the smaller the speedup.
    let pruned = [&args[..6], &PRUNED, &["--final-sparsity", "0.8"]].concat();
    let slow = [pruned.as_slice(), &["--sparse-speedup", "1.3"]].concat();
    let total = |args: &[&str]| json(args)["total_flops"]["estimate"].as_f64().expect("a number");
    assert!(total(&pruned) < total(&args) && total(&slow) > total(&pruned));
    refuses(
        &[&args[..6], &["--sparse-speedup", "1.3"]].concat(),
        3,
        &["--sparse-speedup 1.3", "N0/N_final = 1"],
    );
    refuses(&[&args[..4], &["--price", "2"]].concat(), 2, &["--flops-per-gpu-hour"]);
}

#[test]
fn caps_are_said_and_contradictions_refused() {
    let fit = saved("caps.fit.json");
    let text = good(&["allocate", &fit, "--flops", "1e24", "--max-tokens", "1T"]);
    assert!(text.contains("held by --max-tokens"), "{text}");
    let run = json(&["allocate", &fit, "--flops", "1e24", "--max-params", "70B"]);
    assert_eq!(run["limited_by"], "max_params");
    assert_near(&run["average_params"]["estimate"], 70e9, 1e-12);
    let asked = ["plan", &fit, "--flops", "1e24", "--max-params", "20B"];
    let text = good(&asked);
    assert!(text.contains("sparsity 0: 2 N* and 4 N* break --max-params\n"), "{text}");
    let plan = write("caps.plan.json", good(&[&asked[..], &["--format", "json"]].concat()));
    refuses(
        &["plot", &plan, "--kind", "plan", "-o", "x.svg"],
        3,
        &["serves none; plan with --inference-tokens 1e12"],
    );
    let both = ["allocate", &fit, "--flops", "1e24", "--max-params", "1B", "--max-tokens", "1T"];
    refuses(&both, 3, &["both caps together", "smaller budget"]);
    refuses(
        &["allocate", &fit, "--flops", "1e24", "--unique-tokens", "1T"],
        2,
        &["--unique-tokens 1000000000000 is not read by this law", "repeated-data"],
    );
    refuses(&["allocate", &fit], 2, &["--flops"]);
    refuses(&["allocate", &fit, "--flops", "1e24", "--loss", "2"], 2, &["--loss"]);
}

#[test]
fn what_is_far_beyond_the_sweep_is_said_first() {
    let fit = saved("far.fit.json");
    // The largest budget of the sweep is 1.30e22.
    let first = |args: &[&str]| good(args).lines().next().unwrap_or_default().to_owned();
    for args in [
        &["allocate", fit.as_str(), "--flops", "1e25"] as &[&str],
        &["allocate", &fit, "--flops", "1e22,1e25"],
        &["allocate", &fit, "--loss", "1.9"],
        &["solve", &fit, "--loss", "1.9", "--params", "5T"],
        &["predict", &fit, "--params", "1T", "--tokens", "20T"],
    ] {
        assert!(first(args).starts_with("caution: this is "), "{args:?}: {}", first(args));
    }
    assert!(first(&["allocate", &fit, "--flops", "1e24"]).starts_with("compute-optimal run"));
    let run = json(&["allocate", &fit, "--flops", "1e25"]);
    assert_near(&run["extrapolation"]["flops"], 771.8, 1e-3);
}

#[test]
fn solve_finds_what_reaches_a_loss() {
    let fit = saved("solve.fit.json");
    let loss = |params: &str, tokens: &str| {
        json(&["predict", &fit, "--params", params, "--tokens", tokens])["loss"]["estimate"].to_string()
    };
    let reached = loss("7B", "1T");
    let tokens = json(&["solve", &fit, "--loss", &reached, "--params", "7B"]);
    assert_near(&tokens["tokens"]["estimate"], 1e12, 1e-9);
    assert_eq!(tokens["solved_for"], "tokens");
    let params = json(&["solve", &fit, "--loss", &reached, "--tokens", "1T"]);
    assert_near(&params["average_params"]["estimate"], 7e9, 1e-9);
    let sparse =
        [&["solve", &fit, "--loss", &reached, "--tokens", "1T", "--final-params", "5B"], PRUNED.as_slice()]
            .concat();
    let answer = json(&sparse);
    assert_near(&answer["average_params"]["estimate"], 7e9, 1e-9);
    assert_near(&answer["final_params"]["estimate"], 5e9, 1e-12);
    for key in ["initial_params", "average_params", "final_params", "sparsity", "tokens", "flops", "loss"] {
        let all = keys(&answer[key]);
        assert_eq!(all[..3], ["estimate", "std_error", "interval"], "{key}");
        // What is asked for may bend.
        assert!(all.len() == 3 || all[3..] == ["interval_if_law_holds"], "{key}");
    }
    assert!(answer["sparsity"]["interval_if_law_holds"].is_array());
    let text = good(&sparse);
    assert!(text.starts_with("sparsity for a loss of") && text.contains("given"), "{text}");
    for format in ["csv", "md"] {
        assert!(good(&[sparse.as_slice(), &["--format", format]].concat()).contains("sparsity"), "{format}");
    }
    // Alone, a loss is the budget of its cheapest run, as allocate has it.
    let alone = ["--loss", "2.1", "--format", "json"];
    let [solved, allocated] =
        ["solve", "allocate"].map(|command| good(&[&[command, fit.as_str()], alone.as_slice()].concat()));
    assert_eq!(solved, allocated);
    refuses(
        &["solve", &fit, "--loss", "1.5"],
        3,
        &["not reachable", "stays above 1.8172", "none of the draws"],
    );
    refuses(&["solve", &fit, "--loss", "2", "--tokens", "1T", "--final-params", "5B"], 3, &["--shape"]);
    refuses(
        &[sparse.as_slice(), &["--final-sparsity", "0.5"]].concat(),
        2,
        &["--final-sparsity", "cannot be used with"],
    );
    refuses(&["solve", &fit, "--loss", "2", "--final-params", "5B"], 2, &["--tokens"]);
    let fixed = ["solve", &fit, "--loss", "2", "--tokens", "1T", "--fixed-params", "1B"];
    refuses(&fixed, 3, &["--fixed-params"]);
}

#[test]
fn a_loss_that_some_draws_do_not_reach_has_no_upper_end() {
    let fit = saved("edge.fit.json");
    let run = json(&["solve", &fit, "--loss", "1.83"]);
    let share = run["reachable"].as_f64().expect("a number");
    assert!(share > 0.3 && share < 0.97, "{share}");
    assert!(run["flops"]["interval"][1].is_null() && run["flops"]["interval"][0].is_number());
    let text = good(&["solve", &fit, "--loss", "1.83"]);
    assert!(text.contains(" to no end") && text.contains("of the draws reach this loss"), "{text}");
}

#[test]
fn laws_without_a_closed_form_are_answered_too() {
    let path = write("kaplan.fit.json", String::new());
    good(&[
        "fit",
        "data/chinchilla.csv",
        "--where",
        "outlier=0",
        "--law",
        "kaplan",
        "--bootstrap",
        "20",
        "-o",
        &path,
    ]);
    let run_at = json(&["allocate", &path, "--flops", "1e22"]);
    let back = json(&["allocate", &path, "--loss", &run_at["loss"]["estimate"].to_string()]);
    assert_near(&back["flops"]["estimate"], 1e22, 1e-7);
    let repeated = write("unique.fit.json", String::new());
    good(&["fit", "data/repeated_data.csv", "--law", "repeated-data", "--bootstrap", "20", "-o", &repeated]);
    refuses(&["allocate", &repeated, "--flops", "1e22"], 3, &["--unique-tokens"]);
    // Fewer different tokens: fewer tokens, a larger network, a higher loss.
    let [scarce, plenty] = ["10B", "10T"]
        .map(|unique| json(&["allocate", &repeated, "--flops", "1e22", "--unique-tokens", unique]));
    let of = |run: &serde_json::Value, key: &str| run[key]["estimate"].as_f64().expect("a number");
    assert!(of(&scarce, "tokens") < of(&plenty, "tokens") && of(&scarce, "loss") > of(&plenty, "loss"));
    let compute = write("compute.fit.json", String::new());
    good(&[
        "fit",
        "data/chinchilla.csv",
        "--where",
        "outlier=0",
        "--law",
        "compute",
        "--bootstrap",
        "20",
        "-o",
        &compute,
    ]);
    let output = run(&["allocate", &compute, "--flops", "1e22"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(3), ""));
}

#[test]
fn solve_calls_given_what_was_given_and_not_what_is_sure() {
    let loss = |n: f64, d: f64| 1.8 + 480.0 / n.powf(0.35) + 2100.0 / d.powf(0.37);
    let cells = (0..20).map(|i| (1e8 * 2f64.powi(i % 5), 2e9 * 3f64.powi(i / 5)));
    let rows: String = cells.map(|(n, d)| format!("{n},{d},{}\n", loss(n, d))).collect();
    let table = write("sure.csv", format!("params,tokens,loss\n{rows}"));
    let fit = table.replace(".csv", ".fit.json");
    good(&["fit", &table, "--bootstrap", "50", "-o", &fit]);
    let answer = good(&["solve", &fit, "--loss", "2.3", "--params", "7B"]);
    assert_eq!(answer.matches("given").count(), 1, "{answer}");
}
