//! What a fit by groups stands beside, and what a parameter of each group counts for.

use std::fmt::Write;

use nbar::families::{Compared, Family};
use nbar::report::Report;

use crate::format::{digits, range};

/// No line for other fits.
pub(super) fn lines(report: &Report, family: Option<&Family>) -> String {
    let mut out = String::new();
    let fitted = |compared: &Compared| {
        format!("{} ({} parameters)", digits(compared.objective, 8), compared.parameters)
    };
    let chance = |p: f64| match p {
        p if p.is_nan() => "not tested".to_owned(),
        p => format!("F test, p = {}", digits(p, 2)),
    };
    if let Some(family) = family {
        match &family.separate {
            Some(separate) => {
                let verdict = if separate.p < 0.05 {
                    "what is shared differs"
                } else {
                    "sharing costs no more than chance"
                };
                let _ = writeln!(
                    out,
                    "each group alone: objective {}: {verdict} ({})",
                    fitted(separate),
                    chance(separate.p)
                );
            }
            None => {
                out.push_str("each group alone: not tested, a group has too few runs for a fit of its own\n")
            }
        }
        let verdict = if family.pooled.p < 0.05 {
            "the groups differ"
        } else {
            "the groups do not differ beyond chance"
        };
        let _ = writeln!(
            out,
            "all as one group: objective {}: {verdict} ({})",
            fitted(&family.pooled),
            chance(family.pooled.p)
        );
    }
    let groups = report.fit().groups();
    if let (Some(ensemble), Some(baseline)) = (report.ensemble(), groups.first()) {
        for group in &groups[1..] {
            if let Some(counts) = ensemble.counts_for(group) {
                let ends = range(counts.interval, 3);
                let _ = writeln!(
                    out,
                    "a parameter of {group} counts for {} of {baseline} ({ends})",
                    digits(counts.estimate, 4)
                );
            }
        }
    }
    out
}
