//! Parameters that are fixed, tied or bounded, and weights, by the command.

use serde_json::json;

use crate::{FIT, good, json as parsed, refuses, run, scratch, stderr, stdout, write};

/// The row of a parameter in a table.
fn row<'a>(text: &'a str, name: &str) -> &'a str {
    text.lines().find(|line| line.starts_with(&format!(" {name} "))).expect("a row")
}

#[test]
fn fixed_and_tied_parameters_are_marked_and_kept() {
    let args = ["--fix", "E=1.69,B=1500", "--tie", "alpha=beta"];
    let text = good(&[FIT.as_slice(), &args].concat());
    assert!(row(&text, "E").contains("1.6900") && row(&text, "E").ends_with(" fixed"), "{text}");
    assert!(row(&text, "B").ends_with(" fixed") && row(&text, "beta").ends_with(" = alpha"), "{text}");
    assert!(row(&text, "alpha").contains(" to ") && row(&text, "A").contains(" to "), "{text}");
    let alone = good(&[&FIT[..4], &["--bootstrap", "0"], args.as_slice()].concat());
    assert!(alone.lines().any(|line| line.starts_with(" E ") && line.ends_with(" fixed")), "{alone}");
    let fit = parsed(&[FIT.as_slice(), &args].concat());
    assert_eq!(fit["fixed"], json!({"E": 1.69, "B": 1500.0}));
    assert_eq!(fit["tied"], json!([["alpha", "beta"]]));
    assert_eq!(fit["parameters"]["E"]["interval"], json!([1.69, 1.69]));
    assert_eq!(fit["parameters"]["alpha"]["estimate"], fit["parameters"]["beta"]["estimate"]);
    // The compute law, which holdout fits beside, has no such parameters.
    let holdout = ["holdout", "data/chinchilla.csv", "--where", "outlier=0", "--bootstrap", "20"];
    let held_out = parsed(&[holdout.as_slice(), &args].concat());
    assert_eq!((&held_out["fixed"], &held_out["tied"]), (&fit["fixed"], &fit["tied"]));
}

