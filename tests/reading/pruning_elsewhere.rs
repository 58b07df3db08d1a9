//! Pruning that is said in other places and other words: in configs, in texts, in logs that count a part.

use nbar::inspect::FindingKind;
use nbar::run::TrajectoryLog;
use nbar::schedule::Interpolation;
use nbar::{ObservationOptions, ReadOptions, Result, Sweep, inspect};

use crate::names::{by_name, read};
use crate::refuses;

/// The columns that may say how much is pruned, and are not read.
fn not_read(sweep: &Sweep) -> Vec<String> {
    let found = inspect(sweep, &ObservationOptions::default()).findings;
    let column = |kind: &FindingKind| match kind {
        FindingKind::PruningNotRead { column, .. } => Some(column.clone()),
        _ => None,
    };
    found.iter().filter_map(|finding| column(&finding.kind)).collect()
}

#[test]
fn what_a_config_says_of_pruning_is_kept_and_can_be_named() -> Result<()> {
    let export = |pruning: &str| {
        let run = |name: &str, more: &str| {
            format!(
                "{{\"name\": \"{name}\", \"config\": {{\"n_params\": 1e8{more}}}, \
                 \"summary\": {{\"tokens\": 2e9, \"_step\": 1000, \"eval/loss\": 3.1}}}}"
            )
        };
        format!("{{\"runs\": [{}, {}]}}", run("a", ""), run("b", &format!(", {pruning}")))
    };
    let of = |pruning: &str, columns: &str| {
        let options = ReadOptions::default();
        let options = if columns.is_empty() { options } else { options.with_columns(columns)? };
        Sweep::from_reader("runs.json", export(pruning).as_bytes(), &options)
    };
    let other = |pruning: &str| Ok::<_, nbar::Error>(not_read(&of(pruning, "")?));
    let rigl = other("\"rigl\": {\"dense_allocation\": 0.5, \"T_end\": 900}")?;
    assert_eq!(rigl, ["config/rigl/dense_allocation"]);
    let deepspeed = other("\"compression\": {\"sparse_pruning\": {\"sp1\": {\"dense_ratio\": 0.5}}}")?;
    assert_eq!(deepspeed, ["config/compression/sparse_pruning/sp1/dense_ratio"]);
    assert!(other("\"optimizer\": {\"lr\": 0.1}, \"schedule\": \"cosine\"")?.is_empty());
    // A schedule among what is said of pruning is that, and its window may be named.
    let own = "\"pruning\": {\"schedule\": \"linear\", \"final_sparsity\": 0.5, \"start_step\": 250, \"end_step\": 750}";
    refuses(of(own, ""), own, &["prune_start=config/pruning/start_step,prune_end=config/pruning/end_step"]);
    let window = "prune_start=config/pruning/start_step,prune_end=config/pruning/end_step";
    let pruned = of(own, window)?;
    assert!((pruned.runs()[1].trajectory()?.average_params() / 7.5e7 - 1.0).abs() < 1e-12);
    assert_eq!(pruned.runs()[0].trajectory()?.average_params(), 1e8);
    Ok(())
}

