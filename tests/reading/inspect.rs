//! What an inspection says of small tables: each finding where it is due, and not where it is not.

use nbar::fit::Warning;
use nbar::inspect::{Finding, FindingKind, LearningRate};
use nbar::{
    Checkpoints, FitOptions, Inspection, LossAt, ObservationOptions, Result, Run, Sweep, fit_scaling_law,
    inspect,
};

use crate::common::near::near;

mod apart;
mod curves;
mod pruned;

fn read(table: &str) -> Sweep {
    Sweep::from_csv_str("t.csv", table).expect("the table can be read")
}

fn look(table: &str) -> Inspection {
    inspect(&read(table), &ObservationOptions::default())
}

/// The only finding, which concerns `count` and lists `places`.
fn only(table: &str, count: usize, places: &[&str]) -> Finding {
    let mut findings = look(table).findings;
    assert_eq!(findings.len(), 1, "{findings:?}");
    let finding = findings.remove(0);
    assert_eq!(finding.count, count, "{finding}");
    assert_eq!(finding.places.iter().map(ToString::to_string).collect::<Vec<_>>(), places);
    finding
}

fn nothing(table: &str) {
    let findings = look(table).findings;
    assert!(findings.is_empty(), "{findings:?}");
}

/// 25 runs on a grid of sizes and lengths, with one more column.
fn grid(more: &str, row: impl Fn(f64, f64) -> (f64, String)) -> String {
    let mut table = format!("params,tokens,loss,{more}\n");
    for n in [1e8, 2e8, 4e8, 8e8, 1.6e9] {
        for d in [2e9, 4e9, 8e9, 1.6e10, 3.2e10] {
            let (loss, cell) = row(n, d);
            table += &format!("{n},{d},{loss},{cell}\n");
        }
    }
    table
}

/// A loss that falls as those of language do, with some noise.
fn falls(n: f64, d: f64) -> f64 {
    (1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37)) * (1.0 + 2e-3 * (n + d / 7.0).sin())
}

fn findings_in(warnings: &[Warning]) -> Vec<Finding> {
    let finding = |warning: &Warning| match warning {
        Warning::Finding { finding } => Some(finding.clone()),
        _ => None,
    };
    warnings.iter().filter_map(finding).collect()
}

/// What a fit of the last rows says of its sweep.
fn warned(table: &str) -> Vec<Finding> {
    let observations = read(table).observations(&ObservationOptions::default()).expect("it has observations");
    findings_in(&fit_scaling_law(&observations, &FitOptions::default()).expect("it can be fitted").warnings)
}

