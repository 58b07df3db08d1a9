//! What is refused, with which exit code, and what the message names.

use crate::{FIT, good, refuses, run, saved, stderr, write};

#[test]
fn wrong_usage_exits_with_2_and_names_what_is_known() {
    let with: [(&[&str], &[&str]); 11] = [
        (&["--weight", "loss"], &["is a quantity without its power", "loss:1"]),
        (&["--bogus"], &["--bogus"]),
        (&["--law", "kepler"], &["--law 'kepler' is not known", "chinchilla"]),
        (&["--size", "huge"], &["--size", "average", "harmonic", "power:P"]),
        (&["--resample", "cows"], &["--resample", "weights", "runs", "residuals"]),
        (&["--interval", "cows"], &["--interval", "corrected", "bca"]),
        (&["--level", "1"], &["--level", "between 0 and 1"]),
        (&["--jobs", "100000"], &["--jobs", "512"]),
        (&["--columns", "lossy=loss"], &["lossy", "tokens"]),
        (&["--where", "outlier"], &["--where 'outlier' compares nothing", "outlier=0"]),
        (&["--where", "nope=1"], &["names the column 'nope'", "choose one of run, params"]),
    ];
    for (args, parts) in with {
        refuses(&[&["fit", "data/chinchilla.csv"], args].concat(), 2, parts);
    }
    let losses: [(&[&str], &[&str]); 7] = [
        (
            &["--rho", "cauchy"],
            &["--rho 'cauchy' is not known", "huber:DELTA", "laplace", "asymmetric:FACTOR"],
        ),
        (&["--rho", "huber:wide"], &["--rho 'huber:wide' is not known"]),
        (&["--rho", "squared:2"], &["--rho 'squared:2' is not known"]),
        (&["--rho", "huber:0"], &["delta", "positive"]),
        (&["--rho", "asymmetric:-1"], &["factor", "positive"]),
        (&["--rho", "laplace", "--delta", "1e-2"], &["--delta", "--rho", "cannot be used with"]),
        (&["--on", "log"], &["--on 'log' is not known", "ln-loss, loss"]),
    ];
    for (args, parts) in losses {
        for command in ["fit", "compare", "holdout"] {
            refuses(&[&[command, "data/chinchilla.csv"], args].concat(), 2, parts);
        }
    }
    refuses(&["fit", "data/chinchilla.csv", "--bootstrap", "1"], 2, &["--bootstrap", "2 to 10000000"]);
}

#[test]
fn numbers_are_read_with_suffixes_and_refused_otherwise() {
    for number in ["7B", "1.4T", "1e24", "300M"] {
        assert_eq!(
            run(&["schedule", "--params", number, "--tokens", "20B"]).status.code(),
            Some(0),
            "{number}"
        );
    }
    for number in ["7 Bn", "-7B", "-1", "0", "NaN", "inf", ""] {
        refuses(&["schedule", "--params", number, "--tokens", "20B"], 2, &["--params", number]);
    }
}

#[test]
fn bad_tables_exit_with_3_and_are_named_to_the_cell() {
    let header = "run,params,tokens,loss";
    let cases = [
        ("empty.csv", String::new(), vec!["the file is empty"]),
        ("header.csv", format!("{header}\n"), vec!["no row follows the header"]),
        ("column.csv", "run,params,tokens\na,1e6,2e9\n".to_owned(), vec!["'loss'", "--columns loss=NAME"]),
        (
            "cell.csv",
            format!("{header}\na,1e6,2e9,3\nb,1e6,2e9,banana\n"),
            vec!["line 3, column 'loss': 'banana'"],
        ),
        (
            "twice.csv",
            format!("{header}\na,1e6,2e9,3\na,1e6,2e9,3\n"),
            vec!["line 3, run 'a': the row on line 2 is at"],
        ),
    ];
    for (name, text, parts) in cases {
        refuses(&["fit", &write(name, text)], 3, &[&[name], parts.as_slice()].concat());
    }
    let few = write("few.csv", format!("{header}\na,1e6,2e9,3\n"));
    refuses(
        &["fit", &few],
        3,
        &[
            "fit: the chinchilla law has 5 free parameters and needs 6 observations, and the sweep has 1",
            "where runs have several (--checkpoints all)",
            "--law compute",
        ],
    );
    refuses(&["fit", "no_such.csv"], 3, &["cannot read no_such.csv"]);
    refuses(&["fit", "data/chinchilla.csv", "--where", "outlier=7"], 3, &["outlier=7", "none of 245 rows"]);
}

