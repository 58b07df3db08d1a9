//! Reading a table of runs.

use nbar::{ReadOptions, Result, Sweep};

const LOSSES: &str = "run,step,loss\na,1000,3.1\nb,1000,2.9\n";

fn read(runs: &str, options: ReadOptions) -> Result<Sweep> {
    let options = options.with_runs_from("runs.csv", runs.as_bytes())?;
    Sweep::from_reader("losses.csv", LOSSES.as_bytes(), &options)
}

#[test]
fn the_table_goes_before_the_options_and_tells_schedules_too() -> Result<()> {
    let runs = "run,params,seq_len,batch_size,schedule,final_sparsity,unique_tokens\n\
                a,1B,1024,100,constant,0.5,1M\nb,,1024,100,,,\n";
    let sweep = read(runs, ReadOptions::default().with_run_params(7e9))?;
    let [a, b] = [&sweep.runs()[0], &sweep.runs()[1]];
    assert_eq!((a.params, b.params, a.schedule()), (1e9, 7e9, &nbar::Schedule::constant(0.5)));
    assert_eq!(a.checkpoints()[0].tokens, 1000.0 * 100.0 * 1024.0);
    assert_eq!((a.checkpoints()[0].unique_tokens(), b.checkpoints()[0].unique_tokens()), (Some(1e6), None));
    Ok(())
}

#[test]
fn what_the_table_lacks_or_has_wrong_is_named() {
    let options = ReadOptions::default;
    for (runs, options, part) in [
        (
            "run,params,tokens_per_step\na,1e9,1e6\n",
            options(),
            "losses.csv, line 3, run 'b': the file does not say its parameters, and runs.csv has no row of run 'b'; give the run its row there",
        ),
        ("run,params\na,1e9\nb,1e9\n", options(), "or give `tokens_per_step=0.5M`"),
        (
            "run,params,tokens_per_step\na,1e9,\nb,1e9,1\n",
            options(),
            "run 'a': the file does not say its tokens a step",
        ),
        ("run,params,tokens_per_step\nb,1e9,1\na,x,1\n", options(), "runs.csv, line 3, column 'params': 'x'"),
        (
            "run,tokens_per_step\na,1\nb,1\n",
            options().with_run_params(-1.0),
            "`run_params` -1 is not a positive",
        ),
        ("run,params\na,1\na,2\n", options(), "runs.csv, line 3: a second row of run 'a'"),
        ("name,params\na,1,2\n", options(), "runs.csv, line 2: 3 cells where the header has 2"),
        ("params\n1\n", options(), "runs.csv: no column for 'run' (found: params)"),
        ("{}", options(), "runs.csv, line 1: the file looks like JSON"),
    ] {
        let message = read(runs, options).unwrap_err().to_string();
        assert!(message.contains(part), "{runs}\n gives: {message}");
    }
}
