//! `nbar fit --group`: one law for several groups.

use super::*;

const FIT: [&str; 6] = ["fit", "data/overtraining.csv", "--group", "group", "--bootstrap", "0"];

#[test]
fn shared_exponents_stand_between_separate_fits_and_a_pooled_one() {
    let found = json(&[FIT.as_slice(), &["--share", "alpha,beta", "--baseline", "rpj"]].concat());
    // Figures of another program, to their printed digits.
    let near = |value: &Value, expected: f64, digits: f64| {
        let found = value.as_f64().expect("a number");
        assert!((found - expected).abs() <= 0.5 * digits, "{found} is not {expected}");
    };
    near(&found["objective"], 0.0014435309, 1e-10);
    near(&found["by_group"]["separate"]["objective"], 0.0014321905, 1e-10);
    near(&found["by_group"]["pooled"]["objective"], 0.0019956259, 1e-10);
    near(&found["parameters"]["alpha"]["estimate"], 0.244951, 1e-6);
    near(&found["parameters"]["beta"]["estimate"], 0.269608, 1e-6);
    let mut constants: Vec<f64> = ["c4_original", "rpj", "rw_original"]
        .iter()
        .map(|group| found["parameters"][format!("E[{group}]")]["estimate"].as_f64().expect("a number"))
        .collect();
    constants.sort_by(f64::total_cmp);
    for (found, expected) in constants.iter().zip([1.604763, 1.716775, 1.748727]) {
        assert!((found - expected).abs() <= 5e-7, "{found} is not {expected}");
    }
    assert_eq!(found["by_group"]["groups"][0], "rpj");
    assert_eq!(found["by_group"]["separate"]["parameters"], 15);
}

