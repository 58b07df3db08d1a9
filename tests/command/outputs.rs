//! Files that are written: inputs are kept, links and permissions stay.
#![cfg(unix)]

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::{fs, thread};

use crate::{FIT, good, json, refuses, run, saved, scratch, stderr, stdout, write};

/// A path at which nothing is.
fn free(name: &str) -> String {
    let path = scratch(name);
    let _ = fs::remove_file(&path);
    path.display().to_string()
}

#[test]
fn a_file_that_is_read_is_never_written() {
    let table = fs::read_to_string("data/overtraining.csv").unwrap();
    let path = write("own-input.csv", &table);
    let link = free("own-input-link.csv");
    symlink(&path, &link).unwrap();
    let counts = write("own-input-counts.csv", "run,tokens,params\n");
    for output in [&path, &link] {
        for flag in ["-o", "--residuals"] {
            refuses(
                &["fit", &path, "--bootstrap", "0", flag, output],
                2,
                &["is one of the files that are read"],
            );
        }
    }
    refuses(
        &["fit", &path, "--trajectories", &counts, "-o", &counts],
        2,
        &["is one of the files that are read"],
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), table);
}

#[test]
fn permissions_and_other_names_of_a_file_stay() {
    let fit = ["fit", "data/overtraining.csv", "--bootstrap", "0", "-o"];
    let path = free("kept.fit.json");
    good(&[&fit[..], &[&path]].concat());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let number = |path: &str| fs::metadata(path).unwrap().ino();
    let link = free("kept-link.fit.json");
    symlink(&path, &link).unwrap();
    good(&[&fit[..], &[&link]].concat());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    let name = free("kept-name.fit.json");
    fs::hard_link(&path, &name).unwrap();
    fs::write(&path, "").unwrap();
    good(&[&fit[..], &[&path]].concat());
    assert_eq!(number(&path), number(&name));
    good(&["show", &name]);
    let folder = Path::new(&path).parent().unwrap();
    let partial = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with("kept.fit.json.");
    assert!(!fs::read_dir(folder).unwrap().flatten().any(|entry| partial(&entry)), "a partial file is left");
}

#[test]
fn no_output_is_another_or_what_is_read_by_any_name() {
    let table = fs::read_to_string("data/overtraining.csv").unwrap();
    let path = write("read.csv", &table);
    let name = free("read-by-another-name.csv");
    fs::hard_link(&path, &name).unwrap();
    refuses(&["fit", &path, "--residuals", &name], 2, &["is one of the files that are read"]);
    let folder = scratch("read-folder");
    fs::create_dir_all(&folder).unwrap();
    let inside = folder.join("residuals.csv");
    fs::write(&inside, "run,params,tokens,flops,loss,fitted,residual\n").unwrap();
    let (folder, inside) = (folder.display().to_string(), inside.display().to_string());
    refuses(&["fit", &folder, "--residuals", &inside], 2, &["is a file of a folder that is read"]);
    let both = free("both.csv");
    refuses(&["fit", &path, "-o", &both, "--residuals", &both], 2, &["is written already"]);
    let fit = saved("read.fit.json");
    refuses(&["show", &fit, "--residuals", &fit], 2, &["is one of the files that are read"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), table);
}

#[cfg(feature = "plot")]
#[test]
fn a_figure_is_no_file_that_is_read_and_names_in_its_data_are_no_formulas() {
    let fit = saved("drawn.fit.json");
    let (svg, data) = (free("drawn.svg"), free("drawn.csv"));
    let draw = ["plot", &fit, "--kind", "residuals", "-o", &svg, "--data"];
    refuses(&[&draw[..], &[&fit]].concat(), 2, &["is one of the files that are read"]);
    refuses(&[&draw[..], &["no/such/data.csv"]].concat(), 3, &["its folder does not exist"]);
    assert!(!Path::new(&svg).exists(), "nothing is drawn where the data cannot be written");
    let rows = fs::read_to_string("data/overtraining.csv").unwrap();
    let table = write("formulas.csv", rows.replace("\nc4_", "\n=c4_"));
    let fit = free("formulas.fit.json");
    run(&["fit", &table, "--bootstrap", "0", "-o", &fit]);
    run(&["plot", &fit, "--kind", "residuals", "-o", &svg, "--data", &data]);
    let written = fs::read_to_string(&data).unwrap();
    assert!(written.contains(",'=c4_") && !written.contains(",=c4_"), "{written}");
}

