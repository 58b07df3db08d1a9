//! The crate's source, and what its paths lead to.

use crate::tree::{Import, Module, Visibility, Written, read};
use std::collections::BTreeSet;
use std::path::Path;

pub(crate) struct Source {
    pub(crate) modules: Vec<Module>,
}

/// Where a path leads: to a module, and to an item in it if the last name is one.
#[derive(Clone)]
pub(crate) struct End {
    pub(crate) module: usize,
    pub(crate) item: Option<String>,
    /// Whether the module only passes the name on.
    passed: bool,
}

/// A path in one module that leads to another.
pub(crate) struct Use {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// File, line and the path as written.
    pub(crate) place: String,
    /// Whether it takes a function.
    pub(crate) of_function: bool,
    /// Whether it only hands the name on: a re-export that the file itself has no use for.
    pub(crate) only_passes: bool,
}

impl Source {
    pub(crate) fn read(src: &Path) -> Source {
        let mut modules = Vec::new();
        read(src, &[], &mut modules);
        Source { modules }
    }

    /// Every path that leads from one module to another, and what is wrong with a path by itself.
    pub(crate) fn uses(&self) -> (Vec<Use>, Vec<String>) {
        let (mut uses, mut wrong) = (Vec::new(), Vec::new());
        for (from, module) in self.modules.iter().enumerate().skip(1) {
            let imports = module.imports.iter().map(|import| (&import.path, Some(import)));
            for (path, import) in imports.chain(module.paths.iter().map(|path| (path, None))) {
                let place = format!("src/{}:{} {}", module.file, path.line, path.names.join("::"));
                let ends = self.ends(from, path);
                if import.is_some_and(|all| all.name == "*") && ends.iter().any(|end| end.item.is_none()) {
                    wrong.push(format!("{place}::* does not say what it takes"));
                }
                let only_passes = import.is_some_and(|import| is_only_passed(module, import));
                for End { module: to, item, passed } in ends {
                    let item = item.as_ref().and_then(|name| self.modules[to].items.get(name));
                    let of_function = !passed && item.is_some_and(|(_, is_function)| *is_function);
                    if to == 0 {
                        wrong.push(format!("{place} leads to no module"));
                    } else if to != from {
                        let place = place.clone();
                        uses.push(Use { from, to, place, of_function, only_passes });
                    }
                }
            }
        }
        (uses, wrong)
    }

    /// Every item that a user can name, as the path of its definition.
    pub(crate) fn public_items(&self) -> BTreeSet<String> {
        let mut items = BTreeSet::new();
        self.add_public(0, &mut items, &mut BTreeSet::new());
        items
    }

    fn add_public(&self, at: usize, items: &mut BTreeSet<String>, seen: &mut BTreeSet<usize>) {
        if !seen.insert(at) {
            return;
        }
        let module = &self.modules[at];
        let name = |at: usize, item: &str| format!("{}::{item}", self.modules[at].path.join("::"));
        let own = module.items.iter().filter(|(_, (visibility, _))| *visibility == Visibility::Public);
        items.extend(own.map(|(item, _)| name(at, item)));
        for (child, _) in module.children.values().filter(|(_, sees)| *sees == Visibility::Public) {
            self.add_public(*child, items, seen);
        }
        for import in module.imports.iter().filter(|import| import.visibility == Visibility::Public) {
            for end in self.ends(at, &import.path).into_iter().filter(|end| !end.passed) {
                match end.item {
                    Some(item) => _ = items.insert(name(end.module, &item)),
                    None => self.add_public(end.module, items, seen),
                }
            }
        }
    }

    /// Where a path leads through modules and their re-exports: nowhere in another crate, to two ends where a module
    /// and a function share a name; also to the modules that only pass a name on, but for lib.rs.
    fn ends(&self, from: usize, path: &Written) -> Vec<End> {
        let mut ends = Vec::new();
        self.follow(from, &path.names, 0, &mut ends);
        ends
    }

    fn follow(&self, from: usize, path: &[String], depth: usize, ends: &mut Vec<End>) {
        let mut module = from;
        for (k, name) in path.iter().enumerate() {
            match (k, name.as_str()) {
                (0, "crate") => module = 0,
                (_, "self") => {}
                (_, "super") => module = self.parent(module),
                _ => {
                    let here = &self.modules[module];
                    let child = here.children.get(name);
                    let before = ends.len();
                    if child.is_none() || k + 1 == path.len() {
                        for import in here.imports.iter().filter(|import| import.name == *name && depth < 8) {
                            let whole = [&import.path.names, &path[k + 1..]].concat();
                            self.follow(module, &whole, depth + 1, ends);
                            let passed = module != 0;
                            ends.extend(passed.then_some(End { module, item: None, passed }));
                        }
                        if here.items.contains_key(name) {
                            ends.push(End { module, item: Some(name.clone()), passed: false });
                        }
                    }
                    match child {
                        Some((child, _)) => module = *child,
                        None if ends.len() > before || k == 0 => return,
                        None => return ends.push(End { module, item: Some(name.clone()), passed: false }),
                    }
                }
            }
        }
        ends.push(End { module, item: None, passed: false });
    }

    fn parent(&self, at: usize) -> usize {
        let path = &self.modules[at].path;
        let parent = &path[..path.len().saturating_sub(1)];
        self.modules.iter().position(|module| module.path == parent).unwrap()
    }
}

fn is_only_passed(module: &Module, import: &Import) -> bool {
    import.visibility > Visibility::Private && !module.words.contains(&import.name)
}
