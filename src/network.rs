//! Networks that can be built.

use serde::{Deserialize, Serialize};

use crate::{Document, Error, Result};

/// Layers are width over this at the most, and over the next at the least.
const ASPECT: [f64; 2] = [32.0, 160.0];
/// Widths are multiples of the second from the first on.
const WIDTHS: [(u64, u64); 4] = [(64, 64), (1024, 128), (4096, 512), (WIDEST + 1, 1)];
/// Heads have 128 dimensions from this width on, 64 below it.
const WIDE_HEADS: u64 = 2048;
/// The greatest width looked at: 10^14 parameters and more.
const WIDEST: u64 = 1 << 17;
/// How far from the wanted size a network may be.
const TOLERANCE: f64 = 0.1;
/// How many are named.
const NAMED: usize = 3;

/// A decoder with gated feed-forward blocks.
///
/// ```
/// // The 1B network of Jin et al. (2025), which they count as 1139.28M.
/// let network = nbar::network::shapes(1_139_277_824.0, 32_000)?[0];
/// assert_eq!((network.layers, network.width, network.ff, network.heads), (16, 2048, 8192, 16));
/// assert_eq!((network.prunable_params, network.difference), (1_139_277_824, 0.0));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TransformerShape {
    /// Layers.
    pub layers: u64,
    /// Width of the residual stream.
    pub width: u64,
    /// Width inside the feed-forward blocks.
    pub ff: u64,
    /// Attention heads, of 64 or 128 dimensions.
    pub heads: u64,
    /// Tokens of the vocabulary.
    pub vocabulary: u64,
    /// Linear weights, which pruning may remove: `layers (4 width² + 3 width ff) + width vocabulary`. The head at the end
    /// is counted, the embedding at the beginning and norms are not (Jin et al. 2025).
    pub prunable_params: u64,
    /// How much these are more than what was wanted, over what was wanted.
    pub difference: f64,
}

impl Document for TransformerShape {
    const SCHEMA: &'static str = "nbar.shape/1";
}

fn layer(width: u64, ff: u64) -> u64 {
    4 * width * width + 3 * width * ff
}

/// The three networks whose prunable parameters are nearest to `params`, the nearest first.
///
/// They have an even number of layers, 1/160 to 1/32 of the width; the width is a multiple of 64, of 128 from 1024 and of 512 from
/// 4096 on; heads have 64 dimensions, 128 from a width of 2048 on; feed-forward blocks are 4 or 8/3 (to the next multiple of
/// 128) times as wide.
///
/// # Errors
/// When a number is not positive and finite, or no such network has a size within a tenth of the wanted one.
pub fn shapes(params: f64, vocabulary: u64) -> Result<Vec<TransformerShape>> {
    for (name, value) in [("params", params), ("vocabulary", vocabulary as f64)] {
        if !(value.is_finite() && value > 0.0) {
            return Err(Error::value(name, value, "is not a positive, finite number", "give one above 0"));
        }
    }
    let distance = |network: &TransformerShape| (network.prunable_params as f64 / params).ln().abs();
    let widths = WIDTHS.windows(2).flat_map(|range| (range[0].0..range[1].0).step_by(range[0].1 as usize));
    let mut networks: Vec<TransformerShape> = widths
        .flat_map(|width| [4 * width, (8 * width).div_ceil(3).next_multiple_of(128)].map(|ff| (width, ff)))
        .filter_map(|(width, ff)| of_width(params, width, ff, vocabulary))
        .filter(|network| distance(network) <= (1.0 + TOLERANCE).ln())
        .collect();
    networks.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    networks.truncate(NAMED);
    if networks.is_empty() {
        let wanted = format!("{params:.4e} prunable parameters and {vocabulary} tokens in its vocabulary");
        let problem = format!("no network of usual proportions has about {wanted}");
        let widest = WIDEST as f64 / ASPECT[0] * layer(WIDEST, 4 * WIDEST) as f64;
        let remedy = match params > widest {
            true => "give fewer parameters",
            false => "give more parameters, or a smaller vocabulary",
        };
        return Err(Error::unanswerable("shape", problem, remedy));
    }
    Ok(networks)
}

/// The nearest network of this width, if its layers are in proportion.
fn of_width(params: f64, width: u64, ff: u64, vocabulary: u64) -> Option<TransformerShape> {
    let head = width as f64 * vocabulary as f64;
    let layers = 2.0 * (0.5 * (params - head) / layer(width, ff) as f64).round();
    let aspect = width as f64 / layers;
    let head_dimensions = if width >= WIDE_HEADS { 128 } else { 64 };
    if !(layers >= 2.0 && (ASPECT[0]..=ASPECT[1]).contains(&aspect)) {
        return None;
    }
    let layers = layers as u64;
    let prunable_params = layers * layer(width, ff) + width * vocabulary;
    let difference = prunable_params as f64 / params - 1.0;
    let heads = width / head_dimensions;
    Some(TransformerShape { layers, width, ff, heads, vocabulary, prunable_params, difference })
}