#[test]
fn a_bound_that_binds_is_said_marked_and_kept() {
    let path = scratch("bounded.fit.json").display().to_string();
    let args = ["--bound", "beta=0.38..1", "--bound", "E=1..,B=..10K"];
    let output = run(&[FIT.as_slice(), &args, &["-o", &path]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let (text, talk) = (stdout(&output), stderr(&output));
    assert!(
        row(text, "beta").contains("0.38000") && row(text, "beta").ends_with(", at lower bound"),
        "{text}"
    );
    assert!(!row(text, "E").contains("bound"), "{text}");
    assert!(talk.contains("beta is at its lower bound 0.38") && talk.contains("one-sided"), "{talk}");
    let alone = good(&[&FIT[..4], &["--bootstrap", "0"], args.as_slice()].concat());
    assert!(row(&alone, "beta").ends_with(" at lower bound"), "{alone}");
    let fit = parsed(&[FIT.as_slice(), &args].concat());
    assert_eq!(fit["bounds"], json!({"beta": [0.38, 1.0], "E": [1.0, null], "B": [null, 10000.0]}));
    assert_eq!(fit["parameters"]["beta"]["interval"][0], 0.38);
    let warning = fit["warnings"].as_array().unwrap().iter().find(|w| w["kind"] == "at_bound").unwrap();
    assert_eq!(
        (&warning["parameter"], &warning["bound"], &warning["end"]),
        (&json!("beta"), &json!(0.38), &json!("lower"))
    );
    // What was saved answers, and says it again.
    let asked = run(&["predict", &path, "--params", "70B", "--tokens", "1.4T"]);
    assert_eq!(asked.status.code(), Some(0));
    assert!(stderr(&asked).contains("beta is at its lower bound 0.38"));
    assert!(good(&["allocate", &path, "--flops", "1e24"]).contains("parameters"));
}

#[test]
fn holdout_and_compare_record_what_is_restricted_and_weighted() {
    let sweep = ["data/chinchilla.csv", "--where", "outlier=0"];
    let args = ["--fix", "alpha=0.34", "--bound", "beta=0.1..", "--weight", "flops:0.5"];
    let held_out = parsed(&[&["holdout"], sweep.as_slice(), &args, &["--bootstrap", "20"]].concat());
    let compared = parsed(&[&["compare"], sweep.as_slice(), &args, &["--sizes", "average"]].concat());
    for result in [&held_out, &compared] {
        assert_eq!(result["fixed"], json!({"alpha": 0.34}));
        assert_eq!(result["bounds"], json!({"beta": [0.1, null]}));
        assert_eq!((&result["weights"], result.get("tied")), (&json!("flops:0.5"), None));
    }
    let candidate = &compared["candidates"][0];
    assert_eq!((&candidate["values"]["alpha"], &candidate["parameters"]), (&json!(0.34), &json!(4)));
}

#[test]
fn weights_are_taken_from_a_power_or_a_column_and_said() {
    let powered = good(&[&FIT[..4], &["--bootstrap", "0", "--weight", "flops:0.5"]].concat());
    assert!(powered.lines().any(|line| line.starts_with("weights: flops:0.5, from 0.0")), "{powered}");
    assert!(!good(&[&FIT[..4], &["--bootstrap", "0"]].concat()).contains("weights:"));
    let table = std::fs::read_to_string("data/overtraining.csv").expect("the sweep is there");
    let mut lines = table.lines();
    let header = lines.next().expect("a header");
    let rows: Vec<String> = lines.enumerate().map(|(i, line)| format!("{line},{}", 1 + i % 3)).collect();
    let named = |name: &str| write(&format!("{name}.csv"), format!("{header},{name}\n{}\n", rows.join("\n")));
    let fit = |path: &str, args: &[&str]| parsed(&[&["fit", path, "--bootstrap", "0"], args].concat());
    // A column of the name weight is taken as it is, another if it is named.
    let [own, other] = [fit(&named("weight"), &[]), fit(&named("trust"), &["--weight", "trust"])];
    assert_eq!((&own["weights"], &own["objective"]), (&json!("given"), &other["objective"]));
    assert!(fit(&named("trust"), &[]).get("weights").is_none());
    // A power takes its place.
    assert_eq!(fit(&named("weight"), &["--weight", "loss:-1"])["weights"], "loss:-1");
}

#[test]
fn restrictions_and_weights_that_make_no_sense_are_refused() {
    let usage: [(&[&str], &[&str]); 21] = [
        (&["--fix", "gamma=1"], &["the parameter 'gamma' is not known", "one of E, A, B, alpha, beta"]),
        (&["--tie", "alpha=gamma"], &["the parameter 'gamma' is not known", "one of E, A, B, alpha, beta"]),
        (&["--fix", "E"], &["--fix", "E=1.69"]),
        (&["--fix", "E=much"], &["--fix", "'much' is not a number"]),
        (&["--tie", "alpha"], &["--tie", "alpha=beta"]),
        (&["--fix", "E=0"], &["--fix E=0 is not positive"]),
        (&["--fix", "E=1", "--fix", "E=2"], &["--fix E=2 fixes a parameter twice"]),
        (
            &["--fix", "alpha=0.3", "--tie", "alpha=beta"],
            &["--tie alpha=beta ties a parameter that is fixed"],
        ),
        (&["--tie", "A=alpha"], &["--tie A=alpha ties a coefficient and an exponent"]),
        (
            &["--bound", "gamma=0.1..1"],
            &["the parameter 'gamma' is not known", "one of E, A, B, alpha, beta"],
        ),
        (&["--bound", "beta"], &["--bound", "beta=0.1..1"]),
        (&["--bound", "beta=0.3"], &["--bound", "beta=0.1..1"]),
        (&["--bound", "beta=much.."], &["--bound", "'much' is not a number"]),
        (&["--bound", "beta=1..0.1"], &["--bound beta=1..0.1", "a lower to a higher"]),
        (&["--bound", "beta=.."], &["--bound beta=.. has no end"]),
        (&["--bound", "E=0..2"], &["--bound E=0..2 is not positive"]),
        (
            &["--bound", "beta=0.1..", "--fix", "beta=0.3"],
            &["--bound beta=0.1.. bounds a parameter that is fixed"],
        ),
        (
            &["--bound", "beta=0.1..", "--tie", "alpha=beta"],
            &["--bound beta=0.1.. bounds a parameter that is tied"],
        ),
        (&["--weight", "steps:1"], &["--weight 'steps' is not known", "one of flops"]),
        (&["--weight", "flops:"], &["--weight", "flops:0.5"]),
        (&["--weight", "outlier", "--columns", "weight=loss"], &["weight=loss"]),
    ];
    for (args, parts) in usage {
        refuses(&[&["fit", "data/chinchilla.csv"], args].concat(), 2, parts);
    }
    let bad = write("bad_weights.csv", "params,tokens,loss,trust,none\n1e8,1e9,3.5,1,\n2e8,1e9,3.4,-2,\n");
    let input: [(&str, &[&str]); 4] = [
        ("trust", &["line 3", "column 'trust'", "'-2' is not a positive number"]),
        ("trusted", &["no column for 'trusted'", "write 'trust' if that is meant"]),
        ("none", &["a weight for every row", "the column of weights does not give"]),
        ("unique_tokens:1", &["unique_tokens", "add the column"]),
    ];
    for (weight, parts) in input {
        refuses(&["fit", &bad, "--weight", weight], 3, parts);
    }
}
