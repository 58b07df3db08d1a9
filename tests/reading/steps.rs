//! Steps that are longer than a batch, or shorter at first.

use nbar::inspect::FindingKind;
use nbar::read::{MeasuredTable, PointTable};
use nbar::{ReadOptions, Result, Sweep};

use crate::names::{by_name, read};
use crate::refuses;

#[test]
fn batches_of_a_device_are_no_steps() -> Result<()> {
    let table = |batch: &str, name: &str, cell: u8| {
        format!("params,step,{batch},seq_len,loss,{name}\n1e8,1000,32,2048,3.0,{cell}\n")
    };
    let tokens = |sweep: &Sweep| sweep.runs()[0].checkpoints()[0].tokens;
    for name in ["grad_accum", "gradient_accumulation_steps", "num_gpus", "world_size"] {
        let text = table("batch_size", name, 8);
        refuses(by_name(&text), &text, &["line 2", name, "'8'", "tokens_per_step", "batch_size=batch_size"]);
        let whole = ReadOptions::default().with_columns("batch_size=batch_size")?;
        assert_eq!(tokens(&read(&text, &whole)?), 32.0 * 2048.0 * 1000.0);
        assert!(by_name(&table("batch_size", name, 1)).is_ok());
        let sweep = by_name(&table("global_batch_size", name, 8))?;
        assert_eq!(sweep.sources()[0].notes, ["tokens are step x global_batch_size x seq_len"]);
    }
    Ok(())
}

#[test]
fn steps_that_grow_are_not_all_alike() -> Result<()> {
    let table = |name: &str, cell: &str| {
        format!("params,step,batch_size,seq_len,loss,{name}\n1e8,1000,256,2048,3.0,{cell}\n")
    };
    for (name, cell) in [
        ("rampup_batch_size", "32 32 1000000"),
        ("config/batch_size_warmup_steps", "500"),
        ("initial_batch_size", "32"),
        ("curriculum_seqlen", "True"),
    ] {
        let text = table(name, cell);
        refuses(by_name(&text), &text, &["line 2", name, cell, "`tokens`", "batch_size=batch_size"]);
        let alike = ReadOptions::default().with_columns("batch_size=batch_size")?;
        assert_eq!(read(&text, &alike)?.runs()[0].checkpoints()[0].tokens, 256.0 * 2048.0 * 1000.0);
        assert!(
            by_name(&text.replace("loss,", "loss,tokens,").replace("3.0,", "3.0,4e8,")).is_ok(),
            "{name}"
        );
        for none in ["", "0", "none", "256"] {
            assert!(by_name(&table(name, none)).is_ok(), "{name} {none}");
        }
    }
    Ok(())
}

#[test]
fn batches_that_may_be_in_tokens_are_asked_about() -> Result<()> {
    let table = |batch: &str, cell: &str, length: u32| {
        format!("params,step,{batch},seq_len,loss\n1e8,1000,{cell},{length},3.0\n")
    };
    for (batch, cell) in [("batch_size", "524288"), ("global_batch_size", "524_288"), ("gbs", "131072")] {
        let text = table(batch, cell, 1024);
        refuses(by_name(&text), &text, &["line 2", batch, cell, "in tokens", "sequence_length="]);
        let of = |pair: &str| -> Result<f64> {
            let options = ReadOptions::default().with_columns(pair)?;
            Ok(read(&text, &options)?.runs()[0].checkpoints()[0].tokens)
        };
        let size = nbar::units::parse_quantity(cell)?;
        assert_eq!(of(&format!("tokens_per_step={batch},sequence_length="))?, 1000.0 * size);
        assert_eq!(of(&format!("batch_size={batch}"))?, 1000.0 * 1024.0 * size);
    }
    // Common batches of sequences, what is no multiple of them, and names that say what they count.
    for (batch, cell, length) in [
        ("batch_size", "1024", 512),
        ("batch_size", "4096", 128),
        ("batch_size", "100000", 1024),
        ("batch_size_seqs", "65536", 128),
        ("sequences_per_batch", "65536", 128),
    ] {
        assert!(by_name(&table(batch, cell, length)).is_ok(), "{batch} {cell}");
    }
    // Beside the rows too.
    let runs = "run,params,batch_size,seq_len\na,1e8,524288,1024\n";
    let options = ReadOptions::default().with_runs_from("facts.csv", runs.as_bytes())?;
    let log = "run,step,loss\na,1000,3.0\n";
    refuses(read(log, &options), log, &["facts.csv, line 2, column 'batch_size'", "call it tokens_per_step"]);
    Ok(())
}

#[test]
fn runs_to_come_are_read_as_closely_as_those_that_were() -> Result<()> {
    let points = |text: &str| PointTable::from_reader("points.csv", text.as_bytes());
    let measured = |text: &str| MeasuredTable::from_reader("measured.csv", text.as_bytes());
    let table = |more: &str, cell: &str, batch: u32| {
        format!("params,steps,batch_size,seq_len,loss,{more}\n1e8,1000,{batch},2048,3.0,{cell}\n")
    };
    for (more, cell, batch, says) in [
        ("grad_accum", "8", 32, "'8'"),
        ("num_gpus", "8", 32, "'8'"),
        ("rampup_batch_size", "32 32 1000000", 256, "steps seem shorter"),
        ("note", "", 524_288, "in tokens"),
    ] {
        let text = table(more, cell, batch);
        refuses(points(&text), &text, &["line 2", says, "batch_size=batch_size"]);
        refuses(measured(&text), &text, &["line 2", says, "batch_size=batch_size"]);
    }
    assert_eq!(points(&table("grad_accum", "1", 32))?.points[0].trajectory.tokens(), 1000.0 * 32.0 * 2048.0);
    // What may say how runs are pruned is said.
    for (column, cell) in [
        ("method", "RigL 90%"),
        ("structure", "2:4"),
        ("attention_sparsity", "0.9"),
        ("kept", "0.5"),
        ("s", "0.5"),
    ] {
        let text = format!("model,params,tokens,loss,{column}\na,1e8,1e9,3.0,\nb,1e8,1e9,3.0,{cell}\n");
        for findings in [points(&text)?.findings(), measured(&text)?.findings()] {
            let is_one = |kind: &FindingKind| matches!(kind, FindingKind::PruningNotRead { column: own, .. } if own == column);
            assert!(findings.iter().any(|finding| is_one(&finding.kind)), "{column}: {findings:?}");
        }
    }
    // Tokens of each parameter tell them, of dense runs.
    let ratio = points("params,tokens_per_param\n7e8,20\n")?;
    assert_eq!(ratio.points[0].trajectory.tokens(), 1.4e10);
    let pruned = "params,tokens_per_param,schedule,final_sparsity\n7e8,20,constant,0.5\n";
    refuses(points(pruned), pruned, &["line 2", "a pruned run needs `tokens`"]);
    let seeds = "model,params,tokens,loss,s\na,1e8,1e9,3.0,0\nb,1e8,1e9,3.0,1\n";
    assert!(points(seeds)?.findings().is_empty() && measured(seeds)?.findings().is_empty());
    Ok(())
}
