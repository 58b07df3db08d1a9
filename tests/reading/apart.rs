//! Logs that say how much is pruned on rows without a loss.

use nbar::schedule::Interpolation;
use nbar::{ReadOptions, Result, Sweep, run::TrajectoryLog};

/// Steps of the run, tokens of a step, and its parameters.
const STEPS: [u64; 2] = [100, 1000];
const OF_STEP: u64 = 500_000;
const PARAMS: f64 = 1e8;

/// What is pruned at a step: nothing up to 250, and 80 % from 750; or nothing.
fn sparsity(step: u64, is_dense: bool) -> f64 {
    if is_dense { 0.0 } else { ((step as f64 - 250.0) / 500.0).clamp(0.0, 1.0) * 0.8 }
}

/// A log in which each step has a line of pruning before that of its loss.
fn log(
    is_dense: bool,
    head: &str,
    of_pruning: fn(u64, f64) -> String,
    of_loss: fn(u64, f64) -> String,
) -> String {
    let [every, last] = STEPS;
    let steps = (1..=last / every).map(|i| i * every);
    let lines = steps.map(|step| {
        let loss = 3.0 - 1e-3 * step as f64;
        format!("{}\n{}\n", of_pruning(step, sparsity(step, is_dense)), of_loss(step, loss))
    });
    format!("{head}{}", lines.collect::<String>())
}

/// N̄ / N0 of the held counts.
fn held() -> f64 {
    let [every, last] = STEPS;
    let steps = (0..last / every).map(|i| i * every);
    let kept: f64 = steps.map(|step| 1.0 - sparsity(step, false)).sum();
    kept * every as f64 / last as f64
}

/// Logs of several tools, and what they do not tell.
fn logs(is_dense: bool) -> Vec<(&'static str, String, ReadOptions)> {
    let params = ReadOptions::default().with_run_params(PARAMS);
    let per_step = || params.clone().with_tokens_per_step(OF_STEP as f64);
    vec![
        (
            "history.csv",
            log(
                is_dense,
                "_step,_runtime,_timestamp,train/loss,train/tokens,sparsity\n",
                |step, share| format!("{step},1.0,1.7e9,,,{share}"),
                |step, loss| format!("{step},1.0,1.7e9,{loss},{},", step * OF_STEP),
            ),
            params.clone(),
        ),
        (
            "named.csv",
            log(
                is_dense,
                "_step,_runtime,_timestamp,train/loss,train/tokens,model/sparsity (%)\n",
                |step, share| format!("{step},1.0,1.7e9,,,{}", 100.0 * share),
                |step, loss| format!("{step},1.0,1.7e9,{loss},{},", step * OF_STEP),
            ),
            params.clone(),
        ),
        (
            "log.jsonl",
            log(
                is_dense,
                "",
                |step, share| format!("{{\"step\": {step}, \"density\": {}}}", 1.0 - share),
                |step, loss| {
                    format!("{{\"step\": {step}, \"tokens\": {}, \"loss\": {loss}}}", step * OF_STEP)
                },
            ),
            params.clone(),
        ),
        (
            "plain.log",
            log(
                is_dense,
                "",
                |step, share| format!("[prune] step={step} nonzero params: {}", PARAMS * (1.0 - share)),
                |step, loss| format!("step={step} tokens={} loss={loss}", step * OF_STEP),
            ),
            params.clone(),
        ),
        (
            "nano.log",
            log(
                is_dense,
                "tokens per iteration will be: 500,000\nnumber of parameters: 100.00M\n",
                |step, share| format!("pruning: step {step} sparsity {share}"),
                |step, loss| format!("step {step}: train loss {loss}, val loss {loss}"),
            ),
            ReadOptions::default(),
        ),
        (
            "megatron.log",
            log(
                is_dense,
                "",
                |step, share| format!("[iteration {step}] model sparsity: {}%", 100.0 * share),
                |step, loss| {
                    format!(
                        " iteration {step}/ 1000 | consumed samples: {step} | lm loss: {loss} | num zeros: 9.0 |"
                    )
                },
            ),
            params.clone().with_sequence_length(OF_STEP as f64),
        ),
        (
            "llm.log",
            log(
                is_dense,
                "",
                |step, share| format!("step {step}/1000 | sparsity {share}"),
                |step, loss| format!("step {step}/1000 | train loss {loss} | norm 1.0 | lr 1.0e-4 | 9 ms"),
            ),
            per_step(),
        ),
    ]
}

