//! Warnings of replicates, in words.

use super::Warning;

/// What a warning of replicates says; nothing of others.
pub(super) fn of_replicates(warning: &Warning) -> String {
    match warning {
        Warning::ReplicatesFailed { failed, replicates } if failed == replicates => format!(
            "no two of {replicates} replicates converged, so there are no intervals; see the other warnings, and add runs or use a \
                 law of fewer parameters"
        ),
        Warning::ReplicatesFailed { failed, replicates } if 2 * failed > *replicates => format!(
            "{failed} of {replicates} replicates did not converge, or ran off to infinite coefficients: the others are a choice, and \
                 their intervals are not to be trusted; add runs or use a law of fewer parameters"
        ),
        Warning::ReplicatesFailed { failed, replicates } => format!(
            "{failed} of {replicates} replicates did not converge, or ran off to infinite coefficients: they are left out, so \
                 the intervals may be too narrow"
        ),
        Warning::FewDraws { draws, least, replicates } => format!(
            "intervals of this level take {least} draws, and rest on {draws}: they are too narrow; draw more (`replicates={}`) \
                 or lower the level",
            replicates.unwrap_or(*least)
        ),
        Warning::Partial { made, replicates, disagreed } => {
            let mut text = if made < replicates {
                format!("stopped after {made} of {replicates} replicates, on which all intervals rest")
            } else {
                format!(
                    "stopped when all {replicates} replicates were drawn, before some were refitted again"
                )
            };
            if *disagreed > 0 {
                text += &format!(
                    "; {disagreed} of the audits went lower, and not all replicates were refitted from there"
                );
            }
            text + "; run it again to the end"
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stopped_is_told_from_what_was_not_refitted_again() {
        let said = |made, disagreed| Warning::Partial { made, replicates: 90, disagreed }.to_string();
        assert_eq!(
            said(30, 0),
            "stopped after 30 of 90 replicates, on which all intervals rest; run it again to the end"
        );
        let again = said(90, 2);
        assert!(
            again.starts_with(
                "stopped when all 90 replicates were drawn, before some were refitted again; 2 of"
            )
        );
        assert!(said(30, 1).contains("1 of the audits went lower") && !said(90, 0).contains("audits"));
    }
}
