//! Which columns a message proposes where none has the name of a field.

use nbar::ReadOptions;

use crate::names::{by_name, read};
use crate::refuses;

#[test]
fn columns_that_may_be_meant_are_proposed_and_the_proposal_works() -> nbar::Result<()> {
    let table = "\"Model size (total, M)\",\"Model size (non-emb, M)\",tokens,loss\n25,19,2e9,3.2\n";
    let [total, other] = ["Model size (total, M)", "Model size (non-emb, M)"];
    let say = |name: &str| format!("`columns: params=\"{name}\"`");
    refuses(by_name(table), "two sizes", &[&format!("choose one: {} or {}", say(total), say(other))]);
    for (name, params) in [(total, 25e6), (other, 19e6)] {
        let options = ReadOptions::default().with_columns(&format!("params=\"{name}\""))?;
        assert_eq!(read(table, &options)?.runs()[0].params, params, "{name}");
    }
    for part in ["unique", "val", "teacher"] {
        let table = format!("params,\"Tokens ({part}, B)\",loss\n1e8,2,3.2\n");
        let message = by_name(&table).unwrap_err().to_string();
        assert!(!message.contains("is meant"), "{message}");
    }
    Ok(())
}

#[test]
fn losses_of_several_runs_in_a_row_are_said_to_need_rows() {
    for headers in ["loss_seed0,loss_seed1", "loss@10x,loss@20x", "c4_loss,pile_loss"] {
        let table = format!("params,tokens,{headers}\n1e8,2e9,3.1,3.2\n");
        let remedy = "give each run a row of its own; else choose one with `columns: loss=NAME`";
        refuses(by_name(&table), headers, &[remedy]);
    }
}

#[test]
fn logarithms_are_not_taken_for_counts() {
    for (header, base) in [("log10_params", "10"), ("log2 params", "2"), ("ln_N", "e"), ("log10(N)", "10")] {
        let remedy = format!("'{header}' has logarithms: add a column `params` of {base} to that power");
        refuses(by_name(&format!("{header},tokens,loss\n8,2e9,3.1\n")), header, &[&remedy]);
    }
    // A loss of that name is one.
    assert!(by_name("params,tokens,log_ppl\n1e8,2e9,3.1\n").is_ok());
}

#[test]
fn of_two_shapes_of_pruning_a_person_chooses() -> nbar::Result<()> {
    let table = |other: &str, shape: &str| {
        format!(
            "run,params,tokens,loss,schedule,{other},final_sparsity,prune_start,prune_end,prune_unit\n\
             a,1e8,1e10,3.1,cosine,{shape},0.5,0.2,0.6,fraction\n"
        )
    };
    for other in ["prune_schedule", "pruning", "sparsity_shape", "ramp"] {
        let proposal = format!("`columns: schedule={other}` or `columns: schedule=schedule`");
        refuses(by_name(&table(other, "cubic")), other, &["'schedule' has 'cosine'", &proposal]);
        let options = ReadOptions::default().with_column("schedule", other);
        let alone = table("other", "").replace("cosine", "cubic");
        let [cubic, own] = [read(&table(other, "cubic"), &options)?, by_name(&alone)?];
        assert_eq!(cubic.runs()[0].schedule(), own.runs()[0].schedule());
        refuses(by_name(&table(other, "cubic").replace("0.5,", "50%,")), other, &[&proposal]);
        assert!(by_name(&table(other, "cosine")).is_ok());
    }
    // A cubic ramp is a polynomial, and a dense run has no shape.
    assert!(by_name(&table("prune_schedule", "agp").replace("cosine", "polynomial")).is_ok());
    assert!(
        by_name(&table("prune_schedule", "cubic").replace("cosine", "dense").replace("0.5,", "0,")).is_ok()
    );
    // How weights are chosen is no shape.
    assert!(by_name(&table("prune_method", "magnitude")).is_ok());
    Ok(())
}

#[test]
fn a_k_of_a_batch_is_asked_about() {
    let text = |header: &str, cell: &str| {
        let [batch, length] = if header == "batch_size" { [cell, "2048"] } else { ["256", cell] };
        format!("run,params,steps,batch_size,sequence_length,loss\na,1e8,1000,{batch},{length},3.1\n")
    };
    refuses(
        by_name(&text("sequence_length", "2K")),
        "2K",
        &["'2K' may be 2000 or 2048", "write the number in full"],
    );
    refuses(by_name(&text("batch_size", "0.25k")), "0.25k", &["'0.25k' may be 250 or 256"]);
    for header in ["tokens_per_step", "batch_tokens"] {
        let text = format!("run,params,steps,{header},loss\na,1e8,1000,512K,3.1\n");
        refuses(by_name(&text), header, &["'512K' may be 512000 or 524288"]);
    }
    let header = "run,params,steps,batch_size (k tokens),loss\na,1e8,1000,512,3.1\n";
    assert!(by_name(header).is_err());
}

