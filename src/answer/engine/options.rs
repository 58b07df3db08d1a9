//! What a run may be, and what it will serve.

use super::checks::positive;
use super::limited_by::LimitedBy;
use super::prices::Prices;
use super::shape::RunShape;
use crate::{Error, Result};

/// Bytes of a parameter that is served, unless others are given.
pub(crate) const BYTES: f64 = 2.0;

/// Bytes of a network that is served: so many for each parameter that is left, and a bit for each that could have been pruned.
pub(crate) fn served_bytes(of_param: f64, left: f64, masked: f64) -> f64 {
    of_param * left + masked / 8.0
}

/// What a run may be, and what it will serve.
///
/// ```
/// use nbar::answer::{AllocationOptions, RunShape};
/// let options = AllocationOptions::default().with_max_tokens(15e12).with_inference_tokens(2e12);
/// assert_eq!((options.max_tokens, options.inference_tokens), (Some(15e12), 2e12));
/// assert!(options.shape == RunShape::default() && options.max_params.is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct AllocationOptions {
    /// How the run is pruned. Default: not at all.
    pub shape: RunShape,
    /// The most tokens to train on. Default: no limit.
    pub max_tokens: Option<f64>,
    /// The most parameters before pruning, N₀. Default: no limit.
    pub max_params: Option<f64>,
    /// The most bytes of the counted parameters when served: [`served_bytes_ratio`](Self::served_bytes_ratio) N̄. Default: no limit.
    pub max_memory: Option<f64>,
    /// Bytes of a parameter that is served. Default 2.
    pub bytes_per_param: Option<f64>,
    /// The most seconds of a served token: 2 [`served_ratio`](Self::served_ratio) N̄ / `flops_per_second`. Default: no limit.
    pub max_latency: Option<f64>,
    /// FLOPs a second with which one token after the other is served. Needed by `max_latency`.
    pub flops_per_second: Option<f64>,
    /// Different tokens that there are, for laws of repeated data. A run sees the lesser of these and its own.
    pub unique_tokens: Option<f64>,
    /// Tokens that the trained network will read or write, T. Default 0.
    pub inference_tokens: f64,
    /// By what factor the pruned network is served faster than the dense one of N₀ parameters: a served token costs
    /// 2 N₀ / speedup FLOPs. Default: the ideal, N₀/N_final, so that it costs 2 N_final.
    pub sparse_speedup: Option<f64>,
    /// What compute costs, for the bill of each run. Default: unknown.
    pub prices: Prices,
}

impl AllocationOptions {
    setters! {
        /// Prunes the run.
        with_shape(shape: RunShape);
        /// The most tokens to train on.
        with_max_tokens(max_tokens: f64);
        /// The most parameters before pruning.
        with_max_params(max_params: f64);
        /// The most bytes of the network when served.
        with_max_memory(max_memory: f64);
        /// Bytes of a parameter that is served.
        with_bytes_per_param(bytes_per_param: f64);
        /// The most seconds of a served token.
        with_max_latency(max_latency: f64);
        /// FLOPs a second of serving.
        with_flops_per_second(flops_per_second: f64);
        /// Different tokens that there are.
        with_unique_tokens(unique_tokens: f64);
        /// Tokens that the network will serve.
        with_inference_tokens(inference_tokens: f64);
        /// By what factor pruning makes serving faster.
        with_sparse_speedup(sparse_speedup: f64);
        /// What compute costs.
        with_prices(prices: Prices);
    }

    /// Parameters that a served token costs 2 FLOPs each for, over N̄: N_final, or N₀ over the speedup.
    #[must_use]
    pub fn served_ratio(&self) -> f64 {
        let ratios = self.shape.ratios(crate::Size::Final);
        self.sparse_speedup.map_or(ratios.last, |speedup| ratios.initial / speedup)
    }

