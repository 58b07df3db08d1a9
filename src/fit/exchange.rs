//! Two terms that can change places, as their inputs rise together: which is which no loss tells.

use super::{Fit, Freedom};
use crate::law::{Power, Product};

/// Rounding of counts, in ln: tokens are whole.
const ROUNDING: f64 = 1e-6;
/// Rows this near a line, in ln, may be fitted about as well with the terms in each other's places.
const NEAR: f64 = 0.5;

/// Two terms, each a coefficient times a power of one column, whose columns are powers of each other on every row:
/// `ln x₂ = rate ln x₁ + level`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Exchange {
    /// The places of the coefficients.
    pub(super) coefficients: [usize; 2],
    powers: [Power; 2],
    rate: f64,
    level: f64,
}

impl Fit {
    /// Finds the exchanges, which the options, the rows and the parameters tell.
    pub(crate) fn find_exchanges(&mut self) {
        self.exchanges = Exchange::all(self, ROUNDING);
    }

    /// The parameters with terms in each other's places, where the rows are near a line on which these could: a replicate may be lower there.
    pub(crate) fn exchanged(&self) -> impl Iterator<Item = Vec<f64>> {
        Exchange::all(self, NEAR).into_iter().map(|exchange| exchange.of(&self.parameters))
    }
}

impl Exchange {
    /// The exchanges that leave the fit's loss as it is on every row, if all are so near to a line, and each parameter in its bounds.
    fn all(fit: &Fit, near: f64) -> Vec<Self> {
        let Some(law) = fit.law().as_power_sum() else { return Vec::new() };
        let products = law.products();
        let names = &fit.law().spec().parameters;
        let is_free = |place: usize| {
            let name = &*names[place].name;
            let of = |own: &str| own == name;
            let options = &fit.options;
            let held = options.priors.iter().any(|(own, _)| of(own))
                || options.tied.iter().any(|(a, b)| of(a) || of(b));
            !held && fit.freedom(name) == Freedom::Free && !fit.has_vanished(name)
        };
        let is_alone = |product: &Product| {
            let [power] = product.powers.as_slice() else { return false };
            let shares = |other: &&Product| {
                other.coefficient == product.coefficient
                    || other.powers.iter().any(|own| own.exponent == power.exponent)
            };
            product.is_bare() && products.iter().filter(shares).count() == 1
        };
        let alone: Vec<&Product> = products.iter().filter(|product| is_alone(product)).collect();
        let columns = fit.law().spec().columns(&fit.rows).unwrap_or_default();
        let mut found = Vec::new();
        for (place, first) in alone.iter().enumerate() {
            for second in &alone[place + 1..] {
                let powers = [first.powers[0], second.powers[0]];
                let Some((rate, level)) = line(powers.map(|power| columns[power.column].as_slice()), near)
                else {
                    continue;
                };
                let coefficients = [first.coefficient, second.coefficient];
                let exchange = Self { coefficients, powers, rate, level };
                let exchanged = exchange.of(&fit.parameters);
                let bounded = |(name, [low, high]): &(String, [f64; 2])| {
                    fit.law().spec().place(name).is_none_or(|j| (*low..=*high).contains(&exchanged[j]))
                };
                let all = coefficients.into_iter().chain(powers.map(|power| power.exponent));
                // Exponents change their signs where one input falls as the other rises.
                if exchanged.iter().all(|x| x.is_finite())
                    && rate * powers[0].sign * powers[1].sign > 0.0
                    && fit.options.bounds.iter().all(bounded)
                    && all.into_iter().all(is_free)
                {
                    found.push(exchange);
                }
            }
        }
        found
    }

    /// The place of an exponent which, if it is given, tells the terms apart.
    pub(super) fn exponent(&self) -> usize {
        self.powers[0].exponent
    }

