//! Runs that nothing tells apart, and runs that are no copies.

use super::*;

#[test]
fn runs_that_nothing_tells_apart_have_one_loss() {
    // A column of numbers that no law reads: passes over the data, or layers that were removed.
    let both = |by: f64| {
        let of = |name: &str, by: f64| grid("passes", |n, d| (by * falls(n, d), name.to_owned()));
        of("1", 1.0) + of("2", by).split_once('\n').unwrap().1
    };
    let apart = |table: &str| {
        let found = warned(table).into_iter().map(|finding| finding.kind);
        found.filter(|kind| matches!(kind, FindingKind::LossesApart { .. })).collect::<Vec<_>>()
    };
    let found = apart(&both(1.1));
    assert!(
        matches!(found[..], [FindingKind::LossesApart { pairs: 25, most }] if (most - 0.1).abs() < 1e-12),
        "{found:?}"
    );
    assert_eq!(apart(&both(1.02)), []);
    // A column of words, or a learning rate, says what it is.
    assert_eq!(
        apart(&both(1.1).replace("passes", "recipe").replace(",1\n", ",a\n").replace(",2\n", ",b\n")),
        []
    );
    assert_eq!(apart(&both(1.1).replace("passes", "lr")), []);
}

#[test]
fn seeds_whose_losses_have_few_digits_are_no_copies() {
    let seeds = |loss: &str| {
        let text = format!(
            "run,seed,params,tokens,loss\na,0,1e8,2e9,{loss}\na,1,1e8,2e9,{loss}\nb,0,2e8,2e9,2.91\nb,1,2e8,2e9,2.92\n\
             c,0,3e8,2e9,2.81\nc,1,3e8,2e9,2.83\nd,0,4e8,2e9,2.71\nd,1,4e8,2e9,2.73\n"
        );
        look(&text).findings.iter().any(|finding| matches!(finding.kind, FindingKind::Duplicates { .. }))
    };
    assert!(!seeds("3.1234") && seeds("3.12345678"));
    // Where none differ, none are the same by chance.
    let twice = "params,tokens,loss\n1e8,2e9,3.1\n1e8,2e9,3.1\n2e8,2e9,2.9\n2e8,2e9,2.9\n";
    let found = look(twice).findings;
    assert!(
        found.iter().any(|finding| matches!(finding.kind, FindingKind::Duplicates { groups: 2 })),
        "{found:?}"
    );
}
