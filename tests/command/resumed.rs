//! Logs of counts that go on after a run's last loss, or begin late.

use std::fmt::Write;

use crate::mending::offered;
use crate::{json, refuses, run, stderr, write};

/// A log of one run: counts at every hundredth step, and losses from step 300 on at every third of these.
fn log(name: &str, counts: impl Iterator<Item = (u32, f64)>) -> String {
    let mut text = String::new();
    for (step, sparsity) in counts {
        let _ = writeln!(text, "{{\"step\": {step}, \"sparsity\": {sparsity}}}");
        if step > 0 && step % 300 == 0 {
            let _ = writeln!(
                text,
                "{{\"step\": {step}, \"val_loss\": {:.4}}}",
                20.0 * f64::from(step).powf(-0.2)
            );
        }
    }
    write(name, text)
}

const OF: [&str; 4] = ["--run-params", "1B", "--tokens-per-step", "500000"];

#[test]
fn counts_after_the_last_loss_are_cut_there() {
    let sparsity = |step: u32| 0.8 * f64::from(step.clamp(1000, 3000) - 1000) / 2000.0;
    let counts = || (0..=40).map(|row| (100 * row, sparsity(100 * row)));
    let path = log("rs-after.jsonl", counts());
    let average = |more: &[&str]| {
        let inspected = json(&[&["inspect", &path][..], &OF, more].concat());
        let ranges = inspected["table"]["ranges"].as_array().unwrap().clone();
        let own = ranges.iter().find(|range| range["column"] == "average_params").unwrap()["least"].as_f64();
        (own.unwrap(), inspected.to_string())
    };
    let logged = ["--trajectories", &path];
    // The mean of the counts, each held until the next, or even between them, up to the last loss.
    let held = |end: u32| {
        counts().filter(|(step, _)| *step < end).map(|(_, own)| 1.0 - own).sum::<f64>() * 100.0
            / f64::from(end)
    };
    let linear = |end: u32| {
        let pairs = (0..end / 10).map(|place| (sparsity(10 * place) + sparsity(10 * place + 10)) / 2.0);
        1.0 - pairs.sum::<f64>() * 10.0 / f64::from(end)
    };
    let (own, said) = average(&logged);
    assert!((own / (1e9 * held(3900)) - 1.0).abs() < 1e-12, "{own}");
    assert!(said.contains("go on to 2B tokens, beyond its last loss at 1.95B: they are cut there"), "{said}");
    let (own, _) = average(&[&logged[..], &["--interpolate", "linear"]].concat());
    assert!((own / (1e9 * linear(3900)) - 1.0).abs() < 1e-12, "{own}");
    let (own, _) = average(&[&logged[..], &["--where", "step<=3200"]].concat());
    assert!((own / (1e9 * held(3000)) - 1.0).abs() < 1e-12, "{own}");
    // One count within the run tells no unit.
    let one =
        write("rs-after.csv", "run,step,sparsity\nrs-after,0,0\nrs-after,1000,0.4\nrs-after,9000,0.8\n");
    refuses(
        &[&["inspect", &path][..], &OF, &["--trajectories", &one]].concat(),
        3,
        &["lies beyond the run's end"],
    );
}

#[test]
fn a_log_that_begins_pruned_is_told_what_it_lacks() {
    let text: String = (15..=40)
        .map(|row| {
            format!(
                "{{\"step\": {}, \"loss\": {:.4}, \"sparsity\": {}}}\n",
                100 * row,
                3.5 - 0.01 * f64::from(row),
                0.02 * f64::from(row)
            )
        })
        .collect();
    let path = write("rs-late.jsonl", text);
    let refused = run(&[&["inspect", &path][..], &OF].concat());
    let said = stderr(&refused);
    assert!(said.contains("if it is the sparsity so far, read it as a log of counts"), "{said}");
    assert!(!said.contains("how such runs were pruned") && !said.contains("--columns run="), "{said}");
    let next = offered(said, "");
    let followed = run(&next.iter().map(String::as_str).collect::<Vec<_>>());
    let said = stderr(&followed);
    assert!(
        said.contains("needs a row at 0") && said.contains("add one with what was left from the start"),
        "{said}"
    );
    // Few runs may be pruned the more the longer they are.
    let few =
        write("rs-few.csv", "step,loss,sparsity\n1000,3.5,0.3\n2000,3.4,0.5\n4000,3.3,0.7\n8000,3.2,0.8\n");
    let refused = run(&[&["inspect", &few][..], &OF].concat());
    let said = stderr(&refused);
    assert!(said.contains("how such runs were pruned"), "{said}");
}