    /// The same with the terms in each other's places: the loss of every row stays what it is.
    pub(super) fn of(&self, parameters: &[f64]) -> Vec<f64> {
        let Self { coefficients: [c, d], powers: [p, q], rate, level } = *self;
        let mut other = parameters.to_vec();
        other[p.exponent] = rate * parameters[q.exponent] * q.sign / p.sign;
        other[q.exponent] = parameters[p.exponent] * p.sign / (rate * q.sign);
        // What each exponent multiplies.
        let [first, second] = [p.sign * parameters[p.exponent], q.sign * parameters[q.exponent]];
        other[c] = parameters[d] * (second * (level - q.ln_unit + rate * p.ln_unit)).exp();
        other[d] = parameters[c] * (first * ((q.ln_unit - level) / rate - p.ln_unit)).exp();
        other
    }
}

/// The line `ln y = rate ln x + level` near which all rows lie; none where they do not, or are one point.
fn line([x, y]: [&[f64]; 2], near: f64) -> Option<(f64, f64)> {
    let by_value = |a: &usize, b: &usize| x[*a].total_cmp(&x[*b]);
    let low = (0..x.len()).min_by(by_value)?;
    let high = (0..x.len()).max_by(by_value)?;
    let rate = (y[high] / y[low]).ln() / (x[high] / x[low]).ln();
    let level = y[low].ln() - rate * x[low].ln();
    let on = |(x, y): (&f64, &f64)| (rate * x.ln() + level - y.ln()).abs() <= near;
    (rate.is_finite() && rate != 0.0 && x.iter().zip(y).all(on)).then_some((rate, level))
}

#[cfg(test)]
mod tests {
    use crate::fit::{Prior, Warning};
    use crate::{FitOptions, Observations, fit_scaling_law};

    /// Twelve runs of `D = 20 N`, the longest longer by a factor.
    fn rows(longer: f64) -> Observations {
        let n: Vec<f64> = (0..12).map(|i| 1e7 * 1.5f64.powi(i)).collect();
        let d: Vec<f64> =
            n.iter().enumerate().map(|(i, n)| 20.0 * n * if i == 11 { longer } else { 1.0 }).collect();
        let noise = [1.0, -2.0, 0.5, 1.5, -1.0, 0.3, -0.6, 1.1, -0.2, -1.2, 0.8, -0.4];
        let loss = |((n, d), e): ((&f64, &f64), f64)| {
            (1.69 + 4e3 / n.powf(0.5) + 30.0 / d.powf(0.2)) * f64::exp(1e-5 * e)
        };
        let loss = n.iter().zip(&d).zip(noise).map(loss).collect();
        Observations::new(n, d, loss).unwrap()
    }

    fn exchanged(rows: &Observations, options: &FitOptions) -> bool {
        let fit = fit_scaling_law(rows, options).unwrap();
        let said =
            |w: &Warning| matches!(w, Warning::Unidentified { exchanged, .. } if !exchanged.is_empty());
        let found = fit.warnings.iter().any(said);
        for (_, other) in fit.alternatives(&fit.parameters) {
            for (n, d) in rows.params().iter().zip(rows.tokens()) {
                let [own, other] = [&fit.parameters, &other].map(|p| fit.law().loss(p, &[*n, *d]));
                assert!((own / other - 1.0).abs() < 1e-9, "{own} {other}");
            }
        }
        assert!(!(found && fit.is_trustworthy()));
        found
    }

    #[test]
    fn terms_change_places_where_d_is_a_power_of_n_and_nothing_is_known_of_either() {
        let plain = FitOptions::default().with_jobs(1);
        assert!(exchanged(&rows(1.0), &plain));
        assert!(!exchanged(&rows(1.3), &plain));
        assert!(!exchanged(&rows(1.0), &plain.clone().with_fixed("alpha", 0.5)));
        assert!(!exchanged(
            &rows(1.0),
            &plain.clone().with_prior("beta", Prior::Normal { centre: 0.2, s: 0.02 })
        ));
        let apart = plain.with_bound("alpha", 0.3..=0.7).with_bound("beta", 0.05..=0.2999);
        assert!(!exchanged(&rows(1.0), &apart));
    }
}