#[test]
fn words_of_pruning_that_nothing_reads_are_said() -> Result<()> {
    let table = |header: &str, [dense, pruned]: [&str; 2]| {
        format!("params,tokens,loss,{header}\n1e8,2e9,3.1,{dense}\n1e8,4e9,3.0,{pruned}\n")
    };
    for (header, cells) in [
        ("amount", ["0", "0.5"]),
        ("dense_ratio", ["1", "0.5"]),
        ("alive_params", ["1e8", "5e7"]),
        ("s_f", ["0", "0.8"]),
        ("variant", ["dense", "gmp50"]),
        ("method", ["none", "magnitude pruning"]),
        // Of all runs, too.
        ("variant", ["pruned", "pruned"]),
        ("method", ["wanda", "wanda"]),
        ("is_sparse", ["true", "true"]),
        ("kept", ["0.5", "0.5"]),
        ("SET", ["0", "0.8"]),
        ("nz", ["5e7", "2e7"]),
        ("recipe", ["", "\"{\"\"final_sparsity\"\": 0.5}\""]),
    ] {
        assert_eq!(not_read(&by_name(&table(header, cells))?), [header]);
    }
    for (header, cells) in [
        ("variant", ["dense", "sparse-moe"]),
        ("attention", ["full", "sparse attention"]),
        ("data", ["pile", "sparse data"]),
        ("method", ["adamw", "muon"]),
        ("drop_rate", ["0", "0.1"]),
        ("kept", ["1", "1"]),
        ("is_sparse", ["false", "false"]),
        ("kept", ["yes", "yes"]),
        ("mask_ratio", ["0.15", "0.15"]),
        ("quality_density", ["0.3", "0.3"]),
        ("amount", ["1000", "2000"]),
        ("alive", ["yes", "no"]),
        ("optimizer", ["adam", "SparseAdam"]),
        ("trial_state", ["COMPLETE", "PRUNED"]),
        ("embedding", ["dense", "sparse"]),
        ("dataset", ["c4", "sparse-news"]),
        ("config", ["\"{'lr': 1, 'pruning': None}\"", "\"{'lr': 2, 'pruning': None}\""]),
        ("config", ["\"{'lr': 1, 'sparsity': 0.0}\"", "\"{'lr': 2, 'sparsity': 0.0}\""]),
    ] {
        assert!(not_read(&by_name(&table(header, cells))?).is_empty(), "{header} {cells:?}");
    }
    Ok(())
}

#[test]
fn parameters_that_may_stay_dense_are_named() -> Result<()> {
    let table = |header: &str, schedule: &str| {
        format!("params,{header},tokens,loss,{schedule}\n1e8,3e7,2e9,3.1,constant,0.5\n")
    };
    let notes = |text: &str| Ok::<_, nbar::Error>(by_name(text)?.sources()[0].notes.join("\n"));
    for header in ["embedding_params", "dense_layers_params", "lm_head_params"] {
        let said = notes(&table(header, "schedule,final_sparsity"))?;
        assert!(said.contains(&format!("`columns: fixed_params={header}`")), "{said}");
    }
    for header in ["non_embedding_ratio", "head_dim", "embedding_dim"] {
        assert!(!notes(&table(header, "schedule,final_sparsity"))?.contains("fixed_params"), "{header}");
    }
    assert!(!notes(&table("embedding_params", "lr_schedule,seed"))?.contains("fixed_params"));
    Ok(())
}

#[test]
fn an_average_may_be_called_by_its_sign() -> Result<()> {
    let sweep = by_name("params,N\u{304},D,loss\n1e8,6e7,2e9,3.1\n")?;
    assert_eq!(sweep.observations(&ObservationOptions::default())?.average_params(), [6e7]);
    Ok(())
}

#[test]
fn all_parameters_are_not_taken_for_those_that_may_be_pruned() -> Result<()> {
    let fixed = "total_params,fixed_params,tokens,loss\n1e8,3e7,2e9,3.1\n";
    refuses(
        by_name(fixed),
        fixed,
        &["column 'total_params'", "the total less the fixed ones into a column params"],
    );
    let options = ReadOptions::default().with_columns("params=total_params")?;
    assert_eq!(read(fixed, &options)?.runs()[0].initial_params(), 1.3e8);
    assert!(by_name(&fixed.replace("total_params", "params")).is_ok());
    assert!(by_name(&fixed.replace("3e7", "0")).is_ok() && by_name(&fixed.replace("3e7", "")).is_ok());
    // Of a dense run what a token meets is all of it, but in a network of experts.
    let active = |dense: &str| {
        format!(
            "total_params,active_params,tokens,loss,schedule,final_sparsity\n1e8,{dense},2e9,3.1,dense,\n\
             1e8,5e7,2e9,3.2,constant,0.5\n"
        )
    };
    let choice = ["line 2", "params=active_params", "params=total_params"];
    refuses(by_name(&active("2.5e7")), "experts", &choice);
    assert_eq!(by_name(&active("1e8"))?.runs()[1].trajectory()?.average_params(), 5e7);
    Ok(())
}

