//! What filters keep.

use super::super::layout::Layout;
use super::super::options::ReadOptions;
use super::*;
use crate::error::Location;

fn kept(filter: &str, row: [&str; 4]) -> Result<bool> {
    let headers = ["Model Size", "tokens", "loss", "note"].map(str::to_owned).to_vec();
    let columns = Columns::find_all("t.csv", headers, &Layout::default(), &[])?;
    let filter = Filter::parse("filter", filter, "t.csv", (&columns, &Beside::default()))?;
    filter.keeps(
        ("t.csv", 2),
        |index, _| Ok(row[index]),
        |_, _, refusal| refusal.at(Location::in_file("t.csv")),
    )
}

#[test]
fn clauses_compare_numbers_as_numbers_and_texts_as_texts() -> Result<()> {
    let row = ["7B", "1.4T", "2.5", "c4"];
    for filter in [
        "",
        "params=7e9",
        "model_size==7000M",
        "Model Size>=7B",
        "params<=7B",
        "loss<3",
        "loss>2",
        "n!=8B",
        "note=c4",
        "note!=C4",
        "note!=3",
        "note!=",
        "loss>2,note=c4",
        " tokens = 1.4e12 , loss<2.6 ",
    ] {
        assert!(kept(filter, row)?, "{filter}");
    }
    for filter in ["params=8B", "loss>2.5", "loss<2.5", "note=3", "note=", "loss>2,note=pile", "loss!=2.50"] {
        assert!(!kept(filter, row)?, "{filter}");
    }
    Ok(())
}

#[test]
fn and_and_commas_bind_before_or() -> Result<()> {
    let row = ["7B", "1.4T", "2.5", "c4"];
    for filter in [
        "params=8B or note=c4",
        "params=7B OR params=8B and note=pile",
        "note=c4 or params=8B,note=pile",
        "params=8B,note=pile or note=c4",
        "(params=8B or params=7B) and note=c4",
        "(params=8B or params=7B),(loss>2)",
        "((params=7B))",
        "line=2 and (note=pile or line>1)",
        "note=\"c4\"or note=pile",
        "\"Model Size\">=7B",
        // The row is decided before a cell that cannot be compared.
        "note=c4 or note<3",
    ] {
        assert!(kept(filter, row)?, "{filter}");
    }
    for filter in [
        "params=8B or note=pile",
        "(params=7B or params=8B) and note=pile",
        "(params=7B or params=8B),note=pile",
        "params=8B and note=c4 or loss>3",
        "note=\"c4 or pile\"",
        "line=3 or loss>3",
    ] {
        assert!(!kept(filter, row)?, "{filter}");
    }
    Ok(())
}

#[test]
fn names_and_values_may_hold_what_joins() {
    let table = "Params (M),tokens,\"loss, c4\",note\n10,2e10,3,\"this, or that\"\n20,3e10,2.9,or\n";
    let options = ReadOptions::default().with_columns("loss=\"loss, c4\"").unwrap();
    let runs = |filter: &str| {
        crate::Sweep::from_reader("t.csv", table.as_bytes(), &options.clone().with_filter(filter))
            .map(|sweep| sweep.len())
    };
    for (filter, count) in [
        ("Params (M)>=10", 2),
        ("(Params (M)>10 or tokens<3e10)", 2),
        ("\"loss, c4\">=3", 1),
        ("note=\"this, or that\"", 1),
        ("note=\"or\" or note=x", 1),
    ] {
        assert_eq!(runs(filter).unwrap(), count, "{filter}");
    }
}

#[test]
fn lines_are_left_out_before_they_are_read_where_no_or_can_keep_them() {
    let table = "params,tokens,loss\n1e9,2e10,3\n1e9,3e10\n1e9,4e10,2.8\n";
    let read = |filter: &str| {
        crate::Sweep::from_reader("t.csv", table.as_bytes(), &ReadOptions::default().with_filter(filter))
    };
    assert_eq!(read("line=2 or line=4").unwrap().len(), 2);
    assert_eq!(read("(line=2 or line=4) and loss>2.9").unwrap().len(), 1);
    assert!(read("line=2 or loss>2").is_err(), "the broken line may be kept");
}

#[test]
fn empty_cells_equal_only_an_empty_value() -> Result<()> {
    let row = ["7B", "1.4T", "2.5", ""];
    assert!(kept("note=", row)? && kept("note!=c4", row)? && kept("note!=3", row)?);
    for filter in ["note=c4", "note=0", "note<3", "note>=0", "note!="] {
        assert!(!kept(filter, row)?, "{filter}");
    }
    Ok(())
}

#[test]
fn losses_computed_from_perplexities_are_filtered_by_the_column_only() {
    let read = |filter: &str| {
        let options = ReadOptions::default().with_filter(filter);
        crate::Sweep::from_reader("t.csv", "params,tokens,ppl\n1e9,2e10,20\n".as_bytes(), &options)
    };
    assert!(read("ppl<30").is_ok());
    let message = read("loss<3").unwrap_err().to_string();
    assert!(
        message
            .contains("`filter` 'loss<3' compares 'loss', which is computed from 'ppl'; write ppl<20.0855"),
        "{message}"
    );
}

#[test]
fn lines_are_filtered_by_their_number_where_no_column_is_called_so() {
    let table = "params,tokens,loss\n1e9,2e10,3\n1e9,3e10\n1e9,4e10,2.8\n2e9,4e10,2.7\n";
    let read = |table: &str, filter: &str| {
        crate::Sweep::from_reader("t.csv", table.as_bytes(), &ReadOptions::default().with_filter(filter))
    };
    assert_eq!(read(table, "line!=3,line<5").unwrap().runs()[1].params, 1e9);
    assert_eq!(read(table, "line!=t.csv:3,line!=other.csv:4").unwrap().len(), 3);
    assert!(read(table, "line!=2").is_err());
    let own = "params,tokens,loss,line\n1e9,2e10,3,7\n1e9,3e10,2.9,8\n";
    assert_eq!(read(own, "line=8").unwrap().len(), 1);
}

#[test]
fn refusals_name_the_clause() {
    for (filter, problem) in [
        ("loss", "`filter` 'loss' compares nothing; write"),
        ("loss>2,", "`filter` '' compares nothing"),
        ("=3", "names no column"),
        ("loss=>3", "'=>' is none"),
        ("loss!3", "'!' alone is none"),
        ("los>3", "names the column 'los', which t.csv has not; write 'loss' if that is meant"),
        ("colour=red", "choose one of Model Size, tokens, loss, note"),
        ("loss>2 or", "'' compares nothing"),
        ("loss>2 and or loss<3", "'' compares nothing"),
        ("note=this or that", "'that' compares nothing"),
        ("(loss>2 or loss<1", "a parenthesis that is never closed; close it"),
        ("loss>2)", "closes a parenthesis that was not opened"),
        ("(loss>2) loss<3", "goes on after a parenthesis without joining; join by and, or or a comma"),
        ("note=\"c4", "a quote that is never closed; close it"),
        ("note<c4", "compare texts by = or !="),
        ("note<3", "'c4' is not a number, which the filter 'note<3' needs"),
    ] {
        let message = kept(filter, ["7B", "1.4T", "2.5", "c4"]).unwrap_err().to_string();
        assert!(message.contains(problem), "{filter}: {message}");
    }
}
