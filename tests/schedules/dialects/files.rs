//! Schedules in the files that tools keep.

use nbar::schedule::{Dialect, Length, Network};
use nbar::{Result, Schedule};

const SPARSEML: &str = "modifiers:\n  - !GMPruningModifier\n    params: [__ALL_PRUNABLE__]\n    init_sparsity: 0.05\n    final_sparsity: 0.6\n    start_epoch: 1.0\n    end_epoch: 40.0\n    update_frequency: 0.5\n    inter_func: cubic\n    global_sparsity: false\n    mask_type: unstructured\n";

const PAIRS: [(&str, &str); 7] = [
    ("init_sparsity", "0.05"),
    ("final_sparsity", "0.6"),
    ("start_epoch", "1"),
    ("end_epoch", "40"),
    ("update_frequency", "0.5"),
    ("inter_func", "cubic"),
    ("steps_per_epoch", "100"),
];

fn average(schedule: &Schedule) -> Result<(f64, Vec<String>)> {
    let run = schedule.resolved(Network::new(1e9), &Length::new(None, Some(4000.0), None))?;
    Ok((run.trajectory.average_params(), run.notes))
}

#[test]
fn recipes_are_read_by_their_shape() -> Result<()> {
    let expected = average(&Dialect::from_pairs("sparseml", PAIRS)?.into())?.0;
    let whole = format!("{SPARSEML}    steps_per_epoch: 100\n");
    let (found, notes) = average(&Schedule::from_json("recipe.yaml", &whole)?)?;
    assert_eq!(found, expected);
    assert!(notes.iter().any(|note| note.ends_with("global_sparsity, mask_type, params")), "{notes:?}");
    let looked_up = format!("last: 40\n{}", whole.replace("end_epoch: 40.0", "end_epoch: eval(last)"));
    assert_eq!(average(&Schedule::from_json("recipe.yaml", &looked_up)?)?.0, expected);

    let llm = "sparsity_stage:\n  sparsity_modifiers:\n    MagnitudePruningModifier:\n      init_sparsity: 0.0\n      final_sparsity: 0.8\n      start: 0\n      end: 1000\n      update: 10\n      leave_enabled: True\n      targets: ['re:.*weight']\n";
    let pairs = [
        ("init_sparsity", "0"),
        ("final_sparsity", "0.8"),
        ("start", "0"),
        ("end", "1000"),
        ("update", "10"),
    ];
    let expected = average(&Dialect::from_pairs("llm-compressor", pairs)?.into())?.0;
    assert_eq!(average(&Schedule::from_json("recipe.yaml", llm)?)?.0, expected);

    let keras = r#"{"class_name": "PruneLowMagnitude", "config": {"name": "p", "pruning_schedule": {"class_name": "PolynomialDecay",
        "config": {"initial_sparsity": 0.0, "final_sparsity": 0.8, "power": 3, "begin_step": 0, "end_step": 1000, "frequency": 100}}}}"#;
    let pairs =
        [("initial_sparsity", "0"), ("final_sparsity", "0.8"), ("begin_step", "0"), ("end_step", "1000")];
    let expected = average(&Dialect::from_pairs("tfmot", pairs)?.into())?.0;
    assert_eq!(average(&Schedule::from_json("model.json", keras)?)?.0, expected);
    Ok(())
}

#[test]
fn pythons_words_and_harmless_fields_pass() -> Result<()> {
    let pairs = PAIRS.into_iter().chain([("leave_enabled", "True"), ("global_sparsity", "False")]);
    let (_, notes) = average(&Dialect::from_pairs("sparseml", pairs)?.into())?;
    assert!(notes.iter().any(|note| note.ends_with(": global_sparsity")), "{notes:?}");
    assert!(Dialect::from_json("a", "{'tool': 'static', 'sparsity': 0.5}").is_ok());
    let percent = Dialect::from_json("a", r#"{"tool": "static", "sparsity": "80%"}"#)?;
    assert_eq!(percent.target_sparsity(), 0.8);
    assert!(Dialect::from_pairs("sparseml", PAIRS.into_iter().chain([("phased", "True")])).is_err());
    Ok(())
}

#[test]
fn what_a_recipe_lacks_is_said() {
    let message = |text: &str| Schedule::from_json("r.yaml", text).unwrap_err().to_string();
    let two = format!("{SPARSEML}{}", SPARSEML.replace("modifiers:\n", "").replace("0.6", "0.7"));
    let acdc = "modifiers:\n- !ACDCPruningModifier\n  compression_sparsity: 0.9\n";
    for (text, part) in [
        (SPARSEML, "does not say their steps; give `dialect=sparseml` with the parameters "),
        (SPARSEML, "steps_per_epoch=NUMBER"),
        (&two, "2 schedules that differ"),
        (acdc, "ACDCPruningModifier is not read"),
        (&SPARSEML.replace("40.0", "eval(a - 1)"), "'eval(a - 1)' is worked out by the tool only"),
        ("a: &b 1\n", "neither JSON nor a recipe in YAML: line 1"),
    ] {
        assert!(message(text).contains(part), "{text}: {}", message(text));
    }
}

#[test]
fn places_of_llm_compressor_are_epochs_or_steps() {
    let recipe = |start: &str, end: &str, more: &str| {
        format!(
            "stage:\n  pruning_modifiers:\n    MagnitudePruningModifier:\n      init_sparsity: 0.0\n      final_sparsity: 0.8\n      \
             start: {start}\n      end: {end}\n{more}"
        )
    };
    for (start, end, more, part) in [
        ("0.0", "5.0", "", "may be an epoch or a step"),
        ("0.1", "0.5", "", "may be an epoch or a step"),
        ("0", "5", "      update: 0.5\n", "update = 0.5 may be an epoch or a step"),
        ("0", "5", "      leave_enabled: false\n", "nobody knows how many"),
    ] {
        let said = Schedule::from_json("r.yaml", &recipe(start, end, more)).and_then(|s| average(&s));
        let said = said.unwrap_err().to_string();
        assert!(said.contains(part), "{said}");
    }
    let average = |text: &str| average(&Schedule::from_json("r.yaml", text).unwrap()).unwrap().0;
    // Steps as they are, as epochs of one step, and as epochs of a hundred, whose places are rounded.
    let of_steps = average(&recipe("0", "500", ""));
    assert_eq!(average(&recipe("0.0", "500.0", "      steps_per_epoch: 1\n")), of_steps);
    let of_epochs = average(&recipe("0.0", "5.0", "      steps_per_epoch: 100\n"));
    assert!((of_epochs / of_steps - 1.0).abs() < 1e-14, "{of_epochs} {of_steps}");
}