#[test]
fn other_words_of_schedules_and_units_are_read() -> Result<()> {
    let average = |schedule: &str, start: &str, end: &str, unit: &str| {
        let text = format!(
            "params,tokens,steps,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit\n\
             1e8,2e9,1000,3.1,{schedule},0.5,{start},{end},{unit}\n"
        );
        Ok::<_, nbar::Error>(by_name(&text)?.runs()[0].trajectory()?.average_params())
    };
    let own = average("cubic", "0.2", "0.6", "fraction")?;
    for (schedule, start, end, unit) in [
        ("GMP", "20", "60", "percent"),
        ("cubic decay", "20", "60", "%"),
        ("PolynomialDecay", "20%", "60%", "percent"),
        ("gmp_cubic", "200", "600", "iterations"),
        ("agp", "0.2", "0.6", "frac"),
    ] {
        let found = average(schedule, start, end, unit)?;
        assert!((found / own - 1.0).abs() < 1e-12, "{schedule} {unit}: {found}, not {own}");
    }
    assert_eq!(average("static", "", "", "")?, 5e7);
    let dense = "params,tokens,steps,loss,schedule,final_sparsity,initial_sparsity,prune_start,prune_end,prune_unit\n\
                 1e8,2e9,1000,3.1,,,0,200,600,step\n1e8,2e9,1000,3.2,linear,0.5,0,200,600,step\n";
    let runs = by_name(dense)?;
    assert_eq!(runs.runs()[0].trajectory()?.average_params(), 1e8);
    let percent = "params;tokens;loss;schedule;final_sparsity\n1e8;2e9;3,1;constant;50,0 %\n";
    let options = ReadOptions::default().with_commas(nbar::read::Commas::Decimal);
    assert_eq!(read(percent, &options)?.runs()[0].trajectory()?.average_params(), 5e7);
    Ok(())
}

#[test]
fn logs_that_count_a_part_or_in_another_unit_are_refused() -> Result<()> {
    let sweep = || by_name("run,params,tokens,loss\na,1e8,1e10,3.1\nb,1e8,1e10,3.2\n");
    let with = |text: &str| {
        sweep()?.with_trajectories(&TrajectoryLog::from_str("log.csv", text)?, Interpolation::Held)
    };
    let part = "run,tokens,nonzero\na,0,7e7\na,5e9,7e7\nb,0,7e7\nb,5e9,3e7\n";
    refuses(with(part), part, &["counts 0.700 of the parameters of run 'b'", "`fixed_params`"]);
    // One whose count rises to all of it.
    assert!(with(&part.replace("b,0,7e7", "b,0,7e7\nb,1e9,1e8")).is_ok());
    // All sparse from the start, and so to the end.
    assert!(with(&part.replace("3e7", "7e7")).is_ok());
    let billions = "run,tokens,sparsity\na,0,0\na,2,0\na,4,.2\na,6,.4\na,9,.5\n";
    refuses(with(billions), billions, &["ends at 9 for run 'a'", "unit is missing"]);
    let counted = "run,tokens,sparsity\nb,0,0\nb,5e9,0.5\n";
    let is_said = |sweep: &Sweep| {
        let found = inspect(sweep, &ObservationOptions::default()).findings;
        found.iter().any(|finding| finding.kind == FindingKind::NotCounted)
    };
    assert!(is_said(&with(counted)?));
    // A table that says which runs are pruned says it of the others.
    let says =
        by_name("run,params,tokens,loss,schedule,final_sparsity\na,1e8,1e10,3.1,dense,\nb,1e8,1e10,3.2,,\n")?;
    assert!(!is_said(
        &says.with_trajectories(&TrajectoryLog::from_str("log.csv", counted)?, Interpolation::Held)?
    ));
    // Parameters that never change say nothing of pruning beside a sparsity that is there once.
    let last = "run,params,tokens,loss,sparsity\na,1e8,5e9,3.3,\na,1e8,1e10,3.1,0.5\n";
    let log = TrajectoryLog::from_str("runs.csv", last)?;
    let curve = read(last, &ReadOptions::default().with_columns("sparsity=")?)?;
    refuses(curve.with_trajectories(&log, Interpolation::Held), last, &["needs a row at 0"]);
    Ok(())
}

