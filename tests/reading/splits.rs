//! Rows of one run that are of several splits of the data: a person chooses, and an evaluation goes before training.

use nbar::{ReadOptions, Result, Sweep};

use crate::refuses;

fn read(text: &str, filter: &str) -> Result<Sweep> {
    Sweep::from_reader("runs.csv", text.as_bytes(), &ReadOptions::default().with_filter(filter))
}

/// Refused with this filter, which leaves the losses above 3.
#[track_caller]
fn chosen(text: &str, filter: &str) {
    refuses(read(text, ""), text, &["losses of several kinds", &format!("`filter: {filter}`")]);
    let sweep = read(text, filter).unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut losses = sweep.runs().iter().flat_map(|run| run.checkpoints()).map(|point| point.loss);
    assert!(losses.all(|loss| loss > 3.0), "{text}");
}

#[test]
fn the_losses_of_an_evaluation_are_offered_in_any_order_of_rows() {
    for (header, values, filter) in [
        ("split", ["train", "val"], "split=val"),
        ("split", ["test", "val"], "split=val"),
        ("Data split", ["train", "dev"], "\"Data split\"=dev"),
        ("metric", ["train/loss", "eval/loss"], "metric=eval/loss"),
        ("metric", ["accuracy", "val_loss"], "metric=val_loss"),
        ("phase", ["training", "validation"], "phase=validation"),
    ] {
        for turned in [false, true] {
            // Of runs with names, of rows that are runs, and of one run whose steps rise.
            for (names, others) in
                [("run,params,tokens", ["a,1e8,1e9", "a,1e8,2e9"]), ("params,tokens", ["1e8,1e9", "1e8,2e9"])]
            {
                let mut text = format!("{names},{header},loss\n");
                for row in others {
                    let [first, second] = if turned { [1, 0] } else { [0, 1] };
                    for place in [first, second] {
                        let loss = if place == 1 { 3.5 } else { 2.5 };
                        text += &format!("{row},{},{loss}\n", values[place]);
                    }
                }
                chosen(&text, filter);
            }
        }
    }
    chosen(
        "step,params,tokens,split,loss\n1,1e8,1e9,val,3.5\n1,1e8,1e9,train,2.5\n2,1e8,2e9,val,3.4\n",
        "split=val",
    );
}

#[test]
fn splits_at_different_tokens_are_not_one_curve() {
    let text =
        "run,params,tokens,split,loss\na,1e8,1e9,train,2.5\na,1e8,1.5e9,val,3.4\na,1e8,2e9,train,2.4\n";
    chosen(text, "split=val");
}

#[test]
fn no_filter_is_offered_where_no_value_is_a_loss() {
    let text = "run,params,tokens,metric,value\na,1e8,1e9,acc,0.5\na,1e8,1e9,val_ppl,20\n";
    let options = || ReadOptions::default().with_column("loss", "value");
    let error = Sweep::from_reader("runs.csv", text.as_bytes(), &options()).unwrap_err().to_string();
    assert!(error.contains("choose one by a filter of 'metric'") && !error.contains("`filter:"), "{error}");
}

#[test]
fn columns_that_say_nothing_of_splits_are_left_alone() -> Result<()> {
    for text in [
        // Each run has its own.
        "run,params,tokens,split,loss\na,1e8,1e9,fit,3.5\nb,1e8,2e9,test,3.4\n",
        "params,tokens,split,loss\n1e8,1e9,fit,3.5\n1e8,2e9,test,3.4\n",
        // Stages of one training.
        "run,params,tokens,phase,loss\na,1e8,1e9,pretraining,3.5\na,1e8,2e9,mid-train,3.4\n",
        "run,params,tokens,phase,loss\na,1e8,1e9,stable,3.5\na,1e8,2e9,decay,3.4\n",
        "run,params,tokens,split,loss\na,1e8,1e9,0,3.5\na,1e8,2e9,1,3.4\n",
    ] {
        assert_eq!(read(text, "")?.checkpoint_count(), 2, "{text}");
    }
    Ok(())
}

#[test]
fn of_two_losses_that_of_an_evaluation_is_offered() {
    for (header, choice) in [
        ("train_ppl,val_ppl", "loss=val_ppl"),
        ("loss_train,loss_dev", "loss=loss_dev"),
        ("train_loss,dev_loss", "loss=dev_loss"),
    ] {
        let text = format!("run,params,tokens,{header}\na,1e8,1e9,3.5,3.6\n");
        refuses(read(&text, ""), &text, &[&format!("`columns: {choice}`")]);
    }
    let text = "run,params,tokens,pile_loss,c4_loss\na,1e8,1e9,3.5,3.6\n";
    refuses(read(text, ""), text, &["`columns: loss=NAME`"]);
}