#[test]
fn a_fit_says_what_is_grave_about_its_sweep() {
    let plain = |n: f64, d: f64| (falls(n, d), String::new());
    assert_eq!(warned(&grid("note", plain)), []);
    let kinds = |table: &str| {
        warned(table).into_iter().map(|finding| (finding.kind, finding.count)).collect::<Vec<_>>()
    };
    let only = |table: &str, expected: fn(&FindingKind) -> bool, count: usize| {
        let found = kinds(table);
        assert!(matches!(&found[..], [(kind, of)] if expected(kind) && *of == count), "{found:?}");
    };
    let swapped = grid("note", plain).replace("params,tokens", "tokens,params");
    only(&swapped, |kind| matches!(kind, FindingKind::TokensBelowParams { .. }), 25);
    let high = grid("note", |n, d| (3.0 * falls(n, d), String::new()));
    only(&high, |kind| matches!(kind, FindingKind::LossTooHigh { .. }), 25);
    let slip = grid("note", |n, d| (if (n, d) == (2e8, 4e9) { 0.3 } else { falls(n, d) }, String::new()));
    only(&slip, |kind| matches!(kind, FindingKind::LossFarBelow { .. }), 1);
    let diverged = grid("note", |n, d| (if n == 8e8 { 9.5 } else { falls(n, d) }, String::new()));
    only(&diverged, |kind| matches!(kind, FindingKind::LossFarAbove { .. }), 5);
    let low = grid("note", |n, d| (0.25 * falls(n, d), String::new()));
    only(&low, |kind| matches!(kind, FindingKind::LossBelowOne { .. }), 25);
    let flops = grid("flops", |n, d| (falls(n, d), format!("{}", 6e-9 * n * d)));
    only(&flops, |kind| matches!(kind, FindingKind::FlopsDisagree { .. }), 25);
    let ramp = "steps,schedule,final_sparsity,prune_start,prune_end,prune_unit";
    let of_ramp = |window: &str, unit: &str| {
        grid(ramp, |n, d| (falls(n, d), format!("1000,cubic,0.5,{window},{unit}")))
    };
    only(&of_ramp("300,300.5", "step"), |kind| matches!(kind, FindingKind::ShortRamp { .. }), 25);
    only(&of_ramp("300,300.5", "token"), |kind| matches!(kind, FindingKind::ShortRamp { .. }), 25);
    assert_eq!(warned(&of_ramp("0.25,0.75", "fraction")), []);
    let two = grid("lr", |n, d| (falls(n, d), "1e-3".to_owned()));
    let other = grid("lr", |n, d| (1.05 * falls(n, d), "1e-4".to_owned()));
    let rates =
        two.clone() + other.lines().skip(1).map(|row| row.to_owned() + "\n").collect::<String>().as_str();
    only(&rates, |kind| *kind == FindingKind::LearningRates { pairs: 25 }, 50);
    assert_eq!(warned(&two), []);
    let recipe = |name: &str, by: f64| grid("recipe,seed", |n, d| (by * falls(n, d), format!("{name},{by}")));
    let (old, new) = (recipe("old", 1.0), recipe("new", 0.97));
    let both = old.clone() + new.split_once('\n').unwrap().1;
    only(
        &both,
        |kind| matches!(kind, FindingKind::SeveralKinds { column, kinds, pairs: 25 } if column == "recipe" && kinds == &["new", "old"]),
        50,
    );
    assert_eq!(warned(&old), []);
    only(
        &both.replace("recipe", "group"),
        |kind| matches!(kind, FindingKind::SeveralGroups { groups, pairs: 25, .. } if groups == &["new", "old"]),
        50,
    );
    // Losses on several data sets are no less of several kinds; seeds are none, and neither are numbers.
    let of_kinds = |header: &str| {
        let found = kinds(&both.replacen("recipe,seed", header, 1));
        found.iter().any(|(kind, _)| matches!(kind, FindingKind::SeveralKinds { .. }))
    };
    assert!(of_kinds("evalset,tag") && of_kinds("eval_name,tag"));
    assert!(!of_kinds("seed,tag") && !of_kinds("tag,evalset"));
    // What the counts of pruned runs tell apart a column of words may name.
    let method = |name: &str, left: f64| {
        grid("method,average_params", |n, d| (falls(left * n, d), format!("{name},{}", left * n)))
    };
    let methods = method("dense", 1.0) + method("magnitude", 0.6).split_once('\n').unwrap().1;
    assert_eq!(warned(&methods), []);
    let curves: String = [1e8, 4e8, 1.6e9]
        .iter()
        .flat_map(|n| (1..=9).map(move |d| format!("{n},{d}e9,{}\n", falls(*n, f64::from(d) * 1e9))))
        .collect();
    let curves = format!("params,tokens,loss\n{curves}");
    only(&curves, |kind| *kind == FindingKind::OneCurve { curves: 3 }, 27);
}

#[test]
fn losses_that_rise() {
    let accuracy = grid("note", |n, d| (3.0 - 0.4 * falls(n, d), String::new()));
    let found = warned(&accuracy);
    assert!(matches!(found[..], [Finding { kind: FindingKind::LossesRise { .. }, .. }]), "{found:?}");
    // Without an order there is nothing to say.
    let random = grid("note", |n, d| (3.0 + 0.5 * (3.0 * n.ln() * d.ln()).sin(), String::new()));
    assert_eq!(look(&random).findings, []);
    for (loss, expected) in [(accuracy, true), (grid("note", |n, d| (falls(n, d), String::new())), false)] {
        let observations = read(&loss).observations(&ObservationOptions::default()).unwrap();
        let fit = fit_scaling_law(&observations, &FitOptions::default()).unwrap();
        let rises = fit.warnings.iter().any(|warning| matches!(warning, Warning::LossRises { .. }));
        assert_eq!(rises, expected);
        assert_eq!(!fit.is_trustworthy(), expected, "{:?}", fit.warnings);
    }
}

