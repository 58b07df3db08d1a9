//! Flags that were renamed: the old spelling works for one version more, and stderr says the new one.

use std::ffi::OsString;

/// Subcommands, the old spelling, the new one.
const RENAMED: [(&[&str], &str, &str); 4] = [
    (&["fit", "holdout", "compare"], "--loss", "--rho"),
    (&["plan", "twin"], "--steps-tokens", "--tokens-per-step"),
    (&["design"], "--runs", "--new-runs"),
    (&["schedule"], "--log", "--trajectories"),
];

/// The subcommand among the arguments of the program: the first that is no flag.
pub(crate) fn subcommand(args: impl IntoIterator<Item = OsString>) -> Option<String> {
    args.into_iter().skip(1).filter_map(|word| word.into_string().ok()).find(|word| !word.starts_with('-'))
}

/// The arguments in new spellings, and a note for each that was an old one.
pub(crate) fn renewed(args: impl IntoIterator<Item = OsString>) -> (Vec<OsString>, Vec<String>) {
    let mut args: Vec<OsString> = args.into_iter().collect();
    let Some(command) = subcommand(args.iter().cloned()) else {
        return (args, Vec::new());
    };
    let mut notes = Vec::new();
    for (_, old, new) in RENAMED.iter().filter(|(commands, ..)| commands.contains(&&*command)) {
        for word in args.iter_mut().skip(2).take_while(|word| *word != "--") {
            let Some(rest) = word.to_str().and_then(|text| text.strip_prefix(old)) else { continue };
            if rest.is_empty() || rest.starts_with('=') {
                *word = format!("{new}{rest}").into();
                notes.push(format!("{old} is now {new}"));
            }
        }
    }
    (args, notes)
}

#[cfg(test)]
mod tests {
    use super::renewed;

    fn of(line: &str) -> (String, Vec<String>) {
        let (args, notes) = renewed(line.split(' ').map(Into::into));
        let words: Vec<&str> = args.iter().filter_map(|word| word.to_str()).collect();
        (words.join(" "), notes)
    }

    #[test]
    fn old_spellings_are_renewed_where_they_meant_something_else_and_nowhere_else() {
        let note = |text: &str| vec![text.to_owned()];
        assert_eq!(
            of("nbar fit a.csv --loss laplace --loss-at last"),
            ("nbar fit a.csv --rho laplace --loss-at last".to_owned(), note("--loss is now --rho"))
        );
        assert_eq!(
            of("nbar twin --steps-tokens=8M --"),
            ("nbar twin --tokens-per-step=8M --".to_owned(), note("--steps-tokens is now --tokens-per-step"))
        );
        assert_eq!(
            of("nbar -q fit a.csv --loss squared"),
            ("nbar -q fit a.csv --rho squared".to_owned(), note("--loss is now --rho"))
        );
        for same in ["nbar", "nbar solve f.json --loss 2", "nbar fit --runs r.csv", "nbar fit -- --loss"] {
            assert_eq!(of(same), (same.to_owned(), Vec::new()));
        }
    }
}
