//! Flags: their old spellings, the level of questions, and how `--help` says them.

use assert_cmd::Command;

use crate::{FIT, good, json, keys, refuses, run, saved, scratch, stderr, stdout};

const COMMANDS: [&str; 18] = [
    "fit",
    "schedule",
    "predict",
    "allocate",
    "plan",
    "shape",
    "design",
    "twin",
    "solve",
    "holdout",
    "compare",
    "inspect",
    "versus",
    "isoflop",
    "forecast",
    "score",
    "plot",
    "completions",
];

fn help(command: &str, width: usize) -> String {
    let mut nbar = Command::new(env!("CARGO_BIN_EXE_nbar"));
    let output =
        nbar.args([command, "--help"]).env("COLUMNS", width.to_string()).output().expect("nbar starts");
    stdout(&output).to_owned()
}

#[test]
fn old_spellings_work_and_say_the_new_one() {
    let fit = saved("old-names.fit.json");
    for (old, new, note) in [
        (
            vec!["plan", &fit, "--flops", "1e22", "--steps-tokens", "4M"],
            vec!["plan", &fit, "--flops", "1e22", "--tokens-per-step", "4M"],
            "--steps-tokens is now --tokens-per-step",
        ),
        (
            [&FIT[..4], &["--bootstrap", "0", "--loss=laplace"]].concat(),
            [&FIT[..4], &["--bootstrap", "0", "--rho=laplace"]].concat(),
            "--loss is now --rho",
        ),
        (
            vec!["design", &fit, "--target-flops", "1e24", "--budget", "1e21", "--runs", "2"],
            vec!["design", &fit, "--target-flops", "1e24", "--budget", "1e21", "--new-runs", "2"],
            "--runs is now --new-runs",
        ),
    ] {
        let (old, new) = (run(&old), run(&new));
        assert_eq!((stdout(&old), old.status.code()), (stdout(&new), new.status.code()));
        assert_eq!(stderr(&old), format!("{note}\n{}", stderr(&new)));
    }
}

#[test]
fn a_question_at_another_level_is_answered_as_by_a_fit_of_that_level() {
    let path = |name: &str| scratch(name).display().to_string();
    let (usual, narrow) = (path("level-95.fit.json"), path("level-80.fit.json"));
    good(&[&FIT[..4], &["--bootstrap", "40", "-o", &usual]].concat());
    good(&[&FIT[..4], &["--bootstrap", "40", "-o", &narrow, "--level", "0.8"]].concat());
    let pruned = ["--shape", "cubic", "--final-sparsity", "0.5", "--start", "25%", "--end", "75%"];
    let questions: [&[&str]; 5] = [
        &["predict", "--params", "7B", "--tokens", "1T"],
        &["allocate", "--flops", "1e22"],
        &["solve", "--loss", "2.1", "--params", "7B"],
        &["plan", "--flops", "1e22"],
        &[&["twin", "--params", "1B", "--tokens", "20B", "--unit", "fraction"], &pruned[..]].concat(),
    ];
    for question in questions {
        let ask = |fit: &str, rest: &[&str]| json(&[&question[..1], &[fit], &question[1..], rest].concat());
        let (asked, fitted) = (ask(&usual, &["--level", "0.8"]), ask(&narrow, &[]));
        assert_eq!((&asked, &asked["level"]), (&fitted, &0.8.into()), "{question:?}");
        assert_ne!(asked, ask(&usual, &[]), "{question:?}");
    }
    let predict = |level| ["predict", &usual, "--params", "7B", "--tokens", "1T", "--level", level];
    assert!(good(&predict("80%")).contains("(80 % interval)"));
    refuses(&predict("0.999"), 2, &["--level 0.999 takes 1333 draws, and the fit has 40"]);
    refuses(&predict("1"), 2, &["between 0 and 1"]);
}

#[test]
fn holdout_is_of_the_usual_level() {
    let args = ["holdout", "data/chinchilla.csv", "--where", "outlier=0", "--bootstrap", "20"];
    let answer = json(&args);
    assert!(keys(&answer).contains(&"level"));
    assert_eq!(answer["level"], 0.95);
}

/// The sections of a help text: a heading, and the flags under it.
fn sections(help: &str) -> Vec<(&str, Vec<&str>)> {
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in help.lines().take_while(|line| !["Laws:", "Examples:"].contains(line)) {
        if let Some(heading) = line.strip_suffix(':').filter(|heading| !heading.starts_with(' ')) {
            sections.push((heading, Vec::new()));
        } else if let Some((_, flags)) = sections.last_mut().filter(|_| line.trim_start().starts_with('-')) {
            let flag = line.split_whitespace().find(|word| word.starts_with("--"));
            flags.extend(flag.filter(|_| line.find('-').is_some_and(|at| at <= 6)));
        }
    }
    sections
}

#[test]
fn help_groups_every_flag_under_the_heading_that_it_belongs_to() {
    let known = [
        "Input",
        "Law",
        "Search",
        "Schedule",
        "Schedules as tools write them",
        "Prices",
        "Intervals",
        "Figure",
        "Output",
    ];
    for command in COMMANDS {
        let help = help(command, 100);
        let sections = sections(&help);
        let order = sections.iter().map(|(heading, _)| known.iter().position(|known| known == heading));
        assert!(order.clone().all(|place| place.is_some()) && order.is_sorted(), "{help}");
        let under = |flag: &str| sections.iter().find(|(_, flags)| flags.contains(&flag)).map(|(h, _)| *h);
        for (flag, heading) in [
            ("--format", "Output"),
            ("--output", "Output"),
            ("--help", "Output"),
            ("--level", "Intervals"),
            ("--bootstrap", "Intervals"),
            ("--seed", "Intervals"),
            ("--price", "Prices"),
            ("--rho", "Search"),
            ("--starts", "Search"),
            ("--jobs", "Search"),
            ("--fix", "Law"),
            ("--size", "Law"),
            ("--where", "Input"),
            ("--weight", "Input"),
        ] {
            let found = under(flag);
            assert!(found.is_none_or(|found| found == heading), "{command} {flag}: {found:?}\n{help}");
        }
        assert_eq!(under("--help"), Some("Output"), "{command}");
        // Of runs that are read it is how they are read.
        let of_shape = if under("--where").is_some() { "Input" } else { "Schedule" };
        assert!(under("--shape").is_none_or(|found| found == of_shape), "{command}\n{help}");
    }
}

