//! `nbar versus`.

use super::*;

/// Runs of a law that needs so many times the compute, their noise told by the place of each and a seed.
fn sweep(times: f64, seed: f64, name: &str) -> String {
    let mut table = "run,params,tokens,loss\n".to_owned();
    for i in 0..30 {
        let (n, d) = (1e7 * 10f64.powf(f64::from(i % 6) / 2.5), 1e8 * 10f64.powf(f64::from(i / 6) / 2.0));
        let less = |x: f64| x / times.sqrt();
        let noise = 2e-3 * (seed * (f64::from(i) + 1.0)).sin();
        let loss = (1.7 + 400.0 / less(n).powf(0.35) + 2000.0 / less(d).powf(0.37)) * noise.exp();
        table += &format!("{name}{i},{n},{d},{loss}\n");
    }
    table
}

fn written(name: &str, table: &str) -> String {
    let path = scratch(name);
    std::fs::write(&path, table).expect("the file is written");
    path.display().to_string()
}

#[test]
fn a_recipe_that_needs_half_as_much_again_does_and_pairs_are_told() {
    let (new, old) =
        (written("v-new.csv", &sweep(1.5, 1.3, "r")), written("v-old.csv", &sweep(1.0, 1.3, "r")));
    let found =
        json(&["versus", &new, &old, "--bootstrap", "100", "--flops", "1e18", "--time-per-flop", "2"]);
    assert_eq!(
        (&found["schema"], &found["paired_by"], &found["pairs"]),
        (&"nbar.versus/1".into(), &"runs".into(), &30.into())
    );
    let row = &found["rows"][0];
    assert_near(&row["multiplier"]["estimate"], 1.5, 0.02);
    assert_near(&row["time_multiplier"]["estimate"], 3.0, 0.02);
    assert!(row["better"].as_f64().expect("a number") < 0.01, "{row}");
    // Without common names they match by counts; with other counts by nothing, and the interval is wider.
    let other = written("v-other.csv", &sweep(1.0, 1.3, "q"));
    let by_counts = json(&["versus", &new, &other, "--bootstrap", "100", "--flops", "1e18"]);
    assert_eq!((&by_counts["paired_by"], &by_counts["pairs"]), (&"params_and_tokens".into(), &30.into()));
    let text = good(&["versus", &new, &old, "--bootstrap", "100"]);
    for part in [
        "v-new.csv against the baseline v-old.csv",
        "30 pairs drawn together, matched by names of runs",
        "the order does not turn",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn each_recipe_is_held_against_its_own_sweep() {
    // The challenger's runs end at a tenth of the baseline's compute, and it needs twice the compute.
    let small = |table: String| {
        let is_small = |line: &&str| {
            let cells: Vec<f64> = line.split(',').filter_map(|cell| cell.parse().ok()).collect();
            cells.is_empty() || cells[0] * cells[1] < 1.2e18
        };
        table.lines().filter(is_small).fold(String::new(), |all, line| all + line + "\n")
    };
    let new = written("v-short.csv", &small(sweep(2.0, 0.0, "r")));
    let old = written("v-long.csv", &sweep(1.0, 0.0, "q"));
    let most = |path: &str| {
        let found = json(&["inspect", path]);
        let ranges = found["tables"][0]["ranges"].as_array().expect("ranges");
        let flops = ranges.iter().find(|range| range["column"] == "flops").expect("flops");
        flops["greatest"].as_f64().expect("a number")
    };
    let [short, long] = [most(&new), most(&old)];
    assert!(short < 0.2 * long, "{short} {long}");
    let found = json(&["versus", &new, &old, "--bootstrap", "20", "--flops", "1e18,3e19"]);
    for row in found["rows"].as_array().expect("rows") {
        let of = |name: &str| row[name]["estimate"].as_f64().expect("a number");
        let asked = of("flops") * of("multiplier").max(1.0);
        let reach = (asked / short).max(of("flops") / long);
        assert_near(&row["reach"], reach, 1e-9);
    }
}

#[test]
fn at_fixed_size_and_ratio_the_multiplier_is_that_of_the_law() {
    let (new, old) =
        (written("v-new2.csv", &sweep(1.5, 0.0, "r")), written("v-old2.csv", &sweep(1.0, 0.0, "r")));
    let (n, loss) = (1e9f64, |n: f64, d: f64| 1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37));
    let found = json(&["versus", &new, &old, "--bootstrap", "20", "--params", "1B", "--flops", "1.2e20"]);
    let reached = loss(n, 2e10);
    // D of the challenger: what its N leaves, 1.5^½ times what the baseline's law asks for.
    let left = reached - 1.7 - 400.0 / (n / 1.5f64.sqrt()).powf(0.35);
    let expected = 1.5f64.sqrt() * (2000.0 / left).powf(1.0 / 0.37) / 2e10;
    assert_near(&found["rows"][0]["token_multiplier"]["estimate"], expected, 1e-6);
    let by_ratio =
        json(&["versus", &new, &old, "--bootstrap", "20", "--tokens-per-param", "20", "--flops", "1e20"]);
    assert_near(&by_ratio["rows"][0]["multiplier"]["estimate"], 1.5, 1e-6);
}

#[test]
fn one_pair_of_runs_has_a_closed_form() {
    for (pair, expected) in [("3.8104,3.7542", 1.315), ("3.4339,3.3988", 1.228), ("3.0208,2.9985", 1.183)] {
        let args =
            ["versus", "--pair", pair, "--irreducible", "1.6", "--exponent", "0.0941", "--format", "json"];
        let found: Value = serde_json::from_str(&good(&args)).expect("a document");
        assert!((found["multiplier"].as_f64().expect("a number") - expected).abs() < 5e-4, "{found}");
    }
    let below = run(&["versus", "--pair", "1.5,3.7", "--irreducible", "1.6", "--exponent", "0.0941"]);
    assert_eq!(below.status.code(), Some(3), "{}", stderr(&below));
    assert!(stderr(&below).contains("is not above E = 1.6"), "{}", stderr(&below));
}

#[test]
fn groups_of_one_table_and_saved_fits_are_recipes_too() {
    let table = sweep(1.5, 1.3, "a").replace('\n', ",new\n") + &sweep(1.0, 1.3, "b").replace('\n', ",old\n");
    let table = table.replace("loss,new", "loss,recipe").replace("run,params,tokens,loss,old\n", "");
    let path = written("v-both.csv", &table);
    let args =
        ["versus", &path, "--group", "recipe", "--baseline", "old", "--bootstrap", "50", "--flops", "1e18"];
    assert_near(&json(&args)["rows"][0]["multiplier"]["estimate"], 1.5, 0.02);
    for (args, code, part) in [
        (vec!["versus", &path, "--group", "recipe", "--baseline", "odd"], 2, "give one of new, old"),
        (vec!["versus", &path], 2, "are 1, not 2"),
        (vec!["versus", &path, "--group", "recipe"], 2, "--baseline"),
    ] {
        let output = run(&args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(part), "{part}: {}", stderr(&output));
    }
    let fits = [("v-new3.csv", 1.5), ("v-old3.csv", 1.0)].map(|(name, times)| {
        let (table, fit) = (written(name, &sweep(times, 1.3, "r")), scratch(&format!("{name}.fit.json")));
        let fit = fit.display().to_string();
        good(&["fit", &table, "--bootstrap", "50", "-o", &fit]);
        fit
    });
    let saved = json(&["versus", &fits[0], &fits[1], "--flops", "1e18"]);
    assert_eq!(saved["paired_by"], "runs");
    assert_near(&saved["rows"][0]["multiplier"]["estimate"], 1.5, 0.02);
}

#[test]
fn a_loss_that_one_never_reaches_gets_a_word_and_no_number() {
    // The challenger's E is above the loss that is asked for.
    let raise = |table: &str| {
        let row = |line: &str| {
            let (rest, loss) = line.rsplit_once(',').expect("a row");
            loss.parse::<f64>().map_or(line.to_owned(), |loss| format!("{rest},{}", loss + 0.5))
        };
        table.lines().map(row).collect::<Vec<String>>().join("\n")
    };
    let old = sweep(1.0, 0.4, "r");
    let (new, old) = (written("v-high.csv", &raise(&old)), written("v-low.csv", &old));
    let found = json(&["versus", &new, &old, "--bootstrap", "20", "--loss", "2.0"]);
    assert!(found["rows"][0]["multiplier"].is_null(), "{found}");
    assert!(good(&["versus", &new, &old, "--bootstrap", "20", "--loss", "2.0"]).contains("not reached"));
    let never = run(&["versus", &old, &new, "--bootstrap", "20", "--loss", "2.0"]);
    assert_eq!(never.status.code(), Some(3), "{}", stderr(&never));
    assert!(stderr(&never).contains("not reachable"), "{}", stderr(&never));
}

#[test]
fn fits_without_draws_are_compared_without_intervals_and_a_sweep_with_no_fit() {
    let fits = [("v-new4.csv", 1.5), ("v-old4.csv", 1.0)].map(|(name, times)| {
        let (table, fit) = (written(name, &sweep(times, 1.3, "r")), scratch(&format!("{name}.fit.json")));
        let fit = fit.display().to_string();
        good(&["fit", &table, "--bootstrap", "0", "-o", &fit]);
        (table, fit)
    });
    let text = good(&["versus", &fits[0].1, &fits[1].1, "--flops", "1e18,1e19"]);
    assert!(
        text.contains("no intervals: one of the saved fits has no draws") && !text.contains("NaN"),
        "{text}"
    );
    let found = json(&["versus", &fits[0].1, &fits[1].1, "--flops", "1e18"]);
    assert_near(&found["rows"][0]["multiplier"]["estimate"], 1.5, 0.02);
    assert!(found["rows"][0]["better"].is_null(), "{found}");
    let mixed = run(&["versus", &fits[0].0, &fits[1].1]);
    assert_eq!(mixed.status.code(), Some(2), "{}", stderr(&mixed));
    assert!(stderr(&mixed).contains("give two sweeps, or two saved fits"), "{}", stderr(&mixed));
}

#[test]
fn a_sweep_that_is_too_small_is_named() {
    let few: String = std::fs::read_to_string("data/chinchilla.csv")
        .expect("a table")
        .lines()
        .take(6)
        .fold(String::new(), |table, line| table + line + "\n");
    let few = write("few.csv", few);
    let versus = |own, other| ["versus", own, other, "--bootstrap", "20"];
    refuses(&versus(&few, "data/chinchilla.csv"), 3, &["the challenger", "needs 6 observations"]);
    refuses(&versus("data/chinchilla.csv", &few), 3, &["the baseline", "needs 6 observations"]);
}

#[test]
fn where_laws_may_bend_no_probability_is_surer_than_the_interval() {
    let data = "data/chinchilla.csv";
    let fit = |law: &str| {
        let path = scratch(&format!("v-{law}.fit.json")).display().to_string();
        good(&["fit", data, "--where", "outlier=0", "--law", law, "--bootstrap", "200", "-o", &path]);
        path
    };
    let [kaplan, chinchilla] = ["kaplan", "chinchilla"].map(fit);
    let (mut undecided, mut sure) = (0, 0);
    for level in ["0.5", "0.8", "0.95"] {
        let found = json(&["versus", &kaplan, &chinchilla, "--level", level]);
        for row in found["rows"].as_array().expect("rows") {
            let [low, high] = [0, 1].map(|end| row["difference"]["interval"][end].as_f64().expect("an end"));
            let better = row["better"].as_f64().expect("a share");
            let least = 0.5 * (1.0 - level.parse::<f64>().expect("a level"));
            if low < 0.0 && high > 0.0 {
                undecided += 1;
                // Probabilities are known to 1e-4.
                assert!(better > least - 1e-3 && better < 1.0 - least + 1e-3, "{level}: {row}");
            } else {
                sure += 1;
                assert!(!(least..=1.0 - least).contains(&better), "{level}: {row}");
            }
        }
    }
    assert!(undecided > 4 && sure > 4, "{undecided} {sure}");
}

#[test]
fn the_flops_of_masked_training_may_be_counted_beside_a_dense_baseline() {
    let sweep = std::fs::read_to_string("data/t5_c4_sparse.csv").unwrap();
    let (header, rows) = sweep.split_once('\n').unwrap();
    let place = header.split(',').position(|name| name == "final_sparsity").unwrap();
    let is_dense = |row: &&str| ["", "0", "0.0"].contains(&row.split(',').nth(place).unwrap());
    let part = |name: &str, dense: bool| {
        let rows: Vec<&str> = rows.lines().filter(|row| is_dense(row) == dense).collect();
        write(name, format!("{header}\n{}\n", rows.join("\n")))
    };
    let (sparse, dense) = (part("masked-sparse.csv", false), part("masked-dense.csv", true));
    let more = ["--flops-count", "dense", "--bootstrap", "20", "--flops", "1e20"];
    let output = run(&[&["versus", &sparse, &dense][..], &more].concat());
    let said = stderr(&output);
    assert!(
        said.contains("masked-sparse.csv: FLOPs: 6 N0 D") && !said.contains("no run of the sweep"),
        "{said}"
    );
    refuses(&[&["versus", &dense, &dense][..], &more].concat(), 2, &["no run of the sweep was pruned"]);
}
