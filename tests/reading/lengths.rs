//! Over which length a schedule is that is in shares of a run.

use nbar::{Checkpoints, ObservationOptions, ReadOptions, Result, Sweep};

use crate::common::near::all_near;
use crate::refuses;

const HEADER: &str = "run,params,tokens,loss,schedule,final_sparsity,prune_start,prune_end,prune_unit";
/// Of a run of 1e9 tokens that is pruned to .8 along a line over its middle half, from 1e8 parameters: N̄ at each quarter.
const AVERAGES: [f64; 4] = [1e8, 0.9e8, 1e8 * (1.0 - 0.8 / 3.0), 0.6e8];

fn quarters(rows: std::ops::RangeInclusive<u32>, pruning: &str, more: [&str; 2]) -> String {
    let rows = rows.map(|k| {
        let tokens = 2.5e8 * f64::from(k);
        format!("a,1e8,{tokens:e},{},linear,0.8,{pruning}{}\n", 4.0 - 0.1 * f64::from(k), more[1])
    });
    format!("{HEADER}{}\n{}", more[0], rows.collect::<String>())
}

fn averages(sweep: &Sweep) -> Result<Vec<f64>> {
    let options = ObservationOptions::default().with_checkpoints(Checkpoints::All);
    Ok(sweep.observations(&options)?.average_params().to_vec())
}

#[test]
fn a_filter_of_rows_moves_no_ramp() -> Result<()> {
    let table = quarters(1..=4, "0.25,0.75,fraction", ["", ""]);
    all_near(&averages(&Sweep::from_csv_str("t.csv", &table)?)?, &AVERAGES, 1e-12);
    for (filter, kept) in [("tokens<=5e8", 2), ("loss>3.75", 2), ("line!=t.csv:5", 3)] {
        let options = ReadOptions::default().with_filter(filter);
        let sweep = Sweep::from_reader("t.csv", table.as_bytes(), &options)?;
        all_near(&averages(&sweep)?, &AVERAGES[..kept], 1e-12);
        let said = sweep.sources()[0].notes.join("; ");
        assert!(said.contains("the last rows of a run are left out"), "{filter}: {said}");
    }
    // In the order of the file, which is another.
    let mut lines: Vec<&str> = table.lines().collect();
    lines[1..].reverse();
    let options = ReadOptions::default().with_filter("tokens<6e8");
    let sweep = Sweep::from_reader("t.csv", lines.join("\n").as_bytes(), &options)?;
    all_near(&averages(&sweep)?, &AVERAGES[..2], 1e-12);
    Ok(())
}

#[test]
fn a_run_that_stops_early_is_pruned_as_was_planned() -> Result<()> {
    for (pruning, header, cell) in [
        ("0.25,0.75,fraction", ",planned_tokens", ",1e9"),
        ("250M,750M,token", ",planned_tokens", ",1e9"),
        ("0.25,0.75,fraction", ",step,planned_steps", ",STEP,400"),
        ("100,300,step", ",step,planned_steps", ",STEP,400"),
        ("100,300,step", ",step,planned_tokens", ",STEP,1e9"),
    ] {
        for last in 1..=4 {
            let mut table = quarters(1..=last, pruning, [header, cell]);
            for k in 1..=last {
                table = table.replacen("STEP", &(100 * k).to_string(), 1);
            }
            let sweep = Sweep::from_csv_str("t.csv", &table)?;
            all_near(&averages(&sweep)?, &AVERAGES[..last as usize], 1e-12);
        }
    }
    // Without a plan the run ends with its last row.
    let alone = Sweep::from_csv_str("t.csv", &quarters(1..=2, "0.25,0.75,fraction", ["", ""]))?;
    all_near(&averages(&alone)?, &[AVERAGES[1], AVERAGES[3]], 1e-12);
    Ok(())
}

