//! Consoles that print several things at one step: evaluation sets, ranks, means of epochs, micro-batches, and other runs.

use nbar::{ObservationOptions, ReadOptions, Result, Sweep, inspect};

fn options() -> ReadOptions {
    ReadOptions::default().with_run_params(1e7).with_tokens_per_step(1e6)
}

fn read(text: &str, options: &ReadOptions) -> Result<Sweep> {
    Sweep::from_reader("x.log", text.as_bytes(), options)
}

/// Tokens and loss of the last row.
fn end(sweep: &Sweep) -> (f64, f64) {
    let rows = sweep.observations(&ObservationOptions::default()).unwrap();
    (rows.tokens()[0], rows.loss()[0])
}

fn refused(text: &str, options: &ReadOptions, part: &str) {
    let said = read(text, options).unwrap_err().to_string();
    assert!(said.contains(part), "{said}");
}

#[test]
fn several_losses_of_one_step_are_refused_and_a_restart_is_not() {
    let ranks = "[rank0]: step=100 loss=4.0\n[rank1]: step=100 loss=4.2\n[rank0]: step=200 loss=3.5\n[rank1]: step=200 loss=3.7\n";
    refused(ranks, &options(), "at the same tokens, and so on other rows");
    assert!(!read(ranks, &options()).unwrap_err().to_string().contains("`filter:"));
    let restart =
        "step=100 loss=4.0\nstep=200 loss=3.5\nstep=300 loss=3.3\nstep=200 loss=3.6\nstep=300 loss=3.2\n";
    assert_eq!(end(&read(restart, &options()).unwrap()), (3e8, 3.2));
    // Two runs in one log, and one that was started anew and came farther.
    let first = "step=100 loss=4.0\nstep=200 loss=3.5\nstep=300 loss=3.3\n";
    refused(
        &format!("{first}{}", first.replace("loss=3", "loss=5")),
        &options(),
        "the log begins again here",
    );
    // Of three, and where the second is of another size and longer.
    let several = format!("{first}{0}{0}", first.replace("loss=3", "loss=5"));
    refused(&several, &options(), "line 7, run 'x': the log begins again here");
    let longer = format!("{0}step=400 loss=4.9\n", first.replace("loss=3", "loss=5"));
    refused(&format!("{first}{longer}"), &options(), "and its losses are 57 % off those before");
    // Losses of batches scatter, and those of a second epoch go on.
    let noisy = |steps: usize, sign: f64| -> String {
        let noise = |step: usize| sign * 0.05 * (step as f64 * 2.3).sin();
        (1..=steps)
            .map(|step| format!("step={step}00 loss={:.3}\n", 5.0 - 0.1 * step as f64 + noise(step)))
            .collect()
    };
    let restarted = format!("{}{}", noisy(12, 1.0), noisy(14, -1.0));
    assert_eq!(end(&read(&restarted, &options()).unwrap()).0, 1.4e9);
    let epochs = format!(
        "{first}{}",
        first.replace("loss=4.0", "loss=3.25").replace("3.5", "3.2").replace("loss=3.3\n", "loss=3.1\n")
    );
    refused(&epochs, &options(), "add what they had come to");
    let anew = format!("{first}{}step=400 loss=3.1\n", first.replace("3.5", "3.6"));
    assert_eq!(end(&read(&anew, &options()).unwrap()), (4e8, 3.1));
    // Tokens that are rounded are not one place.
    let rounded = "step=100 tokens=2.1G loss=4.0\nstep=101 tokens=2.1G loss=3.9\nstep=102 tokens=2.1G loss=3.8\nstep=200 tokens=4.2G loss=3.5\n";
    let counted = ReadOptions::default().with_run_params(1e7);
    assert_eq!(end(&read(rounded, &counted).unwrap()), (4.2e9, 3.5));
}

#[test]
fn one_loss_of_an_evaluation_far_from_those_of_training_is_a_choice() {
    let line = |step: usize| format!("step={step}00 loss={:.2}\n", 3.4 + 0.5 / step as f64);
    let lines: String = (1..=6).map(line).collect();
    let log = |loss: f64| format!("{lines}final eval on lambada: step=600 loss={loss}\n");
    let parts = ["line 7", "the one loss of an evaluation is 2.5", "those of training ('loss') come to 3.52"];
    parts.iter().for_each(|part| refused(&log(2.5), &options(), part));
    for (column, loss) in [("loss", 3.48), ("val loss", 2.5)] {
        refused(&log(2.5), &options(), &format!("loss={column}`"));
        let chosen = options().with_columns(&format!("loss={column}")).unwrap();
        assert_eq!(end(&read(&log(2.5), &chosen).unwrap()), (6e8, loss));
    }
    // Near them it is of the same text, and several are a curve.
    assert_eq!(end(&read(&log(3.3), &options()).unwrap()), (6e8, 3.3));
    let several = format!("eval: step=300 loss=2.7\n{}", log(2.5));
    assert_eq!(end(&read(&several, &options()).unwrap()), (6e8, 2.5));
}

