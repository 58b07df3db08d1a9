//! `trainer_state.json` of the Hugging Face Trainer: rows of `log_history`, of which those with `eval_loss` are

use nbar::{ReadOptions, Result, Sweep};

fn read(text: &str, options: &ReadOptions) -> Result<Sweep> {
    Sweep::from_reader("out/a/checkpoint-20/trainer_state.json", text.as_bytes(), options)
}

#[test]
fn the_mean_over_training_is_never_the_final_loss() -> Result<()> {
    let state = r#"{"global_step": 20, "train_batch_size": 4, "total_flos": 1e15, "log_history": [
        {"epoch": 0.5, "loss": 3.5, "step": 10},
        {"epoch": 1.0, "loss": 3.25, "step": 20},
        {"epoch": 1.0, "step": 20, "train_loss": 5.0, "train_runtime": 10.0, "total_flos": 1e15}]}"#;
    let options = ReadOptions::default().with_run_params(1e8).with_tokens_per_step(5e5);
    let sweep = read(state, &options)?;
    let run = &sweep.runs()[0];
    assert_eq!((run.id(), run.checkpoints().len()), ("a", 2));
    assert_eq!((run.checkpoints()[1].tokens, run.checkpoints()[1].loss), (1e7, 3.25));
    let notes = sweep.sources()[0].notes.join("; ");
    assert!(notes.contains("mean over the whole training, and not read"), "{notes}");
    assert!(notes.contains("1 of 3 rows without 'loss'"), "{notes}");
    let only_mean = r#"{"log_history": [{"step": 20, "train_loss": 5.0, "train_runtime": 10.0}]}"#;
    let error = read(only_mean, &options).unwrap_err().to_string();
    assert!(error.contains("no column for 'loss' (found: step, train_loss (mean over training)"), "{error}");
    Ok(())
}

#[test]
fn evaluations_go_before_training_losses_and_tokens_seen_before_steps() -> Result<()> {
    let state = r#"{"log_history": [
        {"loss": 3.5, "step": 10, "num_input_tokens_seen": 1000000},
        {"eval_loss": 3.125, "step": 10, "num_input_tokens_seen": 1000000},
        {"loss": 3.25, "step": 20, "num_input_tokens_seen": 2000000},
        {"eval_loss": 3.0, "step": 20, "num_input_tokens_seen": 2000000}]}"#;
    let sweep = read(state, &ReadOptions::default().with_run_params(1e8).with_tokens_per_step(7.0))?;
    let curve: Vec<(f64, f64)> = sweep.runs()[0].checkpoints().iter().map(|c| (c.tokens, c.loss)).collect();
    assert_eq!(curve, [(1e6, 3.125), (2e6, 3.0)]);
    Ok(())
}

#[test]
fn what_the_file_does_not_say_is_asked_for() {
    let state = r#"{"log_history": [{"loss": 3.5, "step": 10}]}"#;
    let error = read(state, &ReadOptions::default()).unwrap_err().to_string();
    assert!(error.contains("`run_params=1.2B`"), "{error}");
    let error = read(state, &ReadOptions::default().with_run_params(1e8)).unwrap_err().to_string();
    assert!(error.contains("`tokens_per_step=0.5M`"), "{error}");
}

#[test]
fn several_evaluations_are_asked_about_and_the_note_is_of_the_loss_that_is_read() -> Result<()> {
    let state = r#"{"max_steps": 10, "log_history": [{"loss": 3.5, "step": 10}, {"eval_web_loss": 3.25, "step": 10},
        {"eval_books_loss": 3.0, "step": 10}]}"#;
    let options = ReadOptions::default().with_run_params(1e8).with_tokens_per_step(5e5);
    crate::refuses(read(state, &options), state, &["'eval_web_loss', 'eval_books_loss' could all be 'loss'"]);
    let sweep = read(state, &options.clone().with_column("loss", "eval_web_loss"))?;
    assert_eq!(sweep.runs()[0].checkpoints()[0].loss, 3.25);
    assert!(!sweep.sources()[0].notes.join(" ").contains("there is no eval_loss"));
    let one = read(&state.replace("eval_books_loss", "loss"), &options)?;
    assert_eq!(one.runs()[0].checkpoints()[0].loss, 3.25);
    Ok(())
}

#[test]
fn zeros_after_a_loss_that_is_not_finite_are_no_losses() -> Result<()> {
    let state = r#"{"max_steps": 300, "log_history": [{"loss": 3.5, "step": 100}, {"loss": NaN, "step": 200},
        {"loss": 0.0, "step": 300}]}"#;
    let options = ReadOptions::default().with_run_params(1e8).with_tokens_per_step(5e6);
    let said = |options: &ReadOptions| -> Result<String> {
        let found = nbar::inspect(&read(state, options)?, &nbar::ObservationOptions::default()).findings;
        Ok(found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    };
    assert!(said(&options)?.contains("1 run diverged at step 200"));
    let filtered = said(&options.with_filter("loss!=NaN,loss!=0.0"))?;
    assert!(
        filtered.contains("1 run stops before the planned end (the shortest after 33 % of it)"),
        "{filtered}"
    );
    Ok(())
}

#[test]
fn flops_and_tokens_tell_parameters_that_nothing_else_does() -> Result<()> {
    let state = r#"{"total_flos": 1.2e18, "num_input_tokens_seen": 2000000000, "log_history": [
        {"loss": 3.25, "step": 20, "num_input_tokens_seen": 2000000000}]}"#;
    assert_eq!(read(state, &ReadOptions::default())?.runs()[0].params, 1e8);
    assert_eq!(read(state, &ReadOptions::default().with_run_params(3e8))?.runs()[0].params, 3e8);
    Ok(())
}
