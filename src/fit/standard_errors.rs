//! Asymptotic standard errors.

use nalgebra::DMatrix;

use super::{Fit, Freedom, Rho};
use crate::{Error, Result};

impl Fit {
    /// The asymptotic standard error of each parameter, in its own unit and in the order of the law; 0 for one that is
    /// fixed.
    ///
    /// For least squares `s² (JᵀWJ)⁻¹`, with `s² = Σ w r²/(n - p)`. For Huber's loss that of an M-estimate (Huber 1981,
    /// *Robust Statistics*, section 7.6), `K² [Σ w ψ²/(n - p)] / m² · (JᵀWJ)⁻¹`, with ψ the residual clipped at δ, m the
    /// share of the weight within δ and `K = 1 + (p/n)(1 - m)/m`. J holds the derivatives of the fitted values. A
    /// parameter that is fitted by its logarithm has that standard error times its value (the delta method). Priors add their
    /// precisions to the inverse of that matrix, and n - p leaves what they decide to them.
    ///
    /// These hold for many independent rows of one scatter, near the optimum, where the law is as good as linear; m is
    /// known badly where δ is far below the scatter. The [bootstrap](Self::bootstrap) assumes none of this, keeps the rows
    /// of a run together, and is what nbar answers with unless asked for these.
    ///
    /// ```
    /// use nbar::{FitOptions, ObservationOptions, Rho, Sweep, fit_scaling_law};
    /// let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// let observations = sweep.observations(&ObservationOptions::default())?;
    /// let fit = fit_scaling_law(&observations, &FitOptions::default().with_rho(Rho::Squared))?;
    /// let errors = fit.standard_errors()?;
    /// assert!(errors.iter().zip(&fit.parameters).all(|(error, value)| *error > 0.0 && error < value));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the robust loss is neither of the two, no residual lies within δ, or the parameters cannot be told apart.
    pub fn standard_errors(&self) -> Result<Vec<f64>> {
        let refuse = |problem: String, remedy| Err(Error::unanswerable("standard errors", problem, remedy));
        let bootstrap = "use the bootstrap's";
        let delta = match self.options.rho {
            Rho::Squared => f64::INFINITY,
            Rho::Huber { delta } => delta,
            other => {
                return refuse(format!("there is no asymptotic form of them for {other} here"), bootstrap);
            }
        };
        let (objective, theta) = self.objective_at_optimum(self.options.rho)?;
        let (rows, p) = (objective.rows(), theta.len());
        let (residuals, jacobian) = objective.linearised(&theta);
        let weight = &rows.weight[..rows.len];
        let weighted = residuals.iter().zip(weight);
        let squares: f64 = weighted.clone().map(|(r, w)| w * r.clamp(-delta, delta).powi(2)).sum();
        let inside: f64 = weighted.filter(|(r, _)| r.abs() <= delta).map(|(_, w)| w).sum();
        let share = inside / weight.iter().sum::<f64>();
        if share == 0.0 {
            return refuse(format!("no residual lies within delta {delta}"), bootstrap);
        }
        let (n, count) = (rows.len as f64, p as f64 - self.known());
        let correction = 1.0 + count / n * (1.0 - share) / share;
        let scale = correction * (squares / (n - count)).sqrt() / share;
        // Columns of length 1: parameters may differ in size by any factor.
        let mut columns =
            DMatrix::from_fn(rows.len, p, |i, j| weight[i].sqrt() * jacobian[j * residuals.len() + i]);
        // A prior is a row that its parameter alone moves, with the scatter that the prior has.
        for (k, precision) in objective.prior_precisions(&theta) {
            let row = columns.nrows();
            columns = columns.insert_row(row, 0.0);
            columns[(row, k)] = scale * precision.sqrt();
        }
        let lengths: Vec<f64> = columns.column_iter().map(|column| column.norm()).collect();
        for (mut column, length) in columns.column_iter_mut().zip(&lengths) {
            column /= *length;
        }
        let Some(inverse) = columns.qr().r().try_inverse().filter(|r| r.iter().all(|x| x.is_finite())) else {
            return refuse("some parameters cannot be told apart".to_owned(), "see the warnings of the fit");
        };
        // The fitted parameters are affine in those that are free, so that differences are derivatives.
        let coordinates = objective.coordinates();
        let origin = coordinates.free_to_fitted(&vec![0.0; p]);
        let mut variances = vec![0.0; origin.len()];
        let unit = |j: usize| {
            let mut unit = vec![0.0; p];
            unit[j] = 1.0;
            coordinates.free_to_fitted(&unit)
        };
        let moved: Vec<Vec<f64>> = (0..p).map(unit).collect();
        for k in 0..p {
            for (place, variance) in variances.iter_mut().enumerate() {
                let along = |j: usize| (moved[j][place] - origin[place]) * inverse[(j, k)] / lengths[j];
                *variance += (0..p).map(along).sum::<f64>().powi(2);
            }
        }
        let own = |(place, variance): (usize, &f64)| {
            if self.freedom(&self.law().spec().parameters[place].name) == Freedom::Fixed {
                return 0.0;
            }
            scale * variance.sqrt() * coordinates.slope(place, self.parameters[place])
        };
        Ok(variances.iter().enumerate().map(own).collect())
    }
}
