//! What a refusal offers is followed until the files are fitted: no remedy leads to the next refusal.

use std::fmt::Write;

use crate::{json, refuses, run, stderr, stdout, write};

/// Rows of runs on a grid, written by `row` from N, D and a loss that follows a law.
fn table(name: &str, header: &str, row: impl Fn(usize, f64, f64, f64) -> String) -> String {
    let mut table = format!("{header}\n");
    for i in 0..30usize {
        let (n, d) = (1e8 * 2f64.powi((i % 6) as i32), 4e9 * 2f64.powi((i / 6) as i32));
        let loss =
            (1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37)) * (1.0 + 2e-3 * (3.0 * i as f64).sin());
        let _ = writeln!(table, "{}", row(i, n, d, loss));
    }
    write(name, table)
}

/// The command that is offered, split as a shell splits it, if one is; its VALUEs become `value`.
pub(crate) fn offer(said: &str, value: &str) -> Option<Vec<String>> {
    let is_offer =
        |line: &&str| line.starts_with("try: nbar ") || line.starts_with("try, with your own number");
    let (_, line) = said.lines().find(is_offer)?.split_once(": nbar ")?;
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for letter in line.chars() {
        match letter {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    words.push(word);
    Some(words.into_iter().map(|word| if word == "VALUE" { value.to_owned() } else { word }).collect())
}

/// The same where one must be.
pub(crate) fn offered(said: &str, value: &str) -> Vec<String> {
    offer(said, value).unwrap_or_else(|| panic!("no command is offered: {said}"))
}

/// Each table, a word of each of its problems, a number for what only a person knows, and how many runs are left.
fn broken() -> Vec<(String, Vec<&'static str>, &'static str, usize)> {
    let names = table("mend-names.csv", "id,size_M,toks,val", |i, n, d, loss| {
        format!("r{i},{},{d},{}", n / 1e6, if i == 4 { "abc".to_owned() } else { loss.to_string() })
    });
    let ragged = table("mend-ragged.csv", "run,params,tokens,loss", |i, n, d, loss| match i {
        2 => format!("r{i},{n},{d}"),
        5 => format!("r{i},{n},{d},{loss},more"),
        9 => format!("r{i},{n},{d},nan"),
        11 => format!("r{i},,{d},{loss}"),
        _ => format!("r{i},{n},{d},{loss}"),
    });
    let evaluations =
        table("mend-steps.csv", "run,n_params,steps,lr,eval/loss_c4,eval/loss_pile", |i, n, d, loss| {
            format!("r{i},{n},{},1e-3,{loss},{}", d / 5e5, loss * 1.1)
        });
    let commas =
        table("mend-commas.csv", "run,params,tokens,\"val loss, c4\",\"val loss, pile\"", |i, n, d, loss| {
            format!("r{i},{n},{d},{loss},{}", loss * 1.1)
        });
    let bits = table("mend-bits.csv", "run,params,tokens,bpb", |i, n, d, loss| {
        format!("r{i},{n},{d},{}", loss / 3.0)
    });
    let negative = table("mend-negative.csv", "run,params,tokens,loss", |i, n, d, loss| {
        format!(
            "r{i},{},{d},{}",
            if i == 3 { -n } else { n },
            if i == 8 { "1,5".to_owned() } else { loss.to_string() }
        )
    });
    let splits = table("mend-splits.csv", "run,params,tokens,metric,value", |i, n, d, loss| {
        format!("r{i},{n},{d},train_loss,{}\nr{i},{n},{d},val_loss,{loss}", 0.9 * loss)
    });
    let averages = table("mend-averages.csv", "run,average_params,tokens,loss", |i, n, d, loss| {
        format!("r{i},{n},{d},{loss}")
    });
    let base = table("mend-base.csv", "run,params,tokens,nll_loss,final loss,ppl", |i, n, d, loss| {
        format!("r{i},{n},{d},{},{},{}", loss / 2f64.ln(), 1.5 * loss, loss.exp())
    });
    vec![
        (base, vec!["could all be 'loss'", "so it is in bits"], "", 30),
        (splits, vec!["'loss'", "losses of several kinds"], "", 30),
        (averages, vec!["no column for 'params'"], "", 30),
        (names, vec!["'params'", "'tokens'", "'loss'", "'abc'"], "", 29),
        (ragged, vec!["3 cells", "5 cells", "'nan'", "the cell is empty"], "", 26),
        (evaluations, vec!["could all be 'loss'", "'tokens'"], "0.5M", 30),
        (commas, vec!["could all be 'loss'"], "", 30),
        (bits, vec!["bits a byte"], "4.2", 30),
        (negative, vec!["5 cells", "is not a positive number"], "", 28),
    ]
}

#[test]
fn all_problems_are_said_and_one_command_mends_them() {
    for (path, problems, value, runs) in broken() {
        for command in [&["inspect"][..], &["fit", "--bootstrap", "0", "--jobs", "1"]] {
            let output = run(&[command, &[&path]].concat());
            assert_eq!(output.status.code(), Some(3), "{path}");
            let said = stderr(&output);
            for problem in &problems {
                assert!(said.contains(problem), "{path}: no \"{problem}\" in {said}");
            }
            let next = offered(said, value);
            let next: Vec<&str> = next.iter().map(String::as_str).collect();
            assert_eq!(next[0], command[0]);
            let mended = run(&next);
            assert_eq!(mended.status.code(), Some(0), "{next:?}: {}", stderr(&mended));
            let wanted = format!("{runs} observations of {runs} runs");
            assert!(stdout(&mended).contains(&wanted), "{path}: {}", stdout(&mended));
            // What can be known without a number from the person is shown at once.
            assert_eq!(
                stdout(&output).contains(&wanted),
                command[0] == "inspect" && value.is_empty(),
                "{path}"
            );
        }
    }
}

#[test]
fn where_no_option_helps_none_is_offered() {
    let twice = write("mend-twice.csv", "run,params,tokens,loss,loss\na,1B,20B,3,3.1\n");
    let empty = write("mend-empty.csv", "");
    let alone = write("mend-header.csv", "run,params,tokens,loss\n");
    // All records stand on one line, whose number would leave out all of them.
    let on_one_line = write(
        "mend-line.json",
        "[{\"params\": 1e9, \"tokens\": 2e10, \"loss\": 3}, {\"params\": 1e9, \"tokens\": 2e10, \"loss\": \"x\"}]",
    );
    for path in [twice, empty, alone, on_one_line] {
        let output = run(&["inspect", &path]);
        assert_eq!((output.status.code(), stdout(&output)), (Some(3), ""));
        assert!(!stderr(&output).contains("try"), "{}", stderr(&output));
    }
}

#[test]
fn what_only_a_person_knows_is_not_tried() {
    let dense =
        table("try_density.csv", "params,tokens,loss,density", |_, n, d, loss| format!("{n},{d},{loss},0.5"));
    let said = stderr(&run(&["fit", &dense])).to_owned();
    assert!(said.contains("--columns final_sparsity="), "{said}");
    assert_eq!(offer(&said, ""), None, "{said}");
    // Nor are a few such rows left out: of the others no more is known.
    let few =
        |i: usize, n: f64, d: f64, loss: f64| format!("{n},{d},{loss},{}", if i < 4 { "0.5" } else { "1" });
    let said = stderr(&run(&["fit", &table("try_few.csv", "params,tokens,loss,density", few)])).to_owned();
    assert!(said.contains("lines 2, 3, 4, 5 (4 rows)"), "{said}");
    assert!(!said.contains("--where") && offer(&said, "").is_none(), "{said}");
    // Nor which of several counts is meant.
    let halves = |_, n: f64, d: f64, loss: f64| format!("{},{},{d},{loss}", n / 2.0, n / 2.0);
    let said =
        stderr(&run(&["fit", &table("try_parts.csv", "encoder_params,decoder_params,tokens,loss", halves)]))
            .to_owned();
    assert!(said.contains("--columns params=encoder_params or") && offer(&said, "").is_none(), "{said}");
    // What else is wrong is said all the same.
    let row = |_, n: f64, d: f64, loss: f64| format!("{},{},{d},{loss}", n / 2.0, n / 2.0);
    let path = table("try_more.csv", "encoder_params,decoder_params,toks,val", row);
    let said = stderr(&run(&["fit", &path])).to_owned();
    assert!(said.contains("'toks' is meant") && said.contains("'val' is meant"), "{said}");
    assert_eq!(offer(&said, ""), None, "{said}");
    let header = "params,step,batch_size,seq_len,grad_accum,loss";
    let steps = |_, n: f64, d: f64, loss: f64| format!("{n},{},64,2048,8,{loss}", d / 1048576.0);
    // Nor rows whose schedule only the person knows.
    let few =
        |i: usize, n: f64, d: f64, loss: f64| format!("{n},{d},{loss},{}", if i < 4 { "0.5" } else { "0" });
    let said = stderr(&run(&["fit", &table("try_shape.csv", "params,tokens,loss,sparsity", few)])).to_owned();
    assert!(
        said.contains("--shape NAME") && !said.contains("--where") && offer(&said, "").is_none(),
        "{said}"
    );
    let said = stderr(&run(&["fit", &table("try_batch.csv", header, steps)])).to_owned();
    assert!(said.contains("--columns batch_size=batch_size"), "{said}");
    let number = offer(&said, "0.5M").unwrap_or_default();
    assert!(
        number.contains(&"--tokens-per-step".to_owned()) && !number.contains(&"--columns".to_owned()),
        "{said}"
    );
}

#[test]
fn of_one_repeated_checkpoint_the_line_is_left_out() {
    let rows = |i: usize, n: f64, d: f64, loss: f64| match i {
        29 => format!("r{},{n},{d},{loss}\nr{},{n},{d},{loss}", i % 6, i % 6),
        _ => format!("r{},{n},{d},{loss}", i % 6),
    };
    let twice = table("try_twice.csv", "run,params,tokens,loss", rows);
    let said = stderr(&run(&["fit", &twice])).to_owned();
    assert_eq!(offered(&said, "")[2], "--where", "{said}");
    assert!(offered(&said, "")[3].ends_with("try_twice.csv:32"), "{said}");
}

#[test]
fn what_does_not_help_is_said_once() {
    let rows = (0..24).map(|i| format!("r{i},1e8,{}e9,{}\n", 1 + i, 3.5 - 0.02 * f64::from(i)));
    let table = write("once.csv", format!("run,params,tokens,loss\n{}", rows.collect::<String>()));
    let log = write("once_log.csv", "run,tokens,sparsity\nr1,0,0\nr1,,0.5\n,,\n");
    let refused = run(&["inspect", &table, "--trajectories", &log]);
    let said = stderr(&refused);
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert_eq!(said.matches("the cell is empty").count(), 1, "{said}");
    assert!(said.contains("take the row out of the log") && !said.contains("--where"), "{said}");
}

#[test]
fn a_sparsity_that_was_logged_is_read_as_a_log() {
    let rows = |i: usize, n: f64, d: f64, loss: f64| -> String {
        let row = |(k, left): (usize, f64)| {
            let sparsity = if i.is_multiple_of(2) { "0".to_owned() } else { (1.0 - left).to_string() };
            // It is logged less often than the loss.
            let sparsity = if k == 0 { "" } else { &*sparsity };
            format!(
                "r{i},{n},{},{},{sparsity}",
                d * (k + 1) as f64 / 4.0,
                loss * (1.3 - 0.075 * (k + 1) as f64)
            )
        };
        [1.0, 1.0, 0.75, 0.5].into_iter().enumerate().map(row).collect::<Vec<_>>().join("\n")
    };
    let log = table("mend-log.csv", "run,params,tokens,loss,sparsity", rows);
    let said = stderr(&run(&["fit", &log])).to_owned();
    let next = offered(&said, "");
    assert_eq!(next, ["fit", &log, "--trajectories", &log], "{said}");
    let inspected = run(&["inspect", &log, "--trajectories", &log]);
    assert_eq!(inspected.status.code(), Some(0), "{}", stderr(&inspected));
    assert!(stdout(&inspected).contains("50 %"), "{}", stdout(&inspected));
}

#[test]
fn of_two_sweeps_one_may_have_no_use_for_an_option_and_not_both() {
    let columns = "run,params,tokens,loss";
    let rows = |name: &str, more: &str, sparse: f64| {
        let row = |i: u32| {
            let (params, tokens) = (1e7 * 1.6f64.powi((i % 6) as i32), 2e9 * 2f64.powi((i / 6) as i32));
            let average = params * sparse;
            let loss = 1.8 + 450.0 / average.powf(0.34) + 2000.0 / tokens.powf(0.36);
            format!("r{i},{params},{tokens},{loss}{more}\n")
        };
        let header = if more.is_empty() { columns.to_owned() } else { format!("{columns},sparsity") };
        write(name, format!("{header}\n{}", (0..24).map(row).collect::<String>()))
    };
    // Cubic to .8 from a fifth to three fifths of the run: .8 (.4 · .75 + .4) of the network are gone on average.
    let (pruned, dense) = (rows("apart-pruned.csv", ",0.8", 0.44), rows("apart-dense.csv", "", 1.0));
    let window = ["--shape", "cubic", "--prune-window", "20%..60%", "--flops", "1e19", "--bootstrap", "20"];
    let found = json(&[&["versus", &pruned, &dense], &window[..]].concat());
    let multiplier = found["rows"][0]["multiplier"]["estimate"].as_f64().expect("a number");
    assert!((multiplier - 1.0).abs() < 1e-6, "{multiplier}");
    refuses(&[&["versus", &dense, &dense], &window[..]].concat(), 2, &["no run is pruned"]);
}

#[test]
fn a_remedy_of_another_command_names_it() {
    let row = |i: u32, recipe: &str| {
        let (params, tokens) = (1e7 * 1.6f64.powi((i % 6) as i32), 2e9 * 2f64.powi((i / 6) as i32));
        let more = if recipe == "b" { 0.2 } else { 0.003 * f64::from(i % 5) };
        format!("{recipe}{i},{params},{tokens},{},{recipe}\n", 1.8 + 450.0 / params.powf(0.34) + more)
    };
    let rows: String = (0..24).map(|i| row(i, "a") + &row(i, "b")).collect();
    let table = write("two-recipes.csv", format!("run,params,tokens,loss,recipe\n{rows}"));
    for (command, remedy) in [("fit", "(--group recipe)"), ("holdout", "(nbar fit --group recipe)")] {
        let output = run(&[command, &table, "--bootstrap", "20"]);
        assert!(stderr(&output).contains(remedy), "{command}: {}", stderr(&output));
    }
}
