//! Clusters named by a column.

use nbar::{Checkpoint, Checkpoints, ObservationOptions, ReadOptions, Result, Run, Sweep};

use crate::refuses;

fn read(column: &str, table: &str) -> Result<Sweep> {
    Sweep::from_csv_reader("t.csv", table.as_bytes(), &ReadOptions::default().with_clusters(column))
}

fn clusters(sweep: &Sweep) -> Vec<Option<&str>> {
    sweep.runs().iter().map(nbar::Run::cluster).collect()
}

const TABLE: &str = "run,params,tokens,loss,Data Order,group\n\
                     a,1e9,1e10,2.75,one,1B\na,1e9,2e10,2.5,one,1000M\nb,2e9,1e10,2.6,two,1e9\nc,3e9,1e10,2.4,one,x\n";

#[test]
fn words_and_numbers_are_clusters_of_whole_runs() {
    for column in ["Data Order", "data_order"] {
        let sweep = read(column, TABLE).unwrap();
        assert_eq!(clusters(&sweep), [Some("one"), Some("two"), Some("one")]);
        assert!(sweep.unused_columns().is_empty());
        let all = ObservationOptions::default().with_checkpoints(Checkpoints::All);
        let observations = sweep.observations(&all).unwrap();
        assert_eq!((observations.len(), observations.cluster_count()), (4, Some(2)));
    }
    // A field's own column serves as well; numbers are the same however they are written.
    let table = TABLE.replace("1000M", "1B");
    let sweep = read("group", &table).unwrap();
    assert_eq!(sweep.runs()[0].cluster(), sweep.runs()[1].cluster());
    assert_eq!((sweep.runs()[2].cluster(), sweep.runs()[1].group()), (Some("x"), Some("1e9")));
    assert_eq!(sweep.observations(&ObservationOptions::default()).unwrap().cluster_count(), Some(2));
    // A column of that name is none unless it is asked for.
    let plain = Sweep::from_csv_str("t.csv", &TABLE.replace("Data Order", "cluster")).unwrap();
    assert_eq!(clusters(&plain), [None; 3]);
}

#[test]
fn columns_and_cells_that_say_no_cluster_are_refused() {
    refuses(
        read("data_ordre", TABLE),
        "a typing error",
        &["`cluster` 'data_ordre' is no column of t.csv", "write 'Data Order'"],
    );
    refuses(read("seed", TABLE), "another name", &["`cluster` 'seed'", "choose one of run, params, tokens"]);
    let parts = [
        "t.csv, line 3",
        "run 'a'",
        "'tokens'",
        "'2e10' here and '1e10' on line 2",
        "a run lies in one cluster",
    ];
    refuses(read("tokens", TABLE), "rows that differ", &parts);
    let empty = TABLE.replace("2.6,two", "2.6,");
    refuses(
        read("Data Order", &empty),
        "an empty cell",
        &["t.csv, line 4", "the cell is empty", "filter: Data Order!="],
    );
    let [one, other] = [TABLE, "run,params,tokens,loss,Data Order,group\na,1e9,3e10,2.4,two,1B\n"];
    let merged = read("Data Order", one).unwrap().merge(read("Data Order", other).unwrap());
    refuses(merged, "two files", &["run 'a'", "its clusters differ"]);
}

#[test]
fn a_table_of_runs_says_the_clusters_of_logs() {
    let runs = "run,params,seed\na,1e9,1\nb,1e9,1.0\n";
    let options = ReadOptions::default().with_runs_from("runs.csv", runs.as_bytes()).unwrap();
    let read = |losses: &str, column: &str| {
        Sweep::from_reader("t.csv", losses.as_bytes(), &options.clone().with_clusters(column))
    };
    let losses = "run,tokens,loss\na,1e10,2.7\nb,2e10,2.6\n";
    assert_eq!(clusters(&read(losses, "seed").unwrap()), [Some("1"), Some("1")]);
    refuses(read(losses, "sead"), "a typing error", &["`cluster` 'sead' is no column of t.csv"]);
    let stranger = format!("{losses}c,3e10,2.5\n");
    refuses(read(&stranger, "seed"), "a run that is not in the table", &["run 'c'", "runs.csv"]);
}

#[test]
fn weights_that_are_no_numbers_are_refused() {
    let run = |weight: f64| Run::new("a", 1e8, vec![Checkpoint::new(1e9, 3.0).with_weight(weight)]);
    assert!(Sweep::from_runs(vec![run(2.0)]).is_ok());
    for weight in [f64::NAN, f64::INFINITY, 0.0] {
        assert!(Sweep::from_runs(vec![run(weight)]).is_err(), "{weight}");
    }
}
