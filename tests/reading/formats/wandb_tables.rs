//! Tables with a row for each run of W&B: what the example of its API writes, and what its site exports.

use nbar::{ReadOptions, Result, Sweep};

fn read(text: &str) -> Result<Sweep> {
    Sweep::from_reader("project.csv", text.as_bytes(), &ReadOptions::default())
}

fn rows(sweep: &Sweep) -> Vec<(&str, f64, f64, f64)> {
    let row = |run: &'_ nbar::Run| (run.params, run.checkpoints()[0].tokens, run.checkpoints()[0].loss);
    sweep.runs().iter().map(|run| (run.id(), row(run))).map(|(id, (n, d, loss))| (id, n, d, loss)).collect()
}

#[test]
fn python_dictionaries_are_read() -> Result<()> {
    let table = ",summary,config,name\n\
        0,\"{'_step': 9000, 'eval/loss': 3.21, 'tokens': 4718592000, 'best': nan}\",\"{'n_params': 90000000, 'compile': True, 'note': None}\",s90\n\
        1,\"{'_step': 9000, 'eval/loss': np.float64(2.98), 'tokens': 4718592000}\",\"{'n_params': 310000000, 'note': \"\"it's\"\"}\",s310\n\
        2,\"{'_step': 400, 'tokens': 209715200}\",\"{'n_params': 700000000, 'compile': True}\",s700\n";
    let sweep = read(table)?;
    assert_eq!(rows(&sweep), [("s90", 9e7, 4_718_592_000.0, 3.21), ("s310", 3.1e8, 4_718_592_000.0, 2.98)]);
    assert_eq!((sweep.sources()[0].format(), sweep.rows_passed_over()), ("W&B API table", 1));
    let error = read("summary,config,name\n<object>,{},a\n").unwrap_err().to_string();
    assert!(
        error.starts_with(
            "project.csv, line 2, column 'summary': '<object>' is not a Python dictionary; write"
        ),
        "{error}"
    );
    Ok(())
}

#[test]
fn the_sites_table_has_a_run_a_row_and_nested_names() -> Result<()> {
    let table = "\"Name\",\"State\",\"User\",\"Created\",\"Runtime\",\"model.n_params\",\"train.tokens\",\"train/loss\",\"val/loss\"\n\
        \"a\",\"finished\",\"me\",\"2025-01-01\",\"10\",\"1e8\",\"1e9\",\"3\",\"3.5\"\n\
        \"a\",\"finished\",\"me\",\"2025-01-01\",\"10\",\"1e8\",\"2e9\",\"3\",\"3.375\"\n\
        \"b\",\"finished\",\"me\",\"2025-01-01\",\"10\",\"2e8\",\"2e9\",\"3\",\"3.25\"\n\
        \"c\",\"running\",\"me\",\"2025-01-01\",\"10\",\"2e8\",\"\",\"\",\"\"\n";
    let sweep = read(table)?;
    let expected = [("a", 1e8, 1e9, 3.5), ("a (line 3)", 1e8, 2e9, 3.375), ("b", 2e8, 2e9, 3.25)];
    assert_eq!(rows(&sweep), expected);
    assert_eq!(sweep.sources()[0].format(), "W&B run table");
    Ok(())
}

#[test]
fn the_rate_of_a_config_goes_before_the_last_of_a_log() -> Result<()> {
    let table = "Name,State,ID,Created,n_params,tokens,lr,learning_rate,val_loss\n\
                 a,finished,x1,2026-01-01T00:00:00.000Z,1e7,1e9,1e-4,1e-3,3.4\n\
                 b,finished,x2,2026-01-01T00:00:00.000Z,2e7,2e9,1e-4,3e-3,3.2\n";
    let sweep = read(table)?;
    let rate = sweep.mapping().iter().find(|own| own.field == "learning_rate").map(|own| own.column.as_str());
    assert_eq!(rate, Some("learning_rate"));
    Ok(())
}
