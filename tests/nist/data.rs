//! The files of the sets.

use std::path::PathBuf;

/// One set: what it was fitted to, from where, and what it should come to.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) response: Vec<f64>,
    /// A column for each predictor.
    pub(crate) inputs: Vec<Vec<f64>>,
    pub(crate) starts: [Vec<f64>; 2],
    pub(crate) certified: Vec<f64>,
    pub(crate) deviations: Vec<f64>,
}

/// Where tests/nist/fetch.sh puts them.
fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "target", "nist", &format!("{name}.dat")].iter().collect()
}

/// Reads a set, and fails if its file is not there.
pub(crate) fn read(name: &str) -> Set {
    let path = path(name);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; tests/nist/fetch.sh fetches it", path.display()));
    let mut set = Set {
        response: Vec::new(),
        inputs: Vec::new(),
        starts: [Vec::new(), Vec::new()],
        certified: Vec::new(),
        deviations: Vec::new(),
    };
    let numbers = |line: &str| -> Vec<f64> {
        line.split_whitespace().map(|word| word.parse().expect("a number")).collect()
    };
    // The last line that starts so heads the rows.
    let head = text.lines().enumerate().filter(|(_, line)| line.starts_with("Data:")).last();
    let head = head.expect("a head of the rows").0;
    for (place, line) in text.lines().enumerate() {
        if place > head && !line.trim().is_empty() {
            let row = numbers(line);
            set.inputs.resize(row.len() - 1, Vec::new());
            set.response.push(row[0]);
            for (column, value) in set.inputs.iter_mut().zip(&row[1..]) {
                column.push(*value);
            }
        } else if let Some((_, values)) = line.split_once('=').filter(|_| is_parameter(line)) {
            let row = numbers(values);
            set.starts[0].push(row[0]);
            set.starts[1].push(row[1]);
            set.certified.push(row[2]);
            set.deviations.push(row[3]);
        }
    }
    set
}

/// Whether a line is a parameter's: `b1 =` and four numbers.
fn is_parameter(line: &str) -> bool {
    let name = line.split('=').next().unwrap_or_default().trim();
    name.len() == 2 && name.starts_with('b') && line.split_whitespace().count() == 6
}
