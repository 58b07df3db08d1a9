//! Runs of which the counts are known, and not when they were pruned.

use std::fmt::Write;

use super::*;

/// Runs of every other of which half of the parameters are left on average, and a fifth in the end, by a law of N̄; and their fit.
fn sweep(name: &str, last: bool) -> [String; 2] {
    let mut table =
        format!("run,params,average_params{},tokens,loss\n", if last { ",final_params" } else { "" });
    for i in 0..36 {
        let params = 2e7 * 3f64.powi(i / 6);
        let (tokens, left) = (params * 5.0 * 3f64.powi(i % 6), [1.0, 0.5][i as usize % 2]);
        let average = params * left;
        let noise = 1.0 + [0.002, -0.001, -0.002, 0.001, 0.0][i as usize % 5];
        let loss = noise * (1.7 + 400.0 / average.powf(0.34) + 410.0 / tokens.powf(0.28));
        let last = if last { format!(",{}", params * [1.0, 0.2][i as usize % 2]) } else { String::new() };
        let _ = writeln!(table, "r{i},{params},{average}{last},{tokens},{loss}");
    }
    let (table, fit) = (write(name, table), scratch(&format!("{name}.fit.json")).display().to_string());
    good(&["fit", &table, "--bootstrap", "100", "-o", &fit]);
    [table, fit]
}

#[test]
fn runs_of_known_counts_are_scored_as_they_were_fitted() {
    for last in [false, true] {
        let [table, fit] = sweep(&format!("outright_{last}.csv"), last);
        let score = good(&["score", &fit, &table]);
        let rms = score.split("root mean square ").nth(1).and_then(|text| text.split(' ').next()).unwrap();
        assert!(rms.parse::<f64>().unwrap() < 0.2, "{score}");
        let forecast = good(&["predict", &fit, "--from", &table, "--format", "csv"]);
        let row = forecast.lines().find(|line| line.contains("r1,")).unwrap();
        let column = forecast.lines().next().unwrap().split(',').position(|name| name == "average_params");
        let average = row.split(',').nth(column.unwrap()).unwrap().parse::<f64>();
        assert_eq!(average, Ok(1e7), "{row}");
    }
}

#[test]
fn what_counts_do_not_tell_is_asked_for() {
    let [table, fit] = sweep("outright_asked.csv", true);
    let power = scratch("outright_asked.power.json").display().to_string();
    good(&[
        "fit",
        &table,
        "--where",
        "average_params>=2e7",
        "--size",
        "final",
        "--bootstrap",
        "100",
        "-o",
        &power,
    ]);
    // A law of the average needs no more; one of the last count does.
    let average =
        write("outright_asked.average.csv", "run,params,average_params,tokens,loss\na,1e9,5e8,2e10,2.5\n");
    assert_eq!(json(&["predict", &fit, "--from", &average])[0]["final_params"], Value::Null);
    let output = run(&["score", &power, &average]);
    let said = "line 2: the fit needs the course of pruning, which the run does not give; add the column 'final_params', or those of its";
    assert!(output.status.code() == Some(3) && stderr(&output).contains(said), "{}", stderr(&output));
    let cases = [
        (
            "run,params,final_params,tokens,loss\na,1e9,2e8,2e10,2.5\n",
            "add the column 'average_params', or those of its",
        ),
        (
            "run,params,average_params,final_params,flops,loss\na,1e9,5e8,2e8,6e19,2.5\n",
            "a pruned run needs 'tokens'",
        ),
        (
            "run,params,average_params,final_params,tokens,loss\na,1e9,2e9,2e8,2e10,2.5\n",
            "column 'average_params': the count is above",
        ),
        (
            "run,params,average_params,final_params,tokens,loss\na,1e9,5e8,2e9,2e10,2.5\n",
            "column 'final_params': the count is above",
        ),
        (
            "run,params,fixed_params,average_params,final_params,tokens,loss\na,1e9,4e8,8e8,2e8,2e10,2.5\n",
            "column 'final_params': the count is below 'fixed_params', 400000000",
        ),
    ];
    for (place, (text, said)) in cases.into_iter().enumerate() {
        let points = write(&format!("outright_asked.{place}.csv"), text);
        let output = run(&["score", &fit, &points]);
        let refused = stderr(&output);
        assert_eq!(output.status.code(), Some(3), "{text}{refused}");
        assert!(refused.contains(said), "{text}{refused}");
    }
    // A law of the course of pruning, of which only a schedule tells.
    let points = write(
        "outright_asked.course.csv",
        "run,params,average_params,final_params,tokens,loss\na,1e9,5e8,2e8,2e10,2.5\n",
    );
    good(&["predict", &power, "--from", &points]);
    let schedule = scratch("outright_asked.schedule.json").display().to_string();
    let all = ["fit", "data/journey.csv", "--law", "schedule", "--where", "lr_floor=0", "--bootstrap", "0"];
    good(&[&all[..], &["-o", &schedule]].concat());
    let output = run(&["predict", &schedule, "--from", &points]);
    let refused = stderr(&output);
    assert!(
        refused.contains("line 2: the law needs the course of pruning, which the run does not give")
            && refused.contains("add its schedule"),
        "{refused}"
    );
}

#[test]
fn counts_say_no_window_and_runs_are_known_in_other_spellings() {
    let fit = scratch("outright_windows.json").display().to_string();
    good(&["fit", "data/journey.csv", "--where", "lr_floor=0", "--bootstrap", "100", "-o", &fit]);
    let points =
        write("outright_windows.csv", "run,params,average_params,final_params,tokens\na,2e7,1.2e7,1e7,4e8\n");
    let answers = json(&["predict", &fit, "--from", &points]);
    let kinds: Vec<&str> = answers[0]["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|warning| warning["kind"].as_str())
        .collect();
    assert!(!kinds.contains(&"outside_windows"), "{kinds:?}");
    // A fitted run is known where its counts are rounded.
    let [table, fit] = sweep("outright_rounded.csv", true);
    let text = std::fs::read_to_string(&table)
        .unwrap()
        .replace("r1,20000000,10000000,4000000,", "r1,20000000,10000001,4000000,");
    let rounded = write("outright_rounded.points.csv", &text);
    assert!(stderr(&run(&["score", &fit, &rounded])).contains("36 of 36 runs with a loss were fitted"));
}

#[test]
fn a_count_that_no_column_tells_is_left_open() {
    let [_, fit] = sweep("outright_open.csv", false);
    let points =
        write("outright_open.points.csv", "run,params,average_params,tokens\na,1e9,5e8,2e10\nb,1e9,,2e10\n");
    let answers = json(&["predict", &fit, "--from", &points]);
    assert_eq!(answers[0]["final_params"], Value::Null, "{answers}");
    assert_eq!(answers[1]["final_params"], 1e9, "{answers}");
    // It is registered and scored all the same.
    let path = scratch("outright_open.registered.json").display().to_string();
    let _ = std::fs::remove_file(&path);
    good(&["predict", &fit, "--from", &points, "--preregister", &path]);
    let measured = write(
        "outright_open.measured.csv",
        "run,params,average_params,tokens,loss\na,1e9,5e8,2e10,2.5\nb,1e9,,2e10,2.4\n",
    );
    assert!(good(&["score", &path, &measured]).contains("2 runs"));
}
