//! Tables of runs that do not go with a sweep.

use nbar::{ReadOptions, Result, Sweep};

fn read(table: &str, losses: &str, filter: Option<&str>) -> Result<Sweep> {
    let mut options = ReadOptions::default().with_runs_from("runs.csv", table.as_bytes())?;
    options.filter = filter.map(str::to_owned);
    Sweep::from_reader("losses.csv", losses.as_bytes(), &options)
}

const LOSSES: &str = "run,params,tokens,loss\na,1e8,1e10,3.0\nb,1e8,2e10,2.9\nc,2e8,2e10,2.8\n";

#[test]
fn names_that_are_written_in_two_ways_are_refused() {
    for rows in
        ["A,linear,.5,0,1\nB,linear,.5,0,1\nC,dense,,,\n", "a,linear,.5,0,1\nx,linear,.5,0,1\nc,dense,,,\n"]
    {
        let table = format!(
            "run,schedule,final_sparsity,prune_start,prune_end,prune_unit\n{}",
            rows.replace('\n', ",fraction\n")
        );
        let refused = read(&table, LOSSES, None).unwrap_err().to_string();
        assert!(refused.contains("runs.csv: ") && refused.contains("name no run of the sweep"), "{refused}");
        assert!(refused.contains("have no row") && refused.contains("call runs alike"), "{refused}");
        // Of the runs that a filter leaves out nothing is known.
        read(&table, LOSSES, Some("run!=b")).unwrap();
    }
    // A table of more runs, and one of some.
    for rows in ["a,1\nb,2\nc,3\nd,4\n", "b,2\n"] {
        assert_eq!(read(&format!("run,note\n{rows}"), LOSSES, None).unwrap().len(), 3);
    }
}

#[test]
fn counts_that_two_tables_say_otherwise_are_refused() {
    let refused = read("run,params\nb,200M\n", LOSSES, None).unwrap_err().to_string();
    assert!(
        refused
            .contains("line 3, column 'params': run 'b' has 100000000, and runs.csv, line 2, says 200000000"),
        "{refused}"
    );
    // Both remedies work.
    for (columns, params) in [("params=", 2e8), ("params=params", 1e8)] {
        assert!(refused.contains(&format!("`columns: {columns}`")), "{refused}");
        let table = "run,params\na,1e8\nb,200M\nc,2e8\n";
        let options = ReadOptions::default().with_runs_from("runs.csv", table.as_bytes()).unwrap();
        let options = options.with_columns(columns).unwrap();
        let sweep = Sweep::from_reader("losses.csv", LOSSES.as_bytes(), &options).unwrap();
        assert_eq!(sweep.runs()[1].params, params);
    }
    // A label is no count.
    assert_eq!(read("run,params\nb,95M\n", LOSSES, None).unwrap().runs()[1].params, 1e8);
    assert_eq!(read("run,params (M)\nb,100\n", LOSSES, None).unwrap().runs()[1].params, 1e8);
}
