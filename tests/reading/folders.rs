//! Folders of runs, and files that are one run's curve.

use std::fs;
use std::path::PathBuf;

use nbar::{ReadOptions, Result, Sweep};

use crate::refuses;

/// A folder of a test's own with these files.
fn folder(name: &str, files: &[(&str, String)]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn state(params: f64, steps: u32, add: f64) -> String {
    let row = |step: u32| {
        let (loss, tokens) = (2.0 + add + 10.0 / f64::from(step), 1_000_000 * step);
        format!("{{\"loss\": {loss}, \"step\": {step}, \"num_input_tokens_seen\": {tokens}}}")
    };
    let rows: Vec<String> = (100..=steps).step_by(100).map(row).collect();
    let (tokens, max) = (1_000_000.0 * f64::from(steps), 300);
    let flops = 6.0 * params * tokens;
    format!(
        "{{\"max_steps\": {max}, \"total_flos\": {flops}, \"num_input_tokens_seen\": {tokens}, \"log_history\": [{}]}}",
        rows.join(", ")
    )
}

#[test]
fn checkpoints_of_a_run_are_one_run_and_the_longest_counts() -> Result<()> {
    let folder = folder(
        "trainer",
        &[
            ("a/checkpoint-100/trainer_state.json", state(1e7, 100, 0.0)),
            ("a/checkpoint-200/trainer_state.json", state(1e7, 200, 0.25)),
            ("a/checkpoint-300/trainer_state.json", state(1e7, 300, 0.0)),
            ("a/config.json", "{}".to_owned()),
            ("b/trainer_state.json", state(2e7, 300, 0.0)),
            ("b/checkpoint-200/trainer_state.json", state(2e7, 200, 0.0)),
        ],
    );
    let sweep = Sweep::from_path(&folder)?;
    let mut ends: Vec<_> =
        sweep.runs().iter().map(|run| (run.id(), run.params, run.extent().tokens)).collect();
    ends.sort_by(|a, b| a.0.cmp(b.0));
    assert_eq!(ends, [("a", 1e7, 3e8), ("b", 2e7, 3e8)]);
    let notes: String = sweep.sources().iter().flat_map(|source| source.notes.clone()).collect();
    assert!(notes.contains("an earlier state of run 'a' than in"), "{notes}");
    assert!(notes.contains("files called trainer_state.json are read, and 1 other files not"), "{notes}");
    Ok(())
}

#[test]
fn runs_of_one_name_in_different_folders_are_called_by_their_paths() -> Result<()> {
    let rows = |loss: f64| format!("{{\"step\": 1, \"loss\": 4}}\n{{\"step\": 2, \"loss\": {loss}}}\n");
    let folder = folder(
        "seeds",
        &[
            ("10M/seed0/metrics.jsonl", rows(3.5)),
            ("20M/seed0/metrics.jsonl", rows(3.25)),
            ("20M/seed1/metrics.jsonl", rows(3.125)),
        ],
    );
    let options = ReadOptions::default().with_run_params(1e7).with_tokens_per_step(1e6);
    let sweep = Sweep::from_path_with(&folder, &options)?;
    let ends: Vec<_> = sweep.runs().iter().map(|run| (run.id(), run.checkpoints()[1].loss)).collect();
    assert_eq!(ends, [("10M/seed0", 3.5), ("20M/seed0", 3.25), ("seed1", 3.125)]);
    Ok(())
}

#[test]
fn the_only_file_of_a_folder_is_called_by_the_folder() -> Result<()> {
    let rows = |loss: f64| format!("step,val_loss\n1,4\n2,{loss}\n");
    let files = [("a/eval.csv", rows(3.5)), ("b/eval.csv", rows(3.25)), ("c/losses.csv", rows(3.0))];
    let options = ReadOptions::default().with_run_params(1e7).with_tokens_per_step(1e6);
    let sweep = Sweep::from_path_with(folder("by-folder", &files), &options)?;
    assert_eq!(sweep.runs().iter().map(nbar::Run::id).collect::<Vec<_>>(), ["a", "b", "losses"]);
    // With others beside it, a file is called by its own name too.
    let files = [("a/x.csv", rows(3.5)), ("a/y.csv", rows(3.25)), ("b/x.csv", rows(3.0))];
    let sweep = Sweep::from_path_with(folder("by-file", &files), &options)?;
    assert_eq!(sweep.runs().iter().map(nbar::Run::id).collect::<Vec<_>>(), ["a/x", "y", "b"]);
    Ok(())
}

#[test]
fn a_curve_a_file_is_a_run_called_by_its_file() -> Result<()> {
    let curve =
        |loss: f64| format!("step,params,tokens,loss\n10,1e8,1e9,{}\n20,1e8,2e9,{loss}\n", loss + 1.0);
    let folder =
        folder("curves", &[("a.csv", curve(3.0)), ("b.csv", curve(2.75)), ("notes.md", String::new())]);
    let sweep = Sweep::from_path(&folder)?;
    let ends: Vec<_> = sweep.runs().iter().map(|run| (run.id(), run.checkpoints().len())).collect();
    assert_eq!(ends, [("a", 2), ("b", 2)]);
    // Steps that do not rise, or several sizes, are a table of runs.
    for rows in ["20,1e8,1e9,3\n10,1e8,2e9,2.5\n", "10,1e8,1e9,3\n20,2e8,2e9,2.5\n"] {
        let table = format!("step,params,tokens,loss\n{rows}");
        assert_eq!(
            Sweep::from_reader("t.csv", table.as_bytes(), &ReadOptions::default())?.len(),
            2,
            "{rows}"
        );
    }
    Ok(())
}

/// Tokens of a state as a whole, and steps of its rows, tell the tokens of each.
#[test]
fn a_state_of_the_trainer_tells_tokens_by_its_steps_where_rows_do_not() -> Result<()> {
    let whole = state(1e7, 300, 0.0);
    let (head, rows) = whole.split_once("\"log_history\"").unwrap();
    let rows: String = rows
        .split(", \"num_input_tokens_seen\": ")
        .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()))
        .collect();
    let text = format!("{head}\"global_step\": 300, \"log_history\"{rows}");
    let folder = folder(
        "whole-states",
        &[("a/trainer_state.json", text), ("b/trainer_state.json", state(2e7, 300, 0.0))],
    );
    let sweep = Sweep::from_path(&folder)?;
    for run in sweep.runs() {
        assert_eq!(
            run.checkpoints().iter().map(|c| c.tokens).collect::<Vec<_>>(),
            [1e8, 2e8, 3e8],
            "{}",
            run.id()
        );
    }
    Ok(())
}

