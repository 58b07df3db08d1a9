//! Runs that restart from a checkpoint, and rows in other orders that are none.

use nbar::run::TrajectoryLog;
use nbar::schedule::Interpolation;
use nbar::{ObservationOptions, ReadOptions, Result, Sweep};

use crate::refuses;

/// Rows of a run at these steps, each with a loss of its own branch.
fn rows(run: &str, steps: impl Iterator<Item = u32>, branch: f64) -> String {
    let loss = |step: u32| branch * 20.0 * f64::from(step).powf(-0.2);
    steps.map(|step| format!("{run}1e8,{step},{},{:.4}\n", 1_000_000 * step, loss(step))).collect()
}

fn table(parts: &[String]) -> String {
    format!("run,params,step,tokens,loss\n{}", parts.concat())
}

fn read(text: &str) -> Result<Sweep> {
    Sweep::from_reader("runs.csv", text.as_bytes(), &ReadOptions::default())
}

fn notes(sweep: &Sweep) -> String {
    sweep.sources().iter().flat_map(|source| source.notes.clone()).collect::<Vec<_>>().join("\n")
}

/// Tokens and loss at the end of the only run.
fn end(sweep: &Sweep) -> (f64, f64) {
    let end = *sweep.runs()[0].checkpoints().last().unwrap();
    (end.tokens, end.loss)
}

/// The steps of the only run.
fn steps(sweep: &Sweep) -> Vec<f64> {
    sweep.runs()[0].checkpoints().iter().filter_map(|row| row.step()).collect()
}

#[test]
fn the_branch_that_was_abandoned_is_left_out_and_said() -> Result<()> {
    let of = |branch: f64| rows("a,", (100..=3600).step_by(100), branch);
    let first = || of(1.08);
    // At other steps, at the same ones, and farther than before.
    for (job, gone) in [
        ((2050..=3250).step_by(100), 16),
        ((2000..=3200).step_by(100), 17),
        ((2000..=4000).step_by(100), 17),
        ((3550..=4050).step_by(100), 1),
    ] {
        let (from, to) = (job.clone().next().unwrap(), job.clone().last().unwrap());
        // A single row that is the lower the later may be sorted by its loss.
        let before = of(if gone == 1 { 1.0 } else { 1.08 });
        let sweep = read(&table(&[before, rows("a,", job, 1.0)]))?;
        let (tokens, loss) = end(&sweep);
        assert_eq!(tokens, f64::from(to) * 1e6);
        assert!((loss / (20.0 * f64::from(to).powf(-0.2)) - 1.0).abs() < 1e-4, "{loss}");
        assert!(steps(&sweep).windows(2).all(|pair| pair[0] < pair[1]));
        let rows = if gone == 1 { "1 row".to_owned() } else { format!("{gone} rows") };
        let said = format!(
            "run 'a' restarts from a checkpoint on line 38, at {} tokens: {rows} logged before from there on",
            1_000_000 * u64::from(from)
        );
        assert!(notes(&sweep).contains(&said), "{}", notes(&sweep));
        assert!(notes(&sweep).contains("give these names of their own in 'run'"));
        assert_eq!(sweep.rows_passed_over(), gone);
    }
    // A job that crashes again and again, among the rows of another run.
    let jobs = [1000..2000, 1600..1800, 1600..1700, 1600..2500].map(|job| rows("a,", job.step_by(100), 1.0));
    let sweep = read(&table(&[jobs.concat(), rows("b,", (100..900).step_by(100), 1.0)]))?;
    assert_eq!(steps(&sweep), (10..25).map(|step| f64::from(100 * step)).collect::<Vec<_>>());
    assert!(notes(&sweep).contains("run 'a' restarts from a checkpoint on line 14"), "{}", notes(&sweep));
    // Two runs are said once.
    let both = ["a,", "b,"].map(|run| [first(), rows(run, (2050..=3250).step_by(100), 1.0)].concat());
    let both = table(&[both[0].clone(), both[1].replace("a,1e8", "b,1e8")]);
    let sweep = read(&both)?;
    assert!(notes(&sweep).contains("and so does 1 run more: 32 rows logged"), "{}", notes(&sweep));
    Ok(())
}

