//! A page of documentation, its commands, and what it shows of them.

use std::fs;
use std::ops::Range;
use std::path::Path;

pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What people read.
pub(crate) const PAGES: [&str; 9] = [
    "README.md",
    "CONTRIBUTING.md",
    "data/README.md",
    "docs/guide.md",
    "docs/gallery.md",
    "docs/method.md",
    "docs/evidence.md",
    "docs/reliability.md",
    "docs/design.md",
];

/// Stands for lines left out.
const LEFT_OUT: &str = "…";
/// The relative gradient at an optimum is rounding: the one number printed that processors differ in.
const ROUNDING: &str = "|gradient| ";

/// A page, line by line.
pub(crate) struct Page {
    name: String,
    lines: Vec<String>,
}

/// Commands, and where the page shows what they print.
#[derive(Debug)]
pub(crate) struct Block {
    /// The first line of the commands, from 1.
    pub(crate) line: usize,
    pub(crate) command: String,
    /// Which lines of the page are shown, from 0, and those lines.
    shown: Option<(Range<usize>, Vec<String>)>,
}

impl Page {
    pub(crate) fn read(name: &str) -> Self {
        Self::of(name, &fs::read_to_string(Path::new(ROOT).join(name)).expect("the page is there"))
    }

    pub(crate) fn of(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), lines: text.lines().map(str::to_owned).collect() }
    }

    pub(crate) fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }

    pub(crate) fn write(&self) {
        fs::write(Path::new(ROOT).join(&self.name), self.text()).expect("the page can be written");
    }

    /// The commands, in order.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let fences = self.fences();
        let block = |(place, (language, inside)): (usize, &(String, Range<usize>))| {
            let next = fences.get(place + 1).filter(|(language, next)| {
                let between = &self.lines[inside.end + 1..next.start - 1];
                language == "text" && between.iter().all(|line| line.trim().is_empty())
            });
            let shown = next.map(|(_, lines)| (lines.clone(), self.lines[lines.clone()].to_vec()));
            let command = self.lines[inside.clone()].join("\n") + "\n";
            (language == "sh").then_some(Block { line: inside.start + 1, command, shown })
        };
        fences.iter().enumerate().filter_map(block).collect()
    }

    /// Shows what is printed, with as many lines before and after those left out as before.
    pub(crate) fn bless(&mut self, block: &Block, printed: &str) {
        let Some((place, shown)) = &block.shown else { return };
        let printed: Vec<String> = printed.trim_end().lines().map(str::to_owned).collect();
        let lines = match shown.iter().position(|line| line == LEFT_OUT) {
            Some(head) if printed.len() >= shown.len() - 1 => {
                let tail = printed.len() - (shown.len() - head - 1);
                [&printed[..head], &[LEFT_OUT.to_owned()], &printed[tail..]].concat()
            }
            _ => printed,
        };
        self.lines.splice(place.clone(), lines);
    }

    /// The language of each fenced block and the lines inside.
    fn fences(&self) -> Vec<(String, Range<usize>)> {
        let mut fences = Vec::new();
        let mut open: Option<(String, usize)> = None;
        for (place, line) in self.lines.iter().enumerate() {
            let Some(language) = line.trim_start().strip_prefix("```") else { continue };
            open = match open {
                None => Some((language.to_owned(), place + 1)),
                Some((language, from)) => {
                    fences.push((language, from..place));
                    None
                }
            };
        }
        assert!(open.is_none(), "{}: the last block does not end", self.name);
        fences
    }
}

impl Block {
    /// The line that is not as shown, and how.
    pub(crate) fn difference(&self, printed: &str) -> Option<String> {
        let (place, shown) = self.shown.as_ref()?;
        let printed: Vec<&str> = printed.trim_end().lines().collect();
        let left_out = shown.iter().position(|line| line == LEFT_OUT);
        let head = left_out.unwrap_or(shown.len());
        let tail = left_out.map_or(0, |left_out| shown.len() - left_out - 1);
        for back in 0..tail {
            let (line, at) = (&shown[shown.len() - 1 - back], place.end - back);
            let found = (printed.len() >= head + tail).then(|| printed[printed.len() - 1 - back]);
            if found.is_none_or(|found| !agree(line, found)) {
                return Some(format!("{at}\n- {line}\n+ {}", found.unwrap_or_default()));
            }
        }
        let end = if left_out.is_some() { head } else { head.max(printed.len()) };
        let shown = |at: usize| if at < head { shown[at].as_str() } else { "" };
        let found = |at: usize| printed.get(at).copied();
        let at = (0..end).find(|&at| at >= head || found(at).is_none_or(|found| !agree(shown(at), found)))?;
        Some(format!("{}\n- {}\n+ {}", place.start + at + 1, shown(at), found(at).unwrap_or_default()))
    }
}

/// Whether two lines are the same, but for what is rounding.
fn agree(shown: &str, printed: &str) -> bool {
    let parts = |line: &str| {
        let (before, after) = line.split_once(ROUNDING)?;
        let (number, after) = after.split_once(',')?;
        let is_small = number.parse::<f64>().is_ok_and(|number| number < 1e-8);
        is_small.then(|| (before.to_owned(), after.to_owned()))
    };
    shown == printed || parts(shown).is_some_and(|shown| parts(printed) == Some(shown))
}
