//! Columns and keys that are not what their neighbours suggest: read as what they are, or asked about.

use nbar::{ObservationOptions, ReadOptions, Result, Sweep};

fn read(name: &str, text: &str, options: &ReadOptions) -> Result<Sweep> {
    Sweep::from_reader(name, text.as_bytes(), options)
}

fn default() -> ReadOptions {
    ReadOptions::default()
}

/// Tokens and loss of the last row of each run.
fn ends(sweep: &Sweep) -> Vec<(f64, f64)> {
    let rows = sweep.observations(&ObservationOptions::default()).unwrap();
    rows.tokens().iter().copied().zip(rows.loss().iter().copied()).collect()
}

fn refused(text: &str, options: &ReadOptions, part: &str) {
    let said = read("x.csv", text, options).unwrap_err().to_string();
    assert!(said.contains(part), "{said}");
}

#[test]
fn the_length_of_a_run_is_no_step_of_its_rows() {
    let rows = [100, 200, 1000].map(|step| {
        format!("{{\"current_steps\": {step}, \"total_steps\": 1000, \"loss\": 4.{step}, \"epoch\": 0.1}}\n")
    });
    let options = default().with_run_params(1e7).with_tokens_per_step(1e6);
    let sweep = read("trainer_log.jsonl", &rows.concat(), &options).unwrap();
    assert_eq!(ends(&sweep), [(1e9, 4.1)]);
    let planned = sweep.mapping().iter().find(|column| column.field == "planned_steps").unwrap();
    assert_eq!(planned.column, "total_steps");
    // Other names of steps are asked about.
    for name in ["n_iter", "completed_updates", "it", "step_num"] {
        let table = format!("params,{name},total_steps,loss\n1e7,100,1000,4.1\n1e7,200,1000,3.9\n");
        refused(&table, &default().with_tokens_per_step(1e6), "both columns could be 'step'");
    }
    // Of finished runs the length is all that there is.
    for name in ["total_steps", "train_steps", "num_train_steps"] {
        let planned = format!("params,tokens,step,{name},loss\n1e7,1e9,1000,4000,4.1\n");
        let mapping = Sweep::from_csv_str("t.csv", &planned).unwrap().mapping().to_vec();
        assert!(mapping.iter().any(|own| own.field == "planned_steps" && own.column == name), "{name}");
    }
    // Other words of a length are read as one where nothing else tells the step, and left to the run beside it.
    for name in
        ["iters", "n_iters", "num_iterations", "total_iters", "updates", "optimizer_steps", "num_train_steps"]
    {
        let table = format!("params,{name},tokens_per_step,loss\n1e7,1000,1e6,4.1\n2e7,2000,1e6,3.9\n");
        let sweep = Sweep::from_csv_str("t.csv", &table).unwrap();
        assert_eq!(sweep.runs()[1].checkpoints()[0].tokens, 2e9, "{name}");
    }
    for (step, total) in
        [("iteration", "total_iterations"), ("iter", "num_iterations"), ("iter", "total_steps")]
    {
        let table = format!(
            "run,params,{step},{total},tokens_per_step,loss\na,1e7,500,1000,1e6,4.1\na,1e7,1000,1000,1e6,3.9\n"
        );
        let sweep = Sweep::from_csv_str("t.csv", &table).unwrap();
        assert_eq!(sweep.runs()[0].checkpoints()[0].tokens, 5e8, "{step} {total}");
    }
    let table = "params,total_steps,loss\n1e7,1000,4.1\n2e7,2000,3.9\n";
    let sweep = read("x.csv", table, &default().with_tokens_per_step(1e6)).unwrap();
    assert_eq!(ends(&sweep), [(1e9, 4.1), (2e9, 3.9)]);
}