#[test]
fn a_log_in_parts_is_not_left_out_beside_whole_ones() {
    let log = |loss: f64| format!("{{\"tokens\": 1e9, \"params\": 1e8, \"loss\": {loss}}}\n");
    let files =
        [("a/metrics.jsonl", log(3.0)), ("b/metrics_0.jsonl", log(3.5)), ("b/metrics_1.jsonl", log(2.9))];
    let parts = ["metrics_0.jsonl", "beside it is no metrics.jsonl", "join the parts"];
    refuses(Sweep::from_path(folder("parts", &files)), "parts", &parts);
}

#[test]
fn counts_that_fall_along_a_run_are_a_log_and_not_runs() {
    let table = "run,tokens,n_params,loss\na,1e9,1e8,3\na,2e9,9e7,2.9\na,3e9,5e7,2.8\n";
    let found = Sweep::from_reader("t.csv", table.as_bytes(), &ReadOptions::default());
    let said = found.unwrap_err().to_string();
    assert!(said.contains("`trajectories=t.csv`") && !said.contains("columns: run="), "{said}");
}

#[test]
fn folders_without_tables_are_refused() {
    let empty = folder("no-tables", &[("notes.md", String::new())]);
    refuses(
        Sweep::from_path(&empty),
        "no tables",
        &["no-tables", "the folder holds no table or log", "*.csv"],
    );
}

#[test]
fn tables_of_different_columns_are_one_sweep_only_with_a_word_about_it() -> Result<()> {
    let table = |header: &str, run: &str, tokens: f64| {
        let row = |i: u32| format!("{run}{i},{},{},{}\n", 1e8 * f64::from(i), tokens * f64::from(i), 4 - i);
        format!("{header}\n{}", (1..4).map(row).collect::<String>())
    };
    let (one, other) = (table("run,params,tokens,loss", "a", 1e9), table("name,n,d,val_loss", "b", 2e9));
    let more = table("run,params,tokens,loss", "a", 5e9);
    let notes = |sweep: &Sweep| -> Vec<String> {
        sweep.sources().iter().flat_map(|source| source.notes.clone()).collect()
    };
    let different = Sweep::from_path(folder("different", &[("a.csv", one.clone()), ("b.csv", other)]))?;
    let said = notes(&different).join("\n");
    assert!(said.contains("files of different columns are read as one sweep: "), "{said}");
    assert!(said.contains("a.csv (params, tokens, loss), ") && said.contains("b.csv (n, d, val_loss); "));
    let alike = table("run,params,tokens,loss", "b", 2e9);
    let alike = Sweep::from_path(folder("alike", &[("a.csv", one.clone()), ("b.csv", alike)]))?;
    assert_eq!((alike.len(), notes(&alike)), (6, Vec::new()));
    let longer = Sweep::from_path(folder("longer", &[("a.csv", one), ("b.csv", more)]))?;
    assert_eq!((longer.len(), longer.checkpoint_count()), (3, 6));
    assert_eq!(
        notes(&longer),
        ["3 runs ('a1', ...) are in other files too: the rows of each make one curve"]
    );
    Ok(())
}