#[test]
fn counts_in_another_unit_are_not_cut() {
    // Of micro-steps there are four to a step: the counts go on to four times the length.
    let counts = (0..=40).map(|row| (400 * row, 0.02 * f64::from(row)));
    let micro: String =
        counts.map(|(step, sparsity)| format!("{{\"step\": {step}, \"sparsity\": {sparsity}}}\n")).collect();
    let path = log("rs-steps.jsonl", (0..=40).map(|row| (100 * row, 0.0)));
    // The log has the name of its run.
    std::fs::create_dir_all(crate::scratch("rs-micro")).expect("the folder for tests can be written");
    let micro = write("rs-micro/rs-steps.jsonl", micro);
    refuses(
        &[&["inspect", &path][..], &OF, &["--trajectories", &micro]].concat(),
        3,
        &["beyond the run's end"],
    );
}

/// Nine runs of sixteen rows; a second job of each goes on from the sixth, at losses of 8 % less, and says `cells` instead.
fn two_jobs(column: &str, cells: [&str; 2]) -> String {
    let mut table = format!("run,params,tokens,loss,{column}\n");
    for k in 0..9 {
        let params = 1e7 * 2f64.powi(k);
        for (job, rows) in [(0, 1..=16), (1, 6..=14)] {
            for row in rows {
                let tokens = 1e9 * f64::from(row) * (1.0 + 0.1 * f64::from(k));
                let clean = 1.8 + 450.0 / params.powf(0.34) + 2000.0 / tokens.powf(0.36);
                let loss = if job == 0 && row > 5 { 1.08 * clean } else { clean };
                let _ = writeln!(table, "r{k},{params},{tokens},{loss},{}", cells[job]);
            }
        }
    }
    table
}

#[test]
fn a_setting_that_is_another_where_rows_go_back_makes_another_run_and_a_count_of_jobs_does_not() {
    for (column, cells) in [
        ("weight_decay", ["0.1", "0.3"]),
        ("lr", ["1e-3", "3e-4"]),
        ("unique_tokens", ["1e9", "2e9"]),
        ("lora_rank", ["8", "16"]),
    ] {
        let table = write(&format!("rs-{column}.csv"), two_jobs(column, cells));
        refuses(&["fit", &table, "--bootstrap", "0"], 3, &["the row on line 7 is at 6000000000 tokens too"]);
    }
    for (column, cells) in [("attempt", ["0", "1"]), ("weight_decay", ["0.1", "0.1"])] {
        let table = write("rs-jobs.csv", two_jobs(column, cells));
        let fit = crate::scratch("rs-jobs.fit.json").display().to_string();
        let output = run(&["fit", &table, "--bootstrap", "30", "-o", &fit]);
        assert!(
            stderr(&output).contains("99 rows logged before from there on are left out"),
            "{}",
            stderr(&output)
        );
        // A forecast of the same table is held against the same rows.
        let scored = run(&["score", &fit, &table]);
        assert!(stderr(&scored).contains("left out: 99 rows of runs that restart"), "{}", stderr(&scored));
        assert!(json(&["score", &fit, &table])["law"]["rms"].as_f64().is_some_and(|rms| rms < 1e-6));
    }
}

#[test]
fn rows_that_are_copied_or_of_other_sizes_are_no_restart_of_what_is_forecast() {
    let fit = crate::saved("rs-points.fit.json");
    let row = |tokens: u32| format!("a,1e9,{tokens}e9,{}\n", 2.3 + 2.0 / f64::from(tokens));
    let rows: String = (1..=20).chain(8..=12).map(row).collect();
    let copied = write("rs-copied.csv", format!("run,params,tokens,loss\n{rows}"));
    let scored = json(&["score", &fit, &copied]);
    assert_eq!((&scored["runs"][0]["tokens"], &scored["scored"]), (&2e10.into(), &1.into()));
    // Budgets of several sizes, each with a name.
    let mut table = "run,params,tokens,loss\n".to_owned();
    for budget in [1e19, 1e20] {
        for params in [1e8, 2e8, 4e8, 8e8] {
            let _ = writeln!(table, "iso,{params},{},2.5", budget / (6.0 * params));
        }
    }
    let found = json(&["predict", &fit, "--from", &write("rs-iso.csv", table)]);
    assert_eq!(found.as_array().map(Vec::len), Some(8));
}
