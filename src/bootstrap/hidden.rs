//! Noise of runs that a fit passes through: drawing weights does not show it.

use super::followed::Followed;
use super::groups::Groups;
use crate::numeric::statistics::upper_median;
use crate::objective::Objective;

/// Where the fit follows a run by less than this, drawn weights show all of its noise.
const FOLLOWED: f64 = 1.0 / 3.0;
/// A residual counts as so many medians of their sizes at most: four standard deviations of normal noise.
const FARTHEST: f64 = 6.0;

/// The share of a run's noise, as a variance, that draws of weights do not show, of a run that the fit follows so far.
fn share(followed: f64) -> f64 {
    ((followed - FOLLOWED) / (1.0 - FOLLOWED)).max(0.0)
}

/// The standard deviation of the noise to add to all rows of each run; none where there is none to add. Of robust fits alone: what
/// least squares hide is made good in the interval.
pub(super) fn deviations(
    objective: &Objective,
    groups: &Groups,
    (theta, residuals): (&[f64], &[f64]),
) -> Option<Vec<f64>> {
    let Followed { of_run: followed, squared, .. } = Followed::new(objective, theta, groups, |_| ())?;
    if followed.iter().all(|h| share(*h) == 0.0) {
        return None;
    }
    let (mut means, mut rows) = (vec![0.0; groups.len()], vec![0.0; groups.len()]);
    for (run, residual) in groups.of_rows().iter().zip(residuals) {
        means[*run as usize] += residual;
        rows[*run as usize] += 1.0;
    }
    let mut sizes: Vec<f64> = means.iter().zip(&rows).map(|(sum, rows)| (sum / rows).abs()).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    // As many are brought to nothing as there are parameters.
    let left = &sizes[theta.len().min(sizes.len() - 1)..];
    let most = FARTHEST * upper_median(left.to_vec());
    let squares: f64 = sizes.iter().map(|size| size.min(most).powi(2)).sum();
    let free: f64 = followed.iter().map(|h| 1.0 - h).sum();
    let deviation = (squares / free.max(1.0)).sqrt();
    Some(followed.iter().map(|h| deviation * ((1.0 - squared) * share(*h)).sqrt()).collect())
}
