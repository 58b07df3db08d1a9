//! A law whose parameters are given, with no runs behind them.

use std::sync::Arc;

use super::{Fit, FitOptions};
use crate::law::{Law, Scale, fitted};
use crate::optimize::Termination;
use crate::{Error, Observations, Result};

/// An exponent so many times as large as any that a fit starts from is a slip.
const FAR: f64 = 10.0;

impl Fit {
    /// A law whose parameters are all given: published ones, say. Its N is the average count.
    ///
    /// It has no observations. What it answers has no intervals ([`Ensemble::without_draws`](crate::Ensemble::without_draws)), and
    /// no distance from a sweep.
    ///
    /// ```
    /// use nbar::{Fit, law::by_name};
    /// let constants = [("E", 1.69), ("A", 406.4), ("B", 410.7), ("alpha", 0.34), ("beta", 0.28)];
    /// let fit = Fit::of_constants(by_name("chinchilla")?, &constants)?;
    /// let by_hand = 1.69 + 406.4 / 7e10f64.powf(0.34) + 410.7 / 1.4e12f64.powf(0.28);
    /// assert!((fit.predict(7e10, 1.4e12)? - by_hand).abs() < 1e-12);
    /// assert!(Fit::of_constants(by_name("chinchilla")?, &constants[1..]).is_err());
    /// let slip = constants.map(|(name, value)| (name, if name == "alpha" { 34.0 } else { value }));
    /// assert!(Fit::of_constants(by_name("chinchilla")?, &slip).is_err());
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the law has no parameter of a name, one is given twice or not at all, or a value is not one that it may have.
    pub fn of_constants(law: Arc<dyn Law>, constants: &[(&str, f64)]) -> Result<Self> {
        let declared = &law.spec().parameters;
        let mut parameters = vec![f64::NAN; declared.len()];
        for (name, value) in constants {
            let said = || format!("{name}={value}");
            let Some(place) = law.spec().place(name) else {
                return Err(Error::unknown("set", name, &names(law.as_ref()).join(", ")));
            };
            if !parameters[place].is_nan() {
                return Err(Error::option("set", said(), "gives a parameter twice", "remove one"));
            }
            parameters[place] = *value;
            if !value.is_finite() || !fitted(declared, &parameters)[place].is_finite() {
                let remedy = "give a finite number, above 0 for a coefficient";
                return Err(Error::option("set", said(), "is no value of this parameter", remedy));
            }
            let own = &declared[place];
            if own.scale == Scale::Linear && own.low > 0.0 && *value <= 0.0 {
                let (problem, first) = match *value {
                    0.0 => ("is not above 0: its term would be a constant", "give one above 0"),
                    _ => ("is not above 0: the loss would rise with what it falls with", "change its sign"),
                };
                let remedy =
                    format!("{first}; or write the law as text, with a `range` that reaches below 0");
                return Err(Error::option("set", said(), problem, remedy));
            }
            if own.scale == Scale::Linear && own.low > 0.0 && *value > FAR * own.high {
                let problem = format!("is more than {FAR} times the largest start of a fit, {}", own.high);
                let remedy = "see whether the point is missing; or write the law as text, with a `range` that reaches it";
                return Err(Error::option("set", said(), &problem, remedy));
            }
        }
        let missing = |(name, value): (String, &f64)| value.is_nan().then(|| format!("{name}=VALUE"));
        let missing: Vec<String> =
            names(law.as_ref()).into_iter().zip(&parameters).filter_map(missing).collect();
        if !missing.is_empty() {
            let given: Vec<String> =
                constants.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let problem = format!("leaves parameters of the {} law open", law.spec().name);
            let remedy = format!("add {}", missing.join(","));
            return Err(Error::option("set", given.join(","), &problem, remedy));
        }
        let nothing = Observations::new(Vec::new(), Vec::new(), Vec::new())?;
        Ok(Self {
            options: FitOptions::default().with_law(law),
            rows: nothing.clone(),
            observations: nothing,
            parameters,
            objective: 0.0,
            gradient_norm: 0.0,
            termination: Termination::Stationary,
            starts_tried: 0,
            starts_at_optimum: 0,
            starts_unproven: 0,
            minima: Vec::new(),
            unidentified: Vec::new(),
            exchanges: Vec::new(),
            new_runs: None,
            warnings: Vec::new(),
        })
    }

    /// Whether its parameters [were given](Self::of_constants), and no runs with them.
    #[must_use]
    pub fn is_of_constants(&self) -> bool {
        self.observations.is_empty()
    }
}

/// The parameters of a law, in order.
fn names(law: &dyn Law) -> Vec<String> {
    law.spec().parameters.iter().map(|parameter| parameter.name.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::by_name;

    #[test]
    fn what_needs_runs_is_refused() {
        let constants = [("E", 1.69), ("A", 406.4), ("B", 410.7), ("alpha", 0.34), ("beta", 0.28)];
        let fit = Fit::of_constants(by_name("chinchilla").unwrap(), &constants).unwrap();
        assert!(fit.sensitivity().unwrap_err().to_string().contains("constants were given"));
        let squared = Fit { options: FitOptions { rho: crate::Rho::Squared, ..fit.options.clone() }, ..fit };
        assert!(squared.standard_errors().unwrap_err().to_string().contains("constants were given"));
    }
}
