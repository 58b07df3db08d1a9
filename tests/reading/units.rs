//! What headers say of units, and names that have commas.

use nbar::{ReadOptions, Result, Sweep};

use crate::refuses;

fn read(text: &str, options: &ReadOptions) -> Result<Sweep> {
    Sweep::from_reader("t.csv", text.as_bytes(), options)
}

#[test]
fn units_in_headers_are_taken_and_said() -> Result<()> {
    for (params, tokens) in [
        ("Params (M)", "Tokens (B)"),
        ("params_m", "tokens_b"),
        ("n_params_millions", "tokens in billions"),
        ("N (10^6)", "D [1e9]"),
    ] {
        let sweep =
            read(&format!("{params};{tokens};loss\n125;2.5;3.5\n70M;26B;2.75\n"), &ReadOptions::default())?;
        let read: Vec<_> = sweep.runs().iter().map(|run| (run.params, run.extent().tokens)).collect();
        assert_eq!(read, [(1.25e8, 2.5e9), (7e7, 2.6e10)], "{params}");
        let said: Vec<String> = sweep.mapping().iter().map(|mapping| mapping.described()).collect();
        assert_eq!(said[0], format!("params is 1e6 x column '{params}'"));
    }
    // A plain column goes first, and units hold for chosen columns and tables of runs too.
    let sweep = read("params,params_m,tokens,loss\n1e8,100,2e9,3\n", &ReadOptions::default())?;
    assert_eq!(sweep.runs()[0].params, 1e8);
    let options = ReadOptions::default().with_columns("tokens=Seen (B)")?;
    let options = options.with_runs_from("runs.csv", "run,params_m\na,125\n".as_bytes())?;
    let sweep = read("run,Seen (B),loss\na,2,3\n", &options)?;
    assert_eq!((sweep.runs()[0].params, sweep.runs()[0].extent().tokens), (1.25e8, 2e9));
    Ok(())
}

#[test]
fn bits_become_nats_by_what_is_said() -> Result<()> {
    let loss = |header: &str, options: &ReadOptions| -> Result<f64> {
        Ok(read(&format!("params,tokens,{header}\n1e8,2e9,1.5\n"), options)?.runs()[0].checkpoints()[0].loss)
    };
    let four = ReadOptions::default().with_bytes_per_token(4.0);
    for none in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let outcome = loss("bpb", &ReadOptions::default().with_bytes_per_token(none));
        refuses(outcome, "no bytes", &["`bytes_per_token", "is not a positive, finite number"]);
    }
    let bits = 1.5 * std::f64::consts::LN_2;
    for header in ["val_bpc", "bpb", "bits_per_char", "loss (bits/byte)"] {
        assert_eq!(loss(header, &four.clone().with_column("loss", header))?, 4.0 * bits, "{header}");
        let options = ReadOptions::default().with_column("loss", header);
        refuses(loss(header, &options), header, &["bits a", "`bytes_per_token=4.2`"]);
    }
    for header in ["loss_bits", "bits_per_token"] {
        assert_eq!(loss(header, &ReadOptions::default())?, bits, "{header}");
    }
    refuses(loss("bpw", &four.with_column("loss", "bpw")), "bpw", &["words of a token", "nats a token"]);
    Ok(())
}

#[test]
fn columns_are_quoted_and_switched_off() -> Result<()> {
    let table = "run,params,tokens,\"loss, c4\",flops\na,1e8,2,3,1.2e18\n";
    let options = ReadOptions::default().with_columns("loss=\"loss, c4\",tokens=")?;
    assert_eq!(read(table, &options)?.runs()[0].extent().tokens, 2e9);
    refuses(ReadOptions::default().with_columns("loss=\"a"), "quote", &["a quote that is never closed"]);
    refuses(ReadOptions::default().with_columns("=a"), "no field", &["names no field and its column"]);
    Ok(())
}

