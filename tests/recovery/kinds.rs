//! Runs that a column sorts into kinds: whether these lie on one law.

use nbar::fit::Warning;
use nbar::{FitOptions, ObservationOptions, Sweep, fit_scaling_law};

use crate::common::noise::normal;

/// A sweep of 48 runs of a Chinchilla law with noise of .5 %; those whose `tokenizer` is `b` lie so much above it.
fn sweep(seed: usize, above: f64, kind: impl Fn(usize) -> &'static str) -> Sweep {
    let mut table = "params,tokens,loss,tokenizer,arch\n".to_owned();
    for run in 0..48 {
        let (n, d) = (1e7 * 3f64.powi(run as i32 % 6), 1e9 * 2f64.powi(run as i32 / 6));
        let of_kind = if kind(run) == "b" { above } else { 0.0 };
        let noise = 0.005 * normal(1000 * seed + run);
        let loss = (1.7 + 400.0 / n.powf(0.34) + 410.0 / d.powf(0.28)) * (of_kind + noise).exp();
        table += &format!("{n},{d},{loss},{},{}\n", kind(run), ["x", "y"][run % 2]);
    }
    Sweep::from_csv_str("x.csv", &table).unwrap()
}

fn said(sweep: &Sweep) -> Option<Warning> {
    let rows = sweep.observations(&ObservationOptions::default()).unwrap();
    let fit = fit_scaling_law(&rows, &FitOptions::default()).unwrap();
    fit.warnings.into_iter().find(|warning| matches!(warning, Warning::KindsApart { .. }))
}

#[test]
fn kinds_on_laws_of_their_own_are_named() {
    for (seed, kind) in [
        (1, (|run| if run % 3 == 0 { "b" } else { "a" }) as fn(usize) -> &'static str),
        // The larger half of the sizes is of one kind.
        (2, |run| if run % 6 > 2 { "b" } else { "a" }),
        (3, |run| ["a", "b", "c"][run % 3]),
    ] {
        let warning = said(&sweep(seed, 0.04, kind)).unwrap();
        let Warning::KindsApart { column, departures, p, .. } = &warning else { unreachable!() };
        assert_eq!(column, "tokenizer");
        assert!(*p < 1e-6 && departures["b"] > departures["a"], "{departures:?} {p}");
        let text = warning.to_string();
        assert!(text.contains("(`group=tokenizer`)") && text.contains("'b' "), "{text}");
    }
    let inspection =
        nbar::inspect(&sweep(1, 0.04, |run| ["a", "b"][run % 2]), &ObservationOptions::default());
    assert!(inspection.places.iter().any(|place| matches!(place, Warning::KindsApart { .. })));
}

#[test]
fn kinds_that_lie_on_one_law_are_not() {
    // 300 sweeps, at a thousandth each: more than two warnings have a probability of .4 %.
    let alarms =
        (0..300).filter(|seed| said(&sweep(100 + seed, 0.0, |run| ["a", "b"][run * 7 % 5 % 2])).is_some());
    assert!(alarms.count() <= 2);
    // Kinds of two runs, and names of runs, say nothing.
    assert_eq!(said(&sweep(1, 0.04, |run| if run < 2 { "b" } else { "a" })), None);
}

#[test]
fn numbers_and_empty_cells_sort_runs_too() {
    // 48 runs of six sizes; what `kind` says of a run puts it 4 % above the law.
    let sweep = |kind: &dyn Fn(usize) -> &'static str, of: &dyn Fn(usize) -> bool, seed: usize| {
        let mut table = "params,tokens,loss,tokenizer_id\n".to_owned();
        for run in 0..48 {
            let (n, d) = (1e7 * 3f64.powi(run as i32 % 6), 1e9 * 2f64.powi(run as i32 / 6));
            let off = 0.005 * normal(1000 * seed + run) + if of(run) { 0.04 } else { 0.0 };
            let loss = (1.7 + 400.0 / n.powf(0.34) + 410.0 / d.powf(0.28)) * off.exp();
            table += &format!("{n},{d},{loss},{}\n", kind(run));
        }
        Sweep::from_csv_str("x.csv", &table).unwrap()
    };
    let third = |run: usize| run.is_multiple_of(3);
    let numbers = said(&sweep(&|run| if third(run) { "1" } else { "0" }, &third, 1)).unwrap();
    let Warning::KindsApart { departures, .. } = &numbers else { unreachable!() };
    assert!(departures["1"] > departures["0"], "{departures:?}");
    for [kind, other] in [["32k", "128k"], ["0.95", "0.999"], ["50%", "100%"]] {
        let warning = said(&sweep(&|run| if third(run) { kind } else { other }, &third, 1));
        assert!(warning.is_some(), "{kind}");
    }
    let empty = said(&sweep(&|run| if third(run) { "" } else { "gpt2" }, &third, 2)).unwrap();
    let text = empty.to_string();
    assert!(
        text.contains("'(empty)' ") && text.contains("; write a word into the empty cells and"),
        "{text}"
    );
    // A number of each size, such as of its layers, may hide what a law misses of sizes.
    let layers = |run: usize| ["2", "4", "6", "8", "10", "12"][run % 6];
    assert_eq!(said(&sweep(&layers, &|run| run % 6 == 2, 3)), None);
    // 100 sweeps whose numbers say nothing: more than one warning has a probability of .5 %.
    let idle = |seed: usize| said(&sweep(&|run| ["0", "1", "2"][run * 7 % 5 % 3], &|_| false, 100 + seed));
    assert!((0..100).filter_map(idle).count() <= 1);
}