    /// Bytes of the network when served, over N̄: those of the parameters that are left, and for a sparse network a bit for each of N₀
    /// that says which.
    ///
    /// ```
    /// # use nbar::answer::AllocationOptions;
    /// assert_eq!(AllocationOptions::default().served_bytes_ratio(), 2.0);
    /// ```
    #[must_use]
    pub fn served_bytes_ratio(&self) -> f64 {
        let ratios = self.shape.ratios(crate::Size::Final);
        let masked = if self.shape.is_dense() { 0.0 } else { ratios.initial };
        served_bytes(self.bytes_per_param.unwrap_or(BYTES), ratios.last, masked)
    }

    /// The most N̄ that the caps leave, and the cap that leaves no more.
    pub(super) fn most_params(&self) -> (f64, LimitedBy) {
        let initial = self.shape.ratios(crate::Size::Initial).initial;
        let latency = self.max_latency.zip(self.flops_per_second);
        let caps = [
            (self.max_params.map(|most| most / initial), LimitedBy::MaxParams),
            (self.max_memory.map(|most| most / self.served_bytes_ratio()), LimitedBy::MaxMemory),
            (latency.map(|(most, flops)| most * flops / (2.0 * self.served_ratio())), LimitedBy::MaxLatency),
        ];
        let caps = caps.into_iter().filter_map(|(most, by)| Some((most?, by)));
        caps.fold(
            (f64::INFINITY, LimitedBy::MaxParams),
            |least, cap| if cap.0 < least.0 { cap } else { least },
        )
    }

    /// Serving FLOPs over N̄: 2 T times [`served_ratio`](Self::served_ratio).
    pub(super) fn serving(&self) -> f64 {
        2.0 * self.inference_tokens * self.served_ratio()
    }

    /// All that does not depend on the shape.
    pub(crate) fn validate_numbers(&self) -> Result<()> {
        let caps = [
            ("max_tokens", self.max_tokens),
            ("max_params", self.max_params),
            ("max_memory", self.max_memory),
            ("bytes_per_param", self.bytes_per_param),
            ("max_latency", self.max_latency),
            ("flops_per_second", self.flops_per_second),
            ("unique_tokens", self.unique_tokens),
            ("sparse_speedup", self.sparse_speedup),
        ];
        for (name, value) in caps {
            value.map_or(Ok(()), |value| positive(name, value))?;
        }
        if let (Some(latency), None) = (self.max_latency, self.flops_per_second) {
            let remedy = "give what serves a token: `flops_per_second=1e14`";
            return Err(Error::option("max_latency", latency, "needs `flops_per_second`", remedy));
        }
        if let (Some(flops), None) = (self.flops_per_second, self.max_latency) {
            let problem = "has no effect without `max_latency`";
            return Err(Error::option("flops_per_second", flops, problem, "leave it out"));
        }
        if !(self.inference_tokens >= 0.0 && self.inference_tokens.is_finite()) {
            let problem = "is not a finite number, at least 0";
            let remedy = "give 0 for a model that serves nothing";
            return Err(Error::value("inference_tokens", self.inference_tokens, problem, remedy));
        }
        self.prices.validate()
    }

    pub(crate) fn validate(&self) -> Result<()> {
        self.validate_numbers()?;
        let ratios = self.shape.ratios(crate::Size::Final);
        self.check_speedup(ratios.initial / ratios.last, self.shape.is_dense(), "of these runs")
    }

    /// Refuses a speedup above N0/N_final, which no network of these runs has, and any where they are dense.
    pub(crate) fn check_speedup(&self, ideal: f64, is_dense: bool, of: &str) -> Result<()> {
        match self.sparse_speedup {
            Some(speedup) if is_dense || speedup > ideal * (1.0 + 1e-9) => {
                let most = (1e3 * ideal).floor() / 1e3;
                let problem = format!("is above the ideal {of}, N0/N_final = {most}");
                let remedy = if is_dense {
                    "leave it out".to_owned()
                } else {
                    format!("give at most {most}, or leave it out for the ideal")
                };
                Err(Error::value("sparse_speedup", speedup, &problem, remedy))
            }
            _ => Ok(()),
        }
    }
}
