//! Lines that Megatron-LM and NeMo log: ` iteration 100/ 5000 | consumed samples: 25600 | lm loss: 2.5E+00 |`,

use nbar::law::{Law, schedule};
use nbar::schedule::{Schedule, Unit};
use nbar::{ObservationOptions, ReadOptions, Result, Sweep};

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

/// What a cut half way leaves unhealed tells how the learning rate is taken to fall.
#[test]
fn its_arguments_say_how_the_learning_rate_falls() -> Result<()> {
    let unhealed = |arguments: &str| {
        let log = format!(
            "  seq_length ...................................... 1024\n{arguments}{}",
            MEGATRON.replace("5000", " 200")
        );
        let sweep = read(&log, &ReadOptions::default())?;
        let run = sweep.runs()[0].clone().with_schedule(Schedule::one_shot(0.5, 0.5, Unit::Fraction));
        let observations = Sweep::from_runs(vec![run])?.observations(&ObservationOptions::default())?;
        Ok::<f64, nbar::Error>(schedule().spec().columns(&observations)?[2][0])
    };
    let argument = |name: &str, value: &str| format!("  {name} {} {value}\n", ".".repeat(40));
    let said = |ahead: f64| 1.0 / (ahead + 1e-3f64).sqrt();
    let linear =
        [("lr_decay_style", "linear"), ("lr", "0.001"), ("min_lr", "0.0001"), ("lr_warmup_fraction", "0.1")];
    let linear: String = linear.iter().map(|(name, value)| argument(name, value)).collect();
    // Down from the peak at a tenth of the run: at the middle 5/9 of the fall are left, over half of the run.
    let ahead = 0.5 * 0.1 + 0.9 * 0.5 * 0.5 * (5.0 / 9.0);
    let cosine = 0.25 - 0.5 / std::f64::consts::PI;
    for (arguments, ahead) in [
        (linear.as_str(), ahead),
        (&argument("lr_decay_style", "constant"), 0.5),
        (&argument("lr_decay_style", "inverse-square-root"), cosine),
        ("", cosine),
    ] {
        let (found, expected) = (unhealed(arguments)?, said(ahead));
        assert!((found / expected - 1.0).abs() < 1e-12, "{arguments}: {found}, not {expected}");
    }
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

#[test]
fn lines_may_begin_with_a_date_or_a_rank() -> Result<()> {
    for prefix in [" [2025-03-01 10:00:00]", "[default7]:"] {
        let lines: String = [(100, 5.5), (200, 4.5), (400, 4.25)]
            .map(|(i, loss)| {
                format!(
                    "{prefix} iteration {i:8}/     400 | consumed samples: {} | lm loss: {loss:E} |\n",
                    256 * i
                )
            })
            .concat();
        let sweep = read(&lines, &ReadOptions::default().with_sequence_length(2048.0))?;
        assert_eq!((sweep.sources()[0].format(), sweep.checkpoint_count()), ("Megatron-LM log", 3));
        let last = sweep.runs()[0].checkpoints()[2];
        assert_eq!((last.tokens, last.loss), (400.0 * 256.0 * 2048.0, 4.25));
    }
    Ok(())
}

#[test]
fn losses_of_a_test_set_are_another_measure() -> Result<()> {
    let options = ReadOptions::default().with_sequence_length(2048.0);
    for [validation, test] in [
        ["iteration 200 on validation set", "iteration 200 on test set"],
        ["the end of training for val data", "the end of training for test data"],
    ] {
        let log = format!(
            "{MEGATRON} validation loss at {validation} | lm loss value: 3.125E+00 | lm loss PPL: 22.7 |\n \
             validation loss at {test} | lm loss value: 3.5E+00 | lm loss PPL: 33.1 |\n"
        );
        let sweep = read(&log, &options)?;
        let last = sweep.runs()[0].checkpoints()[0];
        assert_eq!(
            (last.loss, last.step(), last.tokens),
            (3.125, Some(200.0), 51200.0 * 2048.0),
            "{validation}"
        );
        let notes = sweep.sources()[0].notes.join("; ");
        assert!(notes.contains("is another measure: 1 row") && !notes.contains("restart"), "{notes}");
        let tested = read(&log, &options.clone().with_column("loss", "test lm loss"))?;
        assert_eq!(tested.runs()[0].checkpoints()[0].loss, 3.5);
    }
    Ok(())
}

/// The log of a job from one step to another, a row every 100 steps.
fn job(from: u32, to: u32, planned: u32, add: f64) -> String {
    let row = |i: u32| {
        let loss = 2.0 + add + 10.0 / f64::from(i).sqrt();
        format!(" iteration {i:8}/ {planned:7} | consumed samples: {} | lm loss: {loss:E} |\n", 256 * i)
    };
    (from..=to).step_by(100).map(row).collect()
}

fn jobs(logs: &[(&str, String)]) -> Result<Sweep> {
    let options = ReadOptions::default().with_sequence_length(2048.0).with_run_params(1e8);
    Sweep::from_sweeps(
        logs.iter()
            .map(|(name, text)| Sweep::from_reader(name, text.as_bytes(), &options))
            .collect::<Result<Vec<_>>>()?,
    )
}

#[test]
fn jobs_that_continue_each_other_are_one_run() -> Result<()> {
    // The second began at a checkpoint before the first one's end, and the files come in any order.
    let logs = [
        ("c.out", job(1500, 2000, 2000, 0.0)),
        ("a.out", job(100, 900, 2000, 0.5)),
        ("b.out", job(700, 1400, 2000, 0.0)),
    ];
    let sweep = jobs(&logs)?;
    assert_eq!((sweep.len(), sweep.checkpoint_count(), sweep.runs()[0].id()), (1, 20, "a"));
    let curve = sweep.runs()[0].checkpoints();
    let losses = [6, 19].map(|row: usize| curve[row].loss);
    assert_eq!(losses, [700f64, 2000.0].map(|step| 2.0 + 10.0 / step.sqrt()));
    let notes: Vec<String> = sweep.sources().iter().flat_map(|source| source.notes.clone()).collect();
    assert!(
        notes.iter().any(|note| note.contains("steps 1.5K to 2K of 2K follow on those of run 'a'")),
        "{notes:?}"
    );
    // Named alike, as jobs in folders of their own are.
    let alike = [("1/job.out", job(100, 900, 2000, 0.0)), ("2/job.out", job(1000, 2000, 2000, 0.0))];
    assert_eq!(jobs(&alike)?.checkpoint_count(), 20);
    Ok(())
}

#[test]
fn jobs_of_different_runs_stay_apart() -> Result<()> {
    // Whole runs, other plans, gaps.
    for second in [job(100, 2000, 2000, 0.0), job(1000, 3000, 3000, 0.0), job(1500, 2000, 2000, 0.0)] {
        assert_eq!(jobs(&[("a.out", job(100, 900, 2000, 0.0)), ("b.out", second)])?.len(), 2);
    }
    let unclear = jobs(&[
        ("a.out", job(100, 900, 2000, 0.0)),
        ("b.out", job(100, 900, 2000, 0.1)),
        ("c.out", job(1000, 2000, 2000, 0.0)),
    ]);
    crate::refuses(
        unclear,
        "two may go on",
        &["c.out", "may continue a.out or b.out", "cat a.out c.out > run.log"],
    );
    let twice = jobs(&[("1/job.out", job(100, 900, 900, 0.0)), ("2/job.out", job(100, 900, 900, 0.5))]);
    crate::refuses(twice, "one name", &["2/job.out", "the run is in 1/job.out too"]);
    Ok(())
}

#[test]
fn the_planned_length_tells_a_run_that_was_cut_short() -> Result<()> {
    let said = |log: String| -> Result<String> {
        let found = nbar::inspect(&jobs(&[("a.out", log)])?, &nbar::ObservationOptions::default()).findings;
        Ok(found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    };
    assert!(said(job(100, 800, 2000, 0.0))?.contains("the shortest after 40 % of it"));
    assert!(!said(job(100, 2000, 2000, 0.0))?.contains("planned end"));
    Ok(())
}

#[test]
fn losses_that_are_not_finite_to_the_end_mean_a_diverged_run() -> Result<()> {
    let last = |loss: &str| format!(" iteration 300/ 5000 | consumed samples: 76800 | lm loss: {loss} |\n");
    let options = ReadOptions::default().with_sequence_length(2048.0);
    let finds = |log: &str| -> Result<bool> {
        let sweep = read(log, &options)?;
        let found = nbar::inspect(&sweep, &nbar::ObservationOptions::default()).findings;
        Ok(found.iter().any(|finding| finding.to_string().starts_with("1 run diverged at step 300")))
    };
    for loss in ["nan", "NaN", "inf"] {
        assert!(finds(&format!("{MEGATRON}{}", last(loss)))?, "{loss}");
    }
    assert!(!finds(&format!("{MEGATRON}{}{}", last("nan"), last("3.0")))?, "it came back");
    let error = read(&last("nan"), &options).unwrap_err().to_string();
    assert!(error.contains("the run diverged: none of its losses is finite"), "{error}");
    Ok(())
}
