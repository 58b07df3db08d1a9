//! Windows that are assumed in place of those of a table.

use nbar::run::TrajectoryLog;
use nbar::schedule::{Interpolation, Ramp, ScheduleFields, Shape, Unit};
use nbar::{Checkpoints, ObservationOptions, ReadOptions, Result, Run, Schedule, Sweep};

use crate::common::near::all_near;
use crate::refuses;

/// N̄ of every row.
fn averages(sweep: &Sweep) -> Result<Vec<f64>> {
    let all = ObservationOptions::default().with_checkpoints(Checkpoints::All);
    Ok(sweep.observations(&all)?.average_params().to_vec())
}

fn over(table: &str, start: f64, end: f64, unit: Unit) -> Result<Sweep> {
    Sweep::from_csv_str("t.csv", table)?.with_prune_window(start..=end, unit)
}

#[test]
fn a_cubic_ramp_averages_over_any_window_to_its_closed_form() -> Result<()> {
    let table = Sweep::from_csv_path("data/t5_c4_sparse.csv")?;
    let own = averages(&table)?;
    for (start, end) in
        [(0.0, 0.25), (0.05, 0.3), (0.1, 0.5), (0.25, 0.75), (0.0, 1.0), (0.4, 0.9), (0.5, 1.0)]
    {
        let sweep = table.clone().with_prune_window(start..=end, Unit::Fraction)?;
        let observations = sweep.observations(&ObservationOptions::default())?;
        let said = format!("{}%..{}% of the tokens", 100.0 * start, 100.0 * end);
        assert_eq!(observations.prune_window(), Some(said.as_str()));
        let (initial, last) = (observations.initial_params(), observations.final_params());
        // The cubic's sparsity averages to 3/4 of its end over the window, and is the end after it.
        let share = 0.75 * (end - start) + 1.0 - end;
        let expected: Vec<f64> = initial.iter().zip(last).map(|(n0, n1)| n0 - (n0 - n1) * share).collect();
        all_near(observations.average_params(), &expected, 1e-12);
        if (start, end) == (0.25, 0.75) {
            all_near(&own, &expected, 1e-12);
        }
    }
    assert_eq!(table.observations(&ObservationOptions::default())?.prune_window(), None);
    Ok(())
}

const HEADER: &str = "run,params,fixed_params,tokens,steps,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit,prune_every";

#[test]
fn units_are_those_of_the_window_and_what_has_none_stays() -> Result<()> {
    let table = format!(
        "{HEADER}\na,1000,100,1000,100,2.0,linear,0.5,100,500,token,\na,1000,100,300,30,2.4,linear,0.5,100,500,token,\n\
         b,1000,0,1000,200,2.0,,,,,,\nc,1000,0,1000,200,2.0,constant,0.5,,,,\n"
    );
    // Half way through the window the linear ramp has taken 125 on average, over half of the tokens so far.
    for (start, end, unit) in
        [(0.2, 0.4, Unit::Fraction), (200.0, 400.0, Unit::Token), (20.0, 40.0, Unit::Step)]
    {
        let expected = [1100.0 - 125.0 / 3.0, 1100.0 - 0.2 * 250.0 - 0.6 * 500.0, 1000.0, 500.0];
        all_near(&averages(&over(&table, start, end, unit)?)?, &expected, 1e-12);
    }
    let ramp = |start, end, unit| Schedule::from(Ramp::new(Shape::Linear, 0.5, start, end, unit));
    let in_compute = over(&table, 0.2, 0.4, Unit::Compute)?;
    assert_eq!(in_compute.runs()[0].schedule(), &ramp(0.2, 0.4, Unit::Compute));
    Ok(())
}

#[test]
fn cuts_are_as_many_as_before_and_as_far_apart_from_each_other() -> Result<()> {
    let table = format!("{HEADER}\na,1000,100,1000,,2.0,linear,0.5,100,500,token,100\n");
    // At 250, 300, 350 and 400 tokens, an eighth each.
    let sparsity = (50.0 * (0.125 + 0.25 + 0.375) + 600.0 * 0.5) / 1000.0;
    all_near(&averages(&over(&table, 0.2, 0.4, Unit::Fraction)?)?, &[1100.0 - 1000.0 * sparsity], 1e-12);
    // A tool's: half at step 100 and 0.8 - 0.3/27 at step 200, where its last update falls.
    let tool = "params,tokens,steps,loss,schedule\n1000,1000,400,2.0,\"{\"\"tool\"\": \"\"tfmot\"\", \
        \"\"initial_sparsity\"\": 0.5, \"\"final_sparsity\"\": 0.8, \"\"begin_step\"\": 100, \"\"end_step\"\": 250}\"\n";
    let (first, last) = (500.0, 1000.0 * (0.2 + 0.3 / 27.0));
    all_near(&averages(&Sweep::from_csv_str("t.csv", tool)?)?, &[250.0 + 0.25 * first + 0.5 * last], 1e-12);
    all_near(&averages(&over(tool, 0.0, 0.8, Unit::Fraction)?)?, &[0.8 * first + 0.2 * last], 1e-12);
    Ok(())
}

