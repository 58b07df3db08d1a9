//! Tables for papers.

use super::*;

/// The cells of each row of a table with the rules of booktabs.
fn rows(text: &str) -> Vec<Vec<String>> {
    let begins = text.starts_with("\\begin{tabular}{l") && text.ends_with("\\bottomrule\n\\end{tabular}\n");
    assert!(begins && text.contains("\\toprule\n") && text.contains("\\midrule\n"), "{text}");
    let rows = text.lines().filter_map(|line| line.strip_suffix(" \\\\"));
    rows.map(|row| row.split(" & ").map(str::to_owned).collect()).collect()
}

#[test]
fn fit_plan_and_compare_print_tables_of_booktabs() {
    let fit = saved("latex.fit.json");
    let all: [&[&str]; 3] = [
        &["fit", "data/overtraining.csv", "--bootstrap", "20", "--no-diagnostics", "--latex"],
        &["plan", &fit, "--flops", "1e22", "--sparsity", "0,0.8", "--latex"],
        &["compare", "data/overtraining.csv", "--laws", "chinchilla,kaplan", "--bootstrap", "10", "--latex"],
    ];
    for args in all {
        let output = run(args);
        let found = stdout(&output);
        let rows = rows(found);
        let columns = found["\\begin{tabular}{".len()..].find('}').expect("it ends");
        assert!(rows.len() > 2 && rows.iter().all(|row| row.len() == columns), "{found}");
    }
    let output = run(all[0]);
    let parameters = rows(stdout(&output));
    assert!(parameters.iter().any(|row| row[0] == "a\\_opt"), "{parameters:?}");
    assert!(parameters[0].iter().any(|cell| cell == "95 \\% interval"), "{parameters:?}");
    refuses(&[all[0], &["--format", "md"]].concat(), 2, &["--latex", "--format"]);
}
