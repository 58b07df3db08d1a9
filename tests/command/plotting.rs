//! Figures of a saved fit: their files, and what is in them.
//!
//! `BLESS=1 cargo test --test command plotting` writes the SVG files of tests/golden/figures; look at them before you
//! commit them.

use std::path::Path;

use crate::{good, refuses, run, saved, scratch, write};

const FOLDER: &str = "tests/golden/figures";
/// A fit with its draws, as it was saved: what is drawn of it rests on no search.
const SAVED: &str = "tests/reading/saved.fit.json";

/// A name, and what is asked of the saved fit.
const CASES: [(&str, &str); 6] = [
    ("frontier", "--kind frontier --flops 1e22"),
    ("frontier_dark", "--kind frontier --theme dark --width 85"),
    ("fit", "--kind fit"),
    ("residuals", "--kind residuals --width 85"),
    ("optimum", "--kind optimum --width 150"),
    ("contours", "--kind contours --flops 1e22 --target 2.2"),
];

/// A name, what is asked, and of which file.
const OTHERS: [(&str, &str, &str); 8] = [
    ("bootstrap", "--kind bootstrap --width 150", SAVED),
    ("starts", "--kind starts --width 85", SAVED),
    ("forest", "--kind forest", SAVED),
    ("holdout", "--kind holdout --width 85", "tests/golden/command/holdout.json"),
    ("forecast", "--kind forecast", "tests/golden/command/forecast.json"),
    ("compare", "--kind compare --width 150", "tests/golden/command/compare.json"),
    ("plan", "--kind plan", "tests/golden/command/plan.json"),
    ("schedule", "--kind schedule --run t5-02 --width 85", "data/t5_c4_sparse.csv"),
];

fn drawn(fit: &str, asked: &str, file: &str) -> Vec<u8> {
    let path = scratch(file).display().to_string();
    let asked: Vec<&str> = asked.split(' ').collect();
    let output = run(&[&["plot", fit][..], &asked, &["-o", &path]].concat());
    assert!(matches!(output.status.code(), Some(0 | 4)), "{}", crate::stderr(&output));
    std::fs::read(path).expect("it was drawn")
}

fn svg(fit: &str, asked: &str, file: &str) -> String {
    String::from_utf8(drawn(fit, asked, file)).expect("SVG is UTF-8")
}

#[test]
fn figures_look_as_they_did() {
    let of_saved = CASES.map(|(name, asked)| (name, asked, SAVED));
    for (name, asked, file) in of_saved.into_iter().chain(OTHERS) {
        let found = svg(file, asked, &format!("golden-{name}.svg"));
        check_xml(&found);
        assert!(!found.contains("NaN") && !found.contains("inf"), "{name} has numbers that are none");
        let path = Path::new(FOLDER).join(format!("{name}.svg"));
        if std::env::var_os("BLESS").is_some() {
            std::fs::create_dir_all(FOLDER)
                .and_then(|()| std::fs::write(&path, &found))
                .expect("it is written");
        }
        let held = std::fs::read_to_string(&path).unwrap_or_default();
        let differs = found.lines().zip(held.lines()).find(|(a, b)| a != b);
        assert!(found == held, "{} differs, first in {differs:?}", path.display());
    }
}

/// Every tag closes, every attribute is quoted, every `&` begins one of XML's five names.
fn check_xml(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (words, tag) = rest.split_at(start);
        let end = tag.find('>').expect("a tag ends");
        for part in words.split('&').skip(1).chain(tag[..end].split('&').skip(1)) {
            let known = ["amp;", "lt;", "gt;", "quot;", "apos;"].iter().any(|name| part.starts_with(name));
            assert!(known, "&{part}");
        }
        assert!(!words.contains('>'), "{words}");
        let inside = &tag[1..end];
        assert_eq!(inside.matches('"').count() % 2, 0, "{inside}");
        match inside.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if inside.ends_with('/') => {}
            None => open.push(inside.split(' ').next().unwrap_or_default()),
        }
        rest = &tag[end + 1..];
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
}

/// The numbers of an attribute in all lines that begin so.
fn attributes(svg: &str, begin: &str, name: &str) -> Vec<f64> {
    let lines = svg.lines().filter(|line| line.starts_with(begin));
    let value = |line: &str| line.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?.parse().ok();
    lines.filter_map(value).collect()
}

