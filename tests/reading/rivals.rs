//! Columns that could stand for one field and differ: a person chooses, and where they agree nothing need be said.

use nbar::inspect::FindingKind;
use nbar::read::{MeasuredTable, PointTable};
use nbar::{ObservationOptions, ReadOptions, Result, Sweep, inspect};

use crate::refuses;

fn by_name(text: &str) -> Result<Sweep> {
    Sweep::from_reader("runs.csv", text.as_bytes(), &ReadOptions::default())
}

fn chosen(text: &str, columns: &str) -> Result<Sweep> {
    Sweep::from_reader("runs.csv", text.as_bytes(), &ReadOptions::default().with_columns(columns)?)
}

/// Refused with both choices, which are then read.
#[track_caller]
fn a_choice(text: &str, field: &str, columns: [&str; 2], parts: &[&str]) {
    let offered = columns.map(|column| format!("`columns: {field}={column}`"));
    refuses(by_name(text), text, &[parts, &[&*offered.join(" or ")]].concat());
    for column in columns {
        let read = chosen(text, &format!("{field}={column}"));
        assert!(read.is_ok(), "{text}: {read:?}");
    }
}

#[test]
fn active_parameters_and_all_of_them_are_a_choice() -> Result<()> {
    for (header, columns) in [
        ("active_params,total_params", ["active_params", "total_params"]),
        ("n_activated_params,n_params", ["n_activated_params", "n_params"]),
        ("active_params,params", ["active_params", "params"]),
        ("params_active,params_total", ["params_active", "params_total"]),
    ] {
        let text = format!("run,{header},tokens,loss\na,7e7,2.8e8,1e9,4.0\n");
        match header.ends_with("_total") {
            true => refuses(
                by_name(&text),
                &text,
                &["choose one: `columns: params=params_active` or `columns: params=params_total`"],
            ),
            false => a_choice(&text, "params", columns, &["runs.csv, line 2", "'7e7'", "'2.8e8'"]),
        }
    }
    // Dense networks use all, and of pruned ones the active are what is left.
    assert!(by_name("params,active_params,tokens,loss\n7e7,7e7,1e9,4.0\n").is_ok());
    let header = "params,active_params,tokens,loss,schedule,final_sparsity";
    assert!(by_name(&format!("{header}\n7e7,1.4e7,1e9,4.0,constant,0.8\n")).is_ok());
    Ok(())
}

#[test]
fn two_counts_that_differ_are_a_choice() {
    let at = "runs.csv, line 3";
    a_choice(
        "params,n_params,tokens,loss\n7e7,7e7,1e9,4.0\n1.05e8,7e7,1e9,4.0\n",
        "params",
        ["params", "n_params"],
        &[at, "column 'n_params'", "'7e7'", "'params' has '1.05e8'"],
    );
    a_choice(
        "params,tokens,tokens_seen,loss\n7e7,1e9,1e9,4.0\n7e7,1e9,2e9,4.0\n",
        "tokens",
        ["tokens", "tokens_seen"],
        &[at],
    );
    a_choice(
        "params,params_m,tokens,loss\n7e7,70,1e9,4.0\n7e7,80,1e9,4.0\n",
        "params",
        ["params", "params_m"],
        &[at],
    );
}

#[test]
fn counts_that_agree_to_their_digits_are_no_choice() {
    for text in [
        "params,model_size,tokens,loss\n6.74e9,7B,1e9,4.0\n",
        "params,Params (M),tokens,loss\n124439808,124.4,1e9,4.0\n",
        "params,fixed_params,total_params,tokens,loss\n7e7,3e7,1e8,1e9,4.0\n",
        "params,model_size,tokens,loss\n7e7,small,1e9,4.0\n",
        "params,n_params,tokens,loss\n7e7,,1e9,4.0\n",
        "params,tokens,step,tokens_per_step,loss\n7e7,1e9,999,1e6,4.0\n",
        "params,tokens,loss,val_loss\n7e7,1e9,4.0,4.00\n",
        "params,tokens,loss,val_ppl\n7e7,1e9,4.371580476226726,79.1686570541149\n",
    ] {
        assert!(by_name(text).is_ok(), "{text}: {:?}", by_name(text));
    }
}