#[test]
fn shares_in_percent_are_of_the_run() -> nbar::Result<()> {
    let text = |[start, end]: [&str; 2], unit: &str| {
        format!(
            "run,params,tokens,loss,schedule,final_sparsity,prune_start,prune_end{unit}\na,1e8,1e10,3.1,cubic,0.5,{start},{end}{}\n",
            if unit.is_empty() { "" } else { ",fraction" }
        )
    };
    let shares = by_name(&text(["20%", "60%"], ""))?;
    assert_eq!(
        shares.runs()[0].schedule(),
        by_name(&text(["0.2", "0.6"], ",prune_unit"))?.runs()[0].schedule()
    );
    refuses(by_name(&text(["0.2", "60%"], "")), "mixed", &["prune_unit"]);
    Ok(())
}

#[test]
fn tokens_of_a_parameter_beside_steps_have_a_remedy_that_works() -> nbar::Result<()> {
    let table = "run,params,tokens_per_param,steps,loss\na,1e8,20,1000,3.1\nb,2e8,20,2000,3.0\n";
    refuses(by_name(table), table, &["if each row is the end of a run, say `columns: step=`"]);
    let sweep = read(table, &ReadOptions::default().with_column("step", ""))?;
    assert_eq!(sweep.runs()[1].checkpoints()[0].tokens, 4e9);
    // The experiment is no run.
    let mlflow = "run_id,experiment_id,params,TPP,loss\na,7,1e8,20,3.1\nb,7,2e8,20,3.0\n";
    assert_eq!(by_name(mlflow)?.runs().len(), 2);
    Ok(())
}

#[test]
fn of_two_lengths_nobody_chooses_where_tokens_are_given() {
    let row = |headers: &str| format!("run,params,{headers},loss\na,1e8,2e9,1000,2048,2048,3.1\n");
    assert!(by_name(&row("tokens,steps,seq_len,context_length")).is_ok());
    refuses(by_name(&row("samples,steps,seq_len,context_length")), "two lengths", &["choose one"]);
}

#[test]
fn another_name_of_a_shape_is_that_shape_where_a_count_says_how_far() -> nbar::Result<()> {
    let read = |shape: &str| {
        let text = format!(
            "run,params,tokens,loss,schedule,nnz,prune_start,prune_end,prune_unit\n\
             a,1e8,1e10,3.1,{shape},5e7,0.2,0.6,fraction\n"
        );
        read(&text, &ReadOptions::default().with_column("final_params", "nnz"))
    };
    let [cubic, agp] = [read("cubic")?, read("agp")?];
    assert_eq!(cubic.runs()[0].schedule(), agp.runs()[0].schedule());
    Ok(())
}

#[test]
fn of_counts_that_may_be_parts_of_one_their_sum_is_said() {
    for (table, field) in [
        ("encoder_params,decoder_params,tokens,loss\n7e7,7e7,2e9,3.1\n", "params"),
        ("params,stage1_tokens,stage2_tokens,loss\n7e7,1e9,2e9,3.1\n", "tokens"),
    ] {
        let sum = format!("or add a column `{field}` of their sum where they are parts of it");
        refuses(by_name(table), table, &["choose one: `columns: ", &sum]);
    }
}

#[test]
fn names_that_runs_of_several_sizes_share_are_not_to_be_read() {
    let rows: String = (0..12)
        .map(|i| format!("m,{}e8,{}e9,{}\n", [3, 1, 2, 5][i % 4], i + 1, 3.5 - 0.05 * i as f64))
        .collect();
    let table = format!("model,params,tokens,loss\n{rows}");
    let message = by_name(&table).unwrap_err().to_string();
    assert!(message.ends_with("if each row is a run of its own, say so: `columns: run=`"), "{message}");
}

#[test]
fn budgets_and_tokens_tell_the_parameters_of_dense_runs() {
    let table = "budget_flops,training_tokens,loss\n6e19,1e10,3.1\n6e20,3e10,2.8\n";
    refuses(by_name(table), table, &["add a column `params` of budget_flops / (6 x training_tokens)"]);
    assert!(!by_name(table).unwrap_err().to_string().contains("run_params"));
}
