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
    let alone = named("rt-alone.csv", "min_lr", "3e-5");
    refuses(&["forecast", &alone], 3, &["nothing tells its peak", "--lr-floor"]);
    let above = named("rt-above.csv", "lr,min_lr", "3e-5,3e-4");
    refuses(&["forecast", &above], 3, &["above its peak"]);
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