#[test]
fn what_is_left_is_told_from_what_there_was() -> Result<()> {
    let only =
        "final_params,final_sparsity,tokens,loss,schedule\n1e8,0,2e9,3.1,dense\n5e7,0.5,2e9,3.2,constant\n";
    let remedy = "the parameters before pruning: 'final_params' / (1 - 'final_sparsity')";
    refuses(by_name(only), only, &["no column for 'params'", remedy]);
    // What a sparse network has is what is left of it.
    let sparse = "params,sparse_params,tokens,loss,schedule,prune_start,prune_end,prune_unit\n\
                  1e8,1e8,2e9,3.1,dense,,,\n1e8,5e7,2e9,3.2,linear,0.25,0.75,fraction\n";
    refuses(by_name(sparse), sparse, &["line 3", "`columns: final_params=sparse_params`"]);
    let named = read(sparse, &ReadOptions::default().with_columns("final_params=sparse_params")?)?;
    assert!((named.runs()[1].trajectory()?.average_params() / 7.5e7 - 1.0).abs() < 1e-12);
    Ok(())
}

#[test]
fn rows_are_not_left_out_where_many_are_wrong_in_one_way() {
    let table = |wrong: usize| {
        let row = |i: usize| {
            let start = if i < wrong { "0.2" } else { "2e8" };
            format!("r{i},1e8,{i}e9,3.1,cubic,0.5,{start},9e8,token\n")
        };
        let rows: String = (1..=20).map(row).collect();
        format!("run,params,tokens,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit\n{rows}")
    };
    for (wrong, is_offered) in [(3, true), (12, false)] {
        let message = by_name(&table(wrong)).unwrap_err().to_string();
        assert!(message.contains("is a part of a token"), "{message}");
        assert_eq!(message.contains("leave all of them out"), is_offered, "{message}");
        assert!(is_offered || message.contains("give a whole number of single ones"), "{message}");
    }
}

#[test]
fn columns_of_a_table_of_runs_may_say_that_they_are_pruned() -> Result<()> {
    let table = "run,tokens,loss\na,2e9,3.4\nb,8e9,2.8\n";
    let runs = |header: &str, cell: &str| {
        let runs = format!("run,params,{header}\na,1e8,\nb,1.6e8,{cell}\n");
        let options = ReadOptions::default().with_runs_from("runs.csv", runs.as_bytes())?;
        Sweep::from_reader("t.csv", table.as_bytes(), &options)
    };
    for (header, cell) in [
        ("pruned_to", "80%"),
        ("is_pruned", "true"),
        ("variant", "2:4"),
        ("kept", "0.5"),
        ("recipe", "gmp50"),
    ] {
        assert_eq!(not_read(&runs(header, cell)?), [header], "{header}");
    }
    for (header, cell) in [("vocab", "2:30"), ("note", "pruned the data"), ("layers", "12")] {
        assert_eq!(not_read(&runs(header, cell)?), [""; 0], "{header}");
    }
    Ok(())
}

