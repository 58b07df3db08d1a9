//! The unit of a window of pruning in the names of its columns, and other orders of words in names of counts.

use nbar::read::PointTable;
use nbar::schedule::ScheduleFields;
use nbar::{ObservationOptions, ReadOptions, Result, Sweep};

use super::refuses;

fn read(table: &str, options: &ReadOptions) -> Result<Sweep> {
    Sweep::from_reader("x.csv", table.as_bytes(), options)
}

/// A run of 1,000 steps that is pruned from step 200 to step 600, as columns of these names say it.
fn table(columns: &str, cells: &str) -> String {
    format!(
        "run,params,tokens,step,loss,schedule,final_sparsity,{columns}\na,1e8,2e9,1000,3.0,linear,0.8,{cells}\n"
    )
}

fn own_window() -> String {
    table("prune_start,prune_end,prune_unit", "200,600,step")
}

fn average_of(sweep: &Sweep) -> f64 {
    sweep.observations(&ObservationOptions::default()).unwrap().average_params()[0]
}

fn average(table: &str) -> f64 {
    average_of(&read(table, &ReadOptions::default()).unwrap())
}

#[test]
fn the_distance_between_cuts_is_read_under_names_with_a_unit() {
    let stairs = average(&table("prune_start,prune_end,prune_every,prune_unit", "200,600,100,step"));
    let smooth = average(&table("prune_start,prune_end,prune_unit", "200,600,step"));
    assert!(stairs > 1.02 * smooth);
    let steps = ["prune_every_step", "prune_every_steps", "pruning_every_iters", "prune_every"];
    for every in steps {
        let table = table(&format!("prune_start_step,prune_end_step,{every}"), "200,600,100");
        assert_eq!(average(&table), stairs, "{every}");
    }
    let tokens =
        table("prune_start_tokens,prune_end_tokens,prune_every_tokens", "400000000,1200000000,200000000");
    assert!((average(&tokens) / stairs - 1.0).abs() < 1e-12);
    let shares = table("prune_start_frac,prune_end_frac,prune_every_fraction", "0.2,0.6,0.1");
    assert!((average(&shares) / stairs - 1.0).abs() < 1e-12);
    for every in ["prune_freq_steps", "prune_interval", "pruning_interval_tokens"] {
        let table = table(&format!("prune_start_step,prune_end_step,{every}"), "200,600,100");
        refuses(read(&table, &ReadOptions::default()), &table, &["the distance between cuts"]);
    }
}

/// The table with this row in place of its own.
fn dense_of(table: &str, row: &str) -> String {
    format!("{}\n{row}", table.lines().next().unwrap())
}

#[test]
fn a_window_has_one_unit() {
    let plain = ReadOptions::default();
    let two = table("prune_start_step,prune_end_tokens", "200,1200000000");
    refuses(
        read(&two, &plain),
        &two,
        &[
            "column 'prune_end_tokens'",
            "'prune_start_step' says step, and 'prune_end_tokens' says token: a window has one unit",
        ],
    );
    let cuts = table("prune_start_frac,prune_end_frac,prune_every_steps", "0.2,0.6,100");
    refuses(read(&cuts, &plain), &cuts, &["'prune_every_steps' says step"]);
    // A column or an option may say it again, and not another.
    let window = "prune_start_step,prune_end_step,prune_unit";
    let again = table(window, "200,600,steps");
    assert_eq!(average(&again), average(&table("prune_start,prune_end,prune_unit", "200,600,step")));
    let other = table(window, "200,600,token");
    refuses(read(&other, &plain), &other, &["'prune_start_step' says step, and `prune_unit` is token"]);
    let unit = |unit: &str| {
        let fields = ScheduleFields { prune_unit: Some(unit.to_owned()), ..ScheduleFields::default() };
        ReadOptions::default().with_pruning(fields)
    };
    let named = table("prune_start_step,prune_end_step", "200,600");
    // An option is for columns that say none.
    for option in ["token", "step"] {
        assert_eq!(average_of(&read(&named, &unit(option)).unwrap()), average(&named));
    }
    // Of a run that is not pruned a window says nothing.
    for dense in ["x,1e8,2e9,1000,3.0,dense,0,0,0\n", "x,1e8,2e9,1000,3.0,Dense,,0,0\n"] {
        let table = dense_of(&two, dense);
        let [sweep, points] =
            [read(&table, &plain).map(drop), PointTable::from_reader("p.csv", table.as_bytes()).map(drop)];
        for refused in [sweep, points] {
            let said = refused.err().map(|error| error.to_string()).unwrap_or_default();
            assert!(!said.contains("one unit"), "{said}");
        }
    }
    // Percentages are shares, and so are those of the compute.
    let shares = average(&table("prune_start_frac,prune_end_frac", "0.2,0.6"));
    assert_eq!(average(&table("prune_start_pct,prune_end_frac", "20,0.6")), shares);
    assert_eq!(average(&table("prune_start_frac,prune_end_pct", "0.2,60")), shares);
    assert!(read(&table("prune_start_frac,prune_end_frac,prune_unit", "0.2,0.6,compute"), &plain).is_ok());
}

