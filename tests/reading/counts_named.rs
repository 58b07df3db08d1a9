//! Logs of counts: what their columns say by name, and what no name tells.

use nbar::Sweep;
use nbar::run::TrajectoryLog;
use nbar::schedule::{Interpolation, Length, Network};

/// N̄ over N₀ of a run of 1,000 steps whose share changes half-way.
fn density(header: &str, cells: [&str; 2]) -> Result<f64, String> {
    let columns = header.split(',').count();
    let row = |step: u32, cell: &str| match columns {
        1 => format!("{step},{cell}\n"),
        _ => format!("{step},1000,{cell}\n"),
    };
    let table = format!("step,{header}\n{}{}", row(0, cells[0]), row(500, cells[1]));
    let log = TrajectoryLog::from_str("log.csv", &table).map_err(|error| error.to_string())?;
    let length = Length::new(None, Some(1000.0), None);
    let run = log
        .resolved(None, Some(Network::new(1000.0)), &length, Interpolation::Held)
        .map_err(|error| error.to_string())?;
    Ok(run.trajectory.average_params() / 1000.0)
}

#[test]
fn what_is_left_is_not_what_is_pruned() {
    for header in [
        "prune_keep_ratio",
        "prune/remaining",
        "pruning_remaining",
        "prune/keep_ratio",
        "sparsity/keep_ratio",
        "sparsity/remaining",
        "1-sparsity",
        "nonsparsity",
        "params,prune_keep_ratio",
    ] {
        let own = density(header, ["1", "0.3"]).unwrap();
        assert!((own - 0.65).abs() < 1e-12, "{header}: {own}");
    }
    // A name of what is pruned, and shares of what is left.
    let refused = density("pruning/params_ratio", ["0.99", "0.3"]).unwrap_err();
    assert!(refused.contains("falls within a run from nearly 1"), "{refused}");
    let own = density("sparsity", ["0.95", "0.3"]).unwrap();
    assert!((own - 0.375).abs() < 1e-12, "{own}");
}

#[test]
fn the_share_of_a_part_is_not_that_of_the_network() {
    for header in [
        "attn_sparsity",
        "embedding_sparsity",
        "mlp_density",
        "kv_sparsity",
        "activation_sparsity",
        "sparsity/mask",
    ] {
        let refused = density(header, ["0.1", "0.5"]).unwrap_err();
        assert!(refused.contains("no column for 'params, nonzero or sparsity'"), "{header}: {refused}");
    }
}

#[test]
fn parameters_that_never_change_do_not_say_that_a_run_is_dense() {
    for header in
        ["remaining", "kept", "alive", "unmasked", "mask_mean", "zeros", "n_layers", "prune/threshold"]
    {
        let refused = density(&format!("params,{header}"), ["1", "0.3"]).unwrap_err();
        let part = format!("column '{header}': the column changes within a run, where the parameters do not");
        assert!(refused.contains(&part), "{header}: {refused}");
    }
    for header in ["lr", "remaining_steps", "active_gpus", "keep_checkpoint", "padding_mask"] {
        assert_eq!(density(&format!("params,{header}"), ["1", "0.3"]), Ok(1.0), "{header}");
    }
    let whole = "step,layer,nonzero\n0,a,8\n0,b,2\n0,total,10\n";
    let said = TrajectoryLog::from_str("log.csv", whole).unwrap_err().to_string();
    assert!(said.contains("line 4, column 'layer': 'total' is no layer"), "{said}");
    assert_eq!(density("params,model/num_params", ["1000", "500"]), Ok(0.75));
}

/// What is found about a run of 10B tokens along a log.
fn found_along(log: &str) -> Vec<String> {
    let sweep =
        Sweep::from_csv_str("sweep.csv", "run,params,tokens,loss\na,1e8,1e10,3.0\nb,1e8,2e10,2.9\n").unwrap();
    let log = TrajectoryLog::from_str("log.csv", &format!("run,tokens,sparsity\n{log}")).unwrap();
    let sweep = sweep.with_trajectories(&log, Interpolation::Held).unwrap();
    nbar::inspect(&sweep, &nbar::ObservationOptions::default())
        .findings
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn counts_that_stop_long_before_their_run_are_noted() {
    let says = |log: &str| found_along(log).iter().any(|text| text.contains("counts that end before"));
    // Rows go on after pruning and stop at an eighth of the run, as those of other steps do.
    assert!(says("a,0,0\na,4e8,.2\na,6e8,.5\na,8e8,.5\na,1.25e9,.5\n"));
    // They fall to their last row, with a row at which nothing changed.
    assert!(says("a,0,0\na,4e8,0\na,6e8,.5\n"));
    // A list of changes, one cut, a log to the end, and one of a run that is sparse from the start.
    for log in [
        "a,0,0\na,4e8,.2\na,6e8,.5\n",
        "a,0,.5\n",
        "a,0,0\na,5e9,.5\na,8e9,.5\na,9.5e9,.5\n",
        "a,0,.5\na,1e8,.5\na,2e8,.5\n",
    ] {
        assert!(!says(log), "{log}");
    }
}

#[test]
fn rounded_counts_are_read_and_steps_in_thousands_are_not() {
    let table = "run,params,steps,tokens,loss\na,45123584,10000,1e10,3.0\n";
    let along = |log: &str| {
        let sweep = Sweep::from_csv_str("sweep.csv", table).unwrap();
        let log = TrajectoryLog::from_str("log.csv", log).unwrap();
        sweep.with_trajectories(&log, Interpolation::Held).map_err(|error| error.to_string())
    };
    let rounded = along("run,tokens,params (M)\na,0,45.1236\na,5e9,22.5618\n").unwrap();
    let average = rounded.observations(&nbar::ObservationOptions::default()).unwrap().average_params()[0];
    assert!((average / (0.75 * 45_123_600.0) - 1.0).abs() < 1e-9, "{average}");
    assert!(along("run,tokens,params\na,0,46000000\na,5e9,23000000\n").is_err());
    let thousands = "run,step,params\na,0,45123584\na,3,4e7\na,6,3e7\na,8,2e7\na,10,2e7\n";
    let refused = along(thousands).unwrap_err();
    assert!(refused.contains("see whether a unit is missing"), "{refused}");
}
