//! README and guide show what the command prints.
//!
//! A block ` ```sh ` is run by bash as a reader would paste it. A block ` ```text ` right after it is what a terminal then
//! shows, stdout and stderr, to the digit; one line `…` in it stands for lines left out. The blocks of a page run one
//! after the other in one empty folder, which has `data/` of this repository and a `docs/` for figures. A figure must be
//! the file of that name in docs/.
//!
//! `BLESS=1 cargo test --test readme` writes what is printed into the pages. `EVIDENCE=1` adds docs/evidence.md, whose
//! commands take minutes.
#![cfg(unix)]

mod links;
mod page;
mod sentences;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use page::{Block, Page, ROOT};

/// The command, whose folder goes before all others in the search for commands.
const NBAR: &str = env!("CARGO_BIN_EXE_nbar");

#[test]
fn readme_prints_what_it_shows() {
    holds("README.md");
}

#[test]
fn guide_prints_what_it_shows() {
    holds("docs/guide.md");
}

#[test]
fn gallery_prints_what_it_shows() {
    holds("docs/gallery.md");
}

#[test]
fn evidence_prints_what_it_shows() {
    if std::env::var_os("EVIDENCE").is_some() {
        holds("docs/evidence.md");
    }
}

#[test]
fn every_figure_in_docs_is_drawn_by_a_page() {
    let pages =
        ["README.md", "docs/guide.md", "docs/gallery.md"].map(|name| Page::read(name).text()).concat();
    for entry in fs::read_dir(Path::new(ROOT).join("docs")).expect("docs is there") {
        let name = entry.expect("it can be read").file_name().into_string().expect("a name");
        assert!(
            !name.ends_with(".svg") || pages.contains(&format!("-o docs/{name}")),
            "nothing draws docs/{name}"
        );
    }
}

#[test]
fn the_readme_stays_short() {
    let text = Page::read("README.md").text();
    let (lines, bytes) = (text.lines().count(), text.len());
    assert!(lines <= 200 && bytes <= 12_000, "{lines} lines, {bytes} bytes: the guide has room");
}

/// Runs the blocks of a page and compares what they print and draw.
fn holds(name: &str) {
    let mut page = Page::read(name);
    let folder = Folder::new(name);
    let run = |block: Block| {
        let printed = folder.run(&block.command);
        let printed = printed.unwrap_or_else(|problem| panic!("{name}:{}: {problem}", block.line));
        block.difference(&printed).map(|difference| (block, printed, format!("{name}:{difference}")))
    };
    let differing: Vec<(Block, String, String)> = page.blocks().into_iter().filter_map(run).collect();
    let differences: Vec<String> =
        differing.iter().map(|(.., difference)| difference.clone()).chain(folder.figures()).collect();
    if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        // From the last to the first, so that those to come stay where they are.
        for (block, printed, _) in differing.iter().rev() {
            page.bless(block, printed);
        }
        page.write();
        folder.keep_figures();
    } else {
        assert!(differences.is_empty(), "{}\n\nBLESS=1 accepts what is found", differences.join("\n\n"));
    }
}

/// An empty folder with the data of this repository, which goes when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(page: &str) -> Self {
        let name = format!("nbar-{}-{}", page.replace(['/', '.'], "-"), std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(folder.join("docs")).expect("a folder can be made");
        std::os::unix::fs::symlink(Path::new(ROOT).join("data"), folder.join("data"))
            .expect("a link can be made");
        Self(folder)
    }

    /// What a terminal shows of a command, which must end well.
    fn run(&self, command: &str) -> Result<String, String> {
        let places = std::env::var("PATH").unwrap_or_default();
        let nbar = Path::new(NBAR).parent().expect("a folder").display();
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &format!("exec 2>&1\n{command}")])
            .current_dir(&self.0)
            .env("PATH", format!("{nbar}:{places}"))
            .output()
            .map_err(|error| format!("bash does not start: {error}"))?;
        let printed = String::from_utf8(output.stdout).map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(printed)
        } else {
            Err(format!("{command}\n{}, after\n{printed}", output.status))
        }
    }

    /// The figures that were drawn: here, and where they belong.
    fn drawn(&self) -> Vec<(PathBuf, PathBuf)> {
        let files = fs::read_dir(self.0.join("docs")).expect("it is there");
        let pair = |file: fs::DirEntry| (file.path(), Path::new(ROOT).join("docs").join(file.file_name()));
        files.map(|file| pair(file.expect("it can be read"))).collect()
    }

    fn figures(&self) -> Vec<String> {
        let differ = |(drawn, kept): &(PathBuf, PathBuf)| fs::read(drawn).ok() != fs::read(kept).ok();
        let differing = self.drawn().into_iter().filter(differ);
        differing.map(|(_, kept)| format!("{} is not what its command draws", kept.display())).collect()
    }

    fn keep_figures(&self) {
        for (drawn, kept) in self.drawn() {
            fs::copy(drawn, kept).expect("docs can be written");
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_block_that_prints_something_else_is_found_and_mended() {
    let text = "# A\n\n```sh\nx\n```\n\n```text\none\n…\nlast\n```\n\nend\n";
    let mut page = Page::of("a.md", text);
    let [block] = <[Block; 1]>::try_from(page.blocks()).expect("one block");
    assert_eq!((block.line, block.command.as_str()), (4, "x\n"));
    for printed in ["one\nlast\n", "one\ntwo\nthree\nlast\n"] {
        assert_eq!(block.difference(printed), None);
    }
    for printed in ["", "one\n", "last\n", "one\ntwo\n", "two\nlast\n", "one\nlast\nmore\n"] {
        assert!(block.difference(printed).is_some(), "{printed}");
    }
    page.bless(&block, "1\n2\n3\n");
    assert_eq!(page.text(), text.replace("one", "1").replace("last", "3"));
    let bare = Page::of("b.md", "```sh\nx\n```\nIt prints\n\n```text\ny\n```\n").blocks();
    assert_eq!(bare[0].difference("whatever"), None, "only what follows at once is compared");
}
