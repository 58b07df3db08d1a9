//! What a registered forecast rests on, and runs that differ in it.

use std::fmt::Write;

use super::*;

fn register(fit: &str, points: &str, name: &str) -> String {
    let path = scratch(name).display().to_string();
    let _ = std::fs::remove_file(&path);
    good(&["predict", fit, "--from", points, "--preregister", &path]);
    path
}

/// Runs whose FLOPs were measured to be 1.1, 1.5 and 2 times 6 N D in turn.
fn counted(name: &str) -> String {
    let mut table = "run,params,tokens,flops,loss\n".to_owned();
    for i in 0..24 {
        let (params, ratio) = (1e7 * 1.3f64.powi(i), [1.1, 1.5, 2.0][i as usize % 3]);
        let flops = ratio * 120.0 * params * params;
        let loss = 1.7 + 300.0 / flops.powf(0.12) + [0.004, -0.004][i as usize % 2];
        let _ = writeln!(table, "r{i},{params},{},{flops},{loss}", 20.0 * params);
    }
    write(name, table)
}

/// A fit of FLOPs and losses alone.
fn of_flops(name: &str) -> String {
    let mut table = "run,flops,loss\n".to_owned();
    for i in 0..20 {
        let flops = 1e18 * 1.5f64.powi(i);
        let loss = 1.7 + 300.0 / flops.powf(0.12) + [0.004, -0.004, 0.001][i as usize % 3];
        let _ = writeln!(table, "r{i},{flops},{loss}");
    }
    let fit = scratch(&format!("{name}.fit.json")).display().to_string();
    good(&[
        "fit",
        &write(&format!("{name}.csv"), table),
        "--law",
        "compute",
        "--bootstrap",
        "100",
        "-o",
        &fit,
    ]);
    fit
}

#[test]
fn forecasts_of_flops_are_found_by_them_and_by_no_others() {
    let fit = of_flops("rg-flops");
    let named = register(&fit, &write("rg-named.csv", "run,flops\na,1e21\nb,1e22\n"), "rg-named.json");
    let other = write("rg-other.csv", "run,flops,loss\na,1e22,2.3\nb,1e23,2.2\n");
    refuses(&["score", &named, &other], 3, &["run 'a'", "of 1.0000e21 FLOPs, and the run has 1.0000e22"]);
    let unnamed = register(&fit, &write("rg-unnamed.csv", "flops\n1e21\n1e22\n"), "rg-unnamed.json");
    for table in
        ["flops,loss\n1e22,2.3\n", "run,flops,loss\nz,1e22,2.3\n", "params,tokens,loss\n1e9,1.6667e12,2.3\n"]
    {
        let found = json(&["score", &unnamed, &write("rg-found.csv", table)]);
        assert_eq!(found["runs"][0]["loss"], 2.3, "{table}");
        assert_eq!(found["not_measured"], serde_json::json!(["run 1"]), "{table}");
    }
    let small = write("rg-small.csv", "params,tokens,loss\n1e6,2e7,2.3\n");
    refuses(&["score", &unnamed, &small], 3, &["no forecast is of this run"]);
}

#[test]
fn a_run_of_other_different_tokens_or_columns_or_another_window_is_not_the_one_that_was_registered() {
    let saved_fit = |name: &str, args: &[&str]| {
        let path = scratch(name).display().to_string();
        // Whether it answers well is no matter here.
        run(&[args, &["--bootstrap", "40", "-o", &path]].concat());
        path
    };
    let repeated =
        saved_fit("rg-repeated.fit.json", &["fit", "data/repeated_data.csv", "--law", "repeated-data"]);
    let points = write("rg-repeated.csv", "run,params,tokens,unique_tokens\na,1e9,5e10,5e9\n");
    let path = register(&repeated, &points, "rg-repeated.json");
    let measured = |unique: &str| {
        write(
            "rg-repeated-came.csv",
            format!("run,params,tokens,unique_tokens,loss\na,1e9,5e10,{unique},3\n"),
        )
    };
    good(&["score", &path, &measured("5e9")]);
    refuses(&["score", &path, &measured("5e10")], 3, &["different tokens", "run 'a'"]);

    let schedule = saved_fit(
        "rg-schedule.fit.json",
        &[
            "fit",
            "data/journey.csv",
            "--where",
            "lr_floor=0 and (end_share<=0.5 or schedule=dense)",
            "--law",
            "schedule",
        ],
    );
    let columns = "run,params,tokens,schedule,final_sparsity,prune_start,prune_end,prune_unit";
    // Both windows are 40 % sparse on average.
    let of = |window: &str| format!("a,1e8,2e10,linear,0.8,{window},fraction");
    let path = register(
        &schedule,
        &write("rg-window.csv", format!("{columns}\n{}\n", of("0.3,0.7"))),
        "rg-window.json",
    );
    let came = |window: &str| write("rg-window-came.csv", format!("{columns},loss\n{},2.5\n", of(window)));
    good(&["score", &path, &came("0.3,0.7")]);
    refuses(&["score", &path, &came("0.1,0.9")], 3, &["unhealed parameters", "run 'a'"]);
    // A table that says no more than sizes and lengths is believed.
    good(&["score", &path, &write("rg-plain.csv", "run,params,tokens,loss\na,1e8,2e10,2.5\n")]);
    // So is one of names and steps, which tell no tokens.
    good(&["score", &path, &write("rg-steps.csv", "run,params,steps,loss\na,1e8,9000,2.5\n")]);
}

