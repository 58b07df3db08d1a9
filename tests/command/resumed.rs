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
    let (own, _) = average(&[&logged[..], &["--where", "step<=2000"]].concat());
    assert!((own / (1e9 * held(1800)) - 1.0).abs() < 1e-12, "{own}");
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