#[test]
fn impossible_schedules_exit_with_3_in_tables_and_flags() {
    let cases = [
        ("wavy,0.5,100,200,100", "'schedule' 'wavy' is not known", "--shape 'wavy' is not known"),
        (
            "cubic,0.5,200,100,100",
            "'prune_end' 100 is before 'prune_start' 200",
            "--end 100 is before --start 200",
        ),
        ("cubic,1,100,200,100", "'final_sparsity': '1'", "--final-sparsity 1 is not"),
        ("cubic,0.5,100,250,100", "'prune_every' 100 does not divide", "--every 100 does not divide"),
    ];
    for (i, (row, in_table, in_flags)) in cases.into_iter().enumerate() {
        let header = "run,params,tokens,loss,steps,schedule,final_sparsity,prune_start,prune_end,prune_every,prune_unit";
        let table = write(&format!("schedule{i}.csv"), format!("{header}\na,1e6,2e9,3,1000,{row},step\n"));
        refuses(&["fit", &table], 3, &["line 2", in_table]);
        let cells: Vec<&str> = row.split(',').collect();
        let flags =
            ["--shape", cells[0], "--final-sparsity", cells[1], "--start", cells[2], "--end", cells[3]];
        let run = ["schedule", "--params", "1B", "--steps", "1000", "--every", cells[4], "--unit", "step"];
        refuses(&[run.as_slice(), &flags].concat(), 3, &[in_flags]);
    }
    let percent =
        ["--shape", "cubic", "--final-sparsity", "0.5", "--start", "25%", "--end", "75%", "--unit", "step"];
    refuses(
        &[&["schedule", "--params", "1B", "--steps", "1000"], percent.as_slice()].concat(),
        2,
        &["--start 25% is a percentage", "--unit fraction"],
    );
}

#[test]
fn files_that_are_no_fits_exit_with_3() {
    let fit = saved("refused.fit.json");
    let text = std::fs::read_to_string(fit).expect("it was saved");
    let cases = [
        ("cut.fit.json", text[..500].to_owned(), "ends too early"),
        ("foreign.fit.json", "{\"a\":1}".to_owned(), "no field 'schema'"),
        ("future.fit.json", text.replace("nbar.fit/1", "nbar.fit/9"), "nbar.fit/9"),
        (
            "law.fit.json",
            text.replace("\"law\":\"chinchilla\"", "\"law\":\"kepler\""),
            "'law' 'kepler' is not known",
        ),
    ];
    for (name, text, part) in cases {
        let path = write(name, text);
        refuses(&["predict", &path, "--params", "1B", "--tokens", "20B"], 3, &[name, part]);
        refuses(&["allocate", &path, "--flops", "1e22"], 3, &[name, part]);
    }
}

#[test]
fn outputs_that_cannot_be_written_are_refused_before_the_fit() {
    // The table is not there either: the output is looked at first.
    refuses(
        &["fit", "no_such.csv", "-o", "no/such/folder.fit.json"],
        3,
        &["cannot write no/such/folder.fit.json"],
    );
    refuses(&["fit", "no_such.csv", "-o", "data"], 3, &["cannot write data", "folder"]);
    refuses(&[FIT.as_slice(), &["-o", "data"]].concat(), 3, &["cannot write data"]);
}

#[test]
fn comparisons_refuse_unknown_names_and_what_leaves_nothing() {
    refuses(
        &["compare", "data/t5_c4_sparse.csv", "--laws", "x"],
        2,
        &["--laws 'x' is not known", "chinchilla"],
    );
    refuses(&["compare", "data/t5_c4_sparse.csv", "--top", "100%"], 2, &["top", "between 0 and 1"]);
    refuses(&["compare", "data/t5_c4_sparse.csv", "--top", "95%"], 3, &["left to fit", "hold out less"]);
}

