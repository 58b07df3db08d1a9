//! What is said of learning rates, and what is assumed where nothing is.

use std::fmt::Write;

use super::*;

/// Curves as far as 60 % of runs whose rate falls along half a cosine to a tenth: `L = 1.7 + 400/N^.34 + .12 S^-.5 + .1 η`. `more` is the
/// rest of each row, by the run.
fn to_a_tenth(columns: &str, more: impl Fn(usize) -> String) -> String {
    let mut table = format!("run,params,tokens,loss,{columns}\n");
    for k in 0..6 {
        let params = 1e8 * 1.5f64.powi(k as i32);
        for place in 1..=12 {
            let share = f64::from(place) / 20.0;
            let turn = std::f64::consts::PI * share;
            let rate = 0.1 + 0.45 * (1.0 + turn.cos());
            let learned = 0.55 * share + 0.45 * turn.sin() / std::f64::consts::PI;
            let loss = 1.7 + 400.0 / params.powf(0.34) + 0.12 / learned.sqrt() + 0.1 * rate;
            let _ = writeln!(table, "r{k},{params},{},{loss},{}", share * 1e10, more(k));
        }
    }
    table
}

fn ends(arguments: &[&str]) -> Vec<f64> {
    let runs = json(arguments)["runs"].as_array().expect("runs").clone();
    runs.iter().map(|run| run["loss"]["estimate"].as_f64().expect("a number")).collect()
}

#[test]
fn where_a_rate_ends_is_read_by_its_ratio_or_by_the_rates_and_what_is_assumed_is_said() {
    let named = |name: &str, columns: &str, cells: &str| {
        write(
            name,
            to_a_tenth(&format!("planned_tokens,lr_schedule,{columns}"), |_| format!("1e10,cosine,{cells}")),
        )
    };
    let told = ends(&["forecast", &named("rt-floor.csv", "lr_floor", "0.1")]);
    for (name, columns, cells) in [
        ("rt-min.csv", "lr,min_lr", "3e-4,3e-5"),
        ("rt-peak.csv", "max_lr,lr_min", "6e-4,6e-5"),
        ("rt-frac.csv", "final_lr_frac", "0.1"),
    ] {
        let table = named(name, columns, cells);
        for (own, told) in ends(&["forecast", &table]).iter().zip(&told) {
            // A ratio of two decimals is off by rounding, which the search may carry on.
            assert!((own / told - 1.0).abs() < 1e-6, "{name}: {own}, {told}");
        }
        assert_eq!(json(&["forecast", &table])["floor_assumed"], false, "{name}");
    }
    let bare = named("rt-bare.csv", "note", "-");
    let output = run(&["forecast", &bare, "--format", "json"]);
    let found: Value = serde_json::from_str(stdout(&output)).expect("a document");
    assert_eq!(found["floor_assumed"], true);
    assert!(stderr(&output).contains("0 is assumed") && stderr(&output).contains("--lr-floor"));
    let asked = ends(&["forecast", &bare, "--lr-floor", "10%"]);
    assert_eq!(asked, told);
    assert!(!stderr(&run(&["forecast", &bare, "--lr-floor", "0"])).contains("assumed"));
    // What tells no fall is something else: of no peak, above it, at it, and no number.
    let assumed = ends(&["forecast", &bare]);
    for (name, columns, cells) in [
        ("rt-alone.csv", "min_lr", "3e-5"),
        ("rt-above.csv", "lr,min_lr", "3e-5,3e-4"),
        ("rt-at.csv", "lr,min_lr", "3e-5,3e-5"),
        ("rt-none.csv", "lr,min_lr", "3e-4,None"),
        ("rt-logged.csv", "final_lr", "1.2e-4"),
    ] {
        let output = run(&["forecast", &named(name, columns, cells), "--format", "json"]);
        let found: Value = serde_json::from_str(stdout(&output)).expect("a document");
        assert_eq!(found["floor_assumed"], true, "{name}");
        assert!(stderr(&output).contains("0 is assumed"), "{name}");
        assert_eq!(ends(&["forecast", &named(name, columns, cells)]), assumed, "{name}");
    }
    // An end of 0 is one whatever the peak, and a name that is surer goes first.
    for (name, columns, cells) in
        [("rt-zero.csv", "min_lr", "0"), ("rt-both.csv", "min_lr_ratio,final_lr_frac", "0,0.4")]
    {
        let found = json(&["forecast", &named(name, columns, cells)]);
        assert_eq!(found["floor_assumed"], false, "{name}");
    }
    let both = named("rt-two.csv", "lr,min_lr,final_lr", "3e-4,3e-5,3e-5");
    assert_eq!(ends(&["forecast", &both]).len(), 6);
}