#[test]
fn tokens_and_steps_that_contradict_them_are_a_choice() -> Result<()> {
    let text = "params,tokens,step,tokens_per_step,loss\n7e7,2e9,1000,1e6,4.0\n";
    refuses(
        by_name(text),
        text,
        &[
            "line 2, column 'tokens'",
            "step x tokens_per_step is 1000000000",
            "`columns: tokens=tokens`",
            "`columns: tokens=`",
        ],
    );
    let tokens = |sweep: Sweep| sweep.runs()[0].checkpoints()[0].tokens;
    assert_eq!(tokens(chosen(text, "tokens=tokens")?), 2e9);
    assert_eq!(tokens(chosen(text, "tokens=")?), 1e9);
    Ok(())
}

#[test]
fn a_loss_beside_that_of_an_evaluation_is_a_choice() {
    for other in ["val_loss", "eval_loss", "validation_loss", "eval_web_loss"] {
        let text = format!("params,tokens,loss,{other}\n7e7,1e9,3.0,3.1\n");
        a_choice(&text, "loss", [other, "loss"], &["runs.csv, line 2", "'3.1'", "'loss' has '3.0'"]);
    }
    a_choice("params,tokens,loss,val_ppl\n7e7,1e9,3.0,24.5\n", "loss", ["val_ppl", "loss"], &["'24.5'"]);
    // What is made of a loss, and of another text, is no other loss.
    for other in ["val_loss_std", "wikitext103_ppl", "train_loss"] {
        let text = format!("params,tokens,loss,{other}\n7e7,1e9,3.0,24.5\n");
        assert!(by_name(&text).is_ok(), "{text}");
    }
}

#[test]
fn rows_of_two_kinds_are_not_dropped() {
    // Evaluations stand on rows of their own.
    let text = "run,params,tokens,step,loss,eval_loss\na,7e7,1e9,1,5.0,\na,7e7,1e9,1,,4.9\n";
    refuses(by_name(text), text, &["line 3", "'loss' is empty", "`columns: loss=eval_loss`"]);
    let text = "run,params,n_params,tokens,loss\na,7e7,,1e9,4.0\nb,,8e7,1e9,3.9\n";
    refuses(
        by_name(text),
        text,
        &["line 3", "'params' is empty", "write all of them in one column, 'params'"],
    );
}

#[test]
fn rounding_and_names_of_sizes_are_no_difference() -> Result<()> {
    for (header, row) in [
        // ln 12.55 is 2.5297.
        ("params,tokens,loss,ppl", "1e8,1e9,2.529,12.55"),
        ("params,model_size,tokens,loss", "50649999,50M,1e9,2.5"),
        ("params,n_params,tokens,loss", "6.74e9,7B,1e9,2.5"),
    ] {
        by_name(&format!("{header}\n{row}\n"))?;
    }
    assert!(by_name("params,tokens,loss,ppl\n1e8,1e9,2.529,12.65\n").is_err());
    assert!(by_name("params,model_size,tokens,loss\n50649999,70M,1e9,2.5\n").is_err());
    Ok(())
}

/// Tables of new runs, of measured losses and of what logs do not say are no less particular than sweeps.
#[test]
fn small_tables_ask_too() -> Result<()> {
    let table = "run,total_params,active_params,tokens\na,8B,2B,40B\n";
    let options = |columns: &str| match columns {
        "" => Ok(ReadOptions::default()),
        columns => ReadOptions::default().with_columns(columns),
    };
    let points = |text: &str, columns: &str| {
        let options = options(columns)?;
        PointTable::from_reader_with("points.csv", text.as_bytes(), &options)
    };
    refuses(
        points(table, ""),
        table,
        &["choose one: `columns: params=active_params` or `columns: params=total_params`"],
    );
    assert_eq!(points(table, "params=active_params")?.points[0].trajectory.initial_params(), 2e9);
    refuses(PointTable::from_reader("points.csv", table.as_bytes()), table, &["keep one of the two"]);
    let table = "run,loss,val_loss\na,2.5,2.34\n";
    let measured = |columns: &str| {
        let options = options(columns)?;
        MeasuredTable::from_reader_with("measured.csv", table.as_bytes(), &options)
    };
    refuses(measured(""), table, &["choose one: `columns: loss=val_loss` or `columns: loss=loss`"]);
    assert_eq!(measured("loss=val_loss")?.rows[0].loss, Some(2.34));
    let table = "run,params,active_params\na,8B,2B\n";
    refuses(
        ReadOptions::default().with_runs_from("runs.csv", table.as_bytes()),
        table,
        &["keep one of the two"],
    );
    let commas = MeasuredTable::from_reader("measured.csv", "run;loss\na;2,34\n".as_bytes());
    refuses(commas, "2,34", &["say `commas=decimal`"]);
    // One number in two columns is one.
    assert!(points("run,params,n_params,tokens\na,8B,8e9,40B\n", "").is_ok());
    Ok(())
}

