//! Rows of one run that are of several things, and remedies that would keep an arbitrary one of them.

use nbar::{ReadOptions, Result, Sweep};

use crate::refuses;

fn read(text: &str, filter: &str) -> Result<Sweep> {
    Sweep::from_reader("runs.csv", text.as_bytes(), &ReadOptions::default().with_filter(filter))
}

/// Whether a refusal proposes to leave rows out by the numbers of their lines.
fn leaves_out(text: &str) -> bool {
    read(text, "").unwrap_err().to_string().contains("line!=")
}

#[test]
fn words_that_differ_within_a_run_are_a_choice() -> Result<()> {
    let text = "run,params,tokens,dataset,loss\na,1e8,2e9,pile,3.1\na,1e8,2e9,c4,3.3\nb,2e8,2e9,c4,3.2\nb,2e8,2e9,pile,3.0\n";
    refuses(
        read(text, ""),
        text,
        &["differ in 'dataset' ('pile', 'c4')", "choose one: `filter: dataset=pile`"],
    );
    assert!(!leaves_out(text));
    let sweep = read(text, "dataset=c4")?;
    assert_eq!(sweep.runs().iter().map(|run| run.checkpoints()[0].loss).collect::<Vec<_>>(), [3.3, 3.2]);
    // A copy of a row is one, whatever else the table has.
    let copy = "run,params,tokens,dataset,loss\na,1e8,2e9,pile,3.1\na,1e8,2e9,pile,3.1\nb,2e8,2e9,pile,3.0\n";
    assert!(leaves_out(copy));
    Ok(())
}

