//! Warnings in words: what it means, and what to do.

use std::fmt;

use super::contradicted::{of_fix, of_prior};
use super::kinds::{apart, together};
use super::pruning::of_pruning;
use super::replicates::of_replicates;
use super::{End, Warning};
use crate::Rho;
use crate::units::{format_count, format_quantity};

/// A factor in words; none where it is 1 to three digits.
fn times(factor: f64) -> Option<String> {
    Some(format_quantity(factor, 3)).filter(|times| times != "1")
}

/// What is added where a question is so far off that a unit may be missing.
fn slip(factor: f64, is_unlikely: bool) -> &'static str {
    const FAR: f64 = 1e4;
    if is_unlikely && factor > FAR { "; see whether a unit is missing (7B, 1.4T, 1e22)" } else { "" }
}

/// A robust loss like this one with a wider bottom, if there is one: what to ask for.
fn rounder(rho: Rho) -> Option<String> {
    match rho {
        Rho::Huber { .. } => Some("a larger `delta`".to_owned()),
        Rho::Asymmetric { factor, delta } => {
            Some(format!("`rho=asymmetric:{factor}:DELTA` with a DELTA above {delta}"))
        }
        Rho::Laplace => Some("`rho=huber:DELTA` with a DELTA large enough".to_owned()),
        Rho::Squared => None,
    }
}

/// The loss surely rises in this share of the draws or more.
const SURE: f64 = 0.975;

