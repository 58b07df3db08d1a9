//! What a budget of compute should buy.

use serde::{Deserialize, Serialize};

use crate::bootstrap::{Ensemble, Estimate};
use crate::fit::{Fit, Freedom, Warning, loss_at};
use crate::{Error, Result};

/// The coefficients of a separable law `L = E + A/N^α + B/D^β`.
///
/// ```
/// use nbar::allocate::Separable;
/// // Hoffmann et al. (2022), approach 3, as published.
/// let law = Separable { e: 1.69, a: 406.4, b: 410.7, alpha: 0.34, beta: 0.28 };
/// let (n, d) = law.optimum(5.76e23);
/// assert!((6.0 * n * d / 5.76e23 - 1.0).abs() < 1e-12);
/// // At the optimum a token and a parameter buy equal losses: αA/N^α = βB/D^β.
/// assert!((0.34 * 406.4 / n.powf(0.34) / (0.28 * 410.7 / d.powf(0.28)) - 1.0).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(clippy::exhaustive_structs)]
pub struct Separable {
    /// E, nats a token.
    pub e: f64,
    /// A.
    pub a: f64,
    /// B.
    pub b: f64,
    /// α.
    pub alpha: f64,
    /// β.
    pub beta: f64,
}

impl Separable {
    /// The N and D of least loss at `flops = 6 N D`:
    /// `G = (αA/(βB))^(1/(α+β))`, `N* = G (C/6)^(β/(α+β))`, `D* = (C/6)^(α/(α+β)) / G`
    /// (Hoffmann et al. 2022, eq. 4).
    #[must_use]
    pub fn optimum(&self, flops: f64) -> (f64, f64) {
        let Self { a, b, alpha, beta, .. } = self;
        let sum = alpha + beta;
        // In logs: B alone may be 1e90 when its exponent is 10.
        let ln_g = ((alpha / beta).ln() + a.ln() - b.ln()) / sum;
        let ln_c = (flops / 6.0).ln();
        ((ln_g + beta / sum * ln_c).exp(), (alpha / sum * ln_c - ln_g).exp())
    }
}

impl Fit {
    /// `a_opt = β/(α+β)` and `b_opt = α/(α+β)`: the powers of compute by which N* and D* grow. None for laws
    /// that are not of the form E + A/N^α + B/D^β.
    #[must_use]
    pub fn optimum_exponents(&self) -> Option<(f64, f64)> {
        let law = separable(self, &self.parameters)?;
        Some((law.beta / (law.alpha + law.beta), law.alpha / (law.alpha + law.beta)))
    }
}

/// The law's coefficients by name, if it is separable.
pub(crate) fn separable(fit: &Fit, parameters: &[f64]) -> Option<Separable> {
    let of = |name: &str| {
        let index = fit.law().parameters().iter().position(|p| p.name == name)?;
        parameters.get(index).copied()
    };
    // What the sweep does not identify is no ground for an optimum.
    let unknown = |name: &&str| fit.freedom(name) == Freedom::Unidentified;
    if ["A", "B", "alpha", "beta"].iter().any(unknown) {
        return None;
    }
    let alpha = of("alpha")?;
    let beta = match fit.law().name() {
        crate::law::CHINCHILLA => of("beta")?,
        crate::law::TIED => alpha,
        _ => return None,
    };
    Some(Separable { e: of("E")?, a: of("A")?, b: of("B")?, alpha, beta })
}

/// How the sizes of a pruned run relate: each over N̄.
///
/// ```
/// let dense = nbar::allocate::SizeRatios::default();
/// assert_eq!((dense.initial, dense.law, dense.last), (1.0, 1.0, 1.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(clippy::exhaustive_structs)]
pub struct SizeRatios {
    /// N₀ / N̄.
    pub initial: f64,
    /// The law's N over N̄.
    pub law: f64,
    /// N_final / N̄.
    pub last: f64,
}

