//! Columns that may say how much is pruned, and that nothing reads.

use nbar::inspect::{Finding, FindingKind};
use nbar::{ObservationOptions, ReadOptions, Result, Sweep, inspect};

/// Columns that are found, and what they say.
fn found(sweep: &Sweep) -> Vec<(String, String)> {
    let findings = inspect(sweep, &ObservationOptions::default()).findings;
    let column = |finding: Finding| match finding.kind {
        FindingKind::PruningNotRead { column, values, .. } => Some((column, values)),
        _ => None,
    };
    findings.into_iter().filter_map(column).collect()
}

fn table(header: &str, cells: [&str; 3]) -> String {
    let row = |(i, cell): (usize, &&str)| format!("1e8,{}e9,{},{cell}\n", i + 1, 3.3 - 0.1 * i as f64);
    let rows: String = cells.iter().enumerate().map(row).collect();
    format!("params,tokens,loss,{header}\n{rows}")
}

#[test]
fn columns_that_may_say_how_much_is_pruned_are_named() -> Result<()> {
    for (header, cells, values) in [
        ("attention_sparsity", ["0", "0.5", "0.5"], "'0', '0.5'"),
        ("kept", ["100", "50", "25"], "'100', '50', '25'"),
        ("width_kept", ["1", "0.5", "0.25"], "'1', '0.5', '0.25'"),
        ("zeros", ["0%", "50%", "75%"], "'0%', '50%', '75%'"),
        ("structure", ["none", "2:4", "2:4"], "'none', '2:4'"),
        ("kernel", ["", "1:4", "1:4"], "'', '1:4'"),
    ] {
        let text = table(header, cells);
        let sweep = Sweep::from_csv_str("t.csv", &text)?;
        assert_eq!(found(&sweep), [(header.to_owned(), values.to_owned())]);
        let off = ReadOptions::default().with_columns("final_sparsity=")?;
        assert!(found(&Sweep::from_reader("t.csv", text.as_bytes(), &off)?).is_empty(), "{header}");
    }
    // Files are one sweep.
    let each = |name: &str, cell: &str| {
        Sweep::from_csv_str(name, &format!("run,params,tokens,loss,kept\n{name},1e8,1e9,3.3,{cell}\n"))
    };
    let sweep = Sweep::from_sweeps(vec![each("a", "1")?, each("b", "0.5")?])?;
    assert_eq!(found(&sweep), [("kept".to_owned(), "'1', '0.5'".to_owned())]);
    Ok(())
}

#[test]
fn columns_of_something_else_are_not() -> Result<()> {
    for (header, cells) in [
        ("attention_sparsity", ["0", "0", "0"]),
        ("activation_sparsity", ["0", "0.5", "0.5"]),
        ("keep_last", ["1", "2", "3"]),
        ("mask_prob", ["0.1", "0.2", "0.3"]),
        ("dropout", ["0", "0.1", "0.1"]),
        ("started", ["10:35", "11:20", "12:40"]),
        ("ratio", ["16:9", "4:3", "16:9"]),
    ] {
        let sweep = Sweep::from_csv_str("t.csv", &table(header, cells))?;
        assert!(found(&sweep).is_empty(), "{header}: {:?}", found(&sweep));
    }
    // Runs whose N̄ is told need no more.
    let told = "params,tokens,loss,average_params,kept\n1e8,1e9,3.3,1e8,1\n1e8,1e9,3.4,5e7,0.5\n";
    assert!(found(&Sweep::from_csv_str("t.csv", told)?).is_empty());
    Ok(())
}

#[test]
fn what_is_not_to_be_read_is_named_where_it_says_that_runs_are_pruned() -> Result<()> {
    let off = ReadOptions::default().with_columns("final_sparsity=")?;
    let read = |text: &str| Sweep::from_reader("t.csv", text.as_bytes(), &off);
    for (header, cells, values) in [
        ("sparsity", ["0", "0.5", "0.8"], "'0', '0.5', '0.8'"),
        ("density", ["1", "1", "0.2"], "'1', '0.2'"),
        ("compression", ["1x", "4x", "4x"], "'1x', '4x'"),
    ] {
        assert_eq!(found(&read(&table(header, cells))?), [(header.to_owned(), values.to_owned())]);
    }
    assert!(found(&read(&table("sparsity", ["0", "0", "0"]))?).is_empty());
    // A run that is pruned as it goes on.
    let row =
        |i: i32| format!("a,{i},1e8,{i}e8,{},{}\n", 4.0 - 0.05 * f64::from(i), if i < 6 { 0.0 } else { 0.8 });
    let log = (1..=12).map(row).collect::<String>();
    let log = read(&format!("run,step,params,tokens,loss,sparsity\n{log}"))?;
    assert_eq!(found(&log), [("sparsity".to_owned(), "'0', '0.8'".to_owned())]);
    let said = inspect(&log, &ObservationOptions::default()).findings[0].to_string();
    assert!(said.contains("as asked") && !said.contains("if not"), "{said}");
    Ok(())
}