#[test]
fn rows_in_another_order_are_read_as_they_were() -> Result<()> {
    let sorted = rows("a,", (100..=4000).step_by(100), 1.0);
    let whole = read(&table(std::slice::from_ref(&sorted)))?;
    let lines: Vec<&str> = sorted.lines().collect();
    let of = |order: &mut dyn Iterator<Item = usize>| -> String {
        order.map(|row| format!("{}\n", lines[row])).collect()
    };
    let mut by_noise: Vec<usize> = (0..40).collect();
    by_noise.sort_by_key(|row| row * 10 + (row * row * 7) % 29);
    let orders = [
        of(&mut (0..40).rev()),
        of(&mut (0..40).map(|row| (row * 17) % 40)),
        of(&mut by_noise.into_iter()),
        of(&mut (20..40).chain(0..20)),
        of(&mut (0..5).chain(10..40).chain(5..10)),
        of(&mut (0..39).filter(|row| *row != 30).chain([30, 39])),
    ];
    for order in orders {
        let sweep = read(&table(std::slice::from_ref(&order)))?;
        assert_eq!(sweep, whole, "{order}");
        assert_eq!(notes(&sweep), "", "{order}");
    }
    Ok(())
}

#[test]
fn two_runs_of_one_name_are_no_restart() -> Result<()> {
    let first = rows("a,", (100..=3600).step_by(100), 1.0);
    // Two seeds, and another measure that is logged less often: lines alone do not tell them apart.
    for other in [(100..=3600).step_by(100), (200..=3600).step_by(100), (500..=3600).step_by(500)] {
        let text = table(&[first.clone(), rows("a,", other, 1.1)]);
        refuses(
            read(&text),
            &text,
            &["tokens too, and so on", "if these are two runs, give them different names"],
        );
        assert!(!read(&text).unwrap_err().to_string().contains("line!="));
    }
    // Rows that were copied to the end.
    let copies = table(&[first.clone(), rows("a,", (2000..=2500).step_by(100), 1.0)]);
    refuses(
        read(&copies),
        &copies,
        &["the row on line 21 is at 2000000000 tokens too, and so on 6 rows in all"],
    );
    // Where none coincide they are read, and it is said; so it is where words tell them apart.
    let text = table(&[first.clone(), rows("a,", (50..=3550).step_by(100), 1.1)]);
    let sweep = read(&text)?;
    let said = "run 'a' goes back on line 38, at 50000000 tokens: its rows lie between those before";
    assert_eq!(sweep.runs()[0].checkpoints().len(), 72);
    assert!(notes(&sweep).contains(said), "{}", notes(&sweep));
    let words = table(&[first, rows("a,", (2050..=3250).step_by(100), 1.1)]);
    let mut text = words.replace("loss\n", "loss,dataset\n");
    for (line, row) in words.lines().enumerate().skip(1) {
        text = text.replacen(
            &format!("{row}\n"),
            &format!("{row},{}\n", if line < 37 { "c4" } else { "pile" }),
            1,
        );
    }
    assert!(notes(&read(&text)?).contains("run 'a' goes back on line 38"), "{}", notes(&read(&text)?));
    Ok(())
}