#[test]
fn tokens_of_new_runs_are_computed_as_those_of_a_sweep() -> Result<()> {
    for table in [
        "params,steps,tokens_per_step\n2B,1000,1048576\n",
        "params,steps,batch_size,seq_len\n2B,1000,512,2048\n",
        "params,samples,seq_len\n2B,512000,2048\n",
    ] {
        let table = PointTable::from_reader("points.csv", table.as_bytes())?;
        assert_eq!(table.points[0].trajectory.tokens(), 1_048_576_000.0);
    }
    refuses(
        PointTable::from_reader("p.csv", "params,steps\n2B,1000\n".as_bytes()),
        "steps",
        &["no column for 'tokens'"],
    );
    Ok(())
}

#[test]
fn active_parameters_are_a_choice_in_what_tools_log_too() {
    let log = "step=100 tokens=1e9 loss=3.5 total_params=168M active_params=60M\nstep=200 tokens=2e9 loss=3.2 total_params=168M active_params=60M\n";
    let read = |options: ReadOptions| Sweep::from_reader("run.log", log.as_bytes(), &options);
    refuses(
        read(ReadOptions::default()),
        log,
        &["`columns: params=active_params` or `columns: params=total_params`"],
    );
    assert_eq!(
        read(ReadOptions::default().with_columns("params=active_params").unwrap()).unwrap().runs()[0].params,
        6e7
    );
    // Losses that a tool logs on rows of their own are no rivals; on one row they are.
    let apart = "step=100 tokens=1e9 loss=3.5 params=1e8\nstep=100 tokens=1e9 lm_loss=3.4 params=1e8\nstep=200 tokens=2e9 loss=3.3 params=1e8\n";
    assert!(Sweep::from_reader("run.log", apart.as_bytes(), &ReadOptions::default()).is_ok());
    a_choice("params,tokens,loss,lm_loss\n1e8,1e9,3.5,3.1\n", "loss", ["lm_loss", "loss"], &[]);
}

