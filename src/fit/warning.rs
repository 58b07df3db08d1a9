//! What to know before believing a fit.

mod collect;
mod contradicted;
mod document;
mod far_off;
mod grave;
mod held_above;
mod kinds;
mod lost;
mod pruning;
mod replicates;
mod richer;
mod runs;
mod text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Change, End, SparseDeparture};
use crate::Rho;
use crate::document::unbounded;
use crate::finding::Finding;
pub(super) use collect::{collect, tell_exchanges};
pub(super) use richer::richer;
pub(super) use runs::effective_runs;

/// Something about a fit that a planner should know, with what to do. Documents hold its `kind`, its fields and its sentence (`message`).
///
/// ```
/// use nbar::fit::Warning;
/// let warning = Warning::TermVanished { term: "A".to_owned(), constant: false };
/// assert!(warning.is_disqualifying());
/// assert!(warning.to_string().starts_with("the term of A has vanished"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", remote = "Self")]
#[non_exhaustive]
pub enum Warning {
    /// Something grave about the sweep itself, as [`inspect`](crate::inspect()) finds it.
    Finding {
        /// What was found.
        finding: Finding,
    },
    /// Every run has the same loss: nothing tells what they differ by.
    OneLoss {
        /// That loss.
        loss: f64,
    },
    /// The loss of the law rises with parameters, tokens or compute over the sweep: losses may be inverted, or no losses.
    LossRises {
        /// What it rises with.
        with: Vec<String>,
        /// The least share of the draws in which it does; 1 for a fit without draws.
        share: f64,
    },
    /// A term adds nothing to the loss on any row: its coefficient and exponents are not identified.
    TermVanished {
        /// The coefficient of the term.
        term: String,
        /// Whether it is a constant, which depends on nothing.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        constant: bool,
    },
    /// Parameters of a law that is no sum of powers that change no prediction at the optimum: what they shape has vanished.
    Idle {
        /// Which ones.
        parameters: Vec<String>,
    },
    /// The inputs cannot tell some parameters, whatever the losses.
    Unidentified {
        /// Those that change no prediction.
        inert: Vec<String>,
        /// Pairs of coefficients whose terms are the same.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        alike: Vec<[String; 2]>,
        /// Pairs of coefficients whose terms can change places, as their inputs rise together on every row.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        exchanged: Vec<[String; 2]>,
    },
    /// A parameter runs off, and the runs do not tell the law from what it is in the limit: the fit is of that.
    AtLimit {
        /// The parameter.
        parameter: String,
        /// What the law has in the limit: "the final count".
        limit: String,
    },
    /// An input takes too few different values for its term to be identified.
    FewDistinct {
        /// The input.
        input: String,
        /// How many different values it takes.
        distinct: usize,
    },
    /// The best point is not proven stationary.
    NotConverged {
        /// Relative gradient there.
        #[serde(deserialize_with = "unbounded")]
        gradient: f64,
        /// ρ of the fit; saved as `loss`.
        #[serde(default, rename = "loss")]
        rho: Rho,
        /// Parameters that have left the ranges of the search far behind: the optimum is at infinity, or at 0.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        astray: Vec<String>,
    },
    /// The optimum is a region and not a point: fewer residuals lie where ρ is curved than there are parameters.
    FlatOptimum {
        /// Residuals within δ.
        inside: usize,
        /// Free parameters of the law whose terms have not vanished.
        parameters: usize,
        /// ρ of the fit; saved as `loss`.
        #[serde(default, rename = "loss")]
        rho: Rho,
    },
    /// Some parameters can be changed together with hardly any effect on any run of the sweep.
    Overlap {
        /// Which ones.
        parameters: Vec<String>,
        /// Least eigenvalue of JᵀJ with columns of length 1: 0 is no difference at all.
        overlap: f64,
        /// Least and most tokens per parameter, if N and D rise together.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tokens_per_param: Option<[f64; 2]>,
    },
    /// A parameter is at an end of the range that it is bounded to, and the objective would fall beyond.
    AtBound {
        /// The parameter.
        parameter: String,
        /// The bound, in the parameter's own unit.
        bound: f64,
        /// Which end it is.
        end: End,
    },
    /// One start alone found the optimum.
    LonelyOptimum {
        /// Number of starts tried.
        tried: usize,
    },
    /// Another minimum is about as good.
    NearTie {
        /// Objective of the other over that of the optimum.
        ratio: f64,
    },
    /// The runs depart from the law by more than they scatter.
    LackOfFit {
        /// Root mean square of the departure over the runs, in ln L.
        departure: f64,
        /// p of the F test.
        p: f64,
        /// Laws of more parameters that these runs could carry.
        laws: Vec<String>,
    },
    /// So few runs, or clusters of runs, that intervals drawn from them are too narrow.
    FewRuns {
        /// Effective number: (Σ w)² / Σ w² over the weights of the runs or clusters.
        effective: f64,
        /// Whether clusters are counted.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        clusters: bool,
    },
    /// So few runs in a group for its own parameters that the fit goes through them, or nearly so.
    FewInGroup {
        /// The group.
        group: String,
        /// Effective number of its runs or clusters.
        effective: f64,
        /// Parameters that it has alone.
        parameters: usize,
    },
    /// Losses are the least of whole curves, and so biased low.
    LossAtMinimum {
        /// Least and most rows of a run.
        rows: [usize; 2],
    },
    /// Another δ gives another law.
    DeltaMatters {
        /// The other δ.
        delta: f64,
        /// What changes most.
        change: Change,
    },
    /// A constant of the law is held above losses, which the law then cannot reach.
    HeldAbove {
        /// The constant.
        parameter: String,
        /// Where it is held.
        value: f64,
        /// Rows whose loss is lower by more than 2 %.
        rows: usize,
        /// All rows.
        of: usize,
    },
    /// Some runs lie far off the law, beside how far the others do: a tenth of them at most, or more that stand apart.
    FarOff {
        /// Which ones, the farthest first.
        runs: Vec<String>,
        /// ln L less that of the law, of the farthest.
        farthest: f64,
        /// How many times as far as half of the rows; infinite where those lie on the law.
        #[serde(deserialize_with = "unbounded")]
        times: f64,
    },
    /// A handful of runs decides about the law.
    InfluentialRuns {
        /// Which ones, in the order in which they were left out.
        runs: Vec<String>,
        /// What changes most without them.
        change: Change,
    },
    /// The interval of a parameter from the bootstrap and that from its profile differ much in length.
    IntervalsDisagree {
        /// The parameter.
        parameter: String,
        /// Length of the bootstrap's interval; of its logarithm, for a coefficient.
        #[serde(deserialize_with = "unbounded")]
        bootstrap: f64,
        /// Length of the profile's, likewise.
        #[serde(deserialize_with = "unbounded")]
        profile: f64,
    },
    /// A question lies beyond the sweep.
    ExtrapolatesBeyond {
        /// What lies beyond: flops, params, tokens or tokens a parameter.
        what: String,
        /// By what factor.
        factor: f64,
    },
    /// A question lies below the sweep.
    ExtrapolatesBelow {
        /// What lies below: flops, params, tokens or tokens a parameter.
        what: String,
        /// By what factor.
        factor: f64,
    },
    /// A column that the law reads has a value outside those of the sweep.
    OutsideColumn {
        /// The column.
        column: String,
        /// What is asked for.
        value: f64,
        /// The least and the greatest among the runs.
        fitted: [f64; 2],
    },
    /// Sparse runs do not lie on the law that the dense ones alone lead to.
    SparseDepart {
        /// Which runs, and how far they lie from it; the farthest first.
        departures: Vec<SparseDeparture>,
        /// Share of sweeps of which this is said, at most, where all runs lie on the law.
        level: f64,
    },
    /// No two pruning windows of the sweep occur with one final sparsity: what a window does is not told from what the sparsity does.
    WindowsAlike {
        /// The windows.
        windows: Vec<String>,
    },
    /// Runs that a column of the sweep tells apart lie apart from one law.
    KindsApart {
        /// The column.
        column: String,
        /// Mean of ln L less that of the law, by what the column says of three runs or more.
        departures: BTreeMap<String, f64>,
        /// Probability of kinds as far apart where the column says nothing.
        p: f64,
        /// Whether the fit is by these, and shares parameters.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        shared: bool,
    },
    /// Runs of one size, or of one length, lie together about the law: intervals that take each for a run of its own are too narrow.
    SharedNoise {
        /// What they have in common: params or tokens.
        of: String,
        /// Probability of runs as near to each other where they share nothing.
        p: f64,
    },
    /// The groups of a fit by groups differ in what they share.
    SharingDiffers {
        /// The parameters that they share.
        shared: Vec<String>,
        /// Probability of groups as different by chance (F test against a fit of each alone).
        p: f64,
    },
    /// A run is pruned over a window that lies outside those that were fitted.
    OutsideWindows {
        /// Where it starts and ends, as shares of the tokens.
        window: [f64; 2],
        /// The first and the last start among the runs.
        fitted_start: [f64; 2],
        /// The first and the last end.
        fitted_end: [f64; 2],
    },
    /// The runs contradict a prior: without priors the parameter lies far from its centre.
    PriorContradicted {
        /// The parameter.
        parameter: String,
        /// What it is without priors.
        value: f64,
        /// How many standard deviations, of both together, that is above the centre.
        by: f64,
    },
    /// The runs contradict the value at which a parameter is fixed: where nothing is fixed it lies more than 3 standard deviations away.
    FixContradicted {
        /// The parameter.
        parameter: String,
        /// The value at which it is fixed.
        fixed: f64,
        /// What it is where nothing is fixed.
        value: f64,
        /// How many standard deviations that is above the fixed value.
        by: f64,
    },
    /// A run is pruned, and no run that was fitted is said to be.
    NoneWasPruned,
    /// A run of known size and length is asked about, and of the runs that were fitted FLOPs alone are known.
    SplitUntold,
    /// A run ends sparser than any that was fitted, by more than a factor of two in what is left of it.
    SparserThanRuns {
        /// Its final sparsity.
        sparsity: f64,
        /// The greatest among the runs.
        fitted: f64,
    },
    /// A run is dense, or ends less than half as sparse as any that was fitted, and each of those is pruned.
    DenserThanRuns {
        /// Its final sparsity.
        sparsity: f64,
        /// The least among the runs.
        fitted: f64,
    },
    /// One cut is the best window, which the form of the law favours whatever its parameters: what runs that were cut at once say of that.
    BestIsOneCut {
        /// Their rows.
        rows: usize,
        /// Mean of ln L less that of the law.
        departure: f64,
    },
    /// In some draws the law has no optimum on a budget.
    NoOptimum {
        /// In how many.
        draws: usize,
        /// Of how many.
        of: usize,
    },
    /// In some draws the law does not come down to the loss that is asked for.
    NotReachable {
        /// Share of the draws in which it does.
        probability: f64,
    },
    /// In some replicates a coefficient runs off to 0 or to infinity, or an exponent to infinity: the runs do not bound it on that side.
    RunsOff {
        /// The coefficient or exponent.
        parameter: String,
        /// Share of the replicates in which it goes to infinity.
        to_infinity: f64,
        /// Share in which it goes to 0.
        to_zero: f64,
    },
    /// The losses follow the law exactly: they were computed, not measured.
    Exact,
    /// Some replicates did not converge and are left out of the intervals. If most did not, those that are left are a choice of a
    /// kind; if all are said to, too few are left for any interval.
    ReplicatesFailed {
        /// How many.
        failed: usize,
        /// Of how many.
        replicates: usize,
    },
    /// Intervals rest on fewer draws than their level takes: their ends are too near.
    FewDraws {
        /// How many there are.
        draws: usize,
        /// How many the level takes.
        least: usize,
        /// Where some failed, how many replicates make that many if as many fail again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replicates: Option<usize>,
    },
    /// An observer stopped the replicates: intervals rest on the first of them.
    Partial {
        /// How many were made.
        made: usize,
        /// Of how many.
        replicates: usize,
        /// Audits that found a lower minimum: not every replicate was refitted from there.
        disagreed: usize,
    },
    /// The fit was saved without a checksum of its draws.
    NoChecksum,
}