impl Default for SizeRatios {
    /// A dense run.
    fn default() -> Self {
        Self { initial: 1.0, law: 1.0, last: 1.0 }
    }
}

/// The compute-optimal run of a budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Allocation {
    /// N₀.
    pub initial_params: Estimate,
    /// N̄.
    pub average_params: Estimate,
    /// Parameters left at the end.
    pub final_params: Estimate,
    /// D.
    pub tokens: Estimate,
    /// D / N̄.
    pub tokens_per_param: Estimate,
    /// C = 6 N̄ D, as asked for.
    pub flops: Estimate,
    /// Loss of the run, nats a token.
    pub loss: Estimate,
    /// What to know before believing it.
    pub warnings: Vec<Warning>,
}

impl Ensemble {
    /// The compute-optimal run of `flops = 6 N̄ D` training FLOPs; `ratios` say how it is pruned, if it is.
    ///
    /// ```
    /// # use nbar::{BootstrapOptions, FitOptions, ObservationOptions, Sweep, fit_scaling_law};
    /// # use nbar::allocate::SizeRatios;
    /// # let sweep = Sweep::from_csv_path("data/overtraining.csv")?;
    /// # let fit = fit_scaling_law(&sweep.observations(&ObservationOptions::default())?, &FitOptions::default())?;
    /// # let ensemble = fit.bootstrap(&BootstrapOptions::default().with_replicates(200))?;
    /// let run = ensemble.allocate(1e21, SizeRatios::default())?;
    /// let flops = 6.0 * run.average_params.estimate * run.tokens.estimate;
    /// assert!((flops / 1e21 - 1.0).abs() < 1e-12);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the budget is not positive and finite, or the law has no closed form.
    pub fn allocate(&self, flops: f64, ratios: SizeRatios) -> Result<Allocation> {
        if !(flops.is_finite() && flops > 0.0) {
            let expected = "a positive, finite number";
            return Err(Error::InvalidNumber { name: "flops".to_owned(), value: flops, expected });
        }
        if !self.fit.unidentified.is_empty() {
            let names: Vec<&str> = self.fit.unidentified.iter().map(|u| u.parameter.as_str()).collect();
            return Err(Error::Unanswerable {
                question: "allocate",
                problem: format!("the sweep does not identify {}", names.join(", ")),
                remedy: "see the warnings of the fit",
            });
        }
        if separable(&self.fit, &self.fit.parameters).is_none() {
            return Err(Error::Unanswerable {
                question: "allocate",
                problem: format!("the {} law has no closed form for the optimum", self.fit.law().name()),
                remedy: "fit the chinchilla law",
            });
        }
        // The law sees N = ratio · N̄, so a budget of C in N̄ is one of ratio · C in the law's own N.
        let optimum = |parameters: &[f64]| {
            separable(&self.fit, parameters)
                .map_or((f64::NAN, f64::NAN), |law| law.optimum(flops * ratios.law))
        };
        let average = |parameters: &[f64]| optimum(parameters).0 / ratios.law;
        let average_params = self.estimate(average);
        let tokens = self.estimate(|p| optimum(p).1);
        let far = self.fit.extrapolation(
            ratios.law * average_params.estimate,
            average_params.estimate,
            tokens.estimate,
        );
        let warnings = (far.flops > 1.0)
            .then(|| Warning::ExtrapolatesBeyond { what: "flops".to_owned(), factor: far.flops });
        Ok(Allocation {
            initial_params: self.estimate(|p| ratios.initial * average(p)),
            average_params,
            final_params: self.estimate(|p| ratios.last * average(p)),
            tokens,
            tokens_per_param: self.estimate(|p| optimum(p).1 / average(p)),
            flops: Estimate { estimate: flops, std_error: 0.0, interval: [flops, flops] },
            loss: self.estimate(|p| {
                let (n, d) = optimum(p);
                loss_at(self.fit.law(), p, n, d)
            }),
            warnings: warnings.into_iter().collect(),
        })
    }
}
