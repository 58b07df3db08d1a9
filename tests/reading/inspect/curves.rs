//! What an inspection says of curves.

use super::*;

/// A curve of dense runs, `loss(tokens)` at each of `tokens`.
fn curve(run: &str, tokens: &[f64], loss: impl Fn(f64) -> f64) -> String {
    tokens.iter().map(|d| format!("{run},1e9,{d},{}\n", loss(*d))).collect()
}

/// Findings of curves whose learning rate is not known, without what is said of all such.
fn of_curves(table: &str) -> Vec<Finding> {
    let findings = look(table).findings.into_iter();
    findings.filter(|finding| !matches!(finding.kind, FindingKind::Intermediate { .. })).collect()
}

#[test]
fn curves_whose_last_loss_is_not_theirs() {
    let table = |losses: [f64; 5]| {
        let rows =
            losses.iter().enumerate().map(|(i, loss)| format!("a,1e8,{},{loss}\n", 1e9 * (i + 1) as f64));
        of_curves(&format!("run,params,tokens,loss\n{}", rows.collect::<String>()))
    };
    let kinds = |losses| table(losses).into_iter().map(|finding| finding.kind).collect::<Vec<_>>();
    assert_eq!(kinds([3.41234, 3.31234, 3.26789, 3.24567, 3.23456]), []);
    assert_eq!(kinds([3.41234, 3.31234, 3.21234, 3.26543, 3.21234]), [FindingKind::EarlierLoss]);
    // Rounded losses agree by chance.
    assert_eq!(kinds([3.41, 3.31, 3.21, 3.26, 3.21]), []);
    let diverged = kinds([2.41234, 2.31234, 2.2, 3.0, 4.4]);
    assert!(
        matches!(diverged[..], [FindingKind::EndsHigh { most }] if (most - 2.0).abs() < 1e-12),
        "{diverged:?}"
    );
}

#[test]
fn curves_that_end_before_the_others() {
    let flat = |d: f64| 4.0 * (d / 1e9).powf(-0.05);
    let ends = |ends: &[f64]| {
        let rows = ends
            .iter()
            .enumerate()
            .map(|(i, end)| curve(&format!("r{i}"), &[2e9, *end], |d| flat(d) + i as f64 * 0.01));
        format!("run,params,tokens,loss\n{}", rows.collect::<String>())
    };
    let findings = of_curves(&ends(&[1e10, 1.005e10, 6e9, 9.96e9]));
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].places[0].to_string(), "run 'r2' (line 6)");
    assert_eq!(findings[0].kind, FindingKind::EndsEarly { others: [1e10, 1e10] });
    // Too few others; lengths that differ on purpose; almost at the end.
    for lengths in [&[1e10, 1e10, 6e9][..], &[4e9, 6e9, 8e9, 1e10, 1e10], &[1e10, 1e10, 1e10, 9.1e9]] {
        assert_eq!(of_curves(&ends(lengths)), [], "{lengths:?}");
    }
}

#[test]
fn curves_that_still_fall() {
    let tokens: Vec<f64> = (1..=20).map(|i| 1e9 * f64::from(i)).collect();
    let steep = curve("a", &tokens, |d| 8.0 * (d / 1e9).powf(-0.3));
    let findings = of_curves(&format!("run,params,tokens,loss\n{steep}"));
    assert_eq!(findings.len(), 1, "{findings:?}");
    match findings[0].kind {
        FindingKind::StillFalling { steepest } => near(steepest, 0.3, 1e-12),
        ref other => panic!("{other:?}"),
    }
    let slow = curve("a", &tokens, |d| 8.0 * (d / 1e9).powf(-0.19));
    assert_eq!(of_curves(&format!("run,params,tokens,loss\n{slow}")), []);
    // Steep at first only.
    let bent = curve("a", &tokens, |d| if d < 1e10 { 8.0 * (d / 1e9).powf(-0.4) } else { 3.0 });
    assert_eq!(of_curves(&format!("run,params,tokens,loss\n{bent}")), []);
    // Two rows tell no slope.
    let two = curve("a", &[1.8e10, 2e10], |d| 8.0 * (d / 1e9).powf(-0.5));
    assert_eq!(of_curves(&format!("run,params,tokens,loss\n{two}")), []);
}