#[test]
fn params_in_another_unit() {
    let finding =
        only("params,tokens,loss\n7,20B,2.5\n8e14,9e14,1.9\n1B,20B,2.4\n", 2, &["line 2", "line 3"]);
    assert_eq!(finding.kind, FindingKind::ImplausibleParams { least: 7.0, greatest: 8e14 });
    nothing("params,tokens,loss\n1e4,20B,2.5\n1e14,2e15,1.9\n");
}

#[test]
fn tokens_below_params_at_the_end_of_a_run() {
    let finding = only("run,params,tokens,loss\na,1e9,20,2.5\nb,1e9,1e9,2.4\n", 1, &["run 'a' (line 2)"]);
    assert_eq!(finding.kind, FindingKind::TokensBelowParams { least: 2e-8 });
    // A curve begins below.
    let rows = "run,params,tokens,loss,lr\na,1e9,1e8,2.5,1e-4\na,1e9,2e9,2.4,1e-4\n";
    nothing(rows);
}

#[test]
fn losses_above_the_logarithm_of_the_vocabulary() {
    // ln 100 = 4.61, ln 2^17 = 11.78.
    let finding = only("params,tokens,loss,vocab\n1e9,2e10,4.7,100\n1e9,2e10,4.6,100\n", 1, &["line 2"]);
    assert_eq!(finding.kind, FindingKind::LossAboveGuessing { bound: 100f64.ln(), assumed: false });
    let finding = only("params,tokens,loss\n1e9,2e10,11.8\n1e9,2e10,11.7\n", 1, &["line 2"]);
    assert_eq!(finding.kind, FindingKind::LossAboveGuessing { bound: 131_072f64.ln(), assumed: true });
    // What is no number is no vocabulary, and refuses nothing.
    nothing("params,tokens,loss,vocab\n1e9,2e10,4.7,gpt2\n");
}

#[test]
fn flops_that_are_not_6nd() {
    let header = "params,tokens,loss,flops";
    let finding = only(&format!("{header}\n1e9,2e10,2.5,1.2e11\n1e9,2e10,2.4,1.2e20\n"), 1, &["line 2"]);
    match finding.kind {
        FindingKind::FlopsDisagree { least, greatest, as_dense: false } => {
            near(least, 1e-9, 1e-12);
            assert_eq!(least, greatest);
        }
        other => panic!("{other:?}"),
    }
    nothing(&format!("{header}\n1e9,2e10,2.5,1.43e20\n1e9,2e10,2.4,0.97e20\n"));
    only(&format!("{header}\n1e9,2e10,2.5,1.45e20\n1e9,2e10,2.4,0.95e20\n"), 2, &["line 2", "line 3"]);
    // Of flops alone tokens are made: they agree.
    nothing("params,flops,loss\n1e9,1.2e20,2.5\n");
}

