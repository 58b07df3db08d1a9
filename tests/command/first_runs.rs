//! `nbar design` without a fit.

use super::*;

const GUESS: &str = "E=1.7,A=400,B=410,alpha=.34,beta=.28";

fn asked<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let usual = ["--target-flops", "1e22", "--budget", "1e20", "--simulations", "20"];
    [&["design"][..], more, &usual].concat()
}

fn guessed<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&asked(&["--law", "chinchilla", "--set", GUESS])[..], more].concat()
}

#[test]
fn a_first_sweep_is_written_and_read_once_its_losses_are_there() {
    let path = scratch("first-sweep.csv").display().to_string();
    let _ = std::fs::remove_file(&path);
    let text = good(&guessed(&["-o", &path]));
    // The target is beyond 100 times what one run of the sweep takes.
    for part in [
        "caution: this is ",
        "isoflop",
        "ladder",
        "random",
        "collinear: D = ",
        "N* within",
        "no answer",
        "fill in the column loss",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // What was trained into it is kept.
    refuses(&guessed(&["-o", &path]), 3, &["may hold losses"]);
    refuses(&["fit", &path], 3, &["column 'loss'", "rows are empty", "fill them in"]);
    let table = std::fs::read_to_string(&path).expect("it was written");
    let loss = |line: &str| {
        let cells: Vec<f64> = line.split(',').skip(1).filter_map(|cell| cell.parse().ok()).collect();
        let noise = 1.0 + 1e-3 * (cells[0].ln() * 57.0).sin();
        format!("{line}{}\n", noise * (1.7 + 400.0 / cells[0].powf(0.34) + 410.0 / cells[1].powf(0.28)))
    };
    let (head, rows) = table.split_once('\n').expect("a header");
    let filled = write("first-filled.csv", format!("{head}\n{}", rows.lines().map(loss).collect::<String>()));
    let fit = json(&["fit", &filled, "--bootstrap", "20"]);
    assert_eq!(fit["schema"], "nbar.fit/1");
    // One run to go: that row can wait.
    let partly = std::fs::read_to_string(&filled).expect("it was written");
    let (before, _) = partly.trim_end().rsplit_once(',').expect("cells");
    let partly = write("first-partly.csv", format!("{before},\n"));
    refuses(&["fit", &partly], 3, &["the cell is empty", "--where 'loss!='"]);
    good(&["fit", &partly, "--bootstrap", "20", "--where", "loss!="]);
}

#[test]
fn a_saved_guess_and_one_in_words_are_one_and_threads_change_nothing() {
    let path = scratch("guess.fit.json").display().to_string();
    good(&["law", "chinchilla", "--set", GUESS, "-o", &path]);
    let saved = good(&asked(&[&path, "--format", "json", "--jobs", "3"]));
    assert_eq!(saved, good(&guessed(&["--format", "json", "--jobs", "1"])));
    let found: Value = serde_json::from_str(&saved).expect("a document");
    assert_eq!(found["schema"], "nbar.first-runs/1");
    let (designs, chosen) =
        (found["designs"].as_array().expect("designs"), found["chosen"].as_u64().expect("a place"));
    assert_eq!((designs.len(), &designs[chosen as usize]["simulations"]), (4, &20.into()));
    let csv = good(&guessed(&["--format", "csv"]));
    assert!(csv.starts_with("layout,run,params,average_params,tokens,flops"), "{csv}");
    assert_eq!(
        csv.lines().count(),
        1 + designs.iter().map(|d| d["runs"].as_array().map_or(0, Vec::len)).sum::<usize>()
    );
    assert!(good(&guessed(&["--format", "md"])).starts_with('|'));
    let document = write("first.json", saved);
    let figure = scratch("first.svg").display().to_string();
    #[cfg(feature = "plot")]
    {
        good(&["plot", &document, "--kind", "design", "-o", &figure]);
        let svg = std::fs::read_to_string(&figure).expect("it was drawn");
        assert!(svg.contains("collinear") && svg.contains("isoflop") && !svg.contains("NaN"), "{svg}");
    }
    let _ = (document, figure);
}

#[test]
fn sparse_sweeps_say_which_windows_tell() {
    let set = "E=1.8,A=480,B=2000,C=2e5,alpha=.35,beta=.37,p=1";
    let words = ["--law", "schedule", "--set", set, "--noise", "0.2%", "--new-runs", "30"];
    let found = json(&asked(&words));
    let designs = found["designs"].as_array().expect("designs");
    let why = |k: usize| designs[k]["collinear"].as_str().unwrap_or_default();
    assert!(why(0).contains("in every sparse run") && why(1).contains("from 25 to 75 %"), "{found}");
    assert!(why(2).is_empty() && why(3).is_empty() && found["chosen"].as_u64() > Some(1), "{found}");
    assert!(
        designs[2]["pruning"]["C"]["width"].is_f64() && designs[2]["pruning"]["p"]["width"].is_f64(),
        "{found}"
    );
}

#[test]
fn what_is_no_guess_is_refused_in_a_word() {
    let fit = saved("first-runs.fit.json");
    refuses(&asked(&["--law", "chinchilla", "--set", "E=1.7"]), 2, &["leaves parameters", "A=VALUE"]);
    refuses(&asked(&["--law", "nosuch", "--set", "E=1.7"]), 2, &["--law 'nosuch' is not known"]);
    refuses(&asked(&[]), 2, &["--law is not given"]);
    refuses(&asked(&[&fit, "--new-runs", "3", "--noise", "1%"]), 2, &["--noise", "is of first sweeps"]);
    refuses(&["design", &fit, "--target-flops", "1e22", "--budget", "1e20"], 2, &["--new-runs is needed"]);
    refuses(&guessed(&["--noise", "0"]), 2, &["--noise 0", "without noise"]);
    refuses(&guessed(&["--max-run-flops", "0"]), 2, &["above zero"]);
    refuses(&guessed(&["--new-runs", "6"]), 2, &["--new-runs 6 is too few", "at least 7"]);
    refuses(&guessed(&["--unique-tokens", "1e9"]), 2, &["--unique-tokens", "leave it out"]);
    refuses(&guessed(&["--from", "nowhere.csv"]), 3, &["nowhere.csv"]);
}

#[test]
fn ladders_have_all_the_runs_that_there_may_be_and_others_that_are_as_good_are_said() {
    for (count, sizes) in [("7", "2 or 3"), ("10", "3 or 4")] {
        let asked = ["--new-runs", count];
        let found = json(&guessed(&asked));
        let ladders =
            found["designs"].as_array().expect("designs").iter().find(|own| own["layout"] == "ladders");
        let ladders = ladders.expect("ladders");
        assert_eq!(ladders["runs"].as_array().map(|runs| runs.len().to_string()).as_deref(), Some(count));
        assert!(ladders["summary"].as_str().is_some_and(|own| own.starts_with(&format!("{sizes} sizes"))));
        // What is chosen has the least interval of the others, or they are named.
        let width = |own: &Value| own["params"]["width"].as_f64().unwrap_or(f64::INFINITY);
        let designs = found["designs"].as_array().expect("designs");
        let chosen = &designs[found["chosen"].as_u64().expect("a place") as usize];
        let is_least = designs.iter().all(|own| width(own) >= width(chosen));
        let text = good(&guessed(&asked));
        assert_eq!(text.contains("may be as good or better"), !is_least, "{text}");
        assert!(text.contains("< is chosen for N* at the target"), "{text}");
    }
}
