//! What tools print while they train: nanoGPT, GPT-NeoX, torchtitan, llm.c and the Hugging Face Trainer.

use nbar::{ReadOptions, Result, Sweep};

fn read(text: &str) -> Result<Sweep> {
    Sweep::from_reader("logs/a.log", text.as_bytes(), &ReadOptions::default())
}

/// Format, parameters, and tokens and loss of each point.
fn seen(sweep: &Sweep) -> (&str, f64, Vec<(f64, f64)>) {
    let run = &sweep.runs()[0];
    assert_eq!((sweep.len(), run.id()), (1, "a"));
    let curve = run.checkpoints().iter().map(|point| (point.tokens, point.loss)).collect();
    (sweep.sources()[0].format(), run.params, curve)
}

#[test]
fn nanogpt_prints_its_tokens_an_iteration() -> Result<()> {
    let log = "tokens per iteration will be: 491,520\nnumber of parameters: 123.59M\n\
               num decayed parameter tensors: 50, with 124,354,560 parameters\n\
               step 0: train loss 10.9897, val loss 10.9893\niter 0: loss 10.9886, time 45103.60ms, mfu -100.00%\n\
               step 250: train loss 6.5, val loss 6.25\nsaving checkpoint to out\niter 250: loss 6.375, time 245.00ms, mfu 30.00%\n\
               iter 260: loss 6.125, time 245.00ms, mfu 30.00%\n";
    let sweep = read(log)?;
    assert_eq!(seen(&sweep), ("nanoGPT output", 123.59e6, vec![(250.0 * 491_520.0, 6.25)]));
    let options = ReadOptions::default().with_column("loss", "train loss");
    let train = Sweep::from_reader("logs/a.log", log.as_bytes(), &options)?;
    assert_eq!(seen(&train).2, [(250.0 * 491_520.0, 6.375), (260.0 * 491_520.0, 6.125)]);
    let bare = read("iter 10: loss 6.5, time 245.00ms, mfu 30.00%\n").unwrap_err().to_string();
    assert!(bare.contains("`run_params=1.2B`"), "{bare}");
    Ok(())
}

#[test]
fn neox_tells_tokens_by_the_arguments_that_it_prints() -> Result<()> {
    let log = " > total params: 162,322,944\n  seq_length ...................... 2048........................updated\n\
               \x20 train_batch_size ................ 1024........................default\n\
               \x20samples/sec: 92.9 | iteration      100/  320000 | elapsed time per iteration (ms): 11015.0 | \
               learning rate: 1.398E-05 | approx flops per GPU: 51.5TFLOPS | lm_loss: 9.500000E+00 | loss scale: 16384.0 |\n\
               \x20validation results at iteration 100 | lm_loss value: 9.250000E+00 | lm_loss_ppl value: 1.04E+04 | \n\
               \x20validation results at the end of training for test data | lm_loss value: 8.0E+00 | \n";
    let sweep = read(log)?;
    assert_eq!(seen(&sweep), ("GPT-NeoX log", 162_322_944.0, vec![(100.0 * 1024.0 * 2048.0, 9.25)]));
    assert!(sweep.sources()[0].notes.iter().any(|note| note.ends_with("is another measure: 1 row")));
    Ok(())
}

#[test]
fn steps_may_have_commas() -> Result<()> {
    let options =
        ReadOptions::default().with_run_params(1e8).with_tokens_per_step(1e6).with_sequence_length(10.0);
    for text in [
        "step: 20  loss:  6.5\nstep: 1,335  loss:  4.25\n",
        "iter 20: loss 6.5, time 1ms\niter 1,335: loss 4.25, time 1ms\n",
        "step   20/2,000 | loss 6.5 (+nanz)| norm\nstep 1,335/2,000 | loss 4.25 (+nanz)| norm\n",
        "s:20 trl:6.5 lr:1 norm:1\ns:1,335 trl:4.25 lr:1 norm:1\n",
        " iteration 20/ 2,000 | lm loss: 6.5E+00 |\n iteration 1,335/ 2,000 | lm loss: 4.25E+00 |\n",
        " iteration 20/ 2,000 | consumed samples: 2,000,000 | lm loss: 6.5E+00 |\n \
         iteration 1,335/ 2,000 | consumed samples: 133,500,000 | lm loss: 4.25E+00 |\n",
    ] {
        let sweep = Sweep::from_reader("logs/a.log", text.as_bytes(), &options)?;
        assert_eq!(seen(&sweep).2, [(20e6, 6.5), (1335e6, 4.25)], "{text}");
    }
    Ok(())
}

