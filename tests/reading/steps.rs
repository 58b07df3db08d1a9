//! Steps that are longer than a batch, or shorter at first.

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