#[test]
fn what_was_computed_is_printed_before_it_is_saved() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    for flag in ["-o", "--residuals"] {
        let output = run(&["fit", "data/overtraining.csv", "--bootstrap", "0", flag, "/dev/full"]);
        assert_eq!(output.status.code(), Some(3));
        assert!(stdout(&output).contains("objective") && !stdout(&output).contains("saved"));
        let said = stderr(&output);
        assert!(said.contains("cannot write /dev/full") && said.contains("is not saved"), "{said}");
    }
}

#[test]
fn names_that_are_no_files_are_refused_before_the_fit_and_long_ones_are_written() {
    let folder = scratch("names");
    fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    let looped = path("loop");
    let _ = symlink(&looped, &looped);
    let long = path(&format!("{}.fit.json", "x".repeat(300)));
    for (name, said) in [
        ("-", "name one"),
        (&path("new/"), "name a file"),
        (&path("new/x.fit.json"), "make that folder first"),
        (&path(""), "name a file in it"),
        (&looped, "links lead nowhere"),
        (&long, "too long"),
    ] {
        refuses(&["fit", "no_such.csv", "-o", name], 3, &["cannot write", said]);
        refuses(&["fit", "no_such.csv", "--residuals", name], 3, &["cannot write", said]);
    }
    let fit = ["fit", "data/overtraining.csv", "--bootstrap", "0", "-o"];
    let longest = path(&format!("{}é.fit.json", "x".repeat(244)));
    good(&[&fit[..], &[&longest]].concat());
    good(&["show", &longest]);
    // A link to what is not there yet makes it.
    let (link, there) = (path("link"), path("there.fit.json"));
    let _ = (fs::remove_file(&link), fs::remove_file(&there));
    symlink("there.fit.json", &link).unwrap();
    good(&[&fit[..], &[&link]].concat());
    good(&["show", &there]);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[cfg(target_os = "linux")]
#[test]
fn partial_files_of_processes_that_ended_are_removed() {
    let fit = free("stale.fit.json");
    // No process has the first number; the second is this one's.
    let [old, ours, other] = [u32::MAX.to_string(), std::process::id().to_string(), "x".to_owned()]
        .map(|process| write(&format!("stale.fit.json.{process}-0.partial"), "{"));
    good(&["fit", "data/overtraining.csv", "--bootstrap", "0", "-o", &fit]);
    assert!(!Path::new(&old).exists() && Path::new(&ours).exists() && Path::new(&other).exists());
}

#[test]
fn pipes_are_written_into() {
    let path = free("fit.fifo");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let reader = thread::spawn({
        let path = path.clone();
        move || fs::read_to_string(path).unwrap()
    });
    good(&["fit", "data/overtraining.csv", "--bootstrap", "0", "-o", &path]);
    let read: serde_json::Value = serde_json::from_str(&reader.join().unwrap()).unwrap();
    assert_eq!(read["law"], "chinchilla");
}

#[test]
fn a_prediction_says_once_on_which_side_of_the_sweep_it_lies_and_how_far() {
    let fit = saved("sides.fit.json");
    for (params, tokens, said) in [
        ("70B", "10T", "x the largest flops in the sweep"),
        ("1M", "300M", "of the least flops in the sweep"),
        ("10B", "1B", "of the least tokens a parameter in the sweep"),
        ("100M", "300B", "x the largest tokens a parameter in the sweep"),
    ] {
        let args = ["predict", &fit, "--params", params, "--tokens", tokens];
        let output = run(&args);
        assert_eq!(stderr(&output).matches("this asks for").count(), 1, "{}", stderr(&output));
        assert!(stderr(&output).contains(said), "{params} {tokens}: {}", stderr(&output));
    }
    let inside = json(&["predict", &fit, "--params", "1B", "--tokens", "20B"]);
    assert!(!inside["warnings"].to_string().contains("extrapolates"), "{inside}");
}

#[test]
fn a_pipe_has_no_plot_of_a_terminal() {
    let file = "tests/reading/saved.fit.json";
    for args in [&["show", file][..], &["allocate", file, "--flops", "1e22"], &FIT] {
        let output = run(args);
        assert!(stdout(&output).contains("95 % interval") && !stdout(&output).contains('┤'), "{args:?}");
    }
}
