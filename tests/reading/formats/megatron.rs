//! Lines that Megatron-LM and NeMo log: ` iteration 100/ 5000 | consumed samples: 25600 | lm loss: 2.5E+00 |`,

use nbar::{ReadOptions, Result, Sweep};

fn read(text: &str, options: &ReadOptions) -> Result<Sweep> {
    Sweep::from_reader("logs/a.log", text.as_bytes(), &options.clone().with_run_params(1e8))
}

const MEGATRON: &str = "using world size: 8\n\
    [2024-01-01 00:00:00] iteration      100/    5000 | consumed samples:        25600 | lm loss: 3.5E+00 | loss scale: 1.0 |\n\
    saving checkpoint\n iteration      200/    5000 | consumed samples:        51200 | lm loss: 3.25E+00 |\n";

#[test]
fn tokens_are_samples_times_the_sequence_length() -> Result<()> {
    let sweep = read(MEGATRON, &ReadOptions::default().with_sequence_length(2048.0))?;
    let run = &sweep.runs()[0];
    assert_eq!((run.id(), run.checkpoints().len()), ("a", 2));
    assert_eq!((run.checkpoints()[1].tokens, run.checkpoints()[1].loss), (51200.0 * 2048.0, 3.25));
    assert_eq!(sweep.sources()[0].format(), "Megatron-LM log");
    let error = read(MEGATRON, &ReadOptions::default()).unwrap_err().to_string();
    assert!(error.contains("`sequence_length=2048` (tokens are samples x sequence length)"), "{error}");
    let arguments = format!("  seq_length ...................................... 1024\n{MEGATRON}");
    assert_eq!(
        read(&arguments, &ReadOptions::default())?.runs()[0].checkpoints()[0].tokens,
        25600.0 * 1024.0
    );
    Ok(())
}

#[test]
fn validations_go_before_training_losses() -> Result<()> {
    let log = format!(
        "{MEGATRON}------\n validation loss at iteration 200 | lm loss value: 3.125E+00 | lm loss PPL: 2.27E+01 |\n"
    );
    let options = ReadOptions::default().with_sequence_length(2048.0);
    let sweep = read(&log, &options)?;
    assert_eq!((sweep.checkpoint_count(), sweep.rows_passed_over()), (1, 2));
    let last = sweep.runs()[0].checkpoints()[0];
    assert_eq!((last.tokens, last.loss, last.step()), (51200.0 * 2048.0, 3.125, Some(200.0)));
    assert_eq!(read(&log, &options.with_column("loss", "lm loss"))?.checkpoint_count(), 2);
    Ok(())
}

#[test]
fn after_a_restart_the_later_rows_count() -> Result<()> {
    let log = format!(
        "{MEGATRON} iteration      200/    5000 | consumed samples:        51200 | lm loss: 3.0E+00 |\n"
    );
    let sweep = read(&log, &ReadOptions::default().with_sequence_length(2048.0))?;
    assert_eq!((sweep.checkpoint_count(), sweep.runs()[0].checkpoints()[1].loss), (2, 3.0));
    assert!(sweep.sources()[0].notes[0].starts_with("1 of 3 rows at tokens that a later row has too"));
    Ok(())
}

#[test]
fn nemo_logs_and_progress_bars_are_read() -> Result<()> {
    let log = "Training epoch 0, iteration 0/9 | lr: 0.0006 | consumed_samples: 32 | global_step: 0 | reduced_train_loss: 11.0 | val_loss: 4.1\n\
               Training epoch 0, iteration 1/9 | lr: 0.0006 | consumed_samples: 64 | global_step: 1 | reduced_train_loss: 9.75 | val_loss: 4.1\n";
    let sweep = read(log, &ReadOptions::default().with_sequence_length(1024.0))?;
    let curve: Vec<_> = sweep.runs()[0].checkpoints().iter().map(|c| (c.tokens, c.loss, c.step())).collect();
    assert_eq!(curve, [(32768.0, 11.0, Some(1.0)), (65536.0, 9.75, Some(2.0))]);
    assert_eq!(sweep.sources()[0].format(), "NeMo log");
    let bar = "Epoch 0: 1%| | 1/9 [00:01, loss=3.1, v_num=, reduced_train_loss=3.5, global_step=0.0, consumed_samples=1.63e+6]\r\
               Epoch 0: 1%| | 2/9 [00:02, loss=3.1, v_num=, reduced_train_loss=3.25, global_step=1.0, consumed_samples=1.63e+6]\n";
    let sweep = read(bar, &ReadOptions::default().with_tokens_per_step(1e6))?;
    assert_eq!(sweep.runs()[0].checkpoints()[1].tokens, 2e6);
    Ok(())
}
