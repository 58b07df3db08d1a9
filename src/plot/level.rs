//! Lines of one height on a grid.

/// A place on the grid, in steps of it.
type Step = (f64, f64);

/// Round heights, each with the step that says how it is written: about so many, closer to each other near the least.
pub(super) fn levels(heights: &[f64], count: usize) -> Vec<(f64, f64)> {
    let mut usable: Vec<f64> = heights.iter().copied().filter(|h| h.is_finite()).collect();
    usable.sort_by(f64::total_cmp);
    let mut found: Vec<(f64, f64)> = Vec::new();
    if usable.is_empty() {
        return found;
    }
    // Heights that part the grid into like shares, each as round as its distance to the next allows.
    for k in 1..=count {
        let place = |k: usize| usable[(usable.len() - 1) * k / (count + 1)];
        let apart = (place(k) - place(k - 1)).max(1e-12);
        let power = 10f64.powf(apart.log10().floor());
        let step =
            [5.0, 2.0, 1.0].into_iter().map(|by| by * power).find(|step| *step <= apart).unwrap_or(power);
        let height = (place(k) / step).round() * step;
        if found.last().is_none_or(|(last, _)| height > last + step / 2.0)
            && height < usable[usable.len() - 1]
        {
            found.push((height, step));
        }
    }
    found
}

/// Lines along which a grid of `side` columns has a height, between its points straight.
pub(super) fn lines(heights: &[f64], side: usize, height: f64) -> Vec<Vec<Step>> {
    let rows = heights.len() / side;
    let mut pieces: Vec<[Step; 2]> = Vec::new();
    for j in 0..rows.saturating_sub(1) {
        for i in 0..side - 1 {
            let corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)];
            let of = |k: usize| heights[corners[k].1 * side + corners[k].0];
            if (0..4).any(|k| !of(k).is_finite()) {
                continue;
            }
            let crossing = |k: usize| {
                let (from, to) = (k, (k + 1) % 4);
                let (a, b) = (of(from), of(to));
                ((a < height) != (b < height)).then(|| {
                    let share = (height - a) / (b - a);
                    let along = |p: usize, q: usize| p as f64 + share * (q as f64 - p as f64);
                    (along(corners[from].0, corners[to].0), along(corners[from].1, corners[to].1))
                })
            };
            let met: Vec<Step> = (0..4).filter_map(crossing).collect();
            pieces.extend(met.chunks_exact(2).map(|pair| [pair[0], pair[1]]));
        }
    }
    joined(pieces)
}

/// Pieces that share ends, as lines.
fn joined(mut pieces: Vec<[Step; 2]>) -> Vec<Vec<Step>> {
    let near = |a: Step, b: Step| (a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9;
    let mut lines = Vec::new();
    while let Some([from, to]) = pieces.pop() {
        let mut line = std::collections::VecDeque::from([from, to]);
        loop {
            let (first, last) = (line[0], line[line.len() - 1]);
            let meets = |piece: &[Step; 2]| piece.iter().any(|end| near(*end, first) || near(*end, last));
            let Some(place) = pieces.iter().position(meets) else { break };
            let [a, b] = pieces.swap_remove(place);
            match () {
                () if near(a, last) => line.push_back(b),
                () if near(b, last) => line.push_back(a),
                () if near(a, first) => line.push_front(b),
                () => line.push_front(a),
            }
        }
        lines.push(line.into_iter().collect());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{levels, lines};

    #[test]
    fn a_circle_is_one_closed_line_on_which_the_height_holds() {
        let heights: Vec<f64> =
            (0..41 * 41).map(|k| f64::from(k % 41 - 20).hypot(f64::from(k / 41 - 20))).collect();
        let found = lines(&heights, 41, 12.5);
        assert_eq!(found.len(), 1);
        for (x, y) in &found[0] {
            assert!(((x - 20.0).hypot(y - 20.0) - 12.5).abs() < 0.02, "{x} {y}");
        }
        assert!(lines(&heights, 41, 100.0).is_empty());
    }

    #[test]
    fn levels_rise_and_are_round() {
        let heights: Vec<f64> = (0..1000).map(|k| 2.0 + f64::from(k).powi(2) / 1e6).collect();
        let found = levels(&heights, 8);
        assert!(found.len() >= 6 && found.windows(2).all(|pair| pair[0].0 < pair[1].0), "{found:?}");
        assert!(found.iter().all(|(height, step)| (height / step - (height / step).round()).abs() < 1e-6));
    }
}
