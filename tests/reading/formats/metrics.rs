//! Files of metrics: Lightning's CSV, lingua's and OLMo's JSON Lines.

use nbar::{ReadOptions, Result, Sweep};

fn curve(path: &str, text: &str, options: &ReadOptions) -> Result<(String, Vec<(f64, f64)>)> {
    let sweep = Sweep::from_reader(path, text.as_bytes(), &options.clone().with_run_params(1e8))?;
    assert_eq!((sweep.len(), sweep.runs()[0].id()), (1, "small"));
    let points = sweep.runs()[0].checkpoints().iter().map(|point| (point.tokens, point.loss)).collect();
    Ok((sweep.sources()[0].format().to_owned(), points))
}

#[test]
fn lightning_counts_steps_from_0() -> Result<()> {
    let options = ReadOptions::default().with_tokens_per_step(1e6);
    let text = "epoch,step,train_loss,val_loss\n0,49,5.5,\n0,99,,5.0\n1,199,,4.5\n";
    let expected = ("Lightning metrics".to_owned(), vec![(100e6, 5.0), (200e6, 4.5)]);
    assert_eq!(curve("small/metrics.csv", text, &options)?, expected);
    let both = "epoch,step,train_loss_epoch,train_loss_step\n0,49,,5.5\n0,99,5.75,\n";
    assert_eq!(curve("small/metrics.csv", both, &options)?.1, [(50e6, 5.5)]);
    let error = curve("small/metrics.csv", text, &ReadOptions::default()).unwrap_err().to_string();
    assert!(error.contains("`tokens_per_step=0.5M`"), "{error}");
    Ok(())
}

#[test]
fn lingua_and_olmo_log_their_tokens() -> Result<()> {
    let lingua = "{\"global_step\": 10, \"acc_step\": 0, \"speed/wps\": 1e5, \"optim/lr\": 1e-4, \"optim/total_tokens\": 5242880.0, \"loss/out\": 9.5}\n\
                  {\"global_step\": 20, \"acc_step\": 0, \"speed/wps\": 1e5, \"optim/lr\": 2e-4, \"optim/total_tokens\": 10485760.0, \"loss/out\": 8.5}\n";
    let expected = ("lingua metrics".to_owned(), vec![(5_242_880.0, 9.5), (10_485_760.0, 8.5)]);
    assert_eq!(curve("small/metrics.jsonl", lingua, &ReadOptions::default())?, expected);
    let olmo = "{\"step\": 10, \"train/CE loss\": 9.5, \"throughput/total tokens\": 5e6}\n\
                {\"step\": 20, \"train/CE loss\": 8.5, \"throughput/total tokens\": 1e7}\n";
    let expected = ("OLMo log".to_owned(), vec![(5e6, 9.5), (1e7, 8.5)]);
    assert_eq!(curve("small/metrics.jsonl", olmo, &ReadOptions::default())?, expected);
    Ok(())
}