#[test]
fn tokens_under_a_name_of_their_own_are_asked_about_where_flops_would_tell_them() {
    let table = |name: &str| {
        format!("params,{name},flops,loss\n125000000,1.5e9,1.9e18,3.3\n350000000,3e9,9e18,3.1\n")
    };
    for name in ["total_train_tokens", "cumulative_tokens", "n_tok", "Btok", "#tokens", "data (B tokens)"] {
        refused(&table(name), &default(), &format!("tokens={name}"));
    }
    let by_flops = |sweep: &Sweep| (ends(sweep)[0].0 / (1.9e18 / 6.0 / 1.25e8) - 1.0).abs() < 1e-12;
    let none = default().with_column("tokens", "");
    assert!(by_flops(&read("x.csv", &table("cumulative_tokens"), &none).unwrap()));
    let chosen = default().with_column("tokens", "cumulative_tokens");
    assert_eq!(ends(&read("x.csv", &table("cumulative_tokens"), &chosen).unwrap())[0].0, 1.5e9);
    // Tokens of a parameter tell them, too.
    let by_ratio = table("cumulative_tokens").replace("flops", "tokens_per_param").replace("1.9e18", "20");
    assert_eq!(ends(&read("x.csv", &by_ratio, &default()).unwrap())[0].0, 20.0 * 1.25e8);
    // Names of something else, and names with a unit.
    for name in ["tokenizer", "tokens_per_sec", "eval_tokens", "unique_tokens_of_data"] {
        assert!(by_flops(&read("x.csv", &table(name), &default()).unwrap()), "{name}");
    }
    let in_billions = table("train/total_tokens(B)").replace("1.5e9", "1.5").replace("3e9", "3");
    for name in ["train/total_tokens(B)", "train/total_tokens_b", "B tokens"] {
        let table = in_billions.replace("train/total_tokens(B)", name);
        assert_eq!(ends(&read("x.csv", &table, &default()).unwrap())[0].0, 1.5e9, "{name}");
    }
}

#[test]
fn a_unit_that_a_person_names_is_that_of_flops() {
    let table = "params,cost,loss\n100000000,0.84,3.3\n200000000,5.8,3.1\n";
    for (unit, factor) in [("exaflops", 1e18), ("gflops", 1e9), ("petaflops", 1e15), ("pflop_days", 8.64e19)]
    {
        let options = default().with_column(unit, "cost");
        let sweep = read(
            "x.csv",
            &table.replace("0.84", &format!("{}", 0.84e18 / factor)).replace("5.8", "9e20"),
            &options,
        );
        let tokens = ends(&sweep.unwrap())[0].0;
        assert!((tokens / (0.84e18 / 6e8) - 1.0).abs() < 1e-9, "{unit} {tokens}");
    }
}

#[test]
fn a_network_that_grows_is_not_read_as_dense() {
    refused("params,final_params,tokens,loss\n1e8,2e8,4e9,3.3\n", &default(), "the count is above `params`");
    let below = "params,fixed_params,final_params,tokens,loss\n1e8,5e7,4e7,4e9,3.3\n";
    refused(below, &default(), "the count is below `fixed_params`, 50000000");
    let in_millions = "params,average_params,tokens,loss\n1e8,70,4e9,3.3\n";
    refused(
        in_millions,
        &default(),
        "the count is below a thousandth of `params` + `fixed_params`, 100000000",
    );
    let rounded = "params,final_params,tokens,loss\n124.4M,124.5M,4e9,3.3\n";
    assert!(read("x.csv", rounded, &default()).is_ok());
}

#[test]
fn percentages_that_may_be_shares_are_refused() {
    let table = |start: &str, end: &str| {
        format!(
            "params,tokens,schedule,final_sparsity,prune_start,prune_end,prune_unit,loss\n2e8,4e9,linear,0.5,{start},{end},percent,3.3\n"
        )
    };
    for (start, end) in [("0", "1"), ("0.5", "0.9")] {
        refused(&table(start, end), &default(), "may be percentages or shares: no place is above 1");
    }
    for (start, end, unit) in [("0.5%", "0.9%", "percent"), ("0.005", "0.009", "fraction")] {
        let text = table(start, end).replace("percent", unit);
        let average =
            read("x.csv", &text, &default()).unwrap().runs()[0].trajectory().unwrap().average_params();
        assert!((average / (2e8 * (0.005 + 0.004 * 0.75 + 0.991 * 0.5)) - 1.0).abs() < 1e-9, "{average}");
    }
    for (start, end) in [("20", "60"), ("0.5", "0.9"), ("0", "1")] {
        let by_name = format!(
            "params,tokens,schedule,final_sparsity,prune_start_pct,prune_end_percent,loss\n2e8,4e9,linear,0.5,{start},{end},3.3\n"
        );
        let in_unit = format!(
            "params,tokens,schedule,final_sparsity,prune_start,prune_end,loss\n2e8,4e9,linear,0.5,{start}%,{end}%,3.3\n"
        );
        let of = |text: &str| {
            read("x.csv", text, &default()).unwrap().runs()[0].trajectory().unwrap().average_params()
        };
        assert_eq!(of(&by_name), of(&in_unit), "{start} {end}");
    }
    // Half of what is pruned is left over the second 99.5 %, and 25 % gone on average over the ramp.
    let sweep = read("x.csv", &table("0.5", "60"), &default()).unwrap();
    let average = sweep.runs()[0].trajectory().unwrap().average_params();
    let expected = 2e8 * (0.005 + 0.595 * 0.75 + 0.4 * 0.5);
    assert!((average / expected - 1.0).abs() < 1e-9, "{average}");
}