#[test]
fn seeds_tell_repeats_apart_and_evaluations_are_asked_about() -> Result<()> {
    let seeds = "run,seed,params,tokens,loss\na,1,1e8,2e9,3.5\na,2,1e8,2e9,3.25\na,2,1e8,1e9,3.75\n";
    let sweep = read(seeds, &ReadOptions::default())?;
    let ends: Vec<_> = sweep.runs().iter().map(|run| (run.id(), run.checkpoints().len())).collect();
    assert_eq!(ends, [("a", 1), ("a (seed 2)", 2)]);
    assert!(sweep.sources()[0].notes[0].contains("are repeats, each a run of its own"));
    let sets = seeds.replace("seed", "eval_set").replace(",2,", ",web,").replace(",1,", ",books,");
    refuses(
        read(&sets, &ReadOptions::default()),
        &sets,
        &["several evaluations", "`filter: eval_set=books`"],
    );
    assert_eq!(read(&sets, &ReadOptions::default().with_filter("eval_set=web"))?.checkpoint_count(), 2);
    let untold = "run,params,tokens,loss\na,1e8,2e9,3.5\na,1e8,2e9,3.25\n";
    refuses(read(untold, &ReadOptions::default()), untold, &["`columns: run=`"]);
    assert_eq!(read(untold, &ReadOptions::default().with_columns("run=")?)?.len(), 2);
    Ok(())
}

#[test]
fn batches_in_tokens_are_tokens_a_step() -> Result<()> {
    for (header, cell) in [
        ("batch_size (tokens)", "524288"),
        ("batch_tokens", "0.524288M"),
        ("global_batch_size (M tokens)", "0.524288"),
        ("Batch Size [in tokens]", "524288"),
        ("global_batch_tokens_m", "0.524288"),
        ("tokens per batch", "524288"),
    ] {
        // Not times the sequence length.
        let sweep = read(
            &format!("params,steps,{header},seq_len,loss\n7e7,1000,{cell},2048,4.0\n"),
            &ReadOptions::default(),
        )?;
        assert_eq!(sweep.runs()[0].extent().tokens, 524_288_000.0, "{header}");
        let text = format!("params,steps,{header},grad_accum,loss\n7e7,1000,{cell},4,4.0\n");
        if header.contains("global") {
            assert!(read(&text, &ReadOptions::default()).is_ok(), "{header}");
            continue;
        }
        let pair = format!("tokens_per_step={header}");
        refuses(
            read(&text, &ReadOptions::default()),
            &text,
            &["grad_accum", "'4'", &format!("`columns: {pair}`")],
        );
        assert_eq!(read(&text, &ReadOptions::default().with_columns(&pair)?)?.len(), 1);
    }
    Ok(())
}

#[test]
fn units_of_chosen_batches_and_lengths_are_not_dropped() -> Result<()> {
    let text = "params,steps,batch_size (K),seq_len (K),loss\n7e7,1000,0.256,2.048,4.0\n";
    for (pair, header) in
        [("batch_size=batch_size (K)", "batch_size (K)"), ("sequence_length=seq_len (K)", "seq_len (K)")]
    {
        let options = ReadOptions::default().with_columns(pair)?;
        refuses(read(text, &options), text, &[header, "1,000 or 1,024"]);
    }
    let text = "params,steps,batch_size (tokens),loss\n7e7,1000,524288,4.0\n";
    let options = ReadOptions::default().with_columns("batch_size=batch_size (tokens)")?;
    refuses(read(text, &options), text, &["counts tokens", "`columns: tokens_per_step=batch_size (tokens)`"]);
    Ok(())
}

#[test]
fn nats_a_byte_become_nats_a_token() -> Result<()> {
    for header in ["loss (nats/byte)", "val_nats_per_byte", "loss_nats_per_char"] {
        let text = format!("params,tokens,{header}\n7e7,1e9,0.75\n");
        for options in [ReadOptions::default(), ReadOptions::default().with_column("loss", header)] {
            refuses(read(&text, &options), &text, &["nats a", "`bytes_per_token=4.2`"]);
            let sweep = read(&text, &options.with_bytes_per_token(4.0))?;
            assert_eq!(sweep.runs()[0].checkpoints()[0].loss, 3.0, "{header}");
        }
    }
    Ok(())
}

#[test]
fn rows_of_units_and_headers_of_other_units_are_no_rows_to_leave_out() {
    let of = |text: &str| read(text, &ReadOptions::default());
    refuses(of("params,tokens,val_loss\ncount,count,bits\n1e8,1e9,4.5\n"), "units", &["'val_loss (bits)'"]);
    let other = "params,tokens (B),loss\n1e8,1,3.1\nparams,tokens (M),loss\n1e8,2000,3.0\n";
    refuses(of(other), "another header", &["header of another table"]);
    // The same header again is left out.
    refuses(
        of("params,tokens (B),loss\n1e8,1,3.1\nparams,tokens (B),loss\n1e8,2,3.0\n"),
        "the same",
        &["`filter: "],
    );
}
