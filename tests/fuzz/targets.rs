//! What is done with an input: read it, and ask of what was read all that can be asked. Nothing here may panic, hang, or
//! hold more than 512 MB.

#[path = "targets/fit_files.rs"]
mod fit_files;
#[path = "targets/tiny.rs"]
mod tiny;

use nbar::law::{Formula, Law};
use nbar::run::TrajectoryLog;
use nbar::schedule::{Dialect, Extent, Network, Schedule};
use nbar::{ObservationOptions, ReadOptions, Sweep, inspect, read::PointTable, units};

/// What takes an input.
pub(crate) type Target = fn(&[u8]);

/// Each target by its name, with the folders and files whose contents it starts from.
pub(crate) const TARGETS: [(&str, Target, &[&str]); 8] = [
    ("readers", readers, &["data", "tests/fuzz/seeds/logs"]),
    ("schedules", schedules, &["tests/fuzz/seeds/schedules"]),
    ("filters", filters, &[]),
    ("formulas", formulas, &[]),
    ("numbers", numbers, &[]),
    ("points", points, &["tests/fuzz/seeds/points"]),
    ("fit_files", fit_files::run, &[]),
    ("fits", tiny::run, &[]),
];

/// Inputs that targets without files start from.
#[allow(dead_code, reason = "libFuzzer starts from files")]
pub(crate) const WORDS: [&str; 10] = [
    "outlier=0,params>=1e8,run!=a",
    "loss!=nan,tokens<1.4T",
    "7B",
    "E + [(A/N^alpha)^(1/q) + max(B, 2e3)/D^-beta]^q where q=0.2..3, B=-1..1",
    "L = E - k*\"peak lr\"^2 + exp(-log(sqrt(N))) + K*tokens^gamma where K=column",
    "1.4T",
    "1e-300M",
    "run,params,tokens\na,1B,20B\n",
    r#"{"tool": "tfmot", "initial_sparsity": 0, "final_sparsity": 0.8, "begin_step": 0, "end_step": 250}"#,
    r#"{"schedule": "cubic", "final_sparsity": 0.8, "prune_start": 0.1, "prune_end": 0.5}"#,
];

/// Tables and logs, as the command takes them; what cannot be read is told what logs leave out.
pub(crate) fn readers(data: &[u8]) {
    let told = || ReadOptions::default().with_run_params(1e8).with_tokens_per_step(1e5);
    let read = |options| Sweep::from_reader("input", data, &options);
    if let Ok(sweep) = read(ReadOptions::default()).or_else(|_| read(told())) {
        let asked = ObservationOptions::default();
        let _ = sweep.observations(&asked);
        let _ = inspect(&sweep, &asked);
    }
    let _ = TrajectoryLog::from_reader("input", data);
}

/// Schedules: a tool's own, and the fields of a table.
pub(crate) fn schedules(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let extent = Extent::new(1e9).with_steps(1000.0);
    let integrate = |schedule: Schedule| {
        if let Ok(trajectory) = schedule.trajectory(Network::new(1e9), extent) {
            let average = trajectory.average_params();
            assert!(average.is_finite() && average > 0.0, "N̄ = {average}");
        }
    };
    if let Ok(dialect) = Dialect::from_json("input", text) {
        let _ = dialect.shortfall(extent);
        if let Ok(schedule) = dialect.schedule(extent) {
            integrate(schedule);
        }
    }
    if let Ok(schedule) = Schedule::from_json("input", text) {
        integrate(schedule);
    }
}

/// Filters, on one table.
pub(crate) fn filters(data: &[u8]) {
    let Ok(filter) = std::str::from_utf8(data) else { return };
    let table = "run,params,tokens,loss,note,outlier\na,1B,20B,2.5,x,0\nb,2B,20B,2.4,,1\nc,4B,20B,2.3,7,0\n";
    let _ = Sweep::from_reader("input", table.as_bytes(), &ReadOptions::default().with_filter(filter));
    if let Ok(options) = ReadOptions::default().with_columns(filter) {
        let _ = Sweep::from_reader("input", table.as_bytes(), &options);
    }
}

/// Laws as text, which must be read back as they are named, and have a value and derivatives.
pub(crate) fn formulas(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(law) = Formula::parse(text) else { return };
    let again = Formula::parse(&law.spec().name);
    assert_eq!(again.as_ref().ok(), Some(&law), "{text:?}");
    let ones = |count: usize| vec![1.5; count];
    let _ = law.loss(&ones(law.spec().parameters.len()), &ones(law.spec().inputs.len()));
}

/// Numbers, which must be read back as they are written.
pub(crate) fn numbers(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(number) = units::parse_quantity(text) {
        let again = units::parse_quantity(&number.to_string());
        assert_eq!(again.ok(), Some(number), "{text:?}");
        let _ = units::format_quantity(number, 4);
    }
}

/// Tables of points to predict.
pub(crate) fn points(data: &[u8]) {
    let _ = PointTable::from_reader("input", data);
}
