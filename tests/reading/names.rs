//! What names of columns say that no field reads, or that its numbers have to be converted for.

use nbar::inspect::FindingKind;
use nbar::read::{MeasuredTable, PointTable};
use nbar::{ObservationOptions, ReadOptions, Result, Sweep, inspect};

use crate::refuses;

pub(crate) fn read(text: &str, options: &ReadOptions) -> Result<Sweep> {
    Sweep::from_reader("runs.csv", text.as_bytes(), options)
}

pub(crate) fn by_name(text: &str) -> Result<Sweep> {
    read(text, &ReadOptions::default())
}

#[test]
fn logarithms_of_perplexities_are_losses() -> Result<()> {
    let (e, two, ten) = (3.0, 3.0 / std::f64::consts::LN_2, 3.0 / std::f64::consts::LN_10);
    for (header, cell) in [
        ("ln_ppl", e),
        ("log_ppl", e),
        ("lnPerplexity", e),
        ("log2_ppl", two),
        ("log2(perplexity)", two),
        ("log10_ppl", ten),
    ] {
        let sweep = by_name(&format!("params,tokens,{header}\n1e8,2e9,{cell:?}\n"))?;
        let loss = sweep.runs()[0].checkpoints()[0].loss;
        assert!((loss / 3.0 - 1.0).abs() <= 2.0 * f64::EPSILON, "{header}: {loss}");
    }
    Ok(())
}

#[test]
fn what_a_name_says_is_something_else_is_refused() {
    for (pair, header) in [("params=log_params", "log_params"), ("loss=log10_loss", "log10_loss")] {
        let options = ReadOptions::default().with_columns(pair).unwrap();
        let text = format!("params_,tokens,loss_,{header}\n1e8,2e9,3.0,8.0\n");
        refuses(read(&text, &options), header, &["runs.csv", header, "holds logarithms"]);
    }
    let options = ReadOptions::default().with_columns("loss=log_loss").unwrap();
    assert!(read("params,tokens,log_loss\n1e8,2e9,3.0\n", &options).is_ok());
}

#[test]
fn sparsities_are_read_in_percent() -> Result<()> {
    for (header, cell) in [("sparsity (%)", "80"), ("final_sparsity", "80%"), ("target_sparsity_pct", "80 %")]
    {
        let text = format!("params,tokens,loss,schedule,{header}\n1e8,2e9,3.0,constant,{cell}\n");
        let sweep = by_name(&text)?;
        let average = sweep.runs()[0].trajectory()?.average_params();
        assert!((average / 2e7 - 1.0).abs() <= 4.0 * f64::EPSILON, "{header}: {average}");
    }
    let text = "params,tokens,loss,schedule,sparsity (%)\n1e8,2e9,3.0,constant,100\n";
    refuses(by_name(text), text, &["line 2", "sparsity (%)", "'100' is not a sparsity"]);
    Ok(())
}

#[test]
fn runs_that_a_column_says_are_pruned_are_not_taken_as_dense() -> Result<()> {
    for (header, dense, pruned) in [
        ("density", "1", "0.5"),
        ("density (%)", "100", "50"),
        ("pruned (%)", "0", "50"),
        ("model/sparsity", "0.0", "0.5"),
        ("pruned", "false", "true"),
        ("nnz", "1e8", "5e7"),
    ] {
        let table =
            |cell: &str| format!("params,tokens,loss,{header}\n1e8,2e9,3.0,{dense}\n1e8,4e9,2.9,{cell}\n");
        assert_eq!(by_name(&table(dense))?.len(), 2, "{header}");
        let text = table(pruned);
        refuses(by_name(&text), &text, &["line 3", header, "how the run was pruned"]);
        let dense = ReadOptions::default().with_columns("final_sparsity=")?;
        assert_eq!(read(&text, &dense)?.len(), 2, "{header}");
        let points = PointTable::from_reader("points.csv", text.as_bytes());
        refuses(points.map(drop), &text, &["points.csv", "line 3", header, "remove the column"]);
    }
    let given = "params,tokens,loss,density,average_params\n1e8,2e9,3.0,0.5,7e7\n";
    assert_eq!(by_name(given)?.runs()[0].checkpoints()[0].average_params(), Some(7e7));
    Ok(())
}

