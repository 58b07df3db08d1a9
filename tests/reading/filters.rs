//! Filters that ask for what no row has, and values in quotes.

use nbar::inspect::{Finding, FindingKind};
use nbar::{ObservationOptions, ReadOptions, Sweep, inspect};

const TABLE: &str = "run,params,tokens,loss,note\na,1e8,2e9,3.4,web\nb,2e8,4e9,3.1,code\nc,4e8,8e9,2.9,\nd,8e8,1.6e10,2.7,web\n";

fn read(filter: &str) -> nbar::Result<Sweep> {
    Sweep::from_csv_reader("runs.csv", TABLE.as_bytes(), &ReadOptions::default().with_filter(filter))
}

/// What is said of values that no row has.
fn not_found(sweep: &Sweep) -> Vec<String> {
    let findings = inspect(sweep, &ObservationOptions::default()).findings;
    let is_it = |finding: &Finding| matches!(finding.kind, FindingKind::ValueNotFound { .. });
    findings.into_iter().filter(is_it).map(|finding| finding.to_string()).collect()
}

#[test]
fn values_stand_in_quotes_of_either_kind() {
    for (filter, runs) in [
        ("run!='a'", 3),
        ("run==\"a\"", 1),
        ("note='web' and run!='a'", 1),
        ("note='web'or note='code'", 3),
        ("'note'='web'", 2),
        ("note!=it's", 4),
    ] {
        assert_eq!(read(filter).unwrap().len(), runs, "{filter}");
    }
    let message = read("note='web").unwrap_err().to_string();
    assert!(message.contains("a quote that is never closed"), "{message}");
}

#[test]
fn values_that_no_row_has_are_found() {
    for (filter, said) in [
        (
            "run!=r01",
            "no row has 'r01' in 'run', so `filter: run!=r01` has no effect; rows have 'a', 'b', 'c', 'd'",
        ),
        (
            "note=web or note=cod",
            "no row has 'cod' in 'note', so `filter: note=cod` has no effect; rows have 'web', 'code'",
        ),
        ("note!=None", "empty cells are told by `filter: note!=` and `filter: note=`"),
        ("line!=9", "no row has '9' in 'line'"),
        ("line=csv:3", "write lines of a file as FILE:LINE"),
        ("loss!=3", "rows have '3.4', '3.1', '2.9', '2.7'"),
        // Found, whatever else decides on the rows.
        ("run=a and note!=pile", "no row has 'pile' in 'note'"),
    ] {
        let found = not_found(&read(filter).unwrap());
        assert!(found.len() == 1 && found[0].contains(said), "{filter}: {found:?}");
    }
    for filter in [
        "",
        "run!=a",
        "note!=",
        "loss!=3.40",
        "line!=2",
        "params>=1",
        "run=a or note=web",
        "run=a and run!=a or run=b",
    ] {
        let found = not_found(&read(filter).unwrap());
        assert!(found.is_empty(), "{filter}: {found:?}");
    }
    let message = read("run=r01").unwrap_err().to_string();
    let said = "leaves none of 4 rows: no 'run' is 'r01'; choose among what there is: 'a', 'b', 'c', 'd'";
    assert!(message.contains(said), "{message}");
}

#[test]
fn a_value_of_any_file_is_a_value() {
    let other = "run,params,tokens,loss,note\ne,1e8,1e9,3.6,pile\nf,1e8,9e8,3.7,web\n";
    let both = |filter: &str| {
        let options = ReadOptions::default().with_filter(filter);
        let [a, b] = [("a.csv", TABLE), ("b.csv", other)]
            .map(|(path, text)| Sweep::from_csv_reader(path, text.as_bytes(), &options).unwrap());
        a.merge(b).unwrap()
    };
    for filter in ["note!=pile", "note!=code", "line!=a.csv:5", "line!=b.csv:2"] {
        assert_eq!(not_found(&both(filter)), Vec::<String>::new(), "{filter}");
    }
    let found = not_found(&both("note!=books"));
    assert!(found.len() == 1 && found[0].ends_with("rows have 'web', 'code', 'pile'"), "{found:?}");
}

#[test]
fn runs_that_a_column_marks_are_told_with_a_filter_that_leaves_them_out() -> nbar::Result<()> {
    let table = |column: &str, marks: [&str; 2]| {
        let row = |i: usize| {
            let mark = if i == 3 { marks[1] } else { marks[0] };
            format!("r{i},{i}e8,{}e9,{},\"{mark}\"\n", 20 * i, 3.0 - 0.1 * i as f64)
        };
        format!("run,params,tokens,loss,{column}\n{}", (1..9).map(row).collect::<String>())
    };
    let read = |text: &str, filter: &str| {
        Sweep::from_reader("t.csv", text.as_bytes(), &ReadOptions::default().with_filter(filter))
    };
    let marked = |sweep: &Sweep| {
        let findings = inspect(sweep, &ObservationOptions::default()).findings;
        findings.into_iter().find_map(|finding| match finding.kind {
            FindingKind::MarkedOut { remedy, .. } => Some((finding.count, remedy)),
            _ => None,
        })
    };
    for (column, marks) in
        [("exclude", ["False", "True"]), ("is_outlier", ["0", "1"]), ("valid", ["yes", "no"])]
    {
        let text = table(column, marks);
        let (count, remedy) = marked(&read(&text, "")?).expect(column);
        assert_eq!(count, 1, "{column}");
        // The filter that is offered leaves that run out, and nothing is said any more.
        let filter = remedy.split_once("`filter: ").and_then(|(_, rest)| rest.split('`').next());
        let rest = read(&text, filter.expect(&remedy))?;
        assert_eq!((rest.len(), marked(&rest)), (7, None), "{remedy}");
        // A mark of most runs says something else.
        assert_eq!(marked(&read(&table(column, [marks[1], marks[0]]), "")?), None, "{column}");
    }
    Ok(())
}