#[test]
fn settings_that_are_read_sort_runs_too() {
    for [setting, first, second] in [["vocab_size", "50304", "52000"], ["lr", "1e-3", "1e-5"]] {
        let mut table = format!("params,tokens,loss,{setting}\n");
        for run in 0..48 {
            let (n, d) = (1e7 * 3f64.powi(run as i32 % 6), 1e9 * 2f64.powi(run as i32 / 6));
            let is_other = run * 7 % 5 % 2 == 0;
            let off = 0.005 * normal(5000 + run) + if is_other { 0.04 } else { 0.0 };
            let loss = (1.7 + 400.0 / n.powf(0.34) + 410.0 / d.powf(0.28)) * off.exp();
            table += &format!("{n},{d},{loss},{}\n", if is_other { first } else { second });
        }
        assert!(said(&Sweep::from_csv_str("x.csv", &table).unwrap()).is_some(), "{setting}");
    }
}

#[test]
fn a_number_that_changes_once_with_size_sorts_runs_and_none_where_the_law_is_off_instead() {
    // 48 runs of six sizes, of which the larger half has longer sequences.
    let sweep = |loss: &dyn Fn(f64, f64) -> f64, above: f64, seed: usize| {
        let mut table = "params,tokens,loss,seq_len\n".to_owned();
        for run in 0..48 {
            let (n, d) = (1e7 * 3f64.powi(run as i32 % 6), 1e9 * 2f64.powi(run as i32 / 6));
            let (length, off) = if run % 6 > 2 { ("4096", above) } else { ("1024", 0.0) };
            let loss = loss(n, d) * (off + 0.003 * normal(7000 + 100 * seed + run)).exp();
            table += &format!("{n},{d},{loss},{length}\n");
        }
        said(&Sweep::from_csv_str("x.csv", &table).unwrap())
    };
    let chinchilla = |n: f64, d: f64| 1.7 + 400.0 / n.powf(0.34) + 410.0 / d.powf(0.28);
    let Some(Warning::KindsApart { column, departures, p, .. }) = sweep(&chinchilla, -0.04, 1) else {
        panic!()
    };
    assert!(column == "seq_len" && p < 1e-6 && departures["1024"] > departures["4096"], "{departures:?} {p}");
    // Kaplan's form, a wave along the sizes, and the law itself: 60 sweeps, a millionth each.
    let kaplan = |n: f64, d: f64| ((8.8e13 / n).powf(0.8) + 5.4e13 / d).powf(0.095);
    let wave = |n: f64, d: f64| chinchilla(n, d) * (1.0 + 0.01 * (1.2 * n.ln()).sin());
    for law in [&kaplan as &dyn Fn(f64, f64) -> f64, &wave, &chinchilla] {
        assert!((0..20).all(|seed| sweep(law, 0.0, seed).is_none()));
    }
}