#[test]
fn tokens_that_start_again_are_no_copies_of_rows() {
    let rows = |tokens: &[f64]| -> String {
        let row = |(i, d): (usize, &f64)| format!("a,1e8,{d},{},{}\n", 10 * (i + 1), 4.0 - 0.1 * i as f64);
        tokens.iter().enumerate().map(row).collect()
    };
    let text = format!("run,params,tokens,n,loss\n{}b,1e8,9e9,10,3\n", rows(&[1e9, 2e9, 3e9, 1e9, 2e9, 3e9]));
    refuses(
        read(&text, ""),
        &text,
        &["they fall from 3000000000 to 1000000000 on line 5", "its tokens start again"],
    );
    assert!(!leaves_out(&text));
    // Steps tell it where no tokens are the same.
    let text = text.replace(",n,", ",step,").replace("a,1e8,1000000000,40", "a,1e8,1100000000,40");
    let text = text
        .replace("a,1e8,2000000000,50", "a,1e8,2100000000,50")
        .replace("a,1e8,3000000000,60", "a,1e8,3100000000,60");
    refuses(
        read(&text, ""),
        &text,
        &["line 5", "tokens fall from 3000000000 to 1100000000, and steps rise, and the loss goes on"],
    );
    // So does the loss, which goes on from where it was; rolled back to a checkpoint, it is again what it was there.
    let falls = |i: f64| 3.0 * i.powf(-0.2);
    let curve = |rows: &[(f64, f64)]| -> String {
        let row = |(tokens, at): &(f64, f64)| format!("a,1e8,{tokens}e9,{}\n", falls(*at));
        format!("run,params,tokens,loss\n{}", rows.iter().map(row).collect::<String>())
    };
    let counted = [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (0.9, 3.9), (1.9, 4.9)];
    // After a single row, too.
    let once = [(3.0, 3.0), (0.9, 3.9), (1.9, 4.9), (2.9, 5.9)];
    for (rows, line) in [(&counted[..], "line 5"), (&counted[..4], "line 5"), (&once[..], "line 3")] {
        let text = curve(rows);
        refuses(read(&text, ""), &text, &[line, "fall from 3000000000 to 900000000, and the loss goes on"]);
    }
    // Losses that scatter by more than they fall where it begins again, and that are noise alone where a run is rolled back.
    let scattered = |i: usize| 0.05 * ((i as f64 * 0.618_033_988_749_895).fract() - 0.5);
    let of = |tokens: &dyn Fn(usize) -> usize| -> String {
        let row =
            |i: usize| format!("a,1e8,{}e8,{}\n", tokens(i), falls(1.0 + i as f64) * scattered(i).exp());
        format!("run,params,tokens,loss\n{}", (0..40).map(row).collect::<String>())
    };
    let again = of(&|i| 2 * (i % 20) + 1 + i / 20);
    refuses(read(&again, ""), &again, &["line 22", "fall from 39"]);
    assert!(read(&of(&|i| 2 * i + 1 - 9 * usize::from(i >= 20)), "").is_ok());
    assert!(
        read(&curve(&[(1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (1.5, 1.5), (2.5, 2.5), (3.5, 3.5)]), "").is_ok()
    );
    let back = curve(&[(1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (2.0, 2.01), (3.0, 3.01), (4.0, 4.0)]);
    let ends = |sweep: &Sweep| sweep.runs()[0].checkpoints().iter().map(|row| row.tokens).collect::<Vec<_>>();
    assert_eq!(ends(&read(&back, "").expect("a restart")), [1e9, 2e9, 3e9, 4e9]);
    // Rows in any order are a curve.
    assert!(read("run,params,tokens,step,loss\na,1e8,2e9,20,3\na,1e8,1e9,10,3.5\n", "").is_ok());
}

#[test]
fn tokens_that_stay_while_steps_rise_are_of_a_step() {
    let table = |tokens: &dyn Fn(usize) -> usize| -> String {
        let row = |i: usize| format!("a,1e8,{}00,{},{}\n", i, tokens(i), 9.0 * (i as f64).powf(-0.2));
        format!("run,params,step,tokens,loss\n{}", (1..=10).map(row).collect::<String>())
    };
    let of_step = table(&|_| 524_288);
    refuses(
        read(&of_step, ""),
        &of_step,
        &["tokens stay 524288 while steps rise from 100 to 1000", "`columns: tokens_per_step=tokens`"],
    );
    let options = ReadOptions::default().with_column("tokens_per_step", "tokens");
    let sweep = Sweep::from_csv_reader("t.csv", of_step.as_bytes(), &options).expect("the remedy works");
    assert_eq!(sweep.runs()[0].checkpoints()[9].tokens, 524_288_000.0);
    let padded = table(&|i| 500_000 + 7919 * i % 24_000);
    refuses(read(&padded, ""), &padded, &["tokens stay from 5", "write their sums"]);
    assert!(!leaves_out(&padded));
    // A counter that begins again, from step 0 on.
    let again = table(&|i| 1_000_000 * (1 + (i - 1) % 5));
    let again = again.replace("a,1e8,100,", "a,1e8,0,");
    refuses(read(&again, ""), &again, &["its tokens start again"]);
    // A restart has the steps that it had, and a rounded counter grows.
    let restarted = "run,params,step,tokens,loss\na,1e8,100,1e8,4\na,1e8,200,2e8,3.8\na,1e8,200,2e8,3.8\n";
    refuses(read(restarted, ""), restarted, &["is at 200000000 tokens too"]);
    assert!(read(&table(&|i| 1_000_000 * i), "").is_ok());
}

#[test]
fn filters_take_a_truth_as_it_is_written_and_long_numbers_digit_by_digit() {
    let table = "run,params,tokens,diverged,loss\n9007199254740992,1e8,1e9,False,3.5\n9007199254740993,2e8,1e9,True,3.4\n";
    for (filter, kept) in [
        ("diverged!=true", 1),
        ("diverged=FALSE", 1),
        ("diverged!=True", 1),
        ("run!=9007199254740993", 1),
        ("run=9007199254740992", 1),
        ("run>9e15", 2),
    ] {
        assert_eq!(read(table, filter).expect(filter).runs().len(), kept, "{filter}");
    }
}

#[test]
fn cells_that_a_person_can_read_are_not_left_out() {
    let table =
        |cell: &str| format!("params,tokens,loss\n{cell},3e9,3.5\n1e8,3e9,3.4\n2e8,3e9,3.3\n4e8,3e9,3.2\n");
    for (cell, remedy) in [("3 0M", "write 30M"), ("2.7bn", "write 2.7B in its place")] {
        refuses(read(&table(cell), ""), cell, &[remedy]);
        assert!(!leaves_out(&table(cell)), "{cell}");
    }
    assert!(leaves_out(&table("many?")));
    let densities = "params,tokens,loss,schedule,final_sparsity\n1e8,3e9,3.4,constant,1\n1e8,3e9,3.5,constant,0.5\n1e8,4e9,3.4,constant,0.2\n";
    refuses(
        read(densities, ""),
        densities,
        &["'1' is not a sparsity", "if these are densities, write 1 less each"],
    );
    assert!(!leaves_out(densities));
}

#[test]
fn one_remedy_of_all_rows_is_said_once() {
    let text = "run,params,tokens,dataset,loss\na,1e8,2e9,c4,3.1\na,1e8,2e9,pile,3.3\nb,1e8,3e9,pile,3.2\nb,1e8,3e9,c4,3.0\n";
    let message = read(text, "").unwrap_err().to_string();
    assert_eq!(message.matches("choose one").count(), 1, "{message}");
    assert!(message.contains("2 rows cannot be read") && !message.contains("mend them"), "{message}");
}

#[test]
fn columns_that_are_no_weights_tokens_or_sizes() -> Result<()> {
    let table = "params,tokens,loss,loss_std\n1e8,2e9,3.1,0.01\n";
    let weighed = |column: &str| {
        let options = ReadOptions::default().with_column("weight", column);
        Sweep::from_reader("t.csv", table.replace("loss_std", column).as_bytes(), &options)
    };
    for column in ["loss_std", "loss std", "stderr", "loss_var"] {
        refuses(weighed(column), column, &["says how far losses scatter", "1 / scatter^2"]);
    }
    for column in ["inv_var", "1/var", "w", "standard"] {
        assert!(weighed(column).is_ok(), "{column}");
    }
    let steps = "run,params,step,loss,tok/step\na,1e8,1000,3.5,0.512M\n";
    assert_eq!(read(steps, "")?.runs()[0].extent().tokens, 5.12e8);
    let planned = "run,params,max_steps,tokens_per_step,loss\na,1e8,1000,1e6,3.5\n";
    refuses(read(planned, ""), planned, &["if each run came to its end, say `columns: step=max_steps`"]);
    let options = ReadOptions::default().with_column("step", "max_steps");
    assert_eq!(Sweep::from_reader("t.csv", planned.as_bytes(), &options)?.runs()[0].extent().tokens, 1e9);
    Ok(())
}

#[test]
fn a_filter_of_a_converted_column_says_its_own_number() -> Result<()> {
    let text = "params_M,tokens,loss\n100,2e9,3.4\n300,2e9,3.1\n";
    refuses(read(text, "params<2e8"), text, &["which is computed from 'params_M'; write params_M<200"]);
    assert_eq!(read(text, "params_M<200")?.len(), 1);
    let text = "params,tokens,loss,schedule,final_density\n1e8,2e9,3.4,constant,0.5\n";
    refuses(read(text, "final_sparsity<=0.8"), text, &["write final_density>=0.2"]);
    let text = "params_M,tokens,loss\n100,2e9,3.4\n300,2e9,3.1\n";
    let sides = ReadOptions::default().with_sides(Some("params<2e8"), None);
    refuses(Sweep::from_reader("t.csv", text.as_bytes(), &sides), text, &["`fit` 'params<2e8'"]);
    Ok(())
}

#[test]
fn perplexities_that_look_like_losses_and_epochs_are_spoken_of() -> Result<()> {
    let text = "params,tokens,perplexity\n1e8,2e9,3.4\n3e8,2e9,3.1\n1e9,2e9,2.9\n";
    let sweep = read(text, "")?;
    let said = nbar::inspect(&sweep, &Default::default()).findings[0].to_string();
    assert!(said.contains("`columns: nats=perplexity`"), "{said}");
    let options = ReadOptions::default().with_column("nats", "perplexity");
    assert_eq!(Sweep::from_reader("t.csv", text.as_bytes(), &options)?.runs()[0].checkpoints()[0].loss, 3.4);
    assert!(
        nbar::inspect(&read(&text.replace(",2.9", ",29").replace(",3.", ",3"), "")?, &Default::default())
            .findings
            .is_empty()
    );
    let notes = |text: &str| -> Result<Vec<String>> { Ok(read(text, "")?.sources()[0].notes.clone()) };
    let epochs = "params,tokens,epochs,loss\n1e8,2e9,4,3.4\n";
    assert!(notes(epochs)?[0].contains("'epochs' goes up to 4"));
    assert_eq!(notes(&epochs.replace(",4,", ",1,"))?, Vec::<String>::new());
    assert_eq!(
        notes(&epochs.replace("epochs,loss", "epochs,loss,unique_tokens").replace(",3.4", ",3.4,5e8"))?,
        Vec::<String>::new()
    );
    Ok(())
}

#[test]
fn steps_of_several_lengths_are_no_runs() {
    let text = "run,params,step,batch_size,seq_len,loss\na,1e8,10,256,2048,3.5\na,1e8,20,512,2048,3.4\n";
    refuses(read(text, ""), text, &["column 'batch_size'", "give a column `tokens`"]);
    assert!(!read(text, "").unwrap_err().to_string().contains("columns: run="));
}

#[test]
fn a_second_table_is_not_left_out_by_its_header_alone() {
    let first = "run,params,tokens,loss\na,1e8,2e9,3.3\nb,2e8,4e9,3.1\n";
    let other = format!("{first}run,tokens,params,loss\nc,2e9,1e8,3.2\n");
    let said = Sweep::from_csv_str("t.csv", &other).unwrap_err().to_string();
    assert!(
        said.contains("line 4: the line is the header of another table: run, tokens, params, loss"),
        "{said}"
    );
    assert!(said.contains("a file of its own") && !said.contains("line!="), "{said}");
    // The same header again says nothing new.
    let same = format!("{first}run,params,tokens,loss\nc,1e8,2e9,3.2\n");
    let said = Sweep::from_csv_str("t.csv", &same).unwrap_err().to_string();
    assert!(said.contains("`filter: params!=params`"), "{said}");
}

#[test]
fn rows_of_a_batch_that_changed_are_not_left_out() {
    let ramp = "run,step,params,batch_size,seq_len,loss\na,1000,1e8,128,2048,3.9\na,2000,1e8,128,2048,3.8\na,3000,1e8,512,2048,3.2\n";
    let said = Sweep::from_csv_str("t.csv", ramp).unwrap_err().to_string();
    assert!(said.contains("give a column `tokens`") && !said.contains("line!="), "{said}");
}

#[test]
fn a_word_on_the_last_row_of_a_curve_leaves_it_one_run() {
    let rows: String = (0..10).map(|i| format!("{i}00,{}\n", 4.0 - 0.1 * f64::from(i))).collect();
    let table = format!("step,loss\n{rows}final,3.05\n");
    let options = ReadOptions::default().with_run_params(1e8).with_tokens_per_step(1e6);
    let said = Sweep::from_reader("t.csv", table.as_bytes(), &options).unwrap_err().to_string();
    assert!(said.contains("'final'") && said.contains("`filter: step!=final`"), "{said}");
    let options = options.with_filter("step!=final");
    let sweep = Sweep::from_reader("t.csv", table.as_bytes(), &options).unwrap();
    assert_eq!((sweep.len(), sweep.runs()[0].checkpoints().len()), (1, 9));
}

#[test]
fn runs_that_a_table_of_runs_does_not_have_are_named() {
    let runs = |header: &str| {
        let table = format!("{header},tokens_per_step\nother,1e8,1e6\n");
        let read = ReadOptions::default().with_runs_from("runs.csv", table.as_bytes()).unwrap();
        Sweep::from_reader("mine.csv", "step,loss\n100,4.0\n200,3.9\n".as_bytes(), &read)
            .unwrap_err()
            .to_string()
    };
    let said = runs("run,params");
    assert!(
        said.contains("runs.csv has no row of run 'mine'") && said.contains("that table has other"),
        "{said}"
    );
    let said = runs("run,size");
    assert!(
        said.contains("call its column params in runs.csv (found there: run, size, tokens_per_step)"),
        "{said}"
    );
}