#[test]
fn torchtitan_is_read_in_colours() -> Result<()> {
    let log = "[titan] 2025-01-01 10:00:00,000 - root - INFO - \x1b[34mModel llama3 8B \x1b[31msize: 8,030,261,248 total parameters\x1b[39m\n\
               [titan] 2025-01-01 10:00:01,000 - root - INFO - Trainer is initialized with local batch size 8, global batch size 64, \
               gradient accumulation steps 1, sequence length 2048, total steps 1000 (warmup 200).\n\
               [titan] 2025-01-01 10:00:02,000 - root - INFO - \x1b[31mstep: 10  \x1b[32mloss:  7.2500  \x1b[33mmemory: 40.00GiB(42%)\x1b[39m\n\
               [titan] 2025-01-01 10:00:03,000 - root - INFO - \x1b[31mstep: 20  \x1b[32mloss:  6.5000  \x1b[33mmemory: 40.00GiB(42%)\x1b[39m\n";
    let step = 64.0 * 2048.0;
    let curve = vec![(10.0 * step, 7.25), (20.0 * step, 6.5)];
    assert_eq!(seen(&read(log)?), ("torchtitan log", 8_030_261_248.0, curve));
    let validated = format!("{log}[titan] x - INFO - validate step: 20  loss:  6.7500  memory: 1GiB\n");
    assert_eq!(seen(&read(&validated)?).2, [(20.0 * step, 6.75)]);
    Ok(())
}

#[test]
fn llm_c_prints_validations_after_their_step() -> Result<()> {
    let log = "| total batch size      | 524288                          |\n| num_parameters        | 124475904  |\n\
               val loss 11.009463\nstep    1/19560 | loss 11.009463 (+nanz)| norm 15.3 (+nanz)| lr 8.57e-07 | 3000.00 ms |\n\
               step  250/19560 | loss 6.500000 (+nanz)| norm 1.0 (+nanz)| lr 2e-04 | 3000.00 ms |\nval loss 6.375\n";
    assert_eq!(seen(&read(log)?), ("llm.c output", 124_475_904.0, vec![(250.0 * 524_288.0, 6.375)]));
    let options = ReadOptions::default().with_run_params(1e8).with_tokens_per_step(1e6);
    let main = "s:0 tel:11.0\ns:250 trl:6.5 lr:1e-4 norm:1\ns:250 tel:6.25\n";
    let sweep = Sweep::from_reader("logs/a.log", main.as_bytes(), &options)?;
    assert_eq!(seen(&sweep).2, [(250e6, 6.25)]);
    Ok(())
}

const TRAINER: &str = "***** Running training *****\n  Num Epochs = 2\n\
    \x20 Total train batch size (w. parallel, distributed & accumulation) = 64\n  Total optimization steps = 400\n\
    \x20 Number of trainable parameters = 124,439,808\n\
    {'loss': 3.5, 'grad_norm': 0.5, 'learning_rate': 4e-05, 'epoch': 0.5}\n\
    {'eval_loss': 3.25, 'eval_runtime': 1.2, 'epoch': 1.0}\n{'eval_loss': 3.0, 'eval_runtime': 1.2, 'epoch': 2.0}\n\
    {'train_runtime': 9.5, 'train_loss': 3.4, 'epoch': 2.0}\n";

