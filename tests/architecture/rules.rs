//! What the layout forbids.

use crate::source::{Source, Use};
use crate::tokens::literals;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

/// The first import of each step from one name to another.
type Imports<'a> = BTreeMap<(&'a str, &'a str), &'a str>;

/// What in `source` breaks the layout of `design`, a line each; nothing if all is well.
pub(crate) fn violations(source: &Source, design: &str) -> Vec<String> {
    let order = order(design);
    let (uses, mut found) = source.uses();
    let modules: Vec<&String> = source.modules[0].children.keys().collect();
    for name in modules.iter().filter(|name| order.iter().filter(|listed| listed == *name).count() != 1) {
        found.push(format!("docs/design.md does not list `{name}` once"));
    }
    for name in order.iter().filter(|name| !modules.contains(name)) {
        found.push(format!("docs/design.md lists `{name}`, which is not there"));
    }
    let top = |at: usize| &source.modules[at].path[0];
    let rank = |at: usize| order.iter().position(|name| name == top(at));
    let mut seen = BTreeSet::new();
    for Use { from, to, place, .. } in &uses {
        let is_up = rank(*from).is_some_and(|from| rank(*to).is_some_and(|to| from < to));
        if is_up && seen.insert((from, top(*to))) {
            let (from, to) = (top(*from), top(*to));
            found.push(format!("{place}: `{from}` imports `{to}`, which does not stand below it"));
        }
    }
    for (room, imports) in rooms(source, &uses) {
        found.extend(loops(&imports).into_iter().map(|text| format!("loop in {room}: {text}")));
    }
    found.dedup();
    found
}

/// The modules that the design lists, from the bottom up: the rows that begin with a name in backticks.
pub(crate) fn order(design: &str) -> Vec<String> {
    let (_, table) =
        design.split_once("## Modules, from the bottom up\n").expect("the design has the heading");
    let table = table.split("\n## ").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().unwrap().to_string()).collect()
}

/// Who imports whom in each room: the modules of one module, each with all that is in it, and its door.
fn rooms<'a>(source: &'a Source, uses: &'a [Use]) -> BTreeMap<String, Imports<'a>> {
    let mut rooms: BTreeMap<String, Imports<'a>> = BTreeMap::new();
    for Use { from, to, place, of_function, only_passes, .. } in uses {
        let (from, to) = (&source.modules[*from].path, &source.modules[*to].path);
        let depth = from.iter().zip(to).take_while(|(a, b)| a == b).count();
        let (from_door, to_door) = (depth == from.len(), depth == to.len());
        if !(from_door && *only_passes || to_door && !*of_function) {
            let name = |path: &'a [String]| path.get(depth).map_or("the door", String::as_str);
            let room = [&["crate".to_string()], &from[..depth]].concat().join("::");
            let room = rooms.entry(room).or_default();
            room.entry((name(from), name(to))).or_insert(place);
        }
    }
    rooms
}

/// The shortest loop through each name, every loop once, with the import of each step.
fn loops(imports: &Imports<'_>) -> Vec<String> {
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    for start in imports.keys().map(|step| step.0).collect::<BTreeSet<_>>() {
        let round = shortest_loop(imports, start);
        if !round.is_empty() && seen.insert(round.iter().copied().collect::<BTreeSet<_>>()) {
            let steps = round.windows(2).map(|step| format!("\n    {}", imports[&(step[0], step[1])]));
            found.push(round.join(" → ") + &steps.collect::<String>());
        }
    }
    found
}

/// The names from `start` back to it, or none.
fn shortest_loop<'a>(imports: &Imports<'a>, start: &'a str) -> Vec<&'a str> {
    let mut rounds = VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(round) = rounds.pop_front() {
        let last = round[round.len() - 1];
        if round.len() > 1 && last == start {
            return round;
        }
        for (_, to) in imports.keys().filter(|step| step.0 == last) {
            if seen.insert(to) {
                rounds.push_back([&round[..], &[to]].concat());
            }
        }
    }
    Vec::new()
}

/// The texts in `src` outside `bin/` that name a flag, a line each.
pub(crate) fn flags(src: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for file in files(src).into_iter().filter(|file| !file.starts_with(src.join("bin"))) {
        let mut texts = Vec::new();
        literals(fs::read_to_string(&file).unwrap().parse().unwrap(), &mut texts);
        let file = file.strip_prefix(src).unwrap().display();
        let texts = texts.into_iter().filter(|(text, _)| names_a_flag(text));
        found.extend(texts.map(|(text, line)| format!("src/{file}:{line} {text}")));
    }
    found
}

/// Whether `--` starts a word in it, or what a format fills in.
fn names_a_flag(text: &str) -> bool {
    let starts = |after: &str| after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '{');
    text.split("--").skip(1).any(starts)
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut entries: Vec<PathBuf> = entries.collect();
    entries.sort();
    entries.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