/// What the inputs cannot tell.
fn undetermined([alike, exchanged]: [&[[String; 2]]; 2], inert: &[String]) -> String {
    let mut parts = Vec::new();
    let named = |pairs: &[[String; 2]]| {
        let pairs: Vec<String> = pairs.iter().map(|[a, b]| format!("{a} from {b}")).collect();
        pairs.join(", ")
    };
    if !inert.is_empty() {
        let them = if inert.len() == 1 { "it" } else { "them" };
        parts.push(format!("determine {}: no value of {them} changes any prediction", inert.join(", ")));
    }
    if !alike.is_empty() {
        parts.push(format!("tell {}: their terms are alike on every row", named(alike)));
    }
    if !exchanged.is_empty() {
        parts.push(format!(
            "tell {}: their inputs rise together on every row, so that the two terms can change places",
            named(exchanged)
        ));
    }
    parts.join(", nor ")
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Finding { finding } => write!(f, "{finding}{}", finding.first_places()),
            Warning::LossRises { with, share } => {
                let with = with.join(" and with ");
                if *share < SURE {
                    let percent = format_quantity(100.0 * share, 3);
                    return write!(
                        f,
                        "these runs do not tell that the loss falls with {with}: it rises in {percent} % of the draws, so nothing \
                         is allocated from this fit; add runs that spread sizes and token counts apart"
                    );
                }
                write!(
                    f,
                    "the loss rises with {with}, so nothing is allocated from this fit; see whether losses are inverted, or \
                     accuracies, and whether columns are what they are taken for"
                )
            }
            Warning::TermVanished { term, constant: true } => write!(
                f,
                "{term} has fallen to 0: these runs want no constant, so losses far beyond them may come out too low; add \
                 larger and longer runs, give it (`fix: {term}=VALUE`, `bound: {term}=LOW..HIGH`), or use a law without it, \
                 such as kaplan"
            ),
            Warning::TermVanished { term, .. } => write!(
                f,
                "the term of {term} has vanished: it adds nothing to the loss on any row, so the sweep does not identify {term}; \
                 add runs that differ more in what the term depends on, or use a law without it"
            ),
            Warning::Idle { parameters } => write!(
                f,
                "{} {} no prediction at the optimum, so {} nothing; use a simpler law, or add runs that \
                 show their effect",
                parameters.join(", "),
                if parameters.len() == 1 { "changes" } else { "change" },
                if parameters.len() == 1 { "its value means" } else { "their values mean" },
            ),
            Warning::Unidentified { inert, alike, exchanged } => write!(
                f,
                "this sweep cannot {}; trust predictions for runs like these only, or add runs that the law tells apart ({})",
                undetermined([alike, exchanged], inert),
                if exchanged.is_empty() { "pruned ones, repeated tokens" } else { "other tokens per parameter" }
            ),
            Warning::AtLimit { parameter, limit } => write!(
                f,
                "{parameter} runs off, and these runs do not tell it from its limit, {limit}: the law was fitted there, without an \
                 interval of {parameter}; add runs that differ in when they were pruned, or keep {parameter} in a range \
                 (`bound: {parameter}=LOW..HIGH`)"
            ),
            Warning::FewDistinct { input, distinct: 1 } => write!(
                f,
                "{input} is the same on every row, so its term cannot be told from the constant: its coefficient and exponent \
                 mean nothing; add runs with other values of {input}"
            ),
            Warning::FewDistinct { input, distinct } => write!(
                f,
                "{input} takes only {distinct} different values, so its exponent rests on an assumption; add runs: three values \
                 over a factor of ten are the least"
            ),
            Warning::NotConverged { gradient, rho, astray } => {
                write!(f, "the best point is not proven stationary (relative gradient {gradient:.0e})")?;
                if let Some(last) = astray.last() {
                    return write!(
                        f,
                        ": {} ran off, far beyond where the search looks; keep {last} in a range (`bound: {last}=LOW..HIGH`), \
                         or use a law without it",
                        astray.join(", ")
                    );
                }
                let or = rounder(*rho).map_or(String::new(), |other| format!(" or {other}"));
                write!(f, ", so do not use it; look for wrong rows, or try `starts=random:1000`{or}")
            }
            Warning::FlatOptimum { inside, parameters, rho } => {
                let within = match (rho, inside) {
                    (Rho::Laplace, 1) => "is 0",
                    (Rho::Laplace, _) => "are 0",
                    (_, 1) => "lies within delta",
                    _ => "lie within delta",
                };
                let residuals = format_count(*inside, "residual");
                write!(
                    f,
                    "only {residuals} {within}, fewer than the {parameters} parameters: a whole region fits equally well, \
                     and what is shown is one point of it"
                )?;
                rounder(*rho).map_or(Ok(()), |other| write!(f, "; use {other} for a unique optimum"))
            }
            Warning::Overlap { parameters, overlap, tokens_per_param } => {
                let together = tokens_per_param.map_or(String::new(), |[least, most]| {
                    let (least, most) = (format_quantity(least, 3), format_quantity(most, 3));
                    format!("N and D rise together (tokens per parameter from {least} to {most}), so ")
                });
                write!(
                    f,
                    "{together}{} can change together with hardly any effect on these runs (overlap {overlap:.0e}): their single \
                     values mean little; add runs that spread sizes and token counts wider, each apart from the other",
                    parameters.join(", ")
                )
            }
            Warning::LackOfFit { departure, p, laws } => {
                let percent = format_quantity(100.0 * departure, 2);
                write!(
                    f,
                    "the runs depart from the law by {percent} % of L, more than they scatter (F test, p = {p:.0e}): beyond the \
                     sweep the departure may grow; hold out the largest runs (`nbar holdout`)"
                )?;
                match laws.as_slice() {
                    [] => Ok(()),
                    laws => write!(f, ", and try other laws (`nbar compare` with `laws={}`)", laws.join(",")),
                }
            }
            Warning::FewRuns { effective, clusters: true } => write!(
                f,
                "the sweep has the weight of {} clusters: intervals drawn from so few may be too narrow; \
                 add runs in other clusters",
                format_quantity(*effective, 3)
            ),
            Warning::FewRuns { effective, .. } => write!(
                f,
                "the sweep has the weight of {} runs: a bootstrap of so few sees too little scatter, and its intervals \
                 are too narrow; add runs, or see the profile intervals too (`profile`)",
                format_quantity(*effective, 3)
            ),
            Warning::FewInGroup { group, effective, parameters } => write!(
                f,
                "group '{group}' has the weight of {} for {} of its own: the fit goes through them or nearly so, and \
                 intervals of that group are too narrow; share more parameters (`share`), or add runs",
                match *effective {
                    1.0 => "1 run".to_owned(),
                    runs => format!("{} runs", format_quantity(runs, 3)),
                },
                format_count(*parameters, "parameter")
            ),
            Warning::LossAtMinimum { rows: [least, most] } => write!(
                f,
                "the loss of each run is the lowest of its rows ({least} to {most} of them), which is biased low, more so the more \
                 rows a run has; average the noise out instead (`loss_at=mean-last:1%`)"
            ),
            Warning::DeltaMatters { delta, change } => write!(
                f,
                "the choice of delta matters: with delta {delta} {change}; look at the rows with the largest residuals before you \
                 choose one"
            ),
            Warning::OneLoss { loss } => write!(
                f,
                "{loss} is the loss of every run, so that nothing tells what they differ by; see which column is read as the loss \
                 (`columns: loss=COLUMN`)"
            ),
            Warning::PriorContradicted { parameter, value, by } => f.write_str(&of_prior(parameter, *value, *by)),
            Warning::FixContradicted { parameter, fixed, value, by } => {
                f.write_str(&of_fix((parameter, *fixed), *value, *by))
            }
            Warning::HeldAbove { parameter, value, rows, of } => write!(
                f,
                "{parameter} is held at {value}, more than 2 % above {rows} of {of} losses, which the law then cannot reach: hold it below the \
                 least loss, or leave it free"
            ),
            Warning::FarOff { runs, farthest, times } => {
                let by = format_quantity(100.0 * farthest.exp_m1().abs(), 2);
                let side = if *farthest > 0.0 { "above" } else { "below" };
                let others = match runs.len() {
                    1 => String::new(),
                    2 => format!(" (and {} nearly so)", runs[1]),
                    count => format!(" (and {} more: {})", count - 1, runs[1..count.min(5)].join(", ")),
                };
                let beside = match times.is_finite() {
                    true => format!("{} times as far as half of the rows", format_quantity(*times, 2)),
                    false => "on which half of the rows lie".to_owned(),
                };
                write!(
                    f,
                    "run {} lies {by} % {side} the law, {beside}{others}: see whether its size, tokens and \
                     loss are right; mend it, or leave it out (`filter`)",
                    runs[0]
                )
            }
            Warning::InfluentialRuns { runs, change } if runs.len() == 1 => write!(
                f,
                "one run decides the law: without {} {change}; add runs like it, and leave it out (`filter`) only if it is an outlier",
                runs.join("")
            ),
            Warning::InfluentialRuns { runs, change } => write!(
                f,
                "{} runs decide the law: without {} {change}; add runs like them, and leave them out (`filter`) only if they are outliers",
                runs.len(),
                runs.join(", ")
            ),
            Warning::IntervalsDisagree { parameter, bootstrap, profile } => {
                let ratio = bootstrap / profile;
                let (factor, word) = if ratio > 1.0 { (ratio, "longer") } else { (1.0 / ratio, "shorter") };
                write!(
                    f,
                    "the bootstrap's interval of {parameter} is {factor:.1} times {word} than that of its profile: either the \
                     residuals do not follow one density, or there are too few runs to resample; report the longer interval"
                )
            }
            Warning::AtBound { parameter, bound, end } => write!(
                f,
                "{parameter} is at its {end} bound {bound}, and the runs would have it {}: its interval is one-sided, and all else \
                 rests on the bound; keep it only if it is known from elsewhere",
                match end {
                    End::Lower => "lower",
                    End::Upper => "higher",
                }
            ),
            Warning::LonelyOptimum { tried } => write!(
                f,
                "only one of {tried} starts found the optimum, so a better one may have been missed; try `starts=random:{}`",
                (10 * tried).max(1000)
            ),
            Warning::NearTie { ratio } => write!(
                f,
                "another minimum is within {:.2} % of the optimum, and the sweep does not decide between the two; compare them, \
                 as `minima` of the saved fit lists them",
                (ratio - 1.0) * 100.0
            ),
            Warning::ExtrapolatesBeyond { what, factor } => write!(
                f,
                "this asks for {} the largest {what} in the sweep: no run tells of a bend that begins out there{}",
                times(*factor).map_or_else(|| "a little more than".to_owned(), |times| format!("{times} x")),
                slip(*factor, what.starts_with("tokens a"))
            ),
            Warning::ExtrapolatesBelow { what, factor } => write!(
                f,
                "this asks for {} the least {what} in the sweep: no run tells of a bend that begins down there{}",
                times(*factor).map_or_else(|| "a little less than".to_owned(), |times| format!("1/{times} of")),
                slip(*factor, true)
            ),
            Warning::OutsideColumn { column, value, fitted: [least, greatest] } => write!(
                f,
                "this asks for {column} = {value}, and the runs have {least} to {greatest}: no run tells of what {column} does out there"
            ),
            Warning::SparseDepart { .. }
            | Warning::WindowsAlike { .. }
            | Warning::OutsideWindows { .. }
            | Warning::SparserThanRuns { .. }
            | Warning::NoneWasPruned
            | Warning::DenserThanRuns { .. }
            | Warning::BestIsOneCut { .. } => f.write_str(&of_pruning(self)),
            Warning::SplitUntold => f.write_str(
                "the runs of the sweep say their FLOPs alone: the law takes this run for one that splits its FLOPs into parameters and tokens as they did",
            ),
            Warning::KindsApart { column, departures, p, shared } => {
                f.write_str(&apart(column, departures, *p, *shared))
            }
            Warning::SharingDiffers { shared, p } => write!(
                f,
                "the groups differ in what they share ({}; F test, p = {}): let them share fewer parameters (`share`), or fit each alone",
                shared.join(", "),
                format_quantity(*p, 2)
            ),
            Warning::SharedNoise { of, p } => f.write_str(&together(of, *p)),
            Warning::NoOptimum { draws, of } => write!(
                f,
                "in {draws} of {of} draws the loss falls all the way to a run of few parameters or few tokens: the sweep hardly \
                 says what a parameter is worth against a token; add runs that spread sizes and token counts apart"
            ),
            Warning::NotReachable { probability } => write!(
                f,
                "only {} % of the draws reach this loss, bent ones among them: an interval may have no upper end; ask for a higher \
                 loss",
                format_quantity(100.0 * probability, 3)
            ),
            Warning::RunsOff { parameter, to_infinity, to_zero } => {
                let percent = |share: f64| format_quantity(100.0 * share, 2);
                let mut ways = Vec::new();
                for (share, end) in [(*to_infinity, "infinity"), (*to_zero, "0")] {
                    if share > 0.0 {
                        ways.push(format!("to {end} in {} % of the replicates", percent(share)));
                    }
                }
                write!(
                    f,
                    "{parameter} runs off {}: these runs hardly bound it on that side; bound it (`bound`), fix it (`fix`), or add \
                     runs in which its term counts",
                    ways.join(" and ")
                )
            }
            Warning::Exact => f.write_str(
                "the losses follow the law exactly, as computed ones do and measured ones do not: intervals of no width say nothing \
                 of what runs scatter; check where the losses come from",
            ),
            Warning::ReplicatesFailed { .. } | Warning::FewDraws { .. } | Warning::Partial { .. } => {
                f.write_str(&of_replicates(self))
            }
            Warning::NoChecksum => f.write_str(
                "the fit was saved without a checksum, so draws that were changed later would not be seen; fit again to have one",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_about_the_loss_in_use() {
        let asymmetric = Rho::Asymmetric { factor: 10.0, delta: 1e-3 };
        for (rho, expected) in [
            (Rho::default(), Some("a larger `delta`")),
            (asymmetric, Some("`rho=asymmetric:10:DELTA` with a DELTA above 0.001")),
            (Rho::Laplace, Some("`rho=huber:DELTA` with a DELTA large enough")),
            (Rho::Squared, None),
        ] {
            let flat = Warning::FlatOptimum { inside: 3, parameters: 5, rho }.to_string();
            let unproven = Warning::NotConverged { gradient: 1e-6, rho, astray: Vec::new() }.to_string();
            match expected {
                Some(advice) => {
                    assert!(flat.ends_with(&format!("one point of it; use {advice} for a unique optimum")));
                    assert!(unproven.ends_with(&format!("`starts=random:1000` or {advice}")), "{unproven}");
                }
                None => {
                    assert!(flat.ends_with("one point of it"), "{flat}");
                    assert!(unproven.ends_with("`starts=random:1000`"), "{unproven}");
                }
            }
            assert_eq!(unproven.contains("`delta`") || flat.contains("`delta`"), rho == Rho::default());
        }
    }

    #[test]
    fn what_runs_off_is_named_and_reports_of_old_are_read() {
        let astray = vec!["A".to_owned(), "q".to_owned()];
        let warning = Warning::NotConverged { gradient: 1e-6, rho: Rho::Squared, astray };
        let text = warning.to_string();
        assert!(text.contains("A, q ran off") && text.contains("`bound: q=LOW..HIGH`"), "{text}");
        let saved = serde_json::to_string(&warning).unwrap();
        assert_eq!(serde_json::from_str::<Warning>(&saved).unwrap(), warning);
        let old: Warning = serde_json::from_str(r#"{"kind": "not_converged", "gradient": 1e-6}"#).unwrap();
        let rho = Rho::default();
        assert_eq!(old, Warning::NotConverged { gradient: 1e-6, rho, astray: Vec::new() });
    }
}
