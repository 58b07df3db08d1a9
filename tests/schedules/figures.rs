//! Figures of schedules: what is in the SVG text, not how it looks.

use nbar::plot::{Figure, FigureOptions};
use nbar::schedule::{Extent, Interpolation, Network, Ramp, Schedule, Shape, Staircase, Unit};
use nbar::{Result, Trajectory};

fn drawn(trajectory: &Trajectory) -> Result<String> {
    let options = FigureOptions::default().with_title("a <title> & more".to_owned());
    Ok(Figure::schedule(trajectory, "tokens", &options)?.svg())
}
#[test]
fn a_schedule_shows_its_axes_counts_and_title() -> Result<()> {
    let ramp = Ramp::new(Shape::Cubic, 0.8, 0.25, 0.75, Unit::Fraction);
    let svg = drawn(&Schedule::from(ramp).trajectory(Network::new(8e9), Extent::new(1e12))?)?;
    for text in [
        "1T",
        "8B",
        "tokens",
        "density",
        "N̄ = 4B = 0.500 N₀",
        "at the end 1.6B = 0.200 N₀",
        "a &lt;title&gt; &amp; more",
    ] {
        assert!(svg.contains(text), "'{text}' is missing");
    }
    assert!(svg.trim_end().ends_with("</svg>"));
    Ok(())
}

#[test]
fn all_kinds_of_trajectories_are_drawn_and_never_with_broken_numbers() -> Result<()> {
    let extent = Extent::new(1e12);
    let network = Network::new(8e9);
    let many: Vec<_> = (1..5000).map(|i| (f64::from(i) / 5000.0, 0.9 * f64::from(i % 7) / 7.0)).collect();
    let log: Vec<_> = (0..100_000).map(|i| (f64::from(i), 1e9 + f64::from(i % 5))).collect();
    let trajectories = [
        Schedule::Dense.trajectory(network, extent)?,
        Schedule::one_shot(0.5, 1.0, Unit::Fraction).trajectory(network, extent)?,
        Schedule::from(Staircase::new(Unit::Fraction, many)).trajectory(network, extent)?,
        Schedule::from(Ramp::new(Shape::Cosine, 0.9, 0.0, 1.0, Unit::Compute)).trajectory(network, extent)?,
        Trajectory::from_counts(&[(0.0, 1.0), (1.0, 5.0)], 2.0)?,
        Trajectory::from_log(&log, 1e5, Interpolation::Linear)?,
    ];
    for trajectory in &trajectories {
        let svg = drawn(trajectory)?;
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
        assert!(svg.len() < 100_000, "{} bytes", svg.len());
    }
    Ok(())
}