#[test]
fn the_hugging_face_trainer_ends_at_0_and_logs_that_fall_tell_it_too() {
    let table = to_a_tenth("planned_tokens,max_steps,lr_scheduler_type", |_| "1e10,-1,cosine".to_owned());
    let output = run(&["forecast", &write("rt-hf.csv", table), "--format", "json"]);
    let found: Value = serde_json::from_str(stdout(&output)).expect("a document");
    assert_eq!(found["floor_assumed"], false, "{found}");
    assert_eq!(found["runs"].as_array().expect("runs").len(), 6, "a limit of steps that is none is none");
    let kinds = |k: usize| if k.is_multiple_of(2) { "cosine," } else { "cosine_with_min_lr,0.1" };
    let table = to_a_tenth("planned_tokens,lr_scheduler_type,min_lr_rate", |k| format!("1e10,{}", kinds(k)));
    let found = json(&["forecast", &write("rt-hf-mixed.csv", table)]);
    assert_eq!(found["runs"].as_array().expect("runs").len(), 6, "{found}");
    // Runs of which the rate has yet to fall are as those that show it.
    let mut table = "run,params,tokens,loss,lr,planned_tokens,lr_schedule\n".to_owned();
    for k in 0..5u8 {
        let params = 1e8 * 1.5f64.powi(i32::from(k));
        for place in 1..=(if k < 2 { 19 } else { 12 }) {
            let share = f64::from(place) / 20.0;
            let rate = ((1.0 - share) / 0.2).min(1.0);
            let learned = if share < 0.8 { share } else { 0.8 + 0.5 * (1.0 + rate) * (share - 0.8) };
            let loss = 1.7 + 400.0 / params.powf(0.34) + 0.12 / learned.sqrt() + 0.1 * rate;
            let _ = writeln!(table, "r{k},{params},{},{loss},{},1e10,wsd", share * 1e10, 3e-4 * rate);
        }
    }
    let path = write("rt-wsd-mix.csv", table);
    let found = json(&["forecast", &path, "--lr-decay", "0.2"]);
    assert_eq!((found["runs"].as_array().map(Vec::len), &found["floor_assumed"]), (Some(5), &true.into()));
}

#[test]
fn a_run_that_does_not_say_what_the_others_do_is_left_out() {
    let floor = |k: usize| if k == 1 { "" } else { "0.1" };
    let table = to_a_tenth("planned_tokens,lr_schedule,lr_floor", |k| format!("1e10,cosine,{}", floor(k)));
    let found = json(&["forecast", &write("rt-some.csv", table)]);
    assert!(found["left_out"]["r1"].as_str().expect("a reason").contains("learning rate ends"), "{found}");
    assert_eq!(found["runs"].as_array().expect("runs").len(), 5);

    let plan = |k: usize| if k == 1 { "abc" } else { "1e10" };
    let table = to_a_tenth("planned_tokens,lr_schedule,lr_floor", |k| format!("{},cosine,0.1", plan(k)));
    let path = write("rt-plan.csv", table);
    let found = json(&["forecast", &path]);
    let why = found["left_out"]["r1"].as_str().expect("a reason").to_owned();
    assert!(why.contains("line 14") && why.contains("'abc'"), "{why}");
    let table = to_a_tenth("planned_tokens,lr_schedule,lr_floor", |_| "soon,cosine,0.1".to_owned());
    let path = write("rt-no-plan.csv", table);
    refuses(&["forecast", &path], 3, &["line 2", "'planned_tokens'", "'soon'", "--to"]);
    assert_eq!(ends(&["forecast", &path, "--to", "1e10"]).len(), 6);
}