#[test]
fn flops_of_a_row_are_its_own_where_the_law_reads_them() {
    let table = counted("rg-own.csv");
    let fit = scratch("rg-own.fit.json").display().to_string();
    let fitted = json(&["fit", &table, "--law", "compute", "--bootstrap", "40", "-o", &fit]);
    let scored = json(&["score", &fit, &table]);
    let [rms, own] = [&scored["law"]["rms"], &fitted["rms"]].map(|rms| rms.as_f64().expect("a number"));
    assert!((rms / own - 1.0).abs() < 1e-9, "{rms}, {own}");
    // FLOPs and a size tell as many tokens as such FLOPs buy, and not those of 6 N D.
    let both = write("rg-both.csv", "params,flops\n1e9,1e20\n");
    let alone = json(&["predict", &fit, "--flops", "1e20"]);
    let told = json(&["predict", &fit, "--from", &both]);
    assert_eq!((&told[0]["loss"]["estimate"], &told[0]["flops"]), (&alone["loss"]["estimate"], &1e20.into()));
}

#[test]
fn of_flops_alone_nothing_is_said_of_parameters_or_tokens() {
    let fit = of_flops("rg-alone");
    let said =
        |arguments: &[&str]| stderr(&run(arguments)).contains("the runs of the sweep say their FLOPs alone");
    assert!(
        said(&["predict", &fit, "--params", "1M", "--tokens", "1.6e15"])
            && !said(&["predict", &fit, "--flops", "1e21"])
    );
    assert!(
        said(&["solve", &fit, "--loss", "2.6", "--params", "1B"]) && !said(&["solve", &fit, "--loss", "2.6"])
    );
    let versus = json(&["versus", &fit, &fit, "--flops", "1e20"]);
    assert_eq!(
        (&versus["rows"][0]["token_multiplier"], &versus["paired_by"]),
        (&Value::Null, &"runs".into())
    );
    assert!(!good(&["versus", &fit, &fit, "--flops", "1e20"]).contains("of tokens"));
    // Two columns of FLOPs that differ: one is chosen.
    let two = "flops,total_flops,loss\n1e18,1.3e18,4\n1e19,1.3e19,3.5\n1e20,1.3e20,3.1\n1e21,1.3e21,2.9\n";
    let two = write("rg-two.csv", two);
    refuses(&["fit", &two, "--law", "compute"], 3, &["--columns flops=flops or --columns flops=total_flops"]);
}

#[test]
fn rows_before_the_end_of_a_run_are_forecast_and_not_scored() {
    let fit = saved("before-end.fit.json");
    let table = write("before-end.csv", "run,params,tokens,loss\na,1B,10B,2.9\na,1B,20B,2.7\nb,2B,40B,2.5\n");
    let said = good(&["predict", &fit, "--from", &table]);
    assert!(
        said.contains("of 2 runs") && said.contains("not scored: 1 row before the last of a run"),
        "{said}"
    );
}

#[test]
fn a_row_that_sums_up_others_is_no_run() {
    let fit = saved("sums-up.fit.json");
    let table = write("sums-up.csv", "run,params,tokens,loss\na,1B,20B,2.7\nAverage,1B,20B,2.7\n");
    for command in [&["score", &fit, &table][..], &["predict", &fit, "--from", &table]] {
        refuses(command, 3, &["line 3", "'Average' is what a row is called that sums up others"]);
    }
}

#[test]
fn a_run_that_was_registered_by_its_flops_is_the_one_of_these() {
    let fit = scratch("rg-counted.fit.json").display().to_string();
    good(&["fit", &counted("rg-counted.csv"), "--law", "compute", "--bootstrap", "40", "-o", &fit]);
    // Of a size and FLOPs the tokens are as the fit counts them, or as 6 N D does: no matter.
    let path = register(&fit, &write("rg-pf.csv", "run,params,flops\na,1e9,1e20\n"), "rg-pf.json");
    let came =
        |columns: &str, cells: &str| write("rg-pf-came.csv", format!("run,{columns},loss\na,{cells},2.6\n"));
    good(&["score", &path, &came("params,flops", "1e9,1e20")]);
    refuses(
        &["score", &path, &came("params,flops", "1e9,3e20")],
        3,
        &["1.000e20 FLOPs, and the run has 3.000e20"],
    );
    // Two lengths of one size are told apart, without names too, and another length is another run.
    let dense = saved("rg-dense.fit.json");
    let lengths = "params,tokens\n1e9,2e10\n1e9,4e10\n";
    let path = register(&dense, &write("rg-lengths.csv", lengths), "rg-lengths.json");
    good(&["score", &path, &came("params,flops", "1e9,1.2e20")]);
    refuses(&["score", &path, &came("params,flops", "1e9,1.8e20")], 3, &["no forecast is of this run"]);
    let all = write("rg-all.csv", "run,params,tokens,flops\na,1e9,2e10,1.5e20\n");
    let path = register(&fit, &all, "rg-all.json");
    for flops in ["1.5e20", "1.6e20", "1.2e20"] {
        good(&["score", &path, &came("params,tokens,flops", &format!("1e9,2e10,{flops}"))]);
    }
    refuses(
        &["score", &path, &came("params,tokens,flops", "1e9,2e10,4.5e20")],
        3,
        &["1.500e20 FLOPs, and the run"],
    );
}
