//! `nbar plan` and `nbar shape`.

use crate::{assert_near, good, json, keys, refuses, run, saved, scratch, stderr, stdout};

fn plan<'a>(fit: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&["plan", fit, "--flops", "1e22", "--inference-tokens", "2T", "--tokens-per-step", "4M"], rest].concat()
}

#[test]
fn plan_has_the_documented_keys_and_a_command_that_gives_its_average() {
    let fit = saved("plan.fit.json");
    let answer = json(&plan(&fit, &["--sparsity", "0,0.5,80%"]));
    assert_eq!(
        (keys(&answer)[..2].to_vec(), answer["schema"].as_str()),
        (vec!["schema", "warnings"], Some("nbar.plan/1"))
    );
    assert_eq!(answer["runs"].as_array().map(Vec::len), Some(3));
    assert_eq!([&answer["best_by_loss"], &answer["best_by_total"]], [&serde_json::Value::Null, &0.8.into()]);
    assert_eq!(answer["best_by_least_total"], 0.8);
    for run in answer["runs"].as_array().expect("runs") {
        let single = ["initial_params", "average_params", "final_params", "tokens", "loss", "served_bytes"];
        for key in single.into_iter().chain(["training_flops", "serving_flops", "total_flops"]) {
            let bent = (key != "training_flops").then_some("interval_if_law_holds");
            let all = ["estimate", "std_error", "interval"].into_iter().chain(bent);
            assert_eq!(keys(&run[key]), all.collect::<Vec<_>>(), "{key}");
        }
        for key in ["at_dense_loss", "at_least_total"] {
            assert_eq!(
                keys(&run[key]["total_flops"]),
                ["estimate", "std_error", "interval", "interval_if_law_holds"]
            );
        }
        assert!(run["network"]["layers"].as_u64() > Some(1));
    }
    let sparse = &answer["runs"][2];
    let schedule = &sparse["schedule"];
    let steps = |key: &str| schedule[key].as_u64().expect("whole steps");
    assert_eq!([steps("start_step") % 100, steps("end_step") % 100, steps("every_steps")], [0, 0, 100]);
    let command = sparse["command"].as_str().expect("a command");
    let again = json(&command.split(' ').skip(1).collect::<Vec<_>>());
    let promised = |key: &str| sparse[key]["estimate"].as_f64().expect("a number");
    assert_near(&again["average_params"], promised("average_params"), 1e-8);
    assert_near(&again["final_params"], promised("final_params"), 1e-8);
    // To the nearest step.
    assert_near(&again["tokens"], promised("tokens"), 2e-5);
}

#[test]
fn plan_prints_every_form_and_its_prices() {
    let fit = saved("plan_forms.fit.json");
    let prices = ["--flops-per-gpu-hour", "1e18", "--price", "2.5", "--sparse-speedup", "1.3"];
    let answer = json(&plan(&fit, &prices));
    let equal = &answer["runs"][3]["at_dense_loss"];
    let total = equal["total_flops"]["estimate"].as_f64().expect("a number");
    assert_near(&equal["gpu_hours"]["estimate"], total / 1e18, 1e-12);
    assert_near(&equal["cost"]["estimate"], 2.5 * total / 1e18, 1e-12);
    // Four fifths of the weights gone, and the network 1.3 times as fast as its dense self: dense is better.
    assert_eq!(answer["best_by_total"], 0.0);
    let text = good(&plan(&fit, &prices));
    for part in [
        "compute-optimal runs of 1e22 training FLOPs, 2T tokens served",
        "GPU-hours",
        "2 N0 / 1.300",
        "least total at that loss: dense, in 100.0 % of the draws",
        "least of all: dense, in 100.0 % of the draws",
        "prune_every_steps: 100",
        "# check: nbar schedule --params",
    ] {
        assert!(text.contains(part), "no '{part}' in {text}");
    }
    let csv = good(&plan(&fit, &["--format", "csv"]));
    assert!(csv.starts_with("sparsity,quantity,estimate,lower,upper\n0,initial_params,"), "{csv}");
    assert!(csv.contains("\n0.8,every_steps,100,,\n"), "{csv}");
    assert!(good(&plan(&fit, &["--format", "md"])).contains("| average_params"), "a table");
}

#[test]
fn far_beyond_the_sweep_is_the_first_thing_said() {
    let fit = saved("plan_far.fit.json");
    // The sweep's largest budget is 1.3e22.
    let far = ["plan", &fit, "--flops", "1e25"];
    for format in ["text", "md"] {
        let text = good(&[far.as_slice(), &["--format", format]].concat());
        let first = text.lines().next().expect("lines");
        assert!(first.starts_with("caution: this is 772 x the largest budget of the sweep"), "{first}");
    }
    let answer = json(&far);
    assert_near(&answer["extrapolation"], 771.8, 1e-3);
    assert!(answer["warnings"][0]["message"].as_str().is_some_and(|warning| warning.contains("772 x")));
    let near = run(&["plan", &fit, "--flops", "1e24"]);
    assert!(stdout(&near).starts_with("compute-optimal"));
    assert!(stderr(&near).starts_with("warning: this asks for 77.2 x"), "{}", stderr(&near));
}