#[test]
fn a_log_without_names_that_restarts_is_one_run() -> Result<()> {
    let options = || ReadOptions::default().with_run_params(1e8).with_tokens_per_step(1e6);
    let of = |jobs: &[std::ops::RangeInclusive<u32>], json: bool| -> String {
        let steps = jobs.iter().flat_map(|job| job.clone().step_by(100));
        let loss = |step: u32| 20.0 * f64::from(step).powf(-0.2);
        let line = |step: u32| match json {
            true => format!("{{\"step\": {step}, \"loss\": {:.4}}}\n", loss(step)),
            false => format!("{step},{:.4}\n", loss(step)),
        };
        format!("{}{}", if json { "" } else { "step,loss\n" }, steps.map(line).collect::<String>())
    };
    for json in [false, true] {
        for job in [2000..=4000, 2050..=3250] {
            let text = of(&[100..=2400, job.clone()], json);
            let sweep = Sweep::from_reader("r0.txt", text.as_bytes(), &options())?;
            assert_eq!((sweep.len(), sweep.runs()[0].id()), (1, "r0"), "{job:?}");
            assert_eq!(end(&sweep).0, f64::from(*job.end()) * 1e6);
            assert!(notes(&sweep).contains("steps rise from row to row, but where it restarts"));
            assert!(notes(&sweep).contains("give these a file of their own"), "{}", notes(&sweep));
        }
        // Two seeds, and runs of several lengths, are a table of runs.
        for jobs in [[100..=2400, 100..=2400], [100..=400, 150..=350]] {
            let text = of(&jobs, json);
            let sweep = Sweep::from_reader("r0.txt", text.as_bytes(), &options())?;
            assert!(sweep.len() > 5, "{jobs:?}");
        }
    }
    Ok(())
}

#[test]
fn counts_of_a_run_that_restarts_are_those_of_the_later_job() -> Result<()> {
    let sweep = || {
        let text = "run,params,tokens,step,loss\na,1e9,2e10,20000,2.7\n";
        Sweep::from_csv_reader("runs.csv", text.as_bytes(), &ReadOptions::default())
    };
    let with = |steps: &[(u32, f64)]| {
        let rows = steps.iter().map(|(step, sparsity)| format!("a,{},{sparsity}\n", 1000 * step));
        let log = format!("run,step,sparsity\n{}", rows.collect::<String>());
        sweep()?.with_trajectories(&TrajectoryLog::from_str("log.csv", &log)?, Interpolation::Held)
    };
    let average =
        |sweep: &Sweep| sweep.observations(&ObservationOptions::default()).unwrap().average_params()[0];
    // Pruned at once after step 8000 in the first job, and at 12000 in the second.
    let first = [(0, 0.0), (4, 0.0), (8, 0.0), (10, 0.8), (12, 0.8)];
    let second = [(8, 0.0), (12, 0.5), (16, 0.5)];
    let sweep = with(&[&first[..], &second].concat())?;
    assert_eq!(average(&sweep), 1e9 * (12.0 + 8.0 * 0.5) / 20.0);
    assert!(
        notes(&sweep).contains("the counts of run 'a' restart from a checkpoint on line 7"),
        "{}",
        notes(&sweep)
    );
    assert!(notes(&sweep).contains("(3 rows)"), "{}", notes(&sweep));
    let shuffled = [(0, 0.0), (8, 0.2), (4, 0.1), (12, 0.5)];
    refuses(with(&shuffled), "shuffled", &["line 4, column 'step'", "sort the rows"]);
    Ok(())
}

#[test]
fn jobs_in_two_files_that_lie_between_each_other_are_said() -> Result<()> {
    let of = |name: &str, part: String| {
        Sweep::from_csv_reader(name, table(&[part]).as_bytes(), &ReadOptions::default())
    };
    let first = of("a.csv", rows("a,", (100..=3600).step_by(100), 1.08))?;
    let second = of("b.csv", rows("a,", (2050..=3250).step_by(100), 1.0))?;
    let sweep = first.clone().merge(second)?;
    let said = "those of 'a' lie between each other from 2.05B to 3.25B tokens; if it restarted there, put both in one file, the later job last";
    assert!(notes(&sweep).contains(said), "{}", notes(&sweep));
    let later = of("b.csv", rows("a,", (3700..=4000).step_by(100), 1.0))?;
    assert!(!notes(&first.clone().merge(later)?).contains("between"));
    let same = of("b.csv", rows("a,", (2000..=4000).step_by(100), 1.0))?;
    refuses(first.merge(same), "same", &["put both in one file, the later job last"]);
    Ok(())
}