#[test]
fn the_trainers_epochs_become_steps_where_it_says_how_many_there_are() -> Result<()> {
    let options = ReadOptions::default().with_sequence_length(1024.0);
    let of = |text: &str| Sweep::from_reader("logs/a.log", text.as_bytes(), &options);
    let step = 64.0 * 1024.0;
    let expected = vec![(200.0 * step, 3.25), (400.0 * step, 3.0)];
    assert_eq!(seen(&of(TRAINER)?), ("Hugging Face trainer output", 124_439_808.0, expected));
    // The progress bar goes before; bars of evaluations have other totals.
    let bars = "  0%|          | 0/500 [00:00<?, ?it/s]\r  2%|▏         | 10/500 [00:05<04:05,  2.0it/s]{'loss': '3.5', 'epoch': '0.02'}\n\
                \x20 0%|          | 0/8 [00:00<?, ?it/s]\r 38%|███       | 3/8 [00:01<00:02,  2.0it/s]\r{'eval_loss': 3.25, 'epoch': 0.02}\n";
    let options = ReadOptions::default().with_run_params(1e8).with_tokens_per_step(1e6);
    let sweep = Sweep::from_reader("logs/a.log", bars.as_bytes(), &options)?;
    assert_eq!(seen(&sweep).2, [(10e6, 3.25)]);
    // A callback may write the step: it goes before epochs and bars.
    for before in ["", "  2%|▏         | 10/500 [00:05<04:05,  2.0it/s]"] {
        let own = format!(
            "{before}{{'loss': 3.5, 'epoch': 0.5, 'step': 50}}\n{{'eval_loss': 3.25, 'epoch': 1.0, 'step': 100}}\n"
        );
        let sweep = Sweep::from_reader("logs/a.log", own.as_bytes(), &options)?;
        assert_eq!(seen(&sweep).2, [(100e6, 3.25)], "{before}");
    }
    let bare = Sweep::from_reader("a.log", "{'loss': 3.5, 'epoch': 0.5}\n".as_bytes(), &options);
    let error = bare.unwrap_err().to_string();
    assert!(error.contains("gives an epoch, and no step; give the run's trainer_state.json"), "{error}");
    Ok(())
}

#[test]
fn any_tool_may_name_its_numbers() -> Result<()> {
    let options = ReadOptions::default().with_run_params(1e8).with_tokens_per_step(1e6);
    let at = |text: &str, options: &ReadOptions| Sweep::from_reader("logs/a.log", text.as_bytes(), options);
    for text in [
        "[2025-01-01 10:00:00,123] [INFO] started\nstep=100 loss=6.5\nstep=1,200 loss=4.25\ndone: step 3\n",
        "I0501 train.py:100] step 100: loss=6.5, lr=1e-3\nI0501 train.py:100] step 1,200: loss=4.25, lr=1e-3\n",
        "Step 100/2000 | loss:6.5 lr:2e-5 tokens:12.3K/s\nStep 1200/2000 | loss:4.25 lr:2e-5 tokens:12.5K/s\n",
        "Epoch 1 | step 100 | loss 6.5 | lr 1e-3\nEpoch 1 | step 1200 | loss 4.25 | lr 1e-3\n",
        // MaxText counts from 0.
        "completed step: 99, seconds: 1.0, total_weights: 65536, loss: 6.5\n\
         completed step: 1199, seconds: 1.0, total_weights: 65536, loss: 4.25\n",
        "10:00:01 [INFO] {\"global_step\": 100, \"loss\": \"6.5\"}\n10:00:09 [INFO] {\"global_step\": 1200, \"loss\": \"4.25\"}\n",
    ] {
        let sweep = at(text, &options)?;
        assert_eq!(seen(&sweep), ("log of named numbers", 1e8, vec![(1e8, 6.5), (1.2e9, 4.25)]), "{text}");
    }
    // Tokens in units, and what a step is of.
    let options = ReadOptions::default().with_run_params(1e8);
    let text = "10/12 [INFO|DP=0]: iteration: 10 / 140 | consumed_tokens: 10.5M | lm_loss: 6.5 | lr: 0.0003\n\
                10/12 [INFO|DP=0]: iteration: 20 / 140 | consumed_tokens: 21M | lm_loss: 4.25 | lr: 0.0003\n";
    assert_eq!(seen(&at(text, &options)?).2, [(1.05e7, 6.5), (2.1e7, 4.25)]);
    // Evaluations are not mixed with losses of training.
    let text = "step=100 loss=6.5 tokens=1e8\neval metrics after step: 100, loss=6.25, tokens=1e8\nstep=200 loss=4.5 tokens=2e8\n";
    assert_eq!(seen(&at(text, &options)?).2, [(1e8, 6.25)]);
    let text =
        "step=100 loss=6.5 val_loss=6.75 tokens=1e8\nstep=200 loss=4.5 val_loss=4.75 tokens=2e8\nfinished\n";
    let sweep = at(text, &options)?;
    assert_eq!(seen(&sweep).2, [(1e8, 6.75), (2e8, 4.75)]);
    assert_eq!(sweep.sources()[0].notes, ["1 line without a step, or tokens, and a loss passed over"]);
    // A table whose cells have such pairs is a table.
    let text = "run,params,tokens,loss,note\na,1e8,1e9,3.5,step=1 loss=9\n";
    assert_eq!(at(text, &ReadOptions::default())?.sources()[0].format(), "sweep table, CSV");
    Ok(())
}