#[test]
fn windows_that_are_none_or_fit_no_run_are_refused() -> Result<()> {
    let sweep = Sweep::from_csv_path("data/t5_c4_sparse.csv")?;
    for (start, end, unit, part) in [
        (0.5, 0.1, Unit::Fraction, "`prune_window` 0.5..0.1 does not end after it starts"),
        (0.5, 0.5, Unit::Step, "does not end after it starts"),
        (-0.1, 0.5, Unit::Fraction, "at least 0"),
        (0.1, f64::NAN, Unit::Token, "finite"),
        (10.0, 50.0, Unit::Compute, "10..50 ends after the run does; write shares, as in 10%..50%"),
    ] {
        refuses(sweep.clone().with_prune_window(start..=end, unit), "a window", &[part]);
    }
    let ramp = "linear,0.5,100,500,token,";
    for (cells, (start, end, unit), part) in [
        (ramp, (1.0, 2000.0, Unit::Token), "ends after 1000 tokens, the end of run 'a'; end it earlier"),
        (ramp, (1.0, 2.0, Unit::Step), "t.csv, line 2, run 'a': a schedule in steps needs"),
        (
            "one_shot,0.5,100,,token,",
            (0.1, 0.2, Unit::Fraction),
            "cannot be that of the single cut of run 'a'",
        ),
        (",,,,,", (0.1, 0.2, Unit::Fraction), "no run is pruned from one point"),
        ("constant,0.5,,,,", (0.1, 0.2, Unit::Fraction), "no run is pruned from one point"),
    ] {
        let table = format!("{HEADER}\na,1000,0,1000,,2.0,{cells}\n");
        refuses(over(&table, start, end, unit), cells, &[part]);
    }
    Ok(())
}

#[test]
fn counts_that_are_known_are_not_overruled() -> Result<()> {
    let assume = |sweep: Sweep| sweep.with_prune_window(0.1..=0.5, Unit::Fraction);
    let table = format!("{HEADER}\na,1000,0,1000,,2.0,linear,0.5,100,500,token,\nb,1000,0,1000,,2.0,,,,,,\n");
    let sweep = Sweep::from_csv_str("t.csv", &table)?;
    let log = TrajectoryLog::from_str("log.csv", "run,tokens,params\nb,0,1000\nb,500,600\n")?;
    let logged = sweep.clone().with_trajectories(&log, Interpolation::Held)?;
    refuses(assume(logged), "a log", &["counts that were logged of run 'b'"]);
    let given = "run,params,tokens,loss,average_params\nc,1000,1000,2.0,800\n";
    let given = sweep.clone().merge(Sweep::from_csv_str("u.csv", given)?)?;
    refuses(assume(given), "an average", &["average or final parameters given of run 'c'"]);
    let assumed = assume(sweep)?;
    let other = Sweep::from_runs(vec![Run::dense("d", 1e3, 1e3, 2.0)])?;
    refuses(assumed.merge(other), "half a window", &["one of the sweeps only; make one sweep of them first"]);
    Ok(())
}

#[test]
fn a_run_that_begins_pruned_and_ends_dense_has_its_unit_and_is_refused_for_what_it_is() -> Result<()> {
    let table = "params,tokens,loss,schedule,initial_sparsity,final_sparsity,prune_start,prune_end\n1e8,1e9,4.0,cubic,0.3,0,100,200\n";
    refuses(Sweep::from_csv_str("t.csv", table), table, &["needs `prune_unit`", "`prune_unit=UNIT`"]);
    let unit = nbar::schedule::ScheduleFields { prune_unit: Some("step".into()), ..Default::default() };
    let options = nbar::ReadOptions::default().with_pruning(unit);
    let of_unit = Sweep::from_reader("t.csv", table.as_bytes(), &options);
    refuses(of_unit, table, &["`final_sparsity` 0 is below `initial_sparsity` 0.3"]);
    Ok(())
}