#[test]
fn rows_before_the_last_are_intermediate_unless_the_learning_rate_is_constant() {
    let all = ObservationOptions::default().with_checkpoints(Checkpoints::All);
    let table = |rates: [&str; 4]| {
        let [a, b, c, d] = rates;
        format!(
            "run,params,tokens,loss,lr\na,1e9,1e10,2.6,{a}\na,1e9,2e10,2.5,{b}\nb,1e9,1e10,2.7,{c}\nb,1e9,3e10,2.5,{d}\n"
        )
    };
    let cases = [
        (["", "", "", ""], LearningRate::Unknown, 2),
        (["3e-4", "3e-4", "2e-4", ""], LearningRate::Unknown, 1),
        (["3e-4", "3e-5", "", ""], LearningRate::Falls, 2),
        (["3e-4", "3e-4", "2e-4", "2e-5"], LearningRate::Falls, 1),
        (["3e-4", "0", "2e-4", "2e-4"], LearningRate::Falls, 1),
        (["3e-4", "3e-4", "2e-4", "2e-4"], LearningRate::Constant, 0),
        (["1e-4", "3e-4", "1e-4", "2e-4"], LearningRate::Constant, 0),
        (["cosine", "cosine", "cosine", "cosine"], LearningRate::Unknown, 2),
    ];
    for (rates, expected, rows) in cases {
        let sweep = read(&table(rates));
        let inspection = inspect(&sweep, &ObservationOptions::default());
        assert_eq!(inspection.learning_rate, expected, "{rates:?}");
        assert_eq!(inspection.findings.iter().map(|finding| finding.count).sum::<usize>(), rows, "{rates:?}");
        // A fit of every row is warned of them, one of the last is not.
        let count = |options: &ObservationOptions| {
            let of =
                FitOptions::default().with_fixed("E", 1.0).with_fixed("alpha", 0.3).with_fixed("beta", 0.3);
            let of = of.with_fixed("B", 1.0);
            let warnings =
                fit_scaling_law(&sweep.observations(options).unwrap(), &of.with_jobs(1)).unwrap().warnings;
            findings_in(&warnings).iter().map(|finding| finding.count).sum::<usize>()
        };
        assert_eq!((count(&all), count(&ObservationOptions::default())), (rows, 0), "{rates:?}");
    }
    assert_eq!(look("params,tokens,loss,lr\n1e9,2e10,2.5,1e-4\n").learning_rate, LearningRate::NoCurves);
}

#[test]
fn parts_of_a_run_that_was_resumed() {
    let falls = |d: f64| 4.0 * (d / 1e9).powf(-0.1);
    let rows = |run: &str, from: u32, to: u32, by: f64| {
        let tokens: Vec<f64> = (from..=to).map(|i| 1e9 * f64::from(i)).collect();
        curve(run, &tokens, |d| by * falls(d))
    };
    let found = |rows: &[String]| {
        let findings = of_curves(&format!("run,params,tokens,loss\n{}", rows.concat()));
        let of = findings.into_iter().find(|one| matches!(one.kind, FindingKind::Resumed { .. }));
        of.map_or(Vec::new(), |one| one.places.into_iter().map(|place| place.run).collect())
    };
    // The second begins before the first stopped, the third after the second.
    let parts = [rows("a", 1, 10, 1.0), rows("b", 8, 20, 1.001), rows("c", 22, 30, 0.999)];
    assert_eq!(found(&parts), ["a", "b"]);
    let message = look(&format!("run,params,tokens,loss\n{}", parts.concat())).findings[0].to_string();
    assert!(message.contains("leave out what stopped: `filter: run!=a,run!=b`"), "{message}");
    // At another loss, or a shorter run whose first rows were not kept, or where no curve has its beginning.
    assert!(found(&[rows("a", 1, 10, 1.1), rows("b", 8, 20, 1.0)]).is_empty());
    assert!(found(&[rows("a", 1, 20, 1.0), rows("b", 8, 15, 1.0)]).is_empty());
    assert!(found(&[rows("a", 5, 10, 1.0), rows("b", 8, 20, 1.0)]).is_empty());
    // Of two that stopped there, that of its name; and no other where the loss is above that of a decayed end.
    assert_eq!(
        found(&[rows("r6", 1, 10, 1.0), rows("r7", 1, 10, 1.02), rows("r7-resumed", 11, 20, 1.0)]),
        ["r7"]
    );
    assert_eq!(found(&[rows("r6", 1, 10, 0.992), rows("r7", 1, 10, 0.999), rows("x", 11, 20, 1.0)]), ["r7"]);
    assert!(found(&[rows("a", 1, 10, 0.98), rows("b", 11, 20, 1.0)]).is_empty());
    // Most of the longer is not anew.
    assert!(found(&[rows("a", 1, 18, 1.0), rows("b", 6, 20, 1.0)]).is_empty());
}

#[test]
fn tokens_that_epochs_make_others() {
    let table = |rows: &[(f64, f64)]| -> String {
        let row =
            |(tokens, epochs): &(f64, f64)| format!("1e9,{tokens},2e9,{epochs},{}\n", 2.5 - tokens / 1e11);
        format!("params,tokens,unique_tokens,epochs,loss\n{}", rows.iter().map(row).collect::<String>())
    };
    // Epochs are rounded, up or down.
    nothing(&table(&[(8e9, 4.0), (7.1e9, 4.0), (7.9e9, 3.0), (2e9, 0.75)]));
    let finding = only(&table(&[(2e9, 4.0), (8e9, 4.0)]), 1, &["line 2"]);
    assert_eq!(finding.kind, FindingKind::TokensDisagree { least: 0.25, greatest: 0.25 });
    // A curve is on its way there.
    let header = "run,params,tokens,unique_tokens,epochs,loss";
    let curve = format!("{header}\na,1e9,2e9,2e9,4,3.0\na,1e9,4e9,2e9,4,2.9\na,1e9,7.6e9,2e9,4,2.8\n");
    let findings = look(&curve).findings;
    assert!(findings.iter().all(|own| matches!(own.kind, FindingKind::Intermediate { .. })), "{findings:?}");
}
