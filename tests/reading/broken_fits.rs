//! Saved fits in which one field is not what was saved.

use nbar::Ensemble;
use nbar::report::Report;
use serde_json::Value;

/// Saved before, with much of what a fit may hold.
const SAVED: &str = include_str!("saved.fit.json");

/// A step into a document.
#[derive(Clone)]
enum Step {
    Field(String),
    Item(usize),
}

/// The places of all values, of long lists the first and the last.
fn places(value: &Value, here: &[Step], all: &mut Vec<Vec<Step>>) {
    let mut below = |step: Step, value: &Value| {
        let place = [here, &[step]].concat();
        all.push(place.clone());
        places(value, &place, all);
    };
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| below(Step::Field(name.clone()), value))
        }
        Value::Array(items) => {
            let ends = [0, items.len().saturating_sub(1)];
            let ends = if ends[0] == ends[1] { &ends[..1] } else { &ends[..] };
            ends.iter().filter_map(|i| Some((*i, items.get(*i)?))).for_each(|(i, v)| below(Step::Item(i), v));
        }
        _ => {}
    }
}

fn at<'a>(value: &'a mut Value, place: &[Step]) -> &'a mut Value {
    place.iter().fold(value, |value, step| match step {
        Step::Field(name) => &mut value[name.as_str()],
        Step::Item(i) => &mut value[*i],
    })
}

/// A document with one value taken out or put in the place of another; none where that changes nothing.
fn broken(whole: &Value, place: &[Step], new: Option<&str>) -> Option<String> {
    let mut changed = whole.clone();
    match new {
        Some(new) => {
            let old = at(&mut changed, place);
            // No number of this size can be in a tree.
            *old = Value::String(format!("<{new}>"));
            let text = changed.to_string().replace(&format!("\"<{}>\"", new.replace('"', "\\\"")), new);
            (serde_json::from_str::<Value>(&text).ok().as_ref() != Some(whole)).then_some(text)
        }
        None => {
            let (last, above) = place.split_last()?;
            match (at(&mut changed, above), last) {
                (Value::Object(fields), Step::Field(name)) => drop(fields.remove(name)),
                (Value::Array(items), Step::Item(i)) => drop(items.remove(*i)),
                _ => return None,
            }
            Some(changed.to_string())
        }
    }
}

/// What a fit answers.
fn answer(report: &Report) -> String {
    let ensemble = match report {
        Report::Ensemble(ensemble) => ensemble.clone(),
        Report::Point(fit) => Ensemble::without_draws(fit.clone()),
    };
    let loss = ensemble.predict(1e9, 2e10).map(|prediction| prediction.loss);
    format!("{loss:?} {:?}", report.parameters())
}

/// What only the fit was told: without it the file is that of another fit, which agrees with itself.
const TOLD: [&str; 4] = ["fixed", "fixed.E", "bounds", "bounds.beta"];
/// A name of a run, by which runs are put in order: another puts them in another.
const NAMES: &str = "observations.run_names";

#[test]
fn a_field_that_is_not_what_was_saved_is_refused_by_name_or_changes_no_answer() {
    let whole: Value = serde_json::from_str(SAVED).expect("JSON");
    let good = answer(&Report::from_json("good.fit.json", SAVED.as_bytes()).expect("it is good"));
    let mut all = Vec::new();
    places(&whole, &[], &mut all);
    let (mut refused, mut same) = (0, 0);
    let new = ["null", "-1", "0", "1e400", "\"x\"", "[]", "{}"].map(Some);
    for (place, new) in
        all.iter().flat_map(|place| [None].into_iter().chain(new).map(move |new| (place, new)))
    {
        let Some(text) = broken(&whole, place, new) else { continue };
        let words = place.iter().filter_map(|step| match step {
            Step::Field(name) => Some(name.as_str()),
            Step::Item(_) => None,
        });
        let words: Vec<&str> = words.collect();
        let name = words.join(".");
        match Report::from_json("bad.fit.json", text.as_bytes()) {
            Ok(report) => {
                same += 1;
                let told = TOLD.contains(&&*name) && matches!(new, None | Some("null" | "{}"));
                let renamed = name == NAMES && new == Some("\"x\"");
                assert!(told || renamed || answer(&report) == good, "{new:?} for {name} changes an answer");
            }
            Err(error) => {
                refused += 1;
                let message = error.to_string();
                let says = |word: &&str| message.contains(*word);
                let is_named = message.starts_with("bad.fit.json: ") && words.iter().any(says);
                assert!(is_named, "{new:?} for {name}: {message}");
            }
        }
    }
    assert!(refused > 900 && same > 200, "{refused} refused, {same} the same");
}