#[test]
fn flops_are_read_in_their_unit() -> Result<()> {
    for (header, cell) in [
        ("compute (EFLOPs)", "1.2"),
        ("PFLOP-days", "0.01388888888888889"),
        ("flops (1e18)", "1.2"),
        ("ZFLOPs", "0.0012"),
        ("GFLOPs", "1.2e9"),
    ] {
        let sweep = by_name(&format!("params,{header},loss\n1e8,{cell},3.0\n"))?;
        let tokens = sweep.runs()[0].checkpoints()[0].tokens;
        assert!((tokens / 2e9 - 1.0).abs() <= 4.0 * f64::EPSILON, "{header}: {tokens}");
    }
    let options = ReadOptions::default().with_columns("flops=TFLOPs")?;
    let sweep = read("params,TFLOPs,loss\n1e8,1.2e6,3.0\n", &options)?;
    assert_eq!(sweep.runs()[0].checkpoints()[0].tokens, 2e9);
    let options = ReadOptions::default().with_columns("flops=TFLOP/s")?;
    let text = "params,TFLOP/s,loss\n1e8,300,3.0\n";
    refuses(read(text, &options), text, &["TFLOP/s", "FLOPs a second"]);
    Ok(())
}

#[test]
fn only_columns_that_may_be_meant_are_proposed() {
    for header in ["flops_per_token", "tokens_per_word", "batch_tokens", "tokens (GB)"] {
        let text = format!("params,{header},loss\n1e8,20,3.0\n");
        let message = by_name(&text).unwrap_err().to_string();
        assert!(message.contains("columns: flops=NAME"), "{message}");
        assert!(!message.contains("is meant"), "{message}");
    }
    let units = "Modell,Parameter (Mio.),tokens,loss\na,19,1e9,3.0\n";
    refuses(by_name(units), units, &["`columns: params=Parameter (Mio.)`"]);
    refuses(by_name("params,train_tok,loss\n1e8,20,3.0\n"), "train_tok", &["if 'train_tok' is meant"]);
}

#[test]
fn counts_that_cannot_be_together_are_found() -> Result<()> {
    let found = |text: &str| -> Result<Vec<FindingKind>> {
        let found = inspect(&by_name(text)?, &ObservationOptions::default()).findings;
        Ok(found.into_iter().map(|finding| finding.kind).collect())
    };
    // Half of the parameters from half of the run on: three quarters of them on average.
    let header = "params,tokens,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit";
    let row = "1e8,2e9,3.0,one_shot,0.5,0.5,0.5,fraction";
    for (given, cells, odd) in [
        ("average_params", "7.5e7", None),
        ("average_params", "7.54e7", None),
        ("average_params", "9e7", Some(1.2)),
        ("final_params", "5e7", None),
        ("final_params", "1e8", Some(2.0)),
    ] {
        let kinds = found(&format!("{header},{given}\n{row},{cells}\n"))?;
        let disagree = kinds.iter().find_map(|kind| match kind {
            FindingKind::CountsDisagree { least, .. } => Some(*least),
            _ => None,
        });
        assert_eq!(disagree.is_some(), odd.is_some(), "{given} {cells}: {kinds:?}");
        let near = disagree.zip(odd).is_none_or(|(found, odd): (f64, f64)| (found / odd - 1.0).abs() < 1e-12);
        assert!(near, "{given} {cells}: {kinds:?}");
    }
    let unique = |cell: &str| found(&format!("params,tokens,loss,unique_tokens\n1e8,2e9,3.0,{cell}\n"));
    assert_eq!(unique("4e9")?, [FindingKind::UniqueAboveTokens { most: 2.0 }]);
    assert!(matches!(unique("4")?[..], [FindingKind::Repeated { most }] if (most / 5e8 - 1.0).abs() < 1e-12));
    assert_eq!(unique("2.01e9")?, []);
    assert_eq!(unique("2e8")?, []);
    Ok(())
}

