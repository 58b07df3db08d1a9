//! Rows that share the name of a model: runs of their own, or a loss curve.

use nbar::{ReadOptions, Result};

use crate::names::{by_name, read};

/// Models at so many lengths, under a header of the name.
fn models_at(header: &str, lengths: usize) -> String {
    let row = |model: usize, k: usize| {
        let (params, tokens) = (7e7 * (model + 1) as f64, 1e9 * (k + 1) as f64);
        format!("m{model},{params},{tokens},{}\n", 4.0 - 0.05 * k as f64 - 0.2 * model as f64)
    };
    let rows: String = (0..2).flat_map(|model| (0..lengths).map(move |k| row(model, k))).collect();
    format!("{header},params,tokens,loss\n{rows}")
}

#[test]
fn whether_a_model_at_a_few_lengths_is_a_curve_is_asked() -> Result<()> {
    for header in ["model", "name", "Model Name"] {
        let table = models_at(header, 4);
        let error = by_name(&table).unwrap_err().to_string();
        let said = format!("'{header}' has 2 names on 8 rows");
        assert!(error.contains(&said) && error.contains("`columns: run=`"), "{error}");
        // Both remedies work.
        for (chosen, runs) in [("", 8), (header, 2)] {
            let options = ReadOptions::default().with_column("run", chosen);
            assert_eq!(read(&table, &options)?.runs().len(), runs, "{header}");
        }
    }
    // What is asked of the sweep says it, and so do a table of runs and a column of checkpoints.
    let few = models_at("model", 4);
    assert_eq!(read(&few, &ReadOptions::default().with_curves())?.runs().len(), 2);
    let runs = "run,group\nm0,a\nm1,b\n".as_bytes();
    assert_eq!(read(&few, &ReadOptions::default().with_runs_from("runs.csv", runs)?)?.runs().len(), 2);
    let with_checkpoints = few.replace("loss", "loss,checkpoint");
    let with_checkpoints: String = with_checkpoints
        .lines()
        .enumerate()
        .map(|(i, line)| if i == 0 { format!("{line}\n") } else { format!("{line},{i}\n") })
        .collect();
    assert_eq!(by_name(&with_checkpoints)?.runs().len(), 2);
    // A run's name says it, and so do steps.
    assert_eq!(by_name(&models_at("run", 4))?.runs().len(), 2);
    let with_steps = "model,params,tokens,step,loss\nm0,7e7,1e9,100,4.0\nm0,7e7,2e9,200,3.9\n";
    assert_eq!(by_name(with_steps)?.runs().len(), 1);
    Ok(())
}

#[test]
fn many_rows_of_one_model_are_said_to_be_a_curve() -> Result<()> {
    let sweep = by_name(&models_at("model", 30))?;
    let said = sweep.sources()[0].notes.join("");
    assert!(sweep.runs().len() == 2 && said.contains("'model' has 2 names on 60 rows"), "{said}");
    Ok(())
}