#[test]
fn points_are_where_the_data_says() {
    let data = scratch("points-data.csv").display().to_string();
    let fit = saved("points.fit.json");
    let svg = svg(&fit, &format!("--kind frontier --data {data}"), "points.svg");
    let rows = std::fs::read_to_string(&data).expect("it was written");
    let values = rows.lines().filter(|row| row.contains("dense runs")).map(|row| {
        let cells: Vec<&str> = row.split(',').collect();
        [3, 4].map(|k| cells[k].parse::<f64>().expect("a number").ln())
    });
    let values: Vec<[f64; 2]> = values.collect();
    // The key has no discs where all runs are dense.
    let places: Vec<[f64; 2]> = attributes(&svg, "<circle", "cx")
        .into_iter()
        .zip(attributes(&svg, "<circle", "cy"))
        .map(|(x, y)| [x, y])
        .collect();
    assert!(values.len() > 200 && values.len() == places.len(), "{} and {}", values.len(), places.len());
    for k in [0, 1] {
        // Two far points say what the axis is; all others lie on it to half a hundredth of a point at each end.
        let by = |a: &usize, b: &usize| values[*a][k].total_cmp(&values[*b][k]);
        let (low, high) = ((0..values.len()).min_by(by).unwrap(), (0..values.len()).max_by(by).unwrap());
        let slope = (places[high][k] - places[low][k]) / (values[high][k] - values[low][k]);
        for (value, place) in values.iter().zip(&places) {
            let expected = places[low][k] + slope * (value[k] - values[low][k]);
            assert!((place[k] - expected).abs() < 0.0151, "{} is not {expected}", place[k]);
        }
    }
}

#[test]
fn the_ending_says_what_the_file_is_and_bytes_repeat() {
    let png = drawn(SAVED, "--kind fit --width 60", "figure.png");
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert_eq!(png, drawn(SAVED, "--kind fit --width 60", "again.png"));
    // 60 mm at 300 pixels an inch.
    assert_eq!(u32::from_be_bytes([png[16], png[17], png[18], png[19]]), 709);
    let pdf = drawn(SAVED, "--kind frontier", "figure.PDF");
    assert_eq!(pdf, drawn(SAVED, "--kind frontier", "again.pdf"));
    check_pdf(&pdf);
    let path = scratch("figure.jpg").display().to_string();
    refuses(&["plot", SAVED, "--kind", "fit", "-o", &path], 2, &["--output", ".svg, .png or .pdf"]);
    refuses(&["plot", SAVED, "--kind", "fit", "-o", "no/folder/f.svg"], 3, &["no/folder/f.svg"]);
    refuses(&["plot", SAVED, "--kind", "fit", "--width", "5", "-o", "f.svg"], 2, &["--width", "60 to 400"]);
}

/// The table at the end says where each object begins, and each stream is as long as it says.
fn check_pdf(pdf: &[u8]) {
    let text: String = pdf.iter().map(|byte| char::from(*byte)).collect();
    let table: usize = text.lines().rev().nth(1).and_then(|line| line.parse().ok()).expect("a place");
    let places = text[table_byte(&text, table)..].lines().skip(3).take_while(|line| line.ends_with(" n "));
    let places: Vec<usize> = places.map(|line| line[..10].parse().expect("a place")).collect();
    assert!(places.len() > 5, "{places:?}");
    for (k, place) in places.iter().enumerate() {
        assert!(
            text[table_byte(&text, *place)..].starts_with(&format!("{} 0 obj", k + 1)),
            "object {}",
            k + 1
        );
    }
    for stream in text.split("<</Length ").skip(1) {
        let length: usize = stream.split(['/', '>']).next().and_then(|n| n.parse().ok()).expect("a length");
        let body = stream.split_once("stream\n").expect("a body").1;
        assert!(body.chars().skip(length).collect::<String>().starts_with("\nendstream"), "{length}");
    }
}

/// Where a byte of the file is in the text that has a letter for each.
fn table_byte(text: &str, place: usize) -> usize {
    text.char_indices().nth(place).map_or(text.len(), |(at, _)| at)
}

#[test]
fn names_are_escaped_and_a_file_that_is_there_is_replaced() {
    let table = "run,params,tokens,loss\n\"<a&\"\"b>\",1e8,2e9,3.9\nb,1e8,2e10,3.3\nc,3e8,2e9,3.5\nd,3e8,2e10,3.0\n\
                 e,1e9,2e9,3.4\nf,1e9,2e10,2.7\n";
    let (sweep, fit) = (write("escaped.csv", table), scratch("escaped.fit.json").display().to_string());
    run(&["fit", &sweep, "--fix", "alpha=0.34", "--fix", "beta=0.37", "--bootstrap", "0", "-o", &fit]);
    let old = write("escaped.svg", "something else");
    let found = svg(&fit, "--kind residuals", "escaped.svg");
    assert!(old.ends_with("escaped.svg") && found.contains("&lt;a&amp;&quot;b&gt;"), "{found}");
    check_xml(&found);
    let title = ["plot", &fit, "--kind", "fit", "--title", "<b>", "-o", &old];
    run(&title);
    assert!(std::fs::read_to_string(&old).is_ok_and(|text| text.contains(">&lt;b&gt;<")));
}