#[test]
fn a_run_is_not_dense_whose_log_says_so_on_rows_without_a_loss() -> Result<()> {
    for (name, text, options) in logs(false) {
        let refused = Sweep::from_reader(name, text.as_bytes(), &options).map(|sweep| sweep.runs().len());
        let said = refused.unwrap_err().to_string();
        let parts =
            ["on a row without a loss", &format!("`trajectories={name}`"), "`columns: final_sparsity=`"];
        assert!(parts.iter().all(|part| said.contains(part)), "{name}: {said}");

        let counts = TrajectoryLog::from_str(name, &text)?;
        let options = options.with_counted_runs(&counts);
        let sweep = Sweep::from_reader(name, text.as_bytes(), &options)?;
        let sweep = sweep.with_trajectories(&counts, Interpolation::Held)?;
        let [run] = sweep.runs() else { panic!("{name}: {} runs", sweep.len()) };
        let found = run.trajectory()?.average_params() / run.params;
        assert!((found / held() - 1.0).abs() < 1e-12, "{name}: {found} for {}", held());
    }
    Ok(())
}

/// How a log words what is left, whole or in part.
type Worded = fn(u64, f64) -> String;

#[test]
fn words_for_what_is_left_are_read_or_shown() -> Result<()> {
    let read: [Worded; 5] = [
        |step, share| format!("step {step}: pruned to {} nonzero weights", PARAMS * (1.0 - share)),
        |step, share| format!("step {step} kept {}% of the weights", 100.0 * (1.0 - share)),
        |step, share| format!("step {step}: compression={:.12}x", 1.0 / (1.0 - share)),
        |step, share| format!("step {step} compression 1:{:.12}", 1.0 / (1.0 - share)),
        |step, share| format!("step {step} | zero_frac {share}"),
    ];
    let of_loss: Worded = |step, loss| format!("step {step} | loss {loss}");
    let options = ReadOptions::default().with_run_params(PARAMS).with_tokens_per_step(OF_STEP as f64);
    for of_pruning in read {
        let text = log(false, "", of_pruning, of_loss);
        let line = text.lines().next().unwrap_or_default();
        let refused = Sweep::from_reader("a.log", text.as_bytes(), &options).unwrap_err().to_string();
        assert!(refused.contains("`trajectories=a.log`"), "{line}: {refused}");
        let counts = TrajectoryLog::from_str("a.log", &text)?;
        let sweep =
            Sweep::from_reader("a.log", text.as_bytes(), &options.clone().with_counted_runs(&counts))?
                .with_trajectories(&counts, Interpolation::Held)?;
        let found = sweep.runs()[0].trajectory()?.average_params() / PARAMS;
        assert!((found / held() - 1.0).abs() < 1e-11, "{line}: {found} for {}", held());
    }
    let unread: [Worded; 3] = [
        |step, share| format!("INFO pruner: applying mask, target={share:.3} step={step}"),
        |step, share| format!("[{step}] zeros: {:.0}", PARAMS * share),
        |step, share| format!("step {step} | remaining {:.2}%", 100.0 * (1.0 - share)),
    ];
    for of_pruning in unread {
        for is_dense in [false, true] {
            let text = log(is_dense, "", of_pruning, of_loss);
            let sweep = Sweep::from_reader("a.log", text.as_bytes(), &options)?;
            let findings = nbar::inspect(&sweep, &nbar::ObservationOptions::default()).findings;
            let is_shown = findings.iter().any(|found| found.to_string().contains("'lines about pruning'"));
            assert_eq!(is_shown, !is_dense, "{}: {findings:?}", text.lines().nth(16).unwrap_or_default());
        }
    }
    let wrong = "step,loss,compression\n0,,0.5\n9,3.0,2\n";
    let said = TrajectoryLog::from_str("w.csv", wrong).unwrap_err().to_string();
    assert!(said.contains("at least 1") && said.contains("'0.5'"), "{said}");
    Ok(())
}

#[test]
fn a_log_that_says_nothing_is_pruned_is_of_a_dense_run() -> Result<()> {
    for ((name, dense, options), (_, pruned, _)) in logs(true).into_iter().zip(logs(false)) {
        let sweep = Sweep::from_reader(name, dense.as_bytes(), &options)?;
        let run = &sweep.runs()[0];
        assert_eq!(run.trajectory()?.average_params(), run.params, "{name}");
        let off = options.with_columns("final_sparsity=")?;
        let read = Sweep::from_reader(name, pruned.as_bytes(), &off);
        assert!(read.is_ok_and(|sweep| sweep.len() == 1), "{name}");
    }
    Ok(())
}

