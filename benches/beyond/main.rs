//! How far intervals hold beyond the sweep: the tables of docs/evidence.md.
//!
//! `cargo bench --bench beyond -- rolling [REPLICATES] [TABLE.csv…]`: rolling hold-outs of public sweeps.
//! `cargo bench --bench beyond -- together [REPLICATES] [TABLE.csv…]`: the same of several laws in one mixture.
//! `cargo bench --bench beyond -- right|wrong|alarms [SWEEPS] [REPLICATES] [DESIGN…]`: made-up sweeps of laws that are
//! right and wrong, and false alarms of the test of fit. A design is chosen by a part of its name.
//!
//! `cargo bench --bench beyond -- cost [exact]`: what the bend costs, and how far it is from matrices of n × n.
//!
//! Seeds are fixed: what is printed is the same on every machine but for rounding.

mod cost;
mod dense;
mod designs;
mod random;
mod right;
mod rolling;
mod table;
mod together;
mod truth;
mod usual;
mod wrong;

use nbar::Result;

/// What the words of the command line ask for.
struct Asked {
    numbers: Vec<usize>,
    words: Vec<String>,
}

impl Asked {
    /// Number `place` of those given.
    fn number(&self, place: usize, default: usize) -> usize {
        self.numbers.get(place).copied().unwrap_or(default)
    }
}

#[allow(clippy::print_stderr)]
fn main() -> Result<()> {
    let mut words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    if words.is_empty() {
        words.push(String::new());
    }
    let mode = words.remove(0);
    let (numbers, words): (Vec<_>, Vec<_>) = words.into_iter().partition(|a| a.parse::<usize>().is_ok());
    let numbers = numbers.iter().filter_map(|a| a.parse().ok()).collect();
    let asked = Asked { numbers, words };
    match mode.as_str() {
        "rolling" => rolling::print(asked.number(0, 400), &asked.words),
        "together" => together::print(asked.number(0, 150), &asked.words),
        "right" => right::print(asked.number(0, 500), asked.number(1, 300), &asked.words),
        "wrong" => wrong::print(asked.number(0, 200), asked.number(1, 300), &asked.words),
        "cost" => cost::print(asked.words.iter().any(|word| word == "exact")),
        "alarms" => wrong::print_alarms(asked.number(0, 3000), &asked.words),
        _ => {
            eprintln!("say what to print: rolling, right, wrong, alarms, together or cost");
            Ok(())
        }
    }
}
