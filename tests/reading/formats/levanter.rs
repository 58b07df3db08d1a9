//! Levanter, which trains Marin's runs: `throughput/total_tokens`, `throughput/total_gflops` (GFLOPs),

use nbar::{ReadOptions, Result, Sweep};

#[test]
fn evaluations_tokens_and_the_count_logged_once_are_read() -> Result<()> {
    let table = "global_step,parameter_count,throughput/total_tokens,train/loss,eval/loss\n\
                 0,1.5e8,0,11.1,11.0\n500,,1e9,3.5,\n1000,,2e9,3.25,3.125\n";
    let sweep = Sweep::from_reader("tiny.csv", table.as_bytes(), &ReadOptions::default())?;
    let run = &sweep.runs()[0];
    assert_eq!((run.id(), run.params, run.checkpoints().len()), ("tiny", 1.5e8, 1));
    assert_eq!((run.checkpoints()[0].tokens, run.checkpoints()[0].loss), (2e9, 3.125));
    assert_eq!(sweep.sources()[0].format(), "Levanter log");
    assert_eq!(
        sweep.sources()[0].notes,
        ["1 of 3 rows without 'eval/loss', passed over", "1 of 3 rows before the first token, passed over"]
    );
    assert_eq!((sweep.rows_read(), sweep.rows_passed_over()), (3, 2));
    Ok(())
}

#[test]
fn gflops_are_a_thousand_million_flops() -> Result<()> {
    let table = "run,parameter_count,throughput/total_gflops,eval/loss\na,1e8,6e9,3.5\nb,1e8,1.2e10,3.25\n";
    let sweep = Sweep::from_reader("marin.csv", table.as_bytes(), &ReadOptions::default())?;
    // 6e18 FLOPs = 6 x 1e8 x 1e10.
    assert_eq!(sweep.runs()[0].checkpoints()[0].tokens, 1e10);
    let said: Vec<String> = sweep.mapping().iter().map(|mapping| mapping.described()).collect();
    assert!(said.contains(&"flops is 1e9 x column 'throughput/total_gflops'".to_owned()), "{said:?}");
    Ok(())
}
