//! Tables and logs that say a thing in another way than most: names of tokens, lengths of runs, losses in bits, blocks of lines.

use nbar::ReadOptions;
use nbar::{ObservationOptions, Result, Sweep, inspect};

fn options() -> ReadOptions {
    ReadOptions::default()
}

fn read(name: &str, text: &str, options: &ReadOptions) -> Result<Sweep> {
    Sweep::from_reader(name, text.as_bytes(), options)
}

fn refused(name: &str, text: &str, options: &ReadOptions) -> String {
    read(name, text, options).unwrap_err().to_string()
}

/// Tokens and losses of the last rows.
fn ends(sweep: &Sweep) -> (Vec<f64>, Vec<f64>) {
    let rows = sweep.observations(&ObservationOptions::default()).unwrap();
    (rows.tokens().to_vec(), rows.loss().to_vec())
}

fn found(sweep: &Sweep) -> Vec<String> {
    inspect(sweep, &ObservationOptions::default()).findings.iter().map(ToString::to_string).collect()
}

#[test]
fn tokens_go_before_what_steps_make_of_them() {
    let table = "run,N_params_B,D_tokens_B,step,val_loss\na,0.1,2,10,3.1\nb,0.2,3,15,2.9\n";
    assert_eq!(ends(&read("t.csv", table, &options()).unwrap()).0, [2e9, 3e9]);
    let rate = "run,N,D_tokens_B,step,tokens_per_step,val_loss\na,1e8,2,10,1e6,3.1\n";
    assert!(refused("t.csv", rate, &options()).contains("say which is right"));
}

#[test]
fn how_long_runs_are_makes_no_curve_of_them() {
    let table = |steps: &str| {
        format!("model,N,D,{steps},loss\ns,1e8,1e9,200,3.1\ns,1e8,2e9,400,2.9\nm,2e8,1e9,200,2.8\n")
    };
    assert!(refused("t.csv", &table("total_steps"), &options()).contains("may be runs of their own"));
    assert_eq!(read("t.csv", &table("step"), &options()).unwrap().len(), 2);
    // Two rows of one length are no restart.
    let twice = "model,N,D,total_steps,loss\ns,1e8,1e9,200,3.1\ns,1e8,1e9,200,2.9\nm,2e8,1e9,200,2.8\nm,2e8,2e9,400,2.7\n";
    let said = refused("t.csv", twice, &options());
    assert!(said.contains("`columns: run=` for runs of their own") && !said.contains("filter"), "{said}");
}

#[test]
fn tokens_that_rise_are_one_run_where_its_size_is_said_elsewhere() {
    let table = "tokens_seen,loss\n1e8,4\n2e8,3.5\n4e8,3.2\n";
    let sized = options().with_run_params(1e7);
    let sweep = read("c.csv", table, &sized).unwrap();
    assert_eq!((sweep.len(), sweep.checkpoint_count()), (1, 3));
    let mixed = "tokens_seen,loss\n1e8,4\n4e8,3.2\n2e8,3.5\n";
    assert_eq!(read("c.csv", mixed, &sized).unwrap().len(), 3);
    let seeds = "tokens_seen,loss\n1e8,4\n1e8,4.1\n4e8,3.2\n4e8,3.3\n";
    assert_eq!(read("c.csv", seeds, &sized).unwrap().len(), 4);
}

#[test]
fn a_perplexity_tells_losses_in_bits() {
    let line = |loss: f64, step: u32| {
        format!("{{\"num_updates\": {step}, \"loss\": {loss:.3}, \"ppl\": {:.2}}}\n", loss.exp2())
    };
    let sized = options().with_run_params(1e7).with_tokens_per_step(1e5);
    let log = [line(5.1, 100), line(4.4, 200)].concat();
    let said = refused("f.jsonl", &log, &sized);
    assert!(said.contains("so it is in bits; say so: `columns: bits_per_token=loss`"), "{said}");
    let told = sized.clone().with_columns("bits_per_token=loss").unwrap();
    assert!((ends(&read("f.jsonl", &log, &told).unwrap()).1[0] - 4.4 * std::f64::consts::LN_2).abs() < 1e-12);
    let nats = "{\"num_updates\": 1, \"loss\": 2.5, \"ppl\": 12.18}\n{\"num_updates\": 2, \"loss\": 2.4, \"ppl\": 11.02}\n";
    assert_eq!(ends(&read("f.jsonl", nats, &sized).unwrap()).1, [2.4]);
}

