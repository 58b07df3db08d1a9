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
