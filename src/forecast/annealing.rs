//! What the loss has of a learning rate that falls.

use serde::{Serialize, Serializer};

/// How the term m of a curve's law follows the learning rate η, over its peak. All are 1 while the rate is at its peak.
///
/// S is the learning so far and M a memory, both in tokens at the peak rate; Δη is what the rate falls by at each step.
///
/// ```
/// use nbar::Sweep;
/// use nbar::forecast::{Annealing, ForecastOptions, forecast};
/// let sweep = Sweep::from_csv_path("data/gemstones_hot.csv")?;
/// let options = ForecastOptions::default().with_to(2e11).with_lr_schedule("cosine".to_owned());
/// let by = |annealing| forecast(&sweep, &options.clone().with_annealing(annealing));
/// let [own, tissue] = [by(Annealing::Followed)?, by(Annealing::Tissue)?];
/// // The first half of a cosine tells little of what its end will bring.
/// assert!((own.runs[0].loss.estimate / tissue.runs[0].loss.estimate - 1.0).abs() < 0.02);
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Annealing {
    /// m follows η^p with a memory that fades as e^(-S/M).
    #[default]
    Followed,
    /// m follows η with a memory that fades as e^(-D/M), D being tokens: `L₀ + A S₁^-α - C S₂` (Tissue et al. 2024, arXiv 2408.11029).
    Tissue,
    /// `m = 1 - Σ Δη G(η^-γ S)` with `G(x) = 1 - (1 + x/M)^-β`, S from each fall on (Luo et al. 2025, arXiv 2503.12811).
    MultiPower,
}

named!(Annealing, "annealing", [Followed "followed", Tissue "tissue", MultiPower "multi-power"]);

impl Serialize for Annealing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Annealing {
    pub(super) const ALL: [Self; 3] = [Self::Followed, Self::Tissue, Self::MultiPower];

    /// The law of a curve whose rate falls.
    pub(super) fn law(self) -> &'static str {
        match self {
            Self::Followed => "L = L0 + A S^-alpha + K m",
            Self::Tissue => "L = L0 + A S1^-alpha - C S2 (Tissue et al. 2024)",
            Self::MultiPower => "L = L0 + A S^-alpha - B sum of falls (multi-power)",
        }
    }
}