#[test]
fn tokens_that_rise_and_fall_in_a_log_are_of_a_batch() {
    let log = "ntokens: 485, loss: 5.1\nntokens: 431, loss: 4.9\nntokens: 460, loss: 4.8\nntokens: 420, loss: 4.7\n";
    let sized = options().with_run_params(1e7);
    assert!(refused("e.log", log, &sized).contains("they are not all so far"));
}

#[test]
fn runs_without_a_loss_and_logs_that_go_on_are_said() {
    let log = |name: &str, losses: [&str; 3]| {
        let row = |(i, loss): (usize, &&str)| {
            format!(
                "{{\"run\": \"{name}\", \"_step\": {}, \"params\": 1e8, \"tokens\": {}e9{loss}}}\n",
                i + 1,
                i + 1
            )
        };
        losses.iter().enumerate().map(row).collect::<String>()
    };
    let own = |loss: f64| format!(", \"eval/loss\": {loss}");
    let (a, b, c) = (own(3.1), own(2.9), own(2.8));
    let whole = log("a", [&a, &b, &c]);
    let said = |text: &str| found(&read("h.jsonl", text, &options()).unwrap()).join("\n");
    assert!(!said(&whole).contains("no loss is finite") && !said(&whole).contains("after its last loss"));
    let lost = said(&(whole.clone() + &log("b", ["", "", ""])));
    assert!(lost.contains("1 run is left out (b), as no loss is finite"), "{lost}");
    let ended = said(&(whole + &log("b", [&a, &b, ""])));
    assert!(ended.contains("the shortest has it at 67 %"), "{ended}");
}

#[test]
fn a_run_that_diverged_after_its_last_evaluation_is_said() {
    let log = "tokens per iteration will be: 1000000\nnumber of parameters: 10.65M\nstep 100: train loss 3.4, val loss 3.5\n\
               iter 125: loss nan, time 1ms, mfu 0%\niter 150: loss nan, time 1ms, mfu 0%\n";
    assert!(
        found(&read("n.log", log, &options()).unwrap()).join("\n").contains("1 run diverged at step 125")
    );
    let goes_on = log.replace("iter 150: loss nan", "iter 150: loss 3.3");
    assert!(!found(&read("n.log", &goes_on, &options()).unwrap()).join("\n").contains("diverged"));
}

#[test]
fn blocks_of_lines_are_rows() {
    let sized = options().with_run_params(1e7);
    let olmo = "[2024-04-17 09:42:26] INFO [olmo.train:816] [step=1/10]\n    train/CrossEntropyLoss=11.25\n    throughput/total_tokens=4,194,304\n\
                [2024-04-17 09:42:38] INFO [olmo.train:816] [step=2/10]\n    train/CrossEntropyLoss=10.5\n    throughput/total_tokens=8,388,608\n";
    let sweep = read("o.log", olmo, &sized).unwrap();
    assert_eq!(ends(&sweep), (vec![8_388_608.0], vec![10.5]));
    assert_eq!(sweep.checkpoint_count(), 2);
    let stepped = sized.clone().with_tokens_per_step(1e6);
    let composer = "[batch=1/40]:\n\t Train LanguageCrossEntropy: 10.9\n\t Train loss/train/total: 11.0\n\
                    [batch=40/40]:\n\t Train LanguageCrossEntropy: 5.9\n\t Train loss/train/total: 6.0\n";
    assert_eq!(ends(&read("c.log", composer, &stepped).unwrap()), (vec![4e7], vec![5.9]));
    let on_one =
        "[batch=1/40]:   Train loss/train/total: 2.5    Train metrics/train/LanguagePerplexity: 12.2\n";
    assert_eq!(ends(&read("c.log", on_one, &stepped).unwrap()), (vec![1e6], vec![2.5]));
    let epochs = "[epoch=1][batch=2/2]:   Train loss/train/total: 2.5\n[epoch=2][batch=2/2]:   Train loss/train/total: 2.4\n";
    assert!(refused("c.log", epochs, &stepped).contains("anew in each epoch"));
    let lessons = "0 val 10.9\n0 train 10.8\n250 val 5.9\n250 hella 0.25\n250 train 5.8\n";
    assert_eq!(ends(&read("log.txt", lessons, &stepped).unwrap()), (vec![2.5e8], vec![5.9]));
    assert!(refused("x.log", "[INFO] starting\n[INFO] done\n", &stepped).contains("a log of no known tool"));
}

