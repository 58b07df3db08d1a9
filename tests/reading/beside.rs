//! Columns beside those that are read, which say that a run is another than these tell.

use nbar::schedule::ScheduleFields;
use nbar::{ReadOptions, Result, Sweep};

use crate::refuses;

fn read(text: &str, columns: &[&str]) -> Result<Sweep> {
    let options =
        columns.iter().try_fold(ReadOptions::default(), |options, own| options.with_columns(own))?;
    Sweep::from_reader("runs.csv", text.as_bytes(), &options)
}

#[test]
fn counts_steps_and_losses_in_another_sense_are_a_choice() -> Result<()> {
    for (field, read_as, other, table) in [
        ("params", "params", "dense_params", "params,dense_params,tokens,loss\n5e7,1e8,1e9,4.0\n"),
        (
            "params",
            "trainable_params",
            "all_params",
            "trainable_params,all_params,tokens,loss\n1e6,1e8,1e9,4.0\n",
        ),
        (
            "step",
            "step",
            "optimizer_step",
            "step,optimizer_step,tokens_per_step,params,loss\n300,100,1e6,1e8,4.0\n",
        ),
        (
            "step",
            "total_steps",
            "final_step",
            "total_steps,final_step,tokens_per_step,params,loss\n300,100,1e6,1e8,4.0\n",
        ),
        ("loss", "loss", "main_loss", "params,tokens,loss,main_loss\n1e8,1e9,4.5,4.0\n"),
    ] {
        let said = [format!("`columns: {field}={other}`"), format!("`columns: {field}={read_as}`")];
        refuses(read(table, &[]), table, &["both columns could be", &said[0], &said[1]]);
        for column in [read_as, other] {
            assert!(read(table, &[&format!("{field}={column}")]).is_ok(), "{table} {column}");
        }
    }
    // Where they agree, or the tokens are told otherwise, there is nothing to choose.
    for table in [
        "params,dense_params,tokens,loss\n1e8,1e8,1e9,4.0\n",
        "params,frozen_params,tokens,loss\n1e8,0,1e9,4.0\n",
        "step,optimizer_step,tokens,params,loss\n300,100,1e9,1e8,4.0\n",
        "step,iter,tokens_per_step,params,loss\n300,299,1e6,1e8,4.0\n",
        "params,embedding_params,tokens,loss\n1e8,1e7,1e9,4.0\n",
    ] {
        assert!(read(table, &[]).is_ok(), "{table}: {:?}", read(table, &[]));
    }
    Ok(())
}

#[test]
fn more_of_a_schedule_than_is_read_is_refused_on_pruned_runs() -> Result<()> {
    for (header, cell, field) in [
        ("power", "1", "prune_power"),
        ("sparsity_init", "0.3", "initial_sparsity"),
        ("pruning_interval", "0.1", "prune_every"),
        ("non_prunable_params", "2e7", "fixed_params"),
        ("prunable_params", "8e7", "fixed_params"),
        ("dense_warmup_steps", "100", "prune_start"),
        ("regrow_step", "700", "prune_start"),
        ("densify_step", "700", "prune_start"),
        ("sparsity_power", "1", "prune_power"),
        ("gmp_pruning_frequency", "0.1", "prune_every"),
    ] {
        let table = |schedule: &str, window: &str| {
            format!(
                "params,tokens,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit,{header}\n\
                 1e8,1e9,4.0,{schedule},{window},{cell}\n"
            )
        };
        let pruned = table("polynomial", "0.8,0.2,0.7,fraction");
        let off = format!("`columns: {field}=`");
        refuses(read(&pruned, &[]), header, &[header, "on a pruned run, and nothing reads it", &off]);
        // The remedies work, and dense runs have none of it.
        if field != "prune_start" {
            assert!(read(&pruned, &[&format!("{field}=")]).is_ok(), "{header}");
            if !header.starts_with("prunable") {
                assert!(read(&pruned, &[&format!("{field}={header}")]).is_ok(), "{header}");
            }
        }
        assert!(read(&table("dense", ",,,"), &[]).is_ok(), "{header}");
    }
    let constant =
        "params,tokens,loss,schedule,final_sparsity,dense_warmup_steps\n1e8,1e9,4.0,constant,0.5,100\n";
    refuses(read(constant, &[]), constant, &["dense_warmup_steps", "`columns: prune_start=`"]);
    assert!(read(constant, &["prune_start="]).is_ok());
    // How many cuts are no distance, and the shape of a ramp is a word.
    let table = |header: &str, cell: &str| {
        let columns = "final_sparsity,prune_start,prune_end,prune_unit";
        format!("params,tokens,loss,{columns},{header}\n1e8,1e9,4.0,0.8,0.2,0.7,fraction,{cell}\n")
    };
    let cubic = |text: &str, columns: &[&str]| {
        let shape = ScheduleFields { schedule: Some("cubic".into()), ..ScheduleFields::default() };
        let options = ReadOptions::default().with_pruning(shape);
        let options = columns.iter().try_fold(options, |options, own| options.with_columns(own))?;
        Sweep::from_reader("t.csv", text.as_bytes(), &options)
    };
    for (header, cell, off, remedy) in [
        ("n_prunes", "5", "prune_every=", "write the distance between two of them in a column prune_every"),
        ("sparsity_decay_type", "exp", "schedule=", "write the shape of the ramp in a column schedule"),
    ] {
        refuses(cubic(&table(header, cell), &[]), header, &[header, cell, remedy, off]);
        assert!(cubic(&table(header, cell), &[off]).is_ok(), "{header}");
    }
    // A word says nothing of a phase.
    let constant = constant.replace("dense_warmup_steps", "sparse_from_scratch").replace(",100", ",True");
    assert!(read(&constant, &[]).is_ok(), "{constant}");
    Ok(())
}