#[test]
fn windows_are_read_in_the_unit_of_their_columns() -> Result<()> {
    let table = |[start, end]: [&str; 2], cells: &str| {
        let head = format!("params,tokens,schedule,sparsity,{start},{end},loss\n");
        Sweep::from_csv_str("t.csv", &format!("{head}1e8,1e10,linear,0.8,{cells},3.0\n"))
    };
    let plain = averages(&table(["prune_start_tokens", "prune_end_tokens"], "2e9,6e9")?)?;
    // From .2 to .6 of the run to .8, along a line.
    all_near(&plain, &[1e8 * (1.0 - 0.8 * (0.2 + 0.4))], 1e-12);
    for (columns, cells) in [
        (["prune_start_tokens_B", "prune_end_tokens_B"], "2,6"),
        (["prune_start_tokens (B)", "prune_end_tokens (B)"], "2,6"),
        (["prune_start (M tokens)", "prune_end (M tokens)"], "2000,6000"),
        (["prune_start_frac", "prune_end_frac"], "0.2,0.6"),
    ] {
        all_near(&averages(&table(columns, cells)?)?, &plain, 1e-12);
    }
    Ok(())
}

#[test]
fn a_window_that_is_given_goes_before_half_of_one() -> Result<()> {
    let fields = ScheduleFields {
        schedule: Some("cubic".to_owned()),
        prune_start: Some(0.25),
        prune_end: Some(0.75),
        prune_unit: Some("fraction".to_owned()),
        ..ScheduleFields::default()
    };
    for (header, cells) in
        [("prune_start,prune_unit", "5e9,token"), ("prune_end", "0.9"), ("prune_start", "0.1")]
    {
        let table = format!("params,tokens,loss,final_sparsity,{header}\n1e8,2e10,3.1,0.8,{cells}\n");
        let options = ReadOptions::default().with_pruning(fields.clone());
        let sweep = Sweep::from_reader("t.csv", table.as_bytes(), &options)?;
        // A cubic ramp to s over a half of the run: s x (1/4 after it, and 3/4 of a half).
        all_near(&averages(&sweep)?, &[1e8 * (1.0 - 0.8 * 0.625)], 1e-12);
    }
    Ok(())
}

#[test]
fn tokens_of_a_step_tell_the_steps_of_a_pruned_run() -> Result<()> {
    let tool = r#"{""tool"":""tfmot"",""initial_sparsity"":0,""final_sparsity"":0.8,""begin_step"":2000,""end_step"":12000}"#;
    let of_steps = format!("params,tokens,step,loss,schedule\n1e9,2e10,20000,2.7,\"{tool}\"\n");
    let of_steps = averages(&Sweep::from_csv_str("t.csv", &of_steps)?)?;
    let column = format!("params,tokens,tokens_per_step,loss,schedule\n1e9,2e10,1e6,2.7,\"{tool}\"\n");
    assert_eq!(averages(&Sweep::from_csv_str("t.csv", &column)?)?, of_steps);
    let alone = format!("params,tokens,loss,schedule\n1e9,2e10,2.7,\"{tool}\"\n");
    let options = ReadOptions::default().with_tokens_per_step(1e6);
    assert_eq!(averages(&Sweep::from_reader("t.csv", alone.as_bytes(), &options)?)?, of_steps);
    // A batch may be a part of a step.
    let batch = format!("params,tokens,batch_size,seq_len,loss,schedule\n1e9,2e10,512,2048,2.7,\"{tool}\"\n");
    for table in [&alone, &batch] {
        refuses(Sweep::from_csv_str("t.csv", table), table, &["the run's number of steps"]);
    }
    let runs = "run,batch_size,seq_len\nx,512,2048\n";
    let options = ReadOptions::default().with_runs_from("runs.csv", runs.as_bytes())?;
    let named = format!("run,params,tokens,loss,schedule\nx,1e9,2e10,2.7,\"{tool}\"\n");
    refuses(Sweep::from_reader("t.csv", named.as_bytes(), &options), &named, &["the run's number of steps"]);
    Ok(())
}

#[test]
fn places_in_epochs_are_to_be_shares_and_tools_that_grow_back_are_constant() -> Result<()> {
    let remedy = "divide epochs by how many the run has";
    let unit = "params,tokens,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit\n1e8,2e10,3.1,cubic,.8,2,8,epochs\n";
    refuses(Sweep::from_csv_str("t.csv", unit), unit, &["'epochs'", remedy]);
    let named =
        "params,tokens,loss,schedule,final_sparsity,start_epoch,end_epoch\n1e8,2e10,3.1,cubic,.8,2,8\n";
    let options = ReadOptions::default().with_columns("prune_start=start_epoch,prune_end=end_epoch")?;
    refuses(Sweep::from_reader("t.csv", named.as_bytes(), &options), named, &["`prune_unit`", remedy]);
    for tool in ["rigl", "SET", "static"] {
        let table = format!("params,tokens,loss,schedule,final_sparsity\n1e8,2e10,3.1,{tool},0.8\n");
        all_near(&averages(&Sweep::from_csv_str("t.csv", &table)?)?, &[2e7], 1e-12);
    }
    Ok(())
}
