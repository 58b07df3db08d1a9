//! What the law can do near the optimum: J, the derivatives of ln L̂ in what was fitted.

use nalgebra::{DMatrix, DVector};

use super::Fit;
use crate::Result;
use crate::objective::{Residual, Role, evaluate};

/// The derivatives of ln L̂ at the optimum, in the fitted parameters that are neither fixed nor held, nor at a bound.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tangent {
    /// The optimum, on the fitted scale.
    theta: Vec<f64>,
    /// The column of J that each parameter moves; none for what does not move.
    column: Vec<Option<usize>>,
    columns: usize,
    priors: Vec<PriorRow>,
}

/// A prior that decides less of its parameter pulls the law off by next to nothing: it is no row, which would count as one more run.
const DECIDES: f64 = 0.1;

/// A prior as one more row, which says how far a parameter moves.
#[derive(Debug, Clone, Copy, PartialEq)]
struct PriorRow {
    /// Of J.
    column: usize,
    /// From the optimum to its centre.
    distance: f64,
    /// Its precision.
    precision: f64,
    /// The same in units of what one row of J says.
    information: f64,
}

/// What a prior counts by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    /// Rows whose noise is 1.
    Noise,
    /// So many rows, each with the noise of the fit's residuals.
    Rows(usize),
}

impl Tangent {
    pub(crate) fn new(fit: &Fit) -> Result<Self> {
        let coordinates = fit.problem()?.coordinates;
        let theta = coordinates.natural_to_fitted(&fit.parameters);
        let is_free = |place: usize| {
            coordinates.roles()[place] == Role::Free && coordinates.at_bound(place, theta[place]).is_none()
        };
        let free: Vec<usize> = (0..theta.len()).filter(|place| is_free(*place)).collect();
        let place = |place: usize| free.iter().position(|own| *own == place);
        let column = (0..theta.len()).map(|own| match coordinates.roles()[own] {
            Role::Tied(to) => place(to),
            _ => place(own),
        });
        let column: Vec<Option<usize>> = column.collect();
        let priors = if fit.options.priors.is_empty() { Vec::new() } else { priors(fit, &column)? };
        Ok(Self { column, columns: free.len(), theta, priors })
    }

    /// J and what it is to explain, with a row for each prior: what pulled the law off the runs must not be explained by it again.
    pub(crate) fn with_priors(
        &self,
        fit: &Fit,
        columns: DMatrix<f64>,
        y: DVector<f64>,
        by: By,
    ) -> (DMatrix<f64>, DVector<f64>) {
        let (rows, mut columns, mut y) = (y.len(), columns, y);
        if self.priors.is_empty() {
            return (columns, y);
        }
        columns = columns.resize_vertically(rows + self.priors.len(), 0.0);
        y = y.resize_vertically(rows + self.priors.len(), 0.0);
        for (place, prior) in self.priors.iter().enumerate() {
            let root = match by {
                By::Noise => prior.precision,
                By::Rows(seen) => prior.information * seen as f64 / fit.rows.len() as f64,
            }
            .sqrt();
            columns[(rows + place, prior.column)] = root;
            y[rows + place] = root * prior.distance;
        }
        (columns, y)
    }

    /// ln L̂ and J at rows of what the law reads.
    pub(crate) fn at(&self, fit: &Fit, inputs: &[&[f64]]) -> (Vec<f64>, DMatrix<f64>) {
        let rows = inputs.first().map_or(0, |column| column.len());
        let (mut ln_loss, mut jacobian) = (vec![0.0; rows], vec![0.0; rows * self.theta.len()]);
        evaluate(fit.law(), &self.theta, inputs, false, (&mut ln_loss, &mut jacobian));
        let mut own = DMatrix::zeros(rows, self.columns);
        for (column, derivatives) in self.column.iter().zip(jacobian.chunks(rows.max(1))) {
            let Some(column) = column else { continue };
            own.column_mut(*column).iter_mut().zip(derivatives).for_each(|(sum, slope)| *sum += slope);
        }
        (ln_loss, own)
    }

    /// A change of the columns of J as one of every parameter: tied ones move alike, and what is fixed does not.
    pub(crate) fn spread(&self, moved: &DVector<f64>) -> Vec<f64> {
        self.column.iter().map(|column| column.map_or(0.0, |column| moved[column])).collect()
    }

    /// The optimum, on the fitted scale.
    pub(crate) fn theta(&self) -> &[f64] {
        &self.theta
    }
}

/// The priors of parameters that move.
fn priors(fit: &Fit, column: &[Option<usize>]) -> Result<Vec<PriorRow>> {
    let (objective, theta) = fit.objective_at_optimum(fit.options.rho)?;
    let shares = fit.decided_by_priors()?;
    let names = &fit.law().spec().parameters;
    let decides =
        |place: usize| shares.iter().any(|(name, share)| *name == names[place].name && *share >= DECIDES);
    let known = objective.prior_precisions(&theta).into_iter().zip(objective.prior_information(&theta));
    // J is of ln L, and of residuals of L as many times as large.
    let scale = match fit.options.residual {
        Residual::LnLoss => 1.0,
        Residual::Loss => fit.rows.loss().iter().map(|loss| loss * loss).sum::<f64>() / fit.rows.len() as f64,
    };
    let mean = fit.rows.mean_weight() * scale;
    let rows =
        objective.prior_distances(&theta).into_iter().zip(known).filter_map(|((free, distance), known)| {
            let place = objective.coordinates().free()[free];
            let column = column[place].filter(|_| decides(place))?;
            let ((_, precision), (_, information)) = known;
            Some(PriorRow { column, distance, precision, information: information / mean })
        });
    Ok(rows.collect())
}
