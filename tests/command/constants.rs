//! Laws without draws: published constants, and fits with no bootstrap.

use serde_json::Value;

use crate::{FIT, assert_near, good, json, refuses, run, scratch, stderr, stdout};

/// Hoffmann et al. 2022, approach 3.
const SET: &str = "E=1.69,A=406.4,B=410.7,alpha=0.34,beta=0.28";
const E: f64 = 1.69;
const A: f64 = 406.4;
const B: f64 = 410.7;
const ALPHA: f64 = 0.34;
const BETA: f64 = 0.28;

/// Saves a law of these constants.
fn constants(name: &str, law: &str, set: &str) -> String {
    let path = scratch(name).display().to_string();
    good(&["law", law, "--set", set, "-o", &path]);
    path
}

/// N* of a budget by the closed form of their equation 4.
fn best_params(flops: f64) -> f64 {
    let g = (ALPHA * A / (BETA * B)).powf(1.0 / (ALPHA + BETA));
    g * (flops / 6.0).powf(BETA / (ALPHA + BETA))
}

fn loss(params: f64, tokens: f64) -> f64 {
    E + A / params.powf(ALPHA) + B / tokens.powf(BETA)
}

/// Whether every interval of a document that is not of something given is absent.
fn has_no_interval(value: &Value) -> bool {
    let exact = |ends: &[Value]| ends[0].is_number() && ends[0] == ends[1];
    match value {
        Value::Object(fields) => fields.iter().all(|(name, value)| match value.as_array() {
            Some(ends) if name.ends_with("interval") || name.ends_with("if_law_holds") => {
                ends.iter().all(Value::is_null) || exact(ends)
            }
            _ => has_no_interval(value),
        }),
        Value::Array(all) => all.iter().all(has_no_interval),
        _ => true,
    }
}

#[test]
fn constants_answer_as_their_formula_does_and_without_intervals() {
    let path = constants("hoffmann.fit.json", "chinchilla", SET);
    let saved: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(saved["constants"], true);
    let predicted = json(&["predict", &path, "--params", "70B", "--tokens", "1.4T"]);
    assert_near(&predicted["loss"]["estimate"], loss(7e10, 1.4e12), 1e-12);
    assert!(predicted["extrapolation"]["flops"].is_null() && predicted["level"].is_null());
    let best = best_params(5.76e23);
    let allocated = json(&["allocate", &path, "--flops", "5.76e23"]);
    assert_near(&allocated["average_params"]["estimate"], best, 1e-9);
    assert_near(&allocated["loss"]["estimate"], loss(best, 5.76e23 / 6.0 / best), 1e-9);
    let solved = json(&["solve", &path, "--loss", "2", "--params", "7B"]);
    let tokens = (B / (2.0 - E - A / 7e9f64.powf(ALPHA))).powf(1.0 / BETA);
    assert_near(&solved["tokens"]["estimate"], tokens, 1e-9);
    let cheapest = json(&["solve", &path, "--loss", "2"]);
    let best = cheapest["average_params"]["estimate"].as_f64().unwrap();
    assert_near(
        &cheapest["flops"]["estimate"],
        6.0 * best * cheapest["tokens"]["estimate"].as_f64().unwrap(),
        1e-9,
    );
    let plan = json(&["plan", &path, "--flops", "1e22", "--inference-tokens", "1T", "--sparsity", "0,0.8"]);
    assert_near(&plan["runs"][1]["average_params"]["estimate"], best_params(1e22), 1e-6);
    assert_eq!(plan["best_by_total"], 0.8);
    assert!(plan["runs"][0]["least_loss"].is_null());
    let twin = json(&["twin", &path, "--dense-params", "7B", "--tokens", "1T", "--final-params", "4B"]);
    assert_eq!(twin["loss_difference"]["estimate"], 0.0);
    for document in [predicted, allocated, solved, cheapest, plan, twin] {
        assert!(has_no_interval(&document), "{document}");
    }
}

#[test]
fn text_says_why_there_are_no_intervals_and_other_forms_say_it_on_stderr() {
    let path = constants("hoffmann-text.fit.json", "chinchilla", SET);
    let fit = scratch("no-draws.fit.json").display().to_string();
    good(&[&FIT[..5], &["0", "-o", &fit]].concat());
    for (path, why) in [(&path, "constants were given"), (&fit, "nbar fit --bootstrap 1000")] {
        for asked in [
            &["predict", path, "--params", "7B", "--tokens", "1T"][..],
            &["allocate", path, "--flops", "1e22"],
            &["allocate", path, "--flops", "1e21..1e24", "--points", "3"],
            &["solve", path, "--loss", "2.2", "--params", "7B"],
            &["plan", path, "--flops", "1e22"],
        ] {
            let text = good(asked);
            let (answer, said) = text.split_once("\nno intervals: ").expect(&text);
            assert!(said.contains(why) && !answer.contains("interval") && !answer.contains("NaN"), "{text}");
            for format in ["json", "csv", "md"] {
                let output = run(&[asked, &["--format", format]].concat());
                assert!(stderr(&output).contains("no intervals: ") && !stdout(&output).contains("NaN"));
            }
        }
    }
}

