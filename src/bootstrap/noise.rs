//! The law of the noise, for the parametric bootstrap.

use rand_chacha::ChaCha8Rng;

use crate::numeric::random::{normal, uniform};

/// Noise in ln L: normal or Laplace, of which the rows of a run share a part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Noise {
    laplace: bool,
    /// Standard deviation.
    deviation: f64,
    /// Share of the variance that the rows of a run have in common.
    common: f64,
}

impl Noise {
    /// The more likely of the two laws by maximum likelihood, and the share in common by one-way analysis of variance.
    pub(super) fn estimate(residuals: &[f64], of_row: &[u32], groups: usize) -> Self {
        let n = residuals.len() as f64;
        let square = residuals.iter().map(|r| r * r).sum::<f64>() / n;
        let absolute = residuals.iter().map(|r| r.abs()).sum::<f64>() / n;
        // ln of the likelihood a row: -½ ln(2πe s²) and -ln(2e b).
        let normal = -0.5 * (std::f64::consts::TAU * std::f64::consts::E * square).ln();
        let laplace = -(2.0 * std::f64::consts::E * absolute).ln();
        let is_laplace = laplace > normal;
        let deviation = if is_laplace { std::f64::consts::SQRT_2 * absolute } else { square.sqrt() };
        Self { laplace: is_laplace, deviation, common: common_share(residuals, of_row, groups) }
    }

    /// A row's noise for every row; `of_group` is a buffer.
    pub(super) fn draw(&self, rng: &mut ChaCha8Rng, of_row: &[u32], of_group: &mut [f64], rows: &mut [f64]) {
        of_group.iter_mut().for_each(|shared| *shared = self.one(rng));
        let (shared, own) = (self.common.sqrt(), (1.0 - self.common).sqrt());
        for (row, group) in rows.iter_mut().zip(of_row) {
            *row = shared * of_group[*group as usize];
            if own > 0.0 {
                *row += own * self.one(rng);
            }
        }
    }

    fn one(&self, rng: &mut ChaCha8Rng) -> f64 {
        if self.laplace {
            let (u, v) = (uniform(rng), uniform(rng));
            let size = -u.ln() * self.deviation / std::f64::consts::SQRT_2;
            if v < 0.5 { size } else { -size }
        } else {
            self.deviation * normal(rng)
        }
    }
}

/// The intra-class correlation of residuals, between 0 and 1; 1 where no run has two rows.
fn common_share(residuals: &[f64], of_row: &[u32], groups: usize) -> f64 {
    let mut sums = vec![(0.0, 0.0); groups];
    for (r, group) in residuals.iter().zip(of_row) {
        let (sum, count) = &mut sums[*group as usize];
        *sum += r;
        *count += 1.0;
    }
    let (n, k) = (residuals.len() as f64, groups as f64);
    if n <= k || k < 2.0 {
        return 1.0;
    }
    let within: f64 = residuals
        .iter()
        .zip(of_row)
        .map(|(r, group)| {
            let (sum, count) = sums[*group as usize];
            (r - sum / count).powi(2)
        })
        .sum::<f64>()
        / (n - k);
    let mean = residuals.iter().sum::<f64>() / n;
    let between =
        sums.iter().map(|(sum, count)| count * (sum / count - mean).powi(2)).sum::<f64>() / (k - 1.0);
    let size = (n - sums.iter().map(|(_, count)| count * count).sum::<f64>() / n) / (k - 1.0);
    let share = ((between - within) / size).max(0.0);
    if share + within > 0.0 { share / (share + within) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::Noise;
    use crate::numeric::random::stream;

    #[test]
    fn noise_that_is_drawn_is_estimated_back() {
        let of_row: Vec<u32> = (0..20_000).map(|i| i / 10).collect();
        for noise in [
            Noise { laplace: false, deviation: 0.01, common: 0.7 },
            Noise { laplace: true, deviation: 0.003, common: 0.0 },
        ] {
            let (mut groups, mut rows) = (vec![0.0; 2000], vec![0.0; 20_000]);
            noise.draw(&mut stream(1, 0), &of_row, &mut groups, &mut rows);
            let found = Noise::estimate(&rows, &of_row, 2000);
            assert_eq!(found.laplace, noise.laplace);
            // The 2,000 shared draws tell the deviation to 1/√4000 = 1.6 %, and the share to about as much: four of these.
            assert!((found.deviation / noise.deviation - 1.0).abs() < 0.064, "{found:?}");
            assert!((found.common - noise.common).abs() < 0.064, "{found:?}");
        }
    }
}
