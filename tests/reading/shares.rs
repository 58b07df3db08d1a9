//! Shares of a network that are left, in the units and by the names that people give them.

use nbar::run::TrajectoryLog;
use nbar::schedule::Interpolation;
use nbar::schedule::ScheduleFields;
use nbar::{ReadOptions, Result, Sweep};

use crate::refuses;

/// N̄ / N0 of the last run of a table.
fn density(table: &str, options: &ReadOptions) -> Result<f64> {
    let sweep = Sweep::from_reader("t.csv", table.as_bytes(), options)?;
    let run = sweep.runs().last().unwrap();
    Ok(run.trajectory()?.average_params() / run.params)
}

#[track_caller]
fn near(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() < 1e-12, "{found} for {expected}");
}

#[test]
fn densities_in_percent_are_densities() -> Result<()> {
    // A cubic ramp over 20 to 60 %: N̄ / N0 = 1 - 0.7 s.
    let table = |header: &str, all: &str, left: &str| {
        format!(
            "params,tokens,loss,schedule,prune_start,prune_end,prune_unit,{header}\n\
             1e8,2e9,3.1,dense,,,,{all}\n1e8,2e9,3.3,cubic,0.2,0.6,fraction,{left}\n"
        )
    };
    let none = ReadOptions::default;
    for header in ["final_density_pct", "final density (%)", "target_density_percent", "final_density [%]"] {
        near(density(&table(header, "100", "20"), &none())?, 0.44);
        near(density(&table(header, "100%", "20%"), &none())?, 0.44);
        refuses(Sweep::from_csv_str("t.csv", &table(header, "100", "0.2")), header, &["'0.2'", "in percent"]);
        refuses(Sweep::from_csv_str("t.csv", &table(header, "100", "120")), header, &["'120'", "in percent"]);
    }
    near(density(&table("final_density", "1", "0.2"), &none())?, 0.44);
    for (header, pair, all, left) in [
        ("keep", "final_density_percent=keep", "100", "20"),
        ("density (%)", "final_density=density (%)", "100", "20"),
        ("density_pct", "final_density=density_pct", "100", "20"),
        ("keep", "final_density=keep", "1", "20%"),
        ("pruned", "final_sparsity_percent=pruned", "0", "80"),
    ] {
        near(density(&table(header, all, left), &none().with_columns(pair)?)?, 0.44);
    }
    Ok(())
}

#[test]
fn a_refused_share_is_named_as_it_can_be_read() -> Result<()> {
    let window = ScheduleFields {
        schedule: Some("cubic".into()),
        prune_start: Some(0.2),
        prune_end: Some(0.6),
        prune_unit: Some("fraction".into()),
        ..ScheduleFields::default()
    };
    for (header, all, left) in [
        ("Density", "100%", "20%"),
        ("weight_density", "1", "0.2"),
        ("keep_ratio", "1", "0.2"),
        ("keep_pct", "100", "20"),
        ("nonzero_frac", "1", "0.2"),
        ("prune_ratio", "0", "80"),
        ("Sparsity (target)", "0", "80"),
        ("pruned_fraction", "0", "0.8"),
    ] {
        let table = format!("params,tokens,loss,{header}\n1e8,2e9,3.1,{all}\n1e8,2e9,3.3,{left}\n");
        let said = Sweep::from_csv_str("t.csv", &table).unwrap_err().to_string();
        let Some((_, rest)) = said.split_once("say `columns: ") else { panic!("{header}: {said}") };
        let pair = rest.split('`').next().unwrap();
        let options = ReadOptions::default().with_columns(pair)?.with_pruning(window.clone());
        near(density(&table, &options)?, 0.44);
    }
    // A mean, and how many times smaller it is, are not what is left in the end.
    for header in ["mean_sparsity", "compression_ratio"] {
        let table = format!("params,tokens,loss,{header}\n1e8,2e9,3.3,5\n");
        let said = Sweep::from_csv_str("t.csv", &table).unwrap_err().to_string();
        assert!(!said.contains("in the end"), "{header}: {said}");
    }
    // On several rows of a run it may be that of the moment.
    let curve = "run,step,params,tokens,loss,prune_ratio\na,1,1e8,1e9,3.1,0\na,2,1e8,2e9,3.0,0.5\n";
    refuses(Sweep::from_csv_str("t.csv", curve), curve, &["so far", "`trajectories=t.csv`"]);
    Ok(())
}

#[test]
fn how_many_times_smaller_a_network_is_is_not_passed_over() -> Result<()> {
    for header in ["compression", "Compression factor", "compression_ratio", "model/compression"] {
        for (dense, pruned) in [("1", "4"), ("1x", "4x"), ("1.0", "2.5X"), ("none", "4×")] {
            let table = |cell: &str| format!("params,tokens,loss,{header}\n1e8,2e9,3.3,{cell}\n");
            near(density(&table(dense), &ReadOptions::default())?, 1.0);
            let said = [header, pruned, "no column says how the run was pruned"];
            refuses(Sweep::from_csv_str("t.csv", &table(pruned)), header, &said);
        }
    }
    // A method of compression is none of pruning.
    near(density("params,tokens,loss,compression\n1e8,2e9,3.3,gzip\n", &ReadOptions::default())?, 1.0);
    Ok(())
}