#[test]
fn losses_of_an_evaluation_go_before_others_of_its_log() {
    let train = "| epoch 001: loss=12.6, nll_loss=12.5, ppl=5792.6, num_updates=100, lr=0.0001\n";
    let valid = |loss: f64, ppl: f64, step: usize| {
        format!(
            "| epoch 001 | valid on 'valid' subset | loss {loss} | nll_loss {loss} | ppl {ppl} | num_updates {step}\n"
        )
    };
    let log = format!("{train}{}{}", valid(8.185, 291.06, 1000), valid(7.185, 145.5, 2000));
    refused(&log, &options(), "say so: `columns: bits_per_token=val nll_loss`");
    let chosen = options().with_columns("loss=val nll_loss").unwrap();
    refused(&log, &chosen, "say so: `columns: bits_per_token=val nll_loss`");
    let chosen = options().with_columns("bits_per_token=val nll_loss").unwrap();
    assert_eq!(end(&read(&log, &chosen).unwrap()), (2e9, 7.185 * std::f64::consts::LN_2));
}

#[test]
fn a_file_that_ends_in_a_number_is_refused() {
    let said = "line 4: the file ends in the number '3'";
    let log = "step=100 loss=4.1210\nstep=200 loss=3.8001\nstep=300 loss=3.7002\nstep=400 loss=3";
    refused(log, &options(), said);
    refused(&log.replace(" loss", " lr=0.001 loss").replace(".", ".5"), &options(), said);
    // Ended by a line break, or with all its digits, it is whole.
    assert_eq!(end(&read(&format!("{log}\n"), &options()).unwrap()), (4e8, 3.0));
    assert_eq!(end(&read(&format!("{log}.6485"), &options()).unwrap()), (4e8, 3.6485));
    let megatron = |loss: &str| {
        let line =
            |at: usize| format!(" iteration {at}/ 500 | consumed samples: {at} | lm loss: 4.{at}000E+00 |\n");
        let lines: String = [100, 200, 300].map(line).concat();
        format!("{lines} iteration 400/ 500 | consumed samples: 400 | lm loss: {loss}")
    };
    let options = options();
    refused(&megatron("3.64"), &options, "line 4: the file ends in the number '3.64'");
    assert!(read(&megatron("3.648500E+00"), &options).is_ok());
    let table = "params,tokens,loss\n1e7,1e9,3.5123\n2e7,1e9,3.4012\n4e7,1e9,3.30\n8e7,1e9,3";
    refused(table, &ReadOptions::default(), "line 5: the file ends in the number '3'");
    let other = "params,loss,tokens (B)\n1e7,3.5,0.524\n2e7,3.4,1.311\n4e7,3.3,2.621\n8e7,3.2,26";
    let whole =
        [format!("{table}\n"), format!("{table}.2"), table.replace("3.5123", "4"), format!("{table} ")];
    for whole in whole.iter().map(String::as_str).chain([other]) {
        assert!(read(whole, &ReadOptions::default()).is_ok(), "{whole}");
    }
}

#[test]
fn evaluators_of_composer_keep_their_names() {
    let log = "[batch=100/200]:\n\t Train LanguageCrossEntropy: 4.0\n[Eval batch=1/1] Eval on c4:\n\t Eval metrics/c4/LanguageCrossEntropy: 3.9\n\
               [Eval batch=1/1] Eval on code:\n\t Eval metrics/code/LanguageCrossEntropy: 1.5\n";
    refused(log, &options(), "'val c4 loss'");
    let chosen = options().with_columns("loss=val code loss").unwrap();
    assert_eq!(end(&read(log, &chosen).unwrap()), (1e8, 1.5));
    // The run was to be twice as long.
    let findings = inspect(&read(log, &chosen).unwrap(), &ObservationOptions::default()).findings;
    assert!(findings.iter().any(|found| found.to_string().contains("after 50 % of it")), "{findings:?}");
}

#[test]
fn evaluations_of_olmo_are_its_losses() {
    let log = "[t] INFO [olmo.train] [step=1000/1000]\n    train/CrossEntropyLoss=4.0\n    throughput/total_tokens=1,000,000\n\
               [t] INFO [olmo.train] c4-validation\n    eval/c4-validation/CrossEntropyLoss=4.5\n    throughput/total_tokens=1,000,000\n";
    let counted = ReadOptions::default().with_run_params(1e7);
    assert_eq!(end(&read(log, &counted).unwrap()), (1e6, 4.5));
}

#[test]
fn micro_batches_of_litgpt_are_no_steps() {
    let log = "Epoch 1 | iter 4000 step 1000 | loss train: 4.000, val: n/a | iter time: 300 ms\niter 4000: val loss 4.1000, val time: 12 ms\n";
    assert_eq!(end(&read(log, &options()).unwrap()), (1e9, 4.1));
    // Where evaluations have no lines of their own, those of training repeat the latest.
    let log = "Epoch 1 | iter 4000 step 1000 | loss train: 4.000, val: 4.200 | iter time: 300 ms\n\
               Epoch 1 | iter 8000 step 2000 | loss train: 3.900, val: 4.100 | iter time: 300 ms\n\
               Epoch 1 | iter 9000 step 2250 | loss train: 3.850, val: 4.100 | iter time: 300 ms\n";
    assert_eq!(end(&read(log, &options()).unwrap()), (2e9, 4.1));
}

