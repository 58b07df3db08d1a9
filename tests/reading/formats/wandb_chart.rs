//! Charts exported from Weights & Biases: the axis, then columns `RUN - METRIC`, `RUN - METRIC__MIN` and `…__MAX`.

use nbar::{ReadOptions, Result, Sweep};

fn read(table: &str, options: &ReadOptions) -> Result<Sweep> {
    Sweep::from_reader("chart.csv", table.as_bytes(), options)
}

fn runs() -> Result<ReadOptions> {
    let table = "run,params,tokens_per_step\na,1e8,5e5\nb - big,1e9,1e6\n";
    ReadOptions::default().with_runs_from("runs.csv", table.as_bytes())
}

#[test]
fn each_run_is_a_curve_and_a_table_tells_the_rest() -> Result<()> {
    let chart = "\"Step\",\"a - eval/loss\",\"a - eval/loss__MIN\",\"a - eval/loss__MAX\",\"b - big - eval/loss\"\n\
                 \"0\",\"11\",\"11\",\"11\",\"\"\n\"100\",\"3.5\",\"3.5\",\"3.5\",\"3.25\"\n\"200\",\"3.25\",\"3.25\",\"3.25\",\"\"\n";
    let sweep = read(chart, &runs()?)?;
    assert_eq!((sweep.len(), sweep.checkpoint_count(), sweep.rows_passed_over()), (2, 3, 1));
    assert_eq!(sweep.runs()[0].checkpoints()[1].tokens, 1e8);
    assert_eq!((sweep.runs()[1].id(), sweep.runs()[1].checkpoints()[0].tokens), ("b - big", 1e8));
    assert_eq!(sweep.sources()[0].format(), "W&B chart");
    assert_eq!(sweep.sources()[0].notes.len(), 1);
    Ok(())
}

#[test]
fn counters_of_steps_are_no_metric_and_buckets_are_said() -> Result<()> {
    let chart = "Step,a - _step,a - loss,a - loss__MIN,a - loss__MAX\n100,100,3.5,3.25,3.75\n";
    let sweep = read(chart, &runs()?)?;
    assert_eq!(sweep.runs()[0].checkpoints()[0].loss, 3.5);
    assert!(sweep.sources()[0].notes[0].contains("means of several steps"));
    Ok(())
}

#[test]
fn an_axis_of_tokens_needs_no_steps_and_unknown_runs_are_named() -> Result<()> {
    let chart = "throughput/total_tokens,a - eval/loss\n1e9,3.5\n";
    assert_eq!(read(chart, &runs()?)?.runs()[0].checkpoints()[0].tokens, 1e9);
    let error = read("Step,c - loss\n100,3.5\n", &runs()?).unwrap_err().to_string();
    assert!(
        error.contains("chart.csv, line 2, run 'c': the file does not say its parameters, and runs.csv has no row of run 'c'"),
        "{error}"
    );
    Ok(())
}