#[test]
fn a_fit_without_draws_answers_as_one_with_them_but_for_intervals() {
    let [with, without] =
        ["draws.fit.json", "without.fit.json"].map(|name| scratch(name).display().to_string());
    good(&[FIT.as_slice(), &["-o", &with]].concat());
    good(&[&FIT[..5], &["0", "-o", &without]].concat());
    for (question, field) in [
        (&["predict", "FIT", "--params", "7B", "--tokens", "1T"][..], "loss"),
        (&["allocate", "FIT", "--flops", "1e22"], "tokens"),
        (&["solve", "FIT", "--loss", "2.2", "--tokens", "1T"], "initial_params"),
    ] {
        let ask = |fit: &str| {
            json(&question.iter().map(|word| if *word == "FIT" { fit } else { word }).collect::<Vec<_>>())
        };
        let (with, without) = (ask(&with), ask(&without));
        assert_eq!(with[field]["estimate"], without[field]["estimate"]);
        assert_eq!(with["extrapolation"], without["extrapolation"]);
        assert!(!has_no_interval(&with) && has_no_interval(&without));
    }
}

#[test]
fn every_law_takes_its_constants_and_an_input_that_is_not_given_is_asked_for() {
    let path = constants("compute.fit.json", "compute", "E=1.7,K=337,gamma=0.12");
    let predicted = json(&["predict", &path, "--params", "1B", "--tokens", "20B"]);
    assert_near(&predicted["loss"]["estimate"], 1.7 + 337.0 / 1.2e20f64.powf(0.12), 1e-12);
    refuses(&["allocate", &path, "--flops", "1e22"], 3, &["the compute law does not read parameters"]);
    let set = "E=1.87,A=521,B=1488,alpha=0.35,R_D=15.4,R_N=5.3";
    let path = constants("repeated.fit.json", "repeated-data", set);
    refuses(&["predict", &path, "--params", "1B", "--tokens", "20B"], 3, &["--unique-tokens"]);
    let once = json(&["predict", &path, "--params", "1B", "--tokens", "20B", "--unique-tokens", "20B"]);
    let again = json(&["predict", &path, "--params", "1B", "--tokens", "20B", "--unique-tokens", "1B"]);
    let of = |answer: &Value| answer["loss"]["estimate"].as_f64().unwrap();
    assert!(of(&once) < of(&again));
}

#[test]
fn constants_that_make_no_law_are_refused_with_what_is_missing() {
    let law = |set| ["law", "chinchilla", "--set", set];
    refuses(&law("E=1.69,A=406.4,B=410.7"), 2, &["add alpha=VALUE,beta=VALUE"]);
    refuses(&law("E=1.69,X=2"), 2, &["'X' is not known", "E, A, B, alpha, beta"]);
    refuses(&law("E=1.69,E=1.7"), 2, &["E=1.7 gives a parameter twice"]);
    refuses(&law("E=-1,A=406.4,B=410.7,alpha=0.34,beta=0.28"), 2, &["E=-1 is no value"]);
    refuses(&["law", "chinchila", "--set", SET], 2, &["choose one of chinchilla"]);
    let path = constants("hoffmann-asked.fit.json", "chinchilla", SET);
    let predict = ["predict", &path, "--params", "7B", "--tokens", "1T", "--level", "0.9"];
    refuses(&predict, 2, &["--level 0.9", "constants without data have none"]);
    let design = ["design", &path, "--target-flops", "1e24", "--budget", "1e22", "--new-runs", "2"];
    // Constants are a guess, and there are no runs to add to: that is a first sweep, which takes more.
    refuses(&design, 2, &["--new-runs 2 is not from 6 to 200"]);
    refuses(&["solve", &path, "--loss", "1.5"], 3, &["not reachable: the law stays above"]);
}

#[test]
fn the_frontier_of_a_law_without_runs_is_drawn_whole() {
    let fit = constants("frontier.fit.json", "chinchilla", SET);
    let svg = scratch("frontier.svg").display().to_string();
    good(&["plot", &fit, "--kind", "frontier", "--flops", "1e16,1e22", "-o", &svg]);
    let svg = std::fs::read_to_string(svg).expect("a figure");
    for tick in ["1e16", "1e18", "1e22", "1e23"] {
        assert!(svg.contains(&format!(">{tick}<")), "{tick}");
    }
    assert!(!svg.contains("beyond the sweep"));
}