#[test]
fn a_table_of_runs_goes_before_the_sparsities_of_the_moment() -> Result<()> {
    let table = "run,params,tokens_per_step,schedule,final_sparsity,prune_start,prune_end,prune_unit\n";
    for (name, text, options) in logs(false) {
        let run = name.split('.').next().unwrap_or_default();
        let row = format!("{table}{run},1e8,5e5,linear,0.8,250,750,step\n");
        let options = options.with_runs_from("runs.csv", row.as_bytes())?;
        let sweep = Sweep::from_reader(name, text.as_bytes(), &options)?;
        let run = &sweep.runs()[0];
        let found = run.trajectory()?.average_params() / run.params;
        assert!((found - 0.6).abs() < 1e-12, "{name}: {found}");
    }
    Ok(())
}

#[test]
fn rows_that_are_runs_may_wait_for_their_losses() -> Result<()> {
    let options = ReadOptions::default().with_filter("loss!=");
    let read = |table: &str| Sweep::from_reader("t.csv", table.as_bytes(), &options);
    let waiting = "params,tokens,loss,sparsity\n1e8,1e9,3.1,0\n2e8,1e9,3.0,0\n2e8,2e9,,0.5\n";
    assert_eq!(read(waiting)?.len(), 2);
    // None of the losses has a sparsity.
    let apart = "params,tokens,loss,sparsity\n1e8,1e9,3.1,\n1e8,1e9,,0.5\n2e8,1e9,3.0,\n2e8,1e9,,0.5\n";
    let said = read(apart).unwrap_err().to_string();
    assert!(
        said.contains("t.csv, line 3, column 'sparsity': the cell is '0.5' on a row without a loss"),
        "{said}"
    );
    // Runs with names.
    let named =
        "run,step,params,tokens,loss,sparsity\na,1,1e8,1e9,3.1,\na,1,1e8,1e9,,0.5\nb,1,2e8,1e9,3.0,\n";
    let said = read(named).unwrap_err().to_string();
    assert!(said.contains("line 3, run 'a'") && said.contains("`trajectories=t.csv`"), "{said}");
    Ok(())
}

#[test]
fn counts_at_steps_stand_at_the_tokens_of_the_rows() -> Result<()> {
    // 500 steps of 250 tokens, then 500 of 1000; 80 % are gone from step 500 on.
    let table = "step,tokens,loss\n250,62500,3.9\n500,125000,3.8\n750,375000,3.5\n1000,625000,3.2\n";
    let read = ReadOptions::default().with_run_params(PARAMS);
    let sweep = Sweep::from_reader("run.csv", table.as_bytes(), &read)?;
    let log = TrajectoryLog::from_str("run.csv", "step,sparsity\n0,0\n500,0.8\n")?;
    let sweep = sweep.with_trajectories(&log, Interpolation::Held)?;
    let found = sweep.runs()[0].trajectory()?.average_params() / PARAMS;
    let right = (125_000.0 + 0.2 * 500_000.0) / 625_000.0;
    assert!((found / right - 1.0).abs() < 1e-12, "{found} for {right}");
    Ok(())
}

#[test]
fn a_sparsity_that_rises_from_step_to_step_is_of_one_run() -> Result<()> {
    let [every, last] = STEPS;
    let rows = (0..=last / every).map(|i| i * every);
    let row = |step: u64| format!("{step},{},{}\n", 4.0 - 1e-3 * step as f64, sparsity(step, false));
    let table = format!("step,loss,sparsity\n{}", rows.map(row).collect::<String>());
    let options = ReadOptions::default().with_run_params(PARAMS).with_tokens_per_step(OF_STEP as f64);
    let said = Sweep::from_reader("run.csv", table.as_bytes(), &options).unwrap_err().to_string();
    assert!(
        said.contains("if it is the sparsity so far") && said.contains("`trajectories=run.csv`"),
        "{said}"
    );
    let counts = TrajectoryLog::from_str("run.csv", &table)?;
    let sweep = Sweep::from_reader("run.csv", table.as_bytes(), &options.with_counted_runs(&counts))?;
    let sweep = sweep.with_trajectories(&counts, Interpolation::Held)?;
    let found = sweep.runs()[0].trajectory()?.average_params() / PARAMS;
    assert!((found / held() - 1.0).abs() < 1e-12, "{found} for {}", held());
    // Runs of several sparsities and lengths.
    let runs =
        "params,tokens,step,loss,sparsity\n1e8,1e9,100,3.4,0\n1e8,2e9,200,3.3,0.5\n1e8,3e9,300,3.3,0.8\n";
    let said = Sweep::from_csv_str("runs.csv", runs).unwrap_err().to_string();
    assert!(said.contains("`schedule=NAME`"), "{said}");
    Ok(())
}

#[test]
fn counts_without_their_unit_are_refused() -> Result<()> {
    let table = "run,step,params,tokens,loss\nrun,1000,125M,1B,3.0\n";
    let sweep = Sweep::from_csv_str("t.csv", table)?;
    let log = TrajectoryLog::from_str("log.csv", "run,step,nnz\nrun,0,125\nrun,500,92\n")?;
    let said = sweep.with_trajectories(&log, Interpolation::Held).unwrap_err().to_string();
    assert!(said.contains("counts 92 left of run 'run', of 125000000 parameters"), "{said}");
    Ok(())
}