#[test]
fn what_a_column_says_is_blamed_on_the_column() {
    let of = |name: &str, schedule: &str| {
        write(name, to_a_tenth("planned_tokens,lr_schedule,lr_floor", |_| format!("1e10,{schedule},0.1")))
    };
    let restarts = of("rt-restarts.csv", "cosine_with_restarts");
    refuses(&["forecast", &restarts], 3, &["column 'lr_schedule' 'cosine_with_restarts'"]);
    let wsd = of("rt-wsd.csv", "wsd");
    refuses(&["forecast", &wsd, "--lr-decay", "0"], 2, &["--lr-decay 0", "no decay"]);
    for (flag, value) in [("--lr-floor", "10"), ("--lr-warmup", "1"), ("--lr-schedule", "sine")] {
        refuses(&["forecast", &wsd, "--lr-decay", "0.2", flag, value], 2, &[flag]);
    }
    // All stop at 60 %: nothing goes on from there to the end.
    let cosine = of("rt-stop.csv", "cosine");
    let output = run(&["forecast", &cosine, "--stop", "50%"]);
    assert!(stderr(&output).contains("nothing was held back"), "{}", stderr(&output));
}

#[test]
fn a_peak_is_not_taken_from_rates_that_are_logged_late() {
    let late = |name: &str, from: usize| {
        let whole =
            to_a_tenth("planned_tokens,lr_schedule,min_lr,lr", |_| "1e10,cosine,3e-5,RATE".to_owned());
        let (header, rows) = whole.split_once('\n').expect("a header");
        let row = |(k, row): (usize, &str)| {
            let share = (k % 12 + 1) as f64 / 20.0;
            let rate = 3e-4 * (0.1 + 0.45 * (1.0 + (std::f64::consts::PI * share).cos()));
            (k % 12 >= from).then(|| row.replace("RATE", &rate.to_string()) + "\n")
        };
        let rows: String = rows.lines().enumerate().filter_map(row).collect();
        write(name, format!("{header}\n{rows}"))
    };
    assert_eq!(json(&["forecast", &late("rt-early.csv", 0)])["floor_assumed"], false);
    // From 45 % of the run on the first rate is 58 % of the peak.
    refuses(&["forecast", &late("rt-late.csv", 8)], 3, &["logged learning rates are not those", "lr_floor"]);
}

#[test]
fn two_ends_of_one_rate_that_differ_are_no_end() {
    let named = |name: &str, cells: &str| {
        let columns = "planned_tokens,lr_schedule,lr_floor,lr,min_lr";
        write(name, to_a_tenth(columns, |_| format!("1e10,cosine,{cells}")))
    };
    let differ = named("rt-two.csv", "0.1,3e-4,6e-5");
    refuses(
        &["forecast", &differ],
        3,
        &["ends at 0.1 of its peak as lr_floor says, and at 0.200", "--lr-floor"],
    );
    // The remedy works, and ends that are one but for rounding, or a default of 0, are no matter.
    let told = ends(&["forecast", &differ, "--lr-floor", "0.1"]);
    for (name, cells) in [("rt-same.csv", "0.1,3e-4,2.9e-5"), ("rt-zero.csv", "0.1,3e-4,0")] {
        assert_eq!(ends(&["forecast", &named(name, cells)]), told, "{name}");
    }
}

#[test]
fn a_last_row_far_from_its_curve_is_named_and_rows_like_others_are_not() {
    // Noise of about .2 %, and then 7 % less in the last row of one run.
    let table = |last: f64| {
        let plain = to_a_tenth("planned_tokens,lr_schedule,lr_floor", |_| "1e10,cosine,0.1".to_owned());
        let rows = plain.lines().enumerate().map(|(row, line)| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            if let Ok(loss) = cells[3].parse::<f64>() {
                let noise = 0.003 * (17.0 * (row as f64).powi(2)).sin();
                let odd = if line.starts_with("r2") && cells[2] == "6000000000" { last } else { 1.0 };
                cells[3] = (loss * (1.0 + noise) * odd).to_string();
            }
            cells.join(",") + "\n"
        });
        rows.collect::<String>()
    };
    let odd = write("rt-odd.csv", table(0.93));
    let output = run(&["forecast", &odd]);
    let said = stderr(&output);
    assert!(said.contains("the loss of r2 at 6B tokens, ") && said.contains("mend that row"), "{said}");
    let [_, mended] = [&odd, &write("rt-even.csv", table(1.0))].map(|table| {
        let found = json(&["forecast", table]);
        found["runs"].as_array().map_or(0, |runs| runs.iter().filter(|run| !run["odd_row"].is_null()).count())
    });
    assert_eq!(mended, 0);
    // Without that row nothing is said.
    let left = ["forecast", &odd, "--where", "tokens<5.9e9"];
    assert!(!stderr(&run(&left)).contains("times as far"));
}