#[test]
fn a_group_of_a_saved_fit_is_asked_by_name_and_the_whole_is_not() {
    let path = scratch("families.fit.json").display().to_string();
    let fit = [
        "fit",
        "data/overtraining.csv",
        "--group",
        "group",
        "--share",
        "E,B,alpha,beta",
        "--bootstrap",
        "30",
        "-o",
        &path,
    ];
    let text = good(&fit);
    for part in
        ["A[rpj]", "a parameter of rpj counts for", "of c4_original", "each group alone", "all as one group"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let of = |group: &str| json(&["predict", &path, "--params", "1B", "--tokens", "20B", "--group", group]);
    assert_ne!(of("rpj")["loss"], of("c4_original")["loss"]);
    let whole = run(&["predict", &path, "--params", "1B", "--tokens", "20B"]);
    assert_eq!(whole.status.code(), Some(3), "{}", stderr(&whole));
    assert!(stderr(&whole).contains("--group NAME"), "{}", stderr(&whole));
    let figure = scratch("families.svg").display().to_string();
    let plot = ["plot", &path, "--kind", "frontier", "-o", &figure];
    refuses(&plot, 3, &["the chinchilla law by groups needs group", "--group NAME"]);
    good(&[plot.as_slice(), &["--group", "rpj"]].concat());
    let odd = run(&["predict", &path, "--params", "1B", "--tokens", "20B", "--group", "odd"]);
    assert_eq!(odd.status.code(), Some(2), "{}", stderr(&odd));
    assert!(stderr(&odd).contains("choose one of c4_original, rpj, rw_original"), "{}", stderr(&odd));
}

#[test]
fn rows_of_a_table_are_predicted_each_by_its_own_group() {
    let path = scratch("by_row.fit.json").display().to_string();
    let fit = ["fit", "data/overtraining.csv", "--group", "group", "--bootstrap", "30", "-o", &path];
    good(&fit);
    let rows = [("rpj", "1e9", "2e10"), ("c4_original", "1e9", "2e10"), ("rpj", "4e9", "8e10")];
    let table = |header: &str| {
        let rows = rows.map(|(group, n, d)| format!("{n},{d},{group},2.6\n")).concat();
        write(&format!("by_{header}.csv"), format!("params,tokens,{header},loss\n{rows}"))
    };
    let (told, other) = (table("group"), table("data"));
    let all = json(&["predict", &path, "--from", &told]);
    for (i, (group, n, d)) in rows.into_iter().enumerate() {
        let one = json(&["predict", &path, "--params", n, "--tokens", d, "--group", group]);
        assert_eq!(all[i]["loss"], one["loss"], "{group}");
    }
    // Its column may have another name, and scores are of the same predictions.
    let column = ["--columns", "group=data"];
    let scored = json(&[["score", &path, &other].as_slice(), &column].concat());
    assert_eq!(scored["runs"][1]["predicted"], all[1]["loss"]["estimate"]);
    // One column that has nothing but groups of the fit is offered; of two, or of others, any may be named.
    refuses(&["predict", &path, "--from", &other], 3, &["if 'data' does, say --columns group=data"]);
    let text = std::fs::read_to_string(&other).expect("a table");
    let twice = text.replace(",loss", ",also,loss").replace(",2.6", ",rpj,2.6");
    for (name, text) in [("by_two.csv", twice), ("by_none.csv", text.replace("rpj", "mine"))] {
        let parts = ["by groups (c4_original, rpj", "--columns group=NAME"];
        refuses(&["predict", &path, "--from", &write(name, text)], 3, &parts);
    }
    // Forecasts know their group: rows of one N and D are told apart by it.
    let registered = scratch("by_row.json").display().to_string();
    let _ = std::fs::remove_file(&registered);
    let planned =
        write("by_planned.csv", std::fs::read_to_string(&told).expect("a table").replace(",2.6\n", ",\n"));
    good(&["predict", &path, "--from", &planned, "--preregister", &registered]);
    let later = json(&["score", &registered, &told]);
    assert_eq!(later["runs"][1]["predicted"], scored["runs"][1]["predicted"]);
    let named = |group: &str| {
        write(&format!("by_{group}.csv"), format!("run,params,tokens,group,loss\na,1e9,2e10,{group},2.6\n"))
    };
    let one = scratch("by_name.json").display().to_string();
    let _ = std::fs::remove_file(&one);
    let forecast = write("by_one.csv", "run,params,tokens,group\na,1e9,2e10,rpj\n");
    good(&["predict", &path, "--from", &forecast, "--preregister", &one]);
    good(&["score", &one, &named("rpj")]);
    refuses(&["score", &one, &named("c4_original")], 3, &["its forecast is of group 'rpj'", "'c4_original'"]);
    let odd = write("by_odd.csv", "params,tokens,group\n1e9,2e10,rpj\n1e9,2e10,mine\n");
    let parts = ["line 3, column 'group'", "no group 'mine'", "write one of these, or leave the row out"];
    refuses(&["predict", &path, "--from", &odd], 3, &parts);
    let said = run(&["predict", &path, "--from", &told, "--group", "rpj"]);
    assert!(stderr(&said).contains("1 row of the table says another group than rpj"), "{}", stderr(&said));
}

#[test]
fn wrong_use_gets_a_word() {
    for (args, part) in [
        (["--share", "gamma"], "choose one of E, A, B, alpha, beta"),
        (["--law", "kaplan"], "is no sum of powers"),
        (["--baseline", "odd"], "choose one of c4_original, rpj, rw_original"),
        (["--fix", "E=1.7"], "fix that of one group, as in E[c4_original]"),
    ] {
        let output = run(&[FIT.as_slice(), &args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(part), "{part}: {}", stderr(&output));
    }
    let one = run(&[FIT.as_slice(), &["--where", "group=rpj"]].concat());
    assert!(stderr(&one).contains("has one value on all runs"), "{}", stderr(&one));
    let fixed = json(&[FIT.as_slice(), &["--share", "alpha,beta", "--fix", "E[rpj]=1.7"]].concat());
    assert_eq!(fixed["parameters"]["E[rpj]"]["estimate"], 1.7);
}

#[test]
fn repeats_give_their_scatter_and_a_test_and_are_not_drawn_by_rows() {
    let mut table = "run,params,tokens,loss\n".to_owned();
    for i in 0..24 {
        let (n, d) = (1e8 * 2f64.powi(i / 2 % 4), 4e9 * 2f64.powi(i / 8));
        let noise = if i % 2 == 0 { 0.002f64 } else { -0.002 };
        let loss = (1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37)) * noise.exp();
        table += &format!("r{i},{n},{d},{loss}\n");
    }
    let path = scratch("repeats.csv");
    std::fs::write(&path, table).expect("the table is written");
    let path = path.display().to_string();
    let found = json(&["fit", &path, "--bootstrap", "0"]);
    assert_eq!((&found["repeats"]["sets"], &found["repeats"]["runs"]), (&12.into(), &24.into()));
    assert_near(&found["repeats"]["scatter"], 0.002 * 2f64.sqrt(), 1e-9);
    assert!(
        good(&["fit", &path, "--bootstrap", "0"])
            .contains("repeats: 24 runs of 12 sizes and lengths scatter by 0.28 %")
    );
    let rows = run(&["fit", &path, "--resample", "rows", "--bootstrap", "20"]);
    assert_eq!(rows.status.code(), Some(2), "{}", stderr(&rows));
    assert!(stderr(&rows).contains("give weights or runs"), "{}", stderr(&rows));
}

/// Nine places of three seeds, some of whose runs were evaluated several times: the table, with or without names of the runs.
fn evaluated(named: bool) -> String {
    let mut table = "run,params,tokens,seed,evaluation,loss\n".to_owned();
    for i in 0..81 {
        let (place, seed, evaluation) = (i / 9, i / 3 % 3, i % 3);
        if evaluation > (place + seed) % 3 {
            continue;
        }
        let (n, d) = (1e8 * 4f64.powi(place % 3), 4e9 * 4f64.powi(place / 3));
        let noise = 0.004 * f64::from(3 * place + seed).sin() + 0.001 * f64::from(7 * i).cos();
        let loss = (1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37)) * noise.exp();
        table += &format!("size{place},{n},{d},{seed},{evaluation},{loss}\n");
    }
    let anonymous = |line: &str| line.split_once(',').map_or(String::new(), |(_, rest)| format!("{rest}\n"));
    if named { table } else { table.lines().map(anonymous).collect() }
}