#[test]
fn a_line_says_what_is_pruned_in_any_order_and_with_any_signs() -> Result<()> {
    let options = ReadOptions::default().with_run_params(PARAMS).with_tokens_per_step(OF_STEP as f64);
    type Write = fn(f64) -> String;
    let names: [(&str, Write); 8] = [
        ("sparsity", |share| share.to_string()),
        ("model sparsity", |share| format!("{}%", 100.0 * share)),
        ("density", |share| (1.0 - share).to_string()),
        ("keep_ratio", |share| (1.0 - share).to_string()),
        ("nonzero params", |share| (PARAMS * (1.0 - share)).to_string()),
        ("nnz", |share| format!("{}M", 1e-6 * PARAMS * (1.0 - share))),
        ("pruned weights", |share| format!("{}%", 100.0 * share)),
        ("sparsity (%)", |share| (100.0 * share).to_string()),
    ];
    let others = [("lr", "0.001"), ("mfu", "30.1%"), ("dropout", "0.1"), ("tok/s", "1,234")];
    for (number, (name, write)) in names.into_iter().enumerate() {
        for (sign, parting) in
            [(" ", " "), (": ", " "), ("=", " "), (" ", " | "), (": ", ", "), (" = ", " | "), (":", "\t")]
        {
            for place in 0..others.len() {
                let line = |step: u64| {
                    let loss = (4.0 - 1e-3 * step as f64).to_string();
                    let own = write(sparsity(step, false));
                    let mut parts = vec![("loss", loss.as_str())];
                    parts.extend(others);
                    parts.rotate_left(number % others.len());
                    parts.insert(place, (name, &own));
                    parts.insert(0, ("step", ""));
                    let step = step.to_string();
                    parts[0].1 = &step;
                    let pairs = parts.iter().map(|(name, value)| format!("{name}{sign}{value}"));
                    pairs.collect::<Vec<_>>().join(parting) + "\n"
                };
                let [every, last] = STEPS;
                let text: String = (0..=last / every).map(|i| line(i * every)).collect();
                let log = TrajectoryLog::from_str("a.log", &text)?;
                let read = options.clone().with_counted_runs(&log);
                let sweep = Sweep::from_reader("a.log", text.as_bytes(), &read)?;
                let sweep = sweep.with_trajectories(&log, Interpolation::Held)?;
                let found = sweep.runs()[0].trajectory()?.average_params() / PARAMS;
                assert!((found / held() - 1.0).abs() < 1e-9, "{found} for {}: {}", held(), line(500));
                // It is not read as dense.
                assert!(Sweep::from_reader("a.log", text.as_bytes(), &options).is_err(), "{}", line(500));
            }
        }
    }
    Ok(())
}

#[test]
fn runs_that_a_log_of_counts_lacks_wholly_or_in_the_end_are_named() -> Result<()> {
    let found = |log: &[&str]| -> Result<Vec<String>> {
        let table = "run,params,tokens,loss\na,1e8,1e9,3.5\nb,2e8,1e9,3.3\n";
        let log = format!("run,tokens,nonzero\n{}\n", log.join("\n"));
        let log = TrajectoryLog::from_reader("log.csv", log.as_bytes())?;
        let sweep = Sweep::from_csv_str("t.csv", table)?.with_trajectories(&log, Interpolation::Held)?;
        let findings = nbar::inspect(&sweep, &nbar::ObservationOptions::default()).findings;
        let of_counts = findings
            .iter()
            .map(ToString::to_string)
            .filter(|said| said.contains("counts") && !said.contains("far apart"));
        Ok(of_counts.collect())
    };
    let whole = ["a,0,1e8", "a,2e8,1e8", "a,4e8,6e7", "a,6e8,5e7", "a,1e9,5e7", "b,0,2e8", "b,1e9,2e8"];
    assert_eq!(found(&whole)?, [""; 0]);
    // b is in no row; and a falls to its last, at 40 % of the run.
    let lacks = found(&whole[..5])?;
    assert!(lacks.len() == 1 && lacks[0].contains("1 run is not in the log of counts"), "{lacks:?}");
    let ends = found(&[&whole[..3], &whole[5..]].concat())?;
    assert!(ends.len() == 1 && ends[0].contains("the first after 40 % of it"), "{ends:?}");
    // A list of changes ends with the last of them.
    assert_eq!(found(&["a,0,1e8", "a,2e8,8e7", "a,4e8,5e7", "b,0,2e8"])?, [""; 0]);
    Ok(())
}
