//! Scalars exported from TensorBoard: CSV with the columns `Wall time,Step,Value`, or JSON `[[wall time, step, value], …]`.

use nbar::{ReadOptions, Result, Sweep};

fn read(name: &str, text: &str) -> Result<Sweep> {
    let options = ReadOptions::default().with_run_params(1e8).with_tokens_per_step(5e5);
    Sweep::from_reader(name, text.as_bytes(), &options)
}

#[test]
fn csv_and_json_are_the_same_curve() -> Result<()> {
    let csv =
        read("run-a-tag-loss.csv", "Wall time,Step,Value\n1700000000.5,100,3.5\n1700000060.5,200,3.25\n")?;
    let json = read("run-a-tag-loss.json", "[[1700000000.5, 100, 3.5], [1700000060.5, 200, 3.25]]")?;
    assert_eq!(csv, json);
    assert_eq!((csv.runs()[0].id(), csv.runs()[0].checkpoints()[1].tokens), ("a", 1e8));
    for sweep in [csv, json] {
        assert_eq!(sweep.sources()[0].format(), "TensorBoard scalar");
        assert!(sweep.sources()[0].notes[0].contains("down-samples"));
    }
    Ok(())
}

#[test]
fn a_tag_says_what_the_values_are() -> Result<()> {
    let scalar =
        |tag: &str| read(&format!("run-a-tag-{tag}.csv"), "Wall time,Step,Value\n1,100,3.5\n2,200,3.25\n");
    for tag in [
        "loss",
        "Loss_train",
        "eval_nll",
        "lm-loss-validation",
        "Verlust",
        "loss_without_aux",
        "nats_per_token",
    ] {
        assert_eq!(scalar(tag)?.runs()[0].checkpoints()[0].loss, 3.5, "{tag}");
    }
    for tag in ["eval_ppl", "lm-loss-validation_ppl", "eval_ppl (1)"] {
        assert_eq!(scalar(tag)?.runs()[0].checkpoints()[0].loss, 3.5f64.ln(), "{tag}");
    }
    for tag in ["grad_norm", "aux_loss", "learning_rate", "accuracy", "loss-scale", "grad-norm vs samples"] {
        let error = scalar(tag).unwrap_err().to_string();
        assert!(error.contains(&format!("'{tag}', which is no loss")), "{error}");
    }
    let error = scalar("bits_per_byte").unwrap_err().to_string();
    assert!(error.contains("`bytes_per_token=4.2`"), "{error}");
    // A person knows better.
    let options =
        ReadOptions::default().with_run_params(1e8).with_tokens_per_step(5e5).with_column("loss", "Value");
    let text = "Wall time,Step,Value\n1,100,3.5\n";
    assert!(Sweep::from_reader("run-a-tag-grad_norm.csv", text.as_bytes(), &options).is_ok());
    Ok(())
}

#[test]
fn losses_against_samples_are_not_along_steps() -> Result<()> {
    let tag = "run-a-tag-lm-loss-validation_vs_samples.csv";
    let text = "Wall time,Step,Value\n1,25600,3.5\n2,51200,3.25\n";
    let options = ReadOptions::default().with_run_params(1e8).with_sequence_length(2048.0);
    let tokens = |sweep: Sweep| sweep.runs()[0].checkpoints()[1].tokens;
    assert_eq!(tokens(Sweep::from_reader(tag, text.as_bytes(), &options)?), 51200.0 * 2048.0);
    // What a chart's axis counts, its name does not say.
    let chart = "Step,a - lm loss validation vs samples\n25600,3.5\n51200,3.25\n";
    let by_step = options.clone().with_tokens_per_step(5e5);
    let error = Sweep::from_reader("chart.csv", chart.as_bytes(), &by_step).unwrap_err().to_string();
    assert!(error.contains("`columns: samples=Step`") && error.contains("`columns: step=Step`"), "{error}");
    let read = |field: &str| {
        Sweep::from_reader("chart.csv", chart.as_bytes(), &by_step.clone().with_column(field, "Step"))
    };
    assert_eq!([tokens(read("samples")?), tokens(read("step")?)], [51200.0 * 2048.0, 51200.0 * 5e5]);
    Ok(())
}

#[test]
fn what_is_missing_or_broken_is_named() {
    let plain =
        Sweep::from_reader("a.csv", "Wall time,Step,Value\n1,2,3\n".as_bytes(), &ReadOptions::default());
    let error = plain.unwrap_err().to_string();
    assert!(error.contains("`run_params=1.2B`"), "{error}");
    let error = read("a.json", "[[1, 2, 3],\n [1, 2]]").unwrap_err().to_string();
    assert!(error.contains("a.json, line 2: a point of 2 numbers"), "{error}");
    let error = read("a.json", "[[1, 2, 3],\n [1, 3, \"x\"]]").unwrap_err().to_string();
    assert!(error.contains("a.json, record 2, line 2, column 'Value': 'x'"), "{error}");
}

#[test]
fn arrays_of_counts_are_no_scalars() {
    for text in
        ["[[70000000.0, 1400000000.0, 3.99]]", "[[\"params\", \"tokens\", \"loss\"], [7e7, 1.4e9, 3.99]]"]
    {
        let error = read("a.json", text).unwrap_err().to_string();
        assert!(error.contains("is no wall time") && error.contains("give records with names"), "{error}");
    }
}
