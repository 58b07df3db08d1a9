//! Laws that are written as text.

use crate::{assert_near, good, json, refuses, run, scratch, stderr, write};

const TEXT: &str = "E + A/N^alpha + B/D^beta";
const FIT: [&str; 8] =
    ["fit", "data/chinchilla.csv", "--where", "outlier=0", "--bootstrap", "20", "--law", TEXT];

#[test]
fn a_formula_is_fitted_saved_and_asked_like_a_law_with_a_name() {
    let path = scratch("formula.fit.json").display().to_string();
    let named = scratch("named.fit.json").display().to_string();
    good(&[&FIT[..], &["-o", &path]].concat());
    good(&[&FIT[..6], &["-o", &named]].concat());
    for question in [
        &["predict", "--params", "70B", "--tokens", "1.4T"][..],
        &["allocate", "--flops", "1e23"],
        &["solve", "--loss", "2.1"],
        &["plan", "--flops", "1e22"],
    ] {
        let ask = |path| json(&[&question[..1], &[path], &question[1..]].concat());
        let (own, text) = (ask(&named), ask(&path));
        let estimate = |answer: &serde_json::Value| answer.pointer("/loss/estimate").and_then(|x| x.as_f64());
        if let (Some(own), Some(text)) = (estimate(&own), estimate(&text)) {
            assert!((own / text - 1.0).abs() < 1e-8, "{question:?}: {own} {text}");
        }
    }
    let saved = good(&["show", &path]);
    assert!(saved.contains("L = E + A/N^alpha + B/D^beta"), "{saved}");
    let tied =
        json(&[&FIT[..], &["--fix", "E=1.7", "--tie", "alpha=beta", "--bound", "A=100..1000"]].concat());
    assert_near(&tied["parameters"]["E"]["estimate"], 1.7, 1e-15);
}

#[test]
fn several_formulas_are_compared_with_commas_of_their_own() {
    let laws = "tied,E + A/max(N, n0)^alpha + B/D^beta where n0=1e6..1e9, alpha=0.1..1,chinchilla";
    let args =
        ["compare", "data/chinchilla.csv", "--where", "outlier=0", "--sizes", "average", "--bootstrap", "2"];
    let found = json(&[&args[..], &["--laws", laws]].concat());
    let mut names: Vec<&str> =
        found["candidates"].as_array().unwrap().iter().map(|c| c["law"].as_str().unwrap()).collect();
    names.sort_unstable();
    let text = "E + A/max(N,n0)^alpha + B/D^beta where n0=1e6..1e9, alpha=0.1..1";
    assert_eq!(
        names.iter().map(|name| name.replace(", n0)", ",n0)")).collect::<Vec<_>>(),
        [text, "chinchilla", "tied"]
    );
}

#[test]
fn columns_of_the_table_are_inputs_and_must_be_numbers() {
    let rows = (0..24).map(|i| {
        let (n, d, lr) = (1e8 * 2f64.powi(i % 6), 1e9 * 3f64.powi(i / 6), 0.01 * f64::from(1 + i * 7 % 5));
        let loss = 1.7 + 60.0 / n.powf(0.25) + 200.0 / d.powf(0.3) + 3.0 * lr;
        format!("{n},{d},{loss},{lr},{}\n", if i == 3 { "" } else { "1" })
    });
    let table = write("columns.csv", format!("params,tokens,loss,lr,tag\n{}", rows.collect::<String>()));
    let path = scratch("columns.fit.json").display().to_string();
    let law = "E + A/N^alpha + B/D^beta + K*lr";
    let args = ["fit", &table, "--law", law, "--bootstrap", "0", "--format", "json", "-o", &path];
    let output = run(&args);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["law"], format!("{law} where lr=column"));
    assert_near(&found["parameters"]["K"]["estimate"], 3.0, 1e-4);
    refuses(
        &["predict", &path, "--params", "1B", "--tokens", "1T"],
        3,
        &["needs 'lr'", "fit a law without it"],
    );
    let points = write("columns_points.csv", "params,tokens,lr,note\n1B,1T,0.02,x\n");
    let output = run(&["predict", &path, "--from", &points, "--format", "json"]);
    let forecast: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = 1.7 + 60.0 / 1e9f64.powf(0.25) + 200.0 / 1e12f64.powf(0.3) + 3.0 * 0.02;
    assert_near(&forecast[0]["loss"]["estimate"], expected, 1e-5);
    assert!(stderr(&output).contains("columns not used: note\n"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("this asks for lr"), "{}", stderr(&output));
    let beyond = write("columns_beyond.csv", "params,tokens,lr\n1B,1T,0.5\n");
    let output = run(&["predict", &path, "--from", &beyond]);
    assert!(
        stderr(&output).contains("this asks for lr = 0.5, and the runs have 0.01 to 0.05"),
        "{}",
        stderr(&output)
    );
    let of = |law: &'static str| ["fit", &table, "--bootstrap", "0", "--law", law];
    refuses(&of("E + A/N^alpha + K*tag"), 3, &["the cell is empty", "where tag=0.1..10"]);
    refuses(&of("E + A/N^alpha + K*\"depth\""), 3, &["needs 'depth'", "add the column"]);
    refuses(
        &of("E + A/N^"),
        2,
        &["--law ends where a value is to follow, at character 9:\n  E + A/N^\n          ^\n"],
    );
    // A range says that a name is a parameter, whatever columns there are.
    let declared = run(&of("E + A/N^alpha + B/D^beta + lr/(N*D)^g where lr=1..100"));
    assert!(!stderr(&declared).contains("lr=column"), "{}", stderr(&declared));
}

#[test]
fn quoted_names_stand_after_where_and_in_lists_of_laws() {
    let mut table = "params,tokens,loss,\"lr, peak\"\n".to_owned();
    for i in 0..24 {
        let (n, d, lr) = (1e8 * 1.3f64.powi(i % 7), 2e9 * 1.4f64.powi(i % 5), 1e-3 * f64::from(1 + i % 3));
        let loss = 1.7 + 400.0 / n.powf(0.34) + 410.0 / d.powf(0.28) + 20.0 * lr;
        table += &format!("{n},{d},{loss},{lr}\n");
    }
    let table = write("quoted.csv", table);
    let law = "E + A/N^alpha + B/D^beta + l*\"lr, peak\"";
    let said = format!("{law} where \"lr, peak\"=column, l=1..100");
    for law in [law, &said] {
        let fit = json(&["fit", &table, "--bootstrap", "0", "--law", law]);
        assert_near(&fit["parameters"]["l"]["estimate"], 20.0, 1e-6);
    }
    let compared = json(&["compare", &table, "--bootstrap", "20", "--laws", &format!("{law},chinchilla")]);
    assert_eq!(compared["candidates"].as_array().map(Vec::len), Some(2), "{compared}");
}

#[test]
fn a_value_too_many_and_a_c_that_is_not_compute_are_said() {
    for formula in ["E + exp(A, B)", "E + min(A, 2, 3)/N^alpha"] {
        let asked = ["fit", "data/chinchilla_isoflop.csv", "--law", formula, "--bootstrap", "0"];
        refuses(&asked, 2, &["a value too many", "leave it out"]);
    }
    let said = |formula: &str| {
        let asked =
            ["fit", "data/chinchilla_isoflop.csv", "--law", formula, "--bootstrap", "0", "--no-diagnostics"];
        stderr(&run(&asked)).contains("for compute write flops")
    };
    assert!(said("E + A/N^alpha + C/D^beta") && !said("E + A/N^alpha + K/D^beta"));
    assert!(!said("schedule"), "a law by name has a C of its own");
}
