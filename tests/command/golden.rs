//! What people and scripts read of the commands, held to the files of tests/golden/command.
//!
//! `BLESS=1 cargo test --test command golden` writes the files that differ and deletes those of no case; look at what
//! changed before you commit it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::difference::difference;
use crate::{run, scratch, stderr, stdout};

const FOLDER: &str = "tests/golden/command";

/// A name and a command; the text is in `NAME.txt`, the document in `NAME.json`. A word that ends with `.fit.json` is a
/// file that an earlier case has saved. All fits have one optimum, and draws that stay near it: where a region of points
/// is as good, each instruction set ends at another of them.
#[rustfmt::skip]
const CASES: [(&str, &str); 45] = [
    ("fit", "fit data/chinchilla.csv --where outlier=0"),
    ("fit_dense", "fit data/chinchilla.csv --where outlier=0 --bootstrap 100 -o dense.fit.json"),
    ("fit_sparse", "fit data/t5_c4_sparse.csv --size geometric --bootstrap 50 -o sparse.fit.json"),
    ("fit_no_draws", "fit data/chinchilla.csv --bootstrap 0"),
    ("fit_checkpoints", "fit data/gemstones_cool_end.csv --checkpoints all --bootstrap 20"),
    ("fit_law", "fit data/t5_c4_sparse.csv --law sparse --bootstrap 20 --interval percentile"),
    ("fit_repeated", "fit data/repeated_data.csv --law repeated-data --fix R_D=15.4 --fix R_N=5.3 --bootstrap 20 -o repeated.fit.json"),
    ("fit_restricted", "fit data/overtraining.csv --fix E=1.8 --bound beta=0.1..0.3 --weight flops:0.5 --bootstrap 20"),
    ("fit_tied", "fit data/overtraining.csv --tie alpha=beta --delta 1e-2 --on loss --bootstrap 20"),
    ("predict", "predict dense.fit.json --params 70B --tokens 1.4T"),
    ("predict_near", "predict dense.fit.json --params 1B --tokens 20B"),
    ("predict_pruned", "predict sparse.fit.json --params 50M --tokens 20B --shape cubic --final-sparsity 0.8 --start 25% --end 75% --unit fraction"),
    ("predict_many", "predict sparse.fit.json --from tests/command/points.csv"),
    ("predict_repeated", "predict repeated.fit.json --params 1B --tokens 50B --unique-tokens 10B"),
    ("allocate", "allocate dense.fit.json --flops 1e24"),
    ("allocate_many", "allocate dense.fit.json --flops 1e21..1e24 --points 4"),
    ("allocate_loss", "allocate dense.fit.json --loss 2.0 --inference-tokens 2T --flops-per-gpu-hour 1e18 --price 2"),
    ("allocate_capped", "allocate dense.fit.json --flops 1e24 --max-tokens 1T"),
    ("allocate_pruned", "allocate sparse.fit.json --flops 1e21 --shape geometric --final-sparsity 0.8 --start 25% --end 75% --unit compute"),
    ("solve_tokens", "solve dense.fit.json --loss 2.1 --params 7B"),
    ("solve_params", "solve dense.fit.json --loss 2.1 --tokens 1T"),
    ("solve_sparsity", "solve dense.fit.json --loss 2.1 --tokens 1T --final-params 2B --shape geometric --start 25% --end 75% --unit compute"),
    ("plan", "plan dense.fit.json --flops 1e23 --inference-tokens 2T --sparsity 0,0.5,0.8 --sparse-speedup 1.6"),
    ("plan_sparse", "plan sparse.fit.json --flops 1e21 --every 50"),
    ("shape", "shape --params 1.1B"),
    ("design", "design dense.fit.json --target-flops 1e24 --budget 1e21 --new-runs 3"),
    ("twin_sparse", "twin --dense-params 7B --tokens 1T --final-params 4B"),
    ("twin_dense", "twin sparse.fit.json --params 50M --tokens 20B --shape geometric --final-sparsity 0.8 --start 25% --end 75% --unit compute"),
    ("holdout", "holdout data/chinchilla.csv --where outlier=0 --by flops --top 10% --bootstrap 50"),
    ("holdout_folds", "holdout data/overtraining.csv --where params>1e8 --tie alpha=beta --by run --folds 2 --bootstrap 20"),
    ("fit_schedule", "fit data/journey.csv --law schedule --where lr_floor=0 --bootstrap 20 -o journey.fit.json"),
    ("twin_window", "twin journey.fit.json --dense-params 800K --tokens 65M --final-params 400K --tokens-per-step 4096 --prune-window best --shape best"),
    ("plan_window", "plan journey.fit.json --flops 4e14 --sparsity 0,0.75 --tokens-per-step 4096 --prune-window best"),
    ("holdout_window", "holdout data/journey.csv --law schedule --where lr_floor=0,end_share<=0.5 --by window --bootstrap 20"),
    ("holdout_sides", "holdout data/journey.csv --where lr_floor=0 --fit schedule=dense --predict schedule!=dense --bootstrap 20"),
    ("compare", "compare data/t5_c4_sparse.csv --laws chinchilla,sparse,repeated-data --sizes average,geometric --bootstrap 20"),
    ("versus", "versus data/overtraining.csv --group group --baseline rpj --flops 1e20,1e21 --bootstrap 100"),
    ("isoflop", "isoflop data/chinchilla_isoflop.csv --bootstrap 50"),
    ("forecast", "forecast data/gemstones_hot.csv --to 100034150400 --lr-schedule constant --stop 60%"),
    ("schedule", "schedule --params 1.139B --tokens 200.4B --steps 25050 --shape geometric --final-sparsity 0.8 --start 2500 --end 12600 --every 100 --unit step"),
    ("schedule_tool", "schedule --params 1B --steps 400 --dialect tfmot initial_sparsity=50% final_sparsity=0.8 begin_step=100 end_step=250"),
    ("schedule_tools", "schedule --steps 25050 --compare tfmot,jin,neural-compressor --final-sparsity 0.8 --start 2500 --end 12600 --every 100"),
    ("inspect", "inspect tests/command/odd.csv"),
    ("inspect_pruned", "inspect data/sparsellm_1b.csv"),
    ("inspect_files", "inspect data/gemstones_hot.csv data/sparsellm_1b.csv --loss-at mean-last:20%"),
];

