//! OLMo: `train/CrossEntropyLoss` or `train/CE loss`, `eval/…/CrossEntropyLoss`, `throughput/total_tokens`,

use nbar::{ReadOptions, Result, Sweep};

fn read(table: &str, options: &ReadOptions) -> Result<Sweep> {
    Sweep::from_reader("olmo.csv", table.as_bytes(), &options.clone().with_run_params(1.9e8))
}

#[test]
fn cross_entropies_are_losses_and_evaluations_go_first() -> Result<()> {
    let train = "_step,throughput/total_tokens,train/CrossEntropyLoss,train/Perplexity\n100,4e8,3.5,33.1\n";
    let sweep = read(train, &ReadOptions::default())?;
    assert_eq!((sweep.sources()[0].format(), sweep.runs()[0].checkpoints()[0].loss), ("OLMo log", 3.5));
    let core = "_step,throughput/total tokens,train/CE loss,eval/lm/c4_en-validation/CE loss\n\
                100,4e8,3.5,\n200,8e8,3.25,3.125\n";
    let sweep = read(core, &ReadOptions::default())?;
    assert_eq!((sweep.checkpoint_count(), sweep.runs()[0].checkpoints()[0].loss), (1, 3.125));
    Ok(())
}

#[test]
fn of_several_evaluations_one_must_be_chosen() -> Result<()> {
    let table = "_step,throughput/total_tokens,eval/c4/CrossEntropyLoss,eval/pile/CrossEntropyLoss\n100,4e8,3.5,3.25\n";
    let error = read(table, &ReadOptions::default()).unwrap_err().to_string();
    assert!(
        error.contains("'eval/c4/CrossEntropyLoss', 'eval/pile/CrossEntropyLoss' could all be 'loss'"),
        "{error}"
    );
    let options = ReadOptions::default().with_column("loss", "eval/pile/CrossEntropyLoss");
    assert_eq!(read(table, &options)?.runs()[0].checkpoints()[0].loss, 3.25);
    Ok(())
}