#[test]
fn a_pattern_of_all_runs_is_warned_of() {
    let table = "params,tokens,nm_pattern,loss\n1e8,2e9,2:4,3.6\n2e8,4e9,2:4,3.3\n";
    let findings =
        nbar::inspect(&read("x.csv", table, &default()).unwrap(), &ObservationOptions::default()).findings;
    assert!(findings.iter().any(|finding| finding.to_string().contains("nm_pattern")), "{findings:?}");
}

#[test]
fn the_flops_of_one_pass_are_no_training() {
    let table = "params,gflops,loss\n63000000,5.51,2.1\n151000000,14.54,1.8\n";
    refused(table, &default(), "makes 14.6 tokens (FLOPs / 6 N) of a whole training");
}

#[test]
fn what_an_evaluation_measures_is_asked_about_beside_a_loss_that_may_be_of_training() {
    let table = |names: &str| format!("params,tokens,{names}\n1e8,1e9,3.1,1.1\n2e8,1e9,2.9,1.05\n");
    for names in [
        "train_loss,val_bpb",
        "final_loss,val/bpb",
        "loss,eval_nll",
        "train_loss,test_ppl",
        "train_loss,valid",
    ] {
        refused(&table(names), &default(), "both columns could be 'loss'");
    }
    for names in [
        "val_loss,val_bpb",
        "train_loss,train_ppl",
        "train_loss,val_acc",
        "loss,wikitext_ppl",
        "loss,valid",
        "train_loss,",
    ] {
        assert_eq!(ends(&read("x.csv", &table(names), &default()).unwrap())[0].1, 3.1, "{names}");
    }
}

#[test]
fn a_history_is_offered_before_the_loss_of_its_end() {
    let json =
        r#"{"final_val_loss": 3.0, "history": [{"step": 1, "val_loss": 4.0}, {"step": 2, "val_loss": 3.0}]}"#;
    let options = default().with_run_params(1e7).with_tokens_per_step(1e6);
    let said = read("x.json", json, &options).unwrap_err().to_string();
    assert!(said.contains("choose one: `columns: loss=val_loss`"), "{said}");
}

#[test]
fn keys_name_runs_and_records_stand_under_any_key() {
    let row = |tokens: u32| {
        format!("{{\"model\": \"XS\", \"params\": 1e7, \"tokens\": {tokens}, \"loss\": 3.{tokens}}}")
    };
    let keyed = format!("{{\"XS_10\": {}, \"XS_20\": {}}}", row(10), row(20));
    let sweep = read("x.json", &keyed, &default()).unwrap();
    let names: Vec<&str> = sweep.runs().iter().map(|run| run.id()).collect();
    assert_eq!(names, ["XS_10", "XS_20"]);
    let results = r#"{"experiment": "a", "batch_size": 32, "results": [
        {"name": "s", "params": 1e6, "steps": 500, "block_size": 64, "val_loss": 4.0},
        {"name": "m", "params": 2e6, "steps": 500, "block_size": 64, "val_loss": 3.8}]}"#;
    let sweep = read("x.json", results, &default()).unwrap();
    assert_eq!(ends(&sweep), [(1.024e6, 4.0), (1.024e6, 3.8)]);
    assert_eq!(sweep.runs()[1].id(), "m");
}

#[test]
fn numbers_with_dots_and_commas_or_a_p_are_read_or_mended_rightly() {
    let table = "model,params,tokens,loss\na,\"1.300,5\",3e9,3.1\nb,\"2.300,5\",3e9,3.0\n";
    refused(table, &default(), "write 1300.5, or say that commas mark decimals");
    let named = "params,tokens,loss\n1p2B,3e9,3.1\n275m,3e9,3.4\n";
    assert_eq!(read("x.csv", named, &default()).unwrap().runs()[0].initial_params(), 1.2e9);
}