#[test]
fn several_planned_lengths_are_none() {
    let table = quarters(1..=2, "0.25,0.75,fraction", [",planned_tokens", ",1e9"]);
    let odd = table.replacen(",1e9\n", ",2e9\n", 1);
    refuses(
        Sweep::from_csv_str("t.csv", &odd),
        &odd,
        &["run 'a'", "`prune_unit` fraction", "rows plan several", "the schedule in tokens"],
    );
    let in_tokens = odd.replace("0.25,0.75,fraction", "250M,750M,token");
    assert!(Sweep::from_csv_str("t.csv", &in_tokens).is_ok());
}

#[test]
fn a_short_row_that_is_left_out_is_no_harm() -> Result<()> {
    let table = quarters(1..=2, "0.25,0.75,fraction", ["", ""]) + "a,1e8\n";
    for commas in [None, Some(nbar::read::Commas::Decimal)] {
        let mut options = ReadOptions::default().with_filter("line!=t.csv:4");
        options.commas = commas;
        all_near(&averages(&Sweep::from_reader("t.csv", table.as_bytes(), &options)?)?, &[9e7, 6e7], 1e-12);
    }
    Ok(())
}

#[test]
fn tokens_of_a_parameter_tell_those_of_dense_runs() -> Result<()> {
    let read = |text: &str| Sweep::from_reader("runs.csv", text.as_bytes(), &ReadOptions::default());
    for header in ["tokens_per_param", "D/N", "tokens per parameter", "tokens/param"] {
        let sweep = read(&format!("N,{header},loss\n2e8,20,3.0\n4e8,10,2.9\n"))?;
        let tokens: Vec<f64> = sweep.runs().iter().map(|run| run.checkpoints()[0].tokens).collect();
        assert_eq!(tokens, [4e9, 4e9], "{header}");
        assert_eq!(sweep.sources()[0].notes, [format!("tokens are N x {header}")]);
        // What says more goes before.
        let sweep = read(&format!("N,D,{header},loss\n2e8,5e9,20,3.0\n"))?;
        assert_eq!(sweep.runs()[0].checkpoints()[0].tokens, 5e9);
        let pruned = format!("N,{header},schedule,sparsity,loss\n2e8,20,constant,0.5,3.0\n");
        refuses(read(&pruned), &pruned, &["line 2", "a pruned run needs `tokens`"]);
    }
    // Of a curve they are those of its end.
    let curve = "run,params,step,tokens_per_param,loss\na,2e8,100,20,4.0\na,2e8,200,20,3.0\n";
    refuses(read(curve), curve, &["no column for 'tokens'", "tokens_per_step"]);
    let sweep = read("params,sequences,seq_len,loss\n2e8,1000,2048,3.0\n")?;
    assert_eq!(sweep.runs()[0].checkpoints()[0].tokens, 1000.0 * 2048.0);
    let epochs = "params,tokens_per_epoch,epochs,loss\n2e8,1e9,4,3.0\n";
    refuses(read(epochs), epochs, &["no column for 'tokens'", "x epochs", "add a column `tokens`"]);
    Ok(())
}

#[test]
fn runs_that_stop_at_a_high_learning_rate_are_named() -> Result<()> {
    let table = |rates: &[f64]| {
        let rows = rates
            .iter()
            .enumerate()
            .map(|(run, last)| format!("r{run},1e8,1e9,3.5,1e-3\nr{run},1e8,{}e9,3.1,{last}\n", 2 + run));
        Sweep::from_csv_str("t.csv", &format!("run,params,tokens,loss,lr\n{}", rows.collect::<String>()))
    };
    let says = |rates: &[f64]| -> Result<bool> {
        let found = nbar::inspect(&table(rates)?, &ObservationOptions::default()).findings;
        Ok(found.iter().any(|finding| finding.to_string().contains("greatest learning rate")))
    };
    assert!(says(&[1e-4, 1e-4, 6e-4, 1e-4, 1e-4, 1e-4])?);
    // All alike, most of them, and a constant rate.
    for rates in [[1e-4; 6], [1e-4, 6e-4, 6e-4, 6e-4, 6e-4, 6e-4], [1e-3; 6]] {
        assert!(!says(&rates)?, "{rates:?}");
    }
    Ok(())
}