#[test]
fn numbers_that_a_log_prints_once_are_of_the_run() {
    let log = "Total batch size 524,288 => gradient accumulation steps: 1\nNumber of parameters: 560,988,160\n\
               Step 00000 | Validation bpb: 3.3\nstep 00001/21400 | loss: 11.09 | dt: 3ms\nstep 00002/21400 | loss: 10.5 | dt: 3ms\n";
    let sweep = read("n.log", log, &options()).unwrap();
    assert_eq!(ends(&sweep), (vec![1_048_576.0], vec![10.5]));
    assert_eq!(sweep.runs()[0].initial_params(), 560_988_160.0);
}

#[test]
fn names_with_commas_stand_in_quotes_in_a_filter() {
    let table = "run,params,tokens,loss\n\"a,c\",1e8,1e9,inf\nb,1e8,2e9,3.4\n";
    assert!(refused("t.csv", table, &options()).contains("`filter: run!=\"a,c\"`"));
    assert_eq!(read("t.csv", table, &options().with_filter("run!=\"a,c\"")).unwrap().len(), 1);
}

#[test]
fn what_contradicts_the_columns_that_are_read_is_refused() {
    let says = |header: &str, rows: &[&str], part: &str| {
        let error = refused("x.csv", &format!("params,{header}\n1e8,{}\n", rows.join("\n1e8,")), &options());
        assert!(error.contains(part), "{error}");
    };
    // 2 to the power of each loss, and tokens that are four times those of D/N.
    says("tokens,val_loss,val_ppl", &["1e9,6.2044,73.741", "2e9,6.0601,66.722"], "so it is in bits");
    says("tokens,D/N,loss", &["8e9,20,3.1", "1.6e10,40,3.0"], "params x D/N is 2.0000e9");
    // What pandas and spreadsheets call a column whose name comes again.
    for again in ["loss.1", "loss_2", "Loss (2)"] {
        says(
            &format!("tokens,loss,{again}"),
            &["1e9,3.1,3.3", "2e9,3.0,3.2"],
            "both columns could be 'loss'",
        );
    }
    says("tokens,tokens.1,loss", &["1e9,3e9,3.1", "2e9,6e9,3.0"], "both columns could be 'tokens'");
    // A perplexity of the loss itself, and tokens of N without its embeddings, are no contradiction.
    let table = "params,tokens,val_loss,val_ppl,D/N\n1e8,1e9,3.1,22.198,13\n1e8,2e9,3,20.086,26\n";
    assert!(read("x.csv", table, &options()).is_ok());
}

#[test]
fn batches_of_one_device_are_asked_about_by_any_name_of_devices() {
    for devices in
        ["gpus_per_node", "#GPUs", "ga_steps", "processes", "fsdp", "num_tpus", "H100", "total_gpus"]
    {
        let table = format!("params,steps,batch_size,seq_len,{devices},loss\n1e8,4000,16,2048,8,3.1\n");
        let error = refused("x.csv", &table, &options());
        assert!(error.contains(devices), "{devices}: {error}");
    }
    // Hours of devices, and the name of one, multiply nothing.
    for other in ["gpu_hours", "gpu", "num_workers"] {
        let table = format!("params,steps,batch_size,seq_len,{other},loss\n1e8,4000,16,2048,8,3.1\n");
        assert!(read("x.csv", &table, &options()).is_ok(), "{other}");
    }
}

