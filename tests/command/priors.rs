//! What is known beforehand, by the command.

use serde_json::json;

use crate::{FIT, good, json as parsed, refuses, run, scratch, stderr, stdout};

const KNOWN: [&str; 4] = ["--prior", "E=1.8+-0.01", "--prior", "A=400x/1.5,beta=0.4±0.02"];

#[test]
fn a_fit_says_what_its_priors_decide_and_all_that_follows_has_them() {
    let path = scratch("known.fit.json").display().to_string();
    let output = run(&[FIT.as_slice(), &KNOWN, &["-o", &path]].concat());
    let text = stdout(&output);
    let line =
        |name: &str| text.lines().find(|line| line.starts_with(&format!("prior {name}="))).expect(text);
    assert!(
        line("E").starts_with("prior E=1.8+-0.01: decides ") && line("E").ends_with(" its centre"),
        "{text}"
    );
    assert!(line("A").contains("A=400x/1.5") && line("beta").contains("beta=0.4+-0.02"), "{text}");
    // Far from its centre, a prior is contradicted by the runs, and a saved fit goes on saying so.
    let warned = |args: &[&str]| stderr(&run(args)).matches("the runs contradict the prior of").count();
    assert_eq!(warned(&["show", &path]), 0);
    let wrong = scratch("wrong_prior.fit.json").display().to_string();
    let asked = [FIT.as_slice(), &["--prior", "alpha=0.6+-0.01", "-o", &wrong]].concat();
    assert_eq!([warned(&asked), warned(&["predict", &wrong, "--params", "1B", "--tokens", "1T"])], [1; 2]);
    for firm in ["A=4000x/1.1", "E=2.5+-0.01"] {
        assert_eq!(warned(&[FIT.as_slice(), &["--prior", firm]].concat()), 1, "{firm}");
    }
    let shown = good(&["show", &path]);
    assert!(shown.contains(line("E")) && shown.contains(line("beta")), "{shown}");
    let fit = parsed(&[FIT.as_slice(), &KNOWN].concat());
    let priors = json!({"E": "1.8+-0.01", "A": "400x/1.5", "beta": "0.4+-0.02"});
    assert_eq!(fit["priors"], priors);
    for name in ["E", "A", "beta"] {
        let share = fit["decided_by_priors"][name].as_f64().unwrap();
        assert!(share > 0.02 && share < 0.98, "{name} {share}");
    }
    for command in ["holdout", "compare"] {
        let args = [command, "data/chinchilla.csv", "--where", "outlier=0", "--bootstrap", "20"];
        let laws: &[&str] =
            if command == "compare" { &["--laws", "chinchilla", "--sizes", "average"] } else { &[] };
        let document = parsed(&[args.as_slice(), laws, &KNOWN].concat());
        assert_eq!(document["priors"], priors, "{command}");
    }
}

#[test]
fn a_fixed_value_that_the_runs_contradict_is_said() {
    let warned = |args: &[&str]| stderr(&run(args)).matches("the runs contradict").count();
    let path = scratch("wrong_fix.fit.json").display().to_string();
    let asked = [FIT.as_slice(), &["--fix", "E=1.5", "-o", &path]].concat();
    assert_eq!([warned(&asked), warned(&["predict", &path, "--params", "1B", "--tokens", "1T"])], [1; 2]);
    let output = run(&asked);
    let said = stderr(&output);
    assert!(said.contains("the runs contradict E = 1.5: where nothing is fixed it is 1.81"), "{said}");
    for (values, count) in [("E=1.82", 0), ("A=480,alpha=0.348", 0), ("A=4800", 1), ("alpha=0.5,beta=0.1", 2)]
    {
        assert_eq!(warned(&[FIT.as_slice(), &["--fix", values]].concat()), count, "{values}");
    }
}

#[test]
fn a_prior_that_makes_no_sense_is_refused_with_a_remedy() {
    let usage: [(&[&str], &[&str]); 12] = [
        (&["--prior", "gamma=1+-1"], &["the parameter 'gamma' is not known", "one of E, A, B, alpha, beta"]),
        (&["--prior", "E"], &["--prior", "E=1.5+-0.1"]),
        (&["--prior", "E=1.5"], &["--prior", "CENTRE+-S", "400x/1.5"]),
        (&["--prior", "E=much+-1"], &["--prior", "'much' is not a number"]),
        (
            &["--prior", "E=1.5+-0"],
            &["--prior E=1.5+-0 has an s that is not positive", "or fix the parameter"],
        ),
        (&["--prior", "E=1.5+--1"], &["has an s that is not positive", "give one such as 0.1"]),
        (&["--prior", "E=0+-1"], &["--prior E=0+-1 is not positive", "give a positive centre"]),
        (&["--prior", "A=400x/1"], &["has a factor that is not above 1", "give one such as 1.5"]),
        (&["--prior", "alpha=-0.3x/2"], &["has a centre that is not positive"]),
        (&["--prior", "E=1+-1,E=2+-1"], &["--prior E=2+-1 gives a parameter two priors", "remove one"]),
        (&["--prior", "E=1.5+-0.1", "--fix", "E=1.5"], &["is of a parameter that is fixed"]),
        (&["--prior", "beta=0.3+-0.1", "--tie", "alpha=beta"], &["is of a parameter that is tied"]),
    ];
    for (args, parts) in usage {
        refuses(&[&["fit", "data/chinchilla.csv"], args].concat(), 2, parts);
    }
}