#[test]
fn lines_like_those_of_llm_c_that_say_more_are_those_of_another_tool() -> Result<()> {
    let options = ReadOptions::default().with_run_params(1e8);
    let log = "step 100 | tokens 100000000 | loss 8.5 | val loss 4.1\nstep 200 | tokens 200000000 | loss 7.5 | val loss 4.0\n";
    let sweep = Sweep::from_reader("run.log", log.as_bytes(), &options)?;
    let [first, _] = sweep.runs()[0].checkpoints() else { panic!("{sweep:?}") };
    assert_eq!((first.tokens, first.loss), (1e8, 4.1));
    let losses = "step 1/9 | val loss 4.1 | train loss 3.1\nstep 2/9 | val loss 4.0 | train loss 3.0\n";
    let options = options.with_tokens_per_step(1e6);
    let sweep = Sweep::from_reader("run.log", losses.as_bytes(), &options)?;
    assert_eq!(sweep.runs()[0].checkpoints()[0].loss, 4.1);
    // Validations and sparsities on lines of their own are none of llm.c's.
    for line in ["step 2/9 | val loss 4.0 | lr 3e-4", "validation loss 4.0", "eval | step 2 | val loss 4.0"] {
        let log =
            format!("step 1/9 | train loss 4.1 | lr 3e-4\n{line}\nstep 3/9 | train loss 3.9 | lr 3e-4\n");
        let sweep = Sweep::from_reader("run.log", log.as_bytes(), &options)?;
        assert_ne!(sweep.sources()[0].format(), "llm.c output", "{line}");
    }
    // Other losses, and sparsities of what are no weights, are neither.
    let log = "step 1 | balance loss 1.02 | loss 5.0 | grad sparsity 50%\nstep 2 | balance loss 1.01 | loss 4.8 | grad sparsity 40%\n";
    let sweep = Sweep::from_reader("run.log", log.as_bytes(), &options)?;
    assert_eq!(sweep.runs()[0].checkpoints()[1].loss, 4.8);
    // A sparsity is not passed over, in percent either.
    for sparsity in ["sparsity 0.5", "sparsity=50.0%", "sparsity: 50 %", "density=50%"] {
        let log = format!("step 100 | loss 5.6 | {sparsity}\nstep 200 | loss 5.1 | {sparsity}\n");
        let read = Sweep::from_reader("run.log", log.as_bytes(), &options);
        assert!(read.is_err_and(|error| error.to_string().contains(&sparsity[..7])), "{sparsity}");
    }
    Ok(())
}