#[test]
fn of_networks_of_experts_a_person_says_what_n_is() {
    let pruned = "run,total_params,active_params,n_experts,tokens,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit\n\
                  a,8e8,1e8,8,2e9,3.7,cubic,0,0.2,0.6,fraction\n";
    let parts =
        ["a token may meet a part", "`columns: params=active_params`", "`columns: params=total_params`"];
    refuses(by_name(pruned), pruned, &parts);
    for (column, cell) in [
        ("num_experts", "8"),
        ("expert_sparsity", "0.75"),
        ("activation_ratio", "0.25"),
        ("moe_num_experts", "16"),
    ] {
        let text = format!("params,{column},tokens,loss\n1e8,{cell},1e9,3.5\n2e8,{cell},1e9,3.3\n");
        let parts = ["a token may meet a part", "(`columns: params=NAME`)", "`columns: params=params`"];
        refuses(by_name(&text), &text, &parts);
        assert!(chosen(&text, "params=params").is_ok(), "{text}");
        // One expert is all of a network, and who names active parameters has said it.
        assert!(by_name(&text.replace(&format!(",{cell},"), ",1,")).is_ok(), "{text}");
        assert!(chosen(&text.replace("params", "active_params"), "params=active_params").is_ok(), "{text}");
    }
    // What tools log of every run says nothing where there are no experts.
    for header in ["moe_router_topk", "moe_capacity_factor", "num_experts_per_tok"] {
        let text = format!("params,{header},num_experts,use_moe,tokens,loss\n1e8,2,8,False,1e9,3.5\n");
        assert!(by_name(&text).is_ok() && by_name(&text.replace("2,8,False", "2,,")).is_ok(), "{text}");
        assert!(by_name(&text.replace("2,8,False", "2,8,True")).is_err(), "{text}");
    }
    let text = "total_params,active_params,experts,sparsity,tokens,loss\n1.68e8,6e7,8,0.75,1e9,3.5\n3.36e8,1.2e8,8,0.75,1e9,3.3\n";
    refuses(
        by_name(text),
        text,
        &["a share of experts that rest is no pruning", "`columns: final_sparsity=`"],
    );
    refuses(
        chosen(text, "final_sparsity="),
        text,
        &["`columns: params=active_params` or `columns: params=total_params`"],
    );
    assert_eq!(chosen(text, "final_sparsity=,params=active_params").unwrap().runs()[1].params, 1.2e8);
}

#[test]
fn names_that_say_experts_are_warned_of() {
    let experts = |sweep: &Sweep| {
        let found = inspect(sweep, &ObservationOptions::default()).findings;
        let of = |kind: &FindingKind| matches!(kind, FindingKind::Experts { .. });
        found.iter().find(|finding| of(&finding.kind)).map(ToString::to_string)
    };
    let table = |column: &str, cells: [&str; 2]| {
        format!("{column},n params,tokens,loss\n{},1e8,1e9,3.5\n{},2e8,2e9,3.3\n", cells[0], cells[1])
    };
    for (column, cells) in [
        ("model", ["70M", "8x7B"]),
        ("arch", ["dense", "moe"]),
        ("run", ["gpt-70M", "30B-A3B"]),
        ("moe", ["64e-top8", "64e-top8"]),
        ("use_moe", ["False", "True"]),
        ("moe", ["0", "1"]),
    ] {
        let text = table(column, cells);
        let said = experts(&by_name(&text).unwrap()).unwrap_or_else(|| panic!("{text}"));
        let told = format!("'{column}' says '{}'", cells[1]);
        assert!(said.contains(&told) && said.contains("`columns: params=n params`"), "{said}");
        // Who chooses N has said what it is.
        assert_eq!(experts(&chosen(&text, "params=n params").unwrap()), None, "{text}");
    }
    for (column, cells) in [
        ("model", ["70M", "140M"]),
        ("arch", ["dense", "no_moe"]),
        ("use_moe", ["False", "false"]),
        ("moe", ["0", "0"]),
        ("note", ["3e", "8e"]),
    ] {
        let text = table(column, cells);
        assert_eq!(experts(&by_name(&text).unwrap()), None, "{text}");
    }
    // Beside a column of pruning in the same group of a config.
    let both = "config/kept,config/model,params,tokens,loss\n1,70M,1e8,1e9,3.5\n0.5,8x7B,2e8,2e9,3.3\n";
    assert!(experts(&by_name(both).unwrap()).unwrap().starts_with("'config/model' says '8x7B'"));
    // Tables of runs to come, too.
    let points = "model,params,tokens\n8x7B,47e9,1e12\n70B,70e9,1e12\n";
    let findings = PointTable::from_reader("points.csv", points.as_bytes()).unwrap().findings();
    assert!(findings[0].to_string().starts_with("'model' says '8x7B'"), "{findings:?}");
}

