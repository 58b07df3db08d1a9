//! Small plots in characters, where stdout is a terminal.

use std::io::IsTerminal;

use nbar::answer::{Allocation, AllocationOptions};
use nbar::units::format_quantity;
use nbar::{Ensemble, Fit, Residual};

use crate::format::digits;

/// Rows of characters between the axes; an odd number has one in the middle.
const ROWS: usize = 9;
/// Characters in a line.
const NARROWEST: usize = 60;
const WIDEST: usize = 80;

/// What is drawn against FLOPs.
#[derive(Debug, Default)]
struct Sketch {
    title: String,
    runs: Vec<(f64, f64)>,
    line: Vec<(f64, f64)>,
    asked: Vec<(f64, f64)>,
    /// Whether heights are logarithms; otherwise 0 is in the middle.
    log: bool,
}

/// Residuals against FLOPs, on a terminal.
pub(crate) fn residuals(fit: &Fit) -> String {
    let Some(width) = width() else { return String::new() };
    let (in_percent, unit) = match fit.options.residual {
        Residual::LnLoss => (true, "% of L"),
        _ => (false, "nats a token"),
    };
    let height = |residual: f64| if in_percent { 100.0 * residual.exp_m1() } else { residual };
    let heights = fit.residuals().unwrap_or_default().into_iter().map(height);
    let sketch = Sketch {
        title: format!("residuals, {unit} (. row, o rows)"),
        runs: fit.observations.flops().zip(heights).collect(),
        ..Sketch::default()
    };
    sketch.drawn(width)
}

/// The runs, the best runs of budgets between them, and those asked for, on a terminal.
pub(crate) fn frontier(ensemble: &Ensemble, asked: &[Allocation], options: &AllocationOptions) -> String {
    let Some(width) = width() else { return String::new() };
    let observations = &ensemble.fit.observations;
    let place = |run: &Allocation| (run.flops.estimate, run.loss.estimate);
    let mut sketch = Sketch {
        title: "loss, nats a token (. row, o rows, X asked, ─ best runs)".to_owned(),
        runs: observations.flops().zip(observations.loss().iter().copied()).collect(),
        asked: asked.iter().map(place).collect(),
        log: true,
        ..Sketch::default()
    };
    let budgets = asked.iter().map(|run| run.total_flops.estimate);
    let [from, to] = ends(sketch.runs.iter().map(|(flops, _)| *flops).chain(budgets).map(f64::ln));
    let law = Ensemble::without_draws(ensemble.fit.clone());
    let budget = |k: usize| (from + (to - from) * k as f64 / WIDEST as f64).exp();
    // A budget that pays for no run, as where serving costs more, has no place.
    let best = (0..=WIDEST).filter_map(|k| law.allocate(budget(k), options).ok());
    sketch.line = best.map(|run| place(&run)).collect();
    sketch.drawn(width)
}

/// Characters in a line of the terminal, if stdout is one.
fn width() -> Option<usize> {
    let size = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    std::io::stdout().is_terminal().then(|| size().unwrap_or(WIDEST).min(WIDEST))
}

/// The least and the greatest.
fn ends(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let finite = values.filter(|value| value.is_finite());
    finite.fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], v| [a.min(v), b.max(v)])
}

/// Ends of an axis that holds values; two that differ.
fn axis(values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    match ends(values) {
        [from, to] if from < to => Some([from, to]),
        [from, to] if from == to => Some([from - 0.5, to + 0.5]),
        _ => None,
    }
}