#[test]
fn files_of_other_texts_or_other_parameters_are_not_joined() {
    let joined = |headers: [&str; 2]| {
        let all = headers.map(|header| format!("{header}\n1e8,1e9,3.1\n2e8,2e9,2.9\n"));
        let [a, b] = [("a.csv", &all[0]), ("b.csv", &all[1])]
            .map(|(name, text)| read(name, text, &options()).unwrap());
        a.merge(b).map_err(|error| error.to_string())
    };
    for (headers, part) in [
        (
            ["params,tokens,c4_val_loss", "params,tokens,pile_val_loss"],
            "the losses are of pile, and those of 'c4_val_loss'",
        ),
        (
            ["total_params,tokens,loss", "non_embedding_params,tokens,loss"],
            "the parameters are without embeddings",
        ),
    ] {
        let error = joined(headers).unwrap_err();
        assert!(error.contains(part), "{error}");
    }
    for headers in [
        ["params,tokens,val_loss", "params,tokens,c4_val_loss"],
        ["params,tokens,c4-en val loss", "params,tokens,c4_val_loss"],
        ["params,tokens,loss", "n_params,tokens,final_loss"],
        ["total_params,tokens,loss", "params,tokens,loss"],
    ] {
        assert!(joined(headers).is_ok(), "{headers:?}");
    }
}

#[test]
fn rows_of_means_over_seeds_and_of_statistics_are_no_runs() {
    let seeds = "params,tokens,seed,loss\n1e8,1e9,0,3.1\n1e8,1e9,1,3.2\n1e8,1e9,mean,3.15\n";
    assert!(
        refused("x.csv", seeds, &options()).contains("'mean' is what a row is called that sums up others")
    );
    let described = "index,params,tokens,loss\n0,1e8,1e9,3.1\n1,2e8,1e9,3\ncount,2,2,2\n25%,1.2e8,1e9,3.02\n";
    let error = refused("x.csv", described, &options());
    assert!(error.contains("'count'") && error.contains("'25%'"), "{error}");
    // A run whose last loss is 0 diverged, and is left out whole.
    let zero = "run,params,tokens,loss\na,1e8,1e9,3.1\na,1e8,2e9,0\nb,1e8,1e9,3\nb,1e8,2e9,2.9\n";
    assert!(refused("x.csv", zero, &options()).contains("`filter: run!=a`"));
}

#[test]
fn headers_of_spreadsheets_and_trackers_are_read_and_rows_are_no_headers() {
    let broken = "\"Params\n(M)\",\"Tokens\n(×10⁹)\",\"Val\nLoss\"\n70,2,4.1\n140,4,3.8\n";
    assert_eq!(ends(&read("t.csv", broken, &options()).unwrap()), (vec![2e9, 4e9], vec![4.1, 3.8]));
    for header in
        ["parameters/n_params,parameters/tokens,loss", "run.hparams.n_params,run.hparams.tokens,loss"]
    {
        let table = format!("{header}\n7e7,2e9,4.1\n");
        assert_eq!(ends(&read("t.csv", &table, &options()).unwrap()).0, [2e9], "{header}");
    }
    for row in ["70000000,2000000000,4.1543", "a,70000000,2000000000,4.1543"] {
        let table = format!("{row}\n{}\n", row.replace("4.1543", "3.9"));
        let error = refused("t.csv", &table, &options());
        assert!(error.contains("the line is no header: a name would be '70000000'"), "{error}");
    }
    // A wide table, and columns by their places.
    let error = refused("t.csv", "params,2B,8B\n70M,4.15,3.67\n", &options());
    assert!(error.contains("several are called by numbers, as in a wide table"), "{error}");
    let by_place = options().with_columns("params=0,tokens=1,loss=2").unwrap();
    assert_eq!(read("t.csv", "0,1,2\n7e7,2e9,4.1\n", &by_place).unwrap().len(), 1);
}