#[test]
fn tokens_that_steps_or_samples_make_others() {
    let header = "params,tokens,loss,step,batch_size,seq_len";
    let row = |tokens: f64, loss: f64| format!("1e9,{tokens},{loss},20000,512,2048\n");
    let told = 20000.0 * 512.0 * 2048.0;
    let finding = only(&format!("{header}\n{}{}", row(told / 4.0, 2.5), row(told, 2.4)), 1, &["line 2"]);
    assert_eq!(finding.kind, FindingKind::TokensDisagree { least: 0.25, greatest: 0.25 });
    // The batch is that of one of eight devices in most runs; a little is padding.
    let devices =
        [(8.0, 2.5), (8.0, 2.51), (8.0, 2.52), (0.9, 2.6)].map(|(times, loss)| row(times * told, loss));
    nothing(&format!("{header}\n{}", devices.concat()));
    only(&format!("{header}\n{}{}", devices.concat(), row(2.0 * told, 2.3)), 1, &["line 6"]);
    nothing(&format!("params,tokens,loss,step,tokens_per_step\n1e9,{told},2.5,20000,{}\n", 512 * 2048));
    // A batch in tokens.
    nothing("params,tokens,loss,step,batch_size,seq_len\n1e9,2e10,2.5,20000,1e6,2048\n");
    // What is no number tells nothing.
    nothing("params,tokens,loss,step,batch_size,seq_len\n1e9,2e10,2.5,20000,auto,2048\n");
    let finding = only("params,tokens,loss,samples,seq_len\n1e9,2e10,2.5,1e6,2048\n", 1, &["line 2"]);
    assert!(
        matches!(finding.kind, FindingKind::TokensDisagree { least, .. } if (least - 9.765625).abs() < 1e-9)
    );
}

#[test]
fn flops_of_a_pruned_run_counted_as_dense() {
    let header = "params,tokens,loss,flops,schedule,final_sparsity";
    let finding = only(&format!("{header}\n1e9,2e10,2.5,1.2e20,constant,0.5\n"), 1, &["line 2"]);
    assert!(matches!(finding.kind, FindingKind::FlopsDisagree { as_dense: true, .. }), "{finding:?}");
    nothing(&format!("{header}\n1e9,2e10,2.5,0.6e20,constant,0.5\n"));
}

#[test]
fn runs_that_are_there_twice() {
    let header = "run,params,tokens,loss";
    let finding = only(
        &format!("{header}\na,1e9,2e10,2.5\nb,1e9,2e10,2.4\nc,1e9,2e10,2.5\nd,1e9,2e10,2.5\n"),
        2,
        &["run 'a' (line 2)", "run 'c' (line 4)", "run 'd' (line 5)"],
    );
    assert_eq!(finding.kind, FindingKind::Duplicates { groups: 1 });
    nothing(&format!("{header}\na,1e9,2e10,2.5\nb,1e9,2.1e10,2.5\nc,1.1e9,2e10,2.5\nd,1e9,2e10,2.50001\n"));
    // Pruned otherwise, they are others.
    nothing("params,tokens,loss,schedule,final_sparsity\n1e9,2e10,2.5,dense,\n1e9,2e10,2.5,constant,0.5\n");
    // Curves that end alike and begin otherwise are others.
    nothing(
        "run,params,tokens,loss,lr\na,1e9,1e10,2.6,1\na,1e9,2e10,2.5,1\nb,1e9,1e10,2.7,1\nb,1e9,2e10,2.5,1\n",
    );
}

#[test]
fn runs_cut_short_of_their_plan() {
    let finding = only(
        "run,params,tokens,loss,planned_tokens\na,1e9,1e10,2.5,2e10\nb,1e9,1.99e10,2.4,2e10\nc,1e9,1e10,2.6,\n",
        1,
        &["run 'a' (line 2)"],
    );
    assert_eq!(finding.kind, FindingKind::CutShort { least: 0.5 });
    let finding = only("params,tokens,loss,step,max_steps\n1e9,1e10,2.5,250,1000\n", 1, &["line 2"]);
    assert_eq!(finding.kind, FindingKind::CutShort { least: 0.25 });
    nothing("params,tokens,loss,step,max_steps\n1e9,1e10,2.5,1000,1000\n1e9,1e10,2.4,,1000\n");
    // A fit of last rows is warned of them.
    let table = grid("planned_tokens", |n, d| (falls(n, d), format!("{}", 2.0 * d)));
    assert!(warned(&table).iter().any(|finding| finding.kind == FindingKind::CutShort { least: 0.5 }));
}

