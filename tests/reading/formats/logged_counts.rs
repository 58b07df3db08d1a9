//! Runs whose parameter counts were logged: what happened goes before what was configured.

use nbar::run::TrajectoryLog;
use nbar::schedule::{Interpolation, Length, Network};
use nbar::{ObservationOptions, ReadOptions, Result, Size, Sweep};

const TABLE: &str = "run,params,fixed_params,tokens,step,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit\n\
    a,1e8,1e7,1e10,1000,3.0,cubic,0.8,0.25,0.75,fraction\n\
    a,1e8,1e7,5e9,500,3.2,cubic,0.8,0.25,0.75,fraction\n\
    b,1e8,1e7,2e10,2000,2.9,,,,,\n";

fn average(log: &str, between: Interpolation) -> Result<Vec<f64>> {
    let log = TrajectoryLog::from_str("log.csv", log)?;
    let sweep = Sweep::from_csv_str("sweep.csv", TABLE)?.with_trajectories(&log, between)?;
    Ok(sweep.observations(&ObservationOptions::default())?.average_params().to_vec())
}

#[test]
fn a_log_goes_before_the_schedule_and_leaves_other_runs_alone() {
    // 110 M until step 600, then 60 M: 90 M on average over 1,000 steps.
    let held = average("run,step,sparsity\na,0,0\na,600,0.5\n", Interpolation::Held).unwrap();
    assert_eq!(held, [0.6 * 1.1e8 + 0.4 * 6e7, 1.1e8]);
    let nonzero = average("run,tokens,nonzero\na,0,1e8\na,6e9,5e7\n", Interpolation::Held).unwrap();
    assert_eq!(nonzero, held);
    // Evenly from 110 M to 60 M over the whole run.
    let linear = average("run,tokens,params\na,0,1.1e8\na,1e10,6e7\n", Interpolation::Linear).unwrap();
    assert!((linear[0] / 8.5e7 - 1.0).abs() < 1e-14, "{linear:?}");
}

#[test]
fn checkpoints_and_laws_of_the_course_see_the_log() {
    let log = TrajectoryLog::from_str("log.csv", "run,tokens,sparsity\na,0,0\na,5e9,0.5\n").unwrap();
    let sweep = Sweep::from_csv_str("sweep.csv", TABLE).unwrap();
    let sweep = sweep.with_trajectories(&log, Interpolation::Held).unwrap();
    let all = ObservationOptions::default().with_checkpoints(nbar::Checkpoints::All);
    let rows = sweep.observations(&all).unwrap();
    assert_eq!(rows.average_params(), [1.1e8, 8.5e7, 1.1e8]);
    let last = sweep.observations(&ObservationOptions::default().with_size(Size::Final)).unwrap();
    assert_eq!(last.params(), [6e7, 1.1e8]);
    let averaged = nbar::law::averaged();
    assert!(nbar::law::Law::spec(&averaged).columns(&last).is_ok());
}

#[test]
fn strangers_and_unknown_steps_are_refused_by_name() {
    let message = |log| average(log, Interpolation::Held).unwrap_err().to_string();
    assert!(
        message("run,tokens,sparsity\nz,0,0\n")
            .contains("`trajectories` 'z' is no run of the sweep; name runs as the sweep does: a, b")
    );
    let bare = Sweep::from_csv_str("s.csv", "run,params,tokens,loss\na,1e8,1e10,3.0\n").unwrap();
    let log = TrajectoryLog::from_str("log.csv", "run,step,sparsity\na,0,0\n").unwrap();
    let error = bare.with_trajectories(&log, Interpolation::Held).unwrap_err().to_string();
    assert!(error.contains("steps") && error.contains("'a'"), "{error}");
}

fn density(path: &str, text: &str, options: &ReadOptions) -> Result<f64> {
    let log = TrajectoryLog::from_reader_with(path, text.as_bytes(), options)?;
    let length = Length::new(None, Some(400.0), None);
    let run = log.resolved(None, Some(Network::new(1e9)), &length, Interpolation::Held)?;
    Ok(run.trajectory.average_params() / 1e9)
}