impl Sketch {
    /// Its lines in so many characters, after an empty one; nothing where there is too little room or nothing to draw.
    fn drawn(&self, width: usize) -> String {
        let height = |y: f64| if self.log { y.ln() } else { y };
        let all = || self.runs.iter().chain(&self.line).chain(&self.asked);
        let across = axis(all().map(|(x, _)| x.ln()));
        let up = match self.log {
            true => axis(all().map(|(_, y)| y.ln())),
            false => axis(all().flat_map(|(_, y)| [*y, -y])),
        };
        let (Some(across), Some(up), true) = (across, up, width >= NARROWEST) else { return String::new() };
        let value = |share: f64| up[0] + share * (up[1] - up[0]);
        let value = |share: f64| if self.log { value(share).exp() } else { value(share) };
        let labels = [1.0, 0.5, 0.0].map(|share| digits(value(share), if self.log { 3 } else { 2 }));
        let beside = labels.iter().map(|label| label.chars().count()).max().unwrap_or_default();
        let columns = width - beside - 2;
        let cell = |v: f64, [from, to]: [f64; 2], cells: usize| {
            let share = (v - from) / (to - from);
            share.is_finite().then(|| (share * (cells - 1) as f64).round() as usize)
        };
        let place = |(x, y): &(f64, f64)| {
            Some((ROWS - 1 - cell(height(*y), up, ROWS)?, cell(x.ln(), across, columns)?))
        };
        let mut cells = vec![vec![' '; columns]; ROWS];
        if !self.log {
            cells[ROWS / 2].fill('─');
        }
        for (row, column) in self.line.iter().filter_map(place) {
            cells[row][column] = '─';
        }
        for (row, column) in self.runs.iter().filter_map(place) {
            let cell = &mut cells[row][column];
            *cell = if matches!(cell, '.' | 'o') { 'o' } else { '.' };
        }
        for (row, column) in self.asked.iter().filter_map(place) {
            cells[row][column] = 'X';
        }
        let [top, middle, bottom] = labels;
        let mut out = format!("\n{}\n", self.title);
        for (row, cells) in cells.into_iter().enumerate() {
            let label = match row {
                0 => &top,
                _ if row == ROWS / 2 => &middle,
                _ if row == ROWS - 1 => &bottom,
                _ => "",
            };
            let edge = if label.is_empty() { '│' } else { '┤' };
            let cells: String = cells.into_iter().collect();
            out.push_str(format!("{label:>beside$} {edge}{cells}").trim_end());
            out.push('\n');
        }
        let [from, to] = across.map(|end| format_quantity(end.exp(), 2));
        let between = columns - from.chars().count() - to.chars().count();
        let indent = " ".repeat(beside + 1);
        out + &format!(
            "{indent}└{}\n{indent} {from}{:^between$}{to}\n",
            "─".repeat(columns),
            "training FLOPs"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{NARROWEST, Sketch};

    const FRONTIER: &str = "
loss
4.00 ┤o───
     │    ───────       .
     │           ──────
     │                 ───────
2.47 ┤                        ──────     .
     │                              ───────
     │                                     ──────
     │                                           ───────
1.52 ┤                                                  ───X
     └──────────────────────────────────────────────────────
      1e18                training FLOPs                1e21
";
    const RESIDUALS: &str = "
residuals
 2.0 ┤
     │
     │                           .
     │
   0 ┤─────────────────────────────────────────────────────o
     │
     │
     │
-2.0 ┤.
     └──────────────────────────────────────────────────────
      1e18                training FLOPs                1e20
";

    /// A law whose loss falls from 4 by 10^-0.14 with each power of ten.
    fn frontier() -> Sketch {
        let law = |k: f64| (10f64.powf(18.0 + k), 4.0 * 10f64.powf(-0.14 * k));
        Sketch {
            title: "loss".to_owned(),
            runs: vec![(1e18, 4.0), (1e18, 4.0), (1e19, 3.4), (1e20, 2.6), (1e20, f64::NAN)],
            line: (0..=60).map(|k| law(f64::from(k) / 20.0)).collect(),
            asked: vec![law(3.0)],
            log: true,
        }
    }

    #[test]
    fn a_frontier_has_runs_the_law_and_what_was_asked() {
        let drawn = frontier().drawn(60);
        assert_eq!(drawn, FRONTIER, "{drawn}");
    }

    #[test]
    fn residuals_lie_about_a_line_in_the_middle() {
        let runs = vec![(1e18, -2.0), (1e19, 0.9), (1e20, 0.0), (1e20, 0.1)];
        let drawn = Sketch { title: "residuals".to_owned(), runs, ..Sketch::default() }.drawn(60);
        assert_eq!(drawn, RESIDUALS, "{drawn}");
    }

    #[test]
    fn twelve_lines_fit_into_the_width_or_nothing_is_drawn() {
        for width in [NARROWEST, 71, 80] {
            let drawn = frontier().drawn(width);
            assert!(drawn.lines().count() <= 13 && drawn.starts_with("\n"), "{drawn}");
            assert_eq!(drawn.lines().map(|line| line.chars().count()).max(), Some(width), "{drawn}");
        }
        assert_eq!(frontier().drawn(NARROWEST - 1), "");
        assert_eq!(Sketch::default().drawn(80), "");
        let one = Sketch { runs: vec![(1e18, 0.0)], ..Sketch::default() }.drawn(80);
        assert!(one.lines().nth(6).is_some_and(|middle| middle.contains("─.─")), "{one}");
    }
}