#[test]
fn data_never_replaces_a_file_of_another_kind() {
    let table = write("mine.csv", "run,params\n");
    let figure = scratch("mine.svg").display().to_string();
    let asked = ["plot", SAVED, "--kind", "fit", "-o", &figure, "--data", &table];
    refuses(&asked, 3, &["mine.csv", "holds no data of a figure"]);
    let data = scratch("mine-data.csv").display().to_string();
    for _ in 0..2 {
        let again = ["plot", SAVED, "--kind", "fit", "-o", &figure, "--data", &data];
        assert!(matches!(run(&again).status.code(), Some(0 | 4)));
    }
}

#[test]
fn kinds_say_what_they_are_drawn_from() {
    let drawn = |files: &[&str], kind: &str, said: &[&str]| {
        refuses(&[&["plot"], files, &["--kind", kind, "-o", "f.svg"]].concat(), 3, said);
    };
    let plan = "tests/golden/command/plan.json";
    drawn(&[SAVED], "holdout", &["one JSON document of nbar holdout", "--format json"]);
    drawn(&[plan], "holdout", &["nbar.holdout", "'nbar.plan/1'"]);
    drawn(&[plan], "frontier", &["one saved fit", "nbar fit -o"]);
    drawn(&[SAVED, plan], "forest", &["saved fits alone"]);
    drawn(&["data/t5_c4_sparse.csv"], "schedule", &["several pruned", "--run t5-02"]);
    drawn(&["data/t5_c4_sparse.csv", SAVED], "curves", &["no run of the fit has a curve"]);
    drawn(&[SAVED], "curves", &["one row of each run", "--checkpoints all"]);
    let none = scratch("no-draws.fit.json").display().to_string();
    run(&["fit", "data/overtraining.csv", "--bootstrap", "0", "--no-diagnostics", "-o", &none]);
    drawn(&[&none], "bootstrap", &["the fit has none", "--bootstrap 1000"]);
    let broken = write("broken.json", "{\"schema\":\"nbar.plan/1\",\"runs\":[]}");
    drawn(&[&broken], "plan", &["the document is damaged"]);
}

#[test]
fn a_forest_lays_all_fits_beside_each_other_and_an_ellipse_holds_its_share() {
    let data = scratch("forest.csv").display().to_string();
    let other = scratch("forest.fit.json").display().to_string();
    run(&[
        "fit",
        "data/overtraining.csv",
        "--bootstrap",
        "60",
        "--fix",
        "beta=0.28",
        "--no-diagnostics",
        "-o",
        &other,
    ]);
    let forest = scratch("forest.svg").display().to_string();
    run(&["plot", SAVED, &other, "--kind", "forest", "-o", &forest, "--data", &data]);
    let rows = std::fs::read_to_string(&data).expect("it was written");
    // What was given, one parameter of each, has no interval and is no estimate.
    assert!(rows.lines().any(|row| row.contains("given,forest,0.28,")), "{rows}");
    assert_eq!(rows.lines().filter(|row| row.contains(",saved,")).count(), 2 * 6 + 1, "{rows}");
    assert_eq!(rows.lines().filter(|row| row.contains("estimates,forest,")).count(), 6, "{rows}");
    let svg = svg(&saved("ellipse.fit.json"), "--kind bootstrap", "share.svg");
    let shares = svg.split(" % inside").take(4).filter_map(|text| text.rsplit(' ').next()?.parse().ok());
    let shares: Vec<f64> = shares.collect();
    assert!(shares.len() == 4 && shares.iter().all(|share| (85.0..=99.0).contains(share)), "{shares:?}");
}