#[test]
fn a_choice_that_fewer_draws_make_names_the_other() {
    let fit = scratch("plan_choice.fit.json").display().to_string();
    // Code 4: one of the replicates does not converge, which answers say too.
    let said = |args: &[&str]| {
        let output = run(args);
        assert!(matches!(output.status.code(), Some(0 | 4)), "{}", stderr(&output));
        stdout(&output).to_owned()
    };
    said(&["fit", "data/t5_c4_sparse.csv", "--law", "schedule", "--bootstrap", "60", "-o", &fit]);
    let mut named = [false; 2];
    for tokens in ["20B", "1T"] {
        let args = ["plan", &fit, "--flops", "1e20", "--sparsity", "0,0.8", "--inference-tokens", tokens];
        let text = said(&args);
        let answer = said(&[args.as_slice(), &["--format", "json"]].concat());
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
        let share = |run: usize| answer["runs"][run]["at_least_total"]["cheapest"].as_f64().expect("a share");
        assert_eq!(answer["best_by_least_total"], 0.8, "{tokens}");
        let line = text.lines().find(|line| line.starts_with("least of all")).expect("a line");
        let is_named = share(0) > share(1);
        assert_eq!(line.contains("; more of them say dense"), is_named, "{line}");
        named[usize::from(is_named)] = true;
    }
    assert_eq!(named, [true; 2], "both cases are met");
}

#[test]
fn plan_refuses_what_cannot_be() {
    let fit = saved("plan_refused.fit.json");
    let wrong: [(&[&str], i32, &str); 10] = [
        (&["--sparsity", "0,1"], 2, "from 0 to below 1"),
        (&["--sparsity", "-0.5"], 2, "from 0 to below 1"),
        (&["--sparsity", "0.5,50%"], 2, "--sparsity 0.5 is listed twice; remove one"),
        (&["--sparse-speedup", "0"], 2, "--sparse-speedup"),
        (&["--sparse-speedup", "9"], 3, "N0/N_final = 2; give at most 2"),
        (&["--price", "2"], 2, "--flops-per-gpu-hour"),
        (&["--shape", "staircase"], 2, "linear, cubic"),
        (&["--power", "2"], 3, "--power 2 is not used by this schedule"),
        (&["--unit", "step", "--start", "10", "--end", "20"], 2, "fraction (of the tokens) or compute"),
        (&["--every", "100000"], 3, "--every"),
    ];
    for (args, code, part) in wrong {
        refuses(&plan(&fit, args), code, &[part]);
    }
    refuses(&["plan", &fit, "--flops", "0"], 2, &["above zero"]);

    let compute = scratch("plan_compute.fit.json").display().to_string();
    good(&["fit", "data/overtraining.csv", "--law", "compute", "--bootstrap", "20", "-o", &compute]);
    refuses(&["plan", &compute, "--flops", "1e22"], 3, &["compute law"]);
}

#[test]
fn what_is_not_identified_counts_only_where_it_is_needed() {
    let fit = scratch("plan_unidentified.fit.json").display().to_string();
    let fitted =
        run(&["fit", "data/overtraining.csv", "--law", "power-mean", "--bootstrap", "20", "-o", &fit]);
    assert_eq!(fitted.status.code(), Some(4), "{}", stderr(&fitted));
    good(&["allocate", &fit, "--flops", "1e22"]);
    good(&["plan", &fit, "--flops", "1e21", "--sparsity", "0"]);
    good(&["predict", &fit, "--params", "1B", "--tokens", "20B"]);
    let part = ["depends on p, which the sweep does not identify"];
    refuses(&["plan", &fit, "--flops", "1e21"], 3, &part);
    let pruned = ["--shape", "geometric", "--final-sparsity", "0.8", "--start", "25%", "--end", "75%"];
    let unit = ["--unit", "compute"];
    refuses(&[&["allocate", &fit, "--flops", "1e22"][..], &pruned, &unit].concat(), 3, &part);
    refuses(
        &[&["predict", &fit, "--params", "1B", "--tokens", "20B"][..], &pruned, &unit].concat(),
        3,
        &part,
    );
}

