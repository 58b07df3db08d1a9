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