#[test]
fn nested_records_under_any_key_are_rows() {
    let row = |params: f64, loss: f64| {
        format!(
            r#"{{"config": {{"n_params": {params}, "tokens": 2e9}}, "metrics": {{"val": {{"loss": {loss}}}}}}}"#
        )
    };
    let text = format!(r#"{{"experiment": "a", "results": [{}, {}]}}"#, row(7e7, 4.1), row(1.4e8, 3.9));
    assert_eq!(ends(&read("t.json", &text, &options()).unwrap()).1, [4.1, 3.9]);
}

#[test]
fn a_column_that_says_bits_is_followed_as_it_says() {
    for (unit, column) in [
        ("bits/token", "bits_per_token"),
        ("bpb", "bits_per_byte"),
        ("ppl", "perplexity"),
        ("bits per character", "bits_per_character"),
    ] {
        let table = format!("params,tokens,val_loss,unit\n7e7,2e9,6.0,{unit}\n");
        let error = refused("t.csv", &table, &options());
        assert!(error.contains(&format!("say so: `columns: {column}=val_loss`")), "{unit}: {error}");
    }
    let said = options().with_columns("bits_per_token=val_loss").unwrap();
    let table = "params,tokens,val_loss,unit\n7e7,2e9,6.0,bits/token\n";
    let loss = ends(&read("t.csv", table, &said).unwrap()).1[0];
    assert!((loss / (6.0 * std::f64::consts::LN_2) - 1.0).abs() < 1e-14, "{loss}");
}

#[test]
fn words_of_schedulers_say_that_runs_did_not_finish() {
    for word in ["NODE_FAIL", "stopped", "early-stopped", "incomplete", "paused"] {
        let table = format!("params,tokens,loss,status\n7e7,2e9,4.1,completed\n1e8,2e9,4.0,{word}\n");
        let findings = found(&read("t.csv", &table, &options()).unwrap()).join("\n");
        assert!(findings.contains(&format!("did not finish ({word})")), "{word}: {findings}");
    }
}

/// A token of a larger vocabulary holds more text, and has a higher loss.
#[test]
fn losses_a_token_of_several_vocabularies_are_warned_of() {
    let table = |vocabularies: [u32; 3], loss: &str| {
        let rows = vocabularies.map(|size| format!("7e7,2e9,{size},4.1\n")).concat();
        format!("params,tokens,vocab_size,{loss}\n{rows}")
    };
    let of = |text: &str, options: &ReadOptions| found(&read("t.csv", text, options).unwrap()).join("\n");
    let said = of(&table([50304, 50304, 128_256], "loss"), &options());
    for part in ["1 run has another 'vocab_size' than most (50304 to 128256)", "`group=vocab_size`"] {
        assert!(said.contains(part), "{said}");
    }
    // A padded one, one in bits a byte, and groups of one each.
    let is_silent = |said: &str| !said.contains("another 'vocab_size'");
    assert!(is_silent(&of(&table([50257, 50304, 50304], "loss"), &options())));
    let bytes = options().with_bytes_per_token(4.0);
    assert!(is_silent(&of(&table([50304, 50304, 128_256], "bits_per_byte"), &bytes)));
    let grouped = options().with_columns("group=vocab_size").unwrap();
    assert!(is_silent(&of(&table([50304, 50304, 128_256], "loss"), &grouped)));
}

#[test]
fn losses_a_token_of_several_tokenizers_are_warned_of_where_no_test_is_made() {
    let table = |words: &[&str], loss: &str| {
        let row = |(i, word): (usize, &&str)| format!("7e7,{}e9,{word},{}\n", i + 2, 4.1 - 0.05 * i as f64);
        format!("params,tokens,tokenizer,{loss}\n{}", words.iter().enumerate().map(row).collect::<String>())
    };
    let of = |text: &str, options: &ReadOptions| found(&read("t.csv", text, options).unwrap()).join("\n");
    let said = of(&table(&["gpt2", "llama", "gpt2"], "loss"), &options());
    for part in ["1 run has another 'tokenizer' than most", "`group=tokenizer`"] {
        assert!(said.contains(part), "{said}");
    }
    let is_silent = |said: &str| !said.contains("another 'tokenizer'");
    for words in [&["gpt2", "", "gpt2"][..], &["gpt2"; 3], &["a", "b"].repeat(6)] {
        assert!(is_silent(&of(&table(words, "loss"), &options())), "{words:?}");
    }
    let bytes = options().with_bytes_per_token(4.0);
    assert!(is_silent(&of(&table(&["gpt2", "llama", "gpt2"], "bits_per_byte"), &bytes)));
    let grouped = options().with_columns("group=tokenizer").unwrap();
    assert!(is_silent(&of(&table(&["gpt2", "llama", "gpt2"], "loss"), &grouped)));
}
