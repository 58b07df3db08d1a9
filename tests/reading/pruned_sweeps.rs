//! Pruned runs: from the schedule in a table to the parameter counts of its observations.

use nbar::{Checkpoints, ObservationOptions, Observations, Result, Size, Sweep};

use crate::common::near::all_near;
use crate::refuses;

fn observe(sweep: &Sweep, size: Size) -> Result<Observations> {
    let options = ObservationOptions::default().with_checkpoints(Checkpoints::All);
    sweep.observations(&options.with_size(size))
}

#[track_caller]
fn refused(table: &str, parts: &[&str]) {
    refuses(Sweep::from_csv_str("t.csv", table), table, parts);
}

#[test]
fn published_schedules_give_the_published_densities() -> Result<()> {
    let observations = observe(&Sweep::from_csv_path("data/sparsellm_1b.csv")?, Size::AVERAGE)?;
    let average = observations.average_params();
    for (row, published) in [(0, 0.8919), (1, 0.7651), (3, 0.3984)] {
        let density = average[row] / observations.initial_params()[row];
        assert!((density - published).abs() < 1e-3, "{row}: {density}, published {published}");
    }
    let left = [0.8, 0.6, 0.4, 0.2].map(|density| density * 1_139_277_824.0);
    all_near(&observations.final_params()[..4], &left, 1e-12);
    assert_eq!(average[4..], [1.01e9, 8.2e8, 6.5e8, 4.2e8]);
    assert_eq!(observations.final_params()[4..], average[4..]);
    Ok(())
}

/// The masks were counted at every step, and the schedule is what was asked for.
#[test]
fn schedules_of_the_journey_give_the_counts_of_its_masks() -> Result<()> {
    let sweep = Sweep::from_csv_path("data/journey.csv")?;
    let observations = observe(&sweep, Size::AVERAGE)?;
    let text = std::fs::read_to_string("data/journey.csv").expect("it is there");
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().expect("a line of names");
    let place = |name: &str| names.iter().position(|known| *known == name).expect("a column");
    let [fixed, average, last] = ["fixed_params", "kept_average", "kept_final"].map(place);
    let mut rows = 0;
    for (row, cells) in lines.enumerate() {
        let number = |at: usize| cells[at].parse::<f64>().expect("a number");
        let counted = [number(average) + number(fixed), number(last) + number(fixed)];
        all_near(&[observations.average_params()[row], observations.final_params()[row]], &counted, 5e-5);
        rows += 1;
    }
    assert_eq!((rows, sweep.len()), (205, 205));
    // Eight losses a run, the last of them at its end.
    let checkpoints = std::fs::read_to_string("data/journey_checkpoints.csv").expect("it is there");
    let ends: Vec<Vec<&str>> =
        checkpoints.lines().skip(1).map(|line| line.split(',').collect()).skip(7).step_by(8).collect();
    for (run, end) in sweep.runs().iter().zip(&ends) {
        assert_eq!((run.id(), end[2].parse::<f64>().ok()), (end[0], Some(run.checkpoints()[0].tokens)));
    }
    assert_eq!(ends.len(), 205);
    Ok(())
}

#[test]
fn a_cubic_ramp_over_the_middle_half_averages_to_its_closed_form() -> Result<()> {
    let sweep = Sweep::from_csv_path("data/t5_c4_sparse.csv")?;
    let observations = observe(&sweep, Size::AVERAGE)?;
    let (initial, last) = (observations.initial_params(), observations.final_params());
    // The cubic's sparsity averages to 3/4 of its end over half the run, and is the end for a quarter.
    let expected = initial.iter().zip(last).map(|(n0, n1)| n0 - (n0 - n1) * (0.375 + 0.25));
    all_near(observations.average_params(), &expected.collect::<Vec<f64>>(), 1e-12);
    assert_eq!(observe(&sweep, Size::Initial)?.params(), initial);
    assert_eq!(observe(&sweep, Size::Final)?.params(), last);
    let geometric = observe(&sweep, Size::GEOMETRIC)?;
    let harmonic = observe(&sweep, Size::HARMONIC)?;
    for row in 0..sweep.len() {
        let means = [last[row], harmonic.params()[row], geometric.params()[row], observations.params()[row]];
        let pruned = last[row] < initial[row];
        assert!(means.is_sorted_by(|a, b| if pruned { a < b } else { a == b }), "{row}: {means:?}");
    }
    Ok(())
}