#[test]
fn tables_of_points_and_of_runs_read_the_names_that_a_sweep_s_table_reads() {
    let own = table("prune_start_step,prune_end_step,prune_every_steps", "200,600,100");
    let points = PointTable::from_reader("p.csv", own.as_bytes()).unwrap();
    assert_eq!(points.points[0].trajectory.average_params(), average(&own));
    let shares = table("prune_start,prune_end", "20%,60%");
    let points = PointTable::from_reader("p.csv", shares.as_bytes()).unwrap();
    assert_eq!(points.points[0].trajectory.average_params(), average(&shares));
    let two = table("prune_start_step,prune_end_tokens", "200,1200000000");
    let refused = PointTable::from_reader("p.csv", two.as_bytes()).unwrap_err().to_string();
    assert!(refused.contains("line 2, run 'a', column 'prune_end_tokens'"), "{refused}");
    let runs = "run,schedule,final_sparsity,prune_start_step,prune_end_step\na,linear,0.8,200,600\n";
    let options = |runs: &str| ReadOptions::default().with_runs_from("runs.csv", runs.as_bytes()).unwrap();
    let curve = "run,params,tokens,step,loss\na,1e8,2e9,1000,3.0\n";
    let named =
        runs.replace("run,", "model,name,").replace("a,", "llama,a,") + "llama,b,linear,0.8,200,600\n";
    assert_eq!(average_of(&read(curve, &options(&named)).unwrap()), average(&own_window()));
    let refused = read(curve, &options(&runs.replace("end_step", "end_tokens"))).unwrap_err().to_string();
    assert!(refused.contains("runs.csv, line 2, run 'a', column 'prune_end_tokens'"), "{refused}");
    let options = options(runs);
    let told = average_of(&read(curve, &options).unwrap());
    assert_eq!(told, average(&own_window()));
}

#[test]
fn counts_are_known_by_their_words_in_any_order() {
    let plain = ReadOptions::default();
    let read_as = |header: &str| {
        let table = format!("run,params,{header},tokens,loss\na,1e8,7e7,1e10,3.2\nb,2e8,1.3e8,1e10,3.0\n");
        let sweep = read(&table, &plain).unwrap();
        sweep.runs()[0].checkpoints()[0].average_params()
    };
    for header in ["params_avg", "params_mean", "N_mean", "avg_n_params", "average parameter count"] {
        assert_eq!(read_as(header), Some(7e7), "{header}");
    }
    for initial in ["N0", "N_init", "params_start", "initial_params"] {
        let table = format!("run,{initial},N_avg,D,L\na,1e8,7e7,1e10,3.2\nb,2e8,1.3e8,1e10,3.0\n");
        let sweep = read(&table, &plain).unwrap();
        assert_eq!(
            (sweep.runs()[0].params, sweep.runs()[0].checkpoints()[0].average_params()),
            (1e8, Some(7e7))
        );
    }
    // Of a dense run FLOPs tell the tokens; a count of repeats is none of parameters; an initial count beside N is asked about.
    let dense = read("run,params,params_mean,flops,loss\na,1e8,1e8,6e18,3.2\n", &plain).unwrap();
    assert_eq!(dense.runs()[0].checkpoints()[0].tokens, 1e10);
    for header in ["n_init", "N0", "n_start", "init_params"] {
        let table = format!("run,params,{header},tokens,loss\na,1e8,3,1e10,3.2\nb,2e8,3,1e10,3.0\n");
        assert_eq!(read(&table, &plain).unwrap().runs()[0].params, 1e8, "{header}");
    }
    let both = "run,N0,N,D,L\na,1e8,7e7,1e10,3.2\nb,2e8,1.3e8,1e10,3.0\n";
    refuses(read(both, &plain), both, &["columns 'N0', 'N' could all be 'params'", "`columns: params=N`"]);
    let ends = "run,N_start,N_end,D,L,average_params\na,1e8,4e7,1e10,3.2,7e7\n";
    assert_eq!(read(ends, &plain).unwrap().runs()[0].params, 1e8);
    let other = "run,params,n_end,tokens,loss\na,1e8,3,1e10,3.2\n";
    refuses(
        read(other, &plain),
        other,
        &["below a thousandth", "if the column is something else, say `columns: final_params=`"],
    );
    assert!(read(other, &plain.clone().with_columns("final_params=").unwrap()).is_ok());
    for header in ["D_unique", "tokens_unique", "distinct tokens"] {
        let table = format!("run,params,tokens,{header},loss\na,1e8,1e10,2e9,3.2\nb,2e8,1e10,2e9,3.0\n");
        assert_eq!(
            read(&table, &plain).unwrap().runs()[0].checkpoints()[0].unique_tokens(),
            Some(2e9),
            "{header}"
        );
    }
}
