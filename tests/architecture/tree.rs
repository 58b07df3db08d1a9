//! The source as a tree of modules: what each one defines, imports and names.
//!
//! It is read from tokens, and not from a syntax tree, so that what stands inside macros is read like the rest. What
//! is compiled for tests only is left out.

use crate::tokens::{
    after_item, attribute, inside, is_colons, is_for_tests, is_mark, line, list, path, word,
};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A path as it is written, parted at `::`.
pub(crate) struct Written {
    pub(crate) names: Vec<String>,
    pub(crate) line: usize,
}

/// A leaf of a `use`.
pub(crate) struct Import {
    /// The name that it brings in; `*` for all.
    pub(crate) name: String,
    pub(crate) path: Written,
    pub(crate) visibility: Visibility,
}

#[derive(Clone, Copy, Default, PartialEq, PartialOrd)]
pub(crate) enum Visibility {
    #[default]
    Private,
    Crate,
    Public,
}

/// What surrounds tokens.
#[derive(Clone, Copy, PartialEq)]
enum Within {
    Module,
    Item,
    Attribute,
}

/// A module, which is a file.
#[derive(Default)]
pub(crate) struct Module {
    /// Its names from the crate's root, which has none.
    pub(crate) path: Vec<String>,
    /// The file, from `src/`.
    pub(crate) file: String,
    /// The modules in it: the index in the tree, and who sees each.
    pub(crate) children: BTreeMap<String, (usize, Visibility)>,
    /// The items that it defines: who sees each, and whether it is a function.
    pub(crate) items: BTreeMap<String, (Visibility, bool)>,
    pub(crate) imports: Vec<Import>,
    /// The paths of two names or more outside `use`.
    pub(crate) paths: Vec<Written>,
    /// The first names of all paths outside `use`.
    pub(crate) words: BTreeSet<String>,
}

/// Reads the module at `path` and all below it into `modules`; returns its index.
pub(crate) fn read(src: &Path, path: &[String], modules: &mut Vec<Module>) -> usize {
    let stem = if path.is_empty() { "lib".to_string() } else { path.join("/") };
    let files = [format!("{stem}.rs"), format!("{stem}/mod.rs")];
    let file = files.into_iter().find(|file| src.join(file).exists()).expect("a module has a file");
    let text = std::fs::read_to_string(src.join(&file)).unwrap();
    let mut module = Module { path: path.to_vec(), file, ..Module::default() };
    module.scan(text.parse().unwrap(), Within::Module);
    let (at, names) = (modules.len(), module.children.keys().cloned().collect::<Vec<_>>());
    modules.push(module);
    for name in names {
        let child = read(src, &[path, std::slice::from_ref(&name)].concat(), modules);
        modules[at].children.entry(name).and_modify(|(index, _)| *index = child);
    }
    at
}

impl Module {
    /// Notes what stands in `tokens`.
    fn scan(&mut self, tokens: TokenStream, within: Within) {
        let tokens = list(tokens);
        let (mut i, mut visibility) = (0, Visibility::Private);
        while i < tokens.len() {
            if let Some((content, after)) = attribute(&tokens, i) {
                i = if is_for_tests(&content) { after_item(&tokens, after) } else { after };
                if word(&content, 0).as_deref() != Some("doc") {
                    self.scan(content.into_iter().collect(), Within::Attribute);
                }
                continue;
            }
            if is_colons(&tokens, i) {
                // What follows is another crate's or belongs to a type: `::std::mem`, `<T>::new`.
                i = path(&tokens, i + 2).1.max(i + 2);
                continue;
            }
            let (names, after) = path(&tokens, i);
            let next = if within == Within::Module { word(&tokens, i + 1) } else { None };
            let (mut sees, here) = (Visibility::Private, i);
            i = after.max(i + 1);
            match (names.first().map_or("", String::as_str), next) {
                ("use", _) if !is_mark(&tokens, i, '<') => {
                    i = self.import(&tokens, here + 1, &[], visibility)
                }
                ("pub", _) => {
                    let restricted = inside(&tokens, i).is_some();
                    sees = if restricted { Visibility::Crate } else { Visibility::Public };
                    i += usize::from(restricted);
                }
                ("const" | "unsafe" | "async", Some(next)) if next == "fn" || next == "unsafe" => {
                    sees = visibility
                }
                ("mod", Some(name)) => {
                    assert!(
                        inside(&tokens, i + 1).is_none(),
                        "{}: `{name}` wants a file of its own",
                        self.file
                    );
                    self.children.insert(name, (0, visibility));
                    i += 1;
                }
                (kind @ ("struct" | "enum" | "trait" | "fn" | "const" | "static" | "type"), Some(name)) => {
                    self.items.insert(name, (visibility, kind == "fn"));
                    i += 1;
                }
                ("", _) => self.scan_within(&tokens[here], within),
                _ => self.note(names, line(&tokens, here)),
            }
            visibility = sees;
        }
    }

    fn scan_within(&mut self, token: &TokenTree, within: Within) {
        match token {
            TokenTree::Group(group) if within == Within::Module => self.scan(group.stream(), Within::Item),
            TokenTree::Group(group) => self.scan(group.stream(), within),
            // A path may be a text there: `#[serde(with = "crate::units")]`.
            TokenTree::Literal(text) if within == Within::Attribute => {
                let names = text.to_string().trim_matches('"').split("::").map(str::to_string).collect();
                self.note(names, text.span().start().line);
            }
            _ => {}
        }
    }

    fn note(&mut self, names: Vec<String>, line: usize) {
        self.words.insert(names[0].clone());
        if names.len() > 1 {
            self.paths.push(Written { names, line });
        }
    }

    /// Notes the leaves of the `use` tree at `i`, below `before`; returns the index after it.
    fn import(
        &mut self,
        tokens: &[TokenTree],
        mut i: usize,
        before: &[String],
        visibility: Visibility,
    ) -> usize {
        let mut whole = before.to_vec();
        if is_colons(tokens, i) {
            whole.push(String::new()); // Another crate's: a name that no module has.
            i += 2;
        }
        let line = line(tokens, i);
        let (names, mut after) = path(tokens, i);
        whole.extend(names);
        if is_colons(tokens, after) {
            after += 2;
        }
        if let Some(inner) = inside(tokens, after) {
            let (inner, mut at) = (list(inner), 0);
            while at < inner.len() {
                at = self.import(&inner, at, &whole, visibility) + 1; // and the comma
            }
            return after + 1;
        }
        // `self` stays in the path: it takes the module of that name, and not a function beside it.
        let mut name = whole.iter().rfind(|name| *name != "self").cloned().unwrap_or_default();
        if is_mark(tokens, after, '*') {
            (name, after) = ("*".to_string(), after + 1);
        } else if word(tokens, after).as_deref() == Some("as") {
            (name, after) = (word(tokens, after + 1).unwrap(), after + 2);
        }
        self.imports.push(Import { name, path: Written { names: whole, line }, visibility });
        after
    }
}