#[test]
fn seeds_and_evaluations_have_components_and_are_drawn_together_with_names_of_runs_or_without() {
    let read = |named: bool| {
        let path = scratch(&format!("evaluated-{named}.csv"));
        std::fs::write(&path, evaluated(named)).expect("the table is written");
        path.display().to_string()
    };
    let (named, alone) = (read(true), read(false));
    let fit = |path: &str, more: &[&str]| json(&[&["fit", path, "--bootstrap", "20"], more].concat());
    let found = fit(&named, &[]);
    assert_eq!(found["clusters"], 27);
    let repeats = &found["repeats"];
    // 54 evaluations of 27 runs of nine places.
    assert_eq!(
        (&repeats["evaluations"], &repeats["runs"], &repeats["sets"]),
        (&54.into(), &27.into(), &9.into())
    );
    assert_eq!((&repeats["run"]["freedom"], &repeats["evaluation"]["freedom"]), (&18.into(), &27.into()));
    let [run, evaluation, whole] = ["run", "evaluation", "all"].map(|what| {
        let of = if what == "all" { &repeats["scatter"] } else { &repeats[what]["deviation"] };
        of.as_f64().expect("a number")
    });
    assert!(run > 2.0 * evaluation && whole > run, "{repeats}");
    let nameless = fit(&alone, &[]);
    assert_eq!((&nameless["clusters"], &nameless["repeats"]["runs"]), (&27.into(), &27.into()));
    assert_near(&nameless["repeats"]["run"]["deviation"], run, 1e-9);
    // A row of a run of m evaluations says 1/(m r² + e²).
    let weighed = fit(&named, &["--weight", "repeats"]);
    assert_eq!((&weighed["weights"], &weighed["repeats"]["uneven"]), (&"repeats:1".into(), &false.into()));
    assert_ne!(weighed["parameters"]["alpha"], found["parameters"]["alpha"]);
    let text = good(&["fit", &named, "--bootstrap", "0"]);
    for part in [
        "54 evaluations of 27 runs of 9 sizes and lengths scatter by",
        "--weight repeats weighs them",
        "in 27 clusters",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let rows = run_of(&["fit", &named, "--resample", "rows", "--bootstrap", "20"]);
    assert!(rows.contains("give weights or runs"), "{rows}");
    let none = run_of(&["fit", "data/overtraining.csv", "--weight", "repeats"]);
    assert!(none.contains("several evaluations of a run"), "{none}");
}

/// What a refused command says.
fn run_of(args: &[&str]) -> String {
    let output = run(args);
    assert!(!output.status.success(), "{args:?}");
    stderr(&output).to_owned()
}

#[test]
fn names_of_groups_may_hold_commas_brackets_and_signs_and_groups_may_not_be_missing() {
    let table = std::fs::read_to_string("data/overtraining.csv").expect("it is there");
    let named = table.replace(",rpj,", ",\"Red Pajama, v1\",").replace(",c4_original,", ",C4 [clean],");
    let path = scratch("odd-groups.csv").display().to_string();
    std::fs::write(&path, named.replace(",rw_original,", ",refined=web,")).expect("it is written");
    let fit = ["fit", &path, "--group", "group", "--share", "E,B,alpha,beta", "--bootstrap", "0"];
    let with = |more: &[&str]| json(&[&fit[..], &["--no-diagnostics"], more].concat());
    let a = |found: &Value, group: &str| found["parameters"][format!("A[{group}]")]["estimate"].clone();
    let fixed = with(&["--fix", "A[Red Pajama, v1]=118,A[refined=web]=114"]);
    assert_eq!((a(&fixed, "Red Pajama, v1"), a(&fixed, "refined=web")), (118.0.into(), 114.0.into()));
    let tied = with(&["--tie", "A[C4 [clean]]=A[refined=web]"]);
    assert_eq!(a(&tied, "C4 [clean]"), a(&tied, "refined=web"));
    let bound = with(&["--bound", "A[refined=web]=..100", "--prior", "A[C4 [clean]]=105x/1.1"]);
    assert_eq!(a(&bound, "refined=web"), 100.0);
    assert_eq!(bound["priors"]["A[C4 [clean]]"], "105x/1.1");
    // Two runs without a group, as two programs write it.
    let mut rows = table.lines();
    let mut missing = format!("{}\n", rows.next().expect("a header"));
    for (i, row) in rows.enumerate() {
        let group = row.split(',').nth(1).expect("a group");
        let instead = ["", "NaN"].get(i).copied().unwrap_or(group);
        missing += &format!("{}\n", row.replacen(&format!(",{group},"), &format!(",{instead},"), 1));
    }
    let path = scratch("no-groups.csv").display().to_string();
    std::fs::write(&path, missing).expect("it is written");
    let said = run_of(&["fit", &path, "--group", "group", "--bootstrap", "0"]);
    assert!(said.contains("2 of 104 runs have no group"), "{said}");
    let said = run_of(&["versus", &path, "--group", "group", "--baseline", "rpj", "--bootstrap", "20"]);
    assert!(said.contains("is empty for some runs"), "{said}");
}

#[test]
fn a_formula_with_a_column_of_the_table_has_a_form_by_groups() {
    let rows = (0..48).map(|i| {
        let (n, d, lr) =
            (1e8 * 2f64.powi(i % 6), 1e9 * 3f64.powi(i / 6 % 4), 0.01 * f64::from(1 + i * 7 % 5));
        let is_odd = i >= 24;
        let constant = if is_odd { 90.0 } else { 60.0 };
        let loss = 1.7 + constant / n.powf(0.25) + 200.0 / d.powf(0.3) + 0.02 / lr.powf(0.5);
        format!("{n},{d},{loss},{lr},{}\n", if is_odd { "odd" } else { "even" })
    });
    let table = write("by_group.csv", format!("params,tokens,loss,lr,kind\n{}", rows.collect::<String>()));
    let law = "E + A/N^alpha + B/D^beta + K/lr^k";
    let found = json(&[
        "fit",
        &table,
        "--law",
        law,
        "--group",
        "kind",
        "--share",
        "E,B,K,alpha,beta,k",
        "--bootstrap",
        "0",
    ]);
    for (name, expected) in [("A[even]", 60.0), ("A[odd]", 90.0), ("k", 0.5)] {
        assert_near(&found["parameters"][name]["estimate"], expected, 1e-4);
    }
}

#[test]
fn a_group_of_few_runs_for_its_own_parameters_is_named() {
    let law = |n: f64, d: f64| 1.7 + 400.0 / n.powf(0.34) + 410.0 / d.powf(0.28);
    let noise = |i: usize| 1.0 + 0.01 * ((i * 7 % 11) as f64 / 5.0 - 1.0);
    let sweep = |name: &str, few: usize| {
        let row = |i: usize| {
            let (n, d) = (1e8 * 2f64.powi(i as i32 % 6), 1e9 * 4f64.powi(i as i32 / 6 % 4));
            let group = if i < 24 { "a" } else { "b" };
            format!("{group},{n},{d},{}\n", noise(i) * law(n, d))
        };
        let rows: String = (0..24).chain((0..few).map(|i| 24 + 7 * i)).map(row).collect();
        write(name, format!("g,params,tokens,loss\n{rows}"))
    };
    for (few, code, is_named) in [(2, 4, true), (4, 0, true), (6, 0, false)] {
        let table = sweep(&format!("few-{few}.csv"), few);
        let fit = scratch(&format!("few-{few}.fit.json")).display().to_string();
        let flags = ["--group", "g", "--share", "E,A,alpha", "--delta", "0.1", "--bootstrap", "50"];
        let output = run(&[&["fit", &table, "-o", &fit][..], &flags].concat());
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{few}: {said}");
        let part = format!("group 'b' has the weight of {few} runs for 2 parameters of its own");
        assert_eq!(said.contains(&part), is_named, "{few}: {said}");
        // It is of that group alone.
        for (group, is_due) in [("a", false), ("b", is_named)] {
            let output = run(&["predict", &fit, "--group", group, "--params", "1e9", "--tokens", "2e10"]);
            assert_eq!(
                stderr(&output).contains("has the weight of"),
                is_due,
                "{few} {group}: {}",
                stderr(&output)
            );
        }
    }
}

#[test]
fn where_nothing_is_shared_nothing_is_said_of_sharing() {
    let output = run(&FIT);
    let text = stdout(&output);
    assert!(text.contains("nothing shared") && text.contains("all as one group"), "{text}");
    assert!(!text.contains("each group alone") && !text.contains("not tested"), "{text}");
    let output = run(&[FIT.as_slice(), &["--share", "alpha,beta"]].concat());
    let text = stdout(&output);
    assert!(
        text.contains("each group alone") && text.contains("sharing costs no more than chance (F test"),
        "{text}"
    );
}

#[test]
fn a_parameter_is_held_in_the_fit_of_all_groups() {
    let saved = |name: &str, held: &[&str]| {
        let path = scratch(name).display().to_string();
        let fit = [&FIT[..4], &["--share", "E,alpha,beta", "--bootstrap", "0", "-o", &path], held].concat();
        good(&[&["fit"], &fit[1..]].concat());
        path
    };
    let (free, held) = (saved("held_free.json", &[]), saved("held.json", &["--fix", "E=1.9"]));
    let asked = ["--params", "1B", "--tokens", "20B", "--group", "rpj"];
    let loss = |answer: &Value| answer["loss"]["estimate"].as_f64().unwrap();
    let own = loss(&json(&[&["predict", &held], &asked[..]].concat()));
    let of = |fix: &str| json(&[&["predict", &free], &asked[..], &["--fix", fix]].concat());
    let rows = of("E=1.9");
    let rows = rows["rows"].as_array().unwrap();
    assert!((loss(&rows[1]["prediction"]) / own - 1.0).abs() < 1e-9, "{rows:?}");
    // What is held fits no better than what is free.
    assert!(rows[1]["objective"].as_f64() > rows[0]["objective"].as_f64(), "{rows:?}");
    for name in ["A", "A[rpj]"] {
        let rows = of(&format!("{name}=500"));
        assert_eq!(rows["rows"][1]["parameters"]["A"], 500.0, "{rows}");
    }
}

#[test]
fn groups_that_share_too_much_are_told_to_share_less() {
    let mut table = "run,fam,params,tokens,loss\n".to_owned();
    for i in 0..36 {
        let (n, d) = (1e8 * 2f64.powi(i % 6), 2e9 * 3f64.powi(i / 6));
        for (fam, a) in [("x", 400.0), ("y", 480.0)] {
            let noise = 1.0 + [0.002, -0.001, -0.002, 0.001, 0.0][i as usize % 5];
            let loss = noise * (1.7 + a / n.powf(0.34) + 410.0 / d.powf(0.28));
            table += &format!("{fam}{i},{fam},{n},{d},{loss}\n");
        }
    }
    let sweep = write("shared.csv", table);
    let warned = |more: &[&str]| {
        let output = run(&[&["fit", &sweep, "--bootstrap", "0"], more].concat());
        stderr(&output).lines().filter(|line| line.contains("'fam' tells apart")).collect::<String>()
    };
    let shared = warned(&["--group", "fam", "--share", "E,A,alpha,beta"]);
    assert!(shared.contains("share fewer parameters (--share)"), "{shared}");
    assert!(warned(&["--group", "fam", "--share", "E,B,alpha,beta"]).is_empty());
}