#[test]
fn places_name_the_file_where_there_are_several() -> Result<()> {
    let first = Sweep::from_csv_str("a.csv", "run,params,tokens,loss\na,7,2e10,2.5\n")?;
    let second = Sweep::from_csv_str("b.csv", "params,tokens,loss\n8,2e10,2.4\n")?;
    let findings = inspect(&first.merge(second)?, &ObservationOptions::default()).findings;
    let places: Vec<String> = findings[0].places.iter().map(ToString::to_string).collect();
    assert_eq!(places, ["run 'a' (a.csv, line 2)", "b.csv, line 2"]);
    let sweep = Sweep::from_runs(vec![Run::dense("m", 7.0, 2e10, 2.5)])?;
    assert_eq!(inspect(&sweep, &ObservationOptions::default()).findings[0].places[0].to_string(), "run 'm'");
    Ok(())
}

#[test]
fn merged_curves_keep_what_was_logged() -> Result<()> {
    let read = |rows: &str| {
        Sweep::from_csv_str("t.csv", &format!("run,params,tokens,loss,lr,flops,max_tokens\n{rows}"))
    };
    let early = read("a,1e9,1e10,2.7,3e-4,3e19,4e10\n")?;
    let late = read("a,1e9,2e10,2.5,3e-5,2.4e20,4e10\n")?;
    let inspection = inspect(&late.merge(early)?, &ObservationOptions::default());
    // Not in the order of tokens it would rise.
    assert_eq!(inspection.learning_rate, LearningRate::Falls);
    let flops = FindingKind::FlopsDisagree { least: 0.5, greatest: 2.0, as_dense: false };
    for kind in [flops, FindingKind::CutShort { least: 0.5 }] {
        assert!(inspection.findings.iter().any(|finding| finding.kind == kind), "{kind:?}");
    }
    Ok(())
}

#[test]
fn a_finding_counts_all_and_lists_twenty() {
    let rows: String = (0..30).map(|i| format!("7,2e10,{}\n", 2.0 + f64::from(i) * 0.01)).collect();
    let findings = look(&format!("params,tokens,loss\n{rows}")).findings;
    assert_eq!((findings[0].count, findings[0].places.len()), (30, 20));
}

#[test]
fn schedules_groups_and_what_a_fit_would_use() {
    let inspection = look(
        "params,tokens,loss,group,weight,unique_tokens,schedule,final_sparsity,prune_start,prune_end,prune_unit\n\
         1e9,2e10,2.5,x,1,2e10,dense,,,,\n1e9,2e10,2.6,y,2,1e10,cubic,0.5,0.25,0.75,fraction\n\
         2e9,4e10,2.3,y,1,1e10,cubic,0.5,0.5,1,fraction\n2e9,4e10,2.4,y,1,1e10,one_shot,0.8,0.5,,fraction\n",
    );
    let groups: Vec<(Option<&str>, usize)> =
        inspection.groups.iter().map(|group| (group.name.as_deref(), group.runs)).collect();
    assert_eq!(groups, [(Some("x"), 1), (Some("y"), 3)]);
    let shapes: Vec<(&str, usize)> =
        inspection.schedules.iter().map(|group| (group.schedule.as_str(), group.runs)).collect();
    assert_eq!(shapes, [("dense", 1), ("cubic", 2), ("one_shot", 1)]);
    // A cubic ramp to s spends its length at a mean of 1 - 3 s/4: 1/4 + 0.625/2 + 0.5/4 and 1/2 + 0.625/2.
    let [least, greatest] = inspection.schedules[1].average_density.expect("it is known");
    near(least, 0.6875, 1e-12);
    near(greatest, 0.8125, 1e-12);
    assert_eq!(inspection.schedules[1].pruned, Some([0.25, 1.0]));
    let fit = &inspection.fit;
    assert_eq!((fit.observations, fit.runs, fit.weights.as_deref()), (4, 4, Some("given")));
    assert_eq!((inspection.table.rows_with_unique_tokens, inspection.table.rows_with_weight), (4, 4));
    let allowed: Vec<&str> = fit.laws.iter().filter(|law| law.allowed).map(|law| law.law.as_str()).collect();
    // Four rows are enough for three parameters.
    assert_eq!(allowed, ["compute"]);
}