#[test]
fn maxtext_counts_from_0_and_its_weights_are_tokens() {
    let log = "number parameters: 1.104 billion\n\
        completed step: 0, seconds: 45.3, total_weights: 65536, loss: 10.871\n\
        completed step: 99, seconds: 0.5, total_weights: 65536, loss: 6.5\n\
        eval metrics after step: 99, loss=6.612, total_weights=655360.0\n";
    let sweep = read("x.log", log, &default().with_tokens_per_step(65536.0)).unwrap();
    assert_eq!(ends(&sweep), [(6_553_600.0, 6.612)]);
    assert_eq!(sweep.runs()[0].initial_params(), 1.104e9);
    // Another tool's size, in a unit.
    let log = "number of parameters: 70.00M\nstep 100 | loss 4.1\nstep 200 | loss 3.8\n";
    let sweep = read("x.log", log, &default().with_tokens_per_step(65536.0)).unwrap();
    assert_eq!(sweep.runs()[0].initial_params(), 7e7);
}

#[test]
fn a_line_of_several_losses_keeps_their_names() {
    let options = default().with_run_params(1e7).with_tokens_per_step(1e6);
    let log = "step 100 | wikitext loss: 4.1 | c4 loss: 3.9\nstep 200 | wikitext loss: 3.8 | c4 loss: 3.6\n";
    let said = read("x.log", log, &options).unwrap_err().to_string();
    assert!(said.contains("found: step, wikitext loss, c4 loss"), "{said}");
    let chosen = read("x.log", log, &options.clone().with_column("loss", "c4 loss")).unwrap();
    assert_eq!(ends(&chosen), [(2e8, 3.6)]);
    // The same number twice is one loss.
    let same = "step 100 | loss 4.1 | total loss 4.1\nstep 200 | loss 3.8 | total loss 3.8\n";
    assert_eq!(ends(&read("x.log", same, &options).unwrap()), [(2e8, 3.8)]);
}

#[test]
fn evaluations_without_a_step_are_said_to_be_passed_over() {
    let options = default().with_run_params(1e7).with_tokens_per_step(1e6);
    let log =
        "validation loss: 9.9\nstep 100 | loss 4.10\nvalidation loss: 3.95\nstep 400 | loss 3.50\nsaved\n";
    let sweep = read("x.log", log, &options).unwrap();
    assert_eq!(ends(&sweep), [(4e8, 3.5)]);
    let notes = nbar::inspect(&sweep, &ObservationOptions::default()).table.notes.join("; ");
    assert!(notes.contains("2 lines with the loss of an evaluation passed over: no step"), "{notes}");
    assert!(notes.contains("1 line without a step"), "{notes}");
}

#[test]
fn amounts_of_data_and_held_out_losses_are_asked_about() {
    for (header, data) in [("data_B", "10"), ("dataset_size", "1e10")] {
        let table = format!("params,flops,{header},loss\n1e8,8e18,{data},3.1\n2e8,1.6e19,{data},3\n");
        refused(&table, &default(), &format!("`columns: tokens={header}`"));
    }
    let table = "params,tokens,train_loss,holdout\n1e8,2e9,3.1,3.2\n2e8,4e9,2.9,3\n";
    refused(table, &default(), "both columns could be 'loss'");
    let table = "M_params,B_tokens,holdout_loss\n100,2,3.1\n200,4,3\n";
    let sweep = read("x.csv", table, &default()).unwrap();
    assert_eq!(sweep.runs()[1].initial_params(), 2e8);
    assert_eq!(ends(&sweep), [(2e9, 3.1), (4e9, 3.0)]);
}

#[test]
fn steps_of_several_lengths_are_not_counted_alike() {
    let of_step = default().with_run_params(1e8).with_tokens_per_step(1000.0);
    for name in ["global_batch", "bsz", "curriculum_seqlen", "global_bsz"] {
        let log = format!("step=10 loss=3.5 {name}=256\nstep=20 loss=3.4 {name}=512\n");
        refused(&log, &of_step, "steps are counted as all of one length");
    }
    // Batches of evaluations, and parts of a step on more devices, say nothing of it.
    for name in
        ["eval_batch_size", "micro_batch_size", "world_size", "per_device_train_batch_size", "eval_seq_len"]
    {
        let log = format!("step=10 loss=3.5 {name}=256\nstep=20 loss=3.4 {name}=512\n");
        assert_eq!(ends(&read("x.log", &log, &of_step).unwrap()), [(20000.0, 3.4)], "{name}");
    }
    // Tokens that are counted say all.
    let log =
        "step=10 tokens=5000 loss=3.5 global_batch=256\nstep=20 tokens=15000 loss=3.4 global_batch=512\n";
    assert_eq!(ends(&read("x.log", log, &default().with_run_params(1e8)).unwrap()), [(15000.0, 3.4)]);
    let log = "tokens per iteration will be: 1,000\nnumber of parameters: 10.00M\nstep 10: train loss 4.5, val loss 4.6\n\
               tokens per iteration will be: 2,000\nstep 20: train loss 4.3, val loss 4.4\n";
    refused(log, &default(), "'tokens_per_step' 2000 here, and 1000 before");
    // Megatron-DeepSpeed counts tokens.
    let log = " iteration 10/ 99 | consumed samples: 100 | consumed tokens: 5000 | curriculum seqlen: 50 | lm loss: 5.5E+00 |\n \
               iteration 20/ 99 | consumed samples: 200 | consumed tokens: 15000 | curriculum seqlen: 100 | lm loss: 5.4E+00 |\n \
               validation loss at iteration 20 | lm loss value: 5.3E+00 | lm loss PPL: 2.2E+02 |\n";
    assert_eq!(ends(&read("x.log", log, &default().with_run_params(1e8)).unwrap()), [(15000.0, 5.3)]);
    for (multiplier, count) in [("update_freq", "8"), ("gas", "8"), ("data_parallel", "4")] {
        let table = format!(
            "params,steps,batch_size,seq_len,{multiplier},loss\n1e8,1000,16,2048,{count},3.1\n2e8,1000,16,2048,{count},3\n"
        );
        refused(&table, &default(), "'batch_size' may be one part of a step");
    }
}

