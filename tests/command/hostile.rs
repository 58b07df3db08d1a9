//! Tables that are broken, or not what they say: all of it is said at once, and what is offered works.

use crate::mending::offer;
use crate::{run, stderr, stdout, write};

/// Dense runs on a grid, a row each; `loss` may put anything in the place of a loss.
fn grid(name: &str, loss: impl Fn(usize, f64) -> String) -> String {
    let mut table = "run,params,tokens,loss\n".to_owned();
    for i in 0..30usize {
        let (n, d) = (1e8 * 2f64.powi((i % 6) as i32), 2e9 * 2f64.powi((i / 6) as i32));
        let fitted = 1.7 + 400.0 / n.powf(0.35) + 2000.0 / d.powf(0.37);
        let noisy = fitted * (1.0 + 2e-3 * (3.0 * i as f64).sin());
        table += &format!("r{i},{n},{d},{}\n", loss(i, noisy));
    }
    write(name, table)
}

#[test]
fn all_that_is_wrong_is_listed_and_the_command_offered_works() {
    let table = grid("hostile-cells.csv", |i, loss| match i {
        3 | 7 => "nan".to_owned(),
        11 => "inf".to_owned(),
        12 => "0".to_owned(),
        19 => "-1".to_owned(),
        20 | 21 => String::new(),
        _ => loss.to_string(),
    });
    for command in [&["inspect"][..], &["fit", "--bootstrap", "0", "--jobs", "1"]] {
        let output = run(&[command, &[&table]].concat());
        assert_eq!(output.status.code(), Some(3));
        let said = stderr(&output);
        for part in [
            "7 rows cannot be read",
            "lines 5, 9 (2 rows)",
            "line 13",
            "line 14",
            "'-1'",
            "lines 22, 23 (2 rows)",
        ] {
            assert!(said.contains(part), "no '{part}' in {said}");
        }
        let next = offer(said, "").expect("a command is offered");
        let words: Vec<&str> = next.iter().map(String::as_str).collect();
        assert_eq!(words[0], command[0]);
        let output = run(&words);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", stderr(&output));
        assert!(
            stdout(&output).contains("23 observations of 23 runs") || stdout(&output).contains("23 runs")
        );
    }
}

#[test]
fn one_bad_cell_is_left_out_by_what_is_offered_too() {
    let table = grid("hostile-cell.csv", |i, loss| if i == 4 { "n/a".to_owned() } else { loss.to_string() });
    let output = run(&["inspect", &table]);
    assert_eq!(output.status.code(), Some(3));
    let next = offer(stderr(&output), "").expect("a command is offered");
    let output = run(&next.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("29 runs"), "{}", stdout(&output));
}

#[test]
fn where_most_rows_are_wrong_no_filter_is_offered() {
    let none = grid("hostile-none.csv", |_, _| "nan".to_owned());
    let commas =
        grid("hostile-comma.csv", |i, loss| if i < 16 { "\"2,900\"".to_owned() } else { loss.to_string() });
    for (table, remedy) in [
        (none, "mend them in the file"),
        (commas, "say what commas mark: --commas WHICH, thousands or decimal"),
    ] {
        let output = run(&["inspect", &table]);
        assert_eq!(output.status.code(), Some(3));
        assert!(stderr(&output).contains(remedy), "{}", stderr(&output));
        assert_eq!(offer(stderr(&output), ""), None);
    }
}
