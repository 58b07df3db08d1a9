//! Runs whose parameter counts were logged: what happened goes before what was configured.

use nbar::run::TrajectoryLog;
use nbar::schedule::Interpolation;
use nbar::{ObservationOptions, Result, Size, Sweep};

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