#[test]
fn exports_of_trackers_are_logs_too() -> Result<()> {
    for (path, text) in [
        (
            "chart.csv",
            "\"Step\",\"a - sparsity\",\"a - sparsity__MIN\",\"a - sparsity__MAX\"\n0,0,0,0\n100,0.2,0.2,0.2\n200,0.45,0.45,0.45\n",
        ),
        ("tb.csv", "Wall time,Step,Value\n1.0,0,0\n2.0,100,0.2\n3.0,200,0.45\n"),
        ("history.csv", "_step,sparsity/total\n0,0\n100,0.2\n200,0.45\n"),
        (
            "history.jsonl",
            "{\"_step\": 0, \"sparsity\": 0}\n{\"_step\": 50, \"loss\": 3}\n{\"_step\": 100, \"sparsity\": 0.2}\n{\"_step\": 200, \"sparsity\": 0.45}\n",
        ),
        ("aims.csv", "step,target_sparsity,density\n0,0.9,1\n100,0.9,0.8\n200,0.9,0.55\n"),
        ("constant.csv", "step,params,nonzero,sparsity\n0,1e9,1e9,0\n100,1e9,8e8,0.1\n200,1e9,5.5e8,0.1\n"),
        (
            "layers.csv",
            "step,layer,sparsity,numel\n0,a,0,8e8\n0,b,0,2e8\n100,a,0.25,8e8\n100,b,0,2e8\n200,a,0.5,8e8\n200,b,0.25,2e8\n",
        ),
        (
            "counts.csv",
            "layer,step,nonzero\na,0,8e8\na,100,6e8\na,200,4e8\nb,0,2e8\nb,100,2e8\nb,200,1.5e8\n",
        ),
    ] {
        let found = density(path, text, &ReadOptions::default())?;
        assert!((found - 0.725).abs() < 1e-12, "{path}: {found}");
    }
    let named = ReadOptions::default().with_column("sparsity", "gone");
    assert!((density("a.csv", "step,gone,sparsity\n0,0,0\n200,0.5,0\n", &named)? - 0.75).abs() < 1e-12);
    Ok(())
}

#[test]
fn layers_that_do_not_add_up_are_refused() {
    let plain = ReadOptions::default();
    for (text, part) in [
        ("step,layer,sparsity\n0,a,0\n", "no column for 'size'"),
        ("step,layer,sparsity,size\n0,a,0,5e8\n", "is not the 500000000 weights of all layers"),
        ("step,layer,nonzero\n0,a,5\n0,b,5\n9,a,5\n", "1 layers at 9, and 2 in all"),
        ("step,layer,nonzero\n0,a,5\n0,a,5\n", "a second row of layer 'a' at 0"),
        (
            "step,attn_sparsity,mlp_sparsity\n0,0,0\n",
            "of its parts give a row each, with columns `layer` and `size`",
        ),
        ("step,a_sparsity,b_sparsity\n0,0,0\n", "could all be 'sparsity'"),
    ] {
        let message = density("l.csv", text, &plain).unwrap_err().to_string();
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn logged_counts_go_before_a_sparsity_column() -> Result<()> {
    let log = TrajectoryLog::from_str("log.csv", "run,tokens,sparsity\na,0,0\na,5e9,0.5\n")?;
    let table = "run,params,tokens,loss,sparsity\na,1e8,1e10,3.0,0.5\n";
    let options = ReadOptions::default().with_counted_runs(&log);
    let sweep = Sweep::from_reader("s.csv", table.as_bytes(), &options)?;
    let sweep = sweep.with_trajectories(&log, Interpolation::Held)?;
    assert_eq!(sweep.observations(&ObservationOptions::default())?.average_params(), [7.5e7]);
    assert!(Sweep::from_csv_str("s.csv", table).is_err());
    Ok(())
}

#[test]
fn counts_that_are_far_apart_and_held_are_said() {
    let said = |log: &str, between| {
        let log = TrajectoryLog::from_str("log.csv", log).unwrap();
        let sweep =
            Sweep::from_csv_str("sweep.csv", TABLE).unwrap().with_trajectories(&log, between).unwrap();
        let all = nbar::inspect(&sweep, &ObservationOptions::default()).findings;
        all.iter().map(ToString::to_string).find(|text| text.contains("far apart"))
    };
    // Half of 100 M goes between two rows that are a fifth of the run apart: 10 M of 90 M.
    let sampled = "run,tokens,sparsity\na,0,0\na,4e9,0\na,6e9,0.5\na,8e9,0.5\na,1e10,0.5\n";
    assert!(said(sampled, Interpolation::Held).unwrap().contains("up to 11.1 % off"));
    assert_eq!(said(sampled, Interpolation::Linear), None);
    // A list of cuts, and a log that is fine enough.
    assert_eq!(said("run,tokens,sparsity\na,0,0\na,6e9,0.5\n", Interpolation::Held), None);
    let fine = "run,tokens,sparsity\na,0,0\na,5.9e9,0\na,6e9,0.5\na,1e10,0.5\n";
    assert_eq!(said(fine, Interpolation::Held), None);
}