/// 1000 prunable and 100 fixed parameters; half of the first cut at token 100 of 400.
const CUT: &str = "run,params,fixed_params,tokens,loss,schedule,final_sparsity,prune_start,prune_unit\n\
                   a,1000,100,400,2.0,one_shot,0.5,100,token\n\
                   a,1000,100,50,4.0,one_shot,0.5,100,token\n\
                   a,1000,100,200,3.0,one_shot,0.5,100,token\n\
                   b,1000,100,200,3.0,,,,\n";

#[test]
fn each_checkpoint_counts_what_was_there_up_to_it() -> Result<()> {
    let sweep = Sweep::from_csv_str("t.csv", CUT)?;
    let average = observe(&sweep, Size::AVERAGE)?;
    assert_eq!(average.tokens(), [50.0, 200.0, 400.0, 200.0]);
    all_near(average.params(), &[1100.0, 850.0, 725.0, 1100.0], 1e-12);
    all_near(average.final_params(), &[1100.0, 600.0, 600.0, 1100.0], 1e-12);
    all_near(average.initial_params(), &[1100.0; 4], 1e-12);
    let geometric = (1100_f64 * 600.0).sqrt();
    all_near(&observe(&sweep, Size::GEOMETRIC)?.params()[..2], &[1100.0, geometric], 1e-12);
    let last = sweep.observations(&ObservationOptions::default())?;
    all_near(last.params(), &[725.0, 1100.0], 1e-12);
    Ok(())
}

#[test]
fn an_average_given_outright_goes_before_the_schedule() -> Result<()> {
    let table = "run,params,tokens,loss,schedule,final_sparsity,prune_start,prune_unit,average_params\n\
                 a,1000,400,2.0,one_shot,0.5,200,token,800\n\
                 b,1000,400,2.0,one_shot,0.5,200,token,\n";
    let sweep = Sweep::from_csv_str("t.csv", table)?;
    all_near(observe(&sweep, Size::AVERAGE)?.params(), &[800.0, 750.0], 1e-12);
    all_near(observe(&sweep, Size::GEOMETRIC)?.params(), &[500_000_f64.sqrt(); 2], 1e-12);
    // Without a schedule a sparsity tells what is left, and nothing of the way there.
    let bare = "params,fixed_params,tokens,loss,final_sparsity,average_params\n1000,100,400,2.0,0.5,800\n";
    let bare = Sweep::from_csv_str("t.csv", bare)?;
    all_near(observe(&bare, Size::Final)?.params(), &[600.0], 1e-12);
    assert!(observe(&bare, Size::GEOMETRIC).is_err());
    Ok(())
}

#[test]
fn schedules_that_do_not_fit_are_refused_with_line_and_run() {
    let header =
        "run,params,tokens,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit,prune_every";
    for (cells, problem) in [
        (
            "cubik,0.5,0.2,0.8,fraction,",
            "schedule: `schedule` 'cubik' is not known; choose one of dense, constant",
        ),
        ("cubic,0.5,0.2,0.8,epoch,", "'epoch'"),
        ("cubic,0.5,0.2,,fraction,", "prune_end"),
        ("cubic,0.5,0.8,0.2,fraction,", "`prune_end` 0.2 is before `prune_start` 0.8; swap them"),
        (
            "cubic,0.5,100,200,step,",
            "a schedule in steps needs the run's number of steps, which is not known",
        ),
        ("cubic,0.5,1e9,3e10,token,", "`prune_end` 30000000000 lies beyond the run's end"),
        ("cubic,0.5,0.2,75,fraction,", "`prune_end` 75 lies beyond the run's end"),
        ("cubic,0.5,0.2,75,fraction,", "write 75 % as 0.75, or check the unit"),
        ("cubic,0.5,0.2,1.1,fraction,", "mend it, or check the unit"),
        ("cubic,0.5,1e9,2e9,token,3e8", "`prune_every` 300000000 does not divide the ramp's length"),
        (",0.5,,,,", "`final_sparsity` 0.5 needs `schedule`"),
    ] {
        let table = format!("{header}\na,1e9,2e10,2.5,,,,,,\nb,1e9,2e10,2.5,{cells}\n");
        refused(&table, &["t.csv, line 3, run 'b': ", problem]);
    }
    refused(
        &format!(
            "{header}\na,1e9,2e10,2.5,cubic,0.5,0.2,0.8,fraction,\na,1e9,1e10,2.7,cubic,0.6,0.2,0.8,fraction,\n"
        ),
        &["line 3, run 'a', column 'final_sparsity': the value is '0.6' here and '0.5' on line 2"],
    );
}