#[test]
fn layers_that_go_within_a_run_are_asked_about() {
    for name in ["n_layers", "config/hidden_size", "active_heads", "d_ff"] {
        let table = format!("run,params,tokens,{name},loss\na,1e8,1e9,12,3.1\na,1e8,2e9,6,3\n");
        refused(&table, &default(), "changes within the run, to 6, and nothing reads it");
        let grows = format!("run,params,tokens,{name},loss\na,1e8,1e9,12,3.1\nb,2e8,2e9,6,3\n");
        assert_eq!(read("x.csv", &grows, &default()).unwrap().len(), 2);
    }
}

#[test]
fn what_a_run_saw_before_it_was_begun_again_is_said() {
    for (header, before) in [("prior_tokens", "7e8"), ("resumed_from_step", "1907"), ("repeats", "4")] {
        let table = format!("params,tokens,{header},loss\n1e8,1e9,{before},3.1\n2e8,2e9,{before},3\n");
        if header == "repeats" {
            let notes = read("x.csv", &table, &default()).unwrap().sources()[0].notes.join("\n");
            assert!(notes.contains(&format!("'{header}' goes up to")), "{header}: {notes}");
        } else {
            refused(&table, &default(), "the run went on from another");
        }
        let none = table.replace(&format!(",{before},"), ",0,");
        assert!(read("x.csv", &none, &default()).unwrap().sources()[0].notes.is_empty());
    }
}

#[test]
fn configs_of_w_and_b_tell_of_experts_and_of_steps_that_grow() {
    let line = |name: &str, config: &str| {
        format!(
            "{{\"name\": \"{name}\", \"config\": {{\"n_params\": 50000000, \"batch_size\": 8, \"seq_len\": 1024, {config}}}, \
             \"summary\": {{\"eval/loss\": 3.5, \"_step\": 3815}}}}\n"
        )
    };
    for (config, part) in [
        ("\"moe\": {\"num_experts\": 8, \"top_k\": 2}", "a token may meet a part"),
        ("\"warmup\": {\"seq_len_start\": 64}", "steps seem shorter at first"),
        ("\"seq_warmup\": 1000", "steps seem shorter at first"),
    ] {
        refused(&(line("a", config) + &line("b", config)), &default(), part);
    }
}

#[test]
fn a_batch_that_tells_no_tokens_may_change() {
    // Samples and tokens are counted; an evaluation's row says no batch.
    for (table, last) in [
        ("run,params,samples,batch_size,seq_len,loss\na,1e8,1000,8,10,3.5\na,1e8,3000,16,10,3.4\n", 30000.0),
        ("run,params,tokens,batch_size,loss\na,1e8,1000,8,3.5\na,1e8,3000,16,3.4\n", 3000.0),
        ("run,params,step,batch_size,seq_len,loss\na,1e8,100,8,10,3.5\na,1e8,300,,,3.4\n", 24000.0),
    ] {
        assert_eq!(ends(&read("x.csv", table, &default()).unwrap()), [(last, 3.4)], "{table}");
    }
    let table = "run,params,step,batch_size,seq_len,loss\na,1e8,100,8,10,3.5\na,1e8,300,16,10,3.4\n";
    refused(table, &default(), "steps of several lengths do not tell tokens");
}