#[test]
fn means_of_an_epoch_are_no_losses_of_its_end() {
    let log = "a | INFO | train_inner | epoch 001: 100 / 400 loss=5.5, ppl=245.1, num_updates=100\n\
               a | INFO | train_inner | epoch 001: 200 / 400 loss=5.0, ppl=148.4, num_updates=200\n\
               a | INFO | train | epoch 001 | loss 5.75 | ppl 314.2 | num_updates 200\n";
    assert_eq!(end(&read(log, &options()).unwrap()), (2e8, 5.0));
}

#[test]
fn a_second_number_of_parameters_begins_another_run() {
    let run = |params: &str| {
        format!(
            "number of parameters: {params}\ntokens per iteration will be: 1000000\nstep 100: train loss 4.0, val loss 4.1\n"
        )
    };
    refused(&[run("123.59M"), run("353.55M")].concat(), &ReadOptions::default(), "another run begins");
    assert!(
        read(&[run("123.59M"), run("123.59M").replace("100:", "200:")].concat(), &ReadOptions::default())
            .is_ok()
    );
}

#[test]
fn seconds_and_rates_are_no_steps_and_no_cost() {
    let lingua = "step: 1000  acc: 0  loss:  4.0  flops: 3.12e+14  wps: 4.12e+04  iter: 0.2514\n\
                  step: 2000  acc: 0  loss:  3.5  flops: 3.12e+14  wps: 4.12e+04  iter: 0.2498\n";
    let sweep = read(lingua, &options()).unwrap();
    assert_eq!(end(&sweep), (2e9, 3.5));
    assert!(sweep.mapping().iter().all(|mapping| mapping.field != "flops"));
    let bits = "step 100 loss 4.0 bits 5.77\nstep 200 loss 3.5 bits 5.05\n";
    assert_eq!(end(&read(bits, &options()).unwrap()), (2e8, 3.5));
}

#[test]
fn a_planned_length_on_each_line_is_read() {
    let log = "step 600/2000 | loss: 4.0 | time: 1\nstep 1200/2000 | loss: 3.5 | time: 1\n";
    let findings = inspect(&read(log, &options()).unwrap(), &ObservationOptions::default()).findings;
    assert!(findings.iter().any(|found| found.to_string().contains("after 60 % of it")), "{findings:?}");
}

#[test]
fn a_step_in_brackets_may_stand_before_all_of_its_line() {
    let log = "[step=100] tokens=5M loss=4.0 lr=1e-4\n[step=200] tokens=10M loss=3.5 lr=1e-4\n";
    assert_eq!(end(&read(log, &ReadOptions::default().with_run_params(1e7)).unwrap()), (1e7, 3.5));
}

#[test]
fn what_consoles_print_of_what_is_left_is_seen() {
    let log = |line: &dyn Fn(u32, f64) -> String| -> String {
        (1..=20).map(|k| line(100 * k, if k <= 10 { 1.0 } else { 0.5 })).collect()
    };
    let params = |name: &str, sign: &str| {
        log(&|step, left| {
            format!("step {step} | loss {:.3} | {name}{sign}{:.0}\n", 5.0 - f64::from(step) / 1e3, 1e7 * left)
        })
    };
    for (name, sign) in [("params", " "), ("active_params", "="), ("trainable_parameters", " ")] {
        refused(&params(name, sign), &options(), name);
    }
    for name in ["remaining", "keep", "active"] {
        let text =
            log(&|step, left| format!("step={step} loss={:.3} {name}={left}\n", 5.0 - f64::from(step) / 1e3));
        let sweep = read(&text, &options()).unwrap();
        let found = inspect(&sweep, &ObservationOptions::default()).findings;
        assert!(
            found.iter().any(|finding| finding.to_string().contains(&format!("'{name}' says"))),
            "{name}"
        );
    }
}

#[test]
fn a_log_that_ends_in_an_error_says_so_and_the_best_loss_is_not_the_last() {
    let log = |end: &str| format!("step=100 loss=4.0\nstep=200 loss=3.9\n{end}\n");
    let notes = |end: &str| read(&log(end), &options()).unwrap().sources()[0].notes.join("; ");
    for error in [
        "RuntimeError: CUDA error: device-side assert",
        "slurmstepd: error: *** JOB 1 ON n CANCELLED DUE TO TIME LIMIT ***",
    ] {
        assert!(notes(error).contains(&format!("line 3 is '{}", &error[..12])), "{error}: {}", notes(error));
    }
    let restarted = log("RuntimeError: NCCL timed out\nstep=300 loss=3.8");
    assert!(!read(&restarted, &options()).unwrap().sources()[0].notes.join("; ").contains("may not have"));
    assert_eq!(end(&read(&log("Training done. best loss=3.85 at step=200"), &options()).unwrap()).1, 3.9);
}
