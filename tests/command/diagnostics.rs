//! `nbar fit --profile`, and the warnings that take refits.

use crate::{FIT, good, json, keys, run, stderr};

#[test]
fn profiles_are_a_table_and_a_key() {
    let text = good(&[FIT.as_slice(), &["--profile", "--level", "0.9"]].concat());
    assert!(text.contains(" profile  estimate ") && text.matches("90 % interval").count() == 3, "{text}");
    let fit = json(&[FIT.as_slice(), &["--profile"]].concat());
    let profile = &fit["profile"];
    assert_eq!(keys(profile), ["level", "scale", "parameters", "pair"]);
    assert_eq!(keys(&profile["parameters"]), ["E", "A", "B", "alpha", "beta"]);
    let beta = &profile["parameters"]["beta"];
    assert_eq!(keys(beta), ["estimate", "interval", "values", "objective"]);
    assert_eq!(beta["values"].as_array().map(Vec::len), Some(41));
    assert!(beta["interval"][0].as_f64().unwrap() < beta["estimate"].as_f64().unwrap());
    assert_eq!(profile["pair"]["parameters"], serde_json::json!(["alpha", "beta"]));
    assert_eq!(profile["pair"]["objective"].as_array().map(Vec::len), Some(41));
    assert!(!keys(&json(&FIT)).contains(&"profile"));
}

#[test]
fn disagreeing_intervals_are_warned_of_where_both_exist() {
    let args = ["fit", "data/chinchilla.csv", "--where", "outlier=0", "--profile"];
    let said = |extra: &[&str]| stderr(&run(&[&args, extra].concat())).to_owned();
    assert!(said(&["--bootstrap", "300"]).contains("warning: the bootstrap's interval of beta is"));
    assert!(!said(&["--bootstrap", "0"]).contains("interval of beta"));
}

#[test]
fn influential_runs_are_warned_of_unless_asked_not_to() {
    let said = |extra: &[&str]| {
        let args = [&["fit", "data/chinchilla.csv", "--bootstrap", "0"], extra].concat();
        stderr(&run(&args)).to_owned()
    };
    assert!(said(&[]).contains("4 runs decide the law: without c001, c002, c003, c004 B goes from"));
    for extra in [&["--no-diagnostics"][..], &["--where", "outlier=0"]] {
        let said = said(extra);
        assert!(said.contains("warning: the runs depart from the law") && !said.contains("decide"), "{said}");
    }
}

#[test]
fn a_perfect_fit_has_no_profile_and_is_printed_all_the_same() {
    let mut table = String::from("params,tokens,loss\n");
    for i in 0..36 {
        let (n, d) = (1e7 * 10f64.powi(i % 6), 1e8 * 10f64.powi(i / 6));
        table.push_str(&format!("{n},{d},{}\n", 1.5 + 100.0 / n.powf(0.5) + 100.0 / d.powf(0.25)));
    }
    let output = run(&["fit", &crate::write("perfect.csv", table), "--bootstrap", "0", "--profile"]);
    assert!(stderr(&output).contains("profile: the fit is perfect"), "{}", stderr(&output));
    assert!(crate::stdout(&output).contains(" alpha "));
}
