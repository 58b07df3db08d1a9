//! What tables of pruned runs do not say of the schedule: options say it of all of them, or the names of columns do.

use nbar::schedule::{ScheduleFields, Unit};
use nbar::{ReadOptions, Result, Schedule, Sweep};

use crate::names::{by_name, read};
use crate::refuses;

#[track_caller]
fn refused(table: &str, parts: &[&str]) {
    refuses(Sweep::from_csv_str("t.csv", table), table, parts);
}

fn read_with(table: &str, options: &ReadOptions) -> Result<Sweep> {
    Sweep::from_reader("runs.csv", table.as_bytes(), options)
}

#[test]
fn what_tables_lack_of_schedules_is_said_of_all_pruned_runs() -> Result<()> {
    let average = |table: &str, fields: ScheduleFields| -> Result<Vec<f64>> {
        let options = ReadOptions::default().with_pruning(fields);
        let sweep = Sweep::from_reader("t.csv", table.as_bytes(), &options)?;
        let density = |run: &nbar::Run| Ok(run.trajectory()?.average_params() / run.params);
        sweep.runs().iter().map(density).collect()
    };
    let none = ScheduleFields::default;
    let near = |found: Vec<f64>, expected: [f64; 2]| {
        let is = found.iter().zip(expected).all(|(found, expected)| (found / expected - 1.0).abs() < 1e-12);
        assert!(is && found.len() == 2, "{found:?} {expected:?}");
    };
    let text = |text: &str| Some(text.to_owned());
    let bare = "params,tokens,loss,final_sparsity\n1e8,2e9,3.0,0\n1e8,2e9,3.1,0.5\n";
    refused(bare, &["needs `schedule`", "`schedule=NAME`"]);
    near(average(bare, ScheduleFields { schedule: text("constant"), ..none() })?, [1.0, 0.5]);
    let window = ScheduleFields {
        prune_start: Some(0.2),
        prune_end: Some(0.6),
        prune_unit: text("fraction"),
        ..none()
    };
    near(average(bare, ScheduleFields { schedule: text("linear"), ..window.clone() })?, [1.0, 0.7]);
    // Each row's own goes before.
    let own = "params,tokens,loss,schedule,final_sparsity\n1e8,2e9,3.0,dense,0\n1e8,2e9,3.1,constant,0.5\n";
    near(average(own, ScheduleFields { schedule: text("linear"), ..window.clone() })?, [1.0, 0.5]);
    // A unit alone, from an option or from the names of the columns.
    let table = |start: &str, end: &str, cells: &str| {
        format!(
            "params,tokens,step,loss,schedule,final_sparsity,{start},{end}\n1e8,2e9,1000,3,dense,0,,\n1e8,2e9,1000,3.1,linear,0.5,{cells}\n"
        )
    };
    let plain = table("prune_start", "prune_end", "0.2,0.6");
    refused(&plain, &["needs `prune_unit`", "`prune_unit=UNIT`"]);
    near(average(&plain, ScheduleFields { prune_unit: text("fraction"), ..none() })?, [1.0, 0.7]);
    for (start, end, cells) in [
        ("prune_start_step", "prune_end_step", "200,600"),
        ("pruning_start_tokens", "pruning_end_tokens", "4e8,1.2e9"),
        ("prune_start_fraction", "prune_end_fraction", "0.2,0.6"),
    ] {
        near(average(&table(start, end, cells), none())?, [1.0, 0.7]);
    }
    refused(
        &table("start_tokens", "end_tokens", "4e8,1.2e9"),
        &["`columns: prune_start=start_tokens,prune_end=end_tokens`"],
    );
    let chosen = ReadOptions::default().with_columns("prune_start=start_tokens,prune_end=end_tokens")?;
    let table = table("start_tokens", "end_tokens", "4e8,1.2e9");
    let sweep = Sweep::from_reader("t.csv", table.as_bytes(), &chosen)?;
    assert!((sweep.runs()[1].trajectory()?.average_params() / 7e7 - 1.0).abs() < 1e-12);
    // What is left tells the sparsity of a ramp, and not that of a constant, which may be the learning rate's.
    let left = "params,tokens,loss,schedule,final_params,prune_start,prune_end,prune_unit\n1e8,2e9,3.0,dense,1e8,,,\n1e8,2e9,3.1,linear,5e7,.2,.6,fraction\n";
    near(average(left, none())?, [1.0, 0.7]);
    let alone = "params,tokens,loss,final_params\n1e8,2e9,3.0,1e8\n1e8,2e9,3.1,5e7\n";
    near(average(alone, ScheduleFields { schedule: text("linear"), ..window.clone() })?, [1.0, 0.7]);
    let options =
        ReadOptions::default().with_pruning(ScheduleFields { schedule: text("linear"), ..window.clone() });
    let moved = Sweep::from_reader("t.csv", alone.as_bytes(), &options)?
        .with_prune_window(0.0..=0.5, Unit::Fraction)?;
    assert!((moved.runs()[1].trajectory()?.average_params() / 6.25e7 - 1.0).abs() < 1e-12);
    let constant = "params,tokens,loss,schedule,final_params\n1e8,2e9,3.1,constant,5e7\n";
    refused(constant, &["needs `final_sparsity`", "1 - 'final_params'"]);
    let of_rate = "params,tokens,loss,schedule,final_params\n1e8,2e9,3.1,cosine,5e7\n";
    refused(
        of_rate,
        &["needs `prune_start`", "if it is the learning rate's schedule, say `columns: schedule=`"],
    );
    // What is never pruned lacks nothing; a single cut has one place.
    let zeros = plain.replace("dense,0,,", "linear,0,0,0");
    near(average(&zeros, ScheduleFields { prune_unit: text("fraction"), ..none() })?, [1.0, 0.7]);
    let cut = ScheduleFields {
        schedule: text("one_shot"),
        prune_start: Some(0.5),
        prune_end: Some(0.5),
        prune_unit: text("fraction"),
        ..none()
    };
    near(average(bare, cut)?, [1.0, 0.75]);
    // Two units are none.
    let mixed = table.replace("start_tokens", "prune_start_step").replace("end_tokens", "prune_end_tokens");
    refused(&mixed, &["a window has one unit"]);
    Ok(())
}