#[test]
fn runs_that_cost_the_same_to_serve_never_change_places() {
    let fit = scratch("by-initial.fit.json").display().to_string();
    good(&["fit", "data/t5_c4_sparse.csv", "--size", "initial", "--bootstrap", "0", "-o", &fit]);
    // Under this count all have one N0, and what is served costs 2 N0 / speedup.
    let served = ["--inference-tokens", "1T", "--sparsity", "0.5,0.6,0.8", "--sparse-speedup", "2"];
    let answer = json(&[&["plan", &fit, "--flops", "1e22"][..], &served].concat());
    assert_eq!(answer["break_even"].as_array().map(Vec::len), Some(0), "{}", answer["break_even"]);
}

#[test]
fn shape_lists_networks() {
    let networks = json(&["shape", "--params", "1.139B", "--vocabulary", "32000"]);
    assert_eq!(networks.as_array().map(Vec::len), Some(3));
    let first = &networks[0];
    assert_eq!(
        [&first["layers"], &first["width"], &first["ff"]].map(serde_json::Value::as_u64),
        [16, 2048, 8192].map(Some)
    );
    assert_eq!(first["prunable_params"], 1_139_277_824);
    assert_near(&first["difference"], 277_824.0 / 1.139e9, 1e-6);
    for format in ["text", "csv", "md"] {
        assert!(good(&["shape", "--params", "1.1B", "--format", format]).contains("layers"), "{format}");
    }
    refuses(&["shape", "--params", "100K"], 3, &["no network of usual proportions"]);
    refuses(&["shape", "--params", "0"], 2, &["above zero"]);
}

#[test]
fn design_names_runs_within_the_budget() {
    let fit = saved("design.fit.json");
    let args = ["design", &fit, "--target-flops", "1e24", "--budget", "1e21", "--new-runs", "3"];
    let answer = json(&args);
    assert_eq!(answer["schema"], "nbar.design/1");
    let runs = answer["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 3);
    let number = |value: &serde_json::Value| value.as_f64().expect("a number");
    let mut before = number(&answer["std_error"]);
    for run in runs {
        assert_near(&run["flops"], 6.0 * number(&run["params"]) * number(&run["tokens"]), 1e-12);
        assert!(number(&run["flops"]) < 1e21 / 3.0 * (1.0 + 1e-12) && number(&run["std_error"]) < before);
        before = number(&run["std_error"]);
    }
    assert_near(&answer["flops"], runs.iter().map(|run| number(&run["flops"])).sum(), 1e-12);
    for format in ["text", "csv", "md"] {
        assert!(good(&[args.as_slice(), &["--format", format]].concat()).contains("std_error"), "{format}");
    }
    refuses(
        &["design", &fit, "--target-flops", "1e24", "--budget", "0", "--new-runs", "3"],
        2,
        &["above zero"],
    );
    refuses(
        &["design", &fit, "--target-flops", "1e24", "--budget", "1e21", "--new-runs", "0"],
        2,
        &["--new-runs"],
    );
}

#[test]
fn what_the_law_takes_for_alike_is_told_apart_where_runs_bend() {
    let fit = scratch("bent-plan.fit.json").display().to_string();
    run(&["fit", "data/t5_c4_sparse.csv", "--bootstrap", "60", "-o", &fit]);
    let text = good(&["plan", &fit, "--flops", "1e19", "--sparsity", "0,0.75"]);
    for verdict in ["least loss at this budget", "least total at that loss"] {
        let line = text.lines().find(|line| line.starts_with(verdict)).expect(verdict);
        let said = format!("{verdict}: all alike if the law holds; with its bend ");
        assert!(line.starts_with(&said) && line.ends_with(" of the draws"), "{line}");
    }
    let twin = ["twin", &fit, "--dense-params", "30M", "--tokens", "5B", "--final-sparsity", "0.75"];
    let text = good(&[&twin[..], &["--tokens-per-step", "1M"]].concat());
    assert!(text.contains("is N̄; but the runs bend away from it, by "), "{text}");
}

#[test]
fn a_table_of_budgets_has_what_was_asked_for() {
    let fit = saved("bills.fit.json");
    let budgets =
        ["allocate", &fit, "--flops", "1e22,1e23", "--max-params", "10B", "--inference-tokens", "2T"];
    let prices = ["--flops-per-gpu-hour", "1.4e18", "--price", "2.5"];
    let text = good(&[&budgets[..], &prices].concat());
    for words in ["serving FLOPs", "GPU-hours", "cost", "held by", "--max-params", "and for 2T served tokens"]
    {
        assert!(text.contains(words), "no '{words}' in\n{text}");
    }
    let csv = good(&[&budgets[..], &prices, &["--format", "csv"]].concat());
    let rows: Vec<&str> = csv.lines().collect();
    assert!(rows[0].ends_with(",limited_by") && rows[2].ends_with(",max_params"), "{csv}");
    let plain = good(&["allocate", &fit, "--flops", "1e20,1e21"]);
    assert!(!plain.contains("GPU-hours") && !plain.contains("held by"), "{plain}");
}