#[test]
fn logs_of_a_part_in_another_unit_or_of_what_is_aimed_at_are_refused() -> Result<()> {
    let sweep = || by_name("run,params,tokens,step,loss\na,1e9,2e10,20000,2.7\nb,1e9,2e10,20000,2.6\n");
    let with = |log: &str| {
        sweep()?.with_trajectories(&TrajectoryLog::from_str("log.csv", log)?, Interpolation::Held)
    };
    // A run that is not pruned may have one row.
    let part = "run,step,nonzero\na,0,8e8\na,10000,4e8\nb,0,8e8\n";
    refuses(with(part), part, &["counts 0.800 of the parameters of run 'a' at its start"]);
    let billions = "run,tokens,sparsity\na,0,0\na,5,0.2\na,10,0.6\n";
    refuses(with(billions), billions, &["ends at 10 for run 'a'", "whether a unit is missing"]);
    assert!(with("run,tokens,sparsity\na,0,0.5\n").is_ok());
    // A step more than the last row is its end, and no more.
    let one_more = |last: u32| format!("run,step,sparsity\na,0,0\na,10000,0.5\na,20000,0.5\na,{last},0.5\n");
    let sweep = with(&one_more(20001))?.observations(&ObservationOptions::default())?;
    assert_eq!(sweep.average_params(), [7.5e8, 1e9]);
    // Beyond it a log is cut if it has several rows before: of one in another unit one would at most.
    refuses(with(&one_more(40000)), "twice as long", &["lies beyond the run's end"]);
    let sweep = with(&one_more(25000))?.observations(&ObservationOptions::default())?;
    assert_eq!(sweep.average_params(), [7.5e8, 1e9]);
    let beyond = "run,step,sparsity\na,0,0\na,10000,0.5\na,40000,0.5\n";
    refuses(with(beyond), beyond, &["the count at 40000000000 lies beyond the run's end"]);
    for header in ["target_sparsity", "final_sparsity", "final_density", "masked"] {
        let aims = format!("run,step,params,{header}\na,0,1e9,0\na,5000,1e9,0.2\na,10000,1e9,0.6\n");
        refuses(with(&aims), header, &[header, "changes within a run, where the parameters do not"]);
    }
    Ok(())
}

#[test]
fn counts_that_begin_below_all_and_fall_are_asked_about() -> Result<()> {
    let with = |columns: &str, cells: [&str; 2], logs: &[&str]| {
        let table = format!(
            "run,tokens,steps,loss,{columns}\na,2e10,20000,2.7,{}\nb,2e10,20000,2.6,{}\n",
            cells[0], cells[1]
        );
        let logs: Vec<_> =
            logs.iter().map(|log| TrajectoryLog::from_str("log.csv", log)).collect::<Result<_>>()?;
        let options = logs.iter().fold(ReadOptions::default(), |all, log| all.with_counted_runs(log));
        let sweep = Sweep::from_reader("t.csv", table.as_bytes(), &options)?;
        sweep.with_trajectories(logs, Interpolation::Held)
    };
    let means = |sweep: Sweep| {
        let rows = sweep.observations(&ObservationOptions::default())?;
        Ok::<_, nbar::Error>(rows.average_params().to_vec())
    };
    // A log for each run, as in a folder; none of them dense; and a first row that is not at 0.
    let [dense, falls, early] = [
        "run,step,nonzero\nb,0,8e8\nb,20000,8e8\n",
        "run,step,nonzero\na,0,8e8\na,10000,4e8\n",
        "run,step,nonzero\na,100,8e8\na,200,8e8\na,10000,4e8\n",
    ];
    for logs in [&[dense, falls][..], &[falls], &[early]] {
        let asked = ["counts 0.800 of the parameters of run 'a' at its start", "column `initial_sparsity`"];
        refuses(with("params", ["1e9", "1e9"], logs), "0.8", &asked);
    }
    // Where a tracker begins at step 1; beside a run that is whole; and of parameters that may be rounded.
    let later = falls.replace("a,0,", "a,1,");
    refuses(with("params", ["1e9", "1e9"], &[&later]), "1", &["counts 0.800"]);
    let whole_dense = dense.replace("8e8", "1e9");
    refuses(with("params", ["1e9", "1e9"], &[&whole_dense, falls]), "whole", &["counts 0.800"]);
    refuses(with("params", ["0.85e9", "1e9"], &[falls]), "rounded", &["counts 0.941", "`params` is rounded"]);
    assert!(with("params", ["0.805e9", "1e9"], &[falls]).is_ok());
    // Layers whose sizes are all, and a column of sparsities beside the counts, say what the counts are of.
    let layers =
        "run,step,layer,nonzero,size\na,0,x,5e8,6e8\na,0,y,3e8,4e8\na,10000,x,2e8,6e8\na,10000,y,2e8,4e8\n";
    assert_eq!(means(with("params", ["1e9", "1e9"], &[layers])?)?, [6e8, 1e9]);
    let both = "run,step,nonzero,sparsity\na,0,8e8,0.2\na,10000,4e8,0.6\n";
    assert_eq!(means(with("params", ["1e9", "1e9"], &[both])?)?, [6e8, 1e9]);
    refuses(with("params", ["1e9", "1e9"], &[&both.replace("0.2", "0")]), "part", &["counts 0.800"]);
    // A schedule of the table may say it.
    let schedule = "params,schedule,final_sparsity,initial_sparsity,prune_start,prune_end,prune_unit";
    let told = with(schedule, ["1e9,linear,0.6,0.2,0.4,0.6,fraction", "1e9,dense,,,,,"], &[falls])?;
    assert_eq!(means(told)?, [6e8, 1e9]);
    // Both remedies work, and a start that is told otherwise is none.
    let part = with("params,fixed_params", ["8e8,2e8", "8e8,2e8"], &[dense, falls])?;
    assert_eq!(means(part)?, [8e8, 1e9]);
    let sparse = with("params,initial_sparsity", ["1e9,0.2", "1e9,"], &[falls])?;
    assert_eq!(means(sparse)?, [6e8, 1e9]);
    let asked = ["counts 0.800", "its `initial_sparsity` is 0:", "mend the column `initial_sparsity`"];
    refuses(with("params,initial_sparsity", ["1e9,0", "1e9,"], &[falls]), "0", &asked);
    // Pruned from the first step on.
    let at_once = "run,step,nonzero\na,100,9.9e8\na,200,9.8e8\na,10000,4e8\n";
    assert!(with("params", ["1e9", "1e9"], &[at_once]).is_ok());
    // What a table says of the end is compared, and of all parameters or of those that can be pruned.
    let whole = "run,step,nonzero\na,0,1e9\na,10000,5e8\n";
    let odd = |columns: &str, cells: [&str; 2], log: &str| {
        let found = inspect(&with(columns, cells, &[log])?, &ObservationOptions::default()).findings;
        let odd = found.into_iter().find_map(|finding| match finding.kind {
            FindingKind::DensityDisagrees { given, own, counted } => Some((given, own, counted)),
            _ => None,
        });
        Ok::<_, nbar::Error>(odd)
    };
    assert_eq!(odd("params,final_sparsity", ["1e9,0.5", "1e9,"], whole)?, None);
    assert_eq!(odd("params,final_sparsity", ["1e9,0.75", "1e9,"], whole)?, Some((0.25, 0.5, true)));
    assert_eq!(odd("params,fixed_params,final_sparsity", ["8e8,2e8,0.5", "8e8,2e8,"], falls)?, None);
    Ok(())
}