#[test]
fn infinite_coefficients_of_other_minima_come_back() {
    let mut value: Value = serde_json::from_str(SAVED).expect("JSON");
    value["minima"][0]["parameters"]["A"] = Value::Null;
    let text = value.to_string();
    let report = Report::from_json("text", text.as_bytes()).expect("it is a minimum at infinity");
    assert_eq!(report.fit().minima[0].parameters[1], f64::INFINITY);
    let again: Value = serde_json::from_str(&report.to_json()).expect("JSON");
    assert_eq!(again["minima"], value["minima"]);
}

#[test]
fn constants_with_rows_and_laws_of_no_known_name_are_refused() {
    let constants = r#"{"schema":"nbar.fit/1","law":"chinchilla","constants":true,
        "parameters":{"E":1.69,"A":406.4,"B":410.7,"alpha":0.34,"beta":0.28}}"#;
    let load = |text: &str| Report::from_json("c.fit.json", text.as_bytes());
    assert!(load(constants).expect("constants").fit().is_of_constants());
    for (old, new, parts) in [
        ("true,", r#"true,"objective":0,"#, ["'constants'", "'objective'"]),
        ("true,", r#"true,"observations":null,"#, ["'constants'", "'observations'"]),
        ("true", "1", ["'constants' is 1", "not true"]),
        ("chinchilla", "mine", ["its 'law'", "'mine' is not known"]),
        ("0.34", "null", ["'alpha'", "no number"]),
        ("410.7", "-1", ["B=-1", "no value of this parameter"]),
        ("\"beta\"", "\"gamma\"", ["'gamma'", "not known"]),
    ] {
        crate::refuses(load(&constants.replacen(old, new, 1)), new, &parts);
    }
}

#[test]
fn a_draw_that_was_changed_a_little_is_refused_and_a_fit_without_a_checksum_says_so() {
    let no_checksum = |report: &Report| report.fit().warnings.contains(&nbar::Warning::NoChecksum);
    let old = Report::from_json("old.fit.json", SAVED.as_bytes()).expect("it is good");
    assert!(no_checksum(&old));
    let whole: Value = serde_json::from_str(&old.to_json()).expect("JSON");
    let new = Report::from_json("new.fit.json", old.to_json().as_bytes()).expect("it is the same");
    assert!(!no_checksum(&new) && new.ensemble().map(|e| &e.draws) == old.ensemble().map(|e| &e.draws));
    let (draws, left) = (whole["draws"].as_array(), whole["bootstrap"]["left_out"].as_array());
    let rows =
        |name: &'static str, of: Option<&Vec<Value>>| (0..of.map_or(0, Vec::len)).map(move |row| (name, row));
    let mut tried = 0;
    for (name, row) in rows("/draws", draws).chain(rows("/bootstrap/left_out", left)) {
        // E and beta are restricted.
        for column in 1..4 {
            let mut changed = whole.clone();
            let cell = &mut changed.pointer_mut(name).expect("it is there")[row][column];
            *cell = (cell.as_f64().expect("a number") * (1.0 + 1e-15)).into();
            let error = Report::from_json("changed.fit.json", changed.to_string().as_bytes());
            crate::refuses(error, name, &["changed after the fit was saved", "checksum"]);
            tried += 1;
        }
    }
    assert!(tried >= 60, "{tried}");
    let mut swapped = whole.clone();
    swapped["draws"].as_array_mut().expect("draws").swap(0, 1);
    assert!(Report::from_json("swapped.fit.json", swapped.to_string().as_bytes()).is_err());
}
