//! Warnings in words: what it means, and what to do.

use std::fmt;

use super::{End, Warning};
use crate::Rho;
use crate::units::format_quantity;

/// A robust loss like this one with a wider bottom, if there is one: what to ask for.
fn rounder(rho: Rho) -> Option<String> {
    match rho {
        Rho::Huber { .. } => Some("a larger --delta".to_owned()),
        Rho::Asymmetric { factor, delta } => {
            Some(format!("--rho asymmetric:{factor}:DELTA with a DELTA above {delta}"))
        }
        Rho::Laplace => Some("--rho huber:DELTA with a DELTA large enough".to_owned()),
        Rho::Squared => None,
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::TermVanished { term } => write!(
                f,
                "the term of {term} has vanished: it adds nothing to the loss on any row, so {term} is not \
                 identified by this sweep; add runs that differ more in what the term depends on, or use a law without it"
            ),
            Warning::Unidentified { inert, alike } => {
                let alike = alike.iter().map(|[a, b]| format!("{a} from {b}"));
                let parts = [
                    (!inert.is_empty())
                        .then(|| format!("{} (no value changes a prediction)", inert.join(", "))),
                    (alike.len() > 0).then(|| alike.collect::<Vec<_>>().join(", ")),
                ];
                write!(
                    f,
                    "the inputs of this sweep cannot tell {}, whatever its losses are: predictions for runs like these are \
                     sound, for others they mean nothing; add runs of the kind that the law tells apart (pruned ones, repeated \
                     tokens), or use a law without it",
                    parts.into_iter().flatten().collect::<Vec<_>>().join(", and ")
                )
            }
            Warning::FewDistinct { input, distinct: 1 } => write!(
                f,
                "{input} is the same on every row: its term cannot be told from the constant E, so its coefficient and \
                 exponent mean nothing; add runs with other values of {input}"
            ),
            Warning::FewDistinct { input, distinct } => write!(
                f,
                "{input} takes only {distinct} different values: its exponent rests on an assumption, not on data; \
                 three values spread over a factor of ten are the least"
            ),
            Warning::NotConverged { gradient, rho, astray } => {
                write!(
                    f,
                    "the best point is not proven stationary (relative gradient {gradient:.0e}); do not use it: "
                )?;
                if astray.is_empty() {
                    let or = rounder(*rho).map_or(String::new(), |other| format!(" or {other}"));
                    return write!(f, "look for wrong rows, or try --starts random:1000{or}");
                }
                write!(
                    f,
                    "{} ran off, far beyond where the search looks: the runs do not hold them, and the law does as well with \
                     fewer parameters; keep them within a range (--bound {}=LOW..HIGH), or use a law without",
                    astray.join(", "),
                    astray[astray.len() - 1]
                )
            }
            Warning::FlatOptimum { inside, parameters, rho } => {
                let within = if *rho == Rho::Laplace { "of 0" } else { "within delta" };
                write!(
                    f,
                    "residuals {within}: {inside}, fewer than the {parameters} parameters: a whole region of \
                     parameters fits equally well, and those shown are one point of it"
                )?;
                rounder(*rho).map_or(Ok(()), |other| write!(f, "; {other} makes the optimum unique"))
            }
            Warning::Overlap { parameters, overlap, tokens_per_param } => {
                let together = tokens_per_param.map_or(String::new(), |[least, most]| {
                    let (least, most) = (format_quantity(least, 3), format_quantity(most, 3));
                    format!("N and D rise together (tokens per parameter from {least} to {most}), so ")
                });
                write!(
                    f,
                    "{together}{} can be changed together with hardly any effect on the runs of this sweep (overlap \
                     {overlap:.0e}): their single values mean little; add runs that spread sizes and token counts wider, each \
                     apart from the other",
                    parameters.join(", ")
                )
            }
            Warning::FewRuns { effective } => write!(
                f,
                "the sweep has the weight of {effective:.3} runs: with so few a bootstrap sees too little of how runs scatter, \
                 and its intervals are too narrow; add runs, or look at the profile intervals (--profile) too"
            ),
            Warning::LossAtMinimum { rows: [least, most] } => write!(
                f,
                "the loss of each run is the least of its rows ({least} to {most} of them): that is biased low, and more so for a run \
                 of many rows; mean-last:1% averages noise out instead"
            ),
            Warning::DeltaMatters { delta, change } => write!(
                f,
                "the choice of delta matters: with delta {delta} {change}; the law rests on how the worst rows are weighed, \
                 so look at the rows with the largest residuals before choosing one"
            ),
            Warning::InfluentialRuns { runs, change } if runs.len() == 1 => write!(
                f,
                "one run decides about the law: without {} {change}; see whether it is an outlier, and leave it out \
                 (--where) or add runs like it",
                runs.join("")
            ),
            Warning::InfluentialRuns { runs, change } => write!(
                f,
                "{} runs decide about the law: without {} {change}; see whether they are outliers, and leave them out \
                 (--where) or add runs like them",
                runs.len(),
                runs.join(", ")
            ),
            Warning::IntervalsDisagree { parameter, bootstrap, profile } => {
                let ratio = bootstrap / profile;
                let (factor, word) = if ratio > 1.0 { (ratio, "longer") } else { (1.0 / ratio, "shorter") };
                write!(
                    f,
                    "the bootstrap's interval of {parameter} is {factor:.1} times {word} than that of its profile: the residuals \
                     scatter otherwise than one density for independent rows has it, or the runs are too few to draw from; \
                     quote the longer one"
                )
            }
            Warning::AtBound { parameter, bound, end } => write!(
                f,
                "{parameter} is at its {end} bound {bound}: the runs would have it {}; its interval is one-sided and ends there, \
                 and all else rests on the bound as on a value that is fixed",
                match end {
                    End::Lower => "lower",
                    End::Upper => "higher",
                }
            ),
            Warning::LonelyOptimum { tried } => write!(
                f,
                "only one of {tried} starts found the optimum, so a better one may have been missed; try --starts random:1000"
            ),
            Warning::NearTie { ratio } => write!(
                f,
                "another minimum is within {:.2} % of the optimum: the sweep does not decide between the two; see minima",
                (ratio - 1.0) * 100.0
            ),
            Warning::ExtrapolatesBeyond { what, factor } => write!(
                f,
                "this asks for {} x the largest {what} in the sweep: the interval covers the law's uncertainty, not the \
                 chance that the law itself bends out there",
                format_quantity(*factor, 3)
            ),
            Warning::NoOptimum { draws, of } => write!(
                f,
                "in {draws} of {of} draws the law has no optimum, and the run has one parameter or one token: the sweep hardly \
                 says what a parameter is worth against a token"
            ),
            Warning::NotReachable { probability } => write!(
                f,
                "only {} % of the draws reach this loss: it is near the least that the law allows, and an interval without an \
                 upper end says so",
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
                    "{parameter} runs off {}: these runs hardly bound it on that side; bound it (--bound), fix it (--fix), or add runs \
                     in which its term counts",
                    ways.join(" and ")
                )
            }
            Warning::ReplicatesFailed { failed, replicates } => write!(
                f,
                "{failed} of {replicates} replicates did not converge, or ran off to infinite coefficients, and are left \
                 out, so the intervals may be too narrow"
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
            (Rho::default(), Some("a larger --delta")),
            (asymmetric, Some("--rho asymmetric:10:DELTA with a DELTA above 0.001")),
            (Rho::Laplace, Some("--rho huber:DELTA with a DELTA large enough")),
            (Rho::Squared, None),
        ] {
            let flat = Warning::FlatOptimum { inside: 3, parameters: 5, rho }.to_string();
            let unproven = Warning::NotConverged { gradient: 1e-6, rho, astray: Vec::new() }.to_string();
            match expected {
                Some(advice) => {
                    assert!(flat.ends_with(&format!("one point of it; {advice} makes the optimum unique")));
                    assert!(unproven.ends_with(&format!("--starts random:1000 or {advice}")), "{unproven}");
                }
                None => {
                    assert!(flat.ends_with("one point of it"), "{flat}");
                    assert!(unproven.ends_with("--starts random:1000"), "{unproven}");
                }
            }
            assert_eq!(unproven.contains("--delta") || flat.contains("--delta"), rho == Rho::default());
        }
    }

    #[test]
    fn what_runs_off_is_named_and_reports_of_old_are_read() {
        let astray = vec!["A".to_owned(), "q".to_owned()];
        let warning = Warning::NotConverged { gradient: 1e-6, rho: Rho::Squared, astray };
        let text = warning.to_string();
        assert!(text.contains("A, q ran off") && text.contains("--bound q=LOW..HIGH"), "{text}");
        let saved = serde_json::to_string(&warning).unwrap();
        assert_eq!(serde_json::from_str::<Warning>(&saved).unwrap(), warning);
        let old: Warning = serde_json::from_str(r#"{"kind": "not_converged", "gradient": 1e-6}"#).unwrap();
        let rho = Rho::default();
        assert_eq!(old, Warning::NotConverged { gradient: 1e-6, rho, astray: Vec::new() });
    }
}