#[test]
fn a_run_that_several_logs_count_is_one() -> Result<()> {
    let with = |logs: &[&str]| {
        let sweep = by_name("run,params,tokens,step,loss\na,1e9,2e10,20000,2.7\nb,1e9,2e10,20000,2.6\n")?;
        let logs: Vec<_> =
            logs.iter().map(|log| TrajectoryLog::from_str("log.csv", log)).collect::<Result<_>>()?;
        sweep.with_trajectories(logs, Interpolation::Held)
    };
    // Logs of a run that was resumed, in either order; the other run is counted in the second alone.
    let (early, late) = (
        "run,step,sparsity\na,0,0\na,4000,0\n",
        "run,step,sparsity\na,4000,0\na,10000,0.5\nb,0,0\nb,10000,0.2\n",
    );
    for logs in [[early, late], [late, early]] {
        let rows = with(&logs)?.observations(&ObservationOptions::default())?;
        assert_eq!(rows.average_params(), [7.5e8, 9e8]);
    }
    refuses(with(&[early, &late.replace("4000,0", "4000,0.1")]), "otherwise", &["counts run 'a' at 4000"]);
    let counts = "run,step,nonzero\na,10000,5e8\n";
    refuses(with(&[early, counts]), "counts", &["counts run 'a' otherwise than", "keep one of both"]);
    // Rows of one count that end early leave open what came after.
    let level: String = (0..6).map(|row| format!("a,{},0\n", 600 * row)).collect();
    let found =
        inspect(&with(&[&format!("run,step,sparsity\n{level}")])?, &ObservationOptions::default()).findings;
    assert!(found.iter().any(|finding| matches!(finding.kind, FindingKind::CountsEnd { .. })));
    Ok(())
}