#[test]
fn a_unit_that_the_names_say_may_be_said_again() -> Result<()> {
    let table = "params,tokens,step,loss,schedule,final_sparsity,prune from step,prune to step\n\
                 1e8,2e9,1000,3.3,cubic,0.8,200,600\n";
    let columns = "prune_start=prune from step,prune_end=prune to step";
    let unit = |unit: &str| ScheduleFields { prune_unit: Some(unit.into()), ..ScheduleFields::default() };
    let options = ReadOptions::default().with_columns(columns)?;
    near(density(table, &options)?, 0.44);
    near(density(table, &options.with_pruning(unit("step")))?, 0.44);
    Ok(())
}

#[test]
fn counts_that_fall_beside_the_parameters_are_not_passed_over() -> Result<()> {
    // Of each row a count in another column, and what is refused of it.
    let curve = |header: &str, cells: [&str; 4]| {
        let row =
            |(i, cell): (usize, &&str)| format!("a,{0},1e8,{0}e9,{1},{cell}\n", i + 1, 3.5 - 0.1 * i as f64);
        let rows: String = cells.iter().enumerate().map(row).collect();
        format!("run,step,params,tokens,loss,{header}\n{rows}")
    };
    // The same in the history of a tracker, whose settings have the parameters.
    let history = |header: &str, cells: [&str; 4]| {
        let row = |(i, cell): (usize, &&str)| {
            format!("{{\"_step\": {}, \"loss\": {}, \"{header}\": {cell}}}", i + 1, 3.5 - 0.1 * i as f64)
        };
        let rows: Vec<String> = cells.iter().enumerate().map(row).collect();
        let config = "{\"params\": 1e8, \"tokens_per_step\": 1e9}";
        format!("{{\"name\": \"a\", \"config\": {config}, \"history\": [{}]}}\n", rows.join(", "))
    };
    for (header, text) in [
        ("n_params", history("n_params", ["1e8", "1e8", "6e7", "5e7"])),
        ("model/num_parameters", history("model/num_parameters", ["1e8", "9e7", "8e7", "8e7"])),
        ("linear_layer_sparsity", curve("linear_layer_sparsity", ["0", "0", "0.3", "0.5"])),
        ("attention sparsity", curve("attention sparsity", ["0", "0.1", "0.3", "0.5"])),
    ] {
        let said = [header, "changes within the run", "`trajectories=t.csv`", "`columns: final_sparsity=`"];
        refuses(Sweep::from_reader("t.csv", text.as_bytes(), &ReadOptions::default()), header, &said);
        let off = ReadOptions::default().with_columns("final_sparsity=")?;
        near(density(&text, &off)?, 1.0);
    }
    near(density(&history("n_params", ["9e7", "9e7", "9e7", "9e7"]), &ReadOptions::default())?, 1.0);
    for (header, cells) in [
        ("activation_sparsity", ["0", "0.1", "0.3", "0.5"]),
        ("linear_layer_sparsity", ["0.5", "0.5", "0.5", "0.5"]),
    ] {
        near(density(&curve(header, cells), &ReadOptions::default())?, 1.0);
    }
    Ok(())
}

#[test]
fn a_log_of_counts_is_not_read_from_parameters_that_stay() -> Result<()> {
    let log = |header: &str, cells: [&str; 3]| {
        let row = |(i, cell): (usize, &&str)| format!("a,{i}e9,1e8,{cell}\n");
        let rows: String = cells.iter().enumerate().map(row).collect();
        let text = format!("run,tokens,params,{header}\n{rows}");
        TrajectoryLog::from_reader("log.csv", text.as_bytes())
    };
    let said = ["log.csv", "zero_params", "or `sparsity` if it is"];
    refuses(log("zero_params", ["0", "5e7", "7.5e7"]), "zero_params", &said);
    // Where it can be read, it is; a constant one says no more than the parameters.
    for (header, cells) in [
        ("n_params", ["1e8", "5e7", "2.5e7"]),
        ("kept_ratio", ["1", "0.5", "0.25"]),
        ("compression", ["1", "2x", "4x"]),
    ] {
        let sweep = Sweep::from_csv_str("t.csv", "run,params,tokens,loss\na,1e8,2e9,3.1\n")?;
        let sweep = sweep.with_trajectories(&log(header, cells)?, Interpolation::Held)?;
        near(sweep.runs()[0].trajectory()?.average_params(), 7.5e7);
    }
    assert!(log("compression", ["1", "1", "1"]).is_ok());
    Ok(())
}

#[test]
fn sparsities_in_percent_are_read_where_a_person_says_so() -> Result<()> {
    for header in ["sparsity", "final_sparsity", "Target sparsity"] {
        let table = format!(
            "params,tokens,loss,schedule,{header}\n1e8,2e9,3.1,constant,75\n2e8,2e9,3.0,constant,75\n"
        );
        let remedy = format!("`columns: final_sparsity_percent={header}`");
        // Not to read them would make the runs dense.
        let refused = Sweep::from_reader("t.csv", table.as_bytes(), &ReadOptions::default());
        assert!(!refused.as_ref().unwrap_err().to_string().contains("do not read"), "{refused:?}");
        refuses(refused, &table, &["'75' is not a sparsity", &remedy]);
        let said = ReadOptions::default().with_columns(&format!("final_sparsity_percent={header}"))?;
        near(density(&table, &said)?, 0.25);
    }
    Ok(())
}
