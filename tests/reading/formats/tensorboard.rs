//! Scalars exported from TensorBoard: CSV with the columns `Wall time,Step,Value`, or JSON `[[wall time, step, value], …]`.

use nbar::{ReadOptions, Result, Sweep};

fn read(name: &str, text: &str) -> Result<Sweep> {
    let options = ReadOptions::default().with_run_params(1e8).with_tokens_per_step(5e5);
    Sweep::from_reader(name, text.as_bytes(), &options)
}

#[test]
fn csv_and_json_are_the_same_curve() -> Result<()> {
    let csv =
        read("run-a-tag-loss.csv", "Wall time,Step,Value\n1700000000.5,100,3.5\n1700000060.5,200,3.25\n")?;
    let json = read("run-a-tag-loss.json", "[[1700000000.5, 100, 3.5], [1700000060.5, 200, 3.25]]")?;
    assert_eq!(csv, json);
    assert_eq!((csv.runs()[0].id(), csv.runs()[0].checkpoints()[1].tokens), ("a", 1e8));
    for sweep in [csv, json] {
        assert_eq!(sweep.sources()[0].format(), "TensorBoard scalar");
        assert!(sweep.sources()[0].notes[0].contains("down-samples"));
    }
    Ok(())
}

#[test]
fn what_is_missing_or_broken_is_named() {
    let plain =
        Sweep::from_reader("a.csv", "Wall time,Step,Value\n1,2,3\n".as_bytes(), &ReadOptions::default());
    let error = plain.unwrap_err().to_string();
    assert!(error.contains("`run_params=1.2B`"), "{error}");
    let error = read("a.json", "[[1, 2, 3],\n [1, 2]]").unwrap_err().to_string();
    assert!(error.contains("a.json, line 2: a point of 2 numbers"), "{error}");
    let error = read("a.json", "[[1, 2, 3],\n [1, 3, \"x\"]]").unwrap_err().to_string();
    assert!(error.contains("a.json, record 2, line 2, column 'Value': 'x'"), "{error}");
}

#[test]
fn arrays_of_counts_are_no_scalars() {
    for text in
        ["[[70000000.0, 1400000000.0, 3.99]]", "[[\"params\", \"tokens\", \"loss\"], [7e7, 1.4e9, 3.99]]"]
    {
        let error = read("a.json", text).unwrap_err().to_string();
        assert!(error.contains("is no wall time") && error.contains("give records with names"), "{error}");
    }
}
