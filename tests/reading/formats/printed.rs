//! Tables as programs print them and papers have them.

use nbar::read::PointTable;
use nbar::{ReadOptions, Result, Sweep};

use crate::refuses;

const CSV: &str = "model,params,tokens,loss\ntiny a,70M,2B,3.579\ntiny b,140M,2B,3.3\n";

fn read(text: &str) -> Result<Sweep> {
    Sweep::from_reader("runs.txt", text.as_bytes(), &ReadOptions::default())
}

fn runs(text: &str) -> Vec<(String, f64, f64, f64)> {
    let sweep = read(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let of = |run: &nbar::Run| {
        let last = &run.checkpoints()[0];
        (run.id().to_owned(), run.params, last.tokens, last.loss)
    };
    sweep.runs().iter().map(of).collect()
}

#[test]
fn printed_tables_are_read_as_the_table_that_they_show() -> Result<()> {
    let forms = [
        // A grid, a box of lines, a database, Markdown below a title.
        "+--------+--------+--------+-------+\n| model  | params | tokens | loss  |\n+========+========+========+=======+\n\
         | tiny a | 70M    | 2B     | 3.579 |\n+--------+--------+--------+-------+\n| tiny b | 140M   | 2B     | 3.3   |\n+--------+--------+--------+-------+\n",
        "      Runs      \n┏━━━━━━━━┳━━━━━━━━┳━━━━━━━━┳━━━━━━━┓\n┃ model  ┃ params ┃ tokens ┃ loss  ┃\n┡━━━━━━━━╇━━━━━━━━╇━━━━━━━━╇━━━━━━━┩\n\
         │ tiny a │ 70M    │ 2B     │ 3.579 │\n│ tiny b │ 140M   │ 2B     │ 3.3   │\n└────────┴────────┴────────┴───────┘\n",
        " model  | params | tokens | loss  \n--------+--------+--------+-------\n tiny a | 70M    | 2B     | 3.579\n tiny b | 140M   | 2B     | 3.3\n(2 rows)\n",
        "Table 3: losses of two runs.\n\n| model | params | tokens | loss |\n|:---|---:|---:|---:|\n| tiny a | 70M | 2B | 3.579 |\n| tiny b | 140M | 2B | 3.3 |\n",
        // Blanks: with a rule, as pandas prints a frame, and an index without a name.
        "model    params    tokens     loss\n------  --------  --------  ------\ntiny a  70M       2B         3.579\ntiny b  140M      2B         3.3\n",
        "    model     params      tokens  loss\n0  tiny a   70000000  2000000000 3.579\n1  tiny b  140000000  2000000000   3.3\n",
    ];
    for text in &forms[..5] {
        assert_eq!(runs(text), runs(CSV), "{text}");
    }
    // Here one blank parts a column, and names have one as well: it cannot be known which.
    assert!(read(forms[5]).is_err());
    let frame = forms[5].replace("2000000000 3.579", "2000000000  3.579");
    assert_eq!(runs(&frame), runs(CSV));
    let single = "  model params tokens loss\n1 a 70M 2B 3.579\n2 b 140M 2B 3.3\n";
    assert_eq!(runs(single), runs(&CSV.replace("tiny ", "")));
    assert_eq!(runs(&format!("# {CSV}")), runs(CSV));
    let points = PointTable::from_reader("points.txt", forms[0].as_bytes())?;
    assert_eq!(points.points[1].trajectory.initial_params(), 1.4e8);
    Ok(())
}

#[test]
fn lines_of_printed_tables_keep_their_numbers() {
    let grid = "+--------+--------+------+\n| params | tokens | loss |\n+--------+--------+------+\n| 70M | 2B | 3.5 |\n| 140M | 2B | high |\n";
    refuses(read(grid), grid, &["line 5", "'high'"]);
    let blank = "params  tokens  loss\n70M  2B  3.5\n140M  2B\n";
    refuses(read(blank), blank, &["separate the columns"]);
    let late = format!("params  tokens  loss\n{}140M  2B\n", "70M  2B  3.5\n".repeat(50));
    refuses(read(&late), &late, &["line 52"]);
    let comment = "# of 3 seeds\nparams,tokens,loss\n70M,2B,3.5\n";
    refuses(read(comment), comment, &["as a comment does"]);
}

#[test]
fn numbers_of_papers_are_read_without_their_errors_and_with_their_powers() {
    let table = |params: &str, loss: &str| format!("params,tokens,loss\n{params},2B,{loss}\n70M,4B,3.2\n");
    for (params, loss) in [
        ("70 × 10⁶", "3.579 (0.004)"),
        ("7.0x10^7", "3.579(4)"),
        ("7·10^7", "3.579 ± 0.004"),
        ("7 * 10**7", "3.579"),
        ("7 × 10^{7}", "3.579*"),
    ] {
        let text = table(params, loss);
        let [own, ..] = &runs(&text)[..] else { panic!("{text}") };
        assert_eq!((own.1, own.3), (7e7, 3.579), "{text}");
    }
    // Of two counts neither is an error of the other.
    for (params, loss) in
        [("1.5B (0.7B)", "3.5"), ("1500M (700M)", "3.5"), ("70M", "3.5 (3.4)"), ("8x7B", "3.5")]
    {
        let text = table(params, loss);
        assert!(read(&text).is_err(), "{text}");
    }
}