#[test]
fn what_is_no_saved_fit_is_not_written_over() {
    let table = std::fs::read_to_string("data/chinchilla.csv").expect("a table");
    let own = crate::write("own-table.csv", &table);
    let other = crate::write("other-table.csv", &table);
    let fit =
        |output: &str| crate::run(&["fit", &own, "--where", "outlier=0", "--bootstrap", "0", "-o", output]);
    let refused = fit(&other);
    assert_eq!(refused.status.code(), Some(3));
    let said = crate::stderr(&refused);
    assert!(said.contains("other-table.csv") && said.contains("name another file"), "{said}");
    assert_eq!(std::fs::read_to_string(&other).expect("the table"), table);
    // An empty file and a saved fit are written over.
    let saved = crate::write("own-table.fit.json", "");
    for _ in 0..2 {
        assert_eq!(fit(&saved).status.code(), Some(0), "{}", crate::stderr(&fit(&saved)));
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_its_file_is_written() {
    let file = crate::write("linked.fit.json", "");
    let link = crate::scratch("link.fit.json");
    let _ = std::fs::remove_file(&link);
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    let link = link.display().to_string();
    crate::good(&["fit", "data/chinchilla.csv", "--where", "outlier=0", "--bootstrap", "0", "-o", &link]);
    assert!(std::fs::symlink_metadata(&link).expect("the link").is_symlink());
    assert!(std::fs::read_to_string(&file).expect("the file").contains("nbar.fit/1"));
}

#[test]
fn what_nbar_has_written_is_no_sweep_and_one_loss_of_all_runs_is_none() {
    let fit = saved("written.fit.json");
    for command in ["fit", "inspect", "holdout"] {
        refuses(&[command, &fit], 3, &[&fit, "the file is a saved fit, not a sweep"]);
    }
    let answer = crate::good(&["allocate", &fit, "--flops", "1e21", "--format", "json"]);
    let answer = write("an_answer.json", &answer);
    refuses(&["fit", &answer], 3, &[&answer, "an answer of nbar (nbar.allocate/1), not a sweep"]);
    let mut table = "params,tokens,loss\n".to_owned();
    for (params, tokens) in [(1, 2), (2, 4), (4, 3), (8, 9), (3, 5), (5, 1), (7, 7)] {
        table += &format!("{params}e7,{tokens}e9,2.75\n");
    }
    let table = write("one_loss.csv", &table);
    let output = run(&["fit", &table, "--bootstrap", "0"]);
    let said = crate::stderr(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(
        said.contains("2.75 is the loss of every run") && said.contains("--columns loss=COLUMN"),
        "{said}"
    );
    let law = ["law", "chinchilla", "--set", "E=1.7,A=400,B=410,alpha=-.34,beta=.28"];
    refuses(&law, 2, &["--set alpha=-0.34 is not above 0", "change its sign"]);
    let groups = ["versus", "data/overtraining.csv", "--group", "group"];
    refuses(&groups, 2, &["--baseline is not given", "give one of c4_original, rpj, rw_original"]);
    // A sweep in millions and billions has no best run: which of the two is said.
    let table = |units: [f64; 2]| {
        let row = |i: i32| {
            let n = 5e7 * 2f64.powi(i / 4);
            let d = n * 10.0 * 2f64.powi(i % 4);
            let noise = 1.0 + 0.004 * (7.0 * f64::from(i)).sin();
            let loss = (1.7 + 400.0 / n.powf(0.34) + 1500.0 / d.powf(0.36)) * noise;
            // One size is ten times too large.
            let n = if i == 9 { 10.0 * n } else { n };
            format!("{},{},{loss}\n", n / units[0], d / units[1])
        };
        "params,tokens,loss\n".to_owned() + &(0..24).map(row).collect::<String>()
    };
    let (counts, units) = (write("counts.csv", table([1.0, 1.0])), write("units.csv", table([1e6, 1e9])));
    let args = ["versus", &counts, &units, "--bootstrap", "20"];
    refuses(
        &args,
        3,
        &[
            "the baseline: best run:",
            "less than one token; ask for more FLOPs or a lower loss, see whether numbers are counts",
        ],
    );
}

#[test]
fn a_column_without_a_weight_may_go_unread_and_a_spike_costs_its_curve_alone_a_forecast() {
    let mut table = "params,tokens,loss,weight\n".to_owned();
    for (params, tokens) in [(1, 2), (2, 4), (4, 3), (8, 9), (3, 5), (5, 1), (7, 7)] {
        table += &format!("{params}e7,{tokens}e9,{},0\n", 3.5 - 0.05 * f64::from(params + tokens));
    }
    let table = write("no_weight.csv", &table);
    refuses(&["fit", &table], 3, &["column 'weight'", "do not read that column (--columns weight=)"]);
    let read = run(&["fit", &table, "--columns", "weight=", "--bootstrap", "0"]);
    assert!([Some(0), Some(4)].contains(&read.status.code()), "{}", crate::stderr(&read));
    let mut curves = "run,params,tokens,loss\n".to_owned();
    for run in 0..3 {
        for row in 1..=20 {
            let (n, d) = (1e8 * f64::from(1 << run), 2e8 * f64::from(row));
            let noise = 1.0 + 0.002 * (7.0 * f64::from(row + run)).sin();
            let spike = if run == 1 && row == 15 { 10.0 } else { 1.0 };
            let loss = (1.7 + 400.0 / n.powf(0.34) + 1500.0 / d.powf(0.36)) * noise * spike;
            curves += &format!("r{run},{n},{d},{loss}\n");
        }
    }
    // One that falls fast at first, as all do, is a curve.
    for row in 1..=20 {
        curves += &format!("steep,1e8,{},{}\n", 2e8 * f64::from(row), 2.5 + 9.0 * f64::from(row).powf(-1.5));
    }
    let curves = write("spike.csv", &curves);
    let output = run(&["forecast", &curves, "--to", "20B", "--lr-schedule", "constant"]);
    let said = crate::stderr(&output);
    assert!(
        said.contains("no forecast of r1: its loss at 3B tokens") && said.contains("far from those"),
        "{said}"
    );
    let printed = crate::stdout(&output);
    assert!(
        printed.contains(" r0 ")
            && printed.contains(" steep ")
            && !printed.contains(" r1 ")
            && !printed.contains(" -"),
        "{printed}"
    );
}

#[test]
fn what_the_law_does_not_read_is_refused() {
    let fit = saved("unread.fit.json");
    let asked = |more: &[&'static str]| {
        let words = [&["predict", fit.as_str(), "--params", "1B", "--tokens", "20B"], more].concat();
        words.into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    for (more, parts) in [
        (&["--unique-tokens", "1B"][..], ["--unique-tokens 1000000000", "--law repeated-data"]),
        (&["--steps", "1000"], ["--steps 1000 is not read of a dense run", "--final-sparsity"]),
        (&["--unit", "step"], ["--unit step is not read of a dense run", "--final-sparsity"]),
        (&["--shape", "dense", "--power", "2"], ["--power 2 is not read of a dense run", "--shape"]),
        (&["--shape", "dense", "--start", "0.5"], ["--start 0.5 is not read of a dense run", "--shape"]),
    ] {
        let words = asked(more);
        refuses(&words.iter().map(String::as_str).collect::<Vec<&str>>(), 2, &parts);
    }
    let short =
        ["--shape", "cubic", "--final-sparsity", "0.8", "--start", "20", "--end", "60", "--unit", "token"];
    let words = asked(&short);
    let output = run(&words.iter().map(String::as_str).collect::<Vec<&str>>());
    assert!(
        stderr(&output).contains("pruning takes 40 of 20B tokens, less than a step"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn intervals_of_few_draws_are_said_to_be() {
    let warned = |bootstrap: &str, level: &str| {
        let output = run(&["fit", "data/chinchilla.csv", "--bootstrap", bootstrap, "--level", level]);
        stderr(&output).contains("are too narrow; draw more (--bootstrap")
    };
    assert!(warned("26", "0.95") && !warned("27", "0.95"));
    let all = good(&["fit", "data/chinchilla.csv", "--bootstrap", "3", "--level", "0.999999"]);
    assert!(all.contains("99.9999 % interval") && !all.contains("100 % interval"), "{all}");
}

#[test]
fn ends_that_are_offered_for_cuts_lie_in_the_run() {
    let cuts = |start: &'static str, end: &'static str, every: &'static str| {
        let ramp = [
            "--shape",
            "cubic",
            "--final-sparsity",
            "0.8",
            "--unit",
            "fraction",
            "--start",
            start,
            "--end",
            end,
        ];
        [&["schedule", "--params", "1B", "--tokens", "20B"][..], &ramp, &["--every", every]].concat()
    };
    refuses(&cuts("0.1", "0.95", "0.7"), 3, &["length 0.85,", "set --end to 0.8, or choose"]);
    refuses(&cuts("0.1", "0.5", "0.117"), 3, &["set --end to 0.451 or 0.568, or choose"]);
    refuses(&cuts("0.9", "0.95", "0.2"), 3, &["choose a smaller --every, or none for a smooth ramp"]);
    assert!(good(&cuts("0.1", "0.451", "0.117")).contains("N̄"));
    // In steps the run may end with its ramp.
    let text = cuts("1000", "10000", "700").join(" ").replace("fraction", "step") + " --steps 10000";
    let steps: Vec<&str> = text.split(' ').collect();
    refuses(&steps, 3, &["set --end to 9400, or choose"]);
    assert!(good(&text.replace("--end 10000", "--end 9400").split(' ').collect::<Vec<_>>()).contains("N̄"));
}