#[test]
fn curves_are_those_of_the_sweep_and_points_those_of_the_fit() {
    let (fit, data) =
        (scratch("curves.fit.json").display().to_string(), scratch("curves.csv").display().to_string());
    let sweep = "data/gemstones_cool_end.csv";
    run(&["fit", sweep, "--bootstrap", "0", "--no-diagnostics", "-o", &fit]);
    let figure = scratch("curves.svg").display().to_string();
    run(&["plot", &fit, sweep, "--kind", "curves", "-o", &figure, "--data", &data]);
    let rows = std::fs::read_to_string(&data).expect("it was written");
    let own: Vec<&str> = rows.lines().filter(|row| row.contains("\"measured, 512x16\"")).collect();
    let table = std::fs::read_to_string(sweep).expect("it is there");
    assert_eq!(own.len(), table.lines().filter(|row| row.starts_with("512x16,")).count(), "{rows}");
    // One row of each run was fitted: the last.
    let fitted: Vec<&str> = rows.lines().filter(|row| row.contains("fitted rows,512x16,")).collect();
    assert_eq!(fitted.len(), 1, "{rows}");
    let last = own.last().and_then(|row| row.split_once("16\",,")).expect("x and y").1;
    assert!(fitted[0].contains(last), "{fitted:?} {last}");
}

#[test]
fn kinds_draw_what_fits_have_and_say_what_they_lack() {
    let fit = scratch("constants-plot.fit.json").display().to_string();
    let set = "E=1.7,A=406,B=411,alpha=0.34,beta=0.28";
    let law = ["law", "chinchilla", "--set", set, "-o", &fit];
    good(&law);
    refuses(&["plot", &fit, "--kind", "residuals", "-o", "f.svg"], 3, &["its constants were given"]);
    refuses(&["plot", &fit, "--kind", "isoflop", "-o", "f.svg"], 3, &["its constants were given"]);
    let dense = saved("dense-plot.fit.json");
    refuses(&["plot", &dense, "--kind", "collapse", "-o", "f.svg"], 3, &["no sparse runs"]);
    let budgets = svg(&dense, "--kind isoflop", "isoflop.svg");
    check_xml(&budgets);
    assert!(budgets.matches(" FLOPs</text>").count() >= 4, "{budgets}");
    let sparse = scratch("sparse-plot.fit.json").display().to_string();
    run(&["fit", "data/t5_c4_sparse.csv", "--size", "geometric", "--bootstrap", "0", "-o", &sparse]);
    let counts = svg(&sparse, "--kind collapse --width 180", "collapse.svg");
    check_xml(&counts);
    assert_eq!(counts.matches("off one curve").count(), 4, "{counts}");
    let hot = scratch("hot-plot.fit.json").display().to_string();
    run(&["fit", "data/gemstones_hot.csv", "--bootstrap", "0", "-o", &hot]);
    let alone = svg(&hot, "--kind frontier", "alone.svg");
    assert!(alone.contains("The runs alone") && alone.matches("<circle").count() == 22, "{alone}");
    let others = ["depends on B", "--kind fit, --kind residuals, or --kind frontier"];
    refuses(&["plot", &hot, "--kind", "optimum", "-o", "f.svg"], 3, &others);
    refuses(&["plot", &hot, "--kind", "frontier", "--flops", "1e22", "-o", "f.svg"], 3, &["depends on B"]);
    for (flag, value) in [("--flops", "1e22"), ("--target", "2")] {
        let asked = ["plot", &dense, "--kind", "fit", flag, value, "-o", "f.svg"];
        refuses(&asked, 2, &[flag, "is not drawn by fit"]);
    }
    refuses(&["plot", &dense, "--kind", "contours", "--target", "1", "-o", "f.svg"], 3, &["not reachable"]);
    let found = svg(&fit, "--kind frontier", "constants.svg");
    assert!(found.contains("training FLOPs"));
}

#[test]
fn a_plan_marks_where_another_run_becomes_the_cheapest() {
    let exact = |value: &str| format!("{{\"estimate\":{value},\"interval\":[{value},{value}]}}");
    let run = |(sparsity, training, serving): (&str, &str, &str)| {
        let (training, serving) = (exact(training), exact(serving));
        let costs = format!("{{\"training_flops\":{training},\"serving_flops\":{serving}}}");
        format!("{{\"sparsity\":{sparsity},\"at_dense_loss\":{costs}}}")
    };
    let runs =
        [("0", "1e21", "4e21"), ("0.5", "1.2e21", "3e21"), ("0.8", "2e21", "2.5e21")].map(run).join(",");
    let plan = format!(
        "{{\"schema\":\"nbar.plan/1\",\"level\":0.95,\"inference_tokens\":1e12,\"runs\":[{runs}],\
         \"break_even\":[{{\"inference_tokens\":{}}}]}}",
        exact("1.6e12")
    );
    let found = svg(&write("turns.json", &plan), "--kind plan", "turns.svg");
    // Dense and 80 % sparse cost the same at 670B tokens, where 50 % sparse costs less.
    for (tokens, panels) in [("200B", 2), ("1.6T", 2), ("670B", 0)] {
        // Rims of words are no words.
        let words = found.lines().filter(|line| !line.contains("aria-hidden"));
        let marked = words.filter(|line| line.contains(&format!(">{tokens}</text>"))).count();
        assert_eq!(marked, panels, "{tokens}");
    }
}

