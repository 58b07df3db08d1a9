//! What cells tell where names leave it open: sizes, names of runs, tokens of a step, emphasis.

use nbar::{ReadOptions, Result, Sweep};

use super::refuses;

fn read(text: &str, options: &ReadOptions) -> Result<Sweep> {
    Sweep::from_reader("x.csv", text.as_bytes(), options)
}

fn sizes(text: &str) -> Vec<f64> {
    let sweep = read(text, &ReadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    sweep.runs().iter().map(nbar::Run::initial_params).collect()
}

fn notes(sweep: &Sweep) -> String {
    sweep.sources()[0].notes.join("\n")
}

#[test]
fn labels_are_no_sizes_beside_counts() {
    let counts = [446_208.0, 3_258_368.0];
    for labels in [["small", "medium"], ["0.4M", "3.3M"], ["", ""]] {
        let table = format!(
            "model_size,n_params,train_tokens,val_loss\n{},446208,250963,2.4\n{},3258368,250963,2.1\n",
            labels[0], labels[1]
        );
        assert_eq!(sizes(&table), counts, "{labels:?}");
        let json = format!(
            "[{{\"model_size\": \"{}\", \"n_params\": 446208, \"tokens\": 250963, \"loss\": 2.4}},\n{{\"model_size\": \"{}\", \"n_params\": 3258368, \"tokens\": 250963, \"loss\": 2.1}}]",
            labels[0], labels[1]
        );
        assert_eq!(sizes(&json), counts, "{labels:?}");
    }
    // A label that says another size is asked about, and so are two counts.
    let table = "model_size,n_params,train_tokens,val_loss\n0.6M,444070,1e6,2.4\n3.3M,3258368,1e6,2.1\n";
    refuses(
        read(table, &ReadOptions::default()),
        "another size",
        &["'0.6M'", "'444070'", "`columns: params=n_params`"],
    );
    // An `n` may count anything, and counts of some rows are not those of all.
    let other = "model_size,n,tokens,loss\nsmall,3,1e6,2.4\nmedium,3,1e6,2.1\n";
    refuses(read(other, &ReadOptions::default()), "seeds", &["could all be 'params'"]);
    let some = "model_size,n_params,tokens,loss\n0.4M,,1e6,2.4\n3.3M,3258368,1e6,2.1\n";
    refuses(read(some, &ReadOptions::default()), "some", &["could all be 'params'"]);
    let counts = table.replace("0.6M", "444080").replace("3.3M", "3258370");
    refuses(read(&counts, &ReadOptions::default()), "two counts", &["could all be 'params'"]);
}

#[test]
fn what_all_rows_share_names_no_run_where_sizes_differ() {
    let table = "model,experiment,tokens,params,loss\nt,e,2e8,5e7,5.1\nt,e,2e8,6e7,5.0\nt,e,3e8,6e7,4.9\n";
    let sweep = read(table, &ReadOptions::default()).unwrap();
    assert_eq!(sweep.len(), 3);
    assert!(
        notes(&sweep)
            .contains("each row is a run: sizes differ, and all rows are alike in 'model' and 'experiment'"),
        "{}",
        notes(&sweep)
    );
    // One that differs names them; of one size the rows may be a curve.
    let named = table.replace("t,e,2e8,5e7", "t,a,2e8,5e7").replace("t,e,2e8,6e7", "t,b,2e8,6e7");
    assert_eq!(read(&named, &ReadOptions::default()).unwrap().runs()[0].id(), "a");
    let curves =
        table.replace("loss\n", "loss,step\n").replace("5.1\n", "5.1,1\n").replace("5.0\n", "5.0,1\n");
    let curves = curves.replace("4.9\n", "4.9,2\n");
    refuses(read(&curves, &ReadOptions::default()), "curves", &["could all be 'run'"]);
    refuses(read(&table.replace("5e7", "6e7"), &ReadOptions::default()), "one size", &["could all be 'run'"]);
}

#[test]
fn tokens_of_an_evaluation_are_those_of_its_step() {
    let text = "Iter 190: Train loss 1.748, Tokens/sec 590.652, Trained Tokens 36225\n\
                Iter 200: Val loss 1.899, Val took 3.842s\n\
                Iter 200: Train loss 1.866, Tokens/sec 598.913, Trained Tokens 38119\n\
                Iter 210: Train loss 1.805, Tokens/sec 598.438, Trained Tokens 40008\n";
    let options = ReadOptions::default().with_run_params(1e9);
    let sweep = read(text, &options).unwrap();
    let points = |sweep: &Sweep| -> Vec<(f64, f64)> {
        sweep.runs()[0].checkpoints().iter().map(|point| (point.tokens, point.loss)).collect()
    };
    assert_eq!(points(&sweep), [(38_119.0, 1.899)]);
    assert!(notes(&sweep).contains("'Trained Tokens' of 1 row is that of another row of the same step"));
    // No other step tells them, nor do two that differ.
    refuses(
        read(&text.replace("Iter 200: Val", "Iter 205: Val"), &options),
        "another step",
        &["line 2", "the cell is empty"],
    );
    let twice = text.replace("Iter 190", "Iter 200");
    refuses(read(&twice, &options), "two rows", &["the cell is empty"]);
    // Each run has its own.
    let table = "run,_step,tokens,params,loss\na,10,,1e7,3.0\na,10,100,1e7,\nb,10,,1e7,3.5\nb,10,200,1e7,\na,20,150,1e7,2.9\n";
    let sweep = read(&json(table), &ReadOptions::default()).unwrap();
    let firsts: Vec<f64> = sweep.runs().iter().map(|run| run.checkpoints()[0].tokens).collect();
    assert_eq!(firsts, [100.0, 200.0]);
}

/// The rows of a table, whose empty cells are left out.
fn json(table: &str) -> String {
    let mut lines = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let record = |cells: Vec<&str>| {
        let pairs = names.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
        let pairs: Vec<String> = pairs.map(|(name, cell)| format!("\"{name}\": \"{cell}\"")).collect();
        format!("{{{}}}\n", pairs.join(", "))
    };
    lines.map(record).collect()
}

#[test]
fn tokens_of_one_step_are_not_those_of_a_run() {
    let text = "Step 00100/00718 | Training loss: 2.123456 | num_tokens: 52,341\n\
                Step 00100 | Validation loss: 2.234567\n\
                Step 00200/00718 | Training loss: 1.987654 | num_tokens: 51,892\n\
                Step 00200 | Validation loss: 2.098765\n\
                Step 00700/00718 | Training loss: 1.765432 | num_tokens: 50,234\n\
                Step 00718 | Validation loss: 1.897654\n";
    let options = ReadOptions::default().with_run_params(1e9);
    let said = read(text, &options).unwrap_err().to_string();
    assert!(said.contains("`tokens_per_step=0.5M`") && !said.contains("=num_tokens"), "{said}");
    let sweep = read(text, &options.with_tokens_per_step(52e3)).unwrap();
    assert!(sweep.mapping().iter().all(|column| column.column != "num_tokens"));
    assert!(
        notes(&sweep).contains("'num_tokens' is not read: it falls while 'Step' rises")
            || notes(&sweep).contains("'num_tokens' is not read: it falls while 'step' rises"),
        "{}",
        notes(&sweep)
    );
    assert_eq!(sweep.runs()[0].checkpoints().last().unwrap().tokens, 718.0 * 52e3);
}

#[test]
fn emphasis_of_markdown_is_taken_off() {
    let text = "| **Model** | `Params` | Tokens | Val loss |\n|---|---:|---|---|\n\
                | *a* | 356M | 31B | 1.763 |\n| **`b`** | **508M** | __41B__ | **1.695** |\n| c_1 | `912M` | *19B* | ***1.657*** |\n";
    let sweep = read(text, &ReadOptions::default()).unwrap();
    let rows: Vec<(&str, f64, f64)> =
        sweep.runs().iter().map(|run| (run.id(), run.initial_params(), run.checkpoints()[0].loss)).collect();
    assert_eq!(rows, [("a", 356e6, 1.763), ("b", 508e6, 1.695), ("c_1", 912e6, 1.657)]);
    // What marks a part of a cell stays.
    refuses(
        read(&text.replace("***1.657***", "**1.657** *"), &ReadOptions::default()),
        "a part",
        &["'**1.657** *'"],
    );
}

#[test]
fn losses_of_training_and_evaluation_on_one_row_are_not_lightning_s() {
    let options = ReadOptions::default().with_run_params(1e8).with_tokens_per_step(8192.0);
    let apart = "epoch,step,tokens_seen,train_loss,val_loss\n0,98,811008,7.29,\n0,196,1613824,,6.25\n";
    assert_eq!(read(apart, &options).unwrap().sources()[0].format(), "Lightning metrics");
    let both = "epoch,step,train_loss,val_loss\n0,0,8.04,8.04\n1,98,7.29,7.29\n2,196,6.21,6.25\n";
    refuses(read(both, &options), "both on a row", &["could all be 'loss'", "`columns: loss=val_loss`"]);
    let chosen = options.clone().with_columns("loss=val_loss").unwrap();
    let sweep = read(both, &chosen).unwrap();
    assert_eq!(sweep.runs()[0].checkpoints().last().unwrap().tokens, 196.0 * 8192.0);
    // Tokens that are a multiple of steps tell that these are not counted from 0.
    let counted = "epoch,step,tokens_seen,val_loss\n0,98,802816,7.29\n0,196,1605632,6.25\n";
    let sweep = read(counted, &options.with_columns("tokens=").unwrap()).unwrap();
    assert_eq!(sweep.runs()[0].checkpoints().last().unwrap().tokens, 1_605_632.0);
}

#[test]
fn tokens_of_flops_are_asked_about_where_steps_tell_others() {
    let table = "run,matrix_params,params,flops,loss,train/steps,arch/batch,arch/block,arch/n_ctx\n\
                 a,1e5,1.5e5,4.9152e12,3.0,1000,64,128,8\nb,2e5,2.5e5,9.8304e12,2.9,1000,64,128,8\n";
    let plain = ReadOptions::default();
    let steps = "batch_size=arch/batch,sequence_length=arch/block,step=train/steps";
    let parts = [
        "line 2, column 'flops'",
        "FLOPs / 6 N is 5.461M tokens",
        &format!("`columns: {steps}`"),
        "`columns: flops=flops`",
    ];
    refuses(read(table, &plain), table, &parts);
    let tokens = |columns: &str| {
        let sweep = read(table, &plain.clone().with_columns(columns).unwrap()).unwrap();
        sweep.runs()[0].checkpoints()[0].tokens
    };
    assert_eq!(tokens(steps), 8_192_000.0);
    assert_eq!(tokens("flops=flops"), 4.9152e12 / 9e5);
    assert_eq!(tokens("params=matrix_params"), 8_192_000.0);
    // Where a batch may be a part of a step's, steps tell nothing.
    for part in ["grad_accum", "ga", "dp", "tpus", "replicas", "accum_iter"] {
        assert!(read(&table.replace("arch/n_ctx", part), &plain).is_ok(), "{part}");
    }
    // One part is all of it, and what is dense is not pruned.
    for (part, cell) in
        [("ga", "1"), ("dp", ""), ("schedule", "dense"), ("final_sparsity", "0"), ("average_params", "")]
    {
        let table = table.replace("arch/n_ctx", part).replace("128,8", &format!("128,{cell}"));
        refuses(read(&table, &plain), &table, &["FLOPs / 6 N is"]);
    }
    // It may be in tokens.
    let in_tokens = table.replace("1000,64,128,8", "1000,5461,128,8");
    assert!(read(&in_tokens, &plain).is_ok());
    // FLOPs over 6 N are not the tokens of a run that is pruned.
    let pruned = table.replace("arch/n_ctx", "average_params").replace("128,8", "128,9e4");
    refuses(read(&pruned, &plain), &pruned, &["a pruned run needs `tokens`"]);
}