#[test]
fn batches_of_a_device_and_perplexities_of_words_are_refused() {
    for (header, cell) in [("num_processes", "4"), ("grad_acc", "8"), ("replicas", "8"), ("gpus", "8xA100")] {
        let table = |cell: &str| {
            format!("params,step,batch_size,sequence_length,loss,{header}\n1e8,1000,32,1024,4.0,{cell}\n")
        };
        refuses(read(&table(cell), &[]), header, &[header, cell, "may be one part of a step"]);
        assert!(read(&table("1"), &[]).is_ok(), "{header}");
    }
    let accuracy = "params,step,batch_size,sequence_length,loss,acc\n1e8,1000,32,1024,4.0,0.45\n";
    assert!(read(accuracy, &[]).is_ok());
    for header in ["word_perplexity", "wikitext/word_perplexity", "char_ppl", "lambada_perplexity"] {
        let table = format!("params,tokens,{header}\n1e8,1e9,30\n");
        refuses(read(&table, &[]), header, &["no column for 'loss'"]);
    }
    assert!(read("params,tokens,val_perplexity\n1e8,1e9,30\n", &[]).is_ok());
}

#[test]
fn a_unit_in_a_column_of_its_own_is_not_passed_over() -> Result<()> {
    let table = |own: &str, unit: &str| format!("params,tokens,loss,{own}\n70,1e9,4.0,{unit}\n");
    for (own, unit, field) in [
        ("loss_unit", "bits", "loss"),
        ("metric", "bpb", "loss"),
        ("log_base", "2", "loss"),
        ("params_unit", "M", "params"),
    ] {
        let text = table(own, unit);
        let offered = format!("`columns: {field}={field}`");
        let as_said =
            if field == "loss" { "say so: `columns: bits_per_" } else { "call the column by its unit" };
        refuses(read(&text, &[]), own, &[own, unit, as_said, &offered]);
        assert!(read(&text, &[&format!("{field}={field}")]).is_ok(), "{own}");
    }
    for (own, unit) in [("loss_unit", "nats"), ("metric", "cross_entropy"), ("params_unit", "")] {
        assert!(read(&table(own, unit), &[]).is_ok(), "{own} {unit}");
    }
    // The names that are advised are read.
    let bits = read("params,tokens,loss (bits)\n1e8,1e9,4.0\n", &[])?;
    let line = "step=100 tokens=1e9 params=1e8 loss 4.0 bits\n";
    let of_line = Sweep::from_reader("a.log", line.as_bytes(), &ReadOptions::default())?;
    for sweep in [bits, of_line] {
        let loss = sweep.runs()[0].checkpoints()[0].loss;
        assert!((loss / (4.0 * std::f64::consts::LN_2) - 1.0).abs() < 1e-12, "{loss}");
    }
    Ok(())
}