#[test]
fn help_has_short_sentences_and_fits_the_terminal() {
    for command in COMMANDS {
        for width in [80, 100] {
            let help = help(command, width);
            let long = help.lines().find(|line| line.chars().count() > width && !line.starts_with("Usage: "));
            assert_eq!(long, None, "{command} at {width}");
            // Examples are not broken: a command, or what follows a backslash.
            let examples = help.lines().skip_while(|line| *line != "Examples:").skip(1);
            let broken =
                examples.clone().find(|line| !line.starts_with("  nbar ") && !line.starts_with("      "));
            assert!(broken.is_none() && examples.count() > 0, "{command} at {width}: {broken:?}");
        }
        let help = help(command, 100);
        let prose = help.split("\nExamples:").next().unwrap_or_default();
        for paragraph in prose.split("\n\n").filter(|text| !text.contains("Usage:")) {
            // Laws and flags stand on lines of their own.
            let paragraph = paragraph.split("Laws:").next().unwrap_or_default();
            let is_flag = |line: &str| {
                line.trim_start().starts_with(['-', '<', '[']) && !line.starts_with("          ")
            };
            let lines: Vec<&str> =
                paragraph.lines().map(|line| if is_flag(line) { "." } else { line.trim() }).collect();
            for sentence in lines.join(" ").split(['.', ';', ':']) {
                let words =
                    sentence.split_whitespace().filter(|word| word.contains(char::is_alphabetic)).count();
                assert!(words <= 25, "{command}: {words} words: {sentence}");
            }
        }
    }
}

#[test]
fn laws_are_a_list_in_the_help_of_fit() {
    for width in [80, 100] {
        let help = help("fit", width);
        for name in nbar::law::NAMES {
            let law = nbar::law::by_name(name).expect("it is known");
            let line = format!("{name}: {}", law.spec().formula.chars().take(15).collect::<String>());
            assert_eq!(
                help.lines().filter(|l| l.trim_start().starts_with(&line)).count(),
                1,
                "{line}\n{help}"
            );
        }
    }
}

#[test]
fn flags_of_fit_without_effect_are_refused() {
    let fit = [&FIT[..4], &["--bootstrap", "0", "--no-diagnostics"]].concat();
    for (flag, value) in [
        ("--run-params", "1B"),
        ("--tokens-per-step", "1M"),
        ("--sequence-length", "2048"),
        ("--bytes-per-token", "4.2"),
        ("--level", "0.9"),
        ("--seed", "3"),
        ("--resample", "rows"),
        ("--interval", "bca"),
        ("--bend", "off"),
    ] {
        refuses(&[&fit[..], &[flag, value]].concat(), 2, &[flag, "has no effect", "leave "]);
    }
    refuses(&[&fit[..], &["--prune-window", "10%..50%"]].concat(), 2, &["--prune-window", "is of no use"]);
    // What is as it would be without a flag is no mistake.
    good(&[&fit[..], &["--level", "0.95", "--seed", "0", "--bend", "on"]].concat());
}

#[test]
fn flags_that_no_answer_reads_are_refused() {
    let fit = saved("idle.fit.json");
    let versus = ["versus", &fit, &fit];
    for (flag, value) in [
        ("--where", "params>1e8"),
        ("--law", "kaplan"),
        ("--fix", "E=1.2"),
        ("--bootstrap", "50"),
        ("--columns", "loss=nosuch"),
        ("--seed", "9"),
    ] {
        refuses(&[&versus[..], &[flag, value]].concat(), 2, &[flag, "has no effect on saved fits"]);
    }
    good(&[&versus[..], &["--flops", "1e21", "--level", "0.9", "--bend", "off", "--jobs", "1"]].concat());
    let pair = ["versus", "--pair", "3.81,3.75", "--irreducible", "1.6", "--exponent", "0.09"];
    good(&pair);
    refuses(&[&pair[..], &["--law", "kaplan"]].concat(), 2, &["--law", "has no effect on a pair"]);
    let valleys = ["isoflop", "data/chinchilla_isoflop.csv", "--bootstrap", "0"];
    refuses(&[&valleys[..], &["--fix", "E=1.7"]].concat(), 2, &["--fix", "has no effect"]);
    let allocate = ["allocate", &fit, "--flops", "1e22"];
    refuses(&[&allocate[..], &["--points", "4"]].concat(), 2, &["--points", "has no effect"]);
    refuses(
        &[&allocate[..], &["--bytes-per-param", "1"]].concat(),
        2,
        &["--bytes-per-param", "--max-memory"],
    );
    let plan = ["plan", &fit, "--flops", "1e22", "--sparsity", "0"];
    refuses(&[&plan[..], &["--shape", "cubic"]].concat(), 2, &["--shape", "has no effect on dense runs"]);
    refuses(
        &["forecast", "data/journey_checkpoints.csv", "--cluster", "run"],
        2,
        &["--cluster", "has no effect"],
    );
}