#[test]
fn figures_of_recipes_groups_priors_and_repeats_show_what_the_answers_say() {
    let data = scratch("recipes-figure.csv").display().to_string();
    let drawn = |file: &str, kind: &str| {
        let found = svg(file, &format!("--kind {kind} --width 150 --data {data}"), &format!("{kind}.svg"));
        check_xml(&found);
        assert!(!found.contains("NaN") && !found.contains("inf"), "{kind} has numbers that are none");
        (found, std::fs::read_to_string(&data).expect("it was written"))
    };
    let table = "data/overtraining.csv";
    let fitted = |name: &str, more: &[&str]| {
        let path = scratch(name).display().to_string();
        let args = [&["fit", "--bootstrap", "40", "--no-diagnostics", "-o", &path], more].concat();
        (run(&args), path).1
    };
    // Two recipes, of which one is far worse: its interval has no upper end.
    let row = |flops: &str, reach: &str, multiplier: &str| {
        format!(
            "{{\"flops\":{{\"estimate\":{flops},\"interval\":[{flops},{flops}]}},\"reach\":{reach},\"multiplier\":{multiplier}}}"
        )
    };
    let one = |name: &str, rows: [String; 2]| {
        format!(
            "{{\"challenger\":\"{name}\",\"schema\":\"nbar.versus/1\",\"level\":0.95,\"draws\":9,\"rows\":[{}]}}",
            rows.join(",")
        )
    };
    let worse = "{\"estimate\":2.5,\"interval\":[1.5,null]}";
    let better = "{\"estimate\":0.8,\"interval\":[0.7,0.9]}";
    let all = [
        one("<a>", [row("1e20", "0.1", better), row("1e22", "10", "null")]),
        one("b", [row("1e20", "0.1", worse), row("1e22", "10", worse)]),
    ];
    let (found, rows) = drawn(&write("versus.json", format!("[{}]", all.join(","))), "versus");
    assert!(
        found.contains("&lt;a&gt;") && found.contains("never reaches the loss of 1 of the budgets"),
        "{found}"
    );
    assert!(rows.lines().any(|row| row.contains("budgets of b") && row.contains("2.5")), "{rows}");
    refuses(&["plot", SAVED, "--kind", "versus", "-o", "f.svg"], 3, &["one JSON document of nbar versus"]);

    let family = fitted(
        "family-figure.fit.json",
        &[table, "--group", "group", "--baseline", "rpj", "--share", "E,B,alpha,beta"],
    );
    let (found, rows) = drawn(&family, "families");
    assert!(found.contains("a parameter counts for, of rpj"), "{found}");
    assert_eq!(rows.lines().filter(|row| row.contains("runs of rpj,")).count(), 35, "{rows}");
    assert!(rows.contains("c4_original beyond the sweep"), "{rows}");
    refuses(&["plot", SAVED, "--kind", "families", "-o", "f.svg"], 3, &["fit by groups", "--group COLUMN"]);

    let known = ["--where", "group=rpj", "--prior", "E=1.7+-0.05", "--prior", "A=120x/1.3"];
    let (found, rows) = drawn(&fitted("prior-figure.fit.json", &[&[table][..], &known].concat()), "priors");
    assert!(found.contains("E: the prior decides") && found.contains("A: the prior decides"), "{found}");
    // A normal density of width .05 is 7.98 at its centre.
    let height = |row: &str| row.rsplit(',').find_map(|cell| cell.parse::<f64>().ok());
    let highest =
        rows.lines().filter(|row| row.contains("prior of E,")).filter_map(height).fold(0.0, f64::max);
    assert!((highest - 7.979).abs() < 0.02, "{highest}");
    refuses(&["plot", SAVED, "--kind", "priors", "-o", "f.svg"], 3, &["has none", "--prior E"]);

    let (found, rows) =
        drawn(&fitted("repeats-figure.fit.json", &["data/journey.csv", "--where", "lr_floor=0"]), "repeats");
    assert!(found.contains("about the law"), "{found}");
    assert!(rows.lines().filter(|row| row.contains("runs,")).count() > 30, "{rows}");
    refuses(&["plot", SAVED, "--kind", "repeats", "-o", "f.svg"], 3, &["repeat each other", "seeds"]);
}