#[test]
fn a_loss_of_other_words_and_a_perplexity_are_a_choice() {
    for [loss, perplexity] in [["c4_loss", "ppl"], ["test_loss_c4", "wikitext_ppl"], ["pile loss", "val_ppl"]]
    {
        let text = format!("params,tokens,{loss},{perplexity}\n1e8,2e9,3.2,40\n");
        a_choice(&text, "loss", [loss, perplexity], &["line 2", loss, "'3.2'", "'40'"]);
        // One and the same.
        let same = format!("params,tokens,{loss},{perplexity}\n1e8,2e9,0,1\n");
        assert!(by_name(&same.replace(",0,1", ",3.6888794541,40")).is_ok(), "{loss}");
    }
    // A part of a loss.
    for loss in ["aux_loss", "router_z_loss", "baseline_loss"] {
        let text = format!("params,tokens,{loss},val_ppl\n1e8,2e9,3.2,40\n");
        let sweep = by_name(&text).expect("one column is meant");
        assert_eq!(sweep.runs()[0].checkpoints()[0].loss, 40f64.ln(), "{loss}");
    }
}

#[test]
fn names_that_say_how_far_a_run_came_are_a_choice_where_they_differ() {
    for other in ["stopped_at_tokens", "actual_tokens", "tokens_done", "seen", "D_actual"] {
        let text = format!("params,tokens,{other},loss\n7e7,2e9,2e9,4.0\n7e7,1e10,8e9,3.6\n");
        a_choice(&text, "tokens", [other, "tokens"], &["line 3", "'8e9'", "'tokens' has '1e10'"]);
        // A count of another order is of something else, and what is empty says nothing.
        for cell in ["8e6", ""] {
            assert!(
                by_name(&format!("params,tokens,{other},loss\n7e7,1e10,{cell},3.6\n")).is_ok(),
                "{other}"
            );
        }
    }
    for other in ["params_used", "nonemb", "N_eff"] {
        let text = format!("params,{other},tokens,loss\n2e8,1.6e8,2e9,4.0\n");
        a_choice(&text, "params", ["params", other], &["'1.6e8'", "'params' has '2e8'"]);
    }
    // It may be a word, a flag or a share, and of pruned networks what is left.
    for (header, row) in [("active", "1"), ("active", "true"), ("params_used", "0.8")] {
        assert!(
            by_name(&format!("params,{header},tokens,loss\n2e8,{row},2e9,4.0\n")).is_ok(),
            "{header} {row}"
        );
    }
    for other in ["corrected_loss", "loss_after_decay", "annealed_loss", "val", "loss_last"] {
        let text = format!("params,tokens,loss,{other}\n2e8,2e9,3.99,3.95\n");
        a_choice(&text, "loss", [other, "loss"], &["'3.95'", "'loss' has '3.99'"]);
    }
    // A name of the loss itself asks whatever its numbers: it may be a perplexity.
    let text = "params,tokens,loss,final_loss\n2e8,2e9,2.9,18.2\n";
    a_choice(text, "loss", ["final_loss", "loss"], &["'18.2'", "'loss' has '2.9'"]);
    // So may an evaluation, or its number.
    assert!(by_name("params,tokens,loss,evaluation\n2e8,2e9,3.99,3\n").is_ok());
    for other in ["val", "loss_std", "loss_at_init", "final_lr"] {
        assert!(by_name(&format!("params,tokens,loss,{other}\n2e8,2e9,3.99,0.31\n")).is_ok(), "{other}");
    }
}

#[test]
fn runs_that_went_on_from_others_or_are_not_at_their_end_are_asked_about() {
    for (other, cell, why) in [
        ("resumed_from_tokens", "1.6e9", "went on from another"),
        ("init_from_step", "2000", "went on from another"),
        ("progress", "80%", "is not at its end"),
        ("fraction_done", "0.25", "is not at its end"),
    ] {
        let text = |cell: &str| format!("params,tokens,{other},loss\n7e7,2e9,{cell},4.0\n");
        refuses(by_name(&text(cell)), other, &["line 2", other, cell, why, "`columns: tokens=tokens`"]);
        assert!(chosen(&text(cell), "tokens=tokens").is_ok(), "{other}");
        let none = if why.starts_with("went") { "0" } else { "100%" };
        assert!([none, ""].iter().all(|cell| by_name(&text(cell)).is_ok()), "{other}");
    }
    // Rows of a curve have the tokens of the row.
    assert!(by_name("run,params,tokens,progress,loss\na,7e7,1e9,50%,4.0\na,7e7,2e9,100%,3.8\n").is_ok());
}
