//! JSON and JSON Lines: sweep tables, and the JSON of tools.

use nbar::{ReadOptions, Result, Sweep};

fn read(text: &str) -> Result<Sweep> {
    Sweep::from_reader("t.json", text.as_bytes(), &ReadOptions::default())
}

#[test]
fn every_form_of_the_table_is_the_same_sweep() -> Result<()> {
    let plain = Sweep::from_csv_str("t.csv", "run,params,tokens,loss\na,1e9,1e10,2.75\na,1e9,2e10,2.5\n")?;
    let rows = r#"{"run": "a", "params": "1B", "tokens": 1e10, "loss": 2.75},
                  {"run": "a", "params": 1000000000, "tokens": "20B", "loss": "2.5", "note": null}"#;
    for (text, format) in [
        (format!("[{rows}]"), "sweep table, JSON"),
        (format!("{{\"runs\": [{rows}]}}"), "sweep table, JSON"),
        (rows.replace("},", "}"), "sweep table, JSON Lines"),
        (
            r#"{"runs": [{"run": "a", "params": 1e9,
                "checkpoints": [{"tokens": 1e10, "loss": 2.75}, {"tokens": 2e10, "loss": 2.5}]}]}"#
                .to_owned(),
            "sweep table, JSON",
        ),
    ] {
        let sweep = read(&text)?;
        assert_eq!(sweep, plain, "{text}");
        assert_eq!(sweep.sources()[0].format(), format, "{text}");
    }
    Ok(())
}

#[test]
fn schedules_are_read_flat_and_tools_schedules_as_objects() -> Result<()> {
    let flat = r#"[{"run": "a", "params": 1e9, "tokens": 2e10, "loss": 2.5, "schedule": "constant", "final_sparsity": 0.5}]"#;
    assert_eq!(read(flat)?.runs()[0].schedule(), &nbar::Schedule::constant(0.5));
    let tool = r#""schedule": {"tool": "tfmot", "initial_sparsity": 0.0, "final_sparsity": 0.5, "begin_step": 100, "end_step": 500}"#;
    let record =
        format!(r#"[{{"run": "a", "params": 1e9, "tokens": 2e10, "step": 1000, "loss": 2.5, {tool}}}]"#);
    let curve = format!(
        r#"{{"runs": [{{"run": "a", "params": 1e9, {tool}, "checkpoints": [{{"tokens": 2e10, "step": 1000, "loss": 2.5}}]}}]}}"#
    );
    for text in [record, curve] {
        let schedule = read(&text)?.runs()[0].schedule().clone();
        assert!(matches!(&schedule, nbar::Schedule::Tool(tool) if tool.tool() == "tfmot"), "{schedule:?}");
    }
    let nested =
        r#"[{"run": "a", "params": 1e9, "tokens": 2e10, "loss": 2.5, "schedule": {"shape": "cubic"}}]"#;
    let error = read(nested).unwrap_err().to_string();
    assert!(error.contains("t.json") && error.contains("tool"), "{error}");
    Ok(())
}

#[test]
fn refusals_name_record_line_and_column() {
    let row =
        |loss: &str| format!("{{\"run\": \"a\", \"params\": 1e9, \"tokens\": 2e10,\n \"loss\": {loss}}}");
    for (text, parts) in [
        (
            format!("[{}]", row("-1")),
            "t.json, record 1, line 1, column 'loss': '-1' is not a positive number",
        ),
        (format!("[\n{},\n{}]", row("2"), row("1e400")), "t.json, record 2, line 4, column 'loss': '1e400'"),
        (
            format!("[{}]", row("NaN")),
            "'NaN' is not a positive number; if the run diverged, leave it out (`filter: run!=a`)",
        ),
        (format!("[{}]", row("[2.5]")), "'[2.5]' is not a positive number"),
        (format!("[{}", row("2")), "t.json, line 2: the JSON ends before its brackets are closed"),
        (format!("[{}]", row("two")), "t.json, line 2: no JSON at column"),
        ("[]".to_owned(), "an array without records"),
        ("[1, 2]".to_owned(), "t.json, line 1: '1' is not a record"),
        (
            "{\"name\": \"x\", \"dependencies\": {}}".to_owned(),
            "an object with the keys name, dependencies is no sweep",
        ),
        ("{\"schema\": \"nbar.fit/1\"}".to_owned(), "the file is a saved fit"),
        ("{}".to_owned(), "an object with no keys is no sweep"),
    ] {
        let message = read(&text).unwrap_err().to_string();
        assert!(message.contains(parts), "{text}\n gives: {message}");
    }
}