#[test]
fn a_sparsity_of_zero_is_dense() -> Result<()> {
    let sweep = Sweep::from_csv_str("t.csv", "params,tokens,loss,final_sparsity\n1e9,2e10,2.5,0\n")?;
    assert_eq!(sweep.runs()[0].schedule(), &nbar::Schedule::Dense);
    Ok(())
}

/// The same cut under learning rates that leave less and less to heal it.
#[test]
fn the_law_of_schedules_reads_how_the_learning_rate_falls() -> Result<()> {
    use nbar::law::{Law, schedule};
    let unhealed = |columns: &str, cells: &str| {
        let table = format!(
            "run,params,tokens,loss,schedule,final_sparsity,prune_start,prune_unit{columns}\n\
             a,1000,400,2.0,one_shot,0.5,200,token{cells}\n"
        );
        let observations = observe(&Sweep::from_csv_str("t.csv", &table)?, Size::AVERAGE)?;
        let columns = schedule().spec().columns(&observations)?;
        assert_eq!(columns[3], [1.0]);
        Ok::<f64, nbar::Error>(columns[2][0])
    };
    // N₀/N rises by 1; areas ahead of the middle of the run.
    let cosine = 0.25 - 0.5 / std::f64::consts::PI;
    for (columns, cells, ahead) in [
        ("", "", cosine),
        (",lr_schedule", ",Cosine", cosine),
        (",lr_floor", ",0.1", 0.9 * cosine + 0.05),
        (",lr_schedule", ",constant", 0.5),
        (",lr_schedule", ",linear", 0.125),
        (",lr_schedule,lr_warmup", ",linear,0.1", 0.125 / 0.9),
        (",lr_schedule,lr_decay", ",wsd,0.2", 0.4),
        // Columns of configs: of what nbar has no word for, nothing is said.
        (",lr_scheduler_type", ",constant_with_warmup", 0.5),
        (",lr_scheduler_type,warmup_ratio", ",linear,0.1", 0.125 / 0.9),
        (
            ",lr_scheduler_type,lr_scheduler_kwargs.min_lr_rate",
            ",cosine_with_min_lr,0.1",
            0.9 * cosine + 0.05,
        ),
        (",lr_decay_style,lr_warmup_fraction", ",linear,0.1", 0.125 / 0.9),
        (",lr_scheduler_type", ",inverse_sqrt", cosine),
    ] {
        let found = unhealed(columns, cells)?;
        let expected = 1.0 / (ahead + 1e-3).sqrt();
        assert!((found / expected - 1.0).abs() < 1e-13, "{columns} {cells}: {found}, not {expected}");
    }
    for (columns, cells, part) in [
        (",lr_schedule", ",polynomial", "choose one of constant, cosine, linear, wsd"),
        (",lr_schedule", ",wsd", "`lr_decay`"),
        (",lr_floor", ",2", "a share from 0 to 1"),
        (",lr_schedule,lr_decay,lr_warmup", ",wsd,0.5,0.6", "add up to 1"),
    ] {
        let message = unhealed(columns, cells).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
    Ok(())
}

#[test]
fn columns_that_are_not_read_are_compared_with_the_schedule() -> Result<()> {
    let table = |header: &str, cell: &str, schedule: &str| {
        format!(
            "params,tokens,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit,{header}\n1e8,2e9,3,{schedule},{cell}\n"
        )
    };
    let linear = "linear,0.8,0,1,fraction";
    let odd = |header: &str, cell: &str| -> Result<bool> {
        let sweep = Sweep::from_csv_str("t.csv", &table(header, cell, linear))?;
        let found = nbar::inspect(&sweep, &ObservationOptions::default());
        let is_odd = |finding: &nbar::inspect::Finding| {
            matches!(finding.kind, nbar::inspect::FindingKind::DensityDisagrees { .. })
        };
        Ok(found.findings.iter().any(is_odd))
    };
    for (header, right, wrong) in [
        ("nnz", "2e7", "6e7"),
        ("nnz (M)", "20", "60"),
        ("density", "0.2", "0.56"),
        ("density (%)", "20", "56"),
        ("mean_density", "0.6", "0.9"),
        ("sparsity", "0.8", "0.4"),
        ("model_sparsity", "80%", "40%"),
    ] {
        assert!(!odd(header, right)?, "{header} {right}");
        assert!(odd(header, wrong)?, "{header} {wrong}");
        // A row that says nothing of its schedule is dense only if no column says otherwise.
        let silent = table(header, wrong, ",,,,");
        if header != "sparsity" {
            refused(&silent, &["line 2", header, "no column says how the run was pruned", "write `dense`"]);
        }
        let dense = table(header, wrong, "dense,,,,");
        refused(&dense, &["line 2", header, "the schedule is dense, and only", "mend one of them"]);
    }
    Ok(())
}

#[test]
fn parts_of_steps_and_tokens_are_no_places() {
    for (start, end, unit) in
        [("25%", "750", "step"), ("0.25", "1.5B", "token"), ("0", "0.75", "token"), ("0.25", "0.75", "step")]
    {
        let table = format!(
            "params,tokens,step,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit\n\
             1e8,2e9,1000,3,linear,0.8,{start},{end},{unit}\n"
        );
        refused(&table, &["line 2", "`prune_", &format!("is a part of a {unit}"), "fraction"]);
    }
}

#[test]
fn a_run_that_ends_before_its_schedule_has_the_sparsity_that_it_reached() -> Result<()> {
    let tool = r#"{""tool"":""tfmot"",""initial_sparsity"":0,""final_sparsity"":0.8,""begin_step"":0,""end_step"":2000,""frequency"":1,""power"":1}"#;
    let table = format!("params,tokens,step,loss,schedule\n1e8,2e9,1000,3,\"{tool}\"\n");
    let sweep = Sweep::from_csv_str("t.csv", &table)?;
    let groups = nbar::inspect(&sweep, &ObservationOptions::default()).schedules;
    let reached = groups[0].final_sparsity.expect("it is pruned");
    assert!((reached - 0.4).abs() < 2e-3, "{groups:?}");
    Ok(())
}

#[test]
fn what_a_table_says_of_pruning_elsewhere_is_pointed_to() {
    refused(
        "run,params,tokens,sparsity,loss\na,1e8,5e8,0,3.5\na,1e8,1e9,.4,3.3\n",
        &["line 3", "'sparsity'", "if it is the sparsity so far", "`trajectories=t.csv`", "`columns: run=`"],
    );
    refused(
        "run,params,tokens,schedule,final_sparsity,prune_start,prune_end,prune_unit,loss\n\
         a,1e8,1e9,,,,,,3.3\na,1e8,2e9,linear,.8,.25,.75,fraction,3.1\n",
        &["line 3", "'schedule'", "write it on every row of the run"],
    );
    for (header, cell, remedy) in [
        ("remaining_weights", "0.2", "`columns: final_density=remaining_weights`"),
        ("nnz", "2e7", "`columns: final_params=nnz`"),
        ("pruned_fraction", "0.8", "`columns: final_sparsity=pruned_fraction`"),
        ("pruned_pct", "80", "`columns: final_sparsity=pruned_pct`"),
        ("weights_left", "20", "`columns: final_density_percent=weights_left`"),
        ("mean_sparsity", "0.5", "add a column final_sparsity, from what 'mean_sparsity' says"),
        ("sparsity_mlp", "0.5", "add a column final_sparsity, from what 'sparsity_mlp' says"),
    ] {
        let table = format!(
            "params,tokens,schedule,{header},prune_start,prune_end,prune_unit,loss\n\
             1e8,2e9,linear,{cell},0.25,0.75,fraction,3.1\n"
        );
        refused(&table, &["line 2", "needs `final_sparsity`", remedy]);
        // The remedy works.
        if let Some(columns) = remedy.strip_prefix("`columns: ") {
            let (field, column) = columns.trim_end_matches('`').split_once('=').expect("both");
            let options = nbar::ReadOptions::default().with_column(field, column);
            let sweep = Sweep::from_csv_reader("t.csv", table.as_bytes(), &options).expect("it is read");
            let run = sweep.runs()[0].trajectory().expect("it is pruned");
            assert!((run.final_params() / 2e7 - 1.0).abs() < 1e-12, "{header}: {run:?}");
        }
    }
}

#[test]
fn dense_runs_may_say_so_in_many_ways() -> Result<()> {
    let header = "params,fixed_params,tokens,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit,prune_power,nnz\n";
    for row in [
        "1e8,0,2e9,3,dense,,,,,,1e8",
        "1e8,,2e9,3,dense,0,0.25,0.75,fraction,3,",
        "1e8,-,2e9,3,-,-,-,-,-,-,-",
        "1e8,0,2e9,3,NaN,NaN,NaN,NaN,NaN,NaN,NaN",
        "1e8,0,2e9,3,none,0,none,none,none,,",
        "1e8,0,2e9,3,#N/A,#N/A,#N/A,#N/A,#N/A,#N/A,",
        "1e8,0,2e9,3,,0,,,fraction,,1e8",
        "9e7,1e7,2e9,3,,,,,,,9e7",
        "9e7,1e7,2e9,3,,,,,,,1e8",
    ] {
        let sweep = Sweep::from_csv_str("t.csv", &format!("{header}{row}\n,,,,,,,,,,\n"))?;
        assert_eq!(observe(&sweep, Size::AVERAGE)?.average_params(), [1e8], "{row}");
    }
    // What a schedule's name says may be said again.
    for (row, average) in [
        ("1e8,0,2e9,3,cubic,0.8,0,1,fraction,3,2e7", 4e7),
        ("1e8,0,2e9,3,linear,0.8,0,1,fraction,1,2e7", 6e7),
        ("1e8,0,2e9,3,constant,0.8,0,,fraction,,2e7", 2e7),
    ] {
        let sweep = Sweep::from_csv_str("t.csv", &format!("{header}{row}\n"))?;
        all_near(observe(&sweep, Size::AVERAGE)?.average_params(), &[average], 1e-12);
    }
    refused(
        &format!("{header}1e8,0,2e9,3,cubic,0.8,0,1,fraction,2,2e7\n"),
        &["`prune_power` 2", "is not used"],
    );
    // A table of points takes what a sweep takes.
    let points =
        |row: &str| nbar::read::PointTable::from_reader("p.csv", format!("{header}{row}\n").as_bytes());
    assert!(points("1e8,0,2e9,3,linear,0.8,0,1,fraction,1,2e7").is_ok());
    assert!(points("1e8,0,2e9,3,dense,,,,,,2e7").is_err());
    Ok(())
}

#[test]
fn a_log_may_have_runs_that_a_filter_leaves_out() -> Result<()> {
    let table = "run,params,tokens,loss\na,1e8,1e9,3.2\nb,1e8,2e9,3.1\n";
    let log =
        nbar::run::TrajectoryLog::from_str("log.csv", "run,tokens,sparsity\na,0,0\na,5e8,0.5\nb,0,0\n")?;
    let options = nbar::ReadOptions::default().with_filter("run!=b");
    let read = |options| Sweep::from_reader("t.csv", table.as_bytes(), options);
    let sweep = read(&options)?.with_trajectories(&log, nbar::schedule::Interpolation::Held)?;
    assert_eq!(observe(&sweep, Size::AVERAGE)?.average_params(), [7.5e7]);
    let other = nbar::run::TrajectoryLog::from_str("log.csv", "run,tokens,sparsity\nc,0,0\n")?;
    let whole = read(&nbar::ReadOptions::default())?;
    refuses(
        whole.with_trajectories(&other, nbar::schedule::Interpolation::Held),
        "c",
        &["'c'", "no run of the sweep"],
    );
    Ok(())
}
