//! What the forms read of the runs of the journey sweep.

use std::collections::HashMap;
use std::f64::consts::PI;

use nbar::{ReadOptions, Run, Sweep};

/// Share of the run that its warm-up takes.
const WARMUP: f64 = 0.02;
/// Counts in units of this, so that coefficients are about 1.
const PARAMS: f64 = 1e6;
const TOKENS: f64 = 5e7;

/// A cut: ln N before and after, and what is ahead of it as shares of the run.
#[derive(Debug)]
pub(crate) struct Cut {
    pub(crate) before: f64,
    pub(crate) after: f64,
    /// Learning: the area under the rate over its peak.
    pub(crate) learning: f64,
    /// Tokens.
    pub(crate) tokens: f64,
}

/// A run. Counts are logarithms.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) initial: f64,
    pub(crate) average: f64,
    pub(crate) last: f64,
    pub(crate) tokens: f64,
    pub(crate) loss: f64,
    pub(crate) floor: f64,
    /// The learning ahead at the start.
    pub(crate) learning: f64,
    /// Start and end of pruning in percent of the steps; none of a dense run.
    pub(crate) window: Option<[u32; 2]>,
    pub(crate) cuts: Vec<Cut>,
    /// Shares of the tokens at each ln N.
    pub(crate) course: Vec<(f64, f64)>,
}

/// The area under a cosine from this share of the run on, the warm-up left out.
fn ahead(at: f64, floor: f64) -> f64 {
    let left = (1.0 - at.max(WARMUP)) / (1.0 - WARMUP);
    let falling = 0.5 * (left - (PI * left).sin() / PI);
    (1.0 - WARMUP) * (floor * left + (1.0 - floor) * falling)
}

pub(crate) fn rows() -> nbar::Result<Vec<Row>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/journey.csv");
    let text = std::fs::read_to_string(path).expect("the table of the repository");
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<&str>>());
    let header = lines.next().unwrap_or_default();
    let column = |name: &str| header.iter().position(|own| *own == name).expect("a column");
    let [run, start, end, floor] = ["run", "start_share", "end_share", "lr_floor"].map(column);
    let number = |text: &str| text.parse::<f64>().unwrap_or(0.0);
    let read = |cells: Vec<&str>| {
        let share = |place: usize| (100.0 * number(cells[place])).round() as u32;
        (cells[run].to_owned(), ([share(start), share(end)], number(cells[floor])))
    };
    let said: HashMap<String, ([u32; 2], f64)> = lines.map(read).collect();
    let sweep = Sweep::from_csv_path_with(path, &ReadOptions::default())?;
    let row = |run: &Run| {
        let (trajectory, (window, floor)) = (run.trajectory()?, said[run.id()]);
        let params = |count: f64| (count / PARAMS).ln();
        let (mut cuts, mut passed, mut before) = (Vec::new(), 0.0, params(trajectory.initial_params()));
        let course: Vec<(f64, f64)> =
            trajectory.nodes().into_iter().map(|(share, count)| (share, params(count))).collect();
        for (share, after) in &course {
            if *after < before - 1e-12 {
                let (learning, tokens) = (ahead(passed, floor), 1.0 - passed);
                cuts.push(Cut { before, after: *after, learning, tokens });
            }
            (passed, before) = (passed + share, *after);
        }
        Ok(Row {
            initial: params(trajectory.initial_params()),
            average: params(trajectory.average_params()),
            last: params(trajectory.final_params()),
            tokens: (trajectory.tokens() / TOKENS).ln(),
            loss: run.checkpoints()[0].loss,
            floor,
            learning: ahead(0.0, floor),
            window: Some(window).filter(|window| window[1] > 0),
            cuts,
            course,
        })
    };
    sweep.runs().iter().map(row).collect()
}