/// What a command says: stdout, and stderr with the code at exit. The paths of saved fits are taken out.
fn said(command: &str, format: &[&str]) -> [String; 2] {
    let fits: Vec<(&str, String)> = command
        .split(' ')
        .filter(|word| word.ends_with(".fit.json"))
        .map(|word| (word, scratch(&format!("golden-{word}")).display().to_string()))
        .collect();
    let path = |word| fits.iter().find(|fit| fit.0 == word).map_or(word, |fit| fit.1.as_str());
    let output = run(&command.split(' ').map(path).chain(format.iter().copied()).collect::<Vec<_>>());
    let plain = |text: &str| fits.iter().fold(text.to_owned(), |text, (word, path)| text.replace(path, word));
    let mut errors = plain(stderr(&output));
    if !output.status.success() {
        errors += &format!("{}\n", output.status);
    }
    [plain(stdout(&output)), errors]
}

/// A document with a line for each value, but lists of plain values on one.
fn lines(value: &Value, indent: usize) -> String {
    let has_parts = |value: &Value| value.is_array() || value.is_object();
    let pad = " ".repeat(indent + 2);
    match value {
        Value::Object(object) if !object.is_empty() => {
            let line =
                |(key, value): (&String, &Value)| format!("{pad}\"{key}\": {}", lines(value, indent + 2));
            let inner: Vec<String> = object.iter().map(line).collect();
            format!("{{\n{}\n{}}}", inner.join(",\n"), " ".repeat(indent))
        }
        Value::Array(values) if values.iter().any(has_parts) => {
            let inner: Vec<String> =
                values.iter().map(|value| pad.clone() + &lines(value, indent + 2)).collect();
            format!("[\n{}\n{}]", inner.join(",\n"), " ".repeat(indent))
        }
        plain => plain.to_string(),
    }
}

/// What differs from the file; with BLESS=1 nothing does any more.
fn against(file: &str, found: &str) -> Option<String> {
    let path = Path::new(FOLDER).join(file);
    let differs = match std::fs::read_to_string(&path) {
        Ok(expected) => difference(&expected, found)?,
        Err(error) => error.to_string(),
    };
    if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(&path, found).expect("the folder of golden files can be written");
        return None;
    }
    Some(format!("{}: {differs}", path.display()))
}

#[test]
fn golden_files_are_what_the_commands_say() {
    let (mut differences, mut files) = (Vec::new(), BTreeSet::new());
    let mut check = |file: String, found: &str| {
        differences.extend(against(&file, found));
        files.insert(file);
    };
    for (name, command) in CASES {
        let [text, errors] = said(command, &[]);
        let errors = if errors.is_empty() { errors } else { format!("\non stderr:\n{errors}") };
        check(format!("{name}.txt"), &format!("$ nbar {command}\n{text}{errors}"));
        let [document, errors] = said(command, &["--format", "json"]);
        let document: Value = serde_json::from_str(&document).unwrap_or_else(|_| panic!("{name}: {errors}"));
        check(format!("{name}.json"), &(lines(&document, 0) + "\n"));
    }
    for entry in std::fs::read_dir(FOLDER).expect("it is there") {
        let file = entry.expect("it can be read").file_name().into_string().expect("a name");
        if !files.contains(&file) {
            if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
                std::fs::remove_file(Path::new(FOLDER).join(file)).expect("it can be deleted");
            } else {
                differences.push(format!("{FOLDER}/{file} belongs to no case"));
            }
        }
    }
    assert!(differences.is_empty(), "{}\n\nBLESS=1 accepts what is found", differences.join("\n\n"));
}