#[test]
fn points_have_tokens_of_flops() -> Result<()> {
    let read = |text: &str| PointTable::from_reader("points.csv", text.as_bytes());
    for (header, cell) in [("flops", "1.2e20"), ("compute (EFLOPs)", "120")] {
        let table = read(&format!("params,{header}\n1e9,{cell}\n"))?;
        assert_eq!(table.points[0].trajectory.tokens(), 2e10);
    }
    let pruned = "params,flops,schedule,final_sparsity\n1e9,1.2e20,constant,0.5\n";
    refuses(read(pruned), pruned, &["line 2", "a pruned run needs `tokens`"]);
    // Tokens may be those of one epoch.
    let epochs = "params,dataset_tokens,epochs\n1e9,1e10,4\n1e9,1e10,1\n";
    refuses(read(epochs), epochs, &["add a column `tokens` of that"]);
    let named = epochs.replace("dataset_tokens", "tokens");
    assert!(
        read(&named)?.findings()[0].to_string().starts_with("'epochs' says '4', and tokens are taken as all")
    );
    let measured =
        MeasuredTable::from_reader("m.csv", "params,tokens,epochs,loss\n1e9,1e10,4,3\n".as_bytes())?;
    assert_eq!(measured.findings().len(), 1);
    let told = "params,tokens,unique_tokens,epochs\n1e9,4e10,1e10,4\n";
    assert_eq!(read(told)?.findings(), []);
    assert_eq!(read("params,tokens,epochs\n1e9,1e10,1\n")?.findings(), []);
    // A measured run may not have come to its end.
    let status = "run,params,tokens,loss,status\na,1e9,1e10,3.1,finished\nb,1e9,2e10,3.3,crashed\nc,1e9,4e10,,running\n";
    let said = "1 run did not finish (crashed), so their last losses are not final; take out";
    assert!(read(status)?.findings()[0].to_string().starts_with(said));
    assert!(
        MeasuredTable::from_reader("m.csv", status.as_bytes())?.findings()[0].to_string().starts_with(said)
    );
    let many = "params,tokens,unique_tokens\n1e9,2e10,3e10\n";
    // All of them differ, and the table may be of another run.
    let table = read(many)?;
    assert_eq!((table.points[0].unique_tokens, table.findings().len()), (Some(3e10), 1));
    assert!(table.findings()[0].to_string().contains("more unique tokens than tokens (1.5 times"));
    Ok(())
}

#[test]
fn a_table_of_runs_is_read_as_closely() -> Result<()> {
    let with = |runs: &str| -> Result<Sweep> {
        let options = ReadOptions::default().with_runs_from("facts.csv", runs.as_bytes())?;
        read("run,step,loss\na,1000,3.0\nb,1000,2.9\n", &options)
    };
    let table = |batch: &str, accum: u8, density: &str| {
        format!(
            "run,params,{batch},seq_len,grad_accum,density\na,1e8,32,2048,1,1\nb,2e8,32,2048,{accum},{density}\n"
        )
    };
    assert_eq!(with(&table("batch_size", 1, "1"))?.runs()[1].checkpoints()[0].tokens, 32.0 * 2048.0 * 1000.0);
    assert!(with(&table("global_batch_size", 8, "1")).is_ok());
    let text = table("batch_size", 8, "1");
    refuses(
        with(&text),
        &text,
        &["facts.csv, line 3, column 'grad_accum'", "'8'", "call it global_batch_size"],
    );
    let text = table("batch_size", 1, "0.5");
    refuses(with(&text), &text, &["facts.csv, line 3, column 'density'", "how the run was pruned"]);
    Ok(())
}

#[test]
fn what_is_made_of_a_loss_is_no_loss() -> Result<()> {
    for header in [
        "log_val_loss",
        "val_loss_log",
        "log2(val_loss)",
        "reducible_val_loss",
        "val_loss - E",
        "exp(val_loss)",
        "val_loss_x100",
        "relative_eval_loss",
        "val_loss (x1e-3)",
    ] {
        let text = format!("params,tokens,{header}\n1e8,2e9,1.1\n");
        refuses(by_name(&text), &text, &["no column for 'loss'"]);
    }
    for header in ["loss (nats)", "Final loss [nats/token]", "cross-entropy [nats]", "eval_web_loss"] {
        assert_eq!(by_name(&format!("params,tokens,{header}\n1e8,2e9,3.0\n"))?.len(), 1, "{header}");
    }
    assert_eq!(by_name("params,tokens,log/val_loss\n1e8,2e9,3.0\n")?.len(), 1);
    let two = "params,tokens,eval_loss_a,eval_loss_b\n1e8,2e9,3.0,3.1\n";
    refuses(by_name(two), two, &["'eval_loss_a', 'eval_loss_b' could all be 'loss'"]);
    let both = "params,tokens,train_loss,val_loss\n1e8,2e9,3.0,3.1\n";
    refuses(by_name(both), both, &["`columns: loss=val_loss`"]);
    Ok(())
}

