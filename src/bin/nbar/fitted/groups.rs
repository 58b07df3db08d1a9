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
    let judged = |compared: &Compared, [differs, alike]: [&str; 2]| match compared.p {
        p if p.is_nan() => "not tested, too few runs are left".to_owned(),
        p => format!("{} (F test, p = {})", if p < 0.05 { differs } else { alike }, digits(p, 2)),
    };
    if let Some(family) = family {
        match &family.separate {
            Some(separate) if separate.parameters == family.fit.free_parameters() => {}
            Some(separate) => {
                let verdict =
                    judged(separate, ["what is shared differs", "sharing costs no more than chance"]);
                let _ = writeln!(out, "each group alone: objective {}: {verdict}", fitted(separate));
            }
            None => {
                out.push_str("each group alone: not tested, a group has too few runs for a fit of its own\n")
            }
        }
        let verdict = judged(&family.pooled, ["the groups differ", "the groups do not differ beyond chance"]);
        let _ = writeln!(out, "all as one group: objective {}: {verdict}", fitted(&family.pooled));
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
