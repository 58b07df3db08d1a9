//! Saved fits: good ones in which a value was changed, and files of any bytes.

use std::sync::LazyLock;

use nbar::report::Report;
use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
use serde_json::Value;

/// A small fit, saved.
static GOOD: LazyLock<Value> = LazyLock::new(|| {
    let mut table = "run,params,tokens,loss\n".to_owned();
    for i in 0..6 {
        let (n, d) = (1e8 * f64::from(1 << (i % 3)), 2e9 * f64::from(1 << (i / 3)));
        let loss = 1.7 + 400.0 / f64::powf(n, 0.35) + 2000.0 / f64::powf(d, 0.37) + 1e-3 * f64::from(i % 4);
        table += &format!("r{i},{n},{d},{loss}\n");
    }
    let sweep = Sweep::from_csv_str("table", &table).expect("a table");
    let observations = sweep.observations(&ObservationOptions::default()).expect("observations");
    let fit = fit_scaling_law(&observations, &FitOptions::default()).expect("a fit");
    let draws = fit.bootstrap(&BootstrapOptions::default().with_replicates(3)).expect("draws");
    serde_json::from_str(&Report::Ensemble(draws).to_json()).expect("JSON")
});

pub(crate) fn run(data: &[u8]) {
    answer(data, true);
    // The bytes are edits: where, and what is put there.
    let mut file = GOOD.clone();
    for edit in data.chunks(4).take(4) {
        let [place, what, size, ..] = [edit, &[0; 4]].concat()[..] else { return };
        change(&mut file, usize::from(place), what, size);
    }
    // Most edits are refused or change nothing; answers of some of the others are looked at.
    answer(file.to_string().as_bytes(), data.first().is_some_and(|first| first % 8 == 0));
}

/// Reads a saved fit and, if it is one, asks it all that is cheap.
fn answer(bytes: &[u8], asks: bool) {
    let Some(report) = Report::from_json("input", bytes).ok().filter(|_| asks) else { return };
    let again = report.to_json();
    assert!(Report::from_json("again", again.as_bytes()).is_ok(), "what was saved cannot be read: {again}");
    if let Report::Ensemble(ensemble) = report {
        let _ = ensemble.predict(1e9, 2e10);
        let _ = ensemble.allocate(1e22, &Default::default());
    }
}

/// Puts a value in the `place`th place of a tree.
fn change(file: &mut Value, place: usize, what: u8, size: u8) {
    let mut found = file;
    let mut left = place;
    loop {
        let children = match found {
            Value::Array(values) if !values.is_empty() => values.len(),
            Value::Object(fields) if !fields.is_empty() => fields.len(),
            _ => break,
        };
        let (next, rest) = (left % children, left / children);
        found = match found {
            Value::Array(values) => &mut values[next],
            Value::Object(fields) => fields.values_mut().nth(next).expect("it is there"),
            _ => unreachable!("only these have children"),
        };
        if rest == 0 && what & 1 == 0 {
            break;
        }
        left = rest + usize::from(size);
    }
    *found = match what >> 1 & 7 {
        0 => Value::Null,
        1 => (-f64::from(size)).into(),
        2 => f64::from_bits(u64::from(size) << 55).into(),
        3 => 0.into(),
        4 => "word".into(),
        5 => Value::Array(vec![Value::from(size); usize::from(size)]),
        6 => (1e300 * f64::from(size)).into(),
        _ => u64::MAX.into(),
    };
}