#[test]
fn units_stand_first_too() -> Result<()> {
    let sweep = by_name("Mparams,billion_tokens,loss\n100,2,3.0\n")?;
    assert_eq!((sweep.runs()[0].params, sweep.runs()[0].checkpoints()[0].tokens), (1e8, 2e9));
    let sweep = by_name("N [params],C [FLOPs],loss\n1e8,1.2e18,3.0\n")?;
    assert_eq!((sweep.runs()[0].params, sweep.runs()[0].checkpoints()[0].tokens), (1e8, 2e9));
    let options = ReadOptions::default().with_columns("params=size_mb")?;
    let text = "size_mb,tokens,loss\n200,2e9,3.0\n";
    refuses(read(text, &options), text, &["column 'size_mb'", "in mb"]);
    Ok(())
}

#[test]
fn dense_rows_may_say_so_in_many_ways() -> Result<()> {
    for none in ["none", "-", "dense", "N/A", "0", ""] {
        let text = format!(
            "params,tokens,loss,schedule,sparsity\n1e8,2e9,3.0,dense,{none}\n1e8,2e9,3.0,constant,0.5\n"
        );
        assert_eq!(by_name(&text)?.runs()[1].trajectory()?.average_params(), 5e7, "{none}");
    }
    // Of a dense run nothing is to heal, whatever the columns of the learning rate say.
    for (name, cell) in [("lr_warmup", "2000"), ("lr_schedule", "inverse_sqrt"), ("lr_decay", "cosine")] {
        let text = format!("params,tokens,loss,{name}\n1e8,2e9,3.0,{cell}\n");
        assert_eq!(by_name(&text)?.len(), 1, "{name}");
        let text = format!("params,tokens,loss,schedule,sparsity,{name}\n1e8,2e9,3.0,constant,0.5,{cell}\n");
        refuses(by_name(&text), &text, &["line 2"]);
    }
    let text = "params,tokens,loss,schedule\n1e8,2e9,3.0,cosine\n";
    refuses(by_name(text), text, &["final_sparsity", "learning rate's schedule, say `columns: schedule=`"]);
    let percent = "params,tokens,loss,schedule,sparsity (%)\n1e8,2e9,3.0,constant,0.5\n";
    refuses(by_name(percent), percent, &["'0.5' is not a sparsity in percent", "write 50 for 50 %"]);
    Ok(())
}

#[test]
fn ramps_are_read_in_percent() -> Result<()> {
    let header = "params,tokens,loss,schedule,final_sparsity,prune_unit";
    let row = "1e8,2e9,3.0,one_shot,0.5,fraction";
    for (names, cells) in [("prune_start,prune_end", "50%,50%"), ("prune_start (%),prune_end (%)", "50,50")] {
        let sweep = by_name(&format!("{header},{names}\n{row},{cells}\n"))?;
        assert_eq!(sweep.runs()[0].trajectory()?.average_params(), 7.5e7, "{names}");
    }
    Ok(())
}

#[test]
fn counts_that_are_the_schedules_leave_its_course() -> Result<()> {
    let rows: String = (0..12)
        .map(|i| {
            let (n, d, s) = (1e8 * 2f64.powi(i % 4), 2e9 * 3f64.powi(i / 4), 0.1 + 0.06 * f64::from(i));
            let loss = 1.7 + 400.0 / n.powf(0.34) + 410.0 / d.powf(0.28) + 0.01 * s;
            format!("{n},{d},{loss},one_shot,{s},0.5,0.5,fraction,{:.3e}\n", n * (1.0 - 0.5 * s))
        })
        .collect();
    let header = "params,tokens,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit,average_params";
    let observations = by_name(&format!("{header}\n{rows}"))?.observations(&ObservationOptions::default())?;
    assert!(nbar::law::by_name("schedule")?.spec().columns(&observations).is_ok());
    Ok(())
}

