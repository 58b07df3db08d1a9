//! The layout that docs/design.md draws is the layout of the source.
//!
//! 1. The design lists the modules from the bottom up. A module imports only what stands below it.
//! 2. No modules import one another in a loop, and no files do. The rule is the same in each room: a room is a
//!    module with files of its own, and the modules in it, each with all that is in it, form no loop.
//! 3. `x.rs` is the door of the room `x/`. Its files may name the types, traits and constants of the door, for these
//!    only state something. If they call a function of the door, the door counts as one more file of the room: it
//!    must not import those that call it. A re-export that the door itself has no use for is no import.
//! 4. A path counts for the file that defines what it names, through all re-exports, wherever it stands: in `use`,
//!    in code, in macros, in attributes. What is compiled for tests only is left out, and so is lib.rs, the roof.
//!
//! Not seen: a call of a method that a higher module adds to a type, for a method is no path.

mod rules;
mod source;
mod tokens;
mod tree;

use source::Source;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

static SRC: LazyLock<PathBuf> = LazyLock::new(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
static SOURCE: LazyLock<Source> = LazyLock::new(|| Source::read(&SRC));
static DESIGN: LazyLock<String> =
    LazyLock::new(|| fs::read_to_string(SRC.with_file_name("docs/design.md")).unwrap());

#[test]
fn modules_import_what_stands_below_them_and_nothing_goes_in_loops() {
    let found = rules::violations(&SOURCE, &DESIGN);
    assert!(found.is_empty(), "{}\n{} in all", found.join("\n"), found.len());
}

#[test]
fn no_text_of_the_library_names_a_flag() {
    let found = rules::flags(&SRC);
    assert!(found.is_empty(), "{}\n{} in all", found.join("\n"), found.len());
}

#[test]
fn parameters_are_converted_by_the_coordinates_and_by_laws_alone() {
    let converts = |file: &PathBuf| {
        let text = fs::read_to_string(file).unwrap();
        let mut code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        code.any(|line| line.contains(".to_fitted(") || line.contains(".to_natural("))
    };
    let found = rules::files(&SRC).into_iter().filter(converts);
    let found: Vec<PathBuf> = found.map(|file| file.strip_prefix(&*SRC).unwrap().to_owned()).collect();
    assert_eq!(found, ["law.rs", "objective/coordinates.rs"].map(PathBuf::from));
}

#[test]
#[allow(clippy::print_stdout)] // The count is there to be read.
fn few_items_are_public() {
    let items = SOURCE.public_items();
    let counted = |item: &&String| !item.starts_with("law::") && !item.starts_with("schedule::dialect::");
    let counted: Vec<&str> = items.iter().filter(counted).map(String::as_str).collect();
    println!("{} public items, {} outside law and schedule::dialect", items.len(), counted.len());
    assert!(counted.contains(&"bootstrap::Ensemble"), "the count goes through re-exports");
    assert!(counted.len() <= 178, "{}\n{} public items", counted.join("\n"), counted.len());
}

/// What is added to files of a copy, and what must be said of it besides the file.
const PLANTED: [(&str, &str, &str); 11] = [
    ("law.rs", "use crate::fit::Fit as Planted;", "crate::fit::Fit: `law` imports `fit`"),
    ("units.rs", "fn x() { crate::bootstrap::x() }", "crate::bootstrap::x: `units` imports `bootstrap`"),
    ("observation.rs", "use crate::{Ensemble};", "crate::Ensemble: `observation` imports `bootstrap`"),
    ("schedule.rs", "fn x() { print!(\"{}\", crate::predict::x(1)) }", "`schedule` imports `predict`"),
    ("kernel.rs", "type X = Vec<super::fit::Fit>;", "super::fit::Fit: `kernel` imports `fit`"),
    ("run.rs", "#[serde(with = \"crate::report::x\")] struct X;", "crate::report::x: `run` imports `report`"),
    ("error.rs", "use crate::run::*;", "crate::run::* does not say what it takes"),
    ("law.rs", "mod a; mod b; mod c; pub use b::B; fn planted() { c::c() }", "law: c → the door → c\n"),
    ("law/a.rs", "use super::B; pub fn a() {}", "law: a → b → a\n    src/law/a.rs:2 super::B\n"),
    ("law/b.rs", "pub struct B; fn b() { super::a::a() }", "\n    src/law/b.rs:2 super::a::a"),
    ("law/c.rs", "pub fn c() { super::planted() }", "\n    src/law/c.rs:2 super::planted"),
];

#[test]
fn violations_planted_in_a_copy_are_found() {
    let copy = Copy::new("violations");
    copy.add("units.rs", "#[cfg(test)] mod planted { use crate::bootstrap::only_in_tests; }");
    for (file, text, _) in PLANTED {
        copy.add(file, text);
    }
    let before = rules::violations(&SOURCE, &DESIGN);
    let mut found = rules::violations(&Source::read(&copy.0), &DESIGN);
    found.retain(|line| !before.contains(line));
    for (file, text, said) in PLANTED {
        let is_said = found.iter().any(|line| line.contains(&format!("src/{file}:")) && line.contains(said));
        assert!(is_said, "{text} in {file} goes unseen in\n{}", found.join("\n"));
    }
    assert!(found.iter().all(|line| !line.contains("only_in_tests")), "tests may look up");
}

#[test]
fn flags_planted_in_a_copy_are_found() {
    let copy = Copy::new("flags");
    copy.add("units.rs", "/// --not-a-text\n// \"--comment\"\nconst RANGE: &str = \"1 -- 2\";");
    copy.add("law/names.rs", "const PLANTED: &str = \"raise --planted\";");
    copy.add("bin/nbar/main.rs", "const ALLOWED: &str = \"--planted\";");
    let before = rules::flags(&SRC);
    let mut found = rules::flags(&copy.0);
    found.retain(|line| !before.contains(line));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("src/law/names.rs:") && found[0].ends_with("\"raise --planted\""),
        "{found:?}"
    );
}

#[test]
fn the_design_lists_every_module_once_and_in_order() {
    let said =
        |design: &str, part: &str| rules::violations(&SOURCE, design).iter().any(|line| line.contains(part));
    assert!(said(&DESIGN.replace("\n| `units` |", "\n| units |"), "does not list `units` once"));
    assert!(said(&DESIGN.replace("\n| `units` |", "\n| `fit` | |\n| `units` |"), "does not list `fit` once"));
    assert!(said(&DESIGN.replace("\n| `units` |", "\n| `cellar` |"), "lists `cellar`, which is not there"));
    let swapped = DESIGN.replace("\n| `fit` |", "\n| `x` |").replace("\n| `law` |", "\n| `fit` |");
    assert!(said(
        &swapped.replace("\n| `x` |", "\n| `law` |"),
        "`fit` imports `law`, which does not stand below it"
    ));
}

/// A copy of `src/` that goes when it is dropped.
struct Copy(PathBuf);

impl Copy {
    fn new(name: &str) -> Copy {
        let copy = Copy(std::env::temp_dir().join(format!("nbar-{name}-{}/src", std::process::id())));
        for file in rules::files(&SRC) {
            let to = copy.0.join(file.strip_prefix(&*SRC).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(file, to).unwrap();
        }
        copy
    }

    fn add(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, format!("{before}\n{text}\n")).unwrap();
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        fs::remove_dir_all(self.0.parent().unwrap()).unwrap();
    }
}
