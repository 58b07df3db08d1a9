//! Which column has the loss of the text, and in which unit: smoothed losses, first losses, perplexities, bits a byte.

use nbar::{ReadOptions, Result, Sweep};

use super::refuses;

fn options() -> ReadOptions {
    ReadOptions::default().with_run_params(1e7).with_tokens_per_step(1e5)
}

fn read(text: &str, options: &ReadOptions) -> Result<Sweep> {
    Sweep::from_reader("x.log", text.as_bytes(), options)
}

/// The loss of the last row of each run, and the column that has it.
fn ends(sweep: &Sweep) -> (Vec<f64>, &str) {
    let losses = sweep.runs().iter().map(|run| run.checkpoints().last().unwrap().loss).collect();
    let column = sweep.mapping().iter().find(|column| column.field == "loss").unwrap();
    (losses, &column.column)
}

fn valid(step: u64, smoothed: f64, nll: f64) -> String {
    format!(
        "2020-02-07 13:35:34 | INFO | valid | {{\"epoch\": 1, \"valid_loss\": \"{smoothed}\", \"valid_nll_loss\": \"{nll}\", \
         \"valid_ppl\": \"{:.2}\", \"valid_num_updates\": \"{step}\", \"valid_best_loss\": \"{smoothed}\"}}\n",
        nll.exp2()
    )
}

#[test]
fn the_text_s_own_loss_goes_before_a_smoothed_one_and_its_perplexity_tells_bits() {
    let train = "2020-02-07 13:21:07 | INFO | train_inner | {\"epoch\": 1, \"update\": 0.5, \"loss\": \"8.9\", \"nll_loss\": \"8.1\", \"ppl\": \"274.37\", \
                 \"num_updates\": \"100\"}\n";
    let evaluations = format!("{}{}", valid(200, 5.5, 4.0), valid(400, 4.033, 2.269));
    for text in [evaluations.clone(), format!("{train}{evaluations}")] {
        let part = "2 to the power of '4.0' is 'valid_ppl', so it is in bits";
        let part = part.replace("4.0", "4");
        refuses(read(&text, &options()), &text, &[&part, "`columns: bits_per_token=valid_nll_loss`"]);
        let chosen = options().with_columns("bits_per_token=valid_nll_loss").unwrap();
        let sweep = read(&text, &chosen).unwrap();
        assert_eq!(ends(&sweep), (vec![2.269 * std::f64::consts::LN_2], "valid_nll_loss"));
    }
    // A smoothed loss that a person chooses is in bits too.
    let smoothed = options().with_columns("loss=valid_loss").unwrap();
    refuses(read(&evaluations, &smoothed), "chosen", &["`columns: bits_per_token=valid_loss`"]);
    // In nats it is read, and said; `loss` and others stay a choice in a table.
    let table = "run,params,tokens,val_loss,val_nll_loss\na,1e7,1e9,4.0,3.5\nb,2e7,1e9,3.8,3.3\n";
    let sweep = read(table, &ReadOptions::default()).unwrap();
    assert_eq!(ends(&sweep), (vec![3.5, 3.3], "val_nll_loss"));
    let note = "'val_nll_loss' is read, and not 'val_loss', which may have more in it";
    assert!(sweep.sources()[0].notes.iter().any(|own| own.starts_with(note)));
    refuses(
        read(&table.replace("val_", ""), &ReadOptions::default()),
        "a table",
        &["both columns could be 'loss'"],
    );
}

#[test]
fn what_a_gate_of_experts_adds_is_no_loss_of_the_text() {
    let line = |step: u64, inner: f64| {
        format!(
            "2024-02-29 08:00:28 | INFO | train_inner | {{\"epoch\": 1, \"update\": 0.012, \"loss\": \"{}\", \"moe_gate_loss\": \"21.6\", \
             \"inner_loss\": \"{inner}\", \"ppl\": \"{:.2}\", \"num_updates\": \"{step}\"}}\n",
            inner + 0.3,
            inner.exp2()
        )
    };
    let text = format!("{}{}", line(10, 9.5), line(20, 8.25));
    refuses(
        read(&text, &options()),
        "gate",
        &["'ppl', so it is in bits", "`columns: bits_per_token=inner_loss`"],
    );
    let sweep = read(&text, &options().with_columns("bits_per_token=inner_loss").unwrap()).unwrap();
    assert_eq!(ends(&sweep).0, [8.25 * std::f64::consts::LN_2]);
    // `update` is a share of an epoch.
    assert_eq!(sweep.runs()[0].checkpoints().last().unwrap().tokens, 2e6);
    // In a table both are a choice.
    let table = "run,params,tokens,loss,inner_loss,gate_loss\na,1e7,1e9,4.0,3.5,0.5\nb,2e7,1e9,3.8,3.3,0.5\n";
    refuses(
        read(table, &ReadOptions::default()),
        table,
        &["both columns could be 'loss'", "`columns: loss=inner_loss`"],
    );
    // Without a gate an inner loss is something else.
    let other = "step=10 loss=4.0 inner_loss=1.5\nstep=20 loss=3.0 inner_loss=1.0\n";
    assert_eq!(ends(&read(other, &options()).unwrap()), (vec![3.0], "loss"));
}

#[test]
fn shares_of_an_epoch_are_no_steps() {
    let text = "step=100 update=0.25 loss=4.0\nstep=200 update=0.5 loss=3.5\n";
    assert_eq!(read(text, &options()).unwrap().runs()[0].checkpoints().last().unwrap().tokens, 2e7);
    refuses(
        read(&text.replace("0.25", "25").replace("0.5", "50"), &options()),
        "counts",
        &["could be 'step'"],
    );
}