#[test]
fn what_a_fit_refuses_is_said_and_not_an_error() {
    let inspection = look("params,tokens,loss,final_params\n1e9,2e10,2.5,5e8\n");
    assert!(inspection.fit.refusal.as_ref().is_some_and(|said| said.contains("average_params")));
    assert_eq!((inspection.fit.observations, inspection.fit.laws.len()), (0, 0));
    assert_eq!(inspection.schedules[0].schedule, "given counts");
    assert_eq!(inspection.schedules[0].average_density, None);
    let weights = look("params,tokens,loss,weight\n1e9,2e10,2.5,1\n1e9,3e10,2.4,\n");
    assert!(weights.fit.refusal.is_some_and(|said| said.contains("weight")));
}

#[test]
fn the_loss_of_a_run_is_what_was_chosen() -> Result<()> {
    let sweep = read(
        "run,params,tokens,loss\na,1e9,1e10,4\na,1e9,1.985e10,3\na,1e9,1.99e10,2\na,1e9,2e10,2.5\nb,1e9,1e10,3.5\n",
    );
    let losses = |at: LossAt| {
        let observations = sweep.observations(&ObservationOptions::default().with_loss_at(at))?;
        assert_eq!(observations.tokens(), [2e10, 1e10]);
        Ok::<_, nbar::Error>((observations.loss().to_vec(), observations.loss_from()))
    };
    assert_eq!(losses(LossAt::Last)?, (vec![2.5, 3.5], None));
    let (mean, from) = losses("mean-last:1%".parse()?)?;
    // Tokens after 0.99 × 2e10 = 1.98e10.
    near(mean[0], 2.5, 1e-12);
    assert_eq!((mean[1], from.map(|from| from.rows)), (3.5, Some([1, 3])));
    let (mean, from) = losses(LossAt::MeanLast(0.004))?;
    assert_eq!((mean, from.map(|from| from.rows)), (vec![2.5, 3.5], Some([1, 1])));
    let (least, from) = losses(LossAt::Min)?;
    assert_eq!(least, [2.0, 3.5]);
    near(from.expect("it is said").shift, (2.0f64 / 2.5).ln() / 2.0, 1e-12);
    // Weights 1/8, 1/4, 1/2, 1 over their sum.
    let (smooth, _) = losses(LossAt::Ema(0.5))?;
    near(smooth[0], (4.0 / 8.0 + 3.0 / 4.0 + 2.0 / 2.0 + 2.5) / 1.875, 1e-12);
    assert_eq!(losses(LossAt::Ema(0.0))?.0, [2.5, 3.5]);
    Ok(())
}

#[test]
fn other_losses_are_refused_for_every_checkpoint_and_out_of_range() {
    let sweep = read("run,params,tokens,loss\na,1e9,1e10,4\na,1e9,2e10,3\n");
    let all = ObservationOptions::default().with_checkpoints(Checkpoints::All);
    for at in [LossAt::MeanLast(0.01), LossAt::Ema(0.9), LossAt::Min] {
        let error = sweep.observations(&all.with_loss_at(at)).expect_err("it is refused").to_string();
        assert!(error.contains("`checkpoints=all` fits every row"), "{error}");
    }
    for at in [LossAt::MeanLast(0.0), LossAt::MeanLast(1.1), LossAt::Ema(1.0), LossAt::Ema(f64::NAN)] {
        assert!(sweep.observations(&ObservationOptions::default().with_loss_at(at)).is_err(), "{at:?}");
    }
    for text in
        ["mean-last", "mean-last:0", "mean-last:101%", "ema", "ema:1", "ema:-0.1", "min:3", "first", ""]
    {
        assert!(text.parse::<LossAt>().is_err(), "{text}");
    }
    for text in
        ["last", "mean-last:1%", "mean-last:0.5%", "mean-last:7%", "mean-last:100%", "ema:0.99", "min"]
    {
        assert_eq!(text.parse::<LossAt>().map(|at| at.to_string()).ok().as_deref(), Some(text));
    }
}
