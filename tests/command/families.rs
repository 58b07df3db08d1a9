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
    let odd = run(&["predict", &path, "--params", "1B", "--tokens", "20B", "--group", "odd"]);
    assert_eq!(odd.status.code(), Some(2), "{}", stderr(&odd));
    assert!(stderr(&odd).contains("choose one of c4_original, rpj, rw_original"), "{}", stderr(&odd));
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