#[test]
fn first_losses_are_neither_read_nor_proposed() {
    let table = |first: &str, last: &str| {
        format!("run,params,tokens,{first},{last}\na,1e7,1e9,9.1,3.5\nb,2e7,1e9,9.0,3.3\n")
    };
    let plain = ReadOptions::default();
    for (first, last) in
        [("first_train_loss", "last_train_loss"), ("loss_start", "loss_end"), ("initial_loss", "loss_at_end")]
    {
        let said = read(&table(first, last), &plain).unwrap_err().to_string();
        assert!(
            said.contains(&format!("`columns: loss={last}`")) && !said.contains(&format!("loss={first}")),
            "{said}"
        );
    }
    for first in ["initial_val_loss", "first_eval_loss", "val_loss_start", "initial_ppl"] {
        let said = read(&table(first, "other"), &plain).unwrap_err().to_string();
        assert!(said.contains("no column for 'loss'") && !said.contains(&format!("loss={first}")), "{said}");
    }
    assert_eq!(
        ends(&read(&table("initial_val_loss", "final_val_loss"), &plain).unwrap()).1,
        "final_val_loss"
    );
    let chosen = plain.with_columns("loss=first_train_loss").unwrap();
    let sweep = read(&table("first_train_loss", "other"), &chosen).unwrap();
    let notes = &sweep.sources()[0].notes;
    assert!(
        notes.iter().any(|note| note.starts_with("'first_train_loss' seems to be the loss at the beginning"))
    );
}

#[test]
fn names_that_begin_with_ppl_are_perplexities() {
    let table = "run,params,tokens,NAME\na,1e7,1e9,10.0\nb,2e7,1e9,8.0\n";
    let plain = ReadOptions::default();
    for name in ["ppl_fineweb", "ppl/wikitext", "PPL c4"] {
        let sweep = read(&table.replace("NAME", name), &plain).unwrap();
        assert_eq!(ends(&sweep).0, [10f64.ln(), 8f64.ln()], "{name}");
        let chosen = plain.clone().with_columns(&format!("loss={name}")).unwrap();
        assert_eq!(ends(&read(&table.replace("NAME", name), &chosen).unwrap()).0[0], 10f64.ln());
    }
    refuses(read(&table.replace("NAME", "ppl_std"), &plain), "scatter", &["no column for 'loss'"]);
    refuses(read(&table.replace("NAME", "ppl_c4").replace("8.0", "0.8"), &plain), "below 1", &["'0.8'"]);
}

#[test]
fn a_loss_that_says_no_text_is_a_choice_beside_one_of_an_evaluation() {
    let plain = ReadOptions::default();
    for own in ["final_val_loss", "min_val_loss", "best_eval_loss", "val_c4_loss"] {
        let table = format!("run,params,tokens,final_loss,{own}\na,1e7,1e9,3.0,3.5\nb,2e7,1e9,2.8,3.3\n");
        let parts = ["could", "be 'loss'", &format!("choose one: `columns: loss={own}`")];
        refuses(read(&table, &plain), &table, &parts);
    }
}

#[test]
fn perplexities_of_another_network_are_asked_about() {
    let table = "run,params,tokens,OTHER,OWN\na,1e7,1e9,9.0,10.0\nb,2e7,1e9,7.0,8.0\n";
    let plain = ReadOptions::default();
    let pairs = [
        ("ppl_before", "ppl_after"),
        ("ppl_dense", "ppl_sparse"),
        ("dense_ppl", "ppl"),
        ("teacher_ppl", "ppl"),
    ];
    for (other, own) in pairs {
        for (first, last) in [(other, own), (own, other)] {
            let table = table.replace("OTHER", first).replace("OWN", last);
            refuses(
                read(&table, &plain),
                &table,
                &["could all be 'loss'", &format!("`columns: loss={own}`")],
            );
        }
        let alone = table.replace("OTHER", other).replace("OWN", "note");
        refuses(read(&alone, &plain), &alone, &["no column for 'loss'"]);
        let chosen = plain.clone().with_columns(&format!("loss={other}")).unwrap();
        assert_eq!(ends(&read(&alone, &chosen).unwrap()).0, [9f64.ln(), 7f64.ln()], "{other}");
    }
}

#[test]
fn bits_of_an_evaluation_are_asked_about_beside_losses_of_training() {
    let text = "step 00499/00500 | loss: 3.751152 | dt: 2533.14ms\nStep 00500 | Validation bpb: 1.147239\n";
    let parts = ["column 'val bpb'", "`bytes_per_token=4.2`", "`columns: loss=loss`"];
    refuses(read(text, &options()), text, &parts);
    let by_bytes = read(text, &options().with_bytes_per_token(4.8)).unwrap();
    let nats = 1.147239 * 4.8 * std::f64::consts::LN_2;
    assert!((ends(&by_bytes).0[0] / nats - 1.0).abs() < 1e-12);
    assert_eq!(ends(&by_bytes).1, "val bpb");
    // One before training is no loss of the run.
    let before = text.replace("Step 00500", "Step 00000");
    assert_eq!(ends(&read(&before, &options()).unwrap()), (vec![3.751152], "loss"));
    let training = read(text, &options().with_columns("loss=loss").unwrap()).unwrap();
    assert_eq!(ends(&training), (vec![3.751152], "loss"));
}
