//! What cells tell where names leave it open: sizes, names of runs, tokens of a step, emphasis.

use nbar::{ReadOptions, Result, Sweep};

use super::refuses;

fn read(text: &str, options: &ReadOptions) -> Result<Sweep> {
    Sweep::from_reader("x.csv", text.as_bytes(), options)
}

fn sizes(text: &str) -> Vec<f64> {
    let sweep = read(text, &ReadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    sweep.runs().iter().map(nbar::Run::initial_params).collect()
}

fn notes(sweep: &Sweep) -> String {
    sweep.sources()[0].notes.join("\n")
}

#[test]
fn emphasis_of_markdown_is_taken_off() {
    let text = "| **Model** | `Params` | Tokens | Val loss |\n|---|---:|---|---|\n\
                | *a* | 356M | 31B | 1.763 |\n| **`b`** | **508M** | __41B__ | **1.695** |\n| c_1 | `912M` | *19B* | ***1.657*** |\n";
    let sweep = read(text, &ReadOptions::default()).unwrap();
    let rows: Vec<(&str, f64, f64)> =
        sweep.runs().iter().map(|run| (run.id(), run.initial_params(), run.checkpoints()[0].loss)).collect();
    assert_eq!(rows, [("a", 356e6, 1.763), ("b", 508e6, 1.695), ("c_1", 912e6, 1.657)]);
    // What marks a part of a cell stays.
    refuses(
        read(&text.replace("***1.657***", "**1.657** *"), &ReadOptions::default()),
        "a part",
        &["'**1.657** *'"],
    );
}