#[test]
fn counts_of_dense_runs_are_all_parameters() -> Result<()> {
    let table =
        |count: &str| format!("params,tokens,loss,schedule,average_params\n1327104,2e9,3.0,dense,{count}\n");
    assert_eq!(by_name(&table("1.33e6"))?.runs()[0].checkpoints()[0].average_params(), Some(1_327_104.0));
    refuses(
        by_name(&table("6e5")),
        "6e5",
        &["line 2, run 'line 2', column 'average_params'", "the schedule is dense"],
    );
    refuses(by_name(&table("1.4e6")), "1.4e6", &["above `params`"]);
    let points = |cell: &str| format!("params,tokens,schedule,average_params\n1e9,2e10,{cell},6e8\n");
    let read = |cell: &str| PointTable::from_reader("p.csv", points(cell).as_bytes());
    refuses(read("dense"), "dense", &["p.csv, line 2, column 'average_params'", "remove"]);
    assert_eq!(read("")?.points[0].trajectory.average_params(), 6e8);
    Ok(())
}

#[test]
fn configs_of_wandb_are_read_as_closely() -> Result<()> {
    let run = |config: &str| {
        let config = format!("\"n_params\": 1e8, \"seq_len\": 2048, \"batch_size\": 8, {config}");
        let summary = "{\"_step\": 1000, \"eval/loss\": 3.0}";
        let two =
            |name: u8| format!("{{\"config\": {{{config}}}, \"summary\": {summary}, \"note\": {name}}}\n");
        Sweep::from_reader("runs.jsonl", (two(1) + &two(2)).as_bytes(), &ReadOptions::default())
    };
    // Without names they are two runs.
    assert_eq!(run("\"lr\": 0.1")?.len(), 2);
    refuses(
        run("\"gradient_accumulation_steps\": 4"),
        "accum",
        &["config/gradient_accumulation_steps", "'4'"],
    );
    for config in ["\"density\": 0.5", "\"target_sparsity\": 0.5", "\"prune\": {\"final_sparsity\": 0.5}"] {
        let message = run(config).expect_err(config).to_string();
        assert!(message.contains("pruned") || message.contains("needs `schedule`"), "{config}: {message}");
    }
    assert!(run("\"schedule\": \"cosine\"").is_ok());
    Ok(())
}

#[test]
fn a_name_of_a_law_that_is_nearly_a_column_is_no_parameter() -> Result<()> {
    let table = "params,tokens,epochs,Batch Size,loss\n1e8,2e9,2,64,3.0\n";
    let with = |name: &str| read(table, &ReadOptions::default().with_inputs([name]));
    for (name, written) in [("epoch", "epochs"), ("Epochs", "epochs"), ("batch_size", "\"Batch Size\"")] {
        refuses(with(name), name, &[&format!("the law has {name}"), &format!("write {written} in the law")]);
    }
    for name in ["epochs", "Batch Size", "e", "epochal", "gamma"] {
        assert!(with(name).is_ok(), "{name}");
    }
    Ok(())
}

#[test]
fn a_status_says_which_runs_did_not_finish() -> Result<()> {
    let table = |header: &str| {
        let cells = ["done", "crashed", "FAILED", "running", "OOM", "Cancelled"];
        let rows = cells.iter().enumerate().map(|(i, cell)| format!("r{i},{cell},{}e8,2e9,3.{i}\n", i + 1));
        format!("run,{header},params,tokens,loss\n{}", rows.collect::<String>())
    };
    for header in ["status", "Status", "state", "run_state"] {
        let findings = inspect(&by_name(&table(header))?, &ObservationOptions::default()).findings;
        let said = findings.iter().find(|finding| matches!(finding.kind, FindingKind::Unfinished { .. }));
        let said = said.map(|finding| (finding.count, finding.to_string())).unwrap_or_default();
        assert_eq!(said.0, 5, "{header}");
        let filter =
            format!("{header}!=Cancelled,{header}!=FAILED,{header}!=OOM,{header}!=crashed,{header}!=running");
        assert!(said.1.contains(&filter), "{header}: {}", said.1);
    }
    Ok(())
}