#[test]
fn densities_are_sparsities_of_what_they_leave() -> Result<()> {
    let options = ReadOptions::default().with_columns("final_sparsity=density")?;
    let table = |header: &str, cell: &str| {
        format!("params,tokens,loss,schedule,{header}\n1e8,2e9,3.0,constant,{cell}\n")
    };
    let sparsity = |sweep: Sweep| sweep.runs()[0].schedule().clone();
    assert_eq!(sparsity(read_with(&table("density", "0.9"), &options)?), Schedule::constant(0.1));
    for cell in ["0.2", "20 %"] {
        assert_eq!(
            sparsity(Sweep::from_csv_str("runs.csv", &table("final_density", cell))?),
            Schedule::constant(0.8),
            "{cell}"
        );
    }
    // Also where the person says that it is one.
    let said = ReadOptions::default().with_columns("final_density=kept")?;
    assert_eq!(sparsity(read_with(&table("kept", "0.2"), &said)?), Schedule::constant(0.8));
    refuses(
        Sweep::from_csv_str("runs.csv", &table("sparsity", "2:8")),
        "2:8",
        &["write 0.75, as 2 of 8 are kept"],
    );
    refuses(
        Sweep::from_csv_str("runs.csv", &table("final_density", "0")),
        "0",
        &["'0' is not a density above 0"],
    );
    refuses(
        Sweep::from_csv_str("runs.csv", &table("final_density", "20")),
        "20",
        &["'20' is not a share from 0 to 1"],
    );
    let dense = "params,tokens,loss,schedule,final_density\n1e8,2e9,3.0,dense,1\n";
    assert_eq!(
        Sweep::from_csv_str("runs.csv", dense)?.mapping().last().unwrap().to_string(),
        "runs.csv: final_sparsity is 1 - column 'final_density'"
    );
    Ok(())
}

#[test]
fn a_schedule_beside_a_learning_rate_may_be_its_own() -> Result<()> {
    let table = |rate: &str, column: &str, cell: &str| {
        format!(
            "params,tokens,{rate},{column},sparsity,loss\n1e8,1e9,3e-4,{cell},0,3.1\n1e8,1e9,3e-4,{cell},0.5,3.2\n"
        )
    };
    for (rate, cell) in
        [("lr", "constant"), ("peak_lr", "linear"), ("warmup_steps", "cosine"), ("learning_rate", "Linear")]
    {
        let text = table(rate, "schedule", cell);
        refuses(
            by_name(&text),
            &text,
            &["lines 2, 3", "'schedule'", cell, rate, "schedule=schedule", "`columns: schedule=`"],
        );
        let points = nbar::read::PointTable::from_reader("points.csv", text.as_bytes());
        refuses(points, &text, &["line 2", "'schedule'", cell, rate]);
    }
    let options = ReadOptions::default().with_columns("schedule=schedule")?;
    assert_eq!(
        read(&table("lr", "schedule", "constant"), &options)?.runs()[1].trajectory()?.average_params(),
        5e7
    );
    // Names of pruning alone, tables that say both, and those in which dense runs are said to be.
    for text in [
        table("lr", "prune_schedule", "constant"),
        table("seed", "schedule", "constant"),
        table("lr", "schedule", "constant").replacen("constant", "dense", 1),
        table("lr_schedule", "schedule", "constant").replace("3e-4", "cosine"),
        table("lr", "schedule", "one-shot,0.5,fraction")
            .replace("schedule,", "schedule,prune_start,prune_unit,"),
    ] {
        by_name(&text)?;
    }
    Ok(())
}

#[test]
fn names_of_runs_may_say_that_they_are_pruned() -> Result<()> {
    let table = |name: &str, more: [&str; 2]| {
        let [header, cell] = more;
        format!("model,params,tokens,loss{header}\n70M,7e7,1e9,3.1{cell}\n{name},7e7,1e9,3.2{cell}\n")
    };
    let says = |text: &str| -> Result<bool> {
        let found = nbar::inspect(&by_name(text)?, &nbar::ObservationOptions::default()).findings;
        Ok(found.iter().any(|finding| finding.to_string().contains("is not read as pruning")))
    };
    for name in ["70M-sparse50", "70M-2of4", "gpt-70M-sp50", "70M-pruned50"] {
        assert!(says(&table(name, ["", ""]))?, "{name}");
        assert!(!says(&table(name, [",average_params", ",7e7"]))?, "{name}");
    }
    for name in ["70M-b", "sparse-moe-70M", "70M-sparse-attention"] {
        assert!(!says(&table(name, ["", ""]))?, "{name}");
    }
    Ok(())
}
