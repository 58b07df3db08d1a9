use super::*;

fn read(text: &str) -> Result<PointTable> {
    PointTable::from_reader("p.csv", text.as_bytes())
}

#[test]
fn names_delimiters_marks_and_schedules_are_those_of_sweep_tables() -> Result<()> {
    let plain = read("params,tokens\n7e9,1.4e11\n")?;
    for text in [
        "\u{feff}params;tokens\n7B;140B\n",
        "n_params,n_tokens\n7B,140B\n",
        "N\tD\n7B\t140B\n",
        "tokens,loss,train_loss,params,final_sparsity\n140B,2.5,2.4,7B,0\n",
    ] {
        // Losses that were measured are kept.
        let without = |point: Point| Point { loss: None, columns: Vec::new(), ..point };
        let points: Vec<Point> = read(text)?.points.into_iter().map(without).collect();
        let plain: Vec<Point> = plain.points.iter().cloned().map(without).collect();
        assert_eq!(points, plain, "{text}");
    }
    let pruned = "run,params,tokens,steps,schedule,final_sparsity,prune_start,prune_end,prune_unit\n\
                  a,1e9,2e10,,cubic,80%,25%,75%,fraction\n\n\
                  b,1e9,2e10,1000,constant,0.5,,,\n";
    let table = read(pruned)?;
    let [a, b] = &table.points[..] else { panic!("two points") };
    assert!((a.trajectory.average_params() / 0.5e9 - 1.0).abs() < 1e-14);
    assert_eq!((b.run.as_deref(), b.line, b.trajectory.average_params()), (Some("b"), Some(4), 0.5e9));
    assert!(table.unused_columns.is_empty());
    Ok(())
}

#[test]
fn what_no_run_can_be_is_refused_where_it_stands() {
    for (text, part) in [
        ("params\n7B\n", "p.csv: no column for 'tokens'"),
        ("params,tokens\n", "no row follows the header"),
        ("params,tokens\n7B,\n", "p.csv, line 2, column 'tokens': the cell is empty; fill it"),
        ("n_params,tokens\n1,1\nmany,1\n", "p.csv, line 3, column 'n_params': 'many'"),
        ("params,tokens\n50%,1\n", "column 'params': '50%'"),
        ("params,tokens\n7B,1T,3\n", "line 2: 3 cells where the header has 2"),
        ("params,tokens,final_sparsity\n7B,1T,0.5\n", "line 2: `final_sparsity` 0.5 needs `schedule`"),
        ("{}", "the file looks like JSON"),
        ("N_M,tokens\n7000,140B\n", "call 'N_M' params_m, with its unit"),
    ] {
        let message = read(text).unwrap_err().to_string();
        assert!(message.contains(part), "{text}\n gives: {message}");
    }
}