#[test]
fn losses_of_training_and_of_evaluations_are_not_one_sweep() -> Result<()> {
    let table = |name: &str, header: &str| {
        Sweep::from_csv_str(name, &format!("run,params,tokens,{header}\n{name},1e8,2e9,3.0\n"))
    };
    for (one, other) in
        [("train_loss", "val_loss"), ("eval/c4/CrossEntropyLoss", "train/loss"), ("Val Loss", "trainloss")]
    {
        let merged = Sweep::from_sweeps([table("a.csv", one)?, table("b.csv", other)?]);
        crate::refuses(merged, one, &["b.csv", other, "a.csv", one, "one law does not hold for both"]);
    }
    for (one, other) in
        [("constrained_loss", "val_loss"), ("val_loss", "eval_loss"), ("train_loss", "training_loss")]
    {
        let options = ReadOptions::default().with_column("loss", one);
        let text = format!("run,params,tokens,{one}\na,1e8,2e9,3.0\n");
        let first = Sweep::from_reader("a.csv", text.as_bytes(), &options)?;
        assert_eq!(Sweep::from_sweeps([first, table("b.csv", other)?])?.len(), 2);
    }
    Ok(())
}

#[test]
fn a_filter_may_leave_files_of_a_folder_out() -> Result<()> {
    let log = |params: &str, loss: [f64; 2]| {
        format!("step,params,tokens,loss\n100,{params},1e9,{}\n200,{params},2e9,{}\n", loss[0], loss[1])
    };
    let files = [
        ("a.csv", log("5e7", [4.0, 3.6])),
        ("b.csv", log("1e8", [3.9, 3.5])),
        ("c.csv", log("2e8", [3.8, 3.4])),
        ("d.csv", log("2e8", [f64::NAN, f64::NAN])),
    ];
    let logs = folder("filtered", &files);
    let read = |filter: &str| Sweep::from_path_with(&logs, &ReadOptions::default().with_filter(filter));
    let names = |sweep: Sweep| sweep.runs().iter().map(|run| run.id().to_owned()).collect::<Vec<_>>();
    // A run that its file names is left out by that, and a diverged one too.
    refuses(Sweep::from_path(&logs), "d.csv", &["d.csv", "diverged", "leave it out"]);
    assert_eq!(names(read("run!=d")?), ["a", "b", "c"]);
    assert_eq!(names(read("params>=1e8,run!=d")?), ["b", "c"]);
    assert_eq!(names(read("run=a or run=c")?), ["a", "c"]);
    let notes: Vec<_> = read("run=c")?.sources().iter().map(|source| source.notes.join(";")).collect();
    assert!(notes[..2].iter().all(|note| note.contains("the filter leaves none of its rows")), "{notes:?}");
    assert!(!notes.iter().any(|note| note.contains("different columns")), "{notes:?}");
    refuses(read("params>1e9"), "all", &["the filter leaves none of 8 rows of 4 files", "loosen it"]);
    refuses(read("run=z"), "z", &["no 'run' is 'z'", "choose among what there is: 'a', 'b', 'c', 'd'"]);
    // Columns of a table of runs, in its unit or by the field's name; what the file has goes before.
    let bare = |name: &'static str| (name, "step,tokens,loss,note\n1,1e9,3.5,x\n2,2e9,3.4,x\n".to_owned());
    let logs = folder("told", &[bare("a.csv"), bare("b.csv"), bare("c.csv")]);
    let runs = "run,Params (M),arm,note\na,50,cold,y\nb,100,hot,y\nc,200,hot,y\n";
    let read = |filter: &str| {
        let options = ReadOptions::default().with_filter(filter);
        Sweep::from_path_with(&logs, &options.with_runs_from("runs.csv", runs.as_bytes())?)
    };
    for filter in ["arm=hot", "params>=1e8", "Params (M)>=100", "run!=a", "arm=hot,note=x"] {
        assert_eq!(names(read(filter)?), ["b", "c"], "{filter}");
    }
    refuses(read("arm>3"), "a text", &["runs.csv, line 2", "column 'arm': 'cold' is not a number"]);
    let parts = ["names the column 'nothing'", "or beside them: run, Params (M), arm, note"];
    refuses(read("nothing=1"), "no column", &parts);
    // A run that the table lacks is neither kept nor left out.
    let lacks = runs.replace("c,200", "d,200");
    let options = ReadOptions::default().with_filter("arm=hot");
    let read = Sweep::from_path_with(&logs, &options.with_runs_from("runs.csv", lacks.as_bytes())?);
    refuses(read, "no row", &["runs.csv has no row of run 'c'", "that table has a, b, d"]);
    Ok(())
}
